//! The same desk behind real HTTP: the API, deliveries, the control interface, the page.

use std::time::Duration;

use parlor_tests::desks::kustomer::{Fate, RELAY_TOKEN, signature};
use parlor_tests::desks::server::kustomer::{Options, serve};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const PATIENCE: Duration = Duration::from_secs(10);

struct Desk {
    running: parlor_tests::desks::server::Running<parlor_tests::desks::kustomer::Desk>,
    http: reqwest::Client,
    url: String,
}

impl Desk {
    async fn start() -> Self {
        let running = serve(Options { seed: Some(1), ..Options::default() }).await.unwrap();
        let url = format!("http://{}", running.addr());
        Self { running, http: reqwest::Client::new(), url }
    }

    async fn api(&self, path: &str, body: Value) -> Value {
        let request =
            self.http.post(format!("{}{path}", self.url)).bearer_auth(RELAY_TOKEN).json(&body);
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap()
    }

    async fn control(&self, path: &str, body: Value) -> (u16, Value) {
        let answer = self
            .http
            .post(format!("{}/control/{path}", self.url))
            .json(&body)
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn read(&self, path: &str) -> Value {
        self.http
            .get(format!("{}/control/{path}", self.url))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    async fn conversation(&self) -> String {
        let customer = self.api("/v1/customers", json!({ "externalId": "web:1" })).await;
        let body = json!({ "customer": customer["data"]["id"], "direction": "in" });
        let talk = self.api("/v1/conversations", body).await;
        talk["data"]["id"].as_str().unwrap().to_owned()
    }
}

/// Takes one request and answers it; gives head and body.
async fn receive(listener: &TcpListener, answer: &str) -> (String, Vec<u8>) {
    let (mut stream, _): (TcpStream, _) = listener.accept().await.unwrap();
    let mut bytes = Vec::new();
    loop {
        let mut part = [0; 4_096];
        let read = stream.read(&mut part).await.unwrap();
        bytes.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                line.to_lowercase().strip_prefix("content-length: ").map(str::to_owned)
            });
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                stream.write_all(answer.as_bytes()).await.unwrap();
                return (head.to_lowercase(), body.as_bytes().to_vec());
            }
        }
    }
}

