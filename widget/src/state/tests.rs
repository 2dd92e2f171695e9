//! Stories of what a visitor sees, and storms: seeded schedules against a small edge that loses what networks lose.

mod bad_days;
mod desk;
mod form;
mod pages;
mod site;
mod world;

use parlor_shared::{
    id::ConversationId,
    wire::{Agent, Block, EndedBy, FailureReason, ServerFrame, What},
};

use super::{
    heard::{TYPING_SHOWS_FOR, plain},
    rows::{Body, Content, Look, Mark, Row},
    view::Stage,
    *,
};
use crate::connection::{
    Incoming,
    machine::{StartFailure, Way},
};
use world::{Edge, World, maya};

/// The rows as short lines.
fn lines(rows: &[Row]) -> Vec<String> {
    rows.iter()
        .map(|row| match &row.content {
            Content::Day(text) => format!("-- {text}"),
            Content::New(text) => format!("== {text}"),
            Content::Note { text, .. } => format!("   {text}"),
            Content::Transfer { title, pair, .. } => match pair {
                Some((from, to)) => format!("## {title} ({} {})", from.letters, to.letters),
                None => format!("## {title}"),
            },
            Content::Masked(text) => format!("  * {text}"),
            Content::Bubble { body: Body::Text(text), look, .. } => format!("{look:?}: {text}"),
            Content::Bubble { body: Body::Blocks(blocks), .. } => format!("In: {}", plain(blocks)),
            Content::Bubble { body: Body::Withdrawn(text), .. } => format!("In: ({text})"),
            Content::Foot { time, mark: Some(mark), .. } => format!("  ^ {time} {mark:?}"),
            Content::Foot { time, auto: Some(auto), .. } => format!("  ^ {time} {auto}"),
            Content::Foot { time, .. } => format!("  ^ {time}"),
            Content::Failure { reason, again, .. } => format!("  ! {reason} {again}"),
        })
        .collect()
}

/// A world in which the visitor has said hello and Maya has come.
fn with_maya() -> World {
    let mut world = World::new(1);
    world.say(0, "hello");
    world.settle();
    world.happen(What::Delivered { of: 1 });
    world.happen(What::Joined { agent: maya() });
    world.settle();
    world
}

#[test]
fn a_first_visitor_is_greeted_and_nothing_is_asked_or_kept() {
    let world = World::new(1);
    let view = world.view(0);
    assert_eq!(view.stage, Stage::Greeting);
    assert_eq!(view.greeting, "Good morning. How can we help?");
    assert!(view.menu);
    assert!(!world.tabs[0].asked);
    assert!(world.storage.is_empty(), "{:?}", world.storage);
}

#[test]
fn the_header_names_a_person_as_soon_as_there_is_one_and_only_then() {
    let mut world = World::new(1);
    world.say(0, "hello");
    world.settle();
    let view = world.view(0);
    assert_eq!(
        (view.title.as_str(), view.subtitle.as_str()),
        ("Larkspur Bicycles", "Finding somebody for you")
    );
    world.happen(What::Joined { agent: maya() });
    world.settle();
    let view = world.view(0);
    assert_eq!((view.title.as_str(), view.subtitle.as_str()), ("Maya Okafor", "Larkspur Bicycles"));
    world.happen(What::Left { agent: maya() });
    world.settle();
    assert_eq!(world.view(0).title, "Larkspur Bicycles");
    assert_eq!(world.view(0).avatar, None);
}

#[test]
fn a_message_goes_from_waiting_to_delivered() {
    let mut world = World::new(1);
    world.say(0, "hello");
    assert_eq!(lines(&world.view(0).rows)[1..], ["Waiting: hello", "  ^ 10:00"]);
    world.now = world.now + Duration::from_secs(1);
    assert_eq!(lines(&world.view(0).rows)[1..], ["Waiting: hello", "  ^ 10:00 Sending"]);
    world.settle();
    assert_eq!(lines(&world.view(0).rows)[1..], ["Out: hello", "  ^ 10:00 Sent"]);
    world.happen(What::Delivered { of: 1 });
    world.settle();
    assert_eq!(lines(&world.view(0).rows)[1..], ["Out: hello", "  ^ 10:00 Delivered"]);
}

