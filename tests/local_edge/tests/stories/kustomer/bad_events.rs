//! What the webhook's door refuses, or takes and drops: none of it is stored, and none wakes a conversation.

use std::{fs, path::Path};

use parlor_local_edge::{
    agent::{id_of, is},
    seed::{self, KUSTOMER_RESOURCE},
    visitor::{Answer, PATIENCE, Tab},
};
use parlor_tests::desks::kustomer::{RELAY_TOKEN, signature};
use serde_json::{Value, json};

use super::{HOOK_SECRET, Stage};

/// An agent's message in a conversation at the desk that nobody has claimed: were it kept, its index would be there.
fn event(id: &str) -> Value {
    json!({
        "id": id, "name": "kustomer.message.create",
        "data": {
            "type": "message", "id": format!("m{id}"),
            "attributes": { "channel": "chat", "app": "chat", "direction": "out", "preview": "psst" },
            "relationships": {
                "conversation": { "data": { "type": "conversation", "id": format!("c{id}") } },
                "createdBy": { "data": { "type": "user", "id": "u1" } },
            },
        },
    })
}

fn bytes(event: &Value) -> Vec<u8> {
    serde_json::to_vec(event).unwrap()
}

impl Stage {
    /// Pushes what the desk has signed.
    async fn push_signed(&self, body: &[u8]) -> u16 {
        let signature = signature(HOOK_SECRET, body);
        self.push(&self.hook(), Some(&signature), body).await
    }

    /// How many indexes there are: one is made when something is stored in it.
    fn indexes(&self) -> usize {
        databases(self.edge.state(), "DeskIndex")
    }
}

/// Databases of the objects of a class.
fn databases(folder: &Path, class: &str) -> usize {
    let mut count = 0;
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() {
            count += databases(&path, class);
        } else if path.to_string_lossy().contains(class)
            && name.to_string_lossy().ends_with(".sqlite")
            && name != "metadata.sqlite"
        {
            count += 1;
        }
    }
    count
}

#[tokio::test]
async fn the_door_lets_nothing_in_that_is_not_signed() {
    let stage = Stage::set().await;
    let body = bytes(&event("1"));
    let good = signature(HOOK_SECRET, &body);
    let hook = stage.hook();
    let elsewhere = hook.replace(KUSTOMER_RESOURCE, "00000000-0000-4000-8000-000000000000");
    let no_id = hook.replace(KUSTOMER_RESOURCE, "shop");
    let unsigned = stage.push(&hook, None, &body).await;
    assert_eq!(unsigned, 401);
    assert_eq!(stage.push(&hook, Some(&signature("another", &body)), &body).await, 401, "forged");
    assert_eq!(stage.push(&hook, Some(&good[..63]), &body).await, 401, "cut short");
    assert_eq!(stage.push(&hook, Some(&good.to_uppercase()), &body).await, 401);
    assert_eq!(stage.push(&hook, Some(&format!("sha256={good}")), &body).await, 401);
    assert_eq!(stage.push(&hook, Some(&good), &body[..body.len() - 1]).await, 401, "truncated");
    // The same JSON, written by somebody else: what is signed are bytes.
    let again = serde_json::to_vec_pretty(&event("1")).unwrap();
    assert_eq!(stage.push(&hook, Some(&good), &again).await, 401, "re-encoded");
    let spaced = [body.as_slice(), b" "].concat();
    assert_eq!(stage.push(&hook, Some(&good), &spaced).await, 401, "with a space behind it");
    // No such address is answered as a bad signature is, to the last byte.
    for url in [&hook, &elsewhere, &no_id] {
        let request = stage.http.post(url).body(body.clone());
        let answer = request.header("X-Kustomer-Webhook-Signature", "00").send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 401, "{url}");
        assert!(answer.text().await.unwrap().contains("webhook_unsigned"));
    }
    assert_eq!(stage.push(&elsewhere, Some(&good), &body).await, 401, "no such resource");
    let large = vec![b'x'; 2_000_000];
    assert_eq!(stage.push_signed(&large).await, 413, "oversized");
    assert_eq!(stage.push(&elsewhere, None, &large).await, 413, "whoever asks, and wherever");
    assert_eq!(stage.indexes(), 0, "something was stored");

    // The same, well signed, is kept: at this address and at Airkit's old one.
    assert_eq!(stage.push_signed(&body).await, 200);
    assert_eq!(stage.indexes(), 1);
    let old = format!(
        "{}/internal/sessions/v1/resource/kustomer/{KUSTOMER_RESOURCE}/receive-message",
        stage.edge.url()
    );
    let body = bytes(&event("2"));
    assert_eq!(stage.push(&old, Some(&signature(HOOK_SECRET, &body)), &body).await, 200);
    assert_eq!(stage.indexes(), 2);
    stage.close().await;
}

