//! Every knob, each by its name, in virtual time.

use parlor_tests::desks::ControlError;
use parlor_tests::desks::http::Request;
use parlor_tests::desks::live_agent::faults::CATALOGUE;
use parlor_tests::desks::live_agent::{Control, Fault, Order, Output};
use serde_json::{Value, json};

use crate::client::{INIT, Play};

const ONCE: &str = "once";

fn message(text: &str) -> Value {
    json!({ "text": text })
}

#[test]
pub fn every_knob_has_its_test() {
    for knob in CATALOGUE {
        let test = format!("fn {}_", knob.name);
        assert!(include_str!("faults.rs").contains(&test), "no test for {}", knob.name);
    }
}

#[test]
pub fn gateway_503_keeps_the_request_from_the_desk_and_starts_no_hand_over() {
    let mut play = Play::established();
    play.fault(Fault::Gateway503);
    assert_eq!(play.post_as("ChatMessage", message(ONCE), Some("2")).status(), 503);
    assert!(play.said_by_visitor().is_empty());
    assert_eq!(play.reconnect(0).status(), 405);
    assert_eq!(play.post_as("ChatMessage", message(ONCE), Some("2")).text(), "OK");
}

#[test]
pub fn delay_executes_at_once_and_answers_late() {
    let mut play = Play::established();
    play.fault(Fault::Delay { ms: 5_000 });
    assert!(play.post_as("ChatMessage", message(ONCE), Some("2")).is_pending());
    assert_eq!(play.said_by_visitor(), [ONCE]);
    assert_eq!(
        play.post_as("ChatMessage", message(ONCE), Some("2")).text(),
        "OK",
        "a repetition is a duplicate"
    );
    play.control(Control::Fault(Order::new(Fault::Delay { ms: 5_000 }).on("Messages").times(2)));
    play.agent_says("hello");
    let dropped = play.poll(1);
    play.pass(4_000);
    play.abort(dropped);
    let poll = play.poll(1);
    play.pass(4_999);
    assert!(play.seen(poll).is_pending());
    play.pass(1);
    assert_eq!(play.seen(poll).types(), ["ChatMessage"]);
    assert!(play.seen(dropped).is_pending(), "nothing is sent to a client that is gone");
}

#[test]
pub fn drop_response_executes_and_closes() {
    let mut play = Play::established();
    play.fault(Fault::DropResponse);
    assert!(play.post_as("ChatMessage", message(ONCE), Some("2")).is_closed());
    assert_eq!(play.post_as("ChatMessage", message(ONCE), Some("2")).text(), "OK");
    assert_eq!(play.said_by_visitor(), [ONCE]);
}

#[test]
pub fn drop_request_closes_and_executes_nothing() {
    let mut play = Play::established();
    play.fault(Fault::DropRequest);
    assert!(play.post_as("ChatMessage", message(ONCE), Some("2")).is_closed());
    assert!(play.said_by_visitor().is_empty());
}

#[test]
pub fn html_502_is_a_web_page_and_executes_nothing() {
    let mut play = Play::established();
    play.fault(Fault::Html502);
    let seen = play.post_as("ChatMessage", message(ONCE), Some("2"));
    assert_eq!((seen.status(), &seen.text()[..6]), (502, "<html>"));
    assert!(play.said_by_visitor().is_empty());
}

#[test]
pub fn status_answers_what_it_is_told() {
    let mut play = Play::established();
    for status in [400, 403, 409, 500] {
        play.fault(Fault::Status { status });
        assert_eq!(play.post_as("ChatMessage", message(ONCE), Some("2")).status(), status);
    }
    assert!(play.said_by_visitor().is_empty());
}

#[test]
pub fn half_open_swallows_the_answer_and_loses_nothing() {
    let mut play = Play::established();
    play.fault(Fault::HalfOpen);
    let poll = play.poll(1);
    play.agent_says("unheard");
    play.pass(39_000);
    assert!(play.seen(poll).is_pending());
    assert_eq!(play.poll_now(1).message(0)["text"], "unheard");
}

#[test]
pub fn half_open_is_still_an_open_poll() {
    let mut play = Play::established();
    play.fault(Fault::HalfOpen);
    play.poll(1);
    assert_eq!(play.poll_now(1).status(), 409);
}

#[test]
pub fn empty_body_is_200_and_nothing() {
    let mut play = Play::established();
    play.fault(Fault::EmptyBody);
    play.agent_says("unheard");
    let seen = play.poll_now(1);
    assert_eq!((seen.status(), seen.text().as_str()), (200, ""));
    assert_eq!(play.poll_now(1).message(0)["text"], "unheard");
}

