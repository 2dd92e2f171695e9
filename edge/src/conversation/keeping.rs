//! How long a conversation is kept, and the step in which it forgets itself.
//!
//! A conversation that is over is kept for as long as its hub said when it began. One in which nothing happens any more
//! and that nobody ends, because the desk's chat stays open for ever or waits for somebody to come, is ended after the
//! same time, and its days count from there: so every conversation has a last day.
//!
//! When it comes, the record and every row are replaced, in one transaction, by what is still to do: see
//! [`Erasure`](super::Erasure).

use std::time::Duration;

use parlor_shared::{
    Timestamp,
    wire::{EndedBy, What},
};

use super::{
    Core, Output,
    erasure::{HOLD, Record as Left, Tell},
    snapshot::{Change, ClaimRecord, CustomerRecord, Listed},
};
use crate::relay::Claim;

impl Core {
    /// When the conversation is over for want of a word, or forgotten.
    pub(super) fn keep_until(&self) -> Timestamp {
        let retention = self.retention();
        let counted_from = match self.record.ended {
            true => self.events().iter().rev().find(|it| matches!(it.what, What::Ended { .. })),
            false => self.events().last(),
        };
        let from = counted_from.map_or(self.record.begun, |event| event.at);
        let until = from + retention;
        if retention < DAY {
            return until; // Development only: a day is shorter there.
        }
        // Whole hours: the alarm need not be moved for every word.
        let hour = 60 * 60 * 1_000;
        Timestamp::from_ms(until.as_ms().div_ceil(hour).saturating_mul(hour))
    }

    /// Sets the deadline.
    pub(super) fn watch_the_days(&mut self) {
        self.deadlines.keep = Some(self.record.forget_at.unwrap_or_else(|| self.keep_until()));
    }

    /// Ends what has been silent for too long, and forgets what was kept for long enough.
    pub(super) fn mind_the_days(&mut self, now: Timestamp) {
        if now < self.keep_until() {
            return;
        }
        if self.record.ended {
            self.erase(now);
        } else {
            self.end(now, EndedBy::Away);
        }
    }

    /// The admin wants the conversation gone. A chat that is open is ended at the desk first; the rest follows when the
    /// desk knows, or after a while in any case.
    pub(super) fn forget(&mut self, now: Timestamp) {
        if self.record.forget_at.is_none() {
            self.end(now, EndedBy::Other("site".to_owned()));
            self.record.forget_at = Some(now + DESK_IS_TOLD_FOR);
        }
    }

    /// The end of every step of a conversation that shall be forgotten.
    pub(super) fn forget_if_told(&mut self, now: Timestamp) {
        if let Some(at) = self.record.forget_at
            && (now >= at || self.relay.is_at_rest())
        {
            self.erase(now);
        }
    }

    fn erase(&mut self, now: Timestamp) {
        if self.erased {
            return;
        }
        self.erased = true;
        let record = &self.record;
        let mut tells = vec![Tell::customer(&record.hub, &record.visitor)];
        let customer = record.verified.as_ref().map(CustomerRecord::identifier);
        tells.extend(customer.map(|it| Tell::identified(&record.hub, it)));
        tells.extend(record.claims.iter().map(|it| Tell::DeskIndex {
            resource: it.resource.clone(),
            desk_conversation: it.desk_conversation.clone(),
        }));
        if record.listed != Listed::No {
            tells.push(Tell::left(&record.hub));
        }
        let hold = HOLD.min(self.retention());
        let left = Left::new(record.conversation.clone(), now + hold, tells);
        self.close_links();
        self.outputs.push_back(Output::Store(Change::Erase(left.write())));
        self.note("conversation_erased", None, None);
    }

    fn close_links(&mut self) {
        for link in std::mem::take(&mut self.links).into_keys() {
            self.close_link(link, CLOSE_ERASED, "conversation_erased");
        }
    }

    /// Remembers where a desk's conversation was claimed, to take it back in the end.
    pub(super) fn remember(&mut self, claim: &Claim) {
        let claim = ClaimRecord {
            resource: claim.resource.clone(),
            desk_conversation: claim.desk_conversation.clone(),
        };
        if !self.record.claims.contains(&claim) {
            self.record.claims.push(claim);
        }
    }

    const fn retention(&self) -> Duration {
        Duration::from_millis(self.record.retention_ms)
    }
}

/// Close code of links whose conversation is no longer kept.
pub const CLOSE_ERASED: u16 = 4410;

/// How long the desk is told that the chat is over before it is forgotten all the same: two tries and the way there.
const DESK_IS_TOLD_FOR: Duration = Duration::from_secs(30);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a conversation is kept that was begun before hubs said so.
pub(super) const DEFAULT_RETENTION: Duration = Duration::from_secs(30 * 24 * 60 * 60);
