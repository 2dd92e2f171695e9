//! Frames of anybody's making: each refused by its code, none the end of the conversation.

use parlor_local_edge::visitor::{Tab, message_id};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::Stage;

/// Sends it and expects the refusal with this code; returns the refusal.
async fn refused(tab: &mut Tab, message: impl Into<Message>, code: &str) -> Value {
    tab.link().unwrap().send(message.into()).await.unwrap();
    let refused = tab.frame("a refusal", |frame| frame.get("refused").is_some()).await.unwrap();
    assert_eq!(refused["refused"]["code"], code);
    refused["refused"].clone()
}

#[tokio::test]
async fn bad_frames_are_refused_by_code_and_the_conversation_goes_on() {
    let stage = Stage::set().await;
    let (visitor, mut tab, chat) = stage.converse("Before the bad frames").await;
    let before = tab.events().len();

    // 64 KiB are read, one byte more is not, and neither is very much more.
    let padded = |bytes: usize| format!("{{\"dance\":{{}}{}}}", " ".repeat(bytes - 12));
    refused(&mut tab, padded(64 * 1024), "frame_unknown").await;
    let long = refused(&mut tab, padded(64 * 1024 + 1), "frame_too_long").await;
    assert!(long["detail"].as_str().unwrap().contains("65537"), "{long}");
    refused(&mut tab, padded(1024 * 1024), "frame_too_long").await;

    for text in ["", "{", "hello", "[]", "7", "null", r#"{"say":{},"end":{}}"#, "\u{0}", "{}"] {
        refused(&mut tab, text, "frame_not_json").await;
    }
    refused(&mut tab, vec![0xff, 0xfe, 0x00], "frame_not_json").await;
    // A binary frame is none, also if its bytes would read as one.
    refused(&mut tab, br#"{"end":{}}"#.to_vec(), "frame_not_json").await;
    refused(&mut tab, r#"{"Say":{}}"#, "frame_unknown").await;
    let deep = format!("{{\"say\":{}1{}}}", "[".repeat(30_000), "]".repeat(30_000));
    refused(&mut tab, deep, "frame_not_json").await;
    let refusal = refused(&mut tab, r#"{"typing":{"on":"yes"}}"#, "frame_malformed").await;
    assert!(refusal["detail"].as_str().unwrap().contains("typing.on"), "{refusal}");
    let id = message_id();
    let refusal =
        refused(&mut tab, json!({ "say": { "id": id, "text": 7 } }).to_string(), "frame_malformed")
            .await;
    assert_eq!(refusal["id"], id, "its sender must know which message it was");
    let unknown = json!({ "retry": { "id": id } }).to_string();
    assert_eq!(refused(&mut tab, unknown, "message_unknown").await["id"], id);

    assert_eq!(tab.events().len(), before, "nothing of it was stored");
    let last = tab.say("After the bad frames").await.unwrap();
    tab.delivered(last).await.unwrap();
    stage.agent.heard(&chat, &["Before the bad frames", "After the bad frames"]).await.unwrap();
    assert_eq!(visitor.tab().await.unwrap().connect().await.unwrap()["last"], tab.events().len());
    let codes = stage.close().await;
    for code in ["frame_too_long", "frame_not_json", "frame_unknown", "frame_malformed"] {
        assert!(codes.contains(&code.to_owned()), "{code} is not in the log: {codes:?}");
    }
}

#[tokio::test]
async fn bad_texts_are_refused_by_code_and_the_conversation_goes_on() {
    let stage = Stage::set().await;
    let (_, mut tab, chat) = stage.converse("Before the bad texts").await;
    let long = "y".repeat(4_001);
    for (text, code) in [
        ("", "text_empty"),
        (" \n\t ", "text_empty"),
        (long.as_str(), "text_too_long"),
        ("ring\u{7}ring", "text_control"),
        ("nul\u{0}", "text_control"),
        ("escape \u{1b}[31m", "text_control"),
        ("pay \u{202e}0001 euros", "text_bidi"),
        ("isolate \u{2066}this\u{2069}", "text_bidi"),
    ] {
        let id = message_id();
        let say = json!({ "say": { "id": id, "text": text } });
        let refusal = refused(&mut tab, say.to_string(), code).await;
        assert_eq!(refusal["id"], id);
        // The same id with a good text is a message like any other.
        if text.is_empty() {
            tab.say_as(&id, "mended in place").await.unwrap();
        }
    }
    let longest = "ü🌿".repeat(2_000);
    let last = tab.say(&longest).await.unwrap();
    tab.delivered(last).await.unwrap();
    let said = ["Before the bad texts", "mended in place", &longest];
    stage.agent.heard(&chat, &said).await.unwrap();
    stage.close().await;
}

#[tokio::test]
async fn nothing_but_hello_counts_before_hello() {
    let stage = Stage::set().await;
    let (visitor, mut tab) = stage.arrive().await;
    let mut link = visitor.link().await.unwrap();
    let id = message_id();
    for frame in [
        json!({ "say": { "id": id, "text": "too early" } }),
        json!({ "retry": { "id": id } }),
        json!({ "typing": { "on": true } }),
        json!({ "end": {} }),
    ] {
        link.send(frame.to_string().into()).await.unwrap();
        assert_eq!(link.next().await.unwrap()["refused"]["code"], "hello_first", "{frame}");
    }
    // Nor does such a link hear anything: the next thing that it gets is the answer to a ping.
    tab.say("Only those who said hello read this").await.unwrap();
    link.send("ping".into()).await.unwrap();
    assert_eq!(link.next().await.unwrap(), "pong");
    let hello = json!({ "hello": { "version": 1, "after": 0 } });
    link.send(hello.to_string().into()).await.unwrap();
    assert!(link.next().await.unwrap().get("welcome").is_some());
    assert_eq!(link.next().await.unwrap()["event"]["seq"], 1);
    stage.close().await;
}

#[tokio::test]
async fn another_version_of_the_link_is_refused_and_closed() {
    let stage = Stage::set().await;
    let (visitor, _tab) = stage.arrive().await;
    let mut link = visitor.link().await.unwrap();
    let hello = json!({ "hello": { "version": 2, "after": 0 } });
    link.send(hello.to_string().into()).await.unwrap();
    assert_eq!(link.next().await.unwrap()["refused"]["code"], "version_unsupported");
    assert_eq!(link.closed().await.unwrap(), (4408, "version_unsupported".to_owned()));
    stage.close().await;
}
