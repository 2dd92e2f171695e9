//! What a site's server does with a conversation: it ends it, speaks in it, and moves it to another flow.

use std::time::Duration;

use parlor_edge::{
    conversation::{Nobody, Obeyed, Order, OrderError, Way},
    relay::{Route, live_agent},
};
use parlor_shared::{
    text::TextError,
    wire::{EndedBy, What},
};
use parlor_tests::{
    story::{Desk, act, tell},
    world::World,
};

const MET: &str = "0 visitor opens; 1 visitor says hello; 2 agent accepts; 3 agent says hi; 4 end";

fn later(world: &mut World, seconds: u64) {
    world.run_until(world.now() + Duration::from_secs(seconds));
}

fn say(key: &str, text: &str) -> Order {
    Order::Say { key: key.to_owned(), text: text.to_owned(), name: "Example Shop".to_owned() }
}

/// Another flow at the same simulated desk: another chat in its queue.
fn billing(text: Option<&str>) -> Order {
    let config = parlor_tests::desks::live_agent::Config::default();
    let route = Route::LiveAgent(live_agent::Config {
        base_url: parlor_tests::world::DESK_URL.to_owned(),
        organization_id: config.organization,
        deployment_id: config.deployment,
        button_id: config.button,
        prechat: live_agent::Prechat { details: Vec::new(), entities: Vec::new() },
    });
    Order::Move {
        way: Box::new(Way {
            flow: "billing".to_owned(),
            route,
            nobody: Nobody::Closed { text: None },
        }),
        text: text.map(str::to_owned),
        name: "Example Shop".to_owned(),
    }
}

fn whats(world: &World) -> Vec<&What> {
    world.events().iter().map(|event| &event.what).collect()
}

#[test]
fn the_site_ends_a_conversation_once_and_the_desk_is_told() {
    for restless in [false, true] {
        let mut world = tell(Desk::LiveAgent, MET, restless);
        assert_eq!(world.order(Order::Close), Ok(Obeyed::Done { seq: None }));
        later(&mut world, 2);
        assert!(world.chat().unwrap().state == "ended", "the agent's chat has ended");
        let by = EndedBy::Other("site".to_owned());
        assert_eq!(whats(&world).last(), Some(&&What::Ended { by }));
        assert_eq!(world.order(Order::Close), Ok(Obeyed::Already { seq: None }));
        assert_eq!(world.order(say("k", "Too late")), Err(OrderError::Ended));
        assert_eq!(world.order(billing(None)), Err(OrderError::Ended));
    }
}

#[test]
fn the_site_speaks_and_a_repeated_key_says_nothing_twice() {
    let mut world = tell(Desk::LiveAgent, MET, false);
    let Ok(Obeyed::Done { seq: Some(seq) }) = world.order(say("k1", "Your parcel\nhas left."))
    else {
        panic!("not said")
    };
    world.kill();
    later(&mut world, 1);
    assert_eq!(
        world.order(say("k1", "Your parcel\nhas left.")),
        Ok(Obeyed::Already { seq: Some(seq) }),
        "also in another life"
    );
    act(&mut world, "visitor returns");
    later(&mut world, 1);
    let said: Vec<_> = world
        .seen("link")
        .iter()
        .filter(|event| matches!(&event.what, What::Agent { auto: true, .. }))
        .collect();
    assert_eq!(said.len(), 1);
    for (text, error) in [(" ", TextError::Empty), ("a\u{202e}b", TextError::Bidi { at: 1 })] {
        assert_eq!(world.order(say("k2", text)), Err(OrderError::Text(error)));
    }
}

#[test]
fn a_conversation_moves_between_desks_with_what_was_said_and_what_was_not_heard() {
    for restless in [false, true] {
        let mut world = tell(Desk::LiveAgent, MET, restless);
        let before = world.chat().unwrap();
        let moved = world.order(billing(Some("I pass you on to billing.")));
        assert!(matches!(moved, Ok(Obeyed::Done { seq: Some(_) })), "{moved:?}");
        act(&mut world, "visitor says is anybody there");
        later(&mut world, 3);
        let after = world.chat().unwrap();
        assert_ne!(after.id, before.id, "the other flow's desk was asked");
        act(&mut world, "agent accepts");
        later(&mut world, 3);
        let heard = format!("{:?}", world.chat().unwrap());
        for words in ["hello", "hi", "I pass you on to billing.", "is anybody there"] {
            assert!(heard.contains(words), "{words:?} is not in {heard}");
        }
        let failed = whats(&world).iter().any(|it| matches!(it, What::Failed { .. }));
        assert!(!failed, "nothing was lost on the way");
        let ended = whats(&world).iter().any(|it| matches!(it, What::Ended { .. }));
        assert!(!ended, "and the visitor saw no end");
        assert_eq!(world.order(billing(None)), Ok(Obeyed::Already { seq: None }));
        act(&mut world, "agent says found you");
        later(&mut world, 2);
        assert!(matches!(whats(&world).last(), Some(What::Agent { auto: false, .. })));
    }
}

