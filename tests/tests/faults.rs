//! Bad days between the edge and its desk, one at a time. `live_agent_storms.rs` has them all at once.

use parlor_tests::story::{Desk, check};

#[test]
fn an_answer_that_was_lost_does_not_double_the_message() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 desk fault drop_response on ChatMessage
        3 visitor says once only
        8 end
        "#,
        r#"
        3.0  link    -> say m2 once only
        3.0  link    <- 6 visitor m2 once only
        3.0  link    <- accepted m2 6
        3.0  desk    -> ChatMessage #3
        3.0  desk    <- ChatMessage network
        3.9  desk    -> ChatMessage #3
        4.0  desk    <- ChatMessage 200
        4.0  link    <- 7 delivered 6
        "#,
    );
}

#[test]
fn a_message_that_the_desk_never_saw_is_sent_again_with_its_number() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 desk fault drop_request on ChatMessage
        3 visitor says once only
        8 end
        "#,
        r#"
        3.0  link    -> say m2 once only
        3.0  link    <- 6 visitor m2 once only
        3.0  link    <- accepted m2 6
        3.0  desk    -> ChatMessage #3
        3.0  desk    <- ChatMessage network
        3.9  desk    -> ChatMessage #3
        4.0  desk    <- ChatMessage 200
        4.0  link    <- 7 delivered 6
        "#,
    );
}

#[test]
fn a_web_page_instead_of_ok_is_no_delivery() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 desk fault html_502 x2 on ChatMessage
        3 visitor says hello again
        10 end
        "#,
        r#"
        3.0  link    -> say m2 hello again
        3.0  link    <- 6 visitor m2 hello again
        3.0  link    <- accepted m2 6
        3.0  desk    -> ChatMessage #3
        3.0  desk    <- ChatMessage 502
        3.9  desk    -> ChatMessage #3
        4.0  desk    <- ChatMessage 502
        5.4  desk    -> ChatMessage #3
        5.4  desk    <- ChatMessage 200
        5.4  link    <- 7 delivered 6
        "#,
    );
}

#[test]
fn a_message_that_is_refused_is_seen_to_have_failed_and_the_next_one_goes_out() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 desk fault html_502 x30 on ChatMessage
        3 visitor says into the void
        75 desk calms
        80 visitor retries m2
        83 visitor says me too
        88 end
        "#,
        r#"
        3.0  link    -> say m2 into the void
        3.0  link    <- 6 visitor m2 into the void
        3.0  link    <- accepted m2 6
        3.0  desk    -> ChatMessage #3
        3.0  desk    <- ChatMessage 502
        3.9  desk    -> ChatMessage #3
        4.0  desk    <- ChatMessage 502
        5.4  desk    -> ChatMessage #3
        5.4  desk    <- ChatMessage 502
        7.4  desk    -> ChatMessage #3
        7.4  desk    <- ChatMessage 502
        12.8  desk    -> ChatMessage #3
        12.8  desk    <- ChatMessage 502
        18.4  desk    -> ChatMessage #3
        18.4  desk    <- ChatMessage 502
        27.4  desk    -> ChatMessage #3
        27.4  desk    <- ChatMessage 502
        37.2  desk    -> ChatMessage #3
        37.3  desk    <- ChatMessage 502
        43.7  desk    -> ChatMessage #3
        43.7  desk    <- ChatMessage 502
        50.8  desk    -> ChatMessage #3
        50.8  desk    <- ChatMessage 502
        60.2  desk    -> ChatMessage #3
        60.2  desk    <- ChatMessage 502
        66.1  desk    -> ChatMessage #3
        66.1  desk    <- ChatMessage 502
        66.1  link    <- 7 failed 6 desk_unreachable
        80.0  link    -> retry m2
        80.0  link    <- 8 retried 6
        80.0  link    <- accepted m2 6
        80.0  desk    -> ChatMessage #4
        80.0  desk    <- ChatMessage 409
        80.6  desk    -> ChatMessage #3
        80.6  desk    <- ChatMessage 200
        80.6  link    <- 9 delivered 6
        83.0  link    -> say m3 me too
        83.0  link    <- 10 visitor m3 me too
        83.0  link    <- accepted m3 10
        83.0  desk    -> ChatMessage #4
        83.0  desk    <- ChatMessage 200
        83.0  link    <- 11 delivered 10
        "#,
    );
}

