//! The conversation as the log tells it, with what the log does not have yet.

use std::rc::Rc;

use parlor_shared::{
    Timestamp,
    id::MessageId,
    wire::{Agent, Block, EndedBy, Event, FailureReason, What},
};

use super::rows::Skew;
use crate::snapshot::Unsent;

/// Something that shows, from the log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Item {
    /// Its place in the log.
    pub seq: u64,
    /// When the edge stored it; for a message that was acknowledged without its event, when it was said.
    pub at: Timestamp,
    /// What it is.
    pub kind: Kind,
    /// It came while the visitor was there.
    pub fresh: bool,
}

/// What an [`Item`] is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Kind {
    /// A message of the visitor's that the edge keeps.
    Visitor {
        /// Its id.
        id: MessageId,
        /// Its text.
        text: String,
        /// How far it has come.
        progress: Progress,
        /// Parts of it were masked before it was sent to the desk.
        masked: bool,
    },
    /// A message of an agent's.
    Agent {
        /// Who.
        agent: Agent,
        /// What; nothing where it was withdrawn. Shared with what is drawn.
        body: Rc<Vec<Block>>,
        /// Nobody typed it.
        auto: bool,
        /// It was withdrawn at the desk.
        withdrawn: bool,
    },
    /// An agent took the conversation.
    Joined(Agent),
    /// The agent left.
    Left(Agent),
    /// The desk hands the conversation on.
    Transfer {
        /// Who was there.
        from: Option<Agent>,
        /// To whom, where the desk says.
        to: Option<String>,
    },
    /// An agent asked for a file.
    FileRequested(Agent),
    /// Nobody takes the conversation.
    Nobody(Nobody),
    /// The end.
    Ended {
        /// Who or what.
        by: EndedBy,
        /// Name of the agent who was there.
        name: Option<String>,
    },
}

/// What is said where nobody takes the conversation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Nobody {
    /// The flow's own words.
    pub text: Option<String>,
    /// Messages are kept until somebody is there.
    pub leave_message: bool,
}

/// How far a message has come behind the edge.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Progress {
    /// The edge keeps it.
    Accepted,
    /// The desk has it.
    Delivered,
    /// The desk did not take it.
    Failed(FailureReason),
    /// It failed, and is tried again.
    Retried,
}

/// A message that is not in the log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pending {
    /// As it is kept.
    pub message: Unsent,
    /// Why the edge does not take it, if so.
    pub refused: Option<Refusal>,
}

/// Why the edge does not take a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refusal {
    /// Too many characters.
    Long,
    /// The conversation is over.
    Ended,
    /// Anything else.
    Other,
}

impl Refusal {
    /// From the code of a `refused` frame.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        match code {
            "text_too_long" | "frame_too_long" => Self::Long,
            "conversation_ended" => Self::Ended,
            _ => Self::Other,
        }
    }
}

/// The queue's last word.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Queue {
    /// 1 for the next.
    pub place: Option<u32>,
    /// Seconds.
    pub wait_s: Option<u32>,
}

/// Everything that the thread shows.
#[derive(Debug, Default)]
pub struct Thread {
    /// In the order of the log.
    pub items: Vec<Item>,
    /// In the order of saying.
    pub pending: Vec<Pending>,
    /// Who is there now, in the order of coming.
    pub agents: Vec<Agent>,
    /// While nobody answers.
    pub queue: Option<Queue>,
    /// The desk said that nobody is there, and nobody came since.
    pub nobody: Option<Nobody>,
    /// The desk is handing the conversation on.
    transferring: bool,
    /// It is over.
    pub ended: bool,
    /// The visitor has said how it was.
    pub rated: bool,
    /// Failed messages of the log that are not shown any more.
    pub deleted: Vec<MessageId>,
}

