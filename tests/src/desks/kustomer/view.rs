//! What agents see: plain values, also for scripts and the page. The shape is that of the other desk, so one script
//! serves both.

use serde::{Deserialize, Serialize};
use std::time::Duration;

use super::Desk;
use super::iso;
use super::store::{Kind, Record};

/// One conversation as agents see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chat {
    pub id: String,
    pub external_id: String,
    /// `waiting` (open, nobody assigned), `active` (open, somebody assigned), `snoozed` or `ended` (done).
    pub state: String,
    pub visitor: Visitor,
    pub agent: Option<String>,
    /// Unix time of its opening, in milliseconds.
    pub waiting_since_ms: i64,
    pub lines: Vec<Line>,
    /// Who ended it, where it says so.
    pub ended_by: Option<String>,
    /// Whether it is a native chat session.
    pub native: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visitor {
    pub name: String,
    pub details: Vec<Detail>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    pub label: String,
    pub value: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Unix time in milliseconds.
    pub at_ms: i64,
    pub from: Speaker,
    pub text: String,
    /// The message's or note's id; empty for notices.
    pub id: String,
    /// Automatic.
    pub auto: bool,
    pub redacted: bool,
    pub files: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    Visitor,
    Agent,
    /// An internal note.
    Note,
    /// What the desk itself says.
    Notice,
}

/// A webhook as the page shows it. Its token is not here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hook {
    pub id: String,
    pub name: String,
    pub url: String,
    pub events: Vec<String>,
    pub enabled: bool,
}

/// Something that happened to a conversation, in its place between the messages.
#[derive(Clone, Debug)]
pub(super) struct Notice {
    pub chat: String,
    /// An id of the same making as the records', so that they sort together.
    pub order: String,
    pub at_ms: i64,
    pub text: String,
}

impl Desk {
    /// What the agents see; [`Control`](super::Control) acts on it.
    pub fn chats(&self) -> Vec<Chat> {
        self.store.all(Kind::Conversation).map(|talk| self.chat_view(talk)).collect()
    }

    /// The webhooks there are.
    pub fn hooks(&self) -> Vec<Hook> {
        let hooks = self.store.all(Kind::Webhook).map(|hook| Hook {
            id: hook.id.clone(),
            name: hook.text("name").to_owned(),
            url: hook.text("url").to_owned(),
            events: hook.texts("events").into_iter().map(str::to_owned).collect(),
            enabled: hook.flag("enabled"),
        });
        hooks.collect()
    }

    pub(super) fn notice(&mut self, now: Duration, chat: &str, text: impl Into<String>) {
        let at_ms = self.at_ms(now);
        let order = self.ids.next(at_ms);
        self.notices.push(Notice { chat: chat.to_owned(), order, at_ms, text: text.into() });
        self.changed();
    }

    fn chat_view(&self, talk: &Record) -> Chat {
        let assigned = talk.texts("assignedUsers").first().map(|id| self.user_name(id));
        let state = match (talk.text("status"), &assigned) {
            ("done", _) => "ended",
            ("snoozed", _) => "snoozed",
            (_, Some(_)) => "active",
            (_, None) => "waiting",
        };
        let customer = talk.one("customer").and_then(|id| self.store.get(Kind::Customer, id));
        let details = customer.into_iter().flat_map(|customer| {
            let email = customer
                .attributes
                .get("emails")
                .and_then(|list| list.get(0))
                .and_then(|it| it.get("email"));
            let shared = customer
                .attributes
                .get("sharedEmails")
                .and_then(|list| list.get(0))
                .and_then(|it| it.get("email"));
            [
                ("Subject", talk.text("name")),
                (
                    "E-mail",
                    email.or(shared).and_then(serde_json::Value::as_str).unwrap_or_default(),
                ),
                ("External id", talk.text("externalId")),
                ("Language", customer.text("locale")),
            ]
        });
        let details = details.filter(|(_, value)| !value.is_empty());
        let time = |name: &str| iso::parse(talk.text(name)).unwrap_or_default();
        let ended = talk.text("endedByType");
        Chat {
            id: talk.id.clone(),
            external_id: talk.text("externalId").to_owned(),
            state: state.to_owned(),
            visitor: Visitor {
                name: customer.map(|it| it.text("displayName")).unwrap_or_default().to_owned(),
                details: details
                    .map(|(label, value)| Detail {
                        label: label.to_owned(),
                        value: value.to_owned(),
                    })
                    .collect(),
            },
            agent: assigned,
            waiting_since_ms: time("createdAt"),
            lines: self.lines(&talk.id),
            ended_by: (state == "ended")
                .then(|| if ended == "customer" { "the visitor" } else { "an agent" }.to_owned()),
            native: self.sessions.contains_key(&talk.id),
        }
    }

    fn lines(&self, talk: &str) -> Vec<Line> {
        let spoken = [Kind::Message, Kind::Note].into_iter();
        let spoken =
            spoken.flat_map(|kind| self.store.of(kind, "conversation", talk)).map(|record| {
                let note = record.kind == Kind::Note;
                let from = match record.text("direction") {
                    _ if note => Speaker::Note,
                    "in" => Speaker::Visitor,
                    _ => Speaker::Agent,
                };
                let files = record
                    .many("attachments")
                    .iter()
                    .filter_map(|id| self.store.get(Kind::Attachment, id));
                let line = Line {
                    at_ms: iso::parse(record.text("createdAt")).unwrap_or_default(),
                    from,
                    text: record.text(if note { "body" } else { "preview" }).to_owned(),
                    id: record.id.clone(),
                    auto: record.flag("auto"),
                    redacted: record.flag("redacted"),
                    files: files.map(|file| file.text("name").to_owned()).collect(),
                };
                (record.id.clone(), line)
            });
        let notices = self.notices.iter().filter(|notice| notice.chat == talk).map(|notice| {
            let line = Line {
                at_ms: notice.at_ms,
                from: Speaker::Notice,
                text: notice.text.clone(),
                id: String::new(),
                auto: false,
                redacted: false,
                files: Vec::new(),
            };
            (notice.order.clone(), line)
        });
        let mut lines: Vec<(String, Line)> = spoken.chain(notices).collect();
        lines.sort_by(|(one, _), (other, _)| one.cmp(other));
        lines.into_iter().map(|(_, line)| line).collect()
    }

    pub(super) fn user_name(&self, id: &str) -> String {
        let user = self.store.get(Kind::User, id);
        user.map(|user| user.text("name").to_owned()).unwrap_or_default()
    }
}
