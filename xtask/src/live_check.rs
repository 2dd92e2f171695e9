//! `cargo xtask live-check FILE`: is this document a valid flow or account, and what does its desk say to it?
//!
//! The edge's own code reads the document and the desk's answers; here the questions are only carried. Nothing is started
//! at the desk by asking.

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result, bail};
use parlor_edge::{
    conversation::{About, reach},
    registry::{Account, Environment, Flow, Problem, SealKeys, Stored},
    relay::{
        Finding, LiveCheck, Mark,
        call::{Failure, Method, Outcome, Request},
        kustomer,
    },
};
use parlor_shared::{Redacted, Timestamp};
use serde_json::{Value, json};

/// Checks the flow or account of this file. `false`: no chat can come of it as it is.
pub fn run(path: &Path, development: bool) -> Result<bool> {
    let document = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let environment = if development { Environment::Development } else { Environment::Production };
    let json: Value = serde_json::from_slice(&document).unwrap_or_default();
    let is_account = json.get("kind").is_some();
    let (check, account) = if is_account {
        let Some(account) = read::<Account>(&document, environment) else { return Ok(false) };
        println!("+ The document is a valid account, {}.", account.id.as_str());
        let check = kustomer::LiveCheck::new(reach(&account), kustomer::Named::default(), None);
        (LiveCheck::Kustomer(check), Some(account))
    } else {
        let Some(flow) = read::<Flow>(&document, environment) else { return Ok(false) };
        println!("+ The document is a valid flow, {}.", flow.id.as_str());
        let Some(route) = About::default().route(&flow.relay) else {
            println!(
                "? A flow to Kustomer is asked about by its account: `cargo xtask live-check ACCOUNT.json`."
            );
            return Ok(true);
        };
        (LiveCheck::of(&route, None), None)
    };
    let key = account.as_ref().map(key).transpose()?;
    let findings = carried_through(check, key.as_ref(), &mut Node)?;
    findings.iter().for_each(tell);
    Ok(findings.iter().all(|finding| finding.mark != Mark::Bad))
}

/// One line of what was found.
pub fn tell(finding: &Finding) {
    let mark = match finding.mark {
        Mark::Good => '+',
        Mark::Doubt => '?',
        Mark::Bad => '-',
    };
    println!("{mark} {}", finding.text);
}

fn read<D: Stored>(document: &[u8], environment: Environment) -> Option<D> {
    let say = |mark: &str, problem: &Problem| {
        println!("{mark} {}: {} ({})", problem.path, problem.message, problem.code);
    };
    match D::parse(document, environment) {
        Ok(parsed) => {
            parsed.warnings.iter().for_each(|warning| say("?", warning));
            Some(parsed.value)
        }
        Err(problems) => {
            problems.iter().for_each(|problem| say("-", problem));
            None
        }
    }
}

/// The account's key, opened under the Worker secret as an edge would.
fn key(account: &Account) -> Result<Redacted<String>> {
    let secret = |name| std::env::var(name).ok();
    let (current, previous) = (secret("SEAL_SECRET"), secret("SEAL_SECRET_PREVIOUS"));
    let keys = SealKeys::new(current.as_deref(), previous.as_deref())
        .context("set SEAL_SECRET to the Worker's secret: the account's key is sealed under it")?;
    Ok(keys.open(&Account::api_key_place(&account.id), &account.api_key)?)
}

/// Asks until all is known.
pub fn carried_through(
    mut check: LiveCheck,
    key: Option<&Redacted<String>>,
    carrier: &mut impl Carrier,
) -> Result<Vec<Finding>> {
    while let Some(request) = check.ask() {
        let outcome = carry(carrier, request, key)?;
        check.answer(carrier.now(), outcome);
    }
    Ok(check.findings())
}

/// Carries one question, with the account's key where it wants one.
pub fn carry(
    carrier: &mut impl Carrier,
    mut request: Request,
    key: Option<&Redacted<String>>,
) -> Result<Outcome> {
    if let (Some(_), Some(key)) = (request.charge.take(), key) {
        let value = Redacted::new(format!("Bearer {}", key.expose()));
        request.headers.push(("Authorization", value));
    }
    Ok(match carrier.carry(&request)? {
        // How long is in a header, which is not read: this is asked once, by a person, who may ask again.
        Outcome::Answer { status: 429, .. } => {
            Outcome::Failed(Failure::Held { until: carrier.now() + LIMIT_PAUSE })
        }
        outcome => outcome,
    })
}

/// Brings a question to a desk, and has the time.
pub trait Carrier {
    fn carry(&mut self, request: &Request) -> Result<Outcome>;
    fn now(&self) -> Timestamp;
    fn wait(&mut self, until: Timestamp);
}

/// Node is here anyway, and brings TLS and the machine's certificates.
pub struct Node;

impl Carrier for Node {
    fn carry(&mut self, request: &Request) -> Result<Outcome> {
        ask(request)
    }

    fn now(&self) -> Timestamp {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_ms(u64::try_from(now.as_millis()).unwrap_or(u64::MAX))
    }

    fn wait(&mut self, until: Timestamp) {
        std::thread::sleep(until.since(self.now()));
    }
}

fn ask(request: &Request) -> Result<Outcome> {
    let headers: serde_json::Map<String, Value> = request
        .headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Value::from(value.expose().as_str())))
        .collect();
    let method = match request.method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
    };
    let question = json!({
        "method": method, "url": request.url, "headers": headers,
        "body": request.body.as_ref().map(|body| body.expose().as_str()),
        "timeout_ms": request.timeout.as_millis() as u64,
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

/// Pause after a question that the organisation's limit has turned away.
const LIMIT_PAUSE: Duration = Duration::from_secs(5);

/// Reads a question, prints its answer.
const CARRIER: &str = r#"
const { method, url, headers, body, timeout_ms } = JSON.parse(require("fs").readFileSync(0, "utf8"));
fetch(url, { method, headers, body, redirect: "manual", signal: AbortSignal.timeout(timeout_ms) })
  .then(async (answer) => ({ status: answer.status, body: await answer.text() }))
  .catch((error) => ({ timeout: error.name === "TimeoutError" }))
  .then((outcome) => process.stdout.write(JSON.stringify(outcome)));
"#;