#[test]
fn groups_days_and_marks_are_laid_out_as_people_read_them() {
    let mut world = with_maya();
    world.agent_says("hi");
    world.now = world.now + Duration::from_secs(60);
    world.agent_says("how can I help?");
    world.now = world.now + Duration::from_secs(3 * 60);
    world.agent_says("still there?");
    world.settle();
    world.say(0, "yes");
    world.settle();
    world.now = world.now + Duration::from_secs(86_400);
    world.agent_says("good");
    world.settle();
    assert_eq!(
        lines(&world.view(0).rows),
        [
            "-- Yesterday",
            "Out: hello",
            "  ^ 10:00",
            "   Maya Okafor joined at 10:00",
            "In: hi",
            "In: how can I help?",
            "  ^ 10:01",
            "In: still there?",
            "  ^ 10:04",
            "Out: yes",
            "  ^ 10:04 Sent",
            "-- Today",
            "In: good",
            "  ^ 10:04",
        ]
    );
}

#[test]
fn a_failed_message_says_why_and_can_be_tried_again_or_deleted() {
    let mut world = with_maya();
    for text in ["one", "two"] {
        world.say(0, text);
        world.settle();
        let of = world.edge.log.len() as u64;
        world.happen(What::Failed { of, reason: FailureReason::DeskUnreachable });
        world.settle();
    }
    let reason = "  ! Not sent. The shop’s system did not answer. true";
    assert_eq!(lines(&world.view(0).rows)[4..], ["Failed: one", reason, "Failed: two", reason]);
    assert_eq!(
        world.tabs[0].announced.iter().filter(|text| text.starts_with("Not sent")).count(),
        2
    );
    let ids: Vec<MessageId> = world
        .view(0)
        .rows
        .into_iter()
        .filter_map(|row| match row.content {
            Content::Failure { id, .. } => Some(id),
            _ => None,
        })
        .collect();
    world.give(0, Msg::TryAgain(ids[0].clone()));
    world.give(0, Msg::Delete(ids[1].clone()));
    assert_eq!(lines(&world.view(0).rows)[4..], ["Waiting: one", "  ^ 10:00 Sending"]);
    world.settle();
    assert!(matches!(world.edge.log.last().unwrap().what, What::Retried { of: 4 }));
    world.happen(What::Delivered { of: 4 });
    world.settle();
    world.reload(0);
    world.settle();
    assert_eq!(
        lines(&world.view(0).rows)[4..],
        ["Out: one", "  ^ 10:00 Delivered"],
        "what was deleted stays so"
    );
}

#[test]
fn a_text_that_is_too_long_stays_in_the_composer() {
    let mut world = World::new(1);
    world.say(0, &"x".repeat(4_001));
    let view = world.view(0);
    assert_eq!(view.problem.as_deref(), Some("Not sent. It is longer than 4000 characters."));
    assert_eq!(view.draft.len(), 4_001);
    assert_eq!(view.stage, Stage::Greeting);
    world.give(0, Msg::Draft("shorter".to_owned()));
    assert_eq!(world.view(0).problem, None);
}

#[test]
fn nothing_is_said_of_an_empty_text() {
    let mut world = World::new(1);
    for text in ["", "  \n ", "\u{202e}\u{0}"] {
        world.say(0, text);
    }
    assert!(world.view(0).rows.is_empty());
    assert!(!world.tabs[0].asked);
}

#[test]
fn without_a_link_messages_wait_and_go_out_in_order() {
    let mut world = with_maya();
    world.give(0, Msg::Link(Input::Offline));
    world.say(0, "one");
    world.say(0, "two");
    let view = world.view(0);
    assert_eq!(view.banner.unwrap().title, "No connection");
    assert_eq!(lines(&view.rows)[4..], ["Waiting: one", "Waiting: two", "  ^ 10:00 Waiting"]);
    world.give(0, Msg::TryNow);
    assert_eq!(world.view(0).banner.unwrap().title, "No connection", "until it is there");
    world.settle();
    assert_eq!(world.said(), ["hello", "one", "two"]);
    assert_eq!(world.view(0).banner.unwrap().title, "Connected again");
    world.now = world.now + BACK_SHOWS_FOR;
    world.tick();
    assert_eq!(world.view(0).banner, None);
    let said: Vec<_> = world.tabs[0].announced.iter().map(String::as_str).collect();
    assert!(said.ends_with(&["No connection", "Connected again"]), "{said:?}");
}

