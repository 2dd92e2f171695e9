//! What Kustomer brings: webhooks in disorder, twice, late, foreign or not at all, and what the visitor sees of it.

use parlor_tests::{
    story::{Desk, check, check_in},
    world::{Options, World},
};

#[test]
fn an_unassigned_agents_going_is_told_after_a_restart_too() {
    check(
        Desk::Kustomer,
        "0 visitor opens; 1 visitor says hello; 1.9 trace; 2 agent assigns Maya Okafor
         4 agent assigns Tom; 6 agent unassigns; 10 end",
        "
        2.0  webhook -> conversation.update 200 kept
        2.5  desk    -> read user
        2.5  desk    <- read user 200
        2.5  link    <- 4 Maya Okafor joined
        4.0  webhook -> conversation.update 200 kept
        4.5  desk    -> read user
        4.5  desk    <- read user 200
        4.5  link    <- 5 Maya Okafor left
        4.5  link    <- 6 Tom joined
        6.0  webhook -> conversation.update 200 kept
        6.5  link    <- 7 Tom left
        ",
    );
}

/// The desk's list has those whose events are late: they are told in their place, and their events change nothing.
#[test]
fn a_delivery_that_is_later_than_the_window_is_shown_in_its_place() {
    check(
        Desk::Kustomer,
        "0 visitor opens; 1 visitor says hello; 1.5 agent assigns; 2.5 trace
         2.8 desk fault scatter; 3 agent replies one; 3.1 agent replies two
         3.2 agent replies three; 10 end",
        "
        3.8  webhook -> message.create 200 kept
        3.8  desk    -> read messages
        3.8  desk    <- read messages 200
        3.8  link    <- 5 Maya Okafor says one
        3.8  link    <- 6 Maya Okafor says two
        4.3  link    <- 7 Maya Okafor says three
        4.4  webhook -> message.create 200 kept
        4.8  webhook -> message.create 200 kept
        ",
    );
}

/// Without the list nobody knows that something is missing. The log is only appended to.
#[test]
fn where_the_list_cannot_be_read_a_late_delivery_is_shown_late_and_not_lost() {
    check(
        Desk::Kustomer,
        "0 visitor opens; 1 visitor says hello; 1.5 agent assigns; 2.5 trace
         2.6 desk fault html_502 x3 on list_messages
         2.8 desk fault scatter; 3 agent replies one; 3.1 agent replies two
         3.2 agent replies three; 10 end",
        "
        3.8  webhook -> message.create 200 kept
        3.8  desk    -> read messages
        3.8  desk    <- read messages 502
        4.3  link    <- 5 Maya Okafor says three
        4.4  webhook -> message.create 200 kept
        4.4  desk    -> read messages
        4.5  desk    <- read messages 502
        4.8  webhook -> message.create 200 kept
        4.8  desk    -> read messages
        4.8  desk    <- read messages 502
        4.9  link    <- 6 Maya Okafor says one
        4.9  link    <- 7 Maya Okafor says two
        ",
    );
}

/// A list that does not come holds a message up for a moment and no longer.
#[test]
fn a_message_does_not_wait_long_for_the_list() {
    check(
        Desk::Kustomer,
        "0 visitor opens; 1 visitor says hello; 1.5 agent assigns; 2.5 trace
         2.6 desk fault half_open on list_messages; 3 agent replies one; 10 end",
        "
        3.0  webhook -> message.create 200 kept
        3.0  desk    -> read messages
        6.0  desk    <- read messages timeout
        6.0  link    <- 5 Maya Okafor says one
        ",
    );
}

#[test]
fn events_that_come_twice_are_told_once() {
    check(
        Desk::Kustomer,
        "0 visitor opens; 1 visitor says hello; 1.9 trace; 2 desk fault twice_always
         2.1 desk fault fresh_event_ids; 3 agent assigns; 4 agent replies one; 6 agent done
         20 end",
        "
        3.0  webhook -> conversation.update 200 kept
        3.0  webhook -> conversation.update 200 known
        3.5  desk    -> read user
        3.5  desk    <- read user 200
        3.5  link    <- 4 Maya Okafor joined
        4.0  webhook -> message.create 200 kept
        4.0  desk    -> read messages
        4.0  webhook -> message.create 200 known
        4.0  desk    <- read messages 200
        4.5  link    <- 5 Maya Okafor says one
        6.0  webhook -> conversation.update 200 kept
        6.0  webhook -> conversation.update 200 known
        6.5  desk    -> read messages
        6.5  desk    <- read messages 200
        6.5  link    <- 6 ended by agent
        ",
    );
}

