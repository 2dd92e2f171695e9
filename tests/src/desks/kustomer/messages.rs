//! Messages, notes and drafts (sections 5, 7.2 and 7.3). Recording a message sends nothing to the customer.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::Desk;
use super::api::{Answered, Call};
use super::conversations::enter;
use super::events::{Author, View};
use super::faults::Fault;
use super::refusal::Refusal;
use super::rules::Rule;
use super::schema;
use super::store::{Kind, Record, Relation, put};
use crate::desks::http::Response;

impl Desk {
    fn message(&self, id: &str) -> Result<&Record, Refusal> {
        self.store.get(Kind::Message, id).ok_or_else(|| Refusal::not_found("id"))
    }

    /// Section 5.1, all three addresses.
    pub(super) fn create_message(
        &mut self,
        call: &Call<'_>,
        conversation: Option<&str>,
        customer: Option<&str>,
    ) -> Answered {
        let mut body = self.body(call, schema::MESSAGE)?;
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        let bare = conversation.is_none() && customer.is_none();
        if bare && text("direction").is_none() && self.rules.hold(Rule::DirectionRequired) {
            return Err(Refusal::bad_param("direction", "Missing required property"));
        }
        for name in ["createdAt", "createdBy", "modifiedAt", "modifiedBy"] {
            if body.contains_key(name) && !call.admin && self.rules.hold(Rule::AdminFields) {
                return Err(Refusal::forbidden(&["org.admin"]));
            }
        }
        let conversation = conversation.map(str::to_owned).or_else(|| text("conversation"));
        let customer = customer.map(str::to_owned).or_else(|| text("customer"));
        if let Some(id) = &conversation {
            self.conversation(id)?;
        }
        let of_conversation =
            conversation.as_ref().and_then(|id| self.conversation(id).ok()?.one("customer"));
        let of_conversation = of_conversation
            .map(str::to_owned)
            .filter(|_| self.rules.hold(Rule::CustomerOfConversation));
        let customer = of_conversation.or(customer);
        let customer =
            customer.ok_or_else(|| Refusal::bad_param("customer", "Missing required property"))?;
        self.customer(&customer)?;
        self.count(call, Rule::MessageLimit, "messages", &customer, &body)?;
        let taken = text("externalId")
            .is_some_and(|it| self.store.by_external_id(Kind::Message, &it).is_some());
        self.duplicate(call.now, Kind::Message, "externalId", taken)?;
        let attachments = self.named_files(body.remove("attachments"))?;
        let queue = body.remove("queue");
        let conversation = match conversation {
            Some(conversation) => Some(conversation),
            None if self.rules.hold(Rule::MessageOpens) => {
                let mut opened = Map::new();
                opened
                    .extend(body.get("direction").map(|way| ("direction".to_owned(), way.clone())));
                opened.extend(queue.map(|queue| ("queue".to_owned(), queue)));
                Some(self.open_conversation(call.now, &call.author, &customer, opened))
            }
            None => None,
        };
        let mut author = call.author.clone();
        if let Some(user) = body.remove("createdBy").and_then(|it| it.as_str().map(str::to_owned)) {
            author.user = Some(user);
        }
        body.remove("modifiedBy");
        let id = self.add_message(
            call.now,
            &author,
            conversation.as_deref(),
            &customer,
            body,
            attachments,
        );
        Ok(self.shown(201, self.message(&id)?))
    }

