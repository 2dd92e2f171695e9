//! States and transitions of one conversation at the desk: its writes, one at a time. `failing` has those that did not
//! succeed; `incoming` is its other half.

use std::{collections::VecDeque, time::Duration};

use parlor_shared::{Timestamp, backoff::Backoff, wire::FailureReason};

use super::{
    Config, Mode, Opening,
    answers::{self, Trouble, Verdict},
    chat,
    failing::rules,
    incoming::Need,
    requests::{self, Context, TIMEOUT},
    snapshot::{Claim, Head, Job, Note, Rating, Stage, State, Text},
    wire::{self, Resource},
};
use crate::relay::{
    self, Command, Effect, Event, Introduction, ReplyError,
    call::{CallId, Failure, Outcome, Request},
};

/// One conversation at the desk, stepped by ours.
#[derive(Debug)]
pub struct Machine {
    pub(super) config: Config,
    introduction: Introduction,
    pub(super) state: State,
    epoch: u64,
    calls: u64,
    write: Option<CallId>,
    claim: Option<CallId>,
    pub(super) read: Option<(CallId, Need)>,
    /// Messages that were told and whose events have no number yet: the conversation says it within the same step.
    pub(super) unnumbered: VecDeque<String>,
    effects: VecDeque<Effect>,
}

impl Machine {
    /// A conversation of which the desk knows nothing yet.
    #[must_use]
    pub fn new(config: Config, introduction: Introduction) -> Self {
        Self {
            config,
            introduction,
            state: State::default(),
            epoch: 0,
            calls: 0,
            write: None,
            claim: None,
            read: None,
            unnumbered: VecDeque::new(),
            effects: VecDeque::new(),
        }
    }

    /// A conversation from what was stored, in a new life numbered `epoch`. What became of a write that was under
    /// way is unknown: it is looked for before it is written again.
    #[must_use]
    pub fn restore(epoch: u64, config: Config, introduction: Introduction, state: State) -> Self {
        let mut machine = Self { state, epoch, ..Self::new(config, introduction) };
        if let Some(head) = &mut machine.state.head
            && head.sent
        {
            head.sent = false;
            head.look |= rules(&head.job).looks;
        }
        machine
    }

    /// What must be stored before any effect is performed.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Whether nothing was asked of the desk, or the conversation is over there and all is said.
    #[must_use]
    pub const fn is_at_rest(&self) -> bool {
        match self.state.stage {
            Stage::Idle => true,
            Stage::Over { .. } => !self.is_to_be_rated(),
            Stage::Opening | Stage::Open | Stage::Closing => false,
        }
    }

    /// Takes an order of the conversation.
    pub fn command(&mut self, now: Timestamp, command: Command) {
        match command {
            Command::Deliver { seq, text } => {
                let perhaps = seq <= self.state.last_seq;
                self.state.last_seq = self.state.last_seq.max(seq);
                match self.state.stage {
                    Stage::Over { .. } | Stage::Closing => {
                        let reason = FailureReason::ConversationEnded;
                        self.event(Event::Failed { seq, reason });
                    }
                    Stage::Idle | Stage::Opening | Stage::Open => {
                        self.state.texts.push_back(Text { seq, text, at: now, perhaps });
                        self.open();
                        self.be_attentive(now);
                    }
                }
            }
            Command::Transcript(said) => self.state.said_before = Some(said),
            // Somebody waits: agents see what was said before, whatever comes after.
            Command::Request => self.open(),
            // It takes what is brought at any hour.
            Command::AwaitOpening => {}
            // Its API has no place for the first two, and it neither counts down nor moves.
            Command::Typing(_)
            | Command::Peek(_)
            | Command::IdleWarning(_)
            | Command::Move { .. } => {}
            Command::Rated { seq, score, note } => {
                self.state.rating = Some(Rating { seq, score, note, perhaps: false });
            }
            Command::Leave => self.leave(),
            Command::End(_) => {
                if !matches!(self.state.stage, Stage::Over { .. }) {
                    self.state.stage = Stage::Closing;
                }
            }
        }
        self.advance(now);
    }

    /// Another desk takes over. A write that is under way is waited for, but not repeated.
    fn leave(&mut self) {
        self.state.texts.clear();
        self.state.leaving = true;
        if self.write.is_none() && !self.has_begun_the_conversation() {
            self.state.head = None;
        }
        if !matches!(self.state.stage, Stage::Over { .. }) {
            self.state.stage = Stage::Closing;
        }
    }

    /// What is under way may leave a conversation behind.
    fn has_begun_the_conversation(&self) -> bool {
        self.state.head.as_ref().is_some_and(|it| it.job == Job::Conversation) && self.state.perhaps
    }

