//! What an admin is told of a flow's four values, from what the desk answers to `Visitor/Settings` and
//! `Visitor/Availability`: nothing is started by asking.

use serde_json::Value;

use super::{
    Config,
    availability::{self, Answer, AskError},
    wire,
};
use crate::relay::{
    Finding, Mark,
    call::{Failure, Outcome, Request},
};

/// The two questions, one after the other.
#[derive(Debug)]
pub struct LiveCheck {
    config: Config,
    settings: Option<Outcome>,
    availability: Option<Outcome>,
}

impl LiveCheck {
    /// Of a flow.
    #[must_use]
    pub const fn new(config: Config) -> Self {
        Self { config, settings: None, availability: None }
    }

    /// What to ask next; none when all is known.
    #[must_use]
    pub fn ask(&self) -> Option<Request> {
        let host = &self.config.base_url;
        match (&self.settings, &self.availability) {
            (None, _) => Some(availability::settings(host, &self.config)),
            (_, None) => Some(availability::availability(host, &self.config)),
            _ => None,
        }
    }

    /// Takes the answer.
    pub fn answer(&mut self, outcome: Outcome) {
        if self.settings.is_none() {
            self.settings = Some(outcome);
        } else {
            self.availability = Some(outcome);
        }
    }

    /// What was found.
    #[must_use]
    pub fn findings(self) -> Vec<Finding> {
        let lost = Outcome::Failed(Failure::Lost);
        let availability = self.availability.unwrap_or_else(|| lost.clone());
        live_check(&self.config, &self.settings.unwrap_or(lost), &availability)
    }
}

/// Says in words what the two answers mean.
fn live_check(config: &Config, settings: &Outcome, availability: &Outcome) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |good, text: String| {
        let mark = if good { Mark::Good } else { Mark::Bad };
        findings.push(Finding { mark, text });
    };
    let host = config.base_url.trim_start_matches("https://");
    match availability::success(settings) {
        Err(error) => {
            // The second answer would say the same again.
            add(false, unusable(host, "Settings", &error));
            return findings;
        }
        Ok(body) => {
            if let Some(address) = wire::switched(body) {
                add(false, moved(&address));
                return findings;
            }
            match wire::enveloped(body, "Settings") {
                Err(error) => {
                    add(false, unusable(host, "Settings", &error.into()));
                    return findings;
                }
                Ok(message) => {
                    add(true, format!("{host} answers as Live Agent's chat API does."));
                    let (good, text) = button(config, &message);
                    add(good, text);
                }
            }
        }
    }
    match availability::answer(availability, config) {
        Ok(Answer::Told { available: true, wait_s }) => {
            let wait = match wait_s {
                Some(seconds) => format!("the expected wait is {seconds} s"),
                None => "how long one waits is not known".to_owned(),
            };
            add(true, format!("Somebody is there for the button now; {wait}."));
        }
        Ok(Answer::Told { available: false, .. }) => add(
            true,
            "Nobody is there for the button now. If agents are online, look at Setup, Chat Buttons & Invitations: \
             the button's routing and skills, and whether the agents may chat."
                .to_owned(),
        ),
        Ok(Answer::Elsewhere { address }) => add(false, moved(&address)),
        Err(error) => add(false, unusable(host, "Availability", &error)),
    }
    findings
}

fn button(config: &Config, settings: &Value) -> (bool, String) {
    let buttons = settings.get("buttons").and_then(Value::as_array);
    let ours = buttons.into_iter().flatten().find(|button| {
        let id = button.get("id").and_then(Value::as_str);
        id.is_some_and(|id| availability::same_id(id, &config.button_id))
    });
    let Some(ours) = ours else {
        return (
            false,
            format!(
                "Salesforce does not know the button {} for this organization and deployment. Compare the Chat Button \
                 Code (Setup, Chat Buttons & Invitations) and the Deployment Code (Setup, Deployments).",
                config.button_id
            ),
        );
    };
    let word = |name: &str| ours.get(name).and_then(Value::as_str).unwrap_or("not told");
    let (kind, language) = (word("type"), word("language"));
    (true, format!("The button is known: its type is {kind}, its language {language}."))
}

fn moved(address: &str) -> String {
    format!(
        "Salesforce says that the organization has moved to {}. Chats follow it while the old host answers; write the \
         new host into api_hostname.",
        shown(address)
    )
}

fn unusable(host: &str, call: &str, error: &AskError) -> String {
    match error {
        AskError::Status { status: status @ (404 | 405 | 410) } => format!(
            "{host} does not know {call} ({status}): Live Agent was retired on 14 February 2026, and this organization \
             seems to have lost it, or the API hostname is another product's. Compare Setup, Chat Settings, Chat API \
             Endpoint."
        ),
        AskError::Status { status: 400 } => format!(
            "{host} did not understand {call} (400): one of the ids is not of this organization. Compare all three \
             with Setup."
        ),
        AskError::Status { status: 403 } => format!("{host} refuses {call} (403)."),
        AskError::Status { status } => format!(
            "{host} answered {call} with {status}. That may pass; if it does not, Salesforce's status page may say \
             more."
        ),
        AskError::Reply(_) => format!(
            "{host} answered {call} with something else than Live Agent does: a sign-in page, or a server that is not \
             Live Agent's."
        ),
        AskError::Failed(Failure::Timeout) => format!("{host} did not answer {call} in time."),
        AskError::Failed(_) => {
            format!("{host} cannot be reached. Check the API hostname for typing errors.")
        }
    }
}

/// A word of the desk's, cut to what can be shown.
fn shown(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_graphic()).take(200).collect()
}

#[cfg(test)]
mod tests;