#[tokio::test]
async fn what_is_signed_and_for_nobody_is_taken_and_not_stored() {
    let organization = |documents: &mut Vec<(String, Value)>| {
        for (key, account) in documents {
            if key.starts_with("account:") {
                account["organization_id"] = json!("5f8481c6a22ab5b9d5f2dd8a");
            }
        }
    };
    let stage = Stage::set_with(RELAY_TOKEN, &[], organization).await;
    let with = |pointer: &str, value: Value| {
        let mut event = event("1");
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        event.pointer_mut(parent).unwrap()[name] = value;
        event
    };
    for (why, event) in [
        ("of another organization", with("/org", json!("620c4386f1346613f49604a1"))),
        ("of yesterday's yesterday", with("/createdAt", json!("2020-01-01T00:00:00.000Z"))),
        ("of another name", with("/name", json!("kustomer.kobject.create"))),
        ("the customer's own", with("/data/attributes/direction", json!("in"))),
        ("ours", with("/data/attributes/app", json!("parlor"))),
        ("an e-mail", with("/data/attributes/channel", json!("email"))),
        ("withdrawn", with("/data/attributes/redacted", json!(true))),
        ("failed", with("/data/attributes/status", json!("error"))),
        ("empty", with("/data/attributes/preview", json!(" "))),
    ] {
        assert_eq!(stage.push_signed(&bytes(&event)).await, 200, "{why}");
        assert_eq!(stage.indexes(), 0, "{why} was stored");
    }
    // Wrong shapes where something is needed.
    let wrong =
        [json!(null), json!(7), json!(true), json!([]), json!({}), json!("../x"), json!("")];
    for pointer in [
        "/name",
        "/data",
        "/data/id",
        "/data/attributes",
        "/data/attributes/direction",
        "/data/attributes/preview",
        "/data/relationships",
        "/data/relationships/conversation",
        "/data/relationships/conversation/data",
        "/data/relationships/conversation/data/id",
    ] {
        for value in &wrong {
            if pointer.ends_with("preview") && value == "../x" {
                continue; // A text like any other.
            }
            let body = bytes(&with(pointer, value.clone()));
            assert_eq!(stage.push_signed(&body).await, 200, "{pointer}: {value}");
            assert_eq!(stage.indexes(), 0, "{pointer}: {value} was stored");
        }
    }
    for body in [&b""[..], b"{", b"null", b"[]", b"\xff\xfe", "[".repeat(100_000).as_bytes()] {
        assert_eq!(stage.push_signed(body).await, 200);
    }
    assert_eq!(stage.indexes(), 0);
    // Wrong shapes where nothing is needed: the event is as good as without them.
    for (number, (pointer, value)) in [
        ("/id", json!(7)),
        ("/org", json!([])),
        ("/createdAt", json!("soon")),
        ("/changes", json!("none")),
        ("/data/attributes/app", json!({})),
        ("/data/attributes/auto", json!("yes")),
        ("/data/attributes/size", json!("long")),
        ("/data/attributes/meta", json!([7])),
        ("/data/relationships/createdBy", json!(7)),
        ("/data/relationships/attachments", json!({ "data": 7 })),
    ]
    .into_iter()
    .enumerate()
    {
        let mut event = with(pointer, value);
        event["data"]["relationships"]["conversation"]["data"]["id"] = json!(format!("c{number}"));
        assert_eq!(stage.push_signed(&bytes(&event)).await, 200, "{pointer}");
        assert_eq!(stage.indexes(), number + 1, "{pointer}");
    }
    assert!(!stage.log().await.contains("psst"), "an event's text was logged");
    stage.close().await;
}

#[tokio::test]
async fn an_event_that_comes_again_or_is_replayed_is_shown_once() {
    let stage = Stage::set().await;
    let (mut tab, chat) = stage.talking().await;
    let mut event = event("1");
    event["data"]["relationships"]["conversation"]["data"]["id"] = json!(chat);
    event["data"]["attributes"]["preview"] = json!("Only once");
    for _ in 0..3 {
        assert_eq!(stage.push_signed(&bytes(&event)).await, 200);
    }
    // Under another id of the event, the message is the same.
    event["id"] = json!("another");
    assert_eq!(stage.push_signed(&bytes(&event)).await, 200);
    stage.agent.say(&chat, "And then").await.unwrap();
    tab.heard("And then").await.unwrap();
    let heard = tab.events().iter().filter(|it| it.to_string().contains("Only once")).count();
    assert_eq!(heard, 1);
    stage.close().await;
}

