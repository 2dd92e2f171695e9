//! HTTP as data: what a relay asks of the shell, and what comes back.

use std::time::Duration;

use parlor_shared::{Redacted, Timestamp};

/// Names one call. A restored core counts a new epoch, so the answer to a call of an earlier life is known as such.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct CallId {
    /// Which life of the core made the call.
    pub epoch: u64,
    /// Counts the calls of that life.
    pub number: u64,
}

/// The verbs that desks use.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Method {
    /// Read.
    Get,
    /// Write.
    Post,
    /// Put in the place of what is there.
    Put,
    /// Change some members of what is there.
    Patch,
}

/// On whose account a call is made. The shell adds the account's credentials, which no core ever holds, and asks
/// the bucket first, because all conversations of an organisation share its limit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Charge {
    /// Id of the account document.
    pub account: String,
    /// Name of the bucket.
    pub bucket: String,
    /// What goes first where not everything may go.
    pub rank: Rank,
}

/// What goes first where not everything may go.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Rank {
    /// Reads that can wait: has anything been missed?
    Reconcile,
    /// Reads that somebody waits for.
    Read,
    /// A visitor's message, and what must be there before it.
    Write,
}

/// One HTTP request to a desk. Redirects are never followed: they would leave the allow-list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    /// What it is for, for logs and traces.
    pub label: &'static str,
    /// Verb.
    pub method: Method,
    /// Absolute address on an allowed host. It holds no secret.
    pub url: String,
    /// Header names and values; the values may be secret.
    pub headers: Vec<(&'static str, Redacted<String>)>,
    /// JSON, if any.
    pub body: Option<Redacted<String>>,
    /// When to give up, counted from sending to the last byte of the answer.
    pub timeout: Duration,
    /// Longest body to read.
    pub max_bytes: usize,
    /// Whose credentials and whose limit, for desks that work with an account.
    pub charge: Option<Charge>,
}

/// How a call ended. Every call ends exactly once, even if it is [`Failure::Lost`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// The whole answer has come.
    Answer {
        /// HTTP status.
        status: u16,
        /// Body, at most [`Request::max_bytes`] long.
        body: Vec<u8>,
    },
    /// There is no usable answer.
    Failed(Failure),
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Failure {
    /// [`Request::timeout`] passed; the request was given up.
    Timeout,
    /// No connection, or it broke before the head of the answer. The desk may still be working on the request.
    Network,
    /// The head came, the body broke off. The desk is done with the request.
    CutShort,
    /// The body is longer than [`Request::max_bytes`]. The desk is done with the request.
    TooLarge,
    /// Whoever waited for the answer is gone. The desk may still be working on the request.
    Lost,
    /// The organisation's limit does not allow the call before this instant: it was not made, or was turned away
    /// unread.
    Held {
        /// When to ask again.
        until: Timestamp,
    },
    /// The account of [`Request::charge`] has no usable credentials for this address; nothing was sent.
    NoCredentials,
}

impl Failure {
    /// Stable name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Network => "network",
            Self::CutShort => "cut_short",
            Self::TooLarge => "too_large",
            Self::Lost => "lost",
            Self::Held { .. } => "held",
            Self::NoCredentials => "no_credentials",
        }
    }

    /// Whether the desk may still hold the request open.
    #[must_use]
    pub const fn may_still_run(self) -> bool {
        matches!(self, Self::Network | Self::Lost)
    }
}