#[test]
pub fn huge_body_is_as_large_as_told_and_still_json() {
    let mut play = Play::established();
    play.fault(Fault::HugeBody { bytes: 10_000_000 });
    play.agent_says("heard");
    let seen = play.poll_now(1);
    assert_eq!(seen.text().len(), 10_000_000);
    assert_eq!(seen.message(0)["text"], "heard");
}

#[test]
pub fn cut_short_promises_more_than_it_sends() {
    let mut play = Play::established();
    play.control(Control::Fault(Order::new(Fault::CutShort { sent_bytes: None }).times(3)));
    play.agent_says("unheard");
    let conn = play.poll(1);
    match play.seen(conn).0 {
        Some(Output::CutShort { response, sent_bytes, .. }) => {
            assert_eq!(sent_bytes, response.body.len() / 2)
        }
        other => panic!("not cut: {other:?}"),
    }
    let held = play.poll(2);
    play.pass(30_000);
    assert!(play.seen(held).is_closed(), "there is nothing to cut in a 204");
    play.poll(1);
    assert_eq!(play.poll_now(1).message(0)["text"], "unheard");
}

#[test]
pub fn not_json_is_200_and_a_page() {
    let mut play = Play::established();
    play.fault(Fault::NotJson);
    play.agent_says("unheard");
    let seen = play.poll_now(1);
    assert_eq!(seen.status(), 200);
    assert!(seen.text().contains("Sign in"));
    assert_eq!(play.poll_now(1).message(0)["text"], "unheard");
}

#[test]
pub fn switch_server_answers_visitor_calls() {
    let mut play = Play::new();
    let new_url = "https://d.la9-c9-sim.salesforceliveagent.com/chat".to_owned();
    play.fault(Fault::SwitchServer { new_url: new_url.clone() });
    let address = "/chat/rest/Visitor/Availability?org_id=00D000000000001&deployment_id=572000000000001&Availability.ids=573000000000001";
    let request = || Request::get(address).header("X-LIVEAGENT-API-VERSION", "58");
    let seen = play.send(request());
    assert_eq!(seen.types(), ["SwitchServer"]);
    assert_eq!(seen.message(0)["newUrl"], new_url);
    assert_eq!(play.send(request()).types(), ["Availability"]);
}

#[test]
pub fn switch_server_message_comes_in_the_poll() {
    let mut play = Play::established();
    play.fault(Fault::SwitchServerMessage { new_url: "https://elsewhere.example/chat".to_owned() });
    let seen = play.poll_now(1);
    assert_eq!(
        (seen.types(), seen.message(0)["newUrl"].clone()),
        (vec!["SwitchServer".to_owned()], json!("https://elsewhere.example/chat"))
    );
}

#[test]
pub fn cut_poll_closes_the_open_poll_and_frees_its_place() {
    let mut play = Play::established();
    let poll = play.poll(1);
    play.fault(Fault::CutPoll);
    assert!(play.seen(poll).is_closed());
    let poll = play.poll(1);
    assert!(play.seen(poll).is_pending());
}

#[test]
pub fn repeat_last_brings_the_same_sequence_and_offset_again() {
    let mut play = Play::established();
    play.agent_says("hello");
    let first = play.poll_now(1);
    let poll = play.poll(2);
    play.fault(Fault::RepeatLast);
    let again = play.seen(poll);
    assert_eq!(again.json(), first.json());
    play.fault(Fault::RepeatLast);
    assert_eq!(play.poll_now(2).json(), first.json(), "also where no poll is open yet");
    let poll = play.poll(2);
    assert!(play.seen(poll).is_pending());
}

#[test]
pub fn hand_over_changes_the_affinity_of_one_chat_only() {
    let mut play = Play::established();
    let first = play.session.clone();
    play.open();
    play.post_as(INIT, play.init_body(), Some("1"));
    let order = Order::new(Fault::HandOver).chat(first["id"].as_str().unwrap());
    play.control(Control::Fault(order));
    assert_eq!(play.poll_now(-1).types(), ["ChatRequestSuccess"]);
    play.session = first;
    assert_eq!(play.poll_now(1).status(), 503);
}