#[tokio::test]
async fn an_agents_reply_reaches_the_webhook_signed_over_real_http() {
    let desk = Desk::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let (status, _) = desk
        .control(
            "webhooks",
            json!({ "url": url, "token": "s3crét", "events": ["kustomer.message.create"] }),
        )
        .await;
    assert_eq!(status, 200);
    let talk = desk.conversation().await;
    let (status, _) =
        desk.control(&format!("chats/{talk}/say"), json!({ "text": "café ☕" })).await;
    assert_eq!(status, 200);
    let (head, body) =
        receive(&listener, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            .await;
    assert!(head.starts_with("post /hook http/1.1"), "{head}");
    assert!(
        head.contains(&format!("x-kustomer-webhook-signature: {}", signature("s3crét", &body))),
        "{head}"
    );
    assert!(head.contains("x-kustomer-webhook-event: kustomer.message.create"), "{head}");
    let event: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(event["data"]["attributes"]["preview"], "café ☕");
    let taken = |desk: &parlor_tests::desks::kustomer::Desk| {
        desk.deliveries().last().is_some_and(|line| line.state == "taken")
    };
    assert!(desk.running.handle().wait_until(PATIENCE, taken).await);
    desk.running.shutdown().await;
}

#[tokio::test]
async fn a_webhook_that_is_not_there_is_tried_again() {
    let desk = Desk::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    drop(listener);
    desk.control(
        "webhooks",
        json!({ "url": url, "token": "t", "events": ["kustomer.message.create"] }),
    )
    .await;
    let talk = desk.conversation().await;
    desk.control(&format!("chats/{talk}/say"), json!({ "text": "Hi" })).await;
    let failed = |desk: &parlor_tests::desks::kustomer::Desk| {
        desk.deliveries()
            .last()
            .is_some_and(|line| line.state == "failed" && line.next_ms.is_some())
    };
    assert!(desk.running.handle().wait_until(PATIENCE, failed).await);
    let shown = desk.read("webhooks").await;
    assert_eq!(
        (&shown["deliveries"][0]["state"], &shown["webhooks"][0]["enabled"]),
        (&json!("failed"), &json!(true))
    );
    assert!(!shown.to_string().contains("token"));
    desk.control("webhooks/switch", json!({ "on": false })).await;
    assert_eq!(desk.read("webhooks").await["webhooks"][0]["enabled"], false);
}

#[tokio::test]
async fn every_deed_of_the_page_is_understood() {
    let desk = Desk::start().await;
    let talk = desk.conversation().await;
    for (deed, body) in [
        ("accept", json!({})),
        ("assign", json!({ "agent": "Tomás Vidal" })),
        ("team", json!({ "team": "Sales" })),
        ("say", json!({ "text": "Hi", "agent": "Maya Okafor" })),
        ("say", json!({ "file": { "name": "a.txt", "content_type": "text/plain", "text": "a" } })),
        ("autoresponse", json!({ "text": "We are closed" })),
        ("note", json!({ "text": "internal" })),
        ("redact", json!({})),
        ("unassign", json!({})),
        ("snooze", json!({ "seconds": 60 })),
        ("reopen", json!({})),
        ("ended", json!({ "done": false })),
        ("done", json!({})),
    ] {
        let (status, answer) = desk.control(&format!("chats/{talk}/{deed}"), body).await;
        assert_eq!(status, 200, "{deed}: {answer}");
    }
    let chats = desk.read("chats").await;
    assert_eq!(chats["chats"][0]["state"], "ended");
    for (path, body, status) in [
        ("chats/none/done", json!({}), 404),
        (&*format!("chats/{talk}/dance"), json!({}), 404),
        (&*format!("chats/{talk}/say"), json!({}), 400),
        (&*format!("chats/{talk}/say"), json!({ "txt": "Hi" }), 400),
        (&*format!("chats/{talk}/say"), json!({ "text": "Hi", "file": {} }), 400),
        (&*format!("chats/{talk}/snooze"), json!({ "seconds": -1 }), 400),
        ("webhooks", json!({ "url": "https://x" }), 400),
        ("webhooks", json!({ "url": "https://x", "token": "t", "events": [7] }), 400),
        ("webhooks/switch", json!({ "on": "yes" }), 400),
        ("faults", json!({ "fault": "none" }), 400),
    ] {
        assert_eq!(desk.control(path, body.clone()).await.0, status, "{path} {body}");
    }
    assert_eq!(desk.control("faults", json!({ "fault": "html_502" })).await.0, 200);
    let armed = desk.read("faults").await["faults"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["armed"] != json!([]))
        .count();
    assert_eq!(armed, 1);
    assert_eq!(desk.control("reset", json!({})).await.0, 200);
    assert_eq!(desk.read("chats").await["chats"], json!([]));
}

#[tokio::test]
async fn the_page_is_served_with_its_files_and_nothing_else() {
    let desk = Desk::start().await;
    for (path, part) in [
        ("/", "Simulated desk"),
        ("/page.css", "--surface"),
        ("/page.js", "follow()"),
        ("/kustomer.css", ".log"),
        ("/kustomer.js", "start("),
    ] {
        let answer = desk.http.get(format!("{}{path}", desk.url)).send().await.unwrap();
        assert!(
            answer.headers()["content-security-policy"]
                .to_str()
                .unwrap()
                .starts_with("default-src 'none'")
        );
        assert!(answer.text().await.unwrap().contains(part), "{path}");
    }
    assert_eq!(desk.http.get(format!("{}/other", desk.url)).send().await.unwrap().status(), 404);
    let config = desk.read("config").await;
    assert_eq!(config["agents"][0]["name"], "Maya Okafor");
    assert!(!config.to_string().contains(RELAY_TOKEN), "no key is told");
}

#[tokio::test]
async fn uploads_and_downloads_work_at_the_addresses_that_are_handed_out() {
    let desk = Desk::start().await;
    let made = desk
        .api(
            "/v1/attachments",
            json!({ "name": "a", "contentType": "text/plain", "contentLength": 1 }),
        )
        .await;
    assert_eq!(made["meta"]["upload"]["url"], format!("{}/storage/upload", desk.url));
}

#[tokio::test]
async fn a_delivery_to_another_machine_is_not_made() {
    let desk = Desk::start().await;
    desk.control("webhooks", json!({ "url": "https://edge.example/hook", "token": "t" })).await;
    let talk = desk.conversation().await;
    desk.control(&format!("chats/{talk}/say"), json!({ "text": "Hi" })).await;
    let failed = |desk: &parlor_tests::desks::kustomer::Desk| {
        desk.deliveries().iter().any(|line| line.note == Some("unreachable"))
    };
    assert!(desk.running.handle().wait_until(PATIENCE, failed).await);
    assert_ne!(Fate::Unreachable, Fate::Status(200));
}
