//! What survives eviction, hibernation and a panic, and what travels from the webhook's door to a conversation.
//! Old bytes must stay readable: `tests/formats.rs` pins them.

use std::collections::VecDeque;

use parlor_shared::Timestamp;
use serde::{Deserialize, Serialize};

/// The durable state of one conversation at the desk.
#[derive(Clone, Debug, PartialEq, Default, Deserialize, Serialize)]
pub struct State {
    pub(super) stage: Stage,
    /// The desk's id of the customer.
    #[serde(default)]
    pub(super) customer: Option<String>,
    /// The customer is looked for by the address that the site vouches for: there is none of the site's own id.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) by_email: bool,
    /// The desk's id of the conversation.
    #[serde(default)]
    pub(super) conversation: Option<String>,
    /// The organisation, as the desk's answers name it.
    #[serde(default)]
    pub(super) organization: Option<String>,
    /// The desk's id of the user that our key is.
    #[serde(default)]
    pub(super) machine_user: Option<String>,
    /// An attempt of which we know no end may have made the conversation.
    #[serde(default)]
    pub(super) perhaps: bool,
    /// Another desk has taken over: nothing is brought here any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) leaving: bool,
    /// The desk has lost a conversation of ours once; a second time is given up.
    #[serde(default)]
    pub(super) lost: bool,
    /// What was said before the hand-over to this desk, for the note.
    #[serde(default)]
    pub(super) said_before: Option<String>,
    /// The key may not write notes, and the admin was told.
    #[serde(default)]
    pub(super) notes_refused: bool,
    /// It has the flow's team and queue, or they were refused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) assigned: bool,
    #[serde(default)]
    pub(super) note: Note,
    #[serde(default)]
    pub(super) claim: Claim,
    /// Visitor's messages that the desk has not taken, in order; the one under way is in [`Head`].
    #[serde(default)]
    pub(super) texts: VecDeque<Text>,
    /// The highest sequence number that was ever to be delivered: one that comes again may be there already.
    #[serde(default)]
    pub(super) last_seq: u64,
    /// How the visitor found it: the desk is told after the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rating: Option<Rating>,
    /// The write that is under way.
    #[serde(default)]
    pub(super) head: Option<Head>,
    #[serde(default)]
    pub(super) incoming: Incoming,
}

