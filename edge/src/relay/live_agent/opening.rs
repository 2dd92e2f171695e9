//! From nothing to a session: `System/SessionId`, and before it, where nobody was there, `Visitor/Availability`.

use std::time::Duration;

use parlor_shared::{
    Timestamp,
    wire::{FailureReason, UnavailableReason},
};

use super::{
    answers, availability,
    machine::{Machine, RETRY},
    posting, requests,
    snapshot::{Chat, HandOver, Poll, Post, Session, Stage},
    wire,
};
use crate::relay::{Event, call::Outcome};

impl Machine {
    pub(super) fn open_session(&mut self, now: Timestamp) {
        if self.opening.is_some() {
            return;
        }
        match &mut self.state.stage {
            Stage::Opening { tries, next_at, .. } if now >= *next_at => {
                *tries += 1;
                *next_at = now;
                let request = requests::session_id(self.base_url());
                self.opening = Some(self.call(request));
            }
            Stage::Shut { next_at, .. } if now >= *next_at && !self.state.texts.is_empty() => {
                *next_at = now;
                let request = availability::availability(self.base_url(), &self.config);
                self.opening = Some(self.call(request));
            }
            _ => {}
        }
    }

    pub(super) fn on_opening(&mut self, now: Timestamp, dice: u64, outcome: Outcome) {
        match &self.state.stage {
            Stage::Opening { .. } => self.on_session_id(now, dice, outcome),
            Stage::Shut { since, .. } => {
                let since = *since;
                self.on_availability(now, since, dice, &outcome);
            }
            Stage::Open(Session { hand_over: Some(HandOver::Reconnect { .. }), .. }) => {
                self.on_reconnected(now, dice, &outcome);
            }
            Stage::Open(_) | Stage::Idle | Stage::Over => {}
        }
    }

    fn on_session_id(&mut self, now: Timestamp, dice: u64, outcome: Outcome) {
        const CALL: &str = "SessionId";
        let Stage::Opening { since, tries, .. } = self.state.stage else { return };
        let (code, status, hopeless) = match &outcome {
            Outcome::Answer { status: 200, body } => match wire::session_id(body) {
                Ok(answer) => return self.on_session(now, answer),
                Err(error) => {
                    if let Some(address) = wire::switched(body) {
                        return self.elsewhere(now, address);
                    }
                    (error.code(), Some(200), false)
                }
            },
            Outcome::Answer { status, .. } => (
                answers::status_code(*status),
                Some(*status),
                matches!(status, 400 | 403 | 404 | 405 | 410),
            ),
            Outcome::Failed(failure) => (failure.code(), None, false),
        };
        self.trouble(CALL, code, status);
        if hopeless || now.since(since) >= OPENING_BUDGET {
            self.give_up_opening(FailureReason::DeskUnreachable);
        } else {
            let next_at = now + RETRY.delay(tries.saturating_sub(1), dice);
            self.state.stage = Stage::Opening { since, tries, next_at };
        }
    }

    fn on_session(&mut self, now: Timestamp, answer: wire::SessionId) {
        let mut session = Session {
            key: answer.key,
            id: answer.id,
            affinity: answer.affinity,
            poll_timeout_s: answer.poll_timeout_s,
            sequence: 0,
            head: None,
            next_post_at: now,
            chat: Chat::Requesting,
            ack: -1,
            offset: None,
            poll: Poll::Off,
            connection_timeout_ms: None,
            hand_over: None,
            any_sequence: false,
            extras: [].into(),
            rules: Vec::new(),
            last_taken: Default::default(),
            sneak_peek: false,
            peeks: 0,
        };
        session.head = Some(posting::new_head(&session, Post::Init, now));
        self.state.stage = Stage::Open(session);
    }

    /// No session came about. The conversation goes on: a retry by the visitor asks again.
    pub(super) fn give_up_opening(&mut self, reason: FailureReason) {
        self.be_over();
        self.state.stage = Stage::Idle;
        self.fail_texts(&reason);
    }

