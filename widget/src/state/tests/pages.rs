//! Stories of the pages beside a conversation: consent, a message that is left, the rating, earlier conversations.

use std::collections::BTreeMap;

use super::*;
use crate::{
    pairs::Pairs,
    state::{pages::Look, view::Menu},
};

fn left(message: &str) -> Pairs {
    [("name", "Ines Keller"), ("email", "ines@shop.example"), ("message", message)]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into()
}

#[test]
fn nothing_is_kept_and_nothing_is_sent_before_the_visitor_agrees() {
    let mut world = World::new(1);
    world.consent = true;
    world.storage.clear();
    world.reload(0);
    assert_eq!(world.view(0).stage, Stage::Consent);
    assert_eq!(world.view(0).subtitle, "Not connected yet");
    world.give(0, Msg::Draft("half a thought".to_owned()));
    world.give(0, Msg::Page(ToFrame::Say { n: 7, text: "said by the page".to_owned() }));
    let refused = ToPage::Refused { n: 7, code: "consent_required".to_owned() };
    assert!(world.tabs[0].told.contains(&refused));
    assert!(!world.tabs[0].asked);
    assert_eq!(world.storage, BTreeMap::new());

    world.give(0, Msg::Agree);
    assert_eq!(world.view(0).stage, Stage::Greeting);
    assert_eq!(world.storage.get("agreed").map(String::as_str), Some("1"));
    world.say(0, "hello");
    world.settle();
    assert_eq!(world.said(), ["hello"]);
    world.reload(0);
    world.settle();
    assert_eq!(world.view(0).stage, Stage::Live, "it is asked once");
}

#[test]
fn a_message_is_left_while_the_shop_is_closed() {
    let mut world = World::new(1);
    world.leave_message = true;
    world.asks = true;
    world.reload(0);
    let view = world.view(0);
    assert_eq!((view.stage, view.subtitle.as_str()), (Stage::Closed, "Closed now"));
    world.give(0, Msg::Leave(left("Is the Wren 9 in stock?")));
    assert_eq!(world.view(0).stage, Stage::Live, "it is on its way");
    let form = &world.tabs[0].form;
    assert_eq!((form.get("email"), form.get("message")), (Some("ines@shop.example"), None));
    world.settle();
    assert_eq!(world.said(), ["Is the Wren 9 in stock?\n\nInes Keller\nines@shop.example"]);
    let view = world.view(0);
    assert_eq!((view.stage, view.left.as_str()), (Stage::Left, "ines@shop.example"));
    world.give(0, Msg::Leave(left("twice")));
    world.settle();
    assert_eq!(world.said().len(), 1, "only a page that is there can be sent");
    world.give(0, Msg::WriteAnother);
    assert_eq!(world.view(0).stage, Stage::Live);
}

fn over() -> World {
    let mut world = with_maya();
    world.give(0, Msg::End);
    world.settle();
    world
}

#[test]
fn a_rating_is_sent_once_and_every_tab_knows() {
    let mut world = World::new(1);
    world.rating = true;
    world.reload(0);
    world.say(0, "hello");
    world.settle();
    world.give(0, Msg::Rate { score: 1, note: None });
    world.settle();
    assert!(!world.view(0).rated, "nothing is rated that goes on");
    world.give(0, Msg::End);
    world.settle();
    world.open_tab();
    world.settle();
    world.give(0, Msg::Rate { score: 4, note: Some("Quick.".to_owned()) });
    world.settle();
    assert!(world.view(0).rated && world.view(1).rated);
    world.give(1, Msg::Rate { score: 1, note: None });
    world.reload(0);
    world.settle();
    assert!(world.view(0).rated);
    let rated = |what: &What| matches!(what, What::Rated { score: 4, note: Some(_) });
    assert_eq!(world.edge.log.iter().filter(|event| rated(&event.what)).count(), 1);
}

#[test]
fn a_rating_survives_a_link_that_broke_after_the_end() {
    let mut world = over();
    world.give(0, Msg::Link(Input::Closed { code: 1006 }));
    world.tabs[0].link = None;
    world.give(0, Msg::Rate { score: 5, note: None });
    world.settle();
    assert!(world.view(0).rated);
    world.give(0, Msg::StartNew);
    assert!(!world.view(0).rated, "the next one is not");
}

#[test]
fn earlier_conversations_are_asked_for_with_the_visitors_own_token() {
    let mut world = over();
    assert_eq!(world.tabs[0].looks, [], "there were none before");
    world.give(0, Msg::Menu);
    let menu = Menu { transcript: true, earlier: true, sound: Some(true), end: false };
    assert_eq!(world.view(0).menu_open, Some(menu));
    world.give(0, Msg::Look(None));
    let token = world.storage["visitor"].clone();
    assert_eq!(world.tabs[0].looks, [Look { at: None, token: token.clone() }]);
    let view = world.view(0);
    assert_eq!((view.stage, view.title.as_str()), (Stage::Earlier, "Earlier conversations"));
    world.give(0, Msg::Listed("{\"conversations\":[]}".to_owned()));
    assert_eq!(world.view(0).list.as_deref(), Some("{\"conversations\":[]}"));

    let id = "d".repeat(64);
    world.give(0, Msg::Look(Some(id.clone())));
    assert_eq!(world.tabs[0].looks.last(), Some(&Look { at: Some(id), token }));
    let mut log = world.edge.log.clone();
    log.truncate(3);
    world.give(0, Msg::Told(log));
    let view = world.view(0);
    assert_eq!((view.stage, view.title.as_str()), (Stage::Past, "Maya Okafor"));
    assert!(!view.rows.is_empty() && view.rows.len() < world_rows(&mut world));

    world.give(0, Msg::Back);
    assert_eq!(world.view(0).stage, Stage::Earlier);
    world.give(0, Msg::Back);
    assert_eq!(world.view(0).stage, Stage::Ended);
}

/// How many rows the conversation itself has.
fn world_rows(world: &mut World) -> usize {
    world.open_tab();
    world.settle();
    world.view(1).rows.len()
}

#[test]
fn what_happens_meanwhile_in_the_conversation_does_not_touch_an_earlier_one() {
    let mut world = with_maya();
    let log = world.edge.log.clone();
    world.give(0, Msg::Look(Some("d".repeat(64))));
    assert_eq!(world.view(0).rows.len(), world_rows(&mut world), "until it has come");
    world.give(0, Msg::Told(log));
    let before = world.view(0).rows;
    world.agent_says("a new word");
    world.settle();
    assert_eq!(world.view(0).rows, before);
    assert!(world.view(0).busy, "and no other can be begun");
    world.give(0, Msg::StartNew);
    assert_eq!(world.view(0).stage, Stage::Live);
}

#[test]
fn silence_is_kept_and_told_to_the_page() {
    let mut world = with_maya();
    world.give(0, Msg::Sound { on: false });
    assert_eq!(world.storage["silent"], "1");
    assert!(world.tabs[0].told.contains(&ToPage::Sound { on: false }));
    world.reload(0);
    assert!(world.tabs[0].told.contains(&ToPage::Sound { on: false }), "on the next page too");
    world.give(0, Msg::Sound { on: true });
    assert!(!world.storage.contains_key("silent"));
}
