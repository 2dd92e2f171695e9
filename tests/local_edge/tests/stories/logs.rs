//! What the log may never hold. [`Stage::close`] asks the same of every story.

use parlor_local_edge::{
    agent::id_of,
    visitor::{PATIENCE, message_id},
};
use serde_json::json;

use crate::{Stage, stage::SECRET};

/// What goes wrong below is in the log by these names.
const CODES: [&str; 8] = [
    "text_control",
    "frame_malformed",
    "frame_not_json",
    "reply_not_json",
    "reply_not_ok",
    "token_signature",
    "step_panicked",
    "session_gone",
];

#[tokio::test]
async fn the_log_has_codes_and_neither_words_nor_secrets() {
    let stage = Stage::set().await;
    let (mut visitor, mut tab, chat) = stage.converse("My number is 4012 8888 8888 1881").await;
    stage.agent.say(&chat, "Please never write that here.").await.unwrap();
    tab.heard("Please never write that here.").await.unwrap();
    let keys = stage.session_keys();
    assert!(
        !keys.is_empty(),
        "no session key was found in storage: the search below proves nothing"
    );

    // Everything that goes wrong with words, tokens and keys in it.
    let refused = tab.say("control \u{7} words").await.unwrap_err();
    assert!(format!("{refused:#}").contains("text_control"));
    for frame in ["{\"say\":\"a bare confession\"}", "an unquoted confession"] {
        tab.link().unwrap().send(frame.into()).await.unwrap();
        tab.frame("a refusal", |frame| frame.get("refused").is_some()).await.unwrap();
    }
    for noun in ["Messages", "ChatMessage"] {
        let order = json!({ "fault": "not_json", "on": noun });
        stage.agent.fault(&order).await.unwrap();
    }
    let seq = tab.say("words behind a sign-in page").await.unwrap();
    stage.agent.say(&chat, "an answer before it").await.unwrap();
    stage.agent.say(&chat, "an answer inside it").await.unwrap();
    tab.delivered(seq).await.unwrap();
    tab.heard("an answer inside it").await.unwrap();
    let token = visitor.visitor_token.clone().unwrap();
    let body = json!({ "resource": "nonsense", "visitor_token": token, "after": message_id() });
    assert_eq!(visitor.ask(&body).await.unwrap().status, 400);
    visitor.token.push('x');
    let closed = visitor.link().await.unwrap().closed().await.unwrap();
    assert_eq!(closed.0, 4401);
    let http = reqwest::Client::new();
    for path in [
        "/v1/development/panic".to_owned(),
        format!("/v1/development/conversations/{}/panic", visitor.conversation),
    ] {
        http.post(stage.url(&path)).send().await.unwrap();
    }
    // The session is forgotten by the desk: the longest road through errors there is.
    stage.agent.fault(&json!({ "fault": "expire_session", "chat": chat })).await.unwrap();
    stage.edge.restart_killed().await.unwrap();
    visitor.start().await.unwrap();
    let mut tab = visitor.tab().await.unwrap();
    tab.say("words after the restart").await.unwrap();
    tab.event("the end", |what| what["ended"]["by"] == "desk").await.unwrap();

    let chats = stage.agent.chats().await.unwrap();
    assert_eq!(id_of(&chats[0]), chat);
    // Lines of the log come on a way of their own, and may be later than what they tell of.
    for code in CODES {
        stage.edge.logged(code, PATIENCE).await.unwrap();
    }
    let log = stage
        .edge
        .logs()
        .await
        .unwrap()
        .into_iter()
        .map(|line| line.message)
        .collect::<Vec<_>>()
        .join("\n");
    let words = tab.words().into_iter().map(|(_, words)| words);
    let others = [
        SECRET,
        &token,
        &visitor.token,
        "confession",
        "control \u{7}",
        "Maya",
        "sign-in",
        "1881",
        "words after",
    ];
    for secret in words.chain(keys).chain(others.map(str::to_owned)) {
        assert!(!log.contains(&secret), "{secret:?} was logged:\n{log}");
    }
    stage.close().await;
}
