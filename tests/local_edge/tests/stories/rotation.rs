//! docs/DEPLOYING.md, "Changing secrets": step by step, on one state, with a visitor who has a conversation all the while.

use std::{collections::BTreeMap, path::Path};

use parlor_local_edge::{
    LocalEdge, Options,
    seed::{self, DEMO_RESOURCE},
    visitor::{Answer, Visitor},
};
use serde_json::{Value, json};

use crate::{
    commands,
    stage::{ADMIN_TOKEN, SITE},
};

const OLD_SEAL: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const NEW_SEAL: &str = "/////////////////////////////////////////w8";
const OLD_TOKENS: &str = "the token secret before it was changed";
const NEW_TOKENS: &str = "the token secret after it was changed";

async fn edge(state: &Path, secrets: &[(&str, &str)]) -> LocalEdge {
    let first = [("ADMIN_TOKEN", ADMIN_TOKEN)];
    let vars = first.iter().chain(secrets).map(|(name, text)| ((*name).into(), (*text).into()));
    let options = Options {
        state: Some(state.to_owned()),
        vars: vars.collect(),
        seed: seed::demo_seed("http://127.0.0.1:9", SITE).unwrap(),
        ..Options::default()
    };
    LocalEdge::start(options).await.unwrap()
}

async fn problems(edge: &LocalEdge) -> Vec<String> {
    let request = reqwest::Client::new().get(format!("{}/healthz", edge.url()));
    let health = Answer::to(request).await.unwrap();
    serde_json::from_value(health.body["problems"].clone()).unwrap()
}

/// Whether the account's key can be opened: the commands of the page say so, or refuse.
async fn reads_account(edge: &LocalEdge) -> bool {
    problems(edge).await.is_empty()
}

async fn current(edge: &LocalEdge, token: &str) -> Answer {
    let visitor = Visitor::new(edge.url(), DEMO_RESOURCE).unwrap();
    visitor.ask(&json!({ "resource": DEMO_RESOURCE, "visitor_token": token })).await.unwrap()
}

#[tokio::test]
async fn both_secrets_are_changed_and_nobody_loses_a_conversation_or_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let old = [("SEAL_SECRET", OLD_SEAL), ("TOKEN_SECRET", OLD_TOKENS)];
    let first = edge(&state, &old).await;
    let account = json!({
        "version": 1, "id": "acme", "kind": "kustomer", "name": "Acme",
        "api_host": "acme", "api_key": "the key of the desk",
    });
    let put = reqwest::Client::new()
        .put(format!("{}/v1/admin/accounts/acme", first.url()))
        .bearer_auth(ADMIN_TOKEN)
        .json(&account);
    assert_eq!(put.send().await.unwrap().status(), 201);
    let mut visitor = Visitor::new(first.url(), DEMO_RESOURCE).unwrap();
    visitor.start().await.unwrap();
    let (conversation, before) = (visitor.conversation, visitor.visitor_token.unwrap());
    assert!(reads_account(&first).await);
    first.stop().await.unwrap();

    // The old one was thrown away too early: said in words, and nothing is lost yet.
    let early = [("SEAL_SECRET", NEW_SEAL), ("TOKEN_SECRET", OLD_TOKENS)];
    let hasty = edge(&state, &early).await;
    assert_eq!(problems(&hasty).await, ["sealed_key_unknown"]);
    hasty.stop().await.unwrap();

    // As the page says: the old one beside the new one, then the command.
    let both = [
        ("SEAL_SECRET", NEW_SEAL),
        ("SEAL_SECRET_PREVIOUS", OLD_SEAL),
        ("TOKEN_SECRET", NEW_TOKENS),
        ("TOKEN_SECRET_PREVIOUS", OLD_TOKENS),
    ];
    let second = edge(&state, &both).await;
    assert!(reads_account(&second).await);
    let mut shell = BTreeMap::from([
        ("EDGE".to_owned(), second.url().to_owned()),
        ("TOKEN".to_owned(), ADMIN_TOKEN.to_owned()),
    ]);
    let told =
        commands::run("docs/DEPLOYING.md", "rotation", folder.path(), &mut shell, Some).await;
    assert_eq!(told[0]["changed"], json!(["account:acme"]));
    let renewed = current(&second, &before).await;
    assert_eq!(renewed.body["conversation"], Value::from(conversation.as_str()));
    let after = renewed.body["visitor_token"].as_str().expect("a new token").to_owned();
    second.stop().await.unwrap();

    let new = [("SEAL_SECRET", NEW_SEAL), ("TOKEN_SECRET", NEW_TOKENS)];
    let third = edge(&state, &new).await;
    assert!(reads_account(&third).await);
    assert_eq!(current(&third, &after).await.body["conversation"], Value::from(conversation));
    let refused = current(&third, &before).await;
    assert_eq!((refused.status, refused.code()), (401, "token_signature"));
    third.stop().await.unwrap();
}
