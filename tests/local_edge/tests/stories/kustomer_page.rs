//! docs/desks/kustomer.md: its commands lead from a hub to the first message that Kustomer answers, whoever makes the
//! webhook.

use std::collections::BTreeMap;

use parlor_local_edge::{
    LocalEdge, Options,
    agent::{Agent, id_of, is},
    root,
    seed::{self, DEMO_RESOURCE},
    visitor::Visitor,
};
use parlor_tests::desks::{
    kustomer::{Config, Desk, Key, UMBRELLAS},
    server::{Running, kustomer},
};
use serde_json::{Value, json};

use crate::{
    commands,
    stage::{ADMIN_TOKEN, SITE},
};

const PAGE: &str = "docs/desks/kustomer.md";

/// What the reader copies out of Kustomer's pages.
const API_KEY: &str = "the key that is shown once";
const HOOK_SECRET: &str = "the secret that its page shows";

struct Reader {
    edge: LocalEdge,
    desk: Running<Desk>,
    agent: Agent,
    shell: BTreeMap<String, String>,
    folder: tempfile::TempDir,
}

impl Reader {
    /// Where docs/DEPLOYING.md ends, with a key of these roles.
    async fn begins(roles: &[&str]) -> Self {
        let config = Config { keys: vec![Key::new(API_KEY, "Parlor", roles)], ..Config::default() };
        let options = kustomer::Options { config, ..kustomer::Options::default() };
        let desk = kustomer::serve(options).await.unwrap();
        let edge = LocalEdge::start(Options {
            vars: vec![("ADMIN_TOKEN".to_owned(), ADMIN_TOKEN.to_owned())],
            seed: seed::demo_seed("http://127.0.0.1:9", SITE).unwrap(),
            ..Options::default()
        })
        .await
        .unwrap();
        Self {
            agent: Agent::new(&format!("http://{}", desk.addr())).unwrap(),
            shell: BTreeMap::from([
                ("EDGE".to_owned(), edge.url().to_owned()),
                ("TOKEN".to_owned(), ADMIN_TOKEN.to_owned()),
            ]),
            folder: tempfile::tempdir().unwrap(),
            edge,
            desk,
        }
    }

    /// Runs the commands with this mark, except those that the reader has no use for.
    async fn runs(&mut self, mark: &str, wanted: impl Fn(&str) -> bool) -> Vec<Value> {
        let host = format!(r#""api_host": "http://{}""#, self.desk.addr());
        let put = |command: String| {
            let command = command.replace(r#""api_host": "acme""#, &host);
            let command = command.replace("YOUR-API-KEY", API_KEY);
            wanted(&command).then(|| command.replace("YOUR-WEBHOOK-SECRET", HOOK_SECRET))
        };
        commands::run(PAGE, mark, self.folder.path(), &mut self.shell, put).await
    }

    async fn chats_and_goes(self) {
        let mut visitor = Visitor::new(self.edge.url(), DEMO_RESOURCE).unwrap();
        visitor.start().await.unwrap();
        let mut tab = visitor.tab().await.unwrap();
        let seq = tab.say("Hello from the page").await.unwrap();
        tab.delivered(seq).await.unwrap();
        let chat = self.agent.until("a conversation", |chat| is(chat, "waiting")).await.unwrap();
        self.agent.say(&id_of(&chat), "Hello from the desk.").await.unwrap();
        tab.heard("Hello from the desk.").await.unwrap();
        self.edge.stop().await.unwrap();
        self.desk.shutdown().await;
    }
}

#[tokio::test]
async fn the_commands_of_the_page_lead_to_an_answer() {
    let roles =
        [&UMBRELLAS[..], &["org.permission.note.create", "org.permission.outbound_webhook"]];
    let mut reader = Reader::begins(&roles.concat()).await;
    let told = reader.runs("kustomer", |_| true).await;
    let checks: Vec<&Value> = told.iter().filter_map(|it| it.get("good")).collect();
    assert_eq!(checks, [true, true], "{told:#?}");
    assert!(told.iter().any(|it| it["done"] == "made"), "{told:#?}");
    reader.chats_and_goes().await;
}

#[tokio::test]
async fn the_webhook_that_the_page_has_an_admin_make_by_hand_is_one() {
    let mut reader = Reader::begins(&UMBRELLAS).await;
    let told = reader.runs("kustomer", |command| !command.contains("/care/")).await;
    assert_eq!(told.len(), 5, "{told:#?}");
    // What is done in Kustomer's settings: the page names the address and the events.
    let page = std::fs::read_to_string(root().join(PAGE)).unwrap();
    let between = |start: &str, end: char| {
        page.split(start).nth(1).and_then(|rest| rest.split(end).next()).unwrap().to_owned()
    };
    let listed = between("2. Events: ", '\n');
    let events: Vec<&str> = listed.split('`').filter(|it| it.starts_with("kustomer.")).collect();
    assert_eq!(events.len(), 3);
    let url = format!("{}{}", reader.edge.url(), between("`https://YOUR-EDGE", '`'));
    let hook = json!({ "url": url, "token": HOOK_SECRET, "events": events });
    let address = format!("http://{}/control/webhooks", reader.desk.addr());
    let set = reqwest::Client::new().post(address).json(&hook).send().await.unwrap();
    assert_eq!(set.status(), 200);
    reader.runs("by-hand", |_| true).await;
    reader.chats_and_goes().await;
}
