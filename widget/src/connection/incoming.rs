//! What arrives over the link, read so that nothing unknown can stop the rest.

use std::time::Duration;

use parlor_shared::wire::{PONG, ServerFrame, StartAnswer};

use super::machine::StartFailure;
use crate::codec::{self, Json};

/// One text of the socket.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Incoming {
    /// A frame that this widget knows.
    Frame(ServerFrame),
    /// An event of a kind that this widget does not know. It counts, so that the cursor does not stick before it.
    Skipped {
        /// Its place in the log.
        seq: u64,
    },
    /// The answer to a ping.
    Pong,
    /// Anything else: a frame of a newer edge, or no frame at all.
    Unreadable,
}

/// Reads one text of the socket.
#[must_use]
pub fn read<J: Json>(text: &str) -> Incoming {
    if text == PONG {
        return Incoming::Pong;
    }
    let Some(value) = J::parse(text) else {
        return Incoming::Unreadable;
    };
    match codec::server_frame(&value) {
        Some(frame) => Incoming::Frame(frame),
        None => match codec::bare_event(&value) {
            Some(seq) => Incoming::Skipped { seq },
            None => Incoming::Unreadable,
        },
    }
}

/// Reads the answer to a start request: its status (0: there was none), its text, and what `Retry-After` says.
///
/// # Errors
/// Why there is no conversation.
pub fn answered<J: Json>(
    status: u16,
    text: &str,
    retry_after: &str,
) -> Result<StartAnswer, StartFailure> {
    match status {
        0 => Err(StartFailure::Unreachable),
        200..=299 => J::parse(text)
            .and_then(|value| codec::start_answer(&value))
            .ok_or(StartFailure::Unreachable),
        400 if let Some((key, code)) = J::parse(text).and_then(|it| codec::form_problem(&it)) => {
            Err(StartFailure::Form { key, code })
        }
        401 => Err(StartFailure::Token),
        _ => Err(StartFailure::Refused {
            retry_after: retry_after.parse().ok().map(Duration::from_secs),
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn known_frames_are_read() {
        assert_eq!(
            read::<Value>(r#"{"typing":{"on":true,"later":1}}"#),
            Incoming::Frame(ServerFrame::Typing { on: true })
        );
        assert_eq!(read::<Value>("pong"), Incoming::Pong);
    }

    #[test]
    fn an_event_of_an_unknown_kind_still_has_its_place() {
        assert_eq!(
            read::<Value>(r#"{"event":{"seq":7,"at":1,"what":{"danced":{}}}}"#),
            Incoming::Skipped { seq: 7 }
        );
    }

    #[test]
    fn what_is_no_frame_is_named_so() {
        for text in [
            "",
            "null",
            "[]",
            "{",
            "<html>",
            r#"{"later":{}}"#,
            r#"{"event":{"seq":-1}}"#,
            r#"{"event":{"seq":1.5,"at":0}}"#,
        ] {
            assert_eq!(read::<Value>(text), Incoming::Unreadable, "{text}");
        }
    }

    #[test]
    fn a_start_is_answered_or_says_why_not() {
        let text = format!(
            r#"{{"conversation":"{}","token":"t","token_expires_in_s":900}}"#,
            "c".repeat(64)
        );
        assert_eq!(answered::<Value>(200, &text, "").unwrap().token, "t");
        let failure = |status, text, after| answered::<Value>(status, text, after).unwrap_err();
        assert_eq!(failure(0, "", ""), StartFailure::Unreachable);
        assert_eq!(failure(200, "<html>", ""), StartFailure::Unreachable);
        assert_eq!(failure(401, "{}", ""), StartFailure::Token);
        let wait = |retry_after| StartFailure::Refused { retry_after };
        assert_eq!(failure(503, "", "7"), wait(Some(Duration::from_secs(7))));
        assert_eq!(failure(503, "", "Wed, 21 Oct 2026 07:28:00 GMT"), wait(None));
        assert_eq!(failure(400, "", ""), wait(None));
        assert_eq!(failure(400, r#"{"code":"body_malformed","field":"page"}"#, ""), wait(None));
        assert_eq!(
            failure(400, r#"{"code":"form_missing","field":"form.email"}"#, ""),
            StartFailure::Form { key: "email".to_owned(), code: "form_missing".to_owned() }
        );
    }
}
