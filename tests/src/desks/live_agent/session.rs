//! One chat session at the desk: its keys, its outbox, its open poll, and what the agent sees of it.

use std::time::Duration;

use serde_json::{Value, json};

use super::rules::{Rule, Rules};
use super::view::Line;
use super::wire::{Exchange, Reply, Wire};
use crate::desks::http::Response;

#[derive(Debug)]
pub(super) struct Session {
    pub id: String,
    pub key: String,
    pub affinity: String,
    /// The API version of the last request; decides which members are sent.
    pub version: u32,
    pub created: Duration,
    pub state: State,
    /// Highest sequenced POST that was executed; 0 before the first.
    pub last_post: i64,
    /// Batches not yet confirmed by a hand-over, confirmed ones included: an `ack` may go back.
    outbox: Vec<Batch>,
    next_seq: i64,
    next_offset: i64,
    /// Sequence of the last batch that went out.
    delivered: i64,
    /// Offset of the last batch that went out; 0 before the first.
    delivered_offset: i64,
    /// Every offset that went out, also those of before a hand-over: its answer may have been lost.
    given_offsets: Vec<i64>,
    /// The last answer with messages, kept for a repetition.
    pub last_answer: Option<Reply>,
    /// The next poll gets `last_answer` again.
    pub repeat: bool,
    pub poll: Option<Poll>,
    pub last_poll_end: Duration,
    pub move_stage: Move,
    /// A 503 for its affinity was answered and ReconnectSession has not been called since.
    pub may_reconnect: bool,
    /// Set while answers are counted anew and no `ack` has named one of them: older ones mean nothing.
    acks_void: bool,
    pub last_said: Option<Duration>,
    pub chat: Option<Chat>,
    pub rules: Rules,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// SessionId was answered, ChasitorInit has not come.
    Created,
    /// ChatRequestSuccess is out; no agent has accepted.
    Queued,
    /// An agent has accepted. The agent may have left again: [`Chat::agent`].
    Established,
    /// Over. What is in the outbox may still be fetched until `closed`; from then on everything is 403.
    Ended { closed: bool, since: Duration },
}

/// Where a hand-over to another server stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    None,
    /// Everything is 503 until ReconnectSession.
    Pending,
    /// Posts are 500 until ChasitorResyncState, which must not come before batch `data` went out.
    Resync {
        data: i64,
    },
}

#[derive(Clone, Debug)]
struct Batch {
    seq: i64,
    offset: i64,
    messages: Vec<Value>,
}

/// A held long poll.
#[derive(Debug)]
pub(super) struct Poll {
    pub exchange: Exchange,
    /// Sequence up to which the client has everything.
    cursor: i64,
    pub since: Duration,
    /// The client is gone and the desk has not noticed: an answer goes nowhere.
    pub ghost: bool,
}

/// What the chat looks like to the agent.
#[derive(Debug)]
pub(super) struct Chat {
    pub organization: String,
    pub name: String,
    pub details: Vec<(String, String)>,
    pub language: String,
    pub user_agent: String,
    pub wants_queue: bool,
    pub requested: Duration,
    pub agent: Option<String>,
    /// Who has joined beside the agent.
    pub conference: Vec<String>,
    /// The agent has put the chat back into a queue, and nobody has taken it yet.
    pub transferring: bool,
    pub agent_typing: bool,
    pub visitor_typing: bool,
    /// What the visitor has typed and not sent, with its update's number; only where the desk asked for it.
    pub peek: Option<(i64, String)>,
    pub wants_peek: bool,
    /// The file that an agent has asked for, until it has come or the request was taken back.
    pub file_token: Option<String>,
    /// The position told last.
    pub position: Option<usize>,
    pub lines: Vec<Line>,
    pub ended_by: Option<String>,
}

