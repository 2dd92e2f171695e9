//! `GET /v1/visitors/conversations`, and one of them by its id: what a visitor has said before, for this visitor only.
//!
//! The visitor's token stands in `Authorization`. A customer's token alone opens nothing here, as everywhere: what the site's
//! server has signed stands in `Parlor-Identity`, is checked as at a start, and has to name the customer whose token it is.

use parlor_shared::{
    Redacted, Timestamp,
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
    let own = Own::of(request, env).await?;
    let mut conversations = Vec::new();
    for id in own.conversations.iter().rev().take(MAX_TOLD) {
        let Some(it) = own.transcript(env, id).await? else { continue };
        if let Some(Summary { at, agent, text }) = Summary::of(&it.events).filter(|_| it.ended) {
            conversations.push(Line { id: id.clone(), at, agent, text });
        }
    }
    answer(&Listed { conversations })
}

/// One of them.
pub async fn one(request: &Request, env: &Env, id: &str) -> Answer<Response> {
    let own = Own::of(request, env).await?;
    let unknown =
        || Refusal::new(404, "conversation_unknown", "The visitor has no such conversation.");
    let id = own.conversations.iter().find(|it| it.as_str() == id).ok_or_else(unknown)?;
    let it = own.transcript(env, id).await?.ok_or_else(unknown)?;
    answer(&Told { events: it.events })
}

/// Whoever asks.
struct Own {
    /// Theirs, oldest first.
    conversations: Vec<ConversationId>,
    /// The identifier, where the site's server vouches for them.
    customer: Option<String>,
}

impl Own {
    async fn of(request: &Request, env: &Env) -> Answer<Self> {
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
        let Visitor { resource, visitor, is_customer, .. } = keys(env)?
            .verify::<Visitor>(clock::now(), token)
            .map_err(|error| refused(error.code()))?
            .claims;
        let (resource, hub) = registry_kv::resource_and_hub(env, &resource).await?;
        let signed = request.headers().get(IDENTITY)?.map(Redacted::new);
        let customer = identity::customer(env, &resource, &hub, signed.as_ref())
            .await
            .map_err(unauthorized)?
            .map(|it| it.identifier);
        let stub = match &customer {
            Some(identifier) => customer_do::of_customer(env, &hub.id, identifier)?,
            None if is_customer => return Err(identity::refuse(&IdentityError::OfCustomer)),
            None => customer_do::of_visitor(env, &hub.id, &visitor)?,
        };
        let list: List = stub.fetch_with_str("https://object/list").await?.json().await?;
        if is_customer && list.visitor != Some(visitor) {
            return Err(identity::refuse(&IdentityError::OfCustomer));
        }
        Ok(Self { conversations: list.conversations, customer })
    }

    /// What was said there. A conversation that was erased meanwhile is none, nor is one that a list names and that bears
    /// another customer's name: the site's server is just saying whose it is.
    async fn transcript(&self, env: &Env, id: &ConversationId) -> Answer<Option<Transcript>> {
        let stub = start::conversation_stub(env, id)?;
        let mut response = stub.fetch_with_str("https://object/transcript").await?;
        match response.status_code() {
            200 => {
                let it: Transcript = response.json().await?;
                let is_own = self.customer.is_none() || it.identifier() == self.customer.as_deref();
                Ok(is_own.then_some(it))
            }
            404 | 410 => Ok(None),
            _ => Err(start::conversation_failed()),
        }
    }
}

/// The refusal of a start says 403, for there a widget that reads 401 forgets its token. Here nothing is to be forgotten.
fn unauthorized(Refusal(mut problem): Refusal) -> Refusal {
    if problem.status == 403 {
        problem.status = 401;
    }
    Refusal(problem)
}

fn answer(body: &impl Serialize) -> Answer<Response> {
    let mut response = Response::from_json(body)?;
    response.headers_mut().set("Cache-Control", "no-store")?;
    Ok(response)
}

/// What the site's server has signed: docs/IDENTITY.md.
const IDENTITY: &str = "Parlor-Identity";
