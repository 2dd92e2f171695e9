//! Has Kustomer call our webhook: finds the one that does, switches it on if it is off, makes it if there is none.
//!
//! Done twice, it changes nothing the second time. What became of a write whose answer was lost is looked up before
//! anything is written again, so that no second webhook calls the same address: of two, one would have another secret,
//! be refused, and be switched off by Kustomer with a complaint.

use parlor_shared::{Redacted, Timestamp};
use serde_json::{Value, json};

use super::{
    Reach, Wanted,
    hook::{EVENTS, Hook},
    live_check::MAX_PAGES,
};
use crate::relay::{
    call::{Method, Outcome, Rank, Request},
    kustomer::{
        answers::{self, Verdict},
        role::Role,
        wire,
    },
};

/// The steps of it.
#[derive(Debug)]
pub struct Registering {
    reach: Reach,
    wanted: Wanted,
    step: Step,
    found: Vec<Hook>,
    /// A write's answer was lost once already.
    looked_again: bool,
    result: Option<Result<Registered, RegisterError>>,
}

#[derive(Clone, Debug)]
enum Step {
    List(u32),
    Create,
    Update { hook: Hook, after: Done },
}

/// What was done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Done {
    /// There was none.
    Made,
    /// It was off.
    SwitchedOn,
    /// It did not bring all that it should, or not with the header.
    Changed,
    /// It was as it should be.
    Nothing,
}

/// A webhook that calls us.
#[derive(Clone, Debug)]
pub struct Registered {
    /// Kustomer's id of it.
    pub id: String,
    /// What was done to have it.
    pub done: Done,
    /// Whether it is on now, where Kustomer says so: it may show as off right after it was made.
    pub enabled: Option<bool>,
    /// What signs it.
    pub secret: Redacted<String>,
    /// How many others call the same address.
    pub others: usize,
}

/// Why there is no webhook.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RegisterError {
    /// The key lacks a role.
    #[error(
        "the account's key lacks the role {0}; roles are fixed when a key is made, so make another, or make the webhook by hand"
    )]
    Role(&'static str),
    /// The key is bad.
    #[error("Kustomer refuses the account's key, or it cannot be opened")]
    Key,
    /// The key is of another region.
    #[error("the key is of another region than api_host")]
    Region,
    /// The organisation's limit.
    #[error("the organization's limit is used up until then")]
    Held(Timestamp),
    /// Understood and turned down.
    #[error(
        "Kustomer refuses the webhook ({status}); an organization has five at most, and only https addresses are called"
    )]
    Refused {
        /// HTTP status.
        status: u16,
    },
    /// It cannot be switched on by the API.
    #[error(
        "the webhook is there and cannot be changed by the API: switch it on in Kustomer, Settings, Platform, Outbound webhooks"
    )]
    ByHand,
    /// No answer, or none that can be used; the same request may go through later.
    #[error("Kustomer did not answer, or not as its API does; ask again")]
    Unreachable,
}

impl RegisterError {
    /// Stable name, without values.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Role(_) => "desk_role_missing",
            Self::Key => "desk_key_refused",
            Self::Region => "desk_wrong_region",
            Self::Held(_) => "desk_limit",
            Self::Refused { .. } => "desk_refused",
            Self::ByHand => "desk_webhook_by_hand",
            Self::Unreachable => "desk_unreachable",
        }
    }

    /// HTTP status of the refusal that tells it.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Role(_) | Self::Key | Self::Region | Self::Refused { .. } | Self::ByHand => 409,
            Self::Held(_) => 503,
            Self::Unreachable => 502,
        }
    }
}

impl Done {
    /// As it is answered.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::SwitchedOn => "switched_on",
            Self::Changed => "changed",
            Self::Nothing => "nothing",
        }
    }
}

impl Registering {
    /// Begins.
    #[must_use]
    pub const fn new(reach: Reach, wanted: Wanted) -> Self {
        let step = Step::List(1);
        Self { reach, wanted, step, found: Vec::new(), looked_again: false, result: None }
    }

    /// What to ask next; none when it is done.
    #[must_use]
    pub fn ask(&self) -> Option<Request> {
        if self.result.is_some() {
            return None;
        }
        let at = self.reach.at();
        Some(match &self.step {
            Step::List(page) => {
                let path = format!("{HOOKS}?page={page}&pageSize=100");
                at.request("list webhooks", Method::Get, &path, None, Rank::Read)
            }
            Step::Create => {
                let mut body = self.body(&EVENTS.map(str::to_owned));
                // Not a member of the documented body: the update has it, where it is needed.
                body.as_object_mut().map(|it| it.remove("enabled"));
                at.request("create webhook", Method::Post, HOOKS, Some(&body), Rank::Read)
            }
            Step::Update { hook, .. } => {
                let path = format!("{HOOKS}/{}", hook.id);
                let body = self.body(&hook.events());
                at.request("update webhook", Method::Put, &path, Some(&body), Rank::Read)
            }
        })
    }

