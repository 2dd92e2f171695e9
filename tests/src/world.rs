//! A virtual world: the real conversation core, a simulated desk and scripted people, under one clock.
//!
//! Nothing waits in here. Time jumps from one happening to the next, and the same script and seed give the
//! same trace. The world plays the shell's part: it stores, sends, performs calls and rings the alarm. What a desk pushes
//! by itself comes in through `push`.

mod erased;
mod push;

use std::{collections::BTreeMap, time::Duration};

use parlor_edge::{
    conversation::{
        Answer, AskId, Change, Core, Described, Erasure, Input, Left, LinkId, Nobody, Obeyed,
        Opening, Order, OrderError, Output, Stored,
    },
    registry::Environment,
    relay::{
        Introduction, Route,
        call::{CallId, Charge, Failure, Method, Outcome, Request},
        live_agent,
    },
};
use parlor_shared::{
    Timestamp,
    id::{ConversationId, MessageId, ResourceId},
    wire::{ClientFrame, Event, PROTOCOL_VERSION, ServerFrame, What},
};

use crate::{
    desks::{
        ControlError, Machine, Told,
        dice::Dice,
        http::{self, ConnId, Output as DeskOutput},
        live_agent::{Chat, Config, Control, Desk},
    },
    network::Network,
    trace::{self, Trace},
};

pub use push::{Options, Push};

/// When the world begins, so that times look like times.
const START: Timestamp = Timestamp::from_ms(1_760_000_000_000);

/// The hub's grace period in the world.
pub const GRACE: Duration = Duration::from_secs(600);

/// How long the hub keeps conversations in the world.
pub const RETENTION: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// One visitor, one conversation, one desk.
pub struct World<D = Desk> {
    now: Duration,
    happenings: BTreeMap<(Duration, u64), Happening>,
    order: u64,
    core: Core,
    stored: Stored,
    alarm: Option<Duration>,
    dice: Dice,
    /// The simulated desk; tests may look at it.
    pub desk: D,
    /// What stands between the desk's webhooks, its limit and the core.
    pub push: Push,
    /// The way to the desk.
    pub network: Network,
    /// In order: which of two calls a dying edge drops first must follow from the seed.
    conns: BTreeMap<ConnId, Pending>,
    conn_count: u64,
    life: u64,
    link_count: u32,
    asks: u64,
    answers: BTreeMap<AskId, Answer>,
    tabs: BTreeMap<String, Tab>,
    messages: Vec<MessageId>,
    /// What crossed.
    pub trace: Trace,
    /// Restore the core from storage before every step in which no call is under way, and compare what is stored
    /// with what is in memory after every step.
    pub restless: bool,
    /// Codes that the core logged.
    pub notes: Vec<String>,
    /// All that it logged, as it would be written.
    pub logged: Vec<String>,
    /// What is left of the conversation, once it has been erased.
    pub erasure: Option<Erasure>,
    /// Nobody who is told that it was erased hears it; nor does the list of messages that were left.
    pub deaf: bool,
    /// Whether the hub's list of messages that were left has the conversation.
    pub listed: bool,
    /// How often that list was told something.
    pub list_told: usize,
}

/// A page of the visitor's: a faithful client of the link, as docs/PROTOCOL.md has it.
#[derive(Debug, Default)]
struct Tab {
    link: Option<LinkId>,
    greeted: bool,
    events: Vec<Event>,
    outbox: Vec<ClientFrame>,
    /// Somebody else reads what comes over the link, who keeps count of it himself.
    foreign: Option<Vec<ServerFrame>>,
}

#[derive(Debug)]
struct Pending {
    call: CallId,
    life: u64,
    label: &'static str,
    back: Option<Duration>,
    max_bytes: usize,
    charge: Option<Charge>,
}

#[derive(Debug)]
enum Happening {
    Arrives(ConnId, http::Request),
    Returns { conn: ConnId, outcome: Outcome },
    TimesOut(ConnId),
    Breaks(ConnId),
    Pushed(push::Happening),
    Listed { life: u64, on: bool, heard: bool },
}

impl World {
    /// A visitor who has opened nothing yet, at a desk that is as `config` says.
    #[must_use]
    pub fn new(seed: u64, config: Config) -> Self {
        Self::opened(seed, config, |_| {})
    }

