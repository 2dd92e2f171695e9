//! What agents do beside talking, what visitors show unasked, and older clients: the vendor's rules, each by name.

use parlor_tests::desks::ControlError;
use parlor_tests::desks::http::Request;
use parlor_tests::desks::live_agent::{Config, Control, Fault, Order, rules};
use serde_json::{Value, json};

use crate::client::{INIT, Play};

fn transfer(play: &Play) -> Control {
    Control::Transfer { chat: play.chat_id(), agent: None }
}

#[test]
pub fn a_chat_put_back_is_told_as_begun_and_taken_up_by_another_or_resumed() {
    for kind in
        ["TransferToQueueInitiated", "TransferToSbrSkillInitiated", "TransferToBotInitiated"]
    {
        let mut play = Play::established();
        play.fault(Fault::TransferAs { kind: kind.to_owned() });
        play.control(transfer(&play));
        assert_eq!(play.poll_now(1).types(), [kind]);
    }
    let mut play = Play::established();
    play.control(transfer(&play));
    assert_eq!(play.poll_now(1).types(), ["TransferToButtonInitiated"]);
    play.fault(Fault::ResumedAfterTransfer);
    play.accept();
    let answer = play.poll_now(2);
    assert_eq!(answer.types(), ["ChatResumedAfterTransfer"]);
    assert_eq!(answer.message(0), json!({ "name": "Maya Okafor" }));
    play.agent_says("Here I am again");
    assert_eq!(play.poll_now(3).message(0)["name"], "Maya Okafor");
}

#[test]
pub fn another_agent_joins_speaks_under_its_name_and_leaves() {
    let mut play = Play::established();
    let (chat, agent) = (play.chat_id(), "Maha Farouk".to_owned());
    let as_her = |text: &str| Control::SayAs {
        chat: chat.clone(),
        agent: agent.clone(),
        text: text.to_owned(),
    };
    let now = std::time::Duration::from_millis(play.now);
    assert!(play.desk.control(now, as_her("too early")).is_err(), "she is not in the chat");
    play.control(Control::JoinConference { chat: chat.clone(), agent: agent.clone() });
    assert_eq!(play.chat().conference, ["Maha Farouk"]);
    let again = Control::JoinConference { chat: chat.clone(), agent: agent.clone() };
    assert_eq!(play.desk.control(now, again).unwrap_err().code(), "bad_field");
    play.control(as_her("Hello from me too"));
    play.control(Control::LeaveConference { chat: chat.clone(), agent: agent.clone() });
    let answer = play.poll_now(1);
    assert_eq!(answer.types(), ["AgentJoinedConference", "ChatMessage", "AgentLeftConference"]);
    assert_eq!(answer.message(0), json!({ "name": "Maha Farouk" }));
    assert_eq!(answer.message(1)["name"], "Maha Farouk");
    assert_eq!(answer.message(1)["agentId"], "005000000000002");
    assert_eq!(play.chat().agent.as_deref(), Some("Maya Okafor"), "the first one is still there");
}

#[test]
pub fn custom_events_go_both_ways() {
    let mut play = Play::established();
    play.control(Control::CustomEvent {
        chat: play.chat_id(),
        kind: "coupon".to_owned(),
        data: "10 %".to_owned(),
    });
    let answer = play.poll_now(1);
    assert_eq!(answer.types(), ["CustomEvent"]);
    assert_eq!(answer.message(0), json!({ "type": "coupon", "data": "10 %" }));
    for body in
        [json!({ "type": "cart" }), json!({ "data": "3" }), json!({ "type": 1, "data": "" })]
    {
        assert_eq!(play.post_as("CustomEvent", body, Some("2")).status(), 400);
    }
    assert_eq!(play.post("CustomEvent", json!({ "type": "cart", "data": "3" })).text(), "OK");
    assert_eq!(play.chat().lines.last().unwrap().text, "Custom event cart: 3");
}

#[test]
pub fn choices_come_as_a_menu_or_as_buttons() {
    let mut play = Play::established();
    let offer = |play: &Play, header: Option<&str>| Control::Offer {
        chat: play.chat_id(),
        header: header.map(str::to_owned),
        items: vec!["Yes".to_owned(), "No".to_owned()],
    };
    play.control(offer(&play, Some("Shall I?")));
    play.control(offer(&play, None));
    let answer = play.poll_now(1);
    assert_eq!(answer.types(), ["RichMessage", "RichMessage"]);
    let items = json!([{ "text": "Yes" }, { "text": "No" }]);
    let menu = json!({ "type": "ChatWindowMenu", "header": "Shall I?", "items": items });
    assert_eq!(answer.message(0), menu);
    assert_eq!(answer.message(1), json!({ "type": "ChatWindowButton", "items": items }));
}

