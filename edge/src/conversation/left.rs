//! Messages that were left while nobody was there: the hub lists the conversations in which one waits.
//!
//! The list holds ids and nothing else; what it is asked for is read from the conversations. A conversation puts itself on
//! it when a message is left, and takes itself off when a desk has taken the message, when somebody comes, at its end and
//! with its erasure. That the list may have it is stored before the list is told, so a process that dies meanwhile leaves
//! nothing behind: the next one tells it again, and to be told twice does no harm.

use std::time::Duration;

use parlor_shared::{Timestamp, backoff::Backoff};

use super::{
    Core, Output,
    core::ListedState,
    lists::list_of_left,
    snapshot::{CustomerRecord, Listed},
};

/// A conversation in which a message waits.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Left<'a> {
    /// The flow whose desk will get it.
    pub flow: &'a str,
    /// Who the visitor is, where the site's server said so.
    pub identifier: Option<&'a str>,
    /// When the first of its messages was left.
    pub since: Timestamp,
    /// How many there are.
    pub messages: usize,
}

impl Core {
    /// What waits here for somebody to come; nothing where nothing was left, or all was taken.
    #[must_use]
    pub fn left(&self) -> Option<Left<'_>> {
        let record = &self.record;
        if !record.left_alone || record.ended || record.forget_at.is_some() {
            return None;
        }
        let waiting = self.log.waiting();
        let first = *waiting.first()?;
        let since = self.events().iter().find(|it| it.seq == first)?.at;
        Some(Left {
            flow: &record.flow,
            identifier: record.verified.as_ref().map(CustomerRecord::identifier),
            since,
            messages: waiting.len(),
        })
    }

    /// Has the hub's list told what it should know.
    pub(super) fn mind_the_list(&mut self, now: Timestamp) {
        let on = self.left().is_some();
        if !self.is_list_wrong(on) || now < self.listed.next_at {
            return;
        }
        // Where no answer comes, it is told again.
        self.listed.next_at = now + ANSWER;
        self.record.listed = Listed::Perhaps;
        let name = list_of_left(&self.record.hub);
        self.outputs.push_back(Output::List { name, on });
    }

    /// The list was told, or could not be.
    pub(super) fn list_told(&mut self, now: Timestamp, dice: u64, on: bool, heard: bool) {
        if !heard {
            self.listed.next_at = now + AGAIN.delay(self.listed.tries, dice);
            self.listed.tries = self.listed.tries.saturating_add(1);
            return;
        }
        self.listed = ListedState::default();
        match on {
            true if self.record.listed == Listed::Perhaps => self.record.listed = Listed::Yes,
            true => {}
            false => self.record.listed = Listed::No,
        }
    }

    /// When the list has to be told again.
    pub(super) fn list_deadline(&self) -> Option<Timestamp> {
        let on = self.left().is_some();
        self.is_list_wrong(on).then_some(self.listed.next_at)
    }

    fn is_list_wrong(&self, on: bool) -> bool {
        self.record.listed != if on { Listed::Yes } else { Listed::No }
    }
}

/// How long an answer may take before the list counts as not told.
const ANSWER: Duration = Duration::from_secs(30);

const AGAIN: Backoff = Backoff { floor: Duration::from_secs(1), ceiling: Duration::from_secs(300) };
