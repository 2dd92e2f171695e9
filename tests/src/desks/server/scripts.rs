//! What every desk has over HTTP: the vendor's API, the agents' page and its list, deeds, knobs, the trace, a new
//! beginning. `live_agent` and `kustomer` say where and which, and add what only they have.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{any, delete, get, post};
use serde_json::{Value, json};

use super::answers::{Fields, Since, exchange, failure, json_answer, page};
use super::{Door, Shared, frame};
use crate::desks::{ControlError, Machine, kustomer, live_agent};

/// A desk that takes orders beside the vendor's API.
pub(super) trait Scripted: Machine {
    type Control;
    /// The vendor's API.
    const VENDOR: Door<Self>;
    /// What the people's list holds.
    fn list(&self) -> Value;
    fn obey(&mut self, now: Duration, control: Self::Control) -> Result<(), ControlError>;
    fn fault(body: &Value) -> Result<Self::Control, ControlError>;
    /// Clears one knob by name, or all.
    fn clear(name: Option<String>) -> Self::Control;
    fn reset() -> Self::Control;
    fn knobs(&self) -> Value;
    fn config(&self) -> Value;
    fn trace(&self) -> Value;
}

/// All desks name these alike. In braces is what a desk's list has beside the chats.
macro_rules! scripted {
    ($($desk:ident { $($member:literal: $value:ident)? }),+) => {
        $(impl Scripted for $desk::Desk {
            type Control = $desk::Control;

            const VENDOR: Door<Self> = Self::request;

            fn list(&self) -> Value {
                json!({ "version": self.version(), $($member: self.$value(),)? "chats": self.chats() })
            }

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
scripted!(live_agent { "available": is_available }, kustomer {});

/// What a desk has behind the addresses that all have.
pub(super) struct Own<D: Scripted> {
    pub desk: &'static str,
    /// Its parts of the agents' page.
    pub page: &'static str,
    /// What its page loads beside what every page does, by path and type.
    pub files: &'static [(&'static str, &'static str, &'static str)],
    /// Where the vendor's API is.
    pub vendor: &'static [&'static str],
    /// Longest request body, in bytes.
    pub largest_body: usize,
    /// What an agent's deed asks of the desk, by its name: nothing where an agent cannot do this.
    pub deed: Deed<D::Control>,
}

type Deed<C> = fn(String, &str, &Bytes) -> Result<Option<C>, ControlError>;

/// Every address of a desk; `more` are those that no other has.
pub(super) fn router<D: Scripted>(
    own: Own<D>,
    more: Router<Arc<Shared<D>>>,
) -> Router<Arc<Shared<D>>> {
    let Own { desk, page: parts, files, vendor, largest_body, deed } = own;
    let mut router = more;
    for (path, kind, text) in FILES.iter().chain(files).copied() {
        router = router.route(path, get(move || async move { page(kind, text) }));
    }
    let html = Bytes::from(frame::around(parts));
    router = router.route("/", get(move || async move { page(HTML, html) }));
    let api = move |State(shared): State<Arc<Shared<D>>>, request: Request| {
        exchange(shared, D::VENDOR, largest_body, request)
    };
    for resource in vendor {
        router = router.route(resource, any(api));
    }
    let act = move |State(shared): State<Arc<Shared<D>>>,
                    Path((chat, name)): Path<(String, String)>,
                    bytes: Bytes| async move {
        match deed(chat, &name, &bytes) {
            Ok(Some(control)) => perform(&shared, control),
            Ok(None) => {
                failure(StatusCode::NOT_FOUND, "unknown_address", "an agent cannot do this")
            }
            Err(error) => refusal(error),
        }
    };
    let up = json!({ "status": "up", "desk": desk });
    router
        .route("/healthz", get(|| async move { json_answer(StatusCode::OK, &up) }))
        .route("/control/chats", get(chats))
        .route("/control/chats/{id}/{deed}", post(act))
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

async fn chats<D: Scripted>(
    State(shared): State<Arc<Shared<D>>>,
    since: Result<Query<Since>, QueryRejection>,
) -> Response {
    let Ok(Query(since)) = since else {
        return failure(StatusCode::BAD_REQUEST, "bad_field", "since must be a version");
    };
    since.wait(&shared).await;
    json_answer(StatusCode::OK, &shared.lock().desk.list())
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

/// What every desk's page loads.
const FILES: [(&str, &str, &str); 2] = [
    ("/page.css", CSS, include_str!("../page/page.css")),
    ("/page.js", JAVASCRIPT, include_str!("../page/page.js")),
];

const HTML: &str = "text/html; charset=utf-8";
pub(super) const CSS: &str = "text/css; charset=utf-8";
pub(super) const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
