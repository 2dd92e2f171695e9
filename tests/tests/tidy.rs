//! Rules about the code itself: who may import whom, how long files are, whether documents have kept up.

use std::{
    fs,
    path::{Path, PathBuf},
};

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
            &["crate::conversation", "crate::relay", "crate::access", "crate::shell"],
        ),
        ("edge/src/access", &["crate::conversation", "crate::relay", "crate::shell"]),
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

/// Every code that the edge can answer with stands in docs/PROTOCOL.md, so that nobody meets one unexplained.
#[test]
fn every_refusal_is_documented() {
    let page = read("docs/PROTOCOL.md");
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

/// `stories::a_name` in docs/VENDORS.md is a test in tests/tests/stories.rs; `*` stands for the rest of a name.
#[test]
fn every_test_that_the_vendors_page_names_exists() {
    let page = read("docs/VENDORS.md");
    let mut named = 0;
    for name in page.split('`').filter(|it| it.contains("::") && !it.contains(' ')) {
        let (file, test) = name.split_once("::").unwrap_or_default();
        let path = format!("tests/tests/{file}.rs");
        if !root().join(&path).exists() {
            let module =
                root().join(format!("edge/src/{}", name.replace("::", "/"))).with_extension("rs");
            assert!(
                module.exists(),
                "docs/VENDORS.md names {name}, which is no test and no module"
            );
            continue;
        }
        let wanted = format!("fn {}", test.trim_end_matches('*'));
        let end = if test.ends_with('*') { "" } else { "()" };
        assert!(read(&path).contains(&format!("{wanted}{end}")), "docs/VENDORS.md names {name}");
        named += 1;
    }
    assert!(named > 15, "the page names {named} tests");
}

#[test]
fn licences_are_stated() {
    for manifest in ["shared", "edge", "widget", "tests", "tests/local_edge", "xtask"] {
        let text = read(&format!("{manifest}/Cargo.toml"));
        assert!(text.contains("license.workspace = true"), "{manifest} does not state its licence");
    }
    assert!(read("Cargo.toml").contains(r#"license = "MIT OR Apache-2.0""#));
}
