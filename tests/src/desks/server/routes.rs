//! The addresses: `/chat/rest/…` is the vendor's, `/control/…` ours, `/` the agents' page.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{any, delete, get, post};
use serde_json::json;

use super::Shared;
use super::answers::{Fields, Since, exchange, failure, json_answer, page};
use crate::desks::live_agent::{Control, ControlError, Desk, LARGEST_FILE, Order};

pub(super) fn router(shared: Arc<Shared<Desk>>) -> Router {
    Router::new()
        .route("/", get(|| async { page("text/html; charset=utf-8", PAGE) }))
        .route("/page.css", get(|| async { page("text/css; charset=utf-8", STYLE) }))
        .route("/page.js", get(|| async { page("text/javascript; charset=utf-8", SHARED) }))
        .route("/live_agent.js", get(|| async { page("text/javascript; charset=utf-8", SCRIPT) }))
        .route(
            "/healthz",
            get(|| async {
                json_answer(StatusCode::OK, &json!({ "status": "up", "desk": "live_agent" }))
            }),
        )
        .route("/control/config", get(config))
        .route("/control/chats", get(chats))
        .route("/control/chats/{id}/{deed}", post(chat))
        .route("/control/availability", post(availability))
        .route("/control/limits", post(limit))
        .route("/control/faults", get(faults).post(fault).delete(clear_all))
        .route("/control/faults/{name}", delete(clear_one))
        .route("/control/trace", get(trace))
        .route("/control/reset", post(reset))
        .route("/chat/rest/{*resource}", any(vendor))
        .fallback(|| async {
            failure(StatusCode::NOT_FOUND, "unknown_address", "nothing is at this address")
        })
        .method_not_allowed_fallback(|| async {
            failure(
                StatusCode::METHOD_NOT_ALLOWED,
                "wrong_method",
                "this address knows other methods",
            )
        })
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(shared)
}

/// The upload origin: nothing but files.
pub(super) fn files(shared: Arc<Shared<Desk>>) -> Router {
    Router::new()
        .fallback(any(upload))
        .layer(DefaultBodyLimit::max(LARGEST_UPLOAD))
        .with_state(shared)
}

/// The vendor's API: bytes in, the machine's decision out.
async fn vendor(State(shared): State<Arc<Shared<Desk>>>, request: Request) -> Response {
    exchange(shared, Desk::request, LARGEST_BODY, request).await
}

async fn upload(State(shared): State<Arc<Shared<Desk>>>, request: Request) -> Response {
    exchange(shared, Desk::upload, LARGEST_UPLOAD, request).await
}

async fn chats(
    State(shared): State<Arc<Shared<Desk>>>,
    since: Result<Query<Since>, QueryRejection>,
) -> Response {
    let Ok(Query(since)) = since else {
        return failure(StatusCode::BAD_REQUEST, "bad_field", "since must be a version");
    };
    since.wait(&shared).await;
    let state = shared.lock();
    let (version, available, chats) =
        (state.desk.version(), state.desk.is_available(), state.desk.chats());
    json_answer(
        StatusCode::OK,
        &json!({ "version": version, "available": available, "chats": chats }),
    )
}