#[tokio::test]
async fn five_secrets_are_tried_and_no_more() {
    let several = |documents: &mut Vec<(String, Value)>| {
        let flow = documents.iter().find(|(key, _)| key == "flow:workshop").cloned().unwrap().1;
        let mut hub = None;
        for (key, document) in documents.iter_mut() {
            if key == "hub:workshop" {
                hub = Some(document);
            }
        }
        let hub = hub.unwrap();
        hub["rules"] = json!([]);
        let mut flows = Vec::new();
        for number in 2..=4 {
            let id = format!("flow{number}");
            let mut flow = flow.clone();
            flow["id"] = json!(id);
            let sealed = |member: &str, secret: String| {
                seed::sealed(&format!("flow:{id}"), &format!("relay.{member}"), &secret)
            };
            flow["relay"]["webhook_secret_key"] =
                json!(sealed("webhook_secret_key", format!("secret {number}")));
            flow["relay"]["webhook_secret_key_previous"] =
                json!(sealed("webhook_secret_key_previous", format!("previous {number}")));
            let rule = json!({ "when": { "language": ["fr"] }, "flow": id });
            hub["rules"].as_array_mut().unwrap().push(rule);
            flows.push((format!("flow:{id}"), flow));
        }
        documents.extend(flows);
    };
    let stage = Stage::set_with(RELAY_TOKEN, &[], several).await;
    let mut taken = Vec::new();
    for (number, secret) in
        [HOOK_SECRET, "secret 2", "previous 2", "secret 3", "previous 3", "secret 4", "previous 4"]
            .into_iter()
            .enumerate()
    {
        let body = bytes(&event(&number.to_string()));
        let status = stage.push(&stage.hook(), Some(&signature(secret, &body)), &body).await;
        taken.push(status);
    }
    // Those that are current go first.
    assert_eq!(taken, [200, 200, 200, 200, 401, 200, 401]);
    stage.close().await;
}

#[tokio::test]
async fn what_cannot_be_checked_may_come_again() {
    // Secrets that cannot be opened, at any address: whether one exists is told to nobody but the admin.
    for (secret, code) in [("no key", "seal_secret_form"), ("", "seal_secret_missing")] {
        let stage = Stage::set_with(RELAY_TOKEN, &[("SEAL_SECRET", secret)], |_| {}).await;
        let body = bytes(&event("1"));
        let elsewhere =
            stage.hook().replace(KUSTOMER_RESOURCE, "00000000-0000-4000-8000-000000000000");
        for url in [stage.hook(), elsewhere] {
            assert_eq!(stage.push(&url, Some(&signature(HOOK_SECRET, &body)), &body).await, 503);
            assert_eq!(stage.push(&url, None, &body).await, 503);
        }
        assert_eq!(stage.indexes(), 0);
        let health = stage.http.get(format!("{}/healthz", stage.edge.url()));
        let health = Answer::to(health).await.unwrap();
        let problems = health.body["problems"].as_array().unwrap();
        assert!(problems.iter().any(|it| it == code), "{}", health.text);
        stage.close().await;
    }
}

#[tokio::test]
async fn what_cannot_be_checked_because_the_store_fails_may_come_again() {
    let stage = Stage::set().await;
    let resource = format!("resource:{KUSTOMER_RESOURCE}");
    for (number, key) in [resource.as_str(), "hub:workshop", "flow:workshop", "account:larkspur"]
        .into_iter()
        .enumerate()
    {
        let body = bytes(&event(&number.to_string()));
        stage.edge.fail(key, true).await.unwrap();
        assert_eq!(stage.push_signed(&body).await, 503, "{key}");
        // Without the account too it is known who has signed.
        let unsigned = if key.starts_with("account:") { 401 } else { 503 };
        assert_eq!(stage.push(&stage.hook(), None, &body).await, unsigned, "{key}");
        assert_eq!(stage.indexes(), number, "{key}: something was stored");

        stage.edge.fail(key, false).await.unwrap();
        assert_eq!(stage.push_signed(&body).await, 200, "{key}");
        assert_eq!(stage.indexes(), number + 1, "{key}");
    }
    stage.edge.logged("webhook_not_checked", PATIENCE).await.unwrap();
    stage.close().await;
}

impl Stage {
    /// A visitor whose chat has an agent: her tab, and the desk's id of the conversation.
    async fn talking(&self) -> (Tab, String) {
        let mut visitor = self.visitor();
        visitor.start().await.unwrap();
        let mut tab = visitor.tab().await.unwrap();
        let first = tab.say("Is the Wren 9 still to be had in green?").await.unwrap();
        tab.delivered(first).await.unwrap();
        let chat = self.agent.until("a conversation", |chat| is(chat, "waiting")).await.unwrap();
        let chat = id_of(&chat);
        self.agent.accept(&chat).await.unwrap();
        tab.event("an agent", |what| what.get("joined").is_some()).await.unwrap();
        (tab, chat)
    }
}
