//! Nobody is there: the visitor is told the truth, and gets what the flow allows.

use parlor_edge::conversation::{Nobody, Opening, Way};
use parlor_tests::story::{Desk, check, check_opened};

fn closed(opening: &mut Opening) {
    opening.nobody = Nobody::Closed { text: Some("We are back at nine.".to_owned()) };
}

fn closed_now(opening: &mut Opening) {
    closed(opening);
    opening.nobody_there = true;
}

fn leave_message(opening: &mut Opening) {
    opening.nobody = Nobody::LeaveMessage;
}

fn leave_message_now(opening: &mut Opening) {
    leave_message(opening);
    opening.nobody_there = true;
}

/// Another flow, at the same desk: its agents are another team's.
fn next_flow(opening: &mut Opening) {
    opening.nobody = Nobody::Next(Box::new(Way {
        flow: "others".to_owned(),
        route: opening.route.clone(),
        nobody: Nobody::Closed { text: Some("Nobody anywhere.".to_owned()) },
    }));
}

#[test]
fn a_desk_without_agents_tells_the_flows_text() {
    check_opened(
        Desk::LiveAgent,
        closed,
        r#"
        0 desk closes
        0 visitor opens
        1 visitor says hello
        3 visitor says anybody?
        4 end
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
        1.1  link    <- 3 unavailable unavailable, says We are back at nine.
        1.1  link    <- 4 failed 1 conversation_ended
        1.1  link    <- 5 ended by nobody
        3.0  link    -> say m2 anybody?
        3.0  link    <- refused m2 conversation_ended
        "#,
    );
}

#[test]
fn a_flow_that_is_closed_says_so_before_a_word_is_written() {
    check_opened(
        Desk::LiveAgent,
        closed_now,
        r#"
        0 visitor opens
        1 visitor says hello
        4 end
        "#,
        r#"
        0.0  link    -> hello after 0
        0.0  link    <- welcome last 2
        0.0  link    <- 1 unavailable unavailable, says We are back at nine.
        0.0  link    <- 2 ended by nobody
        1.0  link    -> say m1 hello
        1.0  link    <- refused m1 conversation_ended
        "#,
    );
}

/// A message could not be brought later either.
#[test]
fn a_visitor_who_is_blocked_is_told_that_nobody_takes_it() {
    check_opened(
        Desk::LiveAgent,
        leave_message,
        r#"
        0 desk fault fail_request
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
        1.1  link    <- 3 unavailable blocked
        1.1  link    <- 4 failed 1 conversation_ended
        1.1  link    <- 5 ended by nobody
        "#,
    );
}

#[test]
fn a_message_is_left_and_brought_when_somebody_is_there() {
    check_opened(
        Desk::LiveAgent,
        leave_message,
        r#"
        0 desk closes
        0 visitor opens
        1 visitor says is anybody there?
        3 visitor says then call me back
        4 visitor leaves
        320 desk opens
        2000 agent accepts
        2001 agent says we will
        2003 agent reads
        2010 visitor returns
        2011 end
        "#,
        r#"
        0.0  link    -> hello after 0
        0.0  link    <- welcome last 0
        1.0  link    -> say m1 is anybody there?
        1.0  link    <- 1 visitor m1 is anybody there?
        1.0  link    <- accepted m1 1
        1.0  link    <- 2 requested
        1.0  desk    -> SessionId
        1.0  desk    <- SessionId 200
        1.0  desk    -> ChasitorInit #1
        1.0  desk    <- ChasitorInit 200
        1.1  link    <- 3 unavailable unavailable, takes a message
        3.0  link    -> say m2 then call me back
        3.0  link    <- 4 visitor m2 then call me back
        3.0  link    <- accepted m2 4
        301.1  desk    -> Availability
        301.1  desk    <- Availability 200
        620.8  desk    -> Availability
        620.8  desk    <- Availability 200
        620.8  desk    -> SessionId
        620.9  desk    <- SessionId 200
        620.9  desk    -> ChasitorInit #1
        620.9  desk    <- ChasitorInit 200
        2000.0  desk    -> ChatMessage #2
        2000.0  desk    <- ChatMessage 200
        2000.3  desk    -> ChatMessage #3
        2000.3  desk    <- ChatMessage 200
        2003.0  agent   <- note: Maya Okafor joined
        2003.0  agent   <- visitor: is anybody there?
        2003.0  agent   <- visitor: then call me back
        2003.0  agent   <- agent: we will
        2010.0  link    -> hello after 4
        2010.0  link    <- welcome last 10
        2010.0  link    <- 5 requested
        2010.0  link    <- 6 queued place 1 wait 120
        2010.0  link    <- 7 Maya Okafor joined
        2010.0  link    <- 8 delivered 1
        2010.0  link    <- 9 delivered 4
        2010.0  link    <- 10 Maya Okafor says we will
        "#,
    );
}

