//! The admin API: requests as data in, answers and rows to store out.
//!
//! [`Office`] is what the registry's one object holds: the books ([`crate::registry::Ledger`]), the tokens of those who may
//! write them, and how often each may ask. It decides everything about a request under `/v1/admin`: who asks, whether they
//! may, whether the request is one, what it changes. It never stores, publishes or talks to a conversation: rows and
//! changed documents go out with the answer, and a request that is about a conversation is let through, with a name, for
//! the Worker to carry out. It never prints a token, and keeps none: only hashes.
//!
//! Start with [`routes::ROUTES`], which is the whole API on one page, then [`Office::handle`]; `ask` has what goes in there
//! and comes out.

mod ask;
pub mod limit;
mod office;
pub mod page;
pub mod problem;
pub mod routes;
pub mod token;
pub mod wire;

pub use ask::{Ask, Handled, MAX_BODY_BYTES, Outcome, Random, Reply, Row, Settings, Stored};
pub use office::{DEFAULT_AUDIT, DEFAULT_RATE, Office, audit_reply, read_body};
pub use problem::AdminError;
pub use routes::{Operation, Role};
pub use token::{ADMIN_TOKEN_MIN_BYTES, Hash};

/// What an API client needs to know, served at `/v1/openapi.json`. `tests/tests/openapi.rs` holds it against
/// [`routes::ROUTES`] and the problems' codes.
pub const OPENAPI: &str = include_str!("openapi.json");
