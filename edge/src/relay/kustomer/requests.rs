//! The calls that a conversation makes, as data. What only the second mode calls is in `chat`.

use std::{fmt::Write, time::Duration};

use parlor_shared::Redacted;
use serde_json::{Value, json};

use super::{
    APP, CONVERSATION_PREFIX, Config, MESSAGE_PREFIX, Mode, chat, date,
    role::Role,
    snapshot::{Job, State, Text},
};
use crate::relay::{
    Introduction,
    call::{Charge, Method, Rank, Request},
};

/// What every request is made from.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub config: &'a Config,
    pub introduction: &'a Introduction,
    pub state: &'a State,
}

/// Where an organisation's API is, and whose key and limit a call takes.
#[derive(Clone, Copy)]
pub struct At<'a> {
    pub account: &'a str,
    pub bucket: &'a str,
    pub base_url: &'a str,
}

/// A job's name in logs and traces.
pub const fn label(job: &Job) -> &'static str {
    match job {
        Job::Customer => "customer",
        Job::Conversation => "conversation",
        Job::Assign => "assign",
        Job::Note => "note",
        Job::NoteMessage => "note_as_message",
        Job::Text(_) => "message",
        Job::Rating => "rating",
        Job::Close { .. } => "close",
    }
}

/// The role that a job needs.
pub const fn role(job: &Job) -> Role {
    match job {
        Job::Customer => Role::Customer,
        Job::Conversation | Job::Assign | Job::Close { .. } => Role::Conversation,
        Job::Note | Job::Rating => Role::Note,
        Job::NoteMessage | Job::Text(_) => Role::Message,
    }
}

impl<'a> Context<'a> {
    /// Asks whether what the job makes is there already.
    pub fn look(self, job: &Job) -> Request {
        let chat = self.config.mode == Mode::Chat;
        match job {
            Job::Customer => match self.address().filter(|_| self.state.by_email) {
                Some(email) => {
                    self.get("find customer by e-mail", self.by("customers/email", email))
                }
                None => {
                    self.get("find customer", self.by("customers/externalId", &self.customer_id()))
                }
            },
            Job::Conversation if chat => chat::find(self),
            Job::Conversation => {
                let id = self.conversation_id();
                self.get("find conversation", self.by("conversations/externalId", &id))
            }
            Job::Note | Job::Rating => {
                self.get("find note", self.of_conversation("notes?pageSize=100"))
            }
            Job::NoteMessage | Job::Text(_) if chat => chat::messages(self),
            Job::NoteMessage => self.find_message(0),
            Job::Text(text) => self.find_message(text.seq),
            // Saying either twice does no harm.
            Job::Close { .. } | Job::Assign => {
                self.get("read conversation", self.of_conversation(""))
            }
        }
    }

    /// Makes it.
    pub fn make(self, job: &Job) -> Request {
        let chat = self.config.mode == Mode::Chat;
        match job {
            Job::Customer => self.post("create customer", "/v1/customers", &self.customer()),
            Job::Conversation if chat => chat::open(self),
            Job::Conversation => {
                self.post("create conversation", "/v1/conversations", &self.conversation())
            }
            Job::Assign => {
                let mut body = json!({});
                self.whose(&mut body);
                let url = self.of_conversation("");
                self.request("assign conversation", Method::Patch, &url, Some(&body), Rank::Write)
            }
            Job::Note => {
                let body = json!({"body": self.note(), "externalId": self.note_id(job)});
                self.post("create note", &self.of_conversation("notes"), &body)
            }
            Job::Rating => {
                let body = json!({"body": self.rating(), "externalId": self.note_id(job)});
                self.post("create note", &self.of_conversation("notes"), &body)
            }
            Job::NoteMessage if chat => chat::say(self, &self.note()),
            Job::NoteMessage => self.create_message(&self.message(0, &self.note())),
            Job::Text(text) if chat => chat::say(self, &text.text),
            Job::Text(text) => self.create_message(&self.text(text)),
            Job::Close { plain } => {
                let body = if *plain {
                    json!({"status": "done"})
                } else {
                    json!({
                        "status": "done",
                        "ended": true,
                        "endedByType": "customer",
                        "endedReason": "customer_ended",
                    })
                };
                let url = self.of_conversation("");
                self.request("close conversation", Method::Patch, &url, Some(&body), Rank::Write)
            }
        }
    }

