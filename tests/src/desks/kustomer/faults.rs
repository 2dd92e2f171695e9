//! Every knob for a bad day: its name, what it does, and how long it stays turned (section 12.8, and what the
//! reference leaves open).

use serde_json::{Value, json};

use super::route;
use crate::desks::ControlError;

/// A knob.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    // What happens to one answer, or to the request before it.
    AfterWrite,
    DropResponse,
    DropRequest,
    HalfOpen,
    Delay,
    Status,
    Html502,
    Limit,
    CutShort,
    EmptyBody,
    HugeBody,
    NotJson,
    // What comes out otherwise the next time.
    DuplicateDelivery,
    SwappedDelivery,
    DelayedDelivery,
    LostDelivery,
    FailedReply,
    // What holds until it is cleared.
    KeyExpired,
    MissingRole,
    WrongPod,
    ErrorShape,
    StatusAsText,
    RetryAfter,
    OrgLimit,
    ObjectLimit,
    DuplicatesPolicy,
    EndedRefused,
    EndedCloses,
    NeedsSession,
    TruncatedPreview,
    NewestFirst,
    BodyInMeta,
    NoChanges,
    SparseEvents,
    PluralCustomer,
    FreshEventIds,
    OldSignature,
    TwiceAlways,
    Scatter,
    WebhookUnreachable,
    WebhookSilent,
    WebhookTimeout,
    WebhookOffAtBirth,
    StaticHeader,
    HurriedRetries,
    LinksExpired,
    // What happens at once.
    ReplayEvent,
    StaleEvent,
    ForgedEvent,
    UnsignedEvent,
    ForeignEvent,
    ForeignConversation,
    UnknownEvent,
    GarbageEvent,
    HugeEvent,
    OrgBusy,
    SwitchOffWebhook,
    ForgetConversation,
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
    /// Happens at once.
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
    pub fault: Fault,
    pub name: &'static str,
    pub kind: Kind,
    /// What the button says.
    pub label: &'static str,
    pub about: &'static str,
    /// The call, or group of calls, that it hits unless told otherwise; empty where that means nothing.
    pub on: &'static str,
    /// Arguments and their values where none are given.
    pub(super) args: &'static [(&'static str, Arg)],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arg {
    Number(i64),
    Text(&'static str),
}

impl Arg {
    fn json(self) -> Value {
        match self {
            Self::Number(number) => json!(number),
            Self::Text(text) => json!(text),
        }
    }
}

const fn knob(
    fault: Fault,
    kind: Kind,
    name: &'static str,
    on: &'static str,
    args: &'static [(&'static str, Arg)],
    label: &'static str,
    about: &'static str,
) -> Knob {
    Knob { fault, name, kind, label, about, on, args }
}

use Arg::{Number, Text};
use Kind::{Action, Answer, Next, Switch};

