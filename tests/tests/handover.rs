//! The chat moves to another server of the desk, or seems to: nothing is lost, nothing doubled, and nobody notices.

use parlor_shared::wire::What;
use parlor_tests::{
    story::{Desk, check, tell},
    trace::plain,
};

#[test]
fn a_chat_that_moves_goes_on_where_it_was() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 desk fault hand_over
        4 visitor says still there?
        5 agent says yes
        8 agent reads
        "#,
        r#"
        3.0  desk    <- Messages 503
        3.0  desk    -> ReconnectSession
        3.0  desk    <- ReconnectSession 200
        3.0  desk    -> ChasitorResyncState
        3.1  desk    <- ChasitorResyncState 200
        4.0  link    -> say m2 still there?
        4.0  link    <- 6 visitor m2 still there?
        4.0  link    <- accepted m2 6
        4.0  desk    -> ChatMessage #1
        4.0  desk    <- ChatMessage 200
        4.0  link    <- 7 delivered 6
        5.0  link    <- 8 Maya Okafor says yes
        8.0  agent   <- note: Maya Okafor joined
        8.0  agent   <- visitor: hello
        8.0  agent   <- visitor: still there?
        8.0  agent   <- agent: yes
        "#,
    );
}

#[test]
fn a_message_whose_answer_the_move_swallowed_was_delivered_once() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 desk fault delay on ChatMessage
        3 visitor says once only
        3.1 desk fault hand_over
        5 visitor says and then this
        8 agent reads
        "#,
        r#"
        3.0  link    -> say m2 once only
        3.0  link    <- 6 visitor m2 once only
        3.0  link    <- accepted m2 6
        3.0  desk    -> ChatMessage #3
        3.1  desk    <- Messages 503
        3.1  desk    -> ChatMessage is given up
        3.1  desk    -> ReconnectSession
        3.1  desk    <- ReconnectSession 200
        3.1  link    <- 7 delivered 6
        3.1  desk    -> ChasitorResyncState
        3.2  desk    <- ChasitorResyncState 200
        5.0  link    -> say m3 and then this
        5.0  link    <- 8 visitor m3 and then this
        5.0  link    <- accepted m3 8
        5.0  desk    -> ChatMessage #1
        5.0  desk    <- ChatMessage 200
        5.0  link    <- 9 delivered 8
        8.0  agent   <- note: Maya Okafor joined
        8.0  agent   <- visitor: hello
        8.0  agent   <- visitor: once only
        8.0  agent   <- visitor: and then this
        "#,
    );
}

#[test]
fn a_message_that_the_move_swallowed_goes_out_again() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 desk fault drop_request on ChatMessage
        3 visitor says once only
        3.1 desk fault hand_over
        8 agent reads
        "#,
        r#"
        3.0  link    -> say m2 once only
        3.0  link    <- 6 visitor m2 once only
        3.0  link    <- accepted m2 6
        3.0  desk    -> ChatMessage #3
        3.0  desk    <- ChatMessage network
        3.1  desk    <- Messages 503
        3.1  desk    -> ReconnectSession
        3.1  desk    <- ReconnectSession 200
        3.1  desk    -> ChasitorResyncState
        3.2  desk    <- ChasitorResyncState 200
        3.2  desk    -> ChatMessage #1
        3.2  desk    <- ChatMessage 200
        3.2  link    <- 7 delivered 6
        8.0  agent   <- note: Maya Okafor joined
        8.0  agent   <- visitor: hello
        8.0  agent   <- visitor: once only
        "#,
    );
}

#[test]
fn the_same_words_said_twice_are_two_messages_across_a_move() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 visitor says ok
        4 desk fault drop_request on ChatMessage
        4 visitor says ok
        4.1 desk fault hand_over
        6 desk fault delay on ChatMessage
        6 visitor says ok
        6.1 desk fault hand_over
        12 agent reads
        "#,
        r#"
        3.0  link    -> say m2 ok
        3.0  link    <- 6 visitor m2 ok
        3.0  link    <- accepted m2 6
        3.0  desk    -> ChatMessage #3
        3.0  desk    <- ChatMessage 200
        3.0  link    <- 7 delivered 6
        4.0  link    -> say m3 ok
        4.0  link    <- 8 visitor m3 ok
        4.0  link    <- accepted m3 8
        4.0  desk    -> ChatMessage #4
        4.0  desk    <- ChatMessage network
        4.1  desk    <- Messages 503
        4.1  desk    -> ReconnectSession
        4.1  desk    <- ReconnectSession 200
        4.2  desk    -> ChasitorResyncState
        4.2  desk    <- ChasitorResyncState 200
        4.2  desk    -> ChatMessage #1
        4.2  desk    <- ChatMessage 200
        4.2  link    <- 9 delivered 8
        6.0  link    -> say m4 ok
        6.0  link    <- 10 visitor m4 ok
        6.0  link    <- accepted m4 10
        6.0  desk    -> ChatMessage #2
        6.1  desk    <- Messages 503
        6.1  desk    -> ChatMessage is given up
        6.1  desk    -> ReconnectSession
        6.1  desk    <- ReconnectSession 200
        6.2  link    <- 11 delivered 10
        6.2  desk    -> ChasitorResyncState
        6.2  desk    <- ChasitorResyncState 200
        12.0  agent   <- note: Maya Okafor joined
        12.0  agent   <- visitor: hello
        12.0  agent   <- visitor: ok
        12.0  agent   <- visitor: ok
        12.0  agent   <- visitor: ok
        "#,
    );
}