    /// Takes the outcome of a call. One that this life did not make, or has given up, is dropped.
    pub fn reply(&mut self, now: Timestamp, dice: u64, call: CallId, outcome: Outcome) {
        if self.write == Some(call) {
            self.write = None;
            self.on_write(now, dice, outcome);
        } else if self.claim == Some(call) {
            self.claim = None;
            self.on_claim(now, dice, &outcome);
        } else if let Some((own, need)) = self.read.take() {
            if own == call {
                self.on_read(now, dice, need, outcome);
            } else {
                self.read = Some((own, need));
            }
        }
        self.advance(now);
    }

    /// Does what is due, and counts as lost what should have been answered long ago.
    pub fn tick(&mut self, now: Timestamp, dice: u64) {
        let overdue = |since: Timestamp| now >= since + TIMEOUT + WATCHDOG;
        let lost = || Outcome::Failed(Failure::Lost);
        if let (Some(call), Some(head)) = (self.write, &self.state.head)
            && overdue(head.next_at)
        {
            self.reply(now, dice, call, lost());
        }
        if let Some(call) = self.claim
            && overdue(self.state.claim.next_at)
        {
            self.reply(now, dice, call, lost());
        }
        if let Some((call, _)) = &self.read
            && overdue(self.state.incoming.read.next_at)
        {
            self.reply(now, dice, *call, lost());
        }
        // Asked for once: an attempt that failed waits for the visitor.
        if self.config.opening == Opening::Eager && self.state.is_untouched() {
            self.open();
        }
        self.advance(now);
    }

    /// The next effect.
    pub fn poll(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// When [`Machine::tick`] is wanted next. While a call is under way this is a watchdog.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        let under_way = |at: Timestamp, is: bool| if is { at + TIMEOUT + WATCHDOG } else { at };
        let write = self.state.head.as_ref().map(|it| under_way(it.next_at, self.write.is_some()));
        let claim =
            self.wants_claim().then(|| under_way(self.state.claim.next_at, self.claim.is_some()));
        let incoming = self.incoming_deadline();
        [write, claim, incoming].into_iter().flatten().min()
    }

    /// Starts every call that is due: one write, one claim, one read, never more.
    pub(super) fn advance(&mut self, now: Timestamp) {
        self.start_write(now);
        self.start_claim(now);
        self.take_in(now);
        self.start_read(now);
    }

    fn open(&mut self) {
        if self.state.stage == Stage::Idle {
            self.state.stage =
                if self.state.conversation.is_some() { Stage::Open } else { Stage::Opening };
            self.event(Event::Requested);
        }
    }

    /// What has to be written next, and whether to look first.
    fn next_job(&mut self) -> Option<(Job, bool)> {
        if matches!(self.state.stage, Stage::Over { .. }) {
            return self.rating();
        }
        if self.state.stage == Stage::Idle {
            return None;
        }
        let closing = self.state.stage == Stage::Closing;
        if self.state.conversation.is_none() {
            if closing && self.state.texts.is_empty() && !self.state.perhaps {
                self.be_over(false);
                return None;
            }
            return Some(if self.state.customer.is_none() {
                (Job::Customer, true)
            } else {
                (Job::Conversation, self.state.perhaps)
            });
        }
        match self.state.note {
            _ if self.state.leaving => Some((Job::Close { plain: false }, false)),
            _ if self.is_to_be_assigned() => Some((Job::Assign, false)),
            Note::Due => Some((Job::Note, false)),
            Note::AsMessage => Some((Job::NoteMessage, false)),
            Note::Done => match self.state.texts.pop_front() {
                Some(text) => {
                    let look = text.perhaps;
                    Some((Job::Text(text), look))
                }
                None if closing => Some((Job::Close { plain: false }, false)),
                None => self.rating(),
            },
        }
    }

    /// The note about the visitor's rating: what it is about has to be there.
    fn rating(&self) -> Option<(Job, bool)> {
        let rating = self.state.rating.as_ref().filter(|_| self.is_to_be_rated())?;
        Some((Job::Rating, rating.perhaps))
    }

    const fn is_to_be_rated(&self) -> bool {
        self.state.rating.is_some() && self.state.conversation.is_some()
    }

    /// A session is opened without saying whose it is.
    const fn is_to_be_assigned(&self) -> bool {
        let named = self.config.team.is_some() || self.config.queue.is_some();
        matches!(self.config.mode, Mode::Chat) && named && !self.state.assigned
    }

