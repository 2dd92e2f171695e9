//! Decides when to connect, what to send, and what has been seen.
//!
//! ```text
//! Idle -> Starting -> Connecting -> Greeting -> Linked -> Over
//!            ^            ^                        |
//!            +-- Waiting <+------------------------+        Stopped: only a reload helps
//! ```

use std::time::Duration;

use parlor_shared::{
    Redacted, Timestamp,
    id::{MessageId, ResourceId},
    wire::{Capabilities, ClientFrame, PROTOCOL_VERSION, ServerFrame, StartAnswer, What},
};

use super::Incoming;
pub use limits::*;

pub use super::words::{Act, Identity, Input, Notice, Output, Start, StartFailure, Status, Way};
use crate::pairs::Pairs;
use wall::Wall;

mod limits;
#[cfg(test)]
mod tests;
mod wall;

/// See the module's documentation.
#[derive(Debug)]
pub struct Machine {
    resource: ResourceId,
    language: Option<String>,
    /// Path and host of the site's page, as the loader last told.
    page: Option<String>,
    /// What the site says of the visitor.
    attributes: Pairs,
    /// Answers to the form, until a conversation has begun with them.
    form: Pairs,
    leave_message: bool,
    identity: Identity,
    token: Option<Token>,
    /// Highest sequence number of the log that was passed on.
    cursor: u64,
    /// The cursor at which the last gap showed. A second gap at the same place is not a lost frame.
    gap_at: Option<u64>,
    outbox: Vec<(MessageId, String)>,
    retries: Vec<MessageId>,
    /// Score and note, until the log shows them.
    rating: Option<(u8, Option<String>)>,
    staying: bool,
    ending: bool,
    ended: bool,
    phase: Phase,
    /// Failures since the link last stayed up.
    failures: u32,
    /// Sockets in a row that closed before they opened: perhaps the token is the reason.
    unopened: u32,
    /// The way of the link, or of the next attempt.
    way: Way,
    /// Sockets that came to nothing, or to little, since one last stayed up: perhaps the network lets none through.
    barren: u32,
    wall: Wall,
    /// When to try whether a socket gets through again, and how often that was tried.
    probe_at: Timestamp,
    probes: u32,
    /// When the link began to be wanted but not up.
    missing_since: Option<Timestamp>,
    offline: bool,
    hidden: bool,
    reached: bool,
    skipped: u32,
    outputs: Vec<Output>,
}

#[derive(Debug)]
enum Phase {
    /// Nothing to do.
    Idle,
    /// A start request is under way.
    Starting { until: Timestamp },
    /// The socket is being opened.
    Connecting { until: Timestamp },
    /// The socket is open, `hello` was said, `welcome` has not come.
    Greeting { until: Timestamp },
    /// Up.
    Linked { since: Timestamp, probe: Probe },
    /// Until the next attempt.
    Waiting { until: Timestamp },
    /// The conversation has ended, and the link too.
    Over,
    /// Only a reload helps.
    Stopped,
}

#[derive(Clone, Copy, Debug)]
enum Probe {
    /// Send a ping then.
    Due(Timestamp),
    /// Give the link up then, unless something arrives.
    Awaited(Timestamp),
}

#[derive(Debug)]
struct Token {
    text: Redacted<String>,
    good_until: Timestamp,
}

impl Machine {
    /// A machine that wants nothing yet. `walled_until` is what an earlier page kept by [`Output::Walled`].
    #[must_use]
    pub fn new(
        resource: ResourceId,
        language: Option<String>,
        identity: Identity,
        walled_until: Option<Timestamp>,
    ) -> Self {
        Self {
            resource,
            language,
            page: None,
            attributes: Pairs::default(),
            form: Pairs::default(),
            leave_message: false,
            identity,
            token: None,
            cursor: 0,
            gap_at: None,
            outbox: Vec::new(),
            retries: Vec::new(),
            rating: None,
            staying: false,
            ending: false,
            ended: false,
            phase: Phase::Idle,
            failures: 0,
            unopened: 0,
            way: Way::Socket,
            barren: 0,
            wall: walled_until.map_or(Wall::Unknown, Wall::Recalled),
            probe_at: Timestamp::default(),
            probes: 0,
            missing_since: None,
            offline: false,
            hidden: false,
            reached: false,
            skipped: 0,
            outputs: Vec::new(),
        }
    }

