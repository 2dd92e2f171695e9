//! Stories of the books: who may write what over what.

use serde_json::json;

use super::*;

fn now() -> Timestamp {
    Timestamp::from_ms(1_790_000_000_000)
}

fn key(key: &str) -> Key {
    Key::parse(key).unwrap()
}

fn hub(id: &str, flow: &str) -> Value {
    json!({ "version": 1, "id": id, "name": id, "default_flow": flow })
}

fn flow(id: &str, hub: &str, when_nobody: Value) -> Value {
    json!({
        "version": 1, "id": id, "hub": hub, "name": id, "type": "relay", "when_nobody": when_nobody,
        "relay": {
            "type": "salesforce", "button_id": "573000000000001", "deployment_id": "572000000000001",
            "organization_id": "00D000000000001", "api_hostname": "d.la1.salesforceliveagent.com",
        },
    })
}

fn resource(hub: &str) -> Value {
    json!({
        "version": 1, "id": RESOURCE, "kind": "web_chat", "hub": hub, "name": "Shop",
        "allowed_origins": ["https://shop.example"],
    })
}

fn file(documents: &[Value]) -> Map<String, Value> {
    let key = |document: &Value| {
        let kind = match document {
            it if it.get("relay").is_some() => "flow",
            it if it.get("kind").is_some() => "resource",
            _ => "hub",
        };
        format!("{kind}:{}", document["id"].as_str().unwrap())
    };
    documents.iter().map(|it| (key(it), it.clone())).collect()
}

fn shop() -> Ledger {
    let mut ledger = Ledger::new(Environment::Production);
    let documents = file(&[
        hub("shop", "sales"),
        flow("sales", "shop", json!("leave_message")),
        resource("shop"),
    ]);
    ledger.import(now(), "ada", &documents, false).unwrap();
    ledger
}

fn put(ledger: &mut Ledger, document: &Value, expected: Expected) -> Result<Written, WriteError> {
    let name = file(std::slice::from_ref(document)).into_iter().next().unwrap().0;
    ledger.put(now(), "ada", &key(&name), document.to_string().as_bytes(), expected)
}

