//! What is stored of a conversation that was erased, in the place of its own record. `tests/formats.rs` pins the bytes.

use parlor_shared::{Timestamp, id::ConversationId};
use serde::{Deserialize, Serialize};

use super::super::lists::{list_of_customer, list_of_left, list_of_visitor};

/// Somebody who must be told.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tell {
    /// An object that lists conversations.
    Customer {
        /// Its name.
        name: String,
    },
    /// The object that keeps what the desk pushes.
    DeskIndex {
        /// The resource by whose address the desk pushes.
        resource: String,
        /// The desk's id of its conversation.
        desk_conversation: String,
    },
}

impl Tell {
    /// The object that lists the messages that were left at a hub.
    #[must_use]
    pub fn left(hub: &str) -> Self {
        Self::Customer { name: list_of_left(hub) }
    }

    /// The object that lists the conversations of a hub's visitor.
    #[must_use]
    pub fn customer(hub: &str, visitor: &str) -> Self {
        Self::Customer { name: list_of_visitor(hub, visitor) }
    }

    /// The object that lists those of a customer of a hub.
    #[must_use]
    pub fn identified(hub: &str, identifier: &str) -> Self {
        Self::Customer { name: list_of_customer(hub, identifier) }
    }
}

/// What is stored, in the place of the conversation's own record.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Record {
    pub version: u32,
    /// Which conversation it was. The member's name tells this record from a conversation's.
    pub erased: ConversationId,
    pub until: Timestamp,
    pub tells: Vec<Tell>,
}

impl Record {
    pub const fn new(erased: ConversationId, until: Timestamp, tells: Vec<Tell>) -> Self {
        Self { version: VERSION, erased, until, tells }
    }

    pub fn write(&self) -> String {
        serde_json::to_string(self).expect("records have string keys and finite numbers only")
    }
}

/// Version of the record.
const VERSION: u32 = 1;