#[test]
pub fn a_peek_is_shown_where_it_was_asked_for_until_a_newer_one_comes() {
    let mut play = Play::queued();
    play.fault(Fault::SneakPeek);
    play.accept();
    assert_eq!(play.poll_now(0).message(0)["sneakPeekEnabled"], true);
    for (position, text) in [(1, "He"), (3, "Hello"), (2, "Hel")] {
        play.post("ChasitorSneakPeek", json!({ "position": position, "text": text }));
    }
    assert_eq!(play.chat().peek.as_deref(), Some("Hello"), "an older one comes too late");
    for body in [json!({ "text": "x" }), json!({ "position": 4 })] {
        assert_eq!(play.post_as("ChasitorSneakPeek", body, Some("5")).status(), 400);
    }
    assert!(play.said_by_visitor().is_empty(), "a peek is no message");
}

#[test]
pub fn a_peek_that_nobody_asked_for_is_a_breach_and_shown_to_nobody() {
    let mut play = Play::established();
    let peek = json!({ "position": 1, "text": "He" });
    assert_eq!(play.post("ChasitorSneakPeek", peek).text(), "OK");
    assert_eq!(play.chat().peek, None);
    assert_eq!(play.breaches(), ["peek_unasked"]);
}

#[test]
pub fn the_idle_warning_is_triggered_or_cleared_and_nothing_else() {
    let mut play = Play::established();
    let event = |word: &str| json!({ "idleTimeoutWarningEvent": word });
    let noun = "ChasitorIdleTimeoutWarningEvent";
    assert_eq!(play.post_as(noun, event("soon"), Some("2")).status(), 400);
    assert_eq!(play.post_as(noun, json!({}), Some("2")).status(), 400);
    assert_eq!(play.post_as(noun, event("triggered"), Some("2")).text(), "OK");
}

#[test]
pub fn who_did_not_ask_for_the_queue_is_told_nothing_of_it() {
    let mut play = Play::queued();
    let first = play.session["id"].as_str().unwrap().to_owned();
    play.open();
    let mut body = play.init_body();
    body["receiveQueueUpdates"] = json!(false);
    assert_eq!(play.post_as(INIT, body, Some("1")).status(), 200);
    play.poll_now(-1);
    let poll = play.poll(0);
    play.control(Control::Accept { chat: first, agent: None });
    assert!(play.seen(poll).is_pending(), "no QueueUpdate");
}

#[test]
pub fn the_wait_of_a_queue_update_is_told_from_version_47_on() {
    let mut play = Play::queued();
    let first = play.session["id"].as_str().unwrap().to_owned();
    play.version = "46";
    play.open();
    let body = play.init_body();
    play.post_as(INIT, body, Some("1"));
    play.poll_now(-1);
    let poll = play.poll(0);
    play.control(Control::Accept { chat: first, agent: None });
    assert_eq!(play.seen(poll).message(0), json!({ "position": 0 }));
}

#[test]
pub fn a_second_chat_request_in_one_session_is_400() {
    let mut play = Play::queued();
    assert_eq!(play.init().status(), 400);
}

#[test]
pub fn a_chat_may_ask_for_agents_and_buttons_in_the_documented_forms_only() {
    let init = |field: &str, value: Value| {
        let mut play = Play::new();
        play.open();
        let mut body = play.init_body();
        body[field] = value;
        play.post(INIT, body).status()
    };
    let (agent, button) = ("005000000000001", "573000000000001");
    assert_eq!(init("agentId", json!(agent)), 200);
    assert_eq!(init("agentId", json!(button)), 400);
    for (overrides, status) in [
        (json!([button, agent, format!("{agent}_{button}")]), 200),
        (json!([format!("{button}_{agent}")]), 400),
        (json!(["sales"]), 400),
        (json!([7]), 400),
    ] {
        assert_eq!(init("buttonOverrides", overrides.clone()), status, "{overrides}");
    }
}

/// Undocumented: clients that copy the vendor's own web client count their polls, others send 0 or nothing.
#[test]
pub fn the_counter_of_polls_means_nothing() {
    let mut play = Play::established();
    play.agent_says("one");
    for counter in ["0", "7", "none"] {
        let address = format!("/chat/rest/System/Messages?ack=1&pc={counter}");
        let answer = play.send(play.with_session(Request::get(address)));
        assert_eq!(answer.types(), ["ChatMessage"], "pc={counter}");
    }
}

#[test]
pub fn typing_is_told_when_it_changes_and_not_again() {
    let mut play = Play::established();
    for on in [true, true, false, false] {
        play.control(Control::Typing { chat: play.chat_id(), on });
    }
    assert_eq!(play.poll_now(1).types(), ["AgentTyping", "AgentNotTyping"]);
}

