//! Conversations that go out by REST and come back by webhook.

use parlor_local_edge::{
    agent::{id_of, is, lines},
    visitor::PATIENCE,
};
use parlor_tests::desks::kustomer::{Config, Desk, Key, RELAY_TOKEN, UMBRELLAS, trace::What};
use serde_json::{Value, json};

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

/// The desk takes the note, its answer is lost, and then the edge dies.
#[tokio::test]
async fn how_the_visitor_found_it_is_one_note_at_the_desk_whatever_dies() {
    let roles: Vec<&str> = UMBRELLAS
        .into_iter()
        .chain(["org.permission.note.create", "org.permission.note.read"])
        .collect();
    let keys = vec![Key::new(RELAY_TOKEN, "Parlor", &roles)];
    let stage = Stage::set_at(Config { keys, ..Config::default() }, |_| {}).await;
    let mut visitor = stage.visitor();
    visitor.start().await.unwrap();
    let mut tab = visitor.tab().await.unwrap();
    let seq = tab.say("Is it green?").await.unwrap();
    tab.delivered(seq).await.unwrap();
    let chat = stage.agent.until("a conversation", |chat| is(chat, "waiting")).await.unwrap();
    let chat = id_of(&chat);
    stage.agent.end(&chat).await.unwrap();
    tab.event("the end", |what| what["ended"]["by"] == "agent").await.unwrap();

    stage.agent.fault(&json!({ "fault": "half_open", "on": "create_note" })).await.unwrap();
    tab.send(&json!({ "rate": { "score": 4, "note": "Quick and clear." } })).await.unwrap();
    tab.event("the rating", |what| what.get("rated").is_some()).await.unwrap();
    let rated = ["Rated 4 of 5\n\nQuick and clear."];
    let notes = |chat: &Value| lines(chat, "note").into_iter().skip(1).collect::<Vec<_>>();
    stage.agent.until("the note", |chat| notes(chat) == rated).await.unwrap();
    stage.edge.restart_killed().await.unwrap();
    // Its own alarm wakes it; it looks for its note, and finds it.
    let looked = |desk: &Desk| {
        let mut trace = desk.trace().into_iter();
        trace.any(|it| it.call == "list_notes" && it.what == What::Answered)
    };
    assert!(stage.desk.handle().wait_until(PATIENCE, looked).await, "{}", stage.log().await);
    let chats = stage.agent.chats().await.unwrap();
    assert_eq!(notes(&chats[0]), rated, "{chats:#?}");
    assert!(is(&chats[0], "ended"), "{chats:#?}");
    stage.close().await;
}
