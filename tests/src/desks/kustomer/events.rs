//! Every write goes through here: it counts, dates and signs for its author, and becomes an event (sections 8.2 and 8.5).

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::Desk;
use super::delivery::{Event, Sign};
use super::faults::Fault;
use super::rules::Rule;
use super::store::{Kind, Record, Relation, put, put_at};

/// Who writes.
#[derive(Clone, Debug)]
pub(super) struct Author {
    /// The user that a record names; a customer's own writing names none.
    pub user: Option<String>,
    /// What event envelopes call the producer: `api-gw` for API writes (seen); `chat` for agents (not established).
    pub client: &'static str,
}

impl Author {
    pub fn agent(id: &str) -> Self {
        Self { user: Some(id.to_owned()), client: "chat" }
    }

    /// Kustomer itself: elapsed snoozes and the like.
    pub const SYSTEM: Self = Self { user: None, client: "scheduler" };
}

/// For whom a resource is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// One record by its id: the whole text.
    Single,
    /// In a list or an event, where a preview may be shortened.
    Listed,
    /// In an event.
    Event,
}

impl Desk {
    /// Makes a record.
    pub(super) fn create(
        &mut self,
        now: Duration,
        author: &Author,
        kind: Kind,
        mut attributes: Map<String, Value>,
        mut relations: BTreeMap<&'static str, Relation>,
    ) -> String {
        let id = self.ids.next(self.at_ms(now));
        let time = self.iso(now);
        for name in ["createdAt", "updatedAt", "modifiedAt"] {
            attributes.entry(name).or_insert_with(|| time.clone());
        }
        attributes.insert("rev".to_owned(), json!(1));
        if let Some(user) = author.user.as_ref().filter(|_| self.rules.hold(Rule::MachineUser)) {
            let by = || Relation::One(Kind::User, user.clone());
            relations.entry("createdBy").or_insert_with(by);
            relations.entry("modifiedBy").or_insert_with(by);
        }
        self.store.insert(Record { kind, id: id.clone(), attributes, relations });
        self.raise(now, author, kind, &id, "create", None);
        self.changed();
        id
    }

    /// Changes a record, if the change is one.
    pub(super) fn alter(
        &mut self,
        now: Duration,
        author: &Author,
        kind: Kind,
        id: &str,
        change: impl FnOnce(&mut Record),
    ) {
        let time = self.iso(now);
        let (counts, dates) = (self.rules.hold(Rule::Rev), self.rules.hold(Rule::Modified));
        let Some(record) = self.store.get_mut(kind, id) else { return };
        let before = record.clone();
        change(record);
        if *record == before {
            return;
        }
        if counts {
            record.add("rev", 1);
        }
        if dates {
            record.set("updatedAt", time.clone());
            record.set("modifiedAt", time);
        }
        if let Some(user) = &author.user {
            record.relations.insert("modifiedBy", Relation::One(Kind::User, user.clone()));
        }
        // Most changes are nobody's news.
        if kind.raises_events() && self.is_wanted(&format!("kustomer.{}.update", kind.name())) {
            let changes = self.store.get(kind, id).map(|record| changes(&before, record));
            self.raise(now, author, kind, id, "update", changes);
        }
        self.changed();
    }

    fn raise(
        &mut self,
        now: Duration,
        author: &Author,
        kind: Kind,
        id: &str,
        what: &str,
        changes: Option<Value>,
    ) {
        let name = format!("kustomer.{}.{what}", kind.name());
        let noted = kind == Kind::Note && !self.rules.hold(Rule::NotesAreSilent);
        let name = if noted { "kustomer.message.create".to_owned() } else { name };
        if !(kind.raises_events() || noted) || self.importing || !self.is_wanted(&name) {
            return;
        }
        let Some(record) = self.store.get(kind, id) else { return };
        let chat = match kind {
            Kind::Conversation => Some(id.to_owned()),
            _ => record.one("conversation").map(str::to_owned),
        };
        let data = self.show(record, View::Event);
        let event = self.envelope(now, &name, data, changes, author.client, chat);
        self.post(now, event);
    }

