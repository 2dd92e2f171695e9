//! The calls that a chat makes, as data.

use std::time::Duration;

use parlor_shared::Redacted;
use serde_json::json;

use super::{
    Config,
    snapshot::{Head, Post, Session, Text},
    wire,
};
use crate::relay::{
    Introduction,
    call::{Method, Request},
};

/// Asks for a session.
pub fn session_id(config: &Config) -> Request {
    Request {
        label: "SessionId",
        method: Method::Get,
        url: format!("{}/chat/rest/System/SessionId", config.base_url),
        headers: vec![version(), (AFFINITY, Redacted::new("null".to_owned()))],
        body: None,
        timeout: POST_TIMEOUT,
        max_bytes: MAX_POST_ANSWER_BYTES,
        charge: None,
    }
}

/// The long poll.
pub fn messages(config: &Config, session: &Session) -> Request {
    Request {
        label: "Messages",
        method: Method::Get,
        url: format!("{}/chat/rest/System/Messages?ack={}", config.base_url, session.ack),
        headers: session_headers(session),
        body: None,
        timeout: poll_timeout(session),
        max_bytes: MAX_BATCH_BYTES,
        charge: None,
    }
}

/// How long a poll is waited for.
pub fn poll_timeout(session: &Session) -> Duration {
    Duration::from_secs(session.poll_timeout_s) + POLL_PATIENCE
}

/// The resource of a POST.
pub const fn label(post: &Post) -> &'static str {
    match post {
        Post::Init => "ChasitorInit",
        Post::Text(_) => "ChatMessage",
        Post::Typing(true) => "ChasitorTyping",
        Post::Typing(false) => "ChasitorNotTyping",
        Post::End => "ChatEnd",
    }
}

fn version() -> (&'static str, Redacted<String>) {
    ("X-LIVEAGENT-API-VERSION", Redacted::new(API_VERSION.to_owned()))
}

fn session_headers(session: &Session) -> Vec<(&'static str, Redacted<String>)> {
    vec![
        version(),
        (AFFINITY, Redacted::new(session.affinity.clone())),
        ("X-LIVEAGENT-SESSION-KEY", Redacted::new(session.key.clone())),
    ]
}

/// A sequenced POST.
pub fn post(
    config: &Config,
    introduction: &Introduction,
    session: &Session,
    head: &Head,
) -> Request {
    let label = label(&head.post);
    let mut headers = session_headers(session);
    headers.push(("X-LIVEAGENT-SEQUENCE", Redacted::new(head.number.to_string())));
    headers.push(("Content-Type", Redacted::new("application/json".to_owned())));
    let body = match &head.post {
        Post::Init => json!(chasitor_init(config, introduction, session)),
        Post::Text(Text { text, .. }) => json!({ "text": text }),
        Post::Typing(_) => json!({}),
        Post::End => json!({ "reason": "client" }),
    };
    Request {
        label,
        method: Method::Post,
        url: format!("{}/chat/rest/Chasitor/{label}", config.base_url),
        headers,
        body: Some(Redacted::new(body.to_string())),
        timeout: POST_TIMEOUT,
        max_bytes: MAX_POST_ANSWER_BYTES,
        charge: None,
    }
}

fn chasitor_init<'a>(
    config: &'a Config,
    introduction: &'a Introduction,
    session: &'a Session,
) -> wire::ChasitorInit<'a> {
    let page = introduction.page.as_deref().map(|page| wire::CustomDetail {
        label: "Page",
        value: page,
        entity_maps: [],
        transcript_fields: [],
        display_to_agent: true,
    });
    wire::ChasitorInit {
        organization_id: &config.organization_id,
        deployment_id: &config.deployment_id,
        button_id: &config.button_id,
        session_id: &session.id,
        user_agent: concat!("Parlor/", env!("CARGO_PKG_VERSION")),
        language: introduction.language.as_deref().unwrap_or("en-US"),
        screen_resolution: "n/a",
        visitor_name: &introduction.visitor_name,
        prechat_details: page.into_iter().collect(),
        prechat_entities: [],
        button_overrides: [],
        receive_queue_updates: true,
        is_post: true,
    }
}

const AFFINITY: &str = "X-LIVEAGENT-AFFINITY";

/// Live Agent's version of the protocol. Source: docs/VENDORS.md; 47 is the first with waiting times, 58 the
/// newest that running clients were seen to use.
const API_VERSION: &str = "58";

/// How much longer than the desk's `clientPollTimeout` we wait for a poll, so that the desk is done with it.
const POLL_PATIENCE: Duration = Duration::from_secs(5);

/// Patience with SessionId and with POSTs.
pub const POST_TIMEOUT: Duration = Duration::from_secs(15);

/// Longest answer to a POST that is read, in bytes; the contract's is `OK`.
const MAX_POST_ANSWER_BYTES: usize = 64 * 1024;

/// Longest batch that is read, in bytes.
const MAX_BATCH_BYTES: usize = 4 * 1024 * 1024;
