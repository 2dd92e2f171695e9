//! Rate limits: section 9.

use parlor_tests::desks::kustomer::{Config, Fault, Order};
use serde_json::json;

use crate::client::{Play, message};

fn small() -> Play {
    Play::with(Config { org_limit: 3, search_limit: 2, customer_limit: 2, ..Config::default() })
}

fn wide() -> Play {
    Play::with(Config { search_limit: 2, customer_limit: 2, ..Config::default() })
}

#[test]
pub fn the_organisation_may_make_so_many_requests_a_minute() {
    let mut play = small();
    for left in ["2", "1", "0"] {
        let seen = play.get("/v1/orgs/current");
        assert_eq!(seen.status(), 200);
        assert_eq!(seen.header("x-ratelimit-limit"), Some("3"));
        assert_eq!(seen.header("x-ratelimit-remaining"), Some(left));
        assert_eq!(seen.header("x-ratelimit-reset"), None, "told only once the limit is exceeded");
    }
    play.pass(1_500);
    let over = play.get("/v1/orgs/current");
    assert_eq!(over.status(), 429);
    assert_eq!(over.header("x-ratelimit-remaining"), Some("0"));
    assert_eq!(over.header("x-ratelimit-reset"), Some("1760000060"), "epoch seconds");
    assert_eq!(over.header("retry-after"), None, "not documented");
    play.pass(58_500);
    assert_eq!(play.get("/v1/orgs/current").status(), 200);
}

#[test]
fn a_client_that_does_not_wait_for_the_reset_breaks_a_rule() {
    let mut play = small();
    (0..4).for_each(|_| drop(play.get("/v1/orgs/current")));
    assert_eq!(play.breaches(), Vec::<&str>::new());
    assert_eq!(play.get("/v1/orgs/current").status(), 429);
    assert_eq!(play.breaches(), ["early_again"]);
}

#[test]
fn a_wrong_key_uses_up_nothing() {
    let mut play = small();
    play.key = "nobody";
    (0..9).for_each(|_| assert_eq!(play.get("/v1/orgs/current").status(), 401));
    play.key = parlor_tests::desks::kustomer::RELAY_TOKEN;
    assert_eq!(play.get("/v1/orgs/current").status(), 200);
}

#[test]
pub fn searches_are_counted_apart() {
    let mut play = wide();
    assert_eq!(play.post("/v1/customers/search", json!({ "and": [] })).status(), 200);
    assert_eq!(play.post("/v1/customers/search", json!({})).status(), 200);
    assert_eq!(play.post("/v1/customers/search", json!({})).status(), 429);
    assert_eq!(play.get("/v1/orgs/current").status(), 200);
}

#[test]
pub fn messages_for_one_customer_are_counted_but_not_imported_ones() {
    let mut play = wide();
    let (_, talk) = play.conversation();
    assert_eq!(play.says(&talk, "one", "m-1").status(), 201);
    assert_eq!(play.says(&talk, "two", "m-2").status(), 201);
    let over = play.says(&talk, "three", "m-3");
    assert_eq!(over.status(), 429);
    assert_eq!(over.header("x-ratelimit-reset"), Some("1760000060"));
    let mut imported = message("old", "m-4");
    imported["importedAt"] = json!("2025-01-01T00:00:00Z");
    assert_eq!(play.post(&format!("/v1/conversations/{talk}/messages"), imported).status(), 201);
    let other = play.post("/v1/customers", json!({ "externalId": "web:2" })).id();
    assert_eq!(
        play.post(&format!("/v1/customers/{other}/messages"), message("mine", "m-5")).status(),
        201
    );
    play.pass(60_000);
    assert_eq!(play.says(&talk, "three", "m-3").status(), 201);
}

#[test]
pub fn conversations_of_one_customer_are_counted() {
    let mut play = wide();
    let customer = play.customer();
    let path = format!("/v1/customers/{customer}/conversations");
    let mut made = || play.post(&path, json!({})).status();
    assert_eq!([made(), made(), made()], [201, 201, 429]);
}

#[test]
fn a_forced_429_names_its_reset_and_does_nothing() {
    let (mut play, talk) = Play::talking();
    play.turn(Order::new(Fault::Limit).with("reset_s", 7).on("create_message"));
    let over = play.says(&talk, "two", "m-2");
    assert_eq!(over.status(), 429);
    assert_eq!(over.header("x-ratelimit-reset"), Some("1760000007"));
    assert_eq!(play.get("/v1/messages/externalid=m-2").status(), 404);
}

#[test]
fn retry_after_comes_where_the_knob_says_so() {
    let (mut play, talk) = Play::talking();
    play.fault(Fault::RetryAfter);
    play.turn(Order::new(Fault::Limit).on("messages"));
    assert_eq!(play.says(&talk, "two", "m-2").header("retry-after"), Some("5"));
}

#[test]
fn others_may_use_up_the_limit() {
    let mut play = Play::new();
    play.turn(Order::new(Fault::OrgBusy).with("leave", 1));
    assert_eq!(play.get("/v1/orgs/current").header("x-ratelimit-remaining"), Some("0"));
    assert_eq!(play.get("/v1/orgs/current").status(), 429);
    play.turn(Order::new(Fault::OrgLimit).with("limit", 2_000));
    assert_eq!(play.get("/v1/orgs/current").status(), 200);
}

#[test]
fn updates_of_one_record_are_limited_where_the_knob_says_so() {
    let (mut play, talk) = Play::talking();
    play.turn(Order::new(Fault::ObjectLimit).with("per_minute", 1));
    let path = format!("/v1/conversations/{talk}");
    assert_eq!(play.patch(&path, json!({ "priority": 4 })).status(), 200);
    assert_eq!(play.patch(&path, json!({ "priority": 5 })).status(), 429);
}
