//! A browser's tabs, its storage, an edge with one conversation, and the wires between them.

use std::collections::{BTreeMap, VecDeque};

use parlor_shared::{
    Timestamp,
    id::{ConversationId, ResourceId},
    wire::{
        Agent, Block, Capabilities, ClientFrame, EndedBy, Event, ServerFrame, Span, StartAnswer,
        What,
    },
};

use crate::{
    bridge::{ToFrame, ToPage},
    connection::{
        Incoming,
        machine::{Act, Input, Way},
    },
    pairs::Pairs,
    snapshot::{Entry, Kept},
    state::{
        Effect, Model, Msg, Site,
        heard::plain,
        rows::{Body, Calendar, Content, Row},
        view::View,
        words::Words,
    },
};

/// UTC, in plain figures.
pub struct Plain;

impl Calendar for Plain {
    fn day(&self, at: Timestamp) -> i64 {
        i64::try_from(at.as_ms() / 86_400_000).unwrap()
    }

    fn hour(&self, at: Timestamp) -> u8 {
        u8::try_from(at.as_ms() / 3_600_000 % 24).unwrap()
    }

    fn time(&self, at: Timestamp) -> String {
        let minutes = at.as_ms() / 60_000;
        format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60)
    }

    fn weekday(&self, at: Timestamp) -> String {
        format!("weekday {}", self.day(at) % 7)
    }

    fn date(&self, at: Timestamp) -> String {
        format!("day {}", self.day(at))
    }

    fn plural(&self, n: u32) -> String {
        if n == 1 { "one" } else { "other" }.to_owned()
    }
}

pub fn words() -> Words {
    let english: BTreeMap<String, String> =
        serde_json::from_str(include_str!("../../../locales/en.json")).unwrap();
    Words(english.into_values().collect())
}

pub fn maya() -> Agent {
    Agent { key: 7, name: "Maya Okafor".to_owned(), avatar: None }
}

pub fn paragraph(text: &str) -> Vec<Block> {
    vec![Block::Paragraph(vec![Span::Text(text.to_owned())])]
}

/// The edge, as far as a widget can tell: one conversation, a log, and links that may go at any time.
pub struct Edge {
    pub conversation: ConversationId,
    pub log: Vec<Event>,
}

/// A browser's tab: the widget, its link, and what is on the way.
pub struct Tab {
    pub model: Model,
    pub link: Option<Wires>,
    /// Which way the latest link goes.
    pub way: Option<Way>,
    /// A start request is under way.
    pub asked: bool,
    /// What the latest start request said of the visitor.
    pub attributes: Pairs,
    /// What was asked of earlier conversations.
    pub looks: Vec<crate::state::pages::Look>,
    /// What the last start request said of the form.
    pub form: Pairs,
    pub announced: Vec<String>,
    pub told: Vec<ToPage>,
    /// What stands in the composer's field.
    pub field: String,
}

#[derive(Default)]
pub struct Wires {
    pub up: VecDeque<ClientFrame>,
    pub down: VecDeque<Incoming>,
    /// The edge has heard `hello`, and tells it everything.
    pub greeted: bool,
}

