//! A conversation from its start to its end.

use parlor_local_edge::agent::{self, id_of, is, lines};
use serde_json::{Value, json};

use crate::Stage;

#[tokio::test]
async fn a_whole_conversation_reads_the_same_on_both_sides() {
    let stage = Stage::set().await;
    let agent = &stage.agent;
    let (_, mut tab) = stage.arrive().await;
    let first = tab.say("Good morning, is the Wren 9 still to be had?").await.unwrap();
    tab.event("the desk is asked", |what| what.get("requested").is_some()).await.unwrap();
    let queued = tab.event("a place", |what| what.get("queued").is_some()).await.unwrap();
    assert_eq!(queued["what"]["queued"]["place"], 1);

    let chat = id_of(&agent.until("somebody waits", |chat| is(chat, "waiting")).await.unwrap());
    agent.accept(&chat).await.unwrap();
    let joined = tab.event("an agent", |what| what.get("joined").is_some()).await.unwrap();
    assert_eq!(joined["what"]["joined"]["agent"]["name"], "Maya Okafor");
    tab.delivered(first).await.unwrap();
    agent.heard(&chat, &["Good morning, is the Wren 9 still to be had?"]).await.unwrap();

    tab.send(&json!({ "typing": { "on": true } })).await.unwrap();
    agent.until("the visitor types", |chat| chat["visitor_typing"] == true).await.unwrap();
    agent.typing(&chat, true).await.unwrap();
    tab.frame("the agent types", |it| it["typing"]["on"] == true).await.unwrap();
    agent.typing(&chat, false).await.unwrap();
    tab.frame("she has stopped", |it| it["typing"]["on"] == false).await.unwrap();
    agent.say(&chat, "It is. https://shop.example/wren-9 & <more>\nin green").await.unwrap();
    tab.heard("It is. https://shop.example/wren-9 & <more>\nin green").await.unwrap();
    let answer = tab.events().last().unwrap()["what"]["agent"]["body"].to_string();
    assert!(answer.contains(r#""href":"https://shop.example/wren-9""#), "{answer}");

    let thanks = tab.say("Then <please> keep it & thank you 🌿").await.unwrap();
    tab.delivered(thanks).await.unwrap();
    agent.end(&chat).await.unwrap();
    tab.event("the end", |what| what["ended"]["by"] == "agent").await.unwrap();

    let chat = agent.until("the end", |chat| is(chat, "ended")).await.unwrap();
    assert_eq!(lines(&chat, "visitor").len(), 2);
    assert_eq!(tab.words(), agent::words(&chat));
    assert_eq!(stage.breaches().await, Vec::<String>::new());
    stage.close().await;
}

#[tokio::test]
async fn a_visitor_who_ends_it_ends_it_at_the_desk_and_is_refused_afterwards() {
    let stage = Stage::set().await;
    let (_, mut tab, chat) = stage.converse("Just a quick question about pedals").await;
    tab.send(&json!({ "end": {} })).await.unwrap();
    tab.event("the end", |what| what["ended"]["by"] == "visitor").await.unwrap();
    let over = stage.agent.until("the end", |it| id_of(it) == chat && is(it, "ended"));
    assert_eq!(over.await.unwrap()["ended_by"], "client");
    let late = tab.say("One more thing").await.unwrap_err();
    assert!(format!("{late:#}").contains("conversation_ended"), "{late:#}");
    assert_eq!(stage.breaches().await, Vec::<String>::new());
    stage.close().await;
}

/// What the demo shows on its page: place in the queue, idle warning, and the chat handed on.
#[tokio::test]
async fn a_visitor_sees_the_queue_the_idle_warning_and_the_transfer() {
    let stage = Stage::set().await;
    let agent = &stage.agent;
    let (_, mut tab) = stage.arrive().await;
    let first = tab.say("Good morning, is the Wren 9 still to be had?").await.unwrap();
    let chat = id_of(&agent.until("somebody waits", |chat| is(chat, "waiting")).await.unwrap());
    agent.queue(&chat, 1, 90).await.unwrap();
    let second = |what: &Value| what.pointer("/queued/place") == Some(&json!(2));
    tab.event("the second place; the desk counts from 0", second).await.unwrap();

    let idle = json!({ "fault": "idle_timeout", "warning_s": 2, "timeout_s": 300 });
    agent.fault(&idle).await.unwrap();
    agent.accept(&chat).await.unwrap();
    tab.delivered(first).await.unwrap();
    agent.say(&chat, "Good morning. Yes, one in green.").await.unwrap();
    let counts = |frame: &Value| frame.pointer("/idle/ends_in_s").is_some();
    tab.frame("the warning", counts).await.unwrap();
    tab.say("I was looking for my glasses.").await.unwrap();
    let over = |frame: &Value| frame.get("idle").is_some_and(|it| it.get("ends_in_s").is_none());
    tab.frame("that the warning is over", over).await.unwrap();

    let told = |it: &Value| {
        let notices = lines(it, "notice");
        ["The visitor is warned that the chat will end", "The warning is taken back"]
            .iter()
            .all(|words| notices.iter().any(|notice| notice == words))
    };
    agent.until("the agent knows of the warning and of its end", told).await.unwrap();

    agent.put_back(&chat).await.unwrap();
    tab.event("a transfer", |what| what.get("transferring").is_some()).await.unwrap();
    agent.accept_as(&chat, "Tomás Vidal").await.unwrap();
    let other = |what: &Value| what.pointer("/joined/agent/name") == Some(&json!("Tomás Vidal"));
    tab.event("another agent", other).await.unwrap();
    agent.end(&chat).await.unwrap();
    tab.event("the end", |what| what.get("ended").is_some()).await.unwrap();
    assert_eq!(stage.breaches().await, Vec::<String>::new());
    stage.close().await;
}
