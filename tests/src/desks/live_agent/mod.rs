//! The simulated Salesforce Live Agent desk: the Chat REST API, with its long poll, as a value to be stepped.
//!
//! It must never wait, read a clock or look at Parlor: time comes in as the age of the desk, HTTP as data, and every
//! rule is the vendor's documentation or a knob in [`faults`]. It keeps the documented words even where a real server
//! was seen to be kinder. Left out: Salesforce's own bots (the page says that they are not for custom clients), and
//! routing by skill or agent (`agentId` and `buttonOverrides` are read and not followed).
//!
//! Start with [`Desk`], then `resources` and `posts` (what a visitor's client may ask), `control` and `deeds` (what an
//! agent does), `session` (the outbox and the poll) and `files`. [`rules`] names every rule, for the tests of the tests.
//!
//! # What of the guide is played
//! Every resource ([`NOUNS`]), every type ([`KINDS`]) and every status. Read and passed over, because nothing documented
//! follows from them: `pc`, `Content-Type`, `Accept`, `trackingId`, `doFallback`, `entityMaps`, `Settings.updateBreadcrumb`,
//! invitations of buttons. Not played: the smoothing of the estimated wait (a wait per place stands for it), entries of
//! type OperatorTransferred in ChasitorSessionData, and the page script's `Settings.jsonp`.
//!
//! Source, unless a rule names another page: Chat REST API Developer Guide, version 66.0,
//! <https://developer.salesforce.com/docs/service/chat-rest/guide/>.
//!
//! # Stepping it
//! ```
//! use std::time::Duration;
//! use parlor_tests::desks::http::{ConnId, Request};
//! use parlor_tests::desks::live_agent::{Config, Control, Desk, Output};
//!
//! let at = Duration::from_secs;
//! let mut desk = Desk::new(Config::default(), 7);
//! let mut answer = |desk: &mut Desk| match desk.poll_output() {
//!     Some(Output::Respond { response, .. }) => response,
//!     other => panic!("no whole answer: {other:?}"),
//! };
//!
//! let request = Request::get("/chat/rest/System/SessionId")
//!     .header("X-LIVEAGENT-API-VERSION", "58")
//!     .header("X-LIVEAGENT-AFFINITY", "null");
//! desk.request(at(0), ConnId(1), request);
//! let session = answer(&mut desk).value();
//! let with_session = |request: Request| {
//!     request
//!         .header("X-LIVEAGENT-API-VERSION", "58")
//!         .header("X-LIVEAGENT-AFFINITY", session["affinityToken"].as_str().unwrap())
//!         .header("X-LIVEAGENT-SESSION-KEY", session["key"].as_str().unwrap())
//! };
//!
//! let init = serde_json::json!({
//!     "organizationId": "00D000000000001", "deploymentId": "572000000000001", "buttonId": "573000000000001",
//!     "sessionId": session["id"], "userAgent": "doc", "language": "en-US", "screenResolution": "1x1",
//!     "visitorName": "Ada", "prechatDetails": [], "prechatEntities": [], "receiveQueueUpdates": true, "isPost": true,
//! });
//! let request = Request::post("/chat/rest/Chasitor/ChasitorInit", init.to_string());
//! desk.request(at(1), ConnId(2), with_session(request).header("X-LIVEAGENT-SEQUENCE", "1"));
//! assert_eq!(answer(&mut desk).body_text(), "OK");
//!
//! desk.request(at(1), ConnId(3), with_session(Request::get("/chat/rest/System/Messages?ack=-1")));
//! assert_eq!(answer(&mut desk).value()["messages"][0]["type"], "ChatRequestSuccess");
//!
//! // Nothing to tell: the poll is held until something happens, or until `deadline()`.
//! desk.request(at(2), ConnId(4), with_session(Request::get("/chat/rest/System/Messages?ack=0")));
//! assert!(desk.poll_output().is_none());
//! assert_eq!(desk.deadline(), Some(at(32)));
//!
//! let chat = desk.chats()[0].id.clone();
//! desk.control(at(5), Control::Accept { chat, agent: None }).unwrap();
//! assert_eq!(answer(&mut desk).value()["messages"][0]["type"], "ChatEstablished");
//! ```