#[test]
fn members_that_are_missing_are_not_missed() {
    check(
        Desk::Kustomer,
        "0 visitor opens; 1 visitor says hello; 1.9 trace; 2 desk fault sparse_events
         2.1 desk fault no_changes; 2.2 desk fault plural_customer; 3 agent assigns
         4 agent replies Hi; 5 visitor says more; 8 agent done; 20 end",
        "
        3.0  webhook -> conversation.update 200 kept
        3.5  desk    -> read user
        3.5  desk    <- read user 200
        3.5  link    <- 4 Maya Okafor joined
        4.0  webhook -> message.create 200 kept
        4.0  webhook -> conversation.update 200 kept
        4.0  desk    -> read messages
        4.0  desk    <- read messages 200
        4.5  link    <- 5 Maya Okafor says Hi
        5.0  link    -> say m2 more
        5.0  link    <- 6 visitor m2 more
        5.0  link    <- accepted m2 6
        5.0  desk    -> create message
        5.0  desk    <- create message 201
        5.0  link    <- 7 delivered 6
        5.0  webhook -> conversation.update 200 kept
        8.0  webhook -> conversation.update 200 kept
        8.5  desk    -> read messages
        8.5  desk    <- read messages 200
        8.5  link    <- 8 ended by agent
        ",
    );
}

#[test]
fn a_shortened_text_is_read_again() {
    check(
        Desk::Kustomer,
        "0 visitor opens; 1 visitor says hello; 1.9 trace; 2 desk fault truncated_preview
         3 agent replies This is a long text that does not fit into twenty; 10 end",
        "
        3.0  webhook -> message.create 200 kept
        3.0  desk    -> read messages
        3.0  desk    <- read messages 200
        3.5  desk    -> read message
        3.5  desk    <- read message 200
        3.5  desk    -> read user
        3.5  desk    <- read user 200
        3.5  link    <- 4 Maya Okafor says This is a long text that does not fit into twenty
        ",
    );
}

#[test]
fn the_whole_text_goes_before_the_preview() {
    check(
        Desk::Kustomer,
        "0 visitor opens; 1 visitor says hello; 1.9 trace; 2 desk fault body_in_meta
         3 agent replies This is a long text that does not fit into twenty; 10 end",
        "
        3.0  webhook -> message.create 200 kept
        3.0  desk    -> read messages
        3.0  desk    <- read messages 200
        3.5  desk    -> read user
        3.5  desk    <- read user 200
        3.5  link    <- 4 Maya Okafor says This is a long text that does not fit into twenty
        ",
    );
}

#[test]
fn events_that_are_not_for_us_change_nothing() {
    check(
        Desk::Kustomer,
        "0 visitor opens; 1 visitor says hello; 2 agent replies Hi; 2.9 trace
         3 desk fault replay_event; 4 desk fault stale_event; 5 desk fault forged_event
         6 desk fault unsigned_event; 7 desk fault foreign_event
         8 desk fault foreign_conversation; 9 desk fault unknown_event
         10 desk fault garbage_event; 11 desk fault huge_event; 12 desk fault failed_reply
         12.1 agent replies lost; 20 end",
        "
        3.0  webhook -> message.create 200 known
        4.0  webhook -> message.create 200 webhook_stale
        5.0  webhook -> message.create 401 unsigned
        6.0  webhook -> message.create 401 unsigned
        7.0  webhook -> message.create 200 webhook_of_other_organization
        8.0  webhook -> message.create 200 kept
        9.0  webhook -> kobject.create 200 webhook_other_event
        10.0  webhook -> message.create 200 webhook_malformed
        11.0  webhook -> message.create 413 too_large
        12.1  webhook -> message.create 200 desk_message_failed
        ",
    );
}

