//! `/v1/admin` and its description. The registry's object decides who may ask; documents are its own matter, and requests
//! about a conversation or a desk go on from here when it lets them through.

use futures_util::StreamExt;
use parlor_shared::id::ConversationId;
use serde::de::DeserializeOwned;
use worker::{AbortController, Env, Headers, Request, RequestInit, Response, Result, Url};

use super::{
    conversation_do::OrderOutcome,
    desk_http, desk_setup, entropy, privacy,
    problem::{Answer, Refusal},
    reach, registry_do, registry_kv, start,
};
use crate::{
    admin::{
        self, AdminError, Operation,
        routes::{self, Found},
        wire::{
            AgentView, CustomerGiven, FlowStats, Items, MoveTo, OrderAnswer, Reach, Say, Transcript,
        },
    },
    conversation::{About, Nobody, Order, Way, agents},
    registry::{Flow, FlowId, Flows, Hub, HubId},
    relay::Availability,
};
use parlor_shared::id::ResourceId;

/// A request under `/v1/admin`.
pub async fn ask(request: Request, env: &Env) -> Answer<Response> {
    let path = request.path();
    // Not `request.method()`, for which every method that it does not know is a GET.
    let method = request.inner().method();
    let registry = env.durable_object("REGISTRY")?.get_by_name(registry_do::NAME)?;
    let (operation, parts) = match routes::find(&method, &path) {
        Found::Route(route, parts) if route.operation.goes_through() => (route.operation, parts),
        // Everything else is the registry's, refusals too.
        _ => return Ok(registry.fetch_with_request(request).await?),
    };
    let mut init = RequestInit::new();
    init.with_method(request.method()).with_headers(request.headers().clone());
    let gate = Request::new_with_init(request.url()?.as_str(), &init)?;
    let answer = registry.fetch_with_request(gate).await?;
    if answer.headers().get(registry_do::THROUGH)?.is_none() {
        return Ok(answer);
    }
    let part = |at: usize| parts.get(at).copied().unwrap_or_default();
    let id = part(0);
    match operation {
        Operation::Find => reach::find(env, id, part(1)).await,
        Operation::LeftMessages => reach::left_messages(env, id, &query_of(&request.url()?)).await,
        Operation::Reach => {
            let key = idempotency_key(&request)?;
            let wanted: Reach = body(request).await?;
            reach::reach(env, wanted, key).await
        }
        Operation::Identify => {
            let customer: CustomerGiven = body(request).await?;
            reach::identify(env, id, customer).await
        }
        Operation::FlowStats => stats(env, id).await,
        Operation::CheckFlow => desk_setup::check_flow(env, &request, id).await,
        Operation::CheckAccount => desk_setup::check_account(env, id).await,
        Operation::RegisterWebhook => desk_setup::register(env, &request, id).await,
        Operation::Transcript => json(200, &transcript(env, id).await?),
        Operation::Agents => {
            let seen = agents(&transcript(env, id).await?.events);
            let view = |(agent, present): (parlor_shared::wire::Agent, bool)| AgentView {
                key: agent.key,
                name: agent.name,
                avatar: agent.avatar,
                present,
            };
            json(200, &Items { items: seen.into_iter().map(view).collect() })
        }
        Operation::Close => order(env, id, Order::Close).await,
        Operation::Say => {
            let key = idempotency_key(&request)?;
            let Say { text } = body(request).await?;
            let name = resource_name(env, &transcript(env, id).await?).await;
            order(env, id, Order::Say { key, text, name }).await
        }
        Operation::Move => {
            let wanted: MoveTo = body(request).await?;
            move_to(env, id, wanted).await
        }
        Operation::EraseConversation => privacy::erase_conversation(env, id).await,
        Operation::ExportVisitor => privacy::export_visitor(env, id).await,
        Operation::EraseVisitor => privacy::erase_visitor(env, id).await,
        Operation::ExportCustomer => {
            privacy::export_customer(env, id, &reach::identifier(part(1))?).await
        }
        Operation::EraseCustomer => {
            privacy::erase_customer(env, id, &reach::identifier(part(1))?).await
        }
        _ => Err(Refusal::new(404, "route_unknown", "There is nothing at this address.")),
    }
}