#[test]
pub fn no_reset_field_leaves_it_out_and_restarts_all_the_same() {
    let mut play = Play::established();
    play.say("one");
    play.fault(Fault::NoResetField);
    play.fault(Fault::HandOver);
    let offset = 0;
    play.poll_now(1);
    let answer = play.reconnect(offset).message(0);
    assert!(answer.get("resetSequence").is_none() && answer.get("affinityToken").is_some());
    play.poll_now(-1);
    play.post_as("ChasitorResyncState", json!({ "organizationId": "00D000000000001" }), None);
    assert_eq!(play.post_as("ChatMessage", message("two"), Some("1")).text(), "OK");
}

#[test]
pub fn restart_sequence_counts_answers_from_zero_and_takes_an_old_ack() {
    for ack in [-1, 2] {
        let mut play = Play::established();
        play.agent_says("hello");
        let offset = play.poll_now(1).offset();
        play.fault(Fault::RestartSequence);
        play.fault(Fault::HandOver);
        play.poll_now(2);
        play.reconnect(offset);
        let answer = play.poll_now(ack);
        assert_eq!(
            (answer.types(), answer.sequence()),
            (vec!["ChasitorSessionData".to_owned()], 0)
        );
        assert_eq!(
            play.poll_now(ack).sequence(),
            0,
            "an old ack confirms nothing, so it comes again"
        );
        let poll = play.poll(0);
        play.agent_says("welcome back");
        assert_eq!(play.seen(poll).sequence(), 1);
    }
}

#[test]
pub fn typing_swapped_puts_the_stop_before_the_start() {
    let mut play = Play::established();
    play.fault(Fault::TypingSwapped);
    assert_eq!(play.poll_now(1).types(), ["AgentNotTyping", "AgentTyping"]);
}

#[test]
pub fn unknown_message_comes_before_a_known_one() {
    let mut play = Play::established();
    play.fault(Fault::UnknownMessage);
    assert_eq!(play.poll_now(1).types(), ["FutureMessage", "NewVisitorBreadcrumb"]);
}

#[test]
pub fn async_error_reports_a_failure() {
    let mut play = Play::established();
    play.fault(Fault::AsyncError);
    assert_eq!(play.poll_now(1).message(0)["isSuccess"], false);
}

#[test]
pub fn agent_drops_out_and_another_takes_over() {
    let mut play = Play::established();
    play.fault(Fault::AgentDropsOut);
    assert_eq!(play.poll_now(1).types(), ["AgentDisconnect"]);
    assert_eq!(play.chat().state, "waiting");
    assert_eq!(play.say("hello?").text(), "OK");
    play.control(Control::Accept { chat: play.chat_id(), agent: Some("Tomás Vidal".to_owned()) });
    assert_eq!(play.poll_now(2).types(), ["ChatTransferred"]);
}

#[test]
pub fn agents_gone_fails_the_request_in_mid_chat() {
    let mut play = Play::established();
    play.fault(Fault::AgentsGone);
    let seen = play.poll_now(1);
    assert_eq!(
        (seen.types(), seen.message(0)["reason"].clone()),
        (vec!["ChatRequestFail".to_owned()], json!("Unavailable"))
    );
    assert_eq!(play.poll_now(2).status(), 403);
}

#[test]
pub fn expire_session_is_403_at_once() {
    let mut play = Play::established();
    let poll = play.poll(1);
    play.fault(Fault::ExpireSession);
    assert_eq!(play.seen(poll).status(), 403);
    assert_eq!(play.say("hello?").status(), 403);
}

#[test]
pub fn late_established_comes_second_in_its_batch() {
    let mut play = Play::queued();
    play.fault(Fault::LateEstablished);
    play.accept();
    assert_eq!(play.poll_now(0).types(), ["QueueUpdate", "ChatEstablished"]);
}

#[test]
pub fn fail_request_refuses_by_the_reason_given() {
    let mut play = Play::new();
    play.fault(Fault::FailRequest { reason: "Blocked".to_owned() });
    play.open();
    assert_eq!(play.init().text(), "OK");
    assert_eq!(play.poll_now(-1).message(0)["reason"], "Blocked");
}

#[test]
pub fn poll_timeout_string_is_a_string_once() {
    let mut play = Play::new();
    play.fault(Fault::PollTimeoutString);
    play.open();
    assert_eq!(play.session["clientPollTimeout"], "40");
    play.open();
    assert_eq!(play.session["clientPollTimeout"], 40);
}

#[test]
pub fn abort_unnoticed_leaves_the_poll_open() {
    let mut play = Play::established();
    play.fault(Fault::AbortUnnoticed);
    let poll = play.poll(1);
    play.abort(poll);
    assert_eq!(play.poll_now(1).status(), 409);
}

