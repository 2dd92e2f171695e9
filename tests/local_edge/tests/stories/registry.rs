//! The admin API on the real runtime: what is written is published, kept, adopted, and refused by its code.

use parlor_local_edge::{
    Object, Sockets,
    agent::{id_of, is},
    seed::DEMO_RESOURCE,
    visitor::Answer,
};
use serde_json::{Value, json};

use crate::{
    Stage,
    stage::{ADMIN_TOKEN, admin},
};

#[tokio::test]
async fn what_stood_in_kv_is_adopted_and_a_flow_changed_is_for_the_next_chat() {
    let stage = Stage::set().await;
    let (_, mut tab, chat) = stage.converse("Before the flow is changed").await;

    let list = admin(&stage, "GET", "/v1/admin/hubs", &Value::Null).await;
    assert_eq!(list.status, 200, "{}", list.text);
    assert_eq!(list.body["items"][0]["changed_by"], "adopted");
    let flow = admin(&stage, "GET", "/v1/admin/routing-flows/sales", &Value::Null).await;
    assert_eq!(flow.header("etag"), "\"1\"");

    // Another desk, at a port that nobody listens on.
    let mut elsewhere = flow.body.clone();
    elsewhere["relay"]["api_hostname"] = json!("http://127.0.0.1:9");
    let put = stage.admin("PUT", "/v1/admin/routing-flows/sales").header("if-match", "\"1\"");
    let put = Answer::to(put.json(&elsewhere)).await.unwrap();
    assert_eq!((put.status, put.header("etag")), (200, "\"2\""), "{}", put.text);
    assert_eq!(stage.edge.get("flow:sales").await.unwrap(), elsewhere, "published");

    tab.say("And after it was changed").await.unwrap();
    let said = ["Before the flow is changed", "And after it was changed"];
    stage.agent.heard(&chat, &said).await.unwrap();
    let (_, mut other) = stage.arrive().await;
    other.say("Who hears me?").await.unwrap();

    // Back as it was, the next visitor is heard.
    let put = stage.admin("PUT", "/v1/admin/routing-flows/sales").header("if-match", "*");
    assert_eq!(Answer::to(put.json(&flow.body)).await.unwrap().status, 200);
    let (_, mut third) = stage.arrive().await;
    third.say("Hello again").await.unwrap();
    stage
        .agent
        .until("the third visitor", |chat| is(chat, "waiting"))
        .await
        .map(|it| id_of(&it))
        .unwrap();
    stage.close().await;
}

#[tokio::test]
async fn the_books_outlive_the_object_and_the_process() {
    let stage = Stage::set().await;
    let token = json!({ "name": "ada", "role": "admin" });
    let made = admin(&stage, "POST", "/v1/admin/tokens", &token).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let ada = made.body["token"].as_str().unwrap().to_owned();
    let ask = |path: &str| stage.bearer(&ada, "GET", path);
    stage.edge.evict("REGISTRY", Object::Name("registry"), Sockets::Close).await.unwrap();
    assert_eq!(Answer::to(ask("/v1/admin/hubs/shop")).await.unwrap().status, 200);
    stage.edge.restart_killed().await.unwrap();
    assert_eq!(Answer::to(ask("/v1/admin/hubs/shop")).await.unwrap().status, 200);

    // Now that there is a named admin, the first token is none.
    let refused = admin(&stage, "GET", "/v1/admin/hubs", &Value::Null).await;
    assert_eq!((refused.status, refused.code()), (401, "token_unknown"));
    let log = Answer::to(ask("/v1/admin/audit?limit=2")).await.unwrap();
    let what: Vec<&str> =
        log.body["items"].as_array().unwrap().iter().filter_map(|it| it["what"].as_str()).collect();
    assert_eq!(what, ["token_created", "adopted"]);
    assert!(!log.text.contains(&ada));
    let logs: String =
        stage.edge.logs().await.unwrap().into_iter().map(|line| line.message).collect();
    assert!(!logs.contains(&ada) && !logs.contains(ADMIN_TOKEN), "a token was logged");
    stage.close().await;
}

