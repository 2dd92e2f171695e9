//! Outbound webhooks: section 8.

use parlor_tests::desks::kustomer::{Control, Fate, Fault, Order, RETRY_DELAYS};
use serde_json::{Value, json};

use crate::client::{HOOK, Play, TOKEN, header, is_signed};

#[test]
pub fn deliveries_are_signed_over_the_raw_body() {
    let (mut play, talk) = Play::talking();
    play.reply(&talk, "café ☕");
    assert!(!play.arrived.is_empty());
    for (_, delivery) in &play.arrived {
        assert!(is_signed(delivery, TOKEN) && !is_signed(delivery, "another"));
        assert_eq!(header(delivery, "Content-Type"), Some("application/json"));
        let signed = header(delivery, "X-Kustomer-Webhook-Signature").unwrap();
        assert!(signed.len() == 64 && *signed == signed.to_lowercase(), "{signed}");
        assert_eq!(delivery.url, HOOK);
    }
}

#[test]
pub fn a_delivery_names_its_event_in_a_header() {
    let (mut play, talk) = Play::talking();
    play.reply(&talk, "Hi");
    let named: Vec<_> = play
        .arrived
        .iter()
        .map(|(_, it)| header(it, "X-Kustomer-Webhook-Event").map(str::to_owned))
        .collect();
    let expected = ["kustomer.message.create", "kustomer.conversation.update"];
    assert_eq!(named, expected.map(|name| Some(name.to_owned())));
}

#[test]
fn an_event_has_the_envelope_of_the_samples() {
    let (mut play, talk) = Play::talking();
    play.reply(&talk, "It ships today, sorry");
    let event = play.events().remove(0);
    for name in ["org", "partition"] {
        assert_eq!(event[name], play.desk.org_id());
    }
    assert_eq!(event["dataId"], event["data"]["id"]);
    assert_eq!(event["changes"], Value::Null);
    assert_eq!(
        (&event["persist"], &event["meta"]),
        (&json!(true), &json!({ "customChanged": false }))
    );
    let data = &event["data"];
    assert_eq!(
        (&data["type"], &data["attributes"]["direction"]),
        (&json!("message"), &json!("out"))
    );
    assert_eq!((&data["attributes"]["size"], &data["attributes"]["rev"]), (&json!(21), &json!(1)));
    assert_eq!(data["relationships"]["conversation"]["data"]["id"], talk);
    assert_eq!(data["relationships"]["createdBy"]["data"]["type"], "user");
    let read = play.get(&format!("/v1/messages/{}", data["id"].as_str().unwrap())).ok();
    assert_eq!(&read["data"], data, "the same as reading it");
}

#[test]
pub fn each_message_changes_its_conversation_and_that_is_an_event() {
    let mut play = Play::hooked();
    let (_, talk) = play.conversation();
    assert_eq!(play.names(), Vec::<String>::new(), "creations were not subscribed");
    play.says(&talk, "Hello", "m-1");
    assert_eq!(
        play.names(),
        ["message.create", "conversation.update"],
        "its own writes come back too"
    );
    let update = play.events().remove(1);
    let changes = &update["changes"]["attributes"];
    assert_eq!(changes["messageCount"], json!({ "op": "replace", "before": 0, "after": 1 }));
    assert!(changes.get("status").is_none() && changes.get("assignedUsers").is_none());
}

#[test]
pub fn an_update_tells_what_changed() {
    let (mut play, talk) = Play::talking();
    play.control(Control::Done { chat: talk.clone() });
    let event = play.events().remove(0);
    assert_eq!(
        event["changes"]["attributes"]["status"],
        json!({ "op": "replace", "before": "open", "after": "done" })
    );
    let rev = &event["changes"]["attributes"]["rev"];
    assert_eq!(rev["after"].as_i64(), rev["before"].as_i64().map(|rev| rev + 1));
    assert_eq!(event["data"]["attributes"]["rev"], rev["after"]);
    assert_eq!(event["data"]["relationships"]["modifiedBy"]["data"]["type"], "user");
}