    /// Which page of the site the visitor looks at.
    pub fn set_page(&mut self, page: String) {
        self.page = Some(page);
    }

    /// What the site says of the visitor; for the next start request.
    pub fn set_attributes(&mut self, attributes: Pairs) {
        self.attributes = attributes;
    }

    /// Whether this browser has a conversation that can be resumed.
    #[must_use]
    pub fn can_resume(&self) -> bool {
        self.identity.visitor.is_some() && self.identity.conversation.is_some()
    }

    /// Whether the edge knows this browser.
    #[must_use]
    pub fn has_identity(&self) -> bool {
        self.identity != Identity::default()
    }

    /// Steps the machine. `dice` is any random number.
    pub fn handle(&mut self, now: Timestamp, dice: u64, input: Input) {
        match input {
            Input::Resume => self.want(now),
            Input::Begin { answers, leave_message } => {
                self.form = answers;
                self.leave_message = leave_message;
                self.want(now);
            }
            Input::Say { id, text } => self.say(now, id, text),
            Input::Retry(id) => self.retry(id),
            Input::Retried(id) => self.retries.retain(|asked| *asked != id),
            Input::Discard(id) => self.outbox.retain(|(queued, _)| *queued != id),
            Input::Typing(on) => {
                if self.is_up() {
                    self.transmit(ClientFrame::Typing { on });
                }
            }
            Input::Stay => match self.is_up() {
                true => self.transmit(ClientFrame::Stay {}),
                false => self.staying = true,
            },
            Input::Peek(text) => {
                if self.is_up() {
                    self.transmit(ClientFrame::Peek { text });
                }
            }
            Input::End => self.end(),
            Input::Rate { score, note } => self.rate(now, score, note),
            Input::Follow => self.follow(),
            Input::Answered(answer) => self.answered(now, dice, answer),
            Input::Opened => self.opened(now),
            Input::Received(incoming) => self.received(now, dice, incoming),
            Input::Closed { code } => self.closed(now, dice, code),
            Input::Busy(wait) => {
                if self.has_socket() {
                    self.lost(now, dice, wait);
                }
            }
            Input::Passable => {
                if self.is_up() && self.way == Way::Requests {
                    // One socket is enough to see whether it holds what it promises.
                    self.barren = BARREN_BEFORE_REQUESTS - 1;
                    self.act(Act::Close);
                    self.connect(now);
                }
            }
            Input::Adopt(identity) => self.adopt(now, identity),
            Input::Offline => {
                self.offline = true;
                // Browsers leave a socket open without a network for minutes; nothing said over it arrives.
                if self.has_socket() {
                    self.act(Act::Close);
                    self.lost(now, dice, Duration::ZERO);
                }
            }
            Input::Wake => self.wake(now),
            Input::Hidden => self.hidden = true,
            Input::Tick => self.tick(now, dice),
        }
    }

    /// The next thing to do. Drain it before the next [`Machine::handle`].
    pub fn poll(&mut self) -> Option<Output> {
        (!self.outputs.is_empty()).then(|| self.outputs.remove(0))
    }

