//! Stories at Kustomer: the core, the webhook's door, the index and the bucket, against the simulated desk.

use parlor_tests::story::{Desk, check};

/// The whole way: customer, conversation, the note that the role does not allow, messages in order; the agent joins,
/// answers, withdraws, and is done.
#[test]
fn a_conversation_goes_both_ways_and_ends() {
    check(
        Desk::Kustomer,
        "0 visitor opens; 1 visitor says hello; 2 visitor says are you there
         3 agent assigns; 4 agent replies Hi **there**; 6 agent notes She is angry; 7 agent autoresponds We are closed
         9 agent done; 20 end",
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
        1.1  desk    <- create conversation 201
        1.1  desk    -> create note
        1.1  desk    <- create note 403
        1.1  desk    -> create message
        1.1  desk    <- create message 201
        1.1  desk    -> create message
        1.1  desk    <- create message 201
        1.1  link    <- 3 delivered 1
        2.0  link    -> say m2 are you there
        2.0  link    <- 4 visitor m2 are you there
        2.0  link    <- accepted m2 4
        2.0  desk    -> create message
        2.0  desk    <- create message 201
        2.0  link    <- 5 delivered 4
        3.0  webhook -> conversation.update 200 kept
        3.5  desk    -> read user
        3.5  desk    <- read user 200
        3.5  link    <- 6 Maya Okafor joined
        4.0  webhook -> message.create 200 kept
        4.0  desk    -> read messages
        4.0  desk    <- read messages 200
        4.5  link    <- 7 Maya Okafor says Hi there
        7.0  webhook -> message.create 200 kept
        7.0  desk    -> read messages
        7.0  desk    <- read messages 200
        7.5  desk    -> read user
        7.5  desk    <- read user 200
        7.5  link    <- 8 Workflows says by itself We are closed
        9.0  webhook -> conversation.update 200 kept
        9.5  desk    -> read messages
        9.5  desk    <- read messages 200
        9.5  link    <- 9 ended by agent
        ",
    );
}