#[test]
pub fn a_webhook_gets_the_events_it_names() {
    let mut play = Play::subscribed(&["kustomer.customer.create", "kustomer.message.update"]);
    let (_, talk) = play.conversation();
    play.says(&talk, "Hello", "m-1");
    assert_eq!(play.names(), ["customer.create"]);
}

#[test]
fn redacting_is_an_update_of_the_message() {
    let mut play = Play::subscribed(&["kustomer.message.update"]);
    let (_, talk) = play.conversation();
    play.reply(&talk, "My password is 1234");
    play.control(Control::Redact { chat: talk, message: None });
    let event = play.events().remove(0);
    assert_eq!(event["data"]["attributes"]["redacted"], true);
    assert!(!event["data"].to_string().contains("1234"));
}

#[test]
pub fn notes_raise_no_message_event() {
    let (mut play, talk) = Play::talking();
    play.control(Control::Note { chat: talk, text: "internal".to_owned(), agent: None });
    assert_eq!(play.names(), ["conversation.update"], "only the counter");
}

#[test]
pub fn a_failed_delivery_is_tried_again_on_the_schedule_and_then_the_webhook_is_off() {
    let (mut play, talk) = Play::talking();
    play.turn(Order::new(Fault::LostDelivery).times(1).chat(&talk));
    play.receiver = Some(Fate::Status(500));
    play.control(Control::Done { chat: talk.clone() });
    assert_eq!(play.arrived.len(), 0, "that one was lost");
    play.control(Control::Reopen { chat: talk.clone() });
    play.pass(4_000_000);
    let minutes: Vec<u64> =
        play.arrived.windows(2).map(|pair| (pair[1].0 - pair[0].0) / 60_000).collect();
    assert_eq!(minutes, [1, 1, 2, 5, 10, 15, 30]);
    assert_eq!(minutes.len(), RETRY_DELAYS.len());
    assert!(play.arrived.windows(2).all(|pair| pair[0].1 == pair[1].1), "the same bytes each time");
    let log = play.desk.deliveries().pop().unwrap();
    assert_eq!((log.state, log.attempts, log.status), ("given up", 8, Some(500)));
    assert!(!play.desk.hooks()[0].enabled);
}

#[test]
pub fn a_webhook_that_is_off_gets_nothing_until_it_is_switched_on() {
    let (mut play, talk) = Play::talking();
    play.fault(Fault::SwitchOffWebhook);
    play.reply(&talk, "Into the void");
    assert_eq!(play.arrived.len(), 0);
    play.control(Control::SwitchHooks(true));
    play.pass(600_000);
    assert_eq!(play.arrived.len(), 0, "what was missed does not come");
    play.reply(&talk, "Back again");
    assert_eq!(play.texts(), ["Back again"]);
}

#[test]
fn what_waits_for_a_retry_is_dropped_when_the_webhook_goes_off() {
    let (mut play, talk) = Play::talking();
    play.receiver = Some(Fate::Unreachable);
    play.reply(&talk, "Hi");
    play.arrived.clear();
    play.control(Control::SwitchHooks(false));
    play.pass(120_000);
    assert_eq!(play.arrived.len(), 0);
    assert!(play.desk.deliveries().iter().rev().take(2).all(|line| line.state == "dropped"));
}

#[test]
pub fn only_a_2xx_counts_as_taken() {
    for (status, taken) in
        [(200, true), (204, true), (302, false), (401, false), (404, false), (503, false)]
    {
        let (mut play, talk) = Play::talking();
        play.receiver = Some(Fate::Status(status));
        play.reply(&talk, "Hi");
        let log = play.desk.deliveries().pop().unwrap();
        assert_eq!(log.state == "taken", taken, "{status}: {}", log.state);
        assert_eq!(log.next_ms.is_none(), taken);
    }
}

#[test]
pub fn an_answer_that_takes_too_long_is_a_failure() {
    let (mut play, talk) = Play::talking();
    play.receiver = None;
    play.control(Control::Done { chat: talk });
    play.pass(4_999);
    assert_eq!(play.desk.deliveries().pop().unwrap().state, "sent");
    play.pass(1);
    let log = play.desk.deliveries().pop().unwrap();
    assert_eq!((log.state, log.note), ("failed", Some("timeout")));
    let late = play.open[0];
    play.settle(late, Fate::Status(200));
    assert_eq!(play.desk.deliveries().pop().unwrap().state, "failed", "too late is too late");
    play.pass(60_000);
    assert_eq!(play.arrived.len(), 2);
}

