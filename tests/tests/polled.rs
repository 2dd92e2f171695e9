//! A link without a socket: it posts frames and asks, and is told what a socket would have been told.

#![allow(clippy::unwrap_used, reason = "the stories' own texts")]

use std::time::Duration;

use parlor_edge::conversation::{Answer, AskId};
use parlor_shared::{
    id::MessageId,
    wire::{ClientFrame, ServerFrame, What},
};
use parlor_tests::{
    desks::live_agent::{Config, Control},
    world::{GRACE, World},
};

fn world() -> World {
    World::new(7, Config::default())
}

fn at(world: &mut World, seconds: u64) {
    world.run_until(Duration::from_secs(seconds));
}

fn text(frame: &ClientFrame) -> String {
    serde_json::to_string(frame).unwrap()
}

fn hello(after: u64) -> String {
    text(&ClientFrame::Hello { version: 1, after })
}

fn say(n: u8) -> String {
    let id = MessageId::from_random(u128::from(n));
    text(&ClientFrame::Say { id, text: format!("m{n}") })
}

/// Names of what is told: events by their number.
fn told(answer: Option<Answer>) -> String {
    let Some(answer) = answer else { return "nothing yet".to_owned() };
    let mut words: Vec<String> = Vec::new();
    for frame in answer.frames {
        words.push(match frame {
            ServerFrame::Welcome { last, .. } => format!("welcome {last}"),
            ServerFrame::Event(event) => event.seq.to_string(),
            ServerFrame::Accepted { seq, .. } => format!("accepted {seq}"),
            ServerFrame::Refused { code, .. } => code,
            ServerFrame::Typing { on } => format!("typing {on}"),
            other => format!("{other:?}"),
        });
    }
    words.extend(answer.close.map(|code| format!("close {code}")));
    words.join(", ")
}

fn post(world: &mut World, after: u64, frames: &[String]) -> String {
    let ask = world.ask(1, after, false, frames.to_vec());
    told(world.answer(ask))
}

fn hold(world: &mut World, after: u64) -> AskId {
    world.ask(1, after, true, Vec::new())
}

#[test]
fn frames_are_answered_as_a_socket_would_answer_them() {
    let mut world = world();
    assert_eq!(post(&mut world, 0, &[hello(0)]), "welcome 0");
    let answer = post(&mut world, 0, &[say(1), say(2), "{}".to_owned()]);
    assert_eq!(answer, "1, accepted 1, 2, accepted 2, frame_not_json, 3");
    // Sent again, because its answer was lost: the same numbers.
    assert_eq!(post(&mut world, 3, &[say(1)]), "accepted 1");
}

#[test]
fn a_question_is_held_until_there_is_something_to_say() {
    let mut world = world();
    post(&mut world, 0, &[hello(0), say(1)]);
    at(&mut world, 5);
    let after = world.events().len() as u64;
    let first = hold(&mut world, 2);
    assert_ne!(told(world.answer(first)), "nothing yet");
    let ask = hold(&mut world, after);
    assert_eq!(told(world.answer(ask)), "nothing yet");
    let chat = world.chat().unwrap().id;
    world.control(Control::Accept { chat, agent: None }).unwrap();
    at(&mut world, 6);
    assert_eq!(told(world.answer(ask)), format!("{}", after + 1));
}

#[test]
fn a_question_is_answered_in_time_though_nothing_happens() {
    let mut world = world();
    post(&mut world, 0, &[hello(0)]);
    let ask = hold(&mut world, 0);
    at(&mut world, 24);
    assert_eq!(told(world.answer(ask)), "nothing yet");
    at(&mut world, 26);
    assert_eq!(told(world.answer(ask)), "");
}

