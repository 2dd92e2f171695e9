//! The Kustomer desk behind real HTTP: `/v1/…`, `/v2.1/…` and `/storage/…` are the vendor's, `/control/…` ours, `/` the
//! agents' page. Deliveries go out over real HTTP, to this machine only.

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::answers::{BadField, Fields, json_answer};
use super::scripts::{self, CSS, JAVASCRIPT, perform, refusal};
use super::{Clock, Handle, Running, Shared, accept, tick};
use crate::desks::ControlError;
use crate::desks::kustomer::{AttemptId, Config, Control, Delivery, Desk, Fate, Upload};

/// How to serve.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// 0 takes any free port.
    pub port: u16,
    /// `started_at_ms` and `base_url` are overwritten with what is so.
    pub config: Config,
    /// Where ids and tokens come from; `None` makes them different in every run.
    pub seed: Option<u64>,
}

/// Starts a desk on 127.0.0.1.
///
/// # Errors
/// When the port cannot be had.
pub async fn serve(options: Options) -> io::Result<Running<Desk>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
    let addr = listener.local_addr()?;
    let clock = Clock::start();
    let seed = options.seed.unwrap_or_else(|| RandomState::new().hash_one(addr));
    let base_url = format!("http://{addr}");
    let config = Config { started_at_ms: clock.started_at_ms, base_url, ..options.config };
    let (shared, deliveries) = Shared::new(clock, Desk::new(config, seed));
    let tasks = vec![
        tokio::spawn(accept(listener, router(Arc::clone(&shared)))),
        tokio::spawn(tick(Arc::clone(&shared))),
        tokio::spawn(courier(Arc::clone(&shared), deliveries)),
    ];
    Ok(Running { addr, handle: Handle { shared }, tasks })
}

impl Handle<Desk> {
    /// # Errors
    /// As [`Desk::control`].
    pub fn control(&self, control: Control) -> Result<(), ControlError> {
        self.step(|desk, now| desk.control(now, control))
    }
}

/// Makes the desk's requests, each on its own: one that hangs must not hold the others up.
async fn courier(
    shared: Arc<Shared<Desk>>,
    mut deliveries: mpsc::UnboundedReceiver<(AttemptId, Delivery)>,
) {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
    let Ok(client) = client else { return };
    let mut under_way = JoinSet::new();
    loop {
        tokio::select! {
            next = deliveries.recv() => {
                let Some((attempt, delivery)) = next else { return };
                let (client, shared) = (client.clone(), Arc::clone(&shared));
                under_way.spawn(async move {
                    let fate = deliver(&client, delivery).await;
                    shared.step(|desk, now| desk.settled(now, attempt, fate));
                });
            }
            Some(_) = under_way.join_next() => {}
        }
    }
}

async fn deliver(client: &reqwest::Client, delivery: Delivery) -> Fate {
    // The desk must not be a way to the world: it has no TLS, and goes no further than this machine.
    let local = ["http://127.0.0.1:", "http://localhost:"];
    if !local.iter().any(|start| delivery.url.starts_with(start)) {
        return Fate::Unreachable;
    }
    let mut request = client.post(&delivery.url).timeout(LONGEST_DELIVERY).body(delivery.body);
    for (name, value) in delivery.headers {
        request = request.header(name, value);
    }
    match request.send().await {
        Ok(answer) => Fate::Status(answer.status().as_u16()),
        Err(_) => Fate::Unreachable,
    }
}

fn router(shared: Arc<Shared<Desk>>) -> Router {
    let own = scripts::Own {
        desk: "kustomer",
        page: include_str!("../page/kustomer.html"),
        files: &[
            ("/kustomer.css", CSS, include_str!("../page/kustomer.css")),
            ("/kustomer.js", JAVASCRIPT, include_str!("../page/kustomer.js")),
        ],
        vendor: &["/v1/{*resource}", "/v2.1/{*resource}", "/storage/{*resource}"],
        largest_body: LARGEST_BODY,
        deed,
    };
    let more = Router::new()
        .route("/control/webhooks", get(webhooks).post(webhook))
        .route("/control/webhooks/switch", post(switch));
    scripts::router(own, more).with_state(shared)
}

