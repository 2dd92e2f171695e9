//! `cargo xtask demo`: the shop page, the edge and the agents' desk, from one command; and `simulate`, the desk alone.

use std::{net::Ipv4Addr, path::PathBuf, time::Duration};

use anyhow::{Context, Result, bail};
use parlor_local_edge::{LocalEdge, seed};
use parlor_tests::desks::server;
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    build, check,
    site::{self, Site},
    steps::{Step, Steps, seconds},
};

/// What was asked for.
pub struct Options {
    /// The edge's port; the shop page is on the next one. `None`: [`EDGE_PORT`], or any with `--check`.
    pub port: Option<u16>,
    /// The desk's port. `None`: [`DESK_PORT`], or any with `--check`.
    pub desk_port: Option<u16>,
    /// Where KV and Durable Objects are kept. `None`: nowhere.
    pub state: Option<PathBuf>,
    /// How the widget is built.
    pub mode: build::Mode,
    /// Hold a scripted conversation and end.
    pub check: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: None,
            desk_port: None,
            state: None,
            mode: build::Mode::Development,
            check: false,
        }
    }
}

/// Everything of a demo, running. Also what the browser tests run against.
pub struct Running {
    /// The edge.
    pub edge: LocalEdge,
    /// The desk.
    pub desk: server::Running,
    /// The shop page.
    pub site: Site,
}

/// Runs until Ctrl-C, or until the check is through.
///
/// # Errors
/// Where a port is taken, something does not build or start, or the check finds something broken.
pub fn run(options: Options) -> Result<()> {
    runtime()?.block_on(async {
        let ports = Ports::of(&options);
        // Before minutes of building.
        ports.probe().await?;
        let mut steps = Steps::new(build::STEPS + SERVE_STEPS + usize::from(options.check));
        let tools = build::run_steps(&mut steps, options.mode)?;
        let mut stop = Stop::new()?;
        let mut running = tokio::select! {
            running = serve(&mut steps, &tools.root, &ports, options.state) => running?,
            () = stop.asked() => return Ok(()),
        };
        if options.check {
            let step = steps.begin("a conversation");
            let outcome = tokio::select! {
                outcome = check::run(&running) => outcome,
                () = stop.asked() => Err(anyhow::anyhow!("stopped")),
            };
            return finish_check(step, &steps, running, outcome).await;
        }
        println!("\nReady in {}.", seconds(steps.elapsed()));
        println!("  shop  {}", running.site.url());
        println!("  desk  {}", desk_url(&running.desk));
        println!("  edge  {}", running.edge.url());
        println!(
            "Write in the chat on the shop page, answer on the desk's page. Ctrl-C ends it all.\n"
        );
        running.edge.follow_logs(|line| eprintln!("edge {}: {}", line.level, line.message));
        let ended = tokio::select! {
            () = stop.asked() => None,
            why = running.edge.ended() => Some(why),
        };
        println!("\nStopping.");
        running.stop().await?;
        match ended {
            Some(why) => bail!("{why}"),
            None => Ok(()),
        }
    })
}

/// Serves the desk alone.
///
/// # Errors
/// Where the port is taken.
pub fn simulate(desk_port: u16) -> Result<()> {
    runtime()?.block_on(async {
        let mut stop = Stop::new()?;
        let desk = serve_desk(desk_port).await?;
        println!(
            "desk  {}\nA flow that names {} talks to it. Ctrl-C ends it.",
            desk_url(&desk),
            desk_origin(&desk)
        );
        stop.asked().await;
        desk.shutdown().await;
        Ok(())
    })
}

