//! Where a story is played: an edge and a desk of its own, and what every story must leave behind.

use std::{collections::BTreeSet, fs, path::Path};

use parlor_edge::access;
use parlor_local_edge::{
    LocalEdge, Options,
    agent::{self, Agent, id_of, is},
    seed::{self, DEMO_RESOURCE},
    visitor::{Answer, PATIENCE, Tab, Visitor},
};
use parlor_shared::Timestamp;
use parlor_tests::desks::{
    live_agent::{self, trace::What},
    server,
};
use serde_json::Value;

/// The edge's `TOKEN_SECRET`, also for minting tokens that it would never mint.
pub const SECRET: &str = "a secret of the stories, long enough to sign with";

/// The edge's `ADMIN_TOKEN`.
pub const ADMIN_TOKEN: &str = "the first token of the stories";

/// The one site that the seeded resource names.
pub const SITE: &str = "http://localhost:4321";

/// What the resource is called: a name that must be escaped in a document.
pub const NAME: &str = "Fur & \"Feather\"";

pub struct Stage {
    pub edge: LocalEdge,
    pub agent: Agent,
    desk: server::Running,
}

impl Stage {
    pub async fn set() -> Self {
        Self::set_with(&[], |_| {}).await
    }

    /// With other variables, and with the documents as `change` leaves them.
    pub async fn set_with(
        vars: &[(&str, &str)],
        change: impl FnOnce(&mut Vec<(String, Value)>),
    ) -> Self {
        Self::set_limited(vars, &[], change).await
    }

    /// With limiters that let little through, besides.
    pub async fn set_limited(
        vars: &[(&str, &str)],
        limits: &[(&str, u32)],
        change: impl FnOnce(&mut Vec<(String, Value)>),
    ) -> Self {
        let desk = server::serve(server::Options::default()).await.unwrap();
        let desk_url = format!("http://{}", desk.addr());
        let mut seed = seed::demo_seed(&desk_url, SITE).unwrap();
        for (_, resource) in seed.iter_mut().filter(|(key, _)| key.starts_with("resource:")) {
            resource["name"] = NAME.into();
        }
        change(&mut seed);
        let secrets = [("TOKEN_SECRET", SECRET), ("ADMIN_TOKEN", ADMIN_TOKEN)];
        let mut all = secrets.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        all.extend(vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let limits = limits.iter().map(|(name, limit)| ((*name).to_owned(), *limit)).collect();
        let options = Options { vars: all, seed, limits, ..Options::default() };
        let edge = LocalEdge::start(options).await.unwrap();
        Self { edge, agent: Agent::new(&desk_url).unwrap(), desk }
    }

    pub fn visitor(&self) -> Visitor {
        Visitor::new(self.edge.url(), DEMO_RESOURCE).unwrap()
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.edge.url())
    }

    /// Where the desk is.
    pub fn desk_url(&self) -> String {
        format!("http://{}", self.desk.addr())
    }

    /// A request to the admin API, with the first token.
    pub fn admin(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.bearer(ADMIN_TOKEN, method, path)
    }

    /// The same with another token.
    pub fn bearer(&self, token: &str, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = method.parse().unwrap();
        reqwest::Client::new().request(method, self.url(path)).bearer_auth(token)
    }

    /// A visitor who has started, and a tab of hers.
    pub async fn arrive(&self) -> (Visitor, Tab) {
        let mut visitor = self.visitor();
        visitor.start().await.unwrap();
        let tab = visitor.tab().await.unwrap();
        (visitor, tab)
    }

    /// The same with an agent, who was asked with these words; returns the desk's chat too.
    pub async fn converse(&self, words: &str) -> (Visitor, Tab, String) {
        let (visitor, mut tab) = self.arrive().await;
        let seq = tab.say(words).await.unwrap();
        let chat = self.agent.until("a waiting visitor", |chat| is(chat, "waiting")).await.unwrap();
        let chat = id_of(&chat);
        self.agent.accept(&chat).await.unwrap();
        tab.event("an agent joins", |what| what.get("joined").is_some()).await.unwrap();
        tab.delivered(seq).await.unwrap();
        (visitor, tab, chat)
    }