#[test]
fn the_newest_question_of_a_link_counts() {
    let mut world = world();
    post(&mut world, 0, &[hello(0)]);
    let older = hold(&mut world, 0);
    let posted = post(&mut world, 0, &[say(1)]);
    assert_eq!(
        told(world.answer(older)),
        "",
        "it is let go, and empty: nothing overtakes anything"
    );
    assert!(posted.starts_with("1, accepted 1"), "{posted}");
    // Another tab's is another link.
    let other = world.ask(2, 9, true, Vec::new());
    assert!(told(world.answer(other)).starts_with("welcome"));
    let mine = hold(&mut world, 2);
    let theirs = world.ask(2, 2, true, Vec::new());
    assert_eq!(told(world.answer(mine)), "nothing yet");
    assert_eq!(told(world.answer(theirs)), "nothing yet");
}

#[test]
fn what_an_answer_lost_is_told_again() {
    let mut world = world();
    post(&mut world, 0, &[hello(0)]);
    assert_eq!(post(&mut world, 0, &[say(1)]), "1, accepted 1, 2");
    // It never arrived: the widget still names 0.
    let ask = hold(&mut world, 0);
    assert_eq!(told(world.answer(ask)), "welcome 2, 1, 2");
}

#[test]
fn an_edge_that_has_forgotten_the_link_takes_a_question_for_a_hello() {
    let mut world = world();
    post(&mut world, 0, &[hello(0), say(1)]);
    let held = hold(&mut world, 2);
    world.kill();
    assert_eq!(told(world.answer(held)), "nothing yet");
    assert_eq!(post(&mut world, 2, &[say(2)]), "welcome 2, 3, accepted 3");
}

#[test]
fn another_version_is_refused_and_closed() {
    let mut world = world();
    let other = text(&ClientFrame::Hello { version: 9, after: 0 });
    let answer = post(&mut world, 0, &[other, say(1), hello(0), say(2)]);
    assert_eq!(answer, "version_unsupported, close 4408", "what stands behind is not read");
    assert!(world.events().is_empty());
}

#[test]
fn a_link_that_asks_is_there_and_one_that_does_not_has_left() {
    let mut world = world();
    post(&mut world, 0, &[hello(0), say(1)]);
    for round in 0..40 {
        let after = world.events().len() as u64;
        let ask = hold(&mut world, after);
        at(&mut world, 26 * (round + 1));
        assert_ne!(told(world.answer(ask)), "nothing yet");
    }
    let ended =
        |world: &World| world.events().iter().any(|event| matches!(event.what, What::Ended { .. }));
    assert!(!ended(&world), "a visitor who asks is no visitor who has left");
    let silent = world.now();
    world.run_until(silent + GRACE + Duration::from_secs(20));
    assert!(
        !ended(&world),
        "the grace period begins when the link has been silent for long enough"
    );
    world.run_until(silent + GRACE + Duration::from_secs(60));
    assert!(ended(&world));
}

#[test]
fn who_names_many_links_loses_the_oldest() {
    let mut world = world();
    let first = world.ask(0, 0, true, Vec::new());
    world.answer(first);
    let held = world.ask(0, 0, true, Vec::new());
    for link in 1..=16 {
        at(&mut world, u64::from(link));
        world.ask(link, 0, true, Vec::new());
    }
    assert_eq!(told(world.answer(held)), "");
    let again = world.ask(0, 0, true, Vec::new());
    assert_eq!(told(world.answer(again)), "welcome 0");
}

#[test]
fn who_posts_too_much_at_once_is_closed_and_nothing_is_called_refused() {
    let mut world = world();
    post(&mut world, 0, &[hello(0)]);
    let typing = text(&ClientFrame::Typing { on: true });
    for _ in 0..3 {
        post(&mut world, 0, &vec![typing.clone(); 64]);
    }
    let mut frames = vec![typing; 32];
    frames.push(say(1));
    assert_eq!(post(&mut world, 0, &frames), "close 4429");
    at(&mut world, 5);
    assert!(post(&mut world, 0, &[hello(0), say(1)]).contains("accepted 1"));
}
