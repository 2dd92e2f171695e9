//! Conversations that go out by REST and come back by webhook.

use parlor_local_edge::agent::{id_of, is, lines};
use serde_json::Value;

use super::Stage;

#[tokio::test]
async fn a_whole_conversation_goes_out_by_rest_and_comes_back_by_webhook() {
    let stage = Stage::set().await;
    let mut visitor = stage.visitor();
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
