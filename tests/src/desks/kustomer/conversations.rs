//! Conversations (section 4): made once, opened again by a customer's message, over only softly.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::Desk;
use super::api::{Answered, Call};
use super::events::Author;
use super::faults::Fault;
use super::iso;
use super::refusal::Refusal;
use super::rules::Rule;
use super::schema;
use super::store::{Kind, Record, Relation};
use crate::desks::http::Response;

impl Desk {
    pub(super) fn conversation(&self, id: &str) -> Result<&Record, Refusal> {
        self.store.get(Kind::Conversation, id).ok_or_else(|| Refusal::not_found("conversation"))
    }

    /// Sections 4.1 and 4.2.
    pub(super) fn create_conversation(
        &mut self,
        call: &Call<'_>,
        customer: Option<&str>,
    ) -> Answered {
        let body = self.body(call, schema::CONVERSATION)?;
        let customer = customer.or_else(|| body.get("customer").and_then(Value::as_str));
        let customer =
            customer.ok_or_else(|| Refusal::bad_param("customer", "Missing required property"))?;
        let customer = self.customer(customer)?.id.clone();
        self.count(call, Rule::ConversationLimit, "conversations", &customer, &body)?;
        let external = body.get("externalId").and_then(Value::as_str);
        let taken =
            external.is_some_and(|it| self.store.by_external_id(Kind::Conversation, it).is_some());
        self.duplicate(call.now, Kind::Conversation, "externalId", taken)?;
        let id = self.open_conversation(call.now, &call.author, &customer, body);
        Ok(self.shown(201, self.conversation(&id)?))
    }

    /// Makes a conversation with the attributes of section 4.4.
    pub(super) fn open_conversation(
        &mut self,
        now: Duration,
        author: &Author,
        customer: &str,
        mut body: Map<String, Value>,
    ) -> String {
        let customer_relation = Relation::One(Kind::Customer, customer.to_owned());
        let mut relations = BTreeMap::from([("customer", customer_relation)]);
        if let Some(queue) = queue_of(&body) {
            relations.insert("queue", Relation::One(Kind::Queue, queue));
        }
        for name in ["customer", "id", "queue"] {
            body.remove(name);
        }
        let time = self.iso(now);
        let status = body.entry("status").or_insert_with(|| json!("open")).clone();
        let status = status.as_str().unwrap_or("open").to_owned();
        body.insert(status, json!({ "statusAt": time }));
        for (name, value) in [
            ("externalId", Value::Null),
            ("name", Value::Null),
            ("channels", json!([])),
            ("messageCount", json!(0)),
            ("inboundMessageCount", json!(0)),
            ("outboundMessageCount", json!(0)),
            ("noteCount", json!(0)),
            ("priority", json!(3)),
            ("direction", Value::Null),
            ("ended", json!(false)),
            ("endedAt", Value::Null),
            ("endedReason", Value::Null),
            ("endedByType", Value::Null),
            ("spam", json!(false)),
            ("tags", json!([])),
            ("assignedUsers", json!([])),
            ("assignedTeams", json!([])),
            ("firstMessageIn", json!({})),
            ("firstMessageOut", json!({})),
            ("lastMessageIn", json!({})),
            ("lastMessageOut", json!({})),
            ("lastMessageAt", Value::Null),
            ("lastActivityAt", time),
            ("satisfaction", Value::Null),
            ("satisfactionLevel", json!({})),
            ("snooze", json!({})),
            ("reopenCount", json!(0)),
            ("reopenFromDoneCount", json!(0)),
            ("custom", json!({})),
            ("modificationHistory", json!({})),
            ("phase", json!("initial")),
            ("locked", json!(false)),
            ("deleted", json!(false)),
        ] {
            body.entry(name).or_insert(value);
        }
        let id = self.create(now, author, Kind::Conversation, body, relations);
        let messages = Relation::Link(format!("/v1/conversations/{id}/messages"));
        if let Some(record) = self.store.get_mut(Kind::Conversation, &id) {
            record.relations.insert("messages", messages);
        }
        self.recount(now, author, customer);
        self.changed();
        id
    }

