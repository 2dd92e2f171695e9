//! `cargo xtask test --only fidelity`: clients that others wrote hold whole chats with the simulated Live Agent desk, over
//! HTTP. If the simulator were a picture of our own client, they would stumble.
//!
//! The clients are installed here, pinned, into `.parlor/fidelity`, and are not changed; `tests/fidelity` has one thin
//! script for each, which tells what it saw. Both ends are then compared: what was said and heard, which message types
//! crossed, how the chat ended, and which rules of the desk were broken.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use parlor_tests::desks::{
    live_agent::{Chat, Control, Fault, Order, Speaker, trace},
    server::{self, Handle},
};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
};

use crate::{
    processes::{run, succeeds},
    setup,
    steps::Steps,
};

/// Where the foreign clients are.
pub struct Clients {
    scripts: PathBuf,
    python: PathBuf,
    node: PathBuf,
    packages: PathBuf,
}

/// Finds or installs the clients.
///
/// # Errors
/// Where a registry cannot be reached or python3 or npm is missing; says what to run by hand.
pub fn set_up(root: &Path) -> Result<Clients> {
    let scripts = root.join("tests/fidelity");
    let home = root.join(".parlor/fidelity");
    fs::create_dir_all(&home)?;
    let mut steps = Steps::new(2);

    let step = steps.begin("genutility (PyPI)");
    let venv = home.join("venv");
    let python = venv.join("bin/python");
    let wanted = fs::read(scripts.join("requirements.txt"))?;
    let stamp = home.join("installed-requirements.txt");
    let outcome = if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        "up to date"
    } else {
        let make = || {
            let mut make = std::process::Command::new("python3");
            make.args(["-m", "venv", "--clear"]).arg(&venv);
            make
        };
        if !succeeds(&mut make()) {
            // Debian's python3 comes without the part that makes these.
            setup::apt(&step, root, &["python3-venv"])?;
            run(&step, root, &mut make())?;
        }
        let mut pip = std::process::Command::new(&python);
        pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--requirement"]);
        run(&step, root, pip.arg(scripts.join("requirements.txt")))?;
        fs::write(&stamp, wanted)?;
        "installed"
    };
    step.done(outcome);

    let step = steps.begin("rx-sfliveagent-client (npm)");
    let lock = fs::read(scripts.join("package-lock.json"))?;
    let stamp = home.join("node_modules/.installed-lock");
    let outcome = if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        "up to date"
    } else {
        for name in ["package.json", "package-lock.json"] {
            fs::copy(scripts.join(name), home.join(name))?;
        }
        let mut npm = std::process::Command::new("npm");
        run(&step, root, npm.args(["ci", "--no-audit", "--no-fund", "--prefix"]).arg(&home))?;
        fs::write(&stamp, lock)?;
        "installed"
    };
    step.done(outcome);
    Ok(Clients {
        node: parlor_local_edge::node(root),
        packages: home.join("package.json"),
        scripts,
        python,
    })
}

/// Which client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Client {
    Genutility,
    GenutilityAsync,
    Rx,
}

/// How the chat goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scenario {
    /// Queue, join, talk, silence beyond a hold, transfer, conference, and the agent's end.
    AgentEnds,
    /// The visitor ends it.
    VisitorEnds,
    /// Nobody is there.
    Nobody,
    /// The chat moves to another server in the middle.
    HandOver,
}

const CHATS: &[(Client, Scenario)] = &[
    (Client::Genutility, Scenario::AgentEnds),
    (Client::Genutility, Scenario::VisitorEnds),
    (Client::Genutility, Scenario::Nobody),
    (Client::Genutility, Scenario::HandOver),
    (Client::GenutilityAsync, Scenario::AgentEnds),
    (Client::GenutilityAsync, Scenario::VisitorEnds),
    (Client::Rx, Scenario::AgentEnds),
    (Client::Rx, Scenario::VisitorEnds),
    (Client::Rx, Scenario::Nobody),
];

/// Holds every chat; returns how many went well and how many did not.
///
/// # Errors
/// Where the desk cannot be served.
pub async fn hold_all(clients: &Clients) -> Result<(u64, u64)> {
    let (mut passed, mut failed) = (0, 0);
    for (client, scenario) in CHATS {
        match hold(clients, *client, *scenario).await {
            Ok(summary) => {
                passed += 1;
                println!("{client:?}, {scenario:?}: {summary}");
            }
            Err(error) => {
                failed += 1;
                println!("{client:?}, {scenario:?}: FAILED: {error:#}");
            }
        }
    }
    Ok((passed, failed))
}

