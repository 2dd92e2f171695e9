//! Mirror of the vendor's JSON. Nothing of it leaves this folder.
//!
//! Source: Salesforce, Chat REST API Developer Guide 66.0, "Request Bodies", "Response Bodies", "Data Types";
//! what running clients were seen to need beyond it is marked so in docs/VENDORS.md.

use parlor_shared::wire::UnavailableReason;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::ReplyError;

/// Answer of `System/SessionId`.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionId {
    pub id: String,
    pub key: String,
    pub affinity: String,
    /// Seconds.
    pub poll_timeout_s: u64,
}

/// One answer of `System/Messages`: the good items, and a complaint for each bad one.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    pub sequence: i64,
    pub offset: Option<i64>,
    pub messages: Vec<Message>,
    pub complaints: Vec<ReplyError>,
}

/// The messages that the machine acts on.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::enum_variant_names, reason = "they are the vendor's names")]
pub enum Message {
    ChatRequestSuccess {
        place: Option<u32>,
        wait_s: Option<u32>,
        connection_timeout_ms: Option<u64>,
    },
    ChatRequestFail {
        reason: UnavailableReason,
    },
    QueueUpdate {
        place: Option<u32>,
        wait_s: Option<u32>,
    },
    ChatEstablished {
        name: String,
        user_id: Option<String>,
    },
    ChatTransferred {
        name: String,
        user_id: Option<String>,
    },
    ChatMessage {
        name: Option<String>,
        agent_id: Option<String>,
        text: String,
    },
    AgentTyping,
    AgentNotTyping,
    AgentDisconnect,
    ChatEnded {
        reason: Option<String>,
    },
    /// Known, and of no effect on a conversation.
    Ignored,
    Unrecognised {
        kind: String,
    },
}

/// Body of `Chasitor/ChasitorInit`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChasitorInit<'a> {
    pub organization_id: &'a str,
    pub deployment_id: &'a str,
    pub button_id: &'a str,
    pub session_id: &'a str,
    pub user_agent: &'a str,
    pub language: &'a str,
    pub screen_resolution: &'a str,
    pub visitor_name: &'a str,
    pub prechat_details: Vec<CustomDetail<'a>>,
    pub prechat_entities: [(); 0],
    pub button_overrides: [(); 0],
    pub receive_queue_updates: bool,
    pub is_post: bool,
}

/// A labelled value that the agent sees beside the chat.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomDetail<'a> {
    pub label: &'a str,
    pub value: &'a str,
    pub entity_maps: [(); 0],
    pub transcript_fields: [(); 0],
    pub display_to_agent: bool,
}

#[derive(Deserialize)]
struct RawBatch {
    messages: Option<Vec<Value>>,
    sequence: Option<i64>,
    offset: Option<i64>,
}

/// Reads the answer of `System/SessionId`.
pub fn session_id(body: &[u8]) -> Result<SessionId, ReplyError> {
    const CALL: &str = "SessionId";
    let value: Value =
        serde_json::from_slice(body).map_err(|_| ReplyError::NotJson { call: CALL })?;
    let text = |field: &'static str| {
        value
            .get(field)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic()))
            .map(str::to_owned)
            .ok_or(ReplyError::Missing { call: CALL, field })
    };
    Ok(SessionId {
        id: text("id")?,
        key: text("key")?,
        affinity: text("affinityToken")?,
        poll_timeout_s: value
            .get("clientPollTimeout")
            .and_then(number)
            .filter(|seconds| (1..=300).contains(seconds))
            .and_then(|seconds| u64::try_from(seconds).ok())
            .unwrap_or(DEFAULT_POLL_TIMEOUT_S),
    })
}

/// Reads the answer of `System/Messages`.
pub fn batch(body: &[u8]) -> Result<Batch, ReplyError> {
    const CALL: &str = "Messages";
    let raw: RawBatch =
        serde_json::from_slice(body).map_err(|_| ReplyError::NotJson { call: CALL })?;
    let sequence = raw.sequence.ok_or(ReplyError::Missing { call: CALL, field: "sequence" })?;
    let raw_messages = raw.messages.ok_or(ReplyError::Missing { call: CALL, field: "messages" })?;
    let (mut messages, mut complaints) = (Vec::new(), Vec::new());
    for item in &raw_messages {
        match message(item) {
            Ok(message) => messages.push(message),
            Err(complaint) => complaints.push(complaint),
        }
    }
    Ok(Batch { sequence, offset: raw.offset, messages, complaints })
}

/// The last number in a 409's text, `Out of sync Ack. Expected <a>. Actual <b>`: what the server accepted last.
pub fn actual_sequence(body: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(body).ok()?;
    text.rsplit(|c: char| !c.is_ascii_digit()).find(|digits| !digits.is_empty())?.parse().ok()
}

