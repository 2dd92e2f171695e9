//! What arrives over the link, read so that nothing unknown can stop the rest.

use parlor_shared::{
    Timestamp,
    wire::{PONG, ServerFrame},
};
use serde::{Deserialize, de::DeserializeOwned};

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

/// The part of an event that every version of it has.
#[derive(Deserialize)]
struct BareEvent {
    seq: u64,
    #[serde(rename = "at")]
    _at: Timestamp,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum BareFrame {
    Event(BareEvent),
}

/// A JSON parser. The browser brings its own; tests use another.
pub trait Parser {
    /// `text` as a `T`, or nothing.
    fn parse<T: DeserializeOwned>(&self, text: &str) -> Option<T>;
}

/// Reads one text of the socket.
#[must_use]
pub fn read(parser: &impl Parser, text: &str) -> Incoming {
    if text == PONG {
        return Incoming::Pong;
    }
    if let Some(frame) = parser.parse(text) {
        return Incoming::Frame(frame);
    }
    match parser.parse(text) {
        Some(BareFrame::Event(event)) => Incoming::Skipped { seq: event.seq },
        None => Incoming::Unreadable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Json;

    impl Parser for Json {
        fn parse<T: DeserializeOwned>(&self, text: &str) -> Option<T> {
            serde_json::from_str(text).ok()
        }
    }

    #[test]
    fn known_frames_are_read() {
        assert_eq!(
            read(&Json, r#"{"typing":{"on":true,"later":1}}"#),
            Incoming::Frame(ServerFrame::Typing { on: true })
        );
        assert_eq!(read(&Json, "pong"), Incoming::Pong);
    }

    #[test]
    fn an_event_of_an_unknown_kind_still_has_its_place() {
        assert_eq!(
            read(&Json, r#"{"event":{"seq":7,"at":1,"what":{"danced":{}}}}"#),
            Incoming::Skipped { seq: 7 }
        );
    }

    #[test]
    fn what_is_no_frame_is_named_so() {
        for text in ["", "null", "[]", "{", "<html>", r#"{"later":{}}"#, r#"{"event":{"seq":-1}}"#]
        {
            assert_eq!(read(&Json, text), Incoming::Unreadable, "{text}");
        }
    }
}