/// `GET /v1/openapi.json`.
pub fn openapi() -> Result<Response> {
    let headers = Headers::new();
    headers.set("Content-Type", "application/json")?;
    headers.set("Cache-Control", "public, max-age=300")?;
    headers.set("Access-Control-Allow-Origin", "*")?;
    Ok(Response::from_bytes(admin::OPENAPI.as_bytes().to_vec())?.with_headers(headers))
}

async fn stats(env: &Env, id: &str) -> Answer<Response> {
    let flow = flow(env, id).await.ok_or_else(flow_unknown)?;
    let mut stats = FlowStats::default();
    // Kustomer is asked nothing that does not name an account, and does not say who is there.
    let route = About::default().route(&flow.relay);
    if let Some((route, request)) = route.and_then(|it| it.availability().map(|ask| (it, ask))) {
        let cancel = AbortController::default();
        let outcome = desk_http::perform(env, request, &cancel.signal()).await;
        if let Ok(Availability::Told(available)) = route.available(&outcome) {
            stats.available = Some(available);
        }
    }
    json(200, &stats)
}

async fn move_to(env: &Env, id: &str, wanted: MoveTo) -> Answer<Response> {
    let now = transcript(env, id).await?;
    let flow = flow(env, &wanted.flow).await.ok_or_else(flow_unknown)?;
    if flow.hub.as_str() != now.hub {
        let title = "The flow is another hub's than the conversation.";
        return Err(Refusal::new(409, "flow_of_other_hub", title).about("flow"));
    }
    let name = resource_name(env, &now).await;
    let mut flows = match hub(env, &now.hub).await {
        Some(hub) => registry_kv::flows(env, &hub).await,
        None => Flows::default(),
    };
    flows.put(flow.id.clone(), Ok(flow.clone()));
    let about = About {
        conversation: now.conversation.clone(),
        visitor: now.visitor.clone(),
        visitor_name: now.visitor_name.clone(),
        language: now.language.clone(),
        page: now.page.clone(),
        attributes: now.attributes.clone(),
        form: now.form.clone(),
        verified: now.customer.clone().map(Into::into),
        accounts: registry_kv::accounts(env, &flows).await,
    };
    let way = Way {
        flow: flow.id.as_str().to_owned(),
        route: about.route(&flow.relay).ok_or_else(desk_setup::account_missing)?,
        nobody: Nobody::of(&flow, &flows, &about),
    };
    order(env, id, Order::Move { way: Box::new(way), text: wanted.text, name }).await
}

/// A routing flow, if it is there and valid.
pub async fn flow(env: &Env, id: &str) -> Option<Flow> {
    registry_kv::read::<Flow>(env, &FlowId::parse(id).ok()?).await
}

/// A hub, if it is there and valid.
pub async fn hub(env: &Env, id: &str) -> Option<Hub> {
    registry_kv::read::<Hub>(env, &HubId::parse(id).ok()?).await
}

/// Who speaks where the site does.
pub async fn resource_name(env: &Env, of: &Transcript) -> String {
    match ResourceId::parse(of.resource.as_str()) {
        Ok(id) => match registry_kv::resource_and_hub(env, &id).await {
            Ok((resource, _)) => resource.name,
            Err(_) => String::new(),
        },
        Err(_) => String::new(),
    }
}

/// The log of a conversation, and whose it is.
pub async fn transcript(env: &Env, id: &str) -> Answer<Transcript> {
    let stub = stub_of(env, id)?;
    let mut response = stub.fetch_with_str("https://object/transcript").await?;
    match response.status_code() {
        200 => Ok(response.json().await?),
        404 => Err(conversation_unknown()),
        410 => Err(conversation_erased()),
        _ => Err(start::conversation_failed()),
    }
}

