//! Opening a session, numbering posts, asking for a chat: the vendor's rules, each by name.

use parlor_tests::desks::http::Request;
use parlor_tests::desks::live_agent::{Config, Control, Speaker, long_id};
use serde_json::{Value, json};

use crate::client::{INIT, Play};

#[test]
pub fn a_whole_chat_goes_both_ways_and_ends() {
    let mut play = Play::established();
    assert_eq!(play.chat().state, "active");
    assert_eq!(play.chat().visitor.details.len(), 1, "what is not for the agent is not shown");

    let poll = play.poll(1);
    assert_eq!(play.say("Hello").text(), "OK");
    assert_eq!(play.said_by_visitor(), ["Hello"]);

    play.control(Control::Typing { chat: play.chat_id(), on: true });
    assert_eq!(play.seen(poll).types(), ["AgentTyping"]);
    play.agent_says("Hello Ada");
    let answer = play.poll_now(2);
    assert_eq!(answer.types(), ["ChatMessage", "AgentNotTyping"]);
    assert_eq!(answer.message(0)["text"], "Hello Ada");

    play.post("ChasitorTyping", json!({}));
    assert!(play.chat().visitor_typing);
    play.post("ChasitorNotTyping", json!({}));
    assert!(!play.chat().visitor_typing);

    let poll = play.poll(3);
    play.control(Control::End { chat: play.chat_id(), reason: None });
    assert_eq!(play.seen(poll).types(), ["ChatEnded"]);
    assert_eq!(play.seen(poll).message(0)["reason"], "agent");
    assert_eq!(play.poll_now(4).status(), 403);
    assert_eq!(play.chat().ended_by.as_deref(), Some("agent"));
    let froms: Vec<Speaker> = play.chat().lines.into_iter().map(|line| line.from).collect();
    assert_eq!(froms, [Speaker::Notice, Speaker::Visitor, Speaker::Agent, Speaker::Notice]);
    assert_eq!(play.breaches(), [] as [&str; 0]);
}

#[test]
pub fn a_session_needs_the_version_header_and_takes_any_affinity() {
    let mut play = Play::new();
    let address = "/chat/rest/System/SessionId";
    assert_eq!(
        play.send(Request::get(address).header("X-LIVEAGENT-AFFINITY", "null")).status(),
        400
    );
    let other = Request::get(address)
        .header("x-liveagent-api-version", "58")
        .header("X-LIVEAGENT-AFFINITY", "other");
    assert_eq!(play.send(other).status(), 200);
}

#[test]
pub fn a_session_bears_an_id_that_starts_its_key_and_a_poll_timeout() {
    let mut play = Play::new();
    play.open();
    let key = play.session["key"].as_str().unwrap();
    assert_eq!(key.split('!').next(), play.session["id"].as_str());
    assert_eq!(play.session["clientPollTimeout"], 40);
    assert_eq!(play.session["affinityToken"].as_str().unwrap().len(), 8);
}

#[test]
pub fn a_session_that_asks_for_no_chat_is_dropped() {
    let mut play = Play::new();
    play.open();
    play.pass(29_999);
    play.open();
    play.pass(30_000);
    assert_eq!(play.init().status(), 403);
}

#[test]
pub fn an_unknown_key_is_403_and_a_wrong_affinity_503() {
    let mut play = Play::established();
    let good = play.session.clone();
    play.session["key"] = json!("nobody");
    assert_eq!(play.say("Hello").status(), 403);
    assert_eq!(play.poll_now(1).status(), 403);
    play.session = good;
    play.session["affinityToken"] = json!("elsewhere");
    assert_eq!(play.say("Hello").status(), 503);
    assert_eq!(play.poll_now(1).status(), 503);
    assert_eq!(
        play.breaches(),
        ["unknown_session", "unknown_session", "wrong_affinity", "wrong_affinity"]
    );
}

