//! The countdown before a conversation ends because nobody wrote: what it shows, and when it speaks.

use std::time::Duration;

use parlor_shared::Timestamp;

use super::words::{Word, Words};
use crate::digits::digits;

/// A countdown that runs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Idle {
    until: Timestamp,
    /// Seconds that it began with, here.
    total: u32,
    /// How many of [`SPEAKS_AT`] need not be said any more; nothing before the first word.
    said: Option<usize>,
}

/// What the card shows.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Countdown {
    /// Minutes and seconds.
    pub time: String,
    /// How much of the ring is left, as `stroke-dasharray` has it.
    pub ring: String,
}

impl Idle {
    /// The edge said that so many seconds are left. Where it ran `before` (another link tells it again), the ring goes on
    /// and nothing is said twice.
    #[must_use]
    pub fn new(now: Timestamp, seconds: u32, before: Option<Self>) -> Self {
        let until = now + Duration::from_secs(seconds.into());
        let same = |before: &Self| until.since(before.until) < Duration::from_secs(2);
        let (total, said) = before.filter(same).map_or((1, None), |it| (it.total, it.said));
        Self { until, total: seconds.max(total), said }
    }

    /// When another figure is to be shown.
    #[must_use]
    pub fn deadline(&self, now: Timestamp) -> Option<Timestamp> {
        let ms = self.until.since(now).as_millis();
        let rest = u64::try_from(ms % 1_000).unwrap_or(0);
        (ms > 0).then(|| now + Duration::from_millis(if rest == 0 { 1_000 } else { rest }))
    }

    /// Whether something is to be said now, and whether it is urgent. Each thing is said once.
    pub fn due(&mut self, now: Timestamp) -> Option<bool> {
        let left = self.left(now);
        let passed = SPEAKS_AT.iter().take_while(|at| left <= **at).count();
        let due = self.said.is_none_or(|said| said < passed);
        self.said = Some(passed);
        due.then_some(passed == SPEAKS_AT.len())
    }

    /// What readers hear.
    #[must_use]
    pub fn said(&self, now: Timestamp, words: &Words) -> String {
        let ends = words.fill(Word::EndsIn, &[("time", &clock(self.left(now)))]);
        [words.get(Word::StillThere), " ", &ends].concat()
    }

    /// What is seen.
    #[must_use]
    pub fn countdown(&self, now: Timestamp) -> Countdown {
        let left = self.left(now);
        let ring = u64::from(left.min(self.total)) * AROUND / u64::from(self.total);
        Countdown { time: clock(left), ring: [&digits(ring), " ", &digits(AROUND)].concat() }
    }

    /// Seconds, rounded up: 0 is the end and not before.
    fn left(&self, now: Timestamp) -> u32 {
        u32::try_from(self.until.since(now).as_millis().div_ceil(1_000)).unwrap_or(u32::MAX)
    }
}

fn clock(seconds: u32) -> String {
    let rest = seconds % 60;
    let between = if rest < 10 { ":0" } else { ":" };
    [&digits(seconds / 60), between, &digits(rest)].concat()
}

/// Seconds before the end at which readers are told; the last is urgent (look.md, section 5).
const SPEAKS_AT: [u32; 3] = [60, 30, 10];

/// Length of the ring: a circle of radius 20.
const AROUND: u64 = 126;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_ms(ms)
    }

    #[test]
    fn it_speaks_at_once_and_at_a_minute_half_a_minute_and_ten_seconds() {
        let mut idle = Idle::new(at(0), 120, None);
        let mut said = Vec::new();
        let mut now = at(0);
        loop {
            if let Some(urgent) = idle.due(now) {
                said.push((now.as_ms(), urgent));
            }
            match idle.deadline(now) {
                Some(next) => now = next,
                None => break,
            }
        }
        assert_eq!(said, [(0, false), (60_000, false), (90_000, false), (110_000, true)]);
        assert_eq!(now, at(120_000));
    }

    #[test]
    fn one_that_begins_late_does_not_say_what_has_passed() {
        let mut idle = Idle::new(at(0), 25, None);
        assert_eq!(idle.due(at(0)), Some(false));
        assert_eq!(idle.due(at(14_000)), None);
        assert_eq!(idle.due(at(15_000)), Some(true));
        assert_eq!(idle.due(at(24_000)), None);
        assert_eq!(Idle::new(at(0), 7, None).due(at(0)), Some(true));
    }

    #[test]
    fn told_again_it_goes_on_and_another_one_begins_anew() {
        let mut idle = Idle::new(at(0), 120, None);
        assert_eq!(idle.due(at(0)), Some(false));
        let mut again = Idle::new(at(36_500), 84, Some(idle.clone()));
        assert_eq!(again.countdown(at(36_500)).ring, "88 126");
        assert_eq!(again.due(at(36_500)), None);
        let mut another = Idle::new(at(50_000), 120, Some(idle));
        assert_eq!(another.countdown(at(50_000)).ring, "126 126");
        assert_eq!(another.due(at(50_000)), Some(false));
    }

    #[test]
    fn figures_step_once_a_second_and_end_at_nought() {
        let idle = Idle::new(at(500), 84, None);
        let shown = |ms| {
            let Countdown { time, ring } = idle.countdown(at(ms));
            format!("{time}, {ring}")
        };
        assert_eq!(shown(500), "1:24, 126 126");
        assert_eq!(idle.deadline(at(500)), Some(at(1_500)));
        assert_eq!(idle.deadline(at(700)), Some(at(1_500)));
        assert_eq!(shown(42_500), "0:42, 63 126");
        assert_eq!(shown(200_000), "0:00, 0 126");
        assert_eq!(idle.deadline(at(84_500)), None);
    }
}
