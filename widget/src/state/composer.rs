//! What the visitor is writing, and what the agent is told of it.

use std::time::Duration;

use parlor_shared::Timestamp;

/// The draft and the typing sign.
#[derive(Debug, Default)]
pub struct Composer {
    /// As it stands in the field.
    pub text: String,
    /// It was too long to be sent and has not been changed since.
    pub too_long: bool,
    sign: Option<Sign>,
}

/// The agent sees that the visitor types.
#[derive(Debug)]
struct Sign {
    told: Timestamp,
    last_key: Timestamp,
}

impl Composer {
    /// A composer with what an earlier page kept.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self { text, ..Self::default() }
    }

    /// The field was changed. Says what to tell the agent.
    pub fn changed(&mut self, now: Timestamp, text: String) -> Option<bool> {
        self.text = text;
        self.too_long = false;
        if self.text.trim().is_empty() {
            return self.rest();
        }
        match &mut self.sign {
            Some(sign) => {
                sign.last_key = now;
                let again = now.since(sign.told) >= TELL_EVERY;
                if again {
                    sign.told = now;
                }
                again.then_some(true)
            }
            None => {
                self.sign = Some(Sign { told: now, last_key: now });
                Some(true)
            }
        }
    }

    /// The visitor sent, left the field or emptied it. Says what to tell the agent.
    pub fn rest(&mut self) -> Option<bool> {
        self.sign.take().map(|_| false)
    }

    /// When the sign is to be taken back.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        Some(self.sign.as_ref()?.last_key + IDLE_AFTER)
    }

    /// Takes the sign back if its time is up. Says what to tell the agent.
    pub fn tick(&mut self, now: Timestamp) -> Option<bool> {
        if self.deadline().is_some_and(|deadline| deadline <= now) { self.rest() } else { None }
    }
}

/// The agent's side forgets a sign that is not repeated; this is well below what desks allow.
const TELL_EVERY: Duration = Duration::from_secs(3);

/// Without a key for so long, nobody types.
const IDLE_AFTER: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_ms(ms)
    }

    #[test]
    fn a_burst_is_told_at_its_start_every_three_seconds_and_at_its_end() {
        let mut composer = Composer::default();
        let mut told = Vec::new();
        for tenth in 0..70 {
            let now = at(tenth * 100);
            if let Some(on) = composer.changed(now, "x".repeat(tenth as usize + 1)) {
                told.push((tenth, on));
            }
        }
        assert_eq!(told, [(0, true), (30, true), (60, true)]);
        assert_eq!(composer.deadline(), Some(at(6_900 + 5_000)));
        assert_eq!(composer.tick(at(11_899)), None);
        assert_eq!(composer.tick(at(11_900)), Some(false));
        assert_eq!(composer.tick(at(20_000)), None);
    }

    #[test]
    fn an_emptied_field_takes_the_sign_back() {
        let mut composer = Composer::default();
        assert_eq!(composer.changed(at(0), "a".to_owned()), Some(true));
        assert_eq!(composer.changed(at(1), " ".to_owned()), Some(false));
        assert_eq!(composer.changed(at(2), String::new()), None);
        assert_eq!(composer.rest(), None);
    }
}
