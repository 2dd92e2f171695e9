//! `GET /v1/visitors/conversations`, and one of them by its id: what a visitor has said before, for this visitor only.
//!
//! The visitor's token stands in `Authorization`. A customer's token alone opens nothing here, as everywhere: who the
//! site's server vouches for has to be vouched for again.

use parlor_shared::{
    Timestamp,
    id::ConversationId,
    wire::{Agent, Event},
};
use serde::Serialize;
use worker::{Env, Request, Response};

use super::{
    clock,
    customer_do::{self, List},
    frame::own_origin,
    identity,
    problem::{Answer, Refusal},
    registry_kv,
    start::{self, keys},
};
use crate::{
    access::{self, IdentityError, Verdict, Visitor},
    admin::wire::Transcript,
    conversation::Summary,
};

/// Most conversations that are told of: the newest. Each of them is asked.
const MAX_TOLD: usize = 20;

#[derive(Serialize)]
struct Listed {
    conversations: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    id: ConversationId,
    at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<Agent>,
    text: String,
}

#[derive(Serialize)]
struct Told {
    events: Vec<Event>,
}

/// All that are over, newest first.
pub async fn list(request: &Request, env: &Env) -> Answer<Response> {
    let own = of(request, env).await?;
    let mut conversations = Vec::new();
    for id in own.into_iter().rev().take(MAX_TOLD) {
        // One that was erased meanwhile is none.
        let Some(it) = transcript_of(env, &id).await? else { continue };
        if let Some(Summary { at, agent, text }) = Summary::of(&it.events).filter(|_| it.ended) {
            conversations.push(Line { id, at, agent, text });
        }
    }
    answer(&Listed { conversations })
}

/// One of them.
pub async fn one(request: &Request, env: &Env, id: &str) -> Answer<Response> {
    let own = of(request, env).await?;
    let unknown =
        || Refusal::new(404, "conversation_unknown", "The visitor has no such conversation.");
    let id = own.into_iter().find(|it| it.as_str() == id).ok_or_else(unknown)?;
    let it = transcript_of(env, &id).await?.ok_or_else(unknown)?;
    answer(&Told { events: it.events })
}

/// The conversations of whoever asks, oldest first.
async fn of(request: &Request, env: &Env) -> Answer<Vec<ConversationId>> {
    let own = own_origin(request)?;
    let origin = request.headers().get("Origin")?;
    if access::own_origin_verdict(&own, origin.as_deref()) == Verdict::NotAllowed {
        let title = "Conversations are shown to the frame only.";
        return Err(Refusal::new(403, "origin_not_allowed", title));
    }
    let header = request.headers().get("Authorization")?.unwrap_or_default();
    let title = "Authorization holds no good visitor token.";
    let refused = |code| Refusal::new(401, code, title);
    let token = header.strip_prefix("Bearer ").ok_or_else(|| refused("token_missing"))?;
    let verified =
        keys(env)?.verify::<Visitor>(clock::now(), token).map_err(|error| refused(error.code()))?;
    if verified.claims.is_customer {
        return Err(identity::refuse(&IdentityError::OfCustomer));
    }
    let (_, hub) = registry_kv::resource_and_hub(env, &verified.claims.resource).await?;
    let stub = customer_do::of_visitor(env, &hub.id, &verified.claims.visitor)?;
    let list: List = stub.fetch_with_str("https://object/list").await?.json().await?;
    Ok(list.conversations)
}

async fn transcript_of(env: &Env, id: &ConversationId) -> Answer<Option<Transcript>> {
    let stub = start::conversation_stub(env, id)?;
    let mut response = stub.fetch_with_str("https://object/transcript").await?;
    match response.status_code() {
        200 => Ok(Some(response.json().await?)),
        404 | 410 => Ok(None),
        _ => Err(start::conversation_failed()),
    }
}

fn answer(body: &impl Serialize) -> Answer<Response> {
    let mut response = Response::from_json(body)?;
    response.headers_mut().set("Cache-Control", "no-store")?;
    Ok(response)
}
