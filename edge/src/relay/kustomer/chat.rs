//! Mode `chat`: the server-side chat API, version 2.1. **All that is unsure about it is in this file.**
//!
//! What the public material settles (docs/VENDORS.md, "Kustomer", "Mode chat"): a chat session is a conversation, and
//! has its id; so reading messages, closing, notes and webhooks are those of mode `core`. Not settled: the members of
//! `POST /messages` (we send those of its documented neighbour, `POST /outbound/messages`), whether its answer names
//! the message, and whether messages can be looked up. There is no external id, so after an unknown outcome a message
//! counts as ours if the session has one with these words from the customer that we know nothing of.

use serde_json::{Value, json};

use super::{requests::Context, requests::encode, wire::Resource};
use crate::relay::call::Request;

/// Opens a session. The tracking id is ours, one per conversation, so that the session can be found again.
pub fn open(context: Context<'_>) -> Request {
    let body = json!({
        "customerId": context.state.customer,
        "trackingId": context.conversation_id(),
    });
    context.post("create session", &format!("{BASE}/sessions"), &body)
}

/// Sessions that may be ours.
pub fn find(context: Context<'_>) -> Request {
    let customer = encode(context.state.customer.as_deref().unwrap_or_default());
    let tracking = encode(&context.conversation_id());
    let path = format!("{BASE}/sessions?customerId={customer}&trackingId={tracking}");
    context.get("find session", path)
}

/// The session that is ours: the list has those of either identity.
pub fn found<'a>(context: Context<'_>, sessions: &[Resource<'a>]) -> Option<Resource<'a>> {
    let ours = context.conversation_id();
    sessions.iter().find(|it| it.text("trackingId") == Some(&ours)).copied()
}

/// Says something as the customer.
pub fn say(context: Context<'_>, text: &str) -> Request {
    let body = json!({
        "customerId": context.state.customer,
        "session": context.state.conversation,
        "trackingId": context.conversation_id(),
        "body": text,
    });
    context.post("create chat message", &format!("{BASE}/messages"), &body)
}

/// The session's messages.
pub fn messages(context: Context<'_>) -> Request {
    let id = encode(context.state.conversation.as_deref().unwrap_or_default());
    context.get("find chat message", format!("{BASE}/sessions/{id}/messages"))
}

/// Whether the session has a message of the customer's with these words that we do not know yet; its id.
pub fn unknown_with<'a>(
    context: Context<'_>,
    messages: &[Resource<'a>],
    text: &str,
) -> Option<&'a str> {
    messages
        .iter()
        .filter(|it| it.text("direction") == Some("in") && it.text("body") == Some(text))
        .filter_map(|it| it.id())
        .find(|id| !context.state.incoming.posted.iter().any(|known| known == id))
}

/// The id of what an answer says was made, if it says it.
pub fn made(answer: &Value) -> Option<&str> {
    answer.pointer("/data/id").and_then(Value::as_str)
}

const BASE: &str = "/v2.1/chat";
