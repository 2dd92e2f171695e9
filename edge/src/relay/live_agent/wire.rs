//! Mirror of the vendor's JSON. Nothing of it leaves this folder.
//!
//! Source: Salesforce, Chat REST API Developer Guide 66.0, "Request Bodies", "Response Bodies", "Data Types";
//! what running clients were seen to need beyond it is marked so in docs/VENDORS.md.

use std::time::Duration;

use parlor_shared::wire::UnavailableReason;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::snapshot::Rule;
use crate::relay::{IdleLimit, ReplyError};

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
        rules: Vec<Rule>,
    },
    ChatRequestFail {
        reason: UnavailableReason,
    },
    QueueUpdate {
        place: Option<u32>,
        wait_s: Option<u32>,
    },
    /// `ChatEstablished` and `ChatTransferred`: this agent has the chat now.
    Taken {
        name: String,
        user_id: Option<String>,
        idle: Option<IdleLimit>,
        sneak_peek: bool,
    },
    /// `TransferToButtonInitiated` and its siblings: the chat is being handed to others.
    Transferring {
        to: Option<String>,
    },
    ChatResumedAfterTransfer {
        name: String,
    },
    AgentJoinedConference {
        name: String,
    },
    AgentLeftConference {
        name: String,
    },
    ChatMessage {
        name: Option<String>,
        agent_id: Option<String>,
        text: String,
    },
    RichMessage {
        header: Option<String>,
        choices: Vec<String>,
    },
    AgentTyping,
    AgentNotTyping,
    AgentDisconnect,
    ChatEnded {
        reason: Option<String>,
    },
    FileRequested,
    CustomEvent {
        kind: String,
        data: String,
    },
    SensitiveDataRules(Vec<Rule>),
    ChasitorSessionData(SessionData),
    SwitchServer {
        new_url: String,
    },
    AsyncResult {
        succeeded: bool,
    },
    /// Known, and of no effect on a conversation.
    Ignored,
    Unrecognised {
        kind: String,
    },
}

impl Message {
    /// Whether an agent says something by it.
    pub const fn is_said(&self) -> bool {
        matches!(self, Self::ChatMessage { .. } | Self::RichMessage { .. })
    }
}

/// What the desk knows of a chat that comes back after a hand-over.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionData {
    pub place: Option<u32>,
    /// What the visitor said, in order, as the desk has it.
    pub from_visitor: Vec<String>,
}

/// Answer of `System/ReconnectSession`.
#[derive(Clone, Debug, PartialEq)]
pub struct Reconnected {
    pub affinity: String,
    pub reset_sequence: bool,
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
    pub prechat_entities: Vec<PrechatEntity<'a>>,
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
    pub transcript_fields: &'a [String],
    pub display_to_agent: bool,
}

/// A record that the desk finds or makes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PrechatEntity<'a> {
    pub entity_name: &'a str,
    pub show_on_create: bool,
    pub save_to_transcript: Option<&'a str>,
    pub link_to_entity_name: Option<&'a str>,
    pub link_to_entity_field: Option<&'a str>,
    /// With this `s`, and without it in no client that works.
    pub entity_fields_maps: Vec<EntityFieldsMap<'a>>,
}

/// A field of such a record.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EntityFieldsMap<'a> {
    pub field_name: &'a str,
    pub label: &'a str,
    pub do_find: bool,
    pub is_exact_match: bool,
    pub do_create: bool,
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
            .filter(|text| is_header_safe(text))
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

/// Reads the answer of `System/ReconnectSession`.
pub fn reconnected(body: &[u8]) -> Result<Reconnected, ReplyError> {
    const CALL: &str = "ReconnectSession";
    let message = enveloped(body, CALL)?;
    let affinity = message
        .get("affinityToken")
        .and_then(Value::as_str)
        .filter(|text| is_header_safe(text))
        .ok_or(ReplyError::Missing { call: CALL, field: "affinityToken" })?;
    Ok(Reconnected {
        affinity: affinity.to_owned(),
        // Absent means yes. Source: "ReconnectSession".
        reset_sequence: message.get("resetSequence").and_then(Value::as_bool).unwrap_or(true),
    })
}

