//! The same desk behind real sockets: what only a network can show.

use std::time::Duration;

use parlor_tests::desks::live_agent::trace::{Entry, What};
use parlor_tests::desks::live_agent::{Chat, Desk, Fault, Order};
use parlor_tests::desks::server::{Options, Running, serve};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

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
        assert_eq!(
            visitor
                .post("ChasitorInit", 1, init(&visitor.session))
                .send()
                .await
                .unwrap()
                .text()
                .await
                .unwrap(),
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

fn init(session: &Value) -> Value {
    json!({
        "organizationId": "00D000000000001", "deploymentId": "572000000000001", "buttonId": "573000000000001",
        "sessionId": session["id"], "visitorName": "Ada", "prechatEntities": [], "receiveQueueUpdates": true,
        "prechatDetails": [{ "label": "E-mail", "value": "ada@example.test", "transcriptFields": [] }], "isPost": true,
    })
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

/// Speaks to a desk without a client library in between: bytes out, everything until the end of the connection back.
async fn raw(desk: &Running, request: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(desk.addr()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A reset instead of an orderly end is as good an end as any.
    let _ = tokio::time::timeout(LIMIT, stream.read_to_end(&mut answer))
        .await
        .expect("the connection ends");
    String::from_utf8_lossy(&answer).into_owned()
}

fn raw_poll(visitor: &Visitor, ack: i64) -> String {
    let header = |name: &str| visitor.session[name].as_str().unwrap();
    format!(
        "GET /chat/rest/System/Messages?ack={ack} HTTP/1.1\r\nHost: desk\r\nX-LIVEAGENT-API-VERSION: 58\r\n\
         X-LIVEAGENT-AFFINITY: {}\r\nX-LIVEAGENT-SESSION-KEY: {}\r\n\r\n",
        header("affinityToken"),
        header("key"),
    )
}

/// A poll with `ack=1` has reached the desk.
fn has_polled(desk: &Desk) -> bool {
    let polled = |entry: &Entry| {
        entry.what == What::Received && entry.noun == "Messages" && entry.sequence == Some(1)
    };
    desk.trace().iter().any(polled)
}

fn active(chats: &[Chat]) -> bool {
    chats.iter().any(|chat| chat.state == "active")
}

#[tokio::test]
async fn a_second_poll_is_409_for_both_and_ends_the_chat() {
    let desk = serve(Options::default()).await.unwrap();
    let visitor = Visitor::established(&desk).await;
    let old = tokio::spawn(visitor.poll(1).send());
    // Both must be at the desk: the first one shows in its trace.
    assert!(desk.handle().wait_until(LIMIT, has_polled).await);
    assert_eq!(visitor.poll(1).send().await.unwrap().status(), 409);
    assert_eq!(old.await.unwrap().unwrap().status(), 409);
    let chats = desk.handle().chats();
    assert_eq!(chats[0].ended_by.as_deref(), Some("duplicatePoll"));
    assert_eq!(visitor.poll(1).send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn a_client_that_drops_its_poll_may_poll_again() {
    let desk = serve(Options::default()).await.unwrap();
    let visitor = Visitor::established(&desk).await;
    let poll = tokio::spawn(visitor.poll(1).send());
    let handle = desk.handle();
    assert!(handle.wait_until(LIMIT, has_polled).await);
    poll.abort();
    assert!(
        handle
            .wait_until(LIMIT, |desk| desk.trace().iter().any(|entry| entry.what == What::Aborted))
            .await
    );
    handle.say(visitor.chat(), "welcome back").unwrap();
    let answer: Value = visitor.poll(1).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["messages"][0]["message"]["text"], "welcome back");
    assert!(active(&handle.chats()));
}

#[tokio::test]
async fn a_body_cut_short_is_short_on_the_wire() {
    let desk = serve(Options::default()).await.unwrap();
    let visitor = Visitor::established(&desk).await;
    desk.handle().fault(Order::new(Fault::CutShort { sent_bytes: Some(20) })).unwrap();
    desk.handle().say(visitor.chat(), "unheard").unwrap();
    let answer = raw(&desk, &raw_poll(&visitor, 1)).await;
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let promised = head.lines().find_map(|line| {
        line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned)
    });
    assert!(promised.unwrap().parse::<usize>().unwrap() > 100);
    assert_eq!(body.len(), 20);

    desk.handle().fault(Order::new(Fault::CutShort { sent_bytes: None })).unwrap();
    let broken = visitor.poll(1).send().await.unwrap().text().await;
    assert!(broken.is_err(), "a client library sees it too");
    let answer: Value = visitor.poll(1).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["messages"][0]["message"]["text"], "unheard");
}

#[tokio::test]
async fn a_dropped_answer_closes_the_connection_without_a_byte() {
    let desk = serve(Options::default()).await.unwrap();
    let visitor = Visitor::established(&desk).await;
    desk.handle().fault(Order::new(Fault::DropResponse).on("Messages")).unwrap();
    desk.handle().say(visitor.chat(), "unheard").unwrap();
    assert_eq!(raw(&desk, &raw_poll(&visitor, 1)).await, "");
    desk.handle().fault(Order::new(Fault::DropResponse)).unwrap();
    assert!(visitor.post("ChatMessage", 2, json!({ "text": "once" })).send().await.is_err());
    assert_eq!(
        visitor.post("ChatMessage", 2, json!({ "text": "once" })).send().await.unwrap().status(),
        200
    );
    let chats = desk.handle().chats();
    assert_eq!(chats[0].lines.iter().filter(|line| line.text == "once").count(), 1);
}

#[tokio::test]
async fn a_huge_body_arrives_whole() {
    let desk = serve(Options::default()).await.unwrap();
    let visitor = Visitor::established(&desk).await;
    desk.handle().fault(Order::new(Fault::HugeBody { bytes: 10_000_000 })).unwrap();
    desk.handle().say(visitor.chat(), "heard").unwrap();
    let body = visitor.poll(1).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(body.len(), 10_000_000);
}

#[tokio::test]
async fn a_delayed_answer_comes_by_the_desks_own_clock() {
    let desk = serve(Options::default()).await.unwrap();
    let visitor = Visitor::established(&desk).await;
    desk.handle().fault(Order::new(Fault::Delay { ms: 50 })).unwrap();
    assert_eq!(
        visitor
            .post("ChatMessage", 2, json!({ "text": "late" }))
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap(),
        "OK"
    );
}

#[tokio::test]
async fn the_control_interface_plays_the_agent() {
    let desk = serve(Options::default()).await.unwrap();
    let visitor = Visitor::open(&desk).await;
    let control = |path: &str| format!("{}/control/{path}", visitor.base);
    let get = async |path: &str| -> Value {
        visitor.http.get(control(path)).send().await.unwrap().json().await.unwrap()
    };
    let post = async |path: &str, body: Value| {
        visitor.http.post(control(path)).json(&body).send().await.unwrap()
    };

    let before = get("chats").await;
    let version = before["version"].as_u64().unwrap();
    assert_eq!(before["chats"], json!([]));
    let news = tokio::spawn(visitor.http.get(control(&format!("chats?since={version}"))).send());
    assert_eq!(
        visitor.post("ChasitorInit", 1, init(&visitor.session)).send().await.unwrap().status(),
        200
    );
    let news: Value = news.await.unwrap().unwrap().json().await.unwrap();
    assert!(news["version"].as_u64().unwrap() > version);
    let chat = &news["chats"][0];
    assert_eq!((&chat["state"], &chat["id"]), (&json!("waiting"), &visitor.session["id"]));
    assert_eq!(
        chat["visitor"]["details"],
        json!([{ "label": "E-mail", "value": "ada@example.test" }])
    );
    assert_eq!(
        (&chat["agent"], &chat["ended_by"], &chat["visitor_typing"]),
        (&Value::Null, &Value::Null, &json!(false))
    );

    let id = visitor.chat();
    for (deed, body) in [
        ("queue", json!({ "position": 0, "wait_s": 60 })),
        ("accept", json!({})),
        ("typing", json!({ "on": true })),
        ("say", json!({ "text": "Hello Ada" })),
        ("transfer", json!({ "agent": "Tomás Vidal" })),
        (
            "deliver",
            json!({ "type": "AgentJoinedConference", "message": { "name": "Maha Farouk" } }),
        ),
        ("end", json!({})),
    ] {
        assert_eq!(post(&format!("chats/{id}/{deed}"), body).await.status(), 200, "{deed}");
    }
    let chat = get("chats").await["chats"][0].clone();
    assert_eq!(
        (&chat["state"], &chat["agent"], &chat["ended_by"]),
        (&json!("ended"), &json!("Tomás Vidal"), &json!("agent"))
    );
    assert_eq!(chat["lines"][1]["from"], "agent");
    let answer: Value = visitor.poll(-1).send().await.unwrap().json().await.unwrap();
    let types: Vec<&str> = answer["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        types,
        [
            "ChatRequestSuccess",
            "QueueUpdate",
            "ChatEstablished",
            "AgentTyping",
            "ChatMessage",
            "AgentNotTyping",
            "ChatTransferred",
            "AgentJoinedConference",
            "ChatEnded",
        ]
    );

    assert_eq!(
        post("faults", json!({ "fault": "html_502", "on": "Visitor", "times": 2 })).await.status(),
        200
    );
    let listed = get("faults").await;
    let fault = listed["faults"]
        .as_array()
        .unwrap()
        .iter()
        .find(|fault| fault["name"] == "html_502")
        .unwrap()
        .clone();
    assert_eq!(fault["armed"], json!([{ "on": "Visitor", "times": 2, "chat": null }]));
    assert_eq!(visitor.http.delete(control("faults")).send().await.unwrap().status(), 200);
    assert!(!get("faults").await.to_string().contains("\"times\":2"));
    assert_eq!(
        get("config").await["organization"],
        json!({ "short": "00D000000000001", "long": "00D000000000001EAA" })
    );
    assert_eq!(post("availability", json!({ "available": false })).await.status(), 200);
    assert_eq!(get("config").await["available"], false);
    assert_eq!(post("reset", json!({})).await.status(), 200);
    assert_eq!(get("chats").await["chats"], json!([]));
}

#[tokio::test]
async fn a_wrong_order_is_refused_and_its_field_named() {
    let desk = serve(Options::default()).await.unwrap();
    let visitor = Visitor::established(&desk).await;
    let id = visitor.chat();
    for (path, body, status, words) in [
        (format!("chats/{id}/say"), "{}", 400, "text is required"),
        (format!("chats/{id}/say"), r#"{"text":""}"#, 400, "text must not be empty"),
        (format!("chats/{id}/say"), r#"{"text":"x","loud":true}"#, 400, "loud is not known here"),
        (format!("chats/{id}/say"), "not json", 400, "body must be JSON"),
        (format!("chats/{id}/say"), "[]", 400, "body must be an object"),
        (format!("chats/{id}/typing"), r#"{"on":"yes"}"#, 400, "on must be true or false"),
        (format!("chats/{id}/queue"), r#"{"position":-1}"#, 400, "position must be a count from 0"),
        (format!("chats/{id}/accept"), "", 409, "the chat must be waiting"),
        (format!("chats/{id}/dance"), "{}", 404, "an agent cannot do this"),
        ("chats/nobody/say".to_owned(), r#"{"text":"x"}"#, 404, "no chat has this id"),
        ("availability".to_owned(), "{}", 400, "available must be true or false"),
        ("faults".to_owned(), r#"{"fault":"none such"}"#, 400, "fault is not in the list"),
        ("nothing".to_owned(), "{}", 404, "nothing is at this address"),
        ("trace".to_owned(), "{}", 405, "this address knows other methods"),
    ] {
        let answer = visitor
            .http
            .post(format!("{}/control/{path}", visitor.base))
            .body(body)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), status, "{path} {body}");
        let answer: Value = answer.json().await.unwrap();
        assert!(answer["error"]["code"].is_string());
        assert!(
            answer["error"]["message"].as_str().unwrap().contains(words),
            "{path} {body}: {answer}"
        );
    }
    let since =
        visitor.http.get(format!("{}/control/chats?since=now", visitor.base)).send().await.unwrap();
    assert_eq!(since.status(), 400);
}

#[tokio::test]
async fn no_key_is_in_the_page_or_in_what_the_control_interface_tells() {
    let desk = serve(Options::default()).await.unwrap();
    let visitor = Visitor::established(&desk).await;
    let secret = visitor.session["key"].as_str().unwrap().split_once('!').unwrap().1;
    let affinity = visitor.session["affinityToken"].as_str().unwrap();
    for path in [
        "",
        "page.js",
        "live_agent.js",
        "page.css",
        "healthz",
        "control/chats",
        "control/trace",
        "control/faults",
        "control/config",
    ] {
        let answer = visitor.http.get(format!("{}/{path}", visitor.base)).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        let text = answer.text().await.unwrap();
        assert!(!text.contains(secret) && !text.contains(affinity), "{path}");
    }
}

#[tokio::test]
async fn the_page_may_run_its_own_script_only() {
    let desk = serve(Options::default()).await.unwrap();
    let answer = reqwest::get(format!("http://{}/", desk.addr())).await.unwrap();
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
    assert!(answer.text().await.unwrap().contains("Simulated desk"));
}

#[tokio::test]
async fn a_desk_that_was_shut_down_frees_its_port_and_lets_its_clients_go() {
    let desk = serve(Options::default()).await.unwrap();
    let visitor = Visitor::established(&desk).await;
    let poll = tokio::spawn(visitor.poll(1).send());
    assert!(desk.handle().wait_until(LIMIT, has_polled).await);
    let port = desk.addr().port();
    desk.shutdown().await;
    assert!(poll.await.unwrap().is_err());
    serve(Options { port, ..Options::default() }).await.unwrap().shutdown().await;
}

#[tokio::test]
async fn agents_do_everything_by_the_control_interface_and_files_go_to_another_origin() {
    let desk = serve(Options::default()).await.unwrap();
    let visitor = Visitor::established(&desk).await;
    let chat = visitor.chat();
    let post = async |path: &str, body: Value| {
        let address = format!("{}/control/{path}", visitor.base);
        visitor.http.post(address).json(&body).send().await.unwrap().status().as_u16()
    };
    for (deed, body) in [
        ("join", json!({ "agent": "Maha Farouk" })),
        ("say", json!({ "text": "Maha here", "agent": "Maha Farouk" })),
        ("leave", json!({ "agent": "Maha Farouk" })),
        ("event", json!({ "type": "coupon", "data": "10 %" })),
        ("offer", json!({ "items": ["Yes", "No"] })),
        ("ask-file", json!({})),
        ("withdraw-file", json!({})),
        ("ask-file", json!({})),
    ] {
        assert_eq!(post(&format!("chats/{chat}/{deed}"), body).await, 200, "{deed}");
    }
    for (deed, wrong) in [
        ("join", json!({})),
        ("offer", json!({ "items": "Yes" })),
        ("event", json!({ "data": "x" })),
        ("ask-file", json!({ "why": "x" })),
    ] {
        assert_eq!(post(&format!("chats/{chat}/{deed}"), wrong).await, 400, "{deed}");
    }
    assert_eq!(post("limits", json!({ "name": "poll_hold_ms", "value": 100 })).await, 200);
    assert_eq!(post("limits", json!({ "name": "patience", "value": 1 })).await, 400);

    let answer: Value = visitor.poll(1).send().await.unwrap().json().await.unwrap();
    let asked = answer["messages"].as_array().unwrap().last().unwrap()["message"].clone();
    let (place, token) =
        (asked["uploadServletUrl"].as_str().unwrap(), asked["fileToken"].as_str().unwrap());
    assert!(!place.starts_with(&visitor.base), "another origin than the chat's: {place}");
    let query = format!("orgId=00D000000000001&chatKey={chat}&fileToken={token}&encoding=UTF-8");
    let body = "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nhello\r\n--XX--\r\n";
    let upload = visitor.http.post(format!("{place}?{query}")).body(body);
    let upload = upload.header("Content-Type", "multipart/form-data; boundary=XX");
    assert_eq!(upload.send().await.unwrap().status(), 200);
    let ack = answer["sequence"].as_i64().unwrap();
    let answer: Value = visitor.poll(ack).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["messages"][0]["message"], json!({ "type": "Success" }));
    let trace = serde_json::to_string(&desk.handle().trace()).unwrap();
    assert!(!trace.contains(token), "the token is as good as a key");
    assert_eq!(
        visitor.poll(ack + 1).send().await.unwrap().status(),
        204,
        "after a tenth of a second"
    );
}
