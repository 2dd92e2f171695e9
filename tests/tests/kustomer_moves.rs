//! A conversation that comes to Kustomer from another flow, and one that leaves it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail where it stands")]

use std::time::Duration;

use parlor_edge::{
    conversation::{Nobody, Order, Way},
    relay::{Route, kustomer},
};
use parlor_shared::wire::What;
use parlor_tests::{
    desks::kustomer::{Chat, Desk, Speaker},
    story::{act, tell_in},
    world::{Options, World},
};

/// Another flow of the same account: another team's.
fn move_to(world: &World<Desk>, flow: &str, opening: kustomer::Opening) -> Order {
    let route = Route::Kustomer(kustomer::Config {
        account: "larkspur".to_owned(),
        bucket: "larkspur".to_owned(),
        base_url: parlor_tests::world::DESK_URL.to_owned(),
        resource: "b1e9c1de-0000-4000-8000-000000000002".to_owned(),
        organization: Some(world.desk.org_id().to_owned()),
        mode: kustomer::Mode::Core,
        opening,
        reopen: false,
        team: None,
        queue: None,
        answers: vec![("email".to_owned(), "ana@example.com".to_owned())],
    });
    let way = Way { flow: flow.to_owned(), route, nobody: Nobody::Closed { text: None } };
    Order::Move { way: Box::new(way), text: None, name: "Larkspur".to_owned() }
}

fn later(world: &mut World<Desk>, ms: u64) {
    world.run_until(world.now() + Duration::from_millis(ms));
}

/// The desk's conversations, oldest first.
fn chats(world: &World<Desk>) -> Vec<Chat> {
    world.desk.chats()
}

fn said(chat: &Chat) -> Vec<&str> {
    let visitors = chat.lines.iter().filter(|it| it.from == Speaker::Visitor);
    visitors.map(|it| it.text.as_str()).collect()
}

const MET: &str =
    "0 visitor opens; 1 visitor says hello; 2 agent assigns; 3 agent replies Which bell?; 5 end";

#[test]
fn the_next_desk_reads_what_was_said_with_page_and_language_before_the_visitor_says_more() {
    for restless in [false, true] {
        let mut world = World::at_kustomer(1, Options::default());
        world.restless = restless;
        let mut world = tell_in(world, MET);
        let order = move_to(&world, "workshop", kustomer::Opening::Lazy);
        world.order(order).unwrap();
        later(&mut world, 3_000);
        let all = chats(&world);
        assert_eq!(all.len(), 2, "{}", world.trace.text());
        assert_eq!(all[0].state, "ended", "the agent who had it sees that it is over");
        let note = said(&all[1]).join("\n");
        for words in
            ["hello", "Which bell?", "https://shop.example/wren-9", "en-GB", "ana@example.com"]
        {
            assert!(note.contains(words), "{words:?} is not in {note}");
        }
        assert_eq!(said(&all[1]).len(), 1, "and nothing twice");
        // What the old agent's conversation does now is nobody's news; the new one is the visitor's.
        act(&mut world, "visitor says the brass one");
        later(&mut world, 1_000);
        act(&mut world, "agent replies It is yours");
        later(&mut world, 2_000);
        let whats: Vec<&What> = world.events().iter().map(|it| &it.what).collect();
        assert!(matches!(whats.last(), Some(What::Agent { auto: false, .. })), "{whats:?}");
        assert!(!whats.iter().any(|it| matches!(it, What::Ended { .. } | What::Failed { .. })));
    }
}

#[test]
fn a_message_under_way_at_a_move_is_waited_for_and_the_old_desk_is_told_the_end() {
    // 0: not arrived yet; 15: arrived, and its answer on the way.
    for (ms, dies) in [(0, false), (15, false), (15, true)] {
        let mut world = tell_in(World::at_kustomer(1, Options::default()), MET);
        act(&mut world, "visitor says and a bell");
        later(&mut world, ms);
        let order = move_to(&world, "workshop", kustomer::Opening::Lazy);
        world.order(order).unwrap();
        if dies {
            world.kill();
            act(&mut world, "visitor returns");
        }
        later(&mut world, 30_000);
        let all = chats(&world);
        assert_eq!(all.len(), 2, "{}", world.trace.text());
        assert_eq!(all[0].state, "ended", "{ms} ms\n{}", world.trace.text());
        let heard = said(&all[1]).join("\n");
        assert!(heard.contains("and a bell"), "{heard}");
        let delivered =
            world.events().iter().filter(|it| matches!(it.what, What::Delivered { .. })).count();
        assert_eq!(delivered, 2, "each message once");
    }
}

#[test]
fn a_conversation_that_was_being_made_at_a_move_is_not_left_open() {
    let script = "0 visitor opens; 1 visitor says hello; 1.05 end";
    let mut world = tell_in(World::at_kustomer(1, Options::default()), script);
    assert!(world.trace.text().trim_end().ends_with("-> create conversation"));
    let order = move_to(&world, "workshop", kustomer::Opening::Eager);
    world.order(order).unwrap();
    later(&mut world, 30_000);
    let all = chats(&world);
    assert_eq!(all.iter().filter(|it| it.state != "ended").count(), 1, "{}", world.trace.text());
    assert!(said(all.last().unwrap()).contains(&"hello"));
}

#[test]
fn a_conversation_moves_there_and_back_and_each_desk_has_its_own() {
    let mut world = tell_in(World::at_kustomer(1, Options::default()), MET);
    for flow in ["workshop", "kustomer", "workshop"] {
        let order = move_to(&world, flow, kustomer::Opening::Lazy);
        world.order(order).unwrap();
        later(&mut world, 3_000);
    }
    let all = chats(&world);
    assert_eq!(all.len(), 4);
    let open: Vec<bool> = all.iter().map(|it| it.state != "ended").collect();
    assert_eq!(open, [false, false, false, true]);
}
