//! `POST /v1/conversations`: whose conversation it is.

use parlor_edge::access::{Visitor as Claims, VisitorId};
use parlor_local_edge::{seed::DEMO_RESOURCE, visitor::Visitor};
use parlor_shared::{Timestamp, id::ResourceId};
use serde_json::json;

use crate::{
    Stage,
    stage::{SECRET, edge_time, keys},
};

/// A browser with a visitor token, which has not started anything yet.
fn known(stage: &Stage, bits: u128, now: Timestamp) -> Visitor {
    let resource = ResourceId::parse(DEMO_RESOURCE).unwrap();
    let claims = Claims::new(now, resource, VisitorId::from_random(bits));
    let mut visitor = stage.visitor();
    visitor.visitor_token = Some(keys().mint(claims).expose().clone());
    visitor
}

#[tokio::test]
async fn two_tabs_that_start_at_once_get_the_same_conversation() {
    let stage = Stage::set().await;
    let now = edge_time(&stage).await;
    for round in 1..=5 {
        let mut one = known(&stage, round, now);
        let mut two = one.clone();
        let (first, second) = tokio::join!(one.start(), two.start());
        first.unwrap();
        second.unwrap();
        assert_eq!(one.conversation, two.conversation);
        // Both can use it.
        let (mut here, mut there) = (one.tab().await.unwrap(), two.tab().await.unwrap());
        here.say("We came through two doors").await.unwrap();
        there.event("the other's words", |what| what.get("visitor").is_some()).await.unwrap();
    }
    assert_eq!(stage.edge.objects("CONVERSATION").await.unwrap().len(), 5);
    stage.close().await;
}

#[tokio::test]
async fn after_an_ended_conversation_both_tabs_get_the_same_new_one() {
    let stage = Stage::set().await;
    let (mut one, mut tab) = stage.arrive().await;
    let old = one.conversation.clone();
    tab.send(&json!({ "end": {} })).await.unwrap();
    tab.event("the end", |what| what.get("ended").is_some()).await.unwrap();

    // Without `after` the ended one is still hers: a reload shows how it ended.
    one.start().await.unwrap();
    assert_eq!(one.conversation, old);

    let mut two = one.clone();
    let (first, second) = tokio::join!(one.start_after(&old), two.start_after(&old));
    first.unwrap();
    second.unwrap();
    assert_ne!(one.conversation, old);
    assert_eq!(one.conversation, two.conversation);
    let mut tab = one.tab().await.unwrap();
    tab.say("And another thing").await.unwrap();

    // A third tab that is late, and one that only looks, come to the same.
    let mut three = one.clone();
    three.start_after(&old).await.unwrap();
    assert_eq!(three.conversation, one.conversation);
    three.start().await.unwrap();
    assert_eq!(three.conversation, one.conversation);
    stage.close().await;
}

#[tokio::test]
async fn after_an_open_conversation_there_is_only_that_one() {
    let stage = Stage::set().await;
    let (mut visitor, mut tab, chat) = stage.converse("Is anybody there today?").await;
    let open = visitor.conversation.clone();
    visitor.start_after(&open).await.unwrap();
    assert_eq!(visitor.conversation, open, "a conversation that goes on has none after it");
    stage.agent.say(&chat, "Somebody is here.").await.unwrap();
    tab.heard("Somebody is here.").await.unwrap();

    // Nor does somebody else's conversation, or one that never was, lead anywhere.
    for foreign in [stage.arrive().await.0.conversation, "0".repeat(64)] {
        visitor.start_after(&foreign).await.unwrap();
        assert_eq!(visitor.conversation, open);
    }
    stage.close().await;
}

#[tokio::test]
async fn a_visitor_token_is_kept_until_it_is_a_day_old_or_its_secret_goes() {
    let stage = Stage::set_with(
        &[
            ("TOKEN_SECRET", "the secret that came after the stories'"),
            ("TOKEN_SECRET_PREVIOUS", SECRET),
        ],
        |_| {},
    )
    .await;
    let mut visitor = known(&stage, 7, edge_time(&stage).await);
    let old = visitor.visitor_token.clone();
    visitor.start().await.unwrap();
    assert_ne!(visitor.visitor_token, old, "the old secret's tokens are replaced when shown");
    let (renewed, conversation) = (visitor.visitor_token.clone(), visitor.conversation.clone());
    visitor.start().await.unwrap();
    assert_eq!(visitor.visitor_token, renewed);
    assert_eq!(visitor.conversation, conversation);
    stage.close().await;
}

#[tokio::test]
async fn a_visitor_token_that_is_not_good_is_refused_by_code() {
    let stage = Stage::set().await;
    let now = edge_time(&stage).await;
    let (visitor, _tab) = stage.arrive().await;
    let day = 24 * 60 * 60 * 1000;
    let old = known(&stage, 1, Timestamp::from_ms(now.as_ms() - 91 * day));
    let elsewhere = ResourceId::parse("a0e9c1de-0000-4000-8000-000000000002").unwrap();
    let elsewhere = keys().mint(Claims::new(now, elsewhere, VisitorId::from_random(1)));
    let other_scope = visitor.token.clone();
    for (token, code) in [
        (old.visitor_token.unwrap(), "token_expired"),
        (elsewhere.expose().clone(), "token_scope"),
        (other_scope, "token_scope"),
        (format!("{}x", visitor.visitor_token.clone().unwrap()), "token_signature"),
        ("no token".to_owned(), "token_malformed"),
    ] {
        let body = json!({ "resource": DEMO_RESOURCE, "visitor_token": token });
        let answer = visitor.ask(&body).await.unwrap();
        assert_eq!((answer.status, answer.code()), (401, code), "{}", answer.text);
        assert_eq!(answer.body["field"], "visitor_token");
    }
    stage.close().await;
}

#[tokio::test]
async fn a_start_that_is_malformed_is_refused_by_code_and_field() {
    let stage = Stage::set().await;
    let visitor = stage.visitor();
    let long = "x".repeat(17 * 1024);
    let unknown = "a0e9c1de-0000-4000-8000-00000000dead";
    for (body, status, code, field) in [
        (json!({}), 400, "body_malformed", None),
        (json!([]), 400, "body_malformed", None),
        (json!({ "resource": 7 }), 400, "body_malformed", Some("resource")),
        (json!({ "resource": "demo" }), 400, "body_malformed", Some("resource")),
        (json!({ "resource": DEMO_RESOURCE, "page": long }), 413, "body_too_long", None),
        (json!({ "resource": unknown }), 404, "resource_unknown", Some("resource")),
    ] {
        let answer = visitor.ask(&body).await.unwrap();
        assert_eq!((answer.status, answer.code()), (status, code), "{body}");
        if let Some(field) = field {
            assert_eq!(answer.body["field"], field, "{body}");
        }
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    assert!(stage.edge.objects("CONVERSATION").await.unwrap().is_empty());
    assert!(stage.edge.objects("CUSTOMER").await.unwrap().is_empty());
    stage.close().await;
}
