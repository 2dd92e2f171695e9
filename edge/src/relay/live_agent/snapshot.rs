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
    /// What was said before this desk was asked. It goes to the agent first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) transcript: Option<String>,
    /// Where the desk has moved to: scheme and host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) moved_to: Option<String>,
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
    /// Nobody is there. Messages are kept, and the desk is asked now and then whether somebody is.
    Shut { since: Timestamp, next_at: Timestamp },
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
    /// The chat moves to another server of the desk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) hand_over: Option<HandOver>,
    /// After a hand-over the desk may count its answers anew: the next one counts, whatever its number.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) any_sequence: bool,
    /// What goes to the agent before the visitor's messages do: notes, reports, warnings.
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    pub(super) extras: VecDeque<Post>,
    /// Which words the desk wants masked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) rules: Vec<Rule>,
    /// The text that the desk took last, and how often in a row.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) last_taken: LastTaken,
    /// The agent may see what is not sent yet.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) sneak_peek: bool,
    /// Counts what was shown so.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) peeks: u32,
}

/// Where a hand-over to another server stands. Nothing is posted while there is one.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum HandOver {
    /// The desk is asked where the chat is now.
    Reconnect {
        since: Timestamp,
        tries: u32,
        next_at: Timestamp,
        /// What a hand-over before it had come to: a gateway's 503 must not make us forget it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unfinished: Option<Unfinished>,
    },
    /// It has said so; the next poll brings what it knows of the chat.
    Data { since: Timestamp },
    /// That has come; the desk is told so.
    Resync { since: Timestamp, tries: u32, next_at: Timestamp },
}

/// How far a hand-over had come when another 503 came in between.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Unfinished {
    Data,
    Resync,
}

/// A text, known by its hash, and how often it came in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize)]
pub(super) struct LastTaken {
    pub(super) hash: u32,
    pub(super) times: u32,
}

/// A rule of the desk's about what must not leave the visitor's side.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) pattern: String,
    /// What stands in place of what is found; nothing where it is removed.
    pub(super) replacement: String,
}

/// A rule that was applied, as it is reported.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(super) struct Applied {
    pub(super) id: String,
    pub(super) name: String,
}

/// What the agent is told of a visitor before the chat, with its values.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
pub struct Prechat {
    /// Labelled values.
    #[serde(default)]
    pub details: Vec<Detail>,
    /// Records that the desk finds or makes from them.
    #[serde(default)]
    pub entities: Vec<Entity>,
}

/// A labelled value.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct Detail {
    /// What the agent sees it as; entities name it by this.
    pub label: String,
    /// What the visitor said.
    pub value: String,
    /// Fields of the transcript's record that get it.
    pub transcript_fields: Vec<String>,
    /// Whether the agent sees it.
    pub display_to_agent: bool,
}

/// A record that the desk finds or makes.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct Entity {
    /// Its type, such as `Contact`.
    pub name: String,
    /// Whether the agent's console shows one that was made.
    pub show_on_create: bool,
    /// Field of the transcript's record that gets its id.
    pub save_to_transcript: Option<String>,
    /// Type of the record that it is linked to.
    pub link_to_name: Option<String>,
    /// Field by which it is.
    pub link_to_field: Option<String>,
    /// Its fields.
    pub fields: Vec<EntityField>,
}

/// A field of such a record.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct EntityField {
    /// Its name.
    pub name: String,
    /// Label of the detail whose value it has.
    pub label: String,
    /// Look for records by it.
    pub find: bool,
    /// Only those where it is the same to the letter.
    pub exact_match: bool,
    /// Set it in a record that is made.
    pub create: bool,
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
    /// A line that is not the visitor's: what was said before, or a note.
    Line(String),
    /// The visitor is warned of the idle timeout, or is not any more.
    Warning(bool),
    /// Rules about sensitive words were applied.
    Masked(Vec<Applied>),
    /// What is not sent yet.
    Peek {
        position: u32,
        text: String,
    },
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
    Live {
        agent: Option<KnownAgent>,
        /// Further agents, by conference.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        others: Vec<KnownAgent>,
    },
    /// Our side has ended it; what is on its way still goes, then `ChatEnd`.
    Closing {
        was_live: bool,
        /// Because the visitor did not answer.
        #[serde(default, skip_serializing_if = "is_default")]
        idle: bool,
    },
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

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
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
