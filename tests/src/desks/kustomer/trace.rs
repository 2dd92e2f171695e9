//! What crossed the desk's border, for reading afterwards. No key, no address and no text ever enters it.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

pub(super) use crate::desks::trace::{Trace, millis};

/// One thing that crossed the border, or went wrong at it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Milliseconds since the desk's start.
    pub at_ms: u64,
    pub what: What,
    /// Groups the entries of one request.
    pub conn: Option<u64>,
    /// The conversation's id, where one is named.
    pub chat: Option<String>,
    /// The call's name (`create_message`), or the event's.
    pub call: String,
    pub status: Option<u16>,
    /// What was wrong, by name: a fault, an error's code or a client's breach.
    pub note: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A request came in.
    Received,
    /// An answer went out whole.
    Answered,
    /// An answer was due and did not go out, or not whole.
    Unanswered,
    /// The client dropped the request.
    Aborted,
    /// The client broke a rule; `note` says which.
    Breach,
    /// A delivery left for the webhook.
    Sent,
    /// The webhook took it.
    Taken,
    /// It did not; `note` says why.
    Failed,
    /// A webhook was switched off for good.
    SwitchedOff,
}

impl Entry {
    pub(super) fn new(now: Duration, what: What, call: &str) -> Self {
        Self {
            at_ms: millis(now),
            what,
            conn: None,
            chat: None,
            call: call.to_owned(),
            status: None,
            note: None,
        }
    }
}

/// One line: `12.300 create_message <- 201`; arrows as the desk sees them.
impl fmt::Display for Entry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{:03} {}", self.at_ms / 1_000, self.at_ms % 1_000, self.call)?;
        out.write_str(match self.what {
            What::Received => " ->",
            What::Answered => " <-",
            What::Unanswered => " <- nothing whole",
            What::Aborted => " dropped by the client",
            What::Breach => " breach",
            What::Sent => " =>",
            What::Taken => " taken",
            What::Failed => " failed",
            What::SwitchedOff => " switched off",
        })?;
        if let Some(status) = self.status {
            write!(out, " {status}")?;
        }
        if let Some(note) = self.note {
            write!(out, " ({note})")?;
        }
        Ok(())
    }
}
