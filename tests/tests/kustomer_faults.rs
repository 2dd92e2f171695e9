//! What goes wrong on the way to Kustomer, and what becomes of the visitor's messages then.

use parlor_tests::story::{Desk, check};

#[test]
fn a_message_whose_answer_was_lost_is_not_sent_twice() {
    check(
        Desk::Kustomer,
        "0 visitor opens; 1 visitor says hello; 2 trace; 2.1 desk fault after_write
         3 visitor says second; 3.1 visitor says third; 30 end",
        "
        3.0  link    -> say m2 second
        3.0  link    <- 4 visitor m2 second
        3.0  link    <- accepted m2 4
        3.0  desk    -> create message
        3.0  desk    <- create message 500
        3.1  link    -> say m3 third
        3.1  link    <- 5 visitor m3 third
        3.1  link    <- accepted m3 5
        3.7  desk    -> find message
        3.7  desk    <- find message 200
        3.7  link    <- 6 delivered 4
        3.7  desk    -> create message
        3.7  desk    <- create message 201
        3.7  link    <- 7 delivered 5
        ",
    );
}

#[test]
fn a_message_that_was_lost_on_its_way_is_sent_again() {
    check(
        Desk::Kustomer,
        "0 visitor opens; 1 visitor says hello; 2 trace; 2.1 desk fault drop_request
         3 visitor says second; 20 end",
        "
        3.0  link    -> say m2 second
        3.0  link    <- 4 visitor m2 second
        3.0  link    <- accepted m2 4
        3.0  desk    -> create message
        3.0  desk    <- create message network
        3.8  desk    -> find message
        3.8  desk    <- find message 404
        3.8  desk    -> create message
        3.8  desk    <- create message 201
        3.8  link    <- 5 delivered 4
        ",
    );
}

#[test]
fn a_message_that_is_never_answered_is_looked_for() {
    check(
        Desk::Kustomer,
        "0 visitor opens; 1 visitor says hello; 2 trace; 2.1 desk fault half_open
         3 visitor says second; 4 visitor says third; 40 end",
        "
        3.0  link    -> say m2 second
        3.0  link    <- 4 visitor m2 second
        3.0  link    <- accepted m2 4
        3.0  desk    -> create message
        4.0  link    -> say m3 third
        4.0  link    <- 5 visitor m3 third
        4.0  link    <- accepted m3 5
        18.0  desk    <- create message timeout
        18.6  desk    -> find message
        18.7  desk    <- find message 200
        18.7  link    <- 6 delivered 4
        18.7  desk    -> create message
        18.7  desk    <- create message 201
        18.7  link    <- 7 delivered 5
        ",
    );
}

#[test]
fn a_conversation_whose_answer_was_lost_is_made_once() {
    check(
        Desk::Kustomer,
        "0 visitor opens; 0.5 desk fault drop_response on create_conversation
         1 visitor says hello; 40 end",
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
        1.0  desk    -> create conversation
        1.1  desk    <- create conversation network
        1.8  desk    -> find conversation
        1.9  desk    <- find conversation 200
        1.9  desk    -> create note
        1.9  desk    <- create note 403
        1.9  desk    -> create message
        1.9  desk    <- create message 201
        1.9  desk    -> create message
        1.9  desk    <- create message 201
        1.9  link    <- 3 delivered 1
        ",
    );
}

#[test]
fn a_customer_whose_answer_was_lost_is_made_once() {
    check(
        Desk::Kustomer,
        "0 visitor opens; 0.5 desk fault after_write on create_customer; 1 visitor says hello
         40 end",
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
        1.0  desk    <- create customer 500
        2.2  desk    -> find customer
        2.3  desk    <- find customer 200
        2.3  desk    -> create conversation
        2.3  desk    <- create conversation 201
        2.3  desk    -> create note
        2.3  desk    <- create note 403
        2.3  desk    -> create message
        2.3  desk    <- create message 201
        2.3  desk    -> create message
        2.3  desk    <- create message 201
        2.3  link    <- 3 delivered 1
        ",
    );
}

#[test]
fn a_web_page_is_no_delivery() {
    check(
        Desk::Kustomer,
        "0 visitor opens; 1 visitor says hello; 2 trace; 2.1 desk fault not_json
         3 visitor says second; 20 end",
        "
        3.0  link    -> say m2 second
        3.0  link    <- 4 visitor m2 second
        3.0  link    <- accepted m2 4
        3.0  desk    -> create message
        3.0  desk    <- create message 200
        3.7  desk    -> find message
        3.7  desk    <- find message 200
        3.7  link    <- 5 delivered 4
        ",
    );
}

#[test]
fn the_limit_holds_messages_up_and_loses_none() {
    check(
        Desk::Kustomer,
        "0 visitor opens; 1 visitor says hello; 2 trace; 2.1 desk fault limit_429
         3 visitor says second; 3.5 visitor says third; 20 end",
        "
        3.0  link    -> say m2 second
        3.0  link    <- 4 visitor m2 second
        3.0  link    <- accepted m2 4
        3.0  desk    -> create message
        3.0  desk    <- create message held
        3.5  link    -> say m3 third
        3.5  link    <- 5 visitor m3 third
        3.5  link    <- accepted m3 5
        9.5  desk    -> create message
        9.5  desk    <- create message 201
        9.5  link    <- 6 delivered 4
        9.5  desk    -> create message
        9.5  desk    <- create message 201
        9.5  link    <- 7 delivered 5
        ",
    );
}

