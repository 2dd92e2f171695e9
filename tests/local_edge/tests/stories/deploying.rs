//! docs/DEPLOYING.md, taken at its word: the commands are read out of the document and run, then a visitor chats.

use std::{collections::BTreeMap, process::Stdio};

use parlor_local_edge::{agent::is, root, visitor::Visitor};
use serde_json::Value;

use crate::{Stage, stage::ADMIN_TOKEN};

/// The resource that the document makes.
const RESOURCE: &str = "3f0c2d1e-9a4b-4c3d-8e2f-001122334455";

#[tokio::test]
async fn the_commands_of_the_page_lead_to_the_first_message() {
    // Nothing is there but the deployment and its secrets.
    let stage = Stage::set_with(&[], Vec::clear).await;
    let page = std::fs::read_to_string(root().join("docs/DEPLOYING.md")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut shell = BTreeMap::from([
        ("EDGE".to_owned(), stage.edge.url().to_owned()),
        ("ADMIN_TOKEN".to_owned(), ADMIN_TOKEN.to_owned()),
    ]);
    let mut told = Vec::new();
    for command in commands(&page) {
        // The one thing that the reader is asked to replace: a desk of her own.
        let command = command.replace("d.la1-c2-frf.salesforceliveagent.com", &stage.desk_url());
        if command.starts_with("cargo xtask registry-check") {
            // Run by `cargo xtask` itself elsewhere; here another cargo would wait for this one.
            let file = std::fs::read(folder.path().join("parlor.json")).unwrap();
            let file: serde_json::Map<String, Value> = serde_json::from_slice(&file).unwrap();
            assert_eq!(file.len(), 3);
            continue;
        }
        let output = tokio::process::Command::new("sh")
            .args(["-eu", "-c", &command])
            .envs(&shell)
            .current_dir(folder.path())
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
    let first = told.first().unwrap();
    assert_eq!(first["problems"], serde_json::json!(["hub_none"]), "what the page says it will be");
    assert!(first["in_words"][0].as_str().unwrap().contains("no hub yet"));
    assert!(told.iter().any(|it| it["status"] == "ok"), "healthy in the end");
    assert!(told.iter().any(|it| it["name"] == "Example Shop"), "what the widget will know");

    let mut visitor = Visitor::new(stage.edge.url(), RESOURCE).unwrap();
    visitor.start().await.unwrap();
    let mut tab = visitor.tab().await.unwrap();
    tab.say("Hello from the page").await.unwrap();
    stage.agent.until("the console rings", |chat| is(chat, "waiting")).await.unwrap();
    stage.close().await;
}

/// The commands of the page's blocks that are marked for this test, one by one.
fn commands(page: &str) -> Vec<String> {
    let blocks = page.split("```sh deploying\n").skip(1);
    let mut commands: Vec<String> = Vec::new();
    for block in blocks {
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
    assert!(commands.len() >= 9, "{commands:#?}");
    commands
}

fn is_open(command: &str) -> bool {
    command.matches('\'').count() % 2 == 1
}
