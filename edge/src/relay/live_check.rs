//! Asking a desk, for an admin, whether chats can be had as a flow or an account says it: before a visitor finds out.
//!
//! Nothing is started at a desk by asking. Stepped: a request out, its outcome in, until there is none any more.

use parlor_shared::Timestamp;

use super::{
    Route,
    call::{Outcome, Request},
    kustomer, live_agent,
};

/// One thing that was found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// How good it is.
    pub mark: Mark,
    /// A sentence or two.
    pub text: String,
}

/// How good a finding is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mark {
    /// Chats can be had as far as this is concerned.
    Good,
    /// They can, and something will be missing.
    Doubt,
    /// They cannot.
    Bad,
}

/// The steps of a check.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "there is one per request")]
pub enum LiveCheck {
    /// Salesforce Live Agent.
    LiveAgent(live_agent::LiveCheck),
    /// Kustomer.
    Kustomer(kustomer::LiveCheck),
}

impl Mark {
    /// As it is answered.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Doubt => "doubt",
            Self::Bad => "bad",
        }
    }
}

impl LiveCheck {
    /// Of a flow. `hook`: the webhook as it should be, for desks that push.
    #[must_use]
    pub fn of(route: &Route, hook: Option<kustomer::Wanted>) -> Self {
        match route {
            Route::LiveAgent(config) => Self::LiveAgent(live_agent::LiveCheck::new(config.clone())),
            Route::Kustomer(config) => {
                let named =
                    kustomer::Named { team: config.team.clone(), queue: config.queue.clone() };
                Self::Kustomer(kustomer::LiveCheck::new(config.reach(), named, hook))
            }
        }
    }

    /// What to ask next; none when all is known.
    #[must_use]
    pub fn ask(&self) -> Option<Request> {
        match self {
            Self::LiveAgent(check) => check.ask(),
            Self::Kustomer(check) => check.ask(),
        }
    }

    /// Takes the answer.
    pub fn answer(&mut self, now: Timestamp, outcome: Outcome) {
        match self {
            Self::LiveAgent(check) => check.answer(outcome),
            Self::Kustomer(check) => check.answer(now, outcome),
        }
    }

    /// What was found.
    #[must_use]
    pub fn findings(self) -> Vec<Finding> {
        match self {
            Self::LiveAgent(check) => check.findings(),
            Self::Kustomer(check) => check.findings(),
        }
    }
}
