//! A client that knows the reference and nothing of Parlor, stepped against a desk in virtual time.

use std::collections::BTreeMap;
use std::time::Duration;

use parlor_tests::desks::http::{ConnId, Output as Answer, Request, Response};
use parlor_tests::desks::kustomer::{
    ADMIN_TOKEN, AttemptId, Chat, Config, Control, Delivery, Desk, Fate, Fault, Order, Output,
    RELAY_TOKEN, signature, trace::What,
};
use serde_json::{Value, json};

pub const TOKEN: &str = "test-token-1";
pub const HOOK: &str = "https://edge.example/hook";

/// Desk, client and webhook receiver together. Every call happens at [`now`](Self::now), in milliseconds.
pub struct Play {
    pub desk: Desk,
    pub now: u64,
    pub key: &'static str,
    /// What the receiver answers; `None` is silence.
    pub receiver: Option<Fate>,
    /// Deliveries as they arrived, with the time.
    pub arrived: Vec<(u64, Delivery)>,
    pub open: Vec<AttemptId>,
    next_conn: u64,
    answers: BTreeMap<ConnId, Answer>,
}

impl Play {
    pub fn new() -> Self {
        Self::with(Config::default())
    }

    pub fn with(config: Config) -> Self {
        Self {
            desk: Desk::new(config, 1),
            now: 0,
            key: RELAY_TOKEN,
            receiver: Some(Fate::Status(200)),
            arrived: Vec::new(),
            open: Vec::new(),
            next_conn: 1,
            answers: BTreeMap::new(),
        }
    }

    /// A desk with the relay's webhook set up.
    pub fn hooked() -> Self {
        Self::subscribed(&[])
    }

    pub fn subscribed(events: &[&str]) -> Self {
        let mut play = Self::new();
        let events = events.iter().map(|name| (*name).to_owned()).collect();
        play.control(Control::Hook { url: HOOK.to_owned(), token: TOKEN.to_owned(), events });
        play
    }

    /// A hooked desk with a conversation and one message of the customer's in it.
    pub fn talking() -> (Self, String) {
        let mut play = Self::hooked();
        let (_, talk) = play.conversation();
        play.says(&talk, "Hello", "m-1");
        play.arrived.clear();
        (play, talk)
    }

    pub fn at(&self) -> Duration {
        Duration::from_millis(self.now)
    }

    pub fn start(&mut self, request: Request) -> ConnId {
        let conn = ConnId(self.next_conn);
        self.next_conn += 1;
        self.desk.request(self.at(), conn, request);
        self.drain();
        conn
    }

    /// Sends as it is, without a key.
    pub fn raw(&mut self, request: Request) -> Seen {
        let conn = self.start(request);
        self.seen(conn)
    }

    pub fn seen(&self, conn: ConnId) -> Seen {
        Seen(self.answers.get(&conn).cloned())
    }

    pub fn send(&mut self, method: &str, path: &str, body: Value) -> Seen {
        let mut request =
            Request::new(method, path).header("Authorization", format!("Bearer {}", self.key));
        if !body.is_null() {
            request.body = body.to_string().into_bytes();
        }
        self.raw(request)
    }

    pub fn get(&mut self, path: &str) -> Seen {
        self.send("GET", path, Value::Null)
    }

    pub fn post(&mut self, path: &str, body: Value) -> Seen {
        self.send("POST", path, body)
    }

    pub fn patch(&mut self, path: &str, body: Value) -> Seen {
        self.send("PATCH", path, body)
    }

    /// As the admin's key.
    pub fn admin<T>(&mut self, act: impl FnOnce(&mut Self) -> T) -> T {
        let key = std::mem::replace(&mut self.key, ADMIN_TOKEN);
        let result = act(self);
        self.key = key;
        result
    }

    pub fn customer(&mut self) -> String {
        self.post("/v1/customers", json!({ "externalId": "web:1", "name": "Ana Ruiz" })).id()
    }

    /// A customer and a conversation of theirs.
    pub fn conversation(&mut self) -> (String, String) {
        let customer = self.customer();
        let body = json!({ "customer": customer, "externalId": "relay:1", "direction": "in", "name": "Web chat" });
        let talk = self.post("/v1/conversations", body).id();
        (customer, talk)
    }

    pub fn says(&mut self, talk: &str, text: &str, external: &str) -> Seen {
        self.post(&format!("/v1/conversations/{talk}/messages"), message(text, external))
    }

    pub fn attributes(&mut self, talk: &str) -> Value {
        self.get(&format!("/v1/conversations/{talk}")).ok()["data"]["attributes"].clone()
    }

    pub fn control(&mut self, control: Control) {
        self.desk.control(self.at(), control).unwrap();
        self.drain();
    }

    pub fn refused(&mut self, control: Control) -> String {
        let error = self.desk.control(self.at(), control).unwrap_err();
        self.drain();
        error.to_string()
    }

