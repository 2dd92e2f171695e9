//! A visitor's client that knows the documentation and nothing of Parlor, stepped against a desk in virtual time.

use std::collections::BTreeMap;
use std::time::Duration;

use parlor_tests::desks::http::{ConnId, Request};
use parlor_tests::desks::live_agent::{
    Chat, Config, Control, Desk, Fault, Order, Output, UPLOAD_PATH,
};
use serde_json::{Value, json};

pub const INIT: &str = "ChasitorInit";

/// Desk and client together. Every call happens at [`now`](Self::now), in milliseconds.
pub struct Play {
    pub desk: Desk,
    pub now: u64,
    pub session: Value,
    pub version: &'static str,
    sequence: i64,
    next_conn: u64,
    answers: BTreeMap<ConnId, Output>,
}

impl Play {
    pub fn new() -> Self {
        Self::with(Config::default())
    }

    pub fn with(config: Config) -> Self {
        Self {
            desk: Desk::new(config, 1),
            now: 0,
            session: Value::Null,
            version: "58",
            sequence: 0,
            next_conn: 1,
            answers: BTreeMap::new(),
        }
    }

    /// A chat that waits for an agent; ChatRequestSuccess has been fetched.
    pub fn queued() -> Self {
        let mut play = Self::new();
        play.open();
        assert_eq!(play.init().status(), 200);
        assert_eq!(play.poll_now(-1).types(), ["ChatRequestSuccess"]);
        play
    }

    /// A chat with an agent in it; everything so far has been fetched and the next `ack` is 1.
    pub fn established() -> Self {
        let mut play = Self::queued();
        play.accept();
        assert_eq!(play.poll_now(0).types(), ["ChatEstablished"]);
        play
    }

    pub fn open(&mut self) {
        let request = Request::get("/chat/rest/System/SessionId")
            .header("X-LIVEAGENT-API-VERSION", self.version)
            .header("X-LIVEAGENT-AFFINITY", "null");
        let answer = self.send(request);
        assert_eq!(answer.status(), 200);
        self.session = answer.json();
    }

    pub fn init_body(&self) -> Value {
        json!({
            "organizationId": "00D000000000001", "deploymentId": "572000000000001", "buttonId": "573000000000001",
            "sessionId": self.session["id"], "userAgent": "test", "language": "en-US",
            "screenResolution": "1280x800", "visitorName": "Ada Example",
            "prechatDetails": [
                { "label": "E-mail", "value": "ada@example.test", "transcriptFields": [], "displayToAgent": true },
                { "label": "Hidden", "value": "x", "transcriptFields": [], "displayToAgent": false },
            ],
            "prechatEntities": [], "buttonOverrides": [], "receiveQueueUpdates": true, "isPost": true,
        })
    }

    pub fn init(&mut self) -> Seen {
        let body = self.init_body();
        self.post(INIT, body)
    }

    pub fn with_session(&self, request: Request) -> Request {
        request
            .header("X-LIVEAGENT-API-VERSION", self.version)
            .header("X-LIVEAGENT-AFFINITY", self.session["affinityToken"].as_str().unwrap())
            .header("X-LIVEAGENT-SESSION-KEY", self.session["key"].as_str().unwrap())
    }

    /// Sends and gives the number of the request, whether it was answered or not.
    pub fn start(&mut self, request: Request) -> ConnId {
        let conn = ConnId(self.next_conn);
        self.next_conn += 1;
        self.desk.request(Duration::from_millis(self.now), conn, request);
        self.drain();
        conn
    }

    pub fn send(&mut self, request: Request) -> Seen {
        let conn = self.start(request);
        self.seen(conn)
    }

    /// What has come for a request so far.
    pub fn seen(&self, conn: ConnId) -> Seen {
        Seen(self.answers.get(&conn).cloned())
    }

    /// A POST with the next sequence number, which moves on with it.
    pub fn post(&mut self, noun: &str, body: Value) -> Seen {
        self.sequence += 1;
        let sequence = self.sequence.to_string();
        self.post_as(noun, body, Some(&sequence))
    }

    pub fn post_as(&mut self, noun: &str, body: Value, sequence: Option<&str>) -> Seen {
        let group = if noun == "MultiNoun" { "System" } else { "Chasitor" };
        let request = self
            .with_session(Request::post(format!("/chat/rest/{group}/{noun}"), body.to_string()));
        self.send(match sequence {
            Some(sequence) => request.header("X-LIVEAGENT-SEQUENCE", sequence),
            None => request,
        })
    }

    pub fn say(&mut self, text: &str) -> Seen {
        self.post("ChatMessage", json!({ "text": text }))
    }

    /// A file of this size at the upload origin, under these query parameters.
    pub fn upload(&mut self, query: &str, bytes: usize) -> Seen {
        let mut body =
            b"--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n"
                .to_vec();
        body.extend(std::iter::repeat_n(b'x', bytes));
        body.extend_from_slice(b"\r\n--XX--\r\n");
        let request = Request::post(format!("{UPLOAD_PATH}?{query}"), body)
            .header("Content-Type", "multipart/form-data; boundary=XX");
        self.upload_as(request)
    }

