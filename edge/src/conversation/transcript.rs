//! The append-only log, and what is read from it: who said what under which id, and what became of it.

use std::collections::{HashMap, HashSet};

use parlor_shared::{
    Timestamp,
    id::MessageId,
    wire::{Event, What},
};

use crate::relay::richtext;

/// A conversation's log. Sequence numbers start at 1 and have no gaps.
#[derive(Debug, Default)]
pub struct Transcript {
    events: Vec<Event>,
    messages: HashMap<MessageId, u64>,
    fates: HashMap<u64, Fate>,
    hidden: HashSet<u64>,
}

/// What became of a visitor's message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fate {
    /// Stored, and being delivered.
    Accepted,
    /// At the desk.
    Delivered,
    /// Given up.
    Failed,
}

impl Transcript {
    /// The log made of stored events.
    ///
    /// # Errors
    /// The sequence number that was expected where the rows have a gap.
    pub fn restore(events: Vec<Event>) -> Result<Self, u64> {
        let mut log = Self::default();
        for event in events {
            if event.seq != log.next() {
                return Err(log.next());
            }
            log.push(event);
        }
        Ok(log)
    }

    /// Appends what happened.
    pub fn append(&mut self, at: Timestamp, what: What) -> &Event {
        let event = Event { seq: self.next(), at, what };
        self.push(event)
    }

    /// Highest sequence number; 0 for an empty log.
    pub const fn last(&self) -> u64 {
        self.events.len() as u64
    }

    /// Events after the sequence number `after`.
    pub fn after(&self, after: u64) -> &[Event] {
        let from = usize::try_from(after).unwrap_or(usize::MAX).min(self.events.len());
        self.events.get(from..).unwrap_or_default()
    }

    /// Sequence number of the message that was said with `id`.
    pub fn seq_of(&self, id: &MessageId) -> Option<u64> {
        self.messages.get(id).copied()
    }

    /// Text of the visitor's message `seq`.
    pub fn text_of(&self, seq: u64) -> Option<&str> {
        let at = usize::try_from(seq.checked_sub(1)?).ok()?;
        match &self.events.get(at)?.what {
            What::Visitor { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Takes the words from the agent's message `seq`; its event as it is then.
    pub fn blank(&mut self, seq: u64) -> Option<&Event> {
        let at = usize::try_from(seq.checked_sub(1)?).ok()?;
        let event = self.events.get_mut(at)?;
        let What::Agent { body, .. } = &mut event.what else { return None };
        body.clear();
        Some(event)
    }

    /// What became of the visitor's message `seq`.
    pub fn fate_of(&self, seq: u64) -> Option<Fate> {
        self.fates.get(&seq).copied()
    }

    /// Whether it is known that parts of the visitor's message `seq` were masked.
    pub fn is_hidden(&self, seq: u64) -> bool {
        self.hidden.contains(&seq)
    }

    /// What was said and is known to have been heard, as text for an agent who was not there; the newest where it is
    /// long. `None` where nothing was.
    pub fn told(&self) -> Option<String> {
        let line = |event: &Event| match &event.what {
            What::Visitor { text, .. } if self.fate_of(event.seq) == Some(Fate::Delivered) => {
                Some(format!("Visitor: {text}"))
            }
            What::Agent { agent, body, .. } => {
                Some(format!("{}: {}", agent.name, richtext::to_plain(body)))
            }
            _ => None,
        };
        let lines: Vec<String> = self.events.iter().filter_map(line).collect();
        let mut room = MAX_TOLD_CHARS;
        let fits = lines.iter().rev().take_while(|line| {
            let chars = line.chars().count() + 1;
            let fits = chars <= room;
            room = room.saturating_sub(chars);
            fits
        });
        let kept = fits.count();
        let newest = lines.get(lines.len() - kept..).unwrap_or_default();
        let cut = if kept < lines.len() { "\n[...]" } else { "" };
        (kept > 0).then(|| format!("Earlier in this conversation:{cut}\n{}", newest.join("\n")))
    }

    /// The visitor's messages that were neither delivered nor given up, in order.
    pub fn waiting(&self) -> Vec<u64> {
        let mut waiting: Vec<u64> = self
            .fates
            .iter()
            .filter(|(_, fate)| **fate == Fate::Accepted)
            .map(|(seq, _)| *seq)
            .collect();
        waiting.sort_unstable();
        waiting
    }

    const fn next(&self) -> u64 {
        self.last() + 1
    }

    fn push(&mut self, event: Event) -> &Event {
        match &event.what {
            What::Visitor { id, .. } => {
                self.messages.insert(id.clone(), event.seq);
                self.fates.insert(event.seq, Fate::Accepted);
            }
            What::Delivered { of } => {
                self.fates.insert(*of, Fate::Delivered);
            }
            What::Failed { of, .. } => {
                self.fates.insert(*of, Fate::Failed);
            }
            What::Retried { of } => {
                self.fates.insert(*of, Fate::Accepted);
            }
            What::Hidden { of } => {
                self.hidden.insert(*of);
            }
            _ => {}
        }
        self.events.push(event);
        self.events.last().expect("an event was pushed on the line above")
    }
}

/// Longest account of what was said, in characters: what a visitor's own message may have.
const MAX_TOLD_CHARS: usize = 3_900;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_in_the_rows_is_named() {
        let event = |seq| Event { seq, at: Timestamp::default(), what: What::Requested {} };
        assert_eq!(Transcript::restore(vec![event(1), event(3)]).unwrap_err(), 2);
        assert_eq!(Transcript::restore(vec![event(1), event(2)]).unwrap().last(), 2);
    }

    #[test]
    fn a_cursor_beyond_the_log_gets_nothing() {
        let mut log = Transcript::default();
        log.append(Timestamp::default(), What::Requested {});
        assert_eq!(log.after(0).len(), 1);
        assert!(log.after(1).is_empty());
        assert!(log.after(u64::MAX).is_empty());
    }
}
