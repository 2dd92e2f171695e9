//! `POST /v1/conversations`: start a conversation, or find the visitor's current one.

use std::collections::BTreeMap;

use parlor_shared::{
    Customer, Redacted, Timestamp,
    id::ConversationId,
    wire::{StartAnswer, StartRequest},
};
use worker::{
    AbortController, Env, Method, Request, RequestInit, Response, Stub, wasm_bindgen::JsValue,
};

use super::{
    clock,
    conversation_do::Standing,
    customer_do::{self, Claim, Current, List},
    day, desk_http, entropy, environment,
    frame::own_origin,
    identity, log,
    problem::{Answer, Refusal},
    registry_kv,
};
use crate::{
    access::{self, IdentityError, Keys, SecretError, Verdict, Verified, Visitor, VisitorId},
    conversation::{About, Nobody, Opening, Order, Told},
    registry::{self, DeskHost, Facts, Form, Hub, Resource},
    relay::{Availability, Route},
};

/// Longest body that is read, in bytes.
const MAX_BODY_BYTES: usize = 16 * 1024;

/// Most questions that are asked of desks before a conversation begins: a visitor waits meanwhile.
const MAX_ASKED: usize = 4;

/// Longest page address and language that are kept, in characters.
const MAX_PAGE_CHARS: usize = 2_000;
const MAX_LANGUAGE_CHARS: usize = 35;

/// Answers the request.
pub async fn conversation(mut request: Request, env: &Env) -> Answer<Response> {
    let own = own_origin(&request)?;
    let origin = request.headers().get("Origin")?;
    if access::own_origin_verdict(&own, origin.as_deref()) == Verdict::NotAllowed {
        let title = "Conversations are started by the frame only.";
        return Err(Refusal::new(403, "origin_not_allowed", title));
    }
    let mut wanted = body(&mut request).await?;
    let address = request.headers().get("CF-Connecting-IP")?.unwrap_or_default();
    limited(env, &access::limit_key(&wanted.resource, &address)).await?;
    let keys = keys(env)?;
    let (resource, hub) = registry_kv::resource_and_hub(env, &wanted.resource).await?;
    let now = clock::now();

    let shown = shown(&keys, now, &resource, wanted.visitor_token.as_deref())?;
    let token = wanted.identity.take().map(Redacted::new);
    let customer = identity::customer(env, &resource, &hub, token.as_ref()).await?;
    let known = known(env, &hub, customer, shown.as_ref(), wanted.after.as_ref()).await?;
    let (visitor, id) = (known.visitor, known.conversation.clone());
    // A flow that was changed, or lost, since then does not touch a conversation that is there.
    if !known.begun {
        begin(env, &resource, &hub, &known, &wanted, By::Visitor).await?;
    }

    let is_customer = known.customer.is_some();
    let is_kept = shown.is_some_and(|it| {
        let same = it.claims.visitor == visitor && it.claims.is_customer == is_customer;
        same && !it.needs_rotation(now)
    });
    let visitor_token = (!is_kept).then(|| {
        let resource = resource.id.clone();
        keys.mint(match is_customer {
            true => Visitor::of_customer(now, resource, visitor),
            false => Visitor::new(now, resource, visitor),
        })
    });
    let claims = access::Conversation::new(now, wanted.resource, id.clone(), visitor);
    let token_expires_in_s = claims.left(now).as_secs();
    let answer = StartAnswer {
        conversation: id,
        token: keys.mint(claims).expose().clone(),
        token_expires_in_s,
        now: Some(clock::now()),
        visitor_token: visitor_token.map(|token| token.expose().clone()),
    };
    let mut response = Response::from_json(&answer)?;
    response.headers_mut().set("Cache-Control", "no-store")?;
    Ok(response)
}

