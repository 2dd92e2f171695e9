//! What arrives over the link, read so that nothing unknown can stop the rest.

use parlor_shared::wire::{PONG, ServerFrame};

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
}
