//! Links of visitors whose network lets no WebSocket through: frames come by POST, and go out with the answer to the
//! next question. Such a link is a link like any other; this keeps what waits to be asked for.
//!
//! Nothing of it is stored. After a restart the next question finds no link, and is taken for a `hello` with the number
//! that it names: what was on the way comes out of the log once more.

use std::{collections::BTreeMap, time::Duration};

use parlor_shared::{Timestamp, wire::ServerFrame};

use super::step::{LinkId, Output};

/// Names one question; the shell holds the request that it came with.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct AskId(pub u64);

/// What one question is answered with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// In the order in which a socket would have carried them.
    pub frames: Vec<ServerFrame>,
    /// The close code that a socket would have been closed with after them.
    pub close: Option<u16>,
}

/// All such links of a conversation.
#[derive(Debug, Default)]
pub(super) struct Polled(BTreeMap<LinkId, Link>);

#[derive(Debug)]
struct Link {
    /// What waits for the next answer.
    waiting: Answer,
    /// Highest sequence number that an answer has carried.
    sent: u64,
    /// The question that is held, and when it is answered though nothing has happened.
    asked: Option<(AskId, Timestamp)>,
    /// When it asked last.
    heard: Timestamp,
    /// When nobody has asked for so long that nobody is there.
    gone_at: Timestamp,
}

impl Polled {
    /// Takes a question. True: the link is new, or has lost an answer, and has to be greeted.
    pub(super) fn ask(
        &mut self,
        now: Timestamp,
        link: LinkId,
        ask: (AskId, bool),
        after: u64,
        outputs: &mut impl Extend<Output>,
    ) -> bool {
        let (ask, hold) = ask;
        let known = self.0.contains_key(&link);
        let state = self.0.entry(link).or_insert_with(|| Link {
            waiting: Answer::default(),
            sent: 0,
            asked: None,
            heard: now,
            gone_at: now,
        });
        // The newest question counts. What the older would have been told is still there for this one.
        outputs.extend(
            state
                .asked
                .take()
                .map(|(older, _)| Output::Answer { ask: older, answer: Answer::default() }),
        );
        state.asked = Some((ask, if hold { now + HELD_FOR } else { now }));
        state.heard = now;
        let lost = after < state.sent;
        if lost {
            state.waiting = Answer::default();
            state.sent = 0;
        }
        !known || lost
    }

    /// A frame for such a link; given back where the link is another's.
    pub(super) fn send(&mut self, link: LinkId, frame: ServerFrame) -> Result<(), ServerFrame> {
        match self.0.get_mut(&link) {
            Some(state) => {
                state.waiting.frames.push(frame);
                Ok(())
            }
            None => Err(frame),
        }
    }

    /// Closes such a link with its next answer; false where the link is another's.
    pub(super) fn close(&mut self, link: LinkId, code: u16) -> bool {
        let state = self.0.get_mut(&link);
        state.map(|state| state.waiting.close = Some(code)).is_some()
    }

    /// Whether such a link is to be closed with its next answer.
    pub(super) fn is_closed(&self, link: LinkId) -> bool {
        self.0.get(&link).is_some_and(|state| state.waiting.close.is_some())
    }

    /// Answers what can be answered.
    pub(super) fn answer(&mut self, now: Timestamp, outputs: &mut impl Extend<Output>) {
        for state in self.0.values_mut() {
            let due = !state.waiting.frames.is_empty() || state.waiting.close.is_some();
            let Some((ask, _)) = state.asked.take_if(|(_, until)| due || now >= *until) else {
                continue;
            };
            let answer = std::mem::take(&mut state.waiting);
            for frame in &answer.frames {
                if let ServerFrame::Event(event) = frame {
                    state.sent = state.sent.max(event.seq);
                }
            }
            state.gone_at = if answer.close.is_some() { now } else { now + SILENT_FOR };
            outputs.extend([Output::Answer { ask, answer }]);
        }
    }

    /// Takes out the links that are closed, that nobody has asked for long enough, or that are too many.
    pub(super) fn leave(
        &mut self,
        now: Timestamp,
        outputs: &mut impl Extend<Output>,
    ) -> Vec<LinkId> {
        let mut gone: Vec<LinkId> = Vec::new();
        self.0.retain(|link, state| {
            let stays = state.asked.is_some() || now < state.gone_at;
            if !stays {
                gone.push(*link);
            }
            stays
        });
        while self.0.len() > MAX_LINKS
            && let Some(link) =
                self.0.iter().min_by_key(|(_, state)| state.heard).map(|(link, _)| *link)
        {
            let asked = self.0.remove(&link).and_then(|state| state.asked);
            outputs.extend(asked.map(|(ask, _)| Output::Answer { ask, answer: Answer::default() }));
            gone.push(link);
        }
        gone
    }

    /// When [`Polled::answer`] or [`Polled::leave`] has something to do.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        let of = |state: &Link| state.asked.map_or(state.gone_at, |(_, until)| until);
        self.0.values().map(of).min()
    }
}

/// How long a question is held. Proxies give up on a request after 30 s at the earliest.
const HELD_FOR: Duration = Duration::from_secs(25);

/// A link that does not ask again for so long after an answer is broken.
const SILENT_FOR: Duration = Duration::from_secs(30);

/// A visitor has a few tabs; whoever names more links than this loses the one that has been silent longest.
const MAX_LINKS: usize = 16;
