//! Stories of networks that let no socket through.

use super::*;

impl Link {
    /// One whose network refuses every socket, up by requests.
    pub(super) fn walled() -> Self {
        let mut link = Self::new();
        link.say(0);
        link.give(Input::Answered(Ok(answer(1))));
        link.cut();
        link.tick();
        link.cut();
        assert!(starts(&link.tick()), "perhaps it was the token");
        assert_eq!(opened_by(&link.give(Input::Answered(Ok(answer(1))))), Some(Way::Socket));
        link.cut();
        assert_eq!(opened_by(&link.tick()), Some(Way::Requests));
        link.give(Input::Opened);
        link.welcome(0);
        link.give(Input::Received(said(1, 0)));
        link
    }

    /// Lets time pass, with an edge that answers, until the machine looks for a socket.
    fn look(&mut self) -> Vec<Output> {
        let since = self.now;
        loop {
            let outputs = self.tick();
            self.give(Input::Received(Incoming::Pong));
            if probes(&outputs) {
                return outputs;
            }
            assert!(self.now.since(since) < 2 * PROBING.ceiling, "it looks no more");
        }
    }
}

#[test]
fn where_no_socket_gets_through_requests_do_and_nothing_is_lost() {
    let mut link = Link::walled();
    assert_eq!(link.machine.status(link.now), Status::Up);
    assert_eq!(frames(&link.say(1)).len(), 1);
    assert_eq!(events(&link.give(Input::Received(said(2, 1)))), [2]);
    // A request that fails is a cut like another, and the way stays.
    link.cut();
    assert_eq!(opened_by(&link.tick()), Some(Way::Requests));
    let hello = link.give(Input::Opened);
    assert_eq!(frames(&hello), [&ClientFrame::Hello { version: 1, after: 2 }]);
}

#[test]
fn a_socket_that_is_swallowed_is_waited_for_once_and_not_long() {
    let mut link = Link::new();
    link.say(0);
    link.give(Input::Answered(Ok(answer(1))));
    assert_eq!(link.delay(), SOCKET_ATTEMPT);
    link.tick();
    assert_eq!(opened_by(&link.tick()), Some(Way::Requests));
    // The same where it opens and lets nothing through.
    let mut link = Link::new();
    link.say(0);
    link.give(Input::Answered(Ok(answer(1))));
    link.give(Input::Opened);
    link.tick();
    assert_eq!(opened_by(&link.tick()), Some(Way::Requests));
}

#[test]
fn sockets_that_die_as_soon_as_they_are_up_count_too() {
    let mut link = Link::up();
    for _ in 0..2 {
        link.cut();
        assert_eq!(opened_by(&link.tick()), Some(Way::Socket));
        link.give(Input::Opened);
        link.welcome(1);
    }
    link.cut();
    assert_eq!(opened_by(&link.tick()), Some(Way::Requests));
    // One that has stayed up clears the network's name.
    let mut link = Link::up();
    for _ in 0..2 {
        link.cut();
        link.tick();
        link.give(Input::Opened);
        link.welcome(1);
    }
    for _ in 0..6 {
        link.wait(STABLE_AFTER);
        link.cut();
        assert_eq!(opened_by(&link.tick()), Some(Way::Socket));
        link.give(Input::Opened);
        link.welcome(1);
    }
    for _ in 0..2 {
        link.cut();
        assert_eq!(opened_by(&link.tick()), Some(Way::Socket), "it counts from nought again");
        link.give(Input::Opened);
        link.welcome(1);
    }
}

#[test]
fn what_the_edge_says_itself_is_no_reason_to_go_another_way() {
    let mut link = Link::up();
    for code in [1011, 1013, CLOSE_TOKEN, 1013, CLOSE_TOKEN, 1011] {
        link.give(Input::Closed { code });
        let outputs = link.tick();
        let outputs = match starts(&outputs) {
            true => link.give(Input::Answered(Ok(answer(1)))),
            false => outputs,
        };
        assert_eq!(opened_by(&outputs), Some(Way::Socket), "{code}");
        link.give(Input::Opened);
    }
}

#[test]
fn requests_that_fail_too_are_not_the_only_way() {
    let mut link = Link::walled();
    link.cut();
    link.tick();
    link.cut(); // Not even opened.
    let outputs = link.tick();
    let outputs = match starts(&outputs) {
        true => link.give(Input::Answered(Ok(answer(1)))),
        false => outputs,
    };
    assert_eq!(opened_by(&outputs), Some(Way::Socket));
    link.cut();
    let outputs = link.tick();
    let outputs = match starts(&outputs) {
        true => link.give(Input::Answered(Ok(answer(1)))),
        false => outputs,
    };
    assert_eq!(opened_by(&outputs), Some(Way::Requests));
}

