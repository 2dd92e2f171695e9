//! The server-side chat API, v2.1 (section 6). Its bodies are only partly known: what the reference infers is marked
//! in `schema`, and what it does not know (assistant messages) is not here.

use serde_json::{Map, Value, json};

use super::Desk;
use super::api::{Answered, Call};
use super::events::Author;
use super::people::object;
use super::refusal::Refusal;
use super::rules::Rule;
use super::schema;
use super::store::{Kind, Record};
use crate::desks::http::Response;

impl Desk {
    /// A session is a conversation on the chat channel, of the same id.
    pub(super) fn open_session(&mut self, call: &Call<'_>) -> Answered {
        let body = self.body(call, schema::SESSION)?;
        let customer = self.customer(text(&body, "customerId"))?.id.clone();
        self.count(call, Rule::ConversationLimit, "conversations", &customer, &body)?;
        let id = self.new_session(call, &customer, &body, "open");
        Ok(Response::json(201, &json!({ "data": self.session_json(&id) })))
    }

    fn new_session(
        &mut self,
        call: &Call<'_>,
        customer: &str,
        body: &Map<String, Value>,
        status: &str,
    ) -> String {
        let tracking = self.tracking(customer, body);
        let opened = object(json!({ "direction": "in", "channels": ["chat"], "status": status }));
        let id = self.open_conversation(call.now, &call.author, customer, opened);
        self.sessions.insert(id.clone(), tracking);
        id
    }

    /// Where none is named the latest of that customer is used again.
    fn tracking(&mut self, customer: &str, body: &Map<String, Value>) -> String {
        let given = body.get("trackingId").and_then(Value::as_str).map(str::to_owned);
        let latest = self.store.of(Kind::Conversation, "customer", customer).rev();
        let latest = latest.filter_map(|talk| self.sessions.get(&talk.id)).next().cloned();
        given
            .or_else(|| latest.filter(|_| self.rules.hold(Rule::LatestTracking)))
            .unwrap_or_else(|| format!("{}{}", self.dice.hex8(), self.dice.hex8()))
    }

    fn session_json(&self, id: &str) -> Value {
        let Some(talk) = self.store.get(Kind::Conversation, id) else { return Value::Null };
        let preview = self.store.of(Kind::Message, "conversation", id).next_back();
        // Mutation only: an id of its own would make two things of one.
        let shown = if self.rules.hold(Rule::SessionIsConversation) {
            id.to_owned()
        } else {
            id.chars().rev().collect()
        };
        json!({
            "type": "chat_session", "id": shown,
            "attributes": {
                "preview": preview.map(|message| message.text("preview")), "trackingId": self.sessions.get(id),
                "createdAt": talk.text("createdAt"), "lastSeenAt": null,
                "lastMessageAt": talk.attributes.get("lastMessageAt"),
                "lockedAt": if talk.text("status") == "done" { talk.attributes.get("updatedAt") } else { None },
            },
            "relationships": { "customer": { "data": { "type": "customer", "id": talk.one("customer") } } },
        })
    }

    /// At least one identity, both are a union; newest `lastMessageAt` first.
    pub(super) fn list_sessions(&self, call: &Call<'_>) -> Answered {
        let (customer, tracking) = (call.query("customerId"), call.query("trackingId"));
        if customer.is_none() && tracking.is_none() && self.rules.hold(Rule::SessionsOfSomebody) {
            return Err(Refusal::bad_param("customerId", "Missing required property"));
        }
        let active = call.query("active").map(|text| text == "true");
        let mut found: Vec<&Record> = self
            .sessions
            .iter()
            .filter_map(|(id, its)| Some((self.store.get(Kind::Conversation, id)?, its)))
            .filter(|(talk, its)| {
                let mine = customer.is_some() && talk.one("customer") == customer.as_deref();
                mine || tracking.as_ref() == Some(its)
            })
            .map(|(talk, _)| talk)
            .filter(|talk| active.is_none_or(|active| active == (talk.text("status") != "done")))
            .collect();
        found.sort_by_key(|talk| std::cmp::Reverse(talk.text("lastMessageAt").to_owned()));
        let data: Vec<Value> = found.iter().map(|talk| self.session_json(&talk.id)).collect();
        Ok(Response::json(200, &json!({ "data": data })))
    }

    pub(super) fn list_chat_messages(&self, call: &Call<'_>) -> Answered {
        let talk = self.session(call.value(0))?;
        let messages = self.store.of(Kind::Message, "conversation", &talk.id);
        let data: Vec<Value> = messages.map(|message| self.chat_message_json(message)).collect();
        Ok(Response::json(200, &json!({ "data": data })))
    }

    fn chat_message_json(&self, message: &Record) -> Value {
        let talk = message.one("conversation").unwrap_or_default();
        json!({
            "type": "chat_message", "id": message.id,
            "attributes": {
                "body": message.text("preview"), "direction": message.text("direction"),
                "trackingId": self.sessions.get(talk), "createdAt": message.text("createdAt"), "importedAt": null,
            },
            "relationships": {
                "attachments": { "data": message.many("attachments") },
                "sentBy": { "data": message.one("createdBy").map(|id| json!({ "type": "user", "id": id })) },
                "session": { "data": { "type": "chat_session", "id": talk } },
            },
        })
    }