#[tokio::test]
async fn what_is_wrong_is_refused_by_its_code_and_changes_nothing() {
    let stage = Stage::set().await;
    let before = admin(&stage, "GET", "/v1/admin/export", &Value::Null).await;
    let hub = json!({ "version": 1, "id": "shop", "name": "Shop", "default_flow": "nobody" });
    let address = "/v1/admin/hubs/shop";
    let resource = format!("/v1/admin/resources/{DEMO_RESOURCE}");
    for (request, status, code) in [
        (reqwest::Client::new().get(stage.url(address)), 401, "token_missing"),
        (stage.bearer("wrong", "GET", address), 401, "token_unknown"),
        (stage.admin("PUT", address).json(&hub), 428, "revision_required"),
        (stage.admin("PUT", address).header("if-match", "\"9\"").json(&hub), 412, "revision_stale"),
        (stage.admin("PUT", address).body("{}"), 415, "content_type_unsupported"),
        (
            stage
                .admin("PUT", address)
                .header("content-type", "application/json")
                .body("x".repeat(5_000_000)),
            413,
            "body_too_long",
        ),
        (stage.admin("PUT", &resource).header("if-match", "*").json(&hub), 422, "document_invalid"),
        (stage.admin("DELETE", address), 409, "document_in_use"),
        (stage.admin("DELETE", "/v1/admin/routing-flows/sales"), 409, "document_in_use"),
        (stage.admin("PATCH", address), 405, "method_not_allowed"),
        // The platform's crate takes a method that it does not know for a GET.
        (stage.admin("QUERY", address), 405, "method_not_allowed"),
        (stage.admin("GET", "/v1/admin/nothing"), 404, "route_unknown"),
        (stage.admin("POST", "/v1/admin/import?mode=replace").json(&json!({})), 200, ""),
    ] {
        let answer = Answer::to(request).await.unwrap();
        assert_eq!((answer.status, answer.code()), (status, code), "{}", answer.text);
        if status >= 400 {
            assert_eq!(answer.header("content-type"), "application/problem+json");
            let now = admin(&stage, "GET", "/v1/admin/export", &Value::Null).await;
            assert_eq!(now.text, before.text, "{code} changed something");
        }
    }
    // The last one emptied the registry, and KV with it. The file brings all of it back.
    assert_eq!(stage.edge.get("hub:shop").await.unwrap(), Value::Null);
    let answer = stage.visitor().ask(&json!({ "resource": DEMO_RESOURCE })).await.unwrap();
    assert_eq!((answer.status, answer.code()), (404, "resource_unknown"));
    let back = admin(&stage, "POST", "/v1/admin/import", &before.body).await;
    assert_eq!(back.body["created"].as_array().unwrap().len(), 3, "{}", back.text);
    stage.converse("Is the shop open again?").await;
    stage.close().await;
}

#[tokio::test]
async fn the_description_is_served() {
    let stage = Stage::set().await;
    let answer =
        Answer::to(reqwest::Client::new().get(stage.url("/v1/openapi.json"))).await.unwrap();
    assert_eq!((answer.status, answer.body["openapi"].as_str()), (200, Some("3.1.0")));
    stage.close().await;
}

