//! The desk's side: what webhooks and reads bring, in order, each once.
//!
//! Events wait in the inbox for a moment and are taken by the desk's time, because their order is not promised. The log
//! is only appended to, so a message that is told before an earlier one stays before it: with each that comes, the desk's
//! list is read, which has those whose events are late. An item at the front may need more: the agent's name, the whole
//! of a shortened text, or whether a message was missed before the conversation's end.

use std::time::Duration;

use parlor_shared::{
    Timestamp,
    wire::{Agent, Block, EndedBy, Span},
};

use super::{
    Machine,
    answers::{self, Trouble, Verdict},
    machine::{RETRY, WATCHDOG},
    requests::TIMEOUT,
    role::Role,
    snapshot::{
        Happened, Item, ItemKind, Look, Push, ReadStep, Reading, Said, Stage, Standing, User,
    },
    wire::{self, NotSaid, Resource},
};
use crate::relay::{
    Event, ReplyError,
    call::{Outcome, Rank, Request},
    markdown,
};

/// What has to be read.
#[derive(Clone, Debug, PartialEq)]
pub enum Need {
    User(String),
    Message(String),
    Page(u32),
    Standing,
    /// A page of the messages, for one that waits to be told.
    Before(u32),
}

impl Machine {
    /// Takes a verified event.
    pub fn push(&mut self, now: Timestamp, push: Push) {
        if let Some(code) = self.is_foreign(&push) {
            return self.event(Event::Trouble { call: "webhook", code, status: None });
        }
        if self.state.incoming.silent {
            self.state.incoming.silent = false;
            self.warn(false);
        }
        self.be_attentive(now);
        let what = match push.what {
            Happened::Said(said) => {
                let echo = said.author.is_some() && said.author == self.state.machine_user;
                if echo || self.state.incoming.knows(&said.id) {
                    return self.advance(now);
                }
                ItemKind::Said(said)
            }
            Happened::Redacted { id } => ItemKind::Redacted { id },
            Happened::Standing(standing) => ItemKind::Standing { standing, read: false },
        };
        let look = if matches!(what, ItemKind::Said(_)) { Look::Due } else { Look::Done };
        self.state.incoming.put(Item { at: push.at, arrived: now, held: false, look, what });
        self.advance(now);
    }

    /// A page of the visitor's is open, or none is any more. One that opens is caught up with.
    pub fn present(&mut self, now: Timestamp, on: bool) {
        let returns = on && !self.state.incoming.present;
        self.state.incoming.present = on;
        if returns {
            self.be_attentive(now);
            if self.state.incoming.catch_up_at.is_some() {
                self.state.incoming.catch_up_at = Some(now);
            }
        } else if !on {
            self.state.incoming.catch_up_at = None;
        }
        self.advance(now);
    }

    /// The number of the event of the message that was told just now.
    pub fn appended(&mut self, seq: u64) {
        let Some(id) = self.unnumbered.pop_front() else { return };
        let seen = self.state.incoming.seen.iter_mut().rev().find(|it| it.id == id);
        if let Some(seen) = seen {
            seen.seq = Some(seq);
        }
    }