#[test]
fn others_may_use_the_limit_up() {
    check(
        Desk::Kustomer,
        "0 visitor opens; 1 visitor says hello; 2 trace; 2.1 desk fault org_busy
         3 visitor says second; 100 end",
        "
        3.0  link    -> say m2 second
        3.0  link    <- 4 visitor m2 second
        3.0  link    <- accepted m2 4
        3.0  desk    -> create message
        3.0  desk    <- create message held
        62.5  desk    -> create message
        62.5  desk    <- create message 201
        62.5  link    <- 5 delivered 4
        ",
    );
}

#[test]
fn a_refused_key_is_tried_until_an_admin_has_mended_it() {
    check(
        Desk::Kustomer,
        "0 visitor opens; 1 visitor says hello; 2 trace; 2.1 desk fault key_expired
         3 visitor says second; 40 desk calms; 60 end",
        "
        3.0  link    -> say m2 second
        3.0  link    <- 4 visitor m2 second
        3.0  link    <- accepted m2 4
        3.0  desk    -> create message
        3.0  desk    <- create message 401
        18.0  desk    -> create message
        18.0  desk    <- create message 401
        33.0  desk    -> create message
        33.1  desk    <- create message 401
        48.1  desk    -> create message
        48.1  desk    <- create message 201
        48.1  link    <- 5 delivered 4
        ",
    );
}

#[test]
fn a_key_that_stays_refused_fails_the_message_and_a_retry_goes_through() {
    check(
        Desk::Kustomer,
        "0 visitor opens; 0.5 desk fault key_expired; 0.6 visitor says hello; 110 trace
         200 desk calms; 210 visitor retries m1; 230 end",
        "
        120.8  desk    -> find customer
        120.8  desk    <- find customer 401
        120.8  link    <- 3 failed 1 desk_refused
        210.0  link    -> retry m1
        210.0  link    <- 4 retried 1
        210.0  link    <- accepted m1 1
        210.0  link    <- 5 requested
        210.0  desk    -> find customer
        210.0  desk    <- find customer 404
        210.0  desk    -> create customer
        210.0  desk    <- create customer 201
        210.0  desk    -> create conversation
        210.1  desk    <- create conversation 201
        210.1  desk    -> create note
        210.1  desk    <- create note 403
        210.1  desk    -> create message
        210.1  desk    <- create message 201
        210.1  desk    -> find message
        210.1  desk    <- find message 404
        210.1  desk    -> create message
        210.1  desk    <- create message 201
        210.1  link    <- 6 delivered 1
        ",
    );
}

#[test]
fn a_wrong_region_is_told_at_once() {
    check(
        Desk::Kustomer,
        "0 visitor opens; 0.5 desk fault wrong_pod; 1 visitor says hello; 5 end",
        "
        0.0  link    -> hello after 0
        0.0  link    <- welcome last 0
        1.0  link    -> say m1 hello
        1.0  link    <- 1 visitor m1 hello
        1.0  link    <- accepted m1 1
        1.0  link    <- 2 requested
        1.0  desk    -> find customer
        1.0  desk    <- find customer 401
        1.0  link    <- 3 failed 1 desk_refused
        ",
    );
}

#[test]
fn a_desk_that_is_broken_for_longer_fails_what_waits() {
    check(
        Desk::Kustomer,
        "0 visitor opens; 1 visitor says hello; 2 trace; 2.1 desk fault status x50 on *
         3 visitor says second; 4 visitor says third; 100 end",
        "
        3.0  link    -> say m2 second
        3.0  link    <- 4 visitor m2 second
        3.0  link    <- accepted m2 4
        3.0  desk    -> create message
        3.0  desk    <- create message 500
        3.7  desk    -> find message
        3.7  desk    <- find message 500
        4.0  link    -> say m3 third
        4.0  link    <- 5 visitor m3 third
        4.0  link    <- accepted m3 5
        5.3  desk    -> find message
        5.3  desk    <- find message 500
        9.1  desk    -> find message
        9.1  desk    <- find message 500
        13.4  desk    -> find message
        13.4  desk    <- find message 500
        26.7  desk    -> find message
        26.8  desk    <- find message 500
        53.9  desk    -> find message
        53.9  desk    <- find message 500
        64.0  desk    -> read messages
        64.0  desk    <- read messages 500
        64.6  desk    -> read messages
        64.7  desk    <- read messages 500
        66.1  desk    -> read messages
        66.1  desk    <- read messages 500
        68.7  desk    -> read messages
        68.7  desk    <- read messages 500
        75.9  desk    -> find message
        75.9  desk    <- find message 500
        75.9  link    <- 6 failed 4 desk_unreachable
        75.9  link    <- 7 failed 5 desk_unreachable
        ",
    );
}
