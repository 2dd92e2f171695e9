//! The one long poll: when the next may open, and what its answers mean.
//!
//! A second poll beside an open one ends the chat, so the moment at which each is sent is stored before it leaves,
//! and it holds a lease until the desk must have let go of it. After one whose end is unknown (a life that ended, a
//! connection that broke, a call that was given up) the next waits for the end of that lease.

use std::time::Duration;

use parlor_shared::{Timestamp, backoff::Backoff, wire::EndedBy};

use super::{
    answers,
    machine::Machine,
    requests,
    snapshot::{Chat, HandOver, Poll, Session, Stage},
    wire,
};
use crate::relay::call::{Failure, Outcome};

impl Machine {
    pub(super) fn open_poll(&mut self, now: Timestamp) {
        let Stage::Open(session) = &mut self.state.stage else { return };
        let Poll::Due { at, failing_since } = session.poll else { return };
        if self.poll.is_some() || now < at || session.is_lost_from_sight() {
            return;
        }
        session.poll = Poll::Open { sent_at: now, failing_since };
        self.poll_watched = false;
        let base_url = self.state.moved_to.as_deref().unwrap_or(&self.config.base_url);
        let request = requests::messages(base_url, session);
        self.poll = Some(self.call(request));
    }

    pub(super) fn on_messages(&mut self, now: Timestamp, dice: u64, outcome: Outcome) {
        let Stage::Open(session) = &mut self.state.stage else { return };
        let Poll::Open { sent_at, failing_since } = session.poll else { return };
        match outcome {
            Outcome::Answer { status: 204, .. } => {
                // A desk that answers at once instead of holding the poll must not make us spin.
                session.poll = Poll::Due { at: now.max(sent_at + MIN_POLL), failing_since: None };
            }
            Outcome::Answer { status: 200, body } => match wire::batch(&body) {
                Ok(batch) => self.on_batch(now, sent_at, batch),
                Err(error) => self.poll_failed(now, dice, error.code(), Some(200), now),
            },
            Outcome::Answer { status: 503, .. } => {
                self.poll_failed(now, dice, "desk_moved", Some(503), now);
                self.hand_over(now);
            }
            Outcome::Answer { status: status @ (403 | 404 | 405 | 409 | 410), .. } => {
                let code = if status == 409 { "second_poll" } else { answers::status_code(status) };
                self.trouble("Messages", code, Some(status));
                self.ended(EndedBy::Desk);
            }
            Outcome::Answer { status, .. } => {
                self.poll_failed(now, dice, answers::status_code(status), Some(status), now);
            }
            Outcome::Failed(Failure::Timeout) => {
                // The desk's own hold is shorter than our patience, so nothing of this poll is left there.
                session.poll =
                    Poll::Due { at: now, failing_since: failing_since.or(Some(sent_at)) };
                self.give_up_if_silent(now);
            }
            Outcome::Failed(failure) => {
                let free_at = if failure.may_still_run() { sent_at + lease(session) } else { now };
                self.poll_failed(now, dice, failure.code(), None, free_at);
            }
        }
    }

    fn poll_failed(
        &mut self,
        now: Timestamp,
        dice: u64,
        code: &'static str,
        status: Option<u16>,
        free_at: Timestamp,
    ) {
        let Stage::Open(session) = &mut self.state.stage else { return };
        let (Poll::Open { failing_since, .. } | Poll::Due { failing_since, .. }) = session.poll
        else {
            return;
        };
        let at = free_at.max(now + POLL_RETRY.delay(0, dice));
        session.poll = Poll::Due { at, failing_since: failing_since.or(Some(now)) };
        self.trouble("Messages", code, status);
        self.give_up_if_silent(now);
    }

    fn give_up_if_silent(&mut self, now: Timestamp) {
        let Stage::Open(session) = &self.state.stage else { return };
        if let Poll::Due { failing_since: Some(since), .. } = session.poll
            && now.since(since) >= POLL_BUDGET
        {
            self.ended(EndedBy::Desk);
        }
    }

