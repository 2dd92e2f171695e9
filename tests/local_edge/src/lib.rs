//! The edge as it will be deployed, running on this machine: the built Worker in the real runtime (workerd).
//!
//! For the stories in `tests/` beside this, for `cargo xtask demo`, and for the browser tests.
//! It builds nothing and installs nothing: `cargo xtask build` does, and what is missing is named in the error.
//!
//! Start with [`LocalEdge::start`]; [`seed`] has the configuration documents of the demo, [`visitor`] and [`agent`] the two
//! who talk.

pub mod agent;
pub mod seed;
pub mod visitor;

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::{mpsc, oneshot, watch},
};

/// How to start a local edge. [`Options::default`] is what most tests want.
#[derive(Default)]
pub struct Options {
    /// Where KV and Durable Objects live. `None`: a temporary folder, gone with the [`LocalEdge`].
    pub state: Option<PathBuf>,
    /// The port on 127.0.0.1; 0 takes any that is free.
    pub port: u16,
    /// Variables beside `ENVIRONMENT=development`, a `TOKEN_SECRET` and [`seed::SEAL_SECRET`], which they may replace.
    pub vars: Vec<(String, String)>,
    /// Configuration documents put into KV before the first request, unless they are there: key and document.
    pub seed: Vec<(String, Value)>,
    /// Limiters of wrangler.toml by name, and how often each lets the same key through in a minute; the others always do.
    pub limits: Vec<(String, u32)>,
}

/// One line that the Worker logged.
#[derive(Clone, Debug)]
pub struct LogLine {
    /// `log`, `info`, `warn`, `error` or `debug`, as the Worker chose.
    pub level: String,
    /// The text as logged.
    pub message: String,
}