/// What agents do. `accept`, `say`, `end` mean here what they mean at the other desk, so that one script serves both.
fn deed(chat: String, deed: &str, bytes: &Bytes) -> Result<Option<Control>, ControlError> {
    let body = Fields::read(bytes)?;
    let required =
        |name: &str, text: Option<String>| text.ok_or(BadField::new(name, "is required"));
    Ok(Some(match deed {
        "accept" | "assign" => {
            Control::Assign { chat, agent: body.only(&["agent"])?.text("agent")? }
        }
        "say" | "reply" => {
            let body = body.only(&["text", "agent", "file"])?;
            let file = body.0.get("file").map(read_file).transpose()?;
            let text = body.text("text")?;
            let text =
                if file.is_some() { text.unwrap_or_default() } else { required("text", text)? };
            Control::Reply { chat, text, agent: body.text("agent")?, file }
        }
        "autoresponse" => {
            let text = body.only(&["text"])?.text("text")?;
            Control::Autoresponse { chat, text: required("text", text)? }
        }
        "note" => {
            let body = body.only(&["text", "agent"])?;
            let text = required("text", body.text("text")?)?;
            Control::Note { chat, text, agent: body.text("agent")? }
        }
        "team" => {
            let team = body.only(&["team"])?.text("team")?;
            Control::AssignTeam { chat, team: required("team", team)? }
        }
        "unassign" => Control::Unassign { chat },
        "snooze" => {
            let seconds = body.only(&["seconds"])?.number("seconds")?;
            let seconds = seconds.map(u64::try_from).transpose();
            let seconds = seconds.map_err(|_| BadField::new("seconds", "must not be negative"))?;
            Control::Snooze { chat, seconds }
        }
        "done" | "end" => Control::Done { chat },
        "ended" => Control::End { chat, done: body.only(&["done"])?.flag("done")? },
        "reopen" => Control::Reopen { chat },
        "redact" => Control::Redact { chat, message: body.only(&["message"])?.text("message")? },
        _ => return Ok(None),
    }))
}

/// `{"name", "content_type", "text"}`: what scripts and the page send is text.
fn read_file(value: &Value) -> Result<Upload, BadField> {
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let missing = BadField::new("file", "needs name, content_type and text");
    match (text("name"), text("content_type"), text("text")) {
        (Some(name), Some(content_type), Some(text)) => {
            Ok(Upload { name, content_type, bytes: text.into_bytes() })
        }
        _ => Err(missing),
    }
}

/// The webhooks and what was delivered to them, newest first. No token is told.
async fn webhooks(State(shared): State<Arc<Shared<Desk>>>) -> Response {
    let desk = &shared.lock().desk;
    let log: Vec<_> = desk.deliveries().into_iter().rev().take(SHOWN_DELIVERIES).collect();
    json_answer(StatusCode::OK, &json!({ "webhooks": desk.hooks(), "deliveries": log }))
}

async fn webhook(State(shared): State<Arc<Shared<Desk>>>, bytes: Bytes) -> Response {
    let read = || -> Result<Control, ControlError> {
        let body = Fields::read(&bytes)?.only(&["url", "token", "events"])?;
        let required = |name: &str| -> Result<String, BadField> {
            body.text(name)?.ok_or(BadField::new(name, "is required"))
        };
        let events = match body.0.get("events") {
            None | Some(Value::Null) => Vec::new(),
            Some(list) => serde_json::from_value(list.clone())
                .map_err(|_| BadField::new("events", "must be a list of names"))?,
        };
        Ok(Control::Hook { url: required("url")?, token: required("token")?, events })
    };
    match read() {
        Ok(control) => perform(&shared, control),
        Err(error) => refusal(error),
    }
}

async fn switch(State(shared): State<Arc<Shared<Desk>>>, bytes: Bytes) -> Response {
    match Fields::read(&bytes).and_then(|body| body.only(&["on"])?.flag("on")) {
        Ok(on) => perform(&shared, Control::SwitchHooks(on)),
        Err(error) => refusal(error),
    }
}

/// Longest request body, in bytes: far above the API's own limit, so that too long ones reach the machine's rule.
const LARGEST_BODY: usize = 30_000_000;

/// Lines of the delivery log that the page gets.
const SHOWN_DELIVERIES: usize = 30;

/// Ends what a webhook holds open. Longer than any patience of the machine, which counts for itself.
const LONGEST_DELIVERY: Duration = Duration::from_secs(60);