#[test]
fn what_is_said_during_a_move_waits_for_its_end() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 desk fault delay on ReconnectSession
        3 desk fault hand_over
        4 visitor says one
        4 visitor says two
        12 agent reads
        "#,
        r#"
        3.0  desk    <- Messages 503
        3.0  desk    -> ReconnectSession
        4.0  link    -> say m2 one
        4.0  link    <- 6 visitor m2 one
        4.0  link    <- accepted m2 6
        4.0  link    -> say m3 two
        4.0  link    <- 7 visitor m3 two
        4.0  link    <- accepted m3 7
        8.0  desk    <- ReconnectSession 200
        8.1  desk    -> ChasitorResyncState
        8.1  desk    <- ChasitorResyncState 200
        8.1  desk    -> ChatMessage #1
        8.1  desk    <- ChatMessage 200
        8.1  link    <- 8 delivered 6
        8.3  desk    -> ChatMessage #2
        8.4  desk    <- ChatMessage 200
        8.4  link    <- 9 delivered 7
        12.0  agent   <- note: Maya Okafor joined
        12.0  agent   <- visitor: hello
        12.0  agent   <- visitor: one
        12.0  agent   <- visitor: two
        "#,
    );
}

#[test]
fn one_503_of_a_gateway_is_a_pause() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 desk fault gateway_503 on ChatMessage
        3 visitor says hello again
        6 agent says I am here
        7 end
        "#,
        r#"
        3.0  link    -> say m2 hello again
        3.0  link    <- 6 visitor m2 hello again
        3.0  link    <- accepted m2 6
        3.0  desk    -> ChatMessage #3
        3.0  desk    <- ChatMessage 503
        3.9  desk    -> ChatMessage #3
        4.0  desk    <- ChatMessage 200
        4.0  link    <- 7 delivered 6
        6.0  link    <- 8 Maya Okafor says I am here
        "#,
    );
}

/// The poll that was given up may hang at the desk: the next waits for the end of its lease.
#[test]
fn a_gateway_that_goes_on_with_503_is_no_move() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 desk fault gateway_503 x3 on ChatMessage
        3 visitor says hello again
        6 agent says I am here
        40 end
        "#,
        r#"
        3.0  link    -> say m2 hello again
        3.0  link    <- 6 visitor m2 hello again
        3.0  link    <- accepted m2 6
        3.0  desk    -> ChatMessage #3
        3.0  desk    <- ChatMessage 503
        3.9  desk    -> ChatMessage #3
        4.0  desk    <- ChatMessage 503
        4.0  desk    -> ReconnectSession
        4.0  desk    <- ReconnectSession 405
        5.8  desk    -> ChatMessage #3
        5.9  desk    <- ChatMessage 503
        6.5  desk    -> ChatMessage #3
        6.5  desk    <- ChatMessage 200
        6.5  link    <- 7 delivered 6
        34.0  link    <- 8 Maya Okafor says I am here
        "#,
    );
}

#[test]
fn a_poll_that_a_gateway_answers_503_is_asked_again() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 desk fault gateway_503 on Messages
        3 agent says one
        10 agent says two
        12 end
        "#,
        r#"
        3.0  link    <- 6 Maya Okafor says one
        3.0  desk    <- Messages 503
        3.0  desk    -> ReconnectSession
        3.0  desk    <- ReconnectSession 405
        10.0  link    <- 7 Maya Okafor says two
        "#,
    );
}