/// Counts a request by the platform's own limiter. Without one, or where it fails, nobody is kept out.
async fn limited(env: &Env, key: &str) -> Answer<()> {
    let Ok(limiter) = env.rate_limiter("STARTS") else { return Ok(()) };
    match limiter.limit(key.to_owned()).await {
        Ok(outcome) if !outcome.success => {
            log::line("too_many_requests", None, None);
            let title = "Too many conversations are started from this address; try again later.";
            Err(Refusal::new(429, "too_many_requests", title))
        }
        _ => Ok(()),
    }
}

/// The keys that tokens are signed with.
pub fn keys(env: &Env) -> Answer<Keys> {
    let secret = |name| env.secret(name).ok().map(|it| it.to_string());
    let (current, previous) = (secret("TOKEN_SECRET"), secret("TOKEN_SECRET_PREVIOUS"));
    Keys::new(current.as_deref(), previous.as_deref()).map_err(|error: SecretError| {
        log::line(error.code(), None, None);
        Refusal::new(503, error.code(), format!("{error}; {}.", error.remedy()))
    })
}

async fn body(request: &mut Request) -> Answer<StartRequest> {
    let bytes = request.bytes().await?;
    if bytes.len() > MAX_BODY_BYTES {
        let title = format!("The body has {} bytes, {MAX_BODY_BYTES} are allowed.", bytes.len());
        return Err(Refusal::new(413, "body_too_long", title));
    }
    let reader = &mut serde_json::Deserializer::from_slice(&bytes);
    let mut wanted: StartRequest = serde_path_to_error::deserialize(reader).map_err(|error| {
        let path = error.path().to_string();
        let title = format!("The body is not as it should be: {}.", error.inner());
        Refusal::new(400, "body_malformed", title).about(path)
    })?;
    let cut = |text: String, chars| text.chars().take(chars).collect::<String>();
    wanted.page = wanted.page.map(|page| cut(page, MAX_PAGE_CHARS));
    wanted.language = wanted.language.map(|language| cut(language, MAX_LANGUAGE_CHARS));
    wanted.attributes = registry::attributes(wanted.attributes);
    Ok(wanted)
}

/// The visitor token that a browser showed.
fn shown(
    keys: &Keys,
    now: Timestamp,
    resource: &Resource,
    token: Option<&str>,
) -> Answer<Option<Verified<Visitor>>> {
    let Some(text) = token else { return Ok(None) };
    let verified = keys.verify::<Visitor>(now, text).map_err(|error| {
        Refusal::new(401, error.code(), "The visitor token is not good; start without it.")
            .about("visitor_token")
    })?;
    if verified.claims.resource != resource.id {
        let title = "The visitor token is another resource's; start without it.";
        return Err(Refusal::new(401, "token_scope", title).about("visitor_token"));
    }
    Ok(Some(verified))
}

/// Who asks, and which conversation is theirs.
pub struct Known {
    /// The visitor's number; a customer has one too.
    pub visitor: VisitorId,
    /// Whom the site's server vouches for.
    pub customer: Option<Customer>,
    /// Theirs now.
    pub conversation: ConversationId,
    /// It was begun.
    pub begun: bool,
}

/// Who asks. What a visitor began before the site said who it is becomes the customer's, where it still goes on and the
/// customer has no other: the browser's own token and the site's signature prove both.
async fn known(
    env: &Env,
    hub: &Hub,
    customer: Option<Customer>,
    shown: Option<&Verified<Visitor>>,
    after: Option<&ConversationId>,
) -> Answer<Known> {
    let Some(customer) = customer else {
        let visitor = match shown {
            Some(it) if it.claims.is_customer => {
                return Err(identity::refuse(&IdentityError::OfCustomer));
            }
            Some(it) => it.claims.visitor,
            None => VisitorId::from_random(entropy::bits128()),
        };
        let own = customer_do::of_visitor(env, &hub.id, &visitor)?;
        let (Current { conversation, .. }, begun) =
            current(env, hub, &own, after, None, None).await?;
        return Ok(Known { visitor, customer: None, conversation, begun });
    };
    let before = match shown {
        Some(it) if !it.claims.is_customer => going_on(env, hub, &it.claims.visitor).await?,
        _ => None,
    };
    let known = of_customer(env, hub, customer, after, before.clone()).await?;
    if before.as_ref() == Some(&known.conversation)
        && let Some(customer) = known.customer.clone()
    {
        let stub = conversation_stub(env, &known.conversation)?;
        let order = Order::Identify { customer };
        post(&stub, "https://object/order", &order.write()).await?;
    }
    Ok(known)
}