mod armed;
mod control;
mod deeds;
pub mod faults;
mod files;
mod messages;
mod mischief;
mod moving;
mod posts;
mod resources;
pub mod rules;
mod session;
pub mod trace;
mod view;
mod visitor;
mod wire;

use std::time::Duration;

use serde_json::{Value, json};

pub use control::{Control, DEFAULT_AGENT};
pub use faults::{Fault, Order};
pub use files::{LARGEST_FILE, UPLOAD_PATH};
pub use messages::{KINDS, long_id};
pub use resources::NOUNS;
pub use rules::Rule;
pub use view::{Chat, Detail, Line, Speaker, Visitor};

use super::dice::Dice;
pub use super::http::Output;
use super::http::{ConnId, Response};
use crate::desks::ControlError;
use armed::Faults;
use rules::Rules;
use session::{Farewell, Session, State};
use trace::{Entry, What};
use wire::Wire;

/// What the desk is like. The defaults are a kind day.
#[derive(Clone, Debug)]
pub struct Config {
    /// Unix time of the desk's start, in milliseconds: makes `at_ms` of the lines.
    pub started_at_ms: i64,
    /// The ids the desk answers to, in the form of 15 characters.
    pub organization: String,
    pub deployment: String,
    pub button: String,
    /// Take any id of the right shape instead.
    pub any_ids: bool,
    /// How long a poll is held. Source: seen by a published client, about 30 s; the guide gives no figure.
    pub poll_hold: Duration,
    /// Told by SessionId. Source: "Response Bodies", SessionId, which shows 30 and 40.
    pub client_poll_timeout_s: u64,
    /// No poll for so long ends the chat; told by ChatRequestSuccess. Source: "Messages" and the deployment's
    /// "Idle Connection Timeout Duration".
    pub connection_timeout: Duration,
    /// A session that never asks for a chat is dropped after this. The guide only says "immediately".
    pub unused_timeout: Duration,
    /// Estimated wait per place in the queue; `None` is told as -1, unknown.
    pub wait_per_place: Option<Duration>,
    /// Where files go: another origin than the chat's. Source: 1.9 of published clients; the server puts its own here.
    pub upload_origin: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            started_at_ms: 1_760_000_000_000,
            organization: "00D000000000001".to_owned(),
            deployment: "572000000000001".to_owned(),
            button: "573000000000001".to_owned(),
            any_ids: true,
            poll_hold: Duration::from_secs(30),
            client_poll_timeout_s: 40,
            connection_timeout: Duration::from_secs(40),
            unused_timeout: Duration::from_secs(30),
            wait_per_place: Some(Duration::from_secs(120)),
            upload_origin: "https://files.desk.example".to_owned(),
        }
    }
}

impl Config {
    /// Sets a limit by name, as [`Control::Limit`] has it.
    fn set(&mut self, name: &str, value: i64) -> Result<(), ControlError> {
        let natural = || {
            u64::try_from(value).map_err(|_| ControlError::field("value", "must not be negative"))
        };
        match name {
            "poll_hold_ms" => self.poll_hold = Duration::from_millis(natural()?),
            "connection_timeout_ms" => self.connection_timeout = Duration::from_millis(natural()?),
            "unused_timeout_ms" => self.unused_timeout = Duration::from_millis(natural()?),
            "client_poll_timeout_s" => self.client_poll_timeout_s = natural()?,
            "wait_per_place_s" => {
                self.wait_per_place = u64::try_from(value).ok().map(Duration::from_secs)
            }
            _ => return Err(ControlError::field("name", "is no limit of this desk")),
        }
        Ok(())
    }
}

/// The machine. Step it with [`request`](Self::request), [`abort`](Self::abort), [`control`](Self::control) and
/// [`tick`](Self::tick), and drain [`poll_output`](Self::poll_output) after each.
///
/// Times are ages of the desk and must not go back.
#[derive(Debug)]
pub struct Desk {
    config: Config,
    dice: Dice,
    sessions: Vec<Session>,
    faults: Faults,
    wire: Wire,
    available: bool,
    /// Names of agents in the order in which they were first heard of; the place makes the user id.
    agents: Vec<String>,
    version: u64,
    rules: Rules,
    /// Every key and affinity token that was given out: tests look for them where they must not be.
    secrets: Vec<String>,
}

