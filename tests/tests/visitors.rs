//! The real widget against the real conversation and the simulated desk: ten thousand seeded schedules of links that
//! break, pages that are loaded again, tabs that come and go, an edge that dies, and people who write throughout.
//!
//! However it goes, every tab shows what the log has, the log has everything that was said, once and in the order in
//! which each tab said it, and so does the desk.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "the schedule's own lists and texts"
)]

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use parlor_edge::conversation::{Answer, AskId};
use parlor_shared::{
    Timestamp,
    id::{ConversationId, ResourceId},
    wire::{ServerFrame, StartAnswer, What},
};
use parlor_tests::{
    desks::{
        dice::Dice,
        live_agent::{Config, Control},
    },
    world::World,
};
use parlor_widget::{
    bridge::ToFrame,
    codec::{self, Json},
    connection::{
        incoming::read,
        machine::{Act, Input, Way},
    },
    snapshot::{Entry, Kept},
    state::{
        Effect, Model, Msg, Site,
        heard::plain,
        rows::{Body, Calendar, Content},
        words::Words,
    },
};
use serde_json::Value;

const SCHEDULES: u64 = 10_000;

#[test]
fn what_visitors_see_is_what_was_said_whatever_breaks() {
    let (mut said, mut by_requests) = (0, 0);
    for seed in 0..SCHEDULES {
        let outcome = std::panic::catch_unwind(|| Schedule::run(seed));
        let outcome = outcome.unwrap_or_else(|_| panic!("seed {seed}"));
        said += outcome.0;
        by_requests += outcome.1;
    }
    assert!(said > SCHEDULES, "hardly anything was said");
    assert!(by_requests > SCHEDULES, "hardly anything went by requests: {by_requests}");
}

/// A browser with its tabs and its storage, and the world that they talk to.
struct Schedule {
    world: World,
    dice: Dice,
    tabs: Vec<Tab>,
    links: u32,
    /// How many answers to requests told something.
    by_requests: u64,
    /// The network lets no socket through.
    walled: bool,
    storage: BTreeMap<String, String>,
    /// What each tab said, in its order. A tab that is loaded again is the same tab.
    said: Vec<Vec<String>>,
}

struct Tab {
    model: Model,
    asked: bool,
    probing: bool,
    link: Option<Link>,
}

struct Link {
    name: String,
    way: Way,
    open: bool,
    up: VecDeque<String>,
    down: VecDeque<String>,
    asks: Asks,
}

/// What `widget/link.js` keeps of a link by requests.
#[derive(Default)]
struct Asks {
    number: u32,
    after: u64,
    held: Option<AskId>,
    posted: Option<AskId>,
    /// Answers on their way.
    coming: Vec<(AskId, Answer)>,
}

