use super::*;
use crate::relay::call::Failure;

const URL: &str = "https://chat.example/hook";

fn begin(header: bool) -> Registering {
    let reach = Reach {
        account: "acme".into(),
        bucket: "acme".into(),
        base_url: "https://acme.api.kustomerapp.com".into(),
        organization: None,
    };
    let value = Redacted::new("opaque".to_owned());
    let header = header.then(|| ("x-relay-key".to_owned(), value));
    let secrets = vec![Redacted::new("s1".to_owned())];
    Registering::new(reach, Wanted { url: URL.into(), secrets, header })
}

fn answer(status: u16, body: &str) -> Outcome {
    Outcome::Answer { status, body: body.into() }
}

fn hook(id: &str, enabled: bool, token: &str) -> String {
    let events = r#"["kustomer.message.create","kustomer.conversation.update"]"#;
    format!(
        r#"{{"id":"{id}","attributes":{{"url":"{URL}","enabled":{enabled},"events":{events},"token":"{token}"}}}}"#
    )
}

fn one(hook: &str) -> Outcome {
    answer(200, &format!(r#"{{"data":{hook}}}"#))
}

fn list(hooks: &[String]) -> Outcome {
    answer(200, &format!(r#"{{"data":[{}]}}"#, hooks.join(",")))
}

/// The calls that were made, and how it ended.
fn play(mut registering: Registering, answers: Vec<Outcome>) -> (Vec<String>, String) {
    let (mut calls, mut answers) = (Vec::new(), answers.into_iter());
    while let Some(request) = registering.ask() {
        calls.push(request.label.to_owned());
        registering.answer(answers.next().expect("an answer for each call"));
    }
    assert_eq!(answers.next(), None, "all answers were wanted");
    let end = match registering.result().expect("it has ended") {
        Ok(it) => format!(
            "{} {} {:?} {} +{}",
            it.id,
            it.done.as_str(),
            it.enabled,
            it.secret.expose(),
            it.others
        ),
        Err(error) => format!("{} {error}", error.code()),
    };
    (calls, end)
}

#[test]
fn where_there_is_none_it_is_made_and_its_secret_is_told() {
    let (calls, end) = play(begin(false), vec![list(&[]), one(&hook("h1", true, "new"))]);
    assert_eq!(calls, ["list webhooks", "create webhook"]);
    assert_eq!(end, "h1 made Some(true) new +0");
}

#[test]
fn one_that_is_off_right_after_it_was_made_is_switched_on() {
    let answers = vec![
        list(&[]),
        one(&hook("h1", false, "new")),
        answer(200, r#"{"data":{"id":"h1","attributes":{"enabled":true}}}"#),
    ];
    let (calls, end) = play(begin(false), answers);
    assert_eq!(calls, ["list webhooks", "create webhook", "update webhook"]);
    assert_eq!(end, "h1 made Some(true) new +0", "the update's answer need not show the secret");
}

#[test]
fn one_that_is_there_is_left_alone_and_one_that_is_off_is_switched_on() {
    let (calls, end) = play(begin(false), vec![list(&[hook("h1", true, "s1")])]);
    assert_eq!((calls.len(), end.as_str()), (1, "h1 nothing Some(true) s1 +0"));
    let answers = vec![list(&[hook("h1", false, "s1")]), one(&hook("h1", true, "s1"))];
    let (calls, end) = play(begin(false), answers);
    assert_eq!(calls, ["list webhooks", "update webhook"]);
    assert_eq!(end, "h1 switched_on Some(true) s1 +0");
}

#[test]
fn of_several_the_one_is_taken_whose_secret_is_known_and_the_others_are_counted() {
    let hooks = [hook("h1", true, "x"), hook("h2", true, "s1"), hook("h3", false, "s1")];
    assert_eq!(play(begin(false), vec![list(&hooks)]).1, "h2 nothing Some(true) s1 +2");
    let hooks = [hook("h1", false, "x"), hook("h2", true, "y")];
    assert_eq!(play(begin(false), vec![list(&hooks)]).1, "h2 nothing Some(true) y +1");
}

#[test]
fn all_pages_are_read_before_one_is_made() {
    let first = r#"{"data":[],"links":{"next":"/v1/outbound-webhooks?page=2"}}"#;
    let answers = vec![answer(200, first), list(&[hook("h1", true, "s1")])];
    assert_eq!(play(begin(false), answers).1, "h1 nothing Some(true) s1 +0");
}

#[test]
fn one_whose_answer_was_lost_is_not_made_twice() {
    for lost in [answer(500, ""), Outcome::Failed(Failure::Network), answer(200, "<html>")] {
        let made = hook("h1", true, "new");
        let answers = vec![list(&[]), lost.clone(), list(&[made])];
        let (calls, end) = play(begin(false), answers);
        assert_eq!(calls, ["list webhooks", "create webhook", "list webhooks"]);
        assert_eq!(end, "h1 nothing Some(true) new +0");
        // It was not made: once more, and then no more.
        let answers = vec![list(&[]), lost.clone(), list(&[]), lost];
        assert!(play(begin(false), answers).1.starts_with("desk_unreachable"));
    }
}

#[test]
fn a_header_that_it_does_not_add_is_put_there() {
    let answers = vec![list(&[hook("h1", true, "s1")]), one(&hook("h1", true, "s1"))];
    let mut registering = begin(true);
    registering.answer(answers[0].clone());
    let body = registering.ask().unwrap().body.unwrap().expose().clone();
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["headers"], json!([{"name": "x-relay-key", "value": "opaque"}]));
    assert_eq!(play(begin(true), answers).1, "h1 changed Some(true) s1 +0");
}

#[test]
fn each_missing_role_is_named_and_refusals_are_told_apart() {
    let off = list(&[hook("h1", false, "s1")]);
    for (answers, start) in [
        (
            vec![answer(403, "")],
            "desk_role_missing the account's key lacks the role org.permission.outbound_webhook.read",
        ),
        (
            vec![list(&[]), answer(403, "")],
            "desk_role_missing the account's key lacks the role org.permission.outbound_webhook.create",
        ),
        (
            vec![off.clone(), answer(403, "")],
            "desk_role_missing the account's key lacks the role org.permission.outbound_webhook.update",
        ),
        (vec![answer(401, "")], "desk_key_refused"),
        (vec![Outcome::Failed(Failure::NoCredentials)], "desk_key_refused"),
        (
            vec![answer(401, r#"{"errors":[{"message":"associated with pod prod2"}]}"#)],
            "desk_wrong_region",
        ),
        (vec![Outcome::Failed(Failure::Held { until: Timestamp::default() })], "desk_limit"),
        (vec![list(&[]), answer(400, "")], "desk_refused Kustomer refuses the webhook (400)"),
        (vec![off.clone(), answer(404, "")], "desk_webhook_by_hand"),
        (vec![off, answer(405, "")], "desk_webhook_by_hand"),
        (vec![answer(502, "")], "desk_unreachable"),
        (vec![answer(200, "[]")], "desk_unreachable"),
    ] {
        let (calls, end) = play(begin(false), answers);
        assert!(end.starts_with(start), "{calls:?}: {end}");
    }
}

#[test]
fn an_event_that_it_does_not_bring_is_asked_for_beside_those_that_it_does() {
    let poor = format!(
        r#"{{"id":"h1","attributes":{{"url":"{URL}","enabled":true,"token":"s1","events":["kustomer.tag.create"]}}}}"#
    );
    let mut registering = begin(false);
    registering.answer(list(std::slice::from_ref(&poor)));
    let body = registering.ask().unwrap().body.unwrap().expose().clone();
    let body: Value = serde_json::from_str(&body).unwrap();
    let events = body["events"].as_array().unwrap();
    assert_eq!((events.len(), &events[0]), (4, &json!("kustomer.tag.create")));
    let answers = vec![list(&[poor]), one(&hook("h1", true, "s1"))];
    assert_eq!(play(begin(false), answers).1, "h1 changed Some(true) s1 +0");
}