#[test]
fn a_poll_that_answers_with_a_web_page_is_asked_again_and_nothing_is_lost() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 desk fault not_json on Messages
        4 agent says first
        10 agent says second
        14 end
        "#,
        r#"
        4.0  link    <- 6 Maya Okafor says first
        11.5  link    <- 7 Maya Okafor says second
        "#,
    );
}

#[test]
fn a_poll_with_an_empty_body_is_asked_again_and_nothing_is_lost() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 desk fault empty_body on Messages
        4 agent says first
        10 agent says second
        14 end
        "#,
        r#"
        4.0  link    <- 6 Maya Okafor says first
        11.5  link    <- 7 Maya Okafor says second
        "#,
    );
}

#[test]
fn a_huge_poll_is_not_read_and_nothing_is_lost() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 desk fault huge_body on Messages
        4 agent says first
        10 agent says second
        14 end
        "#,
        r#"
        4.0  link    <- 6 Maya Okafor says first
        10.0  desk    <- Messages too_large
        11.5  link    <- 7 Maya Okafor says second
        "#,
    );
}

#[test]
fn a_poll_that_is_cut_short_is_asked_again_and_nothing_is_lost() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 desk fault cut_short on Messages
        4 agent says first
        10 agent says second
        14 end
        "#,
        r#"
        4.0  link    <- 6 Maya Okafor says first
        10.0  desk    <- Messages cut_short
        11.5  link    <- 7 Maya Okafor says second
        "#,
    );
}

#[test]
fn a_batch_that_comes_twice_is_shown_once() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 agent says first
        4 desk fault repeat_last
        8 agent says second
        9 end
        "#,
        r#"
        3.0  link    <- 6 Maya Okafor says first
        8.0  link    <- 7 Maya Okafor says second
        "#,
    );
}

#[test]
fn an_unknown_message_is_skipped_and_its_neighbour_is_not() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 desk fault unknown_message
        4 agent says still here
        5 end
        "#,
        r#"
        4.0  link    <- 6 Maya Okafor says still here
        "#,
    );
}

#[test]
fn typing_that_stops_before_it_starts_shows_none() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 desk fault typing_swapped
        5 end
        "#,
        r#"
        "#,
    );
}

#[test]
fn a_poll_that_broke_is_not_followed_by_a_second_one_beside_it() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 desk fault cut_poll
        4 agent says while you were away
        40 end
        "#,
        r#"
        3.0  desk    <- Messages network
        34.0  link    <- 6 Maya Okafor says while you were away
        "#,
    );
}

#[test]
fn a_half_open_poll_is_given_up_after_the_desk_has_let_go() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 desk fault half_open on Messages
        4 agent says are you there?
        70 end
        "#,
        r#"
        4.0  link    <- 6 Maya Okafor says are you there?
        49.0  desk    <- Messages timeout
        "#,
    );
}

#[test]
fn an_edge_that_dies_picks_up_where_it_was() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 edge dies
        4 agent says did I lose you?
        5 visitor returns
        6 visitor says no
        40 end
        "#,
        r#"
        3.0  edge dies and comes back
        5.0  link    -> hello after 5
        5.0  link    <- welcome last 5
        6.0  link    -> say m2 no
        6.0  link    <- 6 visitor m2 no
        6.0  link    <- accepted m2 6
        6.0  desk    -> ChatMessage #3
        6.0  desk    <- ChatMessage 200
        6.0  link    <- 7 delivered 6
        34.0  link    <- 8 Maya Okafor says did I lose you?
        "#,
    );
}

