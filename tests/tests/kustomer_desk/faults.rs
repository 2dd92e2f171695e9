//! Every knob does what its label says: section 12.8, and what the reference leaves open.

use parlor_tests::desks::http::Output as Answer;
use parlor_tests::desks::kustomer::{Fate, Fault, Order, signature};
use serde_json::{Value, json};

use crate::client::{Play, TOKEN, header, is_signed};

/// What came of a message under a fault, and whether it is at the desk.
fn struck(order: Order) -> (Play, crate::client::Seen, bool) {
    let (mut play, talk) = Play::talking();
    play.turn(order);
    let seen = play.says(&talk, "struck", "m-2");
    let there = play.get("/v1/messages/externalid=m-2").status() == 200;
    (play, seen, there)
}

#[test]
fn a_write_may_be_applied_and_answered_with_an_error() {
    let (_, seen, there) = struck(Order::new(Fault::AfterWrite).with("status", 503));
    assert_eq!((seen.status(), there), (503, true));
}

#[test]
fn an_answer_or_a_request_may_be_lost() {
    let (_, seen, there) = struck(Order::new(Fault::DropResponse));
    assert!(seen.is_closed() && there);
    let (_, seen, there) = struck(Order::new(Fault::DropRequest));
    assert!(seen.is_closed() && !there);
    let (_, seen, there) = struck(Order::new(Fault::HalfOpen));
    assert!(seen.is_pending() && there);
}

#[test]
fn a_gateway_answers_html_and_the_desk_an_error_and_nothing_is_done() {
    let (_, seen, there) = struck(Order::new(Fault::Html502));
    assert_eq!((seen.status(), there), (502, false));
    assert!(seen.response().body_text().contains("<html>"));
    let (_, seen, there) = struck(Order::new(Fault::Status).with("status", 500));
    assert_eq!((seen.status(), there), (500, false));
}

#[test]
fn an_answer_may_be_late_empty_huge_short_or_no_json() {
    let (mut play, seen, there) = struck(Order::new(Fault::Delay).with("ms", 1_000));
    assert!(seen.is_pending() && there);
    play.pass(1_000);
    let (_, seen, there) = struck(Order::new(Fault::EmptyBody));
    assert!(seen.response().body.is_empty() && seen.status() == 201 && there);
    let (_, seen, _) =
        struck(Order::new(Fault::HugeBody).with("bytes", 5_000).on("create_message"));
    assert!(seen.response().body.len() == 5_000 && seen.ok().is_object());
    let (_, seen, there) = struck(Order::new(Fault::CutShort).on("create_message"));
    assert!(matches!(seen.0, Some(Answer::CutShort { .. })) && there);
    let (_, seen, there) = struck(Order::new(Fault::NotJson));
    assert!(seen.status() == 200 && seen.body().is_null() && there);
}

#[test]
fn events_come_twice_once_or_always() {
    let (mut play, talk) = Play::talking();
    play.fault(Fault::DuplicateDelivery);
    play.reply(&talk, "one");
    assert_eq!(play.names(), ["message.create", "conversation.update", "message.create"]);
    let [first, second] = [0, 2].map(|at| play.arrived[at].1.clone());
    assert_eq!(first, second, "byte for byte");
    play.arrived.clear();
    play.fault(Fault::TwiceAlways);
    play.reply(&talk, "two");
    assert_eq!(play.arrived.len(), 4);
}

#[test]
fn two_events_may_be_swapped_or_one_be_late_or_lost() {
    let (mut play, talk) = Play::talking();
    play.fault(Fault::SwappedDelivery);
    play.reply(&talk, "one");
    assert_eq!(play.names(), ["conversation.update", "message.create"]);
    play.arrived.clear();
    play.turn(Order::new(Fault::DelayedDelivery).with("ms", 10_000));
    play.reply(&talk, "two");
    assert_eq!(play.names(), ["conversation.update"]);
    play.pass(10_000);
    assert_eq!(play.texts(), ["two"]);
    play.arrived.clear();
    play.fault(Fault::LostDelivery);
    play.reply(&talk, "three");
    play.pass(10_000_000);
    assert_eq!(play.names(), ["conversation.update"]);
}

#[test]
fn a_lone_event_that_is_held_comes_after_its_time() {
    let (mut play, talk) = Play::talking();
    play.turn(Order::new(Fault::SwappedDelivery).with("ms", 3_000));
    play.control(parlor_tests::desks::kustomer::Control::Done { chat: talk });
    assert_eq!(play.arrived.len(), 0);
    play.pass(3_000);
    assert_eq!(play.arrived.len(), 1);
}

