//! Stories of one link, told in what goes in and what comes out.

use parlor_shared::{
    id::{ConversationId, MessageId},
    wire::{Event, FailureReason},
};

use super::*;

mod walls;

const TOKEN_LIVES: u64 = 900;

/// A machine, its clock, and everything that it put out since it was last asked.
struct Link {
    machine: Machine,
    now: Timestamp,
}

fn conversation(n: u8) -> ConversationId {
    ConversationId::parse(format!("{n:064x}")).unwrap()
}

fn answer(n: u8) -> StartAnswer {
    StartAnswer {
        conversation: conversation(n),
        token: format!("token {n}"),
        token_expires_in_s: TOKEN_LIVES,
        now: None,
        visitor_token: Some("visitor".to_owned()),
    }
}

fn message(n: u8) -> MessageId {
    MessageId::from_random(u128::from(n))
}

fn event(seq: u64, what: What) -> Incoming {
    Incoming::Frame(ServerFrame::Event(Event { seq, at: Timestamp::from_ms(seq), what }))
}

fn said(seq: u64, n: u8) -> Incoming {
    event(seq, What::Visitor { id: message(n), text: format!("m{n}") })
}

impl Link {
    fn new() -> Self {
        Self::with(Identity::default())
    }

    fn with(identity: Identity) -> Self {
        let resource = ResourceId::parse("a0e9c1de-0000-4000-8000-000000000001").unwrap();
        let machine = Machine::new(resource, None, identity, None);
        Self { machine, now: Timestamp::from_ms(10_000_000) }
    }

    /// One whose earlier page kept that no socket gets through until `walled_until`.
    fn recalling(walled_until: Timestamp) -> Self {
        let mut link = Self::new();
        let resource = ResourceId::parse("a0e9c1de-0000-4000-8000-000000000001").unwrap();
        link.machine = Machine::new(resource, None, Identity::default(), Some(walled_until));
        link
    }

    /// The way that its first attempt goes.
    fn first_way(&mut self) -> Option<Way> {
        self.say(0);
        opened_by(&self.give(Input::Answered(Ok(answer(1)))))
    }

    /// One that is up, with nothing in its log.
    fn up() -> Self {
        let mut link = Self::new();
        link.say(0);
        link.give(Input::Answered(Ok(answer(1))));
        link.give(Input::Opened);
        link.welcome(0);
        link.give(Input::Received(said(1, 0)));
        link
    }

    fn wait(&mut self, time: Duration) {
        self.now = self.now + time;
    }

    fn give(&mut self, input: Input) -> Vec<Output> {
        self.machine.handle(self.now, 0, input);
        std::iter::from_fn(|| self.machine.poll()).collect()
    }

    fn say(&mut self, n: u8) -> Vec<Output> {
        self.give(Input::Say { id: message(n), text: format!("m{n}") })
    }

    fn welcome(&mut self, last: u64) -> Vec<Output> {
        self.give(Input::Received(Incoming::Frame(ServerFrame::Welcome {
            version: 1,
            conversation: conversation(1),
            last,
            capabilities: Capabilities::default(),
        })))
    }

    /// Lets time pass until the machine wants a tick.
    fn tick(&mut self) -> Vec<Output> {
        self.now = self.machine.deadline().expect("the machine waits for something");
        self.give(Input::Tick)
    }

    fn cut(&mut self) -> Vec<Output> {
        self.give(Input::Closed { code: 1006 })
    }

    /// How long until the next attempt.
    fn delay(&self) -> Duration {
        self.machine.deadline().unwrap().since(self.now)
    }
}

fn acts(outputs: &[Output]) -> Vec<&Act> {
    outputs
        .iter()
        .filter_map(|output| match output {
            Output::Do(act) => Some(act),
            _ => None,
        })
        .collect()
}

fn frames(outputs: &[Output]) -> Vec<&ClientFrame> {
    acts(outputs)
        .into_iter()
        .filter_map(|act| match act {
            Act::Transmit(frame) => Some(frame),
            _ => None,
        })
        .collect()
}

fn starts(outputs: &[Output]) -> bool {
    acts(outputs).iter().any(|act| matches!(act, Act::Start(_)))
}