#[test]
pub fn the_event_id_is_the_same_across_retries_unless_a_knob_says_otherwise() {
    let (mut play, talk) = Play::talking();
    play.receiver = Some(Fate::Status(503));
    play.control(Control::Done { chat: talk });
    play.pass(60_000);
    play.fault(Fault::FreshEventIds);
    play.pass(60_000);
    let ids: Vec<Value> = play.events().iter().map(|event| event["id"].clone()).collect();
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[1], ids[2]);
}

#[test]
pub fn webhooks_are_made_read_changed_and_deleted_by_api() {
    let mut play = Play::new();
    play.admin(|play| {
        let body = json!({
            "name": "chat relay", "url": "https://edge.example/x", "events": ["kustomer.message.create"],
            "headers": [{ "name": "X-Relay-Key", "value": "opaque" }],
        });
        let made = play.post("/v1/outbound-webhooks", body.clone());
        let token = made.attribute("token").as_str().unwrap().to_owned();
        let path = format!("/v1/outbound-webhooks/{}", made.id());
        assert_eq!(play.get(&path).attribute("token"), token.as_str(), "it can be read again");
        let (_, talk) = play.conversation();
        play.reply(&talk, "Hi");
        let delivery = play.arrived.pop().unwrap().1;
        assert!(is_signed(&delivery, &token));
        assert_eq!(header(&delivery, "X-Relay-Key"), Some("opaque"));
        let mut other = body;
        other["name"] = json!("renamed");
        other["enabled"] = json!(false);
        assert_eq!(play.send("PUT", &path, other).attribute("name"), "renamed");
        assert!(!play.desk.hooks()[0].enabled);
        assert_eq!(play.send("DELETE", &path, Value::Null).status(), 204);
        assert_eq!(play.get("/v1/outbound-webhooks").list().len(), 0);
        assert_eq!(play.get("/v1/outbound-webhooks/events").list().len(), 12);
    });
}

#[test]
pub fn a_webhook_has_its_limits() {
    let mut play = Play::new();
    let hook = |url: &str, events: Value| json!({ "name": "x", "url": url, "events": events });
    let one = json!(["kustomer.message.create"]);
    play.admin(|play| {
        let refused =
            |play: &mut Play, body: Value| play.post("/v1/outbound-webhooks", body).refusal();
        let field = |name: &str| (400, name.to_owned());
        assert_eq!(refused(play, hook("http://edge.example/x", one.clone())), field("url"));
        assert_eq!(
            refused(play, hook(&format!("https://{}", "x".repeat(250)), one.clone())),
            field("url")
        );
        assert_eq!(
            refused(play, hook("https://a.example", json!(["kustomer.message.delete"]))),
            field("events")
        );
        assert_eq!(
            refused(play, hook("https://a.example", json!(vec!["kustomer.tag.create"; 13]))),
            field("events")
        );
        let long = json!({ "name": "x".repeat(256), "url": "https://a.example", "events": one });
        assert_eq!(refused(play, long), field("name"));
        for _ in 0..5 {
            assert_eq!(
                play.post("/v1/outbound-webhooks", hook("https://a.example", one.clone())).status(),
                201
            );
        }
        assert_eq!(
            play.post("/v1/outbound-webhooks", hook("https://a.example", one.clone())).status(),
            400
        );
    });
}

#[test]
pub fn the_desk_on_this_machine_may_deliver_to_it() {
    let mut play = Play::new();
    let local = json!({ "name": "x", "url": "http://127.0.0.1:8787/hook", "events": ["kustomer.message.create"] });
    assert_eq!(play.admin(|play| play.post("/v1/outbound-webhooks", local)).status(), 201);
}

#[test]
fn a_new_webhook_may_be_off() {
    let mut play = Play::new();
    play.fault(Fault::WebhookOffAtBirth);
    play.control(Control::Hook { url: HOOK.to_owned(), token: TOKEN.to_owned(), events: vec![] });
    assert!(!play.desk.hooks()[0].enabled);
}
