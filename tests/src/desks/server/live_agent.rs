//! The Live Agent desk's addresses: `/chat/rest/…` is the vendor's, `/control/…` ours, `/` the agents' page.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::response::Response;
use axum::routing::{any, post};
use serde_json::json;

use super::Shared;
use super::answers::{Fields, exchange};
use super::scripts::{self, JAVASCRIPT, perform, refusal};
use crate::desks::ControlError;
use crate::desks::live_agent::{Control, Desk, LARGEST_FILE};

pub(super) fn router(shared: Arc<Shared<Desk>>) -> Router {
    let own = scripts::Own {
        desk: "live_agent",
        page: include_str!("../page/live_agent.html"),
        files: &[("/live_agent.js", JAVASCRIPT, include_str!("../page/live_agent.js"))],
        vendor: &["/chat/rest/{*resource}"],
        largest_body: LARGEST_BODY,
        deed,
    };
    let more = Router::new()
        .route("/control/availability", post(availability))
        .route("/control/limits", post(limit));
    scripts::router(own, more).with_state(shared)
}

/// The upload origin: nothing but files.
pub(super) fn files(shared: Arc<Shared<Desk>>) -> Router {
    Router::new()
        .fallback(any(upload))
        .layer(DefaultBodyLimit::max(LARGEST_UPLOAD))
        .with_state(shared)
}

async fn upload(State(shared): State<Arc<Shared<Desk>>>, request: Request) -> Response {
    exchange(shared, Desk::upload, LARGEST_UPLOAD, request).await
}

fn deed(chat: String, deed: &str, bytes: &Bytes) -> Result<Option<Control>, ControlError> {
    let body = Fields::read(bytes)?;
    Ok(Some(match deed {
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

/// Longest request body, in bytes: far above any chat message, so that too long ones reach the machine's rules.
const LARGEST_BODY: usize = 4_000_000;

/// Longest upload: twice the largest file, so that too large ones reach the machine's rules.
const LARGEST_UPLOAD: usize = 2 * LARGEST_FILE;
