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
    /// The chat session's id, where the request belongs to one.
    pub chat: Option<String>,
    /// The resource noun: `Messages`, `ChatMessage`.
    pub noun: String,
    pub method: Option<String>,
    /// Received: the POST's sequence header or the poll's ack. Answered: the poll answer's sequence.
    pub sequence: Option<i64>,
    pub status: Option<u16>,
    /// Types of the delivered messages, in order.
    pub types: Vec<String>,
    /// What was wrong, by name: a fault or a client's breach.
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
    /// A fault took effect; `note` says which.
    Fault,
}

impl Entry {
    pub(super) fn new(now: Duration, what: What, noun: &str) -> Self {
        Self {
            at_ms: millis(now),
            what,
            conn: None,
            chat: None,
            noun: noun.to_owned(),
            method: None,
            sequence: None,
            status: None,
            types: Vec::new(),
            note: None,
        }
    }
}

/// One line: `12.300 ChatMessage <- 200` or `0.100 Messages -> GET #-1`; arrows as the desk sees them.
impl fmt::Display for Entry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{:03} {}", self.at_ms / 1_000, self.at_ms % 1_000, self.noun)?;
        match self.what {
            What::Received => write!(out, " -> {}", self.method.as_deref().unwrap_or("?"))?,
            What::Answered => write!(out, " <- {}", self.status.unwrap_or_default())?,
            What::Unanswered => write!(out, " <- nothing whole")?,
            What::Aborted => write!(out, " dropped by the client")?,
            What::Breach => write!(out, " breach")?,
            What::Fault => write!(out, " fault")?,
        }
        if let Some(sequence) = self.sequence {
            write!(out, " #{sequence}")?;
        }
        if !self.types.is_empty() {
            write!(out, " [{}]", self.types.join(", "))?;
        }
        if let Some(note) = self.note {
            write!(out, " ({note})")?;
        }
        Ok(())
    }
}
