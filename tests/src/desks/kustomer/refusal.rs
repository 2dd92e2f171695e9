//! Why a call was refused, in either of the two shapes that Kustomer's errors have (section 10.1).

use serde_json::json;

use super::store::put;
use crate::desks::http::Response;

/// A refusal. `parameter` names the field at fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub status: u16,
    pub code: &'static str,
    pub title: String,
    pub detail: Option<String>,
    pub parameter: Option<String>,
    pub shape: Shape,
    /// When the limit ends, in epoch seconds: told with a 429.
    pub reset_s: Option<i64>,
}

/// Section 10.1: "Current", and the older style that "some endpoints" still use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Current,
    JsonApi,
}

impl Refusal {
    fn new(status: u16, code: &'static str, title: impl Into<String>, shape: Shape) -> Self {
        let title = title.into();
        Self { status, code, title, detail: None, parameter: None, shape, reset_s: None }
    }

    pub fn unauthorized(why: &str) -> Self {
        Self::new(401, "unauthorized", why, Shape::Current)
    }

    pub fn wrong_pod(status: u16, theirs: &str, ours: &str) -> Self {
        let text = format!(
            "Auth token associated with pod {theirs} but request is being handled by {ours}"
        );
        Self::new(status, "wrong_pod", text, Shape::Current)
    }

    /// The roles that would have done are named, as a person needs them.
    pub fn forbidden(roles: &[&str]) -> Self {
        let text = format!("Missing one of the roles: {}", roles.join(", "));
        Self::new(403, "forbidden", text, Shape::Current)
    }

    /// Recorded in 2020, section 3.1.
    pub fn not_found(parameter: &str) -> Self {
        let refusal = Self::new(404, "notfound", "Not Found", Shape::JsonApi);
        Self { parameter: Some(parameter.to_owned()), ..refusal }
    }

    pub fn no_address() -> Self {
        Self::new(404, "notfound", "Not Found", Shape::Current)
    }

    pub fn bad_request(why: &str) -> Self {
        Self::new(400, "bad_request", why, Shape::Current)
    }

    pub fn bad_param(parameter: &str, title: &str) -> Self {
        let refusal = Self::new(400, "badparam", title, Shape::JsonApi);
        let detail = Some(format!("/properties/{}", parameter.replace('.', "/")));
        Self { parameter: Some(parameter.to_owned()), detail, ..refusal }
    }

    /// Section 3.3: the field that clashes is named.
    pub fn duplicate(status: u16, parameter: &str) -> Self {
        let code = if status == 400 { "badparam" } else { "conflict" };
        let refusal = Self::new(status, code, "Duplicate value", Shape::JsonApi);
        Self { parameter: Some(parameter.to_owned()), ..refusal }
    }

    pub fn too_large() -> Self {
        Self::new(413, "too_large", "Request entity too large", Shape::Current)
    }

    pub fn limited(reset_s: i64) -> Self {
        let refusal = Self::new(429, "too_many_requests", "Too Many Requests", Shape::Current);
        Self { reset_s: Some(reset_s), ..refusal }
    }

    pub fn broken(status: u16) -> Self {
        Self::new(status, "internal", "Something went wrong", Shape::Current)
    }

    /// `status_as_text`: the portal types it as a string, recorded bodies have a number.
    pub fn response(&self, shape: Shape, status_as_text: bool) -> Response {
        let error = match shape {
            Shape::Current => {
                let meta = self.parameter.as_ref().map_or(json!({}), |it| json!({ "field": it }));
                json!({ "code": self.code, "message": self.title, "meta": meta })
            }
            Shape::JsonApi => {
                let status = if status_as_text {
                    json!(self.status.to_string())
                } else {
                    json!(self.status)
                };
                let mut error = json!({ "status": status, "code": self.code, "title": self.title });
                if let Some(detail) = &self.detail {
                    put(&mut error, "detail", detail.as_str());
                }
                if let Some(parameter) = &self.parameter {
                    put(&mut error, "source", json!({ "parameter": parameter }));
                }
                error
            }
        };
        Response::json(self.status, &json!({ "errors": [error] }))
    }
}
