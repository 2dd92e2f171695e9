//! When nobody takes a conversation: what its flow allows, and the way to another flow or host.

use parlor_shared::{
    Timestamp,
    wire::{EndedBy, FailureReason, UnavailableReason, What},
};

use super::{Core, opening::environment, snapshot::NobodyRecord};
use crate::{
    registry::DeskHost,
    relay::{Command, Relay, Route},
};

impl Core {
    /// Nobody takes the conversation, and its relay is done.
    pub(super) fn nobody(&mut self, now: Timestamp, reason: UnavailableReason) {
        if self.record.ended {
            return self.fail_waiting(now);
        }
        match self.record.nobody.clone() {
            NobodyRecord::Next(way) => {
                self.record.flow = way.flow;
                self.record.route = way.route;
                self.record.nobody = way.nobody;
                self.begin_anew(now);
            }
            // Whom the desk does not serve, it would not serve later either.
            NobodyRecord::LeaveMessage if reason != UnavailableReason::Blocked => {
                if !self.record.left_alone {
                    self.record.left_alone = true;
                    self.deadlines.grace = None;
                    let reason = Some(reason);
                    self.append(now, What::Unavailable { reason, text: None, leave_message: true });
                }
                self.begin_relay();
                if let Some(told) = self.log.told() {
                    self.relay.command(now, Command::Transcript(told));
                }
                self.relay.command(now, Command::AwaitOpening);
                self.deliver_waiting(now);
            }
            NobodyRecord::LeaveMessage => self.close(now, reason, None),
            NobodyRecord::Closed { text } => self.close(now, reason, text),
        }
    }

    fn close(&mut self, now: Timestamp, reason: UnavailableReason, text: Option<String>) {
        let reason = Some(reason);
        self.append(now, What::Unavailable { reason, text, leave_message: false });
        self.fail_waiting(now);
        self.over(now, EndedBy::Nobody);
    }

    fn fail_waiting(&mut self, now: Timestamp) {
        for of in self.log.waiting() {
            self.append(now, What::Failed { of, reason: FailureReason::ConversationEnded });
        }
    }

    /// A relay that has asked for nothing yet, in place of the one that is given back. Its calls are told from those of the one before by their epoch.
    fn begin_relay(&mut self) -> Relay {
        self.record.turn += 1;
        let route: Route = self.record.route.clone().into();
        let introduction = self.record.introduction();
        let state = Relay::new(route.clone(), introduction.clone()).state();
        self.record.epoch += 1;
        let never = Timestamp::default();
        let relay = Relay::restore(never, self.record.epoch, route, introduction, state);
        std::mem::replace(&mut self.relay, relay)
    }

    /// A relay to another desk, which is told what was said, and brought what nobody has taken; the one before is given
    /// back.
    pub(super) fn begin_anew(&mut self, now: Timestamp) -> Relay {
        let before = self.begin_relay();
        if let Some(told) = self.log.told() {
            // Somebody waits, and has perhaps said all there was to say.
            self.relay.command(now, Command::Transcript(told));
            self.relay.command(now, Command::Request);
        }
        self.deliver_waiting(now);
        before
    }

    fn deliver_waiting(&mut self, now: Timestamp) {
        for seq in self.log.waiting() {
            let text = self.log.text_of(seq).unwrap_or_default().to_owned();
            self.relay.command(now, Command::Deliver { seq, text });
        }
    }

    /// The desk names another address of its own. It is followed only within the hosts that may be called at all.
    pub(super) fn move_to(&mut self, now: Timestamp, address: &str) {
        match DeskHost::live_agent(address, environment(self.record.development)) {
            Ok(host) => {
                let (base_url, transcript) = (host.base_url(), self.log.told());
                self.relay.command(now, Command::Move { base_url, transcript });
            }
            Err(_) => self.note("switch_server_not_allowed", None, None),
        }
    }
}
