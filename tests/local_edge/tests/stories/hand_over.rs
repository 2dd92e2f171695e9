//! The desk moves a chat to another of its servers, and nobody notices.

use parlor_local_edge::agent::id_of;
use serde_json::json;

use crate::Stage;

#[tokio::test]
async fn a_chat_that_moves_in_mid_message_loses_and_doubles_nothing() {
    let stage = Stage::set().await;
    let (_, mut tab, chat) = stage.converse("Before the move").await;
    // Executed by the desk, its answer held back: the edge aborts the call when the chat moves.
    let slow = json!({ "fault": "delay", "on": "ChatMessage", "ms": 20_000 });
    stage.agent.fault(&slow).await.unwrap();
    let under_way = tab.say("This one is under way").await.unwrap();
    stage.agent.heard(&chat, &["Before the move", "This one is under way"]).await.unwrap();
    let behind = tab.say("This one waits behind it").await.unwrap();

    stage.agent.fault(&json!({ "fault": "hand_over" })).await.unwrap();
    tab.delivered(under_way).await.unwrap();
    tab.delivered(behind).await.unwrap();
    stage.agent.say(&chat, "Still with me?").await.unwrap();
    tab.heard("Still with me?").await.unwrap();
    let last = tab.say("Yes.").await.unwrap();
    tab.delivered(last).await.unwrap();

    let said = ["Before the move", "This one is under way", "This one waits behind it", "Yes."];
    stage.agent.heard(&chat, &said).await.unwrap();
    let chat = stage.agent.until("the chat", |it| id_of(it) == chat).await.unwrap();
    assert_eq!(chat["state"], "active");
    assert_eq!(stage.breaches().await, Vec::<String>::new());
    stage.close().await;
}

#[tokio::test]
async fn a_visitor_who_does_not_answer_is_warned_and_ended_by_the_objects_alarm() {
    let stage = Stage::set().await;
    let idle = json!({ "fault": "idle_timeout", "warning_s": 1, "timeout_s": 3 });
    stage.agent.fault(&idle).await.unwrap();
    let (_, mut tab, chat) = stage.converse("Hello").await;
    stage.agent.say(&chat, "Are you there?").await.unwrap();
    tab.heard("Are you there?").await.unwrap();
    tab.frame("a countdown", |it| it["idle"]["ends_in_s"].is_number()).await.unwrap();
    tab.send(&json!({ "stay": {} })).await.unwrap();
    tab.frame("no countdown", |it| it["idle"] == json!({})).await.unwrap();
    tab.event("the end", |what| what["ended"]["by"] == "idle").await.unwrap();
    let over = stage.agent.until("the end", |it| id_of(it) == chat && it["state"] == "ended");
    assert_eq!(over.await.unwrap()["ended_by"], "clientIdleTimeout");
    assert_eq!(stage.breaches().await, Vec::<String>::new());
    stage.close().await;
}

#[tokio::test]
async fn nobody_there_is_asked_before_and_told_at_once() {
    let stage = Stage::set().await;
    stage.agent.available(false).await.unwrap();
    let (_, mut tab) = stage.arrive().await;
    tab.event("the truth", |what| what["unavailable"]["reason"] == "unavailable").await.unwrap();
    assert_eq!(stage.breaches().await, Vec::<String>::new());
    stage.close().await;
}
