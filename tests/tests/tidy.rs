//! Rules about the code itself: who may import whom, how long files are, whether documents have kept up.

use std::{
    fs,
    path::{Path, PathBuf},
};

use parlor_tests::desks::live_agent::{KINDS, NOUNS};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file below `folder` with this ending, as (path from the root, text).
fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in
            fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        {
            let path = entry.expect("a folder's entries can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == ending) {
                let name = path.strip_prefix(root()).expect("below the root").display().to_string();
                found.push((name, fs::read_to_string(&path).expect("a text")));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "there is no .{ending} below {folder}");
    found
}

/// Lines of code that name one of `crates` or modules, as `path:line`.
fn naming(sources: &[(String, String)], names: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in sources {
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if names.iter().any(|name| code.contains(name)) {
                found.push(format!("{path}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    found
}

const PLATFORM: [&str; 6] =
    ["worker::", "wasm_bindgen", "js_sys::", "web_sys::", "leptos::", "gloo_"];

/// The fence: a host build must not be able to see the platform.
#[test]
fn platform_crates_are_dependencies_of_wasm32_only() {
    for manifest in ["shared/Cargo.toml", "edge/Cargo.toml", "widget/Cargo.toml"] {
        let mut section = String::new();
        for line in read(manifest).lines() {
            if line.starts_with('[') {
                section = line.to_owned();
            }
            let name = line.split(['=', '.', ' ']).next().unwrap_or_default();
            let platform =
                ["worker", "leptos", "web-sys", "js-sys", "wasm-bindgen", "serde-wasm-bindgen"];
            let fenced = section.contains(r#"cfg(target_arch = "wasm32")"#);
            assert!(
                fenced || !(platform.contains(&name) || name.starts_with("gloo")),
                "{manifest}: {name} stands in {section}, outside the fence"
            );
        }
    }
}

#[test]
fn only_the_shell_knows_the_platform() {
    let pure: Vec<_> = files("edge/src", "rs")
        .into_iter()
        .filter(|(path, _)| !path.contains("/shell/"))
        .chain(files("shared/src", "rs"))
        .collect();
    assert_eq!(naming(&pure, &PLATFORM), Vec::<String>::new());
    assert_eq!(
        naming(&pure, &["async fn", ".await"]),
        Vec::<String>::new(),
        "pure code does not wait"
    );
}

/// a <- b: b may import a. `registry, access, relay <- conversation <- shell`.
#[test]
fn imports_go_one_way() {
    let below = |folder: &str| files(folder, "rs");
    for (folder, forbidden) in [
        (
            "edge/src/relay",
            &["crate::conversation", "crate::registry", "crate::access", "crate::shell"][..],
        ),
        (
            "edge/src/registry",
            &[
                "crate::conversation",
                "crate::relay",
                "crate::access",
                "crate::shell",
                "crate::admin",
            ],
        ),
        (
            "edge/src/access",
            &["crate::conversation", "crate::relay", "crate::shell", "crate::admin"],
        ),
        ("edge/src/admin", &["crate::conversation", "crate::relay", "crate::shell", "live_agent"]),
        ("edge/src/conversation", &["crate::shell", "crate::access", "live_agent::wire"]),
        ("shared/src", &["parlor_edge", "parlor_widget"]),
        ("widget/src", &["parlor_edge"]),
        ("edge/src/shell", &["relay::live_agent"]),
    ] {
        assert_eq!(naming(&below(folder), forbidden), Vec::<String>::new(), "in {folder}");
    }
}

/// A serialisable type is a promise to somebody; internal types make none.
#[test]
fn only_wire_snapshot_and_documents_serialise() {
    let promises =
        ["/wire/", "wire.rs", "snapshot.rs", "document.rs", "opening.rs", "claims.rs", "/shell/"];
    let sources: Vec<_> = files("edge/src", "rs")
        .into_iter()
        .filter(|(path, _)| !promises.iter().any(|promise| path.contains(promise)))
        .filter(|(path, _)| !path.contains("test"))
        .collect();
    let derives: Vec<String> = naming(&sources, &["Serialize,", "Serialize)", "Deserialize,"])
        .into_iter()
        .filter(|line| line.contains("derive"))
        // Ids and times are their own text on every wire.
        .filter(|line| !line.contains("/token.rs") && !line.contains("/token/"))
        .collect();
    assert_eq!(derives, Vec::<String>::new());
}

#[test]
fn files_stay_small() {
    for folder in ["shared/src", "edge/src", "widget/src", "tests/src", "tests/tests", "xtask/src"]
    {
        for (path, text) in files(folder, "rs") {
            let lines = text.lines().count();
            assert!(lines <= 800, "{path} has {lines} lines; 800 are allowed");
        }
    }
}

#[test]
fn every_folder_of_code_opens_with_a_word_about_itself() {
    for folder in ["shared/src", "edge/src", "widget/src", "tests/src"] {
        for (path, text) in files(folder, "rs") {
            let named_by_its_module = path.ends_with("/tests.rs");
            assert!(
                text.starts_with("//!") || named_by_its_module,
                "{path} says nothing about itself"
            );
        }
    }
}

/// FNV-1a over the frames' sources: docs/PROTOCOL.md names it, so a frame cannot change without its page.
#[test]
fn the_protocol_page_has_kept_up_with_the_frames() {
    let sum = files("shared/src/wire", "rs")
        .iter()
        .flat_map(|(_, text)| text.bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
            (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    let mark = format!("<!-- shared/src/wire: {sum:016x} -->");
    assert!(
        read("docs/PROTOCOL.md").contains(&mark),
        "shared/src/wire has changed: bring docs/PROTOCOL.md up to date, then let it end with {mark}"
    );
}

/// Every code that the edge can answer with stands in docs/PROTOCOL.md, or in docs/ADMIN.md where only an admin meets it,
/// so that nobody meets one unexplained.
#[test]
fn every_refusal_is_documented() {
    let page = read("docs/PROTOCOL.md") + &read("docs/ADMIN.md");
    let mut codes = vec![
        "text_empty",
        "text_too_long",
        "text_control",
        "text_bidi",
        "frame_too_long",
        "frame_not_json",
        "frame_unknown",
        "frame_malformed",
        "hello_first",
        "version_unsupported",
        "message_unknown",
        "conversation_ended",
    ];
    let sources = files("edge/src/shell", "rs");
    for (_, text) in &sources {
        for call in ["Refusal::new(", "close("] {
            for part in text.split(call).skip(1) {
                let code = part.split('"').nth(1).unwrap_or_default();
                let first = part.split(')').next().unwrap_or_default();
                if first.contains('"') && !code.is_empty() && !code.contains(' ') {
                    codes.push(code);
                }
            }
        }
    }
    let missing: Vec<&str> =
        codes.into_iter().filter(|code| !page.contains(&format!("`{code}`"))).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

/// `stories::a_name` in docs/VENDORS.md is a test in tests/tests/stories.rs, `stories::part::a_name` one in
/// tests/tests/stories/part.rs; `*` stands for the rest of a name; anything else is a module of the edge with tests.
fn stands_for_a_test(name: &str) -> Result<(), String> {
    let (file, test) = name.rsplit_once("::").unwrap_or_default();
    let path = format!("tests/tests/{}.rs", file.replace("::", "/"));
    if root().join(&path).exists() {
        let wanted = format!("fn {}", test.trim_end_matches('*'));
        let end = if test.ends_with('*') { "" } else { "()" };
        let text = read(&path);
        let at = text.find(&format!("{wanted}{end}")).ok_or(format!("{path} has no {test}"))?;
        let before =
            text.get(..at).unwrap_or_default().trim_end().trim_end_matches("pub").trim_end();
        return match before.ends_with("#[test]") || before.ends_with("#[tokio::test]") {
            true => Ok(()),
            false => Err(format!("{name} is no test")),
        };
    }
    let module = format!("edge/src/{}", name.replace("::", "/"));
    let texts = [format!("{module}.rs"), format!("{module}/tests.rs"), format!("{module}/mod.rs")];
    let tested = |path: &String| {
        fs::read_to_string(root().join(path)).is_ok_and(|text| text.contains("#[test]"))
    };
    if texts.iter().any(tested) { Ok(()) } else { Err(format!("{name} is no test and no module")) }
}

fn names_in(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).filter(|it| it.contains("::") && !it.contains(' ')).collect()
}

#[test]
fn every_test_that_the_vendors_page_names_exists() {
    let page = read("docs/VENDORS.md");
    let names = names_in(&page);
    let wrong: Vec<String> =
        names.iter().filter_map(|name| stands_for_a_test(name).err()).collect();
    assert_eq!(wrong, Vec::<String>::new());
    assert!(names.len() > 40, "the page names {} tests", names.len());
}

/// Rows of all tables whose last column is called `test`, as cells.
fn rows_with_tests(page: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut in_table = false;
    for line in page.lines() {
        let cells: Vec<String> =
            line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
        if !line.starts_with('|') {
            in_table = false;
        } else if cells.last().is_some_and(|cell| cell == "test") {
            in_table = true;
        } else if in_table && !line.starts_with("| ---") {
            rows.push(cells);
        }
    }
    rows
}

/// A claim that no test shows is a hope.
#[test]
fn every_row_of_the_vendors_page_has_its_test() {
    let page = read("docs/VENDORS.md");
    let rows = rows_with_tests(&page);
    assert!(rows.len() > 55, "{} rows", rows.len());
    for cells in rows {
        let last = cells.last().map(String::as_str).unwrap_or_default();
        assert!(!names_in(last).is_empty(), "{} has no test", cells.join(" | "));
    }
}

/// What the simulated desk knows must stand on the page: every resource, every type, every status that it answers.
#[test]
fn everything_that_the_live_agent_desk_knows_has_its_row() {
    let page = read("docs/VENDORS.md");
    let section = page.split("\n## ").find(|part| part.starts_with("Salesforce Live Agent"));
    let first_cells: Vec<String> = rows_with_tests(section.expect("the section"))
        .into_iter()
        .filter_map(|cells| cells.into_iter().next())
        .collect();
    let resources = NOUNS.iter().map(|(verb, group, noun)| format!("`{verb} {group}/{noun}`"));
    let types = KINDS.iter().map(|kind| format!("`{kind}`"));
    // "Status Codes" of the guide, and 410, which a retired product may answer.
    let mut statuses = vec![200, 202, 204, 400, 403, 404, 405, 409, 410, 500, 503];
    for (_, text) in files("tests/src/desks/live_agent", "rs") {
        for way in ["text(", "html(", "json(", "empty(", "status: "] {
            let after = text.split(way).skip(1).filter_map(|rest| rest.get(..3));
            statuses.extend(after.filter_map(|digits| digits.parse::<u16>().ok()));
        }
    }
    statuses.sort_unstable();
    statuses.dedup();
    assert!(statuses.len() >= 10, "{statuses:?}");
    let statuses = statuses.into_iter().map(|status| format!("`{status}`"));
    let missing: Vec<String> = resources
        .chain(types)
        .chain(statuses)
        .filter(|wanted| !first_cells.iter().any(|cell| cell.contains(wanted.as_str())))
        .collect();
    assert_eq!(missing, Vec::<String>::new(), "docs/VENDORS.md has no row for these");
}

#[test]
fn licences_are_stated() {
    for manifest in ["shared", "edge", "widget", "tests", "tests/local_edge", "xtask"] {
        let text = read(&format!("{manifest}/Cargo.toml"));
        assert!(text.contains("license.workspace = true"), "{manifest} does not state its licence");
    }
    assert!(read("Cargo.toml").contains(r#"license = "MIT OR Apache-2.0""#));
}