    /// Asks for a session anew, with everything that was not delivered.
    pub(super) fn start_over(&mut self, now: Timestamp) {
        self.take_back_head();
        self.cancel_all();
        self.state.stage = Stage::Opening { since: now, tries: 0, next_at: now };
    }

    /// Nobody is there: messages are kept, and brought when somebody is.
    pub(super) fn keep_for_opening(&mut self, now: Timestamp) {
        if matches!(self.state.stage, Stage::Idle) {
            self.state.stage = Stage::Shut { since: now, next_at: now + ASK_AGAIN };
        }
    }

    fn on_availability(&mut self, now: Timestamp, since: Timestamp, dice: u64, outcome: &Outcome) {
        match availability::answer(outcome, &self.config) {
            Ok(availability::Answer::Told { available: true, .. }) => {
                self.state.stage = Stage::Opening { since: now, tries: 0, next_at: now };
                return self.event(Event::Requested);
            }
            Ok(availability::Answer::Elsewhere { address }) => {
                self.event(Event::Elsewhere { address });
            }
            Ok(availability::Answer::Told { .. }) => {}
            Err(trouble) => self.trouble("Availability", trouble.code(), trouble.status()),
        }
        if now.since(since) >= SHUT_BUDGET {
            return self.give_up_opening(FailureReason::DeskUnreachable);
        }
        let spread = Duration::from_millis(dice % 30_000);
        self.state.stage = Stage::Shut { since, next_at: now + ASK_AGAIN + spread };
    }

    /// The desk names another address. Whether it may be called, the conversation says.
    pub(super) fn elsewhere(&mut self, now: Timestamp, address: String) {
        match &mut self.state.stage {
            // Not at once, if the address turns out not to be allowed.
            Stage::Opening { since, next_at, .. } if now.since(*since) < OPENING_BUDGET => {
                *next_at = now + OPENING_BUDGET / 3;
            }
            Stage::Opening { .. } => self.give_up_opening(FailureReason::DeskUnreachable),
            _ => {}
        }
        self.event(Event::Elsewhere { address });
    }

    /// Goes on at another host of the desk: a session belongs to the host that gave it.
    pub(super) fn move_to(&mut self, now: Timestamp, base_url: String, transcript: Option<String>) {
        if self.base_url() == base_url {
            // The desk points at itself: following it would go on for ever.
            return self.trouble("SwitchServer", "switch_server_circle", None);
        }
        match &self.state.stage {
            Stage::Over | Stage::Open(Session { chat: Chat::Closing { .. }, .. }) => return,
            Stage::Open(session) => {
                if matches!(session.chat, Chat::Live { .. }) {
                    self.event(Event::Transferring { to: None });
                }
                self.start_over(now);
            }
            Stage::Opening { since, .. } => {
                self.state.stage = Stage::Opening { since: *since, tries: 0, next_at: now };
            }
            Stage::Shut { since, .. } => {
                self.state.stage = Stage::Shut { since: *since, next_at: now };
            }
            Stage::Idle => {}
        }
        self.state.moved_to = Some(base_url);
        self.state.transcript = transcript;
    }

    /// `AsyncResult` says that an earlier request failed after all.
    pub(super) fn failed_after_all(&mut self) {
        self.trouble("Messages", "async_failure", None);
        if let Stage::Open(Session { chat: Chat::Waiting, .. }) = self.state.stage {
            self.unavailable(UnavailableReason::Failed);
        }
    }

    pub(super) fn base_url(&self) -> &str {
        self.state.moved_to.as_deref().unwrap_or(&self.config.base_url)
    }
}

/// How long a session is asked for before the visitor is told that nothing was sent.
pub(super) const OPENING_BUDGET: Duration = Duration::from_secs(30);

/// How often a desk at which nobody was there is asked whether somebody is, for those who left a message.
const ASK_AGAIN: Duration = Duration::from_secs(300);

/// How long a message is kept for a desk at which nobody is there.
const SHUT_BUDGET: Duration = Duration::from_secs(72 * 3_600);