#[test]
fn a_message_that_the_old_desk_had_not_taken_is_brought_to_the_new_one() {
    let mut world = tell(Desk::LiveAgent, "0 visitor opens; 1 visitor says hello; 2 end", false);
    // Nobody has accepted: it waits.
    world.order(billing(None)).unwrap();
    later(&mut world, 2);
    act(&mut world, "agent accepts");
    later(&mut world, 3);
    assert!(format!("{:?}", world.chat().unwrap()).contains("hello"));
    let delivered = whats(&world).iter().filter(|it| matches!(it, What::Delivered { .. })).count();
    assert_eq!(delivered, 1);
}

/// Its agent would wait in a chat that nobody reads, until the desk gives it up.
#[test]
fn the_old_desk_is_told_the_end_though_a_message_is_on_its_way() {
    for dies in [false, true] {
        let mut world = tell(Desk::LiveAgent, MET, false);
        let before = world.chat().unwrap().id;
        act(&mut world, "visitor says quick");
        world.order(billing(None)).unwrap();
        if dies {
            world.kill();
        }
        later(&mut world, 60);
        let old = world.desk.chats().into_iter().find(|it| it.id == before).unwrap();
        assert_eq!(old.state, "ended", "{}", world.trace.text());
        act(&mut world, "agent accepts");
        later(&mut world, 5);
        assert!(format!("{:?}", world.chat().unwrap()).contains("quick"));
    }
}

#[test]
fn what_the_site_begins_waits_for_the_visitor_and_the_agent_reads_what_was_asked() {
    let config = parlor_tests::desks::live_agent::Config::default();
    let mut world = World::opened(7, config, |opening| opening.waits = true);
    world.order(say("k", "Your parcel waits at the post office.")).unwrap();
    later(&mut world, 20 * 24 * 60 * 60);
    assert!(world.chat().is_none(), "nobody's place is taken");
    assert!(!whats(&world).iter().any(|it| matches!(it, What::Ended { .. })), "it waits");
    world.kill();
    act(&mut world, "visitor opens");
    act(&mut world, "visitor says which one");
    later(&mut world, 3);
    act(&mut world, "agent accepts");
    later(&mut world, 3);
    let heard = format!("{:?}", world.chat().unwrap());
    let (asked, answered) = (heard.find("Your parcel waits"), heard.find("which one"));
    assert!(asked.is_some() && asked < answered, "{heard}");
    // From now on it is like any other.
    act(&mut world, "visitor leaves");
    later(&mut world, 20 * 60);
    assert!(matches!(whats(&world).last(), Some(What::Ended { .. })));
}

#[test]
fn what_nobody_answers_ends_by_itself() {
    let config = parlor_tests::desks::live_agent::Config::default();
    let mut world = World::opened(7, config, |opening| opening.waits = true);
    world.order(say("k", "Anybody?")).unwrap();
    later(&mut world, 31 * 24 * 60 * 60);
    assert!(whats(&world).iter().any(|it| matches!(it, What::Ended { .. })));
}

#[test]
fn the_site_says_whose_a_conversation_is() {
    use parlor_shared::Customer;
    let mut world = tell(Desk::LiveAgent, MET, true);
    let name = |identifier: &str, name: Option<&str>, email: Option<&str>| Order::Identify {
        customer: Customer {
            identifier: identifier.to_owned(),
            name: name.map(str::to_owned),
            email: email.map(str::to_owned),
        },
    };
    let done = Ok(Obeyed::Done { seq: None });
    assert_eq!(world.order(name("4711", Some("Ines"), None)), done);
    assert_eq!(world.order(name("4711", None, None)), Ok(Obeyed::Already { seq: None }));
    assert_eq!(world.order(name("4711", None, Some("ines@example.com"))), done);
    let known = world.described().verified.unwrap();
    assert_eq!(
        (known.name.as_deref(), known.email.as_deref()),
        (Some("Ines"), Some("ines@example.com"))
    );
    // Another customer has nothing of the one before.
    assert_eq!(world.order(name("4712", None, None)), done);
    let known = world.described().verified.unwrap();
    assert_eq!((known.identifier.as_str(), known.name, known.email), ("4712", None, None));
    // Also when it is over: then it is found by the right name.
    world.order(Order::Close).unwrap();
    assert_eq!(world.order(name("4713", None, None)), done);
}
