//! The Visitor resources: what can be asked without a session.

use std::time::Duration;

use serde_json::{Value, json};

use super::Desk;
use super::control::wait_s;
use super::messages;
use super::resources::{Call, bad};
use super::rules::{Rule, Rules};
use super::wire::Reply;
use crate::desks::http::Response;

impl Desk {
    /// Source: "Visitor Resources": answers come in the same envelope as messages.
    pub(super) fn visitor(&mut self, call: &Call) -> Reply {
        let rules = self.rules;
        let long = self.faults.is_on("long_ids", None);
        let named = |id: &str| match long && id.len() == 15 {
            true => messages::long_id(id),
            false => id.to_owned(),
        };
        if let Err(reply) = self.api_version(call) {
            return reply;
        }
        for (param, prefix) in [("org_id", "00D"), ("deployment_id", "572")] {
            let there = call.param(param).is_some_and(|id| messages::is_id(id, prefix));
            if !there && rules.hold(Rule::VisitorIds) {
                return bad(param, "is missing or no id of this kind");
            }
        }
        // Source: "Availability": the deployment id in its form of 15 characters.
        if rules.hold(Rule::ShortDeployment)
            && call.noun == "Availability"
            && call.param("deployment_id").is_some_and(|id| id.len() != 15)
        {
            return bad("deployment_id", "must have 15 characters");
        }
        let with_wait = call.param(&format!("{}.needEstimatedWaitTime", call.noun)) == Some("1")
            && call.version.is_some_and(|version| version >= 47);
        let with_wait = with_wait && rules.hold(Rule::WaitAsked);
        let wait = with_wait.then(|| wait_s(self.places().len(), self.config.wait_per_place));
        let known = |id: &str| {
            let shape = messages::is_id(id, "573") || messages::is_id(id, "005");
            self.available
                && shape
                && (self.config.any_ids || messages::same_id(id, &self.config.button))
        };
        let body = match call.noun.as_str() {
            "Availability" => {
                // `id`, `id,id` and `[id,id]` are all in use.
                let ids = list(rules, call.param("Availability.ids").unwrap_or_default());
                let result = |id: &String| {
                    // Source: "Data Types", Result: `isAvailable` is left out where it is false.
                    let mut result = json!({ "id": named(id) });
                    if let (false, false, Some(result)) =
                        (known(id), rules.hold(Rule::FalseLeftOut), result.as_object_mut())
                    {
                        result.insert("isAvailable".to_owned(), json!(false));
                    }
                    if let (true, Some(result)) = (known(id), result.as_object_mut()) {
                        result.insert("isAvailable".to_owned(), json!(true));
                        wait.map(|wait| result.insert("estimatedWaitTime".to_owned(), json!(wait)));
                    }
                    result
                };
                json!({ "results": ids.iter().map(result).collect::<Vec<_>>() })
            }
            "Settings" => {
                let ids = list(rules, call.param("Settings.buttonIds").unwrap_or_default());
                let button = |id: &String| {
                    let mut button = json!({
                        "id": named(id), "type": "Standard", "endpointUrl": "", "prechatUrl": "", "language": "en_US",
                        "isAvailable": known(id),
                    });
                    if let (Some(wait), Some(button)) = (wait, button.as_object_mut()) {
                        button.insert("estimatedWaitTime".to_owned(), json!(wait));
                    }
                    button
                };
                let buttons: Vec<_> = ids.iter().map(button).collect();
                json!({ "pingRate": 50_000.0, "contentServerUrl": "", "buttons": buttons })
            }
            _ => json!({ "sessionId": self.dice.uuid() }),
        };
        let body = match rules.hold(Rule::VisitorEnvelope) {
            true => json!({ "messages": [messages::message(&call.noun, body)] }),
            false => body,
        };
        Reply { types: vec![call.noun.clone()], ..Response::json(200, &body).into() }
    }

    /// Source: "Breadcrumb" and "Response Bodies", NewVisitorBreadcrumb. Headers other than the version are not listed
    /// for it: only where a session's key comes all the same is it known whose page it is.
    pub(super) fn breadcrumb(&mut self, now: Duration, call: &Call, chat: Option<&str>) -> Reply {
        if let Err(reply) = self.api_version(call) {
            return reply;
        }
        let rules = self.rules;
        let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
        let location = body.get("location").and_then(Value::as_str);
        if location.is_none() && rules.hold(Rule::BreadcrumbLocation) {
            return bad("location", "is required");
        }
        if let (Some(id), Some(location)) = (chat, location) {
            if let Some(session) = self.session(id).filter(|_| rules.hold(Rule::BreadcrumbEcho)) {
                let echo =
                    messages::message("NewVisitorBreadcrumb", json!({ "location": location }));
                session.enqueue(vec![echo]);
            }
            self.notice(now, id, format!("The visitor is at {location}"));
        }
        Response::text(200, "OK").into()
    }
}

fn list(rules: Rules, text: &str) -> Vec<String> {
    if !rules.hold(Rule::IdLists) {
        return vec![text.to_owned()];
    }
    let ids = text.trim_start_matches('[').trim_end_matches(']').split(',').map(str::trim);
    ids.filter(|id| !id.is_empty()).map(str::to_owned).collect()
}
