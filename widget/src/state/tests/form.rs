//! Stories of the form before a conversation.

use super::*;
use crate::pairs::Pairs;

fn asked() -> World {
    let mut world = World::new(1);
    world.asks = true;
    world.reload(0);
    world
}

fn answers(email: &str) -> Pairs {
    [("name".to_owned(), "Ines".to_owned()), ("email".to_owned(), email.to_owned())].into()
}

fn refuse(world: &mut World, key: &str, code: &str) {
    let failure = StartFailure::Form { key: key.to_owned(), code: code.to_owned() };
    world.tabs[0].asked = false;
    world.give(0, Msg::Link(Input::Answered(Err(failure))));
}

#[test]
fn the_form_comes_first_and_its_answers_go_along_once() {
    let mut world = asked();
    assert_eq!(world.view(0).stage, Stage::Form);
    world.give(0, Msg::Submit(answers("ines@shop.example")));
    assert!(world.tabs[0].asked, "the conversation begins without a message");
    assert_eq!(world.tabs[0].form, answers("ines@shop.example"));
    assert_eq!(world.view(0).stage, Stage::Live);
    world.settle();
    assert_eq!(world.view(0).subtitle, "Finding somebody for you");
    world.say(0, "hello");
    world.settle();
    assert_eq!(world.said(), ["hello"]);
    world.reload(0);
    world.settle();
    assert_eq!(world.view(0).stage, Stage::Live, "it is not asked again");
    assert_eq!(world.tabs[0].form, Pairs::default());
}

#[test]
fn what_the_edge_finds_wrong_is_said_at_its_field() {
    let mut world = asked();
    world.give(0, Msg::Submit(answers("ines@shop.example")));
    refuse(&mut world, "name", "form_too_long");
    let view = world.view(0);
    assert_eq!(view.stage, Stage::Form);
    assert_eq!(view.form, Some(("name".to_owned(), "form_too_long".to_owned())));
    world.give(0, Msg::Submit(answers("ines@shop.example")));
    assert!(world.tabs[0].asked);
    assert_eq!(world.view(0).stage, Stage::Live);
}

#[test]
fn a_message_that_waits_for_the_form_goes_out_behind_it() {
    let mut world = asked();
    let said = ToFrame::Say { n: 1, text: "said by the page".to_owned() };
    world.give(0, Msg::Page(said));
    refuse(&mut world, "name", "form_missing");
    let view = world.view(0);
    assert_eq!((view.stage, view.form), (Stage::Form, None), "asked, not scolded");
    world.give(0, Msg::Submit(answers("ines@shop.example")));
    world.settle();
    assert_eq!(world.said(), ["said by the page"]);
}

#[test]
fn a_form_that_has_changed_since_the_page_was_loaded_asks_for_a_reload() {
    let mut world = asked();
    world.give(0, Msg::Submit(answers("ines@shop.example")));
    refuse(&mut world, "shoe_size", "form_missing");
    // Whoever draws the form knows which fields it has.
    world.give(0, Msg::Stale);
    assert_eq!(world.view(0).banner.unwrap().action, Some(super::view::Action::LoadAgain));
}

#[test]
fn a_form_that_the_document_does_not_know_of_asks_for_a_reload() {
    let mut world = World::new(1);
    world.say(0, "hello");
    refuse(&mut world, "name", "form_missing");
    assert_eq!(world.view(0).banner.unwrap().action, Some(super::view::Action::LoadAgain));
}
