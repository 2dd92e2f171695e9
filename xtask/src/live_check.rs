//! `cargo xtask live-check FLOW.json`: is this document a valid flow, and what does its desk say to it?
//!
//! The edge's own code reads the document and the desk's answers; here the two questions are only carried. Nothing is
//! started at the desk by asking.

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};
use parlor_edge::{
    conversation::About,
    registry::{Environment, Flow, Problem},
    relay::{
        Route,
        call::{Failure, Outcome, Request},
        live_agent,
    },
};
use serde_json::{Value, json};

/// Checks the flow of this file. `false`: no chat can come of it as it is.
pub fn run(path: &Path, development: bool) -> Result<bool> {
    let document = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let environment = if development { Environment::Development } else { Environment::Production };
    let say = |mark: &str, problem: &Problem| {
        println!("{mark} {}: {} ({})", problem.path, problem.message, problem.code);
    };
    let flow = match Flow::parse(document, environment) {
        Ok(parsed) => {
            parsed.warnings.iter().for_each(|warning| say("?", warning));
            parsed.value
        }
        Err(problems) => {
            problems.iter().for_each(|problem| say("-", problem));
            return Ok(false);
        }
    };
    println!("+ The document is a valid flow, {}.", flow.id.as_str());
    let Some(Route::LiveAgent(config)) = About::default().route(&flow.relay) else {
        println!("? Only flows to Salesforce Live Agent can be asked about without a secret.");
        return Ok(true);
    };
    let settings = ask(&live_agent::settings(&config.base_url, &config))?;
    let availability = ask(&live_agent::availability(&config.base_url, &config))?;
    let findings = live_agent::live_check(&config, &settings, &availability);
    for finding in &findings {
        println!("{} {}", if finding.good { "+" } else { "-" }, finding.text);
    }
    Ok(findings.iter().all(|finding| finding.good))
}

/// Carries one question. Node is here anyway, and brings TLS and the machine's certificates.
fn ask(request: &Request) -> Result<Outcome> {
    let headers: serde_json::Map<String, Value> = request
        .headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Value::from(value.expose().as_str())))
        .collect();
    let question = json!({
        "url": request.url, "headers": headers, "timeout_ms": request.timeout.as_millis() as u64,
    });
    let mut node = Command::new("node")
        .args(["-e", CARRIER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("node cannot be started")?;
    let mut stdin = node.stdin.take().context("node's input is a pipe")?;
    stdin.write_all(question.to_string().as_bytes())?;
    drop(stdin);
    let output = node.wait_with_output()?;
    if !output.status.success() {
        bail!("node failed to ask {}", request.url);
    }
    let answer: Value = serde_json::from_slice(&output.stdout)?;
    Ok(match answer.get("status").and_then(Value::as_u64) {
        Some(status) => Outcome::Answer {
            status: u16::try_from(status)?,
            body: answer.get("body").and_then(Value::as_str).unwrap_or_default().into(),
        },
        None if answer.get("timeout") == Some(&Value::Bool(true)) => {
            Outcome::Failed(Failure::Timeout)
        }
        None => Outcome::Failed(Failure::Network),
    })
}

/// Reads a question, prints its answer.
const CARRIER: &str = r#"
const { url, headers, timeout_ms } = JSON.parse(require("fs").readFileSync(0, "utf8"));
fetch(url, { headers, redirect: "manual", signal: AbortSignal.timeout(timeout_ms) })
  .then(async (answer) => ({ status: answer.status, body: await answer.text() }))
  .catch((error) => ({ timeout: error.name === "TimeoutError" }))
  .then((outcome) => process.stdout.write(JSON.stringify(outcome)));
"#;