    fn is_wanted(&self, name: &str) -> bool {
        let every = !self.rules.hold(Rule::Subscription);
        self.store.all(Kind::Webhook).any(|hook| every || hook.texts("events").contains(&name))
    }

    /// Section 8.5.
    pub(super) fn envelope(
        &mut self,
        now: Duration,
        name: &str,
        data: Value,
        changes: Option<Value>,
        client: &str,
        chat: Option<String>,
    ) -> Event {
        let id = self.ids.next(self.at_ms(now));
        let sparse = self.faults.is_on(Fault::SparseEvents);
        let mut body = json!({
            "id": id, "name": name, "org": self.org, "partition": self.org, "orgName": self.config.org,
            "createdAt": self.iso(now), "persist": true, "meta": { "customChanged": false },
        });
        if let Some(body) = body.as_object_mut() {
            if !sparse {
                body.insert("client".to_owned(), json!(client));
                body.insert("dataId".to_owned(), data.get("id").cloned().unwrap_or_default());
            }
            body.insert("data".to_owned(), data);
            let how = self.faults.switch(Fault::NoChanges).map(|order| order.text("how"));
            let told = changes.filter(|_| how.is_none() && self.rules.hold(Rule::Changes));
            if how.as_deref() != Some("absent") {
                // Null on create, says the catalogue; samples leave it out.
                body.insert("changes".to_owned(), told.unwrap_or(Value::Null));
            }
        }
        let name = name.to_owned();
        Event { id, name, chat, body, raw: None, sign: Sign::Token, mischief: None }
    }

    /// A record as a reader gets it, with the knobs for it.
    pub(super) fn show(&self, record: &Record, view: View) -> Value {
        let in_event = view == View::Event;
        let plural = in_event && self.faults.is_on(Fault::PluralCustomer);
        let mut shown = record.json(&self.org, plural);
        if in_event
            && self.faults.is_on(Fault::SparseEvents)
            && let Some(relationships) =
                shown.get_mut("relationships").and_then(Value::as_object_mut)
        {
            relationships.remove("createdBy");
            relationships.remove("modifiedBy");
        }
        if record.kind == Kind::Message {
            self.show_text(record, view, &mut shown);
        }
        shown
    }

    /// Section 5.3: the text stands in `preview`, or in `meta.body`, and may be shortened outside of a single read.
    fn show_text(&self, record: &Record, view: View, shown: &mut Value) {
        let Some(attributes) = shown.get_mut("attributes") else { return };
        let text = record.text("preview");
        let first = |chars: usize| text.chars().take(chars).collect::<String>();
        if self.faults.is_on(Fault::BodyInMeta) && record.text("direction") == "out" {
            put_at(attributes, "/meta", "body", text);
            put(attributes, "preview", first(20));
        }
        if let Some(order) =
            self.faults.switch(Fault::TruncatedPreview).filter(|_| view != View::Single)
        {
            put(attributes, "preview", first(order.size("chars")));
        }
    }
}

/// Section 8.5: what changed, by attribute and by relationship.
fn changes(before: &Record, after: &Record) -> Value {
    let op = |before: Option<Value>, after: Option<Value>| match (before, after) {
        (None, Some(after)) => json!({ "op": "add", "before": null, "after": after }),
        (Some(before), None) => json!({ "op": "remove", "before": before, "after": null }),
        (before, after) => json!({ "op": "replace", "before": before, "after": after }),
    };
    let names = before.attributes.keys().chain(after.attributes.keys());
    let mut attributes = Map::new();
    for name in names {
        let (was, is) = (before.attributes.get(name), after.attributes.get(name));
        if was != is {
            attributes.insert(name.clone(), op(was.cloned(), is.cloned()));
        }
    }
    let id = |record: &Record, name: &str| record.one(name).map(|id| json!(id));
    let mut relationships = Map::new();
    for name in before.relations.keys().chain(after.relations.keys()) {
        let (was, is) = (id(before, name), id(after, name));
        if was != is {
            relationships.insert((*name).to_owned(), op(was, is));
        }
    }
    json!({ "attributes": attributes, "relationships": relationships })
}
