//! How long a conversation is kept: it forgets itself when its days are over, or when the admin says so, whatever fails
//! meanwhile, and nothing of what was said stays.

use std::time::Duration;

use parlor_edge::conversation::{Erasure, Obeyed, Order, OrderError, Stored};
use parlor_shared::wire::{EndedBy, What};
use parlor_tests::{
    desks::live_agent::Config,
    story::{Desk, tell, tell_in},
    world::{Options, World},
};

const OVER: &str = "0 visitor opens; 1 visitor says the green one; 2 agent accepts; 3 agent says yes; 4 visitor ends; 5 end";

/// Everything that is stored, as one text.
fn kept<D: parlor_tests::desks::Machine>(world: &World<D>) -> String {
    let Stored { state, rows } = world.stored();
    format!("{}\n{}", state.as_deref().unwrap_or_default(), rows.join("\n"))
}

fn in_days(world: &World<impl parlor_tests::desks::Machine>) -> u64 {
    world.now().as_secs() / 86_400
}

#[test]
fn thirty_days_after_its_end_a_conversation_forgets_itself_and_says_so() {
    for restless in [false, true] {
        let mut world = tell(Desk::LiveAgent, OVER, restless);
        world.trace = parlor_tests::trace::Trace::default();
        world.days(29);
        assert!(kept(&world).contains("the green one"), "a day too early");
        assert_eq!(world.trace.text(), "", "nothing happens meanwhile");
        // A link that is open just then.
        world.link("visitor");
        world.run_until(Duration::from_secs(30 * 86_400 + 3_600));
        for word in ["the green one", "yes", "wren-9", "7F2A", "en-GB"] {
            assert!(!kept(&world).contains(word), "{word} is still there:\n{}", kept(&world));
        }
        assert_eq!(world.stored(), &Stored::default(), "not even that it was there");
        let text = world.trace.text();
        let lines: Vec<&str> = text.lines().rev().take(3).collect();
        assert!(lines[2].ends_with("visitor <- close 4410"), "{text}");
        assert!(lines[1].ends_with("erased  -> customer shop/7f2a forgets"), "{text}");
        assert!(lines[0].ends_with("erased  -> nothing is left"), "{text}");
    }
}

#[test]
fn a_hub_says_how_long() {
    let day = Duration::from_secs(86_400);
    let mut world = World::opened(1, Config::default(), |opening| opening.retention = 2 * day);
    world = tell_in(world, OVER);
    world.days(1);
    assert!(kept(&world).contains("the green one"));
    world.days(2);
    assert_eq!(world.stored(), &Stored::default());
}

#[test]
fn whoever_comes_back_within_a_quarter_of_an_hour_is_told_and_begins_nothing() {
    let mut world = tell(Desk::LiveAgent, OVER, false);
    world.order(Order::Erase).unwrap();
    assert!(world.erasure.is_some());
    world.trace = parlor_tests::trace::Trace::default();
    world.run_until(world.now() + Duration::from_secs(60));
    assert!(world.stored().state.is_some(), "it is remembered still that it was there");
    world.link("visitor");
    assert!(
        world.trace.text().starts_with("65.0  visitor <- close 4410"),
        "{}",
        world.trace.text()
    );
}

#[test]
fn a_kill_in_the_middle_and_deaf_ears_only_delay_it() {
    let mut world = tell(Desk::LiveAgent, OVER, false);
    world.deaf = true;
    world.order(Order::Erase).unwrap();
    assert!(!kept(&world).contains("the green one"), "what was said is gone at once");
    let rest = Erasure::read(world.stored());
    assert!(rest.is_some(), "it is remembered who must be told: {}", kept(&world));
    world.kill();
    world.run_until(world.now() + Duration::from_secs(120));
    world.kill();
    // Nothing may go before all have been told, however late it is.
    world.days(2);
    assert!(world.stored().state.is_some(), "the list that names it was not told yet");
    world.deaf = false;
    world.run_until(world.now() + Duration::from_secs(600));
    assert_eq!(world.stored(), &Stored::default());
    let text = world.trace.text();
    assert_eq!(text.matches("customer shop/7f2a forgets").count(), 1, "{text}");
    assert!(text.matches("is not reached").count() > 5, "it tried again and again");
    assert!(text.matches("is not reached").count() < 1_200, "and not all the time");
}

