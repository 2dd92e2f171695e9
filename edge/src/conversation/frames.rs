//! Reads what a link sent: bytes of anybody's making.

use parlor_shared::{
    id::MessageId,
    wire::{ClientFrame, MAX_FRAME_BYTES},
};
use serde_json::Value;

/// Why a frame was not taken.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum FrameError {
    /// More than [`MAX_FRAME_BYTES`].
    #[error("the frame has {bytes} bytes, {MAX_FRAME_BYTES} are allowed")]
    TooLong {
        /// How many there are.
        bytes: usize,
    },
    /// Not a JSON object with one member; binary frames are none.
    #[error("the frame is not a JSON object with one member")]
    NotJson,
    /// A type of another version of the link. Counted and skipped.
    #[error("the frame is of an unknown type")]
    Unknown,
    /// A known type whose members are not what they should be.
    #[error("{field} is not as it should be")]
    Malformed {
        /// Path of the member, such as `say.id`.
        field: String,
        /// The id of the message that it was about, if that at least could be read.
        id: Option<MessageId>,
    },
}

impl FrameError {
    /// Stable name.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "frame_too_long",
            Self::NotJson => "frame_not_json",
            Self::Unknown => "frame_unknown",
            Self::Malformed { .. } => "frame_malformed",
        }
    }
}

/// Reads one frame.
///
/// # Errors
/// [`FrameError`]; the conversation goes on.
pub fn read(text: &str) -> Result<ClientFrame, FrameError> {
    if text.len() > MAX_FRAME_BYTES {
        return Err(FrameError::TooLong { bytes: text.len() });
    }
    let value: Value = serde_json::from_str(text).map_err(|_| FrameError::NotJson)?;
    let (kind, body) = match value.as_object().map(|members| (members.len(), members.iter().next()))
    {
        Some((1, Some((kind, body)))) => (kind.clone(), body.clone()),
        _ => return Err(FrameError::NotJson),
    };
    if !KINDS.contains(&kind.as_str()) {
        return Err(FrameError::Unknown);
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        let inner = error.inner().to_string();
        // A missing member is named by the message, a wrong one by the path.
        let missing = inner.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
        let path = error.path().to_string();
        let field = match missing {
            Some(member) => format!("{kind}.{member}"),
            None => path,
        };
        let id = body.get("id").and_then(Value::as_str).and_then(|id| MessageId::parse(id).ok());
        FrameError::Malformed { field, id }
    })
}

const KINDS: [&str; 8] = ["hello", "say", "retry", "typing", "end", "stay", "peek", "rate"];

#[cfg(test)]
mod tests {
    use super::*;

    fn malformed(text: &str) -> String {
        match read(text) {
            Err(FrameError::Malformed { field, .. }) => field,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn every_kind_is_read() {
        let id = "3f0c2d1e-9a4b-4c3d-8e2f-001122334455";
        for text in [
            r#"{"hello":{"version":1,"after":0}}"#.to_owned(),
            format!(r#"{{"say":{{"id":"{id}","text":"hi"}}}}"#),
            format!(r#"{{"retry":{{"id":"{id}"}}}}"#),
            r#"{"typing":{"on":true}}"#.to_owned(),
            r#"{"end":{}}"#.to_owned(),
            r#"{"stay":{}}"#.to_owned(),
            r#"{"peek":{"text":"hi"}}"#.to_owned(),
            r#"{"rate":{"score":4}}"#.to_owned(),
            r#"{"rate":{"score":4,"note":"Quick."}}"#.to_owned(),
        ] {
            assert!(read(&text).is_ok(), "{text}");
        }
    }

    #[test]
    fn the_wrong_member_is_named() {
        assert_eq!(malformed(r#"{"say":{"text":"hi"}}"#), "say.id");
        assert_eq!(malformed(r#"{"say":{"id":"x","text":"hi"}}"#), "say.id");
        assert_eq!(malformed(r#"{"hello":{"version":1,"after":-1}}"#), "hello.after");
        assert_eq!(malformed(r#"{"hello":{"version":1}}"#), "hello.after");
        assert_eq!(malformed(r#"{"typing":{"on":"yes"}}"#), "typing.on");
        assert_eq!(malformed(r#"{"typing":7}"#), "typing");
        assert_eq!(malformed(r#"{"rate":{}}"#), "rate.score");
        assert_eq!(malformed(r#"{"rate":{"score":-1}}"#), "rate.score");
        assert_eq!(malformed(r#"{"rate":{"score":256}}"#), "rate.score");
        assert_eq!(malformed(r#"{"rate":{"score":4,"note":5}}"#), "rate.note");
    }

    #[test]
    fn a_malformed_message_keeps_its_id() {
        let id = "3f0c2d1e-9a4b-4c3d-8e2f-001122334455";
        let error = read(&format!(r#"{{"say":{{"id":"{id}","text":5}}}}"#)).unwrap_err();
        assert_eq!(
            error,
            FrameError::Malformed { field: "say.text".into(), id: MessageId::parse(id).ok() }
        );
    }

    #[test]
    fn what_is_no_frame_is_told_apart() {
        assert_eq!(read("{"), Err(FrameError::NotJson));
        assert_eq!(read("[]"), Err(FrameError::NotJson));
        assert_eq!(read(r#"{"say":{},"end":{}}"#), Err(FrameError::NotJson));
        assert_eq!(read(r#"{"dance":{}}"#), Err(FrameError::Unknown));
        assert_eq!(read(&"[".repeat(MAX_FRAME_BYTES)), Err(FrameError::NotJson));
        let long = "x".repeat(MAX_FRAME_BYTES + 1);
        assert_eq!(read(&long), Err(FrameError::TooLong { bytes: long.len() }));
    }
}
