//! The end, the Visitor resources, the small posts, and what agents may do: the vendor's rules, each by name.

use parlor_tests::desks::ControlError;
use parlor_tests::desks::http::Request;
use parlor_tests::desks::live_agent::{Config, Control, Fault};
use serde_json::{Value, json};

use crate::client::Play;

#[test]
pub fn the_visitors_end_is_confirmed_once_and_then_403() {
    let mut play = Play::established();
    let poll = play.poll(1);
    assert_eq!(play.post("ChatEnd", json!({ "reason": "client" })).text(), "OK");
    assert_eq!(play.seen(poll).types(), ["ChatEnded"]);
    assert_eq!(play.seen(poll).message(0)["reason"], "client");
    assert_eq!(play.poll_now(2).status(), 403);
    assert_eq!(play.chat().ended_by.as_deref(), Some("client"));
}

#[test]
pub fn an_end_whose_answer_was_lost_is_told_again_until_it_is_confirmed() {
    let mut play = Play::established();
    play.control(Control::End { chat: play.chat_id(), reason: None });
    assert_eq!(play.poll_now(1).types(), ["ChatEnded"]);
    assert_eq!(play.poll_now(1).types(), ["ChatEnded"]);
    assert_eq!(play.poll_now(2).status(), 403);
    assert_eq!(play.poll_now(1).status(), 403);
}

#[test]
pub fn ending_after_the_agents_end_is_403_and_a_repeated_end_is_ok() {
    let mut play = Play::established();
    play.control(Control::End {
        chat: play.chat_id(),
        reason: Some("clientIdleTimeout".to_owned()),
    });
    assert_eq!(play.post("ChatEnd", json!({ "reason": "client" })).status(), 403);
    assert_eq!(play.poll_now(1).message(0)["reason"], "clientIdleTimeout");

    let mut play = Play::established();
    for _ in 0..2 {
        assert_eq!(play.post_as("ChatEnd", json!({ "reason": "client" }), Some("2")).text(), "OK");
    }
    assert_eq!(play.post_as("ChatEnd", json!({}), Some("3")).status(), 403);
}

#[test]
pub fn an_end_without_its_reason_is_400() {
    let mut play = Play::established();
    assert_eq!(play.post("ChatEnd", json!({})).status(), 400);
    assert_eq!(play.chat().state, "active");
}