    /// Records a message with the attributes of section 5.3, and what follows for its conversation and customer.
    pub(super) fn add_message(
        &mut self,
        now: Duration,
        author: &Author,
        conversation: Option<&str>,
        customer: &str,
        mut body: Map<String, Value>,
        attachments: Vec<String>,
    ) -> String {
        body.remove("conversation");
        body.remove("customer");
        let time = self.iso(now);
        let way = body.entry("direction").or_insert_with(|| json!("in")).clone();
        let way = way.as_str().unwrap_or("in").to_owned();
        let talk = conversation.and_then(|id| self.store.get(Kind::Conversation, id));
        let size =
            body.get("preview").and_then(Value::as_str).map_or(0, |text| text.chars().count());
        body.insert("directionType".to_owned(), json!(kind_of_way(talk, &way)));
        let assigned = |name: &str| {
            talk.and_then(|talk| talk.attributes.get(name)).cloned().unwrap_or(json!([]))
        };
        for (name, value) in [
            ("externalId", Value::Null),
            ("preview", json!("")),
            ("subject", Value::Null),
            ("meta", json!({})),
            ("size", json!(size)),
            ("status", json!(if way == "in" { "received" } else { "sent" })),
            ("auto", json!(false)),
            ("error", Value::Null),
            ("errorAt", Value::Null),
            ("sentAt", time.clone()),
            ("assignedUsers", assigned("assignedUsers")),
            ("assignedTeams", assigned("assignedTeams")),
            ("createdByTeams", json!([])),
            ("redacted", json!(false)),
            ("reactions", json!([])),
            ("intentDetections", json!([])),
            ("lang", Value::Null),
        ] {
            body.entry(name).or_insert(value);
        }
        let channel = body.get("channel").and_then(Value::as_str).unwrap_or("chat").to_owned();
        let customer_relation = Relation::One(Kind::Customer, customer.to_owned());
        let mut relations = BTreeMap::from([("customer", customer_relation)]);
        if let Some(talk) = conversation {
            relations.insert("conversation", Relation::One(Kind::Conversation, talk.to_owned()));
        }
        if !attachments.is_empty() {
            relations.insert("attachments", Relation::Many(Kind::Attachment, attachments));
        }
        let id = self.create(now, author, Kind::Message, body, relations);
        if let Some(talk) =
            conversation.filter(|_| self.rules.hold(Rule::MessageChangesConversation))
        {
            self.tell_conversation(now, author, talk, &id, &way, &channel);
        }
        self.tell_customer(now, author, customer, conversation);
        id
    }

    /// Sections 4.4 and 4.5: counters, channels, and opening again.
    fn tell_conversation(
        &mut self,
        now: Duration,
        author: &Author,
        talk: &str,
        id: &str,
        way: &str,
        channel: &str,
    ) {
        let time = self.iso(now);
        let incoming = way == "in";
        let (reopens, derives, counts) = (
            self.rules.hold(Rule::Reopens),
            self.rules.hold(Rule::Channels),
            self.rules.hold(Rule::Counters),
        );
        let mut opened = false;
        let by = author.user.clone();
        self.alter(now, author, Kind::Conversation, talk, |record| {
            if counts {
                record.add("messageCount", 1);
                record
                    .add(if incoming { "inboundMessageCount" } else { "outboundMessageCount" }, 1);
            }
            if derives && !record.texts("channels").contains(&channel) {
                let channels: Vec<&str> =
                    record.texts("channels").into_iter().chain([channel]).collect();
                let channels = json!(channels);
                record.set("channels", channels);
            }
            let (first, last) = if incoming {
                ("firstMessageIn", "lastMessageIn")
            } else {
                ("firstMessageOut", "lastMessageOut")
            };
            let mut about = json!({ "id": id, "sentAt": time, "createdAt": time });
            let (name, value) =
                if incoming { ("channel", json!(channel)) } else { ("createdBy", json!(by)) };
            put(&mut about, name, value);
            if record.attributes.get(first).is_none_or(|it| it == &json!({})) {
                record.set(first, about.clone());
            }
            record.set(last, about);
            record.set("lastMessageAt", time.clone());
            record.set("lastActivityAt", time.clone());
            if incoming && reopens && record.text("status") != "open" {
                enter(record, "open", &time);
                record.set("snooze", json!({ "status": "canceled" }));
                opened = true;
            }
        });
        if opened {
            self.notice(now, talk, "Opened again by the customer’s message");
            let customer =
                self.store.get(Kind::Conversation, talk).and_then(|talk| talk.one("customer"));
            if let Some(customer) = customer.map(str::to_owned) {
                self.recount(now, author, &customer);
            }
        }
    }

    fn tell_customer(
        &mut self,
        now: Duration,
        author: &Author,
        customer: &str,
        talk: Option<&str>,
    ) {
        let time = self.iso(now);
        let talk = talk.map(|id| json!({ "id": id }));
        self.alter(now, author, Kind::Customer, customer, |record| {
            record.set("lastActivityAt", time);
            if let Some(talk) = talk {
                record.set("lastConversation", talk);
            }
        });
    }

    /// Section 5.1. Order is not documented; it is that of creation, or the other way round by a knob.
    pub(super) fn list_messages(&self, call: &Call<'_>) -> Answered {
        let talk = &self.conversation(call.value(0))?.id;
        let mut records: Vec<&Record> =
            self.store.of(Kind::Message, "conversation", talk).collect();
        if self.faults.is_on(Fault::NewestFirst) {
            records.reverse();
        }
        let mut page = self.page_json(call, &records);
        if call.query("include").as_deref() == Some("attachments") {
            let files = records.iter().flat_map(|record| record.many("attachments"));
            let files = files.filter_map(|id| self.store.get(Kind::Attachment, id));
            let files = files.map(|file| self.show_file(call.now, file)).collect::<Vec<_>>();
            put(&mut page, "included", files);
        }
        Ok(Response::json(200, &page))
    }

