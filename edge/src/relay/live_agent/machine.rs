//! States and transitions of one chat at the desk.

use std::{collections::VecDeque, time::Duration};

use parlor_shared::{
    Timestamp,
    backoff::Backoff,
    wire::{Agent, EndedBy, FailureReason, UnavailableReason},
};

use super::{
    Config,
    answers::{self, Verdict},
    requests::{self, POST_TIMEOUT},
    snapshot::{Chat, Head, KnownAgent, Poll, Post, Session, Stage, State, Text},
    wire::{self, Batch, Message},
};
use crate::relay::{
    Command, Effect, Event, Introduction,
    call::{CallId, Failure, Outcome, Request},
    richtext,
};

/// One chat at the desk, stepped by its conversation.
#[derive(Debug)]
pub struct Machine {
    config: Config,
    introduction: Introduction,
    state: State,
    epoch: u64,
    calls: u64,
    opening: Option<CallId>,
    poll: Option<CallId>,
    post: Option<CallId>,
    /// The poll that is open has been open for as long as the desk holds one, and this life still waits for it.
    poll_watched: bool,
    /// Typing that the desk has not been told. Not worth storing.
    typing: Option<bool>,
    effects: VecDeque<Effect>,
}

impl Machine {
    /// A chat of which the desk knows nothing yet.
    #[must_use]
    pub fn new(config: Config, introduction: Introduction) -> Self {
        Self {
            config,
            introduction,
            state: State::default(),
            epoch: 0,
            calls: 0,
            opening: None,
            poll: None,
            post: None,
            poll_watched: false,
            typing: None,
            effects: VecDeque::new(),
        }
    }

    /// A chat from what was stored, in a new life numbered `epoch`.
    ///
    /// A poll of an earlier life may still hang at the desk, and a second one beside it would end the chat:
    /// the next waits until the desk must have let go. A POST is repeated at once, since its number makes
    /// that harmless.
    #[must_use]
    pub fn restore(
        now: Timestamp,
        epoch: u64,
        config: Config,
        introduction: Introduction,
        state: State,
    ) -> Self {
        let mut machine = Self { state, epoch, ..Self::new(config, introduction) };
        if let Stage::Open(Session { poll, .. }) = &mut machine.state.stage
            && let Poll::Open { sent_at, failing_since } = *poll
        {
            *poll = Poll::Due { at: now.max(sent_at + HOLD + HOLD_MARGIN), failing_since };
        }
        machine
    }

    /// What must be stored before any effect is performed.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Takes an order of the conversation.
    pub fn command(&mut self, now: Timestamp, command: Command) {
        match command {
            Command::Deliver { seq, text } => match self.state.stage {
                Stage::Over | Stage::Open(Session { chat: Chat::Closing { .. }, .. }) => {
                    self.event(Event::Failed { seq, reason: FailureReason::ConversationEnded });
                }
                Stage::Idle => {
                    self.state.texts.push_back(Text { seq, text });
                    self.state.stage = Stage::Opening { since: now, tries: 0, next_at: now };
                    self.event(Event::Requested);
                }
                Stage::Opening { .. } | Stage::Open(_) => {
                    self.state.texts.push_back(Text { seq, text });
                }
            },
            Command::Typing(on) => {
                if let Stage::Open(Session { chat: Chat::Live { .. }, .. }) = self.state.stage {
                    self.typing = Some(on);
                }
            }
            // Nothing of these is offered by this desk yet.
            Command::Peek(_) | Command::IdleWarning(_) | Command::Move(_) => {}
            Command::End(_) => self.end(),
        }
        self.advance(now);
    }

    /// Takes the outcome of a call. One that this life did not make, or has given up, is dropped.
    pub fn reply(&mut self, now: Timestamp, dice: u64, call: CallId, outcome: Outcome) {
        let call = Some(call);
        if self.opening == call {
            self.opening = None;
            self.on_session_id(now, dice, outcome);
        } else if self.poll == call {
            self.poll = None;
            self.on_messages(now, dice, outcome);
        } else if self.post == call {
            self.post = None;
            self.on_post(now, dice, outcome);
        }
        self.advance(now);
    }