async fn hold(clients: &Clients, client: Client, scenario: Scenario) -> Result<String> {
    let desk = server::serve(server::Options::default()).await?;
    let handle = desk.handle();
    let limit = |name: &str, value| Control::Limit { name: name.to_owned(), value };
    handle.control(limit("poll_hold_ms", 1_000))?;
    handle.control(Control::Fault(Order::new(Fault::SneakPeek)))?;
    handle.control(Control::Availability(scenario != Scenario::Nobody))?;

    let mut command = match client {
        Client::Rx => Command::new(&clients.node),
        _ => Command::new(&clients.python),
    };
    match client {
        Client::Rx => command.arg(clients.scripts.join("rx_chat.js")),
        _ => command.arg(clients.scripts.join("genutility_chat.py")),
    };
    if client == Client::GenutilityAsync {
        command.arg("async");
    }
    command
        .env("PARLOR_DESK", desk.addr().to_string())
        .env("PARLOR_SCENARIO", format!("{scenario:?}"))
        .env("PARLOR_SAID", serde_json::to_string(&SAID)?)
        .env("PARLOR_PACKAGES", &clients.packages)
        .env("NO_PROXY", "127.0.0.1")
        .env("no_proxy", "127.0.0.1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command.spawn().context("the client does not start")?;
    let output = child.stdout.take().context("the client has an output")?;
    let reading = tokio::spawn(async move {
        let mut facts = Vec::new();
        let mut lines = BufReader::new(output).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            facts.push(serde_json::from_str::<Value>(&line).unwrap_or(Value::String(line)));
        }
        facts
    });
    let played = play(&handle, scenario).await;
    let ended = match &played {
        Ok(()) => tokio::time::timeout(PATIENCE, child.wait()).await,
        // What the client saw until then is wanted too.
        Err(_) => tokio::time::timeout(Duration::from_millis(200), child.wait()).await,
    };
    if ended.is_err() {
        child.kill().await.ok();
    }
    let facts = reading.await?;
    let outcome = played.and_then(|()| match ended {
        Ok(Ok(status)) if status.success() => compare(&handle, client, scenario, &facts),
        Ok(status) => bail!("the client ended with {status:?}"),
        Err(_) => bail!("the client does not end"),
    });
    let outcome = outcome.with_context(|| {
        let seen: Vec<String> = facts.iter().map(Value::to_string).collect();
        format!("the client saw:\n  {}\nand", seen.join("\n  "))
    });
    desk.shutdown().await;
    outcome
}

/// What the agents do.
async fn play(handle: &Handle, scenario: Scenario) -> Result<()> {
    if scenario == Scenario::Nobody {
        return until(handle, "the chat is refused", |chat| chat.state == "ended").await.map(drop);
    }
    let chat = until(handle, "a visitor waits", |chat| chat.state == "waiting").await?.id;
    handle.control(Control::Queue { chat: chat.clone(), position: 3, wait_s: Some(90) })?;
    handle.accept(&chat, None)?;
    heard(handle, 1).await?;
    handle.typing(&chat, true)?;
    handle.say(&chat, ANSWERS[0])?;
    heard(handle, 2).await?;
    // Longer than the hold: a poll ends with 204, which one client takes for the end of its patience.
    let quiet = handle.wait_until(PATIENCE, |desk| {
        desk.trace()
            .iter()
            .rev()
            .take_while(|entry| entry.types.is_empty())
            .any(|entry| entry.status == Some(204))
    });
    ensure!(quiet.await, "no poll ended in 204");
    if scenario == Scenario::HandOver {
        handle.control(Control::Fault(Order::new(Fault::HandOver).chat(&chat)))?;
        let moved = handle.wait_until(PATIENCE, |desk| {
            let done = |entry: &trace::Entry| {
                entry.noun == "ChasitorResyncState" && entry.status == Some(200)
            };
            desk.trace().iter().any(done)
        });
        ensure!(moved.await, "the client did not come back after the hand-over");
    }
    handle.transfer(&chat, Some("Tomás Vidal"))?;
    let other = || "Maha Farouk".to_owned();
    handle.control(Control::JoinConference { chat: chat.clone(), agent: other() })?;
    handle.control(Control::LeaveConference { chat: chat.clone(), agent: other() })?;
    handle.control(Control::CustomEvent {
        chat: chat.clone(),
        kind: "coupon".to_owned(),
        data: "10 %".to_owned(),
    })?;
    handle.control(Control::Fault(Order::new(Fault::UnknownMessage).chat(&chat)))?;
    handle.say(&chat, ANSWERS[1])?;
    heard(handle, 3).await?;
    match scenario {
        Scenario::VisitorEnds => {
            handle.say(&chat, ANSWERS[2])?;
            until(handle, "the visitor ends", |chat| chat.state == "ended").await?;
        }
        _ => handle.end(&chat)?,
    }
    Ok(())
}

