//! docs/desks/kustomer.md: its commands lead from a hub to the first message that Kustomer answers.

use std::collections::BTreeMap;

use parlor_local_edge::{
    LocalEdge, Options,
    agent::{Agent, id_of, is},
    seed::{self, DEMO_RESOURCE},
    visitor::Visitor,
};
use parlor_tests::desks::{kustomer::RELAY_TOKEN, server::kustomer};
use serde_json::json;

use crate::{
    commands,
    stage::{ADMIN_TOKEN, SITE},
};

/// What the reader copies out of Kustomer's page of the webhook.
const HOOK_SECRET: &str = "the secret that Kustomer shows";

#[tokio::test]
async fn the_commands_of_the_page_lead_to_an_answer() {
    let desk = kustomer::serve(kustomer::Options::default()).await.unwrap();
    let desk_url = format!("http://{}", desk.addr());
    // What docs/DEPLOYING.md ends with.
    let edge = LocalEdge::start(Options {
        vars: vec![("ADMIN_TOKEN".to_owned(), ADMIN_TOKEN.to_owned())],
        seed: seed::demo_seed("http://127.0.0.1:9", SITE).unwrap(),
        ..Options::default()
    })
    .await
    .unwrap();
    let mut shell = BTreeMap::from([
        ("EDGE".to_owned(), edge.url().to_owned()),
        ("TOKEN".to_owned(), ADMIN_TOKEN.to_owned()),
    ]);
    let put = |command: String| {
        let command =
            command.replace(r#""api_host": "acme""#, &format!(r#""api_host": "{desk_url}""#));
        let command = command.replace("YOUR-API-KEY", RELAY_TOKEN);
        Some(command.replace("YOUR-WEBHOOK-SECRET", HOOK_SECRET))
    };
    let folder = tempfile::tempdir().unwrap();
    let page = "docs/desks/kustomer.md";
    let told = commands::run(page, "kustomer", folder.path(), &mut shell, put).await;
    assert_eq!(told.len(), 4, "{told:#?}");

    // And what is done in Kustomer's settings: the page names the address and the events.
    let text = std::fs::read_to_string(parlor_local_edge::root().join(page)).unwrap();
    let address = text.split("`https://YOUR-EDGE").nth(1).unwrap().split('`').next().unwrap();
    let events: Vec<&str> = text
        .split("2. Events: ")
        .nth(1)
        .unwrap()
        .split('\n')
        .next()
        .unwrap()
        .split('`')
        .filter(|it| it.starts_with("kustomer."))
        .collect();
    assert_eq!(events.len(), 3);
    let hook = json!({ "url": format!("{}{address}", edge.url()), "token": HOOK_SECRET, "events": events });
    let set = reqwest::Client::new().post(format!("{desk_url}/control/webhooks")).json(&hook);
    assert_eq!(set.send().await.unwrap().status(), 200);

    let agent = Agent::new(&desk_url).unwrap();
    let mut visitor = Visitor::new(edge.url(), DEMO_RESOURCE).unwrap();
    visitor.start().await.unwrap();
    let mut tab = visitor.tab().await.unwrap();
    let seq = tab.say("Hello from the page").await.unwrap();
    tab.delivered(seq).await.unwrap();
    let chat = agent.until("a conversation", |chat| is(chat, "waiting")).await.unwrap();
    agent.say(&id_of(&chat), "Hello from the desk.").await.unwrap();
    tab.heard("Hello from the desk.").await.unwrap();
    edge.stop().await.unwrap();
    desk.shutdown().await;
}