    /// The same, with a conversation that is begun otherwise.
    #[must_use]
    pub fn opened(seed: u64, config: Config, otherwise: impl Fn(&mut Opening)) -> Self {
        let mut opening = Opening {
            conversation: ConversationId::parse("c".repeat(64)).expect("64 hexadecimal digits"),
            resource: ResourceId::parse("a0e9c1de-0000-4000-8000-000000000001").expect("a UUID"),
            hub: "shop".to_owned(),
            flow: "agents".to_owned(),
            visitor: "7f2a".to_owned(),
            grace: GRACE,
            route: Route::LiveAgent(live_agent::Config {
                base_url: DESK_URL.to_owned(),
                organization_id: config.organization.clone(),
                deployment_id: config.deployment.clone(),
                button_id: config.button.clone(),
                prechat: live_agent::Prechat {
                    details: vec![live_agent::Detail {
                        label: "Page".to_owned(),
                        value: "https://shop.example/wren-9".to_owned(),
                        transcript_fields: Vec::new(),
                        display_to_agent: true,
                    }],
                    entities: Vec::new(),
                },
            }),
            introduction: Introduction {
                conversation: "c".repeat(64),
                visitor: "7f2a".to_owned(),
                visitor_name: "Visitor 7F2A".to_owned(),
                language: Some("en-GB".to_owned()),
                page: Some("https://shop.example/wren-9".to_owned()),
                verified: None,
                turn: 0,
            },
            nobody: Nobody::Closed { text: None },
            nobody_there: false,
            sneak_peek: false,
            waits: false,
            environment: Environment::Production,
            retention: RETENTION,
            told: parlor_edge::conversation::Told::default(),
        };
        otherwise(&mut opening);
        // Not the visitor's dice: with the same, an id of one would hold a token of the other.
        let desk = Desk::new(config, seed ^ DESK_SEED);
        Self::begin(seed, opening, desk, Push::default())
    }

    /// An agent does something.
    ///
    /// # Errors
    /// What the desk says of it.
    pub fn control(&mut self, control: Control) -> Result<(), ControlError> {
        self.desk.control(self.now, control)?;
        self.drain_desk();
        Ok(())
    }

    /// The newest chat at the desk.
    #[must_use]
    pub fn chat(&self) -> Option<Chat> {
        self.desk.chats().into_iter().max_by_key(|chat| chat.waiting_since_ms)
    }
}

impl<D: Machine> World<D> {
    fn begin(seed: u64, opening: Opening, desk: D, push: Push) -> Self {
        let mut world = Self {
            now: Duration::ZERO,
            happenings: BTreeMap::new(),
            order: 0,
            core: Core::begin(START, opening),
            stored: Stored::default(),
            alarm: None,
            dice: Dice::new(seed),
            desk,
            push,
            network: Network::calm(seed),
            conns: BTreeMap::new(),
            conn_count: 0,
            life: 0,
            link_count: 0,
            asks: 0,
            answers: BTreeMap::new(),
            tabs: BTreeMap::new(),
            messages: Vec::new(),
            trace: Trace::default(),
            restless: false,
            notes: Vec::new(),
            logged: Vec::new(),
            erasure: None,
            deaf: false,
            listed: false,
            list_told: 0,
        };
        world.step(Input::Tick);
        world
    }

    /// Time since the beginning.
    #[must_use]
    pub const fn now(&self) -> Duration {
        self.now
    }