#[test]
pub fn burst_loss_answers_ok_and_loses_what_comes_too_soon() {
    let mut play = Play::established();
    play.fault(Fault::BurstLoss { window_ms: 100 });
    assert_eq!(play.say("one").text(), "OK");
    play.pass(99);
    assert_eq!(play.say("lost").text(), "OK");
    play.pass(100);
    assert_eq!(play.say("two").text(), "OK");
    assert_eq!(play.said_by_visitor(), ["one", "two"]);
}

#[test]
pub fn strict_sequence_wants_the_number() {
    let mut play = Play::established();
    play.fault(Fault::StrictSequence);
    assert_eq!(play.post_as("ChatMessage", message(ONCE), None).status(), 400);
    assert_eq!(play.post_as("ChatMessage", message(ONCE), Some("2")).text(), "OK");
}

#[test]
pub fn early_messages_are_taken_before_an_agent_joins() {
    let mut play = Play::queued();
    play.fault(Fault::EarlyMessages);
    assert_eq!(play.say("early").text(), "OK");
    assert_eq!(play.said_by_visitor(), ["early"]);
}

#[test]
pub fn last_words_are_fetched_once_after_a_timeout() {
    let mut play = Play::established();
    play.fault(Fault::LastWords);
    play.agent_says("are you there?");
    play.pass(40_000);
    assert_eq!(play.chat().ended_by.as_deref(), Some("connectionTimeout"));
    assert_eq!(play.poll_now(1).types(), ["ChatMessage"]);
    assert_eq!(play.poll_now(2).status(), 403);
}

#[test]
pub fn end_once_does_not_repeat_a_lost_end() {
    let mut play = Play::established();
    play.fault(Fault::EndOnce);
    play.control(Control::End { chat: play.chat_id(), reason: None });
    assert_eq!(play.poll_now(1).types(), ["ChatEnded"]);
    assert_eq!(play.poll_now(1).status(), 403);
}

#[test]
pub fn conflict_closes_the_older_poll() {
    let mut play = Play::established();
    play.fault(Fault::ConflictCloses);
    let old = play.poll(1);
    assert_eq!(play.poll_now(1).status(), 409);
    assert!(play.seen(old).is_closed());
}

#[test]
pub fn idle_timeout_is_announced() {
    let mut play = Play::queued();
    play.fault(Fault::IdleTimeout { warning_s: 30, timeout_s: 60 });
    play.accept();
    let idle = json!({ "isEnabled": true, "warningTime": 30, "timeout": 60 });
    assert_eq!(play.poll_now(0).message(0)["chasitorIdleTimeout"], idle);
}

#[test]
pub fn sensitive_rules_are_announced() {
    let mut play = Play::new();
    play.fault(Fault::SensitiveRules);
    play.open();
    play.init();
    assert_eq!(play.poll_now(-1).message(0)["sensitiveDataRules"][0]["actionType"], "Replace");
}

#[test]
pub fn retired_answers_everything_with_a_page_until_cleared() {
    let mut play = Play::established();
    for status in [404, 410] {
        play.fault(Fault::Retired { status });
        assert_eq!(play.say("hello?").status(), status);
        assert_eq!(play.poll_now(1).status(), status);
    }
    play.control(Control::ClearFaults(Some("retired".to_owned())));
    let poll = play.poll(1);
    assert!(play.seen(poll).is_pending());
}

#[test]
pub fn an_action_for_nobody_is_refused() {
    let mut play = Play::queued();
    let now = std::time::Duration::from_millis(play.now);
    let order = |fault| Control::Fault(Order::new(fault));
    let refused = play.desk.control(now, order(Fault::TypingSwapped));
    assert_eq!(refused, Err(ControlError::WrongState { needs: "active" }), "nobody can type");
    let stranger = Control::Fault(Order::new(Fault::HandOver).chat("nobody"));
    assert_eq!(play.desk.control(now, stranger), Err(ControlError::UnknownChat));
}

#[test]
pub fn accepted_202_executes_and_says_so() {
    let mut play = Play::established();
    play.fault(Fault::Accepted202);
    let seen = play.post_as("ChatMessage", message(ONCE), Some("2"));
    assert_eq!((seen.status(), seen.text().as_str()), (202, "OK"));
    assert_eq!(play.said_by_visitor(), [ONCE]);
}

