//! Frames from the edge to the widget, and the events of the log that they carry.

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    id::{ConversationId, MessageId},
};

/// What the edge says.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerFrame {
    /// The answer to `hello`; the events that the widget lacks follow at once.
    Welcome {
        /// [`super::PROTOCOL_VERSION`] of the edge.
        version: u32,
        /// Which conversation this is.
        conversation: ConversationId,
        /// Highest sequence number of the log.
        last: u64,
        /// What the desk can do.
        capabilities: Capabilities,
    },
    /// One event of the log. Sequence numbers rise by one.
    Event(Event),
    /// The message is stored under this sequence number and will be delivered, or be seen to have failed.
    Accepted {
        /// Which message.
        id: MessageId,
        /// Its event.
        seq: u64,
    },
    /// The agent began or stopped typing. Not kept.
    Typing {
        /// Began, or stopped.
        on: bool,
    },
    /// What the desk can do has changed.
    Capabilities(Capabilities),
    /// The countdown to an end for want of an answer runs, or runs no more. Not kept; said again after `welcome`.
    Idle {
        /// Seconds until the conversation ends; absent where nothing runs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ends_in_s: Option<u32>,
    },
    /// A frame was not taken. Nothing was stored; the link goes on.
    Refused {
        /// The message that the frame was about, where it could be read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<MessageId>,
        /// Stable name of the reason; docs/PROTOCOL.md lists them.
        code: String,
        /// For people who read logs; never shown to a visitor.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detail: Option<String>,
    },
}

/// What a desk can do. Nothing else about the desk shows.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Capabilities {
    /// The agent's typing is reported to the visitor.
    pub agent_typing: bool,
    /// The visitor's typing is reported to the agent.
    pub visitor_typing: bool,
    /// The desk says when an agent has read a message.
    pub read_receipts: bool,
    /// The agent may see what the visitor has written and not sent.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sneak_peek: bool,
}

/// One event of a conversation's log.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct Event {
    /// 1 for the first event of a conversation; no gaps.
    pub seq: u64,
    /// When the edge stored it.
    pub at: Timestamp,
    /// What happened.
    pub what: What,
}

/// What happened. Deliveries and failures are events too: the state of a message is a projection of them.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The visitor said something.
    Visitor {
        /// The widget's id for it.
        id: MessageId,
        /// A checked [`crate::text::MessageText`].
        text: String,
    },
    /// An agent said something.
    Agent {
        /// Who.
        agent: Agent,
        /// What, as the tree that the edge made of the desk's text.
        body: Vec<Block>,
        /// Nobody typed it: the desk sent it by itself.
        #[serde(default, skip_serializing_if = "is_false")]
        auto: bool,
    },
    /// An agent's message was withdrawn at the desk. Its event keeps its place and has lost its words.
    Redacted {
        /// Sequence number of the message.
        of: u64,
    },
    /// The desk has taken a visitor's message.
    Delivered {
        /// Sequence number of the message.
        of: u64,
    },
    /// The desk has not taken a visitor's message and nobody tries any more, until the visitor asks for it.
    Failed {
        /// Sequence number of the message.
        of: u64,
        /// Why.
        reason: FailureReason,
    },
    /// The visitor asked for a failed message to be tried again.
    Retried {
        /// Sequence number of the message.
        of: u64,
    },
    /// The desk was asked for an agent.
    Requested {},
    /// The desk put the visitor in a queue, or moved her in it.
    Queued {
        /// Place in the queue, 1 for the next; absent where the desk does not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<u32>,
        /// Expected wait in seconds; absent where the desk does not know.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wait_s: Option<u32>,
    },
    /// An agent took the conversation.
    Joined {
        /// Who.
        agent: Agent,
    },
    /// The agent left; somebody else may come.
    Left {
        /// Who.
        agent: Agent,
    },
    /// The desk hands the conversation to others. `joined` ends it.
    Transferring {
        /// To whom, in the desk's words; absent where it does not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<String>,
    },
    /// Parts of a visitor's message were masked before it left for the desk.
    Hidden {
        /// Sequence number of the message.
        of: u64,
    },
    /// An agent asked for a file. Files cannot be sent here, and the agent was told so.
    FileRequested {
        /// Who.
        agent: Agent,
    },
    /// An event of an agent's own console. Kept; nothing is shown of it.
    Custom {
        /// The console's name for it.
        kind: String,
        /// Its data, as it came.
        data: String,
    },
    /// Nobody takes the conversation. `ended` follows, unless the visitor may leave a message.
    Unavailable {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<UnavailableReason>,
        /// What the flow says to the visitor.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// Whether the visitor may leave a message.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        leave_message: bool,
    },
    /// The conversation is over. Nothing is accepted after it.
    Ended {
        /// Who or what ended it.
        by: EndedBy,
    },
    /// The desk took an ended conversation up again: what was refused after the end is accepted from here on.
    Reopened {},
    /// The visitor said how the conversation was. Once, after the end.
    Rated {
        /// 1, poor, to 5, excellent.
        score: u8,
        /// In the visitor's words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
}