impl Thread {
    /// A thread with what an earlier page had not got through.
    #[must_use]
    pub fn new(unsent: Vec<Unsent>, deleted: Vec<MessageId>) -> Self {
        Self {
            pending: unsent.into_iter().map(|message| Pending { message, refused: None }).collect(),
            deleted,
            ..Self::default()
        }
    }

    /// Takes the next event of the log.
    pub fn apply(&mut self, event: Event, fresh: bool) {
        let Event { seq, at, what } = event;
        let kind = match what {
            What::Visitor { id, text } => {
                self.pending.retain(|pending| pending.message.id != id);
                if self.has(&id) {
                    return; // Acknowledged before its event came.
                }
                Kind::Visitor { id, text, progress: Progress::Accepted, masked: false }
            }
            What::Agent { agent, body, auto } => {
                // An answering machine is nobody: it takes neither the header nor the queue.
                if !auto {
                    self.enter(&agent);
                }
                Kind::Agent { agent, body: Rc::new(body), auto, withdrawn: false }
            }
            What::Delivered { of } => return self.progress(of, Progress::Delivered),
            What::Failed { of, reason } => return self.progress(of, Progress::Failed(reason)),
            What::Retried { of } => return self.progress(of, Progress::Retried),
            What::Requested {} => {
                self.nobody = None; // Another flow is asked.
                return;
            }
            What::Custom { .. } => return,
            What::Redacted { of } => {
                if let Some(Kind::Agent { body, withdrawn, .. }) = self.kind_at(of) {
                    *body = Rc::default();
                    *withdrawn = true;
                }
                return;
            }
            What::Rated { .. } => {
                self.rated = true;
                return;
            }
            What::Reopened {} => {
                self.ended = false;
                return;
            }
            What::Queued { place, wait_s } => {
                self.queue = Some(Queue { place, wait_s });
                return;
            }
            What::Joined { agent } => {
                self.enter(&agent);
                Kind::Joined(agent)
            }
            What::Left { agent } => {
                self.agents.retain(|there| there.key != agent.key);
                Kind::Left(agent)
            }
            What::Transferring { to } => {
                self.transferring = true;
                self.queue = None;
                Kind::Transfer { from: self.agent().cloned(), to }
            }
            What::Hidden { of } => {
                if let Some(Kind::Visitor { masked, .. }) = self.kind_at(of) {
                    *masked = true;
                }
                return;
            }
            What::FileRequested { agent } => Kind::FileRequested(agent),
            What::Unavailable { text, leave_message, .. } => {
                let nobody = Nobody { text, leave_message };
                self.queue = None;
                self.nobody = Some(nobody.clone());
                Kind::Nobody(nobody)
            }
            What::Ended { by } => {
                self.ended = true;
                self.queue = None;
                for pending in &mut self.pending {
                    pending.refused.get_or_insert(Refusal::Ended);
                }
                let name = self.agent().map(|agent| agent.name.clone());
                Kind::Ended { by, name }
            }
        };
        self.put(Item { seq, at, kind, fresh });
    }

    /// Who answers: of several who are there, the last to come.
    #[must_use]
    pub fn agent(&self) -> Option<&Agent> {
        self.agents.last()
    }

    /// Who spoke last, or else came last; also where all have left.
    #[must_use]
    pub fn last_agent(&self) -> Option<&Agent> {
        self.items.iter().rev().find_map(|item| match &item.kind {
            Kind::Agent { agent, auto: false, .. } | Kind::Joined(agent) => Some(agent),
            _ => None,
        })
    }

