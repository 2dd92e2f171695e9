//! `cargo xtask bench browser`: what the tag costs a page, beside two other widgets, in one run. BENCHMARKS.md has a table.
//!
//! The others are fetched from npm by name and version, as archives: they are measured, not built with.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result, bail};

use crate::{
    build::{self, Mode},
    demo, processes,
    setup::Tools,
    state::Kept,
    steps::{Step, Steps},
    test,
};

/// Builds, serves and measures. `false`: a promise of the project's own is not kept.
///
/// # Errors
/// Where something does not build, cannot be fetched or does not start.
pub fn run(what: &str) -> Result<bool> {
    if what != "browser" {
        bail!("there is no bench {what:?}; there is browser");
    }
    let mut steps = Steps::new(build::STEPS + 1 + demo::SERVE_STEPS);
    let tools = build::run_steps(&mut steps, Mode::Release)?;
    let chromium = test::chromium(&tools.root)?;
    let step = steps.begin("deep-chat and @n8n/chat");
    let peers = tools.root.join(".parlor/bench");
    let outcome = fetch(&step, &tools, &peers)?;
    step.done(outcome);

    let runtime = demo::runtime()?;
    let running = runtime.block_on(demo::serve(&mut steps, &tools.root, &Kept::nothing()?))?;
    println!();
    let status = Command::new(&tools.node)
        .arg(tools.root.join("tests/browser/bench/run.mjs"))
        .env("PARLOR_CHROMIUM", chromium)
        .env("PARLOR_CHROMIUM_LAUNCHER", tools.root.join("tests/browser/chromium.sh"))
        .env("PARLOR_SITE_URL", running.site.url())
        .env("PARLOR_EDGE_URL", running.edge.url())
        .env("PARLOR_PEERS", &peers)
        .current_dir(&tools.root)
        .status();
    runtime.block_on(running.stop())?;
    Ok(status.context("could not start node")?.success())
}

/// Leaves `deep-chat/` and `n8n-chat/` in `folder`.
fn fetch(step: &Step, tools: &Tools, folder: &Path) -> Result<&'static str> {
    let stamp = folder.join("fetched");
    let wanted = PEERS.map(|(package, _, _)| package).join("\n");
    if fs::read_to_string(&stamp).is_ok_and(|there| there == wanted) {
        return Ok("up to date");
    }
    fs::create_dir_all(folder)?;
    for (package, archive, name) in PEERS {
        let mut pack = Command::new("npm");
        pack.args(["pack", "--silent", package]).current_dir(folder);
        processes::run(step, &tools.root, &mut pack)?;
        let target = folder.join(name);
        if target.exists() {
            fs::remove_dir_all(&target)?;
        }
        fs::create_dir_all(&target)?;
        let mut unpack = Command::new("tar");
        unpack.args(["xzf", archive, "--strip-components=1", "-C", name]).current_dir(folder);
        processes::run(step, &tools.root, &mut unpack)?;
    }
    fs::write(&stamp, wanted)?;
    Ok("fetched")
}

/// Package and version, the archive that `npm pack` makes of it, and the folder that it goes to.
const PEERS: [(&str, &str, &str); 2] = [
    ("deep-chat@2.4.2", "deep-chat-2.4.2.tgz", "deep-chat"),
    ("@n8n/chat@1.37.0", "n8n-chat-1.37.0.tgz", "n8n-chat"),
];
