//! What agents do, as the page and scripts ask for it: section 12.9.

use parlor_tests::desks::kustomer::{Control, Speaker};
use serde_json::{Value, json};

use crate::client::Play;

#[test]
fn a_reply_is_out_on_chat_and_by_a_user() {
    let (mut play, talk) = Play::talking();
    play.control(Control::Reply {
        chat: talk.clone(),
        text: "**Hi**".to_owned(),
        agent: Some("Tomás Vidal".to_owned()),
        file: None,
    });
    let message = play.events().remove(0)["data"].clone();
    let named = ["channel", "direction", "preview", "auto", "status"]
        .map(|name| message["attributes"][name].clone());
    assert_eq!(named, [json!("chat"), json!("out"), json!("**Hi**"), json!(false), json!("sent")]);
    let user = message["relationships"]["createdBy"]["data"]["id"].as_str().unwrap();
    assert_eq!(play.get(&format!("/v1/users/{user}")).attribute("displayName"), "Tomás Vidal");
    let lines = play.chat(&talk).lines;
    let said: Vec<_> = lines.iter().map(|line| (line.from, line.text.as_str())).collect();
    assert_eq!(said, [(Speaker::Visitor, "Hello"), (Speaker::Agent, "**Hi**")]);
}

#[test]
fn an_autoresponse_is_automatic_and_no_persons() {
    let (mut play, talk) = Play::talking();
    play.control(Control::Autoresponse { chat: talk, text: "We are closed".to_owned() });
    let message = play.events().remove(0)["data"].clone();
    assert_eq!(message["attributes"]["auto"], true);
    let user = message["relationships"]["createdBy"]["data"]["id"].as_str().unwrap();
    let user = play.get(&format!("/v1/users/{user}"));
    assert_eq!(user.attribute("userType"), "machine");
    assert_ne!(user.id(), play.get("/v1/users/current").id(), "and not the relay's own");
}

#[test]
fn assigning_and_taking_back_shows_in_the_changes() {
    let (mut play, talk) = Play::talking();
    assert_eq!(play.chat(&talk).state, "waiting");
    play.control(Control::Assign { chat: talk.clone(), agent: None });
    assert_eq!(
        (play.chat(&talk).state.as_str(), play.chat(&talk).agent.as_deref()),
        ("active", Some("Maya Okafor"))
    );
    play.control(Control::Unassign { chat: talk.clone() });
    assert_eq!(play.chat(&talk).state, "waiting");
    let changes: Vec<Value> = play
        .events()
        .iter()
        .map(|event| event["changes"]["attributes"]["assignedUsers"].clone())
        .collect();
    assert_eq!(changes.len(), 2);
    assert_eq!(changes[0]["before"], json!([]));
    assert_eq!(changes[0]["after"], changes[1]["before"]);
    assert_eq!(changes[1]["after"], json!([]));
    play.control(Control::AssignTeam { chat: talk, team: "Workshop".to_owned() });
    assert_eq!(
        play.events().pop().unwrap()["data"]["attributes"]["assignedTeams"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn done_reopened_snoozed_and_ended_show_as_states() {
    let (mut play, talk) = Play::talking();
    let state = |play: &Play| play.chat(&talk).state;
    play.control(Control::Done { chat: talk.clone() });
    assert_eq!(state(&play), "ended");
    play.control(Control::Reopen { chat: talk.clone() });
    assert_eq!(state(&play), "waiting");
    assert!(play.refused(Control::Reopen { chat: talk.clone() }).contains("done or snoozed"));
    play.control(Control::Snooze { chat: talk.clone(), seconds: None });
    assert_eq!(state(&play), "snoozed");
    play.control(Control::End { chat: talk.clone(), done: true });
    assert_eq!(state(&play), "ended");
    assert_eq!(play.attributes(&talk)["ended"], true);
}

#[test]
fn a_note_is_shown_to_agents_and_a_redacted_message_to_nobody() {
    let (mut play, talk) = Play::talking();
    play.reply(&talk, "Wrong window");
    play.control(Control::Note {
        chat: talk.clone(),
        text: "She is angry".to_owned(),
        agent: None,
    });
    play.control(Control::Redact { chat: talk.clone(), message: None });
    let lines = play.chat(&talk).lines;
    assert_eq!((lines[1].text.as_str(), lines[1].redacted), ("", true));
    assert_eq!((lines[2].from, lines[2].text.as_str()), (Speaker::Note, "She is angry"));
    assert!(
        play.refused(Control::Redact { chat: talk, message: Some("none".to_owned()) })
            .starts_with("message")
    );
}

#[test]
fn orders_that_cannot_be_done_are_refused_by_what_is_wrong() {
    let (mut play, talk) = Play::talking();
    let reply = |chat: &str, text: &str| Control::Reply {
        chat: chat.to_owned(),
        text: text.to_owned(),
        agent: None,
        file: None,
    };
    assert_eq!(play.refused(reply("none", "Hi")), "no chat has this id");
    assert!(play.refused(reply(&talk, "")).starts_with("text"));
    assert!(
        play.refused(Control::Assign { chat: talk.clone(), agent: Some(" ".to_owned()) })
            .starts_with("agent")
    );
    assert!(
        play.refused(Control::AssignTeam { chat: talk, team: "No".to_owned() }).starts_with("team")
    );
    let hook = |token: &str, event: &str| Control::Hook {
        url: "https://x".to_owned(),
        token: token.to_owned(),
        events: vec![event.to_owned()],
    };
    assert!(play.refused(hook("", "kustomer.tag.create")).starts_with("token"));
    assert!(play.refused(hook("t", "kustomer.tag.delete")).contains("is no event"));
}

#[test]
fn a_reset_forgets_what_was_said_and_keeps_keys_and_webhooks() {
    let (mut play, _) = Play::talking();
    play.control(Control::Reset);
    assert_eq!(play.desk.chats().len(), 0);
    assert_eq!(play.desk.deliveries().len(), 0);
    assert_eq!(play.desk.hooks().len(), 1);
    assert_eq!(play.get("/v1/users/current").status(), 200);
}

#[test]
fn a_desk_of_the_same_seed_is_the_same() {
    let told = |_| {
        let (mut play, talk) = Play::talking();
        play.reply(&talk, "Hi");
        play.arrived.into_iter().map(|(_, delivery)| delivery.body).collect::<Vec<_>>()
    };
    assert_eq!(told(1), told(2));
}

#[test]
fn the_trace_and_printed_values_hold_no_key_and_no_text() {
    let (mut play, talk) = Play::talking();
    play.reply(&talk, "very secret words");
    let printed = format!("{:?} {:?}", play.desk.trace(), play.arrived);
    let lines: Vec<String> = play.desk.trace().iter().map(ToString::to_string).collect();
    for secret in ["secret words", "test-token-1", "simulated.relay.key", "Hello"] {
        assert!(!printed.contains(secret) && !lines.join("\n").contains(secret), "{secret}");
    }
    assert!(lines.iter().any(|line| line.contains("create_message <- 201")), "{lines:?}");
}
