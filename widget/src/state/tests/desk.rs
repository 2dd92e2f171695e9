//! Stories of what a desk does beside answering: queue, transfer, conference, masks, choices, idle end, nobody there.

use super::{world::paragraph, *};

fn tomas() -> Agent {
    Agent { key: 8, name: "Tomás Vidal".to_owned(), avatar: None }
}

fn choices() -> Vec<Block> {
    let mut body = paragraph("How should we remind you?");
    body.push(Block::Choices(vec!["E-mail".to_owned(), "Not at all".to_owned()]));
    body
}

fn idle(world: &mut World, ends_in_s: Option<u32>) {
    let frame = Incoming::Frame(ServerFrame::Idle { ends_in_s });
    world.give(0, Msg::Link(Input::Received(frame)));
}

#[test]
fn the_queue_shows_figures_where_the_desk_has_them_and_a_sentence_where_not() {
    let mut world = World::new(1);
    world.say(0, "hello");
    world.settle();
    assert_eq!(world.view(0).queue, None);
    world.happen(What::Queued { place: Some(2), wait_s: Some(130) });
    world.settle();
    let queue = world.view(0).queue.unwrap();
    assert_eq!((queue.place.as_deref(), queue.minutes.as_deref()), (Some("2"), Some("3")));
    assert_eq!(world.tabs[0].announced, ["Place 2 in the queue"]);
    world.happen(What::Queued { place: None, wait_s: None });
    world.settle();
    let queue = world.view(0).queue.unwrap();
    assert_eq!((queue.place, queue.minutes), (None, None));
    world.happen(What::Joined { agent: maya() });
    world.settle();
    assert_eq!(world.view(0).queue, None);
}

#[test]
fn what_was_said_first_stays_where_it_stands_until_the_panel_is_opened_again() {
    let mut world = World::new(1);
    world.say(0, "hello");
    assert!(world.view(0).top, "where the greeting stood");
    world.settle();
    assert!(world.view(0).top, "taken");
    for what in [
        What::Queued { place: Some(2), wait_s: None },
        What::Joined { agent: maya() },
        What::Transferring { to: None },
        What::Left { agent: maya() },
    ] {
        let told = format!("{what:?}");
        world.happen(what);
        world.settle();
        assert!(world.view(0).top, "{told}");
    }
    // It comes to its foot while nobody looks.
    world.give(0, Msg::Page(ToFrame::Closed {}));
    world.show(0);
    assert!(!world.view(0).top);
    world.reload(0);
    world.settle();
    assert!(!world.view(0).top, "nor does it stand there on the next page");
}

#[test]
fn who_waits_finds_what_was_said_at_the_top_on_each_page_and_who_waits_for_nobody_does_not() {
    let mut world = World::new(1);
    world.say(0, "hello");
    world.settle();
    world.happen(What::Queued { place: Some(2), wait_s: None });
    world.reload(0);
    world.settle();
    assert!(world.view(0).top);
    world.happen(What::Unavailable { reason: None, text: None, leave_message: true });
    world.settle();
    assert!(world.view(0).top, "not moved");
    world.reload(0);
    world.settle();
    assert!(!world.view(0).top);
}

#[test]
fn a_transfer_is_a_card_and_whoever_comes_takes_the_header() {
    let mut world = with_maya();
    world.happen(What::Transferring { to: Some("Tomás Vidal".to_owned()) });
    world.settle();
    assert_eq!(world.view(0).title, "Maya Okafor", "she is there until he is");
    world.happen(What::Joined { agent: tomas() });
    world.settle();
    assert_eq!(
        lines(&world.view(0).rows)[4..],
        ["## Maya Okafor is handing you to Tomás Vidal (MO TV)", "   Tomás Vidal joined at 10:00"]
    );
    assert_eq!(world.view(0).title, "Tomás Vidal");
    let pair = world.view(0).rows.iter().find_map(|row| match &row.content {
        Content::Transfer { pair: Some((_, to)), .. } => Some(to.pair),
        _ => None,
    });
    assert_eq!(pair, Some(tomas().key % 6), "one person has one colour");
    assert_eq!(
        world.tabs[0].announced[1..],
        ["Maya Okafor is handing you to Tomás Vidal", "Tomás Vidal joined"]
    );
    // Whoever was there in the transfer's place is not there any more.
    world.happen(What::Left { agent: tomas() });
    world.settle();
    assert_eq!(world.view(0).title, "Larkspur Bicycles");
}

