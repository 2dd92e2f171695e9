//! The thread as rows: groups, day separators, time lines and marks.

use std::{rc::Rc, time::Duration};

use parlor_shared::{
    Timestamp,
    id::MessageId,
    text::MAX_CHARS,
    wire::{Agent, Block, EndedBy, FailureReason},
};

use super::{
    thread::{Item, Kind, Nobody, Progress, Refusal, Thread},
    words::{Word, Words, fill},
};
use crate::digits::digits;

/// The visitor's calendar and formats. The browser's `Intl` in the frame, a plain one in tests.
pub trait Calendar {
    /// Number of the local day.
    fn day(&self, at: Timestamp) -> i64;
    /// Hour of the local day.
    fn hour(&self, at: Timestamp) -> u8;
    /// Time of day, short.
    fn time(&self, at: Timestamp) -> String;
    /// Name of the weekday.
    fn weekday(&self, at: Timestamp) -> String;
    /// Day and month.
    fn date(&self, at: Timestamp) -> String;
    /// Plural category of a number, as CLDR names them.
    fn plural(&self, n: u32) -> String;
}

/// One row of the thread. Rows with the same [`Row::key`] are the same row, changed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Row {
    /// Stays as long as the row does.
    pub key: String,
    /// What it shows.
    pub content: Content,
}

/// What a [`Row`] shows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Content {
    /// Day separator.
    Day(String),
    /// Line above the first unread message.
    New(String),
    /// Joined, left, ended.
    Note {
        /// What happened.
        text: String,
        /// Of whoever came.
        avatar: Option<Avatar>,
    },
    /// The desk hands the conversation on.
    Transfer {
        /// Who to whom.
        title: String,
        /// What becomes of what was said.
        text: String,
        /// Who was there, and who comes; where the desk names them.
        pair: Option<(Avatar, Avatar)>,
    },
    /// Under a bubble whose text was masked.
    Masked(String),
    /// A bubble.
    Bubble {
        /// Who wrote it, for readers.
        author: String,
        /// What was said.
        body: Body,
        /// How far it has come.
        look: Look,
        /// It came just now.
        fresh: bool,
    },
    /// The line under a group.
    Foot {
        /// Whose group it is.
        side: Side,
        /// Local time of its last bubble.
        time: String,
        /// That nobody typed it, where nobody did.
        auto: Option<String>,
        /// How far the newest has come.
        mark: Option<Mark>,
        /// The agent's picture.
        avatar: Option<Avatar>,
    },
    /// The lines under a failed message.
    Failure {
        /// Which.
        id: MessageId,
        /// Why, and what is so.
        reason: String,
        /// Trying again can help.
        again: bool,
    },
}

/// What was said.
#[derive(Clone, Debug)]
pub enum Body {
    /// By the visitor: to the letter.
    Text(String),
    /// By an agent: as the edge read it.
    Blocks(Rc<Vec<Block>>),
    /// By an agent, and withdrawn: what is said in its place.
    Withdrawn(String),
}

/// A message never changes its tree, so two bodies of an agent are the same if they are the same one.
impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(one), Self::Text(other))
            | (Self::Withdrawn(one), Self::Withdrawn(other)) => one == other,
            (Self::Blocks(one), Self::Blocks(other)) => Rc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl Eq for Body {}

/// Whose a group is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Side {
    /// The agent's, at the start side.
    In,
    /// The visitor's, at the end side.
    Out,
}

/// How a bubble looks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Look {
    /// The agent's.
    In,
    /// The visitor's, kept by the edge.
    Out,
    /// The visitor's, not kept yet.
    Waiting,
    /// The visitor's, and it does not get through.
    Failed,
}

/// How far the newest group has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mark {
    /// On its way for longer than a moment.
    Sending,
    /// There is no link.
    Waiting,
    /// The edge keeps it.
    Sent,
    /// The desk has it.
    Delivered,
}

impl Mark {
    /// Its word.
    #[must_use]
    pub const fn word(self) -> Word {
        match self {
            Self::Sending => Word::Sending,
            Self::Waiting => Word::Waiting,
            Self::Sent => Word::Sent,
            Self::Delivered => Word::Delivered,
        }
    }
}

/// First letters on one of six pairs of colours.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Avatar {
    /// One or two letters, as the name has them; shown in capitals.
    pub letters: String,
    /// 0 to 5.
    pub pair: u32,
    /// Address of a picture.
    pub picture: Option<String>,
}

