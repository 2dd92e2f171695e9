//! The server-side chat API, as far as it is known: section 6.

use parlor_tests::desks::kustomer::{Control, Fault};
use serde_json::{Value, json};

use crate::client::Play;

const CHAT: &str = "/v2.1/chat";

fn session() -> (Play, String, String) {
    let mut play = Play::hooked();
    let customer = play.customer();
    let body = json!({ "customerId": customer, "trackingId": "t-1" });
    let session = play.post(&format!("{CHAT}/sessions"), body).id();
    play.arrived.clear();
    (play, customer, session)
}

#[test]
pub fn a_session_is_a_conversation_of_the_same_id() {
    let (mut play, _, session) = session();
    let talk = play.attributes(&session);
    assert_eq!((&talk["channels"], &talk["status"]), (&json!(["chat"]), &json!("open")));
    assert!(play.chat(&session).native);
}

#[test]
pub fn a_chat_message_mirrors_to_a_message_and_its_event() {
    let (mut play, customer, session) = session();
    let body = json!({ "customerId": customer, "session": session, "body": "Hello" });
    let made = play.post(&format!("{CHAT}/messages"), body).ok();
    assert_eq!(made["data"]["type"], "chat_message");
    assert_eq!(made["data"]["attributes"]["body"], "Hello");
    assert_eq!(play.names(), ["message.create", "conversation.update"]);
    assert_eq!(play.events()[0]["data"]["attributes"]["direction"], "in");
    let agent = play.get("/v1/users").list()[0]["id"].as_str().unwrap().to_owned();
    let body = json!({ "customerId": customer, "session": session, "from": agent, "body": "Hi" });
    play.post(&format!("{CHAT}/outbound/messages"), body);
    let listed = play.get(&format!("{CHAT}/sessions/{session}/messages")).list();
    let bodies: Vec<&Value> = listed.iter().map(|it| &it["attributes"]["body"]).collect();
    assert_eq!(bodies, ["Hello", "Hi"]);
    let typing =
        json!({ "customerId": customer, "session": session, "from": agent, "typing": true });
    let before = play.arrived.len();
    assert_eq!(play.post(&format!("{CHAT}/outbound/typing"), typing).status(), 200);
    assert_eq!(play.arrived.len(), before, "there is no event for typing");
}

#[test]
fn a_chat_message_needs_words_and_its_own_session() {
    let (mut play, customer, session) = session();
    let path = format!("{CHAT}/messages");
    let body = json!({ "customerId": customer, "session": session });
    assert_eq!(play.post(&path, body).status(), 400);
    let (_, talk) = (0, play.post("/v1/conversations", json!({ "customer": customer })).id());
    let body = json!({ "customerId": customer, "session": talk, "body": "Hello" });
    assert_eq!(
        play.post(&path, body).status(),
        404,
        "a conversation of the core API is no session"
    );
    let stranger = play.post("/v1/customers", json!({ "externalId": "web:2" })).id();
    let body = json!({ "customerId": stranger, "session": session, "body": "Hello" });
    assert_eq!(play.post(&path, body).status(), 404);
}

#[test]
pub fn without_a_tracking_id_the_latest_is_used_again() {
    let (mut play, customer, _) = session();
    let made = play.post(&format!("{CHAT}/sessions"), json!({ "customerId": customer }));
    assert_eq!(made.attribute("trackingId"), "t-1");
    let other = json!({ "customerId": customer, "trackingId": "t-2" });
    assert_eq!(play.post(&format!("{CHAT}/sessions"), other).attribute("trackingId"), "t-2");
}

#[test]
pub fn sessions_are_those_of_somebody_newest_message_first() {
    let (mut play, customer, first) = session();
    assert_eq!(play.get(&format!("{CHAT}/sessions")).status(), 400);
    let second = play
        .post(&format!("{CHAT}/sessions"), json!({ "customerId": customer, "trackingId": "t-2" }))
        .id();
    play.pass(1_000);
    play.reply(&first, "Hi");
    let ids = |play: &mut Play, query: &str| {
        let listed = play.get(&format!("{CHAT}/sessions?{query}")).list();
        listed.iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&mut play, &format!("customerId={customer}")), [first.clone(), second.clone()]);
    assert_eq!(ids(&mut play, "trackingId=t-2"), std::slice::from_ref(&second));
    play.control(Control::Done { chat: second });
    assert_eq!(ids(&mut play, &format!("customerId={customer}&active=true")), [first]);
}

#[test]
pub fn a_handoff_brings_both_ways_and_raises_no_events() {
    let (mut play, customer, _) = session();
    let agent = play.get("/v1/users").list()[0]["id"].as_str().unwrap().to_owned();
    let line = |way: &str, body: &str| json!({ "direction": way, "body": body, "date": "2026-01-14T09:20:31.004Z" });
    let handoff =
        |messages: Value| json!({ "customerId": customer, "from": agent, "messages": messages });
    let one_way = handoff(json!([line("in", "a"), line("in", "b")]));
    assert_eq!(
        play.post(&format!("{CHAT}/handoff"), one_way).refusal(),
        (400, "messages".to_owned())
    );
    let both = handoff(json!([line("in", "a"), line("out", "b")]));
    let made = play.post(&format!("{CHAT}/handoff"), both).id();
    assert_eq!(play.attributes(&made)["messageCount"], 2);
    assert_eq!(play.arrived.len(), 0);
}

#[test]
fn without_a_session_agents_may_have_no_reply_box() {
    let (mut play, customer, session) = session();
    play.fault(Fault::NeedsSession);
    play.reply(&session, "Hi");
    let talk = play.post("/v1/conversations", json!({ "customer": customer })).id();
    let refusal =
        play.refused(Control::Reply { chat: talk, text: "Hi".to_owned(), agent: None, file: None });
    assert!(refusal.contains("native chat session"), "{refusal}");
}