#[test]
fn a_transfer_to_nobody_in_particular_says_so() {
    let mut world = with_maya();
    world.happen(What::Transferring { to: None });
    world.settle();
    assert_eq!(lines(&world.view(0).rows)[4], "## You are being handed to another colleague");
}

#[test]
fn in_a_conference_the_other_stays_when_one_leaves() {
    let mut world = with_maya();
    world.happen(What::Joined { agent: tomas() });
    world.settle();
    assert_eq!(world.view(0).title, "Tomás Vidal");
    world.happen(What::Left { agent: tomas() });
    world.settle();
    let view = world.view(0);
    assert_eq!(view.title, "Maya Okafor");
    assert_eq!(
        lines(&view.rows)[4..],
        ["   Tomás Vidal joined at 10:00", "   Tomás Vidal left at 10:00"]
    );
}

#[test]
fn what_was_masked_says_so_under_its_bubble_also_after_a_reload() {
    let mut world = with_maya();
    world.say(0, "my card is 4111");
    world.settle();
    let of = world.edge.log.len() as u64;
    world.happen(What::Hidden { of });
    world.happen(What::Delivered { of });
    world.settle();
    let seen =
        ["Out: my card is 4111", "  * Text hidden before it was sent", "  ^ 10:00 Delivered"];
    assert_eq!(lines(&world.view(0).rows)[4..], seen);
    world.reload(0);
    world.settle();
    assert_eq!(lines(&world.view(0).rows)[4..], seen);
}

#[test]
fn a_file_that_is_asked_for_is_answered_honestly() {
    let mut world = with_maya();
    world.happen(What::FileRequested { agent: maya() });
    world.settle();
    let said = "Maya Okafor asked for a file. Files cannot be sent here yet.";
    assert_eq!(lines(&world.view(0).rows)[4], format!("   {said}"));
    assert_eq!(world.tabs[0].announced.last().unwrap(), said);
}

#[test]
fn choices_can_be_pressed_until_anything_is_answered() {
    let mut world = with_maya();
    world.happen(What::Agent { agent: maya(), body: choices(), auto: false });
    world.settle();
    assert_eq!(world.view(0).choices, ["E-mail", "Not at all"]);
    assert_eq!(
        world.tabs[0].announced.last().unwrap(),
        "Maya Okafor says: How should we remind you? E-mail, Not at all"
    );
    world.give(0, Msg::Draft("half a thought".to_owned()));
    world.give(0, Msg::Choose("E-mail".to_owned()));
    let view = world.view(0);
    assert!(view.choices.is_empty(), "at once, not only when the edge has it");
    assert_eq!(view.draft, "half a thought", "what was being written stays");
    // A second press of the same chip, which a slow browser still shows.
    world.give(0, Msg::Choose("E-mail".to_owned()));
    world.settle();
    assert_eq!(world.said()[2..], ["E-mail"]);

    world.happen(What::Agent { agent: maya(), body: choices(), auto: false });
    world.settle();
    world.happen(What::Left { agent: maya() });
    world.settle();
    assert_eq!(world.view(0).choices.len(), 2, "a notice is no answer");
    world.agent_says("never mind");
    world.settle();
    assert!(world.view(0).choices.is_empty());
    world.happen(What::Agent { agent: maya(), body: choices(), auto: false });
    world.happen(What::Ended { by: EndedBy::Agent });
    world.settle();
    assert!(world.view(0).choices.is_empty());
}