#[test]
pub fn deleting_the_session_ends_the_chat_with_the_key_escaped_in_the_path() {
    let mut play = Play::established();
    let poll = play.poll(1);
    let escape = |byte: u8| {
        if byte.is_ascii_alphanumeric() {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    let key: String = play.session["key"].as_str().unwrap().bytes().map(escape).collect();
    let request = Request::new("DELETE", format!("/chat/rest/System/SessionId/{key}"))
        .header("X-LIVEAGENT-API-VERSION", "58")
        .header("X-LIVEAGENT-AFFINITY", play.session["affinityToken"].as_str().unwrap());
    assert_eq!(play.send(request).status(), 200);
    assert_eq!(play.chat().ended_by.as_deref(), Some("client"));
    assert_eq!(play.seen(poll).status(), 403);
}

#[test]
pub fn availability_is_wrapped_and_leaves_out_what_is_false() {
    let mut play = Play::with(Config { any_ids: false, ..Config::default() });
    let ask = |play: &mut Play, ids: &str| {
        let address = format!(
            "/chat/rest/Visitor/Availability?org_id=00D000000000001&deployment_id=572000000000001&Availability.ids={ids}&Availability.needEstimatedWaitTime=1"
        );
        play.send(Request::get(address).header("X-LIVEAGENT-API-VERSION", "58")).message(0)["results"].clone()
    };
    let here = json!({ "id": "573000000000001", "isAvailable": true, "estimatedWaitTime": 120 });
    let unknown = json!({ "id": "573000000000002" });
    assert_eq!(ask(&mut play, "573000000000001"), json!([here]));
    for list in ["573000000000001,573000000000002", "[573000000000001,573000000000002]"] {
        assert_eq!(ask(&mut play, list), json!([here, unknown]), "{list}");
    }
    play.control(Control::Availability(false));
    assert_eq!(ask(&mut play, "573000000000001"), json!([{ "id": "573000000000001" }]));
}

#[test]
pub fn availability_wants_the_short_deployment_id_and_settings_know_the_buttons() {
    let mut play = Play::new();
    let get = |play: &mut Play, noun: &str, deployment: &str, rest: &str| {
        let address = format!(
            "/chat/rest/Visitor/{noun}?org_id=00D000000000001&deployment_id={deployment}&{rest}"
        );
        play.send(Request::get(address).header("X-LIVEAGENT-API-VERSION", "58"))
    };
    assert_eq!(
        get(&mut play, "Availability", "572000000000001AAA", "Availability.ids=573000000000001")
            .status(),
        400
    );
    let settings =
        get(&mut play, "Settings", "572000000000001AAA", "Settings.buttonIds=573000000000001");
    assert_eq!(settings.types(), ["Settings"]);
    assert_eq!(settings.message(0)["buttons"][0]["isAvailable"], true);
    assert_eq!(get(&mut play, "VisitorId", "572000000000001", "").types(), ["VisitorId"]);
    assert_eq!(get(&mut play, "VisitorId", "nonsense", "").status(), 400);
}

#[test]
pub fn unknown_addresses_are_404_wrong_verbs_405_and_broken_json_400() {
    let mut play = Play::established();
    for (method, address, status) in [
        ("GET", "/chat/rest/System/Nothing", 404),
        ("GET", "/chat/rest/", 404),
        ("GET", "/elsewhere", 404),
        ("GET", "/chat/rest/Chasitor/ChatMessage", 405),
        ("POST", "/chat/rest/System/Messages", 405),
        ("PUT", "/chat/rest/System/SessionId", 405),
    ] {
        let request = play.with_session(Request::new(method, address));
        assert_eq!(play.send(request).status(), status, "{method} {address}");
    }
    let mut request =
        play.with_session(Request::post("/chat/rest/Chasitor/ChatMessage", "{\"text\":"));
    request.headers.push(("X-LIVEAGENT-SEQUENCE".to_owned(), "2".to_owned()));
    assert_eq!(play.send(request.clone()).status(), 400);
    // Also where the body says nothing that is needed.
    request.target = "/chat/rest/Chasitor/ChasitorTyping".to_owned();
    assert_eq!(play.send(request).status(), 400);
    for body in [json!({}), json!({ "text": 7 }), json!([])] {
        assert_eq!(play.post_as("ChatMessage", body, Some("2")).status(), 400);
    }
}

#[test]
pub fn several_nouns_go_in_one_numbered_post_all_or_none() {
    let mut play = Play::established();
    let noun = |prefix: &str, text: Value| json!({ "prefix": prefix, "noun": "ChatMessage", "object": { "text": text } });
    let broken = json!({ "nouns": [noun("Chasitor", json!("lost")), noun("Chasitor", json!(1))] });
    assert_eq!(play.post_as("MultiNoun", broken, Some("2")).status(), 400);
    assert_eq!(play.said_by_visitor(), [] as [&str; 0]);

    let as_text =
        json!({ "prefix": "Chasitor", "noun": "ChatMessage", "data": "{\"text\":\"two\"}" });
    let batch = json!({ "nouns": [noun("Chasitor", json!("one")), as_text, noun("ChatBot", json!("said a bot"))] });
    for _ in 0..2 {
        assert_eq!(play.post_as("MultiNoun", batch.clone(), Some("2")).text(), "OK");
    }
    assert_eq!(play.said_by_visitor(), ["one", "two"]);
    assert_eq!(play.chat().lines.last().unwrap().text, "said a bot");
}

#[test]
pub fn the_small_posts_are_understood() {
    let mut play = Play::established();
    for (noun, body) in [
        ("ChasitorSneakPeek", json!({ "position": 1, "text": "He" })),
        ("CustomEvent", json!({ "type": "cart", "data": "3 items" })),
        ("ChasitorIdleTimeoutWarningEvent", json!({ "idleTimeoutWarningEvent": "triggered" })),
        ("ChasitorIdleTimeoutWarningEvent", json!({ "idleTimeoutWarningEvent": "cleared" })),
        (
            "SensitiveDataRuleTriggered",
            json!({ "rules": [{ "id": "0GO000000000001", "name": "Card numbers" }] }),
        ),
    ] {
        assert_eq!(play.post(noun, body).text(), "OK", "{noun}");
    }
    let texts: Vec<String> = play.chat().lines.into_iter().map(|line| line.text).collect();
    assert_eq!(
        texts[1..],
        [
            "Custom event cart: 3 items",
            "The visitor is warned that the chat will end",
            "The warning is taken back",
            "Masked by rule: Card numbers",
        ]
    );
    assert!(play.said_by_visitor().is_empty(), "a sneak peek is no message");
}

#[test]
pub fn a_transfer_names_the_new_agent_or_goes_back_to_the_queue() {
    let mut play = Play::established();
    let poll = play.poll(1);
    play.control(Control::Transfer {
        chat: play.chat_id(), agent: Some("Tomás Vidal".to_owned())
    });
    assert_eq!(play.seen(poll).types(), ["ChatTransferred"]);
    assert_eq!(play.seen(poll).message(0)["name"], "Tomás Vidal");
    let poll = play.poll(2);
    play.control(Control::Transfer { chat: play.chat_id(), agent: None });
    assert_eq!(play.seen(poll).types(), ["TransferToButtonInitiated"]);
    assert_eq!(play.chat().state, "waiting");
    assert_eq!(play.say("still here").text(), "OK", "the chat goes on meanwhile");
    let poll = play.poll(3);
    play.accept();
    assert_eq!(play.seen(poll).types(), ["ChatTransferred"]);
    assert_eq!(play.seen(poll).message(0)["userId"], "005000000000001");
}

#[test]
pub fn agents_cannot_do_what_the_chat_does_not_allow() {
    let mut play = Play::queued();
    let now = std::time::Duration::from_millis(play.now);
    let chat = play.chat_id();
    let say =
        |chat: &str, text: &str| Control::Say { chat: chat.to_owned(), text: text.to_owned() };
    assert_eq!(
        play.desk.control(now, say(&chat, "hi")),
        Err(ControlError::WrongState { needs: "active" })
    );
    assert_eq!(play.desk.control(now, say("nobody", "hi")), Err(ControlError::UnknownChat));
    play.accept();
    let place = Control::Queue { chat: chat.clone(), position: 1, wait_s: None };
    assert_eq!(play.desk.control(now, place).unwrap_err().code(), "wrong_state");
    assert_eq!(play.desk.control(now, say(&chat, "")).unwrap_err().code(), "bad_field");
    let accept = Control::Accept { chat: chat.clone(), agent: None };
    assert_eq!(play.desk.control(now, accept), Err(ControlError::WrongState { needs: "waiting" }));
    play.control(Control::End { chat: chat.clone(), reason: None });
    assert_eq!(
        play.desk.control(now, say(&chat, "hi")),
        Err(ControlError::WrongState { needs: "not ended" })
    );
}

#[test]
pub fn any_message_of_the_vendors_can_be_delivered() {
    let mut play = Play::established();
    let message = json!({ "name": "Maha Farouk" });
    play.control(Control::Deliver {
        chat: play.chat_id(),
        kind: "AgentJoinedConference".to_owned(),
        message: message.clone(),
    });
    let answer = play.poll_now(1);
    assert_eq!(
        (answer.types(), answer.message(0)),
        (vec!["AgentJoinedConference".to_owned()], message)
    );
}

#[test]
pub fn the_trace_tells_what_crossed_and_holds_no_key_and_no_text() {
    let mut play = Play::established();
    let secret = "the quick brown secret";
    play.say(secret);
    play.agent_says(secret);
    play.poll_now(1);
    let trace = play.desk.trace();
    let json = serde_json::to_string(&trace).unwrap();
    let lines: Vec<String> = trace.iter().map(ToString::to_string).collect();
    assert!(!json.contains(secret) && !json.contains(play.session["key"].as_str().unwrap()));
    assert_eq!(
        lines[lines.len() - 4..],
        [
            "0.000 ChatMessage -> POST #2",
            "0.000 ChatMessage <- 200",
            "0.000 Messages -> GET #1",
            "0.000 Messages <- 200 #2 [ChatMessage]",
        ]
    );
}

#[test]
pub fn the_version_rises_with_what_agents_see() {
    let mut play = Play::queued();
    let mut last = play.desk.version();
    let mut rises = |play: &Play, what: &str| {
        assert!(play.desk.version() > last, "{what}");
        last = play.desk.version();
    };
    play.accept();
    rises(&play, "accept");
    play.say("Hello");
    rises(&play, "message");
    play.post("ChasitorTyping", json!({}));
    rises(&play, "typing");
    play.fault(Fault::Html502);
    rises(&play, "fault armed");
    play.say("lost");
    rises(&play, "fault used");
    play.pass(40_000);
    rises(&play, "timeout");
}

#[test]
pub fn a_reset_forgets_everything_and_closes_what_is_open() {
    let mut play = Play::established();
    play.fault(Fault::Html502);
    let poll = play.poll(1);
    play.control(Control::Reset);
    assert!(play.seen(poll).is_closed());
    assert!(play.desk.chats().is_empty() && play.desk.trace().is_empty());
    assert_eq!(play.say("Hello").status(), 403, "the fault is gone too");
}