#[test]
pub fn a_repeated_number_is_answered_and_not_executed_again() {
    let mut play = Play::established();
    for _ in 0..3 {
        assert_eq!(play.post_as("ChatMessage", json!({ "text": "once" }), Some("2")).text(), "OK");
    }
    assert_eq!(play.said_by_visitor(), ["once"]);
    assert_eq!(play.post_as("ChatMessage", json!({ "text": "twice" }), Some("3")).text(), "OK");
    assert_eq!(play.said_by_visitor(), ["once", "twice"]);
}

#[test]
pub fn a_number_out_of_order_is_409_and_names_the_last_one_taken() {
    let mut play = Play::established();
    for wrong in ["0", "3", "9"] {
        let seen = play.post_as("ChatMessage", json!({ "text": "no" }), Some(wrong));
        assert_eq!(seen.status(), 409);
        assert_eq!(seen.text(), format!("Out of sync Ack. Expected {wrong}. Actual 1"));
    }
    assert_eq!(play.said_by_visitor(), [] as [&str; 0]);
    assert_eq!(play.chat().state, "active", "unlike a second poll, this ends nothing");
    assert_eq!(play.say("yes").text(), "OK");
}

#[test]
pub fn a_post_without_a_number_is_executed_every_time() {
    let mut play = Play::established();
    for _ in 0..2 {
        assert_eq!(play.post_as("ChatMessage", json!({ "text": "again" }), None).text(), "OK");
    }
    assert_eq!(play.said_by_visitor(), ["again", "again"]);
}

#[test]
pub fn a_refused_post_does_not_use_up_its_number() {
    let mut play = Play::queued();
    assert_eq!(play.post_as("ChatMessage", json!({ "text": "early" }), Some("2")).status(), 500);
    play.accept();
    assert_eq!(play.post_as("ChatMessage", json!({ "text": "early" }), Some("2")).text(), "OK");
    assert_eq!(play.said_by_visitor(), ["early"]);
}

#[test]
pub fn a_chat_request_with_a_wrong_id_is_400_and_names_it() {
    for (field, wrong) in [
        ("organizationId", "00X000000000001"),
        ("deploymentId", "573000000000001"),
        ("buttonId", "57300000000001"),
        ("buttonId", "573000000000001AAZ"),
        ("sessionId", "another"),
    ] {
        let mut play = Play::new();
        play.open();
        let mut body = play.init_body();
        body[field] = json!(wrong);
        let seen = play.post(INIT, body);
        assert_eq!(seen.status(), 400, "{field} {wrong}");
        assert!(seen.text().contains(field), "{}", seen.text());
        assert!(play.desk.chats().is_empty());
    }
}

#[test]
pub fn ids_of_eighteen_characters_are_the_same_as_those_of_fifteen() {
    let mut play = Play::with(Config { any_ids: false, ..Config::default() });
    play.open();
    let mut body = play.init_body();
    for field in ["organizationId", "deploymentId", "buttonId"] {
        body[field] = json!(long_id(body[field].as_str().unwrap()));
    }
    assert_eq!(play.post(INIT, body).status(), 200);
    assert_eq!(play.poll_now(-1).types(), ["ChatRequestSuccess"]);
}

#[test]
pub fn a_chat_request_fails_by_reason() {
    let fail = |change: fn(&mut Value), config: Config, available: bool| {
        let mut play = Play::with(config);
        play.control(Control::Availability(available));
        play.open();
        let mut body = play.init_body();
        change(&mut body);
        assert_eq!(play.post(INIT, body).status(), 200);
        let answer = play.poll_now(-1);
        assert_eq!(answer.types(), ["ChatRequestFail"]);
        assert_eq!(play.poll_now(answer.sequence()).status(), 403);
        answer.message(0)["reason"].as_str().unwrap().to_owned()
    };
    let own_ids = Config { any_ids: false, ..Config::default() };
    let no_post = |body: &mut Value| body["isPost"] = Value::Null;
    let other_button = |body: &mut Value| body["buttonId"] = json!("573000000000002");
    let other_org = |body: &mut Value| body["organizationId"] = json!("00D000000000002");
    assert_eq!(fail(no_post, Config::default(), true), "NoPost");
    assert_eq!(fail(|_| {}, Config::default(), false), "Unavailable");
    assert_eq!(fail(other_button, own_ids.clone(), true), "Unavailable");
    assert_eq!(fail(other_org, own_ids, true), "InternalFailure");
}