#[test]
fn an_idle_chat_counts_down_where_it_is_seen_and_stops_when_asked() {
    let mut world = with_maya();
    idle(&mut world, Some(61));
    let shown = |world: &World| world.view(0).idle.map(|idle| idle.time);
    assert_eq!(shown(&world).as_deref(), Some("1:01"));
    let heard = |world: &World| {
        world.tabs[0].announced.iter().filter(|text| text.starts_with("Still there?")).count()
    };
    assert_eq!(heard(&world), 1);
    for _ in 0..32 {
        world.now = world.tabs[0].model.deadline(world.now).unwrap();
        world.tick();
    }
    assert_eq!(shown(&world).as_deref(), Some("0:29"));
    assert_eq!(heard(&world), 3, "{:?}", world.tabs[0].announced);
    world.give(0, Msg::Stay);
    assert_eq!(shown(&world), None);
    let sent = &world.tabs[0].link.as_ref().unwrap().up;
    assert_eq!(sent.back(), Some(&parlor_shared::wire::ClientFrame::Stay {}));
    idle(&mut world, Some(120));
    assert_eq!(shown(&world).as_deref(), Some("2:00"));
    idle(&mut world, None);
    assert_eq!(shown(&world), None);
}

#[test]
fn a_wish_to_stay_waits_for_the_link() {
    let mut world = with_maya();
    idle(&mut world, Some(61));
    world.cut(0);
    world.give(0, Msg::Stay);
    world.settle();
    assert!(world.stayed, "it was said over the next link");
    assert_eq!(world.view(0).idle, None);
}

#[test]
fn where_nobody_is_there_the_flow_speaks_and_a_message_may_be_left() {
    let mut world = World::new(1);
    world.say(0, "hello");
    world.settle();
    world.happen(What::Unavailable {
        reason: None,
        text: Some("We are back at nine.".to_owned()),
        leave_message: true,
    });
    world.settle();
    let view = world.view(0);
    assert_eq!(view.subtitle, "Leave a message");
    assert_eq!(
        lines(&view.rows)[3..],
        ["   We are back at nine. Write your message here, and it is kept for us."]
    );
    world.say(0, "call me");
    world.settle();
    assert_eq!(world.said(), ["hello", "call me"]);
    // Another flow is asked, and somebody comes.
    world.happen(What::Requested {});
    world.settle();
    assert_eq!(world.view(0).subtitle, "Finding somebody for you");
    world.happen(What::Joined { agent: maya() });
    world.settle();
    assert_eq!(world.view(0).title, "Maya Okafor");
}

#[test]
fn nobody_there_without_words_of_the_flow_is_told_in_ours() {
    let mut world = World::new(1);
    world.say(0, "hello");
    world.settle();
    world.happen(What::Unavailable { reason: None, text: None, leave_message: false });
    world.settle();
    let view = world.view(0);
    assert_eq!(view.subtitle, "Closed now");
    assert_eq!(lines(&view.rows)[3..], ["   Nobody is free to answer now."]);
}

#[test]
fn an_automatic_message_is_marked_and_names_nobody() {
    let mut world = World::new(1);
    world.say(0, "hello");
    world.settle();
    let bot = Agent { key: 9, name: "Larkspur".to_owned(), avatar: None };
    world.happen(What::Agent { agent: bot, body: paragraph("We are on it"), auto: true });
    world.settle();
    let view = world.view(0);
    assert_eq!(view.title, "Larkspur Bicycles");
    assert_eq!(view.subtitle, "Finding somebody for you");
    assert_eq!(lines(&view.rows)[3..], ["In: We are on it", "  ^ 10:00 Automatic message"]);
    // The same agent by hand is another group.
    world.happen(What::Joined { agent: maya() });
    world.happen(What::Agent { agent: maya(), body: paragraph("auto"), auto: true });
    world.agent_says("by hand");
    world.settle();
    assert_eq!(
        lines(&world.view(0).rows)[6..],
        ["In: auto", "  ^ 10:00 Automatic message", "In: by hand", "  ^ 10:00"]
    );
}