    /// Lets everything happen that is due up to `until`.
    ///
    /// # Panics
    /// If time stands still: something is due again and again and never done.
    pub fn run_until(&mut self, until: Duration) {
        let (mut since, mut turns) = (self.now, 0);
        loop {
            let queued = self.happenings.first_key_value().map(|((at, _), _)| *at);
            let desk = self.desk.deadline();
            let pushes = self.push.deadline();
            let next = [queued, desk, pushes, self.alarm].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= until) else { break };
            self.now = self.now.max(next);
            turns = if self.now == since { turns + 1 } else { 0 };
            since = self.now;
            assert!(
                turns < MOST_TURNS,
                "time stands still; next: queued {queued:?}, desk {desk:?}, pushes {pushes:?}, alarm {:?}\n\n{}",
                self.alarm,
                self.trace.text(),
            );
            if desk.is_some_and(|at| at <= self.now) {
                self.desk.tick(self.now);
                self.drain_desk();
            } else if queued.is_some_and(|at| at <= self.now) {
                if let Some((_, happening)) = self.happenings.pop_first() {
                    self.happen(happening);
                }
            } else if pushes.is_some_and(|at| at <= self.now) {
                self.hand_on();
            } else {
                self.alarm = None;
                self.step(Input::Tick);
            }
        }
        self.now = self.now.max(until);
    }

    /// The visitor opens a page with the conversation on it, or gets a connection again.
    pub fn link(&mut self, tab: &str) {
        self.link_silently(tab);
        let state = self.tabs.entry(tab.to_owned()).or_default();
        let after = state.events.len() as u64;
        let outbox = state.outbox.clone();
        self.frame(tab, ClientFrame::Hello { version: PROTOCOL_VERSION, after });
        for frame in outbox {
            self.frame(tab, frame);
        }
    }

    /// A link is there and has said nothing.
    pub fn link_silently(&mut self, tab: &str) {
        self.unlink(tab);
        self.link_count += 1;
        let link = LinkId::Socket(self.link_count);
        self.tabs.entry(tab.to_owned()).or_default().link = Some(link);
        self.step(Input::Linked(link));
    }

    /// A link of a widget of one's own: what comes over it waits for [`World::hear`].
    pub fn link_foreign(&mut self, tab: &str) {
        self.tabs.entry(tab.to_owned()).or_default().foreign = Some(Vec::new());
        self.link_silently(tab);
    }

    /// What came over a link of [`World::link_foreign`] since it was last asked.
    pub fn hear(&mut self, tab: &str) -> Vec<ServerFrame> {
        let frames = self.tabs.get_mut(tab).and_then(|tab| tab.foreign.as_mut());
        frames.map(std::mem::take).unwrap_or_default()
    }

    /// The link breaks, or the page is closed.
    pub fn unlink(&mut self, tab: &str) {
        if let Some(state) = self.tabs.get_mut(tab) {
            state.greeted = false;
            if let Some(link) = state.link.take() {
                self.step(Input::Unlinked(link));
            }
        }
    }

    /// The page forgets what it has shown, as a reload does.
    pub fn forget(&mut self, tab: &str) {
        if let Some(state) = self.tabs.get_mut(tab) {
            state.events.clear();
        }
    }

    /// The visitor says something. It stays in the page's outbox until it is accepted.
    pub fn say(&mut self, tab: &str, text: &str) {
        let bits = u128::from(self.dice.next_u64()) << 64 | u128::from(self.dice.next_u64());
        let id = MessageId::from_random(bits);
        self.messages.push(id.clone());
        let frame = ClientFrame::Say { id, text: text.to_owned() };
        self.tabs.entry(tab.to_owned()).or_default().outbox.push(frame.clone());
        self.frame(tab, frame);
    }

    /// The visitor sends a frame that is not kept.
    pub fn frame(&mut self, tab: &str, frame: ClientFrame) {
        let text = serde_json::to_string(&frame).expect("frames have string keys");
        let line = trace::client_frame(&frame, |id| self.name(id));
        if self.tabs.get(tab).is_some_and(|tab| tab.link.is_some()) {
            self.trace.add(self.now, &format!("{tab:<7} ->"), &line);
            self.raw(tab, &text);
        }
    }

    /// A link without a socket asks; `hold`: until there is something to say. The answer waits for [`World::answer`].
    pub fn ask(&mut self, link: u32, after: u64, hold: bool, frames: Vec<String>) -> AskId {
        self.asks += 1;
        let ask = AskId(self.asks);
        self.step(Input::Asked { link: LinkId::Polled(link), ask, hold, after, frames });
        ask
    }

    /// The answer to a question, once it is there.
    pub fn answer(&mut self, ask: AskId) -> Option<Answer> {
        self.answers.remove(&ask)
    }

    /// A link sends bytes of its own making.
    pub fn raw(&mut self, tab: &str, text: &str) {
        if let Some(link) = self.tabs.get(tab).and_then(|tab| tab.link) {
            self.step(Input::Frame { link, text: text.to_owned() });
        }
    }

    /// The id of the `number`th message, counted from 1.
    #[must_use]
    pub fn message(&self, number: usize) -> MessageId {
        let at = number.checked_sub(1).expect("messages are counted from 1");
        self.messages.get(at).expect("the message was said").clone()
    }

    /// The process dies and comes back: links, calls and everything in memory are gone, storage and alarm stay.
    pub fn kill(&mut self) {
        self.trace.add(self.now, "edge", "dies and comes back");
        self.life += 1;
        let open: Vec<ConnId> = self.conns.keys().copied().collect();
        for tab in self.tabs.values_mut() {
            tab.link = None;
            tab.greeted = false;
        }
        for conn in open {
            self.desk.abort(self.now, conn);
        }
        self.drain_desk();
        self.push.forget_cache();
        self.restore(Vec::new());
        // Overdue alarms fire on start; the world's own loop sees to it. Nothing else wakes the object.
    }

    /// What a tab shows, as events.
    #[must_use]
    pub fn seen(&self, tab: &str) -> &[Event] {
        self.tabs.get(tab).map_or(&[], |tab| &tab.events)
    }

    /// The log as it is stored.
    #[must_use]
    pub fn stored(&self) -> &Stored {
        &self.stored
    }

    /// The log.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        self.core.events()
    }

    /// The story's name of a message: `m1` for the first.
    #[must_use]
    pub fn name(&self, id: &str) -> String {
        match self.messages.iter().position(|known| known.as_str() == id) {
            Some(at) => format!("m{}", at + 1),
            None => id.to_owned(),
        }
    }

    fn restore(&mut self, links: Vec<(LinkId, bool)>) {
        let now = START + self.now;
        self.erasure = Erasure::read(&self.stored);
        if self.erasure.is_some() {
            return;
        }
        self.core =
            Core::restore(now, &self.stored, links).expect("what was stored can be restored");
    }

    fn step(&mut self, input: Input) {
        if self.erasure.is_some() {
            return self.step_erased(&input);
        }
        let answers = matches!(input, Input::Reply { .. });
        if self.restless && self.conns.is_empty() && !answers {
            let links = self
                .tabs
                .values()
                .filter_map(|tab| tab.link.map(|link| (link, tab.greeted)))
                .collect();
            self.restore(links);
        }
        self.core.handle(START + self.now, self.dice.next_u64(), input);
        self.carry_out();
    }

    /// The site's server gives an order.
    ///
    /// # Errors
    /// What the conversation says of it.
    pub fn order(&mut self, order: Order) -> Result<Obeyed, OrderError> {
        let obeyed = self.core.order(START + self.now, order);
        self.carry_out();
        obeyed
    }

    /// The conversation, for those who may read it.
    #[must_use]
    pub fn described(&self) -> Described<'_> {
        self.core.describe()
    }

    fn carry_out(&mut self) {
        let outputs: Vec<Output> = std::iter::from_fn(|| self.core.poll()).collect();
        for output in &outputs {
            if let Output::Store(change) = output {
                self.store(change);
            }
        }
        if self.restless && !self.core.erased() {
            self.assert_stored();
        }
        let deadline = self.core.deadline();
        self.alarm = deadline.map(|at| at.since(START).max(self.now));
        for output in outputs {
            self.perform(output);
        }
        if self.core.erased() {
            self.begin_erasure();
        }
    }

    /// What is stored is what is in memory: another life would know all that this one knows.
    fn assert_stored(&self) {
        let successor = Core::restore(START + self.now, &self.stored, Vec::new())
            .expect("what was stored can be restored");
        assert_eq!(successor.events(), self.core.events(), "the stored log is another");
        assert_eq!(successor.ended(), self.core.ended(), "the stored state is another");
    }

    fn store(&mut self, change: &Change) {
        match change {
            Change::Append { seq, json } => {
                self.stored.rows.push(json.clone());
                assert_eq!(*seq, self.stored.rows.len() as u64, "the log has a gap");
            }
            Change::Replace { seq, json } => {
                let at = usize::try_from(*seq - 1).expect("a log fits memory");
                let row = self.stored.rows.get_mut(at).expect("a row is replaced that is there");
                row.clone_from(json);
            }
            Change::State(state) => self.stored.state = Some(state.clone()),
            Change::Erase(left) => {
                self.stored = Stored { state: Some(left.clone()), rows: Vec::new() };
            }
        }
    }

    fn perform(&mut self, output: Output) {
        match output {
            Output::Store(_) => {}
            Output::Send { link, frame } => self.deliver(link, frame),
            Output::Answer { ask, answer } => {
                let twice = self.answers.insert(ask, answer);
                assert!(twice.is_none(), "a question was answered twice");
            }
            Output::Greeted(link) => {
                for tab in self.tabs.values_mut() {
                    tab.greeted |= tab.link == Some(link);
                }
            }
            Output::Close { link, code, .. } => {
                let name = self.tab_of(link);
                if let Some(name) = name {
                    self.trace.add(self.now, &format!("{name:<7} <-"), &format!("close {code}"));
                }
            }
            Output::Call { call, request } => self.call(call, request),
            Output::Cancel(call) => self.cancel(call),
            Output::Claim { call, claim } => self.claim(call, claim),
            Output::List { on, .. } => {
                self.list_told += 1;
                let heard = !self.deaf;
                if heard {
                    self.listed = on;
                }
                let listed = Happening::Listed { life: self.life, on, heard };
                self.later(self.now, listed);
            }
            Output::Warn { code, on, .. } => {
                let what = format!("warns {code} {}", if on { "on" } else { "off" });
                self.trace.add(self.now, "admin   <-", &what);
            }
            Output::Log(note) => {
                self.logged.push(format!("{note:?}"));
                self.notes.push(note.code.to_owned());
            }
        }
    }

    fn deliver(&mut self, link: LinkId, frame: ServerFrame) {
        let Some(name) = self.tab_of(link) else { return };
        let line = trace::server_frame(&frame, |id| self.name(id));
        self.trace.add(self.now, &format!("{name:<7} <-"), &line);
        let Some(tab) = self.tabs.get_mut(&name) else { return };
        if let Some(frames) = &mut tab.foreign {
            frames.push(frame);
            return;
        }
        match frame {
            ServerFrame::Welcome { last, .. } if last < tab.events.len() as u64 => {
                tab.events.clear()
            }
            ServerFrame::Event(event) => {
                assert_eq!(
                    event.seq,
                    tab.events.len() as u64 + 1,
                    "{name} was sent a gap or a repeat"
                );
                if let What::Visitor { id, .. } = &event.what {
                    tab.outbox.retain(|frame| !says(frame, id));
                }
                tab.events.push(event);
            }
            ServerFrame::Accepted { id, .. } | ServerFrame::Refused { id: Some(id), .. } => {
                tab.outbox.retain(|frame| !says(frame, &id));
            }
            _ => {}
        }
    }

    fn tab_of(&self, link: LinkId) -> Option<String> {
        self.tabs.iter().find(|(_, tab)| tab.link == Some(link)).map(|(name, _)| name.clone())
    }

    fn call(&mut self, call: CallId, request: Request) {
        if let Some(until) = self.push.held(START + self.now, request.charge.as_ref()) {
            let outcome = Outcome::Failed(Failure::Held { until });
            return self.later(
                self.now,
                Happening::Pushed(push::Happening::Held { call, life: self.life, outcome }),
            );
        }
        self.conn_count += 1;
        let conn = ConnId(self.conn_count);
        let fate = self.network.fate();
        // One desk stands for all of its hosts; the trace tells them apart.
        let (host, target) = match request.url.strip_prefix(DESK_URL) {
            Some(target) => (String::new(), target.to_owned()),
            None => {
                let rest = request.url.strip_prefix("https://").expect("the relay speaks TLS");
                let (host, target) = rest.split_once('/').expect("the relay names a resource");
                assert!(
                    host.ends_with(".salesforceliveagent.com"),
                    "the relay stays on its hosts: {host}"
                );
                (format!(" at {host}"), format!("/{target}"))
            }
        };
        let body =
            request.body.as_ref().map_or_else(Vec::new, |body| body.expose().clone().into_bytes());
        let mut message = match request.method {
            Method::Get => http::Request::get(target),
            Method::Post => http::Request::post(target, body),
            Method::Put => http::Request { body, ..http::Request::new("PUT", target) },
            Method::Patch => http::Request { body, ..http::Request::new("PATCH", target) },
        };
        if let Some(key) = self.push.key(request.charge.as_ref()) {
            message = message.header("authorization", key);
        }
        let mut sequence = String::new();
        for (name, value) in &request.headers {
            if *name == "X-LIVEAGENT-SEQUENCE" {
                sequence = format!(" #{}", value.expose());
            }
            message = message.header(name, value.expose());
        }
        if request.label != "Messages" {
            self.trace.add(self.now, "desk    ->", &format!("{}{sequence}{host}", request.label));
        }
        self.conns.insert(
            conn,
            Pending {
                call,
                life: self.life,
                label: request.label,
                back: fate.back,
                max_bytes: request.max_bytes,
                charge: request.charge,
            },
        );
        match fate.there {
            Some(way) => self.later(self.now + way, Happening::Arrives(conn, message)),
            None => {
                let outcome = Outcome::Failed(Failure::Network);
                self.later(self.now + RESET_AFTER, Happening::Returns { conn, outcome });
            }
        }
        self.later(self.now + request.timeout, Happening::TimesOut(conn));
        if let Some(after) = fate.breaks {
            self.later(self.now + after, Happening::Breaks(conn));
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Arrives(conn, request) => {
                // A dead process' request may still arrive: it was on the wire.
                self.desk.request(self.now, conn, request);
                self.drain_desk();
            }
            Happening::Returns { conn, outcome } => {
                let Some(pending) = self.conns.remove(&conn) else { return };
                if pending.life != self.life {
                    return;
                }
                let told = match &outcome {
                    Outcome::Answer { status, .. } => status.to_string(),
                    Outcome::Failed(failure) => failure.code().to_owned(),
                };
                if pending.label != "Messages" || !matches!(told.as_str(), "200" | "204") {
                    self.trace.add(self.now, "desk    <-", &format!("{} {told}", pending.label));
                }
                self.step(Input::Reply { call: pending.call, outcome });
            }
            Happening::TimesOut(conn) => self.cut(conn, Failure::Timeout),
            Happening::Breaks(conn) => self.cut(conn, Failure::Network),
            Happening::Pushed(happening) => self.pushed(happening),
            Happening::Listed { life, on, heard } => {
                if life == self.life {
                    self.step(Input::Listed { on, heard });
                }
            }
        }
    }

    /// What waits here for somebody, as an admin is told it.
    #[must_use]
    pub fn left(&self) -> Option<Left<'_>> {
        self.core.left()
    }

    /// Our side gives a call up and wants to hear no more of it.
    fn cancel(&mut self, call: CallId) {
        let conn = self.conns.iter().find(|(_, it)| it.call == call && it.life == self.life);
        let Some(conn) = conn.map(|(conn, _)| *conn) else { return };
        if let Some(pending) = self.conns.remove(&conn)
            && pending.label != "Messages"
        {
            self.trace.add(self.now, "desk    ->", &format!("{} is given up", pending.label));
        }
        // A request that is still on its way arrives all the same: it was on the wire.
        self.desk.abort(self.now, conn);
        self.drain_desk();
    }

    /// Our side of a connection ends without an answer. Whether the desk notices is its own affair.
    fn cut(&mut self, conn: ConnId, failure: Failure) {
        let Some(pending) = self.conns.remove(&conn) else { return };
        self.desk.abort(self.now, conn);
        self.drain_desk();
        if pending.life == self.life {
            let line = format!("{} {}", pending.label, failure.code());
            self.trace.add(self.now, "desk    <-", &line);
            self.step(Input::Reply { call: pending.call, outcome: Outcome::Failed(failure) });
        }
    }

    fn drain_desk(&mut self) {
        while let Some(told) = self.desk.told() {
            let output = match told {
                Told::Answer(output) => output,
                Told::Deliver(attempt, delivery) => {
                    self.deliver_webhook(attempt, delivery);
                    continue;
                }
            };
            let conn = output.conn();
            let Some(pending) = self.conns.get(&conn) else { continue };
            let (back, max_bytes) = (pending.back, pending.max_bytes);
            let charge = pending.charge.clone();
            let outcome = match output {
                DeskOutput::Respond { response, .. } if response.body.len() > max_bytes => {
                    Outcome::Failed(Failure::TooLarge)
                }
                DeskOutput::Respond { response, .. } => {
                    let dice = || self.dice.next_u64();
                    match self.push.report(START + self.now, dice, charge.as_ref(), &response) {
                        Some(until) => Outcome::Failed(Failure::Held { until }),
                        None => Outcome::Answer { status: response.status, body: response.body },
                    }
                }
                DeskOutput::CutShort { .. } => Outcome::Failed(Failure::CutShort),
                DeskOutput::Close { .. } => Outcome::Failed(Failure::Network),
            };
            let (after, outcome) = match back {
                Some(way) => (way, outcome),
                None => (RESET_AFTER, Outcome::Failed(Failure::Network)),
            };
            self.later(self.now + after, Happening::Returns { conn, outcome });
        }
    }

    fn later(&mut self, at: Duration, happening: Happening) {
        self.order += 1;
        self.happenings.insert((at, self.order), happening);
    }
}

fn says(frame: &ClientFrame, wanted: &MessageId) -> bool {
    matches!(frame, ClientFrame::Say { id, .. } if id == wanted)
}

pub const DESK_URL: &str = "https://desk.example";

/// Sets the desk's dice apart from the world's own.
const DESK_SEED: u64 = 0x6465_736b;

/// Things that may be due at one instant.
const MOST_TURNS: u32 = 10_000;

/// How long it takes to learn that a connection broke.
const RESET_AFTER: Duration = Duration::from_millis(40);
