//! `cargo xtask demo`: the shop page, the edge and the agents' two desks, from one command.

use std::{net::Ipv4Addr, path::PathBuf, time::Duration};

use anyhow::{Context, Result, bail};
use parlor_local_edge::{LocalEdge, seed};
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    build, check,
    desks::{self, Desks, Which},
    site::{self, Answers, Site},
    state::{Kept, Ports},
    steps::{Step, Steps, seconds},
};

/// What was asked for.
pub struct Options {
    /// The edge's port; the shop page is on the next one. `None`: [`EDGE_PORT`], or any with `--check`.
    pub port: Option<u16>,
    /// The port of Live Agent's desk. `None`: [`Which::port`], or any with `--check`.
    pub desk_port: Option<u16>,
    /// The same for Kustomer's.
    pub kustomer_port: Option<u16>,
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
            kustomer_port: None,
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
    /// The desks.
    pub desks: Desks,
    /// The shop page.
    pub site: Site,
}

/// Runs until Ctrl-C, or until the check is through.
///
/// # Errors
/// Where a port is taken, something does not build or start, or the check finds something broken.
pub fn run(options: Options) -> Result<()> {
    runtime()?.block_on(async {
        let kept = Kept::open(options.state.clone(), wanted(&options))?;
        // Before minutes of building.
        probe(&kept.ports).await?;
        let mut steps = Steps::new(build::STEPS + SERVE_STEPS + usize::from(options.check));
        let tools = build::run_steps(&mut steps, options.mode)?;
        let mut stop = Stop::new()?;
        let mut running = tokio::select! {
            running = serve(&mut steps, &tools.root, &kept) => running?,
            () = stop.asked() => return Ok(()),
        };
        if options.check {
            let step = steps.begin("two conversations");
            let outcome = tokio::select! {
                outcome = check::run(&running) => outcome,
                () = stop.asked() => Err(anyhow::anyhow!("stopped")),
            };
            return finish_check(step, &steps, running, outcome).await;
        }
        let Running { edge, desks, site } = &running;
        println!("\nReady in {}.", seconds(steps.elapsed()));
        println!("  shop                {}", site.url());
        println!("  desk of Live Agent  {}", desks::page(&desks.live_agent));
        println!("  desk of Kustomer    {}", desks::page(&desks.kustomer));
        println!("  edge                {}", edge.url());
        println!("  admin token         {}", kept.admin_token);
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

/// Serves one desk alone.
///
/// # Errors
/// Where the port is taken.
pub fn simulate(which: Which, port: Option<u16>) -> Result<()> {
    runtime()?.block_on(async {
        let mut stop = Stop::new()?;
        desks::simulate(which, port, stop.asked()).await
    })
}

/// Starts desks, edge and site and returns when all answer.
///
/// # Errors
/// Where one does not start.
pub async fn serve(steps: &mut Steps, root: &std::path::Path, kept: &Kept) -> Result<Running> {
    let ports = &kept.ports;
    let step = steps.begin("desks");
    let desks = Desks {
        live_agent: desks::live_agent(ports.desk, "--desk-port").await?,
        kustomer: desks::kustomer(ports.kustomer, "--kustomer-port").await?,
    };
    let (live_agent, kustomer) = (desks::page(&desks.live_agent), desks::page(&desks.kustomer));
    answers(&live_agent).await?;
    answers(&kustomer).await?;
    step.done(&format!("{live_agent} {kustomer}"));

    let step = steps.begin("edge");
    let listening = Site::bind(ports.site, "--port").await?;
    let options = parlor_local_edge::Options {
        state: kept.folder.clone(),
        port: ports.edge,
        vars: vec![("ADMIN_TOKEN".to_owned(), kept.admin_token.clone())],
        seed: if kept.is_seeded { Vec::new() } else { documents(&desks, &listening.origin())? },
        limits: Vec::new(),
    };
    let edge = LocalEdge::start(options).await?;
    answers(&format!("{}/healthz", edge.url())).await?;
    desks.push_to(edge.url())?;
    step.done(edge.url());

    let step = steps.begin("shop page");
    let site = listening.serve(
        root,
        edge.url(),
        &[
            Answers {
                key: "live-agent",
                name: "Live Agent",
                resource: seed::DEMO_RESOURCE,
                page: &live_agent,
            },
            Answers {
                key: "kustomer",
                name: "Kustomer",
                resource: seed::KUSTOMER_WEB_CHAT,
                page: &kustomer,
            },
        ],
    )?;
    answers(site.url()).await?;
    kept.seeded(Ports {
        edge: edge.port(),
        site: site.port(),
        desk: desks.live_agent.addr().port(),
        kustomer: desks.kustomer.addr().port(),
    })?;
    step.done(site.url());
    Ok(Running { edge, desks, site })
}

/// What an admin would have written.
fn documents(desks: &Desks, site: &str) -> Result<Vec<(String, serde_json::Value)>> {
    let mut documents = seed::demo_seed(&desks::origin(&desks.live_agent), site)?;
    let kustomer = seed::Kustomer {
        url: &desks::origin(&desks.kustomer),
        api_key: desks::API_KEY,
        webhook_secret: desks::WEBHOOK_SECRET,
    };
    documents.extend(seed::kustomer_seed(&kustomer, site)?);
    Ok(documents)
}

impl Running {
    /// Stops all of it and waits until it is gone.
    ///
    /// # Errors
    /// Where the edge would not go.
    pub async fn stop(self) -> Result<()> {
        drop(self.site);
        self.desks.shutdown().await;
        self.edge.stop().await
    }
}

/// The ports that were asked for; 0 is any.
fn wanted(options: &Options) -> Ports<Option<u16>> {
    // A check that nobody looks at should not fail because a demo is running.
    let usual = options.check.then_some(0);
    let edge = options.port.or(usual);
    Ports {
        edge,
        // The next after the edge's; where that is any, this is any too.
        site: edge.map(|port| if port == 0 { 0 } else { port.saturating_add(1) }),
        desk: options.desk_port.or(usual),
        kustomer: options.kustomer_port.or(usual),
    }
}

async fn probe(ports: &Ports) -> Result<()> {
    for (port, option) in [
        (ports.edge, "--port"),
        (ports.site, "--port"),
        (ports.desk, "--desk-port"),
        (ports.kustomer, "--kustomer-port"),
    ] {
        site::bind((Ipv4Addr::LOCALHOST, port), option).await?;
    }
    Ok(())
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
    let logs = running.edge.logs_so_far();
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
const ANSWER_LIMIT: Duration = Duration::from_secs(20);