fn invalid(result: Result<Written, WriteError>) -> String {
    match result {
        Err(WriteError::Invalid(problems)) => problems.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_hub_and_its_flow_name_one_another_and_the_hub_comes_first() {
    let mut ledger = Ledger::new(Environment::Production);
    let sales = flow("sales", "shop", json!("leave_message"));
    assert_eq!(invalid(put(&mut ledger, &sales, Expected::Unsaid)), "reference_missing at $.hub");
    let written = put(&mut ledger, &hub("shop", "sales"), Expected::Unsaid).unwrap();
    assert_eq!(written.warnings.to_string(), "reference_missing at $.default_flow");
    assert_eq!(put(&mut ledger, &sales, Expected::Nothing).unwrap().warnings, Problems::default());
    let next = flow("night", "shop", json!({ "next_flow": "day" }));
    assert_eq!(
        invalid(put(&mut ledger, &next, Expected::Unsaid)),
        "reference_missing at $.when_nobody.next_flow"
    );
}

#[test]
fn a_write_says_which_revision_it_replaces() {
    let mut ledger = shop();
    let mut changed = hub("shop", "sales");
    changed["name"] = json!("Shop two");
    let refused = |result: Result<Written, WriteError>| result.unwrap_err();
    assert_eq!(
        refused(put(&mut ledger, &changed, Expected::Unsaid)),
        WriteError::RevisionRequired { revision: 1 }
    );
    for expected in [Expected::Revision(2), Expected::Nothing] {
        let stale = WriteError::Stale { revision: Some(1) };
        assert_eq!(refused(put(&mut ledger, &changed, expected)), stale, "{expected:?}");
    }
    let written = put(&mut ledger, &changed, Expected::Revision(1)).unwrap();
    let change = &written.changed[0];
    assert_eq!(change.before.as_ref().unwrap().revision, 1);
    assert_eq!(change.after.as_ref().unwrap().revision, 2);
    // The same again is no change; somebody who read the first revision is too late for another.
    assert_eq!(put(&mut ledger, &changed, Expected::Any).unwrap().changed, []);
    changed["name"] = json!("Shop three");
    assert_eq!(
        refused(put(&mut ledger, &changed, Expected::Revision(1))),
        WriteError::Stale { revision: Some(2) }
    );
    let absent = hub("garage", "sales");
    for expected in [Expected::Any, Expected::Revision(1)] {
        let stale = WriteError::Stale { revision: None };
        assert_eq!(refused(put(&mut ledger, &absent, expected)), stale);
    }
    assert_eq!(
        refused(ledger.delete(&key("hub:garage"), Expected::Unsaid, false)),
        WriteError::Unknown
    );
    assert_eq!(
        refused(ledger.delete(&key("hub:shop"), Expected::Revision(1), true)),
        WriteError::Stale { revision: Some(2) }
    );
}

#[test]
fn what_is_in_use_cannot_go() {
    let mut ledger = shop();
    let by = |result: Result<Written, WriteError>| match result {
        Err(WriteError::InUse { by }) => {
            by.iter().map(|(key, path)| format!("{key} {path}")).collect::<Vec<_>>().join(", ")
        }
        other => panic!("{other:?}"),
    };
    let resource = format!("resource:{RESOURCE}");
    assert_eq!(
        by(ledger.delete(&key("hub:shop"), Expected::Unsaid, false)),
        format!("{resource} $.hub, flow:sales $.hub")
    );
    assert_eq!(
        by(ledger.delete(&key("hub:shop"), Expected::Unsaid, true)),
        format!("{resource} $.hub")
    );
    assert_eq!(
        by(ledger.delete(&key("flow:sales"), Expected::Any, false)),
        "hub:shop $.default_flow"
    );
    ledger.delete(&key(&resource), Expected::Revision(1), false).unwrap();
    let gone = ledger.delete(&key("hub:shop"), Expected::Unsaid, true).unwrap().changed;
    let gone: Vec<String> = gone.iter().map(|it| it.key.to_string()).collect();
    assert_eq!(gone, ["hub:shop", "flow:sales"]);
    assert_eq!(ledger.iter().count(), 0);
}

#[test]
fn a_flow_cannot_leave_the_hub_that_names_it() {
    let mut ledger = shop();
    put(&mut ledger, &hub("garage", "repairs"), Expected::Unsaid).unwrap();
    let moved = flow("sales", "garage", json!("leave_message"));
    let by = vec![(key("hub:shop"), "$.default_flow".to_owned())];
    assert_eq!(put(&mut ledger, &moved, Expected::Any), Err(WriteError::InUse { by }));
    assert_eq!(
        invalid(put(&mut ledger, &hub("garage", "sales"), Expected::Any)),
        "reference_of_other_hub at $.default_flow"
    );
    let imported = ledger.import(now(), "ada", &file(&[moved]), false);
    assert_eq!(invalid(imported), r#"reference_of_other_hub at $["hub:shop"].default_flow"#);
}

#[test]
fn a_document_is_written_under_its_own_id() {
    let mut ledger = shop();
    let json = hub("garage", "sales").to_string();
    let written = ledger.put(now(), "ada", &key("hub:shop"), json.as_bytes(), Expected::Any);
    assert_eq!(invalid(written), "id_mismatch at $.id");
}

#[test]
fn an_import_is_all_or_nothing_and_lists_every_problem() {
    let mut ledger = shop();
    let before = ledger.export();
    let mut broken = file(&[
        hub("garage", "repairs"),
        flow("repairs", "barn", json!({ "next_flow": "sales" })),
        json!({ "version": 1, "id": "x", "kind": "web_chat" }),
    ]);
    broken.insert("bicycle:1".to_owned(), json!({}));
    broken.insert("hub:typo".to_owned(), json!({ "version": 1, "id": "typo", "name": 7 }));
    let told = invalid(ledger.import(now(), "ada", &broken, false));
    assert_eq!(
        told,
        r#"id_form at $["bicycle:1"], wrong_type at $["hub:typo"].name, "#.to_owned()
            + r#"missing at $["hub:typo"].default_flow, id_form at $["resource:x"], "#
            + r#"reference_of_other_hub at $["hub:garage"].default_flow, "#
            + r#"reference_missing at $["flow:repairs"].hub, "#
            + r#"reference_of_other_hub at $["flow:repairs"].when_nobody.next_flow"#
    );
    assert_eq!(ledger.export(), before);
}

#[test]
fn an_export_comes_back_as_it_was_and_replaces_what_it_has_not() {
    let mut ledger = shop();
    let exported = ledger.export();
    assert_eq!(ledger.import(now(), "bob", &exported, true).unwrap().changed, []);
    put(&mut ledger, &hub("garage", "sales2"), Expected::Unsaid).unwrap();
    let mut copy = exported.clone();
    copy["hub:shop"]["name"] = json!("Shop two");
    let merged = ledger.import(now(), "bob", &copy, false).unwrap().changed;
    assert_eq!(merged.len(), 1);
    assert_eq!(merged[0].after.as_ref().unwrap().changed_by, "bob");
    let replaced = ledger.import(now(), "bob", &exported, true).unwrap().changed;
    let replaced: Vec<(String, bool)> =
        replaced.iter().map(|it| (it.key.to_string(), it.after.is_some())).collect();
    assert_eq!(replaced, [("hub:garage".to_owned(), false), ("hub:shop".to_owned(), true)]);
    assert_eq!(ledger.export(), exported);
    // Replaced by a part, the rest would name what is gone.
    let part: Map<String, Value> =
        exported.into_iter().filter(|(key, _)| !key.starts_with("flow:")).collect();
    let told = invalid(ledger.import(now(), "bob", &part, true));
    assert_eq!(told, r#"reference_missing at $["hub:shop"].default_flow"#);
}

#[test]
fn what_stood_in_kv_before_the_books_were_kept_is_adopted() {
    let mut ledger = Ledger::new(Environment::Production);
    let found = [
        (key("hub:shop"), hub("shop", "sales").to_string().into_bytes()),
        (key("hub:broken"), b"{".to_vec()),
        (key("hub:other"), hub("shop", "sales").to_string().into_bytes()),
    ];
    let (changed, left_out) = ledger.adopt(now(), found.clone());
    assert_eq!(changed.len(), 1, "names are not looked at: it worked like this until now");
    assert_eq!(ledger.get(&key("hub:shop")).unwrap().changed_by, "adopted");
    let left_out: Vec<String> =
        left_out.iter().map(|(key, problems)| format!("{key}: {problems}")).collect();
    assert_eq!(left_out, ["hub:broken: not_json at $", "hub:other: id_mismatch at $.id"]);
    let (again, _) = ledger.adopt(now(), found);
    assert_eq!(again, [], "the books count, once they are kept");
}

#[test]
fn the_registry_is_bounded() {
    let mut ledger = Ledger::new(Environment::Production);
    let many: Map<String, Value> = (0..=MAX_DOCUMENTS)
        .map(|at| (format!("hub:h{at}"), hub(&format!("h{at}"), "none")))
        .collect();
    for (name, document) in many.iter().take(MAX_DOCUMENTS) {
        let entry = Entry {
            revision: 1,
            json: document.to_string(),
            changed: now(),
            changed_by: "ada".to_owned(),
        };
        ledger.entries.insert(key(name), Arc::new(entry));
    }
    assert_eq!(put(&mut ledger, &hub("one-more", "none"), Expected::Unsaid), Err(WriteError::Full));
}

const RESOURCE: &str = "3f0c2d1e-9a4b-4c3d-8e2f-001122334455";