#[test]
fn an_edge_that_dies_with_a_message_on_its_way_does_not_double_it() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 desk fault delay on ChatMessage
        3 visitor says once only
        4 edge dies
        5 visitor returns
        40 end
        "#,
        r#"
        3.0  link    -> say m2 once only
        3.0  link    <- 6 visitor m2 once only
        3.0  link    <- accepted m2 6
        3.0  desk    -> ChatMessage #3
        4.0  edge dies and comes back
        5.0  link    -> hello after 6
        5.0  link    <- welcome last 6
        5.0  desk    -> ChatMessage #3
        5.0  desk    <- ChatMessage 200
        5.0  link    <- 7 delivered 6
        "#,
    );
}

#[test]
fn a_session_that_the_desk_has_forgotten_ends_the_conversation_and_fails_what_was_not_sent() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 desk fault expire_session
        4 visitor says hello?
        9 end
        "#,
        r#"
        3.0  desk    <- Messages 403
        3.0  link    <- 6 ended by desk
        4.0  link    -> say m2 hello?
        4.0  link    <- refused m2 conversation_ended
        "#,
    );
}

#[test]
fn a_desk_that_is_gone_is_told_to_the_visitor_at_once() {
    check(
        Desk::LiveAgent,
        r#"
        0 desk fault retired
        0 visitor opens
        0.5 trace
        1 visitor says hello
        9 end
        "#,
        r#"
        1.0  link    -> say m1 hello
        1.0  link    <- 1 visitor m1 hello
        1.0  link    <- accepted m1 1
        1.0  link    <- 2 requested
        1.0  desk    -> SessionId
        1.0  desk    <- SessionId 404
        1.0  link    <- 3 failed 1 desk_unreachable
        "#,
    );
}

#[test]
fn a_desk_that_cannot_be_reached_fails_the_message_and_a_retry_tries_again() {
    check(
        Desk::LiveAgent,
        r#"
        0 desk fault html_502 x20 on SessionId
        0 visitor opens
        0.5 trace
        1 visitor says hello
        50 desk calms
        60 visitor retries m1
        62 agent accepts
        63 end
        "#,
        r#"
        1.0  link    -> say m1 hello
        1.0  link    <- 1 visitor m1 hello
        1.0  link    <- accepted m1 1
        1.0  link    <- 2 requested
        1.0  desk    -> SessionId
        1.0  desk    <- SessionId 502
        1.7  desk    -> SessionId
        1.7  desk    <- SessionId 502
        3.6  desk    -> SessionId
        3.6  desk    <- SessionId 502
        6.4  desk    -> SessionId
        6.4  desk    <- SessionId 502
        10.5  desk    -> SessionId
        10.5  desk    <- SessionId 502
        19.4  desk    -> SessionId
        19.5  desk    <- SessionId 502
        25.8  desk    -> SessionId
        25.8  desk    <- SessionId 502
        30.8  desk    -> SessionId
        30.8  desk    <- SessionId 502
        40.5  desk    -> SessionId
        40.5  desk    <- SessionId 502
        40.5  link    <- 3 failed 1 desk_unreachable
        60.0  link    -> retry m1
        60.0  link    <- 4 retried 1
        60.0  link    <- accepted m1 1
        60.0  link    <- 5 requested
        60.0  desk    -> SessionId
        60.0  desk    <- SessionId 200
        60.0  desk    -> ChasitorInit #1
        60.0  desk    <- ChasitorInit 200
        60.1  link    <- 6 queued place 1 wait 120
        62.0  link    <- 7 Maya Okafor joined
        62.0  desk    -> ChatMessage #2
        62.0  desk    <- ChatMessage 200
        62.0  link    <- 8 delivered 1
        "#,
    );
}
