//! What both ends must agree on after any storm at any desk.

use parlor_shared::wire::{Event, What};

use crate::trace::plain;

/// A log, as far as it tells what became of messages.
#[derive(Debug, Default)]
pub(super) struct Account {
    accepted: Vec<(u64, String)>,
    delivered: Vec<u64>,
    failed: Vec<u64>,
    /// What agents said, in the log's order.
    pub from_agents: Vec<String>,
}

impl Account {
    pub fn of(events: &[Event]) -> Self {
        let mut account = Self::default();
        for event in events {
            match &event.what {
                What::Visitor { text, .. } => account.accepted.push((event.seq, text.clone())),
                What::Delivered { of } => account.delivered.push(*of),
                What::Failed { of, .. } => account.failed.push(*of),
                What::Agent { body, .. } => account.from_agents.push(plain(body)),
                _ => {}
            }
        }
        account
    }

    /// Each message that was accepted came to exactly one end, and what is called delivered is at the desk, once and in
    /// order.
    pub fn settle(&self, at_desk: &[String]) -> Result<(), String> {
        rising(at_desk, "the desk")?;
        for (seq, text) in &self.accepted {
            let wrong = match (self.delivered.contains(seq), self.failed.contains(seq)) {
                (true, false) if at_desk.contains(text) => continue,
                // An answer that was lost for long: the visitor is told "not sent" of what may have arrived.
                (false, true) => continue,
                (true, false) => "called delivered and is not at the desk",
                (true, true) => "called delivered and failed",
                (false, false) => "accepted, and nothing came of it",
            };
            return Err(format!("{text} was {wrong}"));
        }
        Ok(())
    }
}

/// Texts end in rising numbers: `v1`, `v2`.
pub(super) fn rising(texts: &[String], whose: &str) -> Result<(), String> {
    let numbers = texts.iter().filter_map(|text| text.get(1..)?.parse::<u64>().ok());
    let numbers: Vec<u64> = numbers.collect();
    let rises = numbers.windows(2).all(|pair| matches!(pair, [first, second] if first < second));
    if rises && numbers.len() == texts.len() {
        Ok(())
    } else {
        Err(format!("{whose} has a loss of order or a repeat: {texts:?}"))
    }
}