fn message(item: &Value) -> Result<Message, ReplyError> {
    let kind = item
        .get("type")
        .and_then(Value::as_str)
        .ok_or(ReplyError::Missing { call: "Messages", field: "type" })?;
    let body = item.get("message").unwrap_or(&Value::Null);
    let text = |field: &str| body.get(field).and_then(Value::as_str).map(str::to_owned);
    let need = |call: &'static str, field: &'static str| {
        text(field).ok_or(ReplyError::Missing { call, field })
    };
    Ok(match kind {
        "ChatRequestSuccess" => Message::ChatRequestSuccess {
            place: place(body.get("queuePosition")),
            wait_s: wait_s(body.get("estimatedWaitTime")),
            connection_timeout_ms: body
                .get("connectionTimeout")
                .and_then(number)
                .and_then(|ms| u64::try_from(ms).ok()),
        },
        "ChatRequestFail" => Message::ChatRequestFail {
            reason: match text("reason").as_deref() {
                Some("Unavailable") => UnavailableReason::Unavailable,
                Some("Blocked") => UnavailableReason::Blocked,
                // `InternalFailure`, `NoPost`, `Unknown`, and whatever comes next.
                _ => UnavailableReason::Failed,
            },
        },
        "QueueUpdate" => Message::QueueUpdate {
            place: place(body.get("position")),
            wait_s: wait_s(body.get("estimatedWaitTime")),
        },
        "ChatEstablished" => Message::ChatEstablished {
            name: need("ChatEstablished", "name")?,
            user_id: text("userId"),
        },
        "ChatTransferred" => Message::ChatTransferred {
            name: need("ChatTransferred", "name")?,
            user_id: text("userId"),
        },
        "ChatMessage" => Message::ChatMessage {
            name: text("name"),
            agent_id: text("agentId"),
            text: need("ChatMessage", "text")?,
        },
        "AgentTyping" => Message::AgentTyping,
        "AgentNotTyping" => Message::AgentNotTyping,
        "AgentDisconnect" => Message::AgentDisconnect,
        "ChatEnded" => Message::ChatEnded { reason: text("reason") },
        "NewVisitorBreadcrumb" => Message::Ignored,
        other => Message::Unrecognised { kind: label(other) },
    })
}

/// A queue place as people count: the vendor's is zero-based. Negative means unknown.
fn place(value: Option<&Value>) -> Option<u32> {
    u32::try_from(number(value?)?).ok()?.checked_add(1)
}

/// Seconds; -1 means unknown.
fn wait_s(value: Option<&Value>) -> Option<u32> {
    u32::try_from(number(value?)?).ok()
}

/// A whole number, also where it is printed as a string or with a fraction.
fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| {
            let float = number.as_f64()?;
            #[expect(
                clippy::cast_possible_truncation,
                reason = "the range is checked on this line"
            )]
            (float.abs() < 9e15).then_some(float as i64)
        }),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A name from outside, fit for a log.
fn label(kind: &str) -> String {
    kind.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(MAX_KIND_CHARS).collect()
}

/// Seconds, where the desk does not say or says nonsense. Source: Chat REST API Developer Guide,
/// "SessionId" example.
const DEFAULT_POLL_TIMEOUT_S: u64 = 40;

/// Longest name of an unknown message type that is logged, in characters.
const MAX_KIND_CHARS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poll_timeout_may_be_a_string_or_nonsense() {
        let with = |timeout: &str| {
            let body = format!(
                r#"{{"id":"i","key":"k","affinityToken":"a","clientPollTimeout":{timeout}}}"#
            );
            session_id(body.as_bytes()).unwrap().poll_timeout_s
        };
        assert_eq!(with("30"), 30);
        assert_eq!(with(r#""35""#), 35);
        assert_eq!(with("-1"), 40);
        assert_eq!(with("{}"), 40);
    }

    #[test]
    fn a_missing_key_is_named() {
        assert_eq!(
            session_id(br#"{"id":"i","affinityToken":"a"}"#),
            Err(ReplyError::Missing { call: "SessionId", field: "key" })
        );
        assert_eq!(session_id(b"<html>"), Err(ReplyError::NotJson { call: "SessionId" }));
        assert_eq!(
            session_id(br#"{"id":"i","key":"a\r\nb","affinityToken":"a"}"#),
            Err(ReplyError::Missing { call: "SessionId", field: "key" }),
            "a key that would break out of its header is none"
        );
    }

    #[test]
    fn a_batch_yields_its_good_items_and_its_complaints() {
        let batch = batch(
            br#"{"messages":[{"type":"ChatMessage","message":{}},{"type":"QueueUpdate","message":{"position":0,
            "estimatedWaitTime":-1}},{"type":"Sur prise!","message":1},{"message":{}},7],"sequence":3,"offset":9}"#,
        )
        .unwrap();
        assert_eq!(
            batch.messages,
            [
                Message::QueueUpdate { place: Some(1), wait_s: None },
                Message::Unrecognised { kind: "Surprise".into() }
            ]
        );
        assert_eq!(
            batch.complaints,
            [
                ReplyError::Missing { call: "ChatMessage", field: "text" },
                ReplyError::Missing { call: "Messages", field: "type" },
                ReplyError::Missing { call: "Messages", field: "type" },
            ]
        );
        assert_eq!((batch.sequence, batch.offset), (3, Some(9)));
    }

    #[test]
    fn the_number_that_the_server_accepted_last_is_read_from_a_409() {
        assert_eq!(actual_sequence(b"Out of sync Ack. Expected 7. Actual 5"), Some(5));
        assert_eq!(actual_sequence(b"Out of sync Ack. Expected 7. Actual 5."), Some(5));
        assert_eq!(actual_sequence(b"<html>"), None);
        assert_eq!(actual_sequence(&[0xff]), None);
    }
}
