//! `cargo xtask registry-check FILE`: says of a file of documents what the registry would say of it, offline, with its code.

use std::path::Path;

use anyhow::{Context, Result};
use parlor_edge::registry::{Environment, Ledger, Problems, ledger::WriteError};
use parlor_shared::Timestamp;
use serde_json::{Map, Value};

/// Checks the file; `false`: something is wrong with it, and was printed.
///
/// # Errors
/// Where the file cannot be read, or is no object of documents.
pub fn run(path: &Path, development: bool) -> Result<bool> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("no file {}", path.display()))?;
    let file: Map<String, Value> = serde_json::from_str(&text).with_context(|| {
        format!("{} is not an object of documents by their keys", path.display())
    })?;
    let environment = if development { Environment::Development } else { Environment::Production };
    let (told, ok) = check(&file, environment);
    print!("{told}");
    Ok(ok)
}

fn check(file: &Map<String, Value>, environment: Environment) -> (String, bool) {
    let mut ledger = Ledger::new(environment);
    match ledger.import(Timestamp::from_ms(0), "registry-check", file, true) {
        Ok(written) => {
            let warnings = list("warning", &written.warnings);
            (format!("{warnings}{} documents, all valid.\n", written.changed.len()), true)
        }
        Err(WriteError::Invalid(problems)) => (list("problem", &problems), false),
        Err(other) => (format!("problem: {other}\n"), false),
    }
}

fn list(word: &str, problems: &Problems) -> String {
    problems.iter().map(|it| format!("{word}: {} {}: {}\n", it.path, it.code, it.message)).collect()
}

#[cfg(test)]
mod tests {
    use parlor_local_edge::seed;

    use super::*;

    fn demo() -> Map<String, Value> {
        let (desk, site) = ("http://127.0.0.1:1", "http://localhost:2");
        let kustomer = seed::Kustomer { url: desk, api_key: "key", webhook_secret: "secret" };
        let second = seed::kustomer_seed(&kustomer, site).unwrap();
        seed::demo_seed(desk, site).unwrap().into_iter().chain(second).collect()
    }

    #[test]
    fn the_demos_own_files_are_valid_in_development_only() {
        let (told, ok) = check(&demo(), Environment::Development);
        assert!(ok, "{told}");
        let (told, ok) = check(&demo(), Environment::Production);
        assert!(
            !ok && told.contains(r#"$["flow:sales"].relay.api_hostname host_not_allowed"#)
                && told.contains(r#"$["account:larkspur"].api_host host_not_allowed"#),
            "{told}"
        );
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let mut file = demo();
        file.remove("flow:sales");
        file.insert("hub:garage".to_owned(), serde_json::json!({ "version": 1, "id": "garage" }));
        let (told, ok) = check(&file, Environment::Development);
        assert!(!ok);
        for part in
            [r#"$["hub:garage"].name missing"#, r#"$["hub:shop"].default_flow reference_missing"#]
        {
            assert!(told.contains(part), "{part} in {told}");
        }
    }
}
