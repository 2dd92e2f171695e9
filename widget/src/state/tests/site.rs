//! What the site's script can ask for, and what it hears.

use parlor_shared::wire::Event;

use super::*;
use crate::{
    bridge::{ToFrame, ToPage},
    state::{rows::nobody_text, thread::Nobody},
};

/// What the page was told since the last look, but for counts and flags.
fn told(world: &mut World, tab: usize) -> Vec<ToPage> {
    let told = std::mem::take(&mut world.tabs[tab].told);
    let passing = |it: &ToPage| {
        matches!(it, ToPage::Ready {} | ToPage::Unread { .. } | ToPage::Active { .. })
    };
    told.into_iter().filter(|it| !passing(it)).collect()
}

fn ask(world: &mut World, asked: ToFrame) {
    world.give(0, Msg::Page(asked));
}

#[test]
fn the_site_speaks_in_the_visitors_place_and_hears_that_it_was_kept() {
    let mut world = World::new(1);
    ask(&mut world, ToFrame::Say { n: 1, text: " My order 1234 ".to_owned() });
    assert_eq!(told(&mut world, 0), [ToPage::Done { n: 1 }]);
    world.settle();
    assert_eq!(lines(&world.view(0).rows)[1], "Out: My order 1234");
    assert_eq!(told(&mut world, 0), [ToPage::Sent { text: None }]);
}

#[test]
fn what_cannot_be_said_is_refused_and_changes_nothing() {
    let mut world = with_maya();
    told(&mut world, 0);
    for (n, text, code) in [(1, " ", "text_empty"), (2, &*"x".repeat(4_001), "text_too_long")] {
        ask(&mut world, ToFrame::Say { n, text: text.to_owned() });
        assert_eq!(told(&mut world, 0), [ToPage::Refused { n, code: code.to_owned() }]);
    }
    world.happen(What::Ended { by: EndedBy::Agent });
    world.settle();
    ask(&mut world, ToFrame::Say { n: 3, text: "too late".to_owned() });
    let code = "conversation_ended".to_owned();
    assert_eq!(told(&mut world, 0), [ToPage::Refused { n: 3, code }]);
    assert!(!world.edge.log.iter().any(|event| match &event.what {
        What::Visitor { text, .. } => text != "hello",
        _ => false,
    }));
}

#[test]
fn a_draft_stays_when_the_site_speaks() {
    let mut world = World::new(1);
    world.give(0, Msg::Draft("half a thou".to_owned()));
    ask(&mut world, ToFrame::Say { n: 1, text: "hello".to_owned() });
    assert_eq!(world.storage.get("draft").map(String::as_str), Some("half a thou"));
    world.reload(0);
    assert_eq!(world.tabs[0].field, "half a thou", "and stands in the field of the next page");
}

#[test]
fn a_message_whose_event_comes_before_its_acknowledgement_is_told_once() {
    let mut world = World::new(1);
    world.say(0, "hello");
    world.answer_start(0);
    let id = world.tabs[0].model.thread.pending[0].message.id.clone();
    told(&mut world, 0);
    // The edge tells every link, and then acknowledges.
    let said = What::Visitor { id: id.clone(), text: "hello".to_owned() };
    let event = Event { seq: 1, at: world.now, what: said };
    for frame in [
        ServerFrame::Welcome {
            version: 1,
            conversation: world.edge.conversation.clone(),
            last: 0,
            capabilities: Capabilities::default(),
        },
        ServerFrame::Event(event),
        ServerFrame::Accepted { id, seq: 1 },
    ] {
        world.give(0, Msg::Link(Input::Received(Incoming::Frame(frame))));
    }
    assert_eq!(told(&mut world, 0), [ToPage::Sent { text: None }]);
}

