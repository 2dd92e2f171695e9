//! Frames from the widget to the edge.

use serde::{Deserialize, Serialize};

use crate::id::MessageId;

/// What a widget says.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientFrame {
    /// First frame of every link: which events this widget has already.
    Hello {
        /// [`super::PROTOCOL_VERSION`] of the widget.
        version: u32,
        /// Highest sequence number that the widget has; 0 for none. It gets what came after it.
        after: u64,
    },
    /// A message. Sent again with the same id, it is answered with the same acknowledgement.
    Say {
        /// Minted by the widget.
        id: MessageId,
        /// Raw; the edge checks it as a [`crate::text::MessageText`].
        text: String,
    },
    /// Try a failed message again.
    Retry {
        /// The id that it was first said with.
        id: MessageId,
    },
    /// The visitor began or stopped typing. Not kept.
    Typing {
        /// Began, or stopped.
        on: bool,
    },
    /// The visitor ends the conversation.
    End {},
    /// The visitor, who is about to be counted as idle, is still there.
    Stay {},
    /// What the visitor has written and not sent. Never stored; taken only where the desk may see it.
    Peek {
        /// The text so far.
        text: String,
    },
    /// How the visitor found the conversation. Taken once, after the end.
    Rate {
        /// 1, poor, to 5, excellent.
        score: u8,
        /// In the visitor's words; raw, the edge checks it as a [`crate::text::MessageText`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
}