#[test]
fn a_message_may_be_left_at_a_desk_that_is_known_to_be_closed() {
    check_opened(
        Desk::LiveAgent,
        leave_message_now,
        r#"
        0 desk closes
        0 visitor opens
        1 visitor says call me back
        100 visitor says please
        200 desk opens
        310 agent accepts
        312 agent reads
        "#,
        r#"
        0.0  link    -> hello after 0
        0.0  link    <- welcome last 1
        0.0  link    <- 1 unavailable unavailable, takes a message
        1.0  link    -> say m1 call me back
        1.0  link    <- 2 visitor m1 call me back
        1.0  link    <- accepted m1 2
        100.0  link    -> say m2 please
        100.0  link    <- 3 visitor m2 please
        100.0  link    <- accepted m2 3
        300.0  desk    -> Availability
        300.0  desk    <- Availability 200
        300.0  link    <- 4 requested
        300.0  desk    -> SessionId
        300.0  desk    <- SessionId 200
        300.0  desk    -> ChasitorInit #1
        300.1  desk    <- ChasitorInit 200
        300.1  link    <- 5 queued place 1 wait 120
        310.0  link    <- 6 Maya Okafor joined
        310.0  desk    -> ChatMessage #2
        310.0  desk    <- ChatMessage 200
        310.0  link    <- 7 delivered 2
        310.3  desk    -> ChatMessage #3
        310.3  desk    <- ChatMessage 200
        310.3  link    <- 8 delivered 3
        312.0  agent   <- note: Maya Okafor joined
        312.0  agent   <- visitor: call me back
        312.0  agent   <- visitor: please
        "#,
    );
}

/// The grace period is for agents who wait.
#[test]
fn a_visitor_who_left_a_message_is_not_away() {
    check_opened(
        Desk::LiveAgent,
        leave_message_now,
        r#"
        0 desk closes
        0 visitor opens
        1 visitor says call me back
        2 visitor leaves
        2000 visitor returns
        2001 visitor says forget it
        2002 visitor ends
        2005 end
        "#,
        r#"
        0.0  link    -> hello after 0
        0.0  link    <- welcome last 1
        0.0  link    <- 1 unavailable unavailable, takes a message
        1.0  link    -> say m1 call me back
        1.0  link    <- 2 visitor m1 call me back
        1.0  link    <- accepted m1 2
        300.0  desk    -> Availability
        300.0  desk    <- Availability 200
        627.0  desk    -> Availability
        627.0  desk    <- Availability 200
        940.9  desk    -> Availability
        940.9  desk    <- Availability 200
        1257.4  desk    -> Availability
        1257.4  desk    <- Availability 200
        1577.2  desk    -> Availability
        1577.2  desk    <- Availability 200
        1887.4  desk    -> Availability
        1887.4  desk    <- Availability 200
        2000.0  link    -> hello after 2
        2000.0  link    <- welcome last 2
        2001.0  link    -> say m2 forget it
        2001.0  link    <- 3 visitor m2 forget it
        2001.0  link    <- accepted m2 3
        2002.0  link    -> end
        2002.0  link    <- 4 failed 2 conversation_ended
        2002.0  link    <- 5 failed 3 conversation_ended
        2002.0  link    <- 6 ended by visitor
        "#,
    );
}

#[test]
fn an_edge_that_dies_keeps_the_message_that_was_left() {
    check_opened(
        Desk::LiveAgent,
        leave_message_now,
        r#"
        0 desk closes
        0 visitor opens
        1 visitor says call me back
        2 edge dies
        200 desk opens
        620 agent accepts
        622 agent reads
        "#,
        r#"
        0.0  link    -> hello after 0
        0.0  link    <- welcome last 1
        0.0  link    <- 1 unavailable unavailable, takes a message
        1.0  link    -> say m1 call me back
        1.0  link    <- 2 visitor m1 call me back
        1.0  link    <- accepted m1 2
        2.0  edge dies and comes back
        300.0  desk    -> Availability
        300.0  desk    <- Availability 200
        300.0  desk    -> SessionId
        300.0  desk    <- SessionId 200
        300.0  desk    -> ChasitorInit #1
        300.1  desk    <- ChasitorInit 200
        620.0  desk    -> ChatMessage #2
        620.0  desk    <- ChatMessage 200
        622.0  agent   <- note: Maya Okafor joined
        622.0  agent   <- visitor: call me back
        "#,
    );
}

