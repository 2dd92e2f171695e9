//! What a conversation is, told with the real core and a simulated desk.
//!
//! Each story is told twice: as it is, and with the core restored from storage before every step that allows it.

use parlor_tests::story::{Desk, check};

#[test]
fn a_message_goes_there_and_an_answer_comes_back() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says Would a new rotor fit?
        5 agent accepts
        6 agent says Which hub?
        7 end
        "#,
        r#"
        0.0  link    -> hello after 0
        0.0  link    <- welcome last 0
        1.0  link    -> say m1 Would a new rotor fit?
        1.0  link    <- 1 visitor m1 Would a new rotor fit?
        1.0  link    <- accepted m1 1
        1.0  link    <- 2 requested
        1.0  desk    -> SessionId
        1.0  desk    <- SessionId 200
        1.0  desk    -> ChasitorInit #1
        1.0  desk    <- ChasitorInit 200
        1.1  link    <- 3 queued place 1 wait 120
        5.0  link    <- 4 Maya Okafor joined
        5.0  desk    -> ChatMessage #2
        5.0  desk    <- ChatMessage 200
        5.0  link    <- 5 delivered 1
        6.0  link    <- 6 Maya Okafor says Which hub?
        "#,
    );
}

#[test]
fn what_is_said_in_the_queue_is_held_and_goes_out_in_order() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says one
        2 visitor says two
        2 visitor says three
        9 agent accepts
        12 end
        "#,
        r#"
        0.0  link    -> hello after 0
        0.0  link    <- welcome last 0
        1.0  link    -> say m1 one
        1.0  link    <- 1 visitor m1 one
        1.0  link    <- accepted m1 1
        1.0  link    <- 2 requested
        1.0  desk    -> SessionId
        1.0  desk    <- SessionId 200
        1.0  desk    -> ChasitorInit #1
        1.0  desk    <- ChasitorInit 200
        1.1  link    <- 3 queued place 1 wait 120
        2.0  link    -> say m2 two
        2.0  link    <- 4 visitor m2 two
        2.0  link    <- accepted m2 4
        2.0  link    -> say m3 three
        2.0  link    <- 5 visitor m3 three
        2.0  link    <- accepted m3 5
        9.0  link    <- 6 Maya Okafor joined
        9.0  desk    -> ChatMessage #2
        9.0  desk    <- ChatMessage 200
        9.0  link    <- 7 delivered 1
        9.3  desk    -> ChatMessage #3
        9.3  desk    <- ChatMessage 200
        9.3  link    <- 8 delivered 4
        9.6  desk    -> ChatMessage #4
        9.6  desk    <- ChatMessage 200
        9.6  link    <- 9 delivered 5
        "#,
    );
}

#[test]
fn a_link_that_returns_gets_what_it_missed_and_no_more() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 visitor leaves
        4 agent says hi
        5 visitor returns
        6 end
        "#,
        r#"
        5.0  link    -> hello after 5
        5.0  link    <- welcome last 6
        5.0  link    <- 6 Maya Okafor says hi
        "#,
    );
}

#[test]
fn a_message_said_without_a_link_goes_out_on_return() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 visitor leaves
        4 visitor says from the tunnel
        9 visitor returns
        10 end
        "#,
        r#"
        9.0  link    -> hello after 5
        9.0  link    <- welcome last 5
        9.0  link    -> say m2 from the tunnel
        9.0  link    <- 6 visitor m2 from the tunnel
        9.0  link    <- accepted m2 6
        9.0  desk    -> ChatMessage #3
        9.0  desk    <- ChatMessage 200
        9.0  link    <- 7 delivered 6
        "#,
    );
}

#[test]
fn a_repeated_id_gets_the_same_acknowledgement_and_reaches_the_desk_once() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 visitor repeats m1
        4 end
        "#,
        r#"
        3.0  link    -> say m1 said again
        3.0  link    <- accepted m1 1
        "#,
    );
}

#[test]
fn two_tabs_show_the_same_conversation() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        0 second opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 second says me too
        4 agent says hi
        5 end
        "#,
        r#"
        3.0  second  -> say m2 me too
        3.0  link    <- 6 visitor m2 me too
        3.0  second  <- 6 visitor m2 me too
        3.0  second  <- accepted m2 6
        3.0  desk    -> ChatMessage #3
        3.0  desk    <- ChatMessage 200
        3.0  link    <- 7 delivered 6
        3.0  second  <- 7 delivered 6
        4.0  link    <- 8 Maya Okafor says hi
        4.0  second  <- 8 Maya Okafor says hi
        "#,
    );
}

#[test]
fn a_reload_brings_everything_back() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 agent says hi
        4 visitor reloads
        5 end
        "#,
        r#"
        3.0  link    <- 6 Maya Okafor says hi
        4.0  link    -> hello after 0
        4.0  link    <- welcome last 6
        4.0  link    <- 1 visitor m1 hello
        4.0  link    <- 2 requested
        4.0  link    <- 3 queued place 1 wait 120
        4.0  link    <- 4 Maya Okafor joined
        4.0  link    <- 5 delivered 1
        4.0  link    <- 6 Maya Okafor says hi
        "#,
    );
}

