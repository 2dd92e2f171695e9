//! Relays that the conversation has left: each finishes the write that is under way, tells its desk that the chat is over,
//! and is heard no more.
//!
//! Without them an order to move would forget the old desk in the middle of a call: its agent would go on waiting in a
//! chat that nobody reads.

use std::time::Duration;

use parlor_shared::Timestamp;

use super::{
    Core,
    snapshot::{LeavingRecord, Record, RouteRecord},
};
use crate::relay::{
    Command, Effect, Event, Relay,
    call::{CallId, Outcome},
};

/// One of them.
#[derive(Debug)]
pub(super) struct Leaving {
    relay: Relay,
    route: RouteRecord,
    turn: u32,
    until: Timestamp,
}

impl Leaving {
    pub fn record(&self) -> LeavingRecord {
        LeavingRecord {
            route: self.route.clone(),
            relay: self.relay.state().into(),
            turn: self.turn,
            until: self.until,
        }
    }

    /// From what was stored; each gets an epoch of its own, so that their calls are told apart.
    pub fn restore(now: Timestamp, record: &mut Record) -> Vec<Self> {
        let stored = std::mem::take(&mut record.leaving);
        let mut leaving = Vec::new();
        for it in stored {
            record.epoch += 1;
            let introduction = record.introduction_at(it.turn);
            let (route, state) = (it.route.clone().into(), it.relay.into());
            let relay = Relay::restore(now, record.epoch, route, introduction, state);
            leaving.push(Self { relay, route: it.route, turn: it.turn, until: it.until });
        }
        leaving
    }

    fn deadline(&self) -> Timestamp {
        self.relay.deadline().map_or(self.until, |at| at.min(self.until))
    }
}

impl Core {
    /// Leaves the desk: what it has not taken is for another to take.
    pub(super) fn leave_desk(&mut self, now: Timestamp) {
        self.relay.command(now, Command::Leave);
        // What it says while it goes is nobody's news.
        while let Some(effect) = self.relay.poll() {
            self.perform_unheard(effect);
        }
    }

    /// Keeps the relay that was left until it has gone.
    pub(super) fn keep_leaving(
        &mut self,
        now: Timestamp,
        relay: Relay,
        route: RouteRecord,
        turn: u32,
    ) {
        if relay.is_at_rest() {
            return;
        }
        self.leaving.push(Leaving { relay, route, turn, until: now + PATIENCE });
        if self.leaving.len() > MOST {
            self.leaving.remove(0);
        }
    }

    pub(super) fn reply_leaving(
        &mut self,
        now: Timestamp,
        dice: u64,
        call: CallId,
        outcome: &Outcome,
    ) {
        for leaving in &mut self.leaving {
            leaving.relay.reply(now, dice, call, outcome.clone());
        }
        self.drain_leaving(now);
    }

    pub(super) fn tick_leaving(&mut self, now: Timestamp, dice: u64) {
        for leaving in &mut self.leaving {
            leaving.relay.tick(now, dice);
        }
        self.drain_leaving(now);
    }

    pub(super) fn drain_leaving(&mut self, now: Timestamp) {
        let mut effects = Vec::new();
        for leaving in &mut self.leaving {
            effects.extend(std::iter::from_fn(|| leaving.relay.poll()));
        }
        self.leaving.retain(|it| !it.relay.is_at_rest() && now < it.until);
        for effect in effects {
            self.perform_unheard(effect);
        }
    }

    pub(super) fn leaving_deadline(&self) -> Option<Timestamp> {
        self.leaving.iter().map(Leaving::deadline).min()
    }

    fn perform_unheard(&mut self, effect: Effect) {
        match effect {
            Effect::Event(Event::Trouble { call, code, status }) => {
                self.note(code, Some(call.to_owned()), status);
            }
            Effect::Event(_) => {}
            Effect::Call(..) | Effect::Cancel(_) | Effect::Claim(..) => self.request(effect),
        }
    }
}

/// How long a desk that was left is told so.
const PATIENCE: Duration = Duration::from_secs(120);

/// Most desks that are being left at once.
const MOST: usize = 3;
