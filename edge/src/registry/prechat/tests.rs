use super::*;
use crate::registry::{Environment, Resource};
use serde_json::{Value, json};

fn form() -> Form {
    let json = r#"{"version":1,"id":"a0e9c1de-0000-4000-8000-000000000001","kind":"web_chat","hub":"shop",
        "name":"Shop","allowed_origins":["https://shop.example"],"prechat":{"fields":[
        {"key":"name","kind":"text","label":"Your name"},
        {"key":"email","kind":"email","label":"E-mail","required":true,"max_chars":40},
        {"key":"topic","kind":"choice","label":"Topic","choices":["Orders","Returns"]},
        {"key":"peek","kind":"consent","label":"Agents see what I write before I send it.","covers":["sneak_peek"]}]}}"#;
    Resource::parse(json, Environment::Production).unwrap().value.prechat.unwrap()
}

fn check(answers: &[(&str, &str)]) -> Result<Vec<String>, String> {
    let answers = answers.iter().map(|(key, it)| ((*key).to_owned(), (*it).to_owned())).collect();
    match form().check(&answers) {
        Ok(checked) => Ok(checked.into_iter().map(|(key, it)| format!("{key}={it}")).collect()),
        Err(error) => Err(format!("{} {}", error.code(), error.field())),
    }
}

#[test]
fn answers_are_trimmed_and_what_was_not_asked_is_left_out() {
    assert_eq!(
        check(&[
            ("email", " ada@shop.example "),
            ("name", "  "),
            ("shoe", "42"),
            ("topic", "Orders")
        ]),
        Ok(vec!["email=ada@shop.example".into(), "topic=Orders".into()])
    );
}

#[test]
fn an_answer_that_does_not_count_names_its_field() {
    assert_eq!(check(&[]), Err("form_missing form.email".into()));
    for email in
        ["ada", "ada@shop", "@shop.example", "a b@shop.example", "a@b@shop.example", "a@.example"]
    {
        assert_eq!(check(&[("email", email)]), Err("form_malformed form.email".into()), "{email}");
    }
    let long = format!("{}@shop.example", "a".repeat(40));
    assert_eq!(check(&[("email", &long)]), Err("form_too_long form.email".into()));
    let with = |key, answer| check(&[("email", "ada@shop.example"), (key, answer)]);
    assert_eq!(with("topic", "orders"), Err("form_malformed form.topic".into()));
    assert_eq!(with("peek", "no"), Err("form_malformed form.peek".into()));
    assert_eq!(with("name", "a\nb"), Err("form_malformed form.name".into()));
    assert_eq!(with("name", "a\u{202e}b"), Err("form_malformed form.name".into()));
}

#[test]
fn only_a_ticked_consent_that_covers_it_lets_agents_see_unsent_text() {
    let form = form();
    let ticked = [("email", "ada@shop.example"), ("peek", "yes")]
        .map(|(key, it)| (key.to_owned(), it.to_owned()));
    assert!(form.consents_to_sneak_peek(&form.check(&ticked.into()).unwrap()));
    let not = [("email".to_owned(), "ada@shop.example".to_owned())];
    assert!(!form.consents_to_sneak_peek(&form.check(&not.into()).unwrap()));
}

#[test]
fn a_message_that_is_left_needs_a_name_and_an_address() {
    let check = |answers: Value| {
        let answers = serde_json::from_value(answers).unwrap();
        Form::left_message().check(&answers).map_err(|error| (error.code(), error.field()))
    };
    assert!(check(json!({"name": "Ines", "email": "ines@shop.example"})).is_ok());
    let missing = ("form_missing", "form.email".to_owned());
    assert_eq!(check(json!({"name": "Ines"})), Err(missing));
    let wrong = ("form_malformed", "form.email".to_owned());
    assert_eq!(check(json!({"name": "Ines", "email": "ines"})), Err(wrong));
}
