//! A visitor who does not answer an agent: warned, kept, or ended, as the desk's limit has it (30 s, 60 s here).

use parlor_tests::story::{Desk, check};

#[test]
fn a_visitor_who_does_not_answer_is_warned_and_then_ended() {
    check(
        Desk::LiveAgent,
        r#"
        0 desk fault idle_timeout
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        10 agent says are you there?
        75 agent reads
        "#,
        r#"
        10.0  link    <- 6 Maya Okafor says are you there?
        40.0  link    <- idle, ends in 30
        40.0  desk    -> ChasitorIdleTimeoutWarningEvent #3
        40.0  desk    <- ChasitorIdleTimeoutWarningEvent 200
        70.0  desk    -> ChatEnd #4
        70.0  link    <- 7 ended by idle
        70.0  desk    <- ChatEnd 200
        75.0  agent   <- note: Maya Okafor joined
        75.0  agent   <- visitor: hello
        75.0  agent   <- agent: are you there?
        75.0  agent   <- note: The visitor is warned that the chat will end
        75.0  agent   <- note: Ended: clientIdleTimeout
        "#,
    );
}

#[test]
fn an_answer_takes_the_warning_back() {
    check(
        Desk::LiveAgent,
        r#"
        0 desk fault idle_timeout
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        10 agent says are you there?
        45 visitor says yes
        120 end
        "#,
        r#"
        10.0  link    <- 6 Maya Okafor says are you there?
        40.0  link    <- idle, ends in 30
        40.0  desk    -> ChasitorIdleTimeoutWarningEvent #3
        40.0  desk    <- ChasitorIdleTimeoutWarningEvent 200
        45.0  link    -> say m2 yes
        45.0  link    <- 7 visitor m2 yes
        45.0  link    <- accepted m2 7
        45.0  link    <- idle no more
        45.0  desk    -> ChatMessage #4
        45.0  desk    <- ChatMessage 200
        45.0  link    <- 8 delivered 7
        45.3  desk    -> ChasitorIdleTimeoutWarningEvent #5
        45.3  desk    <- ChasitorIdleTimeoutWarningEvent 200
        "#,
    );
}

#[test]
fn a_visitor_who_stays_is_warned_again_later() {
    check(
        Desk::LiveAgent,
        r#"
        0 desk fault idle_timeout
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        10 agent says are you there?
        45 visitor stays
        80 visitor says now I am
        90 end
        "#,
        r#"
        10.0  link    <- 6 Maya Okafor says are you there?
        40.0  link    <- idle, ends in 30
        40.0  desk    -> ChasitorIdleTimeoutWarningEvent #3
        40.0  desk    <- ChasitorIdleTimeoutWarningEvent 200
        45.0  link    -> stay
        45.0  link    <- idle no more
        45.0  desk    -> ChasitorIdleTimeoutWarningEvent #4
        45.0  desk    <- ChasitorIdleTimeoutWarningEvent 200
        75.0  link    <- idle, ends in 30
        75.0  desk    -> ChasitorIdleTimeoutWarningEvent #5
        75.0  desk    <- ChasitorIdleTimeoutWarningEvent 200
        80.0  link    -> say m2 now I am
        80.0  link    <- 7 visitor m2 now I am
        80.0  link    <- accepted m2 7
        80.0  link    <- idle no more
        80.0  desk    -> ChatMessage #6
        80.0  desk    <- ChatMessage 200
        80.0  link    <- 8 delivered 7
        80.3  desk    -> ChasitorIdleTimeoutWarningEvent #7
        80.3  desk    <- ChasitorIdleTimeoutWarningEvent 200
        "#,
    );
}

#[test]
fn without_a_warning_there_is_nothing_to_take_back() {
    check(
        Desk::LiveAgent,
        r#"
        0 desk fault idle_timeout
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        10 visitor stays
        11 agent says are you there?
        20 visitor stays
        55 visitor says yes
        60 end
        "#,
        r#"
        10.0  link    -> stay
        11.0  link    <- 6 Maya Okafor says are you there?
        20.0  link    -> stay
        50.0  link    <- idle, ends in 30
        50.0  desk    -> ChasitorIdleTimeoutWarningEvent #3
        50.0  desk    <- ChasitorIdleTimeoutWarningEvent 200
        55.0  link    -> say m2 yes
        55.0  link    <- 7 visitor m2 yes
        55.0  link    <- accepted m2 7
        55.0  link    <- idle no more
        55.0  desk    -> ChatMessage #4
        55.0  desk    <- ChatMessage 200
        55.0  link    <- 8 delivered 7
        55.3  desk    -> ChasitorIdleTimeoutWarningEvent #5
        55.3  desk    <- ChasitorIdleTimeoutWarningEvent 200
        "#,
    );
}