    /// Section 4.3.
    pub(super) fn update_conversation(&mut self, call: &Call<'_>, put: bool) -> Answered {
        let mut body = self.body(call, schema::CONVERSATION_UPDATE)?;
        let id = self.conversation(call.value(0))?.id.clone();
        self.count_update(call, &id)?;
        let ends = body.keys().any(|name| name.starts_with("ended"));
        if ends && self.faults.is_on(Fault::EndedRefused) {
            return Err(Refusal::bad_param("ended", "Additional properties not allowed"));
        }
        if let Some(value) = body.get("externalId").and_then(Value::as_str) {
            let other = self.store.by_external_id(Kind::Conversation, value);
            let taken = other.is_some_and(|other| other.id != id);
            self.duplicate(call.now, Kind::Conversation, "externalId", taken)?;
        }
        for user in list(&body, "assignedUsers") {
            self.store
                .get(Kind::User, user)
                .ok_or_else(|| Refusal::bad_param("assignedUsers", "Unknown user"))?;
        }
        for team in list(&body, "assignedTeams") {
            self.store
                .get(Kind::Team, team)
                .ok_or_else(|| Refusal::bad_param("assignedTeams", "Unknown team"))?;
        }
        if self.faults.is_on(Fault::EndedCloses) && body.get("ended") == Some(&Value::Bool(true)) {
            body.insert("status".to_owned(), json!("done"));
        }
        let customer = body.remove("customer").and_then(|it| it.as_str().map(str::to_owned));
        if let Some(customer) = &customer {
            self.customer(customer)?;
        }
        let replaces = put && call.query("replace").as_deref() == Some("true")
            || !self.rules.hold(Rule::Merge);
        self.change_conversation(call.now, &call.author, &id, replaces, customer, body);
        Ok(self.shown(200, self.conversation(&id)?))
    }

    /// Applies what is already checked. Agents' deeds come here too.
    pub(super) fn change_conversation(
        &mut self,
        now: Duration,
        author: &Author,
        id: &str,
        replaces: bool,
        customer: Option<String>,
        mut body: Map<String, Value>,
    ) {
        let time = self.iso(now);
        let queue = body.contains_key("queue").then(|| queue_of(&body));
        body.remove("queue");
        let status = body.get("status").and_then(Value::as_str).map(str::to_owned);
        let ends = body.get("ended") == Some(&Value::Bool(true));
        self.alter(now, author, Kind::Conversation, id, |record| {
            if replaces {
                for name in ["name", "externalId", "priority"] {
                    record.set(name, Value::Null);
                }
                for name in ["tags", "assignedUsers", "assignedTeams"] {
                    record.set(name, json!([]));
                }
            }
            if let Some(status) = status.filter(|status| record.text("status") != status) {
                enter(record, &status, &time);
            }
            if ends && !body.contains_key("endedAt") {
                record.set("endedAt", time.clone());
            }
            record.attributes.extend(body);
            if let Some(customer) = customer {
                record.relations.insert("customer", Relation::One(Kind::Customer, customer));
            }
            match queue {
                Some(Some(queue)) => {
                    record.relations.insert("queue", Relation::One(Kind::Queue, queue));
                }
                Some(None) => {
                    record.relations.remove("queue");
                }
                None => {}
            }
            if record.text("status") == "snoozed"
                && record.attributes.get("snooze").is_none_or(Value::is_null)
            {
                record.set("snooze", json!({ "status": "scheduled" }));
            }
        });
        if let Some(customer) = self
            .store
            .get(Kind::Conversation, id)
            .and_then(|it| it.one("customer"))
            .map(str::to_owned)
        {
            self.recount(now, author, &customer);
        }
    }

    /// Section 4.1: needs an admin role.
    pub(super) fn delete_conversation(&mut self, call: &Call<'_>) -> Answered {
        let id = self.conversation(call.value(0))?.id.clone();
        self.forget(&id);
        Ok(Response::empty(204))
    }

    /// The conversation and what hangs on it are gone. There are no delete events (section 8.2).
    pub(super) fn forget(&mut self, id: &str) {
        let hanging = [Kind::Message, Kind::Note, Kind::WorkItem].into_iter();
        let hanging = hanging.flat_map(|kind| self.store.of(kind, "conversation", id));
        let ids: Vec<String> = hanging.map(|record| record.id.clone()).collect();
        for id in ids {
            self.store.remove(&id);
        }
        self.store.remove(id);
        self.changed();
    }