#[test]
fn a_withdrawn_message_loses_its_words_for_those_who_come_later_too() {
    check_in(
        || {
            World::at_kustomer(
                1,
                Options { events: EVENTS.map(str::to_owned).to_vec(), ..Options::default() },
            )
        },
        "0 visitor opens; 1 visitor says hello; 3 agent replies My card is 4111; 4 trace
         5 agent redacts; 10 visitor reloads; 20 end",
        "
        5.0  webhook -> message.update 200 kept
        5.5  link    <- 5 redacted 4
        10.0  link    -> hello after 0
        10.0  link    <- welcome last 5
        10.0  link    <- 1 visitor m1 hello
        10.0  link    <- 2 requested
        10.0  link    <- 3 delivered 1
        10.0  link    <- 4 Maya Okafor says
        10.0  link    <- 5 redacted 4
        10.0  desk    -> read messages
        10.0  desk    <- read messages 200
        10.0  desk    -> read conversation
        10.0  desk    <- read conversation 200
        ",
    );
}

#[test]
fn a_withdrawn_message_is_found_by_reading_where_no_event_says_it() {
    check(
        Desk::Kustomer,
        "0 visitor opens; 1 visitor says hello; 3 agent replies My card is 4111; 4 trace
         5 agent redacts; 80 end",
        "
        63.0  desk    -> read messages
        63.0  desk    <- read messages 200
        63.0  link    <- 5 redacted 4
        63.0  desk    -> read conversation
        63.0  desk    <- read conversation 200
        ",
    );
}

#[test]
fn an_agent_takes_an_ended_conversation_up_again() {
    check(
        Desk::Kustomer,
        "0 visitor opens; 1 visitor says hello; 3 agent replies Hi; 4 trace; 5 agent done
         8 agent reopens; 9 visitor says more; 11 agent replies yes; 20 end",
        "
        5.0  webhook -> conversation.update 200 kept
        5.5  desk    -> read messages
        5.5  desk    <- read messages 200
        5.5  link    <- 5 ended by agent
        8.0  webhook -> conversation.update 200 kept
        8.5  link    <- 6 reopened
        9.0  link    -> say m2 more
        9.0  link    <- 7 visitor m2 more
        9.0  link    <- accepted m2 7
        9.0  desk    -> create message
        9.0  desk    <- create message 201
        9.0  link    <- 8 delivered 7
        11.0  webhook -> message.create 200 kept
        11.0  desk    -> read messages
        11.0  desk    <- read messages 200
        11.5  link    <- 9 Maya Okafor says yes
        ",
    );
}

#[test]
fn a_done_conversation_goes_on_where_the_flow_says_so() {
    check_in(
        || World::at_kustomer(1, Options { reopen: true, ..Options::default() }),
        "0 visitor opens; 1 visitor says hello; 2 agent assigns; 3 agent replies Hi; 4 trace
         5 agent done; 10 visitor says more; 12 agent replies yes; 20 end",
        "
        5.0  webhook -> conversation.update 200 kept
        5.5  desk    -> read messages
        5.5  desk    <- read messages 200
        5.5  link    <- 6 Maya Okafor left
        10.0  link    -> say m2 more
        10.0  link    <- 7 visitor m2 more
        10.0  link    <- accepted m2 7
        10.0  desk    -> create message
        10.0  desk    <- create message 201
        10.0  link    <- 8 delivered 7
        10.0  webhook -> conversation.update 200 kept
        10.5  link    <- 9 Maya Okafor joined
        12.0  webhook -> message.create 200 kept
        12.0  desk    -> read messages
        12.0  desk    <- read messages 200
        12.5  link    <- 10 Maya Okafor says yes
        ",
    );
}

