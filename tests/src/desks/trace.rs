//! The last things that crossed a desk's border. Each desk has entries of its own; no key, no address and no text ever
//! enters one.

use std::{collections::VecDeque, time::Duration};

/// The last entries.
#[derive(Debug)]
pub(super) struct Trace<Entry> {
    entries: VecDeque<Entry>,
}

impl<Entry> Default for Trace<Entry> {
    fn default() -> Self {
        Self { entries: VecDeque::new() }
    }
}

impl<Entry> Trace<Entry> {
    pub fn push(&mut self, entry: Entry) {
        if self.entries.len() == LONGEST {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }
}

/// Milliseconds since the desk's start.
pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Entries kept: a demo may run for days, a story stays far below.
const LONGEST: usize = 20_000;
