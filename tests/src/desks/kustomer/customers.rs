//! Customers (section 3): found by one identity value, made once per value.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::Desk;
use super::api::{Answered, Call};
use super::refusal::Refusal;
use super::rules::Rule;
use super::schema;
use super::store::{Kind, Record};

impl Desk {
    pub(super) fn customer(&self, id: &str) -> Result<&Record, Refusal> {
        self.store.get(Kind::Customer, id).ok_or_else(|| Refusal::not_found("customer"))
    }

    /// Section 3.1: 200 with a single resource, or 404.
    pub(super) fn find_customer(&self, call: &Call<'_>) -> Answered {
        let (by, value) = (call.value(0), call.value(1));
        let record = match by {
            "email" => self.store.customer_by("emails", "email", value),
            "phone" => self.store.customer_by("phones", "phone", value),
            _ => self.store.by_external_id(Kind::Customer, value),
        };
        Ok(self.shown(200, record.ok_or_else(|| Refusal::not_found(by))?))
    }

    /// Section 3.2.
    pub(super) fn create_customer(&mut self, call: &Call<'_>) -> Answered {
        let mut body = self.body(call, schema::CUSTOMER)?;
        self.free(call, None, &body)?;
        for list in LISTS {
            body.entry(*list).or_insert_with(|| json!([]));
        }
        for name in ["name", "company", "externalId", "username", "avatarUrl", "lastActivityAt"] {
            body.entry(name).or_insert(Value::Null);
        }
        body.entry("custom").or_insert_with(|| json!({}));
        body.insert(
            "conversationCounts".to_owned(),
            json!({ "open": 0, "snoozed": 0, "done": 0, "all": 0 }),
        );
        body.insert("lastConversation".to_owned(), json!({}));
        body.insert("verified".to_owned(), json!(false));
        body.insert("deleted".to_owned(), json!(false));
        body.insert("displayColor".to_owned(), json!("blue"));
        body.insert("displayIcon".to_owned(), json!("bird"));
        body.insert("progressiveStatus".to_owned(), Value::Null);
        self.name_of(&mut body);
        let id = self.create(call.now, &call.author, Kind::Customer, body, BTreeMap::new());
        Ok(self.shown(201, self.customer(&id)?))
    }

    /// Sections 3.2 and 2: merges, unless `?replace=true` on a PUT; a missing `company` unlinks it.
    pub(super) fn update_customer(&mut self, call: &Call<'_>, put: bool) -> Answered {
        let body = self.body(call, schema::CUSTOMER)?;
        let id = self.customer(call.value(0))?.id.clone();
        self.count_update(call, &id)?;
        self.free(call, Some(&id), &body)?;
        let replaces = put && call.query("replace").as_deref() == Some("true")
            || !self.rules.hold(Rule::Merge);
        let named = self.rules.hold(Rule::DisplayName);
        self.alter(call.now, &call.author, Kind::Customer, &id, |record| {
            if replaces {
                let kept = [
                    "createdAt",
                    "rev",
                    "conversationCounts",
                    "lastConversation",
                    "displayColor",
                    "displayIcon",
                ];
                record.attributes.retain(|name, _| kept.contains(&name.as_str()));
            }
            if !body.contains_key("company") {
                record.set("company", Value::Null);
            }
            record.attributes.extend(body);
            if named {
                display_name(&mut record.attributes);
            }
        });
        Ok(self.shown(200, self.customer(&id)?))
    }

    /// Section 3.1. Filters are not simulated: everybody is found, newest first.
    pub(super) fn search_customers(&mut self, call: &Call<'_>) -> Answered {
        self.body(call, schema::SEARCH)?;
        let limit = self.config.search_limit;
        let count = self.limits.count(call.now, &format!("search {}", call.token), limit);
        self.over(&count, Rule::SearchLimit)?;
        let records: Vec<&Record> = self.store.all(Kind::Customer).rev().collect();
        Ok(self.page(call, &records))
    }

    /// Section 3.2: e-mail, phone and external id identify one customer.
    fn free(
        &mut self,
        call: &Call<'_>,
        own: Option<&str>,
        body: &Map<String, Value>,
    ) -> Result<(), Refusal> {
        let other = |record: Option<&Record>| record.is_some_and(|it| Some(it.id.as_str()) != own);
        let mut taken = None;
        if let Some(value) = body.get("externalId").and_then(Value::as_str)
            && other(self.store.by_external_id(Kind::Customer, value))
        {
            taken = Some("externalId");
        }
        for (list, field) in
            [("externalIds", "externalId"), ("emails", "email"), ("phones", "phone")]
        {
            let entries = body.get(list).and_then(Value::as_array).into_iter().flatten();
            for value in entries.filter_map(|entry| entry.get(field).and_then(Value::as_str)) {
                let known = match field {
                    "externalId" => self.store.by_external_id(Kind::Customer, value),
                    _ => self.store.customer_by(list, field, value),
                };
                if other(known) {
                    taken = taken.or(Some(field));
                }
            }
        }
        self.duplicate(call.now, Kind::Customer, taken.unwrap_or_default(), taken.is_some())
    }

    fn name_of(&self, attributes: &mut Map<String, Value>) {
        if self.rules.hold(Rule::DisplayName) {
            display_name(attributes);
        } else {
            let name = attributes.get("name").cloned().unwrap_or_default();
            attributes.insert("displayName".to_owned(), name);
        }
    }

    /// Section 3.2: what a customer's conversations are, counted.
    pub(super) fn recount(
        &mut self,
        now: Duration,
        author: &super::events::Author,
        customer: &str,
    ) {
        let talks = self.store.of(Kind::Conversation, "customer", customer);
        let (mut open, mut snoozed, mut done) = (0, 0, 0);
        for talk in talks {
            match talk.text("status") {
                "open" => open += 1,
                "snoozed" => snoozed += 1,
                _ => done += 1,
            }
        }
        let all = open + snoozed + done;
        self.alter(now, author, Kind::Customer, customer, |record| {
            let counts = json!({ "open": open, "snoozed": snoozed, "done": done, "all": all });
            record.set("conversationCounts", counts);
        });
    }
}

/// Section 3.2: with no name it falls back to another identity value.
fn display_name(attributes: &mut Map<String, Value>) {
    let text = |value: Option<&Value>| {
        value.and_then(Value::as_str).map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned)
    };
    let first = |list: &str, field: &str| {
        attributes
            .get(list)
            .and_then(Value::as_array)
            .and_then(|list| text(list.first()?.get(field)))
    };
    let name = text(attributes.get("name"))
        .or_else(|| first("emails", "email"))
        .or_else(|| first("phones", "phone"))
        .or_else(|| text(attributes.get("externalId")));
    attributes.insert("displayName".to_owned(), name.map_or(Value::Null, Value::from));
}

const LISTS: &[&str] = &[
    "externalIds",
    "sharedExternalIds",
    "emails",
    "sharedEmails",
    "phones",
    "sharedPhones",
    "tags",
];
