//! How fast links may speak: nobody types so fast, and a script that does must not fill a log.

use std::time::Duration;

use parlor_shared::Timestamp;

/// What a conversation's links may still send. It is not stored: another life begins with all of it.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    left: u32,
    at: Timestamp,
}

impl Pace {
    /// All of it.
    pub const fn new(now: Timestamp) -> Self {
        Self { left: BURST, at: now }
    }

    /// Takes one frame, if it may come.
    pub fn take(&mut self, now: Timestamp) -> bool {
        let spans = now.since(self.at).as_millis() / EVERY.as_millis();
        let gained = u32::try_from(spans).unwrap_or(u32::MAX);
        if gained > 0 {
            self.left = self.left.saturating_add(gained).min(BURST);
            self.at = if self.left == BURST { now } else { self.at + EVERY * gained };
        }
        let may = self.left > 0;
        self.left -= u32::from(may);
        may
    }
}

/// Frames at once: what a widget sends that was away for long and has kept every message, typing and peeks besides.
const BURST: u32 = 200;

/// After that, one in this time.
const EVERY: Duration = Duration::from_millis(100);

/// Close code of a link that was too fast. What it kept it may send when it is back.
pub const CLOSE_TOO_FAST: u16 = 4429;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_goes_through_and_then_ten_a_second() {
        let start = Timestamp::from_ms(1_760_000_000_000);
        let mut pace = Pace::new(start);
        let taken = |pace: &mut Pace, at: Timestamp| (0..1_000).filter(|_| pace.take(at)).count();
        assert_eq!(taken(&mut pace, start), 200);
        assert_eq!(taken(&mut pace, start + Duration::from_millis(99)), 0);
        assert_eq!(taken(&mut pace, start + Duration::from_millis(150)), 1);
        assert_eq!(
            taken(&mut pace, start + Duration::from_millis(199)),
            0,
            "what is left over counts"
        );
        assert_eq!(taken(&mut pace, start + Duration::from_secs(1)), 9);
        assert_eq!(taken(&mut pace, start + Duration::from_secs(3_600)), 200);
        // A clock that goes back does not lock anybody out for longer than it did.
        assert_eq!(taken(&mut pace, start), 0);
        assert_eq!(taken(&mut pace, start + Duration::from_secs(3_601)), 10);
    }
}