/// A customer's conversation, which is `before` if there is no other that goes on.
pub async fn of_customer(
    env: &Env,
    hub: &Hub,
    customer: Customer,
    after: Option<&ConversationId>,
    before: Option<ConversationId>,
) -> Answer<Known> {
    let own = customer_do::of_customer(env, &hub.id, &customer.identifier)?;
    let number = VisitorId::from_random(entropy::bits128());
    let (Current { conversation, visitor }, begun) =
        current(env, hub, &own, after, before, Some(number)).await?;
    let visitor = visitor.ok_or_else(conversation_failed)?;
    Ok(Known { visitor, customer: Some(customer), conversation, begun })
}

/// The conversation of a visitor that goes on.
async fn going_on(env: &Env, hub: &Hub, visitor: &VisitorId) -> Answer<Option<ConversationId>> {
    let own = customer_do::of_visitor(env, &hub.id, visitor)?;
    let list: List = own.fetch_with_str("https://object/list").await?.json().await?;
    let Some(newest) = list.conversations.into_iter().next_back() else { return Ok(None) };
    let goes_on = standing(env, &newest).await? == Stands::Open;
    Ok(goes_on.then_some(newest))
}

/// Which conversation is current, and whether it was begun. Two tabs that ask at once get the same.
///
/// Only an ended conversation is followed by another: by `before`, if there is one, or where the browser knows of the end.
/// Whether it has ended is asked of the asker's own current one alone: nobody wakes another's by naming it.
async fn current(
    env: &Env,
    hub: &Hub,
    own: &Stub,
    after: Option<&ConversationId>,
    before: Option<ConversationId>,
    visitor: Option<VisitorId>,
) -> Answer<(Current, bool)> {
    let follows = before.is_some();
    let candidate = match before {
        Some(before) => before,
        None => fresh_id(env, hub)?,
    };
    let mut wish = Claim { candidate, after: None, visitor };
    let found = claim(own, &wish).await?;
    match standing(env, &found.conversation).await? {
        Stands::Unbegun => return Ok((found, false)),
        Stands::Open => return Ok((found, true)),
        Stands::Ended if !follows && after != Some(&found.conversation) => {
            return Ok((found, true));
        }
        // Erased just now, and the list that names it was not told yet.
        Stands::Ended | Stands::Erased => {}
    }
    // Another tab may have been quicker; then its conversation is current, and stays.
    wish.after = Some(found.conversation);
    let found = claim(own, &wish).await?;
    let begun = standing(env, &found.conversation).await? != Stands::Unbegun;
    Ok((found, begun))
}

fn fresh_id(env: &Env, hub: &Hub) -> Answer<ConversationId> {
    let namespace = env.durable_object("CONVERSATION")?;
    let id = match hub.jurisdiction(environment(env)) {
        Some(jurisdiction) => namespace.unique_id_with_jurisdiction(jurisdiction)?,
        None => namespace.unique_id()?,
    };
    ConversationId::parse(id.to_string())
        .map_err(|_| Refusal::new(503, "platform_failed", "The platform made an unexpected id."))
}

async fn claim(own: &Stub, wish: &Claim) -> Answer<Current> {
    let wish = serde_json::to_string(wish).map_err(worker::Error::from)?;
    let mut response = post(own, "https://object/current", &wish).await?;
    match response.status_code() {
        200 => Ok(response.json::<Current>().await?),
        410 => {
            let title = "The visitor was erased; start without the token.";
            Err(Refusal::new(401, "visitor_erased", title).about("visitor_token"))
        }
        _ => Err(conversation_failed()),
    }
}

