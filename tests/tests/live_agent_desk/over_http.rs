//! The same desk behind real sockets: what only a network can show.

use std::time::Duration;

use parlor_tests::desks::server::{Options, Running, serve};
use serde_json::{Value, json};

/// Far above what anything here takes; only a broken test meets it.
const LIMIT: Duration = Duration::from_secs(20);

struct Visitor {
    base: String,
    http: reqwest::Client,
    session: Value,
}

impl Visitor {
    async fn open(desk: &Running) -> Self {
        let base = format!("http://{}", desk.addr());
        let http = reqwest::Client::new();
        let request = http.get(format!("{base}/chat/rest/System/SessionId"));
        let request =
            request.header("X-LIVEAGENT-API-VERSION", "58").header("X-LIVEAGENT-AFFINITY", "null");
        let session = request.send().await.unwrap().json().await.unwrap();
        Self { base, http, session }
    }

    fn with_session(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        request
            .header("X-LIVEAGENT-API-VERSION", "58")
            .header("X-LIVEAGENT-AFFINITY", self.session["affinityToken"].as_str().unwrap())
            .header("X-LIVEAGENT-SESSION-KEY", self.session["key"].as_str().unwrap())
    }

    fn post(&self, noun: &str, sequence: u32, body: Value) -> reqwest::RequestBuilder {
        let request = self.http.post(format!("{}/chat/rest/Chasitor/{noun}", self.base));
        self.with_session(request).header("X-LIVEAGENT-SEQUENCE", sequence).json(&body)
    }

    fn poll(&self, ack: i64) -> reqwest::RequestBuilder {
        self.with_session(
            self.http.get(format!("{}/chat/rest/System/Messages?ack={ack}", self.base)),
        )
    }

    /// A chat with an agent in it; the next ack is 1 and the next sequence 2.
    async fn established(desk: &Running) -> Self {
        let visitor = Self::open(desk).await;
        let init = json!({
            "organizationId": "00D000000000001", "deploymentId": "572000000000001", "buttonId": "573000000000001",
            "sessionId": visitor.session["id"], "visitorName": "Ada", "prechatDetails": [], "prechatEntities": [],
            "receiveQueueUpdates": true, "isPost": true,
        });
        assert_eq!(
            visitor.post("ChasitorInit", 1, init).send().await.unwrap().text().await.unwrap(),
            "OK"
        );
        let answer: Value = visitor.poll(-1).send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["messages"][0]["type"], "ChatRequestSuccess");
        let chats = desk.handle().wait_for(LIMIT, |chats| chats.len() == 1).await.unwrap();
        desk.handle().accept(&chats[0].id, None).unwrap();
        let answer: Value = visitor.poll(0).send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["messages"][0]["type"], "ChatEstablished");
        visitor
    }

    fn chat(&self) -> &str {
        self.session["id"].as_str().unwrap()
    }
}

#[tokio::test]
async fn a_held_poll_is_answered_when_the_agent_writes() {
    let desk = serve(Options::default()).await.unwrap();
    let visitor = Visitor::established(&desk).await;
    let poll = tokio::spawn(visitor.poll(1).send());
    assert_eq!(
        visitor.post("ChatMessage", 2, json!({ "text": "Hello" })).send().await.unwrap().status(),
        200
    );
    let heard = |text: &'static str| {
        move |chats: &[parlor_tests::desks::live_agent::Chat]| {
            chats.iter().any(|chat| chat.lines.iter().any(|line| line.text == text))
        }
    };
    desk.handle().wait_for(LIMIT, heard("Hello")).await.unwrap();
    desk.handle().say(visitor.chat(), "Hello Ada").unwrap();
    let answer: Value = poll.await.unwrap().unwrap().json().await.unwrap();
    assert_eq!(answer["messages"][0]["message"]["text"], "Hello Ada");
    desk.shutdown().await;
}
