//! The machine fails in the middle of a chat: both people notice a pause, and nothing else.
//!
//! A desk may notice that a dead process's poll is gone, or may not. The edge cannot know which, so both are told.

use std::time::Duration;

use parlor_local_edge::agent::{id_of, lines};
use serde_json::json;

use crate::Stage;

/// Slow, about 35 s: the edge may not poll again before the desk has let go of the poll that the dead
/// process left there, 32 s after it was opened, because a second poll beside it would end the chat.
#[tokio::test]
async fn after_a_kill_everything_accepted_is_delivered_once_and_no_second_poll_is_opened() {
    let stage = Stage::set().await;
    let (mut visitor, mut tab, chat) = stage.converse("Before the machine fails").await;
    // A desk that does not notice when a client is gone: the dead process's poll stays open there.
    stage.agent.fault(&json!({ "fault": "abort_unnoticed" })).await.unwrap();
    // Executed by the desk, its answer held back: under way in both senses when the kill comes.
    let slow = json!({ "fault": "delay", "on": "ChatMessage", "ms": 20_000 });
    stage.agent.fault(&slow).await.unwrap();
    let under_way = tab.say("This one is under way").await.unwrap();
    stage.agent.heard(&chat, &["Before the machine fails", "This one is under way"]).await.unwrap();
    let behind = tab.say("This one waits behind it").await.unwrap();

    stage.edge.restart_killed().await.unwrap();
    stage.agent.say(&chat, "Are you still there?").await.unwrap();

    visitor.start().await.unwrap();
    tab.cut();
    tab.connect().await.unwrap();
    tab.delivered(under_way).await.unwrap();
    tab.delivered(behind).await.unwrap();
    let said = ["Before the machine fails", "This one is under way", "This one waits behind it"];
    stage.agent.heard(&chat, &said).await.unwrap();

    tab.patience = Duration::from_secs(45);
    tab.heard("Are you still there?").await.unwrap();
    let last = tab.say("Yes, and so is everything I said.").await.unwrap();
    tab.delivered(last).await.unwrap();
    let chat = stage.agent.until("her last words", |it| id_of(it) == chat).await.unwrap();
    assert_eq!(chat["state"], "active");
    let mut fresh = visitor.tab().await.unwrap();
    fresh.delivered(last).await.unwrap();
    assert_eq!(fresh.events(), tab.events(), "what was stored is what was seen");
    assert_eq!(
        stage.breaches().await,
        Vec::<String>::new(),
        "no second poll, no number used twice"
    );
    stage.close().await;
}

/// Slow too, for the same reason: the edge cannot know that this desk has noticed. Nobody does anything meanwhile: the
/// object's alarm alone brings the chat back.
#[tokio::test]
async fn a_kill_that_the_desk_notices_is_a_pause_and_nothing_more() {
    let stage = Stage::set().await;
    let (mut visitor, mut tab, chat) = stage.converse("Before the machine fails").await;
    stage.poll_is_open().await;
    let polls = stage.polls().await;

    stage.edge.restart_killed().await.unwrap();
    stage.agent.say(&chat, "I have looked it up").await.unwrap();
    stage.agent.typing(&chat, true).await.unwrap();
    stage.agent.say(&chat, "It is still there").await.unwrap();

    visitor.start().await.unwrap();
    tab.cut();
    tab.connect().await.unwrap();
    let asked = tab.say("And in green?").await.unwrap();
    // What the visitor writes does not wait for the poll.
    tab.delivered(asked).await.unwrap();
    tab.patience = Duration::from_secs(45);
    tab.heard("I have looked it up").await.unwrap();
    tab.heard("It is still there").await.unwrap();
    stage.agent.heard(&chat, &["Before the machine fails", "And in green?"]).await.unwrap();

    let at_desk = stage.agent.until("the chat", |it| id_of(it) == chat).await.unwrap();
    assert_eq!(at_desk["state"], "active");
    assert_eq!(lines(&at_desk, "notice"), ["Maya Okafor joined"], "the agent saw nothing happen");
    let parted = |event: &serde_json::Value| {
        ["left", "ended", "failed", "unavailable"]
            .iter()
            .any(|what| event["what"].get(what).is_some())
    };
    assert!(
        !tab.events().iter().any(parted),
        "the visitor saw nothing happen: {:#?}",
        tab.events()
    );
    assert!(stage.polls().await > polls);
    assert_eq!(stage.breaches().await, Vec::<String>::new());
    stage.close().await;
}