async fn chat(
    State(shared): State<Arc<Shared<Desk>>>,
    Path((chat, deed)): Path<(String, String)>,
    bytes: Bytes,
) -> Response {
    let control = || -> Result<Option<Control>, ControlError> {
        let body = Fields::read(&bytes)?;
        Ok(Some(match deed.as_str() {
            "accept" => Control::Accept { chat, agent: body.only(&["agent"])?.text("agent")? },
            "say" => {
                let body = body.only(&["text", "agent"])?;
                let text = body.required("text")?;
                match body.text("agent")? {
                    Some(agent) => Control::SayAs { chat, agent, text },
                    None => Control::Say { chat, text },
                }
            }
            "join" => {
                Control::JoinConference { chat, agent: body.only(&["agent"])?.required("agent")? }
            }
            "leave" => {
                Control::LeaveConference { chat, agent: body.only(&["agent"])?.required("agent")? }
            }
            "event" => {
                let body = body.only(&["type", "data"])?;
                let data = body.text("data")?.unwrap_or_default();
                Control::CustomEvent { chat, kind: body.required("type")?, data }
            }
            "offer" => {
                let body = body.only(&["header", "items"])?;
                Control::Offer { chat, header: body.text("header")?, items: body.texts("items")? }
            }
            "ask-file" => body.only(&[]).map(|_| Control::AskForFile { chat })?,
            "withdraw-file" => body.only(&[]).map(|_| Control::WithdrawFile { chat })?,
            "typing" => Control::Typing { chat, on: body.only(&["on"])?.flag("on")? },
            "end" => Control::End { chat, reason: body.only(&["reason"])?.text("reason")? },
            "transfer" => Control::Transfer { chat, agent: body.only(&["agent"])?.text("agent")? },
            "queue" => {
                let body = body.only(&["position", "wait_s"])?;
                let position =
                    body.number("position")?.and_then(|position| usize::try_from(position).ok());
                let position =
                    position.ok_or(ControlError::field("position", "must be a count from 0"))?;
                Control::Queue { chat, position, wait_s: body.number("wait_s")? }
            }
            "deliver" => {
                let body = body.only(&["type", "message"])?;
                let kind = body.text("type")?.ok_or(ControlError::field("type", "is required"))?;
                Control::Deliver {
                    chat,
                    kind,
                    message: body.0.get("message").cloned().unwrap_or(json!({})),
                }
            }
            _ => return Ok(None),
        }))
    };
    match control() {
        Ok(Some(control)) => perform(&shared, control),
        Ok(None) => failure(StatusCode::NOT_FOUND, "unknown_address", "an agent cannot do this"),
        Err(error) => refusal(error),
    }
}

async fn availability(State(shared): State<Arc<Shared<Desk>>>, bytes: Bytes) -> Response {
    let available =
        Fields::read(&bytes).and_then(|body| body.only(&["available"])?.flag("available"));
    match available {
        Ok(available) => perform(&shared, Control::Availability(available)),
        Err(error) => refusal(error),
    }
}

async fn limit(State(shared): State<Arc<Shared<Desk>>>, bytes: Bytes) -> Response {
    let order = || -> Result<Control, ControlError> {
        let body = Fields::read(&bytes)?.only(&["name", "value"])?;
        let value = body.number("value")?.ok_or(ControlError::field("value", "is required"))?;
        Ok(Control::Limit { name: body.required("name")?, value })
    };
    match order() {
        Ok(control) => perform(&shared, control),
        Err(error) => refusal(error),
    }
}

async fn fault(State(shared): State<Arc<Shared<Desk>>>, bytes: Bytes) -> Response {
    let order = || Order::from_json(&Fields::read(&bytes)?.0);
    match order() {
        Ok(order) => perform(&shared, Control::Fault(order)),
        Err(error) => refusal(error),
    }
}

async fn faults(State(shared): State<Arc<Shared<Desk>>>) -> Response {
    json_answer(StatusCode::OK, &shared.lock().desk.fault_list())
}

async fn clear_all(State(shared): State<Arc<Shared<Desk>>>) -> Response {
    perform(&shared, Control::ClearFaults(None))
}

async fn clear_one(State(shared): State<Arc<Shared<Desk>>>, Path(name): Path<String>) -> Response {
    perform(&shared, Control::ClearFaults(Some(name)))
}

async fn trace(State(shared): State<Arc<Shared<Desk>>>) -> Response {
    json_answer(StatusCode::OK, &json!({ "trace": shared.lock().desk.trace() }))
}

async fn config(State(shared): State<Arc<Shared<Desk>>>) -> Response {
    json_answer(StatusCode::OK, &shared.lock().desk.config_json())
}

async fn reset(State(shared): State<Arc<Shared<Desk>>>) -> Response {
    perform(&shared, Control::Reset)
}

fn perform(shared: &Shared<Desk>, control: Control) -> Response {
    match shared.step(|desk, now| desk.control(now, control)) {
        Ok(()) => json_answer(StatusCode::OK, &json!({ "ok": true })),
        Err(error) => refusal(error),
    }
}

fn refusal(error: impl Into<ControlError>) -> Response {
    let error = error.into();
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
    failure(status, error.code(), &error.to_string())
}

const PAGE: &str = include_str!("../page/live_agent.html");
const STYLE: &str = include_str!("../page/page.css");
const SHARED: &str = include_str!("../page/page.js");
const SCRIPT: &str = include_str!("../page/live_agent.js");

/// Longest request body, in bytes: far above any chat message, so that too long ones reach the machine's rules.
const LARGEST_BODY: usize = 4_000_000;

/// Longest upload: twice the largest file, so that too large ones reach the machine's rules.
const LARGEST_UPLOAD: usize = 2 * LARGEST_FILE;
