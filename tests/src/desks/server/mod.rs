//! A desk behind real HTTP on this machine: the vendor's API, a control interface for scripts, and a page for agents.
//!
//! It must decide nothing: it reads the clock, moves bytes, and steps the machine. It listens on the loopback address
//! only, and no key leaves it but through the vendor's own API.
//!
//! Start with [`serve`], and [`kustomer::serve`] for the other desk; `scripts` has the addresses that every desk has,
//! `live_agent` and `kustomer` what each puts there and adds, `frame` the page around what differs, `answers` how they
//! read and answer, `body` the answers that go wrong on purpose.

mod answers;
mod body;
mod frame;
pub mod kustomer;
mod live_agent;
mod scripts;

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};
use tower::ServiceExt;

use super::http::{ConnId, Output, Request};
use super::{ControlError, Machine, Told};
use crate::desks::kustomer::{AttemptId, Delivery};
use crate::desks::live_agent::{Chat, Config, Control, Desk, Order, trace};

/// How to serve.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// 0 takes any free port.
    pub port: u16,
    /// `started_at_ms` is overwritten with the time of the start.
    pub config: Config,
    /// Where ids and keys come from; `None` makes them different in every run.
    pub seed: Option<u64>,
}

/// Starts a desk on 127.0.0.1.
///
/// # Errors
/// When the port cannot be had.
pub async fn serve(options: Options) -> io::Result<Running> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
    let addr = listener.local_addr()?;
    // Files go to another origin at the vendor, so they do here.
    let files = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let upload_origin = format!("http://{}", files.local_addr()?);
    let clock = Clock::start();
    let seed = options.seed.unwrap_or_else(|| RandomState::new().hash_one(addr));
    let config = Config { started_at_ms: clock.started_at_ms, upload_origin, ..options.config };
    let (shared, _) = Shared::new(clock, Desk::new(config, seed));
    let tasks = vec![
        tokio::spawn(accept(listener, live_agent::router(Arc::clone(&shared)))),
        tokio::spawn(accept(files, live_agent::files(Arc::clone(&shared)))),
        tokio::spawn(tick(Arc::clone(&shared))),
    ];
    Ok(Running { addr, handle: Handle { shared }, tasks })
}

/// A desk that is being served. Dropping it stops it too, without waiting.
#[derive(Debug)]
pub struct Running<D = Desk> {
    addr: SocketAddr,
    handle: Handle<D>,
    tasks: Vec<JoinHandle<()>>,
}

impl<D> Running<D> {
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The way in for tests and commands of the same process.
    pub fn handle(&self) -> Handle<D> {
        Handle { shared: Arc::clone(&self.handle.shared) }
    }

    /// Closes every connection and frees the port.
    pub async fn shutdown(mut self) {
        for task in std::mem::take(&mut self.tasks) {
            task.abort();
            // A cancelled task is what was asked for.
            let _ = task.await;
        }
    }
}

impl<D> Drop for Running<D> {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Steps the desk from inside the process: the same orders as the control interface.
#[derive(Debug)]
pub struct Handle<D = Desk> {
    shared: Arc<Shared<D>>,
}

impl<D> Clone for Handle<D> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<D: Machine> Handle<D> {
    /// Steps the desk, or looks at it.
    pub fn step<T>(&self, act: impl FnOnce(&mut D, Duration) -> T) -> T {
        self.shared.step(act)
    }

    /// Waits until something holds at the desk, looking again after each of its steps. False when the time was up.
    pub async fn wait_until(&self, limit: Duration, holds: impl Fn(&D) -> bool) -> bool {
        let mut steps = self.shared.steps.subscribe();
        let arrived = steps.wait_for(|_| holds(&self.shared.lock().desk));
        tokio::time::timeout(limit, arrived).await.is_ok()
    }
}

impl Handle {
    /// # Errors
    /// As [`Desk::control`].
    pub fn control(&self, control: Control) -> Result<(), ControlError> {
        self.shared.step(|desk, now| desk.control(now, control))
    }

