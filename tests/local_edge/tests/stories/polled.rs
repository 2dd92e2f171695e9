//! The link without a WebSocket, over real HTTP.

use std::time::Duration;

use parlor_local_edge::{
    agent::{id_of, is},
    visitor::{Answer, Visitor, message_id},
};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::Stage;

/// A page behind a proxy that lets no WebSocket through.
struct Polling<'a> {
    stage: &'a Stage,
    visitor: Visitor,
    link: &'static str,
    seen: Vec<Value>,
}

impl<'a> Polling<'a> {
    async fn arrive(stage: &'a Stage) -> Self {
        let mut visitor = stage.visitor();
        visitor.start().await.unwrap();
        let mut it = Self { stage, visitor, link: "c0ffee", seen: Vec::new() };
        let told = it.post(&[json!({ "hello": { "version": 1, "after": 0 } })]).await;
        assert_eq!(told[0]["welcome"]["conversation"], *it.visitor.conversation);
        it
    }

    fn after(&self) -> usize {
        self.seen.len()
    }

    fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let conversation = &self.visitor.conversation;
        let (link, after) = (self.link, self.after());
        let path = format!("/v1/conversations/{conversation}/{path}?link={link}&after={after}");
        self.stage.bearer(&self.visitor.token, method, &path)
    }

    fn take(&mut self, answer: Answer) -> Vec<Value> {
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.header("cache-control"), "no-store");
        let frames = answer.body["frames"].as_array().unwrap().clone();
        for frame in &frames {
            if let Some(event) = frame.get("event") {
                let next = u64::try_from(self.seen.len() + 1).unwrap();
                if event["seq"].as_u64().unwrap() >= next {
                    assert_eq!(event["seq"], next, "a gap in {frames:?}");
                    self.seen.push(event["what"].clone());
                }
            }
        }
        frames
    }

    async fn post(&mut self, frames: &[Value]) -> Vec<Value> {
        let request = self.request("POST", "frames").json(&json!({ "frames": frames }));
        let answer = Answer::to(request).await.unwrap();
        self.take(answer)
    }

    async fn poll(&mut self) -> Vec<Value> {
        let answer = Answer::to(self.request("GET", "events")).await.unwrap();
        self.take(answer)
    }

    /// Asks until the log has such an event.
    async fn until(&mut self, kind: &str) -> Value {
        let began = Instant::now();
        loop {
            if let Some(what) = self.seen.iter().rev().find_map(|what| what.get(kind)) {
                return what.clone();
            }
            assert!(began.elapsed() < Duration::from_secs(60), "no {kind} in {:?}", self.seen);
            self.poll().await;
        }
    }
}

#[tokio::test]
async fn a_whole_conversation_goes_there_and_back_without_a_socket() {
    let stage = Stage::set().await;
    let mut page = Polling::arrive(&stage).await;
    let id = message_id();
    let say = json!({ "say": { "id": id, "text": "Can you hear me?" } });
    let told = page.post(std::slice::from_ref(&say)).await;
    assert!(told.contains(&json!({ "accepted": { "id": id, "seq": 1 } })), "{told:?}");
    let chat = stage.agent.until("a waiting visitor", |chat| is(chat, "waiting")).await.unwrap();
    let chat = id_of(&chat);
    stage.agent.accept(&chat).await.unwrap();
    page.until("joined").await;
    page.until("delivered").await;
    // A socket of the same visitor's sees the same.
    let mut tab = page.visitor.tab().await.unwrap();
    tab.say("And in the other tab?").await.unwrap();
    stage.agent.say(&chat, "Loud and clear.").await.unwrap();
    tab.heard("Loud and clear.").await.unwrap();
    page.until("agent").await;
    // What is not kept comes too.
    stage.agent.typing(&chat, true).await.unwrap();
    let mut told = Vec::new();
    while !told.contains(&json!({ "typing": { "on": true } })) {
        told = page.poll().await;
    }
    // Said again, since its answer might have been lost.
    let told = page.post(&[say]).await;
    assert!(told.contains(&json!({ "accepted": { "id": id, "seq": 1 } })), "{told:?}");
    stage.agent.heard(&chat, &["Can you hear me?", "And in the other tab?"]).await.unwrap();
    page.post(&[json!({ "end": {} })]).await;
    page.until("ended").await;
    let whats: Vec<Value> = tab.events().iter().map(|event| event["what"].clone()).collect();
    assert_eq!(page.seen[..whats.len()], whats);
    stage.close().await;
}