#[test]
fn texts_are_told_only_where_the_site_asked_for_them() {
    let mut world = with_maya();
    assert_eq!(
        told(&mut world, 0),
        [ToPage::Sent { text: None }, ToPage::Joined { name: "Maya Okafor".to_owned() }]
    );
    world.agent_says("hi");
    world.settle();
    assert_eq!(told(&mut world, 0), [ToPage::Received { text: None }]);
    ask(&mut world, ToFrame::Texts { on: true });
    world.agent_says("there");
    world.say(0, "yes");
    world.settle();
    let text = |text: &str| Some(text.to_owned());
    let all = told(&mut world, 0);
    assert!(all.contains(&ToPage::Received { text: text("there") }), "{all:?}");
    assert!(all.contains(&ToPage::Sent { text: text("yes") }), "{all:?}");
}

#[test]
fn what_a_desk_sends_for_the_page_reaches_it_once() {
    let mut world = with_maya();
    told(&mut world, 0);
    world.happen(What::Custom { kind: "basket".to_owned(), data: "{}".to_owned() });
    world.settle();
    let event = ToPage::PageEvent { key: "basket".to_owned(), data: "{}".to_owned() };
    assert_eq!(told(&mut world, 0), [event]);
    world.reload(0);
    world.settle();
    assert_eq!(told(&mut world, 0), []);
}

#[test]
fn what_is_past_is_not_told_again_on_the_next_page() {
    let mut world = with_maya();
    world.agent_says("hi");
    world.settle();
    world.reload(0);
    world.settle();
    assert_eq!(told(&mut world, 0), []);
}

/// The page keeps the flag: told "on" for a chat that is over, it would tell the site of a second start and end.
#[test]
fn a_chat_that_ended_is_not_called_under_way_on_the_next_page() {
    let mut world = with_maya();
    world.happen(What::Ended { by: EndedBy::Agent });
    world.settle();
    world.reload(0);
    world.settle();
    let flags: Vec<&ToPage> =
        world.tabs[0].told.iter().filter(|it| matches!(it, ToPage::Active { .. })).collect();
    assert_eq!(flags, [&ToPage::Active { on: false }]);
}

#[test]
fn attributes_go_along_with_the_next_start() {
    let mut world = World::new(1);
    let set = [("plan".to_owned(), "gold".to_owned())].into();
    ask(&mut world, ToFrame::Attributes { n: 1, set });
    assert!(!world.tabs[0].asked, "they alone start nothing");
    world.say(0, "hello");
    assert_eq!(world.tabs[0].attributes.get("plan"), Some("gold"));
}

#[test]
fn a_reset_ends_the_chat_and_forgets_the_visitor() {
    let mut world = with_maya();
    world.give(0, Msg::Draft("for nobody's eyes".to_owned()));
    told(&mut world, 0);
    ask(&mut world, ToFrame::Reset { n: 4 });
    assert_eq!(told(&mut world, 0), [ToPage::Done { n: 4 }]);
    assert!(world.storage.is_empty(), "{:?}", world.storage);
    while world.take_up(0) {}
    assert_eq!(world.edge.log.last().unwrap().what, What::Ended { by: EndedBy::Visitor });
}

#[test]
fn a_page_without_sounds_has_no_switch_for_them_and_no_menu_for_nothing() {
    let mut world = World::new(1);
    let page = "https://shop.example/".to_owned();
    assert!(world.view(0).menu, "the switch is something");
    ask(&mut world, ToFrame::Opened { page, full: false, focus: false, silent: true });
    assert!(!world.view(0).menu);
    world.give(0, Msg::Draft("hello".to_owned()));
    world.give(0, Msg::Send);
    world.settle();
    assert!(world.view(0).menu);
    world.give(0, Msg::Menu);
    assert_eq!(
        world.view(0).menu_open.map(|menu| (menu.sound, menu.transcript)),
        Some((None, true))
    );
}

#[test]
fn a_flows_own_words_keep_their_full_stop_where_ours_run_the_other_way() {
    let nobody = Nobody { text: Some("We open on Monday.".to_owned()), leave_message: true };
    let arabic: std::collections::BTreeMap<String, String> =
        serde_json::from_str(include_str!("../../../locales/ar.json")).unwrap();
    let said = nobody_text(&nobody, &Words(arabic.into_values().collect()));
    assert!(said.starts_with("\u{2068}We open on Monday.\u{2069} "), "{said}");
}