#[derive(Clone, Debug, PartialEq, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    /// Nothing was asked of the desk, or the last attempt was given up.
    #[default]
    Idle,
    /// The customer and the conversation are being found or made.
    Opening,
    /// The desk has the conversation.
    Open,
    /// Our side has ended it; what was said still goes, then the desk is told.
    Closing,
    /// It is over. One that the desk ended may be taken up again.
    Over { at_desk: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Note {
    #[default]
    Due,
    /// The key may not write notes: the same goes as the first message.
    AsMessage,
    Done,
}

/// Whether the index knows that events of the desk's conversation are for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, Serialize)]
pub(super) struct Claim {
    pub(super) made: bool,
    pub(super) tries: u32,
    pub(super) next_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(super) struct Head {
    pub(super) job: Job,
    /// Ask whether it is there already before making it.
    pub(super) look: bool,
    /// It was refused as if it were there; not finding it then is the end.
    #[serde(default)]
    pub(super) clashed: bool,
    /// A call of some life is under way.
    pub(super) sent: bool,
    /// How long the organisation's limit has held it up.
    #[serde(default)]
    pub(super) held_ms: u64,
    pub(super) first_at: Timestamp,
    pub(super) tries: u32,
    pub(super) next_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Job {
    Customer,
    Conversation,
    /// To the flow's team and queue, where making it does not say them: the second mode.
    Assign,
    Note,
    NoteMessage,
    Text(Text),
    /// The note that says how the visitor found it.
    Rating,
    /// `plain` where the desk refused to be told who ended it.
    Close {
        plain: bool,
    },
}

#[derive(Clone, PartialEq, Deserialize, Serialize)]
pub(super) struct Text {
    pub(super) seq: u64,
    pub(super) text: String,
    pub(super) at: Timestamp,
    /// An earlier attempt may have got through.
    #[serde(default)]
    pub(super) perhaps: bool,
}

/// How the visitor found it.
#[derive(Clone, PartialEq, Deserialize, Serialize)]
pub(super) struct Rating {
    pub(super) seq: u64,
    pub(super) score: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<String>,
    /// An attempt may have got through.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) perhaps: bool,
}

/// The desk's side of the conversation.
#[derive(Clone, Debug, PartialEq, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Incoming {
    /// What has come and is not told yet, by the desk's time.
    pub(super) inbox: VecDeque<Item>,
    /// Messages that were told, newest last.
    pub(super) seen: VecDeque<Seen>,
    /// In chat mode: our own messages at the desk, newest last.
    pub(super) posted: VecDeque<String>,
    pub(super) users: Vec<User>,
    /// The agent whose joining was told.
    pub(super) agent: Option<String>,
    /// `rev` of the newest state of the desk's conversation that was looked at.
    pub(super) rev: u64,
    pub(super) done: bool,
    /// When it was done, by the desk's clock.
    pub(super) done_at: Timestamp,
    /// Reads, one at a time.
    pub(super) read: Reading,
    /// A page of the visitor's is open.
    pub(super) present: bool,
    /// When to look whether something was missed, and how long to wait after that.
    pub(super) catch_up_at: Option<Timestamp>,
    pub(super) pause_s: u64,
    /// Reads brought what no webhook had: an admin was warned.
    pub(super) silent: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Reading {
    pub(super) tries: u32,
    pub(super) next_at: Timestamp,
    pub(super) step: ReadStep,
    /// What was found that no webhook had brought.
    pub(super) missed: u32,
}

/// How far a look for what was missed has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ReadStep {
    /// None is under way.
    #[default]
    None,
    /// This page of the messages.
    Page(u32),
    /// How the conversation stands.
    Standing,
    /// This page of the messages, for one that waits to be told.
    Before(u32),
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(super) struct Item {
    /// The desk's time.
    pub(super) at: Timestamp,
    /// Ours.
    pub(super) arrived: Timestamp,
    /// It is at the front and waits for something to be read.
    #[serde(default)]
    pub(super) held: bool,
    /// Whether it was looked if a message before it is missing.
    #[serde(default, skip_serializing_if = "Look::is_done")]
    pub(super) look: Look,
    pub(super) what: ItemKind,
}

/// Whether it was looked if a message before this one is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Look {
    /// It was, or need not be.
    #[default]
    Done,
    /// Not yet.
    Due,
    /// A list that was asked for after it came will tell.
    UnderWay,
}

impl Look {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
    const fn is_done(&self) -> bool {
        matches!(self, Self::Done)
    }
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ItemKind {
    Said(Said),
    /// `read`: it was looked whether a message before its end was missed.
    Standing {
        standing: Standing,
        read: bool,
    },
    Redacted {
        id: String,
    },
}

/// A message of an agent, or of the desk itself.
#[derive(Clone, PartialEq, Deserialize, Serialize)]
pub struct Said {
    /// The desk's id.
    pub id: String,
    /// The desk's id of who wrote it.
    #[serde(default)]
    pub author: Option<String>,
    /// Markdown.
    pub text: String,
    /// The desk sent it by itself.
    #[serde(default)]
    pub auto: bool,
    /// How many files come with it.
    #[serde(default)]
    pub files: u32,
    /// The event may hold only its beginning: read it again.
    #[serde(default)]
    pub shortened: bool,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(super) struct Seen {
    pub(super) id: String,
    /// The event of our log, once it is known.
    #[serde(default)]
    pub(super) seq: Option<u64>,
    #[serde(default)]
    pub(super) redacted: bool,
}

#[derive(Clone, PartialEq, Deserialize, Serialize)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) name: String,
    #[serde(default)]
    pub(super) avatar: Option<String>,
    pub(super) known_at: Timestamp,
}

/// A webhook's event after its signature was checked: as much of it as somebody acts on.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Push {
    /// The Kustomer resource by whose address it came.
    pub resource: String,
    /// The same for every delivery of the event.
    pub key: String,
    /// When it happened, by the desk's clock.
    pub at: Timestamp,
    /// The organisation, where the event says it.
    #[serde(default)]
    pub organization: Option<String>,
    /// The desk's id of the conversation.
    pub conversation: String,
    /// Our conversation, where the event names it by our external id.
    #[serde(default)]
    pub ours: Option<String>,
    /// Which of our conversation's relays it is, where it names it.
    #[serde(default, skip_serializing_if = "is_first")]
    pub turn: u32,
    /// What happened.
    pub what: Happened,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_first(turn: &u32) -> bool {
    *turn == 0
}

/// What happened at the desk.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
    /// Somebody wrote to the visitor.
    Said(Said),
    /// A message was withdrawn.
    Redacted {
        /// The desk's id.
        id: String,
    },
    /// The conversation is now like this.
    Standing(Standing),
}

/// How a conversation stands at the desk. What an event does not say is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct Standing {
    /// It rises with each write.
    pub rev: Option<u64>,
    /// `done`, or ended.
    pub done: Option<bool>,
    /// The assigned users; empty for nobody.
    pub assigned: Option<Vec<String>>,
}

impl State {
    /// Nothing was ever tried.
    pub(super) fn is_untouched(&self) -> bool {
        *self == Self { incoming: self.incoming.clone(), ..Self::default() }
    }
}

impl Item {
    pub(super) const fn is_held(&self) -> bool {
        self.held
    }

    pub(super) fn hold(self) -> Self {
        Self { held: true, ..self }
    }
}

impl Incoming {
    /// Whether the message was told, or is about to be.
    pub(super) fn knows(&self, id: &str) -> bool {
        let waits = |item: &Item| matches!(&item.what, ItemKind::Said(said) if said.id == id);
        self.seen.iter().any(|it| it.id == id) || self.inbox.iter().any(waits)
    }

    /// Puts an item where its time says.
    pub(super) fn put(&mut self, item: Item) {
        let goes_before = |it: &&Item| match (&it.what, &item.what) {
            // Of one instant: the desk's ids rise.
            (ItemKind::Said(one), ItemKind::Said(other)) if it.at == item.at => one.id <= other.id,
            _ => it.at <= item.at,
        };
        let at = self.inbox.iter().take_while(goes_before).count();
        self.inbox.insert(at, item);
    }

    /// Keeps the id of a message of ours, where the mode has no external ids.
    pub(super) fn remember_posted(&mut self, id: Option<String>) {
        self.posted.extend(id);
        while self.posted.len() > MAX_REMEMBERED {
            self.posted.pop_front();
        }
    }

    /// Keeps the id of a message that was told.
    pub(super) fn remember_seen(&mut self, id: String) {
        self.seen.push_back(Seen { id, seq: None, redacted: false });
        while self.seen.len() > MAX_REMEMBERED {
            self.seen.pop_front();
        }
    }
}

/// Messages whose ids are kept: more than anybody reads in one chat, and a few kilobytes of the state.
const MAX_REMEMBERED: usize = 300;

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Text").field("seq", &self.seq).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Rating {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rating").field("seq", &self.seq).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Said").field("id", &self.id).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User").field("id", &self.id).finish_non_exhaustive()
    }
}