#[tokio::test]
async fn a_question_is_held_and_answered_before_a_proxy_loses_patience() {
    let stage = Stage::set().await;
    let mut page = Polling::arrive(&stage).await;
    let began = Instant::now();
    assert_eq!(page.poll().await, Vec::<Value>::new());
    let took = began.elapsed();
    assert!(took >= Duration::from_secs(24) && took < Duration::from_secs(30), "{took:?}");
    stage.close().await;
}

#[tokio::test]
async fn an_edge_that_died_is_simply_asked_again() {
    let stage = Stage::set().await;
    let mut page = Polling::arrive(&stage).await;
    let say = |id: &str, text: &str| json!({ "say": { "id": id, "text": text } });
    let (first, second) = (message_id(), message_id());
    page.post(&[say(&first, "before")]).await;
    let held = tokio::spawn(Answer::to(page.request("GET", "events")));
    stage.edge.restart_killed().await.unwrap();
    // Whatever became of it: broken off, or answered before that.
    let _ = held.await.unwrap();
    let told = page.post(&[say(&first, "before"), say(&second, "after")]).await;
    assert!(told[0].get("welcome").is_some(), "the link is greeted anew: {told:?}");
    let said: Vec<&str> =
        page.seen.iter().filter_map(|what| what.pointer("/visitor/text")?.as_str()).collect();
    assert_eq!(said, ["before", "after"]);
    stage.close().await;
}

#[tokio::test]
async fn what_may_not_come_in_is_refused_by_name() {
    let stage = Stage::set().await;
    let page = Polling::arrive(&stage).await;
    let (_, other) = (stage.arrive().await, stage.visitor());
    drop(other);
    let conversation = page.visitor.conversation.clone();
    let unknown = "0".repeat(64);
    let path = |tail: &str| format!("/v1/conversations/{conversation}/{tail}");
    let bare = |tail: &str| reqwest::Client::new().get(stage.url(&path(tail)));
    let ours = |tail: &str| bare(tail).bearer_auth(&page.visitor.token);
    let posted = || page.request("POST", "frames");
    for (status, code, field, request) in [
        (401, "token_missing", "", bare("events?link=1&after=0")),
        (401, "token_malformed", "", bare("events?link=1&after=0").bearer_auth("sesame")),
        (
            401,
            "token_of_other_conversation",
            "",
            stage.bearer(
                &page.visitor.token,
                "GET",
                &format!("/v1/conversations/{unknown}/events?link=1&after=0"),
            ),
        ),
        (
            403,
            "origin_not_allowed",
            "",
            ours("events?link=1&after=0").header("origin", "https://elsewhere.example"),
        ),
        (400, "address_malformed", "link", ours("events?after=0")),
        (400, "address_malformed", "link", ours("events?link=123456789&after=0")),
        (400, "address_malformed", "link", ours("events?link=xyz&after=0")),
        (400, "address_malformed", "after", ours("events?link=1")),
        (400, "address_malformed", "after", ours("events?link=1&after=-1")),
        (400, "address_malformed", "after", ours("events?link=1&after=1e3")),
        (400, "body_malformed", "frames", posted().body(r#"{"frames":7}"#)),
        (400, "body_malformed", "", posted().body("[")),
        (413, "body_too_long", "", posted().body(" ".repeat(262_145))),
        (413, "body_too_long", "frames", posted().json(&json!({ "frames": vec![0; 65] }))),
        (405, "method_not_allowed", "", page.request("POST", "events")),
        (405, "method_not_allowed", "", page.request("GET", "frames")),
    ] {
        let what = format!("{request:?}");
        let answer = Answer::to(request).await.unwrap();
        assert_eq!((answer.status, answer.code()), (status, code), "{what}: {}", answer.text);
        assert_eq!(answer.header("content-type"), "application/problem+json", "{what}");
        if !field.is_empty() {
            assert_eq!(answer.body["field"], field, "{what}");
        }
    }
    // Frames are refused one by one, as over a socket.
    let mut page = page;
    let told = page.post(&[json!(7), json!({ "dance": {} }), json!({ "say": { "id": 1 } })]).await;
    let codes: Vec<&str> =
        told.iter().filter_map(|frame| frame.pointer("/refused/code")?.as_str()).collect();
    assert_eq!(codes, ["frame_not_json", "frame_unknown", "frame_malformed"]);
    stage.close().await;
}
