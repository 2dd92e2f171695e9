//! HTTP as data: what a relay asks of the shell, and what comes back.

use std::time::Duration;

use parlor_shared::Redacted;

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
        }
    }

    /// Whether the desk may still hold the request open.
    #[must_use]
    pub const fn may_still_run(self) -> bool {
        matches!(self, Self::Network | Self::Lost)
    }
}