#[test]
fn an_edge_that_was_never_reached_is_called_so() {
    let mut world = World::new(1);
    world.say(0, "hello");
    world.give(0, Msg::Link(Input::Answered(Err(StartFailure::Unreachable))));
    assert_eq!(world.view(0).banner, None);
    world.now = world.now + Duration::from_secs(2);
    assert_eq!(world.view(0).banner.unwrap().title, "The chat cannot be reached");
    assert_eq!(world.view(0).subtitle, "Not connected");
}

#[test]
fn a_network_that_lets_no_socket_through_is_known_to_the_next_page() {
    let mut world = with_maya();
    for _ in 0..3 {
        assert_eq!(world.tabs[0].way, Some(Way::Socket));
        world.cut(0);
        world.settle();
    }
    assert_eq!(world.tabs[0].way, Some(Way::Requests));
    world.reload(0);
    world.settle();
    assert_eq!(world.tabs[0].way, Some(Way::Requests));
    world.give(0, Msg::Link(Input::Passable));
    world.settle();
    world.reload(0);
    world.settle();
    assert_eq!(world.tabs[0].way, Some(Way::Socket));
    assert_eq!(world.bubbles(0), ["hello"]);
}

#[test]
fn what_was_not_sent_survives_a_reload() {
    let mut world = with_maya();
    world.give(0, Msg::Link(Input::Offline));
    world.say(0, "one");
    world.say(0, "two");
    world.give(0, Msg::Draft("half a tho".to_owned()));
    world.reload(0);
    assert_eq!(world.view(0).draft, "half a tho");
    assert_eq!(world.bubbles(0), ["one", "two"]);
    world.settle();
    assert_eq!(world.said(), ["hello", "one", "two"]);
    assert_eq!(world.bubbles(0), ["hello", "one", "two"]);
    assert!(!world.storage.keys().any(|key| key.starts_with("unsent")), "{:?}", world.storage);
}

#[test]
fn typing_is_announced_once_a_burst_and_forgotten() {
    let mut world = with_maya();
    let typing = |on| Msg::Link(Input::Received(Incoming::Frame(ServerFrame::Typing { on })));
    for _ in 0..3 {
        world.give(0, typing(true));
    }
    assert_eq!(world.view(0).typing.as_deref(), Some("Maya Okafor is typing"));
    let announced = world.tabs[0].announced.iter().filter(|text| text.ends_with("typing")).count();
    assert_eq!(announced, 1);
    world.now = world.now + TYPING_SHOWS_FOR;
    world.tick();
    assert_eq!(world.view(0).typing, None);
    world.give(0, typing(true));
    world.agent_says("there");
    world.settle();
    assert_eq!(world.view(0).typing, None);
}

#[test]
fn what_is_past_is_not_announced() {
    let mut world = with_maya();
    world.agent_says("hi");
    world.settle();
    assert!(world.tabs[0].announced.contains(&"Maya Okafor says: hi".to_owned()));
    world.reload(0);
    world.settle();
    assert!(world.tabs[0].announced.is_empty(), "{:?}", world.tabs[0].announced);
    world.agent_says("more");
    world.settle();
    assert_eq!(world.tabs[0].announced, ["Maya Okafor says: more"]);
}

