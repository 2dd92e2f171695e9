//! Keys, roles, regions and the two shapes of errors: sections 1 and 10.

use std::time::Duration;

use parlor_tests::desks::http::Request;
use parlor_tests::desks::kustomer::{Config, Fault, Key, Order, RELAY_TOKEN, UMBRELLAS};
use serde_json::json;

use crate::client::Play;

#[test]
pub fn a_call_without_a_known_key_is_401() {
    let mut play = Play::new();
    for authorization in [None, Some("Bearer nobody"), Some("Basic eA=="), Some(RELAY_TOKEN)] {
        let mut request = Request::get("/v1/orgs/current");
        if let Some(authorization) = authorization {
            request = request.header("Authorization", authorization);
        }
        assert_eq!(play.raw(request).status(), 401, "{authorization:?}");
    }
    assert_eq!(play.get("/v1/orgs/current").status(), 200);
}

#[test]
pub fn an_expired_key_is_401() {
    let key = Key { expires: Some(Duration::from_secs(60)), ..Key::relay() };
    let mut play = Play::with(Config { keys: vec![key], ..Config::default() });
    assert_eq!(play.get("/v1/auth/tokens/current").status(), 200);
    play.pass(60_000);
    assert_eq!(play.get("/v1/auth/tokens/current").status(), 401);
}

#[test]
pub fn a_key_without_the_role_is_403_and_the_roles_are_named() {
    let (mut play, talk) = Play::talking();
    let note = play.post(&format!("/v1/conversations/{talk}/notes"), json!({ "body": "x" }));
    assert_eq!(note.status(), 403, "notes are not among the five roles");
    assert!(note.error()["message"].as_str().unwrap().contains("org.permission.note.create"));
    let written = play.admin(|play| {
        play.post(&format!("/v1/conversations/{talk}/notes"), json!({ "body": "x" }))
    });
    assert_eq!(written.status(), 201);
    assert_eq!(play.get("/v1/outbound-webhooks").status(), 403);
}

#[test]
fn a_role_that_was_taken_away_is_403_and_leaves_the_others() {
    let mut play = Play::new();
    let user = play.get("/v1/users").list()[0]["id"].as_str().unwrap().to_owned();
    play.turn(Order::new(Fault::MissingRole).with("role", "org.permission.user"));
    assert_eq!(play.get(&format!("/v1/users/{user}")).status(), 403);
    assert_eq!(play.post("/v1/customers", json!({})).status(), 201);
}

#[test]
fn who_a_key_is_can_be_asked_with_any_role() {
    let keys = vec![Key::new("one.two.three", "Bare", &[])];
    let mut play = Play::with(Config { keys, ..Config::default() });
    play.key = "one.two.three";
    assert_eq!(play.get("/v1/auth/tokens/current").status(), 200);
    assert_eq!(play.get("/v1/users/current").status(), 403);
    let mut play = Play::new();
    let token = play.get("/v1/auth/tokens/current").ok();
    assert_eq!(token["data"]["attributes"]["roles"], json!(UMBRELLAS));
    let machine = play.get("/v1/users/current").ok();
    assert_eq!(machine["data"]["attributes"]["userType"], "machine");
    assert_eq!(token["data"]["relationships"]["user"]["data"]["id"], machine["data"]["id"]);
    assert_eq!(play.get("/v1/orgs/current").attribute("name"), "larkspur");
    assert_eq!(play.get("/v1/orgs/current").id(), play.desk.org_id());
}

#[test]
pub fn a_key_works_in_its_own_region_only() {
    let mut play = Play::new();
    for (host, status) in [
        ("api.kustomerapp.com", 200),
        ("larkspur.api.kustomerapp.com", 200),
        ("api.prod2.kustomerapp.com", 401),
    ] {
        let request = Request::get("/v1/orgs/current")
            .header("Authorization", format!("Bearer {RELAY_TOKEN}"))
            .header("Host", host);
        let seen = play.raw(request);
        assert_eq!(seen.status(), status, "{host}");
        if status != 200 {
            let text = "Auth token associated with pod prod1 but request is being handled by prod2";
            assert_eq!(seen.error()["message"], text);
        }
    }
    play.turn(Order::new(Fault::WrongPod).with("pod", "prod4").with("status", 400));
    let seen = play.get("/v1/orgs/current");
    assert_eq!(seen.status(), 400);
    assert!(seen.error()["message"].as_str().unwrap().contains("prod4"));
}

#[test]
fn answers_name_the_pod() {
    let mut play = Play::new();
    assert_eq!(play.get("/v1/orgs/current").header("X-Kustomer-Pod"), Some("prod1"));
    assert_eq!(play.get("/v1/customers/externalId=none").header("X-Kustomer-Pod"), Some("prod1"));
}

#[test]
fn errors_have_two_shapes_and_can_be_made_to_have_one() {
    let mut play = Play::new();
    let recorded = play.get("/v1/customers/externalId=none");
    let expected = json!({ "errors": [{
        "status": 404, "source": { "parameter": "externalId" }, "code": "notfound", "title": "Not Found",
    }] });
    assert_eq!(recorded.body(), expected);
    play.fault(Fault::StatusAsText);
    assert_eq!(play.get("/v1/customers/externalId=none").error()["status"], "404");
    play.turn(Order::new(Fault::ErrorShape).with("shape", "current"));
    let current = play.get("/v1/customers/externalId=none").error();
    assert_eq!((&current["code"], &current["message"]), (&json!("notfound"), &json!("Not Found")));
    play.turn(Order::new(Fault::ErrorShape).with("shape", "jsonapi"));
    play.key = "nobody";
    assert_eq!(play.get("/v1/orgs/current").error()["title"], "Unauthorized");
}

#[test]
fn an_unknown_address_is_404_and_a_broken_body_400() {
    let mut play = Play::new();
    assert_eq!(play.get("/v1/nothing").status(), 404);
    assert_eq!(play.send("DELETE", "/v1/customers", json!({})).status(), 404);
    let mut request = Request::post("/v1/customers", "{\"name\":")
        .header("Authorization", format!("Bearer {RELAY_TOKEN}"));
    assert_eq!(play.raw(request.clone()).status(), 400);
    request.body = b"[]".to_vec();
    assert_eq!(play.raw(request.clone()).status(), 400);
    request.body = vec![b' '; 1_000_001];
    assert_eq!(play.raw(request).status(), 413);
}