/// The message of the type `kind` in an answer in which it stands alone among others.
pub fn enveloped(body: &[u8], kind: &'static str) -> Result<Value, ReplyError> {
    let value: Value =
        serde_json::from_slice(body).map_err(|_| ReplyError::NotJson { call: kind })?;
    let messages = value.get("messages").and_then(Value::as_array);
    messages
        .into_iter()
        .flatten()
        .find(|message| message.get("type").and_then(Value::as_str) == Some(kind))
        .and_then(|message| message.get("message"))
        .cloned()
        .ok_or(ReplyError::Missing { call: kind, field: "message" })
}

/// The address in a `SwitchServer`, if the answer is one.
pub fn switched(body: &[u8]) -> Option<String> {
    let message = enveloped(body, "SwitchServer").ok()?;
    message.get("newUrl").and_then(Value::as_str).map(str::to_owned)
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
            rules: rules(body),
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
        "ChatEstablished" | "ChatTransferred" => Message::Taken {
            name: need("ChatEstablished", "name")?,
            user_id: text("userId"),
            idle: idle_limit(body),
            sneak_peek: body.get("sneakPeekEnabled").and_then(Value::as_bool).unwrap_or(false),
        },
        // Only the first is confirmed, by the vendor's own client; the others are its siblings in later ones.
        "TransferToButtonInitiated"
        | "TransferToQueueInitiated"
        | "TransferToSbrSkillInitiated"
        | "TransferToBotInitiated" => Message::Transferring { to: text("name").map(shown) },
        "ChatResumedAfterTransfer" => {
            Message::ChatResumedAfterTransfer { name: only_text(body).unwrap_or_default() }
        }
        "AgentJoinedConference" => Message::AgentJoinedConference {
            name: only_text(body)
                .ok_or(ReplyError::Missing { call: "AgentJoinedConference", field: "name" })?,
        },
        "AgentLeftConference" => Message::AgentLeftConference {
            name: only_text(body)
                .ok_or(ReplyError::Missing { call: "AgentLeftConference", field: "name" })?,
        },
        "ChatMessage" => Message::ChatMessage {
            name: text("name"),
            agent_id: text("agentId"),
            text: need("ChatMessage", "text")?,
        },
        "RichMessage" => rich_message(body),
        "AgentTyping" => Message::AgentTyping,
        "AgentNotTyping" => Message::AgentNotTyping,
        "AgentDisconnect" => Message::AgentDisconnect,
        "ChatEnded" => Message::ChatEnded { reason: text("reason") },
        "FileTransfer" if text("type").as_deref() == Some("Requested") => Message::FileRequested,
        "CustomEvent" => Message::CustomEvent {
            kind: shown(need("CustomEvent", "type")?),
            data: text("data").unwrap_or_default().chars().take(MAX_DATA_CHARS).collect(),
        },
        "SensitiveDataRules" => Message::SensitiveDataRules(rules(body)),
        "ChasitorSessionData" => Message::ChasitorSessionData(session_data(body)),
        "SwitchServer" => Message::SwitchServer { new_url: need("SwitchServer", "newUrl")? },
        "AsyncResult" => Message::AsyncResult {
            succeeded: body.get("isSuccess").and_then(Value::as_bool).unwrap_or(true),
        },
        // Files: withdrawn, sent, failed; none of it without a file from us. The others are answers to what is asked
        // without a session, or echoes.
        "FileTransfer"
        | "NewVisitorBreadcrumb"
        | "Availability"
        | "Settings"
        | "VisitorId"
        | "ReconnectSession" => Message::Ignored,
        other => Message::Unrecognised { kind: label(other) },
    })
}

