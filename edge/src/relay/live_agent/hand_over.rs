//! A 503: the chat lives on another server of the desk now, or a gateway had a bad moment.
//!
//! ```text
//!  503 --> Reconnect (everything given up, nothing posted) --ReconnectSession 200--> Data (polling)
//!            |  405, 403, 5xx: no hand-over, plain retries as before                   | ChasitorSessionData
//!            v                                                                         v
//!          as before                          as before, numbers from 1 <--200-- Resync (ChasitorResyncState)
//! ```
//! A text whose answer was given up is looked for in what the desk says it knows: if it stands there it was
//! delivered, if not it goes out again. Its old number would not tell, because the desk counts anew.

use std::time::Duration;

use parlor_shared::{Timestamp, wire::EndedBy};

use super::{
    answers::{self, Verdict},
    machine::{DATA_PATIENCE, Machine, RETRY},
    requests,
    snapshot::{Chat, HandOver, Head, Poll, Post, Session, Stage, Text, Unfinished},
    wire::{self, SessionData},
};
use crate::relay::{Event, agent_key, call::Outcome};

impl Machine {
    /// Freezes everything and asks the desk where the chat is.
    pub(super) fn hand_over(&mut self, now: Timestamp) {
        self.abandon_poll();
        if let Some(call) = self.post.take() {
            self.cancel(call);
        }
        let Stage::Open(session) = &mut self.state.stage else { return };
        if let Some(HandOver::Reconnect { .. }) = session.hand_over {
            return;
        }
        if let Some(Head { post: Post::Typing(_) | Post::Peek { .. }, .. }) = session.head {
            session.head = None;
        }
        let unfinished = match session.hand_over {
            Some(HandOver::Data { .. }) => Some(Unfinished::Data),
            Some(HandOver::Resync { .. }) => Some(Unfinished::Resync),
            Some(HandOver::Reconnect { .. }) | None => None,
        };
        session.hand_over =
            Some(HandOver::Reconnect { since: now, tries: 0, next_at: now, unfinished });
    }

    pub(super) fn reconnect(&mut self, now: Timestamp) {
        let Stage::Open(session) = &mut self.state.stage else { return };
        let Some(HandOver::Reconnect { tries, next_at, .. }) = &mut session.hand_over else {
            return;
        };
        if self.opening.is_some() || now < *next_at {
            return;
        }
        *tries += 1;
        *next_at = now;
        let base_url = self.state.moved_to.as_deref().unwrap_or(&self.config.base_url);
        let request = requests::reconnect(base_url, session);
        self.opening = Some(self.call(request));
    }

    pub(super) fn on_reconnected(&mut self, now: Timestamp, dice: u64, outcome: &Outcome) {
        const CALL: &str = "ReconnectSession";
        let Stage::Open(session) = &mut self.state.stage else { return };
        let Some(HandOver::Reconnect { since, tries, unfinished, .. }) = session.hand_over else {
            return;
        };
        let (code, status) = match outcome {
            Outcome::Answer { status: 200, body } => match wire::reconnected(body) {
                Ok(answer) => {
                    session.affinity = answer.affinity;
                    if answer.reset_sequence {
                        session.sequence = 0;
                    }
                    if let Some(head) = &mut session.head {
                        *head = Head {
                            number: session.sequence + 1,
                            first_at: now,
                            tries: 0,
                            next_at: now,
                            post: head.post.clone(),
                        };
                    }
                    session.any_sequence = true;
                    // A server that counts anew would take the old number for a confirmation of what it has just sent.
                    // IBM's client begins again at -1 too.
                    session.ack = -1;
                    session.hand_over = Some(HandOver::Data { since: now });
                    session.poll = Poll::Due { at: now, failing_since: None };
                    return;
                }
                Err(error) => (error.code(), Some(200)),
            },
            Outcome::Answer { status, .. } => {
                // There is no hand-over, so the 503 was a gateway's; or the session is gone, which the next call says.
                self.trouble(CALL, "no_hand_over", Some(*status));
                return self.go_on_as_before(now, dice);
            }
            Outcome::Failed(failure) => (failure.code(), None),
        };
        self.trouble(CALL, code, status);
        let Stage::Open(session) = &mut self.state.stage else { return };
        if now.since(since) >= RECONNECT_BUDGET {
            return self.go_on_as_before(now, dice);
        }
        let next_at = now + RETRY.delay(tries.saturating_sub(1), dice);
        session.hand_over = Some(HandOver::Reconnect { since, tries, next_at, unfinished });
    }

