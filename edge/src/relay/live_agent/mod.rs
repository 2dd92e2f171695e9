//! Salesforce Live Agent: the "Chat REST API", long polling under `/chat/rest/`.
//!
//! ```text
//!  Idle --Deliver--> Opening --SessionId--> Open { Requesting --ChasitorInit ok--> Waiting
//!    ^                  ^ |                         Waiting --ChatEstablished--> Live
//!    |    Shut ---------+ |                         any --End--> Closing }  --403, ChatEnded...--> Over
//!    +---- gave up -------+
//! ```
//!
//! Quirks that shape it (sources: docs/VENDORS.md, "Live Agent"):
//! a second poll beside an open one kills the chat, so there is one poll, and after one whose end is unknown
//! the next waits until the desk must have let go of it; POSTs carry a sequence number and go one at a time;
//! a retry bears the same number; text sent before an agent has accepted may be lost, so it is held; a POST's
//! body says `OK`, a gateway's says HTML, and a poll's 204 says nothing; a 503 is the chat's move to another server,
//! or a gateway's bad moment, and only asking tells which.
//!
//! It must never open a second poll, never let a key out of a header, and never take a status for an answer
//! whose body it has not understood. Start with [`Machine`]; `opening`, `polling`, `posting`, `hand_over` and
//! `messages` are its transitions by concern; [`State`] is what survives; `requests` and `answers` are its two ends;
//! `wire` is the vendor's JSON. `availability` and `live_check` need no chat.

mod answers;
mod availability;
mod hand_over;
mod live_check;
mod machine;
mod masks;
mod messages;
mod opening;
mod polling;
mod posting;
mod requests;
mod snapshot;
mod wire;

pub use availability::{Answer, AskError, answer, availability, settings};
pub use live_check::LiveCheck;
pub use machine::Machine;
pub use snapshot::{Detail, Entity, EntityField, Prechat, State};

use parlor_shared::wire::Capabilities;

/// What Live Agent can do: it reports typing both ways and no reading. Unsent text it may ask for.
pub const CAPABILITIES: Capabilities = Capabilities {
    agent_typing: true,
    visitor_typing: true,
    read_receipts: false,
    sneak_peek: false,
};

/// A routing flow's settings, as valid values (see `registry::flow`).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Config {
    /// `https://host`, without a slash at the end.
    pub base_url: String,
    /// `00D...`
    pub organization_id: String,
    /// `572...`
    pub deployment_id: String,
    /// `573...`
    pub button_id: String,
    /// What the agent is told of the visitor before the chat.
    pub prechat: Prechat,
}
