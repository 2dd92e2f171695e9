//! The commands of a page of docs/, taken at their word: read out of it and run, one by one.

use std::{collections::BTreeMap, path::Path, process::Stdio};

use parlor_local_edge::root;
use serde_json::Value;

/// Runs the commands of the page's blocks that are marked so (```` ```sh MARK ````), as `put` leaves them: what the reader
/// is asked to put in place of what stands there; `None` leaves one out. Gives back what each printed, as JSON.
pub async fn run(
    page: &str,
    mark: &str,
    folder: &Path,
    shell: &mut BTreeMap<String, String>,
    put: impl Fn(String) -> Option<String>,
) -> Vec<Value> {
    let page = std::fs::read_to_string(root().join(page)).unwrap();
    let mut told = Vec::new();
    for command in commands(&page, mark).into_iter().filter_map(put) {
        let output = tokio::process::Command::new("sh")
            .args(["-eu", "-c", &command])
            .envs(&*shell)
            .current_dir(folder)
            .stdin(Stdio::null())
            .output()
            .await
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}\n{text}\n{errors}");
        let answer: Value = serde_json::from_str(&text).unwrap_or_default();
        assert!(answer.get("code").is_none(), "{command}\nwas refused: {text}");
        if let Some(token) = answer["token"].as_str() {
            // What the reader is told to do with it.
            shell.insert("TOKEN".to_owned(), token.to_owned());
        }
        told.push(answer);
    }
    told
}

fn commands(page: &str, mark: &str) -> Vec<String> {
    let start = format!("```sh {mark}\n");
    let mut commands: Vec<String> = Vec::new();
    for block in page.split(&start).skip(1) {
        let block = block.split("```").next().unwrap_or_default();
        for line in block.replace("\\\n", " ").lines() {
            // A command goes on until its quotes are closed.
            match commands.last_mut() {
                Some(last) if is_open(last) => {
                    last.push('\n');
                    last.push_str(line);
                }
                _ => commands.push(line.to_owned()),
            }
        }
    }
    commands
}

fn is_open(command: &str) -> bool {
    command.matches('\'').count() % 2 == 1
}