    /// Gives the open poll up. The desk may not notice: the next waits until it must have let go.
    pub(super) fn abandon_poll(&mut self) {
        let Stage::Open(session) = &mut self.state.stage else { return };
        if let Poll::Open { sent_at, failing_since } = session.poll {
            session.poll = Poll::Due { at: sent_at + lease(session), failing_since };
        }
        self.cancel_poll();
    }

    fn on_batch(&mut self, now: Timestamp, sent_at: Timestamp, batch: wire::Batch) {
        let Stage::Open(session) = &mut self.state.stage else { return };
        let repeated = batch.sequence <= session.ack && !session.any_sequence;
        let at = if repeated || batch.messages.is_empty() { sent_at + MIN_POLL } else { now };
        session.poll = Poll::Due { at: now.max(at), failing_since: None };
        if repeated {
            return self.trouble("Messages", "batch_repeated", None);
        }
        session.any_sequence = false;
        session.ack = batch.sequence;
        session.offset = batch.offset.or(session.offset);
        for complaint in &batch.complaints {
            self.trouble("Messages", complaint.code(), None);
        }
        // The desk may order these two wrongly inside a batch; "not typing" is the safer of them. Said by itself beside a
        // message, whose coming says it too, it would take the dots away a moment before the message stands there.
        let stops = batch.messages.contains(&wire::Message::AgentNotTyping);
        let says = batch.messages.iter().any(wire::Message::is_said);
        for message in batch.messages {
            let passed_over = match message {
                wire::Message::AgentTyping => stops,
                wire::Message::AgentNotTyping => says,
                _ => false,
            };
            if !passed_over {
                self.on_message(now, message);
            }
        }
        self.close_poll_if_closing();
    }

    /// A chat that we have ended is polled for the sake of a hand-over only.
    pub(super) fn close_poll_if_closing(&mut self) {
        if let Stage::Open(session @ Session { chat: Chat::Closing { .. }, .. }) =
            &mut self.state.stage
            && !matches!(
                session.hand_over,
                Some(HandOver::Reconnect { .. } | HandOver::Data { .. })
            )
        {
            session.poll = Poll::Off;
            self.cancel_poll();
        }
    }
}

/// How long the desk may hold a poll, from its sending: the hold and a margin. No longer than the desk's own patience
/// with a chat that is not polled: beyond that nothing could be lost any more by asking.
pub(super) fn lease(session: &Session) -> Duration {
    let patience = session.connection_timeout_ms.map_or(DESK_PATIENCE, Duration::from_millis);
    (HOLD + HOLD_MARGIN).min(patience.saturating_sub(HOLD_MARGIN)).max(HOLD_MARGIN)
}

/// How long the desk holds a poll before it answers 204. Source: seen by several clients; not documented.
const HOLD: Duration = Duration::from_secs(30);

/// Added to [`HOLD`] for clocks and the way there.
const HOLD_MARGIN: Duration = Duration::from_secs(2);

/// How long the desk remembers a chat that is not polled, where `ChatRequestSuccess` does not say. Source: the
/// vendor's mobile client tries for 40 s before it knows.
const DESK_PATIENCE: Duration = Duration::from_secs(40);

/// Least time from one poll to the next, if it brought nothing.
const MIN_POLL: Duration = Duration::from_secs(1);

/// How long polls may fail before the chat counts as lost. The desk itself forgets a chat without polls after
/// its `connectionTimeout` (40 s is usual), and then says 403; this is for a desk that says nothing at all.
const POLL_BUDGET: Duration = Duration::from_secs(300);

/// Pause before a poll is tried again. Source: Salesforce's own mobile client waits 2 s.
const POLL_RETRY: Backoff =
    Backoff { floor: Duration::from_secs(2), ceiling: Duration::from_secs(2) };