#[test]
pub fn success_tells_the_place_the_wait_and_the_connection_timeout() {
    let mut play = Play::new();
    play.open();
    play.init();
    let success = play.poll_now(-1).message(0);
    assert_eq!(success["queuePosition"], 0);
    assert_eq!(success["connectionTimeout"], 40_000);
    assert_eq!(success["estimatedWaitTime"], 120);

    let mut old = Play::new();
    old.version = "46";
    old.open();
    old.init();
    assert_eq!(
        old.poll_now(-1).message(0)["estimatedWaitTime"],
        Value::Null,
        "known from version 47"
    );
}

#[test]
pub fn those_who_wait_hear_when_they_move_up() {
    let mut play = Play::queued();
    let first = play.session.clone();
    play.open();
    let mut body = play.init_body();
    body["receiveQueueUpdates"] = json!(true);
    assert_eq!(play.post_as(INIT, body, Some("1")).status(), 200);
    assert_eq!(play.poll_now(-1).message(0)["queuePosition"], 1);
    let poll = play.poll(0);
    play.control(Control::Accept { chat: first["id"].as_str().unwrap().to_owned(), agent: None });
    assert_eq!(play.seen(poll).types(), ["QueueUpdate"]);
    assert_eq!(play.seen(poll).message(0), json!({ "position": 0, "estimatedWaitTime": 120 }));
    let poll = play.poll(1);
    play.control(Control::Queue { chat: play.chat_id(), position: 4, wait_s: Some(-1) });
    assert_eq!(play.seen(poll).message(0), json!({ "position": 4, "estimatedWaitTime": -1 }));
}

#[test]
pub fn pre_chat_details_and_entities_must_be_whole() {
    for (body, field) in [
        (json!({ "prechatDetails": [{ "value": "x", "transcriptFields": [] }] }), "label"),
        (
            json!({ "prechatDetails": [{ "label": "x", "value": 1, "transcriptFields": [] }] }),
            "value",
        ),
        (json!({ "prechatDetails": [{ "label": "x", "value": "x" }] }), "transcriptFields"),
        (json!({ "prechatEntities": [{ "entityName": "Contact" }] }), "entityFieldsMaps"),
        (json!({ "prechatEntities": [{ "entityFieldsMaps": [] }] }), "entityName"),
        (
            json!({ "prechatEntities": [{ "entityName": "Contact", "entityFieldsMaps": [
                { "fieldName": "Email", "label": "E-mail", "doFind": true, "isExactMatch": true },
            ] }] }),
            "doCreate",
        ),
    ] {
        let mut play = Play::new();
        play.open();
        let mut init = play.init_body();
        init.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        let seen = play.post(INIT, init);
        assert_eq!(seen.status(), 400, "{body}");
        assert!(seen.text().contains(field), "{}", seen.text());
    }
}

#[test]
pub fn posts_before_an_agent_has_joined_are_500() {
    let mut play = Play::queued();
    for (noun, body) in [("ChatMessage", json!({ "text": "early" })), ("ChasitorTyping", json!({}))]
    {
        assert_eq!(play.post_as(noun, body, Some("2")).status(), 500, "{noun}");
    }
    assert_eq!(play.breaches(), ["early_post", "early_post"]);
    assert_eq!(
        play.post_as("ChatEnd", json!({ "reason": "client" }), Some("2")).status(),
        200,
        "leaving is allowed"
    );
}