#[test]
fn a_desk_that_counts_its_answers_anew_after_a_move_is_heard() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        2.6 agent says before
        3 desk fault restart_sequence
        3 desk fault no_reset_field
        3 desk fault hand_over
        4 agent says one
        5 agent says two
        6 visitor says three
        9 end
        "#,
        r#"
        2.6  link    <- 6 Maya Okafor says before
        3.0  desk    <- Messages 503
        3.0  desk    -> ReconnectSession
        3.0  desk    <- ReconnectSession 200
        3.0  desk    -> ChasitorResyncState
        3.1  desk    <- ChasitorResyncState 200
        4.0  link    <- 7 Maya Okafor says one
        5.0  link    <- 8 Maya Okafor says two
        6.0  link    -> say m2 three
        6.0  link    <- 9 visitor m2 three
        6.0  link    <- accepted m2 9
        6.0  desk    -> ChatMessage #1
        6.0  desk    <- ChatMessage 200
        6.0  link    <- 10 delivered 9
        "#,
    );
}

#[test]
fn an_answer_to_reconnect_session_that_is_lost_costs_a_pause() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 desk fault drop_response on ReconnectSession
        3 desk fault hand_over
        4 visitor says one
        12 agent says two
        15 agent reads
        "#,
        r#"
        3.0  desk    <- Messages 503
        3.0  desk    -> ReconnectSession
        3.0  desk    <- ReconnectSession network
        3.9  desk    -> ReconnectSession
        4.0  desk    <- ReconnectSession 405
        4.0  link    -> say m2 one
        4.0  link    <- 6 visitor m2 one
        4.0  link    <- accepted m2 6
        4.0  desk    -> ChatMessage #3
        4.0  desk    <- ChatMessage 503
        4.8  desk    -> ChatMessage #3
        4.8  desk    <- ChatMessage 503
        4.8  desk    -> ReconnectSession
        4.8  desk    <- ReconnectSession 200
        4.9  desk    -> ChasitorResyncState
        4.9  desk    <- ChasitorResyncState 200
        4.9  desk    -> ChatMessage #1
        4.9  desk    <- ChatMessage 200
        4.9  link    <- 7 delivered 6
        12.0  link    <- 8 Maya Okafor says two
        15.0  agent   <- note: Maya Okafor joined
        15.0  agent   <- visitor: hello
        15.0  agent   <- visitor: one
        15.0  agent   <- agent: two
        "#,
    );
}

#[test]
fn a_chat_moves_twice() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 desk fault hand_over
        3.04 desk fault hand_over
        4 visitor says one
        6 agent says two
        8 agent reads
        "#,
        r#"
        3.0  desk    <- Messages 503
        3.0  desk    -> ReconnectSession
        3.0  desk    <- ReconnectSession 200
        3.0  desk    -> ChasitorResyncState
        3.1  desk    <- Messages 503
        3.1  desk    -> ChasitorResyncState is given up
        3.1  desk    -> ReconnectSession
        3.1  desk    <- ReconnectSession 200
        3.1  desk    -> ChasitorResyncState
        3.1  desk    <- ChasitorResyncState 200
        4.0  link    -> say m2 one
        4.0  link    <- 6 visitor m2 one
        4.0  link    <- accepted m2 6
        4.0  desk    -> ChatMessage #1
        4.0  desk    <- ChatMessage 200
        4.0  link    <- 7 delivered 6
        6.0  link    <- 8 Maya Okafor says two
        8.0  agent   <- note: Maya Okafor joined
        8.0  agent   <- visitor: hello
        8.0  agent   <- visitor: one
        8.0  agent   <- agent: two
        "#,
    );
}

#[test]
fn a_move_in_the_queue_keeps_the_place() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 trace
        3 desk fault hand_over
        6 agent accepts
        8 agent reads
        "#,
        r#"
        3.0  desk    <- Messages 503
        3.0  desk    -> ReconnectSession
        3.0  desk    <- ReconnectSession 200
        3.0  link    <- 4 queued place 1
        3.0  desk    -> ChasitorResyncState
        3.1  desk    <- ChasitorResyncState 200
        6.0  link    <- 5 Maya Okafor joined
        6.0  desk    -> ChatMessage #1
        6.0  desk    <- ChatMessage 200
        6.0  link    <- 6 delivered 1
        8.0  agent   <- note: Maya Okafor joined
        8.0  agent   <- visitor: hello
        "#,
    );
}

