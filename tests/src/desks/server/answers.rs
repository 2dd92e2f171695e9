//! How the control interfaces of all desks read, answer and refuse.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Door, Shared, body};
use crate::desks::{ControlError, Machine, http};

/// One request of the vendor's API: bytes in, the machine's decision out.
pub(super) async fn exchange<D: Machine>(
    shared: Arc<Shared<D>>,
    door: Door<D>,
    largest: usize,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, largest).await else {
        return failure(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "the body is too large");
    };
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
    let headers = head.headers.iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let request = http::Request {
        method: head.method.as_str().to_owned(),
        target,
        headers: headers.collect(),
        body: bytes.to_vec(),
    };
    body::answer(shared.exchange(door, request).await)
}

#[derive(Deserialize)]
pub(super) struct Since {
    pub since: Option<u64>,
}

impl Since {
    /// Waits until the desk is newer than what the caller knows, or long enough.
    pub async fn wait<D: Machine>(self, shared: &Shared<D>) {
        let Some(since) = self.since else { return };
        let mut version = shared.version.subscribe();
        // Whether it changed or the time is up, the answer is what is true then.
        let _ =
            tokio::time::timeout(LONGEST_WAIT, version.wait_for(|version| *version > since)).await;
    }
}

/// A field of a control body that cannot be used.
#[derive(Debug)]
pub(super) struct BadField {
    field: String,
    why: &'static str,
}

impl BadField {
    pub fn new(field: &str, why: &'static str) -> Self {
        Self { field: field.to_owned(), why }
    }
}

impl From<BadField> for ControlError {
    fn from(BadField { field, why }: BadField) -> Self {
        Self::Field { field, why }
    }
}

/// A control body: an object, where nothing stands for an empty one.
pub(super) struct Fields(pub Value);

impl Fields {
    pub fn read(bytes: &Bytes) -> Result<Self, BadField> {
        if bytes.is_empty() {
            return Ok(Self(json!({})));
        }
        let value: Value =
            serde_json::from_slice(bytes).map_err(|_| BadField::new("body", "must be JSON"))?;
        if value.is_object() {
            Ok(Self(value))
        } else {
            Err(BadField::new("body", "must be an object"))
        }
    }

    /// Refuses fields that would be passed over: a misspelt one must not look obeyed.
    pub fn only(self, known: &[&str]) -> Result<Self, BadField> {
        let stray = self
            .0
            .as_object()
            .and_then(|fields| fields.keys().find(|field| !known.contains(&field.as_str())));
        match stray {
            Some(field) => Err(BadField::new(field, "is not known here")),
            None => Ok(self),
        }
    }

    pub fn text(&self, name: &str) -> Result<Option<String>, BadField> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(BadField::new(name, "must be a text")),
        }
    }

    pub fn required(&self, name: &str) -> Result<String, BadField> {
        self.text(name)?.ok_or(BadField::new(name, "is required"))
    }

    pub fn texts(&self, name: &str) -> Result<Vec<String>, BadField> {
        let wrong = || BadField::new(name, "must be a list of texts");
        let items = self.0.get(name).and_then(Value::as_array).ok_or_else(wrong)?;
        items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
    }

    pub fn number(&self, name: &str) -> Result<Option<i64>, BadField> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => {
                value.as_i64().map(Some).ok_or(BadField::new(name, "must be a whole number"))
            }
        }
    }

    pub fn flag(&self, name: &str) -> Result<bool, BadField> {
        self.0
            .get(name)
            .and_then(Value::as_bool)
            .ok_or(BadField::new(name, "must be true or false"))
    }
}

pub(super) fn failure(status: StatusCode, code: &str, message: &str) -> Response {
    json_answer(status, &json!({ "error": { "code": code, "message": message } }))
}

pub(super) fn json_answer(status: StatusCode, value: &Value) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    (status, headers, Body::from(value.to_string())).into_response()
}

/// The page may load its own files and talk to this desk, nothing else.
pub(super) fn page(kind: &'static str, text: impl Into<Body>) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    );
    (StatusCode::OK, headers, text.into()).into_response()
}

/// How long `GET /control/chats?since=` is held when nothing changes.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
