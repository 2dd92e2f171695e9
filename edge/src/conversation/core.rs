//! The facade: inputs in, outputs out. It joins links, relay and transcript, and alone orders effects.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use parlor_shared::{
    Timestamp,
    id::MessageId,
    text::{MAX_CHARS, MessageText},
    wire::{
        Capabilities, ClientFrame, EndedBy, Event, PROTOCOL_VERSION, ServerFrame,
        UnavailableReason, What,
    },
};

use super::{
    deadlines::Deadlines,
    frames,
    leaving::Leaving,
    opening::Opening,
    pace::{CLOSE_TOO_FAST, Pace},
    polled::{AskId, Polled},
    snapshot::{Change, CustomerRecord, Listed, Record, RestoreError, Stored, row},
    step::{Input, LinkId, Note, Output},
    transcript::{Fate, Transcript},
};
use crate::registry::Environment;
use crate::relay::{self, Command, Effect, Relay};

/// One conversation.
#[derive(Debug)]
pub struct Core {
    pub(super) record: Record,
    pub(super) log: Transcript,
    pub(super) relay: Relay,
    /// Relays that were left and are not gone yet.
    pub(super) leaving: Vec<Leaving>,
    pub(super) deadlines: Deadlines,
    /// Links, and whether they have said `hello`.
    pub(super) links: BTreeMap<LinkId, bool>,
    polled: Polled,
    agent_typing: bool,
    stored: String,
    pub(super) outputs: VecDeque<Output>,
    /// The last step has put what is left of the conversation in its place: there is nothing to do any more.
    pub(super) erased: bool,
    pace: Pace,
    pub(super) listed: ListedState,
}

/// How it goes with telling the hub's list.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ListedState {
    pub tries: u32,
    pub next_at: Timestamp,
}

impl Core {
    /// A new conversation. Its first outputs store it.
    #[must_use]
    pub fn begin(now: Timestamp, opening: Opening) -> Self {
        let relay = Relay::new(opening.route.clone(), opening.introduction.clone());
        let nobody_there = opening.nobody_there;
        let record = Record {
            version: RECORD_VERSION,
            epoch: 0,
            conversation: opening.conversation,
            resource: opening.resource,
            hub: opening.hub,
            flow: opening.flow,
            visitor: opening.visitor,
            grace_s: opening.grace.as_secs(),
            visitor_name: opening.introduction.visitor_name,
            language: opening.introduction.language,
            page: opening.introduction.page,
            verified: opening.introduction.verified.map(CustomerRecord::from),
            route: opening.route.into(),
            relay: relay.state().into(),
            ended: false,
            grace: None,
            unrecognised: 0,
            nobody: opening.nobody.into(),
            left_alone: false,
            listed: Listed::No,
            sneak_peek: opening.sneak_peek,
            waits: opening.waits,
            development: opening.environment == Environment::Development,
            idle: None,
            orders: Vec::new(),
            begun: now,
            retention_ms: u64::try_from(opening.retention.as_millis()).unwrap_or(u64::MAX),
            claims: Vec::new(),
            forget_at: None,
            leaving: Vec::new(),
            turn: 0,
            told: opening.told,
        };
        let mut core = Self {
            record,
            log: Transcript::default(),
            relay,
            leaving: Vec::new(),
            deadlines: Deadlines::default(),
            links: BTreeMap::new(),
            polled: Polled::default(),
            agent_typing: false,
            stored: String::new(),
            outputs: VecDeque::new(),
            erased: false,
            pace: Pace::new(now),
            listed: ListedState::default(),
        };
        core.watch_for_return(now);
        if nobody_there {
            core.nobody(now, UnavailableReason::Unavailable);
            core.drain_relay(now);
        }
        core.settle();
        core
    }

