//! A conversation in one line, for the list of a visitor's earlier ones.

use parlor_shared::{
    Timestamp,
    wire::{Agent, Event, What},
};

use crate::relay::richtext;

/// What the list shows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Summary {
    /// When something was last said.
    pub at: Timestamp,
    /// Who answered; absent where nobody did.
    pub agent: Option<Agent>,
    /// The beginning of what was last said.
    pub text: String,
}

impl Summary {
    /// Of a log; nothing where nothing was said.
    #[must_use]
    pub fn of(events: &[Event]) -> Option<Self> {
        let (at, text) = events.iter().rev().find_map(|event| match &event.what {
            What::Visitor { text, .. } => Some((event.at, text.clone())),
            What::Agent { body, auto: false, .. } if !body.is_empty() => {
                Some((event.at, richtext::to_plain(body)))
            }
            _ => None,
        })?;
        let agent = events.iter().rev().find_map(|event| match &event.what {
            What::Agent { agent, auto: false, .. } | What::Joined { agent } => Some(agent.clone()),
            _ => None,
        });
        let words: Vec<&str> = text.split_whitespace().collect();
        Some(Self { at, agent, text: words.join(" ").chars().take(MAX_CHARS).collect() })
    }
}

/// More than a line of the list holds.
const MAX_CHARS: usize = 120;

#[cfg(test)]
mod tests {
    use parlor_shared::id::MessageId;

    use super::*;

    fn event(seq: u64, what: What) -> Event {
        Event { seq, at: Timestamp::from_ms(seq * 1_000), what }
    }

    fn agent(name: &str) -> Agent {
        Agent { key: 7, name: name.to_owned(), avatar: None }
    }

    fn said(text: &str) -> What {
        What::Visitor { id: MessageId::from_random(1), text: text.to_owned() }
    }

    #[test]
    fn the_last_word_counts_and_whoever_answered() {
        let says = |name, text, auto| What::Agent {
            agent: agent(name),
            body: richtext::from_plain(text),
            auto,
        };
        assert_eq!(Summary::of(&[event(1, What::Requested {})]), None);
        let mut log = vec![event(1, said("Do you\n\nship  frames?"))];
        let alone = Summary::of(&log).unwrap();
        assert_eq!((alone.text.as_str(), alone.agent), ("Do you ship frames?", None));
        log.push(event(2, says("Robot", "We answer in turn.", true)));
        log.push(event(3, says("Maya Okafor", "Yes, to Portugal too.", false)));
        log.push(event(4, What::Agent { agent: agent("Tomás"), body: Vec::new(), auto: false }));
        log.push(event(5, What::Delivered { of: 1 }));
        let answered = Summary::of(&log).unwrap();
        assert_eq!((answered.at.as_ms(), answered.text.as_str()), (3_000, "Yes, to Portugal too."));
        assert_eq!(answered.agent.unwrap().name, "Tomás", "although her message was withdrawn");
    }

    #[test]
    fn a_long_word_is_cut_between_characters() {
        let summary = Summary::of(&[event(1, said(&"ü".repeat(4_000)))]).unwrap();
        assert_eq!(summary.text.chars().count(), MAX_CHARS);
    }
}
