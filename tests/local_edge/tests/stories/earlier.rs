//! `GET /v1/visitors/conversations`: what a visitor has said before, and nobody else.

use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};

use crate::Stage;

async fn ask(stage: &Stage, path: &str, token: Option<&str>, origin: Option<&str>) -> (u16, Value) {
    let url = format!("{}/v1/visitors/conversations{path}", stage.edge.url());
    let mut request = reqwest::Client::new().get(url);
    if let Some(token) = token {
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    if let Some(origin) = origin {
        request = request.header("origin", origin);
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_visitor_sees_what_is_over_and_nobody_elses() {
    let stage = Stage::set().await;
    let (mut one, mut tab) = stage.arrive().await;
    let first = one.conversation.clone();
    tab.say("Do you ship frames?").await.unwrap();
    let token = one.visitor_token.clone().unwrap();
    let (status, none) = ask(&stage, "", Some(&token), None).await;
    assert_eq!((status, &none), (200, &json!({ "conversations": [] })), "it goes on");

    tab.send(&json!({ "end": {} })).await.unwrap();
    tab.event("the end", |what| what.get("ended").is_some()).await.unwrap();
    tab.send(&json!({ "rate": { "score": 4, "note": "Quick." } })).await.unwrap();
    tab.event("the rating", |what| what.get("rated").is_some()).await.unwrap();
    one.start_after(&first).await.unwrap();
    let (_, listed) = ask(&stage, "", Some(&token), None).await;
    let line = &listed["conversations"][0];
    assert_eq!((&line["id"], &line["text"]), (&json!(first), &json!("Do you ship frames?")));
    assert_eq!(listed["conversations"].as_array().unwrap().len(), 1);
    let (status, told) = ask(&stage, &format!("/{first}"), Some(&token), None).await;
    assert_eq!((status, &told["events"][0]["what"]["visitor"]["text"]), (200, &line["text"]));

    let rated = told["events"].as_array().unwrap().last().unwrap();
    assert_eq!(rated["what"], json!({ "rated": { "score": 4, "note": "Quick." } }));

    // Another visitor, with a token as good.
    let (other, _) = stage.arrive().await;
    let strange = other.visitor_token.clone().unwrap();
    let (status, problem) = ask(&stage, &format!("/{first}"), Some(&strange), None).await;
    assert_eq!((status, &problem["code"]), (404, &json!("conversation_unknown")));
    let (_, listed) = ask(&stage, "", Some(&strange), None).await;
    assert_eq!(listed, json!({ "conversations": [] }));
    stage.close().await;
}

#[tokio::test]
async fn without_a_good_token_nothing_is_told() {
    let stage = Stage::set().await;
    let (one, _) = stage.arrive().await;
    let visitor = one.visitor_token.clone().unwrap();
    let cut = visitor.get(..visitor.len() - 2).unwrap();
    // The last one opens links, and is no visitor's.
    for token in [None, Some(""), Some("a.b"), Some(cut), Some(one.token.as_str())] {
        let (status, problem) = ask(&stage, "", token, None).await;
        let code = problem["code"].as_str().unwrap();
        assert!(status == 401 && code.starts_with("token_"), "{token:?}: {status} {code}");
    }
    let site = Some("https://evil.example");
    let (status, problem) = ask(&stage, "", Some(&visitor), site).await;
    assert_eq!((status, &problem["code"]), (403, &json!("origin_not_allowed")));
    let (status, _) = ask(&stage, "/nonsense", Some(&visitor), None).await;
    assert_eq!(status, 404);
    stage.close().await;
}
