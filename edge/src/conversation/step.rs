//! What goes into a step of the conversation, and what comes out of it.

use parlor_shared::wire::ServerFrame;

use super::{
    polled::{Answer, AskId},
    snapshot::Change,
};
use crate::relay::{
    Claim, Push,
    call::{CallId, Outcome, Request},
};

/// One link.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum LinkId {
    /// A socket; the shell numbers them and keeps the number with it.
    Socket(u32),
    /// One that asks, by the number that its widget made up.
    Polled(u32),
}

/// What comes in.
#[derive(Clone, Debug)]
pub enum Input {
    /// A link was opened. It says `hello` before it counts.
    Linked(LinkId),
    /// A link sent a frame.
    Frame {
        /// Which.
        link: LinkId,
        /// Bytes of anybody's making.
        text: String,
    },
    /// A link closed or broke.
    Unlinked(LinkId),
    /// A link without a socket sends frames, if any, and asks for what there is. Exactly one [`Output::Answer`] comes.
    Asked {
        /// Which; it need not be known.
        link: LinkId,
        /// Names the question.
        ask: AskId,
        /// Whether it is held until there is something to say.
        hold: bool,
        /// Highest sequence number that the widget has.
        after: u64,
        /// Bytes of anybody's making.
        frames: Vec<String>,
    },
    /// What the desk brought by itself, verified.
    Desk(Push),
    /// The end of an earlier [`Output::Call`] or [`Output::Claim`]. Every call gets exactly one, even if it is "lost".
    Reply {
        /// Which call.
        call: CallId,
        /// How it ended.
        outcome: Outcome,
    },
    /// The end of an earlier [`Output::List`].
    Listed {
        /// What the list was told.
        on: bool,
        /// Whether it heard that.
        heard: bool,
    },
    /// The instant promised by [`Core::deadline`](super::Core::deadline) has come.
    Tick,
}

/// What goes out. All `Store`s of a step are applied, together, before anything else of it leaves.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// A row to append or the state record to replace.
    Store(Change),
    /// A frame for one link.
    Send {
        /// Which.
        link: LinkId,
        /// The frame.
        frame: ServerFrame,
    },
    /// The answer to an [`Input::Asked`].
    Answer {
        /// Which.
        ask: AskId,
        /// What to say.
        answer: Answer,
    },
    /// Keep with the socket that it has said `hello`, so that it still counts after hibernation.
    Greeted(LinkId),
    /// Close a link.
    Close {
        /// Which.
        link: LinkId,
        /// WebSocket close code; docs/PROTOCOL.md lists them.
        code: u16,
        /// For people who read logs.
        reason: &'static str,
    },
    /// Perform an HTTP call and bring back its outcome as [`Input::Reply`].
    Call {
        /// Its name.
        call: CallId,
        /// What to ask.
        request: Request,
    },
    /// Give an earlier call up: abort it, if it is still under way. Its [`Input::Reply`] may come or not.
    Cancel(CallId),
    /// Say whose a desk's conversation is, and bring back whether that was heard as [`Input::Reply`].
    Claim {
        /// Its name.
        call: CallId,
        /// Whose.
        claim: Claim,
    },
    /// Put the conversation on the hub's list of messages that were left, or take it off, and bring back whether that was
    /// heard as [`Input::Listed`].
    List {
        /// The list's object.
        name: String,
        /// On, or off.
        on: bool,
    },
    /// Something that an admin should know of, not of this conversation alone, until it is taken back.
    Warn {
        /// What it is about, such as the id of a resource.
        subject: String,
        /// Stable name.
        code: &'static str,
        /// It is so; or not any more.
        on: bool,
    },
    /// Something for the log.
    Log(Note),
}

/// A line for the log: codes and figures, never text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Note {
    /// Stable name.
    pub code: &'static str,
    /// Which desk call or frame it was about.
    pub about: Option<String>,
    /// HTTP status, if there was one.
    pub status: Option<u16>,
}