#[test]
fn a_chat_that_is_ended_while_it_moves_is_ended_at_the_desk() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 desk fault hand_over
        3 visitor says thanks
        3 visitor ends
        8 agent reads
        "#,
        r#"
        3.0  link    -> say m2 thanks
        3.0  link    <- 6 visitor m2 thanks
        3.0  link    <- accepted m2 6
        3.0  desk    -> ChatMessage #3
        3.0  link    -> end
        3.0  link    <- 7 ended by visitor
        3.0  desk    <- ChatMessage 503
        3.7  desk    -> ChatMessage #3
        3.8  desk    <- ChatMessage 503
        3.8  desk    -> ReconnectSession
        3.8  desk    <- ReconnectSession 200
        3.8  desk    -> ChasitorResyncState
        3.8  desk    <- ChasitorResyncState 200
        3.8  desk    -> ChatMessage #1
        3.8  desk    <- ChatMessage 200
        3.8  link    <- 8 delivered 6
        4.1  desk    -> ChatEnd #2
        4.1  desk    <- ChatEnd 200
        8.0  agent   <- note: Maya Okafor joined
        8.0  agent   <- visitor: hello
        8.0  agent   <- visitor: thanks
        8.0  agent   <- note: The visitor left
        "#,
    );
}

#[test]
fn an_edge_that_dies_in_a_move_finishes_it() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 desk fault delay on ChatMessage
        3 visitor says once only
        3.1 desk fault hand_over
        3.15 edge dies
        50 visitor returns
        60 agent says there you are
        62 agent reads
        "#,
        r#"
        3.0  link    -> say m2 once only
        3.0  link    <- 6 visitor m2 once only
        3.0  link    <- accepted m2 6
        3.0  desk    -> ChatMessage #3
        3.1  desk    <- Messages 503
        3.1  desk    -> ChatMessage is given up
        3.1  desk    -> ReconnectSession
        3.1  desk    <- ReconnectSession 200
        3.1  link    <- 7 delivered 6
        3.1  desk    -> ChasitorResyncState
        3.1  edge dies and comes back
        23.1  desk    -> ChasitorResyncState
        23.2  desk    <- ChasitorResyncState 200
        50.0  link    -> hello after 7
        50.0  link    <- welcome last 7
        60.0  link    <- 8 Maya Okafor says there you are
        62.0  agent   <- note: Maya Okafor joined
        62.0  agent   <- visitor: hello
        62.0  agent   <- visitor: once only
        62.0  agent   <- agent: there you are
        "#,
    );
}

#[test]
fn a_desk_that_fails_to_say_where_the_chat_is_gets_plain_retries() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 desk fault gateway_503 on Messages
        3 desk fault status on ReconnectSession
        3.1 agent says one
        10 agent says two
        11 visitor says three
        13 end
        "#,
        r#"
        3.1  link    <- 6 Maya Okafor says one
        3.1  desk    <- Messages 503
        3.1  desk    -> ReconnectSession
        3.1  desk    <- ReconnectSession 500
        10.0  link    <- 7 Maya Okafor says two
        11.0  link    -> say m2 three
        11.0  link    <- 8 visitor m2 three
        11.0  link    <- accepted m2 8
        11.0  desk    -> ChatMessage #3
        11.0  desk    <- ChatMessage 200
        11.0  link    <- 9 delivered 8
        "#,
    );
}

/// Found by a storm (seed 186): the 405 that follows such a 503 was taken for "nothing has moved".
#[test]
fn a_gateways_503_in_the_middle_of_a_hand_over_does_not_undo_it() {
    let world = tell(
        Desk::LiveAgent,
        "0 visitor opens; 1 visitor says hello; 2 agent accepts
         5 desk fault hand_over; 5 desk fault gateway_503 on Messages
         5.5 visitor says and this; 60 end",
        false,
    );
    let notes: Vec<_> = world.desk.trace().into_iter().filter_map(|entry| entry.note).collect();
    assert!(notes.contains(&"gateway_503") && notes.contains(&"needless_reconnect"), "{notes:?}");
    assert!(!notes.contains(&"post_before_resync"), "{}", world.trace.text());
    let said = world
        .chat()
        .map(|chat| chat.lines.into_iter().filter(|line| line.text == "and this").count());
    assert_eq!(said, Some(1), "{}", world.trace.text());
}

/// Found by a storm (seed 4079): the old `ack` confirmed what the new server had just sent, and its answer was lost.
#[test]
fn an_answer_that_is_lost_after_a_hand_over_comes_again_where_the_desk_counts_anew() {
    let world = tell(
        Desk::LiveAgent,
        "0 visitor opens; 0 desk fault restart_sequence; 1 visitor says hello; 2 agent accepts
         5 desk fault hand_over; 5 agent says missed; 5 desk fault drop_response on Messages; 90 end",
        false,
    );
    let heard = |what: &What| matches!(what, What::Agent { body, .. } if plain(body) == "missed");
    let times = world.seen("link").iter().filter(|event| heard(&event.what)).count();
    assert_eq!(times, 1, "{}", world.trace.text());
}
