//! What a site's server does with its customers: it finds their conversations, says something to one of them whether or
//! not a conversation goes on, and says whose a conversation is.

use parlor_shared::{
    Customer,
    id::{ConversationId, ResourceId},
    wire::StartRequest,
};
use worker::{Env, Response, js_sys};

use super::{
    admin::{conversation_unknown, hub, json, ordered, refused, transcript},
    customer_do,
    problem::{Answer, Refusal},
    registry_kv,
    start::{self, Known},
};
use crate::{
    access::identity::{MAX_IDENTIFIER_CHARS, is_email, is_identifier},
    admin::{
        page,
        wire::{
            CustomerGiven, FoundView, Items, LeftMessages, LeftView, OrderAnswer, Reach,
            ReachAnswer,
        },
    },
    conversation::{Order, list_of_customer, list_of_left},
    registry::{self, Hub, HubId},
};

/// The conversations of a customer, newest first.
pub async fn find(env: &Env, hub: &str, customer: &str) -> Answer<Response> {
    let hub = hub_of(env, hub).await?;
    let own = customer_do::of_customer(env, &hub.id, &identifier(customer)?)?;
    let list: customer_do::List = own.fetch_with_str("https://object/list").await?.json().await?;
    let view = |id: ConversationId| FoundView { conversation: id.as_str().to_owned() };
    json(200, &Items { items: list.conversations.into_iter().rev().map(view).collect() })
}

/// The conversations of a hub in which a message waits for somebody, newest first. Each says so itself: one that a list
/// names still, and that a desk has taken meanwhile, is left out.
pub async fn left_messages(env: &Env, hub: &str, query: &[(String, String)]) -> Answer<Response> {
    let hub = hub_of(env, hub).await?;
    let (before, limit) = page::named(query, page::LEFT).map_err(|error| refused(&error))?;
    let wanted = customer_do::Page { before, limit };
    let listed = customer_do::page(env, &list_of_left(&hub.id), &wanted).await?;
    let is_full = u32::try_from(listed.len()).is_ok_and(|it| it == limit);
    let next = listed.last().map(|it| it.at).filter(|_| is_full);
    let mut items = Vec::new();
    for it in listed {
        let stub = start::conversation_stub(env, &it.conversation)?;
        let mut response = stub.fetch_with_str("https://object/left").await?;
        match response.status_code() {
            200 => items.extend(response.json::<Option<LeftView>>().await?),
            404 | 410 => {}
            _ => return Err(start::conversation_failed()),
        }
    }
    json(200, &LeftMessages { items, next })
}

/// Says something to a customer, in the conversation that goes on, or else in one that is begun. Repeated with the same
/// key, it is not said again, also where the conversation has ended meanwhile.
pub async fn reach(env: &Env, wanted: Reach, key: String) -> Answer<Response> {
    let id = ResourceId::parse(&wanted.resource).map_err(|_| {
        Refusal::new(400, "resource_malformed", "A resource's id is a lower-case UUID.")
            .about("resource")
    })?;
    let (resource, hub) = registry_kv::resource_and_hub(env, &id).await?;
    let customer = given(wanted.customer)?;
    let say =
        || Order::Say { key: key.clone(), text: wanted.text.clone(), name: resource.name.clone() };
    let known = start::of_customer(env, &hub, customer.clone(), None, None).await?;
    if known.begun {
        let said = ordered(env, known.conversation.as_str(), say()).await;
        match said {
            Err(Refusal(problem)) if problem.code == "conversation_ended" => {}
            other => return answered(&known, false, other?),
        }
    }
    let known = match known.begun {
        true => {
            let ended = known.conversation;
            start::of_customer(env, &hub, customer, Some(&ended), None).await?
        }
        false => known,
    };
    let created = !known.begun;
    if created {
        // What cannot be said begins nothing.
        parlor_shared::text::MessageText::parse(&wanted.text).map_err(|error| {
            let title = format!("the text cannot be said: {error}.");
            Refusal::new(422, error.code(), title).about("text")
        })?;
        let request = StartRequest {
            resource: resource.id.clone(),
            visitor_token: None,
            identity: None,
            after: None,
            page: None,
            language: wanted.language.clone(),
            form: Default::default(),
            leave_message: false,
            attributes: Default::default(),
        };
        start::begin(env, &resource, &hub, &known, &request, start::By::Server).await?;
    }
    let said = ordered(env, known.conversation.as_str(), say()).await?;
    answered(&known, created, said)
}

fn answered(known: &Known, created: bool, said: OrderAnswer) -> Answer<Response> {
    let answer = ReachAnswer {
        conversation: known.conversation.as_str().to_owned(),
        created,
        done: said.done,
        seq: said.seq,
    };
    json(if created { 201 } else { 200 }, &answer)
}

/// Says whose a conversation is. It is listed at the new name before it bears it, and at the old one until then: whoever
/// asks in between finds it twice, and never not.
pub async fn identify(env: &Env, id: &str, customer: CustomerGiven) -> Answer<Response> {
    let customer = given(customer)?;
    let now = transcript(env, id).await?;
    let conversation = ConversationId::parse(id).map_err(|_| conversation_unknown())?;
    let hub = HubId::parse(&now.hub).map_err(|_| conversation_unknown())?;
    let own = customer_do::of_customer(env, &hub, &customer.identifier)?;
    customer_do::add(&own, &conversation, now.ended).await?;
    let identifier = customer.identifier.clone();
    let answer = ordered(env, id, Order::Identify { customer }).await?;
    if let Some(before) = now.customer.filter(|it| it.identifier != identifier) {
        let name = list_of_customer(&hub, &before.identifier);
        customer_do::forget(env, &name, &conversation).await?;
    }
    json(200, &answer)
}

async fn hub_of(env: &Env, id: &str) -> Answer<Hub> {
    hub(env, id).await.ok_or_else(|| {
        Refusal::new(404, "document_unknown", "There is no such hub, or it is not valid.")
            .about("hub")
    })
}

/// A customer's identifier, from a part of an address.
pub fn identifier(part: &str) -> Answer<String> {
    let text = js_sys::decode_uri_component(part).ok().map(String::from);
    text.filter(|it| is_identifier(it)).ok_or_else(|| malformed("customer"))
}

/// A customer as the site's server names one. Here nothing is left out: a script's mistake is better seen.
fn given(given: CustomerGiven) -> Answer<Customer> {
    let CustomerGiven { identifier, name, email } = given;
    if !is_identifier(&identifier) {
        return Err(malformed("customer.identifier"));
    }
    let name = match name {
        Some(name) => {
            Some(registry::line_of_name(&name).ok_or_else(|| malformed("customer.name"))?)
        }
        None => None,
    };
    if email.as_ref().is_some_and(|it| !is_email(it)) {
        return Err(malformed("customer.email"));
    }
    Ok(Customer { identifier, name, email })
}

fn malformed(field: &str) -> Refusal {
    let title = format!(
        "An identifier has 1 to {MAX_IDENTIFIER_CHARS} characters on one line with no space around, a name is a line, an e-mail address looks like one."
    );
    Refusal::new(400, "customer_malformed", title).about(field)
}
