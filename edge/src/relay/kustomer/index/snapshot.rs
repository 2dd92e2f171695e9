//! What an index stores. Old bytes must stay readable: `tests/formats.rs` pins them.

use std::collections::VecDeque;

use parlor_shared::Timestamp;
use serde::{Deserialize, Serialize};

use crate::relay::kustomer::Push;

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Record {
    pub claim: Option<Claimed>,
    pub inbox: VecDeque<Kept>,
    pub seen: VecDeque<Known>,
    /// Number of the last event that was kept.
    pub number: u64,
    pub tries: u32,
    pub next_at: Timestamp,
    /// Last event or claim.
    pub used_at: Timestamp,
    pub alive_at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(super) struct Claimed {
    pub conversation: String,
    #[serde(default)]
    pub organization: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(super) struct Kept {
    pub number: u64,
    pub at: Timestamp,
    pub push: Push,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(super) struct Known {
    pub key: String,
    pub at: Timestamp,
}