    /// Does what is due, and counts as lost what should have been answered long ago.
    pub fn tick(&mut self, now: Timestamp, dice: u64) {
        let lost = || Outcome::Failed(Failure::Lost);
        let (mut opening, mut poll, mut post) = (None, None, None);
        match &self.state.stage {
            Stage::Opening { next_at, .. } => opening = Some(*next_at + POST_TIMEOUT),
            Stage::Open(session) => {
                if let Poll::Open { sent_at, .. } = session.poll {
                    poll = Some(sent_at + requests::poll_timeout(session));
                    self.poll_watched = now >= sent_at + HOLD + HOLD_MARGIN;
                }
                post = session.head.as_ref().map(|head| head.next_at + POST_TIMEOUT);
            }
            Stage::Idle | Stage::Over => {}
        }
        let overdue = |end: Option<Timestamp>| end.is_some_and(|end| now >= end + WATCHDOG);
        if self.opening.is_some() && overdue(opening) {
            self.opening = None;
            self.on_session_id(now, dice, lost());
        }
        if self.poll.is_some() && overdue(poll) {
            self.poll = None;
            self.on_messages(now, dice, lost());
        }
        if self.post.is_some() && overdue(post) {
            self.post = None;
            self.on_post(now, dice, lost());
        }
        self.advance(now);
    }

