//! Every knob for a bad day: its name, what it does, and how long it stays turned.

use serde_json::Value;

use crate::desks::ControlError;

/// A turned knob with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    // What happens to one answer, or to the request before it.
    DropResponse,
    DropRequest,
    HalfOpen,
    Delay { ms: u64 },
    Html502,
    Gateway503,
    Status { status: u16 },
    EmptyBody,
    HugeBody { bytes: usize },
    CutShort { sent_bytes: Option<usize> },
    NotJson,
    Accepted202,
    SwitchServer { new_url: String },
    // What comes out otherwise the next time.
    PollTimeoutString,
    FailRequest { reason: String },
    LateEstablished,
    TransferAs { kind: String },
    ResumedAfterTransfer,
    FileFails,
    // What holds until it is cleared.
    AbortUnnoticed,
    BurstLoss { window_ms: u64 },
    StrictSequence,
    EarlyMessages,
    LastWords,
    EndOnce,
    ConflictCloses,
    NoResetField,
    RestartSequence,
    IdleTimeout { warning_s: u64, timeout_s: u64 },
    IdleSpelling,
    NoIdleMember,
    SneakPeek,
    FooterMenu,
    AttachedRecords { shape: String },
    LongIds,
    SensitiveRules,
    Retired { status: u16 },
    // What happens at once.
    HandOver,
    CutPoll,
    RepeatLast,
    TypingSwapped,
    UnknownMessage,
    AsyncError,
    SensitiveRulesMessage,
    SwitchServerMessage { new_url: String },
    AgentDropsOut,
    AgentsGone,
    ExpireSession,
}

/// How a knob behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Hits the next matching requests.
    Answer,
    /// Changes how the next such step comes out.
    Next,
    /// Holds until cleared.
    Switch,
    /// Happens at once, to one chat or to all.
    Action,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Next => "next",
            Self::Switch => "switch",
            Self::Action => "action",
        }
    }
}

/// One line of the catalogue.
#[derive(Debug)]
pub struct Knob {
    pub name: &'static str,
    pub kind: Kind,
    /// What the button says.
    pub label: &'static str,
    pub about: &'static str,
    /// The resource noun, or group of nouns, that it hits unless told otherwise; empty where that means nothing.
    pub on: &'static str,
    /// Arguments and their values where none are given; `-1` stands for "not set".
    pub(super) args: &'static [(&'static str, Preset)],
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Preset {
    Number(i64),
    Text(&'static str),
}

/// A host that does not exist, of the shape that the vendor's own have.
const ELSEWHERE: &str = "https://d.la9-c9-sim.salesforceliveagent.com/chat";

const fn knob(
    kind: Kind,
    name: &'static str,
    on: &'static str,
    args: &'static [(&'static str, Preset)],
    label: &'static str,
    about: &'static str,
) -> Knob {
    Knob { name, kind, label, about, on, args }
}

use Kind::{Action, Answer, Next, Switch};
use Preset::{Number, Text};