#[test]
pub fn a_breadcrumb_needs_its_location_and_comes_back_to_its_chat() {
    let mut play = Play::established();
    let send = |play: &mut Play, body: Value, own: bool| {
        let request = Request::post("/chat/rest/Visitor/Breadcrumb", body.to_string());
        let request = match own {
            true => play.with_session(request),
            false => request.header("X-LIVEAGENT-API-VERSION", "58"),
        };
        play.send(request)
    };
    assert_eq!(send(&mut play, json!({}), true).status(), 400);
    let location = json!({ "location": "https://shop.example/basket" });
    assert_eq!(send(&mut play, location.clone(), false).status(), 200);
    assert_eq!(send(&mut play, location.clone(), true).status(), 200);
    let answer = play.poll_now(1);
    assert_eq!(answer.types(), ["NewVisitorBreadcrumb"], "the one that bears the chat's key");
    assert_eq!(answer.message(0), location);
}

#[test]
pub fn resync_session_is_what_versions_below_37_ask() {
    let mut play = Play::established();
    play.agent_says("one");
    play.poll_now(1);
    play.fault(Fault::HandOver);
    let id = play.chat_id();
    let ask = |play: &mut Play, id: &str| {
        let address = format!("/chat/rest/System/ResyncSession?SessionId={id}");
        play.send(play.with_session(Request::get(address)))
    };
    assert_eq!(ask(&mut play, &id).status(), 404, "58 has ReconnectSession");
    play.version = "36";
    assert_eq!(ask(&mut play, "another").message(0), json!({ "isValid": false }));
    let answer = ask(&mut play, &id).message(0);
    assert_eq!((&answer["isValid"], &answer["key"]), (&json!(true), &play.session["key"]));
    play.session["affinityToken"] = answer["affinityToken"].clone();
    assert_eq!(play.poll_now(2).types(), ["ChasitorSessionData"]);
}

#[test]
pub fn resync_state_names_the_chats_organization() {
    let mut play = Play::established();
    play.fault(Fault::HandOver);
    play.poll_now(1);
    play.reconnect(0);
    play.poll_now(1);
    let resync = |play: &mut Play, organization: &str| {
        let body = json!({ "organizationId": organization });
        play.post_as("ChasitorResyncState", body, None).status()
    };
    assert_eq!(resync(&mut play, "00D000000000002"), 400);
    assert_eq!(resync(&mut play, "00D000000000001EAA"), 200);
}

#[test]
pub fn a_limit_holds_from_now_on_and_an_unknown_one_is_refused() {
    let mut play = Play::established();
    let limit = |name: &str, value| Control::Limit { name: name.to_owned(), value };
    play.control(limit("poll_hold_ms", 5_000));
    let poll = play.poll(1);
    play.pass(5_000);
    assert_eq!(play.seen(poll).status(), 204);
    play.control(limit("wait_per_place_s", -1));
    let now = std::time::Duration::from_millis(play.now);
    for wrong in [limit("patience_ms", 1), limit("poll_hold_ms", -1)] {
        assert_eq!(play.desk.control(now, wrong).unwrap_err().code(), "bad_field");
    }
    play.open();
    play.post_as(INIT, play.init_body(), Some("1"));
    assert_eq!(play.poll_now(-1).message(0)["estimatedWaitTime"], -1);
}

#[test]
pub fn no_agent_can_do_these_to_a_chat_that_waits() {
    let mut play = Play::queued();
    let now = std::time::Duration::from_millis(play.now);
    let chat = play.chat_id();
    let text = || "x".to_owned();
    for order in [
        Control::JoinConference { chat: chat.clone(), agent: text() },
        Control::CustomEvent { chat: chat.clone(), kind: text(), data: text() },
        Control::Offer { chat: chat.clone(), header: None, items: vec![text()] },
        Control::AskForFile { chat: chat.clone() },
    ] {
        let refused = play.desk.control(now, order.clone());
        assert_eq!(refused, Err(ControlError::WrongState { needs: "active" }), "{order:?}");
    }
}

#[test]
pub fn the_knobs_for_one_chat_leave_its_neighbour_alone() {
    let mut play = Play::queued();
    let first = play.chat_id();
    play.control(Control::Fault(Order::new(Fault::SneakPeek).chat(&first)));
    let second = Config::default();
    assert!(second.any_ids);
    play.open();
    play.post_as(INIT, play.init_body(), Some("1"));
    play.poll_now(-1);
    play.accept();
    assert_eq!(play.poll_now(0).message(0)["sneakPeekEnabled"], false);
}

/// The switch of the mutation run must not leak into whoever comes next on the thread.
#[test]
fn a_rule_is_off_only_while_it_is_asked_to_be() {
    let second_poll_lives = || {
        let mut play = Play::established();
        let old = play.poll(1);
        play.poll(1);
        play.seen(old).status() == 204
    };
    assert!(rules::without(rules::Rule::SecondPoll, second_poll_lives));
    assert!(!second_poll_lives());
    let caught =
        std::panic::catch_unwind(|| rules::without(rules::Rule::SecondPoll, || panic!("red")));
    assert!(caught.is_err() && !second_poll_lives());
}