/// All knobs, in the order in which the page shows them.
#[rustfmt::skip]
pub const CATALOGUE: &[Knob] = &[
    knob(Fault::AfterWrite, Answer, "after_write", "create_message", &[("status", Number(500))], "Fail after writing",
        "The request is executed and answered with 500 all the same: whether it was applied is unknown to the client."),
    knob(Fault::DropResponse, Answer, "drop_response", "create_message", &[], "Lose a message’s answer",
        "The request is executed, then the connection closes without an answer."),
    knob(Fault::DropRequest, Answer, "drop_request", "create_message", &[], "Lose a message on its way",
        "The connection closes and the desk never sees the request."),
    knob(Fault::Limit, Answer, "limit_429", "*", &[("reset_s", Number(5))], "Answer 429 once",
        "The limit is said to be exceeded; x-ratelimit-reset is so many seconds from now."),
    knob(Fault::Status, Answer, "status", "create_message", &[("status", Number(500))], "Answer 500 once",
        "The desk answers with the status given and does nothing."),
    knob(Fault::Html502, Answer, "html_502", "create_message", &[], "Answer 502 in HTML",
        "A gateway answers 502 with HTML; the desk never sees the request."),
    knob(Fault::Delay, Answer, "delay", "create_message", &[("ms", Number(5_000))], "Answer 5 seconds late",
        "The request is executed at once and its answer held back."),
    knob(Fault::HalfOpen, Answer, "half_open", "create_message", &[], "Never answer a message",
        "The request is executed and its answer vanishes while the connection stays open."),
    knob(Fault::CutShort, Answer, "cut_short", "list_messages", &[], "Cut the next list short",
        "The request is executed; its answer promises its length, sends half of it and closes."),
    knob(Fault::EmptyBody, Answer, "empty_body", "create_message", &[], "Answer with no body",
        "The request is executed; its answer keeps its status and has no body."),
    knob(Fault::HugeBody, Answer, "huge_body", "list_messages", &[("bytes", Number(10_000_000))], "Answer ten megabytes",
        "The request is executed; its answer is padded with spaces to the size given."),
    knob(Fault::NotJson, Answer, "not_json", "create_message", &[], "Answer a sign-in page",
        "The request is executed; its answer is 200 and a sign-in page."),

    knob(Fault::ReplayEvent, Action, "replay_event", "", &[], "Replay an old event",
        "The newest message event of this conversation is delivered again, byte for byte, with its good signature."),
    knob(Fault::StaleEvent, Action, "stale_event", "", &[("hours", Number(48))], "Deliver a stale event",
        "An agent’s message whose event is two days old is delivered, well signed and under new ids."),
    knob(Fault::ForgedEvent, Action, "forged_event", "", &[], "Forge an event",
        "Somebody without the secret delivers an agent’s message; the signature does not fit."),
    knob(Fault::UnsignedEvent, Action, "unsigned_event", "", &[], "Deliver an unsigned event",
        "An agent’s message is delivered without the signature header."),
    knob(Fault::ForeignEvent, Action, "foreign_event", "", &[], "Event of another company",
        "A well signed event that names another organisation is delivered."),
    knob(Fault::ForeignConversation, Action, "foreign_conversation", "", &[], "Event of a strange chat",
        "An agent’s message in a conversation that is not ours is delivered, well signed."),
    knob(Fault::UnknownEvent, Action, "unknown_event", "", &[], "Deliver an unknown event",
        "A well signed event of a name that no page lists is delivered."),
    knob(Fault::GarbageEvent, Action, "garbage_event", "", &[], "Deliver garbage",
        "A well signed body that breaks off in the middle of its JSON is delivered."),
    knob(Fault::HugeEvent, Action, "huge_event", "", &[("bytes", Number(2_000_000))], "Deliver two megabytes",
        "A well signed event padded to the size given is delivered."),
    knob(Fault::OrgBusy, Action, "org_busy", "", &[("leave", Number(0))], "Others use up the limit",
        "Other integrations of the organisation have used all requests of this minute but so many."),
    knob(Fault::SwitchOffWebhook, Action, "switch_off_webhook", "", &[], "Switch the webhook off",
        "As after the last failed retry: nothing is delivered until it is switched on again."),
    knob(Fault::ForgetConversation, Action, "forget_conversation", "", &[], "Delete the conversation",
        "An admin deletes the conversation; it is answered 404 from now on."),

    knob(Fault::DuplicateDelivery, Next, "duplicate_delivery", "", &[], "Deliver the next event twice",
        "The next event is delivered, and once more when it was taken."),
    knob(Fault::SwappedDelivery, Next, "swapped_delivery", "", &[("ms", Number(3_000))], "Swap the next two events",
        "The next event is held until another has gone, or for three seconds."),
    knob(Fault::DelayedDelivery, Next, "delayed_delivery", "", &[("ms", Number(10_000))], "Next event 10 seconds late",
        "The next event is delivered so much later."),
    knob(Fault::LostDelivery, Next, "lost_delivery", "", &[], "Lose the next event",
        "The next event is never delivered, as while the webhook is off."),
    knob(Fault::FailedReply, Next, "failed_reply", "", &[], "Fail the next reply",
        "The agent’s next reply bears status error and an error object."),

    knob(Fault::TwiceAlways, Switch, "twice_always", "", &[], "Deliver everything twice",
        "Every event is delivered again when it was taken."),
    knob(Fault::Scatter, Switch, "scatter", "", &[("ms", Number(2_000))], "Deliver out of order",
        "Every delivery is held for a time of its own, up to so long."),
    knob(Fault::WebhookUnreachable, Switch, "webhook_unreachable", "", &[], "Webhook cannot connect",
        "Attempts fail before they leave; the retries run and end in the switch-off."),
    knob(Fault::WebhookSilent, Switch, "webhook_silent", "", &[], "Make no events",
        "Nothing is delivered and nothing retried, although the webhook looks enabled."),
    knob(Fault::HurriedRetries, Switch, "hurried_retries", "", &[("by", Number(60))], "Retry 60 times faster",
        "The retry delays are divided: minutes become seconds."),
    knob(Fault::WebhookTimeout, Switch, "webhook_timeout", "", &[("ms", Number(1_000))], "Less patience with us",
        "An attempt that is not answered within this time has failed."),
    knob(Fault::FreshEventIds, Switch, "fresh_event_ids", "", &[], "New event id per retry",
        "Whether the id stays the same is not established: with this it does not."),
    knob(Fault::NoChanges, Switch, "no_changes", "", &[("how", Text("absent"))], "Leave out changes",
        "Update events have changes null or, as it stands, none at all."),
    knob(Fault::SparseEvents, Switch, "sparse_events", "", &[], "Leave out who wrote",
        "Events lack client, dataId and createdBy."),
    knob(Fault::PluralCustomer, Switch, "plural_customer", "", &[], "Say customers for customer",
        "The customer’s relationship has the type customers in events."),
    knob(Fault::BodyInMeta, Switch, "body_in_meta", "", &[], "Text in meta.body",
        "An agent’s text stands in meta.body, and preview has its first 20 characters."),
    knob(Fault::TruncatedPreview, Switch, "truncated_preview", "", &[("chars", Number(20))], "Shorten previews",
        "Events and lists carry the beginning of a text only; size tells the whole length."),
    knob(Fault::NewestFirst, Switch, "newest_first", "", &[], "Lists newest first",
        "The order of a list of messages is not documented: with this the newest comes first."),
    knob(Fault::StaticHeader, Switch, "static_header", "", &[("name", Text("x-relay-key")), ("value", Text("opaque"))],
        "Add a static header", "Every delivery bears one more header."),
    knob(Fault::OldSignature, Switch, "old_signature", "", &[("token", Text("the-secret-before"))], "Sign with an old secret",
        "Deliveries are signed with the secret given instead of the webhook’s."),
    knob(Fault::WebhookOffAtBirth, Switch, "webhook_off_at_birth", "", &[], "New webhooks start off",
        "A webhook shows as disabled right after it was made."),
    knob(Fault::KeyExpired, Switch, "key_expired", "", &[], "Expire the key",
        "Every call is answered 401."),
    knob(Fault::MissingRole, Switch, "missing_role", "", &[("role", Text("org.permission.user"))], "Take a role away",
        "Calls that need the role are answered 403."),
    knob(Fault::WrongPod, Switch, "wrong_pod", "", &[("pod", Text("prod2")), ("status", Number(401))], "Wrong region",
        "Every call is told that the key belongs to another region."),
    knob(Fault::ErrorShape, Switch, "error_shape", "", &[("shape", Text("current"))], "One shape of errors",
        "All errors are of the shape given: current or jsonapi."),
    knob(Fault::StatusAsText, Switch, "status_as_text", "", &[], "Status as text in errors",
        "The status inside JSON:API errors is a string."),
    knob(Fault::RetryAfter, Switch, "retry_after", "", &[], "Send Retry-After",
        "A 429 bears Retry-After too, which is not documented."),
    knob(Fault::OrgLimit, Switch, "org_limit", "", &[("limit", Number(60))], "A smaller limit",
        "The organisation may make only so many requests per minute."),
    knob(Fault::ObjectLimit, Switch, "object_limit", "", &[("per_minute", Number(10))], "Limit updates of a record",
        "One record takes only so many updates per minute; the real number is not known."),
    knob(Fault::DuplicatesPolicy, Switch, "duplicates", "", &[("policy", Text("accept"))], "Take duplicate ids",
        "A second record of the same external id is accepted, refused with bad_request (400) or conflict (409)."),
    knob(Fault::EndedRefused, Switch, "ended_refused", "", &[], "Refuse ended",
        "A PATCH with ended or its siblings is answered 400."),
    knob(Fault::EndedCloses, Switch, "ended_closes", "", &[], "ended closes",
        "ended: true alone makes a conversation done."),
    knob(Fault::NeedsSession, Switch, "needs_session", "", &[], "No reply box",
        "Agents can reply only where the conversation is a native chat session."),
    knob(Fault::LinksExpired, Switch, "links_expired", "", &[], "Expire download links",
        "Links to files are answered 403."),
];