/// All knobs, in the order in which the page shows them.
#[rustfmt::skip]
pub const CATALOGUE: &[Knob] = &[
    knob(Answer, "gateway_503", "ChatMessage", &[], "Answer 503 once",
        "A gateway in front of the desk answers 503; the desk never sees the request and no hand-over follows."),
    knob(Answer, "delay", "ChatMessage", &[("ms", Number(5_000))], "Answer 5 seconds late",
        "The request is executed at once and its answer held back."),
    knob(Answer, "drop_response", "ChatMessage", &[], "Lose a message’s answer",
        "The request is executed, then the connection closes without an answer."),
    knob(Answer, "drop_request", "ChatMessage", &[], "Lose a message on its way",
        "The connection closes and the desk never sees the request."),
    knob(Answer, "html_502", "ChatMessage", &[], "Answer 502 in HTML",
        "A proxy answers 502 with HTML; the desk never sees the request."),
    knob(Answer, "status", "ChatMessage", &[("status", Number(500))], "Answer 500 once",
        "The desk answers with the status given and does nothing."),
    knob(Answer, "half_open", "Messages", &[], "Never answer the next poll",
        "The request is executed and its answer vanishes while the connection stays open."),
    knob(Answer, "empty_body", "Messages", &[], "Answer with no body",
        "The request is executed; its answer is 200 and empty."),
    knob(Answer, "huge_body", "Messages", &[("bytes", Number(10_000_000))], "Answer ten megabytes",
        "The request is executed; its answer is padded with spaces to the size given."),
    knob(Answer, "cut_short", "Messages", &[("sent_bytes", Number(-1))], "Cut the next answer short",
        "The request is executed; its answer promises its length, sends part of it (half unless told) and closes."),
    knob(Answer, "not_json", "Messages", &[], "Answer a sign-in page",
        "The request is executed; its answer is 200 and a sign-in page."),
    knob(Answer, "accepted_202", "ChatMessage", &[], "Answer 202",
        "The request is executed; its answer is 202, accepted, and OK."),
    knob(Answer, "switch_server", "Visitor", &[("new_url", Text(ELSEWHERE))], "Name another server",
        "The answer is SwitchServer with the address given."),

    knob(Action, "cut_poll", "", &[], "Cut the poll half-way",
        "The open poll's connection closes without an answer."),
    knob(Action, "repeat_last", "", &[], "Deliver the last message twice",
        "The last answer with messages is delivered again, with the same sequence and offset."),
    knob(Action, "hand_over", "", &[], "Move to another server",
        "The affinity changes: 503 to everything until ReconnectSession."),
    knob(Action, "switch_server_message", "", &[("new_url", Text(ELSEWHERE))], "Name a server in the poll",
        "SwitchServer is delivered as a message."),
    knob(Action, "typing_swapped", "", &[], "Swap typing on and off",
        "One batch carries AgentNotTyping and then AgentTyping."),
    knob(Action, "unknown_message", "", &[], "Send an unknown type",
        "A message of a type that no page documents is delivered, before an ordinary one in the same batch."),
    knob(Action, "async_error", "", &[], "Report a late failure",
        "AsyncResult with an error is delivered."),
    knob(Action, "sensitive_rules_message", "", &[], "Send a masking rule",
        "SensitiveDataRules with one rule is delivered."),
    knob(Action, "agent_drops_out", "", &[], "Agent drops out",
        "AgentDisconnect is delivered; the chat goes on and waits for another agent."),
    knob(Action, "agents_gone", "", &[], "All agents leave",
        "ChatRequestFail with Unavailable is delivered, also in the middle of a chat."),
    knob(Action, "expire_session", "", &[], "Forget the session",
        "Everything about the chat is answered 403 from now on."),

    knob(Next, "late_established", "", &[], "Join second in a batch",
        "At the next accept, ChatEstablished comes second in its batch, after QueueUpdate."),
    knob(Next, "fail_request", "", &[("reason", Text("Blocked"))], "Refuse the next chat",
        "The next ChasitorInit ends in ChatRequestFail with the reason given; an empty one is left out."),
    knob(Next, "transfer_as", "", &[("kind", Text("TransferToQueueInitiated"))], "Transfer by another name",
        "The next transfer to a queue is told as the type given: also TransferToSbrSkillInitiated, TransferToBotInitiated."),
    knob(Next, "resumed_after_transfer", "", &[], "Resume after transfer",
        "Whoever takes the next chat that was put back into a queue is told by ChatResumedAfterTransfer."),
    knob(Next, "file_fails", "", &[], "Fail the next file",
        "The next file that arrives ends in FileTransfer Failure."),
    knob(Next, "poll_timeout_string", "", &[], "Poll timeout as text",
        "The next SessionId bears clientPollTimeout as a string."),

    knob(Switch, "abort_unnoticed", "", &[], "Miss dropped polls",
        "A poll that the client dropped stays open here until its hold ends."),
    knob(Switch, "burst_loss", "", &[("window_ms", Number(100))], "Lose hurried messages",
        "A ChatMessage within the window after another is answered OK and lost."),
    knob(Switch, "strict_sequence", "", &[], "Insist on sequence",
        "A sequenced POST without its number is answered 400."),
    knob(Switch, "early_messages", "", &[], "Take early messages",
        "ChatMessage before ChatEstablished is accepted instead of answered 500."),
    knob(Switch, "last_words", "", &[], "Last words after timeout",
        "A session that ended for want of polls answers one poll with what remains, then 403."),
    knob(Switch, "end_once", "", &[], "Say the end only once",
        "After ChatEnded went out once, also if it got lost, every poll is answered 403."),
    knob(Switch, "conflict_closes", "", &[], "Close the older poll",
        "At a second poll the first one's connection closes instead of being answered 409."),
    knob(Switch, "no_reset_field", "", &[], "Leave out resetSequence",
        "The answer to ReconnectSession leaves resetSequence out; the counter restarts all the same."),
    knob(Switch, "restart_sequence", "", &[], "Restart poll sequence",
        "The sequence of the poll's answers restarts at 0."),
    knob(Switch, "idle_timeout", "", &[("warning_s", Number(30)), ("timeout_s", Number(60))], "Announce idle timeout",
        "ChatEstablished and ChatTransferred bear an enabled chasitorIdleTimeout."),
    knob(Switch, "idle_spelling", "", &[], "Spell idletimeout small",
        "The member is called chasitorIdletimeout, as the guide's tables have it."),
    knob(Switch, "no_idle_member", "", &[], "Leave out idle timeout",
        "ChatEstablished and ChatTransferred bear no chasitorIdleTimeout at all."),
    knob(Switch, "sneak_peek", "", &[], "Ask for sneak peeks",
        "ChatEstablished and ChatTransferred bear sneakPeekEnabled, and peeks are shown."),
    knob(Switch, "footer_menu", "", &[], "Show a footer menu",
        "ChatEstablished and ChatTransferred bear a bot's footer items."),
    knob(Switch, "attached_records", "", &[("shape", Text("list"))], "Name attached records",
        "ChatEnded bears attachedRecords, as a list, or as a text if told so."),
    knob(Switch, "long_ids", "", &[], "Answer with long ids",
        "Ids in answers have 18 characters, also where 15 were asked about."),
    knob(Switch, "sensitive_rules", "", &[], "Announce a masking rule",
        "ChatRequestSuccess bears one of the sensitiveDataRules."),
    knob(Switch, "retired", "", &[("status", Number(404))], "Retire the product",
        "Everything is answered with 404, or 410 if told so, and a web page."),
];