    fn start_write(&mut self, now: Timestamp) {
        if self.write.is_some() {
            return;
        }
        if self.state.head.is_none() {
            let Some((job, look)) = self.next_job() else { return };
            self.state.head = Some(Head {
                job,
                look,
                clashed: false,
                sent: false,
                held_ms: 0,
                first_at: now,
                tries: 0,
                next_at: now,
            });
        }
        let Some(head) = &mut self.state.head else { return };
        if now < head.next_at {
            return;
        }
        head.sent = true;
        head.tries += 1;
        head.next_at = now;
        let (job, look) = (head.job.clone(), head.look);
        if job == Job::Conversation && !look {
            self.state.perhaps = true;
        }
        if let (Job::Rating, false, Some(rating)) = (&job, look, &mut self.state.rating) {
            rating.perhaps = true;
        }
        if !look {
            // Who looks again begins at the first way.
            self.state.by_email = false;
        }
        let request = if look { self.context().look(&job) } else { self.context().make(&job) };
        self.write = Some(self.call(request));
    }

    fn on_write(&mut self, now: Timestamp, dice: u64, outcome: Outcome) {
        let Some(mut head) = self.state.head.take() else { return };
        head.sent = false;
        if self.state.leaving && matches!(head.job, Job::Text(_) | Job::Note | Job::NoteMessage) {
            // However it went: another desk is told.
            self.state.note = Note::Done;
            return;
        }
        match answers::verdict(outcome, requests::role(&head.job)) {
            Verdict::Done(body) => match self.on_done(&head, &body) {
                Ok(Made::Yes) => self.settle(now, head),
                Ok(Made::No) => self.on_not_found(now, head),
                Err(error) => {
                    let trouble = Trouble { code: error.code(), status: Some(200), role: None };
                    self.retry(now, dice, head, trouble);
                }
            },
            Verdict::Absent if head.look => self.on_not_found(now, head),
            Verdict::Absent => self.on_gone(now, head),
            Verdict::Held(until) => self.hold(now, head, until),
            Verdict::Unsure(trouble) => self.retry(now, dice, head, trouble),
            Verdict::Key(trouble) => self.on_key(now, head, trouble),
            Verdict::Region(trouble) => {
                self.trouble(&head.job, trouble);
                self.fail(head, FailureReason::DeskRefused);
            }
            Verdict::Refused(trouble) => {
                self.trouble(&head.job, trouble);
                self.on_refused(now, head, trouble.status == Some(413));
            }
            Verdict::Conflict => self.on_refused(now, head, false),
        }
    }

    /// Reads the answer of a success.
    fn on_done(&mut self, head: &Head, body: &[u8]) -> Result<Made, ReplyError> {
        let call = requests::label(&head.job);
        let json = wire::json(call, body)?;
        let chat = self.config.mode == Mode::Chat;
        match &head.job {
            Job::Customer => {
                let customer = wire::single(call, &json)?;
                self.learn(customer, !head.look);
                self.state.customer = customer.id().map(str::to_owned);
            }
            Job::Conversation if head.look && chat => {
                let sessions = wire::list(call, &json)?;
                let Some(session) = chat::found(self.context(), &sessions) else {
                    return Ok(Made::No);
                };
                self.state.conversation = session.id().map(str::to_owned);
            }
            Job::Conversation => {
                let conversation = wire::single(call, &json)?;
                self.learn(conversation, true);
                self.state.conversation = conversation.id().map(str::to_owned);
            }
            Job::Note | Job::Rating if head.look => {
                let ours = self.context().note_id(&head.job);
                let notes = wire::list(call, &json)?;
                if !notes.iter().any(|note| note.text("externalId") == Some(&ours)) {
                    return Ok(Made::No);
                }
            }
            Job::Text(_) | Job::NoteMessage if chat => {
                let id = if head.look {
                    let text = match &head.job {
                        Job::Text(text) => text.text.clone(),
                        _ => self.context().note(),
                    };
                    let messages = wire::list(call, &json)?;
                    match chat::unknown_with(self.context(), &messages, &text) {
                        Some(id) => Some(id.to_owned()),
                        None => return Ok(Made::No),
                    }
                } else {
                    chat::made(&json).map(str::to_owned)
                };
                self.state.incoming.remember_posted(id);
            }
            Job::Text(_) | Job::NoteMessage | Job::Note | Job::Rating => {
                let made = wire::single(call, &json)?;
                self.learn(made, !head.look);
            }
            Job::Close { .. } if head.look => {
                let conversation = wire::single(call, &json)?;
                if conversation.standing().done != Some(true) {
                    return Ok(Made::No);
                }
            }
            Job::Close { .. } | Job::Assign => {}
        }
        Ok(Made::Yes)
    }

    /// What was just written says who our key is, and everything says whose organisation it is.
    fn learn(&mut self, resource: Resource<'_>, ours: bool) {
        if self.state.organization.is_none() {
            self.state.organization = resource.related("org").map(str::to_owned);
        }
        if ours && self.state.machine_user.is_none() {
            self.state.machine_user = resource.related("createdBy").map(str::to_owned);
        }
    }

