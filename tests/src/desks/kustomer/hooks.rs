//! Outbound webhooks as configuration (sections 8.1 and 8.2).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Desk;
use super::api::{Answered, Call};
use super::events::Author;
use super::faults::Fault;
use super::refusal::Refusal;
use super::rules::Rule;
use super::schema;
use super::store::Kind;
use crate::desks::http::Response;

impl Desk {
    pub(super) fn create_webhook(&mut self, call: &Call<'_>) -> Answered {
        let body = self.checked_webhook(call)?;
        if self.store.all(Kind::Webhook).count() >= MOST_WEBHOOKS
            && self.rules.hold(Rule::HookCount)
        {
            return Err(Refusal::bad_request("An organisation has at most 5 webhooks"));
        }
        let token = format!("{}{}", self.dice.hex8(), self.dice.hex8());
        let id = self.new_webhook(call, token, body);
        let hook = self.store.get(Kind::Webhook, &id).ok_or_else(|| Refusal::not_found("id"))?;
        Ok(self.shown(201, hook))
    }

    fn new_webhook(&mut self, call: &Call<'_>, token: String, body: Map<String, Value>) -> String {
        self.add_webhook(call.now, &call.author, token, body)
    }

    /// Section 8.1: the token can be read again later, so it is an attribute.
    pub(super) fn add_webhook(
        &mut self,
        now: std::time::Duration,
        author: &Author,
        token: String,
        mut body: Map<String, Value>,
    ) -> String {
        body.entry("headers").or_insert_with(|| json!([]));
        // Section 8.8: it may show as disabled right after it was made.
        let enabled = !self.faults.is_on(Fault::WebhookOffAtBirth);
        body.insert("enabled".to_owned(), json!(enabled));
        body.insert("token".to_owned(), json!(token));
        self.create(now, author, Kind::Webhook, body, BTreeMap::new())
    }

    /// Section 8.1: an update by PUT on the same path is inferred.
    pub(super) fn update_webhook(&mut self, call: &Call<'_>) -> Answered {
        let body = self.checked_webhook(call)?;
        let id = self
            .store
            .get(Kind::Webhook, call.value(0))
            .ok_or_else(|| Refusal::not_found("id"))?
            .id
            .clone();
        self.alter(call.now, &call.author, Kind::Webhook, &id, |record| {
            record.attributes.extend(body)
        });
        let hook = self.store.get(Kind::Webhook, &id).ok_or_else(|| Refusal::not_found("id"))?;
        Ok(self.shown(200, hook))
    }

    pub(super) fn delete_webhook(&mut self, call: &Call<'_>) -> Answered {
        let id = self
            .store
            .get(Kind::Webhook, call.value(0))
            .ok_or_else(|| Refusal::not_found("id"))?
            .id
            .clone();
        self.store.remove(&id);
        self.changed();
        Ok(Response::empty(204))
    }

    pub(super) fn webhook_events(&self) -> Answered {
        Ok(Response::json(200, &json!({ "data": EVENTS })))
    }

    fn checked_webhook(&self, call: &Call<'_>) -> Result<Map<String, Value>, Refusal> {
        let body = self.body(call, schema::WEBHOOK)?;
        let url = body.get("url").and_then(Value::as_str).unwrap_or_default();
        // Plain HTTP is refused by Kustomer; that this machine's own address is taken is the simulator's doing.
        let local = url.starts_with("http://127.0.0.1:") || url.starts_with("http://localhost:");
        if !(url.starts_with("https://") || local) && self.rules.hold(Rule::HookAddress) {
            return Err(Refusal::bad_param("url", "Must be https"));
        }
        let names = body.get("events").and_then(Value::as_array).into_iter().flatten();
        let unknown = names.filter_map(Value::as_str).find(|name| !EVENTS.contains(name));
        if unknown.is_some() && self.rules.hold(Rule::HookEvents) {
            return Err(Refusal::bad_param("events", "Unknown event"));
        }
        Ok(body)
    }
}

/// Section 8.2.
pub(super) const EVENTS: [&str; 12] = [
    "kustomer.customer.create",
    "kustomer.customer.update",
    "kustomer.conversation.create",
    "kustomer.conversation.update",
    "kustomer.message.create",
    "kustomer.message.update",
    "kustomer.user.create",
    "kustomer.user.update",
    "kustomer.team.create",
    "kustomer.team.update",
    "kustomer.tag.create",
    "kustomer.tag.update",
];

/// Section 8.1, the help article.
const MOST_WEBHOOKS: usize = 5;