    pub fn upload_as(&mut self, request: Request) -> Seen {
        let conn = ConnId(self.next_conn);
        self.next_conn += 1;
        self.desk.upload(Duration::from_millis(self.now), conn, request);
        self.drain();
        self.seen(conn)
    }

    pub fn poll(&mut self, ack: i64) -> ConnId {
        let request =
            self.with_session(Request::get(format!("/chat/rest/System/Messages?ack={ack}")));
        self.start(request)
    }

    /// A poll that must be answered at once.
    pub fn poll_now(&mut self, ack: i64) -> Seen {
        let conn = self.poll(ack);
        let seen = self.seen(conn);
        assert!(!seen.is_pending(), "the poll is held");
        seen
    }

    pub fn reconnect(&mut self, offset: i64) -> Seen {
        let seen = self.send(
            Request::get(format!(
                "/chat/rest/System/ReconnectSession?ReconnectSession.offset={offset}"
            ))
            .header("X-LIVEAGENT-API-VERSION", self.version)
            .header("X-LIVEAGENT-AFFINITY", "null")
            .header("X-LIVEAGENT-SESSION-KEY", self.session["key"].as_str().unwrap()),
        );
        if seen.status() == 200 {
            let affinity = seen.json()["messages"][0]["message"]["affinityToken"].clone();
            self.session["affinityToken"] = affinity;
            self.sequence = 0;
        }
        seen
    }

    pub fn chat_id(&self) -> String {
        self.session["id"].as_str().unwrap().to_owned()
    }

    pub fn chat(&self) -> Chat {
        let id = self.chat_id();
        self.desk.chats().into_iter().find(|chat| chat.id == id).unwrap()
    }

    pub fn said_by_visitor(&self) -> Vec<String> {
        let lines = self.chat().lines.into_iter();
        lines
            .filter(|line| line.from == parlor_tests::desks::live_agent::Speaker::Visitor)
            .map(|line| line.text)
            .collect()
    }

    pub fn control(&mut self, control: Control) {
        self.desk.control(Duration::from_millis(self.now), control).unwrap();
        self.drain();
    }

    pub fn accept(&mut self) {
        self.control(Control::Accept { chat: self.chat_id(), agent: None });
    }

    pub fn agent_says(&mut self, text: &str) {
        self.control(Control::Say { chat: self.chat_id(), text: text.to_owned() });
    }

    pub fn fault(&mut self, fault: Fault) {
        self.control(Control::Fault(Order::new(fault)));
    }

    pub fn abort(&mut self, conn: ConnId) {
        self.desk.abort(Duration::from_millis(self.now), conn);
        self.drain();
    }

    /// Lets time pass, stopping at every deadline on the way.
    pub fn pass(&mut self, ms: u64) {
        let until = Duration::from_millis(self.now + ms);
        while let Some(due) = self.desk.deadline().filter(|due| *due <= until) {
            self.desk.tick(due);
            self.drain();
        }
        self.now += ms;
        self.desk.tick(until);
        self.drain();
    }

    pub fn breaches(&self) -> Vec<&'static str> {
        use parlor_tests::desks::live_agent::trace::What;
        self.desk
            .trace()
            .into_iter()
            .filter(|entry| entry.what == What::Breach)
            .filter_map(|entry| entry.note)
            .collect()
    }

    fn drain(&mut self) {
        while let Some(output) = self.desk.poll_output() {
            assert!(
                self.answers.insert(output.conn(), output).is_none(),
                "one request got two answers"
            );
        }
    }
}

/// What a client saw of an answer.
#[derive(Debug)]
pub struct Seen(pub Option<Output>);

impl Seen {
    pub fn is_pending(&self) -> bool {
        self.0.is_none()
    }

    pub fn is_closed(&self) -> bool {
        matches!(self.0, Some(Output::Close { .. }))
    }

    fn response(&self) -> &parlor_tests::desks::http::Response {
        match &self.0 {
            Some(Output::Respond { response, .. }) => response,
            other => panic!("no whole answer: {other:?}"),
        }
    }

    pub fn status(&self) -> u16 {
        self.response().status
    }

    pub fn text(&self) -> String {
        self.response().body_text()
    }

    pub fn json(&self) -> Value {
        assert_eq!(self.status(), 200, "{}", self.text());
        self.response().value()
    }

    pub fn types(&self) -> Vec<String> {
        let body = self.json();
        let messages = body["messages"].as_array().unwrap();
        messages.iter().map(|message| message["type"].as_str().unwrap().to_owned()).collect()
    }

    pub fn message(&self, place: usize) -> Value {
        self.json()["messages"][place]["message"].clone()
    }

    pub fn sequence(&self) -> i64 {
        self.json()["sequence"].as_i64().unwrap()
    }

    pub fn offset(&self) -> i64 {
        self.json()["offset"].as_i64().unwrap()
    }
}
