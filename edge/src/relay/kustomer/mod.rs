//! Kustomer: REST out, signed webhooks in.
//!
//! ```text
//!  out  Idle --Deliver--> Opening: customer, conversation --> Open: note, messages in order --End--> Closing --> Over
//!  in   webhook --> check --> read, filter --> Index (kept, then handed on) --> Machine: inbox, sorted --> events
//! ```
//!
//! Quirks that shape it (sources: docs/VENDORS.md, "Kustomer"): there is no idempotency but external ids, so after an
//! unknown outcome we look before we write again; webhooks come twice, late, out of order or not at all, so they are
//! deduplicated, sorted within a short window, and caught up with by reads; what we post comes back as events and must
//! not be echoed; the limit is shared with everybody else of the organisation, so a 429 is no failure.
//!
//! It must never hold a key (the shell adds it), never attach a visitor to a customer by what she typed, never have
//! two writes under way, never store or act on an event whose signature was not checked. Start with [`Machine`]
//! (`machine` writes, `failing` says what a failure means, `incoming` reads what came); [`webhook`] is the door, `filter`
//! what passes it, [`index`] the way from a desk's conversation to ours; `setup` is for admins; `requests` and `answers`
//! are the two ends of a call; `chat` holds all that is unsure about the second mode; `role` names what a key may lack.

mod answers;
mod chat;
mod date;
mod failing;
mod filter;
mod incoming;
pub mod index;
mod machine;
mod requests;
mod role;
mod setup;
mod snapshot;
pub mod webhook;
mod wire;

pub use filter::{Dropped, read};
pub use machine::Machine;
pub use role::Role;
pub use setup::{Done, LiveCheck, Named, Reach, RegisterError, Registered, Registering, Wanted};
pub use snapshot::{Happened, Push, Said, Standing, State};

use parlor_shared::wire::Capabilities;

/// What Kustomer can do. Its API reports neither typing nor reading.
pub const CAPABILITIES: Capabilities = Capabilities {
    agent_typing: false,
    visitor_typing: false,
    read_receipts: false,
    sneak_peek: false,
};

/// A routing flow's settings and its account's, as valid values (see `registry::flow`). No secret is among them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Config {
    /// Id of the account document: whose key is used.
    pub account: String,
    /// Name of the rate limit that the organisation's conversations share.
    pub bucket: String,
    /// `https://host`, without a slash at the end.
    pub base_url: String,
    /// Id of the Kustomer resource whose webhook brings the answers.
    pub resource: String,
    /// The organisation's id, where the account says it: events of another are dropped.
    pub organization: Option<String>,
    /// By which of Kustomer's two APIs.
    pub mode: Mode,
    /// When the desk gets a conversation.
    pub opening: Opening,
    /// Whether `done` leaves the conversation open for the visitor's next message.
    pub reopen: bool,
    /// Id of the team that new conversations are assigned to.
    pub team: Option<String>,
    /// Id of the queue that new conversations are put in.
    pub queue: Option<String>,
    /// What the visitor answered to the form, for the note: key and answer.
    pub answers: Vec<(String, String)>,
}

impl Config {
    /// How its organisation is reached.
    #[must_use]
    pub fn reach(&self) -> Reach {
        Reach {
            account: self.account.clone(),
            bucket: self.bucket.clone(),
            base_url: self.base_url.clone(),
            organization: self.organization.clone(),
        }
    }
}

/// By which of Kustomer's two APIs a conversation is carried.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// Core resources: conversations and messages. Works with the five roles.
    Core,
    /// The server-side chat API: native chat sessions. Its bodies are partly guessed: see `chat`.
    Chat,
}

/// When the desk gets a conversation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Opening {
    /// With the visitor's first message.
    Lazy,
    /// As soon as the visitor opens the chat.
    Eager,
}

/// What `app` says of messages that we make, and how all our external ids begin.
pub const APP: &str = "parlor";

/// How the external ids of our messages begin.
pub const MESSAGE_PREFIX: &str = "parlor-msg:";

/// How the external ids of our conversations begin; our own id follows.
pub const CONVERSATION_PREFIX: &str = "parlor:";