/// An order to turn one knob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub fault: Fault,
    /// A resource noun, a group (`System`, `Chasitor`, `Visitor`) or `*`; `None` is the knob's own default.
    pub on: Option<String>,
    /// How many times; `None` until cleared.
    pub times: Option<u32>,
    /// Only this chat, where the request or action belongs to one.
    pub chat: Option<String>,
}

impl Order {
    /// Once, on what the knob hits by default; a switch until it is cleared.
    pub fn new(fault: Fault) -> Self {
        let times = (fault.knob().kind != Kind::Switch).then_some(1);
        Self { fault, on: None, times, chat: None }
    }

    #[must_use]
    pub fn on(self, noun: &str) -> Self {
        Self { on: Some(noun.to_owned()), ..self }
    }

    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times: Some(times), ..self }
    }

    #[must_use]
    pub fn always(self) -> Self {
        Self { times: None, ..self }
    }

    #[must_use]
    pub fn chat(self, chat: &str) -> Self {
        Self { chat: Some(chat.to_owned()), ..self }
    }

    /// Reads `{"fault": name, ...args, "times": n, "on": noun, "chat": id}`.
    ///
    /// # Errors
    /// [`ControlError::Field`] names the first field that cannot be used.
    pub fn from_json(body: &Value) -> Result<Self, ControlError> {
        let name = body
            .get("fault")
            .and_then(Value::as_str)
            .ok_or(ControlError::field("fault", "must be a name"))?;
        let knob = CATALOGUE.iter().find(|knob| knob.name == name);
        let knob =
            knob.ok_or(ControlError::field("fault", "is not in the list of GET /control/faults"))?;
        let known = |field: &str| {
            matches!(field, "fault" | "times" | "on" | "chat")
                || knob.args.iter().any(|(arg, _)| *arg == field)
        };
        if let Some(field) =
            body.as_object().and_then(|fields| fields.keys().find(|field| !known(field)))
        {
            return Err(ControlError::field(field, "is not an argument of this fault"));
        }
        let fault = knob.read(body)?;
        let mut order = Self::new(fault);
        match body.get("times") {
            None => {}
            Some(Value::Null) => order.times = None,
            Some(times) => {
                let times = times
                    .as_u64()
                    .and_then(|times| u32::try_from(times).ok())
                    .filter(|times| *times > 0);
                order.times = Some(
                    times.ok_or(ControlError::field("times", "must be a count from 1, or null"))?,
                );
            }
        }
        order.on = text_field(body, "on")?;
        order.chat = text_field(body, "chat")?;
        Ok(order)
    }
}

fn text_field(body: &Value, name: &str) -> Result<Option<String>, ControlError> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(ControlError::field(name, "must be a text")),
    }
}

impl Knob {
    fn number(&self, body: &Value, name: &str) -> Result<i64, ControlError> {
        match body.get(name) {
            Some(value) => {
                value.as_i64().ok_or(ControlError::field(name, "must be a whole number"))
            }
            None => Ok(self.args.iter().find(|(arg, _)| *arg == name).map_or(-1, |(_, value)| {
                match value {
                    Number(number) => *number,
                    Text(_) => -1,
                }
            })),
        }
    }

