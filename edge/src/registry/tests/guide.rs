//! docs/CONFIGURATION.md against the code.

use super::*;

const GUIDE: &str = include_str!("../../../../docs/CONFIGURATION.md");

/// The examples of the guide that are marked so: ```` ```json flow ````.
fn examples(kind: &str) -> Vec<&'static str> {
    let fence = format!("```json {kind}\n");
    GUIDE
        .split(&fence)
        .skip(1)
        .map(|rest| rest.split("```").next().expect("split yields a first part"))
        .collect()
}

#[test]
fn its_examples_are_read_without_a_complaint() {
    let count = |kind, parse: fn(&str) -> String| {
        let examples = examples(kind);
        for example in &examples {
            assert_eq!(parse(example), "none", "{example}");
        }
        examples.len()
    };
    assert!(count("resource", |it| complaints(Resource::parse(it, Production))) >= 1);
    assert!(count("hub", |it| complaints(Hub::parse(it, Production))) >= 1);
    assert!(count("flow", |it| complaints(Flow::parse(it, Production))) >= 2);
    let account = |it: &str| complaints(Account::parse(it.as_bytes(), Production));
    assert!(count("account", account) >= 1);
    let resource = |it: &str| complaints(KustomerResource::parse(it.as_bytes(), Production));
    assert!(count("kustomer-resource", resource) >= 1);
}

#[test]
fn it_explains_every_code() {
    for code in Code::ALL {
        assert!(GUIDE.contains(&format!("| `{code}` |")), "{code} is not explained");
    }
}

#[test]
fn it_explains_every_member() {
    let documents = [
        serde_json::to_value(written_resource()).unwrap(),
        serde_json::to_value(written_hub()).unwrap(),
        serde_json::to_value(written_flow(document::WhenNobody::LeaveMessage)).unwrap(),
        serde_json::to_value(super::kustomer::written_flow()).unwrap(),
        serde_json::to_value(super::kustomer::written_account()).unwrap(),
        serde_json::to_value(super::kustomer::written_resource()).unwrap(),
    ];
    for document in &documents {
        for pointer in pointers(document, "") {
            let name = pointer.rsplit('/').next().expect("split yields a last part");
            let is_data = name.parse::<usize>().is_ok() || pointer.starts_with("/texts/");
            if !name.is_empty() && !is_data {
                assert!(GUIDE.contains(&format!("{name}`")), "{pointer} is not explained");
            }
        }
    }
}
