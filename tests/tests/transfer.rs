//! Who is there: transfers told apart from ends, conferences, and what else an agent's console does in a chat.

use parlor_tests::story::{Desk, check};

#[test]
fn a_transfer_to_a_queue_is_no_end() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 agent types on
        4 agent transfers
        5 visitor says are you still there?
        9 agent accepts Tomas Vidal
        10 agent says I am
        12 agent reads
        "#,
        r#"
        3.0  link    <- typing on
        4.0  link    <- typing off
        4.0  link    <- 6 transferring
        5.0  link    -> say m2 are you still there?
        5.0  link    <- 7 visitor m2 are you still there?
        5.0  link    <- accepted m2 7
        5.0  desk    -> ChatMessage #3
        5.0  desk    <- ChatMessage 200
        5.0  link    <- 8 delivered 7
        9.0  link    <- 9 Tomas Vidal joined
        10.0  link    <- 10 Tomas Vidal says I am
        12.0  agent   <- note: Maya Okafor joined
        12.0  agent   <- visitor: hello
        12.0  agent   <- note: Maya Okafor put the chat back into the queue
        12.0  agent   <- visitor: are you still there?
        12.0  agent   <- note: Tomas Vidal joined
        12.0  agent   <- agent: I am
        "#,
    );
}

#[test]
fn a_transfer_by_another_name_is_a_transfer() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 desk fault transfer_as
        4 agent transfers
        5 desk fault resumed_after_transfer
        9 agent accepts Tomas Vidal
        10 agent says hello
        11 end
        "#,
        r#"
        4.0  link    <- 6 transferring
        9.0  link    <- 7 Tomas Vidal joined
        10.0  link    <- 8 Tomas Vidal says hello
        "#,
    );
}

#[test]
fn a_transfer_that_nobody_takes_leaves_the_visitor_with_the_truth() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        4 agent transfers
        5 visitor says are you still there?
        9 agent ends agentsUnavailable
        10 end
        "#,
        r#"
        4.0  link    <- 6 transferring
        5.0  link    -> say m2 are you still there?
        5.0  link    <- 7 visitor m2 are you still there?
        5.0  link    <- accepted m2 7
        5.0  desk    -> ChatMessage #3
        5.0  desk    <- ChatMessage 200
        5.0  link    <- 8 delivered 7
        9.0  link    <- 9 unavailable unavailable
        9.0  link    <- 10 ended by nobody
        "#,
    );
}

#[test]
fn agents_who_are_all_gone_in_mid_chat_have_ended_it() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 desk fault agents_gone
        4 end
        "#,
        r#"
        3.0  link    <- 6 ended by agent
        "#,
    );
}

#[test]
fn two_agents_in_a_conference_come_and_go() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 agent joins Tomas Vidal
        4 agent says shall we?
        5 agent leaves Tomas Vidal
        6 agent says so much for that
        7 end
        "#,
        r#"
        3.0  link    <- 6 Tomas Vidal joined
        4.0  link    <- 7 Maya Okafor says shall we?
        5.0  link    <- 8 Tomas Vidal left
        6.0  link    <- 9 Maya Okafor says so much for that
        "#,
    );
}

#[test]
fn every_end_has_its_reason() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 agent ends clientIdleTimeout
        4 end
        "#,
        r#"
        3.0  link    <- 6 ended by idle
        "#,
    );
}

#[test]
fn an_end_for_a_reason_of_tomorrow_is_the_desks() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 desk delivers ChatEnded {"reason":"meteorite"}
        4 end
        "#,
        r#"
        3.0  link    <- 6 ended by desk
        "#,
    );
}

#[test]
fn choices_are_offered_and_one_of_them_is_said() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 agent offers Shall I order it?: Yes | No
        5 visitor says Yes
        7 agent reads
        "#,
        r#"
        3.0  link    <- 6 Maya Okafor says Shall I order it? / [Yes] [No]
        5.0  link    -> say m2 Yes
        5.0  link    <- 7 visitor m2 Yes
        5.0  link    <- accepted m2 7
        5.0  desk    -> ChatMessage #3
        5.0  desk    <- ChatMessage 200
        5.0  link    <- 8 delivered 7
        7.0  agent   <- note: Maya Okafor joined
        7.0  agent   <- visitor: hello
        7.0  agent   <- note: Offered: Shall I order it? [Yes] [No]
        7.0  agent   <- visitor: Yes
        "#,
    );
}

