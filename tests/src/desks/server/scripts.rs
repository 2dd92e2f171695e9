//! What a script may do at any desk over HTTP: turn knobs, read the trace, begin anew. `live_agent` and `kustomer` add
//! what the people of their desk do.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{delete, get, post};
use serde_json::{Value, json};

use super::Shared;
use super::answers::{Fields, failure, json_answer, page};
use crate::desks::{ControlError, Machine, kustomer, live_agent};

/// A desk that takes orders beside the vendor's API.
pub(super) trait Scripted: Machine {
    type Control;
    fn obey(&mut self, now: Duration, control: Self::Control) -> Result<(), ControlError>;
    fn fault(body: &Value) -> Result<Self::Control, ControlError>;
    /// Clears one knob by name, or all.
    fn clear(name: Option<String>) -> Self::Control;
    fn reset() -> Self::Control;
    fn knobs(&self) -> Value;
    fn config(&self) -> Value;
    fn trace(&self) -> Value;
}

/// Both desks name these alike.
macro_rules! scripted {
    ($($desk:ident),+) => {
        $(impl Scripted for $desk::Desk {
            type Control = $desk::Control;

            fn obey(&mut self, now: Duration, control: Self::Control) -> Result<(), ControlError> {
                self.control(now, control)
            }

            fn fault(body: &Value) -> Result<Self::Control, ControlError> {
                $desk::Order::from_json(body).map($desk::Control::Fault)
            }

            fn clear(name: Option<String>) -> Self::Control {
                $desk::Control::ClearFaults(name)
            }

            fn reset() -> Self::Control {
                $desk::Control::Reset
            }

            fn knobs(&self) -> Value {
                self.fault_list()
            }

            fn config(&self) -> Value {
                self.config_json()
            }

            fn trace(&self) -> Value {
                json!(self.trace())
            }
        })+
    };
}
scripted!(live_agent, kustomer);

/// What stands around the addresses of every desk. `files` are those of its page, by path and type.
pub(super) fn router<D: Scripted>(
    desk: &'static str,
    files: &[(&'static str, &'static str, &'static str)],
    largest_body: usize,
    own: Router<Arc<Shared<D>>>,
) -> Router<Arc<Shared<D>>> {
    let mut router = own;
    for (path, kind, text) in files.iter().copied() {
        router = router.route(path, get(move || async move { page(kind, text) }));
    }
    let up = json!({ "status": "up", "desk": desk });
    router
        .route("/healthz", get(|| async move { json_answer(StatusCode::OK, &up) }))
        .route("/control/config", get(config))
        .route("/control/faults", get(faults).post(fault).delete(clear_all))
        .route("/control/faults/{name}", delete(clear_one))
        .route("/control/trace", get(trace))
        .route("/control/reset", post(reset))
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
        .layer(DefaultBodyLimit::max(largest_body))
}

async fn config<D: Scripted>(State(shared): State<Arc<Shared<D>>>) -> Response {
    json_answer(StatusCode::OK, &shared.lock().desk.config())
}

async fn faults<D: Scripted>(State(shared): State<Arc<Shared<D>>>) -> Response {
    json_answer(StatusCode::OK, &shared.lock().desk.knobs())
}

async fn fault<D: Scripted>(State(shared): State<Arc<Shared<D>>>, bytes: Bytes) -> Response {
    let order = || D::fault(&Fields::read(&bytes)?.0);
    match order() {
        Ok(control) => perform(&shared, control),
        Err(error) => refusal(error),
    }
}

async fn clear_all<D: Scripted>(State(shared): State<Arc<Shared<D>>>) -> Response {
    perform(&shared, D::clear(None))
}

async fn clear_one<D: Scripted>(
    State(shared): State<Arc<Shared<D>>>,
    Path(name): Path<String>,
) -> Response {
    perform(&shared, D::clear(Some(name)))
}

async fn trace<D: Scripted>(State(shared): State<Arc<Shared<D>>>) -> Response {
    json_answer(StatusCode::OK, &json!({ "trace": shared.lock().desk.trace() }))
}

async fn reset<D: Scripted>(State(shared): State<Arc<Shared<D>>>) -> Response {
    perform(&shared, D::reset())
}

pub(super) fn perform<D: Scripted>(shared: &Shared<D>, control: D::Control) -> Response {
    match shared.step(|desk, now| desk.obey(now, control)) {
        Ok(()) => json_answer(StatusCode::OK, &json!({ "ok": true })),
        Err(error) => refusal(error),
    }
}

pub(super) fn refusal(error: impl Into<ControlError>) -> Response {
    let error = error.into();
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
    failure(status, error.code(), &error.to_string())
}

pub(super) const HTML: &str = "text/html; charset=utf-8";
pub(super) const CSS: &str = "text/css; charset=utf-8";
pub(super) const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