    /// The next effect.
    pub fn poll(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// When [`Machine::tick`] is wanted next. While a call is under way this is a watchdog: if the life that
    /// waits for the answer has ended, the alarm makes a new one.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        match &self.state.stage {
            Stage::Idle | Stage::Over => None,
            Stage::Opening { next_at, .. } => Some(if self.opening.is_some() {
                *next_at + POST_TIMEOUT + WATCHDOG
            } else {
                *next_at
            }),
            Stage::Open(session) => {
                let poll = match session.poll {
                    Poll::Off => None,
                    Poll::Due { at, .. } => Some(at),
                    // The desk lets go at `HOLD`: a life that ended in the meantime must have a successor by
                    // then, because the desk forgets a chat without polls soon after.
                    Poll::Open { sent_at, .. } if !self.poll_watched => {
                        Some(sent_at + HOLD + HOLD_MARGIN)
                    }
                    Poll::Open { sent_at, .. } => {
                        Some(sent_at + requests::poll_timeout(session) + WATCHDOG)
                    }
                };
                let post = match &session.head {
                    Some(head) if self.post.is_some() => {
                        Some(head.next_at + POST_TIMEOUT + WATCHDOG)
                    }
                    Some(head) => Some(head.next_at),
                    None => self.has_post(session).then_some(session.next_post_at),
                };
                poll.into_iter().chain(post).min()
            }
        }
    }

    fn has_post(&self, session: &Session) -> bool {
        match session.chat {
            Chat::Requesting | Chat::Waiting => false,
            Chat::Live { .. } => !self.state.texts.is_empty() || self.typing.is_some(),
            Chat::Closing { .. } => true,
        }
    }

    /// Starts every call that is due. One poll, one POST, never more.
    fn advance(&mut self, now: Timestamp) {
        self.open_session(now);
        self.open_poll(now);
        self.open_post(now);
    }

    fn open_session(&mut self, now: Timestamp) {
        let Stage::Opening { tries, next_at, .. } = &mut self.state.stage else { return };
        if self.opening.is_some() || now < *next_at {
            return;
        }
        *tries += 1;
        *next_at = now;
        let request = requests::session_id(&self.config);
        self.opening = Some(self.call(request));
    }

    fn open_poll(&mut self, now: Timestamp) {
        let Stage::Open(session) = &mut self.state.stage else { return };
        let Poll::Due { at, failing_since } = session.poll else { return };
        if self.poll.is_some() || now < at {
            return;
        }
        session.poll = Poll::Open { sent_at: now, failing_since };
        self.poll_watched = false;
        let request = requests::messages(&self.config, session);
        self.poll = Some(self.call(request));
    }

    fn open_post(&mut self, now: Timestamp) {
        let Stage::Open(session) = &mut self.state.stage else { return };
        if self.post.is_some() {
            return;
        }
        if session.head.is_none() {
            if now < session.next_post_at {
                return;
            }
            let post = match session.chat {
                Chat::Requesting | Chat::Waiting => None,
                Chat::Live { .. } => self
                    .state
                    .texts
                    .pop_front()
                    .map(Post::Text)
                    .or_else(|| self.typing.take().map(Post::Typing)),
                Chat::Closing { .. } => {
                    Some(self.state.texts.pop_front().map_or(Post::End, Post::Text))
                }
            };
            let Some(post) = post else { return };
            session.head = Some(new_head(session, post, now));
        }
        let Some(head) = &mut session.head else { return };
        if now < head.next_at {
            return;
        }
        head.tries += 1;
        head.next_at = now;
        let head = head.clone();
        let request = requests::post(&self.config, &self.introduction, session, &head);
        self.post = Some(self.call(request));
    }

    fn on_session_id(&mut self, now: Timestamp, dice: u64, outcome: Outcome) {
        const CALL: &str = "SessionId";
        let Stage::Opening { since, tries, .. } = self.state.stage else { return };
        let (code, status, hopeless) = match &outcome {
            Outcome::Answer { status: 200, body } => match wire::session_id(body) {
                Ok(answer) => return self.on_session(now, answer),
                Err(error) => (error.code(), Some(200), false),
            },
            Outcome::Answer { status, .. } => (
                answers::status_code(*status),
                Some(*status),
                matches!(status, 400 | 403 | 404 | 405 | 410),
            ),
            Outcome::Failed(failure) => (failure.code(), None, false),
        };
        self.event(Event::Trouble { call: CALL, code, status });
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
        };
        session.head = Some(new_head(&session, Post::Init, now));
        self.state.stage = Stage::Open(session);
    }

    fn on_post(&mut self, now: Timestamp, dice: u64, outcome: Outcome) {
        let Stage::Open(session) = &mut self.state.stage else { return };
        let Some(head) = session.head.take() else { return };
        let call = requests::label(&head.post);
        match answers::verdict(&outcome) {
            Verdict::Taken => self.on_taken(now, head),
            Verdict::OutOfSync(actual) if actual >= head.number && head.tries > 1 => {
                // An earlier try got through and its answer was lost.
                session.sequence = actual;
                self.on_taken(now, Head { number: actual, ..head });
            }
            Verdict::OutOfSync(actual) if now.since(head.first_at) < post_budget(&head.post) => {
                session.sequence = actual;
                session.head = Some(Head {
                    number: actual.saturating_add(1),
                    next_at: now + RETRY.delay(0, dice),
                    tries: 0,
                    ..head
                });
                self.event(Event::Trouble { call, code: "sequence_mended", status: Some(409) });
            }
            Verdict::Gone if head.post == Post::End => self.be_over(),
            Verdict::Gone => {
                session.head = Some(head);
                self.event(Event::Trouble { call, code: "session_gone", status: Some(403) });
                self.ended(EndedBy::Desk);
            }
            Verdict::Refused(status) => {
                self.event(Event::Trouble {
                    call,
                    code: answers::status_code(status),
                    status: Some(status),
                });
                self.skip(now, head, FailureReason::DeskRefused);
            }
            Verdict::Unsure { code, status } | Verdict::Unreadable { code, status } => {
                self.event(Event::Trouble { call, code, status });
                self.retry_or_skip(now, dice, head);
            }
            Verdict::OutOfSync(_) => self.retry_or_skip(now, dice, head),
        }
    }

    fn on_taken(&mut self, now: Timestamp, head: Head) {
        let Stage::Open(session) = &mut self.state.stage else { return };
        session.sequence = head.number;
        session.next_post_at = now + POST_SPACING;
        match head.post {
            Post::Init => {
                if session.chat == Chat::Requesting {
                    session.chat = Chat::Waiting;
                    session.poll = Poll::Due { at: now, failing_since: None };
                }
            }
            Post::Text(Text { seq, .. }) => self.event(Event::Delivered { seq }),
            Post::Typing(_) => {}
            Post::End => self.be_over(),
        }
    }

    fn retry_or_skip(&mut self, now: Timestamp, dice: u64, head: Head) {
        let Stage::Open(session) = &mut self.state.stage else { return };
        if now.since(head.first_at) >= post_budget(&head.post) {
            return self.skip(now, head, FailureReason::DeskUnreachable);
        }
        let next_at = now + RETRY.delay(head.tries.saturating_sub(1), dice);
        session.head = Some(Head { next_at, ..head });
    }

    /// Gives a POST up. Its number counts as used: whether the desk saw it is unknown, and a number used
    /// twice would have the next message dropped as a repeat. If the desk did not see it, its 409 says so.
    fn skip(&mut self, now: Timestamp, head: Head, reason: FailureReason) {
        let Stage::Open(session) = &mut self.state.stage else { return };
        session.sequence = head.number;
        session.next_post_at = now + POST_SPACING;
        match head.post {
            Post::Init => self.give_up_opening(reason),
            Post::Text(text) => {
                self.event(Event::Failed { seq: text.seq, reason: reason.clone() });
                if reason == FailureReason::DeskUnreachable {
                    // What waited behind it has waited as long: tell the visitor now, not one by one.
                    self.fail_texts(&reason);
                }
            }
            Post::Typing(_) => {}
            Post::End => self.be_over(),
        }
    }

    fn on_messages(&mut self, now: Timestamp, dice: u64, outcome: Outcome) {
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
            Outcome::Answer { status: status @ (403 | 404 | 405 | 409 | 410), .. } => {
                let code = if status == 409 { "second_poll" } else { answers::status_code(status) };
                self.event(Event::Trouble { call: "Messages", code, status: Some(status) });
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
                let free_at =
                    if failure.may_still_run() { sent_at + HOLD + HOLD_MARGIN } else { now };
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
        self.event(Event::Trouble { call: "Messages", code, status });
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

    fn on_batch(&mut self, now: Timestamp, sent_at: Timestamp, batch: Batch) {
        let Stage::Open(session) = &mut self.state.stage else { return };
        let repeated = batch.sequence <= session.ack;
        let at = if repeated || batch.messages.is_empty() { sent_at + MIN_POLL } else { now };
        session.poll = Poll::Due { at: now.max(at), failing_since: None };
        if repeated {
            return self.event(Event::Trouble {
                call: "Messages",
                code: "batch_repeated",
                status: None,
            });
        }
        session.ack = batch.sequence;
        session.offset = batch.offset.or(session.offset);
        for complaint in &batch.complaints {
            self.event(Event::Trouble { call: "Messages", code: complaint.code(), status: None });
        }
        // The desk may order these two wrongly inside a batch; "not typing" is the safer of them.
        let ignore_typing = batch.messages.contains(&Message::AgentNotTyping);
        for message in batch.messages {
            if !(ignore_typing && message == Message::AgentTyping) {
                self.on_message(message);
            }
        }
    }

    fn on_message(&mut self, message: Message) {
        let Stage::Open(session) = &mut self.state.stage else { return };
        match message {
            Message::ChatRequestSuccess { place, wait_s, connection_timeout_ms } => {
                session.connection_timeout_ms = connection_timeout_ms;
                if session.chat == Chat::Waiting {
                    self.event(Event::Queued { place, wait_s });
                }
            }
            Message::QueueUpdate { place, wait_s } => {
                if session.chat == Chat::Waiting {
                    self.event(Event::Queued { place, wait_s });
                }
            }
            Message::ChatEstablished { name, user_id }
            | Message::ChatTransferred { name, user_id } => {
                let agent = agent(name, user_id.as_deref());
                let known = Some(KnownAgent { key: agent.key, name: agent.name.clone() });
                match &mut session.chat {
                    Chat::Closing { .. } => {}
                    Chat::Live { agent: present } if *present == known => {}
                    chat => {
                        let left = match chat {
                            Chat::Live { agent } => agent.take(),
                            _ => None,
                        };
                        *chat = Chat::Live { agent: known };
                        if let Some(left) = left {
                            self.event(Event::Left(left.into()));
                        }
                        self.event(Event::Joined(agent));
                    }
                }
            }
            Message::ChatMessage { name, agent_id, text } => {
                let agent = match (&session.chat, name) {
                    (Chat::Live { agent: Some(present) }, None) => present.clone().into(),
                    (Chat::Live { agent: Some(present) }, Some(name)) if present.name == name => {
                        present.clone().into()
                    }
                    (_, name) => agent(name.unwrap_or_default(), agent_id.as_deref()),
                };
                let body = richtext::from_plain(&text);
                self.event(Event::Typing(false));
                if !body.is_empty() {
                    self.event(Event::Said { agent, body, auto: false });
                }
            }
            Message::AgentTyping => self.event(Event::Typing(true)),
            Message::AgentNotTyping => self.event(Event::Typing(false)),
            Message::AgentDisconnect => {
                if let Chat::Live { agent } = &mut session.chat
                    && let Some(left) = agent.take()
                {
                    self.event(Event::Typing(false));
                    self.event(Event::Left(left.into()));
                }
            }
            Message::ChatRequestFail { reason } => {
                // After an agent had joined this reads as the agent's end, not as "nobody there".
                if matches!(session.chat, Chat::Live { .. }) {
                    self.ended(EndedBy::Agent);
                } else {
                    self.unavailable(reason);
                }
            }
            Message::ChatEnded { reason } => self.ended(match reason.as_deref() {
                Some("client") => EndedBy::Visitor,
                Some("clientIdleTimeout") => EndedBy::Idle,
                Some("agentsUnavailable" | "agentPushTimeout" | "NoPost") => EndedBy::Nobody,
                Some("agent") | None => EndedBy::Agent,
                Some(_) => EndedBy::Desk,
            }),
            Message::Ignored => {}
            Message::Unrecognised { kind } => self.event(Event::Unrecognised { kind }),
        }
    }

    /// Our side ends the chat.
    fn end(&mut self) {
        self.typing = None;
        match &mut self.state.stage {
            Stage::Idle | Stage::Over => self.be_over(),
            Stage::Opening { .. } => {
                self.fail_texts(&FailureReason::ConversationEnded);
                self.be_over();
            }
            Stage::Open(session) => {
                let was_live = matches!(session.chat, Chat::Live { .. });
                if !matches!(session.chat, Chat::Closing { .. }) {
                    session.chat = Chat::Closing { was_live };
                    session.poll = Poll::Off;
                    self.poll = None;
                }
                if !was_live {
                    self.fail_texts(&FailureReason::ConversationEnded);
                }
            }
        }
    }

    /// The desk's side has ended the chat, or lost it.
    fn ended(&mut self, by: EndedBy) {
        let closing =
            matches!(self.state.stage, Stage::Open(Session { chat: Chat::Closing { .. }, .. }));
        if let Stage::Open(session) = &mut self.state.stage
            && let Some(Head { post: Post::Text(text), .. }) = session.head.take()
        {
            self.state.texts.push_front(text);
        }
        self.event(Event::Typing(false));
        self.fail_texts(&FailureReason::ConversationEnded);
        self.be_over();
        if !closing {
            self.event(Event::Ended(by));
        }
    }

    /// Nobody takes the chat. What was not delivered is the conversation's again.
    fn unavailable(&mut self, reason: UnavailableReason) {
        self.state.texts.clear();
        self.be_over();
        self.event(Event::Unavailable(reason));
    }

    fn be_over(&mut self) {
        self.state.stage = Stage::Over;
        self.opening = None;
        self.poll = None;
        self.post = None;
        self.typing = None;
    }

    /// No session came about. The conversation goes on: a retry by the visitor asks again.
    fn give_up_opening(&mut self, reason: FailureReason) {
        self.be_over();
        self.state.stage = Stage::Idle;
        self.fail_texts(&reason);
    }

    fn fail_texts(&mut self, reason: &FailureReason) {
        while let Some(text) = self.state.texts.pop_front() {
            self.event(Event::Failed { seq: text.seq, reason: reason.clone() });
        }
    }

    fn call(&mut self, request: Request) -> CallId {
        self.calls += 1;
        let call = CallId { epoch: self.epoch, number: self.calls };
        self.effects.push_back(Effect::Call(call, request));
        call
    }

    fn event(&mut self, event: Event) {
        self.effects.push_back(Effect::Event(event));
    }
}

fn new_head(session: &Session, post: Post, now: Timestamp) -> Head {
    Head { post, number: session.sequence + 1, first_at: now, tries: 0, next_at: now }
}

const fn post_budget(post: &Post) -> Duration {
    match post {
        Post::Init => OPENING_BUDGET,
        Post::Text(_) | Post::End => POST_BUDGET,
        Post::Typing(_) => Duration::ZERO,
    }
}

fn agent(name: String, user_id: Option<&str>) -> Agent {
    // FNV-1a: the same agent gets the same colour, and the desk's id does not travel.
    let key = user_id
        .unwrap_or(&name)
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    Agent { key, name, avatar: None }
}

impl From<KnownAgent> for Agent {
    fn from(agent: KnownAgent) -> Self {
        Self { key: agent.key, name: agent.name, avatar: None }
    }
}

/// How long the desk holds a poll before it answers 204. Source: seen by several clients; not documented.
const HOLD: Duration = Duration::from_secs(30);

/// Added to [`HOLD`] for clocks and the way there.
const HOLD_MARGIN: Duration = Duration::from_secs(2);

/// Least time from one poll to the next, if it brought nothing.
const MIN_POLL: Duration = Duration::from_secs(1);

/// Added to a call's timeout: after this its answer will not come in this life.
const WATCHDOG: Duration = Duration::from_secs(5);

/// Pause between sequenced POSTs. Source: docs/VENDORS.md; messages in quick succession were seen to be
/// answered 200 and lost.
const POST_SPACING: Duration = Duration::from_millis(250);

/// How long a message is tried before the visitor is told that it was not sent.
const POST_BUDGET: Duration = Duration::from_secs(60);

/// How long a session is asked for before the visitor is told that nothing was sent.
const OPENING_BUDGET: Duration = Duration::from_secs(30);

/// How long polls may fail before the chat counts as lost. The desk itself forgets a chat without polls after
/// its `connectionTimeout` (40 s is usual), and then says 403; this is for a desk that says nothing at all.
const POLL_BUDGET: Duration = Duration::from_secs(300);

/// Pause before a POST or SessionId is tried again.
const RETRY: Backoff =
    Backoff { floor: Duration::from_millis(1_000), ceiling: Duration::from_secs(10) };

/// Pause before a poll is tried again. Source: Salesforce's own mobile client waits 2 s.
const POLL_RETRY: Backoff =
    Backoff { floor: Duration::from_secs(2), ceiling: Duration::from_secs(2) };
