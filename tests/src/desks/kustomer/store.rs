//! What the organisation holds: records of one shape, as the API shows them (section 2).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::desks::dice::Dice;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Customer,
    Conversation,
    Message,
    Note,
    Draft,
    Attachment,
    User,
    Team,
    Queue,
    WorkItem,
    Webhook,
    Satisfaction,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Conversation => "conversation",
            Self::Message => "message",
            Self::Note => "note",
            Self::Draft => "draft",
            Self::Attachment => "attachment",
            Self::User => "user",
            Self::Team => "team",
            Self::Queue => "queue",
            Self::WorkItem => "work_item",
            Self::Webhook => "outbound_webhook",
            Self::Satisfaction => "satisfaction_response",
        }
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Customer => "/v1/customers",
            Self::Conversation => "/v1/conversations",
            Self::Message => "/v1/messages",
            Self::Note => "/v1/notes",
            Self::Draft => "/v1/drafts",
            Self::Attachment => "/v1/attachments",
            Self::User => "/v1/users",
            Self::Team => "/v1/teams",
            Self::Queue => "/v1/routing/queues",
            Self::WorkItem => "/v1/routing/work-items",
            Self::Webhook => "/v1/outbound-webhooks",
            Self::Satisfaction => "/v1/satisfaction-responses",
        }
    }

    /// Whether create and update of it are in the catalogue of events, section 8.2.
    pub fn raises_events(self) -> bool {
        matches!(
            self,
            Self::Customer | Self::Conversation | Self::Message | Self::User | Self::Team
        )
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    One(Kind, String),
    Many(Kind, Vec<String>),
    /// Section 2: an entry may have only links.
    Link(String),
}

impl Relation {
    fn json(&self, plural_customer: bool) -> Value {
        let entry = |kind: Kind, id: &str| {
            // Section 2: the type strings are not consistent.
            let name =
                if kind == Kind::Customer && plural_customer { "customers" } else { kind.name() };
            json!({ "type": name, "id": id })
        };
        match self {
            Self::One(kind, id) => json!({
                "data": entry(*kind, id), "links": { "self": format!("{}/{id}", kind.folder()) },
            }),
            Self::Many(kind, ids) => {
                json!({ "data": ids.iter().map(|id| entry(*kind, id)).collect::<Vec<_>>() })
            }
            Self::Link(path) => json!({ "links": { "self": path } }),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Record {
    pub kind: Kind,
    pub id: String,
    pub attributes: Map<String, Value>,
    pub relations: BTreeMap<&'static str, Relation>,
}

impl Record {
    pub fn text(&self, name: &str) -> &str {
        self.attributes.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub fn number(&self, name: &str) -> i64 {
        self.attributes.get(name).and_then(Value::as_i64).unwrap_or_default()
    }

    pub fn flag(&self, name: &str) -> bool {
        self.attributes.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    /// The texts of a list, empty where there is none.
    pub fn texts(&self, name: &str) -> Vec<&str> {
        let list = self.attributes.get(name).and_then(Value::as_array).into_iter().flatten();
        list.filter_map(Value::as_str).collect()
    }

    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.attributes.insert(name.to_owned(), value.into());
    }

    pub fn add(&mut self, name: &str, by: i64) {
        self.set(name, self.number(name) + by);
    }

    pub fn one(&self, name: &str) -> Option<&str> {
        match self.relations.get(name) {
            Some(Relation::One(_, id)) => Some(id),
            _ => None,
        }
    }

    pub fn many(&self, name: &str) -> &[String] {
        match self.relations.get(name) {
            Some(Relation::Many(_, ids)) => ids,
            _ => &[],
        }
    }

    /// The resource as the API and events show it, without the envelope.
    pub fn json(&self, org: &str, plural_customer: bool) -> Value {
        let mut relationships: Map<String, Value> = self
            .relations
            .iter()
            .map(|(name, relation)| ((*name).to_owned(), relation.json(plural_customer)))
            .collect();
        let org = json!({
            "data": { "type": "org", "id": org }, "links": { "self": format!("/v1/orgs/{org}") },
        });
        relationships.insert("org".to_owned(), org);
        let mut shown = json!({
            "type": self.kind.name(), "id": self.id,
            "links": { "self": format!("{}/{}", self.kind.folder(), self.id) },
        });
        // Moved: `json!` would write what is put into it anew, member by member.
        put(&mut shown, "attributes", self.attributes.clone());
        put(&mut shown, "relationships", relationships);
        shown
    }
}

/// All records, in the order in which they were made.
#[derive(Debug, Default)]
pub(super) struct Store {
    records: BTreeMap<String, Record>,
}

impl Store {
    pub fn insert(&mut self, record: Record) {
        self.records.insert(record.id.clone(), record);
    }

    pub fn remove(&mut self, id: &str) -> Option<Record> {
        self.records.remove(id)
    }

    pub fn get(&self, kind: Kind, id: &str) -> Option<&Record> {
        self.records.get(id).filter(|record| record.kind == kind)
    }

    pub fn get_mut(&mut self, kind: Kind, id: &str) -> Option<&mut Record> {
        self.records.get_mut(id).filter(|record| record.kind == kind)
    }

    pub fn all(&self, kind: Kind) -> impl DoubleEndedIterator<Item = &Record> {
        self.records.values().filter(move |record| record.kind == kind)
    }

    /// Records whose relation of this name leads to `id`.
    pub fn of<'a>(
        &'a self,
        kind: Kind,
        relation: &'static str,
        id: &'a str,
    ) -> impl DoubleEndedIterator<Item = &'a Record> {
        self.all(kind).filter(move |record| record.one(relation) == Some(id))
    }

    pub fn by_external_id(&self, kind: Kind, value: &str) -> Option<&Record> {
        self.all(kind).find(|record| {
            record.text("externalId") == value || lists(record, "externalIds", "externalId", value)
        })
    }

    /// Section 3.2: e-mail, phone and external id identify one customer. The `shared…` lists do not.
    pub fn customer_by(&self, list: &str, field: &str, value: &str) -> Option<&Record> {
        self.all(Kind::Customer).find(|record| lists(record, list, field, value))
    }
}

fn lists(record: &Record, list: &str, field: &str, value: &str) -> bool {
    let entries = record.attributes.get(list).and_then(Value::as_array).into_iter().flatten();
    entries
        .filter_map(|entry| entry.get(field).and_then(Value::as_str))
        .any(|known| known.eq_ignore_ascii_case(value))
}

/// Makes ids of 24 hexadecimal digits in rising order, of the shape of a MongoDB object id (section 2): four bytes of
/// time, five of the process, three of a counter.
#[derive(Debug)]
pub(super) struct Ids {
    process: u64,
    count: u32,
}

impl Ids {
    pub fn new(dice: &mut Dice) -> Self {
        Self { process: dice.next_u64() >> 24, count: 0x0a_0000 }
    }

    pub fn next(&mut self, at_ms: i64) -> String {
        self.count += 1;
        format!("{:08x}{:010x}{:06x}", (at_ms / 1_000) & 0xffff_ffff, self.process, self.count)
    }
}

/// Sets a member of a JSON object; nothing happens where it is none.
pub(super) fn put(value: &mut Value, name: &str, member: impl Into<Value>) {
    if let Some(object) = value.as_object_mut() {
        object.insert(name.to_owned(), member.into());
    }
}

/// The same for a member further down.
pub(super) fn put_at(value: &mut Value, pointer: &str, name: &str, member: impl Into<Value>) {
    if let Some(inner) = value.pointer_mut(pointer) {
        put(inner, name, member);
    }
}
