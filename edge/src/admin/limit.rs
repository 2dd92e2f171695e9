//! How often each may ask: so many requests a minute, counted by the registry's one object.
//!
//! The counts are in memory: an object that was idle starts anew, which takes longer than a minute of asking to matter.

use std::collections::BTreeMap;

use parlor_shared::Timestamp;

/// Most callers that are told apart. More at once are one caller: only an attack has so many addresses.
const MAX_CALLERS: usize = 5_000;

/// Counts requests.
#[derive(Debug, Default)]
pub struct Limiter {
    minute: u64,
    counts: BTreeMap<String, u32>,
}

impl Limiter {
    /// Counts one request of `caller`.
    ///
    /// # Errors
    /// In how many seconds to ask again, if that was more than `allowed` in this minute.
    pub fn count(&mut self, now: Timestamp, caller: &str, allowed: u32) -> Result<(), u64> {
        self.turn(now);
        let known = self.counts.contains_key(caller) || self.counts.len() < MAX_CALLERS;
        let caller = if known { caller } else { "" };
        let count = self.counts.entry(caller.to_owned()).or_default();
        *count = count.saturating_add(1);
        if *count > allowed { Err(Self::left(now)) } else { Ok(()) }
    }

    /// Whether `caller` has asked `allowed` times in this minute, without counting.
    ///
    /// # Errors
    /// In how many seconds to ask again.
    pub fn check(&mut self, now: Timestamp, caller: &str, allowed: u32) -> Result<(), u64> {
        self.turn(now);
        let count = self.counts.get(caller).copied().unwrap_or_default();
        if count >= allowed { Err(Self::left(now)) } else { Ok(()) }
    }

    fn turn(&mut self, now: Timestamp) {
        let minute = now.as_ms() / MINUTE_MS;
        if minute != self.minute {
            self.minute = minute;
            self.counts.clear();
        }
    }

    const fn left(now: Timestamp) -> u64 {
        (MINUTE_MS - now.as_ms() % MINUTE_MS).div_ceil(1_000)
    }
}

const MINUTE_MS: u64 = 60_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_so_many_requests_for_each() {
        let mut limiter = Limiter::default();
        let at = |s: u64| Timestamp::from_ms(1_790_000_040_000 + s * 1_000);
        assert_eq!(limiter.count(at(0), "a", 2), Ok(()));
        assert_eq!(limiter.check(at(1), "a", 2), Ok(()));
        assert_eq!(limiter.count(at(10), "a", 2), Ok(()));
        assert_eq!(limiter.check(at(10), "a", 2), Err(50));
        assert_eq!(limiter.count(at(15), "a", 2), Err(45));
        assert_eq!(limiter.count(at(15), "b", 2), Ok(()));
        assert_eq!(limiter.count(at(60), "a", 2), Ok(()));
    }
}
