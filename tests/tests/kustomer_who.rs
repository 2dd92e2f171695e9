//! Whose customer a visitor is at Kustomer: found by what was proved, never by what was typed.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail where it stands")]

use parlor_shared::Customer;
use parlor_tests::{
    desks::kustomer::Desk,
    story::tell_in,
    world::{Options, World},
};
use serde_json::{Value, json};

fn signed_in(email: Option<&str>) -> Options {
    let verified = Customer {
        identifier: "site-4711".to_owned(),
        email: email.map(str::to_owned),
        name: Some("Ana Ruiz".to_owned()),
    };
    Options { verified: Some(verified), ..Options::default() }
}

fn known(world: &mut World<Desk>, customer: Value) -> String {
    let (status, made) = world.elsewhere("POST", "/v1/customers", &customer);
    assert_eq!(status, 201, "{made}");
    made["data"]["id"].as_str().unwrap().to_owned()
}

/// The desk's customer of the conversation, and all customers that it has.
fn customers(world: &mut World<Desk>) -> (Value, usize) {
    let chat = world.chat().expect("a conversation stands at the desk").id;
    let (_, talk) = world.elsewhere("GET", &format!("/v1/conversations/{chat}"), &Value::Null);
    let id = talk["data"]["relationships"]["customer"]["data"]["id"].as_str().unwrap().to_owned();
    let (_, customer) = world.elsewhere("GET", &format!("/v1/customers/{id}"), &Value::Null);
    let (_, all) = world.elsewhere("POST", "/v1/customers/search", &json!({}));
    (customer["data"].clone(), all["data"].as_array().unwrap().len())
}

fn hello(world: World<Desk>) -> World<Desk> {
    tell_in(world, "1 visitor opens; 2 visitor says hello; 10 end")
}

#[test]
fn who_has_signed_in_is_the_customer_of_the_sites_own_id() {
    let mut world = World::at_kustomer(1, signed_in(Some("ana@example.com")));
    let ana = known(&mut world, json!({ "name": "Ana", "externalId": "site-4711" }));
    known(&mut world, json!({ "name": "B", "emails": [{ "email": "ana@example.com" }] }));
    let mut world = hello(world);
    let (customer, count) = customers(&mut world);
    assert_eq!((customer["id"].as_str(), count), (Some(ana.as_str()), 2));
}

#[test]
fn who_is_unknown_by_id_is_found_by_the_address_that_the_site_vouches_for() {
    let mut world = World::at_kustomer(1, signed_in(Some("ana@example.com")));
    let ana =
        known(&mut world, json!({ "name": "Ana", "emails": [{ "email": "ana@example.com" }] }));
    let mut world = hello(world);
    let (customer, count) = customers(&mut world);
    assert_eq!((customer["id"].as_str(), count), (Some(ana.as_str()), 1));
}

#[test]
fn who_is_unknown_is_made_once_with_what_was_proved() {
    for email in [None, Some("ana@example.com")] {
        let mut world = hello(World::at_kustomer(1, signed_in(email)));
        let (customer, count) = customers(&mut world);
        let attributes = &customer["attributes"];
        assert_eq!((attributes["externalId"].as_str(), count), (Some("site-4711"), 1));
        assert_eq!(attributes["name"], "Ana Ruiz");
        assert_eq!(attributes["emails"][0]["email"].as_str(), email);
    }
}

/// The address stands in the form, and in the note for agents; the customer whose it is hears nothing of it.
#[test]
fn an_address_that_was_typed_attaches_to_nobody() {
    let answers = vec![("email".to_owned(), "ana@example.com".to_owned())];
    let mut world = World::at_kustomer(1, Options { answers, ..Options::default() });
    let ana =
        known(&mut world, json!({ "name": "Ana", "emails": [{ "email": "ana@example.com" }] }));
    let mut world = hello(world);
    let (customer, count) = customers(&mut world);
    assert_ne!(customer["id"].as_str(), Some(ana.as_str()));
    assert_eq!(count, 2);
    assert_eq!(customer["attributes"]["externalId"], "parlor:visitor:7f2a");
    assert_eq!(customer["attributes"]["emails"], json!([]));
    let note = &world.chat().unwrap().lines[0].text;
    assert!(note.contains("ana@example.com"), "{note}");
}

/// Two chats of one customer begin at once: both look, both make, and the second is told that there is one.
#[test]
fn a_customer_that_another_chat_has_just_made_is_found_after_all() {
    for options in [signed_in(None), Options::default()] {
        let external = match &options.verified {
            Some(verified) => verified.identifier.clone(),
            None => "parlor:visitor:7f2a".to_owned(),
        };
        let world = World::at_kustomer(1, options);
        let mut world = tell_in(world, "1 visitor opens; 2 visitor says hello; 2.025 end");
        assert!(world.trace.text().trim_end().ends_with("desk    -> create customer"));
        let made = known(&mut world, json!({ "name": "Ana", "externalId": external }));
        let mut world = tell_in(world, "10 end");
        assert!(world.trace.text().contains("desk    <- create customer 409"));
        let (customer, count) = customers(&mut world);
        assert_eq!((customer["id"].as_str(), count), (Some(made.as_str()), 1));
    }
}
