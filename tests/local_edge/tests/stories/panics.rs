//! A panic costs one request. The Worker has two addresses that panic, in development only.

use std::time::Duration;

use parlor_local_edge::visitor::{Answer, message_id};
use serde_json::{Value, json};

use crate::Stage;

async fn panic_at(stage: &Stage, path: &str) -> Answer {
    Answer::to(reqwest::Client::new().post(stage.url(path))).await.unwrap()
}

#[tokio::test]
async fn a_panic_in_the_worker_fails_that_request_and_nothing_else() {
    let stage = Stage::set().await;
    let (_, mut tab, chat) = stage.converse("Shall we see this through?").await;
    stage.poll_is_open().await;
    let polls = stage.polls().await;
    for _ in 0..3 {
        assert_eq!(panic_at(&stage, "/v1/development/panic").await.status, 500);
    }
    // The link that was open goes on, and so does the poll: it is that very one which brings the answer.
    assert_eq!(stage.polls().await, polls, "a poll was lost or added");
    stage.agent.say(&chat, "Of course we shall.").await.unwrap();
    tab.heard("Of course we shall.").await.unwrap();
    let seq = tab.say("Then I am not worried.").await.unwrap();
    tab.delivered(seq).await.unwrap();
    let aborted = |entry: &Value| entry["what"] == "aborted";
    assert!(!stage.agent.trace().await.unwrap().iter().any(aborted), "the poll was dropped");
    assert_eq!(stage.life(), 0, "the conversation had to be restored");
    // Others come in as before.
    stage.arrive().await;
    assert_eq!(stage.breaches().await, Vec::<String>::new());
    stage.close().await;
}

/// Slow, about 35 s: after a panic the edge does not know whether the desk still holds its poll, and a second one beside
/// it would end the chat. So the agent's last words wait until the desk must have let go.
#[tokio::test]
async fn a_panic_inside_a_conversation_loses_and_doubles_nothing() {
    let stage = Stage::set().await;
    let (visitor, mut tab, chat) = stage.converse("message 0 of the storm").await;
    let path = format!("/v1/development/conversations/{}/panic", visitor.conversation);
    let next = format!("{path}-next");
    let panicked = (1011, "step_panicked".to_owned());

    // The agent's words are stored and not sent, as the step that brought them panics. The link is closed rather than
    // left without them.
    assert_eq!(panic_at(&stage, &next).await.status, 200);
    stage.agent.say(&chat, "words of the agent").await.unwrap();
    assert_eq!(tab.closed().await.unwrap(), panicked);
    tab.connect().await.unwrap();
    tab.heard("words of the agent").await.unwrap();

    // The same with a message of the visitor's, which was not acknowledged: she says it again.
    assert_eq!(panic_at(&stage, &next).await.status, 200);
    let id = message_id();
    let say = json!({ "say": { "id": id, "text": "message 1 of the storm" } });
    tab.send(&say).await.unwrap();
    assert_eq!(tab.closed().await.unwrap(), panicked);
    tab.connect().await.unwrap();
    let seq = tab.say_as(&id, "message 1 of the storm").await.unwrap();
    tab.event("it, once", |what| what["visitor"]["id"] == id.as_str()).await.unwrap();
    tab.delivered(seq).await.unwrap();

    // And with messages at every stage of their way to the desk.
    let mut said = vec!["message 0 of the storm".to_owned(), "message 1 of the storm".to_owned()];
    let mut last = 0;
    for number in 2..=6 {
        said.push(format!("message {number} of the storm"));
        last = tab.say(said.last().unwrap()).await.unwrap();
        assert_eq!(panic_at(&stage, &path).await.status, 500);
        assert_eq!(tab.closed().await.unwrap(), panicked);
        tab.connect().await.unwrap();
    }
    tab.delivered(last).await.unwrap();
    let said: Vec<&str> = said.iter().map(String::as_str).collect();
    stage.agent.heard(&chat, &said).await.unwrap();

    stage.agent.say(&chat, "That was some weather.").await.unwrap();
    tab.patience = Duration::from_secs(45);
    tab.heard("That was some weather.").await.unwrap();
    assert_eq!(tab.words().len(), 9, "{:#?}", tab.words());
    assert_eq!(stage.breaches().await, Vec::<String>::new());
    assert!(stage.life() >= 7, "each panic ends a life; it lives its {}th", stage.life());
    stage.close().await;
}

#[tokio::test]
async fn a_panic_inside_a_conversation_is_not_noticed_in_another() {
    let stage = Stage::set().await;
    let (victim, mut broken) = stage.arrive().await;
    let (_, mut tab, chat) = stage.converse("What is that noise next door?").await;
    stage.poll_is_open().await;
    let polls = stage.polls().await;
    let path = format!("/v1/development/conversations/{}/panic", victim.conversation);
    for _ in 0..3 {
        assert_eq!(panic_at(&stage, &path).await.status, 500);
    }
    assert_eq!(broken.closed().await.unwrap().0, 1011);
    stage.agent.say(&chat, "I hear nothing at all.").await.unwrap();
    tab.heard("I hear nothing at all.").await.unwrap();
    stage.poll_is_open().await;
    assert_eq!(
        stage.polls().await,
        polls + 1,
        "the next poll, after the one that brought the words"
    );
    let seq = tab.say("Neither do I, now.").await.unwrap();
    tab.delivered(seq).await.unwrap();
    stage.close().await;
}

#[tokio::test]
async fn nothing_panics_on_demand_in_production() {
    let stage = Stage::set_with(&[("ENVIRONMENT", "production")], |_| {}).await;
    let id = "0".repeat(64);
    for path in [
        "/v1/development/panic".to_owned(),
        format!("/v1/development/conversations/{id}/panic"),
        format!("/v1/development/conversations/{id}/panic-next"),
    ] {
        let answer = panic_at(&stage, &path).await;
        assert_eq!((answer.status, answer.code()), (404, "route_unknown"), "{path}");
    }
    stage.close().await;
}
