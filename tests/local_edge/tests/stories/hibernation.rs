//! An object leaves memory while its links stay open, as the platform does with every idle one.

use parlor_local_edge::{Object, Sockets};
use serde_json::json;

use crate::Stage;

#[tokio::test]
async fn links_stay_open_while_the_conversation_sleeps() {
    let stage = Stage::set().await;
    let (visitor, mut speaking) = stage.arrive().await;
    let mut listening = visitor.tab().await.unwrap();
    let mut mute = visitor.link().await.unwrap();
    let sleep =
        || stage.edge.evict("CONVERSATION", Object::Id(&visitor.conversation), Sockets::Hibernate);

    sleep().await.unwrap();
    // Answered without waking it.
    speaking.link().unwrap().send("ping".into()).await.unwrap();
    speaking.frame("pong", |frame| frame == "pong").await.unwrap();

    // The link had said hello before: else this would be refused. The other one hears of it.
    let seq = speaking.say("Good morning, did you sleep well?").await.unwrap();
    assert_eq!(stage.life(), 1, "it did not sleep");
    listening.event("what was said", |what| what.get("visitor").is_some()).await.unwrap();
    // And the one that had not said hello still has not.
    mute.send(json!({ "end": {} }).to_string().into()).await.unwrap();
    assert_eq!(mute.next().await.unwrap()["refused"]["code"], "hello_first");

    let chat = stage.agent.until("a visitor", |_| true).await.unwrap();
    let chat = parlor_local_edge::agent::id_of(&chat);
    stage.agent.accept(&chat).await.unwrap();
    stage.agent.say(&chat, "Like a stone.").await.unwrap();
    for tab in [&mut speaking, &mut listening] {
        tab.delivered(seq).await.unwrap();
        tab.heard("Like a stone.").await.unwrap();
    }

    stage.close().await;
}

#[tokio::test]
async fn a_conversation_that_slept_knows_that_it_is_over() {
    let stage = Stage::set().await;
    let (visitor, mut tab) = stage.arrive().await;
    tab.send(&json!({ "end": {} })).await.unwrap();
    tab.event("the end", |what| what["ended"]["by"] == "visitor").await.unwrap();
    let object = Object::Id(&visitor.conversation);
    stage.edge.evict("CONVERSATION", object, Sockets::Hibernate).await.unwrap();
    let late = tab.say("One more thing").await.unwrap_err();
    assert!(format!("{late:#}").contains("conversation_ended"), "{late:#}");
    stage.close().await;
}