/// Everything: the tabs of one browser, its storage, the edge, the time, and the dice.
pub struct World {
    pub now: Timestamp,
    /// What the edge's clock says, where a story minds.
    pub edge_now: Option<Timestamp>,
    pub dice: u64,
    pub edge: Edge,
    pub tabs: Vec<Tab>,
    pub storage: BTreeMap<String, String>,
    /// The edge was asked to keep an idle conversation open.
    pub stayed: bool,
    /// What the document asks before a conversation.
    pub asks: bool,
    pub consent: bool,
    pub leave_message: bool,
    pub rating: bool,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let mut world = Self {
            // Ten in the morning.
            now: Timestamp::from_ms(1_700_042_400_000 / 86_400_000 * 86_400_000 + 36_000_000),
            edge_now: None,
            dice: seed,
            edge: Edge {
                conversation: ConversationId::parse("c".repeat(64)).unwrap(),
                log: Vec::new(),
            },
            tabs: Vec::new(),
            storage: Default::default(),
            stayed: false,
            asks: false,
            consent: false,
            leave_message: false,
            rating: false,
        };
        world.open_tab();
        world
    }

    /// The next random number (SplitMix64, Steele, Lea and Flood 2014).
    pub fn roll(&mut self) -> u64 {
        self.dice = self.dice.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.dice;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.roll() % limit as u64).unwrap()
    }

    pub fn new_tab(&self) -> Tab {
        let site = Site {
            id: ResourceId::parse("a0e9c1de-0000-4000-8000-000000000001").unwrap(),
            name: "Larkspur Bicycles".to_owned(),
            asks: self.asks,
            consent: self.consent,
            leave_message: self.leave_message,
            rating: self.rating,
            reply: None,
        };
        let kept = Kept::from_entries(self.storage.clone());
        Tab {
            model: Model::new(words(), site, None, kept),
            link: None,
            way: None,
            asked: false,
            attributes: Pairs::default(),
            form: Pairs::default(),
            announced: Vec::new(),
            looks: Vec::new(),
            told: Vec::new(),
            field: String::new(),
        }
    }

    pub fn open_tab(&mut self) {
        let tab = self.new_tab();
        self.tabs.push(tab);
        let last = self.tabs.len() - 1;
        self.give(last, Msg::Begin);
        self.show(last);
    }

    pub fn show(&mut self, tab: usize) {
        let page = "https://shop.example/".to_owned();
        self.give(
            tab,
            Msg::Page(ToFrame::Opened { page, full: false, focus: true, silent: false }),
        );
    }

    pub fn reload(&mut self, tab: usize) {
        self.tabs[tab] = self.new_tab();
        self.give(tab, Msg::Begin);
        self.show(tab);
    }

    pub fn give(&mut self, tab: usize, msg: Msg) {
        let dice = (u128::from(self.roll()) << 64) | u128::from(self.roll());
        let effects = self.tabs[tab].model.update(self.now, dice, msg);
        for effect in effects {
            let place = &mut self.tabs[tab];
            match effect {
                Effect::Link(Act::Start(request)) => {
                    place.asked = true;
                    place.attributes = request.attributes;
                    place.form = request.form;
                }
                Effect::Link(Act::Open { way, .. }) => {
                    place.link = Some(Wires::default());
                    place.way = Some(way);
                }
                Effect::Link(Act::Close) => place.link = None,
                Effect::Link(Act::Transmit(frame)) => {
                    if let Some(link) = &mut place.link {
                        link.up.push_back(frame);
                    }
                }
                Effect::Link(Act::Probe { .. }) => {}
                Effect::Link(Act::Ping) => {
                    if let Some(link) = &mut place.link {
                        link.down.push_back(Incoming::Pong);
                    }
                }
                Effect::Keep(Entry { key, value: Some(value) }) => {
                    self.storage.insert(key, value);
                }
                Effect::Keep(Entry { key, value: None }) => {
                    self.storage.remove(&key);
                }
                Effect::Announce { text, .. } => place.announced.push(text),
                Effect::Tell(frame) => place.told.push(frame),
                Effect::Forget => self.storage.clear(),
                Effect::Write(text) => place.field = text,
                Effect::Look(look) => place.looks.push(look),
                Effect::Focus(_) | Effect::ToEnd | Effect::Transcript | Effect::Reload => {}
            }
        }
    }

    pub fn say(&mut self, tab: usize, text: &str) {
        self.give(tab, Msg::Draft(text.to_owned()));
        self.give(tab, Msg::Send);
    }

    /// Lets time pass until something is so.
    pub fn tick_until(&mut self, is: impl Fn(&Self) -> bool) {
        for _ in 0..100 {
            if is(self) {
                return;
            }
            self.now = self.now + std::time::Duration::from_millis(500);
            self.tick();
        }
        panic!("it never was");
    }

    /// The edge stores something and tells every link that has said hello.
    pub fn happen(&mut self, what: What) -> u64 {
        let seq = self.edge.log.len() as u64 + 1;
        let event = Event { seq, at: self.edge_now.unwrap_or(self.now), what };
        self.edge.log.push(event.clone());
        for link in self.tabs.iter_mut().filter_map(|tab| tab.link.as_mut()) {
            if link.greeted {
                link.down.push_back(Incoming::Frame(ServerFrame::Event(event.clone())));
            }
        }
        seq
    }

    pub fn agent_says(&mut self, text: &str) -> u64 {
        self.happen(What::Agent { agent: maya(), body: paragraph(text), auto: false })
    }

    pub fn answer_start(&mut self, tab: usize) {
        self.tabs[tab].asked = false;
        let answer = StartAnswer {
            conversation: self.edge.conversation.clone(),
            token: "t".to_owned(),
            token_expires_in_s: 900,
            now: self.edge_now,
            visitor_token: Some("v".to_owned()),
        };
        self.give(tab, Msg::Link(Input::Answered(Ok(answer))));
        self.give(tab, Msg::Link(Input::Opened));
    }

    /// The edge takes one frame from a tab's link.
    pub fn take_up(&mut self, tab: usize) -> bool {
        let Some(link) = &mut self.tabs[tab].link else { return false };
        let Some(frame) = link.up.pop_front() else { return false };
        let mut answer = |frame| {
            if let Some(link) = &mut self.tabs[tab].link {
                link.down.push_back(Incoming::Frame(frame));
            }
        };
        match frame {
            ClientFrame::Hello { after, .. } => {
                answer(ServerFrame::Welcome {
                    version: 1,
                    conversation: self.edge.conversation.clone(),
                    last: self.edge.log.len() as u64,
                    capabilities: Capabilities {
                        agent_typing: true,
                        visitor_typing: true,
                        read_receipts: false,
                        sneak_peek: false,
                    },
                });
                for event in self.edge.log.iter().filter(|event| event.seq > after) {
                    answer(ServerFrame::Event(event.clone()));
                }
                if let Some(link) = &mut self.tabs[tab].link {
                    link.greeted = true;
                }
            }
            ClientFrame::Say { id, text } => {
                let known = self.edge.log.iter().find(
                    |event| matches!(&event.what, What::Visitor { id: known, .. } if *known == id),
                );
                let ended =
                    self.edge.log.iter().any(|event| matches!(event.what, What::Ended { .. }));
                match known {
                    Some(event) => answer(ServerFrame::Accepted { id, seq: event.seq }),
                    None if ended => answer(ServerFrame::Refused {
                        id: Some(id),
                        code: "conversation_ended".to_owned(),
                        detail: None,
                    }),
                    None => {
                        // The sender gets the acknowledgement in place of the event.
                        let seq = self.edge.log.len() as u64 + 1;
                        answer(ServerFrame::Accepted { id: id.clone(), seq });
                        if let Some(link) = &mut self.tabs[tab].link {
                            link.greeted = false;
                        }
                        self.happen(What::Visitor { id, text });
                        if let Some(link) = &mut self.tabs[tab].link {
                            link.greeted = true;
                        }
                    }
                }
            }
            ClientFrame::Rate { score, note } => {
                let known =
                    self.edge.log.iter().any(|event| matches!(event.what, What::Rated { .. }));
                if !known {
                    self.happen(What::Rated { score, note });
                }
            }
            ClientFrame::Retry { id } => {
                let of = self.edge.log.iter().find_map(|event| match &event.what {
                    What::Visitor { id: known, .. } if *known == id => Some(event.seq),
                    _ => None,
                });
                if let Some(of) = of {
                    self.happen(What::Retried { of });
                }
            }
            ClientFrame::End {} => {
                self.happen(What::Ended { by: EndedBy::Visitor });
            }
            ClientFrame::Stay {} => self.stayed = true,
            ClientFrame::Typing { .. } | ClientFrame::Peek { .. } => {}
        }
        true
    }

    /// A tab takes one frame from its link.
    pub fn take_down(&mut self, tab: usize) -> bool {
        let Some(link) = &mut self.tabs[tab].link else { return false };
        let Some(incoming) = link.down.pop_front() else { return false };
        self.give(tab, Msg::Link(Input::Received(incoming)));
        true
    }

    pub fn cut(&mut self, tab: usize) {
        if self.tabs[tab].link.take().is_some() {
            self.give(tab, Msg::Link(Input::Closed { code: 1006 }));
        }
    }

    pub fn tick(&mut self) {
        for tab in 0..self.tabs.len() {
            self.give(tab, Msg::Tick);
        }
    }

    /// Lets everything that is on the way arrive, and time pass where a tab waits to connect.
    pub fn settle(&mut self) {
        for _ in 0..10_000 {
            let mut moved = false;
            for tab in 0..self.tabs.len() {
                if self.tabs[tab].asked {
                    self.answer_start(tab);
                    moved = true;
                }
                // A socket that the machine opened by itself opens.
                self.give(tab, Msg::Link(Input::Opened));
                while self.take_up(tab) || self.take_down(tab) {
                    moved = true;
                }
            }
            let waits =
                self.tabs.iter().any(|tab| tab.model.machine.is_wanted() && tab.link.is_none());
            if !moved && !waits {
                return;
            }
            if !moved {
                self.now = self.now + std::time::Duration::from_secs(1);
                self.tick();
            }
        }
        panic!("the world does not come to rest");
    }

    pub fn view(&self, tab: usize) -> View {
        self.tabs[tab].model.view(self.now, &Plain)
    }

    /// Everything that was said, as a tab shows it.
    pub fn bubbles(&self, tab: usize) -> Vec<String> {
        bubbles(&self.view(tab).rows)
    }

    /// Everything that was said, as the log has it.
    pub fn said(&self) -> Vec<String> {
        self.edge
            .log
            .iter()
            .filter_map(|event| match &event.what {
                What::Visitor { text, .. } => Some(text.clone()),
                What::Agent { body, .. } => Some(plain(body)),
                _ => None,
            })
            .collect()
    }
}

pub fn bubbles(rows: &[Row]) -> Vec<String> {
    rows.iter()
        .filter_map(|row| match &row.content {
            Content::Bubble { body: Body::Text(text), .. } => Some(text.clone()),
            Content::Bubble { body: Body::Blocks(blocks), .. } => Some(plain(blocks)),
            _ => None,
        })
        .collect()
}