    /// The job is done.
    fn settle(&mut self, now: Timestamp, head: Head) {
        match head.job {
            Job::Customer => self.state.by_email = false,
            Job::Conversation => {
                self.state.perhaps = false;
                self.state.claim = Claim::default();
                if self.state.stage == Stage::Opening {
                    self.state.stage = Stage::Open;
                }
                self.be_attentive(now);
            }
            Job::Assign => self.state.assigned = true,
            Job::Note | Job::NoteMessage => self.state.note = Note::Done,
            Job::Rating => self.state.rating = None,
            Job::Text(text) => {
                self.be_attentive(now);
                self.event(Event::Delivered { seq: text.seq });
            }
            Job::Close { .. } => self.be_over(false),
        }
    }

    fn on_not_found(&mut self, now: Timestamp, head: Head) {
        let nothing_to_close = self.state.stage == Stage::Closing && self.state.texts.is_empty();
        match head.job {
            Job::Customer if !self.state.by_email && self.context().address().is_some() => {
                self.state.by_email = true;
                self.state.head = Some(Head { next_at: now, ..head });
            }
            // Refused as if it were there, and it is not: the refusal was about something else.
            _ if head.clashed => self.fail(head, FailureReason::DeskRefused),
            Job::Conversation if nothing_to_close => self.be_over(false),
            _ => self.state.head = Some(Head { look: false, next_at: now, ..head }),
        }
    }

    /// It is over here. What the desk ended, it may take up again.
    pub(super) fn be_over(&mut self, at_desk: bool) {
        self.state.stage = Stage::Over { at_desk };
        if self.state.head.as_ref().is_some_and(|it| !rules(&it.job).outlives_end) {
            self.state.head = None;
            self.write = None;
        }
        self.state.incoming.catch_up_at = None;
    }

    const fn wants_claim(&self) -> bool {
        self.state.conversation.is_some()
            && !self.state.claim.made
            && !matches!(self.state.stage, Stage::Over { .. })
    }

    /// Says where events of the desk's conversation are to go. Those that came before wait there.
    fn start_claim(&mut self, now: Timestamp) {
        if !self.wants_claim() || self.claim.is_some() || now < self.state.claim.next_at {
            return;
        }
        let Some(desk_conversation) = self.state.conversation.clone() else { return };
        self.state.claim.tries += 1;
        self.state.claim.next_at = now;
        let claim = relay::Claim {
            resource: self.config.resource.clone(),
            desk_conversation,
            organization: self.organization().map(str::to_owned),
            conversation: self.introduction.conversation.clone(),
        };
        let call = self.next_call();
        self.claim = Some(call);
        self.effects.push_back(Effect::Claim(call, claim));
    }

    fn on_claim(&mut self, now: Timestamp, dice: u64, outcome: &Outcome) {
        let claim = &mut self.state.claim;
        match outcome {
            Outcome::Answer { status: 200, .. } => claim.made = true,
            _ => {
                claim.next_at = now + RETRY.delay(claim.tries.saturating_sub(1), dice);
                let (call, code) = ("claim", "claim_failed");
                self.event(Event::Trouble { call, code, status: None });
            }
        }
    }

    /// The organisation whose events are ours, as far as it is known.
    pub(super) fn organization(&self) -> Option<&str> {
        self.config.organization.as_deref().or(self.state.organization.as_deref())
    }

    pub(super) fn is_ours(&self, conversation: &str, turn: u32) -> bool {
        self.introduction.conversation == conversation && self.introduction.turn == turn
    }

    pub(super) const fn context(&self) -> Context<'_> {
        Context { config: &self.config, introduction: &self.introduction, state: &self.state }
    }

    fn next_call(&mut self) -> CallId {
        self.calls += 1;
        CallId { epoch: self.epoch, number: self.calls }
    }

    pub(super) fn call(&mut self, request: Request) -> CallId {
        let call = self.next_call();
        self.effects.push_back(Effect::Call(call, request));
        call
    }

    pub(super) fn event(&mut self, event: Event) {
        self.effects.push_back(Effect::Event(event));
    }

    pub(super) fn trouble(&mut self, job: &Job, trouble: Trouble) {
        self.trouble_with(requests::label(job), trouble);
    }

    /// A missing role is what the log is about: an admin has to know which.
    pub(super) fn trouble_with(&mut self, label: &'static str, trouble: Trouble) {
        let call = trouble.role.map_or(label, super::Role::name);
        self.event(Event::Trouble { call, code: trouble.code, status: trouble.status });
    }
}

/// Whether what was to be made is there.
enum Made {
    Yes,
    No,
}

/// Added to a call's timeout: after this its answer will not come in this life.
pub(super) const WATCHDOG: Duration = Duration::from_secs(5);

/// Pause before a write is tried again. Source: docs/VENDORS.md, "Kustomer", "Limits".
pub(super) const RETRY: Backoff =
    Backoff { floor: Duration::from_secs(1), ceiling: Duration::from_secs(30) };