/// How a conversation stands.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Stands {
    /// Its id was given away, and nothing more.
    Unbegun,
    Open,
    Ended,
    Erased,
}

async fn standing(env: &Env, id: &ConversationId) -> Answer<Stands> {
    let mut response = conversation_stub(env, id)?.fetch_with_str("https://object/state").await?;
    match response.status_code() {
        200 if response.json::<Standing>().await?.ended => Ok(Stands::Ended),
        200 => Ok(Stands::Open),
        404 => Ok(Stands::Unbegun),
        410 => Ok(Stands::Erased),
        _ => Err(conversation_failed()),
    }
}

/// The object of a conversation.
pub fn conversation_stub(env: &Env, id: &ConversationId) -> worker::Result<Stub> {
    env.durable_object("CONVERSATION")?.id_from_string(id.as_str())?.get_stub()
}

/// Who begins a conversation.
#[derive(Clone, Copy, Eq, PartialEq)]
pub enum By {
    /// The visitor, who is there.
    Visitor,
    /// The site's server, which fills in no form.
    Server,
}

/// Begins the conversation.
pub async fn begin(
    env: &Env,
    resource: &Resource,
    hub: &Hub,
    known: &Known,
    wanted: &StartRequest,
    by: By,
) -> Answer<()> {
    let opening = opening(env, resource, hub, known, wanted, by).await?;
    if known.customer.is_some() {
        // Whoever looks for the visitor finds it too.
        let own = customer_do::of_visitor(env, &hub.id, &known.visitor)?;
        customer_do::add(&own, &known.conversation, false).await?;
    }
    let stub = conversation_stub(env, &known.conversation)?;
    match post(&stub, "https://object/begin", &opening.write()).await?.status_code() {
        200 => Ok(()),
        _ => Err(conversation_failed()),
    }
}

/// The refusal where an object fails.
pub fn conversation_failed() -> Refusal {
    Refusal::new(503, "conversation_failed", "The conversation could not be opened; try again.")
}

async fn opening(
    env: &Env,
    resource: &Resource,
    hub: &Hub,
    known: &Known,
    wanted: &StartRequest,
    by: By,
) -> Answer<Opening> {
    let (visitor, id) = (&known.visitor, &known.conversation);
    let form = match by {
        By::Visitor => answers(resource, wanted)?,
        By::Server => BTreeMap::new(),
    };
    let consented = resource.prechat.as_ref().is_some_and(|it| it.consents_to_sneak_peek(&form));
    let flows = registry_kv::flows(env, hub).await;
    let about = About {
        conversation: id.as_str().to_owned(),
        visitor: visitor.to_string(),
        visitor_name: known
            .customer
            .as_ref()
            .and_then(|it| it.name.clone())
            .or_else(|| registry::visitor_name(&wanted.attributes))
            .or_else(|| form.get("name").filter(|_| wanted.leave_message).cloned())
            .unwrap_or_else(|| visitor_name(visitor)),
        attributes: wanted.attributes.clone(),
        language: wanted.language.clone(),
        page: wanted.page.clone(),
        form,
        verified: known.customer.clone(),
        accounts: registry_kv::accounts(env, &flows).await,
    };
    let mut facts = Facts {
        language: wanted.language.clone(),
        page: wanted.page.clone(),
        attributes: wanted.attributes.clone(),
        open: hub.is_open(registry_kv::local_time(hub)),
        ..Facts::default()
    };
    let mut moved = BTreeMap::new();
    while let Some(flow) = registry::question(hub, &flows, &facts) {
        let route = flows.get(&flow).and_then(|it| about.route(&it.relay));
        let answer = match route {
            Some(route) if moved.len() + facts.available.len() < MAX_ASKED => ask(env, route).await,
            _ => Asked::default(),
        };
        facts.available.insert(flow.clone(), answer.available);
        moved.extend(answer.moved_to.map(|base_url| (flow, base_url)));
    }
    let choice = registry::choose(hub, &flows, &facts).map_err(|error| {
        log::line(error.code(), Some(&error.to_string()), None);
        let title = "The chat's configuration is at fault; the edge's log names the document.";
        Refusal::new(503, error.code(), title)
    })?;
    let nobody = match &choice.nobody {
        // Who leaves a message expects nobody.
        _ if wanted.leave_message && resource.leave_message => Nobody::LeaveMessage,
        None => Nobody::of(&choice.flow, &flows, &about),
        Some(registry::Nobody::LeaveMessage) => Nobody::LeaveMessage,
        Some(registry::Nobody::Closed { text }) => Nobody::Closed { text: Some(text.clone()) },
    };
    let mut route = about.route(&choice.flow.relay).ok_or_else(|| {
        let title = "The chat's configuration is at fault; the edge's log names the document.";
        Refusal::new(503, "account_missing", title)
    })?;
    if let Some(base_url) = moved.remove(&choice.flow.id) {
        route.move_to(base_url);
    }
    Ok(Opening {
        conversation: id.clone(),
        resource: resource.id.clone(),
        hub: hub.id.as_str().to_owned(),
        flow: choice.flow.id.as_str().to_owned(),
        visitor: visitor.to_string(),
        grace: hub.grace_period,
        route,
        introduction: about.introduction(&choice.flow.relay),
        nobody,
        nobody_there: choice.nobody.is_some(),
        sneak_peek: hub.sneak_peek && consented,
        waits: by == By::Server,
        environment: environment(env),
        retention: day(env) * hub.retention_days,
        told: Told { form: about.form, attributes: about.attributes },
    })
}