    /// A conversation from what was stored and from the links that outlived its last life.
    ///
    /// # Errors
    /// [`RestoreError`] if what was stored is no conversation.
    pub fn restore(
        now: Timestamp,
        stored: &Stored,
        links: impl IntoIterator<Item = (LinkId, bool)>,
    ) -> Result<Self, RestoreError> {
        let (mut record, events) = Record::read(stored)?;
        record.epoch += 1;
        let log = Transcript::restore(events).map_err(|seq| RestoreError::Row { seq })?;
        let relay = Relay::restore(
            now,
            record.epoch,
            record.route.clone().into(),
            record.introduction(),
            record.relay.clone().into(),
        );
        let leaving = Leaving::restore(now, &mut record);
        let mut core = Self {
            leaving,
            deadlines: Deadlines { grace: record.grace, ..Deadlines::default() },
            log,
            relay,
            links: links.into_iter().collect(),
            polled: Polled::default(),
            agent_typing: false,
            stored: stored.state.clone().unwrap_or_default(),
            outputs: VecDeque::new(),
            erased: false,
            pace: Pace::new(now),
            listed: ListedState::default(),
            record,
        };
        // Links that vanished with the process said no goodbye.
        core.watch_for_return(now);
        core.drain_relay(now);
        core.drain_leaving(now);
        core.watch_for_answer();
        core.watch_the_days();
        Ok(core)
    }

    /// One step. `dice` is any random number.
    pub fn handle(&mut self, now: Timestamp, dice: u64, input: Input) {
        match input {
            Input::Linked(link) => {
                self.links.insert(link, false);
            }
            Input::Frame { link, text } => self.on_frame(now, link, &text),
            Input::Unlinked(link) => self.unlink(now, link),
            Input::Asked { link, ask, hold, after, frames } => {
                self.on_asked(now, link, (ask, hold), after, &frames);
            }
            Input::Desk(push) => self.relay.push(now, push),
            Input::Reply { call, outcome } => {
                self.reply_leaving(now, dice, call, &outcome);
                self.relay.reply(now, dice, call, outcome);
            }
            Input::Listed { on, heard } => self.list_told(now, dice, on, heard),
            Input::Tick => {
                if self.deadlines.grace.is_some_and(|grace| now >= grace) {
                    self.end(now, EndedBy::Away);
                }
                self.mind_the_idle(now);
                self.relay.tick(now, dice);
                self.tick_leaving(now, dice);
            }
        }
        self.finish(now);
    }

    /// The end of every step.
    pub(super) fn finish(&mut self, now: Timestamp) {
        for link in self.polled.leave(now, &mut self.outputs) {
            self.unlink(now, link);
        }
        self.drain_relay(now);
        self.mind_the_days(now);
        self.drain_relay(now);
        self.forget_if_told(now);
        if !self.erased {
            self.mind_the_list(now);
        }
        self.settle();
        self.polled.answer(now, &mut self.outputs);
    }

