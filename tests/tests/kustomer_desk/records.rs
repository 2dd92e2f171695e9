//! Customers, conversations, messages and their bodies: sections 2 to 5 and 7.

use parlor_tests::desks::kustomer::{Control, Fault, Order};
use serde_json::{Value, json};

use crate::client::{Play, message};

#[test]
fn ids_are_24_hexadecimal_digits_and_a_resource_names_itself() {
    let mut play = Play::new();
    let customer = play.post("/v1/customers", json!({ "name": "Ana Ruiz" })).ok();
    let id = customer["data"]["id"].as_str().unwrap();
    assert!(id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    assert_eq!(customer["data"]["type"], "customer");
    assert_eq!(customer["data"]["links"]["self"], format!("/v1/customers/{id}"));
    assert_eq!(customer["data"]["relationships"]["org"]["data"]["id"], play.desk.org_id());
    assert_eq!(customer["data"]["attributes"]["createdAt"], "2025-10-09T08:53:20.000Z");
}

#[test]
pub fn what_a_key_writes_is_its_machine_users() {
    let (mut play, talk) = Play::talking();
    let machine = play.get("/v1/users/current").id();
    let written = play.says(&talk, "two", "m-2").ok();
    assert_eq!(written["data"]["relationships"]["createdBy"]["data"]["id"], machine);
    assert_eq!(written["data"]["relationships"]["modifiedBy"]["data"]["type"], "user");
}

#[test]
pub fn each_write_counts_and_dates() {
    let mut play = Play::new();
    let (customer, _) = play.conversation();
    let path = format!("/v1/customers/{customer}");
    let before = play.get(&path).ok()["data"]["attributes"].clone();
    play.pass(1_000);
    let after = play.patch(&path, json!({ "locale": "en_gb" })).ok()["data"]["attributes"].clone();
    assert_eq!(after["rev"].as_i64(), before["rev"].as_i64().map(|rev| rev + 1));
    assert_eq!(after["updatedAt"], "2025-10-09T08:53:21.000Z");
    assert_eq!(after["modifiedAt"], "2025-10-09T08:53:21.000Z");
    assert_eq!(after["createdAt"], before["createdAt"]);
}

#[test]
fn a_customer_is_found_by_external_id_email_and_phone() {
    let mut play = Play::new();
    let body = json!({
        "externalId": "web:1", "emails": [{ "type": "home", "email": "ana@example.com" }],
        "phones": [{ "phone": "+491234" }], "sharedEmails": [{ "email": "office@example.com" }],
    });
    let id = play.post("/v1/customers", body).id();
    for found in ["externalId=web%3A1", "email=ana%40example.com", "phone=%2B491234"] {
        assert_eq!(play.get(&format!("/v1/customers/{found}")).id(), id, "{found}");
    }
    // Shared values do not identify; an encoded sign is no look-up.
    assert_eq!(play.get("/v1/customers/email=office%40example.com").status(), 404);
    assert_eq!(play.get("/v1/customers/externalId%3Dweb:1").status(), 404);
}

#[test]
pub fn a_customer_without_a_name_shows_another_value() {
    let mut play = Play::new();
    let named =
        |play: &mut Play, body: Value| play.post("/v1/customers", body).attribute("displayName");
    assert_eq!(named(&mut play, json!({ "name": "Ana Ruiz" })), "Ana Ruiz");
    assert_eq!(
        named(&mut play, json!({ "emails": [{ "email": "b@example.com" }] })),
        "b@example.com"
    );
    assert_eq!(named(&mut play, json!({ "externalId": "web:9" })), "web:9");
}

#[test]
pub fn a_second_record_of_one_external_id_is_409_unless_a_knob_says_otherwise() {
    let (mut play, talk) = Play::talking();
    let customer = play.get("/v1/customers/externalId=web%3A1").id();
    let again = |play: &mut Play| {
        let conversation = json!({ "customer": customer, "externalId": "relay:1" });
        [
            play.post("/v1/customers", json!({ "externalId": "web:1" })).refusal(),
            play.post("/v1/conversations", conversation).refusal(),
            play.says(&talk, "again", "m-1").refusal(),
        ]
    };
    let field = "externalId".to_owned();
    assert_eq!(
        again(&mut play),
        [(409, field.clone()), (409, field.clone()), (409, field.clone())]
    );
    play.turn(Order::new(Fault::DuplicatesPolicy).with("policy", "bad_request"));
    assert_eq!(again(&mut play), [(400, field.clone()), (400, field.clone()), (400, field)]);
    play.fault(Fault::DuplicatesPolicy);
    assert_eq!(again(&mut play).map(|(status, _)| status), [201, 201, 201]);
    assert_eq!(play.breaches().len(), 9, "each is told apart for those who look");
    assert_eq!(
        play.post("/v1/customers", json!({ "emails": [{ "email": "x@example.com" }] })).status(),
        201
    );
}

#[test]
fn an_email_belongs_to_one_customer() {
    let mut play = Play::new();
    let body = json!({ "emails": [{ "email": "ana@example.com" }] });
    play.post("/v1/customers", body.clone());
    assert_eq!(play.post("/v1/customers", body).refusal(), (409, "email".to_owned()));
    let shared = json!({ "sharedEmails": [{ "email": "ana@example.com" }] });
    assert_eq!(play.post("/v1/customers", shared).status(), 201);
}

#[test]
pub fn a_patch_leaves_alone_what_it_does_not_name() {
    let (mut play, talk) = Play::talking();
    let path = format!("/v1/conversations/{talk}");
    play.patch(&path, json!({ "priority": 5, "tags": ["vip"] }));
    let after = play.patch(&path, json!({ "name": "Another" })).ok()["data"]["attributes"].clone();
    assert_eq!((&after["priority"], &after["tags"]), (&json!(5), &json!(["vip"])));
    let put = play.send("PUT", &path, json!({ "name": "Put" })).ok();
    assert_eq!(put["data"]["attributes"]["priority"], 5, "PUT merges too");
    let replaced = play.send("PUT", &format!("{path}?replace=true"), json!({ "name": "Put" })).ok();
    assert_eq!(replaced["data"]["attributes"]["tags"], json!([]));
}

#[test]
fn an_update_without_company_unlinks_it() {
    let mut play = Play::new();
    let id = play.post("/v1/customers", json!({ "company": "66f0c1aa5be0a40011c0ffee" })).id();
    let after = play.patch(&format!("/v1/customers/{id}"), json!({ "name": "Ana" }));
    assert_eq!(after.attribute("company"), Value::Null);
}

#[test]
pub fn bodies_are_checked_field_by_field() {
    let (mut play, talk) = Play::talking();
    let customer = play.get("/v1/customers/externalId=web%3A1").id();
    let messages = format!("/v1/conversations/{talk}/messages");
    for (path, body, field) in [
        ("/v1/conversations", json!({ "customer": customer, "channel": "chat" }), "channel"),
        ("/v1/conversations", json!({ "customer": customer, "status": "snoozed" }), "status"),
        ("/v1/conversations", json!({ "customer": customer, "priority": 6 }), "priority"),
        (
            "/v1/conversations",
            json!({ "customer": customer, "assignedUsers": vec!["x"; 11] }),
            "assignedUsers",
        ),
        ("/v1/conversations", json!({}), "customer"),
        (&messages, json!({ "channel": "pigeon", "app": "relay" }), "channel"),
        (
            &messages,
            json!({ "channel": "chat", "app": "relay", "direction": "sideways" }),
            "direction",
        ),
        (&messages, json!({ "channel": "chat", "app": "relay", "preview": 7 }), "preview"),
        (&messages, json!({ "channel": "chat", "app": "relay", "sentAt": "yesterday" }), "sentAt"),
        (&messages, json!({ "channel": "chat", "app": "relay", "text": "x" }), "text"),
    ] {
        assert_eq!(play.post(path, body.clone()).refusal(), (400, field.to_owned()), "{body}");
    }
}

#[test]
pub fn a_message_needs_channel_and_app() {
    let (mut play, talk) = Play::talking();
    let path = format!("/v1/conversations/{talk}/messages");
    assert_eq!(play.post(&path, json!({ "app": "relay" })).refusal(), (400, "channel".to_owned()));
    assert_eq!(play.post(&path, json!({ "channel": "chat" })).refusal(), (400, "app".to_owned()));
    assert_eq!(play.post(&path, json!({ "channel": "chat", "app": "relay" })).status(), 201);
}

#[test]
pub fn direction_is_required_where_the_address_names_nobody() {
    let (mut play, talk) = Play::talking();
    let mut body = json!({ "channel": "chat", "app": "relay", "conversation": talk });
    assert_eq!(play.post("/v1/messages", body.clone()).refusal(), (400, "direction".to_owned()));
    body["direction"] = json!("in");
    assert_eq!(play.post("/v1/messages", body).status(), 201);
}

#[test]
pub fn custom_names_must_be_defined() {
    let mut play = Play::new();
    let unknown = play.post("/v1/customers", json!({ "custom": { "notAnAttribute": 1 } }));
    let expected = json!({
        "status": 400, "code": "badparam", "title": "Additional properties not allowed",
        "detail": "/properties/custom/additionalProperties", "source": { "parameter": "notAnAttribute" },
    });
    assert_eq!((unknown.status(), unknown.error()), (400, expected));
    assert_eq!(play.post("/v1/customers", json!({ "custom": { "otherStr": "x" } })).status(), 400);
    assert_eq!(
        play.post("/v1/customers", json!({ "custom": { "planStr": "gold" } })).status(),
        201
    );
    let long = "x".repeat(1_025);
    assert_eq!(play.post("/v1/customers", json!({ "custom": { "planStr": long } })).status(), 400);
}

#[test]
pub fn only_an_admin_dates_and_signs_messages() {
    let (mut play, talk) = Play::talking();
    let path = format!("/v1/conversations/{talk}/messages");
    let mut body = message("old", "m-2");
    body["createdAt"] = json!("2020-01-01T00:00:00.000Z");
    assert_eq!(play.post(&path, body.clone()).status(), 403);
    let made = play.admin(|play| play.post(&path, body));
    assert_eq!(made.attribute("createdAt"), "2020-01-01T00:00:00.000Z");
}

#[test]
pub fn a_conversations_channels_and_counters_are_those_of_its_messages() {
    let mut play = Play::new();
    let (_, talk) = play.conversation();
    assert_eq!(play.attributes(&talk)["channels"], json!([]), "none before the first message");
    play.says(&talk, "Hello", "m-1");
    play.reply(&talk, "Hi");
    play.says(&talk, "Late", "m-2");
    let after = play.attributes(&talk);
    assert_eq!(after["channels"], json!(["chat"]));
    let counts = ["messageCount", "inboundMessageCount", "outboundMessageCount"]
        .map(|name| after[name].clone());
    assert_eq!(counts, [json!(3), json!(2), json!(1)]);
    assert_eq!(after["lastMessageIn"]["channel"], "chat");
    assert!(after["lastMessageOut"]["createdBy"].is_string());
}

#[test]
pub fn a_customers_message_opens_what_was_done_or_snoozed() {
    let (mut play, talk) = Play::talking();
    play.patch(&format!("/v1/conversations/{talk}"), json!({ "status": "done" }));
    assert_eq!(play.attributes(&talk)["status"], "done");
    play.says(&talk, "One more thing", "m-2");
    let after = play.attributes(&talk);
    assert_eq!((&after["status"], &after["reopenFromDoneCount"]), (&json!("open"), &json!(1)));
    play.control(Control::Snooze { chat: talk.clone(), seconds: None });
    play.reply(&talk, "An agent's message opens nothing");
    assert_eq!(play.attributes(&talk)["status"], "snoozed");
    play.says(&talk, "Still there", "m-3");
    let after = play.attributes(&talk);
    assert_eq!((&after["status"], &after["reopenCount"]), (&json!("open"), &json!(2)));
}

#[test]
pub fn a_snooze_elapses() {
    let (mut play, talk) = Play::talking();
    play.control(Control::Snooze { chat: talk.clone(), seconds: Some(60) });
    play.pass(59_000);
    assert_eq!(play.attributes(&talk)["status"], "snoozed");
    play.pass(1_000);
    let after = play.attributes(&talk);
    assert_eq!((&after["status"], &after["snooze"]["status"]), (&json!("open"), &json!("elapsed")));
}

#[test]
fn ending_is_said_beside_the_status_and_may_be_refused() {
    let (mut play, talk) = Play::talking();
    let path = format!("/v1/conversations/{talk}");
    let end = json!({ "ended": true, "endedByType": "customer", "endedReason": "customer_ended" });
    play.patch(&path, end.clone());
    let after = play.attributes(&talk);
    assert_eq!((&after["ended"], &after["status"]), (&json!(true), &json!("open")));
    assert!(after["endedAt"].is_string());
    play.fault(Fault::EndedRefused);
    assert_eq!(play.patch(&path, end).refusal(), (400, "ended".to_owned()));
    assert_eq!(play.patch(&path, json!({ "status": "done" })).status(), 200);
}

#[test]
fn ended_closes_where_the_knob_says_so() {
    let (mut play, talk) = Play::talking();
    play.fault(Fault::EndedCloses);
    play.patch(&format!("/v1/conversations/{talk}"), json!({ "ended": true }));
    assert_eq!(play.attributes(&talk)["status"], "done");
}

#[test]
pub fn a_message_to_a_customer_without_a_conversation_opens_one() {
    let mut play = Play::new();
    let customer = play.customer();
    let made =
        play.post(&format!("/v1/customers/{customer}/messages"), message("Hello", "m-1")).ok();
    let talk =
        made["data"]["relationships"]["conversation"]["data"]["id"].as_str().unwrap().to_owned();
    assert_eq!(play.attributes(&talk)["messageCount"], 1);
    let mut second = message("Again", "m-2");
    second["conversation"] = json!(talk);
    play.post(&format!("/v1/customers/{customer}/messages"), second);
    assert_eq!(play.attributes(&talk)["messageCount"], 2);
}

#[test]
pub fn a_message_has_the_customer_of_its_conversation() {
    let (mut play, talk) = Play::talking();
    let stranger = play.post("/v1/customers", json!({ "externalId": "web:2" })).id();
    let mut body = message("Hello", "m-2");
    body["customer"] = json!(stranger);
    let made = play.post(&format!("/v1/conversations/{talk}/messages"), body).ok();
    assert_ne!(made["data"]["relationships"]["customer"]["data"]["id"], stranger);
}

#[test]
pub fn lists_are_paged() {
    let mut play = Play::new();
    let (_, talk) = play.conversation();
    (1..=5)
        .for_each(|number| drop(play.says(&talk, &format!("v{number}"), &format!("m-{number}"))));
    let path = format!("/v1/conversations/{talk}/messages");
    let first = play.get(&format!("{path}?page=1&pageSize=2")).ok();
    assert_eq!(first["meta"], json!({ "page": 1, "pageSize": 2 }));
    assert_eq!(first["links"]["prev"], Value::Null);
    let mut next = first["links"]["next"].as_str().map(str::to_owned);
    let mut texts: Vec<Value> = Vec::new();
    let texts_of = |page: &Value| {
        let data = page["data"].as_array().unwrap().iter();
        data.map(|message| message["attributes"]["preview"].clone()).collect::<Vec<_>>()
    };
    texts.extend(texts_of(&first));
    while let Some(path) = next {
        let page = play.get(&path).ok();
        texts.extend(texts_of(&page));
        next = page["links"]["next"].as_str().map(str::to_owned);
    }
    assert_eq!(texts, ["v1", "v2", "v3", "v4", "v5"]);
    play.fault(Fault::NewestFirst);
    assert_eq!(texts_of(&play.get(&path).ok())[0], "v5");
}

#[test]
fn a_message_is_found_by_the_lower_case_name() {
    let (mut play, _) = Play::talking();
    assert_eq!(play.get("/v1/messages/externalid=m-1").attribute("preview"), "Hello");
    assert_eq!(play.get("/v1/messages/externalId=m-1").status(), 404);
}

#[test]
fn several_ids_make_a_list() {
    let mut play = Play::new();
    let users = play.get("/v1/users").list();
    let [one, other] = [0, 1].map(|at| users[at]["id"].as_str().unwrap());
    assert_eq!(play.get(&format!("/v1/users/{one},{other}")).list().len(), 2);
    assert_eq!(play.get(&format!("/v1/users/{one}")).attribute("displayName"), "Maya Okafor");
}

#[test]
fn teams_and_queues_are_listed_and_a_queue_tells_the_wait() {
    let mut play = Play::new();
    assert_eq!(play.get("/v1/teams").list().len(), 2);
    let queue = play.get("/v1/routing/queues").list()[0]["id"].as_str().unwrap().to_owned();
    let (_, talk) = play.conversation();
    play.patch(&format!("/v1/conversations/{talk}"), json!({ "queue": { "id": queue } }));
    let metrics = play.get(&format!("/v1/chat/queues/metrics/{queue}")).list();
    assert_eq!(metrics[0]["attributes"]["estimatedWaitTimeSeconds"], 120);
}

#[test]
pub fn there_is_one_open_work_item_per_conversation() {
    let (mut play, talk) = Play::talking();
    let made = play.post("/v1/routing/work-items", json!({ "conversation": talk }));
    assert_eq!((made.status(), made.attribute("status")), (201, json!("queued")));
    let again = play.post("/v1/routing/work-items", json!({ "conversation": talk }));
    assert_eq!((again.status(), again.id()), (200, made.id()));
    assert_eq!(play.get(&format!("/v1/routing/conversations/{talk}/work-items")).list().len(), 1);
}

#[test]
fn tags_are_added_and_removed_by_name() {
    let (mut play, talk) = Play::talking();
    let path = format!("/v1/conversations/{talk}/tags");
    play.post(&path, json!({ "tags": ["vip", "bike"] }));
    let after = play.send("DELETE", &path, json!({ "tags": ["vip"] }));
    assert_eq!(after.attribute("tags"), json!(["bike"]));
}

#[test]
fn a_deleted_conversation_is_gone_and_takes_an_admin() {
    let (mut play, talk) = Play::talking();
    let path = format!("/v1/conversations/{talk}");
    assert_eq!(play.send("DELETE", &path, Value::Null).status(), 403);
    assert_eq!(play.admin(|play| play.send("DELETE", &path, Value::Null)).status(), 204);
    assert_eq!(play.get(&path).status(), 404);
    assert_eq!(play.says(&talk, "Anybody?", "m-2").status(), 404);
}

#[test]
pub fn redacting_takes_the_text() {
    let (mut play, _) = Play::talking();
    let id = play.get("/v1/messages/externalid=m-1").id();
    let path = format!("/v1/messages/{id}/redactions");
    play.admin(|play| play.post(&path, json!({ "preview": true })));
    let after = play.get(&format!("/v1/messages/{id}"));
    assert_eq!((after.attribute("redacted"), after.attribute("preview")), (json!(true), json!("")));
}

#[test]
fn a_conversation_can_move_to_another_customer() {
    let (mut play, talk) = Play::talking();
    let other = play.post("/v1/customers", json!({ "externalId": "web:2" })).id();
    let moved = play.patch(&format!("/v1/conversations/{talk}"), json!({ "customer": other })).ok();
    assert_eq!(moved["data"]["relationships"]["customer"]["data"]["id"], other);
    assert_eq!(play.get(&format!("/v1/customers/{other}/conversations")).list().len(), 1);
}

#[test]
fn a_draft_sends_nothing() {
    let mut play = Play::hooked();
    let (customer, talk) = play.conversation();
    play.arrived.clear();
    let body = json!({ "channel": "chat", "conversation": talk, "body": "later" });
    let made = play.admin(|play| play.post(&format!("/v1/customers/{customer}/drafts"), body));
    assert_eq!(made.status(), 200);
    assert_eq!(play.arrived.len(), 0);
    assert_eq!(play.attributes(&talk)["messageCount"], 0);
}