/// An order to turn one knob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub fault: Fault,
    args: Vec<(String, Value)>,
    /// A call's name, a group of calls or `*`; `None` is the knob's own default.
    pub on: Option<String>,
    /// How many times; `None` until cleared.
    pub times: Option<u32>,
    /// Only this conversation, where a request or action belongs to one.
    pub chat: Option<String>,
}

impl Order {
    /// Once, on what the knob hits by default; a switch until it is cleared.
    pub fn new(fault: Fault) -> Self {
        let times = (fault.knob().kind != Kind::Switch).then_some(1);
        Self { fault, args: Vec::new(), on: None, times, chat: None }
    }

    /// Sets an argument.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.args.push((name.to_owned(), value.into()));
        self
    }

    #[must_use]
    pub fn on(self, call: &str) -> Self {
        Self { on: Some(call.to_owned()), ..self }
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

    pub(super) fn number(&self, name: &str) -> i64 {
        self.arg(name).as_i64().unwrap_or_default()
    }

    pub(super) fn natural(&self, name: &str) -> u64 {
        u64::try_from(self.number(name)).unwrap_or_default()
    }

    pub(super) fn size(&self, name: &str) -> usize {
        usize::try_from(self.number(name)).unwrap_or_default().min(LARGEST_BODY)
    }

    pub(super) fn status(&self) -> u16 {
        u16::try_from(self.number("status")).unwrap_or(500)
    }

    pub(super) fn text(&self, name: &str) -> String {
        self.arg(name).as_str().unwrap_or_default().to_owned()
    }

    pub(super) fn shown(&self, name: &str) -> Value {
        self.arg(name)
    }

    fn arg(&self, name: &str) -> Value {
        let given = self.args.iter().rev().find(|(arg, _)| arg == name);
        let preset = self.fault.knob().args.iter().find(|(arg, _)| *arg == name);
        given
            .map(|(_, value)| value.clone())
            .or_else(|| preset.map(|(_, preset)| preset.json()))
            .unwrap_or_default()
    }

    /// Reads `{"fault": name, ...args, "times": n, "on": call, "chat": id}`.
    ///
    /// # Errors
    /// [`ControlError::Field`] names the first field that cannot be used.
    pub fn from_json(body: &Value) -> Result<Self, ControlError> {
        let field = |name: &str, why| Err(ControlError::field(name, why));
        let Some(name) = body.get("fault").and_then(Value::as_str) else {
            return field("fault", "must be a name");
        };
        let Some(knob) = CATALOGUE.iter().find(|knob| knob.name == name) else {
            return field("fault", "is not in the list of GET /control/faults");
        };
        let mut order = Self::new(knob.fault);
        for (name, value) in body.as_object().into_iter().flatten() {
            match (name.as_str(), value) {
                ("fault", _) => {}
                ("times", Value::Null) => order.times = None,
                ("times", _) => {
                    let times = value.as_u64().and_then(|times| u32::try_from(times).ok());
                    match times.filter(|times| *times > 0) {
                        Some(times) => order.times = Some(times),
                        None => return field("times", "must be a count from 1, or null"),
                    }
                }
                ("on" | "chat", Value::Null) => {}
                ("on", Value::String(on)) if route::is_name(on) => order.on = Some(on.clone()),
                ("on", _) => return field("on", "must be the name of a call or of a group"),
                ("chat", Value::String(chat)) => order.chat = Some(chat.clone()),
                ("chat", _) => return field("chat", "must be a text"),
                _ => match knob.args.iter().find(|(arg, _)| arg == name) {
                    None => return field(name, "is not an argument of this fault"),
                    Some((_, Number(_))) if value.as_i64().is_none_or(|it| it < 0) => {
                        return field(name, "must be a whole number from 0");
                    }
                    Some((_, Text(_))) if !value.is_string() => {
                        return field(name, "must be a text");
                    }
                    Some((_, Number(_)))
                        if name == "status"
                            && !value.as_i64().is_some_and(|it| (400..600).contains(&it)) =>
                    {
                        return field(name, "must be from 400 to 599");
                    }
                    Some(_) => order.args.push((name.clone(), value.clone())),
                },
            }
        }
        Ok(order)
    }
}

impl Fault {
    pub fn name(self) -> &'static str {
        self.knob().name
    }

    /// The line of the catalogue. Every fault has one: a test walks them all.
    pub fn knob(self) -> &'static Knob {
        CATALOGUE.iter().find(|knob| knob.fault == self).unwrap_or(&UNLISTED)
    }
}

static UNLISTED: Knob = knob(Fault::Status, Action, "unlisted", "", &[], "", "");

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
            (json!({ "fault": "delay", "ms": -1 }), "ms"),
            (json!({ "fault": "delay", "times": 0 }), "times"),
            (json!({ "fault": "delay", "on": "nothing" }), "on"),
            (json!({ "fault": "delay", "status": 500 }), "status"),
            (json!({ "fault": "status", "status": 99 }), "status"),
            (json!({ "fault": "missing_role", "role": 7 }), "role"),
        ] {
            let error = Order::from_json(&body).expect_err("refused").to_string();
            assert!(error.starts_with(field), "{body} gave: {error}");
        }
    }
}