/// The answers to the resource's form that count.
fn answers(resource: &Resource, wanted: &StartRequest) -> Answer<BTreeMap<String, String>> {
    let left = (wanted.leave_message && resource.leave_message).then(Form::left_message);
    let Some(form) = left.as_ref().or(resource.prechat.as_ref()) else {
        return Ok(BTreeMap::new());
    };
    form.check(&wanted.form).map_err(|error| {
        let title = format!("{}.", error.to_string().replacen("the", "The", 1));
        Refusal::new(400, error.code(), title).about(error.field())
    })
}

/// What a desk said when it was asked whether somebody is there.
struct Asked {
    available: bool,
    moved_to: Option<String>,
}

impl Default for Asked {
    /// A desk that does not say will say when it is asked for an agent.
    fn default() -> Self {
        Self { available: true, moved_to: None }
    }
}

/// Asks a desk whether somebody is there, and once more where it says that it has moved.
async fn ask(env: &Env, mut route: Route) -> Asked {
    let mut asked = Asked::default();
    for _ in 0..2 {
        let Some(request) = route.availability() else { return asked };
        let (label, cancel) = (request.label, AbortController::default());
        let outcome = desk_http::perform(env, request, &cancel.signal()).await;
        match route.available(&outcome) {
            Ok(Availability::Told(available)) => {
                asked.available = available;
                return asked;
            }
            Ok(Availability::Elsewhere(address)) => {
                let Ok(host) = DeskHost::live_agent(&address, environment(env)) else {
                    log::line("switch_server_not_allowed", Some(label), None);
                    return asked;
                };
                asked.moved_to = Some(host.base_url());
                route.move_to(host.base_url());
            }
            Err((code, status)) => {
                log::line(code, Some(label), status);
                return asked;
            }
        }
    }
    asked
}

/// A name for agents' lists, where the visitor has not told one.
fn visitor_name(visitor: &VisitorId) -> String {
    let digits: String = visitor.to_string().chars().take(4).collect();
    format!("Visitor {}", digits.to_uppercase())
}

/// Posts to an object.
pub async fn post(stub: &Stub, url: &str, body: &str) -> worker::Result<Response> {
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(JsValue::from_str(body)));
    stub.fetch_with_request(Request::new_with_init(url, &init)?).await
}
