//! Answers of the desk that no contract lists: the conversation goes on, and nothing is lost or doubled.

use std::time::Duration;

use parlor_local_edge::agent::{id_of, is};
use serde_json::json;

use crate::Stage;

const LIMIT: Duration = Duration::from_secs(20);

#[tokio::test]
async fn broken_polls_lose_nothing() {
    let stage = Stage::set().await;
    let (_, mut tab, chat) = stage.converse("Before the broken polls").await;
    for (fault, code) in [
        ("not_json", "reply_not_json"),
        ("html_502", "desk_broken"),
        ("empty_body", "reply_not_json"),
        ("huge_body", "too_large"),
        ("cut_short", "cut_short"),
    ] {
        stage.agent.fault(&json!({ "fault": fault, "on": "Messages" })).await.unwrap();
        // The first ends the poll that is open; the second is in the answer that breaks.
        let (first, second) = (format!("one before {fault}"), format!("one inside {fault}"));
        stage.agent.say(&chat, &first).await.unwrap();
        stage.agent.say(&chat, &second).await.unwrap();
        tab.heard(&first).await.unwrap();
        tab.heard(&second).await.unwrap();
        stage.edge.logged(code, LIMIT).await.unwrap();
        assert_eq!(stage.agent.faults_left().await.unwrap(), 0, "{fault} did not strike");
    }
    let last = tab.say("After the broken polls").await.unwrap();
    tab.delivered(last).await.unwrap();
    assert_eq!(tab.words().len(), 12, "{:#?}", tab.words());
    assert_eq!(stage.breaches().await, Vec::<String>::new());
    stage.close().await;
}

#[tokio::test]
async fn broken_answers_to_messages_double_nothing() {
    let stage = Stage::set().await;
    let (_, mut tab, chat) = stage.converse("Before the broken answers").await;
    let mut said = vec!["Before the broken answers".to_owned()];
    for (fault, code) in [
        ("not_json", Some("reply_not_ok")),
        ("html_502", Some("desk_broken")),
        // Live Agent's answer is the word OK; an empty 200 is believed.
        ("empty_body", None),
        ("huge_body", Some("too_large")),
        ("cut_short", Some("cut_short")),
        ("drop_response", Some("network")),
    ] {
        stage.agent.fault(&json!({ "fault": fault, "on": "ChatMessage" })).await.unwrap();
        said.push(format!("a message for {fault}"));
        let seq = tab.say(said.last().unwrap()).await.unwrap();
        tab.delivered(seq).await.unwrap();
        if let Some(code) = code {
            stage.edge.logged(code, LIMIT).await.unwrap();
        }
        assert_eq!(stage.agent.faults_left().await.unwrap(), 0, "{fault} did not strike");
    }
    let said: Vec<&str> = said.iter().map(String::as_str).collect();
    stage.agent.heard(&chat, &said).await.unwrap();
    stage.close().await;
}

#[tokio::test]
async fn a_session_comes_about_in_spite_of_broken_answers() {
    let stage = Stage::set().await;
    for (fault, noun) in [
        ("not_json", "SessionId"),
        ("empty_body", "SessionId"),
        ("huge_body", "SessionId"),
        ("html_502", "ChasitorInit"),
    ] {
        stage.agent.fault(&json!({ "fault": fault, "on": noun })).await.unwrap();
    }
    let (_, mut tab) = stage.arrive().await;
    let seq = tab.say("Patience, says the visitor").await.unwrap();
    let chat = stage.agent.until("one waits", |chat| is(chat, "waiting")).await.unwrap();
    let chat = id_of(&chat);
    stage.agent.accept(&chat).await.unwrap();
    tab.delivered(seq).await.unwrap();
    stage.agent.heard(&chat, &["Patience, says the visitor"]).await.unwrap();
    assert_eq!(stage.agent.chats().await.unwrap().len(), 1);
    assert_eq!(stage.agent.faults_left().await.unwrap(), 0);
    let codes = stage.close().await;
    for code in ["reply_not_json", "too_large", "desk_broken"] {
        assert!(codes.contains(&code.to_owned()), "{code} is not in the log: {codes:?}");
    }
}

#[tokio::test]
async fn events_that_nobody_knows_are_counted_and_skipped() {
    let stage = Stage::set().await;
    let (_, mut tab, chat) = stage.converse("Is there anything strange?").await;
    stage.agent.fault(&json!({ "fault": "unknown_message", "chat": chat })).await.unwrap();
    stage.edge.logged("desk_event_unrecognised", LIMIT).await.unwrap();
    stage.agent.say(&chat, "Nothing that I know of.").await.unwrap();
    tab.heard("Nothing that I know of.").await.unwrap();
    stage.close().await;
}
