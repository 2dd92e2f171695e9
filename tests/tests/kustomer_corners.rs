//! Corners of a conversation at Kustomer that stories of one line do not reach.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail where it stands")]

use std::time::Duration;

use parlor_edge::relay::kustomer;
use parlor_shared::wire::{FailureReason, What};
use parlor_tests::{
    desks::kustomer::{Config, Control, Desk, Key, Order, RELAY_TOKEN, UMBRELLAS},
    story::{act, check_in, tell_in},
    world::{Options, World},
};
use serde_json::{Value, json};

fn world() -> World<Desk> {
    World::at_kustomer(1, Options::default())
}

/// A desk whose key may do this too.
fn may_also(roles: &[&str]) -> Config {
    let roles: Vec<&str> = UMBRELLAS.iter().chain(roles).copied().collect();
    Config {
        keys: vec![Key::new(RELAY_TOKEN, "Parlor", &roles), Key::admin()],
        ..Config::default()
    }
}

fn whats(world: &World<Desk>) -> Vec<&What> {
    world.events().iter().map(|it| &it.what).collect()
}

/// The agent is quicker than the desk's own answer: nobody has said yet whose the conversation is.
#[test]
fn a_reply_one_millisecond_after_the_conversation_was_made_is_delivered() {
    for restless in [false, true] {
        let mut world = world();
        world.restless = restless;
        let mut world = tell_in(world, "0 visitor opens; 1 visitor says hello");
        while world.chat().is_none() {
            world.run_until(world.now() + Duration::from_millis(1));
        }
        assert!(!world.trace.text().contains("<- create conversation"), "its answer is on its way");
        world.run_until(world.now() + Duration::from_millis(1));
        act(&mut world, "agent replies That was quick");
        let world = tell_in(world, "10 end");
        let told = world.trace.text();
        assert!(told.contains("webhook -> message.create 200 kept"), "{told}");
        assert_eq!(told.matches("says That was quick").count(), 1, "{told}");
    }
}

/// The desk knows our external id already, and says so: what an earlier life made is used.
#[test]
fn a_conversation_that_is_there_already_is_taken_and_not_made_again() {
    let mut world = world();
    let customer = json!({ "name": "A", "externalId": "parlor:visitor:7f2a" });
    let (_, customer) = world.elsewhere("POST", "/v1/customers", &customer);
    let external = format!("parlor:{}", "c".repeat(64));
    let talk = json!({ "customer": customer["data"]["id"], "externalId": external });
    let (status, talk) = world.elsewhere("POST", "/v1/conversations", &talk);
    assert_eq!(status, 201);
    let world = tell_in(world, "0 visitor opens; 1 visitor says hello; 10 end");
    let told = world.trace.text();
    assert!(told.contains("<- create conversation 409"), "{told}");
    assert_eq!(world.desk.chats().len(), 1);
    assert_eq!(world.chat().unwrap().id, talk["data"]["id"].as_str().unwrap());
    assert!(matches!(whats(&world).last(), Some(What::Delivered { of: 1 })), "{told}");
}

#[test]
fn a_note_whose_answer_was_lost_is_looked_for_and_not_written_twice() {
    for (fault, found) in [("after_write", "200"), ("drop_request", "200")] {
        let desk = may_also(&["org.permission.note.create", "org.permission.note.read"]);
        let world = World::at_kustomer(1, Options { desk, ..Options::default() });
        let script = format!(
            "0 visitor opens; 0.5 desk fault {fault} on create_note; 1 visitor says hello; 20 end"
        );
        let mut world = tell_in(world, &script);
        let told = world.trace.text();
        assert!(told.contains(&format!("<- find note {found}")), "{told}");
        let chat = world.chat().unwrap().id;
        let path = format!("/v1/conversations/{chat}/notes");
        let (_, notes) = world.elsewhere("GET", &path, &Value::Null);
        assert_eq!(notes["data"].as_array().unwrap().len(), 1, "{told}");
    }
}

#[test]
fn a_message_that_is_too_large_for_the_desk_fails_and_the_next_goes() {
    let mut world = tell_in(world(), "0 visitor opens; 1 visitor says hello; 2 end");
    let order = json!({ "fault": "status", "status": 413 });
    world.control(Control::Fault(Order::from_json(&order).unwrap())).unwrap();
    let world = tell_in(world, "3 visitor says long; 3.5 visitor says short; 20 end");
    let told = world.trace.text();
    assert_eq!(told.matches("<- create message 413").count(), 1, "not tried again: {told}");
    assert!(!told.contains("find message"), "nor looked for: {told}");
    let failed = What::Failed { of: 4, reason: FailureReason::DeskRefused };
    assert!(whats(&world).contains(&&failed), "{told}");
    assert!(matches!(whats(&world).last(), Some(What::Delivered { .. })), "{told}");
}

