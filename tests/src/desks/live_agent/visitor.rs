//! The Visitor resources: what can be asked without a session.

use serde_json::json;

use super::Desk;
use super::control::wait_s;
use super::messages;
use super::resources::{Call, bad};
use super::wire::Reply;
use crate::desks::http::Response;

impl Desk {
    /// Source: "Visitor Resources": answers come in the same envelope as messages.
    pub(super) fn visitor(&mut self, call: &Call) -> Reply {
        if let Err(reply) = Self::api_version(call) {
            return reply;
        }
        for (param, prefix) in [("org_id", "00D"), ("deployment_id", "572")] {
            if !call.param(param).is_some_and(|id| messages::is_id(id, prefix)) {
                return bad(param, "is missing or no id of this kind");
            }
        }
        // Source: "Availability": the deployment id in its form of 15 characters.
        if call.noun == "Availability"
            && call.param("deployment_id").is_some_and(|id| id.len() != 15)
        {
            return bad("deployment_id", "must have 15 characters");
        }
        let with_wait = call.param(&format!("{}.needEstimatedWaitTime", call.noun)) == Some("1")
            && call.version.is_some_and(|version| version >= 47);
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
                let ids = list(call.param("Availability.ids").unwrap_or_default());
                let result = |id: &String| {
                    // Source: "Data Types", Result: `isAvailable` is left out where it is false.
                    let mut result = json!({ "id": id });
                    if let (true, Some(result)) = (known(id), result.as_object_mut()) {
                        result.insert("isAvailable".to_owned(), json!(true));
                        wait.map(|wait| result.insert("estimatedWaitTime".to_owned(), json!(wait)));
                    }
                    result
                };
                json!({ "results": ids.iter().map(result).collect::<Vec<_>>() })
            }
            "Settings" => {
                let ids = list(call.param("Settings.buttonIds").unwrap_or_default());
                let button = |id: &String| {
                    let mut button = json!({
                        "id": id, "type": "Standard", "endpointUrl": "", "prechatUrl": "", "language": "en_US",
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
        let body = json!({ "messages": [messages::message(&call.noun, body)] });
        Reply { types: vec![call.noun.clone()], ..Response::json(200, &body).into() }
    }
}

fn list(text: &str) -> Vec<String> {
    let ids = text.trim_start_matches('[').trim_end_matches(']').split(',').map(str::trim);
    ids.filter(|id| !id.is_empty()).map(str::to_owned).collect()
}