impl Desk {
    /// The same seed gives the same ids, keys and tokens.
    pub fn new(config: Config, seed: u64) -> Self {
        Self {
            config,
            dice: Dice::new(seed),
            sessions: Vec::new(),
            faults: Faults::default(),
            wire: Wire::default(),
            available: true,
            agents: vec![DEFAULT_AGENT.to_owned()],
            version: 1,
            rules: Rules::here(),
            secrets: Vec::new(),
        }
    }

    /// The next thing for the wire, in order.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.wire.outputs.pop_front()
    }

    /// When [`tick`](Self::tick) has something to do next.
    pub fn deadline(&self) -> Option<Duration> {
        let sessions = self.sessions.iter().filter_map(|session| self.due(session));
        sessions.map(|(due, _)| due).chain(self.wire.due()).min()
    }

    /// Time has passed. Harmless when nothing is due.
    pub fn tick(&mut self, now: Duration) {
        while let Some(due) = self.deadline().filter(|due| *due <= now) {
            self.wire.release(due);
            let next = self.sessions.iter().find_map(|session| {
                self.due(session)
                    .filter(|(at, _)| *at <= due)
                    .map(|(_, what)| (session.id.clone(), what))
            });
            if let Some((id, what)) = next {
                self.run_out(due, &id, what);
            }
            self.settle(due);
        }
    }

    /// The client dropped a request. Whether an open poll ends with it is a knob: `abort_unnoticed`.
    pub fn abort(&mut self, now: Duration, conn: ConnId) {
        self.tick(now);
        self.wire.forget(conn);
        let holds = |session: &&mut Session| {
            session.poll.as_ref().is_some_and(|poll| poll.exchange.conn == conn)
        };
        let Some(session) = self.sessions.iter_mut().find(holds) else { return };
        let unnoticed = self.faults.is_on("abort_unnoticed", Some(&session.id));
        let entry = Entry::new(now, What::Aborted, "Messages");
        let (conn, chat) = (Some(conn.0), Some(session.id.clone()));
        if unnoticed {
            self.wire.trace.push(Entry { conn, chat, note: Some("abort_unnoticed"), ..entry });
            if let Some(poll) = &mut session.poll {
                poll.ghost = true;
            }
        } else {
            self.wire.trace.push(Entry { conn, chat, ..entry });
            session.poll = None;
            session.last_poll_end = now;
        }
    }

    /// What the agents see; `Control` acts on it.
    pub fn chats(&self) -> Vec<Chat> {
        self.sessions.iter().filter_map(|session| Chat::of(session, &self.config)).collect()
    }

    /// Rises with every change of [`chats`](Self::chats), of availability or of the armed faults.
    pub fn version(&self) -> u64 {
        self.version
    }

    pub fn is_available(&self) -> bool {
        self.available
    }

    /// Everything that crossed the border, oldest first.
    pub fn trace(&self) -> Vec<Entry> {
        self.wire.trace.entries().cloned().collect()
    }

    /// Every key and affinity token that was given out so far.
    pub fn secrets(&self) -> &[String] {
        &self.secrets
    }

    /// The catalogue of knobs with what is turned, as `GET /control/faults` gives it.
    pub fn fault_list(&self) -> Value {
        self.faults.list()
    }

    /// The ids that it answers to, in both forms, and its limits, as `GET /control/config` gives them.
    pub fn config_json(&self) -> Value {
        let config = &self.config;
        let ids = |short: &str| json!({ "short": short, "long": long_id(short) });
        json!({
            "organization": ids(&config.organization), "deployment": ids(&config.deployment),
            "button": ids(&config.button), "any_ids": config.any_ids, "available": self.available,
            "poll_hold_ms": trace::millis(config.poll_hold),
            "connection_timeout_ms": trace::millis(config.connection_timeout),
            "unused_timeout_ms": trace::millis(config.unused_timeout),
            "client_poll_timeout_s": config.client_poll_timeout_s, "default_agent": DEFAULT_AGENT,
            "wait_per_place_s": config.wait_per_place.map(|wait| wait.as_secs()),
        })
    }

    fn due(&self, session: &Session) -> Option<(Duration, Due)> {
        let config = &self.config;
        if let State::Ended { closed, since } = session.state {
            // What nobody fetches is forgotten, and a poll that is still open then gets its 403.
            return (!closed).then_some((since + config.connection_timeout, Due::Forgotten));
        }
        let waits = |rule| self.rules.hold(rule);
        match (&session.poll, &session.state) {
            (Some(poll), _) => Some((poll.since + config.poll_hold, Due::Hold)),
            (None, State::Created) => waits(Rule::UnusedDropped)
                .then_some((session.created + config.unused_timeout, Due::Unused)),
            (None, _) => {
                let from_end = waits(Rule::NoPollFromEnd);
                let since = if from_end { session.last_poll_end } else { session.created };
                waits(Rule::NoPollEnds).then_some((since + config.connection_timeout, Due::NoPoll))
            }
        }
    }

    fn run_out(&mut self, now: Duration, id: &str, what: Due) {
        let last_words = self.faults.is_on("last_words", Some(id));
        let Self { sessions, wire, .. } = self;
        let Some(session) = sessions.iter_mut().find(|session| session.id == id) else { return };
        match what {
            // Source: "Status Codes": 204, nothing to deliver.
            Due::Hold => {
                if let Some(poll) = session.poll.take() {
                    session.answer_poll(now, poll, Response::empty(204).into(), wire);
                }
                return;
            }
            // Source: walk-through article, <https://help.salesforce.com/s/articleView?id=000386079&type=1>: the
            // session expires if the chat request does not follow at once.
            Due::Unused => session.end(now, "unused", Farewell::Silence),
            // Source: "Your Message Long Polling Loop"; its text before release 246 lets one poll fetch what remains.
            Due::NoPoll => {
                let farewell = if last_words { Farewell::Remaining } else { Farewell::Silence };
                session.end(now, "connectionTimeout", farewell);
                wire.note(now, What::Breach, "Messages", Some(id), "no_poll");
                self.notice(now, id, "The visitor vanished: no poll came in time");
            }
            Due::Forgotten => session.state = State::Ended { closed: true, since: now },
        }
        self.changed();
    }

    /// Tells every open poll what there is to tell, and the queue its places.
    fn settle(&mut self, now: Duration) {
        self.tell_places();
        let Self { sessions, wire, faults, .. } = self;
        for session in sessions.iter_mut() {
            let end_once = faults.is_on("end_once", Some(&session.id));
            session.flush(now, wire, end_once);
        }
        let over = self.sessions.iter().filter(|session| session.is_closed()).count();
        let mut surplus = over.saturating_sub(KEPT_CHATS);
        self.sessions.retain(|session| {
            let goes = surplus > 0 && session.is_closed();
            surplus -= usize::from(goes);
            !goes
        });
    }

    fn changed(&mut self) {
        self.version += 1;
    }

    fn session(&mut self, id: &str) -> Option<&mut Session> {
        self.sessions.iter_mut().find(|session| session.id == id)
    }

    fn at_ms(&self, now: Duration) -> i64 {
        self.config.started_at_ms + i64::try_from(now.as_millis()).unwrap_or(i64::MAX / 2)
    }

    fn notice(&mut self, now: Duration, id: &str, text: impl Into<String>) {
        self.line(now, id, Speaker::Notice, text);
    }

    fn line(&mut self, now: Duration, id: &str, from: Speaker, text: impl Into<String>) {
        let line = Line { at_ms: self.at_ms(now), from, text: text.into() };
        if let Some(session) = self.session(id) {
            session.say_line(line);
        }
        self.changed();
    }
}

/// What becomes of a session at its deadline.
#[derive(Clone, Copy, Debug)]
enum Due {
    Hold,
    Unused,
    NoPoll,
    Forgotten,
}

/// Chats that are over and still listed.
const KEPT_CHATS: usize = 100;