/// Starts desk, edge and site and returns when all three answer.
///
/// # Errors
/// Where one does not start.
pub async fn serve(
    steps: &mut Steps,
    root: &std::path::Path,
    ports: &Ports,
    state: Option<PathBuf>,
) -> Result<Running> {
    let step = steps.begin("desk");
    let desk = serve_desk(ports.desk).await?;
    answers(&desk_url(&desk)).await?;
    step.done(&desk_url(&desk));

    let step = steps.begin("edge");
    let listening = Site::bind(ports.site, "--port").await?;
    let seed = seed::demo_seed(&desk_origin(&desk), &listening.origin())?;
    let options =
        parlor_local_edge::Options { state, port: ports.edge, seed, ..Default::default() };
    let edge = LocalEdge::start(options).await?;
    answers(&format!("{}/healthz", edge.url())).await?;
    step.done(edge.url());

    let step = steps.begin("shop page");
    let site = listening.serve(root, edge.url())?;
    answers(site.url()).await?;
    step.done(site.url());
    Ok(Running { edge, desk, site })
}

impl Running {
    /// Stops all three and waits until they are gone.
    ///
    /// # Errors
    /// Where the edge would not go.
    pub async fn stop(self) -> Result<()> {
        drop(self.site);
        self.desk.shutdown().await;
        self.edge.stop().await
    }
}

/// The ports to serve on; 0 is any.
pub struct Ports {
    edge: u16,
    site: u16,
    desk: u16,
}

impl Ports {
    /// Any that are free.
    pub const ANY: Self = Self { edge: 0, site: 0, desk: 0 };

    fn of(options: &Options) -> Self {
        // A check that nobody looks at should not fail because a demo is running.
        let (edge, desk) = if options.check { (0, 0) } else { (EDGE_PORT, DESK_PORT) };
        let edge = options.port.unwrap_or(edge);
        let site = if edge == 0 { 0 } else { edge.saturating_add(1) };
        Self { edge, site, desk: options.desk_port.unwrap_or(desk) }
    }

    async fn probe(&self) -> Result<()> {
        for (port, option) in
            [(self.edge, "--port"), (self.site, "--port"), (self.desk, "--desk-port")]
        {
            site::bind((Ipv4Addr::LOCALHOST, port), option).await?;
        }
        Ok(())
    }
}

/// The desk's origin as a flow names it.
pub fn desk_origin(desk: &server::Running) -> String {
    format!("http://{}", desk.addr())
}

fn desk_url(desk: &server::Running) -> String {
    format!("{}/", desk_origin(desk))
}

async fn serve_desk(port: u16) -> Result<server::Running> {
    server::serve(server::Options { port, ..Default::default() })
        .await
        .with_context(|| format!("port {port} is taken; choose another with --desk-port"))
}

/// Any HTTP answer will do: what it says is for tests.
async fn answers(url: &str) -> Result<()> {
    let client = reqwest::Client::builder().timeout(ANSWER_LIMIT).build()?;
    client.get(url).send().await.with_context(|| format!("{url} does not answer"))?;
    Ok(())
}

async fn finish_check(
    step: Step,
    steps: &Steps,
    running: Running,
    outcome: Result<String>,
) -> Result<()> {
    let logs = running.edge.logs();
    running.stop().await?;
    match outcome {
        Ok(transcript) => {
            step.done("held");
            println!("\n{transcript}\nChecked in {}.", seconds(steps.elapsed()));
            Ok(())
        }
        Err(error) => {
            drop(step);
            for line in logs {
                eprintln!("edge {}: {}", line.level, line.message);
            }
            Err(error)
        }
    }
}

/// Ctrl-C, a closed terminal, or a polite kill: all mean the same.
struct Stop {
    signals: [tokio::signal::unix::Signal; 3],
}

impl Stop {
    fn new() -> Result<Self> {
        let of = |kind| signal(kind).context("cannot listen for signals");
        Ok(Self {
            signals: [
                of(SignalKind::interrupt())?,
                of(SignalKind::terminate())?,
                of(SignalKind::hangup())?,
            ],
        })
    }

    async fn asked(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.signals;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}

/// The runtime of a command that serves.
///
/// # Errors
/// Where the system gives no threads.
pub fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("could not start the async runtime")
}

/// How many steps [`serve`] begins.
pub const SERVE_STEPS: usize = 3;
/// What `wrangler dev` uses too, and what index.html has in its script tag.
const EDGE_PORT: u16 = 8787;
/// The next after edge and shop page.
pub const DESK_PORT: u16 = 8789;
const ANSWER_LIMIT: Duration = Duration::from_secs(20);
