//! The hub's list of messages that were left: it names a conversation for as long as a message waits in it, whatever fails
//! meanwhile.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

use std::time::Duration;

use parlor_edge::conversation::{Nobody, Opening, Order};
use parlor_tests::{
    desks::live_agent::Config,
    story::tell_in,
    world::{RETENTION, World},
};

fn leave_message(opening: &mut Opening) {
    opening.nobody = Nobody::LeaveMessage;
}

fn world(restless: bool) -> World {
    let mut world = World::opened(1, Config::default(), leave_message);
    world.restless = restless;
    world
}

const LEFT: &str =
    "0 desk closes; 0 visitor opens; 1 visitor says call me; 3 visitor says at noon; 4 end";

#[test]
fn what_is_left_is_listed_until_somebody_takes_it() {
    for restless in [false, true] {
        let mut world = tell_in(world(restless), "0 desk closes; 0 visitor opens; 0.5 end");
        assert!(!world.listed, "nothing was said");
        world = tell_in(
            world,
            "1 visitor says call me; 3 visitor says at noon; 4 visitor leaves; 5 end",
        );
        assert!(world.listed);
        let left = world.left().unwrap();
        assert_eq!((left.flow, left.identifier, left.messages), ("agents", None, 2));
        assert_eq!(left.since, world.events().first().unwrap().at);
        // Asked for days, and nobody is told anything anew.
        let told = world.list_told;
        world = tell_in(world, "80000 end");
        assert_eq!((world.listed, world.list_told), (true, told));
        world = tell_in(world, "80001 desk opens; 80500 agent accepts; 80510 end");
        assert!(!world.listed, "{}", world.trace.text());
        assert_eq!(world.left(), None);
    }
}

#[test]
fn a_chat_that_somebody_takes_is_on_no_list() {
    let world = tell_in(
        world(false),
        "0 visitor opens; 1 visitor says hello; 20 agent accepts; 30 visitor says and; 40 visitor ends; 50 end",
    );
    assert_eq!(world.list_told, 0);
}

#[test]
fn the_end_and_an_erasure_take_it_off_the_list() {
    for restless in [false, true] {
        let world = tell_in(world(restless), LEFT);
        assert!(world.listed);
        let world = tell_in(world, "10 visitor ends; 11 end");
        assert!(!world.listed);
    }
    let mut world = tell_in(world(false), LEFT);
    world.order(Order::Erase).unwrap();
    world.run_until(Duration::from_secs(60));
    assert!(world.erasure.is_some());
    assert!(!world.listed);
}

/// Nobody comes, nobody ends it, nobody asks for its erasure.
#[test]
fn its_last_day_takes_it_off_the_list() {
    let mut world = tell_in(world(false), LEFT);
    // For three days the desk is asked, and then it is silent.
    world.run_until(2 * RETENTION + Duration::from_secs(4 * 86_400));
    assert!(world.stored().state.is_none(), "nothing is left");
    assert!(!world.listed);
}

#[test]
fn a_list_that_does_not_hear_is_told_until_it_does() {
    let mut world = world(false);
    world.deaf = true;
    world = tell_in(world, LEFT);
    assert!(!world.listed);
    world = tell_in(world, "100 end");
    let tries = world.list_told;
    assert!((4..40).contains(&tries), "{tries}");
    world.deaf = false;
    world = tell_in(world, "500 end");
    assert!(world.listed);
    // And that it goes.
    world.deaf = true;
    world = tell_in(world, "510 visitor ends; 520 end");
    assert!(world.listed);
    world.deaf = false;
    world = tell_in(world, "1000 end");
    assert!(!world.listed);
    let told = world.list_told;
    world = tell_in(world, "2000 end");
    assert_eq!(world.list_told, told);
}

/// The list has heard it, and the edge dies before it knows that.
#[test]
fn a_dead_edge_leaves_nothing_on_the_list() {
    let mut world = tell_in(world(false), "0 desk closes; 0 visitor opens; 1 visitor says call me");
    while !world.listed {
        world.run_until(world.now() + Duration::from_millis(1));
    }
    world.kill();
    world = tell_in(world, "10 visitor returns; 11 end");
    assert!(world.listed);
    // The same where it dies with the end: the visitor's last frame and the kill are one instant.
    world = tell_in(world, "20 visitor ends");
    world.kill();
    world = tell_in(world, "100 end");
    assert!(!world.listed, "{}", world.trace.text());
}

/// Told that it waits, and dead before an answer came; the chat is over before the next life looks.
#[test]
fn what_was_perhaps_listed_is_taken_off() {
    let mut world = world(false);
    world = tell_in(world, "0 desk closes; 0 visitor opens; 1 visitor says call me");
    world.deaf = true;
    world = tell_in(world, "3 end");
    let listed = world.list_told;
    assert!(listed > 0 && !world.listed);
    // One of the calls got through, though nobody heard so.
    world.listed = true;
    world.kill();
    world.deaf = false;
    world = tell_in(world, "3 visitor returns; 3 visitor ends; 10 end");
    assert!(!world.listed);
}