    /// Every breach of the vendor's rules that the desk saw.
    pub async fn breaches(&self) -> Vec<String> {
        let trace = self.agent.trace().await.unwrap();
        let breaches = trace.iter().filter(|entry| entry["what"] == "breach");
        breaches.map(|entry| format!("{} {}", entry["noun"], entry["note"])).collect()
    }

    /// Waits until the desk holds a poll: it has received one more than it has ended.
    pub async fn poll_is_open(&self) {
        let held = |desk: &live_agent::Desk| {
            let polls = desk.trace().into_iter().filter(|entry| entry.noun == "Messages");
            let (received, ended) =
                polls.fold((0, 0), |(received, ended), entry| match entry.what {
                    What::Received => (received + 1, ended),
                    What::Answered | What::Unanswered | What::Aborted => (received, ended + 1),
                    What::Breach | What::Fault => (received, ended),
                });
            received == ended + 1
        };
        assert!(self.desk.handle().wait_until(PATIENCE, held).await, "no poll is open");
    }

    /// How many polls the desk has received.
    pub async fn polls(&self) -> usize {
        let trace = self.agent.trace().await.unwrap();
        let received = |entry: &&Value| entry["what"] == "received" && entry["noun"] == "Messages";
        trace.iter().filter(received).count()
    }

    /// The keys with which the edge talks to the desk, read from the objects' own databases.
    pub fn session_keys(&self) -> BTreeSet<String> {
        // The registry's books have keys as well: documents', which are no secrets and have a colon.
        let is_secret = |key: &String| key.len() > 8 && !key.contains(':');
        stored(self.edge.state(), "\"key\":\"").into_iter().filter(is_secret).collect()
    }

    /// The stored number of the conversation's life: it rises when one is restored and has something to store.
    pub fn life(&self) -> u64 {
        let lives = stored(self.edge.state(), "\"epoch\":");
        lives.iter().filter_map(|life| life.parse().ok()).max().unwrap_or_default()
    }

    /// Ends the story. What must never be logged has not been; returns the codes that have.
    pub async fn close(self) -> Vec<String> {
        let log: Vec<String> =
            self.edge.logs().await.unwrap().into_iter().map(|line| line.message).collect();
        let all = log.join("\n");
        let said: Vec<String> = self
            .agent
            .chats()
            .await
            .unwrap()
            .iter()
            .flat_map(agent::words)
            .map(|(_, words)| words)
            // A single word may be part of a code.
            .filter(|words| words.contains(' '))
            .collect();
        let keys = self.session_keys();
        for secret in said.iter().chain(&keys).map(String::as_str).chain([SECRET, TOKEN_START]) {
            assert!(!all.contains(secret), "{secret:?} was logged:\n{all}");
        }
        self.edge.stop().await.unwrap();
        self.desk.shutdown().await;
        log.iter().filter_map(|line| code_of(line)).collect()
    }
}

/// Asks the admin API with the first token; `Value::Null` is no body.
pub async fn admin(stage: &Stage, method: &str, path: &str, body: &Value) -> Answer {
    let request = stage.admin(method, path);
    let request = if body.is_null() { request } else { request.json(body) };
    Answer::to(request).await.unwrap()
}

/// Keys as the edge has them.
pub fn keys() -> access::Keys {
    access::Keys::new(Some(SECRET), None).unwrap()
}

/// The edge's own time, so that no clock of this machine is needed.
pub async fn edge_time(stage: &Stage) -> Timestamp {
    let health: Value = reqwest::get(stage.url("/healthz")).await.unwrap().json().await.unwrap();
    Timestamp::from_ms(health["now_ms"].as_u64().unwrap())
}

fn code_of(line: &str) -> Option<String> {
    let line: Value = serde_json::from_str(line).ok()?;
    line["code"].as_str().map(str::to_owned)
}

/// What stands behind `before` anywhere in the objects' databases, up to the next quote, comma or brace.
fn stored(folder: &Path, before: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.append(&mut stored(&path, before));
            continue;
        }
        // A database that is being written is read as it stands; whoever looks waits for an event first.
        let text = fs::read(&path).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let behind = text.split(before).skip(1);
        found.extend(behind.filter_map(|it| it.split(['"', ',', '}']).next().map(str::to_owned)));
    }
    found
}

/// How every token begins: the encoded start of its claims.
const TOKEN_START: &str = "eyJzIjoi";