    /// Section 4.1: appends or removes tags, by name.
    pub(super) fn tag(&mut self, call: &Call<'_>, add: bool) -> Answered {
        let body: Value = serde_json::from_slice(&call.request.body).unwrap_or_default();
        let tags = body.get("tags").and_then(Value::as_array).cloned();
        let tags = tags.filter(|tags| tags.iter().all(Value::is_string));
        let tags = tags.ok_or_else(|| Refusal::bad_param("tags", "Invalid value"))?;
        let id = self.conversation(call.value(0))?.id.clone();
        self.alter(call.now, &call.author, Kind::Conversation, &id, |record| {
            let known = record
                .attributes
                .get("tags")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            let kept = known.iter().filter(|tag| !tags.contains(tag)).cloned();
            let added = if add { tags.clone() } else { Vec::new() };
            record.set("tags", kept.chain(added).collect::<Vec<_>>());
        });
        Ok(self.shown(200, self.conversation(&id)?))
    }

    pub(super) fn list_conversations(&self, call: &Call<'_>) -> Answered {
        let customer = &self.customer(call.value(0))?.id;
        let records: Vec<&Record> =
            self.store.of(Kind::Conversation, "customer", customer).collect();
        Ok(self.page(call, &records))
    }

    /// When a snooze elapses next.
    pub(super) fn snooze_due(&self) -> Option<Duration> {
        if !self.rules.hold(Rule::SnoozeElapses) {
            return None;
        }
        self.store.all(Kind::Conversation).filter_map(|talk| self.snoozed_until(talk)).min()
    }

    fn snoozed_until(&self, talk: &Record) -> Option<Duration> {
        let scheduled = talk.text("status") == "snoozed";
        let time = talk.attributes.get("snooze")?.get("time")?.as_str()?;
        let ms = iso::parse(time)?.saturating_sub(self.config.started_at_ms);
        scheduled.then(|| Duration::from_millis(u64::try_from(ms).unwrap_or_default()))
    }

    /// Section 4.5: an elapsed snooze opens the conversation.
    pub(super) fn wake_snoozed(&mut self, now: Duration) {
        if !self.rules.hold(Rule::SnoozeElapses) {
            return;
        }
        let due = self.store.all(Kind::Conversation);
        let due = due.filter(|talk| self.snoozed_until(talk).is_some_and(|until| until <= now));
        let due: Vec<String> = due.map(|talk| talk.id.clone()).collect();
        for id in due {
            let body = json!({ "status": "open", "snooze": { "status": "elapsed" } });
            let body = body.as_object().cloned().unwrap_or_default();
            self.change_conversation(now, &Author::SYSTEM, &id, false, None, body);
            self.notice(now, &id, "The snooze elapsed");
        }
    }

    /// Updates of one record have a limit whose number is not known (section 9): a knob.
    pub(super) fn count_update(&mut self, call: &Call<'_>, id: &str) -> Result<(), Refusal> {
        let Some(order) = self.faults.switch(Fault::ObjectLimit) else { return Ok(()) };
        let count =
            self.limits.count(call.now, &format!("object {id}"), order.natural("per_minute"));
        if count.exceeded { Err(Refusal::limited(self.epoch_s(count.resets))) } else { Ok(()) }
    }
}

/// A conversation gets another status, and counts being opened again.
pub(super) fn enter(record: &mut Record, status: &str, time: &Value) {
    let from = record.text("status").to_owned();
    if status == "open" {
        record.add("reopenCount", 1);
        record.add("reopenFromDoneCount", i64::from(from == "done"));
    }
    record.set("status", status);
    record.set(status, json!({ "statusAt": time }));
}

fn queue_of(body: &Map<String, Value>) -> Option<String> {
    body.get("queue")?.get("id")?.as_str().map(str::to_owned)
}

fn list<'a>(body: &'a Map<String, Value>, name: &str) -> impl Iterator<Item = &'a str> {
    body.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}
