//! What is left of a conversation that was erased: who is still to be told that it is gone, and until when it is
//! remembered that it was there at all.
//!
//! Nothing of what was said or known is in here, only ids. While it is there, the object answers that the conversation
//! was erased, so that nobody who was on the way to it begins it anew. When everybody has been told and the time is
//! over, the object deletes itself. A process that dies meanwhile does no harm: what was not told is told again, and
//! all who are told take it twice.

mod snapshot;

use std::time::Duration;

use parlor_shared::{Timestamp, backoff::Backoff, id::ConversationId};

use super::snapshot::Stored;
pub(super) use snapshot::Record;
pub use snapshot::Tell;

/// A conversation that was erased.
#[derive(Clone, Debug, PartialEq)]
pub struct Erasure {
    record: Record,
    /// Whoever is being told just now.
    under_way: Vec<Tell>,
    tries: u32,
    next_at: Timestamp,
}

impl Erasure {
    /// From what was stored, if that is what is left of a conversation.
    #[must_use]
    pub fn read(stored: &Stored) -> Option<Self> {
        let record = serde_json::from_str(stored.state.as_deref()?).ok()?;
        Some(Self { record, under_way: Vec::new(), tries: 0, next_at: Timestamp::default() })
    }

    /// Which conversation it was.
    #[must_use]
    pub const fn conversation(&self) -> &ConversationId {
        &self.record.erased
    }

    /// Whom to tell now. Each is answered by [`Erasure::told`].
    pub fn due(&mut self, now: Timestamp) -> Vec<Tell> {
        if now < self.next_at || !self.under_way.is_empty() {
            return Vec::new();
        }
        self.under_way.clone_from(&self.record.tells);
        // Where no answer comes, whoever asks next begins anew.
        self.next_at = now + ANSWER;
        self.under_way.clone()
    }

    /// Somebody was told, or could not be.
    pub fn told(&mut self, now: Timestamp, dice: u64, tell: &Tell, heard: bool) {
        self.under_way.retain(|it| it != tell);
        if heard {
            self.record.tells.retain(|it| it != tell);
        }
        if self.under_way.is_empty() && !self.record.tells.is_empty() {
            self.next_at = now + AGAIN.delay(self.tries, dice);
            self.tries = self.tries.saturating_add(1);
        }
    }

    /// What must be stored: it shrinks with everybody who has been told.
    #[must_use]
    pub fn state(&self) -> String {
        self.record.write()
    }

    /// When [`Erasure::due`] is wanted next, or everything may go.
    #[must_use]
    pub fn deadline(&self) -> Timestamp {
        if self.record.tells.is_empty() { self.record.until } else { self.next_at }
    }

    /// Whether nothing has to be remembered any more: the object may delete all that it has.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.record.tells.is_empty() && now >= self.record.until
    }
}

/// How long it is remembered that the conversation was there: as long as a token that opens links to it is good.
pub(super) const HOLD: Duration = Duration::from_secs(15 * 60);

/// How long an answer may take before whoever was told counts as not told.
const ANSWER: Duration = Duration::from_secs(30);

const AGAIN: Backoff = Backoff { floor: Duration::from_secs(1), ceiling: Duration::from_secs(300) };