fn opens(outputs: &[Output]) -> bool {
    acts(outputs).iter().any(|act| matches!(act, Act::Open { .. }))
}

fn opened_by(outputs: &[Output]) -> Option<Way> {
    acts(outputs).into_iter().find_map(|act| match act {
        Act::Open { way, .. } => Some(*way),
        _ => None,
    })
}

fn walls(outputs: &[Output]) -> Vec<Option<Timestamp>> {
    outputs
        .iter()
        .filter_map(|output| match output {
            Output::Walled(until) => Some(*until),
            _ => None,
        })
        .collect()
}

fn probes(outputs: &[Output]) -> bool {
    acts(outputs).iter().any(|act| matches!(act, Act::Probe { .. }))
}

fn events(outputs: &[Output]) -> Vec<u64> {
    outputs
        .iter()
        .filter_map(|output| match output {
            Output::Notice(Notice::Event(event)) => Some(event.seq),
            _ => None,
        })
        .collect()
}

#[test]
fn nothing_is_asked_of_the_edge_before_the_first_message() {
    let mut link = Link::new();
    for input in [Input::Wake, Input::Tick, Input::Offline, Input::Typing(true), Input::Hidden] {
        assert_eq!(link.give(input), []);
    }
    assert_eq!(link.machine.deadline(), None);
    assert!(starts(&link.say(1)));
}

