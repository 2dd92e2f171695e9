//! What is shown, as plain values. Components draw it and decide nothing.

use parlor_shared::Timestamp;

use super::{
    Layer, Model,
    idle::Countdown,
    pages::Looking,
    rows::{Avatar, Calendar, Row, Setting, rows},
    words::Word,
};
use crate::{connection::machine::Status, digits::digits};

/// The whole panel.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct View {
    /// Which of its faces the panel shows.
    pub stage: Stage,
    /// Name of the panel.
    pub name: String,
    /// First line of the header.
    pub title: String,
    /// Second line of the header.
    pub subtitle: String,
    /// The agent's picture; the site's mark where there is none.
    pub avatar: Option<Avatar>,
    /// The first line of the greeting.
    pub greeting: String,
    /// The answer of the form that the edge does not take: the key of its field, and why.
    pub form: Option<(String, String)>,
    /// The thread.
    pub rows: Vec<Row>,
    /// It stands at the top, and not at its foot.
    pub top: bool,
    /// The queue's card.
    pub queue: Option<Queue>,
    /// What may be answered with one press.
    pub choices: Vec<String>,
    /// The card before an idle chat ends.
    pub idle: Option<Countdown>,
    /// What the three dots mean, while they stand.
    pub typing: Option<String>,
    /// Under the header.
    pub banner: Option<Banner>,
    /// What a new composer begins with.
    pub draft: String,
    /// Under the composer.
    pub problem: Option<String>,
    /// There is something to send.
    pub ready: bool,
    /// The menu can be opened.
    pub menu: bool,
    /// What the menu offers, while it is open.
    pub menu_open: Option<Menu>,
    /// The earlier conversations, as the edge tells them.
    pub list: Option<String>,
    /// A conversation is under way, so that no other can be begun.
    pub busy: bool,
    /// The visitor has said how the conversation was.
    pub rated: bool,
    /// How long the transcript is, after the end.
    pub transcript_bytes: u32,
    /// The address of whoever has just left a message.
    pub left: String,
    /// Who is there, while the sheet asks whether to end.
    pub sheet: Option<Option<String>>,
    /// New messages below.
    pub pill: Option<String>,
}

/// The faces of the panel.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Stage {
    /// Nothing was said yet.
    #[default]
    Greeting,
    /// What the visitor agrees to before anything is kept.
    Consent,
    /// Something is asked before anything can be said.
    Form,
    /// The shop is closed; a message may be left.
    Closed,
    /// One was left.
    Left,
    /// The list of earlier conversations.
    Earlier,
    /// One of them.
    Past,
    /// A conversation.
    Live,
    /// A conversation that is over.
    Ended,
}

/// What the menu offers.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Menu {
    /// The transcript.
    pub transcript: bool,
    /// Earlier conversations.
    pub earlier: bool,
    /// A switch for sounds, and how it stands.
    pub sound: Option<bool>,
    /// The end.
    pub end: bool,
}

/// The queue's card: figures, or a sentence where there are none.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Queue {
    /// Place in the queue.
    pub place: Option<String>,
    /// Minutes to wait.
    pub minutes: Option<String>,
}

/// The strip under the header.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Banner {
    /// What is so.
    pub title: String,
    /// What happens next.
    pub text: String,
    /// What the visitor can do.
    pub action: Option<Action>,
}

/// What a banner's button does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action {
    /// Connects without waiting.
    TryNow,
    /// Loads the frame again.
    LoadAgain,
}

impl Action {
    /// Its word.
    #[must_use]
    pub const fn word(self) -> Word {
        match self {
            Self::TryNow => Word::TryNow,
            Self::LoadAgain => Word::LoadAgain,
        }
    }
}