impl Avatar {
    /// Of an agent.
    #[must_use]
    pub fn of(agent: &Agent) -> Self {
        let mut words = agent.name.split_whitespace();
        let first = words.next().and_then(|word| word.chars().next());
        let last = words.next_back().and_then(|word| word.chars().next());
        Self {
            letters: first.into_iter().chain(last).collect(),
            pair: agent.key % 6,
            picture: agent.avatar.clone().filter(|address| address.starts_with("https://")),
        }
    }

    /// Of somebody or something of whom the desk tells no more than a name.
    fn named(name: &str) -> Self {
        Self::of(&Agent { key: 5, name: name.to_owned(), avatar: None })
    }
}

/// From the visitor's clock to the edge's.
#[derive(Clone, Copy, Debug, Default)]
pub struct Skew {
    /// The edge's is ahead by so much.
    pub ahead: Duration,
    /// Or so much behind.
    pub back: Duration,
}

impl Skew {
    /// What the edge's clock shows when the visitor's shows this.
    #[must_use]
    pub fn edge(self, at: Timestamp) -> Timestamp {
        at + self.ahead - self.back
    }
}

/// What the rows depend on beside the thread.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    /// The time.
    pub now: Timestamp,
    /// How the edge's clock differs from the visitor's: all that is shown is shown by the edge's.
    pub skew: Skew,
    /// The visitor's calendar.
    pub calendar: &'a dyn Calendar,
    /// The words.
    pub words: &'a Words,
    /// The link is up, or about to be.
    pub linked: bool,
    /// Sequence number of the first message that was unread when the panel was opened.
    pub new_above: Option<u64>,
}

/// The rows of `thread`, oldest first.
#[must_use]
pub fn rows(thread: &Thread, setting: Setting<'_>) -> Vec<Row> {
    let mut builder =
        Builder { setting, rows: Vec::new(), day: None, group: None, newest_out: None };
    for item in &thread.items {
        match &item.kind {
            Kind::Visitor { id, text, progress, masked } => {
                let failure = match progress {
                    Progress::Failed(_) if thread.deleted.contains(id) => continue,
                    Progress::Failed(reason) => Some(failed(reason)),
                    _ => None,
                };
                let (look, mark) = match progress {
                    Progress::Accepted => (Look::Out, Some(Mark::Sent)),
                    Progress::Delivered => (Look::Out, Some(Mark::Delivered)),
                    Progress::Retried => (Look::Waiting, Some(Mark::Sending)),
                    Progress::Failed(_) => (Look::Failed, None),
                };
                builder.out(Out {
                    id,
                    text,
                    at: item.at,
                    look,
                    mark,
                    failure,
                    masked: *masked,
                    ended: thread.ended,
                    fresh: item.fresh,
                });
            }
            Kind::Agent { agent, body, auto, withdrawn } => {
                let body = match withdrawn {
                    true => Body::Withdrawn(setting.words.get(Word::Withdrawn).to_owned()),
                    false => Body::Blocks(Rc::clone(body)),
                };
                builder.incoming(item, agent, body, *auto);
            }
            Kind::Joined(agent) => {
                let text = builder.named(Word::Joined, &agent.name, item.at);
                builder.note(item.seq, item.at, text, Some(Avatar::of(agent)));
            }
            Kind::Left(agent) => {
                let text = builder.named(Word::Left, &agent.name, item.at);
                builder.note(item.seq, item.at, text, None);
            }
            Kind::FileRequested(agent) => {
                let text = builder.named(Word::FileRequested, &agent.name, item.at);
                builder.note(item.seq, item.at, text, None);
            }
            Kind::Nobody(nobody) => {
                let text = nobody_text(nobody, setting.words);
                builder.note(item.seq, item.at, text, None);
            }
            Kind::Transfer { from, to } => {
                // The desk told a name. Whoever has come since under that name has a face.
                let known = thread.items.iter().find_map(|item| match &item.kind {
                    Kind::Joined(agent) if Some(&agent.name) == to.as_ref() => Some(agent),
                    _ => None,
                });
                let to = to.as_deref().map(|name| (name, known));
                builder.transfer(item.seq, item.at, from.as_ref(), to);
            }
            Kind::Ended { by, name } => {
                let word = ended_word(by, name.as_deref());
                let text = builder.named(word, name.as_deref().unwrap_or_default(), item.at);
                builder.note(item.seq, item.at, text, None);
            }
        }
    }
    for pending in &thread.pending {
        let (look, failure) = match pending.refused {
            Some(refusal) => (Look::Failed, Some(refused(refusal))),
            None => (Look::Waiting, None),
        };
        let message = &pending.message;
        let mark = if !setting.linked {
            Some(Mark::Waiting)
        } else if setting.now >= message.at + SENDING_SHOWS_AFTER {
            Some(Mark::Sending)
        } else {
            None
        };
        builder.out(Out {
            id: &message.id,
            text: &message.text,
            at: setting.skew.edge(message.at),
            look,
            mark,
            failure,
            masked: false,
            ended: thread.ended,
            fresh: true,
        });
    }
    builder.finish()
}

