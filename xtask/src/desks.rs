//! The simulated desks, behind their ports: what the demo answers with, and `cargo xtask simulate`.

use anyhow::{Context, Result, bail};
use parlor_local_edge::seed;
use parlor_tests::desks::{
    kustomer::{self, ADMIN_TOKEN, Control, Key, RELAY_TOKEN, UMBRELLAS},
    server,
};

/// Which desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Salesforce's, which is asked.
    LiveAgent,
    /// The one that pushes.
    Kustomer,
}

impl Which {
    /// The desk of this name.
    ///
    /// # Errors
    /// Where there is none; lists those there are.
    pub fn parse(name: &str) -> Result<Self> {
        match name {
            "live-agent" => Ok(Self::LiveAgent),
            "kustomer" => Ok(Self::Kustomer),
            _ => bail!("there is no desk {name:?}; there are live-agent and kustomer"),
        }
    }

    /// Where it is served, unless told otherwise: next to the edge and the shop page.
    pub const fn port(self) -> u16 {
        match self {
            Self::LiveAgent => 8_789,
            Self::Kustomer => 8_790,
        }
    }
}

/// Both desks, running.
pub struct Desks {
    /// Salesforce Live Agent.
    pub live_agent: server::Running,
    /// Kustomer.
    pub kustomer: server::Running<kustomer::Desk>,
}

impl Desks {
    /// Closes both.
    pub async fn shutdown(self) {
        self.live_agent.shutdown().await;
        self.kustomer.shutdown().await;
    }

    /// Tells Kustomer where its events go: what an admin does in its settings.
    ///
    /// # Errors
    /// Never for an edge's address.
    pub fn push_to(&self, edge: &str) -> Result<()> {
        let hook = Control::Hook {
            url: seed::webhook_url(edge),
            token: WEBHOOK_SECRET.to_owned(),
            events: EVENTS.map(str::to_owned).to_vec(),
        };
        self.kustomer.handle().control(hook).context("the Kustomer desk refused its webhook")
    }
}

/// A desk's origin as a document names it.
pub fn origin<D>(desk: &server::Running<D>) -> String {
    format!("http://{}", desk.addr())
}

/// Its page for agents.
pub fn page<D>(desk: &server::Running<D>) -> String {
    format!("{}/", origin(desk))
}

/// Serves Live Agent's desk.
///
/// # Errors
/// Where the port is taken.
pub async fn live_agent(port: u16, option: &str) -> Result<server::Running> {
    let desk = server::serve(server::Options { port, ..Default::default() }).await;
    desk.with_context(|| taken(port, option))
}

/// Serves Kustomer's desk. Its key has the five roles, and those for notes and webhooks.
///
/// # Errors
/// Where the port is taken.
pub async fn kustomer(port: u16, option: &str) -> Result<server::Running<kustomer::Desk>> {
    let roles: Vec<&str> = UMBRELLAS.into_iter().chain(MORE_ROLES).collect();
    let keys = vec![Key::new(RELAY_TOKEN, "Parlor", &roles), Key::admin()];
    let config = kustomer::Config { keys, ..Default::default() };
    let options = server::kustomer::Options { port, config, seed: None };
    server::kustomer::serve(options).await.with_context(|| taken(port, option))
}

/// What an admin needs to know of a desk that is served alone.
pub async fn simulate(which: Which, port: Option<u16>, stop: impl Future) -> Result<()> {
    let port = port.unwrap_or_else(|| which.port());
    match which {
        Which::LiveAgent => {
            let desk = live_agent(port, "--desk-port").await?;
            println!("desk  {}", page(&desk));
            println!("A flow that names {} talks to it. Ctrl-C ends it.", origin(&desk));
            stop.await;
            desk.shutdown().await;
        }
        Which::Kustomer => {
            let desk = kustomer(port, "--desk-port").await?;
            let origin = origin(&desk);
            println!("desk  {}", page(&desk));
            println!("An account with `api_host` {origin} and the key {RELAY_TOKEN} talks to it.");
            println!("{ADMIN_TOKEN} may do everything. To set a webhook without a key:");
            println!(
                "  curl {origin}/control/webhooks -d '{{\"url\":\"WEBHOOK\",\"token\":\"SECRET\"}}'"
            );
            println!("It pushes to addresses of this machine only. Ctrl-C ends it.");
            stop.await;
            desk.shutdown().await;
        }
    }
    Ok(())
}

fn taken(port: u16, option: &str) -> String {
    format!("port {port} is taken; choose another with {option}")
}

/// The secret of the demo's webhook. It opens a demo only.
pub const WEBHOOK_SECRET: &str = "the demo's webhook";

/// The API key of the demo's account.
pub const API_KEY: &str = RELAY_TOKEN;

/// What docs/CONFIGURATION.md asks for.
const EVENTS: [&str; 3] =
    ["kustomer.message.create", "kustomer.message.update", "kustomer.conversation.update"];

const MORE_ROLES: [&str; 2] = ["org.permission.note.create", "org.permission.outbound_webhook"];
