//! What a visitor says of a conversation that is over.

use parlor_shared::wire::{ClientFrame, What};
use parlor_tests::{
    story::{Desk, act, tell},
    world::World,
};

const OVER: &str = "0 visitor opens; 1 visitor says hello; 2 agent accepts; 3 agent says hi; 4 visitor ends; 5 end";

fn rate(world: &mut World, score: u8, note: Option<&str>) -> Option<String> {
    let before = refusals(world);
    world.frame("link", ClientFrame::Rate { score, note: note.map(str::to_owned) });
    refusals(world).get(before.len()).cloned()
}

fn refusals(world: &World) -> Vec<String> {
    let line = |line: &str| Some(line.split_once("<- refused ")?.1.to_owned());
    world.trace.text().lines().filter_map(line).collect()
}

fn ratings(world: &World) -> Vec<(u8, Option<String>)> {
    let rated = |what: &What| match what {
        What::Rated { score, note } => Some((*score, note.clone())),
        _ => None,
    };
    world.events().iter().filter_map(|event| rated(&event.what)).collect()
}

#[test]
fn a_rating_is_kept_once_and_shown_to_every_tab() {
    let mut world = tell(Desk::LiveAgent, OVER, false);
    assert_eq!(rate(&mut world, 4, Some(" Quick and clear. ")), None);
    let kept = vec![(4, Some("Quick and clear.".to_owned()))];
    assert_eq!(ratings(&world), kept);
    let seen = world.seen("link").last().map(|event| event.what.clone());
    assert!(matches!(seen, Some(What::Rated { score: 4, .. })));
    // Sent twice because its link broke, it is no news; another one is refused.
    assert_eq!(rate(&mut world, 4, Some("Quick and clear.")), None);
    assert_eq!(rate(&mut world, 1, None).as_deref(), Some("rating_already"));
    world.kill();
    act(&mut world, "visitor returns");
    assert_eq!(rate(&mut world, 4, Some("Quick and clear.")), None);
    assert_eq!(rate(&mut world, 5, None).as_deref(), Some("rating_already"), "in another life too");
    assert_eq!(ratings(&world), kept);
}

#[test]
fn a_rating_that_is_none_is_refused_and_a_good_one_still_counts() {
    let mut world = tell(Desk::LiveAgent, OVER, false);
    let long = "x".repeat(4_001);
    for (score, note, code) in [
        (0, None, "rating_malformed"),
        (6, None, "rating_malformed"),
        (255, None, "rating_malformed"),
        (4, Some(long.as_str()), "text_too_long"),
        (4, Some("a\u{202e}b"), "text_bidi"),
        (4, Some("a\u{0}b"), "text_control"),
    ] {
        assert_eq!(rate(&mut world, score, note).as_deref(), Some(code), "{score} {note:?}");
    }
    assert_eq!(ratings(&world), []);
    assert_eq!(rate(&mut world, 1, Some("  ")), None);
    assert_eq!(ratings(&world), [(1, None)], "a note of nothing is none");
}

#[test]
fn nothing_is_rated_that_goes_on() {
    let story = "0 visitor opens; 1 visitor says hello; 2 agent accepts; 3 end";
    let mut world = tell(Desk::LiveAgent, story, false);
    assert_eq!(rate(&mut world, 4, None).as_deref(), Some("conversation_open"));
    assert_eq!(ratings(&world), []);
}
