//! `POST /v1/conversations`: start a conversation, or find the visitor's current one.

use parlor_shared::{
    id::{ConversationId, ResourceId},
    wire::{StartAnswer, StartRequest},
};
use worker::{Env, Method, Request, RequestInit, Response, Stub, wasm_bindgen::JsValue};

use super::{
    clock,
    conversation_do::Standing,
    customer_do::{Claim, Current},
    entropy,
    frame::own_origin,
    log,
    problem::{Answer, Refusal},
    registry_kv,
};
use crate::{
    access::{self, Keys, SecretError, Verdict, Visitor, VisitorId},
    conversation::Opening,
    registry::{self, Facts, Hub},
    relay::{Introduction, Route},
};

/// Longest body that is read, in bytes.
const MAX_BODY_BYTES: usize = 16 * 1024;

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
    let wanted = body(&mut request).await?;
    let keys = keys(env)?;
    let (resource, hub) = registry_kv::resource_and_hub(env, &wanted.resource).await?;
    let now = clock::now();

    let (visitor, visitor_token) = match &wanted.visitor_token {
        None => {
            let visitor = VisitorId::from_random(entropy::bits128());
            let token = keys.mint(Visitor::new(now, resource.id.clone(), visitor));
            (visitor, Some(token))
        }
        Some(text) => {
            let verified = keys.verify::<Visitor>(now, text).map_err(|error| {
                Refusal::new(401, error.code(), "The visitor token is not good; start without it.")
                    .about("visitor_token")
            })?;
            if verified.claims.resource != resource.id {
                let title = "The visitor token is another resource's; start without it.";
                return Err(Refusal::new(401, "token_scope", title).about("visitor_token"));
            }
            let visitor = verified.claims.visitor;
            let renewed = verified
                .needs_rotation(now)
                .then(|| keys.mint(Visitor::new(now, resource.id.clone(), visitor)));
            (visitor, renewed)
        }
    };

    let id = current(env, &hub, &visitor, wanted.after.as_ref()).await?;
    begin_unless_begun(env, &hub, &visitor, &wanted, &id).await?;

    let claims = access::Conversation::new(now, wanted.resource, id.clone(), visitor);
    let token_expires_in_s = claims.left(now).as_secs();
    let answer = StartAnswer {
        conversation: id,
        token: keys.mint(claims).expose().clone(),
        token_expires_in_s,
        visitor_token: visitor_token.map(|token| token.expose().clone()),
    };
    let mut response = Response::from_json(&answer)?;
    response.headers_mut().set("Cache-Control", "no-store")?;
    Ok(response)
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

/// Which conversation is the visitor's. Two tabs that ask at once get the same.
///
/// Only an ended conversation is followed by another. Whether it has ended is asked of the visitor's own current one
/// alone: nobody wakes another visitor's by naming it.
async fn current(
    env: &Env,
    hub: &Hub,
    visitor: &VisitorId,
    after: Option<&ConversationId>,
) -> Answer<ConversationId> {
    let customer =
        env.durable_object("CUSTOMER")?.get_by_name(&format!("{}/{visitor}", hub.id.as_str()))?;
    let current = claim(env, &customer, None).await?;
    if after != Some(&current) || !has_ended(env, &current).await? {
        return Ok(current);
    }
    // Another tab may have been quicker; then its conversation is current, and stays.
    claim(env, &customer, Some(current)).await
}

async fn claim(
    env: &Env,
    customer: &Stub,
    after: Option<ConversationId>,
) -> Answer<ConversationId> {
    let candidate = env.durable_object("CONVERSATION")?.unique_id()?.to_string();
    let candidate = ConversationId::parse(candidate)
        .map_err(|_| Refusal::new(503, "platform_failed", "The platform made an unexpected id."))?;
    let claim = serde_json::to_string(&Claim { candidate, after }).map_err(worker::Error::from)?;
    let mut response = post(customer, "https://object/current", &claim).await?;
    Ok(response.json::<Current>().await?.conversation)
}

/// Whether a conversation is over. One that was never begun is not.
async fn has_ended(env: &Env, id: &ConversationId) -> Answer<bool> {
    let mut response = conversation_stub(env, id)?.fetch_with_str("https://object/state").await?;
    match response.status_code() {
        200 => Ok(response.json::<Standing>().await?.ended),
        404 => Ok(false),
        _ => Err(conversation_failed()),
    }
}

fn conversation_stub(env: &Env, id: &ConversationId) -> worker::Result<Stub> {
    env.durable_object("CONVERSATION")?.id_from_string(id.as_str())?.get_stub()
}

async fn begin_unless_begun(
    env: &Env,
    hub: &Hub,
    visitor: &VisitorId,
    wanted: &StartRequest,
    id: &ConversationId,
) -> Answer<()> {
    let stub = conversation_stub(env, id)?;
    match stub.fetch_with_str("https://object/state").await?.status_code() {
        // A flow that was changed, or lost, since then does not touch a conversation that is there.
        200 => return Ok(()),
        404 => {}
        _ => return Err(conversation_failed()),
    }
    let opening = opening(env, hub, visitor, wanted, id).await?;
    match post(&stub, "https://object/begin", &opening.write()).await?.status_code() {
        200 => Ok(()),
        _ => Err(conversation_failed()),
    }
}

fn conversation_failed() -> Refusal {
    Refusal::new(503, "conversation_failed", "The conversation could not be opened; try again.")
}

async fn opening(
    env: &Env,
    hub: &Hub,
    visitor: &VisitorId,
    wanted: &StartRequest,
    id: &ConversationId,
) -> Answer<Opening> {
    let flows = registry_kv::flows(env, hub).await;
    let facts = Facts {
        language: wanted.language.clone(),
        page: wanted.page.clone(),
        attributes: wanted.attributes.clone(),
        open: hub.is_open(registry_kv::local_time(hub)),
        ..Facts::default()
    };
    let choice = registry::choose(hub, &flows, &facts).map_err(|error| {
        log::line(error.code(), Some(&error.to_string()), None);
        let title = "The chat's configuration is at fault; the edge's log names the document.";
        Refusal::new(503, error.code(), title)
    })?;
    if choice.nobody.is_some() {
        return Err(Refusal::new(
            503,
            "nobody_there",
            "Nobody is there to take a conversation now.",
        ));
    }
    Ok(Opening {
        conversation: id.clone(),
        resource: resource_of(wanted),
        hub: hub.id.as_str().to_owned(),
        flow: choice.flow.id.as_str().to_owned(),
        visitor: visitor.to_string(),
        grace: hub.grace_period,
        route: Route::from(&choice.flow.relay),
        introduction: Introduction {
            conversation: id.as_str().to_owned(),
            visitor: visitor.to_string(),
            visitor_name: registry::visitor_name(&wanted.attributes)
                .unwrap_or_else(|| visitor_name(visitor)),
            language: wanted.language.clone(),
            page: wanted.page.clone(),
        },
    })
}

fn resource_of(wanted: &StartRequest) -> ResourceId {
    wanted.resource.clone()
}

/// A name for agents' lists, where the visitor has not told one.
fn visitor_name(visitor: &VisitorId) -> String {
    let digits: String = visitor.to_string().chars().take(4).collect();
    format!("Visitor {}", digits.to_uppercase())
}

async fn post(stub: &Stub, url: &str, body: &str) -> worker::Result<Response> {
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(JsValue::from_str(body)));
    stub.fetch_with_request(Request::new_with_init(url, &init)?).await
}