#[test]
fn unread_messages_are_counted_while_the_panel_is_closed_and_marked_when_it_opens() {
    let mut world = with_maya();
    world.give(0, Msg::Page(ToFrame::Closed {}));
    world.agent_says("one");
    world.agent_says("two");
    world.settle();
    assert_eq!(world.tabs[0].told.last(), Some(&ToPage::Unread { count: 2 }));
    // The next page begins with the panel closed.
    world.tabs[0] = world.new_tab();
    world.give(0, Msg::Begin);
    world.give(0, Msg::Page(ToFrame::Closed {}));
    world.settle();
    assert!(world.tabs[0].told.contains(&ToPage::Unread { count: 2 }));
    world.show(0);
    assert_eq!(world.tabs[0].told.last(), Some(&ToPage::Unread { count: 0 }));
    assert_eq!(lines(&world.view(0).rows)[4..7], ["== New", "In: one", "In: two"]);
    world.give(0, Msg::Page(ToFrame::Closed {}));
    world.show(0);
    assert!(!lines(&world.view(0).rows).contains(&"== New".to_owned()));
}

#[test]
fn the_next_page_is_told_whether_a_conversation_is_under_way() {
    let mut world = with_maya();
    assert!(world.tabs[0].told.contains(&ToPage::Active { on: true }));
    world.give(0, Msg::End);
    world.settle();
    assert_eq!(world.tabs[0].told.last(), Some(&ToPage::Active { on: false }));
}

#[test]
fn the_end_is_asked_about_first_and_says_who_ended_it() {
    let mut world = with_maya();
    world.give(0, Msg::Menu);
    assert!(world.view(0).menu_open.is_some());
    world.give(0, Msg::AskEnd);
    assert_eq!(world.view(0).sheet, Some(Some("Maya Okafor".to_owned())));
    world.give(0, Msg::Back);
    assert_eq!(world.view(0).sheet, None);
    world.give(0, Msg::End);
    world.settle();
    let view = world.view(0);
    assert_eq!(view.stage, Stage::Ended);
    assert_eq!(view.subtitle, "Chat ended");
    assert_eq!(lines(&view.rows).last().unwrap(), "   You ended the chat at 10:00");
}

#[test]
fn what_an_ended_chat_did_not_take_is_not_lost() {
    let mut world = with_maya();
    world.give(0, Msg::Link(Input::Offline));
    world.say(0, "one");
    world.say(0, "two");
    world.happen(What::Ended { by: EndedBy::Agent });
    world.give(0, Msg::TryNow);
    world.settle();
    let failed = "  ! Not sent. This chat has ended. false";
    assert_eq!(
        lines(&world.view(0).rows)[4..],
        ["   Maya Okafor ended the chat at 10:00", "Failed: one", failed, "Failed: two", failed]
    );
    world.give(0, Msg::StartNew);
    let view = world.view(0);
    assert_eq!(view.stage, Stage::Greeting);
    assert_eq!(view.draft, "one\ntwo");
    world.edge =
        Edge { conversation: ConversationId::parse("d".repeat(64)).unwrap(), log: Vec::new() };
    world.give(0, Msg::Send);
    world.settle();
    assert_eq!(world.said(), ["one\ntwo"]);
    assert_eq!(world.bubbles(0), ["one\ntwo"]);
}

#[test]
fn escape_closes_the_topmost_layer_and_then_the_panel() {
    let mut world = with_maya();
    world.give(0, Msg::Menu);
    world.give(0, Msg::Back);
    assert!(!world.tabs[0].told.contains(&ToPage::Close {}));
    world.give(0, Msg::Back);
    assert_eq!(world.tabs[0].told.last(), Some(&ToPage::Close {}));
}

#[test]
fn messages_that_come_while_the_visitor_reads_further_up_are_offered() {
    let mut world = with_maya();
    world.give(0, Msg::Scrolled { near: false });
    world.agent_says("one");
    world.settle();
    assert_eq!(world.view(0).pill.as_deref(), Some("1 new message"));
    world.agent_says("two");
    world.settle();
    assert_eq!(world.view(0).pill.as_deref(), Some("2 new messages"));
    world.give(0, Msg::ToEnd);
    assert_eq!(world.view(0).pill, None);
}

#[test]
fn a_row_keeps_its_key_while_its_message_comes_through() {
    let mut world = World::new(1);
    world.say(0, "hello");
    let keys = |world: &World| -> Vec<String> {
        world.view(0).rows.into_iter().map(|row| row.key).collect()
    };
    let before = keys(&world);
    world.settle();
    world.happen(What::Delivered { of: 1 });
    world.settle();
    assert_eq!(keys(&world), before);
    let rows = world.view(0).rows;
    assert!(matches!(rows[1].content, Content::Bubble { look: Look::Out, .. }));
    assert!(matches!(rows[2].content, Content::Foot { mark: Some(Mark::Delivered), .. }));
}