#[tokio::test]
async fn a_sites_server_reads_speaks_moves_and_ends() {
    let stage = Stage::set().await;
    let (visitor, mut tab, chat) = stage.converse("Where is my parcel?").await;
    let address = |what: &str| format!("/v1/admin/conversations/{}/{what}", visitor.conversation);
    let mut billing =
        admin(&stage, "GET", "/v1/admin/routing-flows/sales", &Value::Null).await.body;
    billing["id"] = json!("billing");
    let put = admin(&stage, "PUT", "/v1/admin/routing-flows/billing", &billing).await;
    assert_eq!(put.status, 201, "{}", put.text);

    let agents = admin(&stage, "GET", &address("agents"), &Value::Null).await;
    assert_eq!(agents.body["items"][0]["name"], "Maya Okafor");
    assert_eq!(agents.body["items"][0]["present"], true);
    let stats = admin(&stage, "GET", "/v1/admin/routing-flows/sales/stats", &Value::Null).await;
    assert_eq!(stats.body["available"], true, "{}", stats.text);
    assert_eq!(stats.body["agents_online"], Value::Null, "not known is not zero");

    let say = || stage.admin("POST", &address("messages")).header("idempotency-key", "parcel-7");
    for done in [true, false] {
        let said = Answer::to(say().json(&json!({ "text": "It has left the warehouse." }))).await;
        let said = said.unwrap();
        assert_eq!((said.status, &said.body["done"]), (200, &json!(done)), "{}", said.text);
    }
    tab.heard("It has left the warehouse.").await.unwrap();

    for (request, status, code) in [
        (say().json(&json!({ "text": "x", "more": 1 })), 400, "body_malformed"),
        (say().header("content-type", "application/json").body(""), 400, "body_malformed"),
        (
            stage.admin("POST", &address("messages")).json(&json!({ "text": "a\u{0}" })),
            422,
            "text_control",
        ),
        (
            stage.admin("POST", &address("move")).json(&json!({ "flow": "nobody" })),
            404,
            "document_unknown",
        ),
        (stage.admin("GET", "/v1/admin/conversations/x/transcript"), 404, "conversation_unknown"),
        (
            stage.admin("GET", &format!("/v1/admin/conversations/{}/transcript", "ab".repeat(32))),
            404,
            "conversation_unknown",
        ),
        (stage.bearer("wrong", "GET", &address("transcript")), 401, "token_unknown"),
    ] {
        let answer = Answer::to(request).await.unwrap();
        assert_eq!((answer.status, answer.code()), (status, code), "{}", answer.text);
    }

    let body = json!({ "flow": "billing", "text": "I pass you on to billing." });
    let moved = admin(&stage, "POST", &address("move"), &body).await;
    assert_eq!((moved.status, &moved.body["done"]), (200, &json!(true)), "{}", moved.text);
    let next = stage
        .agent
        .until("another chat", |it| is(it, "waiting") && id_of(it) != chat)
        .await
        .map(|it| id_of(&it))
        .unwrap();
    stage.agent.accept(&next).await.unwrap();
    let seq = tab.say("Is that billing?").await.unwrap();
    tab.delivered(seq).await.unwrap();

    let transcript = admin(&stage, "GET", &address("transcript"), &Value::Null).await;
    assert_eq!(transcript.body["flow"], "billing");
    for words in ["Where is my parcel?", "It has left the warehouse.", "Is that billing?"] {
        assert!(transcript.text.contains(words), "{words}");
    }
    for done in [true, false] {
        let closed = admin(&stage, "POST", &address("close"), &Value::Null).await;
        assert_eq!((closed.status, &closed.body["done"]), (200, &json!(done)), "{}", closed.text);
    }
    let ended = tab.event("the end", |what| what.get("ended").is_some()).await.unwrap();
    assert_eq!(ended["what"]["ended"]["by"], "site");
    let late = admin(&stage, "POST", &address("messages"), &json!({ "text": "Too late" })).await;
    assert_eq!((late.status, late.code()), (409, "conversation_ended"));
    stage.close().await;
}

#[tokio::test]
async fn the_audit_log_keeps_its_newest_lines_and_counts_on() {
    let stage = Stage::set_with(&[("AUDIT_LINES", "3")], |_| {}).await;
    let mut hub = admin(&stage, "GET", "/v1/admin/hubs/shop", &Value::Null).await.body;
    for name in ["One", "Two", "Three", "Four"] {
        hub["name"] = json!(name);
        let request = stage.admin("PUT", "/v1/admin/hubs/shop").header("if-match", "*").json(&hub);
        let answer = Answer::to(request).await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    let log = admin(&stage, "GET", "/v1/admin/audit", &Value::Null).await;
    let lines = log.body["items"].as_array().unwrap();
    let names: Vec<&Value> = lines.iter().map(|it| &it["after"]["name"]).collect();
    assert_eq!(names, ["Four", "Three", "Two"]);
    let seqs: Vec<u64> = lines.iter().map(|it| it["seq"].as_u64().unwrap()).collect();
    assert!(seqs[2] > 2 && seqs == [seqs[2] + 2, seqs[2] + 1, seqs[2]], "{seqs:?}");
    stage.close().await;
}