    /// Why an event is not for this conversation.
    fn is_foreign(&self, push: &Push) -> Option<&'static str> {
        if push.resource != self.config.resource {
            return Some("webhook_of_other_resource");
        }
        if let (Some(ours), Some(theirs)) = (self.organization(), &push.organization)
            && ours != theirs
        {
            return Some("webhook_of_other_organization");
        }
        let ours = match (&self.state.conversation, &push.ours) {
            (Some(known), _) => *known == push.conversation,
            // It overtook the answer that tells the desk's id of the conversation, and names ours.
            (None, Some(ours)) => self.is_ours(ours, push.turn),
            (None, None) => false,
        };
        (!ours).then_some("webhook_of_other_conversation")
    }

    /// Something goes on: look soon whether anything was missed, if somebody is there to see it.
    pub(super) fn be_attentive(&mut self, now: Timestamp) {
        let incoming = &mut self.state.incoming;
        let open = self.state.stage == Stage::Open && self.state.conversation.is_some();
        if open && incoming.present {
            incoming.pause_s = CATCH_UP_S;
            incoming.catch_up_at = Some(now + Duration::from_secs(CATCH_UP_S));
        }
    }

    /// When something of the desk's side is due.
    pub(super) fn incoming_deadline(&self) -> Option<Timestamp> {
        let incoming = &self.state.incoming;
        let read = match &self.read {
            Some(_) => Some(incoming.read.next_at + TIMEOUT + WATCHDOG),
            None => self.need(None).map(|_| incoming.read.next_at),
        };
        let waited = incoming.inbox.iter().map(|it| it.arrived + WINDOW).min();
        let ripe = match self.ripe(None) {
            // The front waits for a read, which has its own time.
            Some(_) if read.is_some() => None,
            // For a name that has grown old meanwhile: asked for when the next read may begin, and not before.
            Some(_) => waited.map(|at| at.max(incoming.read.next_at)),
            None => waited,
        };
        // A read that failed is tried again in its own time: what is due since then would ring the alarm at once, again
        // and again.
        let look =
            incoming.catch_up_at.filter(|_| read.is_none() && self.state.stage == Stage::Open);
        [read, ripe, look.map(|at| at.max(incoming.read.next_at))].into_iter().flatten().min()
    }

    /// How many items from the front may be taken; `None` as the time for "whenever".
    fn ripe(&self, now: Option<Timestamp>) -> Option<usize> {
        let is_ripe = |it: &Item| now.is_some_and(|now| it.arrived + WINDOW <= now) || it.is_held();
        self.state.incoming.inbox.iter().rposition(is_ripe).map(|at| at + 1)
    }

    /// Takes from the inbox what has waited long enough and needs nothing more.
    pub(super) fn take_in(&mut self, now: Timestamp) {
        let Some(ripe) = self.ripe(Some(now)) else { return };
        for _ in 0..ripe {
            let Some(item) = self.state.incoming.inbox.pop_front() else { return };
            if self.needs(&item, Some(now)).is_some() {
                self.state.incoming.inbox.push_front(item.hold());
                return;
            }
            self.take(item);
        }
    }

    /// What an item needs before it can be taken.
    fn needs(&self, item: &Item, now: Option<Timestamp>) -> Option<Need> {
        match &item.what {
            ItemKind::Said(_) if item.look != Look::Done && self.can_look() => {
                Some(Need::Before(1))
            }
            ItemKind::Said(Said { id, shortened: true, .. }) => Some(Need::Message(id.clone())),
            ItemKind::Said(said) => self.stranger(self.author(said), now),
            ItemKind::Standing { standing, read } => {
                if self.is_stale(standing) {
                    return None;
                }
                let assigned =
                    standing.assigned.as_ref().and_then(|it| it.first()).map(String::as_str);
                let ends = standing.done == Some(true) && !self.state.incoming.done;
                if ends && !read && !self.is_over_here() {
                    // A message before the end may be on its way still.
                    return Some(Need::Page(1));
                }
                self.stranger(assigned, now)
            }
            ItemKind::Redacted { .. } => None,
        }
    }

    /// Whether there is a list to look into, and somebody who is told what is in it.
    const fn can_look(&self) -> bool {
        self.state.conversation.is_some() && !self.is_over_here()
    }

    /// A user whose name is not known.
    fn stranger(&self, user: Option<&str>, now: Option<Timestamp>) -> Option<Need> {
        let user = user?;
        let fresh = |it: &User| now.is_none_or(|now| now < it.known_at + USER_KNOWN_FOR);
        let known = self.state.incoming.users.iter().any(|it| it.id == user && fresh(it));
        (!known).then(|| Need::User(user.to_owned()))
    }

    fn author<'a>(&'a self, said: &'a Said) -> Option<&'a str> {
        // Nobody wrote an automatic message; a message that does not say who wrote it is the agent's who is there.
        let present = self.state.incoming.agent.as_deref().filter(|_| !said.auto);
        said.author.as_deref().or(present)
    }

    fn is_stale(&self, standing: &Standing) -> bool {
        standing.rev.is_some_and(|rev| rev <= self.state.incoming.rev)
    }

    fn take(&mut self, item: Item) {
        let at = item.at;
        match item.what {
            ItemKind::Said(said) => self.tell(at, said),
            ItemKind::Redacted { id } => {
                let seen = self.state.incoming.seen.iter_mut().find(|it| it.id == id);
                if let Some(seen) = seen
                    && !seen.redacted
                    && let Some(seq) = seen.seq
                {
                    seen.redacted = true;
                    self.event(Event::Redacted { seq });
                }
            }
            ItemKind::Standing { standing, .. } => {
                if !self.is_stale(&standing) {
                    self.stand(at, &standing);
                }
            }
        }
    }

    /// An agent's message.
    fn tell(&mut self, at: Timestamp, said: Said) {
        match self.state.stage {
            // The visitor ended it, and is told nothing any more.
            Stage::Over { at_desk: false } | Stage::Closing => {
                let code = "message_after_end";
                return self.event(Event::Trouble { call: "webhook", code, status: None });
            }
            // Written after the end: the agent goes on, whatever the status says.
            Stage::Over { at_desk: true } if at > self.state.incoming.done_at => self.reopen(),
            _ => {}
        }
        let agent = self.agent(self.author(&said));
        let mut body = markdown::blocks(&said.text);
        if said.files > 0 {
            body.push(Block::Paragraph(vec![Span::Text(format!("\u{1f4ce} {}", said.files))]));
        }
        self.state.incoming.remember_seen(said.id.clone());
        if !body.is_empty() {
            self.unnumbered.push_back(said.id);
            self.event(Event::Said { agent, body, auto: said.auto });
        }
    }

    /// The conversation is like this now.
    fn stand(&mut self, at: Timestamp, standing: &Standing) {
        if let Some(rev) = standing.rev {
            self.state.incoming.rev = rev;
        }
        let over_here = self.is_over_here();
        if standing.done == Some(false) && self.state.incoming.done {
            self.reopen();
        }
        let assigned = standing.assigned.as_ref().map(|users| users.first().cloned());
        if let Some(assigned) = assigned
            && !over_here
            && assigned != self.state.incoming.agent
        {
            self.change_agent(assigned);
        }
        if standing.done == Some(true) && !self.state.incoming.done {
            self.state.incoming.done_at = at;
            self.state.incoming.done = true;
            if !over_here {
                self.end_at_desk();
            }
        }
    }

    /// Our side has ended it: what the desk says of it is nobody's news.
    const fn is_over_here(&self) -> bool {
        matches!(self.state.stage, Stage::Closing | Stage::Over { at_desk: false })
    }

    fn change_agent(&mut self, user: Option<String>) {
        // An end is told as one; that the agent is gone with it goes without saying.
        if matches!(self.state.stage, Stage::Over { .. }) {
            self.state.incoming.agent = user;
            return;
        }
        if let Some(left) = self.state.incoming.agent.take() {
            let left = self.agent(Some(&left));
            self.event(Event::Left(left));
        }
        if let Some(user) = user {
            let agent = self.agent(Some(&user));
            self.state.incoming.agent = Some(user);
            self.event(Event::Joined(agent));
        }
    }

    fn end_at_desk(&mut self) {
        if self.config.reopen {
            // A soft end: the visitor's next message opens it again.
            return self.change_agent(None);
        }
        if self.is_saying() {
            // What the visitor says just now opens it again.
            self.state.incoming.done = false;
            return;
        }
        self.be_over(true);
        self.event(Event::Ended(EndedBy::Agent));
    }

    fn is_saying(&self) -> bool {
        let head = self.state.head.as_ref();
        !self.state.texts.is_empty()
            || head.is_some_and(|it| matches!(it.job, super::snapshot::Job::Text(_)))
    }

    fn reopen(&mut self) {
        self.state.incoming.done = false;
        if self.state.stage == (Stage::Over { at_desk: true }) {
            self.state.stage = Stage::Open;
            self.event(Event::Reopened);
        }
    }

    fn agent(&self, user: Option<&str>) -> Agent {
        let known = self.state.incoming.users.iter().find(|it| Some(it.id.as_str()) == user);
        Agent {
            key: crate::relay::agent_key(user.unwrap_or_default()),
            name: known.map_or_else(|| NAMELESS.to_owned(), |it| it.name.clone()),
            avatar: known.and_then(|it| it.avatar.clone()),
        }
    }

    /// What has to be read next; `None` as the time for "whenever".
    fn need(&self, now: Option<Timestamp>) -> Option<Need> {
        match self.state.incoming.read.step {
            ReadStep::Page(page) => return Some(Need::Page(page)),
            ReadStep::Standing => return Some(Need::Standing),
            ReadStep::Before(page) => return Some(Need::Before(page)),
            ReadStep::None => {}
        }
        // At once, while the message waits for its neighbours: most looks cost no time of hers.
        if self.can_look() && self.state.incoming.inbox.iter().any(|it| it.look == Look::Due) {
            return Some(Need::Before(1));
        }
        let ripe = self.ripe(now).is_some();
        let front = self.state.incoming.inbox.front().filter(|_| ripe);
        front.and_then(|item| self.needs(item, now)).or_else(|| {
            let due =
                self.state.incoming.catch_up_at.filter(|at| now.is_some_and(|now| *at <= now));
            due.filter(|_| self.state.stage == Stage::Open).map(|_| Need::Page(1))
        })
    }

    pub(super) fn start_read(&mut self, now: Timestamp) {
        if self.read.is_some() || now < self.state.incoming.read.next_at {
            return;
        }
        let Some(need) = self.need(Some(now)) else { return };
        let rank = if self.ripe(Some(now)).is_some() { Rank::Read } else { Rank::Reconcile };
        let request = match &need {
            Need::User(id) => self.context().user(id),
            Need::Message(id) => self.context().read_message(id),
            Need::Page(page) => self.context().messages(*page, rank),
            Need::Standing => self.context().standing(rank),
            Need::Before(page) => Request {
                timeout: LOOK_PATIENCE,
                ..self.context().messages(*page, Rank::Reconcile)
            },
        };
        if need == Need::Before(1) {
            // What comes from now on may have a predecessor that this list has not.
            for item in self.state.incoming.inbox.iter_mut().filter(|it| it.look == Look::Due) {
                item.look = Look::UnderWay;
            }
        }
        let reading = &mut self.state.incoming.read;
        match need {
            Need::Page(page) => reading.step = ReadStep::Page(page),
            Need::Standing => reading.step = ReadStep::Standing,
            Need::Before(page) => reading.step = ReadStep::Before(page),
            Need::User(_) | Need::Message(_) => {}
        }
        reading.tries += 1;
        reading.next_at = now;
        let call = self.call(request);
        self.read = Some((call, need));
    }

    pub(super) fn on_read(&mut self, now: Timestamp, dice: u64, need: Need, outcome: Outcome) {
        let (role, label) = match &need {
            Need::User(_) => (Role::User, "read user"),
            Need::Message(_) | Need::Page(_) | Need::Before(_) => (Role::Message, "read messages"),
            Need::Standing => (Role::Conversation, "read conversation"),
        };
        let tries = self.state.incoming.read.tries;
        let (trouble, next_at) = match answers::verdict(outcome, role) {
            Verdict::Done(body) => match self.on_read_answer(now, &need, &body) {
                Ok(()) => return self.read_ended(now, &need, true),
                Err(error) => {
                    let code = error.code();
                    (Trouble { code, status: Some(200), role: None }, RETRY.delay(tries, dice))
                }
            },
            Verdict::Held(until) => {
                let wait = until.since(now).max(Duration::from_millis(1));
                (Trouble { code: "held", status: None, role: None }, wait)
            }
            Verdict::Unsure(trouble) => (trouble, RETRY.delay(tries.saturating_sub(1), dice)),
            Verdict::Absent | Verdict::Conflict => return self.read_ended(now, &need, false),
            Verdict::Key(trouble) | Verdict::Region(trouble) | Verdict::Refused(trouble) => {
                self.trouble_with(label, trouble);
                return self.read_ended(now, &need, false);
            }
        };
        self.trouble_with(label, trouble);
        // Order and a name are not worth the wait; a message is worth more of it.
        let most = match need {
            Need::Before(_) => 0,
            Need::User(_) => 2,
            Need::Message(_) | Need::Page(_) | Need::Standing => 4,
        };
        if tries >= most {
            return self.read_ended(now, &need, false);
        }
        self.state.incoming.read.next_at = now + next_at;
    }

    fn on_read_answer(
        &mut self,
        now: Timestamp,
        need: &Need,
        body: &[u8],
    ) -> Result<(), ReplyError> {
        match need {
            Need::User(id) => {
                let json = wire::json("read user", body)?;
                let user = wire::single("read user", &json)?;
                self.know(id, name_of(user), avatar_of(user), now);
            }
            Need::Message(id) => {
                let json = wire::json("read message", body)?;
                let message = wire::single("read message", &json)?;
                let whole = message.said();
                for item in &mut self.state.incoming.inbox {
                    if let ItemKind::Said(said) = &mut item.what
                        && said.id == *id
                    {
                        said.shortened = false;
                        if let Ok(whole) = &whole
                            && whole.text.len() > said.text.len()
                        {
                            said.text.clone_from(&whole.text);
                        }
                    }
                }
            }
            Need::Page(page) => {
                let json = wire::json("read messages", body)?;
                let messages = wire::list("read messages", &json)?;
                for message in messages {
                    self.state.incoming.read.missed += self.catch_up_with(now, message);
                }
                self.state.incoming.read.step = if wire::has_next(&json) && *page < MAX_PAGES {
                    ReadStep::Page(page + 1)
                } else if self.is_ending() {
                    ReadStep::None
                } else {
                    ReadStep::Standing
                };
            }
            Need::Before(page) => {
                let json = wire::json("read messages", body)?;
                for message in wire::list("read messages", &json)? {
                    // An event has just come: that others have not yet is no sign of a silent webhook.
                    self.catch_up_with(now, message);
                }
                self.state.incoming.read.step = if wire::has_next(&json) && *page < MAX_PAGES {
                    ReadStep::Before(page + 1)
                } else {
                    ReadStep::None
                };
            }
            Need::Standing => {
                let json = wire::json("read conversation", body)?;
                let conversation = wire::single("read conversation", &json)?;
                let standing = conversation.standing();
                let ends = standing.done == Some(true) && !self.state.incoming.done;
                let rev = standing.rev;
                let stale = rev.is_none() || self.is_stale(&standing);
                if !stale {
                    // Webhooks tell it too, perhaps a moment later than we looked: that is no reason to warn.
                    let at = conversation.date("updatedAt").unwrap_or(now);
                    let what = ItemKind::Standing { standing, read: ends };
                    self.state.incoming.put(Item {
                        at,
                        arrived: ripe_now(now),
                        held: false,
                        look: Look::Done,
                        what,
                    });
                }
                self.state.incoming.read.step = ReadStep::None;
            }
        }
        Ok(())
    }

    /// The front is an end that waits for the list of messages.
    fn is_ending(&self) -> bool {
        let front = self.state.incoming.inbox.front();
        front.is_some_and(|it| {
            matches!(it.what, ItemKind::Standing { read: false, .. }) && it.is_held()
        })
    }

    /// A message of the list: what no webhook has brought goes where one would have put it. How many of those should
    /// have come long ago.
    fn catch_up_with(&mut self, now: Timestamp, message: Resource<'_>) -> u32 {
        let Some(id) = message.id() else { return 0 };
        if message.is_ours(self.state.machine_user.as_deref()) {
            return 0;
        }
        let at = message.date("createdAt").or_else(|| message.date("sentAt")).unwrap_or(now);
        let (what, missed) = match message.said() {
            Ok(_) if self.state.incoming.knows(id) => return 0,
            Ok(said) => (ItemKind::Said(said), u32::from(now.since(at) > WEBHOOK_DELAY)),
            Err(NotSaid::Redacted) => (ItemKind::Redacted { id: id.to_owned() }, 0),
            Err(_) => return 0,
        };
        let look = Look::Done;
        self.state.incoming.put(Item { at, arrived: ripe_now(now), held: false, look, what });
        missed
    }

    /// A read has come to its end. What it was for goes on, with it or without.
    fn read_ended(&mut self, now: Timestamp, need: &Need, well: bool) {
        let reading = &mut self.state.incoming.read;
        reading.tries = 0;
        reading.next_at = now;
        match need {
            Need::User(id) if !well => {
                // Asked again soon, but not by the next message.
                let known_at = now - USER_KNOWN_FOR + USER_UNKNOWN_FOR;
                self.know(id, None, None, known_at);
            }
            Need::Message(id) if !well => {
                for item in &mut self.state.incoming.inbox {
                    if let ItemKind::Said(said) = &mut item.what
                        && said.id == *id
                    {
                        said.shortened = false;
                    }
                }
            }
            Need::User(_) | Need::Message(_) => {}
            Need::Before(_) => {
                if !well {
                    reading.step = ReadStep::None;
                }
                if reading.step == ReadStep::None {
                    let inbox = &mut self.state.incoming.inbox;
                    for item in inbox.iter_mut().filter(|it| it.look == Look::UnderWay) {
                        item.look = Look::Done;
                    }
                }
            }
            Need::Page(_) | Need::Standing => {
                if !well {
                    self.state.incoming.read.step = ReadStep::None;
                }
                if self.state.incoming.read.step == ReadStep::None {
                    self.caught_up(now);
                }
            }
        }
    }

    fn caught_up(&mut self, now: Timestamp) {
        let incoming = &mut self.state.incoming;
        let missed = incoming.read.missed;
        incoming.read = Reading { next_at: now, ..Reading::default() };
        for item in &mut incoming.inbox {
            if let ItemKind::Standing { read, .. } = &mut item.what {
                *read |= item.held;
            }
        }
        if incoming.catch_up_at.is_some() {
            incoming.pause_s = if missed > 0 {
                CATCH_UP_S
            } else {
                (incoming.pause_s * 2).clamp(CATCH_UP_S, LONGEST_CATCH_UP_S)
            };
            incoming.catch_up_at = Some(now + Duration::from_secs(incoming.pause_s));
        }
        if missed > 0 && !incoming.silent {
            incoming.silent = true;
            self.warn(true);
        }
    }

    /// Webhooks bring nothing, or bring something again.
    fn warn(&mut self, on: bool) {
        let subject = self.config.resource.clone();
        self.event(Event::Warning { subject, code: "webhook_silent", on });
    }

    fn know(&mut self, id: &str, name: Option<String>, avatar: Option<String>, at: Timestamp) {
        let users = &mut self.state.incoming.users;
        let before = users.iter().position(|it| it.id == id).map(|at| users.remove(at));
        let (name, avatar) = match (name, before) {
            (Some(name), _) => (name, avatar),
            // What was known is better than nothing.
            (None, Some(before)) => (before.name, before.avatar),
            (None, None) => (NAMELESS.to_owned(), None),
        };
        users.push(User { id: id.to_owned(), name, avatar, known_at: at });
        if users.len() > MAX_USERS {
            users.remove(0);
        }
    }
}