impl Model {
    /// What is shown at `now`.
    #[must_use]
    pub fn view(&self, now: Timestamp, calendar: &dyn Calendar) -> View {
        let words = &self.words;
        let status = self.machine.status(now);
        let stage = self.stage();
        let past = match &self.looking {
            Looking::One(past) => past.as_ref(),
            _ => None,
        };
        let thread = past.unwrap_or(&self.thread);
        let menu = Menu {
            transcript: !self.thread.items.is_empty(),
            earlier: self.machine.visitor_token().is_some() && self.agreed,
            sound: (!self.silent).then_some(self.sound),
            end: self.can_end(),
        };
        let agent = match past {
            // Whoever spoke last has left long ago.
            Some(past) => past.last_agent(),
            None => self.thread.agent().filter(|_| stage != Stage::Earlier),
        };
        let subtitle = match (stage, agent, status) {
            (Stage::Greeting | Stage::Earlier, ..) => String::new(),
            (Stage::Consent, ..) => words.get(Word::NotConnectedYet).to_owned(),
            (Stage::Form, ..) => match &self.site.reply {
                Some(time) => words.fill(Word::UsuallyAnswers, &[("time", time)]),
                None => words.get(Word::NotConnectedYet).to_owned(),
            },
            (Stage::Closed | Stage::Left, ..) => words.get(Word::ClosedNow).to_owned(),
            (Stage::Past, ..) => self.site.name.clone(),
            (Stage::Ended, ..) => words.get(Word::ChatEnded).to_owned(),
            (Stage::Live, Some(_), _) => self.site.name.clone(),
            (Stage::Live, None, Status::Unreached | Status::Outdated) => {
                words.get(Word::NotConnected).to_owned()
            }
            (Stage::Live, None, _) => {
                let word = match &self.thread.nobody {
                    None => Word::Finding,
                    Some(nobody) if nobody.leave_message => Word::LeaveMessage,
                    Some(_) => Word::ClosedNow,
                };
                words.get(word).to_owned()
            }
        };
        View {
            stage,
            name: words.fill(Word::Chat, &[("name", &self.site.name)]),
            title: match (stage, agent) {
                (Stage::Earlier, _) => words.get(Word::Earlier).to_owned(),
                (_, Some(agent)) => agent.name.clone(),
                _ => self.site.name.clone(),
            },
            subtitle,
            avatar: agent.map(Avatar::of),
            form: self.form.clone(),
            greeting: self.greeting(calendar.hour(now)),
            rows: rows(
                thread,
                Setting {
                    now,
                    skew: self.skew,
                    calendar,
                    words,
                    linked: matches!(status, Status::Up | Status::Coming),
                    new_above: self.new_above.filter(|_| past.is_none()),
                },
            ),
            top: past.is_none() && (self.top || thread.items.is_empty()),
            queue: self.queue().filter(|_| past.is_none()),
            choices: match past {
                Some(_) => Vec::new(),
                None => self.thread.choices().to_vec(),
            },
            idle: self
                .idle
                .as_ref()
                .filter(|_| stage == Stage::Live)
                .map(|idle| idle.countdown(now)),
            typing: match (self.typing, agent) {
                (Some(_), Some(agent)) if past.is_none() => {
                    Some(words.fill(Word::IsTyping, &[("name", &agent.name)]))
                }
                _ => None,
            },
            banner: self.banner(status),
            draft: self.composer.text.clone(),
            problem: self.composer.too_long.then(|| self.too_long()),
            ready: !self.composer.text.trim().is_empty(),
            menu: matches!(stage, Stage::Greeting | Stage::Live | Stage::Ended)
                && menu != Menu::default(),
            menu_open: (self.layer == Layer::Menu).then_some(menu),
            list: self.list.clone(),
            busy: self.can_end(),
            rated: self.thread.rated,
            transcript_bytes: match stage {
                Stage::Ended => u32::try_from(self.transcript(calendar).len()).unwrap_or(u32::MAX),
                _ => 0,
            },
            left: self.left.clone().unwrap_or_default(),
            sheet: (self.layer == Layer::Sheet).then(|| agent.map(|agent| agent.name.clone())),
            pill: match self.below {
                0 => None,
                n => Some(words.count(Word::NewMessages, &digits(n), &calendar.plural(n))),
            },
        }
    }

    /// The conversation as a text file.
    #[must_use]
    pub fn transcript(&self, calendar: &dyn Calendar) -> String {
        let title = self.words.fill(Word::Chat, &[("name", &self.site.name)]);
        super::transcript::transcript(&self.thread, &title, calendar, &self.words)
    }

    pub(super) fn stage(&self) -> Stage {
        if !self.agreed {
            return Stage::Consent;
        }
        match self.looking {
            Looking::List => return Stage::Earlier,
            Looking::One(_) => return Stage::Past,
            Looking::No => {}
        }
        if self.is_closed() {
            Stage::Closed
        } else if self.left.is_some() && self.thread.pending.is_empty() && self.can_end() {
            Stage::Left
        } else if self.asks() {
            Stage::Form
        } else if self.thread.ended {
            Stage::Ended
        } else if self.can_end() || !self.thread.pending.is_empty() {
            Stage::Live
        } else {
            Stage::Greeting
        }
    }

    fn greeting(&self, hour: u8) -> String {
        let greeting = match hour {
            5..12 => Word::Morning,
            12..18 => Word::Afternoon,
            _ => Word::Evening,
        };
        self.words.get(greeting).to_owned()
    }

    fn queue(&self) -> Option<Queue> {
        let queue = self.thread.queue?;
        Some(Queue {
            place: queue.place.map(digits),
            minutes: queue.wait_s.map(|seconds| digits(seconds.div_ceil(60).max(1))),
        })
    }

    fn banner(&self, status: Status) -> Option<Banner> {
        let (title, text, action) = match status {
            Status::Unreached => {
                (Word::Unreachable, Some(Word::UnreachableText), Some(Action::TryNow))
            }
            // What was said stands until the link is there: a banner that goes and comes moves the whole thread.
            _ if status == Status::Down || (status == Status::Coming && self.bad) => {
                (Word::NoConnection, Some(Word::NoConnectionText), Some(Action::TryNow))
            }
            Status::Outdated => (Word::Outdated, Some(Word::OutdatedText), Some(Action::LoadAgain)),
            _ if self.stale => (Word::Outdated, Some(Word::OutdatedText), Some(Action::LoadAgain)),
            _ if self.gone => (Word::Gone, Some(Word::GoneText), None),
            Status::Up if self.back_until.is_some() => (Word::ConnectedAgain, None, None),
            _ if self.unkept => (Word::Unkept, Some(Word::UnkeptText), None),
            Status::Up | Status::Coming | Status::Down | Status::Unwanted => return None,
        };
        let get = |word| self.words.get(word).to_owned();
        Some(Banner { title: get(title), text: text.map(get).unwrap_or_default(), action })
    }
}
