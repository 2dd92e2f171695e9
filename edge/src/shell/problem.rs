//! Refusals as answers: RFC 9457 problems, with a stable code.

use parlor_shared::wire::Problem;
use worker::{Headers, Response, Result};

/// The period of the limiters in wrangler.toml, in seconds: after it, every count begins anew.
const LIMIT_PERIOD_S: &str = "60";

/// A refusal on its way out.
#[derive(Debug)]
pub struct Refusal(pub Problem);

/// What a handler gives back: an answer, a refusal, or an error of the platform.
pub type Answer<T> = std::result::Result<T, Refusal>;

impl Refusal {
    /// A refusal. `title` is one sentence for a developer.
    pub fn new(status: u16, code: &str, title: impl Into<String>) -> Self {
        Self(Problem { title: title.into(), status, code: code.to_owned(), field: None })
    }

    /// The same, about one member of the request.
    pub fn about(mut self, field: impl Into<String>) -> Self {
        self.0.field = Some(field.into());
        self
    }

    /// The answer.
    pub fn into_response(self) -> Result<Response> {
        let headers = Headers::new();
        headers.set("Content-Type", "application/problem+json")?;
        headers.set("Cache-Control", "no-store")?;
        if self.0.status == 429 {
            headers.set("Retry-After", LIMIT_PERIOD_S)?;
        }
        let body = serde_json::to_vec(&self.0)?;
        Ok(Response::from_bytes(body)?.with_status(self.0.status).with_headers(headers))
    }
}

impl From<worker::Error> for Refusal {
    /// The platform failed. Its text may quote what came in, so it goes nowhere.
    fn from(_: worker::Error) -> Self {
        Self::new(
            503,
            "platform_failed",
            "The edge's platform failed; the same request may go through later.",
        )
    }
}