#[test]
fn a_chat_that_is_open_is_ended_at_the_desk_before_it_is_erased() {
    for restless in [false, true] {
        let script =
            "0 visitor opens; 1 visitor says hello; 2 agent accepts; 3 agent says hi; 4 end";
        let mut world = tell(Desk::LiveAgent, script, restless);
        // A message is on its way just then: the desk hears of the end behind it.
        world.say("link", "one more thing");
        assert_eq!(world.order(Order::Erase), Ok(Obeyed::Done { seq: None }));
        assert!(world.erasure.is_none(), "not before the desk knows");
        assert_eq!(world.order(Order::Erase), Ok(Obeyed::Already { seq: None }));
        let by = EndedBy::Other("site".to_owned());
        assert!(world.events().iter().any(|it| it.what == What::Ended { by: by.clone() }));
        let say =
            Order::Say { key: "k".to_owned(), text: "Wait".to_owned(), name: "Shop".to_owned() };
        assert_eq!(world.order(say), Err(OrderError::Ended), "nothing new gets in");
        world.run_until(world.now() + Duration::from_secs(3));
        assert_eq!(world.chat().unwrap().state, "ended", "the agent knows");
        assert!(world.erasure.is_some(), "and it is gone: {}", kept(&world));
    }
}

#[test]
fn a_desk_that_cannot_be_told_does_not_keep_it_alive() {
    let script = "0 visitor opens; 1 visitor says hello; 5 desk fault status x9999 on *; 6 visitor says and; 7 end";
    let mut world = tell_in(World::at_kustomer(1, Options::default()), script);
    world.order(Order::Erase).unwrap();
    world.run_until(world.now() + Duration::from_secs(29));
    assert!(world.erasure.is_none(), "it is tried");
    world.kill();
    world.run_until(world.now() + Duration::from_secs(2));
    assert!(world.erasure.is_some(), "{}", world.trace.text());
    assert!(!kept(&world).contains("hello"));
}

#[test]
fn what_a_desk_keeps_open_for_ever_has_a_last_day_too() {
    let mut world = World::at_kustomer(1, Options::default());
    world = tell_in(world, "0 visitor opens; 1 visitor says hello; 9 visitor leaves; 20 end");
    assert!(!world.events().iter().any(|it| matches!(it.what, What::Ended { .. })));
    let mut ended = None;
    while world.erasure.is_none() {
        world.days(1);
        let over = |it: &&parlor_shared::wire::Event| matches!(it.what, What::Ended { .. });
        if ended.is_none() && world.events().iter().any(|it| over(&it)) {
            ended = Some(in_days(&world));
        }
        assert!(in_days(&world) < 70, "it is kept for ever");
    }
    assert_eq!(ended, Some(31), "silent for thirty days: away");
    assert_eq!(in_days(&world), 61, "and thirty days after that it goes");
    let text = world.trace.text();
    assert!(text.contains("erased  -> index "), "the desk's index is told too:\n{text}");
}

#[test]
fn a_word_moves_the_last_day_of_what_is_open_and_none_that_of_what_is_over() {
    let mut world = World::at_kustomer(1, Options::default());
    world = tell_in(world, "0 visitor opens; 1 visitor says hello; 20 end");
    world.days(20);
    world.say("link", "still there?");
    world.days(20);
    assert!(!world.events().iter().any(|it| matches!(it.what, What::Ended { .. })));
    world.days(11);
    assert!(world.events().iter().any(|it| matches!(it.what, What::Ended { .. })));
}

#[test]
fn a_conversation_that_was_never_used_goes_too() {
    let mut world = World::new(1, Config::default());
    world.days(1);
    assert!(world.stored().state.is_some());
    world.days(60);
    assert_eq!(world.stored(), &Stored::default());
}
