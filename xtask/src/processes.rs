//! Running other programs: their output goes to a log file, its last line to the running step, its end into the error.

use std::{
    ffi::OsStr,
    fs,
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use anyhow::{Context, Result, bail};

use crate::steps::Step;

/// Runs a command to its end under a step.
///
/// # Errors
/// Where it could not be started or failed; the error has the end of its output and the path of the rest.
pub fn run(step: &Step, root: &Path, command: &mut Command) -> Result<()> {
    let name = short_name(command);
    let folder = root.join(".parlor/logs");
    fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{name}.log"));
    let mut log =
        fs::File::create(&path).with_context(|| format!("could not write {}", path.display()))?;
    writeln!(log, "{}", as_typed(command))?;

    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("could not start {name}; is it installed?"))?;
    let (lines, arriving) = mpsc::channel();
    let readers = [
        child.stdout.take().map(|pipe| read(pipe, lines.clone())),
        child.stderr.take().map(|pipe| read(pipe, lines)),
    ];
    let mut kept: Vec<String> = Vec::new();
    let mut current = String::new();
    loop {
        match arriving.recv_timeout(Duration::from_secs(1)) {
            Ok(line) => {
                writeln!(log, "{line}")?;
                if !line.trim().is_empty() {
                    current.clone_from(&line);
                }
                kept.push(line);
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
        }
        step.doing(&current);
    }
    for reader in readers.into_iter().flatten() {
        let _ = reader.join();
    }
    let status = child.wait()?;
    if !status.success() {
        let tail: Vec<&str> = kept.iter().rev().take(TAIL).rev().map(String::as_str).collect();
        bail!(
            "{name} failed ({status}); all of its output is in {}, its end is:\n{}",
            path.display(),
            tail.join("\n")
        );
    }
    Ok(())
}

/// The standard output of a command that should say something short.
///
/// # Errors
/// Where it could not be started or failed.
pub fn output(command: &mut Command) -> Result<String> {
    let name = short_name(command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("could not start {name}; is it installed?"))?;
    if !output.status.success() {
        bail!(
            "{name} failed ({}): {}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Whether a command can be started and succeeds. Its output is thrown away.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The command as one would type it, for logs and for advice.
pub fn as_typed(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

fn short_name(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let verb = command
        .get_args()
        .map(OsStr::to_string_lossy)
        .find(|word| word.chars().all(|letter| letter.is_ascii_lowercase()));
    match verb {
        Some(verb) if program == "cargo" || program == "rustup" || program == "npm" => {
            format!("{program}-{verb}")
        }
        _ => program,
    }
}

fn read(pipe: impl Read + Send + 'static, lines: mpsc::Sender<String>) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            // The receiver ends only with the process.
            let _ = lines.send(String::from_utf8_lossy(&line).trim_end().to_owned());
        }
    })
}

/// Lines of a failed command that a person is shown.
const TAIL: usize = 60;
