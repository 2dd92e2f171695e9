//! The simulated Kustomer desk: REST in, signed webhooks out, as a value to be stepped.
//!
//! It must never wait, read a clock or look at Parlor: time comes in as the age of the desk, HTTP and deliveries are
//! data, and every rule is a section of the reference or a knob in [`faults`]. What the reference leaves open is a knob,
//! and what it infers is marked. Left out: native channels other than chat, search filters, and the web application.
//!
//! Start with [`Desk`], then `api` (who may call, limits, and which call does what), `messages` and `conversations`, then
//! `delivery` (webhooks) and `control` (what agents do). [`rules`] names every rule, for the tests of the tests.
//!
//! Source: the Kustomer protocol reference that docs/VENDORS.md draws on, by section; it names the vendor's pages.
//!
//! # Stepping it
//! ```
//! use std::time::Duration;
//! use parlor_tests::desks::http::{ConnId, Output as Answer, Request};
//! use parlor_tests::desks::kustomer::{Config, Control, Desk, Fate, Output, RELAY_TOKEN};
//!
//! let at = Duration::from_secs;
//! let mut desk = Desk::new(Config::default(), 7);
//! desk.control(at(0), Control::Hook { url: "https://edge.example/hook".into(), token: "s3cret".into(), events: vec![] }).unwrap();
//! let mut ask = |desk: &mut Desk, number, path: &str, body: serde_json::Value| {
//!     let request = Request::post(path, body.to_string()).header("authorization", format!("Bearer {RELAY_TOKEN}"));
//!     desk.request(at(1), ConnId(number), request);
//!     match desk.poll_output() {
//!         Some(Output::Answer(Answer::Respond { response, .. })) => response.value()["data"]["id"].as_str().unwrap().to_owned(),
//!         other => panic!("no answer: {other:?}"),
//!     }
//! };
//! let customer = ask(&mut desk, 1, "/v1/customers", serde_json::json!({ "externalId": "web:1" }));
//! let talk = ask(&mut desk, 2, "/v1/conversations", serde_json::json!({ "customer": customer, "direction": "in" }));
//! let text = serde_json::json!({ "channel": "chat", "app": "relay", "direction": "in", "preview": "Hello" });
//! ask(&mut desk, 3, &format!("/v1/conversations/{talk}/messages"), text);
//! while desk.poll_output().is_some() {}
//!
//! desk.control(at(5), Control::Reply { chat: talk, text: "Hi **there**".into(), agent: None, file: None }).unwrap();
//! match desk.poll_output() {
//!     Some(Output::Deliver { attempt, delivery }) => {
//!         assert!(delivery.headers.iter().any(|(name, _)| name == "x-kustomer-webhook-signature"));
//!         desk.settled(at(5), attempt, Fate::Status(200));
//!     }
//!     other => panic!("no delivery: {other:?}"),
//! }
//! ```

mod api;
mod armed;
mod chat;
mod control;
mod conversations;
mod customers;
mod deeds;
mod delivery;
mod events;
pub mod faults;
mod files;
mod hooks;
mod iso;
mod keys;
mod limits;
mod messages;
mod mischief;
mod people;
mod refusal;
mod route;
pub mod rules;
mod schema;
mod store;
pub mod trace;
mod view;
mod wire;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

pub use control::{Control, DEFAULT_AGENT, Upload};
pub use delivery::{AttemptId, Delivery, Fate, Logged, RETRY_DELAYS, signature};
pub use faults::{Fault, Order};
pub use keys::{ADMIN_TOKEN, Key, RELAY_TOKEN, UMBRELLAS};
pub use rules::Rule;
pub use view::{Chat, Detail, Hook, Line, Speaker, Visitor};

use super::dice::Dice;
use super::http::{ConnId, Output as Answer};
use armed::Faults;
use delivery::Courier;
use files::Stored;
use limits::Limits;
use rules::Rules;
use store::{Ids, Kind, Store};
use trace::Entry;
use view::Notice;
use wire::Wire;

/// What the desk is like. The defaults are a kind day.
#[derive(Clone, Debug)]
pub struct Config {
    /// Unix time of the desk's start, in milliseconds.
    pub started_at_ms: i64,
    /// The sign-in subdomain, section 1.1.
    pub org: String,
    /// The region: `prod1`, `prod2` or `prod4`.
    pub pod: String,
    /// Where this desk is reached, without a slash at the end: makes the addresses of uploads and downloads.
    pub base_url: String,
    pub keys: Vec<Key>,
    /// Custom names that are defined, with their suffix. Section 2.
    pub custom: Vec<String>,
    /// Requests per minute of the organisation. Section 9: 1,000 with Enterprise.
    pub org_limit: u64,
    /// Section 9.
    pub search_limit: u64,
    /// Messages, conversations, notes and drafts per customer and minute, each. Section 9.
    pub customer_limit: u64,
    /// How long a delivery may take. Not established; section 8.8 takes 5 s.
    pub webhook_timeout: Duration,
    /// How long an event takes to leave. Not stated; none is the hardest for a client.
    pub webhook_lag: Duration,
    /// The retry delays are divided by this.
    pub retry_divisor: u32,
    /// How long a download link works. "Time-limited in practice", section 7.4.
    pub link_life: Duration,
    /// Address of the default agent's picture; most have none.
    pub picture: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            started_at_ms: 1_760_000_000_000,
            org: "larkspur".to_owned(),
            pod: "prod1".to_owned(),
            base_url: "https://desk.example".to_owned(),
            keys: vec![Key::relay(), Key::admin()],
            custom: vec!["planStr".to_owned(), "vipBool".to_owned()],
            org_limit: 1_000,
            search_limit: 100,
            customer_limit: 120,
            webhook_timeout: Duration::from_secs(5),
            webhook_lag: Duration::ZERO,
            retry_divisor: 1,
            link_life: Duration::from_secs(3_600),
            picture: None,
        }
    }
}