#[test]
fn each_message_of_the_agents_gives_the_whole_time_again() {
    check(
        Desk::LiveAgent,
        r#"
        0 desk fault idle_timeout
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        10 agent says one
        35 agent says two
        70 visitor says three
        71 end
        "#,
        r#"
        10.0  link    <- 6 Maya Okafor says one
        35.0  link    <- 7 Maya Okafor says two
        65.0  link    <- idle, ends in 30
        65.0  desk    -> ChasitorIdleTimeoutWarningEvent #3
        65.0  desk    <- ChasitorIdleTimeoutWarningEvent 200
        70.0  link    -> say m2 three
        70.0  link    <- 8 visitor m2 three
        70.0  link    <- accepted m2 8
        70.0  link    <- idle no more
        70.0  desk    -> ChatMessage #4
        70.0  desk    <- ChatMessage 200
        70.0  link    <- 9 delivered 8
        70.3  desk    -> ChasitorIdleTimeoutWarningEvent #5
        70.3  desk    <- ChasitorIdleTimeoutWarningEvent 200
        "#,
    );
}

#[test]
fn a_page_that_returns_sees_the_countdown() {
    check(
        Desk::LiveAgent,
        r#"
        0 desk fault idle_timeout
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        10 agent says are you there?
        20 visitor leaves
        50 visitor returns
        52 second opens
        55 visitor says yes
        56 end
        "#,
        r#"
        10.0  link    <- 6 Maya Okafor says are you there?
        40.0  desk    -> ChasitorIdleTimeoutWarningEvent #3
        40.0  desk    <- ChasitorIdleTimeoutWarningEvent 200
        50.0  link    -> hello after 6
        50.0  link    <- welcome last 6
        50.0  link    <- idle, ends in 21
        52.0  second  -> hello after 0
        52.0  second  <- welcome last 6
        52.0  second  <- 1 visitor m1 hello
        52.0  second  <- 2 requested
        52.0  second  <- 3 queued place 1 wait 120
        52.0  second  <- 4 Maya Okafor joined
        52.0  second  <- 5 delivered 1
        52.0  second  <- 6 Maya Okafor says are you there?
        52.0  second  <- idle, ends in 19
        55.0  link    -> say m2 yes
        55.0  link    <- 7 visitor m2 yes
        55.0  second  <- 7 visitor m2 yes
        55.0  link    <- accepted m2 7
        55.0  link    <- idle no more
        55.0  second  <- idle no more
        55.0  desk    -> ChatMessage #4
        55.0  desk    <- ChatMessage 200
        55.0  link    <- 8 delivered 7
        55.0  second  <- 8 delivered 7
        55.3  desk    -> ChasitorIdleTimeoutWarningEvent #5
        55.3  desk    <- ChasitorIdleTimeoutWarningEvent 200
        "#,
    );
}

#[test]
fn an_edge_that_dies_keeps_the_time() {
    check(
        Desk::LiveAgent,
        r#"
        0 desk fault idle_timeout
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        10 agent says are you there?
        20 edge dies
        50 edge dies
        80 visitor returns
        81 end
        "#,
        r#"
        10.0  link    <- 6 Maya Okafor says are you there?
        20.0  edge dies and comes back
        40.0  desk    -> ChasitorIdleTimeoutWarningEvent #3
        40.0  desk    <- ChasitorIdleTimeoutWarningEvent 200
        50.0  edge dies and comes back
        70.0  desk    -> ChatEnd #4
        70.0  desk    <- ChatEnd 200
        80.0  link    -> hello after 6
        80.0  link    <- welcome last 7
        80.0  link    <- 7 ended by idle
        "#,
    );
}

#[test]
fn while_the_chat_is_handed_on_nobody_waits_for_the_visitor() {
    check(
        Desk::LiveAgent,
        r#"
        0 desk fault idle_timeout
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        10 agent says one moment
        20 agent transfers
        90 agent accepts Tomas Vidal
        100 end
        "#,
        r#"
        10.0  link    <- 6 Maya Okafor says one moment
        20.0  link    <- 7 transferring
        90.0  link    <- 8 Tomas Vidal joined
        "#,
    );
}

#[test]
fn the_other_spelling_counts_and_no_member_is_no_limit() {
    check(
        Desk::LiveAgent,
        r#"
        0 desk fault idle_timeout
        0 desk fault idle_spelling
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        10 agent says are you there?
        50 visitor says yes
        60 desk calms
        60 desk fault no_idle_member
        60 agent transfers Tomas Vidal
        61 agent says me too?
        200 end
        "#,
        r#"
        10.0  link    <- 6 Maya Okafor says are you there?
        40.0  link    <- idle, ends in 30
        40.0  desk    -> ChasitorIdleTimeoutWarningEvent #3
        40.0  desk    <- ChasitorIdleTimeoutWarningEvent 200
        50.0  link    -> say m2 yes
        50.0  link    <- 7 visitor m2 yes
        50.0  link    <- accepted m2 7
        50.0  link    <- idle no more
        50.0  desk    -> ChatMessage #4
        50.0  desk    <- ChatMessage 200
        50.0  link    <- 8 delivered 7
        50.3  desk    -> ChasitorIdleTimeoutWarningEvent #5
        50.3  desk    <- ChasitorIdleTimeoutWarningEvent 200
        60.0  link    <- 9 Maya Okafor left
        60.0  link    <- 10 Tomas Vidal joined
        61.0  link    <- 11 Tomas Vidal says me too?
        "#,
    );
}
