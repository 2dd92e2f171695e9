//! Tells the Worker what the widget's files are called: `cargo xtask build` leaves their names, which carry a hash of
//! their content. Where it has not run (clippy), plain names serve.

use std::{collections::BTreeMap, env, fs, path::Path};

fn main() {
    // Only the shell asks for the names, and only wasm32 has a shell. A host build that looked for them would be done
    // again by every command until there is a first `cargo xtask build`, and once more after it.
    if env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch != "wasm32") {
        println!("cargo::rerun-if-changed=build.rs");
        return;
    }
    let folder =
        env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR for build scripts");
    let path = Path::new(&folder).join("../.parlor/assets.env");
    println!("cargo::rerun-if-changed={}", path.display());

    let mut names: BTreeMap<&str, &str> = PLAIN.into_iter().collect();
    let text = fs::read_to_string(&path).unwrap_or_default();
    names.extend(text.lines().filter_map(|line| line.split_once('=')));
    for (variable, name) in names {
        println!("cargo::rustc-env={variable}={name}");
    }
}

const PLAIN: [(&str, &str); 13] = [
    ("PARLOR_ASSET_SCRIPT", "/assets/frame.js"),
    ("PARLOR_ASSET_LATER", "/assets/later.js"),
    ("PARLOR_ASSET_LINK", "/assets/link.js"),
    ("PARLOR_ASSET_WASM", "/assets/widget.wasm"),
    ("PARLOR_ASSET_STYLE", "/assets/style.css"),
    ("PARLOR_ASSET_LOCALE_EN", "/assets/en.json"),
    ("PARLOR_ASSET_LOCALE_EN_LATER", "/assets/en.later.json"),
    ("PARLOR_ASSET_LOCALE_DE", "/assets/de.json"),
    ("PARLOR_ASSET_LOCALE_DE_LATER", "/assets/de.later.json"),
    ("PARLOR_ASSET_LOCALE_ES", "/assets/es.json"),
    ("PARLOR_ASSET_LOCALE_ES_LATER", "/assets/es.later.json"),
    ("PARLOR_ASSET_LOCALE_AR", "/assets/ar.json"),
    ("PARLOR_ASSET_LOCALE_AR_LATER", "/assets/ar.later.json"),
];
