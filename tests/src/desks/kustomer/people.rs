//! The organisation itself: its people, teams and queues, and who a key is (sections 1.2, 4.6, 7.1 and 7.5).

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::Desk;
use super::api::{Answered, Call};
use super::control::DEFAULT_AGENT;
use super::events::Author;
use super::refusal::Refusal;
use super::rules::Rule;
use super::schema;
use super::store::{Kind, Record, Relation};
use crate::desks::http::Response;

impl Desk {
    /// Makes whom a fresh organisation has: agents, a workflow's machine user, teams, queues, and one machine user per key.
    pub(super) fn settle_in(&mut self) {
        let now = Duration::ZERO;
        let person = |name: &str, kind: &str| {
            let first = name.split(' ').next().unwrap_or_default();
            object(json!({
                "name": name, "displayName": name, "userType": kind, "email": format!("{}@larkspur.example", first.to_lowercase()),
                "mobile": null, "roles": ["user"], "avatarUrl": null,
            }))
        };
        for name in [DEFAULT_AGENT, "Tomás Vidal", "Maha Farouk"] {
            let mut person = person(name, "user");
            if let Some(picture) = self.config.picture.clone().filter(|_| name == DEFAULT_AGENT) {
                person.insert("avatarUrl".to_owned(), json!(picture));
            }
            self.create(now, &Author::SYSTEM, Kind::User, person, BTreeMap::new());
        }
        let mut machine = person("Workflows", "machine");
        machine.insert("email".to_owned(), Value::Null);
        self.create(now, &Author::SYSTEM, Kind::User, machine, BTreeMap::new());
        for key in self.config.keys.clone() {
            let mut machine = person(&key.name, "machine");
            machine.insert("displayName".to_owned(), Value::Null);
            machine.insert("email".to_owned(), Value::Null);
            let id = self.create(now, &Author::SYSTEM, Kind::User, machine, BTreeMap::new());
            self.machines.insert(key.token, id);
        }
        for (kind, names) in
            [(Kind::Team, ["Sales", "Workshop"]), (Kind::Queue, ["Web chat", "Repairs"])]
        {
            for name in names {
                let mut attributes = object(json!({ "name": name, "displayName": name }));
                if kind == Kind::Team {
                    attributes.insert("members".to_owned(), json!([]));
                }
                self.create(now, &Author::SYSTEM, kind, attributes, BTreeMap::new());
            }
        }
    }

    /// A person's or machine's id by the name that is shown. Agents who are new are made.
    pub(super) fn user_named(&mut self, now: Duration, name: &str) -> String {
        let known = self.store.all(Kind::User).find(|user| user.text("name") == name);
        if let Some(known) = known {
            return known.id.clone();
        }
        let attributes = object(
            json!({ "name": name, "displayName": name, "userType": "user", "email": null, "mobile": null, "roles": ["user"] }),
        );
        self.create(now, &Author::SYSTEM, Kind::User, attributes, BTreeMap::new())
    }

    /// Section 1.2: the machine user behind the key.
    pub(super) fn current_user(&self, call: &Call<'_>) -> Answered {
        let id = self.machines.get(&call.token).map(String::as_str).unwrap_or_default();
        let user = self.store.get(Kind::User, id).ok_or_else(|| Refusal::not_found("id"))?;
        Ok(self.shown(200, user))
    }

    /// Section 1.2: `data.attributes.name` is the subdomain.
    pub(super) fn current_org(&self, _call: &Call<'_>) -> Answered {
        Ok(Response::json(
            200,
            &json!({ "data": {
            "type": "org", "id": self.org,
            "attributes": { "name": self.config.org, "displayName": "Larkspur Bicycles", "pod": self.config.pod },
            "links": { "self": format!("/v1/orgs/{}", self.org) },
        } }),
        ))
    }

