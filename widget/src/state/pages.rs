//! The pages beside a conversation: consent before it, the message that is left while the shop is closed, the rating
//! after it, and the conversations before.

use parlor_shared::wire::Event;

use super::{Effect, Input, Layer, Model, Step, Target, thread::Thread};
use crate::{bridge::ToPage, pairs::Pairs, snapshot::Entry};

/// What the visitor looks at in place of the conversation.
#[derive(Debug, Default)]
pub enum Looking {
    /// Nothing else.
    #[default]
    No,
    /// The list of earlier conversations.
    List,
    /// One of them; nothing while it is on its way.
    One(Option<Thread>),
}

/// A question to the edge about earlier conversations. The shell adds the address.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Look {
    /// Which conversation; all of them where there is none.
    pub at: Option<String>,
    /// The visitor's token.
    pub token: String,
}

impl Model {
    /// The visitor agrees to what the first page says. Only now anything may be kept.
    pub(super) fn agree(&mut self, step: &mut Step) {
        self.agreed = true;
        step.effects.push(Effect::Keep(Entry::agreed()));
        self.focus_inside(step);
        self.look_back(step);
    }

    /// Leaves a message for when the shop opens: somebody who can be answered, and what is said.
    pub(super) fn leave(&mut self, step: &mut Step, mut answers: Pairs) {
        if !self.is_closed() {
            return;
        }
        let take = |answers: &Pairs, key| answers.get(key).unwrap_or_default().to_owned();
        let [name, email, text] = ["name", "email", "message"].map(|key| take(&answers, key));
        answers.0.retain(|(key, _)| key != "message");
        self.drive(step, Input::Begin { answers, leave_message: true });
        // Whatever a desk shows of a form, it shows what was said.
        self.say(step, [&text, "\n\n", &name, "\n", &email].concat());
        self.left = Some(email);
        step.effects.push(Effect::Focus(Target::Face));
    }

    /// The visitor goes on in the conversation that the message began.
    pub(super) fn write_another(&mut self, step: &mut Step) {
        self.left = None;
        self.focus_inside(step);
    }

    /// Nothing is under way, nobody is there, and a message may be left.
    pub(super) fn is_closed(&self) -> bool {
        self.site.leave_message
            && !self.thread.ended
            && self.thread.pending.is_empty()
            && !self.can_end()
    }

    pub(super) fn rate(&mut self, step: &mut Step, score: u8, note: Option<String>) {
        if self.thread.ended && !self.thread.rated {
            self.drive(step, Input::Rate { score, note });
        }
    }

    pub(super) fn set_sound(&mut self, step: &mut Step, on: bool) {
        self.sound = on;
        step.effects.push(Effect::Keep(Entry::sound(on)));
        step.effects.push(Effect::Tell(ToPage::Sound { on }));
    }

    /// Asks for the list, if this browser has had a conversation.
    pub(super) fn look_back(&self, step: &mut Step) {
        self.ask_for(step, None);
    }

    fn ask_for(&self, step: &mut Step, at: Option<String>) {
        if let Some(token) = self.machine.visitor_token().filter(|_| self.agreed) {
            step.effects.push(Effect::Look(Look { at, token: token.to_owned() }));
        }
    }

    /// Opens the list, or one of its conversations.
    pub(super) fn look(&mut self, step: &mut Step, at: Option<String>) {
        self.layer = Layer::None;
        if self.list.as_deref() == Some("null") {
            self.list = None;
        }
        let target;
        (self.looking, target) = match at {
            None => (Looking::List, Target::Face),
            Some(_) => (Looking::One(None), Target::Header),
        };
        self.ask_for(step, at);
        step.effects.push(Effect::Focus(target));
    }

    /// The list came, as the edge tells it; nothing where it did not.
    pub(super) fn listed(&mut self, list: String) {
        self.list = Some(if list.is_empty() { "null".to_owned() } else { list });
    }

    /// An earlier conversation came.
    pub(super) fn told(&mut self, events: Vec<Event>) {
        if let Looking::One(it) = &mut self.looking {
            let mut thread = Thread::default();
            for event in events {
                thread.apply(event, false);
            }
            *it = Some(thread);
        }
    }

    /// One page back: from a conversation to the list, from the list to where the visitor was.
    pub(super) fn look_away(&mut self, step: &mut Step) {
        match self.looking {
            Looking::One(_) => {
                self.looking = Looking::List;
                step.effects.push(Effect::Focus(Target::Face));
            }
            _ => {
                self.looking = Looking::No;
                self.focus_inside(step);
            }
        }
    }
}
