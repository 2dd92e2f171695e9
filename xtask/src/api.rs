//! Schemathesis against the admin API's own description, on a real local edge: whatever it makes up, there is no 5xx, and
//! every answer is one that `/v1/openapi.json` promises.
//!
//! It comes from PyPI into a virtual environment of the project's own, in an ignored folder.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result, ensure};
use parlor_local_edge::{LocalEdge, Options, seed};
use serde_json::json;

use crate::{
    processes::{run, succeeds},
    steps::{Step, Steps},
};

/// The version that was tried.
const VERSION: &str = "4.32.5";

/// A precondition that does not hold refuses a wrong request as well as any other answer: an empty `If-Match` is none.
const CONFIG: &str = "[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 428, 429]
";

/// Made-up requests for each operation, and seconds for all of them.
const EXAMPLES: &str = "60";
const SECONDS: &str = "120";

/// Installs it, unless it is there.
///
/// # Errors
/// Where Python 3 with `venv` is missing, or PyPI cannot be reached.
pub fn install(root: &Path) -> Result<()> {
    let folder = root.join(".tools/schemathesis");
    let stamp = folder.join(".version");
    if fs::read_to_string(&stamp).is_ok_and(|version| version == VERSION) {
        return Ok(());
    }
    let mut steps = Steps::new(1);
    let step = steps.begin("Schemathesis");
    try_install(&step, root, &folder).context(
        "Python 3 with its venv module is needed (on Debian: `sudo apt-get install python3-venv`)",
    )?;
    fs::write(stamp, VERSION)?;
    step.done("installed");
    Ok(())
}

fn try_install(step: &Step, root: &Path, folder: &Path) -> Result<()> {
    run(step, root, Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder))?;
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    run(step, root, pip.arg(format!("schemathesis=={VERSION}")))
}

/// The command against a fresh edge, and that edge: it runs as long as it is held.
///
/// # Errors
/// Where the edge does not start, or does not take the token.
pub async fn prepare(root: &Path) -> Result<(LocalEdge, Command)> {
    let first = "the first token of the fuzzer";
    let vars = [
        ("ADMIN_TOKEN", first),
        ("ADMIN_REQUESTS_PER_MINUTE", "1000000"),
        ("SEAL_SECRET", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
    ];
    let edge = LocalEdge::start(Options {
        vars: vars.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        seed: seed::demo_seed("http://127.0.0.1:9", "http://localhost:9")?,
        ..Options::default()
    })
    .await?;
    // A named one: the first is no more as soon as the fuzzer has made an admin's.
    let tokens = format!("{}/v1/admin/tokens", edge.url());
    let body = json!({ "name": "schemathesis", "role": "admin" });
    let made = reqwest::Client::new().post(tokens).bearer_auth(first).json(&body).send().await?;
    ensure!(made.status().as_u16() == 201, "no token: {}", made.status());
    let made: serde_json::Value = made.json().await?;
    let token = made.get("token").and_then(|it| it.as_str()).context("no token in the answer")?;

    let config = root.join(".parlor/schemathesis.toml");
    fs::write(&config, CONFIG)?;
    let mut command = Command::new(root.join(".tools/schemathesis/bin/schemathesis"));
    command.current_dir(root.join(".parlor")).arg("--config-file").arg(config);
    command.args(["run", &format!("{}/v1/openapi.json", edge.url()), "--url", edge.url()]);
    command.args(["--header", &format!("Authorization: Bearer {token}")]);
    command.args(["--phases", "examples,coverage,fuzzing", "--mode", "all"]);
    command.args(["--max-examples", EXAMPLES, "--max-time", SECONDS, "--generation-deterministic"]);
    command.args(["--request-timeout", "20", "--continue-on-failure", "--warnings", "off"]);
    // A document that names what is not there is refused with good reason, though it is a good one by its schema.
    command.args(["--exclude-checks", "positive_data_acceptance"]);
    command.env("HYPOTHESIS_STORAGE_DIRECTORY", root.join(".parlor/hypothesis"));
    Ok((edge, command))
}

/// Whether Python 3 is there at all.
pub fn has_python() -> bool {
    succeeds(Command::new("python3").arg("--version"))
}