    /// Nobody has answered yet, and somebody may.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.nobody.is_none() && self.last_agent().is_none()
    }

    /// What may be answered with one press: the choices of the newest message, until there is a newer.
    #[must_use]
    pub fn choices(&self) -> &[String] {
        if self.ended || !self.pending.is_empty() {
            return &[];
        }
        let newest = self.items.iter().rev().find_map(|item| match &item.kind {
            Kind::Agent { body, .. } => Some(body.as_slice()),
            Kind::Visitor { .. } => Some(&[][..]),
            _ => None,
        });
        newest
            .unwrap_or_default()
            .iter()
            .find_map(|block| match block {
                Block::Choices(choices) => Some(choices.as_slice()),
                _ => None,
            })
            .unwrap_or_default()
    }

    /// Somebody is there. Whoever comes in a transfer comes in the place of those who were.
    fn enter(&mut self, agent: &Agent) {
        self.queue = None;
        self.nobody = None;
        if std::mem::take(&mut self.transferring) {
            self.agents.clear();
        }
        if !self.agents.iter().any(|there| there.key == agent.key) {
            self.agents.push(agent.clone());
        }
    }

    /// The edge keeps a message of which no event came.
    pub fn accepted(&mut self, id: &MessageId, seq: u64, skew: Skew) {
        let Some(at) = self.pending.iter().position(|p| p.message.id == *id) else {
            return;
        };
        let Unsent { id, at, text } = self.pending.remove(at).message;
        let item = Item {
            seq,
            at: skew.edge(at),
            kind: Kind::Visitor { id, text, progress: Progress::Accepted, masked: false },
            fresh: true,
        };
        self.put(item);
    }

    /// In the order of the log, whatever order it came in: an acknowledgement may run ahead of a lost event.
    fn put(&mut self, item: Item) {
        let place = self.items.partition_point(|other| other.seq < item.seq);
        self.items.insert(place, item);
    }

    /// The edge does not take a message.
    pub fn refused(&mut self, id: &MessageId, refusal: Refusal) {
        if let Some(pending) = self.pending.iter_mut().find(|p| p.message.id == *id) {
            pending.refused = Some(refusal);
        }
    }

    /// Another conversation begins. What is unsent stays.
    pub fn reset(&mut self) {
        self.items.clear();
        self.agents.clear();
        self.queue = None;
        self.nobody = None;
        self.transferring = false;
        self.ended = false;
        self.rated = false;
    }

    /// The id of the visitor's message at `seq`.
    #[must_use]
    pub fn id_at(&self, seq: u64) -> Option<&MessageId> {
        self.items.iter().rev().find(|item| item.seq == seq).and_then(|item| match &item.kind {
            Kind::Visitor { id, .. } => Some(id),
            _ => None,
        })
    }

    /// The progress of the visitor's message `id`.
    pub fn progress_of(&mut self, id: &MessageId) -> Option<&mut Progress> {
        self.items.iter_mut().rev().find_map(|item| match &mut item.kind {
            Kind::Visitor { id: found, progress, .. } if found == id => Some(progress),
            _ => None,
        })
    }

    /// How many messages of agents lie behind `seq`.
    #[must_use]
    pub fn unread_after(&self, seq: u64) -> usize {
        self.agent_messages_after(seq).count()
    }

    /// The first message of an agent's behind `seq`.
    #[must_use]
    pub fn first_unread_after(&self, seq: u64) -> Option<u64> {
        self.agent_messages_after(seq).last()
    }

    /// Newest first.
    fn agent_messages_after(&self, seq: u64) -> impl Iterator<Item = u64> {
        self.items
            .iter()
            .rev()
            .take_while(move |item| item.seq > seq)
            .filter(|item| matches!(item.kind, Kind::Agent { .. }))
            .map(|item| item.seq)
    }

    fn has(&self, id: &MessageId) -> bool {
        self.items.iter().any(|item| match &item.kind {
            Kind::Visitor { id: found, .. } => found == id,
            _ => false,
        })
    }

    fn progress(&mut self, of: u64, to: Progress) {
        if let Some(Kind::Visitor { progress, .. }) = self.kind_at(of) {
            *progress = to;
        }
    }

    fn kind_at(&mut self, seq: u64) -> Option<&mut Kind> {
        self.items.iter_mut().rev().find(|item| item.seq == seq).map(|item| &mut item.kind)
    }
}