#[test]
fn messages_said_before_the_link_is_up_go_out_in_order_once_it_is() {
    let mut link = Link::new();
    link.say(1);
    assert_eq!(link.say(2), []);
    assert!(opens(&link.give(Input::Answered(Ok(answer(1))))));
    link.say(3);
    let hello = link.give(Input::Opened);
    assert_eq!(frames(&hello), [&ClientFrame::Hello { version: 1, after: 0 }]);
    let sent = link.welcome(0);
    let texts: Vec<_> = frames(&sent)
        .into_iter()
        .map(|frame| match frame {
            ClientFrame::Say { text, .. } => text.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(texts, ["m1", "m2", "m3"]);
}

#[test]
fn what_was_not_acknowledged_is_said_again_under_the_same_id() {
    let mut link = Link::up();
    let first = link.say(1);
    link.cut();
    link.tick();
    link.give(Input::Opened);
    let again = link.welcome(1);
    assert_eq!(frames(&first), frames(&again));
    link.give(Input::Received(Incoming::Frame(ServerFrame::Accepted { id: message(1), seq: 2 })));
    link.cut();
    link.tick();
    let hello = link.give(Input::Opened);
    assert_eq!(frames(&hello), [&ClientFrame::Hello { version: 1, after: 2 }]);
    assert!(frames(&link.welcome(2)).is_empty());
}

#[test]
fn delays_grow_until_a_link_has_stayed_up() {
    let mut link = Link::up();
    let mut delays = Vec::new();
    for _ in 0..4 {
        link.cut();
        delays.push(link.delay().as_millis());
        link.tick();
        link.give(Input::Opened);
        link.welcome(1);
        link.wait(STABLE_AFTER - Duration::from_millis(1));
    }
    assert_eq!(delays, [250, 500, 1_000, 2_000]);
    link.wait(Duration::from_millis(1));
    link.cut();
    assert_eq!(link.delay().as_millis(), 250);
}

#[test]
fn it_never_gives_up_and_never_waits_longer_than_the_ceiling() {
    let mut link = Link::up();
    link.cut();
    for _ in 0..200 {
        assert!(link.delay() <= Duration::from_secs(30));
        let outputs = link.tick();
        if opens(&outputs) {
            link.cut();
        } else {
            assert!(starts(&outputs));
            link.give(Input::Answered(Err(StartFailure::Unreachable)));
        }
    }
}

#[test]
fn a_token_that_may_be_the_reason_is_asked_for_again_after_two_failures() {
    let mut link = Link::up();
    link.cut();
    assert!(opens(&link.tick()));
    link.cut();
    assert!(opens(&link.tick()));
    link.cut();
    assert!(starts(&link.tick()));
}

#[test]
fn a_token_is_not_used_after_its_time() {
    let mut link = Link::up();
    link.wait(Duration::from_secs(TOKEN_LIVES));
    link.cut();
    assert!(starts(&link.tick()));
}

#[test]
fn the_edge_says_what_is_wrong_by_close_codes() {
    let mut link = Link::up();
    link.give(Input::Closed { code: CLOSE_TOKEN });
    assert!(starts(&link.tick()), "another token is asked for");

    let mut link = Link::up();
    link.give(Input::Closed { code: CLOSE_GONE });
    assert_eq!(link.machine.deadline(), None, "nothing to say: nothing is started");
    assert!(starts(&link.say(1)));

    for code in [CLOSE_VERSION, CLOSE_HANDSHAKE] {
        let mut link = Link::up();
        link.give(Input::Closed { code });
        assert_eq!(link.machine.status(link.now), Status::Outdated);
        assert_eq!(link.machine.deadline(), None);
    }
}

#[test]
fn a_visitor_token_that_is_refused_is_forgotten() {
    let identity = Identity {
        visitor: Some(Redacted::new("old".to_owned())),
        conversation: Some(conversation(1)),
        after: None,
    };
    let mut link = Link::with(identity.clone());
    assert!(starts(&link.give(Input::Resume)));
    let outputs = link.give(Input::Answered(Err(StartFailure::Token)));
    assert!(outputs.contains(&Output::Keep(Identity::default())));
    assert!(!starts(&outputs), "a visitor who has not said anything gets no conversation");

    let mut link = Link::with(identity);
    link.say(1);
    let outputs = link.give(Input::Answered(Err(StartFailure::Token)));
    let Some(Act::Start(request)) = acts(&outputs).last().copied() else { panic!("{outputs:?}") };
    assert_eq!(request.visitor, None);
}

#[test]
fn the_edge_may_ask_to_be_left_alone() {
    let mut link = Link::new();
    link.say(1);
    let wait = Duration::from_secs(90);
    link.give(Input::Answered(Err(StartFailure::Refused { retry_after: Some(wait) })));
    assert_eq!(link.delay(), wait);
}

#[test]
fn a_start_request_that_hangs_is_given_up_and_its_late_answer_ignored() {
    let mut link = Link::new();
    link.say(1);
    link.tick();
    assert_eq!(link.give(Input::Answered(Ok(answer(1)))), []);
    assert!(starts(&link.tick()));
}

#[test]
fn a_silent_link_is_probed_and_given_up() {
    let mut link = Link::up();
    assert_eq!(acts(&link.tick()), [&Act::Ping]);
    link.give(Input::Received(Incoming::Pong));
    assert_eq!(link.delay(), PING_EVERY);
    assert_eq!(acts(&link.tick()), [&Act::Ping]);
    assert_eq!(link.delay(), PONG_WITHIN);
    assert_eq!(acts(&link.tick()), [&Act::Close]);
    assert!(opens(&link.tick()));
}

#[test]
fn nobody_is_probed_for_who_does_not_look() {
    let mut link = Link::up();
    link.give(Input::Hidden);
    assert_eq!(link.machine.deadline(), None);
    assert_eq!(acts(&link.give(Input::Wake)), [&Act::Ping]);
}

#[test]
fn waking_does_not_wait_for_the_delay() {
    let mut link = Link::up();
    link.cut();
    assert!(opens(&link.give(Input::Wake)));
}

#[test]
fn a_browser_without_network_leaves_its_socket() {
    let mut link = Link::up();
    assert_eq!(acts(&link.give(Input::Offline)), [&Act::Close]);
    assert_eq!(link.machine.status(link.now), Status::Down, "this is worth a word at once");
    assert!(opens(&link.give(Input::Wake)));
}

#[test]
fn a_short_cut_is_not_worth_a_word() {
    let mut link = Link::up();
    link.cut();
    assert_eq!(link.machine.status(link.now), Status::Coming);
    link.wait(CUT_SHOWS_AFTER);
    assert_eq!(link.machine.status(link.now), Status::Down);
}

#[test]
fn each_event_comes_once_and_an_unknown_one_counts() {
    let mut link = Link::up();
    assert_eq!(events(&link.give(Input::Received(said(1, 0)))), [] as [u64; 0]);
    link.give(Input::Received(Incoming::Skipped { seq: 2 }));
    assert_eq!(events(&link.give(Input::Received(said(3, 3)))), [3]);
    assert_eq!(link.machine.skipped(), 1);
    link.cut();
    link.tick();
    let hello = link.give(Input::Opened);
    assert_eq!(frames(&hello), [&ClientFrame::Hello { version: 1, after: 3 }]);
}

#[test]
fn what_was_lost_on_the_way_is_asked_for_again_once() {
    let mut link = Link::up();
    let outputs = link.give(Input::Received(said(3, 3)));
    assert_eq!(acts(&outputs), [&Act::Close]);
    link.tick();
    let hello = link.give(Input::Opened);
    assert_eq!(frames(&hello), [&ClientFrame::Hello { version: 1, after: 1 }]);
    link.welcome(3);
    // The log itself has a gap there: it is passed over rather than asked for for ever.
    assert_eq!(events(&link.give(Input::Received(said(3, 3)))), [3]);
}

#[test]
fn a_log_that_is_shorter_than_what_was_shown_is_another_log() {
    let mut link = Link::up();
    link.give(Input::Received(said(2, 2)));
    link.cut();
    link.tick();
    link.give(Input::Opened);
    assert!(link.welcome(1).contains(&Output::Notice(Notice::Reset)));
    assert_eq!(events(&link.give(Input::Received(said(1, 9)))), [1]);
}

#[test]
fn a_retry_is_repeated_until_the_log_has_it() {
    let mut link = Link::up();
    link.give(Input::Received(event(
        2,
        What::Failed { of: 1, reason: FailureReason::DeskUnreachable },
    )));
    let retry = ClientFrame::Retry { id: message(0) };
    assert_eq!(frames(&link.give(Input::Retry(message(0)))), [&retry]);
    link.cut();
    link.tick();
    link.give(Input::Opened);
    assert_eq!(frames(&link.welcome(2)), [&retry]);
    link.give(Input::Retried(message(0)));
    link.cut();
    link.tick();
    link.give(Input::Opened);
    assert!(frames(&link.welcome(3)).is_empty());
}

#[test]
fn an_end_without_a_link_is_said_when_there_is_one() {
    let mut link = Link::up();
    link.cut();
    assert!(frames(&link.give(Input::End)).is_empty());
    link.tick();
    link.give(Input::Opened);
    assert_eq!(frames(&link.welcome(1)), [&ClientFrame::End {}]);
}

#[test]
fn after_the_end_the_link_stays_to_listen_and_is_not_opened_again() {
    let mut link = Link::up();
    link.say(1);
    link.give(Input::Received(said(2, 1)));
    link.give(Input::Received(event(3, What::Ended { by: parlor_shared::wire::EndedBy::Agent })));
    assert!(!link.machine.is_wanted());
    let late = event(4, What::Delivered { of: 2 });
    assert_eq!(events(&link.give(Input::Received(late))), [4]);
    assert_eq!(link.cut(), []);
    assert_eq!(link.machine.deadline(), None);
}

#[test]
fn the_next_conversation_follows_the_ended_one_with_its_first_message() {
    let mut link = Link::up();
    link.give(Input::Received(event(2, What::Ended { by: parlor_shared::wire::EndedBy::Agent })));
    let outputs = link.give(Input::Follow);
    assert!(!starts(&outputs));
    let kept = outputs.iter().find_map(|output| match output {
        Output::Keep(identity) => Some(identity.clone()),
        _ => None,
    });
    assert_eq!(kept.unwrap().after, Some(conversation(1)));
    let outputs = link.say(1);
    let Some(Act::Start(request)) = acts(&outputs).last().copied() else { panic!("{outputs:?}") };
    assert_eq!(request.after, Some(conversation(1)));
    link.give(Input::Answered(Ok(answer(2))));
    let hello = link.give(Input::Opened);
    assert_eq!(frames(&hello), [&ClientFrame::Hello { version: 1, after: 0 }]);
}

#[test]
fn a_request_that_is_refused_for_now_waits_as_long_as_it_is_told() {
    let mut link = Link::walled();
    let wait = Duration::from_secs(70);
    link.give(Input::Busy(wait));
    assert_eq!(link.delay(), wait);
    assert_eq!(opened_by(&link.tick()), Some(Way::Requests));
}

#[test]
fn a_token_that_runs_out_is_renewed_whichever_way_the_link_goes() {
    for mut link in [Link::up(), Link::walled()] {
        let way = link.machine.way;
        link.wait(STABLE_AFTER);
        link.say(1);
        link.give(Input::Closed { code: CLOSE_TOKEN });
        assert!(starts(&link.tick()));
        assert_eq!(opened_by(&link.give(Input::Answered(Ok(answer(1))))), Some(way));
        link.give(Input::Opened);
        assert_eq!(frames(&link.welcome(1)).len(), 1);
    }
}

#[test]
fn who_says_too_much_at_once_says_it_again_a_little_later() {
    let mut link = Link::up();
    link.say(1);
    let outputs = link.give(Input::Busy(Duration::ZERO));
    assert_eq!(outputs, [], "the visitor is not told that it failed");
    assert!(link.delay() > Duration::ZERO);
    link.tick();
    link.give(Input::Opened);
    assert_eq!(frames(&link.welcome(1)).len(), 1);
}

#[test]
fn a_conversation_that_is_not_kept_any_more_is_said_to_be_so() {
    let gone = Output::Notice(Notice::Gone);
    for code in [CLOSE_GONE, CLOSE_ERASED] {
        let mut link = Link::up();
        assert!(link.give(Input::Closed { code }).contains(&gone));
        assert!(!link.machine.can_resume());
    }
    // Its visitor was erased.
    let mut link = Link::up();
    link.give(Input::Closed { code: CLOSE_TOKEN });
    link.tick();
    assert!(link.give(Input::Answered(Err(StartFailure::Token))).contains(&gone));
    // The edge names another, unasked.
    let mut link = Link::up();
    link.give(Input::Closed { code: CLOSE_TOKEN });
    link.tick();
    assert!(link.give(Input::Answered(Ok(answer(2)))).contains(&gone));
    // But not where the visitor had left an ended one behind.
    let mut link = Link::up();
    link.give(Input::Received(event(2, What::Ended { by: parlor_shared::wire::EndedBy::Agent })));
    link.give(Input::Follow);
    link.say(1);
    assert!(!link.give(Input::Answered(Ok(answer(2)))).contains(&gone));
}

#[test]
fn what_another_tab_has_begun_is_this_tab_s_too() {
    let theirs = |n| Identity {
        visitor: Some(Redacted::new("visitor".to_owned())),
        conversation: Some(conversation(n)),
        after: None,
    };
    let mut link = Link::new();
    assert!(starts(&link.give(Input::Adopt(theirs(1)))));
    // This tab's own question is answered with the same.
    let mut link = Link::new();
    link.say(1);
    assert_eq!(link.give(Input::Adopt(theirs(1))), []);
    link.give(Input::Answered(Ok(answer(1))));
    // The same again, with a newer token.
    assert_eq!(link.give(Input::Adopt(theirs(1))), []);
    link.give(Input::Opened);
    link.welcome(0);
    // Another one follows the ended one there, and so here.
    let outputs = link.give(Input::Adopt(theirs(2)));
    assert!(outputs.contains(&Output::Notice(Notice::Reset)));
    assert!(starts(&outputs));
    // A tab that is about to follow has not begun yet.
    let following = Identity { conversation: None, after: Some(conversation(2)), ..theirs(2) };
    assert_eq!(link.give(Input::Adopt(following)), []);
    // And where all is forgotten there, it is here.
    let mut link = Link::up();
    link.say(1);
    assert!(link.give(Input::Adopt(Identity::default())).contains(&Output::Do(Act::Close)));
    assert_eq!(link.machine.deadline(), None);
    assert!(link.machine.outbox.is_empty());
}

#[test]
fn a_tab_whose_leader_has_gone_opens_its_link_at_once() {
    let mut link = Link::up();
    assert!(opens(&link.give(Input::Closed { code: CLOSE_MOVED })));
    // But not again and again: two tabs must not drive each other round.
    assert!(!opens(&link.give(Input::Closed { code: CLOSE_MOVED })));
    assert!(opens(&link.tick()));
}