#[test]
fn a_message_that_was_withdrawn_says_so_and_nothing_else() {
    let mut world = with_maya();
    let of = world.agent_says("the wrong price");
    world.happen(What::Redacted { of });
    world.settle();
    assert_eq!(lines(&world.view(0).rows)[4], "In: (This message was withdrawn)");
    world.reload(0);
    world.settle();
    assert_eq!(lines(&world.view(0).rows)[4], "In: (This message was withdrawn)");
}

#[test]
fn a_chat_that_the_desk_takes_up_again_can_be_written_in() {
    let mut world = with_maya();
    world.happen(What::Ended { by: EndedBy::Agent });
    world.settle();
    assert_eq!(world.view(0).stage, Stage::Ended);
    world.happen(What::Reopened {});
    world.settle();
    assert_eq!(world.view(0).stage, Stage::Live);
    world.say(0, "one more thing");
    assert_eq!(world.view(0).rows.len(), 7);
    assert!(world.view(0).menu, "and ended again");
}

#[test]
fn a_picture_of_an_agent_is_shown_only_from_a_safe_address() {
    let with = |avatar: &str| {
        let agent = Agent { avatar: Some(avatar.to_owned()), ..maya() };
        crate::state::rows::Avatar::of(&agent).picture
    };
    assert_eq!(
        with("https://cdn.example/maya.png").as_deref(),
        Some("https://cdn.example/maya.png")
    );
    assert_eq!(with("http://cdn.example/maya.png"), None);
    assert_eq!(with("javascript:alert(1)"), None);
}

#[test]
fn what_is_typed_is_shown_to_the_desk_only_where_it_may_look() {
    let mut world = with_maya();
    let peeked = |world: &World| {
        let up = &world.tabs[0].link.as_ref().unwrap().up;
        up.iter().any(|frame| matches!(frame, parlor_shared::wire::ClientFrame::Peek { .. }))
    };
    world.give(0, Msg::Draft("a secret".to_owned()));
    assert!(!peeked(&world));
    world.settle();
    let can = Capabilities { sneak_peek: true, visitor_typing: true, ..Capabilities::default() };
    let frame = Incoming::Frame(ServerFrame::Capabilities(can));
    world.give(0, Msg::Link(Input::Received(frame)));
    world.now = world.now + Duration::from_secs(4);
    world.give(0, Msg::Draft("a secret told".to_owned()));
    assert!(peeked(&world));
}

#[test]
fn the_transcript_holds_what_was_said_and_what_happened() {
    let mut world = with_maya();
    world.agent_says("hi");
    world.settle();
    world.say(0, "two\nlines");
    world.settle();
    world.say(0, "lost");
    world.settle();
    let of = world.edge.log.len() as u64;
    world.happen(What::Failed { of, reason: FailureReason::DeskUnreachable });
    world.now = world.now + Duration::from_secs(86_400);
    world.happen(What::Ended { by: EndedBy::Agent });
    world.settle();
    let day = |at: &World| rows::Calendar::date(&world::Plain, at.now);
    let today = day(&world);
    world.now = Timestamp::from_ms(world.now.as_ms() - 86_400_000);
    assert_eq!(
        world.tabs[0].model.transcript(&world::Plain),
        format!(
            "Chat with Larkspur Bicycles\n\n{}\n10:00  You: hello\n\
             10:00  Maya Okafor joined at 10:00\n10:00  Maya Okafor: hi\n\
             10:00  You: two\n    lines\n\n{today}\n10:00  Maya Okafor ended the chat at 10:00\n",
            day(&world)
        )
    );
}