    fn natural(&self, body: &Value, name: &str) -> Result<u64, ControlError> {
        u64::try_from(self.number(body, name)?)
            .map_err(|_| ControlError::field(name, "must not be negative"))
    }

    fn status(&self, body: &Value) -> Result<u16, ControlError> {
        let status = self.number(body, "status")?;
        let status = u16::try_from(status).ok().filter(|status| (200..600).contains(status));
        status.ok_or(ControlError::field("status", "must be from 200 to 599"))
    }

    fn text(&self, body: &Value, name: &str) -> Result<String, ControlError> {
        if let Some(text) = text_field(body, name)? {
            return Ok(text);
        }
        let preset = self.args.iter().find_map(|(arg, value)| match value {
            Text(text) if *arg == name => Some(*text),
            _ => None,
        });
        Ok(preset.unwrap_or_default().to_owned())
    }

    fn read(&self, body: &Value) -> Result<Fault, ControlError> {
        Ok(match self.name {
            "drop_response" => Fault::DropResponse,
            "drop_request" => Fault::DropRequest,
            "half_open" => Fault::HalfOpen,
            "delay" => Fault::Delay { ms: self.natural(body, "ms")? },
            "html_502" => Fault::Html502,
            "gateway_503" => Fault::Gateway503,
            "status" => Fault::Status { status: self.status(body)? },
            "empty_body" => Fault::EmptyBody,
            "huge_body" => {
                let bytes = usize::try_from(self.natural(body, "bytes")?)
                    .ok()
                    .filter(|bytes| *bytes <= LARGEST_BODY);
                Fault::HugeBody {
                    bytes: bytes
                        .ok_or(ControlError::field("bytes", "must be at most 100000000"))?,
                }
            }
            "cut_short" => Fault::CutShort {
                sent_bytes: usize::try_from(self.number(body, "sent_bytes")?).ok(),
            },
            "not_json" => Fault::NotJson,
            "accepted_202" => Fault::Accepted202,
            "transfer_as" => {
                let kind = self.text(body, "kind")?;
                if !kind.starts_with("TransferTo") {
                    return Err(ControlError::field("kind", "must be a TransferTo… type"));
                }
                Fault::TransferAs { kind }
            }
            "resumed_after_transfer" => Fault::ResumedAfterTransfer,
            "file_fails" => Fault::FileFails,
            "idle_spelling" => Fault::IdleSpelling,
            "no_idle_member" => Fault::NoIdleMember,
            "sneak_peek" => Fault::SneakPeek,
            "footer_menu" => Fault::FooterMenu,
            "attached_records" => {
                let shape = self.text(body, "shape")?;
                if !matches!(shape.as_str(), "list" | "text") {
                    return Err(ControlError::field("shape", "must be list or text"));
                }
                Fault::AttachedRecords { shape }
            }
            "long_ids" => Fault::LongIds,
            "sensitive_rules_message" => Fault::SensitiveRulesMessage,
            "switch_server" => Fault::SwitchServer { new_url: self.text(body, "new_url")? },
            "poll_timeout_string" => Fault::PollTimeoutString,
            "fail_request" => Fault::FailRequest { reason: self.text(body, "reason")? },
            "late_established" => Fault::LateEstablished,
            "abort_unnoticed" => Fault::AbortUnnoticed,
            "burst_loss" => Fault::BurstLoss { window_ms: self.natural(body, "window_ms")? },
            "strict_sequence" => Fault::StrictSequence,
            "early_messages" => Fault::EarlyMessages,
            "last_words" => Fault::LastWords,
            "end_once" => Fault::EndOnce,
            "conflict_closes" => Fault::ConflictCloses,
            "no_reset_field" => Fault::NoResetField,
            "restart_sequence" => Fault::RestartSequence,
            "idle_timeout" => Fault::IdleTimeout {
                warning_s: self.natural(body, "warning_s")?,
                timeout_s: self.natural(body, "timeout_s")?,
            },
            "sensitive_rules" => Fault::SensitiveRules,
            "retired" => Fault::Retired { status: self.status(body)? },
            "hand_over" => Fault::HandOver,
            "cut_poll" => Fault::CutPoll,
            "repeat_last" => Fault::RepeatLast,
            "typing_swapped" => Fault::TypingSwapped,
            "unknown_message" => Fault::UnknownMessage,
            "async_error" => Fault::AsyncError,
            "switch_server_message" => {
                Fault::SwitchServerMessage { new_url: self.text(body, "new_url")? }
            }
            "agent_drops_out" => Fault::AgentDropsOut,
            "agents_gone" => Fault::AgentsGone,
            "expire_session" => Fault::ExpireSession,
            _ => return Err(ControlError::field("fault", "is listed but cannot be turned")),
        })
    }
}

