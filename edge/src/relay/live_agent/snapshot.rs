//! What survives eviction, hibernation and a panic. Old bytes must stay readable: `tests/formats.rs` pins them.

use std::collections::VecDeque;

use parlor_shared::Timestamp;
use serde::{Deserialize, Serialize};

/// The durable state of one chat at the desk.
#[derive(Clone, Debug, PartialEq, Default, Deserialize, Serialize)]
pub struct State {
    pub(super) stage: Stage,
    /// Visitor's messages that the desk has not taken, in order; the one under way is in [`Head`].
    #[serde(default)]
    pub(super) texts: VecDeque<Text>,
}

#[derive(Clone, Debug, PartialEq, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(
    clippy::large_enum_variant,
    reason = "there is one per conversation, and it is nearly always open"
)]
pub(super) enum Stage {
    /// Nothing has been asked of the desk yet, or the last attempt was given up.
    #[default]
    Idle,
    /// A session is being asked for.
    Opening { since: Timestamp, tries: u32, next_at: Timestamp },
    /// There is a session.
    Open(Session),
    /// The chat is over.
    Over,
}

#[derive(Clone, PartialEq, Deserialize, Serialize)]
pub(super) struct Session {
    /// Secret: full authority over the chat.
    pub(super) key: String,
    pub(super) id: String,
    pub(super) affinity: String,
    pub(super) poll_timeout_s: u64,
    /// Number of the last POST that is settled.
    pub(super) sequence: u64,
    /// The POST that is under way.
    pub(super) head: Option<Head>,
    /// Not before this instant may another POST begin.
    pub(super) next_post_at: Timestamp,
    pub(super) chat: Chat,
    /// `sequence` of the last batch that was stored.
    pub(super) ack: i64,
    pub(super) offset: Option<i64>,
    pub(super) poll: Poll,
    pub(super) connection_timeout_ms: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(super) struct Head {
    pub(super) post: Post,
    pub(super) number: u64,
    pub(super) first_at: Timestamp,
    pub(super) tries: u32,
    /// When to send it, unless it is on its way in this life of the core.
    pub(super) next_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Post {
    Init,
    Text(Text),
    Typing(bool),
    End,
}

#[derive(Clone, PartialEq, Deserialize, Serialize)]
pub(super) struct Text {
    pub(super) seq: u64,
    pub(super) text: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Chat {
    /// `ChasitorInit` is not settled.
    Requesting,
    /// In the queue.
    Waiting,
    /// An agent has accepted. `None` between two agents.
    Live { agent: Option<KnownAgent> },
    /// Our side has ended it; what is on its way still goes, then `ChatEnd`.
    Closing { was_live: bool },
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(super) struct KnownAgent {
    pub(super) key: u32,
    pub(super) name: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Poll {
    /// None is wanted.
    Off,
    /// One is open at the desk since.
    Open { sent_at: Timestamp, failing_since: Option<Timestamp> },
    /// The next one is due then.
    Due { at: Timestamp, failing_since: Option<Timestamp> },
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("sequence", &self.sequence)
            .field("head", &self.head)
            .field("chat", &self.chat)
            .field("ack", &self.ack)
            .field("poll", &self.poll)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Text").field("seq", &self.seq).finish_non_exhaustive()
    }
}
