//! The document at /v1/openapi.json is the admin API: every route of the code stands in it and nothing else, with the role
//! that may ask, the query and the body; every code of a refusal is named.

use std::collections::BTreeSet;

use parlor_edge::admin::{OPENAPI, routes, wire::AUDITED};
use serde_json::Value;

fn document() -> Value {
    serde_json::from_str(OPENAPI).expect("the document is JSON")
}

#[test]
fn the_document_and_the_routes_are_the_same() {
    let document = document();
    let mut described = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if method == "parameters" {
                continue;
            }
            let query: Vec<&str> = operation["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|it| it["in"] == "query")
                .filter_map(|it| it["name"].as_str())
                .collect();
            described.insert(format!(
                "{} {path} {} {query:?} {}",
                method.to_uppercase(),
                operation["x-role"].as_str().unwrap(),
                operation.get("requestBody").is_some(),
            ));
        }
    }
    let routes: BTreeSet<String> = routes::ROUTES
        .iter()
        .map(|it| {
            let (method, role) = (it.method.as_str(), it.role.as_str());
            format!("{method} {} {role} {:?} {}", it.path, it.query, it.body)
        })
        .collect();
    let missing: Vec<_> = routes.difference(&described).collect();
    let invented: Vec<_> = described.difference(&routes).collect();
    assert!(
        missing.is_empty() && invented.is_empty(),
        "missing {missing:#?}, invented {invented:#?}"
    );
}

#[test]
fn the_audit_log_has_the_words_that_are_described() {
    let words =
        document()["components"]["schemas"]["AuditEntry"]["properties"]["what"]["enum"].clone();
    assert_eq!(words, serde_json::json!(AUDITED));
}

#[test]
fn every_reference_leads_somewhere_and_every_operation_has_its_own_name() {
    let document = document();
    let mut names = BTreeSet::new();
    walk(&document, &mut |key, value| {
        let Some(text) = value.as_str() else { return };
        if key == "$ref" {
            let place = document.pointer(text.strip_prefix('#').unwrap());
            assert!(place.is_some(), "{text} leads nowhere");
        }
        if key == "operationId" {
            assert!(names.insert(text.to_owned()), "{text} twice");
        }
    });
    assert_eq!(names.len(), routes::ROUTES.len());
}

/// Each code of `AdminError` and `WriteError` is told in the document and on the page for people.
#[test]
fn every_refusal_of_the_admin_api_is_documented() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
    let page = read("docs/ADMIN.md");
    let mut seen = 0;
    for path in ["edge/src/admin/problem.rs", "edge/src/registry/ledger.rs"] {
        let text = read(path);
        let code = text.split("pub const fn code").nth(1).unwrap();
        let body = code.split("\n    }\n").next().unwrap();
        for code in body.split('"').skip(1).step_by(2) {
            seen += 1;
            assert!(page.contains(&format!("`{code}`")), "docs/ADMIN.md does not tell `{code}`");
            assert!(OPENAPI.contains(&format!("`{code}`")), "openapi.json does not tell `{code}`");
        }
    }
    assert!(seen > 15, "{seen} codes were found");
}

fn walk(value: &Value, tell: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                tell(key, value);
                walk(value, tell);
            }
        }
        Value::Array(items) => items.iter().for_each(|it| walk(it, tell)),
        _ => {}
    }
}