#[test]
fn scattered_events_all_come_within_the_time() {
    let (mut play, talk) = Play::talking();
    play.turn(Order::new(Fault::Scatter).with("ms", 2_000));
    (1..=10).for_each(|number| play.reply(&talk, &format!("a{number}")));
    play.pass(2_000);
    let texts = play.texts();
    assert_eq!(texts.len(), 10);
    assert!(!texts.is_sorted_by_key(|text| text[1..].parse::<u32>().unwrap()), "{texts:?}");
}

#[test]
fn a_webhook_may_be_unreachable_silent_or_hurried() {
    let (mut play, talk) = Play::talking();
    play.fault(Fault::WebhookUnreachable);
    play.reply(&talk, "one");
    assert_eq!(play.arrived.len(), 0);
    play.control(parlor_tests::desks::kustomer::Control::ClearFaults(None));
    play.pass(60_000);
    assert_eq!(play.texts(), ["one"]);
    play.arrived.clear();
    play.fault(Fault::WebhookSilent);
    play.reply(&talk, "two");
    play.control(parlor_tests::desks::kustomer::Control::ClearFaults(None));
    play.pass(600_000);
    assert_eq!(play.arrived.len(), 0);
    play.turn(Order::new(Fault::HurriedRetries).with("by", 60));
    play.receiver = Some(Fate::Status(503));
    play.reply(&talk, "three");
    play.pass(64_000);
    assert!(!play.desk.hooks()[0].enabled, "an hour in a minute");
}

#[test]
fn the_patience_with_the_webhook_can_be_shortened() {
    let (mut play, talk) = Play::talking();
    play.receiver = None;
    play.turn(Order::new(Fault::WebhookTimeout).with("ms", 100));
    play.reply(&talk, "one");
    play.pass(100);
    assert_eq!(play.desk.deliveries().pop().unwrap().note, Some("timeout"));
}

#[test]
fn changes_may_be_null_or_absent() {
    let (mut play, talk) = Play::talking();
    play.fault(Fault::NoChanges);
    play.control(parlor_tests::desks::kustomer::Control::Done { chat: talk.clone() });
    assert!(play.events()[0].get("changes").is_none());
    play.turn(Order::new(Fault::NoChanges).with("how", "null"));
    play.control(parlor_tests::desks::kustomer::Control::Reopen { chat: talk });
    assert_eq!(play.events()[1].get("changes"), Some(&Value::Null));
}

#[test]
fn who_wrote_may_be_left_out_and_the_customer_be_plural() {
    let (mut play, talk) = Play::talking();
    play.fault(Fault::SparseEvents);
    play.fault(Fault::PluralCustomer);
    play.reply(&talk, "one");
    let event = play.events().remove(0);
    for missing in ["/client", "/dataId", "/data/relationships/createdBy"] {
        assert!(event.pointer(missing).is_none(), "{missing}");
    }
    assert_eq!(event["data"]["relationships"]["customer"]["data"]["type"], "customers");
}

#[test]
fn a_text_may_stand_in_meta_or_be_shortened_until_it_is_read_alone() {
    let (mut play, talk) = Play::talking();
    let long = "This is a sentence that is longer than twenty characters";
    play.fault(Fault::BodyInMeta);
    play.reply(&talk, long);
    let attributes = play.events()[0]["data"]["attributes"].clone();
    assert_eq!(
        (&attributes["meta"]["body"], &attributes["preview"]),
        (&json!(long), &json!("This is a sentence t"))
    );
    play.control(parlor_tests::desks::kustomer::Control::ClearFaults(None));
    play.fault(Fault::TruncatedPreview);
    play.reply(&talk, long);
    let event = play
        .events()
        .pop()
        .filter(|it| it["name"] == "kustomer.message.create")
        .unwrap_or(play.events()[2].clone());
    assert_eq!(event["data"]["attributes"]["preview"], "This is a sentence t");
    assert_eq!(event["data"]["attributes"]["size"], 56);
    let id = event["data"]["id"].as_str().unwrap();
    assert_eq!(play.get(&format!("/v1/messages/{id}")).attribute("preview"), long);
    let listed = play.get(&format!("/v1/conversations/{talk}/messages")).list();
    assert_eq!(listed.last().unwrap()["attributes"]["preview"], "This is a sentence t");
}

#[test]
fn a_reply_may_fail_at_the_desk() {
    let (mut play, talk) = Play::talking();
    play.fault(Fault::FailedReply);
    play.reply(&talk, "one");
    let attributes = play.events()[0]["data"]["attributes"].clone();
    assert_eq!(
        (&attributes["status"], &attributes["error"]["code"]),
        (&json!("error"), &json!("invalid-recipient"))
    );
}

#[test]
fn a_static_header_and_an_old_secret_can_be_had() {
    let (mut play, talk) = Play::talking();
    play.turn(Order::new(Fault::StaticHeader).with("name", "X-Relay-Key").with("value", "s"));
    play.turn(Order::new(Fault::OldSignature).with("token", "the old one"));
    play.reply(&talk, "one");
    let delivery = &play.arrived[0].1;
    assert_eq!(header(delivery, "x-relay-key"), Some("s"));
    assert!(is_signed(delivery, "the old one"));
}