/// What is to be put on the wire. Silence is no output at all: a request that nothing answers stays open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    Answer(Answer),
    /// A webhook's delivery leaves. [`Desk::settled`] tells what became of it; the desk does not wait for ever.
    Deliver {
        attempt: AttemptId,
        delivery: Delivery,
    },
}

/// The machine. Step it with [`request`](Self::request), [`abort`](Self::abort), [`settled`](Self::settled),
/// [`control`](Self::control) and [`tick`](Self::tick), and drain [`poll_output`](Self::poll_output) after each.
///
/// Times are ages of the desk and must not go back.
#[derive(Debug)]
pub struct Desk {
    config: Config,
    rules: Rules,
    dice: Dice,
    ids: Ids,
    /// The organisation's id.
    org: String,
    store: Store,
    files: BTreeMap<String, Stored>,
    /// The machine user of each key, by token.
    machines: BTreeMap<String, String>,
    /// Conversations that are native chat sessions, with their tracking ids.
    sessions: BTreeMap<String, String>,
    /// What agents read beside messages and notes.
    notices: Vec<Notice>,
    faults: Faults,
    limits: Limits,
    courier: Courier,
    wire: Wire,
    /// Until when a client that was told to wait has to: by token.
    told_to_wait: BTreeMap<String, Duration>,
    /// A history is being imported: no events.
    importing: bool,
    version: u64,
}

impl Desk {
    /// The same seed gives the same ids and tokens.
    pub fn new(config: Config, seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let mut ids = Ids::new(&mut dice);
        let org = ids.next(config.started_at_ms);
        let mut desk = Self {
            config,
            rules: Rules::here(),
            dice,
            ids,
            org,
            store: Store::default(),
            files: BTreeMap::new(),
            machines: BTreeMap::new(),
            sessions: BTreeMap::new(),
            notices: Vec::new(),
            faults: Faults::default(),
            limits: Limits::default(),
            courier: Courier::default(),
            wire: Wire::default(),
            told_to_wait: BTreeMap::new(),
            importing: false,
            version: 1,
        };
        desk.settle_in();
        desk
    }

    /// The next thing for the wire, in order.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.wire.outputs.pop_front()
    }

    /// When [`tick`](Self::tick) has something to do next.
    pub fn deadline(&self) -> Option<Duration> {
        let dues = [self.wire.due(), self.delivery_due(), self.snooze_due()];
        dues.into_iter().flatten().min()
    }

    /// Time has passed. Harmless when nothing is due.
    pub fn tick(&mut self, now: Duration) {
        while let Some(due) = self.deadline().filter(|due| *due <= now) {
            self.wire.release(due);
            self.give_up_waiting(due);
            self.wake_snoozed(due);
            self.send_due(due);
        }
    }

    /// The client dropped a request. What it asked for stays done.
    pub fn abort(&mut self, now: Duration, conn: ConnId) {
        self.tick(now);
        self.wire.forget(now, conn);
    }

    /// Rises with every change of [`chats`](Self::chats), of webhooks, their log, or the armed faults.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Everything that crossed the border, oldest first.
    pub fn trace(&self) -> Vec<Entry> {
        self.wire.trace.entries().cloned().collect()
    }

    /// Deliveries, oldest first, each with its newest state.
    pub fn deliveries(&self) -> Vec<Logged> {
        self.courier.log().cloned().collect()
    }

    /// The catalogue of knobs with what is turned, as `GET /control/faults` gives it.
    pub fn fault_list(&self) -> Value {
        self.faults.list()
    }

    /// Who and what there is, as `GET /control/config` gives it.
    pub fn config_json(&self) -> Value {
        let config = &self.config;
        let named = |kind: Kind| {
            let records = self.store.all(kind);
            records.map(|it| json!({ "id": it.id, "name": it.text("name") })).collect::<Vec<_>>()
        };
        let people = self.store.all(Kind::User).filter(|user| user.text("userType") == "user");
        let agents: Vec<Value> =
            people.map(|user| json!({ "id": user.id, "name": user.text("displayName") })).collect();
        json!({
            "org": { "id": self.org, "name": config.org }, "pod": config.pod,
            "org_limit": config.org_limit, "webhook_timeout_ms": trace::millis(config.webhook_timeout),
            "agents": agents, "teams": named(Kind::Team), "queues": named(Kind::Queue),
            "default_agent": DEFAULT_AGENT,
        })
    }

    /// The organisation's id, as events name it.
    pub fn org_id(&self) -> &str {
        &self.org
    }

    fn changed(&mut self) {
        self.version += 1;
    }

    fn at_ms(&self, now: Duration) -> i64 {
        self.config.started_at_ms + i64::try_from(now.as_millis()).unwrap_or(i64::MAX / 2)
    }

    fn iso(&self, now: Duration) -> Value {
        Value::from(iso::text(self.at_ms(now)))
    }
}
