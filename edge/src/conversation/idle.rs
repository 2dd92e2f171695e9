//! A visitor who does not answer: the desk's limit, the warning, and the end.
//!
//! The time runs from an agent's message that the visitor has not answered, and anew from each further one. It is the
//! visitor's client that keeps it: the desk only says how long.

use std::time::Duration;

use parlor_shared::{
    Timestamp,
    wire::{EndedBy, ServerFrame},
};

use super::{Core, snapshot::IdleRecord};
use crate::relay::{Command, IdleLimit};

impl Core {
    /// The desk says how long a visitor may leave an agent unanswered.
    pub(super) fn limit_idleness(&mut self, now: Timestamp, limit: Option<IdleLimit>) {
        match (limit, &mut self.record.idle) {
            (Some(limit), Some(idle)) => {
                idle.warn_after_s = limit.warn_after.as_secs();
                idle.end_after_s = limit.end_after.as_secs();
            }
            (Some(limit), idle @ None) => {
                *idle = Some(IdleRecord {
                    warn_after_s: limit.warn_after.as_secs(),
                    end_after_s: limit.end_after.as_secs(),
                    since: None,
                    warned: false,
                });
            }
            (None, _) => {
                self.answered(now);
                self.record.idle = None;
            }
        }
        self.watch_for_answer();
    }

    /// An agent said something.
    pub(super) fn unanswered(&mut self, now: Timestamp) {
        self.run_from(now, Some(now));
    }

    /// The visitor answered, or nobody waits for it.
    pub(super) fn answered(&mut self, now: Timestamp) {
        self.run_from(now, None);
    }

    /// The visitor has not answered yet, and is there.
    pub(super) fn stay(&mut self, now: Timestamp) {
        if self.record.idle.is_some_and(|idle| idle.since.is_some()) {
            self.run_from(now, Some(now));
        }
    }

    fn run_from(&mut self, now: Timestamp, since: Option<Timestamp>) {
        let Some(idle) = &mut self.record.idle else { return };
        idle.since = since;
        if std::mem::take(&mut idle.warned) {
            self.broadcast(&ServerFrame::Idle { ends_in_s: None });
            self.relay.command(now, Command::IdleWarning(false));
        }
        self.watch_for_answer();
    }

    /// Warns or ends, if it is time.
    pub(super) fn mind_the_idle(&mut self, now: Timestamp) {
        if self.record.ended {
            return;
        }
        let Some(idle) = &mut self.record.idle else { return };
        if idle.ends_at().is_some_and(|at| now >= at) {
            return self.end(now, EndedBy::Idle);
        }
        if idle.warns_at().is_some_and(|at| now >= at) {
            idle.warned = true;
            self.relay.command(now, Command::IdleWarning(true));
            if let Some(frame) = self.countdown(now) {
                self.broadcast(&frame);
            }
        }
        self.watch_for_answer();
    }

    /// What a link is told, if the visitor has been warned.
    pub(super) fn countdown(&self, now: Timestamp) -> Option<ServerFrame> {
        let idle = self.record.idle.filter(|idle| idle.warned)?;
        let left = idle.ends_at()?.since(now);
        // Rounded up: "0 seconds" is no time to answer in.
        let ends_in_s = (left + Duration::from_millis(999)).as_secs();
        Some(ServerFrame::Idle { ends_in_s: u32::try_from(ends_in_s).ok() })
    }

    pub(super) fn watch_for_answer(&mut self) {
        self.deadlines.idle_warning = self.record.idle.and_then(|idle| idle.warns_at());
        self.deadlines.idle_end = self.record.idle.and_then(|idle| idle.ends_at());
    }
}
