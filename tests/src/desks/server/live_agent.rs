//! The Live Agent desk's addresses: `/chat/rest/…` is the vendor's, `/control/…` ours, `/` the agents' page.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{any, get, post};
use serde_json::json;

use super::Shared;
use super::answers::{Fields, Since, exchange, failure, json_answer};
use super::scripts::{self, CSS, HTML, JAVASCRIPT, perform, refusal};
use crate::desks::ControlError;
use crate::desks::live_agent::{Control, Desk, LARGEST_FILE};

pub(super) fn router(shared: Arc<Shared<Desk>>) -> Router {
    let own = Router::new()
        .route("/control/chats", get(chats))
        .route("/control/chats/{id}/{deed}", post(chat))
        .route("/control/availability", post(availability))
        .route("/control/limits", post(limit))
        .route("/chat/rest/{*resource}", any(vendor));
    scripts::router("live_agent", &FILES, LARGEST_BODY, own).with_state(shared)
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

/// The agents' page.
const FILES: [(&str, &str, &str); 4] = [
    ("/", HTML, include_str!("../page/live_agent.html")),
    ("/page.css", CSS, include_str!("../page/page.css")),
    ("/page.js", JAVASCRIPT, include_str!("../page/page.js")),
    ("/live_agent.js", JAVASCRIPT, include_str!("../page/live_agent.js")),
];

/// Longest request body, in bytes: far above any chat message, so that too long ones reach the machine's rules.
const LARGEST_BODY: usize = 4_000_000;

/// Longest upload: twice the largest file, so that too large ones reach the machine's rules.
const LARGEST_UPLOAD: usize = 2 * LARGEST_FILE;