#[test]
fn whoever_has_said_something_types_no_more() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        3 agent types on
        3.5 trace
        4 agent says hi
        5 visitor leaves
        6 visitor returns
        7 agent types on
        8 visitor leaves
        9 visitor returns
        "#,
        r#"
        4.0  link    <- 6 Maya Okafor says hi
        6.0  link    -> hello after 6
        6.0  link    <- welcome last 6
        7.0  link    <- typing on
        9.0  link    -> hello after 6
        9.0  link    <- welcome last 6
        9.0  link    <- typing on
        "#,
    );
}

#[test]
fn typing_goes_both_ways() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 visitor types on
        4 visitor types off
        5 agent types on
        6 agent says hi
        7 end
        "#,
        r#"
        3.0  link    -> typing on
        3.0  desk    -> ChasitorTyping #3
        3.0  desk    <- ChasitorTyping 200
        4.0  link    -> typing off
        4.0  desk    -> ChasitorNotTyping #4
        4.0  desk    <- ChasitorNotTyping 200
        5.0  link    <- typing on
        6.0  link    <- 6 Maya Okafor says hi
        "#,
    );
}

#[test]
fn the_agent_ends_and_nothing_is_accepted_any_more() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 agent ends
        4 visitor says one more thing
        5 end
        "#,
        r#"
        3.0  link    <- 6 ended by agent
        4.0  link    -> say m2 one more thing
        4.0  link    <- refused m2 conversation_ended
        "#,
    );
}

#[test]
fn the_visitor_ends_and_the_desk_is_told_after_what_was_on_its_way() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 visitor says thanks
        3 visitor says bye
        3 visitor ends
        5 end
        "#,
        r#"
        3.0  link    -> say m2 thanks
        3.0  link    <- 6 visitor m2 thanks
        3.0  link    <- accepted m2 6
        3.0  desk    -> ChatMessage #3
        3.0  link    -> say m3 bye
        3.0  link    <- 7 visitor m3 bye
        3.0  link    <- accepted m3 7
        3.0  link    -> end
        3.0  link    <- 8 ended by visitor
        3.0  desk    <- ChatMessage 200
        3.0  link    <- 9 delivered 6
        3.3  desk    -> ChatMessage #4
        3.3  desk    <- ChatMessage 200
        3.3  link    <- 10 delivered 7
        3.5  desk    -> ChatEnd #5
        3.6  desk    <- ChatEnd 200
        "#,
    );
}

#[test]
fn the_visitor_ends_in_the_queue() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 visitor ends
        5 end
        "#,
        r#"
        0.0  link    -> hello after 0
        0.0  link    <- welcome last 0
        1.0  link    -> say m1 hello
        1.0  link    <- 1 visitor m1 hello
        1.0  link    <- accepted m1 1
        1.0  link    <- 2 requested
        1.0  desk    -> SessionId
        1.0  desk    <- SessionId 200
        1.0  desk    -> ChasitorInit #1
        1.0  desk    <- ChasitorInit 200
        1.1  link    <- 3 queued place 1 wait 120
        2.0  link    -> end
        2.0  link    <- 4 failed 1 conversation_ended
        2.0  desk    -> ChatEnd #2
        2.0  link    <- 5 ended by visitor
        2.0  desk    <- ChatEnd 200
        "#,
    );
}

#[test]
fn nobody_is_there() {
    check(
        Desk::LiveAgent,
        r#"
        0 desk closes
        0 visitor opens
        1 visitor says hello
        3 end
        "#,
        r#"
        0.0  link    -> hello after 0
        0.0  link    <- welcome last 0
        1.0  link    -> say m1 hello
        1.0  link    <- 1 visitor m1 hello
        1.0  link    <- accepted m1 1
        1.0  link    <- 2 requested
        1.0  desk    -> SessionId
        1.0  desk    <- SessionId 200
        1.0  desk    -> ChasitorInit #1
        1.0  desk    <- ChasitorInit 200
        1.1  link    <- 3 unavailable unavailable
        1.1  link    <- 4 failed 1 conversation_ended
        1.1  link    <- 5 ended by nobody
        "#,
    );
}

#[test]
fn leaving_is_not_ending() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 visitor leaves
        300 agent says still there?
        400 visitor returns
        401 end
        "#,
        r#"
        400.0  link    -> hello after 5
        400.0  link    <- welcome last 6
        400.0  link    <- 6 Maya Okafor says still there?
        "#,
    );
}

#[test]
fn a_visitor_who_stays_away_for_longer_than_the_grace_period_is_told_on_return() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 visitor leaves
        700 visitor returns
        701 end
        "#,
        r#"
        603.0  desk    -> ChatEnd #3
        603.0  desk    <- ChatEnd 200
        700.0  link    -> hello after 5
        700.0  link    <- welcome last 6
        700.0  link    <- 6 ended by away
        "#,
    );
}

#[test]
fn an_agent_who_drops_out_is_replaced_by_another() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 agent transfers Tomas Vidal
        6 agent says I have read along
        8 end
        "#,
        r#"
        3.0  link    <- 6 Maya Okafor left
        3.0  link    <- 7 Tomas Vidal joined
        6.0  link    <- 8 Tomas Vidal says I have read along
        "#,
    );
}
