//! What links say that they should not, and what they are told.

use parlor_tests::story::{Desk, check, tell};

#[test]
fn frames_before_hello_are_refused_and_the_link_goes_on() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor links
        1 visitor sends {"end":{}}
        1 visitor sends {"typing":{"on":true}}
        1 visitor sends {"say":{"id":"3f0c2d1e-9a4b-4c3d-8e2f-001122334455","text":"hi"}}
        2 visitor opens
        3 visitor says hello
        4 end
        "#,
        r#"
        1.0  link    <- refused hello_first
        1.0  link    <- refused hello_first
        1.0  link    <- refused 3f0c2d1e-9a4b-4c3d-8e2f-001122334455 hello_first
        2.0  link    -> hello after 0
        2.0  link    <- welcome last 0
        3.0  link    -> say m1 hello
        3.0  link    <- 1 visitor m1 hello
        3.0  link    <- accepted m1 1
        3.0  link    <- 2 requested
        3.0  desk    -> SessionId
        3.0  desk    <- SessionId 200
        3.0  desk    -> ChasitorInit #1
        3.0  desk    <- ChasitorInit 200
        3.1  link    <- 3 queued place 1 wait 120
        "#,
    );
}

#[test]
fn what_is_no_frame_is_refused_by_name_and_the_conversation_goes_on() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor sends hello
        1 visitor sends {"dance":{}}
        1 visitor sends {"say":{"text":"hi"}}
        1 visitor sends {"say":{"id":"X","text":"hi"}}
        1 visitor sends {"say":{"id":"3f0c2d1e-9a4b-4c3d-8e2f-001122334455","text":7}}
        1 visitor sends {"retry":{"id":"3f0c2d1e-9a4b-4c3d-8e2f-001122334455"}}
        2 visitor says hello
        3 end
        "#,
        r#"
        0.0  link    -> hello after 0
        0.0  link    <- welcome last 0
        1.0  link    <- refused frame_not_json
        1.0  link    <- refused frame_unknown
        1.0  link    <- refused frame_malformed
        1.0  link    <- refused frame_malformed
        1.0  link    <- refused 3f0c2d1e-9a4b-4c3d-8e2f-001122334455 frame_malformed
        1.0  link    <- refused 3f0c2d1e-9a4b-4c3d-8e2f-001122334455 message_unknown
        2.0  link    -> say m1 hello
        2.0  link    <- 1 visitor m1 hello
        2.0  link    <- accepted m1 1
        2.0  link    <- 2 requested
        2.0  desk    -> SessionId
        2.0  desk    <- SessionId 200
        2.0  desk    -> ChasitorInit #1
        2.0  desk    <- ChasitorInit 200
        2.1  link    <- 3 queued place 1 wait 120
        "#,
    );
}

#[test]
fn an_empty_text_is_refused() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says
        2 end
        "#,
        r#"
        0.0  link    -> hello after 0
        0.0  link    <- welcome last 0
        1.0  link    -> say m1
        1.0  link    <- refused m1 text_empty
        "#,
    );
}

#[test]
fn control_and_bidi_characters_are_refused() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor sends {"say":{"id":"3f0c2d1e-9a4b-4c3d-8e2f-001122334455","text":"a\u0000b"}}
        1 visitor sends {"say":{"id":"3f0c2d1e-9a4b-4c3d-8e2f-001122334455","text":"a\u202eb"}}
        2 end
        "#,
        r#"
        0.0  link    -> hello after 0
        0.0  link    <- welcome last 0
        1.0  link    <- refused 3f0c2d1e-9a4b-4c3d-8e2f-001122334455 text_control
        1.0  link    <- refused 3f0c2d1e-9a4b-4c3d-8e2f-001122334455 text_bidi
        "#,
    );
}

#[test]
fn another_version_is_refused_and_closed() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor links
        1 visitor sends {"hello":{"version":99,"after":0}}
        2 end
        "#,
        r#"
        1.0  link    <- refused version_unsupported
        1.0  link    <- close 4408
        "#,
    );
}

#[test]
fn a_cursor_beyond_the_log_gets_everything() {
    check(
        Desk::LiveAgent,
        r#"
        0 visitor opens
        1 visitor says hello
        2 agent accepts
        2.5 trace
        3 visitor forgets
        3 visitor sends {"hello":{"version":1,"after":999}}
        4 end
        "#,
        r#"
        3.0  link    <- welcome last 5
        3.0  link    <- 1 visitor m1 hello
        3.0  link    <- 2 requested
        3.0  link    <- 3 queued place 1 wait 120
        3.0  link    <- 4 Maya Okafor joined
        3.0  link    <- 5 delivered 1
        "#,
    );
}

#[test]
fn a_link_that_pours_is_closed_and_what_it_kept_comes_when_it_is_back() {
    let mut script = "0 visitor opens\n".to_owned();
    script.push_str(&"1 visitor sends {\"typing\":{\"on\":true}}\n".repeat(200));
    script.push_str("1 visitor says hello\n3 visitor returns\n4 end");
    // In one life: another one begins to count anew.
    let world = tell(Desk::LiveAgent, &script, false);
    let text = world.trace.text();
    let lines: Vec<&str> = text.lines().take(9).collect();
    let expected = [
        "0.0  link    -> hello after 0",
        "0.0  link    <- welcome last 0",
        "1.0  link    -> say m1 hello",
        "1.0  link    <- close 4429",
        "3.0  link    -> hello after 0",
        "3.0  link    <- welcome last 0",
        "3.0  link    -> say m1 hello",
        "3.0  link    <- 1 visitor m1 hello",
        "3.0  link    <- accepted m1 1",
    ];
    assert_eq!(lines, expected);
}
