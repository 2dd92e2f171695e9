//! The calls that a chat makes, as data.

use std::time::Duration;

use parlor_shared::Redacted;
use serde_json::{Value, json};

use super::{
    Config,
    snapshot::{Chat, Detail, Entity, EntityField, Head, Post, Session, Text},
    wire,
};
use crate::relay::{
    Introduction,
    call::{Method, Request},
};

/// Asks for a session.
pub fn session_id(base_url: &str) -> Request {
    Request {
        label: "SessionId",
        method: Method::Get,
        url: format!("{base_url}/chat/rest/System/SessionId"),
        headers: vec![version(), no_affinity()],
        body: None,
        timeout: POST_TIMEOUT,
        max_bytes: MAX_POST_ANSWER_BYTES,
        charge: None,
    }
}

/// The long poll.
pub fn messages(base_url: &str, session: &Session) -> Request {
    Request {
        label: "Messages",
        method: Method::Get,
        url: format!("{base_url}/chat/rest/System/Messages?ack={}", session.ack),
        headers: session_headers(session),
        body: None,
        timeout: poll_timeout(session),
        max_bytes: MAX_BATCH_BYTES,
        charge: None,
    }
}

/// Asks where the chat is after a 503. The offset is that of the last answer that was stored; 0 where none was.
pub fn reconnect(base_url: &str, session: &Session) -> Request {
    let offset = session.offset.unwrap_or(0);
    Request {
        label: "ReconnectSession",
        method: Method::Get,
        url: format!(
            "{base_url}/chat/rest/System/ReconnectSession?ReconnectSession.offset={offset}"
        ),
        headers: vec![version(), no_affinity(), (SESSION_KEY, Redacted::new(session.key.clone()))],
        body: None,
        timeout: POST_TIMEOUT,
        max_bytes: MAX_POST_ANSWER_BYTES,
        charge: None,
    }
}

/// Tells the desk that we are back after a hand-over. Without a sequence number.
pub fn resync(base_url: &str, config: &Config, session: &Session) -> Request {
    const LABEL: &str = "ChasitorResyncState";
    let body = json!({ "organizationId": config.organization_id });
    chasitor(base_url, LABEL, session_headers(session), &body)
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
        Post::Line(_) => "ChatMessage",
        Post::Warning(_) => "ChasitorIdleTimeoutWarningEvent",
        Post::Masked(_) => "SensitiveDataRuleTriggered",
        Post::Peek { .. } => "ChasitorSneakPeek",
        Post::End => "ChatEnd",
    }
}

fn no_affinity() -> (&'static str, Redacted<String>) {
    (AFFINITY, Redacted::new("null".to_owned()))
}

/// The version of the protocol, which goes with every request.
pub fn version() -> (&'static str, Redacted<String>) {
    ("X-LIVEAGENT-API-VERSION", Redacted::new(API_VERSION.to_owned()))
}

fn session_headers(session: &Session) -> Vec<(&'static str, Redacted<String>)> {
    vec![
        version(),
        (AFFINITY, Redacted::new(session.affinity.clone())),
        (SESSION_KEY, Redacted::new(session.key.clone())),
    ]
}

/// A sequenced POST.
pub fn post(
    base_url: &str,
    config: &Config,
    introduction: &Introduction,
    session: &Session,
    head: &Head,
) -> Request {
    let mut headers = session_headers(session);
    headers.push(("X-LIVEAGENT-SEQUENCE", Redacted::new(head.number.to_string())));
    let body = match &head.post {
        Post::Init => json!(chasitor_init(config, introduction, session)),
        Post::Text(Text { text, .. }) | Post::Line(text) => json!({ "text": text }),
        Post::Typing(_) => json!({}),
        Post::Warning(on) => {
            json!({ "idleTimeoutWarningEvent": if *on { "triggered" } else { "cleared" } })
        }
        Post::Masked(rules) => json!({ "rules": rules }),
        Post::Peek { position, text } => json!({ "position": position, "text": text }),
        Post::End => {
            let idle = matches!(session.chat, Chat::Closing { idle: true, .. });
            json!({ "reason": if idle { "clientIdleTimeout" } else { "client" } })
        }
    };
    chasitor(base_url, label(&head.post), headers, &body)
}

fn chasitor(
    base_url: &str,
    label: &'static str,
    mut headers: Vec<(&'static str, Redacted<String>)>,
    body: &Value,
) -> Request {
    headers.push(("Content-Type", Redacted::new("application/json".to_owned())));
    Request {
        label,
        method: Method::Post,
        url: format!("{base_url}/chat/rest/Chasitor/{label}"),
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
    let detail = |detail: &'a Detail| wire::CustomDetail {
        label: &detail.label,
        value: &detail.value,
        entity_maps: [],
        transcript_fields: &detail.transcript_fields,
        display_to_agent: detail.display_to_agent,
    };
    let field = |field: &'a EntityField| wire::EntityFieldsMap {
        field_name: &field.name,
        label: &field.label,
        do_find: field.find,
        is_exact_match: field.exact_match,
        do_create: field.create,
    };
    let entity = |entity: &'a Entity| wire::PrechatEntity {
        entity_name: &entity.name,
        show_on_create: entity.show_on_create,
        save_to_transcript: entity.save_to_transcript.as_deref(),
        link_to_entity_name: entity.link_to_name.as_deref(),
        link_to_entity_field: entity.link_to_field.as_deref(),
        entity_fields_maps: entity.fields.iter().map(field).collect(),
    };
    wire::ChasitorInit {
        organization_id: &config.organization_id,
        deployment_id: &config.deployment_id,
        button_id: &config.button_id,
        session_id: &session.id,
        user_agent: concat!("Parlor/", env!("CARGO_PKG_VERSION")),
        language: introduction.language.as_deref().unwrap_or("en-US"),
        screen_resolution: "n/a",
        visitor_name: &introduction.visitor_name,
        prechat_details: config.prechat.details.iter().map(detail).collect(),
        prechat_entities: config.prechat.entities.iter().map(entity).collect(),
        button_overrides: [],
        receive_queue_updates: true,
        is_post: true,
    }
}

const SESSION_KEY: &str = "X-LIVEAGENT-SESSION-KEY";

const AFFINITY: &str = "X-LIVEAGENT-AFFINITY";

/// Live Agent's version of the protocol. Source: docs/VENDORS.md; 47 is the first with waiting times, 58 the
/// newest that running clients were seen to use.
const API_VERSION: &str = "58";

/// How much longer than the desk's `clientPollTimeout` we wait for a poll, so that the desk is done with it.
const POLL_PATIENCE: Duration = Duration::from_secs(5);

/// Patience with SessionId and with POSTs.
pub const POST_TIMEOUT: Duration = Duration::from_secs(15);

/// Longest answer to a POST that is read, in bytes; the contract's is `OK`.
pub const MAX_POST_ANSWER_BYTES: usize = 64 * 1024;

/// Longest batch that is read, in bytes.
const MAX_BATCH_BYTES: usize = 4 * 1024 * 1024;