    /// Name and picture of an agent.
    pub fn user(self, id: &str) -> Request {
        self.read("read user", &format!("/v1/users/{}", encode(id)), Rank::Read)
    }

    /// A message, whole.
    pub fn read_message(self, id: &str) -> Request {
        self.read("read message", &format!("/v1/messages/{}", encode(id)), Rank::Read)
    }

    /// The conversation itself.
    pub fn standing(self, rank: Rank) -> Request {
        self.read("read conversation", &self.of_conversation(""), rank)
    }

    /// A page of the conversation's messages.
    pub fn messages(self, page: u32, rank: Rank) -> Request {
        let what = format!("messages?page={page}&pageSize={PAGE_SIZE}");
        self.read("read messages", &self.of_conversation(&what), rank)
    }

    /// The customer's external id: the site's own, where it was proved, else one that is the same for all of a
    /// visitor's conversations.
    fn customer_id(self) -> String {
        match &self.introduction.verified {
            Some(verified) => verified.identifier.clone(),
            None => format!("{APP}:visitor:{}", self.introduction.visitor),
        }
    }

    /// The address that the site vouches for.
    pub fn address(self) -> Option<&'a str> {
        self.introduction.verified.as_ref()?.email.as_deref()
    }

    /// The conversation's external id.
    pub fn conversation_id(self) -> String {
        format!("{CONVERSATION_PREFIX}{}", self.reference())
    }

    /// A message's external id.
    pub fn message_id(self, seq: u64) -> String {
        format!("{MESSAGE_PREFIX}{}:{seq}", self.reference())
    }

    /// A note's external id.
    pub fn note_id(self, job: &Job) -> String {
        let rating = self.state.rating.as_ref().filter(|_| *job == Job::Rating);
        self.message_id(rating.map_or(0, |it| it.seq))
    }

    /// Our conversation, and which of its relays this is: two flows may lead to the same organisation.
    fn reference(self) -> String {
        let Introduction { conversation, turn, .. } = self.introduction;
        if *turn == 0 { conversation.clone() } else { format!("{conversation}.{turn}") }
    }

    /// Nothing that a visitor typed stands where it would find an existing customer: that would show strangers'
    /// histories to whoever knows their address.
    fn customer(self) -> Value {
        let verified = self.introduction.verified.as_ref();
        let name = verified.and_then(|it| it.name.as_ref());
        let name = name.unwrap_or(&self.introduction.visitor_name);
        let mut body = json!({"name": name, "externalId": self.customer_id()});
        if let Some(email) = self.address() {
            let emails = json!([{"type": "home", "email": email, "verified": true}]);
            set(&mut body, "emails", emails);
        }
        body
    }

    fn conversation(self) -> Value {
        let mut body = json!({
            "customer": self.state.customer,
            "externalId": self.conversation_id(),
            "name": "Web chat",
            "direction": "in",
            "status": "open",
        });
        self.whose(&mut body);
        body
    }

    /// The flow's team and queue.
    fn whose(self, body: &mut Value) {
        if let Some(team) = &self.config.team {
            set(body, "assignedTeams", json!([team]));
        }
        if let Some(queue) = &self.config.queue {
            set(body, "queue", json!({"id": queue}));
        }
    }

    fn text(self, text: &Text) -> Value {
        let mut body = self.message(text.seq, &text.text);
        set(&mut body, "sentAt", date::write(text.at).into());
        body
    }

    fn message(self, seq: u64, text: &str) -> Value {
        json!({
            "channel": "chat",
            "app": APP,
            "direction": "in",
            "status": "received",
            "preview": text,
            "externalId": self.message_id(seq),
            "meta": {"relay": {"conversation": self.introduction.conversation, "seq": seq}},
        })
    }

    /// What agents should know before they answer.
    pub fn note(self) -> String {
        let mut note = format!("Web chat with {}", self.introduction.visitor_name);
        let mut line = |name: &str, value: &Option<String>| {
            if let Some(value) = value {
                let _ = write!(note, "\n{name}: {value}");
            }
        };
        let verified = self.introduction.verified.as_ref();
        line("Signed in at the site as", &verified.map(|it| it.identifier.clone()));
        line("Page", &self.introduction.page);
        line("Language", &self.introduction.language);
        for (key, answer) in &self.config.answers {
            line(key, &Some(answer.clone()));
        }
        if let Some(said) = &self.state.said_before {
            let _ = write!(note, "\n\n{said}");
        }
        note
    }

    /// How the visitor found it, for whoever looks at the conversation later.
    fn rating(self) -> String {
        let Some(rating) = &self.state.rating else { return String::new() };
        let mut text = format!("Rated {} of 5", rating.score);
        if let Some(note) = &rating.note {
            let _ = write!(text, "\n\n{note}");
        }
        text
    }

    fn find_message(self, seq: u64) -> Request {
        // Lower case in this one path: docs/VENDORS.md.
        self.get("find message", self.by("messages/externalid", &self.message_id(seq)))
    }

    fn create_message(self, body: &Value) -> Request {
        self.post("create message", &self.of_conversation("messages"), body)
    }

    fn by(self, name: &str, value: &str) -> String {
        // One path segment: only the value is encoded.
        format!("/v1/{name}={}", encode(value))
    }

    fn of_conversation(self, what: &str) -> String {
        let id = encode(self.state.conversation.as_deref().unwrap_or_default());
        let slash = if what.is_empty() { "" } else { "/" };
        format!("/v1/conversations/{id}{slash}{what}")
    }

    /// A look-up that a message waits for.
    pub fn get(self, label: &'static str, path: String) -> Request {
        self.request(label, Method::Get, &path, None, Rank::Write)
    }

    pub fn post(self, label: &'static str, path: &str, body: &Value) -> Request {
        self.request(label, Method::Post, path, Some(body), Rank::Write)
    }

    fn read(self, label: &'static str, path: &str, rank: Rank) -> Request {
        self.request(label, Method::Get, path, None, rank)
    }

    fn request(
        self,
        label: &'static str,
        method: Method,
        path: &str,
        body: Option<&Value>,
        rank: Rank,
    ) -> Request {
        let Config { account, bucket, base_url, .. } = self.config;
        At { account, bucket, base_url }.request(label, method, path, body, rank)
    }
}