#[test]
fn an_agents_name_and_picture_are_read_once_for_many_messages() {
    let picture = "https://pictures.example/maya.png";
    let desk = Config { picture: Some(picture.to_owned()), ..Config::default() };
    let world = World::at_kustomer(1, Options { desk, ..Options::default() });
    let mut script = "0 visitor opens; 1 visitor says hello".to_owned();
    for at in 3..9 {
        script += &format!("; {at} agent replies number {at}");
    }
    let world = tell_in(world, &format!("{script}; 20 end"));
    let told = world.trace.text();
    assert_eq!(told.matches("-> read user").count(), 1, "{told}");
    let pictures = whats(&world).into_iter().filter(|what| {
        matches!(what, What::Agent { agent, .. } if agent.avatar.as_deref() == Some(picture))
    });
    assert_eq!(pictures.count(), 6);
}

#[test]
fn a_session_of_the_second_mode_gets_the_flows_team_and_queue() {
    for mode in [kustomer::Mode::Chat, kustomer::Mode::Core] {
        let options =
            Options { mode, team: Some("Sales"), queue: Some("Repairs"), ..Options::default() };
        let world = World::at_kustomer(1, options);
        let mut world = tell_in(world, "0 visitor opens; 1 visitor says hello; 5 end");
        let chat = world.chat().unwrap().id;
        let (_, talk) = world.elsewhere("GET", &format!("/v1/conversations/{chat}"), &Value::Null);
        let known = world.desk.config_json();
        let id = |list: &str, name: &str| {
            let items = known[list].as_array().unwrap().iter();
            items.filter(|it| it["name"] == name).map(|it| it["id"].clone()).next().unwrap()
        };
        let talk = &talk["data"];
        assert_eq!(talk["attributes"]["assignedTeams"], json!([id("teams", "Sales")]), "{mode:?}");
        assert_eq!(talk["relationships"]["queue"]["data"]["id"], id("queues", "Repairs"));
        assert!(matches!(whats(&world).last(), Some(What::Delivered { .. })));
    }
}

/// A team that is gone, or a key that may not assign, costs nobody the chat.
#[test]
fn a_session_that_cannot_be_assigned_is_heard_all_the_same() {
    let options = Options { mode: kustomer::Mode::Chat, team: Some("Sales"), ..Options::default() };
    let mut world = World::at_kustomer(1, options);
    let order = json!({ "fault": "status", "status": 400, "on": "update_conversation" });
    world.control(Control::Fault(Order::from_json(&order).unwrap())).unwrap();
    let world = tell_in(world, "0 visitor opens; 1 visitor says hello; 5 end");
    let told = world.trace.text();
    assert_eq!(told.matches("<- assign conversation 400").count(), 1, "{told}");
    assert!(!told.contains("read conversation"), "not looked for: {told}");
    assert!(matches!(whats(&world).last(), Some(What::Delivered { .. })), "{told}");
}

/// What a message needs is looked for, and made again where it is gone; without the rest it goes on.
#[test]
fn each_write_knows_what_it_means_that_something_is_not_there() {
    // What is answered 404 once, with a key that may write notes or not, and how often then which call is made.
    for (call, notes, made) in [
        ("create_conversation", true, [("create customer", 1), ("create conversation", 2)]),
        ("create_note", true, [("create conversation", 1), ("create note", 1)]),
        // Without the role a note is the first message.
        ("create_message", false, [("find conversation", 1), ("create message", 3)]),
        ("create_message", true, [("find conversation", 1), ("create message", 2)]),
        ("update_conversation", true, [("create conversation", 1), ("close conversation", 1)]),
    ] {
        let desk = if notes { may_also(&["org.permission.note"]) } else { Config::default() };
        let mut world = World::at_kustomer(1, Options { desk, ..Options::default() });
        answers(&mut world, 404, 1, call);
        let script = "0 visitor opens; 1 visitor says hello; 20 visitor ends; 60 end";
        let world = tell_in(world, script);
        let told = world.trace.text();
        for (label, wanted) in made {
            let calls = told.matches(&format!("-> {label}\n")).count();
            assert_eq!(calls, wanted, "{call}: {label}: {told}");
        }
        let delivered = whats(&world).iter().any(|it| matches!(it, What::Delivered { .. }));
        assert!(delivered, "{call}: {told}");
        // That there is nothing to end is nobody's trouble.
        let logged = world.logged.iter().any(|it| it.contains("desk_conversation_gone"));
        assert_eq!(logged, call != "update_conversation", "{call}: {told}");
    }
}

#[test]
fn a_message_waits_while_an_admin_gives_the_key_its_role() {
    let mut world = tell_in(world(), "0 visitor opens; 1 visitor says hello; 5 end");
    answers(&mut world, 403, 3, "create_message");
    let world = tell_in(world, "6 visitor says more; 100 end");
    let told = world.trace.text();
    assert_eq!(told.matches("<- create message 403").count(), 3, "{told}");
    let delivered = whats(&world).iter().filter(|it| matches!(it, What::Delivered { .. })).count();
    assert_eq!(delivered, 2, "{told}");
}