/// When a message that is on its way begins to be called so. Usually it has arrived before.
pub const SENDING_SHOWS_AFTER: Duration = Duration::from_secs(1);

/// Messages of one author closer than this are one group.
const GROUP_WITHIN: Duration = Duration::from_secs(3 * 60);

/// The sentence for a failure, and whether trying again can help.
fn failed(reason: &FailureReason) -> (Word, bool) {
    match reason {
        FailureReason::DeskUnreachable | FailureReason::Other(_) => (Word::FailedDesk, true),
        FailureReason::DeskRefused => (Word::FailedRefused, true),
        FailureReason::ConversationEnded => (Word::FailedEnded, false),
    }
}

fn refused(refusal: Refusal) -> (Word, bool) {
    match refusal {
        Refusal::Long => (Word::FailedLong, false),
        Refusal::Ended => (Word::FailedEnded, false),
        Refusal::Other => (Word::FailedRefused, true),
    }
}

/// The sentence for an end.
pub(super) fn ended_word(by: &EndedBy, name: Option<&str>) -> Word {
    match (by, name) {
        (EndedBy::Visitor, _) => Word::EndedByVisitor,
        (EndedBy::Agent, Some(_)) => Word::EndedByAgent,
        (EndedBy::Idle, _) => Word::EndedIdle,
        (EndedBy::Nobody, _) => Word::EndedNobody,
        _ => Word::Ended,
    }
}

/// Where nobody takes the conversation: the flow's own words or ours, and what the visitor can do.
pub(super) fn nobody_text(nobody: &Nobody, words: &Words) -> String {
    let text = nobody.text.as_deref().unwrap_or_else(|| words.get(Word::Nobody));
    match nobody.leave_message {
        // The flow's words may be of another language than ours, which then must not turn their full stop around.
        true => fill(&["{n} ", words.get(Word::WriteItHere)].concat(), &[("n", text)]),
        false => text.to_owned(),
    }
}

/// Who hands the conversation to whom.
pub(super) fn transfer_title(from: Option<&Agent>, to: Option<&str>, words: &Words) -> String {
    match (from, to) {
        (Some(from), Some(to)) => words.fill(Word::HandedTo, &[("from", &from.name), ("to", to)]),
        _ => words.get(Word::HandedOn).to_owned(),
    }
}

struct Builder<'a> {
    setting: Setting<'a>,
    rows: Vec<Row>,
    day: Option<i64>,
    group: Option<Group>,
    /// Index of the last foot of the visitor's.
    newest_out: Option<usize>,
}

/// The group that the next message may join.
struct Group {
    key: String,
    /// Key of the agent, and whether nobody typed it; nothing for the visitor.
    agent: Option<(u32, bool)>,
    last: Timestamp,
    mark: Option<Mark>,
    avatar: Option<Avatar>,
}

struct Out<'a> {
    id: &'a MessageId,
    text: &'a str,
    at: Timestamp,
    look: Look,
    mark: Option<Mark>,
    failure: Option<(Word, bool)>,
    masked: bool,
    ended: bool,
    fresh: bool,
}

