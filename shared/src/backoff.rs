//! How long to wait before trying again. Both reconnecting sides use it: the widget's link and the edge's relays.

use std::time::Duration;

/// Doubling delays with a floor, a ceiling and full use of the dice in their upper half.
///
/// The delay of attempt `n` lies between half and all of `min(ceiling, floor * 2^n)`, so that many
/// clients cut off by one fault do not come back in step.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Backoff {
    /// Longest delay of the first attempt.
    pub floor: Duration,
    /// Longest delay of any attempt.
    pub ceiling: Duration,
}

impl Backoff {
    /// The delay before attempt number `attempt` (0 is the first retry). `dice` is any random number.
    #[must_use]
    pub fn delay(&self, attempt: u32, dice: u64) -> Duration {
        let floor_ms = u64::try_from(self.floor.as_millis()).unwrap_or(u64::MAX);
        let ceiling_ms = u64::try_from(self.ceiling.as_millis()).unwrap_or(u64::MAX);
        let longest = floor_ms
            .saturating_mul(1_u64.checked_shl(attempt.min(32)).unwrap_or(u64::MAX))
            .min(ceiling_ms);
        let half = longest / 2;
        Duration::from_millis(half + dice % (longest - half + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff =
        Backoff { floor: Duration::from_millis(500), ceiling: Duration::from_secs(30) };

    #[test]
    fn delays_double_and_stop_at_the_ceiling() {
        let longest = |attempt| (0..2_000).map(move |dice| BACKOFF.delay(attempt, dice)).max();
        assert_eq!(longest(0), Some(Duration::from_millis(500)));
        assert_eq!(longest(1), Some(Duration::from_secs(1)));
        assert!(BACKOFF.delay(200, u64::MAX) <= Duration::from_secs(30));
        assert!(BACKOFF.delay(200, 0) >= Duration::from_secs(15));
    }

    #[test]
    fn the_dice_spread_the_upper_half() {
        assert_eq!(BACKOFF.delay(0, 0), Duration::from_millis(250));
        assert_eq!(BACKOFF.delay(0, 250), Duration::from_millis(500));
    }
}
