//! The link for networks that let no WebSocket through: the same frames, asked for and posted. Everything is checked
//! here, as at the socket's door, before a conversation is woken.

use parlor_shared::{id::ConversationId, wire};
use serde::Deserialize;
use serde_json::Value;
use worker::{Env, Headers, Request, Response, Result};

use super::{
    conversation_do::Ask,
    frame::own_origin,
    log,
    problem::{Answer, Refusal},
    socket::verify,
    start::{conversation_failed, conversation_stub, keys, post},
};
use crate::access::{self, Verdict};

/// `GET /v1/conversations/{id}/events?link=L&after=N`: what there is to tell, as soon as there is something.
pub async fn events(request: Request, env: &Env, id: &str) -> Result<Response> {
    answer(try_events(&request, env, id).await)
}

/// `POST /v1/conversations/{id}/frames?link=L&after=N`.
pub async fn frames(mut request: Request, env: &Env, id: &str) -> Result<Response> {
    answer(try_frames(&mut request, env, id).await)
}

fn answer(tried: Answer<Response>) -> Result<Response> {
    tried.or_else(|refusal| {
        log::line(&refusal.0.code, None, None);
        refusal.into_response()
    })
}

async fn try_events(request: &Request, env: &Env, id: &str) -> Answer<Response> {
    let (link, after) = allowed(request, env, id)?;
    ask(env, id, Ask { link, after, hold: true, frames: Vec::new() }).await
}

async fn try_frames(request: &mut Request, env: &Env, id: &str) -> Answer<Response> {
    let (link, after) = allowed(request, env, id)?;
    let bytes = request.bytes().await?;
    if bytes.len() > MAX_BODY_BYTES {
        let title = format!("The body has {} bytes, {MAX_BODY_BYTES} are allowed.", bytes.len());
        return Err(Refusal::new(413, "body_too_long", title));
    }
    let reader = &mut serde_json::Deserializer::from_slice(&bytes);
    let Posted { frames } = serde_path_to_error::deserialize(reader).map_err(|error| {
        let path = error.path().to_string();
        let title = format!("The body is not as it should be: {}.", error.inner());
        Refusal::new(400, "body_malformed", title).about(path)
    })?;
    if frames.len() > MAX_FRAMES {
        let title = format!("There are {} frames, {MAX_FRAMES} are allowed.", frames.len());
        return Err(Refusal::new(413, "body_too_long", title).about("frames"));
    }
    let frames = frames.iter().map(Value::to_string).collect();
    ask(env, id, Ask { link, after, hold: false, frames }).await
}

#[derive(Deserialize)]
struct Posted {
    frames: Vec<Value>,
}

/// Whether the request may reach the conversation, and what its address says of the link.
fn allowed(request: &Request, env: &Env, id: &str) -> Answer<(u32, u64)> {
    let own = own_origin(request)?;
    let origin = request.headers().get("Origin")?;
    if access::own_origin_verdict(&own, origin.as_deref()) == Verdict::NotAllowed {
        let title = "Only pages of the edge's own may open a link.";
        return Err(Refusal::new(403, "origin_not_allowed", title));
    }
    let header = request.headers().get("Authorization")?.unwrap_or_default();
    let unsigned = |code| Refusal::new(401, code, "The token opens no link to this conversation.");
    let token = header.strip_prefix("Bearer ").ok_or_else(|| unsigned("token_missing"))?;
    let claims = verify::<access::Conversation>(&keys(env)?, token)
        .map_err(|error| unsigned(error.code()))?;
    if claims.conversation.as_str() != id || ConversationId::parse(id).is_err() {
        return Err(unsigned("token_of_other_conversation"));
    }
    let url = request.url()?;
    let said = |name| url.query_pairs().find_map(|(key, value)| (key == name).then_some(value));
    let malformed = |field: &str| {
        Refusal::new(
            400,
            "address_malformed",
            format!("The address' {field} is not as it should be."),
        )
        .about(field)
    };
    let link = said("link").filter(|it| it.len() <= 8 && !it.starts_with('+'));
    let link = link.and_then(|it| u32::from_str_radix(&it, 16).ok());
    let after = said("after").filter(|it| it.bytes().all(|byte| byte.is_ascii_digit()));
    let after = after.and_then(|it| it.parse().ok());
    Ok((link.ok_or_else(|| malformed("link"))?, after.ok_or_else(|| malformed("after"))?))
}

async fn ask(env: &Env, id: &str, ask: Ask) -> Answer<Response> {
    let unknown = || Refusal::new(404, "conversation_unknown", "There is no such conversation.");
    let id = ConversationId::parse(id).map_err(|_| unknown())?;
    let stub = conversation_stub(env, &id).map_err(|_| unknown())?;
    let body = serde_json::to_string(&ask).map_err(worker::Error::from)?;
    let mut told = post(&stub, "https://object/ask", &body).await?;
    match told.status_code() {
        200 => {}
        404 => return Err(unknown()),
        410 => {
            let title = "The conversation is no longer kept.";
            return Err(Refusal::new(410, "conversation_erased", title));
        }
        _ => return Err(conversation_failed()),
    }
    let headers = Headers::new();
    headers.set("Content-Type", "application/json")?;
    headers.set("Cache-Control", "no-store")?;
    Ok(Response::from_bytes(told.bytes().await?)?.with_headers(headers))
}

/// Longest body: a few of the longest frames.
const MAX_BODY_BYTES: usize = 4 * wire::MAX_FRAME_BYTES;

/// A widget that comes back after a long time without a network sends what was written meanwhile, in several bodies.
const MAX_FRAMES: usize = 64;