    pub(super) fn update_message(&mut self, call: &Call<'_>) -> Answered {
        let body = self.body(call, schema::MESSAGE_UPDATE)?;
        let id = self.message(call.value(0))?.id.clone();
        self.count_update(call, &id)?;
        if let Some(value) = body.get("externalId").and_then(Value::as_str) {
            let other = self.store.by_external_id(Kind::Message, value);
            let taken = other.is_some_and(|other| other.id != id);
            self.duplicate(call.now, Kind::Message, "externalId", taken)?;
        }
        self.alter(call.now, &call.author, Kind::Message, &id, |record| {
            record.attributes.extend(body)
        });
        Ok(self.shown(200, self.message(&id)?))
    }

    /// Section 5.1.
    pub(super) fn redact_message(&mut self, call: &Call<'_>) -> Answered {
        self.body(call, schema::REDACTION)?;
        let id = self.message(call.value(0))?.id.clone();
        self.redact(call.now, &call.author, &id);
        Ok(self.shown(201, self.message(&id)?))
    }

    pub(super) fn redact(&mut self, now: Duration, author: &Author, message: &str) {
        let takes = self.rules.hold(Rule::Redaction);
        self.alter(now, author, Kind::Message, message, |record| {
            record.set("redacted", true);
            if takes {
                record.set("preview", "");
                record.set("size", 0);
                record.set("meta", json!({}));
                record.relations.remove("attachments");
            }
        });
    }

    /// Section 7.3.
    pub(super) fn create_note(&mut self, call: &Call<'_>) -> Answered {
        let mut body = self.body(call, schema::NOTE)?;
        let talk = self.conversation(call.value(0))?;
        let (talk, customer) =
            (talk.id.clone(), talk.one("customer").unwrap_or_default().to_owned());
        self.count(call, Rule::MessageLimit, "notes", &customer, &body)?;
        let taken = body
            .get("externalId")
            .and_then(Value::as_str)
            .is_some_and(|it| self.store.by_external_id(Kind::Note, it).is_some());
        self.duplicate(call.now, Kind::Note, "externalId", taken)?;
        let files = self.named_files(body.remove("attachments"))?;
        let id = self.add_note(call.now, &call.author, &talk, body, files);
        let note = self.store.get(Kind::Note, &id).ok_or_else(|| Refusal::not_found("id"))?;
        Ok(self.shown(201, note))
    }

    pub(super) fn add_note(
        &mut self,
        now: Duration,
        author: &Author,
        talk: &str,
        body: Map<String, Value>,
        files: Vec<String>,
    ) -> String {
        let conversation = Relation::One(Kind::Conversation, talk.to_owned());
        let mut relations = BTreeMap::from([("conversation", conversation)]);
        if !files.is_empty() {
            relations.insert("attachments", Relation::Many(Kind::Attachment, files));
        }
        let id = self.create(now, author, Kind::Note, body, relations);
        self.alter(now, author, Kind::Conversation, talk, |record| record.add("noteCount", 1));
        id
    }

    /// Section 7.2: a draft is how native channels send; here it is kept and goes nowhere.
    pub(super) fn create_draft(&mut self, call: &Call<'_>) -> Answered {
        let body = self.body(call, schema::DRAFT)?;
        let customer = self.customer(call.value(0))?.id.clone();
        self.count(call, Rule::MessageLimit, "drafts", &customer, &body)?;
        let relations = BTreeMap::from([("customer", Relation::One(Kind::Customer, customer))]);
        let id = self.create(call.now, &call.author, Kind::Draft, body, relations);
        let draft = self.store.get(Kind::Draft, &id).ok_or_else(|| Refusal::not_found("id"))?;
        Ok(Response::json(200, &json!({ "data": self.show(draft, View::Single) })))
    }
}

/// Section 5.3: only `initial-out` was seen; the others are the reference's expectation.
fn kind_of_way(talk: Option<&Record>, way: &str) -> String {
    let Some(talk) = talk else { return format!("initial-{way}") };
    let (ins, outs) = (talk.number("inboundMessageCount"), talk.number("outboundMessageCount"));
    let (own, other) = if way == "in" { (ins, outs) } else { (outs, ins) };
    let kind = match (own, other) {
        (0, 0) => "initial",
        (_, 0) => "followup",
        _ => "response",
    };
    format!("{kind}-{way}")
}