    /// # Errors
    /// As [`Desk::control`].
    pub fn accept(&self, chat: &str, agent: Option<&str>) -> Result<(), ControlError> {
        self.control(Control::Accept { chat: chat.to_owned(), agent: agent.map(str::to_owned) })
    }

    /// # Errors
    /// As [`Desk::control`].
    pub fn say(&self, chat: &str, text: &str) -> Result<(), ControlError> {
        self.control(Control::Say { chat: chat.to_owned(), text: text.to_owned() })
    }

    /// # Errors
    /// As [`Desk::control`].
    pub fn typing(&self, chat: &str, on: bool) -> Result<(), ControlError> {
        self.control(Control::Typing { chat: chat.to_owned(), on })
    }

    /// # Errors
    /// As [`Desk::control`].
    pub fn end(&self, chat: &str) -> Result<(), ControlError> {
        self.control(Control::End { chat: chat.to_owned(), reason: None })
    }

    /// # Errors
    /// As [`Desk::control`].
    pub fn transfer(&self, chat: &str, agent: Option<&str>) -> Result<(), ControlError> {
        self.control(Control::Transfer { chat: chat.to_owned(), agent: agent.map(str::to_owned) })
    }

    /// # Errors
    /// As [`Desk::control`].
    pub fn fault(&self, order: Order) -> Result<(), ControlError> {
        self.control(Control::Fault(order))
    }

    pub fn chats(&self) -> Vec<Chat> {
        self.shared.lock().desk.chats()
    }

    pub fn trace(&self) -> Vec<trace::Entry> {
        self.shared.lock().desk.trace()
    }

    /// Waits until the chats are as wanted, at most for `limit`.
    ///
    /// # Errors
    /// The chats as they stood when the time was up.
    pub async fn wait_for(
        &self,
        limit: Duration,
        wanted: impl Fn(&[Chat]) -> bool,
    ) -> Result<Vec<Chat>, Vec<Chat>> {
        let holds = self.wait_until(limit, |desk| wanted(&desk.chats())).await;
        if holds { Ok(self.chats()) } else { Err(self.chats()) }
    }
}

#[derive(Debug)]
struct Shared<D> {
    clock: Clock,
    state: Mutex<State<D>>,
    next_conn: AtomicU64,
    /// The desk's version, for those who wait for a change.
    version: watch::Sender<u64>,
    /// Rises with every step, for those who wait for anything else.
    steps: watch::Sender<u64>,
    /// The desk's deadline may have moved.
    rearm: Notify,
    deliveries: mpsc::UnboundedSender<(AttemptId, Delivery)>,
}

#[derive(Debug)]
struct State<D> {
    desk: D,
    /// Requests that still want their answer.
    waiting: HashMap<ConnId, oneshot::Sender<Output>>,
}

impl<D: Machine> Shared<D> {
    /// With the other end of its deliveries.
    fn new(clock: Clock, desk: D) -> (Arc<Self>, mpsc::UnboundedReceiver<(AttemptId, Delivery)>) {
        let (version, _) = watch::channel(desk.version());
        let (deliveries, receiver) = mpsc::unbounded_channel();
        let shared = Self {
            clock,
            state: Mutex::new(State { desk, waiting: HashMap::new() }),
            next_conn: AtomicU64::new(1),
            version,
            steps: watch::channel(0).0,
            rearm: Notify::new(),
            deliveries,
        };
        (Arc::new(shared), receiver)
    }

    /// The lock is never held across an await, and a panic under it leaves plain values behind.
    fn lock(&self) -> MutexGuard<'_, State<D>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn step<T>(&self, act: impl FnOnce(&mut D, Duration) -> T) -> T {
        let result = {
            let mut state = self.lock();
            let result = act(&mut state.desk, self.clock.age());
            self.pump(&mut state);
            result
        };
        self.stepped();
        result
    }