/// The one delivery that a knob of mischief makes, and its body where it is JSON.
fn mischief(order: Order) -> (parlor_tests::desks::kustomer::Delivery, Value, String, Play) {
    let (mut play, talk) = Play::talking();
    play.turn(order);
    assert_eq!(play.arrived.len(), 1);
    let delivery = play.arrived[0].1.clone();
    let body = serde_json::from_slice(&delivery.body).unwrap_or_default();
    (delivery, body, talk, play)
}

#[test]
fn forged_and_unsigned_events_are_told_by_their_signature_only() {
    for fault in [Fault::ForgedEvent, Fault::UnsignedEvent] {
        let (delivery, body, talk, mut play) = mischief(Order::new(fault));
        assert!(!is_signed(&delivery, TOKEN));
        assert_eq!(
            header(&delivery, "x-kustomer-webhook-signature").is_some(),
            fault == Fault::ForgedEvent
        );
        assert_eq!(body["data"]["relationships"]["conversation"]["data"]["id"], talk);
        assert_eq!(
            play.get(&format!("/v1/conversations/{talk}/messages")).list().len(),
            1,
            "the desk knows nothing of it"
        );
    }
}

#[test]
fn what_is_refused_of_mischief_is_not_tried_again_and_costs_no_webhook() {
    let (mut play, _) = Play::talking();
    play.receiver = Some(Fate::Status(401));
    play.fault(Fault::ForgedEvent);
    play.pass(10_000_000);
    assert_eq!(play.arrived.len(), 1);
    let log = play.desk.deliveries().pop().unwrap();
    assert_eq!((log.state, log.status, log.note), ("refused", Some(401), Some("forged_event")));
    assert!(play.desk.hooks()[0].enabled);
}

#[test]
fn well_signed_strange_events_are_strange_in_one_way_each() {
    let (delivery, body, _, play) = mischief(Order::new(Fault::ForeignEvent));
    assert!(is_signed(&delivery, TOKEN));
    assert_ne!(body["org"], play.desk.org_id());
    let (delivery, body, talk, _) = mischief(Order::new(Fault::ForeignConversation));
    assert!(is_signed(&delivery, TOKEN));
    assert_ne!(body["data"]["relationships"]["conversation"]["data"]["id"], talk);
    let (_, body, ..) = mischief(Order::new(Fault::StaleEvent).with("hours", 48));
    assert_eq!(body["createdAt"], "2025-10-07T08:53:20.000Z");
    assert_eq!(body["data"]["attributes"]["createdAt"], "2025-10-07T08:53:20.000Z");
    let (delivery, body, ..) = mischief(Order::new(Fault::UnknownEvent));
    assert_eq!(body["name"], "kustomer.kobject.create");
    assert_eq!(header(&delivery, "x-kustomer-webhook-event"), Some("kustomer.kobject.create"));
    let (delivery, body, ..) = mischief(Order::new(Fault::GarbageEvent));
    assert!(body.is_null() && is_signed(&delivery, TOKEN));
    let (delivery, ..) = mischief(Order::new(Fault::HugeEvent).with("bytes", 3_000_000));
    assert_eq!(delivery.body.len(), 3_000_000);
}

#[test]
fn an_old_event_is_replayed_byte_for_byte() {
    let (mut play, talk) = Play::talking();
    play.reply(&talk, "one");
    let first = play.arrived[0].1.clone();
    play.arrived.clear();
    play.pass(7_200_000);
    play.fault(Fault::ReplayEvent);
    assert_eq!(play.arrived[0].1, first);
    assert_eq!(
        header(&first, "x-kustomer-webhook-signature"),
        Some(&*signature(TOKEN, &first.body))
    );
}

#[test]
fn a_conversation_may_be_deleted_under_the_client() {
    let (mut play, talk) = Play::talking();
    play.turn(Order::new(Fault::ForgetConversation).chat(&talk));
    assert_eq!(play.says(&talk, "two", "m-2").status(), 404);
}

#[test]
fn a_knob_for_one_conversation_leaves_others_alone() {
    let (mut play, talk) = Play::talking();
    let customer = play.get("/v1/customers/externalId=web%3A1").id();
    let other = play.post("/v1/conversations", json!({ "customer": customer })).id();
    play.turn(Order::new(Fault::Status).chat(&other));
    assert_eq!(play.says(&talk, "mine", "m-2").status(), 201);
    assert_eq!(play.says(&other, "theirs", "m-3").status(), 500);
    let strange = Order::new(Fault::Status).chat("none");
    assert!(
        play.desk
            .control(play.at(), parlor_tests::desks::kustomer::Control::Fault(strange))
            .is_err()
    );
}
