//! A request to the registry as data, what was stored before it, and what is to be done with it.

use super::Hash;
use crate::registry::SealKeys;

/// Longest body that is looked at, in bytes: an export of a large company.
pub const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;

/// A request, as data.
#[derive(Clone, Debug, Default)]
pub struct Ask<'a> {
    /// `GET` and the like.
    pub method: &'a str,
    /// Without the query.
    pub path: &'a str,
    /// Decoded.
    pub query: Vec<(String, String)>,
    /// The header of this name, as are the next three.
    pub authorization: Option<&'a str>,
    /// See [`Expected`](crate::registry::ledger::Expected).
    pub if_match: Option<&'a str>,
    /// See [`Expected`](crate::registry::ledger::Expected).
    pub if_none_match: Option<&'a str>,
    /// What the body is, by its own word.
    pub content_type: Option<&'a str>,
    /// Where the request comes from, for counting wrong tokens.
    pub address: &'a str,
    /// At most [`MAX_BODY_BYTES`], else a refusal.
    pub body: &'a [u8],
}

/// What to do with a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Handled {
    /// Stored, all together, before the answer leaves.
    pub rows: Vec<Row>,
    /// Published to KV after that: key and document, or none where it went.
    pub publish: Vec<(String, Option<String>)>,
    /// The answer, or what it takes to make one.
    pub outcome: Outcome,
}

/// The answer, or what it takes to make one.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// This is it.
    Reply(Reply),
    /// The newest lines of the audit log below `before`: [`audit_reply`](super::audit_reply) makes the answer.
    Audit {
        /// Only lines with smaller numbers.
        before: u64,
        /// At most so many.
        limit: u32,
    },
    /// It may go on to where it is carried out: a desk, or a conversation.
    Through,
}

/// An answer, as data.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Whether the body is a problem document.
    pub is_problem: bool,
    /// For `ETag`.
    pub revision: Option<u64>,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    /// JSON; none with 204.
    pub body: Option<String>,
}

/// A row to store.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Row {
    /// A document by its key; none: it went.
    Document(String, Option<String>),
    /// A token by its id; none: it went.
    Token(String, Option<String>),
    /// A new line of the audit log. Lines with a smaller number than `oldest` go.
    Audit {
        /// Its number.
        seq: u64,
        /// The line.
        json: String,
        /// The number of the oldest that is kept.
        oldest: u64,
    },
    /// See [`Ledger::floor`](crate::registry::Ledger::floor).
    Floor(u64),
}

/// What was stored.
#[derive(Clone, Debug, Default)]
pub struct Stored {
    /// Keys and rows of documents.
    pub documents: Vec<(String, String)>,
    /// Rows of tokens.
    pub tokens: Vec<String>,
    /// Number of the newest line of the audit log; 0 if there is none.
    pub audit: u64,
    /// See [`Ledger::floor`](crate::registry::Ledger::floor); 0 if no document ever went.
    pub floor: u64,
}

/// What the Worker's own secrets and variables say.
#[derive(Default)]
pub struct Settings {
    /// Of the secret `ADMIN_TOKEN`, if it is long enough.
    pub first: Option<Hash>,
    /// The secrets that seal; none where they are not set, or are no keys.
    pub seals: Option<SealKeys>,
    /// How many requests a token may make in a minute; [`DEFAULT_RATE`](super::DEFAULT_RATE) if none.
    pub rate: Option<u32>,
    /// How many lines of the audit log are kept; [`DEFAULT_AUDIT`](super::DEFAULT_AUDIT) if none.
    pub audit: Option<u32>,
}

/// Random bits for one request.
#[derive(Clone, Copy, Debug)]
pub struct Random {
    /// For a token's id.
    pub id: u64,
    /// For a token's secret, or for nonces: a request needs one or the other.
    pub secret: [u128; 2],
}
