//! What the site asks for by its script, and what it is told of messages.

use parlor_shared::{
    id::MessageId,
    text::{MessageText, TextError},
};

use super::{Effect, Model, Step};
use crate::{
    bridge::{ToFrame, ToPage},
    connection::machine::Input,
};

impl Model {
    /// Carries out a command and answers it.
    pub(super) fn site_asks(&mut self, step: &mut Step, asked: ToFrame) {
        let answer = match asked {
            ToFrame::Attributes { n, set } => {
                self.machine.set_attributes(set);
                ToPage::Done { n }
            }
            ToFrame::Say { n, text } => match self.site_says(step, &text) {
                Ok(()) => ToPage::Done { n },
                Err(code) => ToPage::Refused { n, code: code.to_owned() },
            },
            ToFrame::Reset { n } => {
                if self.can_end() {
                    self.drive(step, Input::End);
                }
                step.effects.push(Effect::Forget);
                ToPage::Done { n }
            }
            ToFrame::Texts { on } => {
                self.tells_texts = on;
                return;
            }
            ToFrame::Opened { .. } | ToFrame::Closed {} => return,
        };
        step.effects.push(Effect::Tell(answer));
    }

    fn site_says(&mut self, step: &mut Step, text: &str) -> Result<(), &'static str> {
        if !self.agreed {
            return Err("consent_required");
        }
        if self.thread.ended {
            return Err("conversation_ended");
        }
        match MessageText::parse(&MessageText::clean(text)) {
            Ok(text) => {
                self.say(step, String::from(text));
                Ok(())
            }
            Err(TextError::TooLong { .. }) => Err("text_too_long"),
            Err(_) => Err("text_empty"),
        }
    }

    /// Tells the page of a message of this tab that the edge has just acknowledged.
    pub(super) fn tell_sent(&self, step: &mut Step, id: &MessageId) {
        let said = self.thread.pending.iter().find(|pending| pending.message.id == *id);
        if let Some(said) = said {
            let text = self.tells_texts.then(|| said.message.text.clone());
            step.effects.push(Effect::Tell(ToPage::Sent { text }));
        }
    }
}
