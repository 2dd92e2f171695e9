//! From a desk's conversation to ours, without a gap: keeps events until the conversation that they are for has them.
//!
//! One per Kustomer resource and desk conversation. An event may come before anybody has said whose it is, a
//! millisecond after the desk made its conversation: it waits here, and goes on when the claim comes. Start with
//! [`Index::take`] and [`Index::claim`].

mod snapshot;

use std::time::Duration;

use parlor_shared::{Timestamp, backoff::Backoff};

use super::snapshot::{Happened, Push};
use crate::relay::Claim;
use snapshot::{Claimed, Kept, Known, Record};

/// What is known of one conversation at the desk.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Index {
    record: Record,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Taken {
    /// It is kept, and goes on when it can.
    Kept,
    /// It was here before.
    Known,
    /// It is for nobody.
    Unwanted,
    /// Too many wait already: the desk may send it again.
    Full,
}

/// What the conversation said to an event.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fate {
    /// It has it.
    Taken,
    /// There is no such conversation.
    Gone,
    /// It could not be reached.
    Failed,
}

impl Index {
    /// From what [`Index::state`] wrote; nothing, if that cannot be read: reads of the messages find what is lost.
    #[must_use]
    pub fn restore(state: Option<&str>) -> Self {
        let record = state.and_then(|state| serde_json::from_str(state).ok());
        Self { record: record.unwrap_or_default() }
    }

    /// What must be stored before anything is answered.
    #[must_use]
    pub fn state(&self) -> String {
        serde_json::to_string(&self.record)
            .expect("records have string keys and finite numbers only")
    }

    /// Whether there is nothing worth storing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.record.claim.is_none() && self.record.inbox.is_empty() && self.record.seen.is_empty()
    }

    /// A signed event.
    pub fn take(&mut self, now: Timestamp, push: Push) -> Taken {
        self.tick(now);
        let record = &mut self.record;
        if record.seen.iter().any(|it| it.key == push.key) {
            return Taken::Known;
        }
        match (&record.claim, &push.organization) {
            (Some(Claimed { organization: Some(ours), .. }), Some(theirs)) if ours != theirs => {
                return Taken::Unwanted;
            }
            (None, _) => match (&push.ours, &push.what) {
                // It names our conversation: as good as its claim, which is on its way.
                (Some(ours), _) => {
                    record.claim = Some(Claimed { conversation: ours.clone(), organization: None });
                }
                // How an unknown conversation stands is nobody's news; whoever claims it can look.
                (None, Happened::Standing(_)) => return Taken::Unwanted,
                (None, _) => {}
            },
            _ => {}
        }
        if record.inbox.len() >= MAX_KEPT {
            return Taken::Full;
        }
        record.used_at = now;
        record.seen.push_back(Known { key: push.key.clone(), at: now });
        while record.seen.len() > MAX_SEEN {
            record.seen.pop_front();
        }
        record.number += 1;
        record.inbox.push_back(Kept { number: record.number, at: now, push });
        Taken::Kept
    }

    /// The conversation whose events these are says so. What waited goes on.
    pub fn claim(&mut self, now: Timestamp, claim: &Claim) {
        let record = &mut self.record;
        record.used_at = now;
        record.next_at = now;
        record.claim = Some(Claimed {
            conversation: claim.conversation.clone(),
            organization: claim.organization.clone(),
        });
        if let Some(ours) = &claim.organization {
            record.inbox.retain(|it| it.push.organization.as_ref().is_none_or(|it| it == ours));
        }
    }

    /// The conversation is no longer kept: nothing that is meant for it stays. One that belongs to another stays his.
    pub fn release(&mut self, conversation: &str) {
        let others = |it: &Claimed| it.conversation != conversation;
        if !self.record.claim.as_ref().is_some_and(others) {
            self.record = Record::default();
        }
    }

    /// What goes on next: to which conversation, under which number, and what. One at a time, so that order is kept.
    #[must_use]
    pub fn next(&self, now: Timestamp) -> Option<(String, u64, Push)> {
        let claim = self.record.claim.as_ref()?;
        let kept = self.record.inbox.front().filter(|_| now >= self.record.next_at)?;
        Some((claim.conversation.clone(), kept.number, kept.push.clone()))
    }

    /// How it went.
    pub fn forwarded(&mut self, now: Timestamp, dice: u64, number: u64, fate: Fate) {
        let record = &mut self.record;
        if record.inbox.front().is_none_or(|kept| kept.number != number) {
            return; // Another run was quicker.
        }
        match fate {
            Fate::Taken => {
                record.inbox.pop_front();
                record.tries = 0;
                record.next_at = now;
            }
            Fate::Gone => {
                record.inbox.clear();
                record.claim = None;
            }
            Fate::Failed => {
                record.next_at = now + RETRY.delay(record.tries, dice);
                record.tries = record.tries.saturating_add(1);
            }
        }
    }

    /// Whether the resource's webhook should be reported as working: now and then, not with each event.
    pub fn tells_alive(&mut self, now: Timestamp) -> bool {
        let due = self.record.alive_at.is_none_or(|at| now.since(at) >= ALIVE_EVERY);
        if due {
            self.record.alive_at = Some(now);
        }
        due
    }

    /// Forgets what has waited or been kept for too long.
    pub fn tick(&mut self, now: Timestamp) {
        let record = &mut self.record;
        record.seen.retain(|it| now.since(it.at) < SEEN_FOR);
        let limit = if record.claim.is_some() { TRIED_FOR } else { PARKED_FOR };
        record.inbox.retain(|it| now.since(it.at) < limit);
        if record.claim.is_none() && record.inbox.is_empty() {
            // Somebody else's conversation: nothing of it stays.
            record.seen.clear();
        }
        if record.inbox.is_empty() && now.since(record.used_at) >= CLAIMED_FOR {
            record.claim = None;
        }
    }

    /// When [`Index::tick`] or [`Index::next`] is wanted next.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        let record = &self.record;
        let front = record.inbox.front().map(|kept| match record.claim {
            Some(_) => record.next_at,
            None => kept.at + PARKED_FOR,
        });
        let seen = record.seen.front().map(|it| it.at + SEEN_FOR);
        let claim = record.claim.as_ref().map(|_| record.used_at + CLAIMED_FOR);
        [front, seen, claim].into_iter().flatten().min()
    }
}

/// How long an event waits for a claim: longer than a conversation is tried to be made, and about as long as Kustomer
/// itself repeats a delivery.
const PARKED_FOR: Duration = Duration::from_secs(60 * 60);

/// How long an event of a claimed conversation is tried.
const TRIED_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a delivery is known as a repetition. Later ones are stale by their own date.
const SEEN_FOR: Duration = Duration::from_secs(48 * 60 * 60);

/// How long a conversation without events stays claimed.
const CLAIMED_FOR: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// Most events that wait, and most keys that are known. With the longest text of each, all fit a row of 2 MB.
const MAX_KEPT: usize = 20;
const MAX_SEEN: usize = 300;

/// How often a working webhook is reported.
const ALIVE_EVERY: Duration = Duration::from_secs(60 * 60);

const RETRY: Backoff = Backoff { floor: Duration::from_secs(1), ceiling: Duration::from_secs(60) };

#[cfg(test)]
mod tests;