#[test]
fn an_acknowledgement_that_runs_ahead_of_a_lost_event_changes_no_order() {
    let mut world = with_maya();
    world.say(0, "later");
    world.agent_says("sooner");
    // The event is lost on the way, the acknowledgement is not.
    if let Some(link) = &mut world.tabs[0].link {
        link.down.clear();
    }
    world.take_up(0);
    world.take_down(0);
    assert_eq!(world.bubbles(0), ["hello", "later"]);
    world.settle();
    assert_eq!(world.bubbles(0), ["hello", "sooner", "later"]);
    assert_eq!(world.said(), ["hello", "sooner", "later"]);
}

/// One storm: two tabs, both people talking, links cut with everything on them, answers lost, reloads.
fn storm(seed: u64) {
    let mut world = World::new(seed);
    world.open_tab();
    let mut said = 0;
    let mut by_tab = [Vec::new(), Vec::new()];
    for step in 0..120 {
        let tab = world.below(2);
        match world.below(14) {
            0 | 1 => {
                said += 1;
                let text = format!("v{said}");
                world.say(tab, &text);
                by_tab[tab].push(text);
            }
            2 => {
                if !world.edge.log.is_empty() {
                    world.agent_says(&format!("a{step}"));
                }
            }
            3..=5 => {
                world.take_up(tab);
            }
            6..=8 => {
                world.take_down(tab);
            }
            9 => world.cut(tab),
            10 => {
                if world.tabs[tab].asked {
                    match world.below(3) {
                        0 => {
                            // The edge has answered; the answer is lost.
                            world.tabs[tab].asked = false;
                            let lost = StartFailure::Unreachable;
                            world.give(tab, Msg::Link(Input::Answered(Err(lost))));
                        }
                        _ => world.answer_start(tab),
                    }
                }
            }
            11 => {
                let wait = Duration::from_millis(world.roll() % 4_000);
                world.now = world.now + wait;
                world.tick();
                world.give(tab, Msg::Link(Input::Opened));
            }
            12 => {
                let input = [Input::Offline, Input::Wake, Input::Hidden];
                let which = world.below(3);
                world.give(tab, Msg::Link(input.into_iter().nth(which).unwrap()));
            }
            _ => {
                if world.below(4) == 0 {
                    world.reload(tab);
                }
            }
        }
        for tab in 0..2 {
            let mut shown = world.bubbles(tab);
            let all = shown.len();
            shown.sort();
            shown.dedup();
            assert_eq!(shown.len(), all, "seed {seed}, step {step}: something is shown twice");
        }
    }
    // Both must look again at what the other has sent.
    for tab in 0..2 {
        world.give(tab, Msg::Link(Input::Wake));
    }
    world.settle();
    let log = world.said();
    for tab in 0..2 {
        // A tab in which nothing was ever said or resumed has not asked for the conversation.
        if world.tabs[tab].model.machine.is_wanted() {
            assert_eq!(world.bubbles(tab), log, "seed {seed}: tab {tab} shows another order");
        }
    }
    for said in &by_tab {
        let kept: Vec<&String> = log.iter().filter(|text| said.contains(text)).collect();
        assert_eq!(
            kept,
            said.iter().collect::<Vec<_>>(),
            "seed {seed}: another order than it was said in"
        );
    }
    let mut from_visitor: Vec<String> =
        log.into_iter().filter(|text| text.starts_with('v')).collect();
    from_visitor.sort_by_key(|text| text[1..].parse::<u32>().unwrap());
    let all: Vec<String> = (1..=said).map(|n| format!("v{n}")).collect();
    assert_eq!(from_visitor, all, "seed {seed}: lost or doubled");
    assert!(!world.storage.keys().any(|key| key.starts_with("unsent")), "seed {seed}");
}

#[test]
fn no_storm_loses_doubles_or_reorders_a_message() {
    for seed in 0..400 {
        storm(seed);
    }
}