    pub fn reply(&mut self, chat: &str, text: &str) {
        self.control(Control::Reply {
            chat: chat.to_owned(),
            text: text.to_owned(),
            agent: None,
            file: None,
        });
    }

    pub fn fault(&mut self, fault: Fault) {
        self.turn(Order::new(fault));
    }

    pub fn turn(&mut self, order: Order) {
        self.control(Control::Fault(order));
    }

    pub fn settle(&mut self, attempt: AttemptId, fate: Fate) {
        self.desk.settled(self.at(), attempt, fate);
        self.drain();
    }

    /// Lets time pass, stopping at every deadline on the way.
    pub fn pass(&mut self, ms: u64) {
        let until = self.now + ms;
        while let Some(due) =
            self.desk.deadline().filter(|due| *due <= Duration::from_millis(until))
        {
            self.now = self.now.max(u64::try_from(due.as_millis()).unwrap());
            self.desk.tick(due);
            self.drain();
        }
        self.now = until;
        self.desk.tick(self.at());
        self.drain();
    }

    pub fn chat(&self, talk: &str) -> Chat {
        self.desk.chats().into_iter().find(|chat| chat.id == talk).unwrap()
    }

    /// The arrived events' bodies.
    pub fn events(&self) -> Vec<Value> {
        self.arrived.iter().map(|(_, it)| serde_json::from_slice(&it.body).unwrap()).collect()
    }

    /// The events that arrived, by name, without `kustomer.`.
    pub fn names(&self) -> Vec<String> {
        let name = |event: &Value| {
            event["name"].as_str().unwrap().trim_start_matches("kustomer.").to_owned()
        };
        self.events().iter().map(name).collect()
    }

    /// Texts of the messages that arrived.
    pub fn texts(&self) -> Vec<String> {
        let messages =
            self.events().into_iter().filter(|event| event["name"] == "kustomer.message.create");
        messages
            .map(|event| event["data"]["attributes"]["preview"].as_str().unwrap().to_owned())
            .collect()
    }

    pub fn breaches(&self) -> Vec<&'static str> {
        let entries = self.desk.trace().into_iter().filter(|entry| entry.what == What::Breach);
        entries.filter_map(|entry| entry.note).collect()
    }

    fn drain(&mut self) {
        while let Some(output) = self.desk.poll_output() {
            match output {
                Output::Answer(answer) => {
                    let twice = self.answers.insert(answer.conn(), answer);
                    assert!(twice.is_none(), "one request got two answers");
                }
                Output::Deliver { attempt, delivery } => {
                    self.arrived.push((self.now, delivery));
                    match self.receiver {
                        Some(fate) => self.desk.settled(self.at(), attempt, fate),
                        None => self.open.push(attempt),
                    }
                }
            }
        }
    }
}

/// A customer's message as section 5.2 has it.
pub fn message(text: &str, external: &str) -> Value {
    json!({ "channel": "chat", "app": "relay", "direction": "in", "status": "received", "preview": text, "externalId": external })
}

pub fn header<'a>(delivery: &'a Delivery, name: &str) -> Option<&'a str> {
    let found = delivery.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

/// Whether a delivery is signed with this token.
pub fn is_signed(delivery: &Delivery, token: &str) -> bool {
    header(delivery, "X-Kustomer-Webhook-Signature") == Some(&signature(token, &delivery.body))
}

/// What a client saw of an answer.
#[derive(Debug)]
pub struct Seen(pub Option<Answer>);

impl Seen {
    pub fn is_pending(&self) -> bool {
        self.0.is_none()
    }

    pub fn is_closed(&self) -> bool {
        matches!(self.0, Some(Answer::Close { .. }))
    }

    pub fn response(&self) -> &Response {
        match &self.0 {
            Some(Answer::Respond { response, .. }) => response,
            other => panic!("no whole answer: {other:?}"),
        }
    }

    pub fn status(&self) -> u16 {
        self.response().status
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.response().header_value(name)
    }

    /// The body, whatever the status.
    pub fn body(&self) -> Value {
        self.response().value()
    }

    /// The body of a success.
    pub fn ok(&self) -> Value {
        assert!(
            (200..300).contains(&self.status()),
            "{} {}",
            self.status(),
            self.response().body_text()
        );
        self.body()
    }

    pub fn id(&self) -> String {
        self.ok()["data"]["id"].as_str().unwrap().to_owned()
    }

    pub fn attribute(&self, name: &str) -> Value {
        self.ok()["data"]["attributes"][name].clone()
    }

    /// The first error, of either shape.
    pub fn error(&self) -> Value {
        self.body()["errors"][0].clone()
    }

    /// Status and the field at fault.
    pub fn refusal(&self) -> (u16, String) {
        let error = self.error();
        let named = error["source"]["parameter"].as_str().or(error["meta"]["field"].as_str());
        (self.status(), named.unwrap_or_default().to_owned())
    }

    pub fn list(&self) -> Vec<Value> {
        self.ok()["data"].as_array().unwrap().clone()
    }
}