    /// When [`Input::Tick`] is wanted.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        match self.phase {
            Phase::Starting { until }
            | Phase::Connecting { until }
            | Phase::Greeting { until }
            | Phase::Waiting { until } => Some(until),
            Phase::Linked { probe, .. } => match probe {
                Probe::Due(_) if self.hidden => None,
                Probe::Due(at) if self.way == Way::Requests => Some(at.min(self.probe_at)),
                Probe::Due(at) | Probe::Awaited(at) => Some(at),
            },
            Phase::Idle | Phase::Over | Phase::Stopped => None,
        }
    }

    /// How the link is now.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> Status {
        match self.phase {
            Phase::Idle | Phase::Over => Status::Unwanted,
            _ if self.ended => Status::Unwanted,
            Phase::Linked { .. } => Status::Up,
            Phase::Stopped => Status::Outdated,
            _ => match self.worth_a_word_at() {
                Some(at) if now < at => Status::Coming,
                _ if self.reached => Status::Down,
                _ => Status::Unreached,
            },
        }
    }

    /// A conversation is under way or wanted.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        !self.ended && !matches!(self.phase, Phase::Idle | Phase::Over)
    }

    /// When a link that does not come up begins to be worth a word. A short cut is not.
    #[must_use]
    pub fn worth_a_word_at(&self) -> Option<Timestamp> {
        let since = self.missing_since?;
        Some(match (self.offline, self.failures) {
            (true, _) => since,
            (false, 0) => since + SLOW_AFTER,
            (false, _) => since + CUT_SHOWS_AFTER,
        })
    }

    /// How many events and frames were of kinds that this widget does not know.
    #[must_use]
    pub fn skipped(&self) -> u32 {
        self.skipped
    }

    /// What this browser proves with whose conversations it may see.
    #[must_use]
    pub fn visitor_token(&self) -> Option<&str> {
        self.identity.visitor.as_ref().map(|token| token.expose().as_str())
    }

    fn is_up(&self) -> bool {
        matches!(self.phase, Phase::Linked { .. })
    }

    fn has_socket(&self) -> bool {
        matches!(
            self.phase,
            Phase::Connecting { .. } | Phase::Greeting { .. } | Phase::Linked { .. }
        )
    }

    /// How long one step of opening a link may take.
    fn attempt(&self) -> Duration {
        match self.way {
            Way::Socket => SOCKET_ATTEMPT,
            Way::Requests => ATTEMPT,
        }
    }

    fn act(&mut self, act: Act) {
        self.outputs.push(Output::Do(act));
    }

    fn transmit(&mut self, frame: ClientFrame) {
        self.act(Act::Transmit(frame));
    }

    fn notice(&mut self, notice: Notice) {
        self.outputs.push(Output::Notice(notice));
    }

    fn keep(&mut self) {
        self.outputs.push(Output::Keep(self.identity.clone()));
    }

    fn want(&mut self, now: Timestamp) {
        if matches!(self.phase, Phase::Idle) {
            self.connect(now);
        }
    }

    fn say(&mut self, now: Timestamp, id: MessageId, text: String) {
        if self.is_up() {
            self.transmit(ClientFrame::Say { id: id.clone(), text: text.clone() });
        }
        self.outbox.push((id, text));
        self.want(now);
    }

    fn retry(&mut self, id: MessageId) {
        if self.is_up() {
            self.transmit(ClientFrame::Retry { id: id.clone() });
        }
        if !self.retries.contains(&id) {
            self.retries.push(id);
        }
    }

    fn end(&mut self) {
        if self.is_up() {
            self.transmit(ClientFrame::End {});
        }
        self.ending = true;
    }

    /// A rating opens a link once more where the one of the conversation has broken since.
    fn rate(&mut self, now: Timestamp, score: u8, note: Option<String>) {
        if self.is_up() {
            self.transmit(ClientFrame::Rate { score, note: note.clone() });
        }
        self.rating = Some((score, note));
        if matches!(self.phase, Phase::Over) {
            self.connect(now);
        }
    }

    fn follow(&mut self) {
        if self.has_socket() {
            self.act(Act::Close);
        }
        self.identity.after =
            self.identity.conversation.take().or_else(|| self.identity.after.take());
        self.keep();
        self.forget_conversation();
        self.phase = Phase::Idle;
        self.missing_since = None;
    }

    /// Everything that belongs to one conversation, but for what is still to be said.
    fn forget_conversation(&mut self) {
        self.token = None;
        self.cursor = 0;
        self.gap_at = None;
        self.retries.clear();
        self.rating = None;
        self.staying = false;
        self.ending = false;
        self.ended = false;
        self.notice(Notice::Reset);
    }

    fn connect(&mut self, now: Timestamp) {
        self.missing_since.get_or_insert(now);
        if self.wall.recall(now) {
            self.barren = BARREN_BEFORE_REQUESTS;
        }
        match (&self.identity.conversation, &self.token) {
            (Some(conversation), Some(token))
                if now < token.good_until && self.unopened < UNOPENED_BEFORE_START =>
            {
                let way = match self.barren < BARREN_BEFORE_REQUESTS {
                    true => Way::Socket,
                    false => Way::Requests,
                };
                let (conversation, token) = (conversation.clone(), token.text.clone());
                self.act(Act::Open { way, conversation, token });
                self.way = way;
                self.phase = Phase::Connecting { until: now + self.attempt() };
            }
            _ => {
                self.unopened = 0;
                let request = Start {
                    resource: self.resource.clone(),
                    visitor: self.identity.visitor.clone(),
                    after: self.identity.after.clone(),
                    page: self.page.clone(),
                    language: self.language.clone(),
                    form: self.form.clone(),
                    leave_message: self.leave_message,
                    attributes: self.attributes.clone(),
                };
                self.act(Act::Start(request));
                self.phase = Phase::Starting { until: now + ATTEMPT };
            }
        }
    }

    fn answered(&mut self, now: Timestamp, dice: u64, answer: Result<StartAnswer, StartFailure>) {
        if !matches!(self.phase, Phase::Starting { .. }) {
            return; // It came after its time was up; another attempt is under way.
        }
        match answer {
            Ok(answer) => {
                if let Some(edge) = answer.now {
                    self.notice(Notice::Clock(edge));
                }
                if let Some(visitor) = answer.visitor_token {
                    self.identity.visitor = Some(Redacted::new(visitor));
                }
                if self.identity.conversation.as_ref() != Some(&answer.conversation) {
                    // Another one, without having asked for it: the one that was shown is not there any more.
                    let gone = self.identity.conversation.is_some() && !self.ended;
                    self.forget_conversation();
                    self.identity.conversation = Some(answer.conversation);
                    if gone {
                        self.notice(Notice::Gone);
                    }
                }
                self.identity.after = None;
                self.form = Pairs::default();
                self.keep();
                let lives = Duration::from_secs(answer.token_expires_in_s);
                self.token = Some(Token {
                    text: Redacted::new(answer.token),
                    good_until: now + lives.saturating_sub(TOKEN_MARGIN),
                });
                self.unopened = 0;
                self.connect(now);
            }
            Err(StartFailure::Token) if self.identity.visitor.is_some() => {
                self.identity.visitor = None;
                self.gone();
                if !self.outbox.is_empty() {
                    self.connect(now);
                }
            }
            Err(StartFailure::Form { key, code }) => {
                // Asking again would be answered the same; the visitor has to say something else.
                self.phase = Phase::Idle;
                self.missing_since = None;
                self.notice(Notice::Form { key, code });
            }
            Err(StartFailure::Refused { retry_after: Some(wait) }) => self.lost(now, dice, wait),
            Err(_) => self.lost(now, dice, Duration::ZERO),
        }
    }

    fn opened(&mut self, now: Timestamp) {
        if !matches!(self.phase, Phase::Connecting { .. }) {
            return;
        }
        self.unopened = 0;
        let until = now + self.attempt();
        self.phase = Phase::Greeting { until };
        self.transmit(ClientFrame::Hello { version: PROTOCOL_VERSION, after: self.cursor });
    }

    fn received(&mut self, now: Timestamp, dice: u64, incoming: Incoming) {
        match &mut self.phase {
            Phase::Linked { probe, .. } => *probe = Probe::Due(now + PING_EVERY),
            Phase::Greeting { .. } => {}
            _ => return,
        }
        match incoming {
            Incoming::Frame(frame) => self.frame(now, dice, frame),
            Incoming::Skipped { seq } => {
                self.skipped += 1;
                self.advance(now, dice, seq);
            }
            Incoming::Pong => {}
            Incoming::Unreadable => self.skipped += 1,
        }
    }

    fn frame(&mut self, now: Timestamp, dice: u64, frame: ServerFrame) {
        match frame {
            ServerFrame::Welcome { last, capabilities, .. } => {
                self.welcome(now, last, capabilities)
            }
            ServerFrame::Event(event) => {
                if let What::Visitor { id, .. } = &event.what {
                    self.outbox.retain(|(queued, _)| queued != id);
                }
                if self.advance(now, dice, event.seq) {
                    if let What::Reopened {} = event.what {
                        self.ended = false;
                    }
                    if let What::Rated { .. } = event.what {
                        self.rating = None;
                    }
                    let over = matches!(event.what, What::Ended { .. });
                    self.notice(Notice::Event(event));
                    if over {
                        self.over();
                    }
                }
            }
            ServerFrame::Accepted { id, seq } => {
                self.outbox.retain(|(queued, _)| *queued != id);
                // The sender of a message need not get its event: this frame stands for it in the log.
                self.advance(now, dice, seq);
                self.notice(Notice::Accepted { id, seq });
            }
            ServerFrame::Typing { on } => self.notice(Notice::Typing(on)),
            ServerFrame::Capabilities(can) => self.notice(Notice::Capabilities(can)),
            ServerFrame::Idle { ends_in_s } => self.notice(Notice::Idle(ends_in_s)),
            ServerFrame::Refused { id: Some(id), code, .. } => {
                self.outbox.retain(|(queued, _)| *queued != id);
                self.retries.retain(|asked| *asked != id);
                self.notice(Notice::Refused { id, code });
            }
            // A rating that is not taken is not sent again.
            ServerFrame::Refused { id: None, .. } => self.rating = None,
        }
    }

    fn welcome(&mut self, now: Timestamp, last: u64, capabilities: Capabilities) {
        if last < self.cursor {
            // The log is another than the one that was shown, and the edge sends all of it.
            self.cursor = 0;
            self.notice(Notice::Reset);
        }
        self.phase = Phase::Linked { since: now, probe: Probe::Due(now + PING_EVERY) };
        self.missing_since = None;
        self.offline = false;
        self.reached = true;
        self.probe_at = now + PROBING.delay(self.probes, 0);
        self.remember(now);
        self.notice(Notice::Welcome { last });
        self.notice(Notice::Capabilities(capabilities));
        // Kept until the log shows them: the frame may be lost with the link.
        for id in self.retries.clone() {
            self.transmit(ClientFrame::Retry { id });
        }
        for (id, text) in self.outbox.clone() {
            self.transmit(ClientFrame::Say { id, text });
        }
        if std::mem::take(&mut self.staying) {
            self.transmit(ClientFrame::Stay {});
        }
        if self.ending {
            self.transmit(ClientFrame::End {});
        }
        if let Some((score, note)) = self.rating.clone() {
            self.transmit(ClientFrame::Rate { score, note });
        }
    }

    /// Moves the cursor to `seq`; false if that place was passed before, or lies beyond a gap.
    fn advance(&mut self, now: Timestamp, dice: u64, seq: u64) -> bool {
        if seq <= self.cursor {
            return false;
        }
        if seq > self.cursor + 1 && self.gap_at != Some(self.cursor) {
            // Something was lost on the way, which a socket does not do by itself. Ask for it again, once.
            self.gap_at = Some(self.cursor);
            self.act(Act::Close);
            self.lost(now, dice, Duration::ZERO);
            return false;
        }
        self.cursor = seq;
        true
    }

    /// The conversation has ended. What became of its last messages may still come, so the link stays until it
    /// breaks; it is not opened again.
    fn over(&mut self) {
        self.outbox.clear();
        self.retries.clear();
        self.ending = false;
        self.ended = true;
        self.missing_since = None;
    }

    fn closed(&mut self, now: Timestamp, dice: u64, code: u16) {
        match self.phase {
            Phase::Connecting { .. } => {
                self.unopened += 1;
                self.came_to_little(code, 1);
            }
            Phase::Greeting { .. } => self.came_to_little(code, 1),
            Phase::Linked { since, .. } if now.since(since) < STABLE_AFTER => {
                self.came_to_little(code, 1);
            }
            Phase::Linked { .. } => {}
            _ => return,
        }
        match code {
            CLOSE_TOKEN => self.token = None,
            CLOSE_GONE | CLOSE_ERASED => {
                self.gone();
                if self.outbox.is_empty() {
                    return;
                }
            }
            // The tab that held the link for all is gone; this one or another holds it now.
            CLOSE_MOVED if self.failures == 0 && !self.ended => {
                self.failures = 1;
                self.connect(now);
                return;
            }
            CLOSE_VERSION | CLOSE_HANDSHAKE => {
                self.phase = Phase::Stopped;
                return;
            }
            _ => {}
        }
        self.lost(now, dice, Duration::ZERO);
    }

    /// An attempt took too long. Who swallows one socket swallows the next, so no other is waited for.
    fn hung(&mut self, now: Timestamp, dice: u64) {
        self.came_to_little(CLOSE_CUT, BARREN_BEFORE_REQUESTS);
        self.act(Act::Close);
        self.lost(now, dice, Duration::ZERO);
    }

    /// Counts a link that never came up, or hardly, towards trying the other way. What the edge says itself proves
    /// that it was reached.
    fn came_to_little(&mut self, code: u16, weight: u32) {
        match self.way {
            Way::Socket if code == CLOSE_CUT => self.barren += weight,
            Way::Requests if !self.is_up() => self.barren = BARREN_BEFORE_REQUESTS - 1,
            _ => {}
        }
    }

    /// The conversation that was shown is not kept any more.
    fn gone(&mut self) {
        self.identity.conversation = None;
        self.identity.after = None;
        self.keep();
        self.forget_conversation();
        self.phase = Phase::Idle;
        self.missing_since = None;
        self.notice(Notice::Gone);
    }

    fn adopt(&mut self, now: Timestamp, identity: Identity) {
        let follows = identity.conversation.is_none() && identity.after.is_some();
        // What another tab has begun, the answer to this one's own question names too.
        if matches!(self.phase, Phase::Starting { .. }) || follows {
            return;
        }
        let another = identity.conversation != self.identity.conversation;
        self.identity = identity;
        if another {
            if self.has_socket() {
                self.act(Act::Close);
            }
            self.forget_conversation();
            self.phase = Phase::Idle;
            self.missing_since = None;
            match self.identity.conversation {
                Some(_) => self.connect(now),
                None => self.outbox.clear(),
            }
        }
    }

    /// Waits for the next attempt, at least `wait`.
    fn lost(&mut self, now: Timestamp, dice: u64, wait: Duration) {
        if self.ended && self.rating.is_none() {
            self.phase = Phase::Over;
            return;
        }
        if let Phase::Linked { since, .. } = self.phase
            && now.since(since) >= STABLE_AFTER
        {
            self.failures = 0;
            if self.way == Way::Socket {
                self.barren = 0;
                self.probes = 0;
            }
        }
        self.missing_since.get_or_insert(now);
        let delay = BACKOFF.delay(self.failures, dice).max(wait);
        self.failures = self.failures.saturating_add(1);
        self.phase = Phase::Waiting { until: now + delay };
    }

    fn wake(&mut self, now: Timestamp) {
        self.hidden = false;
        self.offline = false;
        match &mut self.phase {
            Phase::Waiting { .. } => self.connect(now),
            Phase::Linked { probe, .. } => {
                // The link may have died while nobody looked.
                if let Probe::Due(_) = probe {
                    *probe = Probe::Awaited(now + PONG_WITHIN);
                    self.act(Act::Ping);
                }
                // Perhaps it is another network.
                self.try_socket(now);
            }
            _ => {}
        }
    }

    /// Keeps for the next page which way the link goes.
    fn remember(&mut self, now: Timestamp) {
        self.outputs.extend(self.wall.learn(now, self.way).map(Output::Walled));
    }

    fn try_socket(&mut self, now: Timestamp) {
        if let (Way::Requests, Some(conversation), Some(token)) =
            (self.way, self.identity.conversation.clone(), &self.token)
        {
            let token = token.text.clone();
            self.act(Act::Probe { conversation, token });
            self.probes += 1;
            self.probe_at = now + PROBING.delay(self.probes, 0);
            self.remember(now);
        }
    }

    fn tick(&mut self, now: Timestamp, dice: u64) {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return;
        }
        match &mut self.phase {
            Phase::Waiting { .. } => self.connect(now),
            Phase::Starting { .. } => self.lost(now, dice, Duration::ZERO),
            Phase::Connecting { .. } => {
                self.unopened += 1;
                self.hung(now, dice);
            }
            Phase::Linked { probe: Probe::Due(at), .. } if now < *at => self.try_socket(now),
            Phase::Linked { probe, .. } if matches!(probe, Probe::Due(_)) => {
                *probe = Probe::Awaited(now + PONG_WITHIN);
                self.act(Act::Ping);
            }
            Phase::Greeting { .. } => self.hung(now, dice),
            Phase::Linked { .. } => {
                self.act(Act::Close);
                self.lost(now, dice, Duration::ZERO);
            }
            Phase::Idle | Phase::Over | Phase::Stopped => {}
        }
    }
}