impl At<'_> {
    /// A call there.
    pub fn request(
        self,
        label: &'static str,
        method: Method,
        path: &str,
        body: Option<&Value>,
        rank: Rank,
    ) -> Request {
        let mut headers = vec![
            ("Accept", Redacted::new("application/json".to_owned())),
            ("User-Agent", Redacted::new(USER_AGENT.to_owned())),
        ];
        if body.is_some() {
            headers.push(("Content-Type", Redacted::new("application/json".to_owned())));
        }
        Request {
            label,
            method,
            url: format!("{}{path}", self.base_url),
            headers,
            body: body.map(|body| Redacted::new(body.to_string())),
            timeout: TIMEOUT,
            max_bytes: MAX_ANSWER_BYTES,
            charge: Some(Charge {
                account: self.account.to_owned(),
                bucket: self.bucket.to_owned(),
                rank,
            }),
        }
    }
}

fn set(body: &mut Value, name: &str, value: Value) {
    if let Some(members) = body.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

/// Percent-encodes what stands in a path or a query.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

const USER_AGENT: &str = concat!("Parlor/", env!("CARGO_PKG_VERSION"));

/// Patience with one call.
pub const TIMEOUT: Duration = Duration::from_secs(15);

/// Longest answer that is read, in bytes: a page of a hundred messages has less than a tenth of it.
const MAX_ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// Messages in a page of their list. Source: the vendor's default and largest documented.
const PAGE_SIZE: u32 = 100;
