//! The one command that a person needs: `cargo xtask demo`, `test`, `build`, `gallery`, `size`, `bench`, `live-check`,
//! `simulate` or `simulate-faults`.
//!
//! It sets up what is missing, shows each step with its time, and leaves nothing running behind.
//! It may build, install into the work tree's ignored folders and start processes; it holds nothing that ships.
//! Start reading with [`setup`] (what a machine needs), then [`build`] (what ships), then the command you came for.

// A tool for people: it measures real time and talks to a terminal.
#![allow(clippy::disallowed_methods)]

mod api;
mod bench;
mod build;
mod check;
mod demo;
mod desks;
mod faults;
mod fidelity;
mod gallery;
mod live_check;
mod live_round;
mod processes;
mod registry_check;
mod rust;
mod seal;
mod setup;
mod site;
mod size;
mod stamp;
mod state;
mod steps;
mod test;

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, Result, bail};
use lexopt::{
    Arg::{Long, Short, Value},
    ValueExt,
};

fn main() -> ExitCode {
    let outcome = command().and_then(|command| match command {
        Command::Help => {
            print!("{HELP}");
            Ok(true)
        }
        Command::Demo(options) => demo::run(options).map(|()| true),
        Command::Simulate { which, port } => demo::simulate(which, port).map(|()| true),
        Command::SimulateFaults { which, seeds, from } => Ok(faults::run(which, seeds, from)),
        Command::Test { only } => test::run(only),
        Command::Build(mode) => build::run(mode).map(|()| true),
        Command::Size => size::run(),
        Command::Seal { document, member } => seal::run(&document, &member).map(|()| true),
        Command::Bench { what } => bench::run(&what),
        Command::LiveCheck { flow, development } => live_check::run(&flow, development),
        Command::LiveRound { development } => live_round::run(development),
        Command::Gallery { mode, port } => gallery::run(mode, port).map(|()| true),
        Command::RegistryCheck { file, development } => registry_check::run(&file, development),
    });
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

enum Command {
    Help,
    Demo(demo::Options),
    Simulate { which: desks::Which, port: Option<u16> },
    SimulateFaults { which: desks::Which, seeds: u64, from: u64 },
    Test { only: Option<test::Part> },
    Build(build::Mode),
    Gallery { mode: build::Mode, port: u16 },
    LiveCheck { flow: PathBuf, development: bool },
    LiveRound { development: bool },
    Seal { document: String, member: String },
    Size,
    RegistryCheck { file: PathBuf, development: bool },
    Bench { what: String },
}

fn command() -> Result<Command> {
    let mut arguments = lexopt::Parser::from_env();
    let name = match arguments.next()? {
        Some(Value(name)) => name.to_string_lossy().into_owned(),
        None | Some(Short('h') | Long("help")) => return Ok(Command::Help),
        Some(other) => return Err(other.unexpected().into()),
    };
    let mut demo = demo::Options::default();
    let mut only = None;
    let mut places = Vec::new();
    let mut file = None;
    let mut what = None;
    let mut which = None;
    let (mut seeds, mut from) = (100_000, 0);
    let (mut flow, mut round, mut development) = (None, false, false);
    while let Some(argument) = arguments.next()? {
        match (name.as_str(), argument) {
            (_, Short('h') | Long("help")) => return Ok(Command::Help),
            ("demo" | "build" | "gallery", Long("release")) => demo.mode = build::Mode::Release,
            ("demo", Long("check")) => demo.check = true,
            ("demo" | "gallery", Long("port")) => demo.port = Some(port(arguments.value()?)?),
            ("demo" | "simulate", Long("desk-port")) => {
                demo.desk_port = Some(port(arguments.value()?)?)
            }
            ("demo", Long("kustomer-port")) => demo.kustomer_port = Some(port(arguments.value()?)?),
            ("simulate" | "simulate-faults", Value(name)) if which.is_none() => {
                which = Some(desks::Which::parse(&name.string()?)?)
            }
            ("demo", Long("state")) => demo.state = Some(PathBuf::from(arguments.value()?)),
            ("simulate-faults", Long("seeds")) => seeds = number(arguments.value()?)?,
            ("simulate-faults", Long("from")) => from = number(arguments.value()?)?,
            ("live-check", Value(path)) if flow.is_none() => flow = Some(PathBuf::from(path)),
            ("live-check", Long("kustomer")) => round = true,
            ("live-check" | "registry-check", Long("development")) => development = true,
            ("test", Long("only")) => {
                only = Some(test::Part::parse(&arguments.value()?.string()?)?)
            }
            ("registry-check", Value(path)) if file.is_none() => file = Some(PathBuf::from(path)),
            ("bench", Value(name)) if what.is_none() => what = Some(name.string()?),
            ("seal", Value(place)) if places.len() < 2 => {
                places.push(place.to_string_lossy().into_owned());
            }
            (_, other) => {
                return Err(other.unexpected()).context("`cargo xtask help` lists the options");
            }
        }
    }
    let which = which.unwrap_or(desks::Which::LiveAgent);
    Ok(match name.as_str() {
        "help" => Command::Help,
        "demo" => Command::Demo(demo),
        "simulate" => Command::Simulate { which, port: demo.desk_port },
        "test" => Command::Test { only },
        "simulate-faults" => Command::SimulateFaults { which, seeds, from },
        "build" => Command::Build(demo.mode),
        "gallery" => Command::Gallery { mode: demo.mode, port: demo.port.unwrap_or(8_791) },
        "size" => Command::Size,
        "seal" => match <[String; 2]>::try_from(places) {
            Ok([document, member]) => Command::Seal { document, member },
            Err(_) => bail!("`cargo xtask seal DOCUMENT MEMBER`, such as account:acme api_key"),
        },
        "bench" => Command::Bench { what: what.context("which bench? There is browser")? },
        "live-check" if round && flow.is_none() => Command::LiveRound { development },
        "live-check" => Command::LiveCheck {
            flow: flow.context("`cargo xtask live-check` wants a flow's document")?,
            development,
        },
        "registry-check" => {
            let file = file.context("registry-check wants the name of a file")?;
            Command::RegistryCheck { file, development }
        }
        other => bail!("there is no `cargo xtask {other}`; `cargo xtask help` lists what there is"),
    })
}

fn number(text: std::ffi::OsString) -> Result<u64> {
    text.parse().context("a count or a seed is a whole number")
}

fn port(text: std::ffi::OsString) -> Result<u16> {
    text.parse().context("a port is a number from 0 (any that is free) to 65535")
}

const HELP: &str = "\
cargo xtask demo [--port N] [--desk-port N] [--kustomer-port N] [--state DIR] [--release] [--check]
    Sets up, builds, and serves the shop page, the edge and the agents' two desks; Ctrl-C ends it.
    --port N           the edge's port, 8787 if not given; the shop page is on the next one. 0: any that are free
    --desk-port N      the port of Live Agent's desk, 8789 if not given
    --kustomer-port N  the port of Kustomer's desk, 8790 if not given
    --state DIR        keeps configuration, conversations and ports there; else they go when the demo ends
    --release          the widget as it is deployed, not the one that is quicker to build
    --check            without a browser: a scripted visitor and a scripted agent talk by each desk; prints what was said
cargo xtask test [--only NAME]
    Every check there is, or one of: fmt, lint, unit, script, fidelity, edge, api, browser, deploy, size.
cargo xtask build [--release]
    Builds dist/ (loader, widget) and edge/build/ (the Worker).
cargo xtask gallery [--release] [--port N]
    Every state of the panel on one page, in light, dark, right to left, on a phone, and at 200 %.
cargo xtask size
    Bytes of what is deployed; fails over the budgets of budgets.json.
cargo xtask live-check FILE [--development]
    Checks a routing flow's or an account's document, asks its desk, and says in words what it found. An account's key
    is opened under SEAL_SECRET.
    --development  a simulator's http://127.0.0.1:PORT may be its host
cargo xtask live-check --kustomer [--development]
    Goes a round at the Kustomer of KUSTOMER_API_HOST with the key of KUSTOMER_API_KEY: whose is the key, which webhooks
    are there; makes one conversation, writes a message into it, reads it back, ends it. Says in words what it found.
cargo xtask registry-check FILE [--development]
    Says of a file of documents (as GET /v1/admin/export gives it) what the registry would say of it.
    --development  desks on this machine may be named
cargo xtask bench browser
    What the tag costs a page, beside two other widgets from npm; BENCHMARKS.md has a table.
cargo xtask seal DOCUMENT MEMBER
    Seals the secret that comes by standard input under SEAL_SECRET, for one document: account:acme api_key.
cargo xtask simulate [live-agent | kustomer] [--desk-port N]
    Only one of the agents' desks.
cargo xtask simulate-faults [live-agent | kustomer] [--seeds N] [--from S]
    N seeded schedules of bad days, 100000 if not given; the first that fails is printed with its trace.
";