/// Which Durable Object of a binding is meant.
#[derive(Clone, Copy, Debug)]
pub enum Object<'a> {
    /// The one that `id_from_name` leads to.
    Name(&'a str),
    /// The one with this id, as 64 hex digits.
    Id(&'a str),
}

/// What eviction does to an object's open WebSockets.
#[derive(Clone, Copy, Debug)]
pub enum Sockets {
    /// They stay open while the object leaves memory, as on an idle object in production.
    Hibernate,
    /// They are closed.
    Close,
}

/// A running edge. Dropping it stops it; [`LocalEdge::stop`] also waits until it is gone.
pub struct LocalEdge {
    url: String,
    child: Child,
    commands: mpsc::UnboundedSender<Order>,
    logs: Logs,
    changed: watch::Receiver<usize>,
    state: PathBuf,
    // Removed when this is dropped.
    _temporary: tempfile::TempDir,
}

type Logs = Arc<Mutex<Vec<LogLine>>>;
type Answer = Result<Value, String>;
struct Order {
    fields: Value,
    answer: oneshot::Sender<Answer>,
}

impl LocalEdge {
    /// Starts the Worker that `cargo xtask build` made and returns when it answers.
    ///
    /// # Errors
    /// Where something is not built or installed, where the port is taken, or where the runtime refuses the Worker.
    pub async fn start(options: Options) -> Result<Self> {
        let root = root();
        let worker = root.join("edge/build/index.js");
        if !worker.exists() || !root.join("node_modules/miniflare").exists() {
            bail!("the edge is not built: run `cargo xtask build` first");
        }
        let temporary = tempfile::Builder::new().prefix("parlor-edge-").tempdir()?;
        let build = temporary.path().join("build");
        let (from, to) = (root.clone(), build.clone());
        tokio::task::spawn_blocking(move || copy_build(&from, &to)).await??;
        let state = options.state.unwrap_or_else(|| temporary.path().join("state"));
        std::fs::create_dir_all(&state)
            .with_context(|| format!("could not make the folder {}", state.display()))?;
        let mut vars = serde_json::Map::new();
        vars.insert("ENVIRONMENT".into(), "development".into());
        vars.insert("TOKEN_SECRET".into(), token_secret(&state)?.into());
        vars.insert("SEAL_SECRET".into(), seed::SEAL_SECRET.into());
        vars.extend(options.vars.into_iter().map(|(name, text)| (name, text.into())));

        let mut child = Command::new(node(&root))
            .arg(root.join("xtask/js/edge.mjs"))
            .current_dir(&root)
            .env("WRANGLER_SEND_METRICS", "false")
            .env("CLOUDFLARE_CF_FETCH_ENABLED", "false")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // A group of its own: Ctrl-C in the terminal is for whoever started the edge, which then stops it in order.
            .process_group(0)
            .spawn()
            .context("could not start Node.js")?;
        let mut input = child.stdin.take().context("the child has a stdin")?;
        let mut lines =
            BufReader::new(child.stdout.take().context("the child has a stdout")?).lines();
        let start = json!({
            "config": root.join("wrangler.toml"),
            "build": build,
            "port": options.port,
            "state": state,
            "vars": vars,
            "seed": options.seed,
            "limits": options.limits.into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        });
        send(&mut input, &start).await?;

        let logs = Logs::default();
        let url = match tokio::time::timeout(START_LIMIT, first_answer(&mut lines, &logs)).await {
            Ok(answer) => answer?,
            Err(_) => bail!("the local edge said nothing for {} s", START_LIMIT.as_secs()),
        };
        let (commands, requests) = mpsc::unbounded_channel();
        let (grown, changed) = watch::channel(0);
        tokio::spawn(converse(input, lines, requests, Arc::clone(&logs), grown));
        Ok(Self { url, child, commands, logs, changed, state, _temporary: temporary })
    }

    /// The process to which SIGUSR2 says what [`LocalEdge::restart_killed`] does, for tests in other processes.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// The address, without a slash at the end: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The port of that address.
    pub fn port(&self) -> u16 {
        self.url.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or_default()
    }

    /// The same address for WebSockets: `ws://127.0.0.1:PORT`.
    pub fn socket_url(&self) -> String {
        self.url.replacen("http", "ws", 1)
    }

    /// The folder with KV and the objects' databases.
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// Kills the runtime (SIGKILL, as a failing machine would) and returns when a new one listens on the same port,
    /// with the state that was stored. All sockets and requests in flight are cut.
    ///
    /// # Errors
    /// Where the edge is gone or did not come back.
    pub async fn restart_killed(&self) -> Result<()> {
        self.command(json!({ "do": "kill" })).await.map(drop)
    }

    /// Takes one object out of memory; its storage stays. `binding` is the name in wrangler.toml.
    ///
    /// # Errors
    /// Where there is no such object in memory or it would not go (an outgoing request in flight keeps it).
    pub async fn evict(&self, binding: &str, object: Object<'_>, sockets: Sockets) -> Result<()> {
        let object = match object {
            Object::Name(name) => json!({ "name": name }),
            Object::Id(id) => json!({ "id": id }),
        };
        let sockets = match sockets {
            Sockets::Hibernate => "hibernate",
            Sockets::Close => "close",
        };
        self.command(
            json!({ "do": "evict", "binding": binding, "object": object, "sockets": sockets }),
        )
        .await
        .map(drop)
    }

    /// The ids of all objects of a binding that have stored something.
    ///
    /// # Errors
    /// Where the binding does not exist.
    pub async fn objects(&self, binding: &str) -> Result<Vec<String>> {
        let value = self.command(json!({ "do": "objects", "binding": binding })).await?;
        Ok(serde_json::from_value(value)?)
    }

    /// Puts a configuration document into KV; `Value::Null` removes it.
    ///
    /// # Errors
    /// Where the edge is gone.
    pub async fn put(&self, key: &str, document: &Value) -> Result<()> {
        self.command(json!({ "do": "put", "key": key, "value": document })).await.map(drop)
    }

    /// Reads a configuration document; `Value::Null` where there is none.
    ///
    /// # Errors
    /// Where the edge is gone, or the value is not JSON.
    pub async fn get(&self, key: &str) -> Result<Value> {
        self.command(json!({ "do": "get", "key": key })).await
    }

    /// Has KV fail whenever this document is read, or work again.
    ///
    /// # Errors
    /// Where there is no such document.
    pub async fn fail(&self, key: &str, fails: bool) -> Result<()> {
        self.command(json!({ "do": "fail", "key": key, "fails": fails })).await.map(drop)
    }

    /// Everything that the Worker has logged until now: lines that are still on their way are waited for.
    ///
    /// # Errors
    /// Where the edge is gone.
    pub async fn logs(&self) -> Result<Vec<LogLine>> {
        self.command(json!({ "do": "mark" })).await?;
        Ok(self.logs_so_far())
    }

    /// What has come of the Worker's log, for where the edge may be gone.
    pub fn logs_so_far(&self) -> Vec<LogLine> {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until a line containing `part` has been logged, and returns it.
    ///
    /// # Errors
    /// Where none came within `limit`; the error shows what was logged instead.
    pub async fn logged(&self, part: &str, limit: Duration) -> Result<LogLine> {
        let mut changed = self.changed.clone();
        let search = async {
            loop {
                changed.borrow_and_update();
                if let Some(line) =
                    self.logs_so_far().into_iter().find(|line| line.message.contains(part))
                {
                    return Ok(line);
                }
                changed.changed().await.context("the edge is gone")?;
            }
        };
        match tokio::time::timeout(limit, search).await {
            Ok(found) => found,
            Err(_) => {
                bail!(
                    "nothing logged with {part:?} in {limit:?}; logged: {:#?}",
                    self.logs_so_far()
                )
            }
        }
    }

    /// Calls `tell` for every line that the Worker logs from now on.
    pub fn follow_logs(&self, tell: impl Fn(&LogLine) + Send + 'static) {
        let (logs, mut changed) = (Arc::clone(&self.logs), self.changed.clone());
        tokio::spawn(async move {
            let mut told = *changed.borrow_and_update();
            while changed.changed().await.is_ok() {
                let now = *changed.borrow_and_update();
                let fresh: Vec<LogLine> = logs
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .iter()
                    .take(now)
                    .skip(told)
                    .cloned()
                    .collect();
                fresh.iter().for_each(&tell);
                told = now;
            }
        });
    }

    /// Returns only when the edge has ended by itself, with the reason as far as it is known.
    pub async fn ended(&mut self) -> String {
        match self.child.wait().await {
            Ok(status) => format!("the local edge ended: {status}"),
            Err(error) => format!("the local edge could not be watched: {error}"),
        }
    }

    /// Stops the edge and waits until its processes are gone.
    ///
    /// # Errors
    /// Where it had to be killed and even that failed.
    pub async fn stop(mut self) -> Result<()> {
        // Without commands the task lets go of stdin, whose end is the order to stop.
        let (nobody, _) = mpsc::unbounded_channel();
        self.commands = nobody;
        if tokio::time::timeout(STOP_LIMIT, self.child.wait()).await.is_err() {
            self.child.kill().await.context("could not end the local edge")?;
        }
        Ok(())
    }

    async fn command(&self, fields: Value) -> Result<Value> {
        let (answer, answered) = oneshot::channel();
        let name = fields.get("do").cloned().unwrap_or_default();
        self.commands.send(Order { fields, answer }).ok().context("the local edge is gone")?;
        match tokio::time::timeout(COMMAND_LIMIT, answered).await {
            Ok(Ok(answer)) => {
                answer.map_err(|text| anyhow::anyhow!("{name} at the local edge: {text}"))
            }
            Ok(Err(_)) => bail!("the local edge went away during {name}"),
            Err(_) => {
                bail!("the local edge did not finish {name} in {} s", COMMAND_LIMIT.as_secs())
            }
        }
    }
}

/// The top of the work tree.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap_or_else(|_| PathBuf::from("."))
}

/// The Node.js to run things with: the one that came with the packages, because wrangler wants 22 and the system's may
/// be older; else the system's.
pub fn node(root: &Path) -> PathBuf {
    let platform = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let processor = match std::env::consts::ARCH {
        "aarch64" => "arm64",
        _ => "x64",
    };
    let own = root.join(format!("node_modules/node-{platform}-{processor}/bin/node"));
    if own.exists() { own } else { PathBuf::from("node") }
}

/// Copies the Worker and its assets, which belong together: a build that runs meanwhile replaces both one after the
/// other, under the feet of whoever is served from there.
fn copy_build(root: &Path, to: &Path) -> Result<()> {
    let lock = std::fs::File::create(root.join(".parlor/lock")).context("the edge is not built")?;
    // Held by a build for as long as it takes.
    lock.lock_shared().context("could not lock .parlor/lock")?;
    for part in ["edge/build", "dist"] {
        copy_folder(&root.join(part), &to.join(part))?;
    }
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).with_context(|| format!("no folder {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

/// The secret under which this folder's tokens are signed, so that they hold across starts on the same state.
fn token_secret(state: &Path) -> Result<String> {
    let path = state.join("token-secret");
    if let Ok(kept) = std::fs::read_to_string(&path) {
        return Ok(kept);
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).context("no randomness for a token secret")?;
    let secret = URL_SAFE_NO_PAD.encode(bytes);
    std::fs::write(&path, &secret)
        .with_context(|| format!("could not write {}", path.display()))?;
    Ok(secret)
}

async fn send(input: &mut ChildStdin, line: &Value) -> Result<()> {
    input.write_all(format!("{line}\n").as_bytes()).await.context("the local edge does not listen")
}

async fn first_answer(lines: &mut Lines<BufReader<ChildStdout>>, logs: &Logs) -> Result<String> {
    while let Some(line) = lines.next_line().await? {
        let message: Value = serde_json::from_str(&line).unwrap_or_default();
        if let Some(url) = message.get("ready").and_then(Value::as_str) {
            return Ok(url.to_owned());
        }
        if let Some(why) = message.get("failed").and_then(Value::as_str) {
            bail!("the local edge did not start: {why}");
        }
        keep_log(&message, logs);
    }
    bail!("the local edge ended before it was ready")
}

fn keep_log(message: &Value, logs: &Logs) {
    let Some(log) = message.get("log") else { return };
    let field = |name| log.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let line = LogLine { level: field("level"), message: field("message") };
    logs.lock().unwrap_or_else(PoisonError::into_inner).push(line);
}

/// Carries commands in and answers and logs out, until either side ends.
async fn converse(
    mut input: ChildStdin,
    mut lines: Lines<BufReader<ChildStdout>>,
    mut requests: mpsc::UnboundedReceiver<Order>,
    logs: Logs,
    grown: watch::Sender<usize>,
) {
    let mut waiting = std::collections::HashMap::new();
    let mut last_id = 0_u64;
    loop {
        tokio::select! {
            request = requests.recv() => {
                let Some(Order { mut fields, answer }) = request else { return };
                last_id += 1;
                if let Some(fields) = fields.as_object_mut() {
                    fields.insert("id".into(), last_id.into());
                }
                waiting.insert(last_id, answer);
                if send(&mut input, &fields).await.is_err() { return }
            }
            line = lines.next_line() => {
                let Ok(Some(line)) = line else { return };
                let mut message: Value = serde_json::from_str(&line).unwrap_or_default();
                keep_log(&message, &logs);
                grown.send_replace(logs.lock().unwrap_or_else(PoisonError::into_inner).len());
                let Some(id) = message.get("id").and_then(Value::as_u64) else { continue };
                let Some(answer) = waiting.remove(&id) else { continue };
                let outcome = match message.get("error").and_then(Value::as_str) {
                    Some(error) => Err(error.to_owned()),
                    None => Ok(message.get_mut("value").map(Value::take).unwrap_or_default()),
                };
                // Whoever asked may have stopped waiting.
                let _ = answer.send(outcome);
            }
        }
    }
}

/// A cold start takes 2 s on two busy cores; this is for a machine that also compiles.
const START_LIMIT: Duration = Duration::from_secs(60);
/// The runtime gives up an eviction after 30 s.
const COMMAND_LIMIT: Duration = Duration::from_secs(45);
/// edge.mjs leaves by itself after 2 s.
const STOP_LIMIT: Duration = Duration::from_secs(4);
