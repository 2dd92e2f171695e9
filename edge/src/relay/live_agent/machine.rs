//! States of one chat at the desk, and which call is due. What the desk says is in `messages`, `posting`, `polling`,
//! `opening` and `hand_over`.

use std::{collections::VecDeque, time::Duration};

use parlor_shared::{
    Timestamp,
    backoff::Backoff,
    wire::{Agent, Capabilities, EndedBy, FailureReason, UnavailableReason},
};

use super::{
    CAPABILITIES, Config, polling,
    requests::{self, POST_TIMEOUT},
    snapshot::{Chat, HandOver, Head, Poll, Post, Session, Stage, State, Text},
};
use crate::relay::{
    Command, Effect, Event, Introduction, agent_key,
    call::{CallId, Failure, Outcome, Request},
};

/// One chat at the desk, stepped by its conversation.
#[derive(Debug)]
pub struct Machine {
    pub(super) config: Config,
    pub(super) introduction: Introduction,
    pub(super) state: State,
    epoch: u64,
    calls: u64,
    /// The call that asks for a session, for availability, or where the chat is now.
    pub(super) opening: Option<CallId>,
    pub(super) poll: Option<CallId>,
    pub(super) post: Option<CallId>,
    /// The poll that is open has been open for as long as the desk holds one, and this life still waits for it.
    pub(super) poll_watched: bool,
    /// Typing, and unsent text, that the desk has not been told. Not worth storing.
    pub(super) typing: Option<bool>,
    pub(super) peek: Option<String>,
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
            peek: None,
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
        if let Stage::Open(session) = &mut machine.state.stage
            && let Poll::Open { sent_at, failing_since } = session.poll
        {
            let at = now.max(sent_at + polling::lease(session));
            session.poll = Poll::Due { at, failing_since };
        }
        machine
    }

    /// What must be stored before any effect is performed.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Whether nothing was asked of the desk, or the chat is over there.
    #[must_use]
    pub const fn is_at_rest(&self) -> bool {
        matches!(self.state.stage, Stage::Idle | Stage::Over)
    }

    /// What this chat can do.
    #[must_use]
    pub const fn capabilities(&self) -> Capabilities {
        let sneak_peek = matches!(&self.state.stage, Stage::Open(session) if session.sneak_peek);
        Capabilities { sneak_peek, ..CAPABILITIES }
    }

    /// Takes an order of the conversation.
    pub fn command(&mut self, now: Timestamp, command: Command) {
        match command {
            Command::Deliver { seq, text } => self.deliver(now, seq, text),
            Command::Transcript(text) => self.state.transcript = Some(text),
            Command::Request => self.request(now),
            Command::AwaitOpening => self.keep_for_opening(now),
            Command::Typing(on) => {
                if let Stage::Open(Session { chat: Chat::Live { .. }, .. }) = self.state.stage {
                    self.typing = Some(on);
                }
            }
            Command::Peek(text) => {
                let attended = matches!(
                    &self.state.stage,
                    Stage::Open(Session { chat: Chat::Live { agent: Some(_), .. }, .. })
                );
                if attended && self.capabilities().sneak_peek {
                    self.peek = Some(text);
                }
            }
            Command::IdleWarning(on) => {
                if let Stage::Open(session @ Session { chat: Chat::Live { .. }, .. }) =
                    &mut self.state.stage
                {
                    session.extras.push_back(Post::Warning(on));
                }
            }
            Command::Move { base_url, transcript } => self.move_to(now, base_url, transcript),
            Command::End(by) => self.end(by == EndedBy::Idle),
            // A chat that is over takes nothing.
            Command::Rated { .. } => {}
            Command::Leave => {
                self.state.texts.clear();
                self.end(false);
            }
        }
        self.advance(now);
    }

    /// Takes the outcome of a call. One that this life did not make, or has given up, is dropped.
    pub fn reply(&mut self, now: Timestamp, dice: u64, call: CallId, outcome: Outcome) {
        let call = Some(call);
        if self.opening == call {
            self.opening = None;
            self.on_opening(now, dice, outcome);
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
            Stage::Opening { next_at, .. } | Stage::Shut { next_at, .. } => {
                opening = Some(*next_at + POST_TIMEOUT);
            }
            Stage::Open(session) => {
                if let Poll::Open { sent_at, .. } = session.poll {
                    poll = Some(sent_at + requests::poll_timeout(session));
                    self.poll_watched = now >= sent_at + polling::lease(session);
                }
                match &session.hand_over {
                    Some(HandOver::Reconnect { next_at, .. }) => {
                        opening = Some(*next_at + POST_TIMEOUT);
                    }
                    Some(HandOver::Resync { next_at, .. }) => post = Some(*next_at + POST_TIMEOUT),
                    Some(HandOver::Data { .. }) => {}
                    None => post = session.head.as_ref().map(|head| head.next_at + POST_TIMEOUT),
                }
            }
            Stage::Idle | Stage::Over => {}
        }
        let overdue = |end: Option<Timestamp>| end.is_some_and(|end| now >= end + WATCHDOG);
        if self.opening.is_some() && overdue(opening) {
            self.opening = None;
            self.on_opening(now, dice, lost());
        }
        if self.poll.is_some() && overdue(poll) {
            self.poll = None;
            self.on_messages(now, dice, lost());
        }
        if self.post.is_some() && overdue(post) {
            self.post = None;
            self.on_post(now, dice, lost());
        }
        self.stop_waiting_for_data(now);
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
        let asked = |next_at: Timestamp| match self.opening {
            Some(_) => next_at + POST_TIMEOUT + WATCHDOG,
            None => next_at,
        };
        let posted = |next_at: Timestamp| match self.post {
            Some(_) => next_at + POST_TIMEOUT + WATCHDOG,
            None => next_at,
        };
        match &self.state.stage {
            Stage::Idle | Stage::Over => None,
            Stage::Opening { next_at, .. } => Some(asked(*next_at)),
            // Nothing to bring, nothing to ask.
            Stage::Shut { next_at, .. } => (!self.state.texts.is_empty()).then(|| asked(*next_at)),
            Stage::Open(session) => {
                let poll = match session.poll {
                    Poll::Off => None,
                    _ if session.is_lost_from_sight() => None,
                    Poll::Due { at, .. } => Some(at),
                    // The desk lets go at the end of the lease: a life that ended in the meantime must have a
                    // successor by then, because the desk forgets a chat without polls soon after.
                    Poll::Open { sent_at, .. } if !self.poll_watched => {
                        Some(sent_at + polling::lease(session))
                    }
                    Poll::Open { sent_at, .. } => {
                        Some(sent_at + requests::poll_timeout(session) + WATCHDOG)
                    }
                };
                let post = match (&session.hand_over, &session.head) {
                    (Some(HandOver::Reconnect { next_at, .. }), _) => Some(asked(*next_at)),
                    (Some(HandOver::Data { since }), _) => Some(*since + DATA_PATIENCE),
                    (Some(HandOver::Resync { next_at, .. }), _) => Some(posted(*next_at)),
                    (None, Some(head)) => Some(posted(head.next_at)),
                    (None, None) => self.has_post(session).then_some(session.next_post_at),
                };
                poll.into_iter().chain(post).min()
            }
        }
    }

    fn deliver(&mut self, now: Timestamp, seq: u64, text: String) {
        match &self.state.stage {
            Stage::Over | Stage::Open(Session { chat: Chat::Closing { .. }, .. }) => {
                return self.event(Event::Failed { seq, reason: FailureReason::ConversationEnded });
            }
            Stage::Idle => self.request(now),
            Stage::Opening { .. } | Stage::Open(_) | Stage::Shut { .. } => {}
        }
        // What is sent is not unsent any more.
        self.peek = None;
        self.state.texts.push_back(Text { seq, text });
    }

    fn request(&mut self, now: Timestamp) {
        if matches!(self.state.stage, Stage::Idle) {
            self.state.stage = Stage::Opening { since: now, tries: 0, next_at: now };
            self.event(Event::Requested);
        }
    }

    /// Starts every call that is due. One poll, one POST, never more.
    fn advance(&mut self, now: Timestamp) {
        self.open_session(now);
        self.reconnect(now);
        self.open_poll(now);
        self.open_post(now);
    }

    /// Our side ends the chat.
    fn end(&mut self, idle: bool) {
        (self.typing, self.peek) = (None, None);
        match &mut self.state.stage {
            Stage::Idle | Stage::Over => self.be_over(),
            Stage::Opening { .. } | Stage::Shut { .. } => {
                self.fail_texts(&FailureReason::ConversationEnded);
                self.be_over();
            }
            Stage::Open(session) => {
                let was_live = matches!(session.chat, Chat::Live { .. });
                if !matches!(session.chat, Chat::Closing { .. }) {
                    session.chat = Chat::Closing { was_live, idle };
                    session.extras.clear();
                    if session.hand_over.is_none() {
                        session.poll = Poll::Off;
                        self.cancel_poll();
                    }
                }
                if !was_live {
                    self.fail_texts(&FailureReason::ConversationEnded);
                }
            }
        }
    }

    /// The desk's side has ended the chat, or lost it.
    pub(super) fn ended(&mut self, by: EndedBy) {
        let closing =
            matches!(self.state.stage, Stage::Open(Session { chat: Chat::Closing { .. }, .. }));
        self.take_back_head();
        self.event(Event::Typing(false));
        self.fail_texts(&FailureReason::ConversationEnded);
        self.be_over();
        if !closing {
            self.event(Event::Ended(by));
        }
    }

    /// Nobody takes the chat. What was not delivered is the conversation's again.
    pub(super) fn unavailable(&mut self, reason: UnavailableReason) {
        if matches!(self.state.stage, Stage::Open(Session { chat: Chat::Closing { .. }, .. })) {
            return self.ended(EndedBy::Nobody);
        }
        self.event(Event::Typing(false));
        self.state.texts.clear();
        self.be_over();
        self.event(Event::Unavailable(reason));
    }

    /// The text that was being posted waits first in line again.
    pub(super) fn take_back_head(&mut self) {
        if let Stage::Open(session) = &mut self.state.stage
            && let Some(Head { post: Post::Text(text), .. }) = session.head.take()
        {
            self.state.texts.push_front(text);
        }
    }

    pub(super) fn be_over(&mut self) {
        self.state.stage = Stage::Over;
        self.cancel_all();
        (self.typing, self.peek) = (None, None);
    }

    pub(super) fn fail_texts(&mut self, reason: &FailureReason) {
        while let Some(text) = self.state.texts.pop_front() {
            self.event(Event::Failed { seq: text.seq, reason: reason.clone() });
        }
    }

    pub(super) fn cancel_all(&mut self) {
        let calls = [self.opening.take(), self.post.take(), self.poll.take()];
        for call in calls.into_iter().flatten() {
            self.cancel(call);
        }
    }

    pub(super) fn cancel_poll(&mut self) {
        if let Some(call) = self.poll.take() {
            self.cancel(call);
        }
    }

    pub(super) fn cancel(&mut self, call: CallId) {
        self.effects.push_back(Effect::Cancel(call));
    }

    pub(super) fn call(&mut self, request: Request) -> CallId {
        self.calls += 1;
        let call = CallId { epoch: self.epoch, number: self.calls };
        self.effects.push_back(Effect::Call(call, request));
        call
    }

    pub(super) fn event(&mut self, event: Event) {
        self.effects.push_back(Effect::Event(event));
    }

    pub(super) fn trouble(&mut self, call: &'static str, code: &'static str, status: Option<u16>) {
        self.event(Event::Trouble { call, code, status });
    }
}

impl Session {
    /// Whether it is not known where the chat is: then nothing can be polled.
    pub(super) const fn is_lost_from_sight(&self) -> bool {
        matches!(self.hand_over, Some(HandOver::Reconnect { .. }))
    }
}

/// An agent as a visitor may know them.
pub(super) fn agent(name: String, user_id: Option<&str>) -> Agent {
    Agent { key: agent_key(user_id.unwrap_or(&name)), name, avatar: None }
}

/// Added to a call's timeout: after this its answer will not come in this life.
pub(super) const WATCHDOG: Duration = Duration::from_secs(5);

/// How long the desk may take to send what it knows of a chat that was handed over: longer than it holds a poll.
pub(super) const DATA_PATIENCE: Duration = Duration::from_secs(45);

/// Pause before a POST, SessionId or ReconnectSession is tried again.
pub(super) const RETRY: Backoff =
    Backoff { floor: Duration::from_millis(1_000), ceiling: Duration::from_secs(10) };