impl Schedule {
    fn run(seed: u64) -> (u64, u64) {
        let mut it = Self {
            world: World::new(seed, Config::default()),
            dice: Dice::new(seed ^ 0x76_6973_6974),
            tabs: Vec::new(),
            links: 0,
            by_requests: 0,
            walled: false,
            storage: BTreeMap::new(),
            said: Vec::new(),
        };
        it.open_tab();
        for _ in 0..40 {
            it.act();
        }
        it.settle();
        it.check();
        (it.said.iter().map(|texts| texts.len() as u64).sum(), it.by_requests)
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_ms(1_760_000_000_000) + self.world.now()
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.dice.next_u64() % limit as u64).unwrap()
    }

    fn fresh(&self) -> Tab {
        let site = Site {
            id: ResourceId::parse("a0e9c1de-0000-4000-8000-000000000001").unwrap(),
            name: "Larkspur Bicycles".to_owned(),
            asks: false,
            consent: false,
            leave_message: false,
            rating: false,
            reply: None,
        };
        let kept = Kept::from_entries(self.storage.clone());
        Tab {
            model: Model::new(Words::default(), site, None, kept),
            asked: false,
            probing: false,
            link: None,
        }
    }

    fn open_tab(&mut self) {
        self.tabs.push(self.fresh());
        self.said.push(Vec::new());
        self.begin(self.tabs.len() - 1);
    }

    fn begin(&mut self, tab: usize) {
        self.give(tab, Msg::Begin);
        let page = "https://shop.example/".to_owned();
        self.give(
            tab,
            Msg::Page(ToFrame::Opened { page, full: false, focus: true, silent: false }),
        );
    }

    fn give(&mut self, tab: usize, msg: Msg) {
        let dice = u128::from(self.dice.next_u64()) << 64 | u128::from(self.dice.next_u64());
        let now = self.now();
        for effect in self.tabs[tab].model.update(now, dice, msg) {
            match effect {
                Effect::Link(act) => self.link(tab, act),
                Effect::Keep(Entry { key, value: Some(value) }) => {
                    self.storage.insert(key, value);
                }
                Effect::Keep(Entry { key, value: None }) => {
                    self.storage.remove(&key);
                }
                _ => {}
            }
        }
    }

    fn link(&mut self, tab: usize, act: Act) {
        match act {
            Act::Start(_) => self.tabs[tab].asked = true,
            Act::Open { way, .. } => {
                self.unlink(tab);
                self.links += 1;
                let name = format!("l{}", self.links);
                let (up, down) = (VecDeque::new(), VecDeque::new());
                let asks = Asks { number: self.links, ..Asks::default() };
                self.tabs[tab].link = Some(Link { name, way, open: false, up, down, asks });
            }
            Act::Probe { .. } => self.tabs[tab].probing = true,
            Act::Close => self.unlink(tab),
            Act::Transmit(frame) => {
                if let Some(link) = &mut self.tabs[tab].link {
                    link.up.push_back(codec::client_frame(&frame));
                }
            }
            Act::Ping => {
                if let Some(link) = &mut self.tabs[tab].link {
                    link.down.push_back("pong".to_owned());
                }
            }
        }
    }

    /// What is on the way in either direction is lost with the link.
    fn unlink(&mut self, tab: usize) {
        if let Some(link) = self.tabs[tab].link.take()
            && link.way == Way::Socket
        {
            self.world.unlink(&link.name);
        }
    }

    fn cut(&mut self, tab: usize) {
        if self.tabs[tab].link.is_some() {
            self.unlink(tab);
            self.give(tab, Msg::Link(Input::Closed { code: 1006 }));
        }
    }

    fn answer_start(&mut self, tab: usize) {
        if !std::mem::take(&mut self.tabs[tab].asked) {
            return;
        }
        let answer = StartAnswer {
            conversation: ConversationId::parse("c".repeat(64)).unwrap(),
            token: "t".to_owned(),
            token_expires_in_s: 900,
            now: None,
            visitor_token: Some("v".to_owned()),
        };
        self.give(tab, Msg::Link(Input::Answered(Ok(answer))));
    }

    fn open_link(&mut self, tab: usize) {
        if std::mem::take(&mut self.tabs[tab].probing) && !self.walled {
            self.give(tab, Msg::Link(Input::Passable));
        }
        let walled = self.walled;
        let Some(link) = self.tabs[tab].link.as_mut().filter(|link| !link.open) else { return };
        if link.way == Way::Socket {
            if walled {
                return self.cut(tab);
            }
            self.world.link_foreign(&link.name.clone());
        }
        link.open = true;
        self.give(tab, Msg::Link(Input::Opened));
    }

    /// Asks and posts as `widget/link.js` does; false where nothing is on the way.
    fn carry_by_requests(&mut self, tab: usize) -> bool {
        let (lost, last) = (self.below(32) == 0, self.below(2) == 0);
        let Some(Link { up, asks, .. }) = &mut self.tabs[tab].link else { return false };
        let (number, mut moved) = (asks.number, false);
        if asks.posted.is_none() && !up.is_empty() {
            let frames: Vec<String> = up.drain(..up.len().min(8)).collect();
            if frames[0].starts_with("{\"hello\"") {
                let hello: Value = serde_json::from_str(&frames[0]).unwrap();
                asks.after = hello["hello"]["after"].as_u64().unwrap();
            }
            asks.posted = Some(self.world.ask(number, asks.after, false, frames));
            moved = true;
        } else if asks.posted.is_none() && asks.held.is_none() {
            asks.held = Some(self.world.ask(number, asks.after, true, Vec::new()));
        }
        for ask in asks.posted.into_iter().chain(asks.held) {
            asks.coming.extend(self.world.answer(ask).map(|answer| (ask, answer)));
        }
        if asks.coming.is_empty() {
            return moved;
        }
        let at = if last { asks.coming.len() - 1 } else { 0 };
        let (ask, answer) = asks.coming.remove(at);
        if lost {
            self.cut(tab);
            return true;
        }
        if asks.posted == Some(ask) {
            asks.posted = None;
        }
        if asks.held == Some(ask) {
            asks.held = None;
        }
        let told = !answer.frames.is_empty();
        self.by_requests += u64::from(told);
        for frame in answer.frames {
            let text = serde_json::to_string(&frame).unwrap();
            if let Some(Link { asks, .. }) = &mut self.tabs[tab].link
                && asks.number == number
            {
                match &frame {
                    ServerFrame::Welcome { last, .. } if *last < asks.after => asks.after = 0,
                    ServerFrame::Event(event) => asks.after = asks.after.max(event.seq),
                    ServerFrame::Accepted { seq, .. } => asks.after = asks.after.max(*seq),
                    _ => {}
                }
                self.give(tab, Msg::Link(Input::Received(read::<Parsed>(&text))));
            }
        }
        moved || told
    }

    /// One frame goes up, one comes down; false where nothing is on the way.
    fn carry(&mut self, tab: usize) -> bool {
        let twice = self.below(16) == 0;
        let Some(link) = &mut self.tabs[tab].link else { return false };
        if !link.open {
            return false;
        }
        if link.way == Way::Requests {
            return self.carry_by_requests(tab);
        }
        let up = link.up.pop_front();
        if let Some(text) = &up {
            self.world.raw(&link.name, text);
        }
        let heard = self.world.hear(&link.name);
        link.down.extend(heard.iter().map(|frame| serde_json::to_string(frame).unwrap()));
        let down = link.down.pop_front();
        if let Some(text) = &down {
            if twice {
                // No socket does that; a widget must not depend on it.
                self.give(tab, Msg::Link(Input::Received(read::<Parsed>(text))));
            }
            self.give(tab, Msg::Link(Input::Received(read::<Parsed>(text))));
        }
        up.is_some() || down.is_some()
    }

    fn pass(&mut self, time: Duration) {
        let until = self.world.now() + time;
        self.world.run_until(until);
        for tab in 0..self.tabs.len() {
            if self.tabs[tab].model.deadline(self.now()).is_some_and(|at| at <= self.now()) {
                self.give(tab, Msg::Tick);
            }
        }
    }

    fn act(&mut self) {
        let tab = self.below(self.tabs.len());
        match self.below(25) {
            0..=4 => {
                let text = format!("{tab}.{}", self.said[tab].len());
                self.said[tab].push(text.clone());
                self.give(tab, Msg::Draft(text));
                self.give(tab, Msg::Send);
            }
            5..=7 => self.answer_start(tab),
            8..=9 => self.open_link(tab),
            10..=14 => {
                for _ in 0..=self.below(4) {
                    self.carry(tab);
                }
            }
            15..=16 => {
                let time = self.below(4_000) as u64;
                self.pass(Duration::from_millis(time));
            }
            17 => self.cut(tab),
            18 => {
                // The page is loaded again: whatever was in memory is gone.
                self.unlink(tab);
                self.tabs[tab] = self.fresh();
                self.begin(tab);
            }
            19 if self.tabs.len() < 3 => self.open_tab(),
            19 => {
                self.world.kill();
                for tab in 0..self.tabs.len() {
                    self.cut(tab);
                }
            }
            20 => self.give(tab, Msg::Link(Input::Offline)),
            21 => self.give(tab, Msg::Link(Input::Wake)),
            24 => {
                self.walled = !self.walled;
                for tab in 0..self.tabs.len() {
                    if self.tabs[tab].link.as_ref().is_some_and(|it| it.way == Way::Socket) {
                        self.cut(tab);
                    }
                }
            }
            22 => {
                if let Some(chat) = self.world.chat() {
                    // An agent who is too early or too late is told so, and that is all.
                    let _ = self.world.control(Control::Accept { chat: chat.id, agent: None });
                }
            }
            _ => {
                if let Some(chat) = self.world.chat() {
                    let text = format!("agent {}", self.dice.next_u64() % 1_000);
                    let _ = self.world.control(Control::Say { chat: chat.id, text });
                }
            }
        }
    }

    /// Nothing breaks any more, somebody answers, and everything that is on the way arrives.
    fn settle(&mut self) {
        for round in 0..240 {
            for tab in 0..self.tabs.len() {
                self.give(tab, Msg::Link(Input::Wake));
                self.answer_start(tab);
                self.open_link(tab);
                while self.carry(tab) {}
            }
            if round == 20
                && let Some(chat) = self.world.chat()
            {
                let _ = self.world.control(Control::Accept { chat: chat.id, agent: None });
            }
            self.pass(Duration::from_millis(500));
        }
    }

    fn check(&self) {
        let log = self.world.events();
        let shown: Vec<String> = log
            .iter()
            .filter_map(|event| match &event.what {
                What::Visitor { text, .. } => Some(text.clone()),
                What::Agent { body, .. } => Some(plain(body)),
                _ => None,
            })
            .collect();
        let visitor: Vec<&String> = log
            .iter()
            .filter_map(|event| match &event.what {
                What::Visitor { text, .. } => Some(text),
                _ => None,
            })
            .collect();
        for (tab, said) in self.said.iter().enumerate() {
            let prefix = format!("{tab}.");
            let kept: Vec<&String> =
                visitor.iter().filter(|text| text.starts_with(&prefix)).copied().collect();
            assert_eq!(kept, said.iter().collect::<Vec<_>>(), "the log and what tab {tab} said");
        }
        for (number, tab) in self.tabs.iter().enumerate() {
            let view = tab.model.view(self.now(), &Plain);
            let bubbles: Vec<String> = view
                .rows
                .iter()
                .filter_map(|row| match &row.content {
                    Content::Bubble { body: Body::Text(text), .. } => Some(text.clone()),
                    Content::Bubble { body: Body::Blocks(body), .. } => Some(plain(body)),
                    _ => None,
                })
                .collect();
            if visitor.is_empty() && bubbles.is_empty() {
                continue;
            }
            // A tab in which nothing was ever said does not look for a conversation of another.
            if tab.link.is_some() || !bubbles.is_empty() {
                assert_eq!(bubbles, shown, "what tab {number} shows and the log");
            }
        }
        if let Some(chat) = self.world.chat() {
            let heard: Vec<&str> = chat
                .lines
                .iter()
                .filter(|line| line.from == parlor_tests::desks::live_agent::Speaker::Visitor)
                .map(|line| line.text.as_str())
                .collect();
            let visitor: Vec<&str> = visitor.iter().map(|text| text.as_str()).collect();
            assert_eq!(heard, visitor, "the desk and the log");
        }
    }
}