/// Who ends a session, and what the visitor is still told.
pub(super) enum Farewell {
    /// A last message, then 403.
    Tell(Value),
    /// What is in the outbox, then 403.
    Remaining,
    /// 403 at once.
    Silence,
}

impl Session {
    pub fn new(
        id: String,
        key: String,
        affinity: String,
        first_offset: i64,
        now: Duration,
        rules: Rules,
    ) -> Self {
        Self {
            id,
            key,
            affinity,
            version: 0,
            created: now,
            state: State::Created,
            last_post: 0,
            outbox: Vec::new(),
            next_seq: 0,
            next_offset: first_offset,
            delivered: -1,
            delivered_offset: 0,
            given_offsets: Vec::new(),
            last_answer: None,
            repeat: false,
            poll: None,
            last_poll_end: now,
            move_stage: Move::None,
            may_reconnect: false,
            acks_void: false,
            last_said: None,
            chat: None,
            rules,
        }
    }

    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Ended { .. })
    }

    pub fn is_closed(&self) -> bool {
        matches!(self.state, State::Ended { closed: true, .. })
    }

    pub fn enqueue(&mut self, messages: Vec<Value>) {
        if self.is_over() || messages.is_empty() {
            return;
        }
        self.outbox.push(Batch { seq: self.next_seq, offset: self.next_offset, messages });
        self.next_seq += 1;
        // Strictly increasing and never by the same step: a client must not guess it.
        self.next_offset += 1 + self.next_offset.rem_euclid(97);
    }

    pub fn end(&mut self, now: Duration, by: &str, farewell: Farewell) {
        if self.is_over() {
            return;
        }
        let closed = matches!(farewell, Farewell::Silence);
        if let Farewell::Tell(message) = farewell {
            self.enqueue(vec![message]);
        }
        self.state = State::Ended { closed, since: now };
        self.move_stage = Move::None;
        if let Some(chat) = &mut self.chat {
            chat.ended_by = Some(by.to_owned());
            (chat.visitor_typing, chat.agent_typing) = (false, false);
            (chat.peek, chat.file_token) = (None, None);
        }
    }

    fn close(&mut self) {
        if let State::Ended { closed, .. } = &mut self.state {
            *closed = true;
        }
    }

    /// Reads a poll's `ack`.
    ///
    /// Source: "Messages": -1 at first, then the sequence of the last answer. Without `ack`, which published
    /// clients get away with, everything delivered so far counts as confirmed.
    fn cursor(&mut self, ack: Option<i64>) -> i64 {
        let Some(ack) = ack else {
            return if self.rules.hold(Rule::NoAck) { self.delivered } else { -1 };
        };
        if self.acks_void {
            let known = self.outbox.iter().any(|batch| batch.seq == ack && ack <= self.delivered);
            if !known {
                return -1;
            }
            self.acks_void = false;
        }
        if !self.rules.hold(Rule::AckConfirms) {
            return -1;
        }
        if self.rules.hold(Rule::AckGoesBack) { ack } else { ack.max(self.delivered) }
    }

    /// Takes a poll. The caller has made sure that none is open.
    pub fn open_poll(&mut self, now: Duration, exchange: Exchange, ack: Option<i64>) {
        let cursor = self.cursor(ack);
        self.poll = Some(Poll { exchange, cursor, since: now, ghost: false });
    }

    /// Answers the open poll if there is something to say.
    pub fn flush(&mut self, now: Duration, wire: &mut Wire, end_once: bool) {
        let Some(poll) = self.poll.take() else { return };
        if let Some(again) = self.last_answer.clone().filter(|_| std::mem::take(&mut self.repeat)) {
            return self.answer_poll(now, poll, again, wire);
        }
        let mut fresh: Vec<&Batch> =
            self.outbox.iter().filter(|batch| batch.seq > poll.cursor).collect();
        if !self.rules.hold(Rule::WholeBatch) {
            fresh.truncate(1);
        }
        let closed = self.is_closed();
        let reply = match fresh.last() {
            Some(last) if !closed => {
                (self.delivered, self.delivered_offset) = (last.seq, last.offset);
                self.given_offsets.extend(fresh.iter().map(|batch| batch.offset));
                let messages: Vec<&Value> =
                    fresh.iter().flat_map(|batch| &batch.messages).collect();
                // Source: "Response Bodies", Messages: `sequence` per answer; `offset` is the cursor for ReconnectSession.
                let body =
                    json!({ "messages": messages, "sequence": last.seq, "offset": last.offset });
                let kind = |message: &&Value| {
                    message.get("type").and_then(Value::as_str).unwrap_or("?").to_owned()
                };
                let types = messages.iter().map(kind).collect();
                let reply =
                    Reply { sequence: Some(last.seq), types, ..Response::json(200, &body).into() };
                self.last_answer = Some(reply.clone());
                if self.is_over() && end_once {
                    self.close();
                }
                reply
            }
            // Nothing is left to tell of a chat that is over.
            _ if self.is_over() && self.rules.hold(Rule::ClosedAfterEnd) => {
                self.close();
                Response::text(403, "Session required but was invalid or not found").into()
            }
            _ if !self.rules.hold(Rule::Hold) => Response::empty(204).into(),
            _ => {
                self.poll = Some(poll);
                return;
            }
        };
        self.answer_poll(now, poll, reply, wire);
    }

    /// Lets the open poll go with this answer; a ghost's answer goes nowhere.
    pub fn answer_poll(&mut self, now: Duration, poll: Poll, reply: Reply, wire: &mut Wire) {
        self.last_poll_end = now;
        if !poll.ghost {
            wire.answer(now, poll.exchange, reply);
        }
    }

    /// Starts a hand-over: everything is refused until the client reconnects.
    pub fn hand_over(&mut self, affinity: String) {
        if self.rules.hold(Rule::FreshAffinity) {
            self.affinity = affinity;
        }
        self.move_stage = Move::Pending;
    }

    /// Whether this offset was ever given out; 0 stands for "none yet".
    pub fn knows_offset(&self, offset: i64) -> bool {
        offset == 0 || self.given_offsets.contains(&offset)
    }

    pub fn delivered_offset(&self) -> i64 {
        self.delivered_offset
    }

    /// The client is back: session data first, then whatever came after its offset.
    pub fn resume(&mut self, affinity: String, offset: i64, session_data: Value, restart: bool) {
        self.affinity = affinity;
        self.may_reconnect = false;
        if self.rules.hold(Rule::SequenceRestarts) {
            self.last_post = 0;
        }
        self.delivered_offset = offset;
        let missed =
            std::mem::take(&mut self.outbox).into_iter().filter(|batch| batch.offset > offset);
        let mut missed: Vec<Vec<Value>> = missed
            .map(|batch| batch.messages)
            // Data of an earlier hand-over is stale by now.
            .filter(|messages| {
                !messages.iter().any(|message| {
                    message.get("type").and_then(Value::as_str) == Some("ChasitorSessionData")
                })
            })
            .collect();
        if restart {
            self.next_seq = 0;
            self.delivered = -1;
            self.acks_void = true;
        }
        if !self.rules.hold(Rule::MissedComesAgain) {
            missed.clear();
        }
        let first = if self.rules.hold(Rule::SessionDataFirst) { 0 } else { missed.len() };
        missed.insert(first, vec![session_data]);
        let data = self.next_seq + i64::try_from(first).unwrap_or_default();
        self.move_stage = Move::Resync { data };
        self.last_answer = None;
        for messages in missed {
            self.enqueue(messages);
        }
    }

    pub fn has_delivered(&self, seq: i64) -> bool {
        self.delivered >= seq
    }

    pub fn say_line(&mut self, line: Line) {
        if let Some(chat) = &mut self.chat {
            chat.lines.push(line);
        }
    }
}
