//! What an admin does before the first visitor comes: a live check, and the webhook by the API.

use parlor_local_edge::agent::is;
use parlor_tests::desks::kustomer::{ADMIN_TOKEN as EVERYTHING, RELAY_TOKEN};
use serde_json::{Value, json};

use super::Stage;

/// The flow as it is before there is a webhook.
fn without_secret(documents: &mut Vec<(String, Value)>) {
    for (key, document) in documents {
        if key == "flow:workshop" {
            document["relay"].as_object_mut().unwrap().remove("webhook_secret_key");
        }
    }
}

const WEBHOOK: &str = "routing-flows/workshop/webhook";

/// The marks of a check, and what it says, in one text.
fn told(answer: &parlor_local_edge::visitor::Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let findings = answer.body["findings"].as_array().unwrap().iter();
    let lines: Vec<String> = findings
        .map(|it| format!("{} {}", it["mark"].as_str().unwrap(), it["text"].as_str().unwrap()))
        .collect();
    lines.join("\n")
}

#[tokio::test]
async fn a_webhook_is_made_once_and_a_conversation_comes_back_by_it() {
    let stage = Stage::set_with(EVERYTHING, &[], without_secret).await;
    let check = stage.admin("GET", "routing-flows/workshop/check").await;
    assert!(told(&check).contains("bad No webhook calls"), "{}", check.text);
    assert_eq!(check.body["good"], false);

    let made = stage.admin("POST", WEBHOOK).await;
    assert_eq!(made.status, 200, "{}", made.text);
    assert_eq!(made.body["done"], "made");
    assert_eq!(made.body["url"], stage.hook());
    assert_eq!((&made.body["enabled"], &made.body["secret_changed"]), (&json!(true), &json!(true)));
    let again = stage.admin("POST", WEBHOOK).await;
    assert_eq!(
        (&again.body["done"], &again.body["secret_changed"]),
        (&json!("nothing"), &json!(false))
    );
    assert_eq!(again.body["webhook"], made.body["webhook"]);
    assert_eq!(stage.desk.handle().step(|desk, _| desk.hooks().len()), 1);

    // Its secret stands in the flow, sealed, and nowhere in an answer, the audit log or the log.
    let hooks = format!("http://{}/v1/outbound-webhooks", stage.desk.addr());
    let hooks = stage.http.get(hooks).bearer_auth(EVERYTHING).send().await.unwrap();
    let hooks: Value = hooks.json().await.unwrap();
    let secret = hooks["data"][0]["attributes"]["token"].as_str().unwrap().to_owned();
    let flow = stage.admin("GET", "routing-flows/workshop").await;
    assert_eq!(flow.body["relay"]["webhook_secret_key"], json!({ "sealed": true }));
    let audit = stage.admin("GET", "audit").await;
    assert!(audit.text.contains("\"changed\"") && !audit.text.contains(&secret), "{}", audit.text);
    let check = stage.admin("GET", "routing-flows/workshop/check").await;
    assert!(told(&check).contains("good A webhook calls"), "{}", check.text);
    assert_eq!(check.body["good"], true, "{}", check.text);

    let mut visitor = stage.visitor();
    visitor.start().await.unwrap();
    let mut tab = visitor.tab().await.unwrap();
    let first = tab.say("Is the Wren 9 still to be had in green?").await.unwrap();
    tab.delivered(first).await.unwrap();
    let chat = stage.agent.until("a conversation", |chat| is(chat, "waiting")).await.unwrap();
    let chat = parlor_local_edge::agent::id_of(&chat);
    stage.agent.say(&chat, "It is.").await.unwrap();
    tab.heard("It is.").await.unwrap();

    // Kustomer has switched it off; asked again, it is switched on.
    assert_eq!(stage.control("webhooks/switch", &json!({ "on": false })).await, 200);
    let check = stage.admin("GET", "routing-flows/workshop/check").await;
    assert!(told(&check).contains("is switched off"), "{}", check.text);
    let on = stage.admin("POST", WEBHOOK).await;
    assert_eq!((&on.body["done"], &on.body["enabled"]), (&json!("switched_on"), &json!(true)));
    stage.agent.say(&chat, "One is left.").await.unwrap();
    tab.heard("One is left.").await.unwrap();
    assert!(!stage.log().await.contains(&secret), "the webhook's secret was logged");
    stage.close().await;
}