/// A calendar that shows nothing.
struct Plain;

impl Calendar for Plain {
    fn day(&self, _: Timestamp) -> i64 {
        0
    }

    fn hour(&self, _: Timestamp) -> u8 {
        0
    }

    fn time(&self, _: Timestamp) -> String {
        String::new()
    }

    fn weekday(&self, _: Timestamp) -> String {
        String::new()
    }

    fn date(&self, _: Timestamp) -> String {
        String::new()
    }

    fn plural(&self, _: u32) -> String {
        String::new()
    }
}

/// The widget's door to a JSON parser; in a browser it is the browser's.
struct Parsed(Value);

impl Json for Parsed {
    fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self)
    }

    fn get(&self, name: &str) -> Option<Self> {
        self.0.as_object()?.get(name).filter(|value| !value.is_null()).cloned().map(Self)
    }

    fn members(&self) -> Vec<(String, Self)> {
        let members = self.0.as_object().into_iter().flatten();
        members.map(|(name, value)| (name.clone(), Self(value.clone()))).collect()
    }

    fn items(&self) -> Option<Vec<Self>> {
        Some(self.0.as_array()?.iter().cloned().map(Self).collect())
    }

    fn text(&self) -> Option<String> {
        self.0.as_str().map(str::to_owned)
    }

    fn number(&self) -> Option<f64> {
        self.0.as_f64()
    }

    fn flag(&self) -> Option<bool> {
        self.0.as_bool()
    }
}