    fn session(&self, id: &str) -> Result<&Record, Refusal> {
        let talk =
            self.store.get(Kind::Conversation, id).filter(|_| self.sessions.contains_key(id));
        talk.ok_or_else(|| Refusal::not_found("session"))
    }

    /// A customer's message: it mirrors to a CRM message, so `kustomer.message.create` fires.
    pub(super) fn chat_message(&mut self, call: &Call<'_>) -> Answered {
        let body = self.body(call, schema::CHAT_MESSAGE)?;
        let author = Author { user: None, client: "chat" };
        self.say_in_session(call, &author, "in", &body)
    }

    /// An agent's message by API.
    pub(super) fn outbound_chat_message(&mut self, call: &Call<'_>) -> Answered {
        let body = self.body(call, schema::OUTBOUND_CHAT_MESSAGE)?;
        let from = text(&body, "from");
        self.store
            .get(Kind::User, from)
            .ok_or_else(|| Refusal::bad_param("from", "Unknown user"))?;
        let author = Author { user: Some(from.to_owned()), client: "chat" };
        self.say_in_session(call, &author, "out", &body)
    }

    fn say_in_session(
        &mut self,
        call: &Call<'_>,
        author: &Author,
        way: &str,
        body: &Map<String, Value>,
    ) -> Answered {
        let customer = self.customer(text(body, "customerId"))?.id.clone();
        let talk = self.session(text(body, "session"))?;
        if talk.one("customer") != Some(customer.as_str()) {
            return Err(Refusal::not_found("session"));
        }
        let talk = talk.id.clone();
        let files = self.named_files(body.get("attachments").cloned())?;
        if text(body, "body").is_empty() && files.is_empty() {
            return Err(Refusal::bad_param("body", "Missing required property"));
        }
        self.count(call, Rule::MessageLimit, "messages", &customer, body)?;
        let message = object(json!({
            "channel": "chat", "app": "chat", "direction": way, "preview": text(body, "body"),
            "auto": body.get("auto") == Some(&Value::Bool(true)),
        }));
        let id = self.add_message(call.now, author, Some(&talk), &customer, message, files);
        let message = self.store.get(Kind::Message, &id).ok_or_else(|| Refusal::not_found("id"))?;
        Ok(Response::json(201, &json!({ "data": self.chat_message_json(message) })))
    }

    /// Typing reaches the vendor's own widget only: there is no event for it.
    pub(super) fn outbound_typing(&mut self, call: &Call<'_>) -> Answered {
        let body = self.body(call, schema::OUTBOUND_TYPING)?;
        self.session(text(&body, "session"))?;
        Ok(Response::json(200, &json!({ "data": null })))
    }

    /// Imports a history: no fan-out, so the messages raise no events here.
    pub(super) fn handoff(&mut self, call: &Call<'_>) -> Answered {
        let body = self.body(call, schema::HANDOFF)?;
        let customer = self.customer(text(&body, "customerId"))?.id.clone();
        let messages = body.get("messages").and_then(Value::as_array).cloned().unwrap_or_default();
        let way = |wanted: &str| {
            messages.iter().any(|it| it.get("direction").and_then(Value::as_str) == Some(wanted))
        };
        let fine = (2..=100).contains(&messages.len()) && way("in") && way("out");
        if !fine && self.rules.hold(Rule::HandoffBothWays) {
            return Err(Refusal::bad_param("messages", "Invalid value"));
        }
        let status = if body.get("active") == Some(&Value::Bool(false)) { "done" } else { "open" };
        let id = self.new_session(call, &customer, &body, status);
        let from = Author { user: Some(text(&body, "from").to_owned()), client: "handoff" };
        let quiet = std::mem::take(&mut self.importing);
        self.importing = true;
        for message in &messages {
            let part = |name: &str| message.get(name).and_then(Value::as_str).unwrap_or_default();
            let own = Author { user: None, client: "handoff" };
            let author = if part("direction") == "out" { &from } else { &own };
            let body = object(json!({
                "channel": "chat", "app": "chat", "direction": part("direction"), "preview": part("body"),
                "sentAt": part("date"), "importedAt": self.iso(call.now),
            }));
            self.add_message(call.now, author, Some(&id), &customer, body, Vec::new());
        }
        self.importing = quiet;
        if status == "done" {
            let body = object(json!({ "status": "done" }));
            self.change_conversation(call.now, &call.author, &id, false, None, body);
        }
        Ok(Response::json(201, &json!({ "data": self.session_json(&id) })))
    }
}

fn text<'a>(body: &'a Map<String, Value>, name: &str) -> &'a str {
    body.get(name).and_then(Value::as_str).unwrap_or_default()
}
