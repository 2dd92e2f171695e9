//! The desk that pushes: REST out, signed webhooks in, on the real runtime with its real objects.

mod bad_events;
mod chat;
mod moving;
mod setup;

use parlor_local_edge::{
    LocalEdge, Options,
    agent::Agent,
    seed::{self, KUSTOMER_WEB_CHAT, Kustomer},
    visitor::{Answer, Visitor},
};
use parlor_tests::desks::{
    kustomer::{Config, Desk, RELAY_TOKEN},
    server::{Running, kustomer},
};
use serde_json::{Value, json};

use crate::stage::{ADMIN_TOKEN, SECRET, SITE};

/// The webhook's secret.
const HOOK_SECRET: &str = "the webhook's secret";

/// What is said in these stories and must not be logged.
const SAID: [&str; 2] = ["green", "Saturday"];

struct Stage {
    edge: LocalEdge,
    agent: Agent,
    desk: Running<Desk>,
    http: reqwest::Client,
}

impl Stage {
    /// With the webhook set up by hand.
    async fn set() -> Self {
        Self::set_at(Config::default(), |_| {}).await
    }

    /// The same at a desk of another make, with the documents as `change` leaves them.
    async fn set_at(config: Config, change: impl FnOnce(&mut Vec<(String, Value)>)) -> Self {
        let stage = Self::set_up(config, RELAY_TOKEN, &[], change).await;
        let hook = json!({ "url": stage.hook(), "token": HOOK_SECRET, "events": [
            "kustomer.message.create", "kustomer.message.update", "kustomer.conversation.update",
        ] });
        assert_eq!(stage.control("webhooks", &hook).await, 200);
        stage
    }

    /// With another key, further variables, and the documents as `change` leaves them; without a webhook.
    async fn set_with(
        api_key: &str,
        vars: &[(&str, &str)],
        change: impl FnOnce(&mut Vec<(String, Value)>),
    ) -> Self {
        Self::set_up(Config::default(), api_key, vars, change).await
    }

    async fn set_up(
        config: Config,
        api_key: &str,
        vars: &[(&str, &str)],
        change: impl FnOnce(&mut Vec<(String, Value)>),
    ) -> Self {
        let options = kustomer::Options { config, ..kustomer::Options::default() };
        let desk = kustomer::serve(options).await.unwrap();
        let url = format!("http://{}", desk.addr());
        let known = Kustomer { url: &url, api_key, webhook_secret: HOOK_SECRET };
        let mut documents = seed::kustomer_seed(&known, SITE).unwrap();
        change(&mut documents);
        let mut all = vec![("TOKEN_SECRET", SECRET), ("ADMIN_TOKEN", ADMIN_TOKEN)];
        all.extend(vars);
        let vars = all.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let options = Options { vars: vars.collect(), seed: documents, ..Options::default() };
        let edge = LocalEdge::start(options).await.unwrap();
        Self { agent: Agent::new(&url).unwrap(), http: reqwest::Client::new(), desk, edge }
    }

    fn hook(&self) -> String {
        seed::webhook_url(self.edge.url())
    }

    fn visitor(&self) -> Visitor {
        Visitor::new(self.edge.url(), KUSTOMER_WEB_CHAT).unwrap()
    }

    /// An order to the desk.
    async fn control(&self, what: &str, order: &Value) -> u16 {
        let url = format!("http://{}/control/{what}", self.desk.addr());
        self.http.post(url).json(order).send().await.unwrap().status().as_u16()
    }

    /// Asks the admin API.
    async fn admin(&self, method: &str, path: &str) -> Answer {
        let url = format!("{}/v1/admin/{path}", self.edge.url());
        let request = self.http.request(method.parse().unwrap(), url).bearer_auth(ADMIN_TOKEN);
        Answer::to(request).await.unwrap()
    }

    /// Somebody calls an address as the desk does.
    async fn push(&self, url: &str, signature: Option<&str>, body: &[u8]) -> u16 {
        let mut request = self.http.post(url).body(body.to_vec());
        if let Some(signature) = signature {
            request = request.header("X-Kustomer-Webhook-Signature", signature);
        }
        request.send().await.unwrap().status().as_u16()
    }

    /// The log's lines so far.
    async fn log(&self) -> String {
        let lines: Vec<String> =
            self.edge.logs().await.unwrap().into_iter().map(|line| line.message).collect();
        lines.join("\n")
    }

    async fn close(self) {
        let log = self.log().await;
        for secret in [RELAY_TOKEN, HOOK_SECRET].iter().chain(&SAID) {
            assert!(!log.contains(secret), "{secret:?} was logged:\n{log}");
        }
        self.edge.stop().await.unwrap();
        self.desk.shutdown().await;
    }
}
