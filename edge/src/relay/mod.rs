//! From a conversation to the desk where agents work: one neutral vocabulary, one machine per desk.
//!
//! A relay never sees a link, a log or a snapshot of the conversation, and no vendor's word leaves its
//! folder. It does no IO: it asks for calls and is given their outcomes.
//!
//! Start with [`Relay`]; [`call`] is HTTP as data; [`live_agent`] and [`kustomer`] are the desks; [`richtext`] and
//! [`markdown`] make the tree that the widget draws; [`bucket`] is a limit that many conversations share.

pub mod bucket;
pub mod call;
mod error;
pub mod kustomer;
pub mod live_agent;
mod live_check;
pub mod markdown;
pub mod richtext;

pub use error::ReplyError;
pub use live_check::{Finding, LiveCheck, Mark};

use std::time::Duration;

use parlor_shared::{
    Customer, Timestamp,
    wire::{Agent, Block, Capabilities, EndedBy, FailureReason, UnavailableReason},
};

use call::{CallId, Outcome, Request};

/// What a conversation asks of its relay.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Command {
    /// What was said before this desk was asked. It reaches the agent first, and once.
    Transcript(String),
    /// Ask for an agent now, also without a message.
    Request,
    /// Nobody is there: keep messages until somebody is. Given before the first of them.
    AwaitOpening,
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
    /// The desk is elsewhere, as [`Event::Elsewhere`] said, and may be called there.
    Move {
        /// Scheme and host.
        base_url: String,
        /// What was said so far, for agents who were not there.
        transcript: Option<String>,
    },
    /// End the chat at the desk, after what is on its way.
    End(EndedBy),
    /// How the visitor found the chat that is over. May be dropped: a desk whose chats end with themselves hears nothing.
    Rated {
        /// Sequence number of its event.
        seq: u64,
        /// 1 to 5.
        score: u8,
        /// In the visitor's words.
        note: Option<String>,
    },
    /// Another desk takes over: end the chat here, after the one write that is under way. What the desk has not taken
    /// is not brought to it any more.
    Leave,
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
        /// Nobody typed it: the desk sent it by itself.
        auto: bool,
    },
    /// An agent's message was withdrawn.
    Redacted {
        /// Its event in the log, as [`Relay::appended`] told it.
        seq: u64,
    },
    /// The agent began or stopped typing. Who says something has stopped.
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
    /// The desk took an ended chat up again.
    Reopened,
    /// Something that an admin should know of, not of this conversation alone, until it is taken back.
    Warning {
        /// What it is about, such as the id of a resource.
        subject: String,
        /// Stable name.
        code: &'static str,
        /// It is so; or not any more.
        on: bool,
    },
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
    /// Say that a desk's conversation is ours, and bring back whether that was heard.
    Claim(CallId, Claim),
    /// Tell the conversation.
    Event(Event),
}

/// Whose conversation at a desk is whose: said to the index that keeps what the desk pushes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Claim {
    /// The resource by whose address the desk pushes.
    pub resource: String,
    /// The desk's id of its conversation.
    pub desk_conversation: String,
    /// The desk's organisation, where it is known: what others push is not ours.
    pub organization: Option<String>,
    /// Our id of ours.
    pub conversation: String,
}

/// What a desk brought by itself, after it was verified.
#[derive(Clone, Debug, PartialEq)]
pub enum Push {
    /// Kustomer's webhook.
    Kustomer(kustomer::Push),
}

/// Where a relay carries a conversation: a routing flow's settings, as they were when the conversation began.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Route {
    /// Salesforce Live Agent.
    LiveAgent(live_agent::Config),
    /// Kustomer.
    Kustomer(kustomer::Config),
}

/// What a desk says when it is asked whether somebody is there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Availability {
    /// Somebody is, or nobody.
    Told(bool),
    /// It has moved: ask there, if the address may be called.
    Elsewhere(String),
}

impl Route {
    /// The call that asks whether somebody is there; `None` where the desk cannot be asked.
    #[must_use]
    pub fn availability(&self) -> Option<Request> {
        match self {
            Self::LiveAgent(config) => Some(live_agent::availability(&config.base_url, config)),
            // It takes what is brought at any hour.
            Self::Kustomer(_) => None,
        }
    }

    /// Reads its answer.
    ///
    /// # Errors
    /// Stable name of what went wrong, and the status if there was an answer.
    pub fn available(
        &self,
        outcome: &Outcome,
    ) -> Result<Availability, (&'static str, Option<u16>)> {
        match self {
            Self::LiveAgent(config) => match live_agent::answer(outcome, config) {
                Ok(live_agent::Answer::Told { available, .. }) => Ok(Availability::Told(available)),
                Ok(live_agent::Answer::Elsewhere { address }) => {
                    Ok(Availability::Elsewhere(address))
                }
                Err(error) => Err((error.code(), error.status())),
            },
            Self::Kustomer(_) => Ok(Availability::Told(true)),
        }
    }

    /// The same desk at another host, which may be called.
    pub fn move_to(&mut self, base_url: String) {
        match self {
            Self::LiveAgent(config) => config.base_url = base_url,
            Self::Kustomer(_) => {}
        }
    }
}

