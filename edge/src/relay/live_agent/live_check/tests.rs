use super::*;

fn config() -> Config {
    Config {
        base_url: "https://d.la1-c2-frf.salesforceliveagent.com".into(),
        organization_id: "00D000000000001".into(),
        deployment_id: "572000000000001".into(),
        button_id: "573000000000001".into(),
        prechat: super::super::Prechat::default(),
    }
}

fn answered(body: &str) -> Outcome {
    Outcome::Answer { status: 200, body: body.as_bytes().to_vec() }
}

fn status(status: u16) -> Outcome {
    Outcome::Answer { status, body: b"<html>".to_vec() }
}

fn found(settings: &Outcome, availability: &Outcome) -> Vec<String> {
    live_check(&config(), settings, availability)
        .into_iter()
        .map(|finding| {
            format!("{} {}", if finding.mark == Mark::Good { "+" } else { "-" }, finding.text)
        })
        .collect()
}

const SETTINGS: &str = r#"{"messages":[{"type":"Settings","message":{"pingRate":50000,"buttons":
    [{"id":"573000000000001AAA","type":"Standard","language":"en_US"}]}}]}"#;

#[test]
fn a_flow_that_works_says_so_in_three_sentences() {
    let availability = answered(
        r#"{"messages":[{"type":"Availability","message":{"results":[{"id":"573000000000001","isAvailable":true,
        "estimatedWaitTime":90}]}}]}"#,
    );
    assert_eq!(
        found(&answered(SETTINGS), &availability),
        [
            "+ d.la1-c2-frf.salesforceliveagent.com answers as Live Agent's chat API does.",
            "+ The button is known: its type is Standard, its language en_US.",
            "+ Somebody is there for the button now; the expected wait is 90 s.",
        ]
    );
    let nobody = answered(
        r#"{"messages":[{"type":"Availability","message":{"results":[{"id":"573000000000001"}]}}]}"#,
    );
    let found = found(&answered(SETTINGS), &nobody);
    assert!(found[2].starts_with("+ Nobody is there"), "absent means false: {found:?}");
}

#[test]
fn what_is_wrong_is_said_in_plain_words() {
    let nothing = status(500);
    let first = |settings: &Outcome| found(settings, &nothing)[0].clone();
    assert!(first(&status(404)).contains("retired on 14 February 2026"));
    assert!(first(&status(410)).contains("retired on 14 February 2026"));
    assert!(first(&answered("<html>")).contains("sign-in page"));
    assert!(first(&Outcome::Failed(Failure::Network)).contains("cannot be reached"));
    let switch = r#"{"messages":[{"type":"SwitchServer","message":{"newUrl":"https://d.la9.salesforceliveagent.com/chat"}}]}"#;
    assert!(
        first(&answered(switch)).contains("moved to https://d.la9.salesforceliveagent.com/chat")
    );
    let no_button = answered(r#"{"messages":[{"type":"Settings","message":{"buttons":[]}}]}"#);
    assert!(found(&no_button, &nothing)[1].contains("does not know the button 573000000000001"));
}