#[test]
fn the_socket_is_tried_again_at_growing_intervals_and_taken_when_it_gets_through() {
    let mut link = Link::walled();
    let mut waits = Vec::new();
    for _ in 0..8 {
        let since = link.now;
        assert!(!opens(&link.look()), "the link that is there stays meanwhile");
        waits.push(link.now.since(since).as_secs());
    }
    assert_eq!(waits, [15, 30, 60, 120, 240, 480, 600, 600]);
    link.say(1);
    let outputs = link.give(Input::Passable);
    assert_eq!(acts(&outputs).first(), Some(&&Act::Close));
    let outputs = match starts(&outputs) {
        true => link.give(Input::Answered(Ok(answer(1)))), // The token was an old one by then.
        false => outputs,
    };
    assert_eq!(opened_by(&outputs), Some(Way::Socket));
    link.give(Input::Opened);
    assert_eq!(frames(&link.welcome(1)).len(), 1, "what was not acknowledged is said again");
    assert!(!probes(&link.tick()), "a socket needs no other");
}

#[test]
fn a_socket_that_promised_and_failed_is_not_insisted_on() {
    let mut link = Link::walled();
    link.give(Input::Passable);
    link.cut();
    assert_eq!(opened_by(&link.tick()), Some(Way::Requests));
    // A late word of an old probe means nothing to a socket's link.
    let mut link = Link::up();
    assert_eq!(link.give(Input::Passable), []);
}

#[test]
fn that_no_socket_gets_through_is_kept_and_kept_anew_with_each_look() {
    let mut link = Link::up();
    assert_eq!(walls(&link.welcome(1)), [], "a socket that is up has nothing to say of it");
    let mut link = Link::walled();
    link.cut();
    link.tick();
    link.give(Input::Opened);
    assert_eq!(walls(&link.welcome(1)), [Some(link.now + WALL_KEPT_FOR)]);
    for _ in 0..9 {
        assert_eq!(walls(&link.look()), [Some(link.now + WALL_KEPT_FOR)]);
        let next = link.machine.probe_at.since(link.now);
        assert!(next < WALL_KEPT_FOR / 2, "it does not lapse between two looks");
    }
}

#[test]
fn a_page_that_follows_waits_for_no_socket() {
    let soon = Timestamp::from_ms(10_000_001);
    let mut link = Link::recalling(soon);
    assert_eq!(link.first_way(), Some(Way::Requests));
    link.give(Input::Opened);
    assert_eq!(walls(&link.welcome(0)), [Some(link.now + WALL_KEPT_FOR)]);
    // It looks for a socket as the page before it did.
    let outputs = link.tick();
    assert!(probes(&outputs));
    link.give(Input::Passable);
    let outputs = link.give(Input::Opened);
    assert_eq!(frames(&outputs), [&ClientFrame::Hello { version: 1, after: 0 }]);
    assert_eq!(walls(&link.welcome(0)), [None], "and takes it back");
    link.wait(STABLE_AFTER);
    link.cut();
    link.tick();
    link.give(Input::Opened);
    assert_eq!(walls(&link.welcome(0)), [], "once");
}

#[test]
fn what_was_kept_of_a_network_lapses_and_a_clock_that_was_wrong_does_not_prolong_it() {
    let now = Timestamp::from_ms(10_000_000);
    for until in [now, Timestamp::from_ms(1), now + WALL_KEPT_FOR + Duration::from_millis(1)] {
        let mut link = Link::recalling(until);
        assert_eq!(link.first_way(), Some(Way::Socket), "{until:?}");
        link.give(Input::Opened);
        assert_eq!(walls(&link.welcome(0)), [None], "nobody has to read it again");
    }
    let mut link = Link::recalling(now + WALL_KEPT_FOR);
    assert_eq!(link.first_way(), Some(Way::Requests));
}

#[test]
fn a_network_where_requests_fail_as_well_is_tried_by_a_socket() {
    let mut link = Link::recalling(Timestamp::from_ms(10_000_001));
    assert_eq!(link.first_way(), Some(Way::Requests));
    link.cut();
    assert_eq!(opened_by(&link.tick()), Some(Way::Socket));
}

#[test]
fn whoever_comes_back_to_the_page_may_have_come_to_another_network() {
    let mut link = Link::walled();
    assert!(probes(&link.give(Input::Wake)));
    assert!(!probes(&Link::up().give(Input::Wake)));
}
