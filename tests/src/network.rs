//! The way between the edge and a desk, with the bad days that networks have.

use std::time::Duration;

use crate::desks::dice::Dice;

/// What becomes of one call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Fate {
    /// How long the request is on its way; `None` if it never arrives.
    pub there: Option<Duration>,
    /// How long the answer is on its way; `None` if it never arrives although the desk has acted.
    pub back: Option<Duration>,
    /// When, from the beginning, the connection breaks although nobody at the desk may notice.
    pub breaks: Option<Duration>,
}

/// A network whose every decision follows from a seed.
#[derive(Debug)]
pub struct Network {
    dice: Dice,
    /// Of 100 calls, how many lose their request.
    pub lost_requests: u64,
    /// Of 100 calls, how many lose their answer: accepted, answer lost.
    pub lost_answers: u64,
    /// Of 100 calls, how many have their connection broken within [`BREAK_WITHIN`], if they last that long.
    pub broken: u64,
    /// Longest extra delay of each way.
    pub jitter: Duration,
}

impl Network {
    /// A network that loses nothing and is always as fast.
    #[must_use]
    pub fn calm(seed: u64) -> Self {
        Self {
            dice: Dice::new(seed),
            lost_requests: 0,
            lost_answers: 0,
            broken: 0,
            jitter: Duration::ZERO,
        }
    }

    /// What becomes of the next call.
    pub fn fate(&mut self) -> Fate {
        let lost_request = self.dice.next_u64() % 100 < self.lost_requests;
        let lost_answer = self.dice.next_u64() % 100 < self.lost_answers;
        let broken = self.dice.next_u64() % 100 < self.broken;
        let break_ms = u64::try_from(BREAK_WITHIN.as_millis()).unwrap_or(u64::MAX);
        let breaks = Duration::from_millis(self.dice.next_u64() % break_ms);
        let there = self.way();
        let back = self.way();
        Fate {
            there: (!lost_request).then_some(there),
            back: (!lost_request && !lost_answer).then_some(back),
            breaks: broken.then_some(breaks),
        }
    }

    fn way(&mut self) -> Duration {
        let jitter_ms = u64::try_from(self.jitter.as_millis()).unwrap_or(u64::MAX);
        WAY + Duration::from_millis(self.dice.next_u64() % (jitter_ms + 1))
    }
}

/// A connection that breaks does so within this time.
const BREAK_WITHIN: Duration = Duration::from_secs(20);

/// The least time from the edge to a desk or back.
const WAY: Duration = Duration::from_millis(10);
