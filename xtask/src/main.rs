//! The one command that a person needs: `cargo xtask demo`, `test`, `build`, `size` or `simulate`.
//!
//! It sets up what is missing, shows each step with its time, and leaves nothing running behind.
//! It may build, install into the work tree's ignored folders and start processes; it holds nothing that ships.
//! Start reading with [`setup`] (what a machine needs), then [`build`] (what ships), then the command you came for.

// A tool for people: it measures real time and talks to a terminal.
#![allow(clippy::disallowed_methods)]

mod build;
mod processes;
mod rust;
mod setup;
mod stamp;
mod steps;

use std::process::ExitCode;

use anyhow::{Result, bail};
use lexopt::Arg::{Long, Short, Value};

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    let mut arguments = lexopt::Parser::from_env();
    let Some(first) = arguments.next()? else {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    };
    let name = match first {
        Value(name) => name.to_string_lossy().into_owned(),
        Short('h') | Long("help") => "help".to_owned(),
        other => return Err(other.unexpected().into()),
    };
    match name.as_str() {
        "help" => print!("{HELP}"),
        "build" => {
            let mut release = false;
            while let Some(argument) = arguments.next()? {
                match argument {
                    Long("release") => release = true,
                    Long("help") => return help(),
                    other => return Err(other.unexpected().into()),
                }
            }
            build::run(build::Mode::of(release))?;
        }
        other => bail!("there is no `cargo xtask {other}`; `cargo xtask help` lists what there is"),
    }
    Ok(ExitCode::SUCCESS)
}

fn help() -> Result<ExitCode> {
    print!("{HELP}");
    Ok(ExitCode::SUCCESS)
}

const HELP: &str = "\
cargo xtask build [--release]
";