    /// Takes the answer.
    pub fn answer(&mut self, outcome: Outcome) {
        let role = match self.step {
            Step::List(_) => Role::WebhookRead,
            Step::Create => Role::WebhookCreate,
            Step::Update { .. } => Role::WebhookUpdate,
        };
        let error = match (answers::verdict(outcome, role), self.step.clone()) {
            (Verdict::Done(body), Step::List(page)) => return self.listed(page, &body),
            (Verdict::Done(body), Step::Create) => return self.written(&body, None, Done::Made),
            (Verdict::Done(body), Step::Update { hook, after }) => {
                return self.written(&body, Some(hook), after);
            }
            // There is one after all, or the answer was lost: whether it is there shows in the list.
            (Verdict::Conflict | Verdict::Unsure(_), Step::Create | Step::Update { .. })
                if !self.looked_again =>
            {
                return self.look_again();
            }
            (Verdict::Key(trouble), _) => match trouble.role {
                Some(role) => RegisterError::Role(role.name()),
                None => RegisterError::Key,
            },
            (Verdict::Region(_), _) => RegisterError::Region,
            (Verdict::Held(until), _) => RegisterError::Held(until),
            // That it can be updated at all is inferred.
            (Verdict::Absent | Verdict::Refused(_) | Verdict::Conflict, Step::Update { .. }) => {
                RegisterError::ByHand
            }
            (Verdict::Refused(trouble), _) => {
                RegisterError::Refused { status: trouble.status.unwrap_or_default() }
            }
            (Verdict::Absent | Verdict::Conflict | Verdict::Unsure(_), _) => {
                RegisterError::Unreachable
            }
        };
        self.result = Some(Err(error));
    }

    /// How it ended; none while there is something to ask.
    #[must_use]
    pub fn result(self) -> Option<Result<Registered, RegisterError>> {
        self.result
    }

    fn look_again(&mut self) {
        self.looked_again = true;
        self.found.clear();
        self.step = Step::List(1);
    }

    fn listed(&mut self, page: u32, body: &[u8]) {
        let Ok(json) = wire::json("list webhooks", body) else { return self.unreadable() };
        let Ok(list) = wire::list("list webhooks", &json) else { return self.unreadable() };
        self.found.extend(list.iter().filter_map(|it| Hook::calling(&self.wanted.url, *it)));
        if wire::has_next(&json) && page < MAX_PAGES {
            self.step = Step::List(page + 1);
            return;
        }
        // The one whose secret the flow has, then one that is on.
        let best = self.found.iter().min_by_key(|it| (!it.is_known_to(&self.wanted), it.is_off()));
        let Some(hook) = best.cloned() else {
            self.step = Step::Create;
            return;
        };
        if hook.is_off() {
            self.step = Step::Update { hook, after: Done::SwitchedOn };
        } else if !hook.missing().is_empty() || !hook.adds(&self.wanted) {
            self.step = Step::Update { hook, after: Done::Changed };
        } else {
            self.registered(&hook, Done::Nothing);
        }
    }

    fn written(&mut self, body: &[u8], before: Option<Hook>, done: Done) {
        let json = wire::json("write webhook", body);
        let told = json.as_ref().ok().and_then(|it| wire::single("write webhook", it).ok());
        match (told.and_then(Hook::read), before) {
            // It may show as off right after it was made.
            (Some(hook), None) if hook.is_off() => {
                self.found.push(hook.clone());
                self.step = Step::Update { hook, after: Done::Made };
            }
            (Some(hook), None) => {
                self.found.push(hook.clone());
                self.registered(&hook, done);
            }
            (Some(hook), Some(before)) => {
                // An update's answer need not show the secret again.
                let hook = if hook.token().is_some() { hook } else { before.with_state_of(&hook) };
                self.registered(&hook, done);
            }
            (None, _) if !self.looked_again => self.look_again(),
            (None, _) => self.unreadable(),
        }
    }

    fn registered(&mut self, hook: &Hook, done: Done) {
        let Some(secret) = hook.token().or(self.only_secret()) else { return self.unreadable() };
        self.result = Some(Ok(Registered {
            id: hook.id.clone(),
            done,
            enabled: hook.enabled,
            secret: Redacted::new(secret.to_owned()),
            others: self.found.len().saturating_sub(1),
        }));
    }

    /// Where the list does not show secrets, the flow's has to do.
    fn only_secret(&self) -> Option<&str> {
        self.wanted.secrets.first().map(|it| it.expose().as_str())
    }

    fn unreadable(&mut self) {
        self.result = Some(Err(RegisterError::Unreachable));
    }

    fn body(&self, events: &[String]) -> Value {
        let mut body = json!({
            "name": NAME,
            "url": self.wanted.url,
            "events": events,
            "enabled": true,
        });
        if let (Some((name, value)), Some(members)) = (&self.wanted.header, body.as_object_mut()) {
            let headers = json!([{"name": name, "value": value.expose()}]);
            members.insert("headers".to_owned(), headers);
        }
        body
    }
}

/// Where the vendor's API has them. Source: docs/VENDORS.md, "Kustomer", "Set-up".
const HOOKS: &str = "/v1/outbound-webhooks";

/// What admins see in Kustomer's list.
const NAME: &str = "Parlor";

#[cfg(test)]
mod tests;