#[test]
fn a_file_that_is_asked_for_is_answered_honestly_to_both_sides() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 agent wants a file
        5 visitor says here it comes
        8 agent reads
        "#,
        r#"
        3.0  link    <- 6 Maya Okafor asks for a file
        3.0  desk    -> ChatMessage #3
        3.0  desk    <- ChatMessage 200
        5.0  link    -> say m2 here it comes
        5.0  link    <- 7 visitor m2 here it comes
        5.0  link    <- accepted m2 7
        5.0  desk    -> ChatMessage #4
        5.0  desk    <- ChatMessage 200
        5.0  link    <- 8 delivered 7
        8.0  agent   <- note: Maya Okafor joined
        8.0  agent   <- visitor: hello
        8.0  agent   <- note: Asked the visitor for a file
        8.0  agent   <- visitor: (Automatic note: files cannot be sent in this chat.)
        8.0  agent   <- visitor: here it comes
        "#,
    );
}

#[test]
fn a_custom_event_is_kept_in_the_log() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 agent marks coupon 10 %
        5 end
        "#,
        r#"
        3.0  link    <- 6 custom coupon 10 %
        "#,
    );
}

#[test]
fn a_late_failure_before_an_agent_is_there_is_one() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        1.5 trace
        3 desk fault async_error
        5 end
        "#,
        r#"
        3.0  link    <- 4 unavailable failed
        3.0  link    <- 5 failed 1 conversation_ended
        3.0  link    <- 6 ended by nobody
        "#,
    );
}

#[test]
fn a_late_failure_in_mid_chat_is_logged_and_no_more() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 desk fault async_error
        4 agent says still here
        5 end
        "#,
        r#"
        4.0  link    <- 6 Maya Okafor says still here
        "#,
    );
}

#[test]
fn a_desk_that_has_moved_is_followed_within_its_own_hosts() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 visitor says one
        4 agent says two
        5 desk fault switch_server_message
        6 visitor says three
        9 agent accepts Tomas Vidal
        12 agent reads
        "#,
        r#"
        3.0  link    -> say m2 one
        3.0  link    <- 6 visitor m2 one
        3.0  link    <- accepted m2 6
        3.0  desk    -> ChatMessage #3
        3.0  desk    <- ChatMessage 200
        3.0  link    <- 7 delivered 6
        4.0  link    <- 8 Maya Okafor says two
        5.0  link    <- 9 transferring
        5.0  desk    -> SessionId at d.la9-c9-sim.salesforceliveagent.com
        5.0  desk    <- SessionId 200
        5.0  desk    -> ChasitorInit #1 at d.la9-c9-sim.salesforceliveagent.com
        5.0  desk    <- ChasitorInit 200
        5.1  link    <- 10 queued place 1 wait 120
        6.0  link    -> say m3 three
        6.0  link    <- 11 visitor m3 three
        6.0  link    <- accepted m3 11
        9.0  link    <- 12 Tomas Vidal joined
        9.0  desk    -> ChatMessage #2 at d.la9-c9-sim.salesforceliveagent.com
        9.0  desk    <- ChatMessage 200
        9.3  desk    -> ChatMessage #3 at d.la9-c9-sim.salesforceliveagent.com
        9.3  desk    <- ChatMessage 200
        9.3  link    <- 13 delivered 11
        12.0  agent   <- note: Tomas Vidal joined
        12.0  agent   <- visitor: Earlier in this conversation:
        Visitor: hello
        Visitor: one
        Maya Okafor: two
        12.0  agent   <- visitor: three
        "#,
    );
}

#[test]
fn a_desk_that_names_a_strangers_host_is_not_followed() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 desk delivers SwitchServer {"newUrl":"https://evil.example/chat"}
        4 desk delivers SwitchServer {"newUrl":"https://d.la9.salesforceliveagent.com.evil.example/chat"}
        5 desk delivers SwitchServer {"newUrl":"http://127.0.0.1:8000/chat"}
        6 agent says still here
        7 visitor says me too
        9 end
        "#,
        r#"
        6.0  link    <- 6 Maya Okafor says still here
        7.0  link    -> say m2 me too
        7.0  link    <- 7 visitor m2 me too
        7.0  link    <- accepted m2 7
        7.0  desk    -> ChatMessage #3
        7.0  desk    <- ChatMessage 200
        7.0  link    <- 8 delivered 7
        "#,
    );
}
