//! What a visitor says of the conversation when it is over: once, and only then.

use parlor_shared::{
    Timestamp,
    text::{MessageText, TextError},
    wire::What,
};

use super::{Core, step::LinkId};
use crate::relay::Command;

impl Core {
    /// Takes a rating. The same one again is no news: its frame may have been sent twice.
    pub(super) fn rate(&mut self, now: Timestamp, link: LinkId, score: u8, note: Option<String>) {
        if !self.ended() {
            return self.refuse(link, None, "conversation_open", None);
        }
        if !SCORES.contains(&score) {
            let detail = format!("rate.score is {score}, 1 to 5 are allowed");
            return self.refuse(link, None, "rating_malformed", Some(detail));
        }
        let note = match note.as_deref().map(MessageText::parse) {
            None | Some(Err(TextError::Empty)) => None,
            Some(Ok(text)) => Some(String::from(text)),
            Some(Err(error)) => {
                let detail = format!("rate.note: {error}");
                return self.refuse(link, None, error.code(), Some(detail));
            }
        };
        let said = What::Rated { score, note: note.clone() };
        match self.events().iter().rev().find(|it| matches!(it.what, What::Rated { .. })) {
            None => {
                let seq = self.append(now, said);
                self.relay.command(now, Command::Rated { seq, score, note });
            }
            Some(known) if known.what == said => {}
            Some(_) => self.refuse(link, None, "rating_already", None),
        }
    }
}

const SCORES: std::ops::RangeInclusive<u8> = 1..=5;
