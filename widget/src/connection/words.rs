//! What the machine is told, what it wants done, and what it has to say.

use std::time::Duration;

use parlor_shared::{
    Redacted, Timestamp,
    id::{ConversationId, MessageId, ResourceId},
    wire::{Capabilities, ClientFrame, Event, StartAnswer},
};

use super::Incoming;
use crate::pairs::Pairs;

/// What the machine is told.
#[derive(Clone, Debug)]
pub enum Input {
    /// A conversation is wanted although nothing is said: a visitor has come back.
    Resume,
    /// A conversation is wanted although nothing is said: the form was answered.
    Begin {
        /// With what.
        answers: Pairs,
        /// It is the form for a message that is left outside the hub's hours.
        leave_message: bool,
    },
    /// The visitor says how the conversation was.
    Rate {
        /// 1 to 5.
        score: u8,
        /// In the visitor's words.
        note: Option<String>,
    },
    /// The visitor said something.
    Say {
        /// Minted for it.
        id: MessageId,
        /// Cleaned.
        text: String,
    },
    /// The visitor asks for a message to be tried again that the edge had taken and the desk had not.
    Retry(MessageId),
    /// The log says that a retry was taken.
    Retried(MessageId),
    /// The visitor deleted a message that was not sent.
    Discard(MessageId),
    /// The visitor began or stopped typing.
    Typing(bool),
    /// The visitor asks that an idle conversation stays open.
    Stay,
    /// What the visitor has written and not sent, for a desk that shows it.
    Peek(String),
    /// The visitor ends the conversation.
    End,
    /// The visitor wants another conversation after the ended one. It starts with the first message.
    Follow,
    /// How an [`Act::Start`] came out.
    Answered(Result<StartAnswer, StartFailure>),
    /// The link is open.
    Opened,
    /// A text came over the link.
    Received(Incoming),
    /// The link closed, or could not be opened.
    Closed {
        /// The WebSocket close code, or what stands for it where there was no socket.
        code: u16,
    },
    /// The link was refused, with how long the edge asks to be left alone.
    Busy(Duration),
    /// An [`Act::Probe`] got through.
    Passable,
    /// Another tab has begun another conversation, or followed one, or this browser has forgotten all.
    Adopt(Identity),
    /// The browser says that it has no network.
    Offline,
    /// The network is back, the page is looked at again, or the visitor does not want to wait.
    Wake,
    /// Nobody looks at the page: the link need not be probed.
    Hidden,
    /// The instant promised by [`super::Machine::deadline`] has come.
    Tick,
}

/// Why a conversation could not be started.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum StartFailure {
    /// Status 401: the visitor token is not good any more.
    Token,
    /// An answer to the form does not count.
    Form {
        /// Key of its field.
        key: String,
        /// docs/PROTOCOL.md lists them.
        code: String,
    },
    /// Any other status, with how long the edge asks to be left alone.
    Refused {
        /// From `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// No answer, or none that could be read.
    Unreachable,
}

/// What the machine wants done, or has to say.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Output {
    /// Something to do in the browser.
    Do(Act),
    /// Keep these across reloads, in place of what was kept before.
    Keep(Identity),
    /// Keep across reloads until when the network is taken for one that lets no socket through; or not any more.
    Walled(Option<Timestamp>),
    /// Something that shows.
    Notice(Notice),
}

/// Something to do in the browser.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Act {
    /// Send `POST /v1/conversations`; exactly one [`Input::Answered`] comes back.
    Start(Start),
    /// Open a link. An older one is closed and not listened to any more.
    Open {
        /// Which way.
        way: Way,
        /// To which conversation.
        conversation: ConversationId,
        /// For the subprotocol, or the header.
        token: Redacted<String>,
    },
    /// Close the link and do not listen to it any more.
    Close,
    /// Send a frame over the link.
    Transmit(ClientFrame),
    /// Send a ping over the link.
    Ping,
    /// Try, beside the link, whether a socket would get through; [`Input::Passable`] comes back if it does.
    Probe {
        /// To which conversation.
        conversation: ConversationId,
        /// For the subprotocol.
        token: Redacted<String>,
    },
}

/// How a link reaches the edge.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Way {
    /// A WebSocket.
    Socket,
    /// Requests: for networks that let no WebSocket through.
    Requests,
}

/// What a start request says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Start {
    /// Through which resource.
    pub resource: ResourceId,
    /// What an earlier answer gave this browser.
    pub visitor: Option<Redacted<String>>,
    /// The ended conversation that a new one shall follow.
    pub after: Option<ConversationId>,
    /// The site's page.
    pub page: Option<String>,
    /// The visitor's language.
    pub language: Option<String>,
    /// Answers to the form.
    pub form: Pairs,
    /// They come with a message that is left outside the hub's hours.
    pub leave_message: bool,
    /// What the site says of the visitor.
    pub attributes: Pairs,
}

/// Who this browser is to the edge.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Identity {
    /// Starts and finds conversations.
    pub visitor: Option<Redacted<String>>,
    /// The conversation that is shown.
    pub conversation: Option<ConversationId>,
    /// The ended conversation that the next one shall follow.
    pub after: Option<ConversationId>,
}

/// What the thread has to know.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Notice {
    /// What follows belongs to another conversation than what went before.
    Reset,
    /// The conversation that was shown is not kept any more.
    Gone,
    /// The edge's time.
    Clock(Timestamp),
    /// The link is up; events up to `last` are the past.
    Welcome {
        /// Highest sequence number of the log.
        last: u64,
    },
    /// The next event of the log; each comes once and in order.
    Event(Event),
    /// The edge keeps this message.
    Accepted {
        /// Which message.
        id: MessageId,
        /// Its place in the log.
        seq: u64,
    },
    /// The edge does not take this message.
    Refused {
        /// Which message.
        id: MessageId,
        /// docs/PROTOCOL.md lists them.
        code: String,
    },
    /// The edge wants another answer to the form.
    Form {
        /// Key of its field.
        key: String,
        /// docs/PROTOCOL.md lists them.
        code: String,
    },
    /// The agent began or stopped typing.
    Typing(bool),
    /// The conversation ends in so many seconds unless the visitor does something; or nothing of the kind.
    Idle(Option<u32>),
    /// What the desk can do.
    Capabilities(Capabilities),
}

/// How the link is, as far as a visitor may care.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Status {
    /// No link is wanted.
    Unwanted,
    /// On the way, and not yet worth a word.
    Coming,
    /// Up.
    Up,
    /// It was up before, and is not now.
    Down,
    /// It has never been up.
    Unreached,
    /// This widget is too old for the edge.
    Outdated,
}
