//! The machine fails in the middle of a chat.

use std::time::Duration;

use parlor_local_edge::agent::id_of;
use serde_json::json;

use crate::Stage;

/// The one slow story, about 35 s: the edge may not poll again before the desk has let go of the poll that the dead
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
