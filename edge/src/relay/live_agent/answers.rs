//! What an answer to a POST means, by status and body.

use super::wire;
use crate::relay::call::Outcome;

/// What an answer to a POST means.
pub enum Verdict {
    Taken,
    /// Understood and turned down: repeating it would not help.
    Refused(u16),
    /// The session is over.
    Gone,
    /// The desk expects another number; it accepted this one last.
    OutOfSync(u64),
    /// The chat is at another server, or a gateway had a bad moment. The desk did not take it.
    Moved,
    /// Whether the desk took it is unknown.
    Unsure {
        code: &'static str,
        status: Option<u16>,
    },
    /// A success whose body is a page of somebody in between.
    Unreadable {
        code: &'static str,
        status: Option<u16>,
    },
}

/// What the outcome of a POST means.
pub fn verdict(outcome: &Outcome) -> Verdict {
    match outcome {
        Outcome::Answer { status: status @ (200 | 202), body } => {
            if body.trim_ascii_start().first() == Some(&b'<') {
                Verdict::Unreadable { code: "reply_not_ok", status: Some(*status) }
            } else {
                Verdict::Taken
            }
        }
        Outcome::Answer { status: status @ (400 | 404 | 405 | 410), .. } => {
            Verdict::Refused(*status)
        }
        Outcome::Answer { status: 403, .. } => Verdict::Gone,
        Outcome::Answer { status: 503, .. } => Verdict::Moved,
        Outcome::Answer { status: 409, body } => wire::actual_sequence(body).map_or(
            Verdict::Unsure { code: "reply_out_of_sync", status: Some(409) },
            Verdict::OutOfSync,
        ),
        Outcome::Answer { status, .. } => {
            Verdict::Unsure { code: status_code(*status), status: Some(*status) }
        }
        Outcome::Failed(failure) => Verdict::Unsure { code: failure.code(), status: None },
    }
}

/// Stable name of a status that is no success.
pub fn status_code(status: u16) -> &'static str {
    match status {
        400 => "reply_bad_request",
        403 => "session_gone",
        // Live Agent was retired in February 2026: an org that answers these has lost it, or the host is wrong.
        404 | 405 | 410 => "desk_gone",
        500..=599 => "desk_broken",
        _ => "reply_status",
    }
}