#[test]
pub fn sensitive_rules_message_comes_in_the_poll() {
    let mut play = Play::established();
    play.fault(Fault::SensitiveRulesMessage);
    let answer = play.poll_now(1);
    assert_eq!(answer.types(), ["SensitiveDataRules"]);
    assert_eq!(answer.message(0)["sensitiveDataRules"][0]["replacement"], "****");
}

#[test]
pub fn transfer_as_tells_a_transfer_by_the_type_given() {
    let mut play = Play::established();
    play.fault(Fault::TransferAs { kind: "TransferToBotInitiated".to_owned() });
    play.control(Control::Transfer { chat: play.chat_id(), agent: None });
    assert_eq!(play.poll_now(1).types(), ["TransferToBotInitiated"]);
}

#[test]
pub fn resumed_after_transfer_waits_for_one() {
    let mut play = Play::queued();
    play.fault(Fault::ResumedAfterTransfer);
    play.accept();
    assert_eq!(play.poll_now(0).types(), ["ChatEstablished"], "nothing was transferred yet");
    play.control(Control::Transfer { chat: play.chat_id(), agent: None });
    play.accept();
    let types = play.poll_now(1).types();
    assert_eq!(types, ["TransferToButtonInitiated", "ChatResumedAfterTransfer"]);
}

#[test]
pub fn file_fails_ends_in_failure() {
    let mut play = Play::established();
    play.control(Control::AskForFile { chat: play.chat_id() });
    let token = play.poll_now(1).message(0)["fileToken"].as_str().unwrap().to_owned();
    play.fault(Fault::FileFails);
    let chat = play.chat_id();
    let query = format!("orgId=00D000000000001&chatKey={chat}&fileToken={token}&encoding=UTF-8");
    assert_eq!(play.upload(&query, 3).status(), 200);
    assert_eq!(play.poll_now(2).message(0), json!({ "type": "Failure" }));
}

#[test]
pub fn idle_spelling_is_the_guides_other_one() {
    let mut play = Play::queued();
    play.fault(Fault::IdleSpelling);
    play.fault(Fault::IdleTimeout { warning_s: 30, timeout_s: 60 });
    play.accept();
    let joined = play.poll_now(0).message(0);
    assert_eq!(joined["chasitorIdletimeout"]["warningTime"], 30);
    assert_eq!(joined["chasitorIdleTimeout"], Value::Null);
}

#[test]
pub fn no_idle_member_leaves_it_out() {
    let mut play = Play::queued();
    play.fault(Fault::NoIdleMember);
    play.accept();
    assert!(!play.poll_now(0).message(0).to_string().contains("dle"));
}

#[test]
pub fn sneak_peek_is_asked_for() {
    let mut play = Play::queued();
    play.fault(Fault::SneakPeek);
    play.accept();
    assert_eq!(play.poll_now(0).message(0)["sneakPeekEnabled"], true);
}

#[test]
pub fn footer_menu_has_items() {
    let mut play = Play::queued();
    play.fault(Fault::FooterMenu);
    play.accept();
    let item = json!({ "id": "1", "text": "Opening hours", "value": "Opening hours", "dialogId": "dialog-1" });
    assert_eq!(play.poll_now(0).message(0)["items"][0], item);
}

#[test]
pub fn attached_records_come_in_both_shapes_at_both_ends() {
    let list = json!([{ "fieldName": "CaseId", "fieldValue": "500000000000001" }]);
    for (shape, records) in [("list", list), ("text", json!("CaseId:500000000000001"))] {
        for by_agent in [true, false] {
            let mut play = Play::established();
            play.fault(Fault::AttachedRecords { shape: shape.to_owned() });
            match by_agent {
                true => play.control(Control::End { chat: play.chat_id(), reason: None }),
                false => drop(play.post("ChatEnd", json!({ "reason": "client" }))),
            }
            assert_eq!(play.poll_now(1).message(0)["attachedRecords"], records);
        }
    }
}

#[test]
pub fn long_ids_have_eighteen_characters_in_answers() {
    let mut play = Play::queued();
    play.fault(Fault::LongIds);
    play.accept();
    assert_eq!(play.poll_now(0).message(0)["userId"], "005000000000001AAA");
    let address = "/chat/rest/Visitor/Availability?org_id=00D000000000001&deployment_id=572000000000001&Availability.ids=573000000000001";
    let answer = play.send(Request::get(address).header("X-LIVEAGENT-API-VERSION", "58"));
    assert_eq!(answer.message(0)["results"][0]["id"], "573000000000001AAA");
}