    /// The next output; drain it until `None` before the next step.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Input::Tick`] is wanted next.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        let others = [
            self.relay.deadline(),
            self.leaving_deadline(),
            self.polled.deadline(),
            self.list_deadline(),
        ];
        self.deadlines.earliest(others.into_iter().flatten().min())
    }

    /// Whether the conversation is over.
    #[must_use]
    pub const fn ended(&self) -> bool {
        self.record.ended
    }

    /// Whether it has forgotten itself: what is left is stored, and an [`Erasure`](super::Erasure).
    #[must_use]
    pub const fn erased(&self) -> bool {
        self.erased
    }

    /// The visitor whose conversation it is.
    #[must_use]
    pub fn visitor(&self) -> &str {
        &self.record.visitor
    }

    fn unlink(&mut self, now: Timestamp, link: LinkId) {
        if self.links.remove(&link) == Some(true) {
            self.watch_for_return(now);
        }
    }

    fn on_asked(
        &mut self,
        now: Timestamp,
        link: LinkId,
        ask: (AskId, bool),
        after: u64,
        frames: &[String],
    ) {
        let strange = self.polled.ask(now, link, ask, after, &mut self.outputs);
        self.links.entry(link).or_insert(false);
        let greets = frames
            .first()
            .is_some_and(|text| matches!(frames::read(text), Ok(ClientFrame::Hello { .. })));
        if strange && !greets {
            self.on_hello(now, link, PROTOCOL_VERSION, after);
        }
        for text in frames {
            self.on_frame(now, link, text);
            if self.polled.is_closed(link) {
                break; // A socket would carry no more. What is left is said again over the next link.
            }
        }
    }

    fn on_frame(&mut self, now: Timestamp, link: LinkId, text: &str) {
        if !self.pace.take(now) {
            // Not a refusal: what was said is said again when the link is back.
            let (code, reason) = (CLOSE_TOO_FAST, "too_many_frames");
            self.note(reason, None, None);
            self.close_link(link, code, reason);
            if self.links.remove(&link) == Some(true) {
                self.watch_for_return(now);
            }
            return;
        }
        let frame = match frames::read(text) {
            Ok(frame) => frame,
            Err(error) => {
                self.note(error.code(), None, None);
                let id = match &error {
                    frames::FrameError::Malformed { id, .. } => id.clone(),
                    _ => None,
                };
                return self.refuse(link, id, error.code(), Some(error.to_string()));
            }
        };
        let greeted = self.links.get(&link) == Some(&true);
        match frame {
            ClientFrame::Hello { version, after } => self.on_hello(now, link, version, after),
            ClientFrame::Say { id, .. } | ClientFrame::Retry { id } if !greeted => {
                self.refuse(link, Some(id), "hello_first", None);
            }
            ClientFrame::Typing { .. }
            | ClientFrame::End {}
            | ClientFrame::Stay {}
            | ClientFrame::Peek { .. }
            | ClientFrame::Rate { .. }
                if !greeted =>
            {
                self.refuse(link, None, "hello_first", None);
            }
            ClientFrame::Say { id, text } => self.on_say(now, link, id, &text),
            ClientFrame::Retry { id } => self.on_retry(now, link, id),
            ClientFrame::Typing { on } => {
                if !self.record.ended {
                    self.relay.command(now, Command::Typing(on));
                }
            }
            ClientFrame::End {} => self.end(now, EndedBy::Visitor),
            ClientFrame::Stay {} => self.stay(now),
            ClientFrame::Rate { score, note } => self.rate(now, link, score, note),
            ClientFrame::Peek { text } => {
                if self.capabilities().sneak_peek && !self.record.ended {
                    let text = text.chars().take(MAX_CHARS).filter(|c| !c.is_control()).collect();
                    self.relay.command(now, Command::Peek(text));
                }
            }
        }
    }

    fn on_hello(&mut self, now: Timestamp, link: LinkId, version: u32, after: u64) {
        if version != PROTOCOL_VERSION {
            self.refuse(link, None, "version_unsupported", None);
            self.close_link(link, CLOSE_VERSION_UNSUPPORTED, "version_unsupported");
            return;
        }
        self.links.insert(link, true);
        self.watch_for_return(now);
        self.outputs.push_back(Output::Greeted(link));
        let last = self.log.last();
        // A cursor beyond the log belongs to another log: that widget starts over.
        let after = if after > last { 0 } else { after };
        self.send(
            link,
            ServerFrame::Welcome {
                version: PROTOCOL_VERSION,
                conversation: self.record.conversation.clone(),
                last,
                capabilities: self.capabilities(),
            },
        );
        for event in self.log.after(after).to_vec() {
            self.send(link, ServerFrame::Event(event));
        }
        if self.agent_typing {
            self.send(link, ServerFrame::Typing { on: true });
        }
        if let Some(frame) = self.countdown(now) {
            self.send(link, frame);
        }
    }

    fn on_say(&mut self, now: Timestamp, link: LinkId, id: MessageId, text: &str) {
        if let Some(seq) = self.log.seq_of(&id) {
            return self.send(link, ServerFrame::Accepted { id, seq });
        }
        if self.record.ended {
            return self.refuse(link, Some(id), "conversation_ended", None);
        }
        let text = match MessageText::parse(text) {
            Ok(text) => String::from(text),
            Err(error) => {
                self.note(error.code(), None, None);
                return self.refuse(link, Some(id), error.code(), Some(error.to_string()));
            }
        };
        if std::mem::take(&mut self.record.waits)
            && let Some(told) = self.log.told()
        {
            // This is an answer: whoever reads it has to know to what.
            self.relay.command(now, Command::Transcript(told));
        }
        let seq = self.append(now, What::Visitor { id: id.clone(), text: text.clone() });
        self.send(link, ServerFrame::Accepted { id, seq });
        self.relay.command(now, Command::Deliver { seq, text });
        self.answered(now);
    }

    fn on_retry(&mut self, now: Timestamp, link: LinkId, id: MessageId) {
        let Some(seq) = self.log.seq_of(&id) else {
            return self.refuse(link, Some(id), "message_unknown", None);
        };
        if self.log.fate_of(seq) == Some(Fate::Failed) {
            if self.record.ended {
                return self.refuse(link, Some(id), "conversation_ended", None);
            }
            self.append(now, What::Retried { of: seq });
            let text = self.log.text_of(seq).unwrap_or_default().to_owned();
            self.relay.command(now, Command::Deliver { seq, text });
        }
        self.send(link, ServerFrame::Accepted { id, seq });
    }

    fn on_relay_event(&mut self, now: Timestamp, event: relay::Event) {
        match event {
            relay::Event::Requested => {
                self.append(now, What::Requested {});
            }
            relay::Event::Queued { place, wait_s } => {
                self.append(now, What::Queued { place, wait_s });
            }
            relay::Event::Joined(agent) => {
                self.append(now, What::Joined { agent });
                if self.record.left_alone {
                    // Somebody is there: from now on the visitor's absence counts again.
                    self.record.left_alone = false;
                    self.watch_for_return(now);
                }
            }
            relay::Event::Left(agent) => {
                self.append(now, What::Left { agent });
            }
            relay::Event::Said { agent, body, auto } => {
                // Whoever gets the message knows it.
                self.agent_typing = false;
                let seq = self.append(now, What::Agent { agent, body, auto });
                self.relay.appended(seq);
                if !auto {
                    self.unanswered(now);
                }
            }
            relay::Event::Redacted { seq } => {
                if let Some(event) = self.log.blank(seq).cloned() {
                    // What was withdrawn is shown to nobody again, whoever reads the log later.
                    self.outputs
                        .push_back(Output::Store(Change::Replace { seq, json: row(&event) }));
                    self.append(now, What::Redacted { of: seq });
                }
            }
            relay::Event::Typing(on) => {
                if self.agent_typing != on && !(on && self.record.ended) {
                    self.agent_typing = on;
                    self.broadcast(&ServerFrame::Typing { on });
                }
            }
            relay::Event::Delivered { seq } => {
                if self.log.fate_of(seq) != Some(Fate::Delivered) {
                    self.append(now, What::Delivered { of: seq });
                }
            }
            relay::Event::Failed { seq, reason } => {
                if self.log.fate_of(seq) == Some(Fate::Accepted) {
                    self.append(now, What::Failed { of: seq, reason });
                }
            }
            relay::Event::Unavailable(reason) => self.nobody(now, reason),
            relay::Event::Transferring { to } => {
                self.append(now, What::Transferring { to });
                // Nobody waits for an answer any more.
                self.answered(now);
            }
            relay::Event::Hidden { seq } => {
                if !self.log.is_hidden(seq) {
                    self.append(now, What::Hidden { of: seq });
                }
            }
            relay::Event::FileRequested(agent) => {
                self.append(now, What::FileRequested { agent });
            }
            relay::Event::Custom { kind, data } => {
                self.append(now, What::Custom { kind, data });
            }
            relay::Event::Capabilities(_) => {
                if self.record.sneak_peek {
                    self.broadcast(&ServerFrame::Capabilities(self.capabilities()));
                }
            }
            relay::Event::IdleLimit(limit) => self.limit_idleness(now, limit),
            relay::Event::Elsewhere { address } => self.move_to(now, &address),
            relay::Event::Ended(by) => {
                if !self.record.ended {
                    self.over(now, by);
                }
            }
            relay::Event::Reopened => {
                if self.record.ended {
                    self.record.ended = false;
                    self.append(now, What::Reopened {});
                    self.watch_for_return(now);
                }
            }
            relay::Event::Warning { subject, code, on } => {
                self.note(code, Some(if on { "raised" } else { "cleared" }.to_owned()), None);
                self.outputs.push_back(Output::Warn { subject, code, on });
            }
            relay::Event::Unrecognised { kind } => {
                self.record.unrecognised += 1;
                self.note("desk_event_unrecognised", Some(kind), None);
            }
            relay::Event::Trouble { call, code, status } => {
                self.note(code, Some(call.to_owned()), status);
            }
        }
    }

    /// Our side ends the conversation: the visitor, or her absence.
    pub(super) fn end(&mut self, now: Timestamp, by: EndedBy) {
        if !self.record.ended {
            // What will not be delivered any more is said before the end: whoever shows the log stops there.
            self.relay.command(now, Command::End(by.clone()));
            self.drain_relay(now);
            self.over(now, by);
        }
    }

    pub(super) fn over(&mut self, now: Timestamp, by: EndedBy) {
        self.record.ended = true;
        self.record.idle = None;
        self.deadlines = Deadlines::default();
        self.append(now, What::Ended { by });
        if self.agent_typing {
            self.agent_typing = false;
            self.broadcast(&ServerFrame::Typing { on: false });
        }
    }

    fn drain_relay(&mut self, now: Timestamp) {
        while let Some(effect) = self.relay.poll() {
            self.perform(now, effect);
        }
    }

    pub(super) fn perform(&mut self, now: Timestamp, effect: Effect) {
        match effect {
            Effect::Event(event) => self.on_relay_event(now, event),
            Effect::Call(..) | Effect::Cancel(_) | Effect::Claim(..) => self.request(effect),
        }
    }

    /// Passes on what a relay wants done elsewhere.
    pub(super) fn request(&mut self, effect: Effect) {
        match effect {
            Effect::Call(call, request) => self.outputs.push_back(Output::Call { call, request }),
            Effect::Cancel(call) => self.outputs.push_back(Output::Cancel(call)),
            Effect::Claim(call, claim) => {
                self.remember(&claim);
                self.outputs.push_back(Output::Claim { call, claim });
            }
            Effect::Event(_) => {}
        }
    }

    /// Counts down to the visitor's being gone, if no link is there to say otherwise.
    pub(super) fn watch_for_return(&mut self, now: Timestamp) {
        let present = self.links.values().any(|greeted| *greeted);
        self.relay.present(now, present);
        if present || self.record.left_alone || self.relay.is_open_ended() {
            self.deadlines.grace = None;
        } else if !self.record.ended && self.deadlines.grace.is_none() {
            // Nobody's place is taken at a desk before the visitor has answered.
            let grace = Duration::from_secs(self.record.grace_s);
            self.deadlines.grace = Some(now + if self.record.waits { WAITS_FOR } else { grace });
        }
    }

    pub(super) fn append(&mut self, now: Timestamp, what: What) -> u64 {
        let event = self.log.append(now, what).clone();
        let seq = event.seq;
        self.outputs.push_back(Output::Store(Change::Append { seq, json: row(&event) }));
        self.broadcast(&ServerFrame::Event(event));
        seq
    }

    /// Stores the state record, if this step changed it.
    fn settle(&mut self) {
        if self.erased {
            return;
        }
        self.watch_the_days();
        self.record.relay = self.relay.state().into();
        self.record.leaving = self.leaving.iter().map(Leaving::record).collect();
        self.record.grace = self.deadlines.grace;
        let state = self.record.write();
        if state != self.stored {
            self.stored.clone_from(&state);
            self.outputs.push_back(Output::Store(Change::State(state)));
        }
    }

    fn capabilities(&self) -> Capabilities {
        let can = self.relay.capabilities();
        Capabilities { sneak_peek: can.sneak_peek && self.record.sneak_peek, ..can }
    }

    pub(super) fn broadcast(&mut self, frame: &ServerFrame) {
        let greeted: Vec<LinkId> =
            self.links.iter().filter(|(_, greeted)| **greeted).map(|(link, _)| *link).collect();
        for link in greeted {
            self.send(link, frame.clone());
        }
    }

    pub(super) fn refuse(
        &mut self,
        link: LinkId,
        id: Option<MessageId>,
        code: &'static str,
        detail: Option<String>,
    ) {
        self.send(link, ServerFrame::Refused { id, code: code.to_owned(), detail });
    }

    fn send(&mut self, link: LinkId, frame: ServerFrame) {
        if let Err(frame) = self.polled.send(link, frame) {
            self.outputs.push_back(Output::Send { link, frame });
        }
    }

    pub(super) fn close_link(&mut self, link: LinkId, code: u16, reason: &'static str) {
        if !self.polled.close(link, code) {
            self.outputs.push_back(Output::Close { link, code, reason });
        }
    }

    pub(super) fn note(&mut self, code: &'static str, about: Option<String>, status: Option<u16>) {
        self.outputs.push_back(Output::Log(Note { code, about, status }));
    }

    /// The whole log, for those who may read it.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        self.log.after(0)
    }
}

/// Version of the state record. A newer one must still read the older.
const RECORD_VERSION: u32 = 1;

/// Close code of a link whose widget speaks another version.
const CLOSE_VERSION_UNSUPPORTED: u16 = 4408;

/// How long a conversation that the site's server began waits for its visitor: as long as one is kept where the hub does
/// not say.
const WAITS_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);
