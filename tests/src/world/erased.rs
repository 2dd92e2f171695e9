//! A conversation that was erased, as the shell keeps it: what is left of it, whom it tells, and when it is gone.

use parlor_edge::conversation::{CLOSE_ERASED, Erasure, Input, Stored, Tell};

use super::{Duration, START, World};
use crate::desks::Machine;

impl<D: Machine> World<D> {
    pub(super) fn begin_erasure(&mut self) {
        self.erasure = Erasure::read(&self.stored);
        assert!(self.erasure.is_some(), "what is left can be read");
        self.tell();
    }

    /// The object is asked something, or its alarm rings.
    pub(super) fn step_erased(&mut self, input: &Input) {
        match input {
            Input::Tick => self.tell(),
            Input::Linked(link) => {
                let name = self.tab_of(*link).unwrap_or_default();
                let close = format!("close {CLOSE_ERASED}");
                self.trace.add(self.now, &format!("{name:<7} <-"), &close);
            }
            _ => {}
        }
    }

    fn tell(&mut self) {
        let Some(mut erasure) = self.erasure.take() else { return };
        let now = START + self.now;
        let ours = erasure.conversation().as_str().to_owned();
        for tell in erasure.due(now) {
            let what = match &tell {
                Tell::Customer { name } => format!("customer {name}"),
                Tell::DeskIndex { desk_conversation, .. } => format!("index {desk_conversation}"),
            };
            let how = if self.deaf { "is not reached" } else { "forgets" };
            self.trace.add(self.now, "erased  ->", &format!("{what} {how}"));
            if let (false, Tell::DeskIndex { resource, desk_conversation }) = (self.deaf, &tell) {
                self.release(resource, desk_conversation, &ours);
            }
            if !self.deaf && matches!(&tell, Tell::Customer { name } if name.ends_with("/left")) {
                self.listed = false;
            }
            erasure.told(now, self.dice.next_u64(), &tell, !self.deaf);
            self.stored.state = Some(erasure.state());
        }
        if erasure.is_over(now) {
            self.stored = Stored::default();
            self.alarm = None;
            self.trace.add(self.now, "erased  ->", "nothing is left");
        } else {
            self.alarm = Some(erasure.deadline().since(START).max(self.now));
        }
        self.erasure = Some(erasure);
    }

    /// Lets so many days pass.
    pub fn days(&mut self, days: u64) {
        self.run_until(self.now + Duration::from_secs(days * 24 * 60 * 60));
    }
}
