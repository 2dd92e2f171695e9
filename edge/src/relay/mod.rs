//! From a conversation to the desk where agents work: one neutral vocabulary, one machine per desk.
//!
//! A relay never sees a link, a log or a snapshot of the conversation, and no vendor's word leaves its
//! folder. It does no IO: it asks for calls and is given their outcomes.
//!
//! Start with [`Relay`]; [`call`] is HTTP as data; [`live_agent`] is the first desk; [`richtext`] makes the
//! tree that the widget draws.

pub mod call;
pub mod live_agent;
pub mod richtext;

use std::time::Duration;

use parlor_shared::{
    Timestamp,
    wire::{Agent, Block, Capabilities, EndedBy, FailureReason, UnavailableReason},
};

use call::{CallId, Outcome, Request};

/// What a conversation asks of its relay.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Command {
    /// Carry a visitor's message to the desk. Ends in [`Event::Delivered`] or [`Event::Failed`].
    Deliver {
        /// Sequence number of its event.
        seq: u64,
        /// The message.
        text: String,
    },
    /// The visitor began or stopped typing. May be dropped.
    Typing(bool),
    /// What the visitor has written and not sent. May be dropped.
    Peek(String),
    /// The visitor is warned that the chat ends for want of an answer, or is not any more.
    IdleWarning(bool),
    /// The desk is elsewhere, as [`Event::Elsewhere`] said, and the address is allowed: scheme and host.
    Move(String),
    /// End the chat at the desk, after what is on its way.
    End(EndedBy),
}

/// What a relay tells its conversation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event {
    /// The desk was asked for an agent.
    Requested,
    /// The visitor stands in a queue.
    Queued {
        /// 1 is the next; `None` where the desk does not say.
        place: Option<u32>,
        /// Expected wait in seconds; `None` where the desk does not know.
        wait_s: Option<u32>,
    },
    /// An agent took the chat.
    Joined(Agent),
    /// The agent left; another may come.
    Left(Agent),
    /// The agent hands the chat to others. [`Event::Joined`] ends it.
    Transferring {
        /// To whom, where the desk says.
        to: Option<String>,
    },
    /// Parts of the message were masked, as the desk wants it, before anything of it left.
    Hidden {
        /// Which.
        seq: u64,
    },
    /// The agent asked for a file, and was told that none can be sent.
    FileRequested(Agent),
    /// Something of the agent's console, kept in the log.
    Custom {
        /// The console's name for it.
        kind: String,
        /// As it came.
        data: String,
    },
    /// What the desk can do has changed.
    Capabilities(Capabilities),
    /// How long the desk lets a visitor leave an agent's message unanswered; `None`: for ever.
    IdleLimit(Option<IdleLimit>),
    /// The desk is at another address. Nothing is sent there before [`Command::Move`] names it.
    Elsewhere {
        /// In the desk's words: anything.
        address: String,
    },
    /// The agent said something.
    Said {
        /// Who.
        agent: Agent,
        /// What.
        body: Vec<Block>,
    },
    /// The agent began or stopped typing.
    Typing(bool),
    /// The desk took the message.
    Delivered {
        /// Which.
        seq: u64,
    },
    /// The desk did not take the message, and nobody tries any more.
    Failed {
        /// Which.
        seq: u64,
        /// Why.
        reason: FailureReason,
    },
    /// Nobody takes the chat, and the relay is done with it. Messages that were neither delivered nor failed are the
    /// conversation's again.
    Unavailable(UnavailableReason),
    /// The chat is over at the desk.
    Ended(EndedBy),
    /// The desk said something unknown: counted, logged by kind, skipped.
    Unrecognised {
        /// The vendor's name for it, cut to letters, digits and underscores.
        kind: String,
    },
    /// Something went wrong that only an admin can mend, or that a log should show.
    Trouble {
        /// During which call.
        call: &'static str,
        /// Stable name of what went wrong.
        code: &'static str,
        /// HTTP status, if there was an answer.
        status: Option<u16>,
    },
}

/// How long a visitor may leave an agent's message unanswered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct IdleLimit {
    /// Until the visitor is warned.
    pub warn_after: Duration,
    /// Until the chat ends; longer than `warn_after`.
    pub end_after: Duration,
}

/// What a machine wants done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Effect {
    /// Perform a call and bring back its outcome.
    Call(CallId, Request),
    /// Give a call up. Its outcome is not wanted any more.
    Cancel(CallId),
    /// Tell the conversation.
    Event(Event),
}

/// Where a relay carries a conversation: a routing flow's settings, as they were when the conversation began.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Route {
    /// Salesforce Live Agent.
    LiveAgent(live_agent::Config),
}

/// What a relay tells the desk about the visitor when it asks for an agent.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Introduction {
    /// A name for the agents' lists.
    pub visitor_name: String,
    /// As in `navigator.language`.
    pub language: Option<String>,
    /// The site's page.
    pub page: Option<String>,
}

/// The desks that there are. A fourth lights up every `match` below.
#[derive(Debug)]
pub enum Relay {
    /// Salesforce Live Agent.
    LiveAgent(live_agent::Machine),
}

/// The durable state of a relay.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// Salesforce Live Agent.
    LiveAgent(live_agent::State),
}

impl Relay {
    /// A relay for a new conversation.
    #[must_use]
    pub fn new(route: Route, introduction: Introduction) -> Self {
        match route {
            Route::LiveAgent(config) => {
                Self::LiveAgent(live_agent::Machine::new(config, introduction))
            }
        }
    }

    /// A relay from what was stored. Calls of earlier lives count as [`call::Failure::Lost`].
    #[must_use]
    pub fn restore(
        now: Timestamp,
        epoch: u64,
        route: Route,
        introduction: Introduction,
        state: State,
    ) -> Self {
        match (route, state) {
            (Route::LiveAgent(config), State::LiveAgent(state)) => Self::LiveAgent(
                live_agent::Machine::restore(now, epoch, config, introduction, state),
            ),
        }
    }

    /// What must be stored before any effect is performed.
    #[must_use]
    pub fn state(&self) -> State {
        match self {
            Self::LiveAgent(machine) => State::LiveAgent(machine.state().clone()),
        }
    }

    /// What this desk can do.
    #[must_use]
    pub const fn capabilities(&self) -> Capabilities {
        match self {
            Self::LiveAgent(_) => live_agent::CAPABILITIES,
        }
    }

    /// Takes an order.
    pub fn command(&mut self, now: Timestamp, command: Command) {
        match self {
            Self::LiveAgent(machine) => machine.command(now, command),
        }
    }

    /// Takes the outcome of a call; that of an earlier life is dropped.
    pub fn reply(&mut self, now: Timestamp, dice: u64, call: CallId, outcome: Outcome) {
        match self {
            Self::LiveAgent(machine) => machine.reply(now, dice, call, outcome),
        }
    }

    /// Does what is due.
    pub fn tick(&mut self, now: Timestamp, dice: u64) {
        match self {
            Self::LiveAgent(machine) => machine.tick(now, dice),
        }
    }

    /// The next effect; drain it after every step.
    pub fn poll(&mut self) -> Option<Effect> {
        match self {
            Self::LiveAgent(machine) => machine.poll(),
        }
    }

    /// When [`Relay::tick`] is wanted next.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        match self {
            Self::LiveAgent(machine) => machine.deadline(),
        }
    }
}