    /// Section 1.2: works with any valid key. What it holds beside the roles is inferred.
    pub(super) fn current_token(&self, call: &Call<'_>) -> Answered {
        let key = self.config.keys.iter().find(|key| key.token == call.token);
        let roles = key.map(|key| key.roles.clone()).unwrap_or_default();
        let name = key.map(|key| key.name.clone()).unwrap_or_default();
        let user = self.machines.get(&call.token).cloned().unwrap_or_default();
        Ok(Response::json(
            200,
            &json!({ "data": {
            "type": "token", "id": user,
            "attributes": { "name": name, "roles": roles, "tokenType": "machine" },
            "relationships": {
                "org": { "data": { "type": "org", "id": self.org } },
                "user": { "data": { "type": "user", "id": user } },
            },
        } }),
        ))
    }

    /// Section 4.6: waiting times for customers. The names are those that the vendor's own client reads.
    pub(super) fn queue_metrics(&self, call: &Call<'_>) -> Answered {
        let lines = call.value(0).split(',').filter_map(|id| self.store.get(Kind::Queue, id)).map(|queue| {
            let waiting = self.store.of(Kind::Conversation, "queue", &queue.id);
            let waiting = waiting.filter(|talk| talk.text("status") == "open" && talk.texts("assignedUsers").is_empty());
            let wait_s = i64::try_from(waiting.count()).unwrap_or(i64::MAX).saturating_mul(120);
            json!({ "type": "queue_metrics", "id": queue.id, "attributes": {
                "name": queue.text("name"), "estimatedWaitTimeSeconds": wait_s, "latestWaitTimeSeconds": 60,
            } })
        });
        let lines: Vec<Value> = lines.collect();
        Ok(Response::json(200, &json!({ "data": lines })))
    }

    /// Section 4.6: one per conversation that is not completed; creating again gives the same.
    pub(super) fn create_work_item(&mut self, call: &Call<'_>) -> Answered {
        let body = self.body(call, schema::WORK_ITEM)?;
        let talk = body.get("conversation").and_then(Value::as_str).unwrap_or_default();
        let talk = self.conversation(talk)?.id.clone();
        let known = self
            .store
            .of(Kind::WorkItem, "conversation", &talk)
            .find(|item| item.text("status") != "completed");
        if let Some(known) = known.filter(|_| self.rules.hold(Rule::OneWorkItem)) {
            return Ok(self.shown(200, known));
        }
        let mut relations =
            BTreeMap::from([("conversation", Relation::One(Kind::Conversation, talk))]);
        if let Some(queue) = body.get("queue").and_then(Value::as_str) {
            relations.insert("queue", Relation::One(Kind::Queue, queue.to_owned()));
        }
        let attributes = object(json!({ "status": "queued", "enteredAt": self.iso(call.now) }));
        let id = self.create(call.now, &call.author, Kind::WorkItem, attributes, relations);
        let item = self.store.get(Kind::WorkItem, &id).ok_or_else(|| Refusal::not_found("id"))?;
        Ok(self.shown(201, item))
    }

    /// Sections 6 and 7.5: a rating is kept and shows on the conversation.
    pub(super) fn rate_satisfaction(&mut self, call: &Call<'_>) -> Answered {
        let body = self.body(call, schema::RATING)?;
        let record: Option<&Record> = self.store.get(Kind::Satisfaction, call.value(0));
        let record = record.ok_or_else(|| Refusal::not_found("id"))?;
        let (id, talk) = (record.id.clone(), record.one("conversation").map(str::to_owned));
        let rating = body.get("rating").cloned().unwrap_or_default();
        self.alter(call.now, &call.author, Kind::Satisfaction, &id, |record| {
            record.attributes.extend(body);
            record.set("status", "rated");
        });
        if let Some(talk) = talk {
            self.alter(call.now, &call.author, Kind::Conversation, &talk, |record| {
                record.set("satisfaction", rating.clone());
                record.set("satisfactionLevel", json!({ "status": "rated", "rating": rating }));
            });
        }
        let record =
            self.store.get(Kind::Satisfaction, &id).ok_or_else(|| Refusal::not_found("id"))?;
        Ok(self.shown(200, record))
    }
}

/// An object's members; nothing where it is none.
pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}
