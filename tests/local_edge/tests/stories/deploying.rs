//! docs/DEPLOYING.md, then docs/desks/kustomer.md: their commands lead from a bare deployment to the first message.

use std::{collections::BTreeMap, path::Path};

use parlor_local_edge::{
    agent::{Agent, id_of, is},
    root,
    visitor::{Answer, Tab, Visitor},
};
use parlor_tests::desks::{kustomer::RELAY_TOKEN, server::kustomer};
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
    let chat = stage.agent.until("the console rings", |chat| is(chat, "waiting")).await.unwrap();
    let chat = id_of(&chat);
    stage.agent.accept(&chat).await.unwrap();
    tab.event("an agent joins", |what| what.get("joined").is_some()).await.unwrap();

    // What is pasted into the site's page: a script that is there, and a resource that may stand on that site.
    let page = std::fs::read_to_string(root().join("docs/DEPLOYING.md")).unwrap();
    let snippet = page.split("```html\n").nth(1).unwrap().split("```").next().unwrap();
    assert!(snippet.contains(&format!("data-resource=\"{RESOURCE}\"")), "{snippet}");
    let script = snippet.split("src=\"https://parlor.YOUR-NAME.workers.dev").nth(1).unwrap();
    let script = stage.url(script.split('"').next().unwrap());
    let loader = Answer::to(reqwest::Client::new().get(script)).await.unwrap();
    assert_eq!(loader.status, 200);
    assert!(loader.header("Content-Type").contains("javascript"));
    let frame = stage.url(&format!("/frame?resource={RESOURCE}"));
    let frame = Answer::to(reqwest::Client::new().get(frame)).await.unwrap();
    let policy = frame.header("Content-Security-Policy");
    assert!(policy.ends_with("frame-ancestors https://shop.example"), "{policy}");

    the_other_desk_while_somebody_chats(&stage, &mut shell, folder.path(), &mut tab, &chat).await;
    stage.close().await;
}

/// docs/desks/kustomer.md goes on where the page ends: the next visitor is Kustomer's, and she who chats stays where she
/// is.
async fn the_other_desk_while_somebody_chats(
    stage: &Stage,
    shell: &mut BTreeMap<String, String>,
    folder: &Path,
    tab: &mut Tab,
    chat: &str,
) {
    let desk = kustomer::serve(kustomer::Options::default()).await.unwrap();
    let desk_url = format!("http://{}", desk.addr());
    let put = |command: String| {
        let command =
            command.replace(r#""api_host": "acme""#, &format!(r#""api_host": "{desk_url}""#));
        // This key may not make webhooks: the reader makes it by hand.
        let by_hand = command.contains("/webhook\"");
        (!by_hand).then(|| command.replace("YOUR-API-KEY", RELAY_TOKEN))
    };
    commands::run("docs/desks/kustomer.md", "kustomer", folder, shell, put).await;

    let mut next = Visitor::new(stage.edge.url(), RESOURCE).unwrap();
    next.start().await.unwrap();
    let mut other = next.tab().await.unwrap();
    let seq = other.say("Hello, whoever you are").await.unwrap();
    other.delivered(seq).await.unwrap();
    let agent = Agent::new(&desk_url).unwrap();
    agent.until("it is at Kustomer", |chat| is(chat, "waiting")).await.unwrap();

    let seq = tab.say("Are you still there?").await.unwrap();
    tab.delivered(seq).await.unwrap();
    stage.agent.heard(chat, &["Hello from the page", "Are you still there?"]).await.unwrap();
    stage.agent.say(chat, "I am.").await.unwrap();
    tab.heard("I am.").await.unwrap();
    desk.shutdown().await;
}