#[test]
fn what_no_webhook_brought_is_found_and_an_admin_is_warned_until_events_return() {
    check(
        Desk::Kustomer,
        "0 visitor opens; 1 visitor says hello; 2 trace; 3 desk silences; 3.1 agent replies one
         90 desk speaks; 100 agent replies two; 110 end",
        "
        61.1  desk    -> read messages
        61.1  desk    <- read messages 200
        61.1  desk    -> read conversation
        61.2  desk    <- read conversation 200
        61.2  admin   <- warns webhook_silent on
        61.2  desk    -> read user
        61.2  desk    <- read user 200
        61.2  link    <- 4 Maya Okafor says one
        100.0  webhook -> message.create 200 kept
        100.0  admin   <- warns webhook_silent off
        100.0  desk    -> read messages
        100.0  desk    <- read messages 200
        100.5  link    <- 5 Maya Okafor says two
        ",
    );
}

#[test]
fn an_end_that_no_webhook_brought_is_found() {
    check(
        Desk::Kustomer,
        "0 visitor opens; 1 visitor says hello; 2 trace; 3 desk silences; 3.1 agent replies bye
         4 agent done; 80 end",
        "
        61.1  desk    -> read messages
        61.1  desk    <- read messages 200
        61.1  desk    -> read conversation
        61.2  desk    <- read conversation 200
        61.2  admin   <- warns webhook_silent on
        61.2  desk    -> read user
        61.2  desk    <- read user 200
        61.2  link    <- 4 Maya Okafor says bye
        61.2  link    <- 5 ended by agent
        ",
    );
}

#[test]
fn who_comes_back_after_a_day_reads_what_was_said() {
    check(
        Desk::Kustomer,
        "0 visitor opens; 1 visitor says hello; 2 visitor leaves; 2.1 trace
         700 agent replies Hi; 800 desk silences; 801 agent replies still there
         90000 visitor returns; 90010 end",
        "
        700.0  webhook -> message.create 200 kept
        700.0  desk    -> read messages
        700.0  desk    <- read messages 200
        700.5  desk    -> read user
        700.5  desk    <- read user 200
        90000.0  link    -> hello after 3
        90000.0  link    <- welcome last 4
        90000.0  link    <- 4 Maya Okafor says Hi
        90000.0  desk    -> read messages
        90000.0  desk    <- read messages 200
        90000.0  desk    -> read conversation
        90000.0  desk    <- read conversation 200
        90000.0  admin   <- warns webhook_silent on
        90000.0  desk    -> read user
        90000.1  desk    <- read user 200
        90000.1  link    <- 5 Maya Okafor says still there
        ",
    );
}

#[test]
fn a_reply_is_told_across_a_kill() {
    check(
        Desk::Kustomer,
        "0 visitor opens; 1 visitor says hello; 2 trace; 3 agent replies Hi; 3.2 edge dies
         4 visitor returns; 20 end",
        "
        3.0  webhook -> message.create 200 kept
        3.0  desk    -> read messages
        3.0  desk    <- read messages 200
        3.2  edge dies and comes back
        3.5  desk    -> read user
        3.5  desk    <- read user 200
        4.0  link    -> hello after 3
        4.0  link    <- welcome last 4
        4.0  link    <- 4 Maya Okafor says Hi
        4.0  desk    -> read messages
        4.0  desk    <- read messages 200
        4.0  desk    -> read conversation
        4.0  desk    <- read conversation 200
        ",
    );
}

#[test]
fn an_agent_without_a_readable_name_answers_all_the_same() {
    check(
        Desk::Kustomer,
        "0 visitor opens; 1 visitor says hello; 1.9 trace; 2 desk fault missing_role
         3 agent replies Hi; 4 agent replies again; 10 end",
        "
        3.0  webhook -> message.create 200 kept
        3.0  desk    -> read messages
        3.0  desk    <- read messages 200
        3.5  desk    -> read user
        3.5  desk    <- read user 403
        3.5  link    <- 4 Agent says Hi
        4.0  webhook -> message.create 200 kept
        4.0  desk    -> read messages
        4.0  desk    <- read messages 200
        4.5  link    <- 5 Agent says again
        ",
    );
}

const EVENTS: [&str; 3] =
    ["kustomer.message.create", "kustomer.message.update", "kustomer.conversation.update"];
