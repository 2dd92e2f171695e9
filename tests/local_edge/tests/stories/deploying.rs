//! docs/DEPLOYING.md, then docs/desks/kustomer.md: their commands lead from a bare deployment to the first message.

use std::collections::BTreeMap;

use parlor_local_edge::{agent::is, visitor::Visitor};
use serde_json::Value;

use crate::{Stage, commands, stage::ADMIN_TOKEN};

/// The resource that the document makes.
const RESOURCE: &str = "3f0c2d1e-9a4b-4c3d-8e2f-001122334455";

#[tokio::test]
async fn the_commands_of_the_page_lead_to_the_first_message() {
    // Nothing is there but the deployment and its secrets.
    let stage = Stage::set_with(&[], Vec::clear).await;
    let folder = tempfile::tempdir().unwrap();
    let mut shell = BTreeMap::from([
        ("EDGE".to_owned(), stage.edge.url().to_owned()),
        ("ADMIN_TOKEN".to_owned(), ADMIN_TOKEN.to_owned()),
    ]);
    let put = |command: String| {
        // Run by `cargo xtask` itself elsewhere; here another cargo would wait for this one.
        let elsewhere = command.starts_with("cargo xtask registry-check");
        // The one thing that the reader is asked to replace: a desk of her own.
        (!elsewhere)
            .then(|| command.replace("d.la1-c2-frf.salesforceliveagent.com", &stage.desk_url()))
    };
    let told =
        commands::run("docs/DEPLOYING.md", "deploying", folder.path(), &mut shell, put).await;
    assert!(told.len() >= 8, "{told:#?}");
    let file = std::fs::read(folder.path().join("parlor.json")).unwrap();
    let file: serde_json::Map<String, Value> = serde_json::from_slice(&file).unwrap();
    assert_eq!(file.len(), 3);
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
