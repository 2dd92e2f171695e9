//! What goes to Kustomer: customer, conversation, note, messages and the end, in both modes.

use parlor_edge::relay::kustomer;
use parlor_tests::{
    story::{Desk, check, check_in},
    world::{Options, World},
};

#[test]
fn the_visitor_ends_and_the_desk_is_told() {
    check(
        Desk::Kustomer,
        "0 visitor opens; 1 visitor says hello; 2 trace; 3 visitor ends; 10 end",
        "
        3.0  link    -> end
        3.0  desk    -> close conversation
        3.0  link    <- 4 ended by visitor
        3.0  desk    <- close conversation 200
        3.0  webhook -> conversation.update 200 kept
        ",
    );
}

#[test]
fn a_desk_that_refuses_to_hear_who_ended_it_hears_that_it_is_done() {
    check(
        Desk::Kustomer,
        "0 visitor opens; 1 visitor says hello; 2 trace; 2.1 desk fault ended_refused
         3 visitor ends; 10 end",
        "
        3.0  link    -> end
        3.0  desk    -> close conversation
        3.0  link    <- 4 ended by visitor
        3.0  desk    <- close conversation 400
        3.0  desk    -> close conversation
        3.0  desk    <- close conversation 200
        3.0  webhook -> conversation.update 200 kept
        ",
    );
}

#[test]
fn an_eager_flow_opens_before_the_first_word() {
    check_in(
        || {
            World::at_kustomer(
                1,
                Options { opening: kustomer::Opening::Eager, ..Options::default() },
            )
        },
        "0 visitor opens; 2 visitor says hello; 5 end",
        "
        0.0  desk    -> find customer
        0.0  link    -> hello after 0
        0.0  link    <- welcome last 1
        0.0  link    <- 1 requested
        0.0  desk    <- find customer 404
        0.0  desk    -> create customer
        0.0  desk    <- create customer 201
        0.0  desk    -> create conversation
        0.1  desk    <- create conversation 201
        0.1  desk    -> create note
        0.1  desk    <- create note 403
        0.1  desk    -> create message
        0.1  desk    <- create message 201
        2.0  link    -> say m1 hello
        2.0  link    <- 2 visitor m1 hello
        2.0  link    <- accepted m1 2
        2.0  desk    -> create message
        2.0  desk    <- create message 201
        2.0  link    <- 3 delivered 2
        ",
    );
}

#[test]
fn the_second_mode_makes_sessions() {
    check_in(
        || World::at_kustomer(1, Options { mode: kustomer::Mode::Chat, ..Options::default() }),
        "0 visitor opens; 1 visitor says hello; 3 agent replies Hi; 5 visitor says and
         7 visitor ends; 20 end",
        "
        0.0  link    -> hello after 0
        0.0  link    <- welcome last 0
        1.0  link    -> say m1 hello
        1.0  link    <- 1 visitor m1 hello
        1.0  link    <- accepted m1 1
        1.0  link    <- 2 requested
        1.0  desk    -> find customer
        1.0  desk    <- find customer 404
        1.0  desk    -> create customer
        1.0  desk    <- create customer 201
        1.0  desk    -> create session
        1.1  desk    <- create session 201
        1.1  desk    -> create note
        1.1  desk    <- create note 403
        1.1  desk    -> create chat message
        1.1  desk    <- create chat message 201
        1.1  desk    -> create chat message
        1.1  desk    <- create chat message 201
        1.1  link    <- 3 delivered 1
        3.0  webhook -> message.create 200 kept
        3.0  desk    -> read messages
        3.0  desk    <- read messages 200
        3.5  desk    -> read user
        3.5  desk    <- read user 200
        3.5  link    <- 4 Maya Okafor says Hi
        5.0  link    -> say m2 and
        5.0  link    <- 5 visitor m2 and
        5.0  link    <- accepted m2 5
        5.0  desk    -> create chat message
        5.0  desk    <- create chat message 201
        5.0  link    <- 6 delivered 5
        7.0  link    -> end
        7.0  desk    -> close conversation
        7.0  link    <- 7 ended by visitor
        7.0  desk    <- close conversation 200
        7.0  webhook -> conversation.update 200 kept
        ",
    );
}

#[test]
fn a_message_of_the_second_mode_is_looked_for_by_its_words() {
    check_in(
        || World::at_kustomer(1, Options { mode: kustomer::Mode::Chat, ..Options::default() }),
        "0 visitor opens; 1 visitor says hi; 2 trace; 2.1 desk fault after_write on *
         3 visitor says hi; 20 end",
        "
        3.0  link    -> say m2 hi
        3.0  link    <- 4 visitor m2 hi
        3.0  link    <- accepted m2 4
        3.0  desk    -> create chat message
        3.0  desk    <- create chat message 500
        3.7  desk    -> find chat message
        3.7  desk    <- find chat message 200
        3.7  link    <- 5 delivered 4
        ",
    );
}

#[test]
fn nothing_was_said_and_nothing_is_opened() {
    check(
        Desk::Kustomer,
        "0 visitor opens; 1 visitor ends; 10 end",
        "
        0.0  link    -> hello after 0
        0.0  link    <- welcome last 0
        1.0  link    -> end
        1.0  link    <- 1 ended by visitor
        ",
    );
}

#[test]
fn a_conversation_that_the_desk_has_lost_is_made_again_once() {
    check(
        Desk::Kustomer,
        "0 visitor opens; 1 visitor says hello; 2 trace; 2.1 desk fault forget_conversation
         3 visitor says second; 3.1 visitor says third; 6 agent replies Hi
         8 desk fault forget_conversation; 9 visitor says fourth; 12 end",
        "
        3.0  link    -> say m2 second
        3.0  link    <- 4 visitor m2 second
        3.0  link    <- accepted m2 4
        3.0  desk    -> create message
        3.0  desk    <- create message 404
        3.0  desk    -> find conversation
        3.0  desk    <- find conversation 404
        3.0  desk    -> create conversation
        3.1  desk    <- create conversation 201
        3.1  desk    -> create message
        3.1  desk    <- create message 201
        3.1  desk    -> create message
        3.1  desk    <- create message 201
        3.1  link    <- 5 delivered 4
        3.1  link    -> say m3 third
        3.1  link    <- 6 visitor m3 third
        3.1  link    <- accepted m3 6
        3.1  desk    -> create message
        3.1  desk    <- create message 201
        3.1  link    <- 7 delivered 6
        6.0  webhook -> message.create 200 kept
        6.0  desk    -> read messages
        6.0  desk    <- read messages 200
        6.5  desk    -> read user
        6.5  desk    <- read user 200
        6.5  link    <- 8 Maya Okafor says Hi
        9.0  link    -> say m4 fourth
        9.0  link    <- 9 visitor m4 fourth
        9.0  link    <- accepted m4 9
        9.0  desk    -> create message
        9.0  desk    <- create message 404
        9.0  link    <- 10 failed 9 desk_refused
        ",
    );
}