/// Display name, else the first word of the name. Nothing else of a user is for visitors.
fn name_of(user: Resource<'_>) -> Option<String> {
    let first_word = || user.text("name")?.split_whitespace().next();
    let name = user.text("displayName").or_else(first_word)?;
    Some(name.chars().take(MAX_NAME_CHARS).collect())
}

fn avatar_of(user: Resource<'_>) -> Option<String> {
    let url = user.text("avatarUrl")?;
    (url.starts_with("https://") && url.len() <= MAX_AVATAR_BYTES).then(|| url.to_owned())
}

/// The arrival of what need not wait any more.
fn ripe_now(now: Timestamp) -> Timestamp {
    now - WINDOW
}

/// How long an event waits for one that happened before it. Long enough for two that were sent at once, too short to
/// be felt.
const WINDOW: Duration = Duration::from_millis(500);

/// How long a message waits at most for the list that says whether one before it is missing.
const LOOK_PATIENCE: Duration = Duration::from_secs(3);

/// How long a user's name is believed.
const USER_KNOWN_FOR: Duration = Duration::from_secs(900);

/// How long a user is nameless before the name is asked for again.
const USER_UNKNOWN_FOR: Duration = Duration::from_secs(60);

/// Users that are kept.
const MAX_USERS: usize = 20;

/// Longest name that is shown, in characters.
const MAX_NAME_CHARS: usize = 100;

/// Longest address of a picture, in bytes.
const MAX_AVATAR_BYTES: usize = 500;

/// What an agent without a name is called.
const NAMELESS: &str = "Agent";

/// First and longest pause between looks for what was missed, in seconds.
const CATCH_UP_S: u64 = 60;
const LONGEST_CATCH_UP_S: u64 = 900;

/// A message that no webhook has brought within this counts as missed.
const WEBHOOK_DELAY: Duration = Duration::from_secs(20);

/// Pages of messages that are read at once.
const MAX_PAGES: u32 = 10;