async fn order(env: &Env, id: &str, order: Order) -> Answer<Response> {
    json(200, &ordered(env, id, order).await?)
}

/// Has a conversation carry out an order.
pub async fn ordered(env: &Env, id: &str, order: Order) -> Answer<OrderAnswer> {
    let stub = stub_of(env, id)?;
    let mut response = start::post(&stub, "https://object/order", &order.write()).await?;
    match response.status_code() {
        200 | 409 => {}
        404 => return Err(conversation_unknown()),
        410 => return Err(conversation_erased()),
        _ => return Err(start::conversation_failed()),
    }
    match response.json::<OrderOutcome>().await? {
        OrderOutcome::Done { seq } => Ok(OrderAnswer { done: true, seq }),
        OrderOutcome::Already { seq } => Ok(OrderAnswer { done: false, seq }),
        OrderOutcome::Refused { code, why } => {
            let status = if code == "conversation_ended" { 409 } else { 422 };
            let title = format!("{why}.");
            Err(Refusal::new(status, &code, title))
        }
    }
}

/// What tells a repetition from another message; a new one where the request has none.
fn idempotency_key(request: &Request) -> Answer<String> {
    let key = request.headers().get("Idempotency-Key")?.filter(|it| !it.is_empty());
    if key.as_ref().is_some_and(|it| it.len() > MAX_KEY_BYTES) {
        let title = format!("An Idempotency-Key has at most {MAX_KEY_BYTES} bytes.");
        return Err(Refusal::new(400, "body_malformed", title).about("Idempotency-Key"));
    }
    Ok(key.unwrap_or_else(|| format!("{:032x}", entropy::bits128())))
}

/// The object of a conversation.
pub fn stub_of(env: &Env, id: &str) -> Answer<worker::Stub> {
    ConversationId::parse(id).map_err(|_| conversation_unknown())?;
    // A forged or foreign id is refused here, before any object wakes.
    env.durable_object("CONVERSATION")
        .and_then(|namespace| namespace.id_from_string(id)?.get_stub())
        .map_err(|_| conversation_unknown())
}

fn conversation_erased() -> Refusal {
    Refusal::new(410, "conversation_erased", "The conversation was erased.")
}

/// The refusal where there is none.
pub fn conversation_unknown() -> Refusal {
    Refusal::new(404, "conversation_unknown", "There is no such conversation.")
}

pub fn flow_unknown() -> Refusal {
    Refusal::new(404, "document_unknown", "There is no such routing flow, or it is not valid.")
        .about("flow")
}

async fn body<T: DeserializeOwned>(mut request: Request) -> Answer<T> {
    let mut bytes = Vec::new();
    // A request without a body has no stream either.
    if let Ok(mut chunks) = request.stream() {
        while let Some(chunk) = chunks.next().await {
            bytes.extend_from_slice(&chunk?);
            if bytes.len() > MAX_BODY_BYTES {
                let title = format!("The body has more than {MAX_BODY_BYTES} bytes.");
                return Err(Refusal::new(413, "body_too_long", title));
            }
        }
    }
    admin::read_body(&bytes).map_err(|error| refused(&error))
}

/// What the address asks for behind its path, in order.
pub fn query_of(url: &Url) -> Vec<(String, String)> {
    url.query_pairs().map(|(name, value)| (name.into(), value.into())).collect()
}

/// A refusal of the admin API, made here.
pub fn refused(error: &AdminError) -> Refusal {
    let told = error.refusal();
    let refusal = Refusal::new(told.status, told.code, told.title);
    match told.field {
        Some(field) => refusal.about(field),
        None => refusal,
    }
}

/// An answer that nobody keeps.
pub fn json(status: u16, value: &impl serde::Serialize) -> Answer<Response> {
    let mut response = Response::from_json(value)?.with_status(status);
    response.headers_mut().set("Cache-Control", "no-store")?;
    Ok(response)
}

/// Longest body about a conversation, in bytes: a message of 4,000 characters, escaped.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// Longest key of a message, in bytes.
const MAX_KEY_BYTES: usize = 200;