/// How long a visitor may leave an agent's message unanswered. The guide spells the member both ways; without it,
/// or without sense in it, there is no limit.
fn idle_limit(body: &Value) -> Option<IdleLimit> {
    let limit = body.get("chasitorIdleTimeout").or_else(|| body.get("chasitorIdletimeout"))?;
    if !limit.get("isEnabled").and_then(Value::as_bool).unwrap_or(false) {
        return None;
    }
    let seconds = |name| u64::try_from(number(limit.get(name)?)?).ok();
    let end = seconds("timeout").filter(|end| (1..=MAX_IDLE_S).contains(end))?;
    // The vendor has the warning be shorter, and not every admin does.
    let warn = seconds("warningTime").filter(|warn| *warn < end).unwrap_or(end / 2);
    Some(IdleLimit { warn_after: Duration::from_secs(warn), end_after: Duration::from_secs(end) })
}

/// A bot's menu or buttons: what stands above, and what there is to choose.
fn rich_message(body: &Value) -> Message {
    let header = ["header", "text"].iter().find_map(|name| body.get(name).and_then(Value::as_str));
    let item = |item: &Value| item.get("text").and_then(Value::as_str).map(str::to_owned);
    let items = body.get("items").and_then(Value::as_array);
    let choices = items
        .into_iter()
        .flatten()
        .filter_map(item)
        .map(shown)
        .filter(|choice| !choice.is_empty())
        .take(MAX_CHOICES)
        .collect();
    Message::RichMessage { header: header.map(str::to_owned), choices }
}

fn rules(body: &Value) -> Vec<Rule> {
    let rule = |rule: &Value| {
        let text = |name: &str| rule.get(name).and_then(Value::as_str).unwrap_or_default();
        let removes = text("actionType").eq_ignore_ascii_case("remove");
        let replacement = if removes { "" } else { text("replacement") };
        (!text("pattern").is_empty()).then(|| Rule {
            id: text("id").to_owned(),
            name: text("name").to_owned(),
            pattern: text("pattern").to_owned(),
            replacement: replacement.chars().take(MAX_LABEL_CHARS).collect(),
        })
    };
    let rules = body.get("sensitiveDataRules").and_then(Value::as_array);
    rules.into_iter().flatten().filter_map(rule).take(MAX_RULES).collect()
}

fn session_data(body: &Value) -> SessionData {
    let said = |entry: &Value| {
        let text = |name: &str| entry.get(name).and_then(Value::as_str);
        (text("type") == Some("Chasitor")).then(|| text("content").unwrap_or_default().to_owned())
    };
    let entries = body.get("chatMessages").and_then(Value::as_array);
    SessionData {
        place: place(body.get("queuePosition")),
        from_visitor: entries.into_iter().flatten().filter_map(said).collect(),
    }
}

/// The text of a message that has one only, whatever it is called: which, no page says.
fn only_text(body: &Value) -> Option<String> {
    let named = body.get("name").and_then(Value::as_str);
    let only = || body.as_object()?.values().find_map(Value::as_str);
    named.or_else(only).or_else(|| body.as_str()).map(str::to_owned).map(shown)
}

/// A word from outside, cut to what can be shown.
fn shown(text: String) -> String {
    let text = text.trim();
    text.chars().filter(|c| !c.is_control()).take(MAX_LABEL_CHARS).collect()
}

fn is_header_safe(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic())
}

/// A queue place as people count: the vendor's is zero-based. Negative means unknown.
fn place(value: Option<&Value>) -> Option<u32> {
    u32::try_from(number(value?)?).ok()?.checked_add(1)
}

/// Seconds; -1 means unknown.
pub fn wait_s(value: Option<&Value>) -> Option<u32> {
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

/// Longest idle timeout that is believed, in seconds: a day.
const MAX_IDLE_S: u64 = 86_400;

/// Most rules about sensitive words, and most choices, that are read.
const MAX_RULES: usize = 50;
const MAX_CHOICES: usize = 50;

/// Longest name or choice that is kept, and longest data of a custom event, in characters.
const MAX_LABEL_CHARS: usize = 200;
const MAX_DATA_CHARS: usize = 16_000;

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
