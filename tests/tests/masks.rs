//! What must not leave the visitor's side does not, and what is not sent is seen by those only who may.

use parlor_edge::conversation::Opening;
use parlor_tests::story::{Desk, check, check_opened};

/// The hub wants it, and the visitor has ticked the consent.
fn consented(opening: &mut Opening) {
    opening.sneak_peek = true;
}

#[test]
fn a_card_number_is_masked_before_it_leaves_and_the_rule_is_reported() {
    check(
        Desk::LiveAgent,
        r#"
        0 desk fault sensitive_rules
        0 visitor opens
        1 visitor says my card is 4111 1111 1111 1111, thanks
        2 agent accepts
        4 visitor says and no number here
        6 agent reads
        "#,
        r#"
        0.0  link    -> hello after 0
        0.0  link    <- welcome last 0
        1.0  link    -> say m1 my card is 4111 1111 1111 1111, thanks
        1.0  link    <- 1 visitor m1 my card is 4111 1111 1111 1111, thanks
        1.0  link    <- accepted m1 1
        1.0  link    <- 2 requested
        1.0  desk    -> SessionId
        1.0  desk    <- SessionId 200
        1.0  desk    -> ChasitorInit #1
        1.0  desk    <- ChasitorInit 200
        1.1  link    <- 3 queued place 1 wait 120
        2.0  link    <- 4 Maya Okafor joined
        2.0  link    <- 5 hidden 1
        2.0  desk    -> ChatMessage #2
        2.0  desk    <- ChatMessage 200
        2.0  link    <- 6 delivered 1
        2.3  desk    -> SensitiveDataRuleTriggered #3
        2.3  desk    <- SensitiveDataRuleTriggered 200
        4.0  link    -> say m2 and no number here
        4.0  link    <- 7 visitor m2 and no number here
        4.0  link    <- accepted m2 7
        4.0  desk    -> ChatMessage #4
        4.0  desk    <- ChatMessage 200
        4.0  link    <- 8 delivered 7
        6.0  agent   <- note: Maya Okafor joined
        6.0  agent   <- visitor: my card is ****, thanks
        6.0  agent   <- note: Masked by rule: Card numbers
        6.0  agent   <- visitor: and no number here
        "#,
    );
}

#[test]
fn rules_that_come_in_mid_chat_count_from_then_on() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says 4111 1111 1111 1111
        2 agent accepts
        3 desk fault sensitive_rules_message
        4 trace
        4 visitor says 4111 1111 1111 1111
        6 agent reads
        "#,
        r#"
        4.0  link    -> say m2 4111 1111 1111 1111
        4.0  link    <- 6 visitor m2 4111 1111 1111 1111
        4.0  link    <- accepted m2 6
        4.0  link    <- 7 hidden 6
        4.0  desk    -> ChatMessage #3
        4.0  desk    <- ChatMessage 200
        4.0  link    <- 8 delivered 6
        4.3  desk    -> SensitiveDataRuleTriggered #4
        4.3  desk    <- SensitiveDataRuleTriggered 200
        6.0  agent   <- note: Maya Okafor joined
        6.0  agent   <- visitor: 4111 1111 1111 1111
        6.0  agent   <- visitor: ****
        6.0  agent   <- note: Masked by rule: Card numbers
        "#,
    );
}

#[test]
fn a_masked_message_is_tried_again_as_it_was_and_a_rule_of_no_use_stops_nothing() {
    check(
        Desk::LiveAgent,
        r#"
        0 desk fault sensitive_rules
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 desk fault status on ChatMessage
        3 visitor says 4111 1111 1111 1111
        3.2 desk delivers SensitiveDataRules {"sensitiveDataRules":[]}
        4 desk delivers SensitiveDataRules {"sensitiveDataRules":[{"id":"0GO000000000002","name":"Look","pattern":"(?=x)y","replacement":"z","actionType":"Replace"}]}
        5 visitor says xy
        8 agent reads
        "#,
        r#"
        3.0  link    -> say m2 4111 1111 1111 1111
        3.0  link    <- 6 visitor m2 4111 1111 1111 1111
        3.0  link    <- accepted m2 6
        3.0  link    <- 7 hidden 6
        3.0  desk    -> ChatMessage #3
        3.0  desk    <- ChatMessage 500
        3.9  desk    -> ChatMessage #3
        4.0  desk    <- ChatMessage 200
        4.0  link    <- 8 delivered 6
        4.2  desk    -> SensitiveDataRuleTriggered #4
        4.2  desk    <- SensitiveDataRuleTriggered 200
        5.0  link    -> say m3 xy
        5.0  link    <- 9 visitor m3 xy
        5.0  link    <- accepted m3 9
        5.0  desk    -> ChatMessage #5
        5.0  desk    <- ChatMessage 200
        5.0  link    <- 10 delivered 9
        8.0  agent   <- note: Maya Okafor joined
        8.0  agent   <- visitor: hello
        8.0  agent   <- visitor: ****
        8.0  agent   <- note: Masked by rule: Card numbers
        8.0  agent   <- visitor: xy
        "#,
    );
}

#[test]
fn unsent_text_is_shown_where_hub_visitor_and_desk_agree() {
    check_opened(
        Desk::LiveAgent,
        consented,
        r#"
        0 desk fault sneak_peek
        0 visitor opens
        1 visitor says hello
        1.5 visitor peeks too early
        2 agent accepts
        3 visitor peeks Would a n
        4 visitor peeks Would a new rotor
        5 visitor says Would a new rotor fit?
        7 visitor peeks 4111 1111
        8 agent transfers
        9 visitor peeks more
        10 agent reads
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
        1.5  link    -> peek too early
        2.0  link    <- 4 Maya Okafor joined
        2.0  link    <- capabilities
        2.0  desk    -> ChatMessage #2
        2.0  desk    <- ChatMessage 200
        2.0  link    <- 5 delivered 1
        3.0  link    -> peek Would a n
        3.0  desk    -> ChasitorSneakPeek #3
        3.0  desk    <- ChasitorSneakPeek 200
        4.0  link    -> peek Would a new rotor
        4.0  desk    -> ChasitorSneakPeek #4
        4.0  desk    <- ChasitorSneakPeek 200
        5.0  link    -> say m2 Would a new rotor fit?
        5.0  link    <- 6 visitor m2 Would a new rotor fit?
        5.0  link    <- accepted m2 6
        5.0  desk    -> ChatMessage #5
        5.0  desk    <- ChatMessage 200
        5.0  link    <- 7 delivered 6
        7.0  link    -> peek 4111 1111
        7.0  desk    -> ChasitorSneakPeek #6
        7.0  desk    <- ChasitorSneakPeek 200
        8.0  link    <- 8 transferring
        9.0  link    -> peek more
        10.0  agent   <- note: Maya Okafor joined
        10.0  agent   <- visitor: hello
        10.0  agent   <- visitor: Would a new rotor fit?
        10.0  agent   <- note: Maya Okafor put the chat back into the queue
        "#,
    );
}

#[test]
fn unsent_text_without_consent_goes_nowhere() {
    check(
        Desk::LiveAgent,
        r#"
        0 desk fault sneak_peek
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 visitor peeks Would a n
        5 end
        "#,
        r#"
        3.0  link    -> peek Would a n
        "#,
    );
}

#[test]
fn unsent_text_that_the_desk_does_not_ask_for_goes_nowhere() {
    check_opened(
        Desk::LiveAgent,
        consented,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 visitor peeks Would a n
        5 end
        "#,
        r#"
        3.0  link    -> peek Would a n
        "#,
    );
}