    /// Plain retries with the affinity that we have. The poll waits for the end of its lease, which it keeps. A hand-over
    /// that was under way goes on where it stood.
    fn go_on_as_before(&mut self, now: Timestamp, dice: u64) {
        let Stage::Open(session) = &mut self.state.stage else { return };
        let pause = RETRY.delay(1, dice);
        session.hand_over = match session.hand_over {
            Some(HandOver::Reconnect { unfinished: Some(Unfinished::Data), .. }) => {
                Some(HandOver::Data { since: now })
            }
            Some(HandOver::Reconnect { unfinished: Some(Unfinished::Resync), .. }) => {
                Some(HandOver::Resync { since: now, tries: 0, next_at: now + pause })
            }
            _ => None,
        };
        if let Some(head) = &mut session.head {
            head.next_at = now + pause;
            // Again two in a row before the next attempt.
            head.tries = 0;
        }
        if let Poll::Due { at, .. } = &mut session.poll {
            *at = (*at).max(now + pause);
        }
        if matches!(session.chat, Chat::Closing { .. }) {
            session.poll = Poll::Off;
        }
    }

    /// What the desk knows of the chat has come.
    pub(super) fn on_session_data(&mut self, now: Timestamp, data: &SessionData) {
        let Stage::Open(session) = &mut self.state.stage else { return };
        if session.chat == Chat::Waiting && data.place.is_some() {
            self.event(Event::Queued { place: data.place, wait_s: None });
        }
        let Stage::Open(session) = &mut self.state.stage else { return };
        if !matches!(session.hand_over, Some(HandOver::Data { .. })) {
            return;
        }
        session.hand_over = Some(HandOver::Resync { since: now, tries: 0, next_at: now });
        if let Some(Head { post: Post::Text(Text { text, .. }) | Post::Line(text), .. }) =
            &session.head
            && was_taken(text, session, data)
            && let Some(head) = session.head.take()
        {
            // It had its number before the desk began to count anew.
            let number = session.sequence;
            self.on_taken(now, Head { number, ..head });
        }
    }

    /// A desk that does not send it must not keep the visitor's messages for ever.
    pub(super) fn stop_waiting_for_data(&mut self, now: Timestamp) {
        if let Stage::Open(session) = &mut self.state.stage
            && let Some(HandOver::Data { since }) = session.hand_over
            && now >= since + DATA_PATIENCE
        {
            session.hand_over = Some(HandOver::Resync { since: now, tries: 0, next_at: now });
            self.trouble("Messages", "session_data_missing", None);
        }
    }

    pub(super) fn on_resynced(&mut self, now: Timestamp, dice: u64, outcome: &Outcome) {
        const CALL: &str = "ChasitorResyncState";
        let Stage::Open(session) = &mut self.state.stage else { return };
        let Some(HandOver::Resync { since, tries, .. }) = session.hand_over else { return };
        match answers::verdict(outcome) {
            Verdict::Taken => self.resume(now),
            Verdict::Gone => {
                self.trouble(CALL, "session_gone", Some(403));
                self.ended(EndedBy::Desk);
            }
            Verdict::Moved => {
                self.trouble(CALL, "desk_moved", Some(503));
                self.hand_over(now);
            }
            Verdict::Refused(status) => {
                self.trouble(CALL, answers::status_code(status), Some(status));
                self.resume(now);
            }
            Verdict::OutOfSync(_) | Verdict::Unsure { .. } | Verdict::Unreadable { .. } => {
                self.trouble(CALL, "resync_unsure", None);
                if now.since(since) >= RESYNC_BUDGET {
                    return self.resume(now);
                }
                let next_at = now + RETRY.delay(tries.saturating_sub(1), dice);
                let Stage::Open(session) = &mut self.state.stage else { return };
                session.hand_over = Some(HandOver::Resync { since, tries, next_at });
            }
        }
    }

    fn resume(&mut self, now: Timestamp) {
        let Stage::Open(session) = &mut self.state.stage else { return };
        session.hand_over = None;
        session.next_post_at = now;
        if let Some(head) = &mut session.head {
            (head.first_at, head.next_at, head.tries) = (now, now, 0);
        }
        self.close_poll_if_closing();
    }
}

/// Whether the desk has the text that was given up: it stands last of all that it has of the visitor's, once more
/// often in a row than it was taken before.
fn was_taken(text: &str, session: &Session, data: &SessionData) -> bool {
    let is_it = |line: &&String| **line == text || html_escape::decode_html_entities(line) == text;
    let there = data.from_visitor.iter().rev().take_while(is_it).count();
    let before =
        if session.last_taken.hash == agent_key(text) { session.last_taken.times } else { 0 };
    there > usize::try_from(before).unwrap_or(usize::MAX)
}

/// How long the desk is asked where the chat is, if it does not say anything: shorter than its patience with a chat
/// that is not polled.
const RECONNECT_BUDGET: Duration = Duration::from_secs(30);

/// How long it is told that we are back.
const RESYNC_BUDGET: Duration = Duration::from_secs(60);