#[tokio::test]
async fn one_that_is_off_at_birth_or_whose_answer_was_lost_is_there_once() {
    let stage = Stage::set_with(EVERYTHING, &[], without_secret).await;
    assert_eq!(stage.control("faults", &json!({ "fault": "webhook_off_at_birth" })).await, 200);
    let lost = json!({ "fault": "drop_response", "on": "create_webhook" });
    assert_eq!(stage.control("faults", &lost).await, 200);
    let made = stage.admin("POST", WEBHOOK).await;
    assert_eq!(made.status, 200, "{}", made.text);
    assert_eq!((&made.body["done"], &made.body["enabled"]), (&json!("switched_on"), &json!(true)));
    let hooks = stage.desk.handle().step(|desk, _| desk.hooks());
    assert!(hooks.len() == 1 && hooks[0].enabled, "{hooks:?}");
    stage.close().await;
}

#[tokio::test]
async fn the_public_address_is_the_workers_variable_where_it_is_set() {
    let vars = [("PUBLIC_URL", "https://chat.example")];
    let stage = Stage::set_with(EVERYTHING, &vars, without_secret).await;
    let made = stage.admin("POST", WEBHOOK).await;
    let url = made.body["url"].as_str().unwrap();
    assert!(url.starts_with("https://chat.example/v1/resources/kustomer/"), "{url}");
    stage.close().await;
}

#[tokio::test]
async fn a_key_that_may_not_make_one_is_told_which_role_it_lacks() {
    // The set-up's five roles: enough for every conversation, and not for this.
    let stage = Stage::set_with(RELAY_TOKEN, &[], |_| {}).await;
    let refused = stage.admin("POST", WEBHOOK).await;
    assert_eq!((refused.status, refused.code()), (409, "desk_role_missing"));
    let title = refused.body["title"].as_str().unwrap();
    assert!(title.contains("org.permission.outbound_webhook.read"), "{title}");
    let check = stage.admin("GET", "routing-flows/workshop/check").await;
    assert!(told(&check).contains("doubt The key lacks org.permission.outbound_webhook.read"));
    assert_eq!(check.body["good"], true, "{}", check.text);

    let unknown = stage.admin("POST", "routing-flows/nobody/webhook").await;
    assert_eq!((unknown.status, unknown.code()), (404, "document_unknown"));
    stage.close().await;
}

#[tokio::test]
async fn an_account_is_checked_live() {
    let stage = Stage::set_with(RELAY_TOKEN, &[], |_| {}).await;
    let check = stage.admin("GET", "accounts/larkspur/check").await;
    let text = told(&check);
    assert!(
        text.contains("good The key may read customers, conversations, messages, users, queues.")
    );
    assert_eq!(check.body["good"], true, "{text}");

    let role = json!({ "fault": "missing_role", "role": "org.permission.message" });
    assert_eq!(stage.control("faults", &role).await, 200);
    let text = told(&stage.admin("GET", "accounts/larkspur/check").await);
    assert!(text.contains("bad The key lacks org.permission.message"), "{text}");

    assert_eq!(stage.control("faults", &json!({ "fault": "wrong_pod" })).await, 200);
    let text = told(&stage.admin("GET", "accounts/larkspur/check").await);
    assert!(text.contains("bad The key is of another region"), "{text}");
    let unknown = stage.admin("GET", "accounts/nobody/check").await;
    assert_eq!((unknown.status, unknown.code()), (404, "document_unknown"));
    stage.close().await;
}

#[tokio::test]
async fn a_bad_key_is_told() {
    let stage = Stage::set_with("wrong.key.altogether", &[], |_| {}).await;
    let check = stage.admin("GET", "accounts/larkspur/check").await;
    assert!(told(&check).contains("refuses the key (401)"), "{}", check.text);
    let refused = stage.admin("POST", WEBHOOK).await;
    assert_eq!((refused.status, refused.code()), (409, "desk_key_refused"));
    stage.close().await;
}