/// An agent, as far as a visitor may know.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct Agent {
    /// Same agent, same number; made from the desk's id, which it does not reveal. It picks the avatar's colour.
    pub key: u32,
    /// The name that the desk shows to visitors.
    pub name: String,
    /// Address of a picture, `https` always; absent where the desk has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
}

/// A block of an agent's message.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// A paragraph.
    Paragraph(Vec<Span>),
    /// Answers to choose from. Those of the newest message are live; choosing one says it.
    Choices(Vec<String>),
    /// A list.
    List {
        /// Numbered, from 1.
        ordered: bool,
        /// Its items, each a line of spans.
        items: Vec<Vec<Span>>,
    },
    /// Lines of code, spaces and line breaks kept.
    Code(String),
}

/// A run inside a block.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Span {
    /// Plain text.
    Text(String),
    /// A line break.
    Break {},
    /// A link; `href` is `http`, `https`, `mailto` or `tel`, always.
    Link {
        /// Where to.
        href: String,
        /// What it is called.
        text: String,
    },
    /// Stressed more.
    Strong(Vec<Span>),
    /// Stressed.
    Emphasis(Vec<Span>),
    /// A few characters of code.
    Code(String),
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// Why a message was not delivered. Each has a sentence for the visitor.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(from = "String", into = "String")]
pub enum FailureReason {
    /// The desk did not answer, or answered nonsense, for as long as was reasonable.
    DeskUnreachable,
    /// The desk answered that it does not take this message.
    DeskRefused,
    /// The conversation was over before the message could be delivered.
    ConversationEnded,
    /// A reason of a newer edge.
    Other(String),
}

/// Why nobody takes a conversation.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(from = "String", into = "String")]
pub enum UnavailableReason {
    /// No agent is there, or none has room.
    Unavailable,
    /// The desk does not serve this visitor.
    Blocked,
    /// The desk failed.
    Failed,
    /// A reason of a newer edge.
    Other(String),
}

/// Who or what ended a conversation.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(from = "String", into = "String")]
pub enum EndedBy {
    /// The visitor.
    Visitor,
    /// The agent.
    Agent,
    /// Nobody wrote for as long as the desk allows.
    Idle,
    /// No agent took it.
    Nobody,
    /// The visitor had left for longer than the hub's grace period.
    Away,
    /// The desk lost the conversation, or could not be reached any more.
    Desk,
    /// An ender of a newer edge.
    Other(String),
}

/// Maps an enum of names to the strings that stand for them, keeping unknown ones: a new name must not
/// make an old widget drop the event around it.
macro_rules! named {
    ($type:ident { $($variant:ident = $name:literal),* $(,)? }) => {
        impl From<String> for $type {
            fn from(name: String) -> Self {
                match name.as_str() {
                    $($name => Self::$variant,)*
                    _ => Self::Other(name),
                }
            }
        }

        impl From<$type> for String {
            fn from(value: $type) -> Self {
                match value {
                    $($type::$variant => $name.to_owned(),)*
                    $type::Other(name) => name,
                }
            }
        }
    };
}

named!(FailureReason {
    DeskUnreachable = "desk_unreachable",
    DeskRefused = "desk_refused",
    ConversationEnded = "conversation_ended",
});

named!(UnavailableReason {
    Unavailable = "unavailable",
    Blocked = "blocked",
    Failed = "failed",
});

named!(EndedBy {
    Visitor = "visitor",
    Agent = "agent",
    Idle = "idle",
    Nobody = "nobody",
    Away = "away",
    Desk = "desk",
});
