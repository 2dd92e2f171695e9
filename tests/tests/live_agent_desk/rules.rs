//! The vendor's rules, each by name, in virtual time.

use parlor_tests::desks::http::Request;
use parlor_tests::desks::live_agent::{Config, Control, ControlError, Fault, Speaker, long_id};
use serde_json::{Value, json};

use crate::client::{INIT, Play};

#[test]
fn a_whole_chat_goes_both_ways_and_ends() {
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

// SessionId

#[test]
fn a_session_needs_the_version_header_and_takes_any_affinity() {
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
fn a_session_bears_an_id_that_starts_its_key_and_a_poll_timeout() {
    let mut play = Play::new();
    play.open();
    let key = play.session["key"].as_str().unwrap();
    assert_eq!(key.split('!').next(), play.session["id"].as_str());
    assert_eq!(play.session["clientPollTimeout"], 40);
    assert_eq!(play.session["affinityToken"].as_str().unwrap().len(), 8);
}

#[test]
fn a_session_that_asks_for_no_chat_is_dropped() {
    let mut play = Play::new();
    play.open();
    play.pass(29_999);
    play.open();
    play.pass(30_000);
    assert_eq!(play.init().status(), 403);
}

#[test]
fn an_unknown_key_is_403_and_a_wrong_affinity_503() {
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

// Sequence numbers

#[test]
fn a_repeated_number_is_answered_and_not_executed_again() {
    let mut play = Play::established();
    for _ in 0..3 {
        assert_eq!(play.post_as("ChatMessage", json!({ "text": "once" }), Some("2")).text(), "OK");
    }
    assert_eq!(play.said_by_visitor(), ["once"]);
    assert_eq!(play.post_as("ChatMessage", json!({ "text": "twice" }), Some("3")).text(), "OK");
    assert_eq!(play.said_by_visitor(), ["once", "twice"]);
}

#[test]
fn a_number_out_of_order_is_409_and_names_the_last_one_taken() {
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
fn a_post_without_a_number_is_executed_every_time() {
    let mut play = Play::established();
    for _ in 0..2 {
        assert_eq!(play.post_as("ChatMessage", json!({ "text": "again" }), None).text(), "OK");
    }
    assert_eq!(play.said_by_visitor(), ["again", "again"]);
}

#[test]
fn a_refused_post_does_not_use_up_its_number() {
    let mut play = Play::queued();
    assert_eq!(play.post_as("ChatMessage", json!({ "text": "early" }), Some("2")).status(), 500);
    play.accept();
    assert_eq!(play.post_as("ChatMessage", json!({ "text": "early" }), Some("2")).text(), "OK");
    assert_eq!(play.said_by_visitor(), ["early"]);
}

// ChasitorInit

#[test]
fn a_chat_request_with_a_wrong_id_is_400_and_names_it() {
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
fn ids_of_eighteen_characters_are_the_same_as_those_of_fifteen() {
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
fn a_chat_request_fails_by_reason() {
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
fn success_tells_the_place_the_wait_and_the_connection_timeout() {
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
fn those_who_wait_hear_when_they_move_up() {
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
fn pre_chat_details_and_entities_must_be_whole() {
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
fn posts_before_an_agent_has_joined_are_500() {
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

// Messages

#[test]
fn a_second_poll_ends_the_chat_for_both() {
    let mut play = Play::established();
    let old = play.poll(1);
    let new = play.poll(1);
    assert_eq!(play.seen(old).status(), 409);
    assert_eq!(play.seen(new).status(), 409);
    assert_eq!(play.chat().state, "ended");
    assert_eq!(play.chat().ended_by.as_deref(), Some("duplicatePoll"));
    assert_eq!(
        play.chat().lines.last().unwrap().text,
        "The visitor vanished: a second poll was opened"
    );
    assert_eq!(play.poll_now(1).status(), 403);
    assert_eq!(play.say("Hello?").status(), 403);
    assert_eq!(play.breaches(), ["duplicate_poll"]);
}

#[test]
fn a_poll_is_held_for_thirty_seconds_and_then_204() {
    let mut play = Play::established();
    let poll = play.poll(1);
    play.pass(29_999);
    assert!(play.seen(poll).is_pending());
    play.pass(1);
    assert_eq!(play.seen(poll).status(), 204);
    assert!(play.poll(1).0 > poll.0, "the next one may come at once");
    assert_eq!(play.breaches(), [] as [&str; 0]);
}

#[test]
fn a_poll_takes_everything_at_once_and_its_sequence_is_the_last_one() {
    let mut play = Play::established();
    for text in ["one", "two", "three"] {
        play.agent_says(text);
    }
    let answer = play.poll_now(1);
    assert_eq!(answer.types().len(), 3);
    assert_eq!(answer.sequence(), 4, "it rises by the batches, not by one");
    let poll = play.poll(4);
    assert!(play.seen(poll).is_pending());
    play.agent_says("four");
    assert!(play.seen(poll).offset() > answer.offset());
}

#[test]
fn an_older_ack_brings_the_same_again() {
    let mut play = Play::established();
    play.agent_says("one");
    play.agent_says("two");
    assert_eq!(play.poll_now(1).sequence(), 3);
    let again = play.poll_now(2);
    assert_eq!(again.types(), ["ChatMessage"]);
    assert_eq!(again.message(0)["text"], "two");
    assert_eq!(play.poll_now(-1).types().len(), 4, "even from the start");
}

#[test]
fn without_ack_everything_delivered_counts_as_confirmed() {
    let mut play = Play::established();
    play.agent_says("one");
    let plain = |play: &mut Play| {
        let request = play.with_session(Request::get("/chat/rest/System/Messages"));
        play.start(request)
    };
    let poll = plain(&mut play);
    assert_eq!(play.seen(poll).message(0)["text"], "one");
    let poll = plain(&mut play);
    assert!(play.seen(poll).is_pending());
}

#[test]
fn an_aborted_poll_makes_room_when_it_is_noticed_and_kills_when_it_is_not() {
    let mut play = Play::established();
    let poll = play.poll(1);
    play.abort(poll);
    let poll = play.poll(1);
    assert!(play.seen(poll).is_pending());

    play.fault(Fault::AbortUnnoticed);
    play.abort(poll);
    assert_eq!(play.poll_now(1).status(), 409);
    assert_eq!(play.chat().ended_by.as_deref(), Some("duplicatePoll"));
}

#[test]
fn an_unnoticed_poll_is_over_when_its_hold_is() {
    let mut play = Play::established();
    play.fault(Fault::AbortUnnoticed);
    let poll = play.poll(1);
    play.pass(1_000);
    play.abort(poll);
    play.pass(29_000);
    assert!(play.seen(poll).is_pending(), "nobody is there to hear the 204");
    let poll = play.poll(1);
    assert!(play.seen(poll).is_pending());
    play.agent_says("still there");
    assert_eq!(play.seen(poll).message(0)["text"], "still there");
}

#[test]
fn what_went_to_an_unnoticed_poll_comes_again_by_its_ack() {
    let mut play = Play::established();
    play.fault(Fault::AbortUnnoticed);
    let poll = play.poll(1);
    play.abort(poll);
    play.agent_says("into the void");
    assert!(play.seen(poll).is_pending());
    assert_eq!(play.poll_now(1).message(0)["text"], "into the void");
}

#[test]
fn without_polls_the_chat_ends_after_the_connection_timeout() {
    let mut play = Play::established();
    let poll = play.poll(1);
    play.pass(30_000);
    assert_eq!(play.seen(poll).status(), 204);
    play.pass(39_999);
    assert_eq!(play.chat().state, "active");
    play.agent_says("are you there?");
    play.pass(1);
    assert_eq!(play.chat().ended_by.as_deref(), Some("connectionTimeout"));
    assert_eq!(play.poll_now(1).status(), 403);
}

// ReconnectSession

#[test]
fn a_hand_over_stops_everything_until_the_client_has_reconnected_and_resynced() {
    let mut play = Play::established();
    assert_eq!(play.say("before").text(), "OK");
    play.agent_says("hello");
    let offset = play.poll_now(1).offset();
    let held = play.poll(2);
    play.fault(Fault::HandOver);
    assert_eq!(play.seen(held).status(), 503, "the held poll hears of it");
    assert_eq!(play.say("during").status(), 503);
    assert_eq!(play.poll_now(2).status(), 503);
    play.agent_says("missed");

    let before = play.session["affinityToken"].clone();
    assert_eq!(play.reconnect(offset).types(), ["ReconnectSession"]);
    assert_ne!(play.session["affinityToken"], before);

    let organization = json!({ "organizationId": "00D000000000001" });
    assert_eq!(
        play.post_as("ChasitorResyncState", organization.clone(), None).status(),
        500,
        "data not fetched yet"
    );
    let answer = play.poll_now(2);
    assert_eq!(answer.types(), ["ChasitorSessionData", "ChatMessage"]);
    assert_eq!(answer.message(1)["text"], "missed");
    let said: Vec<Value> = answer.message(0)["chatMessages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["content"].clone())
        .collect();
    assert_eq!(said, ["before", "hello", "missed"]);

    assert_eq!(play.post_as("ChatMessage", json!({ "text": "too soon" }), Some("1")).status(), 500);
    assert_eq!(play.post_as("ChasitorResyncState", organization, None).text(), "OK");
    assert_eq!(
        play.post_as("ChatMessage", json!({ "text": "after" }), Some("1")).text(),
        "OK",
        "numbers restart at 1"
    );
    assert_eq!(play.said_by_visitor(), ["before", "after"]);
    assert_eq!(play.breaches(), ["resync_before_data", "post_before_resync"]);
}

#[test]
fn an_older_offset_brings_what_came_after_it_and_an_invented_one_is_400() {
    let mut play = Play::established();
    play.agent_says("one");
    let first = play.poll_now(1).offset();
    play.agent_says("two");
    play.poll_now(2);
    play.fault(Fault::HandOver);
    assert_eq!(play.reconnect(first).status(), 405, "no 503 was answered yet");
    play.poll_now(3);
    assert_eq!(play.reconnect(first + 1).status(), 400);
    assert_eq!(play.reconnect(first).status(), 200);
    let answer = play.poll_now(-1);
    assert_eq!(answer.types(), ["ChasitorSessionData", "ChatMessage"]);
    assert_eq!(answer.message(1)["text"], "two");
}

#[test]
fn reconnecting_without_need_is_405_and_below_version_37_404() {
    let mut play = Play::established();
    assert_eq!(play.reconnect(0).status(), 405);
    play.version = "36";
    assert_eq!(play.reconnect(0).status(), 404);
    assert_eq!(play.breaches(), ["needless_reconnect"]);
}

#[test]
fn a_lost_answer_to_reconnecting_can_be_made_good() {
    let mut play = Play::established();
    play.fault(Fault::HandOver);
    assert_eq!(play.poll_now(1).status(), 503);
    let old = play.session.clone();
    assert_eq!(play.reconnect(0).status(), 200);
    play.session = old;
    assert_eq!(play.reconnect(0).status(), 405, "it was done already");
    assert_eq!(play.poll_now(1).status(), 503, "the old affinity is still wrong");
    assert_eq!(play.reconnect(0).status(), 200);
    assert_eq!(play.poll_now(1).types()[0], "ChasitorSessionData");
}

// The end

#[test]
fn the_visitors_end_is_confirmed_once_and_then_403() {
    let mut play = Play::established();
    let poll = play.poll(1);
    assert_eq!(play.post("ChatEnd", json!({ "reason": "client" })).text(), "OK");
    assert_eq!(play.seen(poll).types(), ["ChatEnded"]);
    assert_eq!(play.seen(poll).message(0)["reason"], "client");
    assert_eq!(play.poll_now(2).status(), 403);
    assert_eq!(play.chat().ended_by.as_deref(), Some("client"));
}

#[test]
fn an_end_whose_answer_was_lost_is_told_again_until_it_is_confirmed() {
    let mut play = Play::established();
    play.control(Control::End { chat: play.chat_id(), reason: None });
    assert_eq!(play.poll_now(1).types(), ["ChatEnded"]);
    assert_eq!(play.poll_now(1).types(), ["ChatEnded"]);
    assert_eq!(play.poll_now(2).status(), 403);
    assert_eq!(play.poll_now(1).status(), 403);
}

#[test]
fn ending_after_the_agents_end_is_403_and_a_repeated_end_is_ok() {
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
fn an_end_without_its_reason_is_400() {
    let mut play = Play::established();
    assert_eq!(play.post("ChatEnd", json!({})).status(), 400);
    assert_eq!(play.chat().state, "active");
}

#[test]
fn deleting_the_session_ends_the_chat_with_the_key_escaped_in_the_path() {
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

// Visitor resources and the rest

#[test]
fn availability_is_wrapped_and_leaves_out_what_is_false() {
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
fn availability_wants_the_short_deployment_id_and_settings_know_the_buttons() {
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
fn unknown_addresses_are_404_wrong_verbs_405_and_broken_json_400() {
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
    assert_eq!(play.send(request).status(), 400);
    for body in [json!({}), json!({ "text": 7 }), json!([])] {
        assert_eq!(play.post_as("ChatMessage", body, Some("2")).status(), 400);
    }
}

#[test]
fn several_nouns_go_in_one_numbered_post_all_or_none() {
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
fn the_small_posts_are_understood() {
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
            "Custom event cart",
            "The visitor is warned that the chat will end",
            "The warning is taken back",
            "Masked by rule: Card numbers",
        ]
    );
    assert!(play.said_by_visitor().is_empty(), "a sneak peek is no message");
}

// The agents' side

#[test]
fn a_transfer_names_the_new_agent_or_goes_back_to_the_queue() {
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
fn agents_cannot_do_what_the_chat_does_not_allow() {
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
fn any_message_of_the_vendors_can_be_delivered() {
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
fn the_trace_tells_what_crossed_and_holds_no_key_and_no_text() {
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
fn the_version_rises_with_what_agents_see() {
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
fn a_reset_forgets_everything_and_closes_what_is_open() {
    let mut play = Play::established();
    play.fault(Fault::Html502);
    let poll = play.poll(1);
    play.control(Control::Reset);
    assert!(play.seen(poll).is_closed());
    assert!(play.desk.chats().is_empty() && play.desk.trace().is_empty());
    assert_eq!(play.say("Hello").status(), 403, "the fault is gone too");
}