impl Builder<'_> {
    fn push(&mut self, kind: &str, key: &str, content: Content) {
        self.rows.push(Row { key: [kind, key].concat(), content });
    }

    fn named(&self, word: Word, name: &str, at: Timestamp) -> String {
        let time = self.setting.calendar.time(at);
        self.setting.words.fill(word, &[("name", name), ("time", &time)])
    }

    fn day(&mut self, key: &str, at: Timestamp) {
        let Setting { now, skew, calendar, words, .. } = self.setting;
        let day = calendar.day(at);
        if self.day == Some(day) {
            return;
        }
        self.close();
        self.day = Some(day);
        let text = match calendar.day(skew.edge(now)) - day {
            // A clock that is behind the edge's must not name days that have not come.
            ..=0 => words.get(Word::Today).to_owned(),
            1 => words.get(Word::Yesterday).to_owned(),
            2..=6 => calendar.weekday(at),
            _ => calendar.date(at),
        };
        self.push("d", key, Content::Day(text));
    }

    /// Opens a group for a message, unless it joins the open one.
    fn join(&mut self, key: &str, agent: Option<(&Agent, bool)>, at: Timestamp) {
        self.day(key, at);
        let agent_key = agent.map(|(agent, auto)| (agent.key, auto));
        let joins = self
            .group
            .as_ref()
            .is_some_and(|group| group.agent == agent_key && at.since(group.last) < GROUP_WITHIN);
        if !joins {
            self.close();
            self.group = Some(Group {
                key: key.to_owned(),
                agent: agent_key,
                last: at,
                mark: None,
                avatar: agent.map(|(agent, _)| Avatar::of(agent)),
            });
        }
    }

    fn close(&mut self) {
        let Some(group) = self.group.take() else {
            return;
        };
        let side = match group.agent {
            Some(_) => Side::In,
            None => Side::Out,
        };
        if side == Side::Out {
            self.newest_out = Some(self.rows.len());
        }
        let foot = Content::Foot {
            side,
            time: self.setting.calendar.time(group.last),
            auto: match group.agent {
                Some((_, true)) => Some(self.setting.words.get(Word::Automatic).to_owned()),
                _ => None,
            },
            mark: group.mark,
            avatar: group.avatar,
        };
        self.push("f", &group.key, foot);
    }

    fn note(&mut self, seq: u64, at: Timestamp, text: String, avatar: Option<Avatar>) {
        let key = digits(seq);
        self.day(&key, at);
        self.close();
        self.push("n", &key, Content::Note { text, avatar });
    }

    fn transfer(
        &mut self,
        seq: u64,
        at: Timestamp,
        from: Option<&Agent>,
        to: Option<(&str, Option<&Agent>)>,
    ) {
        let key = digits(seq);
        self.day(&key, at);
        self.close();
        let words = self.setting.words;
        let card = Content::Transfer {
            title: transfer_title(from, to.map(|(name, _)| name), words),
            text: words.get(Word::HandedText).to_owned(),
            pair: from.zip(to).map(|(from, (name, known))| {
                (Avatar::of(from), known.map_or_else(|| Avatar::named(name), Avatar::of))
            }),
        };
        self.push("t", &key, card);
    }

    fn incoming(&mut self, item: &Item, agent: &Agent, body: Body, auto: bool) {
        let Item { seq, at, fresh, .. } = *item;
        let key = digits(seq);
        if self.setting.new_above == Some(seq) {
            self.day(&key, at);
            self.close();
            let text = self.setting.words.get(Word::New).to_owned();
            self.push("u", &key, Content::New(text));
        }
        self.join(&key, Some((agent, auto)), at);
        let bubble = Content::Bubble { author: agent.name.clone(), body, look: Look::In, fresh };
        self.push("a", &key, bubble);
        if let Some(group) = &mut self.group {
            group.last = at;
        }
    }

    fn out(&mut self, out: Out<'_>) {
        let key = out.id.as_str();
        let bubble = Content::Bubble {
            author: self.setting.words.get(Word::You).to_owned(),
            body: Body::Text(out.text.to_owned()),
            look: out.look,
            fresh: out.fresh,
        };
        match out.failure {
            None => {
                self.join(key, None, out.at);
                self.push("v", key, bubble);
                if out.masked {
                    let text = self.setting.words.get(Word::Hidden).to_owned();
                    self.push("m", key, Content::Masked(text));
                }
                if let Some(group) = &mut self.group {
                    group.last = out.at;
                    group.mark = out.mark;
                }
            }
            Some((word, again)) => {
                self.day(key, out.at);
                self.close();
                self.push("v", key, bubble);
                let n = digits(MAX_CHARS as u64);
                let failure = Content::Failure {
                    id: out.id.clone(),
                    reason: self.setting.words.fill(word, &[("n", &n)]),
                    again: again && !out.ended,
                };
                self.push("e", key, failure);
            }
        }
    }

    fn finish(mut self) -> Vec<Row> {
        self.close();
        for (at, row) in self.rows.iter_mut().enumerate() {
            if let Content::Foot { mark, .. } = &mut row.content
                && self.newest_out != Some(at)
            {
                *mark = None;
            }
        }
        self.rows
    }
}
