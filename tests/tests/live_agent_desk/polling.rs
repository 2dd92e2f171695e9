//! The long poll and the hand-over to another server: the vendor's rules, each by name.

use parlor_tests::desks::http::Request;
use parlor_tests::desks::live_agent::Fault;
use serde_json::{Value, json};

use crate::client::Play;

#[test]
pub fn a_second_poll_ends_the_chat_for_both() {
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
pub fn a_poll_is_held_for_thirty_seconds_and_then_204() {
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
pub fn a_poll_takes_everything_at_once_and_its_sequence_is_the_last_one() {
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
pub fn an_older_ack_brings_the_same_again() {
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
pub fn without_ack_everything_delivered_counts_as_confirmed() {
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
pub fn an_aborted_poll_makes_room_when_it_is_noticed_and_kills_when_it_is_not() {
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
pub fn the_connection_timeout_counts_from_the_end_of_the_last_poll() {
    let mut play = Play::established();
    let poll = play.poll(1);
    play.pass(20_000);
    play.abort(poll);
    play.pass(39_999);
    assert_eq!(play.chat().state, "active");
    play.pass(1);
    assert_eq!(play.chat().ended_by.as_deref(), Some("connectionTimeout"));
}

#[test]
pub fn an_unnoticed_poll_is_over_when_its_hold_is() {
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
pub fn what_went_to_an_unnoticed_poll_comes_again_by_its_ack() {
    let mut play = Play::established();
    play.fault(Fault::AbortUnnoticed);
    let poll = play.poll(1);
    play.abort(poll);
    play.agent_says("into the void");
    assert!(play.seen(poll).is_pending());
    assert_eq!(play.poll_now(1).message(0)["text"], "into the void");
}

#[test]
pub fn without_polls_the_chat_ends_after_the_connection_timeout() {
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

#[test]
pub fn a_hand_over_stops_everything_until_the_client_has_reconnected_and_resynced() {
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
pub fn the_503_to_a_held_poll_is_reason_enough_to_reconnect() {
    let mut play = Play::established();
    let held = play.poll(1);
    play.fault(Fault::HandOver);
    assert_eq!(play.seen(held).status(), 503);
    assert_eq!(play.reconnect(0).status(), 200);
}

#[test]
pub fn an_older_offset_brings_what_came_after_it_and_an_invented_one_is_400() {
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
pub fn reconnecting_without_need_is_405_and_below_version_37_404() {
    let mut play = Play::established();
    assert_eq!(play.reconnect(0).status(), 405);
    play.version = "36";
    assert_eq!(play.reconnect(0).status(), 404);
    assert_eq!(play.breaches(), ["needless_reconnect"]);
}

#[test]
pub fn reconnecting_with_an_affinity_is_503_like_everything_else() {
    let mut play = Play::established();
    play.fault(Fault::HandOver);
    play.poll_now(1);
    let address = "/chat/rest/System/ReconnectSession?ReconnectSession.offset=0";
    assert_eq!(play.send(play.with_session(Request::get(address))).status(), 503);
    assert_eq!(play.reconnect(0).status(), 200);
}

#[test]
pub fn a_lost_answer_to_reconnecting_can_be_made_good() {
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