impl Fault {
    pub fn name(&self) -> &'static str {
        match self {
            Self::DropResponse => "drop_response",
            Self::DropRequest => "drop_request",
            Self::HalfOpen => "half_open",
            Self::Delay { .. } => "delay",
            Self::Html502 => "html_502",
            Self::Gateway503 => "gateway_503",
            Self::Status { .. } => "status",
            Self::EmptyBody => "empty_body",
            Self::HugeBody { .. } => "huge_body",
            Self::CutShort { .. } => "cut_short",
            Self::NotJson => "not_json",
            Self::Accepted202 => "accepted_202",
            Self::TransferAs { .. } => "transfer_as",
            Self::ResumedAfterTransfer => "resumed_after_transfer",
            Self::FileFails => "file_fails",
            Self::IdleSpelling => "idle_spelling",
            Self::NoIdleMember => "no_idle_member",
            Self::SneakPeek => "sneak_peek",
            Self::FooterMenu => "footer_menu",
            Self::AttachedRecords { .. } => "attached_records",
            Self::LongIds => "long_ids",
            Self::SensitiveRulesMessage => "sensitive_rules_message",
            Self::SwitchServer { .. } => "switch_server",
            Self::PollTimeoutString => "poll_timeout_string",
            Self::FailRequest { .. } => "fail_request",
            Self::LateEstablished => "late_established",
            Self::AbortUnnoticed => "abort_unnoticed",
            Self::BurstLoss { .. } => "burst_loss",
            Self::StrictSequence => "strict_sequence",
            Self::EarlyMessages => "early_messages",
            Self::LastWords => "last_words",
            Self::EndOnce => "end_once",
            Self::ConflictCloses => "conflict_closes",
            Self::NoResetField => "no_reset_field",
            Self::RestartSequence => "restart_sequence",
            Self::IdleTimeout { .. } => "idle_timeout",
            Self::SensitiveRules => "sensitive_rules",
            Self::Retired { .. } => "retired",
            Self::HandOver => "hand_over",
            Self::CutPoll => "cut_poll",
            Self::RepeatLast => "repeat_last",
            Self::TypingSwapped => "typing_swapped",
            Self::UnknownMessage => "unknown_message",
            Self::AsyncError => "async_error",
            Self::SwitchServerMessage { .. } => "switch_server_message",
            Self::AgentDropsOut => "agent_drops_out",
            Self::AgentsGone => "agents_gone",
            Self::ExpireSession => "expire_session",
        }
    }

    /// The line of the catalogue. Every fault has one: a test walks them all.
    pub fn knob(&self) -> &'static Knob {
        CATALOGUE.iter().find(|knob| knob.name == self.name()).unwrap_or(&UNLISTED)
    }
}

static UNLISTED: Knob = knob(Kind::Action, "unlisted", "", &[], "", "");

/// Largest padded body, in bytes: enough to hurt a client, not this machine.
const LARGEST_BODY: usize = 100_000_000;

#[cfg(test)]
mod tests {
    use super::{CATALOGUE, Order};
    use serde_json::json;

    #[test]
    fn every_knob_in_the_list_can_be_turned_by_its_name_and_knows_it() {
        for knob in CATALOGUE {
            let order = Order::from_json(&json!({ "fault": knob.name })).expect(knob.name);
            assert_eq!(order.fault.name(), knob.name);
            assert!(!knob.about.is_empty() && !knob.label.is_empty(), "{}", knob.name);
        }
    }

    #[test]
    fn a_wrong_field_is_named() {
        for (body, field) in [
            (json!({}), "fault"),
            (json!({ "fault": "no such" }), "fault"),
            (json!({ "fault": "delay", "ms": "soon" }), "ms"),
            (json!({ "fault": "delay", "times": 0 }), "times"),
            (json!({ "fault": "delay", "on": 3 }), "on"),
            (json!({ "fault": "delay", "status": 500 }), "status"),
            (json!({ "fault": "status", "status": 99 }), "status"),
            (json!({ "fault": "huge_body", "bytes": 1_000_000_000_000_u64 }), "bytes"),
        ] {
            let error = Order::from_json(&body).expect_err("refused").to_string();
            assert!(error.starts_with(field), "{body} gave: {error}");
        }
    }
}
