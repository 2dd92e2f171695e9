//! One poll, also against the past: what a poll that broke, or a life that ended, leaves hanging at the desk is waited
//! out, and no longer than the desk would wait for us.

use parlor_tests::story::{Desk, check};

#[test]
fn a_poll_that_broke_is_waited_out_for_the_length_of_a_hold() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 agent says one
        10 desk fault abort_unnoticed
        10 desk fault cut_poll
        11 agent says two
        40 end
        "#,
        r#"
        3.0  link    <- 6 Maya Okafor says one
        10.0  desk    <- Messages network
        35.0  link    <- 7 Maya Okafor says two
        "#,
    );
}

/// A desk that holds for less and forgets sooner: waiting 32 s would lose the chat for certain.
#[test]
fn the_wait_is_no_longer_than_the_desks_own_patience() {
    check(
        Desk::LiveAgent,
        r#"
        0 desk limits poll_hold_ms 12000
        0 desk limits connection_timeout_ms 20000
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 agent says one
        10 desk fault cut_poll
        11 agent says two
        40 agent says three
        41 end
        "#,
        r#"
        3.0  link    <- 6 Maya Okafor says one
        10.0  desk    <- Messages network
        21.0  link    <- 7 Maya Okafor says two
        40.0  link    <- 8 Maya Okafor says three
        "#,
    );
}

/// See docs/VENDORS.md, "Two polls lost": a second poll would end the chat for certain where the desk still holds one.
#[test]
fn two_polls_lost_in_a_row_are_both_waited_out_and_the_visitor_is_told_the_end() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 agent says one
        4 desk fault cut_poll
        5 desk fault drop_request on Messages
        6 visitor says are you there?
        100 end
        "#,
        r#"
        3.0  link    <- 6 Maya Okafor says one
        4.0  desk    <- Messages network
        6.0  link    -> say m2 are you there?
        6.0  link    <- 7 visitor m2 are you there?
        6.0  link    <- accepted m2 7
        6.0  desk    -> ChatMessage #3
        6.0  desk    <- ChatMessage 200
        6.0  link    <- 8 delivered 7
        35.0  desk    <- Messages network
        67.0  desk    <- Messages 403
        67.0  link    <- 9 ended by desk
        "#,
    );
}

#[test]
fn an_edge_that_dies_in_a_poll_that_the_desk_still_holds_opens_no_second_one() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 agent says one
        4 desk fault abort_unnoticed
        5 edge dies
        6 agent says two
        7 visitor returns
        8 visitor says three
        40 end
        "#,
        r#"
        3.0  link    <- 6 Maya Okafor says one
        5.0  edge dies and comes back
        7.0  link    -> hello after 6
        7.0  link    <- welcome last 6
        8.0  link    -> say m2 three
        8.0  link    <- 7 visitor m2 three
        8.0  link    <- accepted m2 7
        8.0  desk    -> ChatMessage #3
        8.0  desk    <- ChatMessage 200
        8.0  link    <- 8 delivered 7
        35.0  link    <- 9 Maya Okafor says two
        "#,
    );
}

#[test]
fn a_visitor_who_is_away_misses_nothing_of_what_the_agent_says() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 visitor leaves
        40 agent says one
        200 agent says two
        201 agent types on
        590 agent says three
        595 visitor returns
        596 visitor says I am back
        600 agent reads
        "#,
        r#"
        595.0  link    -> hello after 5
        595.0  link    <- welcome last 8
        595.0  link    <- 6 Maya Okafor says one
        595.0  link    <- 7 Maya Okafor says two
        595.0  link    <- 8 Maya Okafor says three
        596.0  link    -> say m2 I am back
        596.0  link    <- 9 visitor m2 I am back
        596.0  link    <- accepted m2 9
        596.0  desk    -> ChatMessage #3
        596.0  desk    <- ChatMessage 200
        596.0  link    <- 10 delivered 9
        600.0  agent   <- note: Maya Okafor joined
        600.0  agent   <- visitor: hello
        600.0  agent   <- agent: one
        600.0  agent   <- agent: two
        600.0  agent   <- agent: three
        600.0  agent   <- visitor: I am back
        "#,
    );
}
