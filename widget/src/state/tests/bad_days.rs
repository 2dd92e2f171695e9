//! Clocks that are wrong, storage that is full, and conversations that are gone.

use super::*;

const DAY: Duration = Duration::from_secs(86_400);

#[test]
fn a_clock_that_is_wrong_by_a_day_shows_nowhere() {
    for ahead in [true, false] {
        let mut world = World::new(1);
        world.edge_now = Some(if ahead { world.now + DAY } else { world.now - DAY });
        world.say(0, "hello");
        world.settle();
        world.agent_says("hi");
        world.settle();
        world.say(0, "not sent yet");
        let shown = lines(&world.view(0).rows);
        let days: Vec<&String> = shown.iter().filter(|line| line.starts_with("--")).collect();
        assert_eq!(days, ["-- Today"], "{shown:?}");
        world.settle();
        // A day later by both clocks it is yesterday's.
        world.now = world.now + DAY;
        world.edge_now = world.edge_now.map(|now| now + DAY);
        world.agent_says("and today?");
        world.settle();
        let shown = lines(&world.view(0).rows);
        let days: Vec<&String> = shown.iter().filter(|line| line.starts_with("--")).collect();
        assert_eq!(days, ["-- Yesterday", "-- Today"], "{shown:?}");
    }
}

#[test]
fn clocks_that_agree_within_a_minute_are_left_alone() {
    let mut world = World::new(1);
    world.edge_now = Some(world.now + Duration::from_secs(60));
    world.say(0, "hello");
    world.answer_start(0);
    assert_eq!(lines(&world.view(0).rows)[1..], ["Waiting: hello", "  ^ 10:00"]);
}

#[test]
fn a_browser_that_keeps_nothing_says_so_for_as_long_as_it_is_so() {
    let mut world = with_maya();
    world.give(0, Msg::Unkept(true));
    let banner = world.view(0).banner.unwrap();
    assert_eq!(banner.title, "This browser cannot store this chat");
    assert_eq!(banner.text, "Keep this page open until your messages are sent.");
    assert_eq!(world.tabs[0].announced.last().unwrap(), &banner.title);
    world.say(0, "it is sent all the same");
    world.settle();
    assert!(world.said().contains(&"it is sent all the same".to_owned()));
    world.give(0, Msg::Unkept(false));
    assert_eq!(world.view(0).banner, None);
}

#[test]
fn a_conversation_that_is_gone_leaves_a_sentence_and_an_empty_panel() {
    let mut world = with_maya();
    world.agent_says("a secret");
    world.settle();
    world.give(0, Msg::Link(Input::Closed { code: 4410 }));
    let view = world.view(0);
    assert!(view.rows.is_empty(), "{:?}", view.rows);
    assert_eq!(view.stage, Stage::Greeting);
    assert_eq!(view.banner.unwrap().title, "This conversation is no longer kept");
    assert!(!world.storage.contains_key("conversation"));
    // The sentence goes with the first word of the next.
    world.say(0, "hello again");
    assert_eq!(world.view(0).banner, None);
    assert!(world.tabs[0].asked);
}

#[test]
fn what_was_written_and_not_sent_when_it_went_is_said_in_the_next() {
    let mut world = with_maya();
    world.give(0, Msg::Link(Input::Closed { code: 1006 }));
    world.say(0, "on its way");
    world.tick_until(|world| world.tabs[0].link.is_some());
    world.give(0, Msg::Link(Input::Closed { code: 4404 }));
    // A new conversation is begun for it.
    world.tick_until(|world| world.tabs[0].asked);
    assert!(lines(&world.view(0).rows).contains(&"Waiting: on its way".to_owned()));
}

#[test]
fn what_another_tab_has_read_is_read_here() {
    let mut world = with_maya();
    world.give(0, Msg::Page(ToFrame::Closed {}));
    let seq = world.agent_says("one");
    world.settle();
    assert!(world.tabs[0].told.contains(&ToPage::Unread { count: 1 }));
    world.give(0, Msg::Read(seq));
    assert_eq!(world.tabs[0].told.last(), Some(&ToPage::Unread { count: 0 }));
    world.give(0, Msg::Read(1));
    assert_eq!(
        world.tabs[0].told.last(),
        Some(&ToPage::Unread { count: 0 }),
        "nothing is unread again"
    );
}

#[test]
fn a_reset_in_another_tab_leaves_nothing_here() {
    let mut world = with_maya();
    world.give(0, Msg::Link(Input::Closed { code: 1006 }));
    world.say(0, "not sent");
    world.give(0, Msg::Draft("half a".to_owned()));
    world.give(0, Msg::Link(Input::Adopt(Identity::default())));
    let view = world.view(0);
    assert!(view.rows.is_empty(), "{:?}", view.rows);
    assert_eq!((view.draft.as_str(), world.tabs[0].field.as_str()), ("", ""));
    assert_eq!(view.banner, None);
}