    /// Hands out what the desk has to say.
    fn pump(&self, state: &mut State<D>) {
        while let Some(told) = state.desk.told() {
            match told {
                Told::Answer(output) => {
                    if let Some(answer) = state.waiting.remove(&output.conn()) {
                        // A client that is gone is told nothing.
                        let _ = answer.send(output);
                    }
                }
                Told::Deliver(attempt, delivery) => {
                    // A desk without a courier has no webhooks.
                    let _ = self.deliveries.send((attempt, delivery));
                }
            }
        }
        let version = state.desk.version();
        self.version.send_if_modified(|known| std::mem::replace(known, version) != version);
        self.rearm.notify_one();
    }

    /// Tells those who wait that there was a step. Not under the lock: they take it to look.
    fn stepped(&self) {
        self.steps.send_modify(|steps| *steps += 1);
    }

    /// Gives a request to the desk, at one of its doors, and waits for what becomes of it; `None` when the desk stops.
    async fn exchange(self: Arc<Self>, door: Door<D>, request: Request) -> Option<Output> {
        let conn = ConnId(self.next_conn.fetch_add(1, Ordering::Relaxed));
        let (sender, answer) = oneshot::channel();
        // Lives as long as this future, which is dropped when the client closes the connection.
        let mut open = Open { shared: Arc::clone(&self), conn, answered: false };
        {
            let mut state = self.lock();
            state.waiting.insert(conn, sender);
            door(&mut state.desk, self.clock.age(), conn, request);
            self.pump(&mut state);
        }
        self.stepped();
        let output = answer.await.ok();
        open.answered = true;
        output
    }
}

/// [`Desk::request`] or [`Desk::upload`].
type Door<D> = fn(&mut D, Duration, ConnId, Request);

struct Open<D: Machine> {
    shared: Arc<Shared<D>>,
    conn: ConnId,
    answered: bool,
}

impl<D: Machine> Drop for Open<D> {
    fn drop(&mut self) {
        if !self.answered {
            self.shared.lock().waiting.remove(&self.conn);
            self.shared.step(|desk, now| desk.abort(now, self.conn));
        }
    }
}

/// Steps the desk whenever its deadline comes.
async fn tick<D: Machine>(shared: Arc<Shared<D>>) {
    loop {
        let deadline = shared.lock().desk.deadline();
        let due = async {
            match deadline {
                Some(deadline) => {
                    tokio::time::sleep_until(shared.clock.instant(deadline).into()).await
                }
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = due => shared.step(|desk, now| desk.tick(now)),
            () = shared.rearm.notified() => {}
        }
    }
}

/// Takes connections until it is cancelled; its connections end with it.
async fn accept(listener: TcpListener, router: axum::Router) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            connection = listener.accept() => {
                // An accept that fails (a client gone at once, no free file) must not end the desk.
                if let Ok((stream, _)) = connection {
                    connections.spawn(converse(stream, router.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Serves one connection. Hyper and not axum's own server: only here can a handler close the connection unanswered.
async fn converse(stream: TcpStream, router: axum::Router) {
    // Small answers must not wait for more: they are what tests measure.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let router = router.clone();
        async move {
            let Ok(response) = router.oneshot(request).await;
            match response.extensions().get::<body::Slam>() {
                Some(body::Slam) => Err(io::Error::other("closed on purpose")),
                None => Ok(response),
            }
        }
    });
    // An error here is a client that left, or a connection closed on purpose.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

/// The one door to time.
#[derive(Clone, Copy, Debug)]
struct Clock {
    started: Instant,
    started_at_ms: i64,
}

impl Clock {
    #[allow(
        clippy::disallowed_methods,
        reason = "the desk's only reading of a clock; the machine gets ages"
    )]
    fn start() -> Self {
        let since_epoch =
            SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let started_at_ms = i64::try_from(since_epoch.as_millis()).unwrap_or_default();
        Self { started: Instant::now(), started_at_ms }
    }

    fn age(self) -> Duration {
        self.started.elapsed()
    }

    fn instant(self, age: Duration) -> Instant {
        // Deadlines lie on whole milliseconds or more; rounding up spares a step that finds nothing due.
        self.started + age
    }
}