/// Both ends must tell the same chat.
fn compare(handle: &Handle, client: Client, scenario: Scenario, facts: &[Value]) -> Result<String> {
    let chat = handle.chats().into_iter().next().context("the desk has a chat")?;
    let told = |name: &str| -> Vec<String> {
        facts.iter().filter_map(|fact| fact.get(name)?.as_str().map(str::to_owned)).collect()
    };
    let lines = |from| -> Vec<String> {
        chat.lines.iter().filter(|line| line.from == from).map(|line| line.text.clone()).collect()
    };
    let texts: Vec<String> = facts
        .iter()
        .filter(|fact| fact.get("heard").is_some_and(|kind| kind == "ChatMessage"))
        .filter_map(|fact| fact.get("text")?.as_str().map(str::to_owned))
        .collect();
    let same = |what: &str, desk: &[String], client: &[String]| {
        ensure!(desk == client, "{what}: the desk has {desk:?}, the client {client:?}");
        Ok(())
    };
    same("the visitor's words", &lines(Speaker::Visitor), &told("said"))?;
    same("the agents' words", &lines(Speaker::Agent), &texts)?;
    let polls = handle
        .trace()
        .into_iter()
        .filter(|entry| entry.noun == "Messages" && entry.what == trace::What::Answered);
    // Having ended the chat, this client drops its poll: the confirmation may be faster or not.
    let counts = |kind: &String| {
        client != Client::Rx || scenario != Scenario::VisitorEnds || kind != "ChatEnded"
    };
    let delivered: Vec<String> = polls.flat_map(|entry| entry.types).filter(counts).collect();
    let heard: Vec<String> = told("heard").into_iter().filter(counts).collect();
    same("the message types", &delivered, &heard)?;
    let words = match scenario {
        Scenario::Nobody => 0,
        _ => SAID.len(),
    };
    ensure!(
        lines(Speaker::Visitor).len() == words,
        "the visitor said {:?}",
        lines(Speaker::Visitor)
    );
    let by = match scenario {
        Scenario::VisitorEnds => "client",
        Scenario::Nobody => "Unavailable",
        Scenario::AgentEnds | Scenario::HandOver => "agent",
    };
    ensure!(chat.ended_by.as_deref() == Some(by), "ended by {:?}, not {by}", chat.ended_by);
    let breaches: Vec<&str> = handle
        .trace()
        .iter()
        .filter(|entry| entry.what == trace::What::Breach)
        .filter_map(|entry| entry.note)
        .collect();
    ensure!(breaches.is_empty(), "the client broke rules of the desk: {breaches:?}");
    expected_facts(client, scenario, facts)?;
    Ok(format!(
        "{} words each way, {} messages of {} types",
        words,
        delivered.len(),
        distinct(&delivered)
    ))
}

/// What only one client or one way of ending shows.
fn expected_facts(client: Client, scenario: Scenario, facts: &[Value]) -> Result<()> {
    let has = |name: &str, value: Value| {
        ensure!(
            facts.iter().any(|fact| fact.get(name) == Some(&value)),
            "the client did not tell {name}: {value}"
        );
        Ok(())
    };
    if client != Client::Rx {
        has("available", Value::from(scenario != Scenario::Nobody))?;
    } else if scenario != Scenario::Nobody {
        has("available", Value::from(true))?;
        has("buttons", Value::from(1))?;
        for (name, value) in [
            ("visitor", "string"),
            ("breadcrumb", "OK"),
            ("peek", "OK"),
            ("event", "OK"),
            ("nouns", "OK"),
        ] {
            has(name, Value::from(value))?;
        }
    }
    if client == Client::Genutility && scenario != Scenario::Nobody {
        // Its own comment: "Can raise a 403 HTTP error in case the agent already ended the chat."
        has("closed_again", Value::from(403))?;
    }
    if scenario == Scenario::HandOver {
        has("moved", Value::from(true))?;
        has("reconnect", Value::from("reads beside the envelope"))?;
    }
    Ok(())
}

fn distinct(kinds: &[String]) -> usize {
    kinds.iter().collect::<std::collections::BTreeSet<_>>().len()
}

async fn until(handle: &Handle, what: &str, wanted: impl Fn(&Chat) -> bool) -> Result<Chat> {
    match handle.wait_for(PATIENCE, |chats| chats.iter().any(&wanted)).await {
        Ok(chats) => chats.into_iter().find(wanted).context("it was there a moment ago"),
        Err(chats) => bail!("not in time: {what}; the desk has {chats:#?}"),
    }
}

async fn heard(handle: &Handle, words: usize) -> Result<()> {
    let said = move |chat: &Chat| {
        chat.lines.iter().filter(|line| line.from == Speaker::Visitor).count() >= words
    };
    until(handle, &format!("the visitor has said {words} things"), said).await.map(drop)
}

const SAID: [&str; 3] = [
    "Hello, is the Wren 9 still to be had?",
    "In green & size 54, <if possible>.",
    "Größe 54 – „danke“ 🚲",
];
const ANSWERS: [&str; 3] = [
    "Hello Ada. Yes, one is left.",
    "Tomás here: it has your name on it.",
    "Shall I close this chat?",
];

/// Far above what any of it takes.
const PATIENCE: Duration = Duration::from_secs(20);