#[test]
fn the_next_flow_gets_the_conversation_with_what_was_said() {
    check_opened(
        Desk::LiveAgent,
        next_flow,
        r#"
        0 desk fault fail_request
        0 visitor opens
        1 visitor says hello
        1.02 visitor says is anybody there?
        5 agent accepts
        7 agent reads
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
        1.0  link    -> say m2 is anybody there?
        1.0  link    <- 3 visitor m2 is anybody there?
        1.0  link    <- accepted m2 3
        1.0  desk    <- ChasitorInit 200
        1.1  link    <- 4 requested
        1.1  desk    -> SessionId
        1.1  desk    <- SessionId 200
        1.1  desk    -> ChasitorInit #1
        1.1  desk    <- ChasitorInit 200
        1.1  link    <- 5 queued place 1 wait 120
        5.0  link    <- 6 Maya Okafor joined
        5.0  desk    -> ChatMessage #2
        5.0  desk    <- ChatMessage 200
        5.0  link    <- 7 delivered 1
        5.3  desk    -> ChatMessage #3
        5.3  desk    <- ChatMessage 200
        5.3  link    <- 8 delivered 3
        7.0  agent   <- note: Maya Okafor joined
        7.0  agent   <- visitor: hello
        7.0  agent   <- visitor: is anybody there?
        "#,
    );
}

#[test]
fn the_next_flow_hears_what_others_were_told() {
    check_opened(
        Desk::LiveAgent,
        next_flow,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        3 agent says I hand you on
        4 agent transfers
        5 visitor says fine
        9 agent ends agentsUnavailable
        10 visitor says anybody?
        15 agent accepts Tomas Vidal
        18 agent reads
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
        2.0  link    <- 4 Maya Okafor joined
        2.0  desk    -> ChatMessage #2
        2.0  desk    <- ChatMessage 200
        2.0  link    <- 5 delivered 1
        3.0  link    <- 6 Maya Okafor says I hand you on
        4.0  link    <- 7 transferring
        5.0  link    -> say m2 fine
        5.0  link    <- 8 visitor m2 fine
        5.0  link    <- accepted m2 8
        5.0  desk    -> ChatMessage #3
        5.0  desk    <- ChatMessage 200
        5.0  link    <- 9 delivered 8
        9.0  link    <- 10 requested
        9.0  desk    -> SessionId
        9.0  desk    <- SessionId 200
        9.0  desk    -> ChasitorInit #1
        9.1  desk    <- ChasitorInit 200
        9.1  link    <- 11 queued place 1 wait 120
        10.0  link    -> say m3 anybody?
        10.0  link    <- 12 visitor m3 anybody?
        10.0  link    <- accepted m3 12
        15.0  link    <- 13 Tomas Vidal joined
        15.0  desk    -> ChatMessage #2
        15.0  desk    <- ChatMessage 200
        15.3  desk    -> ChatMessage #3
        15.3  desk    <- ChatMessage 200
        15.3  link    <- 14 delivered 12
        18.0  agent   <- note: Tomas Vidal joined
        18.0  agent   <- visitor: Earlier in this conversation:
        Visitor: hello
        Maya Okafor: I hand you on
        Visitor: fine
        18.0  agent   <- visitor: anybody?
        "#,
    );
}

#[test]
fn nobody_in_the_last_flow_is_the_end() {
    check_opened(
        Desk::LiveAgent,
        next_flow,
        r#"
        0 desk closes
        0 visitor opens
        1 visitor says hello
        4 end
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
        1.1  link    <- 3 requested
        1.1  desk    -> SessionId
        1.1  desk    <- SessionId 200
        1.1  desk    -> ChasitorInit #1
        1.1  desk    <- ChasitorInit 200
        1.1  link    <- 4 unavailable unavailable, says Nobody anywhere.
        1.1  link    <- 5 failed 1 conversation_ended
        1.1  link    <- 6 ended by nobody
        "#,
    );
}

#[test]
fn a_push_that_no_agent_takes_is_nobody_there() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        3 agent ends agentPushTimeout
        4 end
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
        3.0  link    <- 4 unavailable unavailable
        3.0  link    <- 5 failed 1 conversation_ended
        3.0  link    <- 6 ended by nobody
        "#,
    );
}
