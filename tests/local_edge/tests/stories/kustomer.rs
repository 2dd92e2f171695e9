//! The desk that pushes: REST out, signed webhooks in, on the real runtime with its real objects.

use parlor_local_edge::{
    LocalEdge, Options,
    agent::{Agent, id_of, is, lines},
    seed::{self, DEMO_RESOURCE},
    visitor::Visitor,
};
use parlor_tests::desks::{
    kustomer::{Desk, RELAY_TOKEN, signature},
    server::{Running, kustomer},
};
use serde_json::{Value, json};

use crate::stage::{SECRET, SITE};

/// The Kustomer resource of the stories.
const RESOURCE: &str = "8c2f0d1e-9a4b-4c3d-8e2f-001122334455";

/// The webhook's secret.
const HOOK_SECRET: &str = "the webhook's secret";

struct Stage {
    edge: LocalEdge,
    agent: Agent,
    desk: Running<Desk>,
    http: reqwest::Client,
}

impl Stage {
    async fn set() -> Self {
        let desk = kustomer::serve(kustomer::Options::default()).await.unwrap();
        let desk_url = format!("http://{}", desk.addr());
        let mut documents = seed::demo_seed(&desk_url, SITE).unwrap();
        documents.retain(|(key, _)| !key.starts_with("flow:"));
        let key = seed::sealed("account:acme", "api_key", RELAY_TOKEN);
        let secret = seed::sealed("flow:sales", "relay.webhook_secret_key", HOOK_SECRET);
        let mut add = |key: &str, document: Value| documents.push((key.to_owned(), document));
        add(
            "flow:sales",
            json!({
                "version": 1, "id": "sales", "hub": "shop", "name": "Sales", "type": "relay",
                "relay": {
                    "type": "kustomer", "datasource_id": "acme", "resource_id": RESOURCE,
                    "webhook_secret_key": secret,
                },
                "when_nobody": "leave_message",
            }),
        );
        add(
            "account:acme",
            json!({
                "version": 1, "id": "acme", "kind": "kustomer", "name": "Acme",
                "api_host": desk_url, "api_key": key,
            }),
        );
        add(
            &format!("resource:{RESOURCE}"),
            json!({ "version": 1, "id": RESOURCE, "kind": "kustomer", "hub": "shop", "name": "Desk" }),
        );
        let vars = vec![("TOKEN_SECRET".to_owned(), SECRET.to_owned())];
        let options = Options { vars, seed: documents, ..Options::default() };
        let edge = LocalEdge::start(options).await.unwrap();
        let stage = Self {
            agent: Agent::new(&desk_url).unwrap(),
            http: reqwest::Client::new(),
            desk,
            edge,
        };
        let hook = json!({ "url": stage.hook(), "token": HOOK_SECRET, "events": [
            "kustomer.message.create", "kustomer.message.update", "kustomer.conversation.update",
        ] });
        let set = stage.http.post(format!("{desk_url}/control/webhooks")).json(&hook);
        assert_eq!(set.send().await.unwrap().status(), 200);
        stage
    }

    fn hook(&self) -> String {
        format!("{}/v1/resources/kustomer/{RESOURCE}/receive-message", self.edge.url())
    }

    async fn push(&self, url: &str, signature: Option<&str>, body: &[u8]) -> u16 {
        let mut request = self.http.post(url).body(body.to_vec());
        if let Some(signature) = signature {
            request = request.header("X-Kustomer-Webhook-Signature", signature);
        }
        request.send().await.unwrap().status().as_u16()
    }

    async fn close(self) {
        let log: Vec<String> = self.edge.logs().into_iter().map(|line| line.message).collect();
        let log = log.join("\n");
        for secret in [RELAY_TOKEN, HOOK_SECRET, "green", "Saturday"] {
            assert!(!log.contains(secret), "{secret:?} was logged:\n{log}");
        }
        self.edge.stop().await.unwrap();
        self.desk.shutdown().await;
    }
}

#[tokio::test]
async fn a_whole_conversation_goes_out_by_rest_and_comes_back_by_webhook() {
    let stage = Stage::set().await;
    let mut visitor = Visitor::new(stage.edge.url(), DEMO_RESOURCE).unwrap();
    visitor.start().await.unwrap();
    let mut tab = visitor.tab().await.unwrap();
    let first = tab.say("Is the Wren 9 still to be had in green?").await.unwrap();
    tab.delivered(first).await.unwrap();
    let chat = stage.agent.until("a conversation", |chat| is(chat, "waiting")).await.unwrap();
    let chat = id_of(&chat);

    stage.agent.accept(&chat).await.unwrap();
    tab.event("an agent", |what| what.get("joined").is_some()).await.unwrap();
    stage.agent.say(&chat, "It is. Shall I keep it for you?").await.unwrap();
    tab.heard("It is. Shall I keep it for you?").await.unwrap();

    // Away and back: what was pushed meanwhile is there, once.
    tab.disconnect().await.unwrap();
    stage.agent.say(&chat, "One is left.").await.unwrap();
    tab.connect().await.unwrap();
    tab.heard("One is left.").await.unwrap();
    let second = tab.say("Please do, until Saturday.").await.unwrap();
    tab.delivered(second).await.unwrap();
    // The key may not write notes, so what a note would say stands first, in the visitor's name.
    let said = ["Is the Wren 9 still to be had in green?", "Please do, until Saturday."];
    let both = |chat: &Value| lines(chat, "visitor").iter().skip(1).eq(&said);
    stage.agent.until("both messages", both).await.unwrap();

    stage.agent.end(&chat).await.unwrap();
    tab.event("the end", |what| what["ended"]["by"] == "agent").await.unwrap();
    stage.close().await;
}

#[tokio::test]
async fn the_door_lets_nothing_in_that_is_not_signed() {
    let stage = Stage::set().await;
    let body = br#"{"name":"kustomer.message.create","data":{"id":"1"}}"#;
    let good = signature(HOOK_SECRET, body);
    let old = format!(
        "{}/internal/sessions/v1/resource/kustomer/{RESOURCE}/receive-message",
        stage.edge.url()
    );
    let elsewhere = stage.hook().replace(RESOURCE, "00000000-0000-4000-8000-000000000000");
    let hook = stage.hook();
    // Well signed and of no use to anybody: taken, so that the desk does not try again.
    assert_eq!(stage.push(&hook, Some(&good), body).await, 200);
    assert_eq!(stage.push(&old, Some(&good), body).await, 200);
    assert_eq!(stage.push(&hook, None, body).await, 401);
    assert_eq!(stage.push(&hook, Some(&good), b"{}").await, 401, "another body");
    assert_eq!(stage.push(&hook, Some(&good[..63]), body).await, 401, "cut short");
    assert_eq!(stage.push(&hook, Some(&signature("another", body)), body).await, 401);
    assert_eq!(stage.push(&elsewhere, Some(&good), body).await, 401, "no such resource");
    let large = vec![b'x'; 2_000_000];
    assert_eq!(stage.push(&hook, Some(&signature(HOOK_SECRET, &large)), &large).await, 413);
    stage.close().await;
}