fn answers(world: &mut World<Desk>, status: u16, times: u32, call: &str) {
    let order = json!({ "fault": "status", "status": status, "times": times, "on": call });
    world.control(Control::Fault(Order::from_json(&order).unwrap())).unwrap();
}

#[test]
fn agents_come_change_and_go_in_the_second_mode_too() {
    check_in(
        || World::at_kustomer(1, Options { mode: kustomer::Mode::Chat, ..Options::default() }),
        "0 visitor opens; 1 visitor says hello; 2 trace; 3 agent assigns Maya Okafor
         5 agent assigns Tomás Vidal; 7 agent unassigns; 9 agent done; 20 end",
        "
        3.0  webhook -> conversation.update 200 kept
        3.5  desk    -> read user
        3.5  desk    <- read user 200
        3.5  link    <- 4 Maya Okafor joined
        5.0  webhook -> conversation.update 200 kept
        5.5  desk    -> read user
        5.5  desk    <- read user 200
        5.5  link    <- 5 Maya Okafor left
        5.5  link    <- 6 Tomás Vidal joined
        7.0  webhook -> conversation.update 200 kept
        7.5  link    <- 7 Tomás Vidal left
        9.0  webhook -> conversation.update 200 kept
        9.5  desk    -> read messages
        9.5  desk    <- read messages 200
        9.5  link    <- 8 ended by agent
        ",
    );
}

/// The desk cannot say who writes, and a minute later still cannot: the alarm waits for the next try, and does not ring
/// on the spot until then (the world panics where time stands still).
#[test]
fn a_name_that_has_grown_old_and_cannot_be_had_is_asked_for_in_its_own_time() {
    let mut world = tell_in(world(), "0 visitor opens; 1 visitor says hello; 2 end");
    let order = json!({ "fault": "status", "status": 500, "on": "get_user", "times": null });
    world.control(Control::Fault(Order::from_json(&order).unwrap())).unwrap();
    let world = tell_in(world, "3 agent replies Hi; 80 agent replies Again; 95 end");
    let told = world.trace.text();
    assert_eq!(told.matches("Agent says Again").count(), 1, "{told}");
}

/// The same words twice: what is at the desk already is the first of them.
#[test]
fn the_same_words_again_are_a_message_of_their_own_in_the_second_mode() {
    let options = Options { mode: kustomer::Mode::Chat, ..Options::default() };
    let mut world =
        tell_in(World::at_kustomer(1, options), "0 visitor opens; 1 visitor says hi; 2 end");
    let order = json!({ "fault": "status", "status": 500, "on": "*" });
    world.control(Control::Fault(Order::from_json(&order).unwrap())).unwrap();
    let world = tell_in(world, "3 visitor says hi; 20 end");
    let told = world.trace.text();
    assert!(told.contains("<- find chat message 200"), "{told}");
    let lines = world.chat().unwrap().lines;
    assert_eq!(lines.iter().filter(|it| it.text == "hi").count(), 2, "{told}");
}

/// By whatever app: what our own key wrote comes back as an event, and is nobody's answer.
#[test]
fn what_our_own_key_writes_is_no_agents_message() {
    let mut world = tell_in(world(), "0 visitor opens; 1 visitor says hello; 2 end");
    let chat = world.chat().unwrap().id;
    let path = format!("/v1/conversations/{chat}/messages");
    let body = json!({
        "channel": "chat", "app": "otherbot", "direction": "out", "preview": "An echo",
    });
    let (status, _) = world.elsewhere_as(RELAY_TOKEN, "POST", &path, &body);
    assert_eq!(status, 201);
    let (status, _) = world.elsewhere(
        "POST",
        &path,
        &json!({
            "channel": "chat", "app": "otherbot", "direction": "out", "preview": "Another's",
        }),
    );
    assert_eq!(status, 201);
    let world = tell_in(world, "80 end");
    let told = world.trace.text();
    assert!(told.contains("says Another's") && !told.contains("An echo"), "{told}");
}

#[test]
fn a_picture_without_tls_is_not_shown() {
    let desk =
        Config { picture: Some("http://pictures.example/m.png".to_owned()), ..Config::default() };
    let world = World::at_kustomer(1, Options { desk, ..Options::default() });
    let script = "0 visitor opens; 1 visitor says hello; 3 agent replies Hi; 9 end";
    let world = tell_in(world, script);
    let shown = whats(&world)
        .into_iter()
        .any(|what| matches!(what, What::Agent { agent, .. } if agent.avatar.is_none()));
    assert!(shown, "{}", world.trace.text());
}

/// An update that comes after a newer one says how it was, not how it is.
#[test]
fn how_it_stood_before_is_no_news() {
    let world = tell_in(
        world(),
        "0 visitor opens; 1 visitor says hello; 2 desk fault delayed_delivery; 3 agent assigns
         4 agent unassigns; 30 end",
    );
    let told = world.trace.text();
    assert_eq!(told.matches("webhook -> conversation.update 200 kept").count(), 2, "{told}");
    let came = whats(&world).into_iter().any(|what| matches!(what, What::Joined { .. }));
    assert!(!came, "{told}");
}
