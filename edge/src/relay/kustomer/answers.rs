//! What the outcome of a call means: by status, and by the two shapes that Kustomer's errors have.

use parlor_shared::Timestamp;
use serde_json::Value;

use super::role::Role;
use crate::relay::call::{Failure, Outcome};

/// What an outcome means.
#[derive(Debug, PartialEq)]
pub enum Verdict {
    /// A success, with its body.
    Done(Vec<u8>),
    /// 404.
    Absent,
    /// 409: there is one like it already.
    Conflict,
    /// Understood and turned down: repeating it would not help.
    Refused(Trouble),
    /// The key is bad, or lacks a role. An admin has to mend it; until then the same again.
    Key(Trouble),
    /// The organisation lives in another region: only another address helps.
    Region(Trouble),
    /// The limit: nothing was done, ask again then.
    Held(Timestamp),
    /// Whether the desk did it is unknown.
    Unsure(Trouble),
}

/// A line for the log.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Trouble {
    /// Stable name.
    pub code: &'static str,
    /// HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// The role that the key lacks.
    pub role: Option<Role>,
}

/// What the outcome of a call that needs `role` means.
pub fn verdict(outcome: Outcome, role: Role) -> Verdict {
    let (status, body) = match outcome {
        Outcome::Answer { status, body } => (status, body),
        Outcome::Failed(Failure::Held { until }) => return Verdict::Held(until),
        Outcome::Failed(failure @ Failure::NoCredentials) => {
            return Verdict::Key(Trouble { code: failure.code(), status: None, role: None });
        }
        Outcome::Failed(failure) => {
            return Verdict::Unsure(Trouble { code: failure.code(), status: None, role: None });
        }
    };
    let trouble = |code| Trouble { code, status: Some(status), role: None };
    match status {
        200 | 201 | 204 => Verdict::Done(body),
        400..=499 if is_wrong_region(&body) => Verdict::Region(trouble("wrong_region")),
        401 => Verdict::Key(trouble("key_refused")),
        403 => Verdict::Key(Trouble { role: Some(role), ..trouble("role_missing") }),
        404 => Verdict::Absent,
        409 => Verdict::Conflict,
        413 => Verdict::Refused(trouble("desk_body_too_large")),
        400..=499 => Verdict::Refused(trouble(error_code(&body))),
        500..=599 => Verdict::Unsure(trouble("desk_broken")),
        _ => Verdict::Unsure(trouble("reply_status")),
    }
}

/// Whether an error says that the key belongs to another region. Source: docs/VENDORS.md, "Kustomer", "Errors".
pub fn is_wrong_region(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body.get(..body.len().min(4_096)).unwrap_or_default());
    text.contains("associated with pod")
}

/// What an error says to people, in either shape.
pub fn words(body: &[u8]) -> Option<String> {
    let json: Value = serde_json::from_slice(body).ok()?;
    let error = json.pointer("/errors/0")?;
    let words = ["message", "detail", "title"].into_iter().find_map(|it| error.get(it)?.as_str());
    words.map(str::to_owned)
}

/// The vendor's code of an error, as one of ours: theirs is text of somebody else's making. Both shapes have it at the
/// same place.
fn error_code(body: &[u8]) -> &'static str {
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    match json.pointer("/errors/0/code").and_then(Value::as_str) {
        Some("bad_request") => "desk_bad_request",
        Some("badparam") => "desk_bad_parameter",
        Some("notfound") => "desk_not_found",
        _ => "reply_bad_request",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, body: &str) -> Verdict {
        verdict(Outcome::Answer { status, body: body.into() }, Role::Message)
    }

    #[test]
    fn both_shapes_of_an_error_are_understood() {
        let code = |body: &str| match of(400, body) {
            Verdict::Refused(trouble) => trouble.code,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            code(
                r#"{"errors":[{"code":"bad_request","message":"Invalid request body or parameters.","meta":{}}]}"#
            ),
            "desk_bad_request"
        );
        assert_eq!(
            code(
                r#"{"errors":[{"status":400,"code":"badparam","title":"Additional properties not allowed","source":{"parameter":"x"}}]}"#
            ),
            "desk_bad_parameter"
        );
        assert_eq!(
            code(r#"{"errors":[{"status":"400","code":"something else"}]}"#),
            "reply_bad_request"
        );
        assert_eq!(code("<html>"), "reply_bad_request");
        assert_eq!(code(""), "reply_bad_request");
    }

    #[test]
    fn a_wrong_region_is_one_under_any_status_of_ours() {
        let body = r#"{"errors":[{"code":"x","message":"Auth token associated with pod prod2 but request is being handled by prod1"}]}"#;
        for status in [400, 401, 403, 404, 421] {
            assert!(matches!(of(status, body), Verdict::Region(_)), "{status}");
        }
        assert!(matches!(of(500, body), Verdict::Unsure(_)));
    }

    #[test]
    fn statuses_part_what_may_have_been_done_from_what_was_not() {
        assert_eq!(of(201, "{}"), Verdict::Done(b"{}".to_vec()));
        assert_eq!(of(404, ""), Verdict::Absent);
        assert_eq!(of(409, ""), Verdict::Conflict);
        for status in [500, 502, 503, 504, 302, 100] {
            assert!(matches!(of(status, ""), Verdict::Unsure(_)), "{status}");
        }
        let lost = verdict(Outcome::Failed(Failure::Timeout), Role::Message);
        assert!(matches!(lost, Verdict::Unsure(Trouble { code: "timeout", .. })));
        let until = Timestamp::from_ms(5);
        let held = verdict(Outcome::Failed(Failure::Held { until }), Role::Message);
        assert_eq!(held, Verdict::Held(until));
    }

    #[test]
    fn a_missing_role_is_named() {
        let Verdict::Key(trouble) = of(403, "") else { panic!("403") };
        assert_eq!(
            (trouble.code, trouble.role.map(Role::name)),
            ("role_missing", Some("org.permission.message"))
        );
    }
}