/// What a relay tells the desk about the visitor when it asks for an agent.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Introduction {
    /// Our id of the conversation.
    pub conversation: String,
    /// Our id of the visitor.
    pub visitor: String,
    /// A name for the agents' lists.
    pub visitor_name: String,
    /// As in `navigator.language`.
    pub language: Option<String>,
    /// The site's page.
    pub page: Option<String>,
    /// Who the visitor is, where that was proved.
    pub verified: Option<Customer>,
    /// How many relays the conversation had before: what is made at a desk is told apart by it.
    pub turn: u32,
}

/// The desks that there are. A fourth lights up every `match` below.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "there is one per conversation")]
pub enum Relay {
    /// Salesforce Live Agent.
    LiveAgent(live_agent::Machine),
    /// Kustomer.
    Kustomer(kustomer::Machine),
}

/// The durable state of a relay.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "there is one per conversation")]
pub enum State {
    /// Salesforce Live Agent.
    LiveAgent(live_agent::State),
    /// Kustomer.
    Kustomer(kustomer::State),
}

impl Relay {
    /// A relay for a new conversation.
    #[must_use]
    pub fn new(route: Route, introduction: Introduction) -> Self {
        match route {
            Route::LiveAgent(config) => {
                Self::LiveAgent(live_agent::Machine::new(config, introduction))
            }
            Route::Kustomer(config) => Self::Kustomer(kustomer::Machine::new(config, introduction)),
        }
    }

    /// A relay from what was stored. Calls of earlier lives count as [`call::Failure::Lost`].
    ///
    /// A state of another desk than the route's is none: the relay begins anew.
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
            (Route::Kustomer(config), State::Kustomer(state)) => {
                Self::Kustomer(kustomer::Machine::restore(epoch, config, introduction, state))
            }
            (route @ Route::LiveAgent(_), State::Kustomer(_))
            | (route @ Route::Kustomer(_), State::LiveAgent(_)) => Self::new(route, introduction),
        }
    }

    /// What must be stored before any effect is performed.
    #[must_use]
    pub fn state(&self) -> State {
        match self {
            Self::LiveAgent(machine) => State::LiveAgent(machine.state().clone()),
            Self::Kustomer(machine) => State::Kustomer(machine.state().clone()),
        }
    }

    /// What this desk can do.
    #[must_use]
    pub const fn capabilities(&self) -> Capabilities {
        match self {
            Self::LiveAgent(machine) => machine.capabilities(),
            Self::Kustomer(_) => kustomer::CAPABILITIES,
        }
    }

    /// Whether a chat at this desk stays open however long the visitor is away.
    #[must_use]
    pub const fn is_open_ended(&self) -> bool {
        match self {
            Self::LiveAgent(_) => false,
            Self::Kustomer(_) => true,
        }
    }

    /// Whether nothing is under way at the desk that our side began: nothing was asked, or the chat is over there too.
    #[must_use]
    pub const fn is_at_rest(&self) -> bool {
        match self {
            Self::LiveAgent(machine) => machine.is_at_rest(),
            Self::Kustomer(machine) => machine.is_at_rest(),
        }
    }

    /// Takes an order.
    pub fn command(&mut self, now: Timestamp, command: Command) {
        match self {
            Self::LiveAgent(machine) => machine.command(now, command),
            Self::Kustomer(machine) => machine.command(now, command),
        }
    }

    /// Takes what the desk brought by itself; what another desk brought is none of it.
    pub fn push(&mut self, now: Timestamp, push: Push) {
        match (self, push) {
            (Self::Kustomer(machine), Push::Kustomer(push)) => machine.push(now, push),
            (Self::LiveAgent(_), Push::Kustomer(_)) => {}
        }
    }

    /// A page of the visitor's is open, or none is any more.
    pub fn present(&mut self, now: Timestamp, on: bool) {
        match self {
            // Its poll runs whoever looks.
            Self::LiveAgent(_) => {}
            Self::Kustomer(machine) => machine.present(now, on),
        }
    }

    /// The number that the log gave to what [`Event::Said`] told just now.
    pub fn appended(&mut self, seq: u64) {
        match self {
            // It withdraws nothing, so it need not know.
            Self::LiveAgent(_) => {}
            Self::Kustomer(machine) => machine.appended(seq),
        }
    }

    /// Takes the outcome of a call; that of an earlier life is dropped.
    pub fn reply(&mut self, now: Timestamp, dice: u64, call: CallId, outcome: Outcome) {
        match self {
            Self::LiveAgent(machine) => machine.reply(now, dice, call, outcome),
            Self::Kustomer(machine) => machine.reply(now, dice, call, outcome),
        }
    }

    /// Does what is due.
    pub fn tick(&mut self, now: Timestamp, dice: u64) {
        match self {
            Self::LiveAgent(machine) => machine.tick(now, dice),
            Self::Kustomer(machine) => machine.tick(now, dice),
        }
    }

    /// The next effect; drain it after every step.
    pub fn poll(&mut self) -> Option<Effect> {
        match self {
            Self::LiveAgent(machine) => machine.poll(),
            Self::Kustomer(machine) => machine.poll(),
        }
    }

    /// When [`Relay::tick`] is wanted next.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        match self {
            Self::LiveAgent(machine) => machine.deadline(),
            Self::Kustomer(machine) => machine.deadline(),
        }
    }
}

/// A number that stands for a desk's user without revealing the desk's id: the same agent gets the same colour.
///
/// FNV-1a.
#[must_use]
pub(crate) fn agent_key(id: &str) -> u32 {
    id.bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
