//! Configuration at fault: a code for whoever asks, the document's name in the log, and a healthy rest.

use std::time::Duration;

use parlor_local_edge::{
    LocalEdge, Options,
    seed::{self, DEMO_RESOURCE},
    visitor::Answer,
};
use serde_json::{Value, json};

use crate::{
    Stage,
    stage::{ADMIN_TOKEN, SITE},
};

/// Starts a conversation and expects 503 with this code, in the answer and, with `about`, in the log.
async fn refused(stage: &Stage, code: &str, about: &str) {
    let answer = stage.visitor().ask(&json!({ "resource": DEMO_RESOURCE })).await.unwrap();
    assert_eq!((answer.status, answer.code()), (503, code), "{}", answer.text);
    let line = stage.edge.logged(code, Duration::from_secs(10)).await.unwrap();
    assert!(line.message.contains(about), "{about:?} is not in {}", line.message);
}

#[tokio::test]
async fn documents_that_are_missing_or_wrong_are_named_in_the_log() {
    let stage = Stage::set().await;
    let hub = stage.edge.get("hub:shop").await.unwrap();
    let flow = stage.edge.get("flow:sales").await.unwrap();

    stage.edge.put("hub:shop", &Value::Null).await.unwrap();
    refused(&stage, "hub_missing", "shop").await;
    let path = format!("/v1/resources/{DEMO_RESOURCE}");
    let view = Answer::to(reqwest::Client::new().get(stage.url(&path))).await.unwrap();
    assert_eq!((view.status, view.code()), (503, "hub_missing"));
    stage.edge.put("hub:shop", &hub).await.unwrap();

    stage.edge.put("flow:sales", &Value::Null).await.unwrap();
    refused(&stage, "flow_missing", "sales").await;

    let mut wrong = flow.clone();
    wrong["relay"]["button_id"] = json!("572000000000001");
    stage.edge.put("flow:sales", &wrong).await.unwrap();
    refused(&stage, "document_invalid", "salesforce_id_kind at $.relay.button_id").await;

    let mut stranger = flow.clone();
    stranger["hub"] = json!("garage");
    stage.edge.put("flow:sales", &stranger).await.unwrap();
    refused(&stage, "flow_of_other_hub", "sales").await;

    // Mended, the next visitor notices nothing.
    stage.edge.put("flow:sales", &flow).await.unwrap();
    stage.converse("Is the shop open again?").await;
    stage.close().await;
}

#[tokio::test]
async fn a_conversation_outlives_the_flow_that_it_began_with() {
    let stage = Stage::set().await;
    let (mut visitor, _, chat) = stage.converse("Before the flow is lost").await;
    let conversation = visitor.conversation.clone();
    stage.edge.put("flow:sales", &Value::Null).await.unwrap();
    visitor.start().await.unwrap();
    assert_eq!(visitor.conversation, conversation);
    let mut tab = visitor.tab().await.unwrap();
    tab.say("And after the flow is lost").await.unwrap();
    let said = ["Before the flow is lost", "And after the flow is lost"];
    stage.agent.heard(&chat, &said).await.unwrap();
    stage.close().await;
}

#[tokio::test]
async fn a_desk_on_this_machine_is_for_development_only() {
    let stage = Stage::set_with(&[("ENVIRONMENT", "production")], |_| {}).await;
    refused(&stage, "document_invalid", "at $.relay.api_hostname").await;
    assert!(stage.agent.trace().await.unwrap().is_empty(), "the desk was never called");
    stage.close().await;
}

#[tokio::test]
async fn health_tells_what_is_missing_by_code() {
    for (vars, status, problems) in [
        (vec![], "ok", vec![]),
        (vec![("TOKEN_SECRET", "")], "misconfigured", vec!["secret_missing"]),
        (
            vec![("TOKEN_SECRET", "too short to sign with")],
            "misconfigured",
            vec!["secret_too_short"],
        ),
        // Without an account there is nothing to unseal; a secret that is none is a mistake all the same.
        (vec![("SEAL_SECRET", "")], "ok", vec![]),
        (vec![("SEAL_SECRET", "no key")], "misconfigured", vec!["seal_secret_form"]),
        (vec![("PUBLIC_URL", "https://chat.example")], "ok", vec![]),
        (vec![("PUBLIC_URL", "chat.example")], "misconfigured", vec!["public_url_form"]),
    ] {
        let stage = Stage::set_with(&vars, |_| {}).await;
        let health = Answer::to(reqwest::Client::new().get(stage.url("/healthz"))).await.unwrap();
        assert_eq!(health.status, 200);
        assert_eq!(health.body["status"], status);
        assert_eq!(health.body["problems"], json!(problems));
        assert!(!health.text.contains("too short to sign with"));
        if let [problem @ ("secret_missing" | "secret_too_short")] = problems.as_slice() {
            refused(&stage, problem, "").await;
            assert!(stage.edge.objects("CUSTOMER").await.unwrap().is_empty());
        }
        stage.close().await;
    }
}

#[tokio::test]
async fn a_folder_that_is_kept_is_not_seeded_over_what_an_admin_has_changed() {
    let folder = tempfile::tempdir().unwrap();
    let start = || async {
        LocalEdge::start(Options {
            state: Some(folder.path().to_owned()),
            vars: vec![("ADMIN_TOKEN".to_owned(), ADMIN_TOKEN.to_owned())],
            seed: seed::demo_seed("http://127.0.0.1:9", SITE).unwrap(),
            ..Options::default()
        })
        .await
        .unwrap()
    };
    let edge = start().await;
    let hub = |edge: &LocalEdge, method: &str| {
        let url = format!("{}/v1/admin/hubs/shop", edge.url());
        reqwest::Client::new().request(method.parse().unwrap(), url).bearer_auth(ADMIN_TOKEN)
    };
    let mut changed = Answer::to(hub(&edge, "GET")).await.unwrap().body;
    changed["name"] = json!("The admin's name for it");
    let put = hub(&edge, "PUT").header("if-match", "*").json(&changed);
    let answer = Answer::to(put).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text);
    edge.stop().await.unwrap();

    let edge = start().await;
    assert_eq!(edge.get("hub:shop").await.unwrap()["name"], "The admin's name for it");
    let answer = Answer::to(hub(&edge, "GET")).await.unwrap();
    assert!(answer.text.contains("The admin's name for it"), "{}", answer.text);
    edge.stop().await.unwrap();
}
