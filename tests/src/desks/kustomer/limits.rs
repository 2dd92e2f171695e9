//! Rate limits (section 9): fixed windows of 60 seconds, of the organisation and of single customers.

use std::collections::BTreeMap;
use std::time::Duration;

/// How full a window is.
#[derive(Clone, Copy, Debug)]
struct Window {
    since: Duration,
    used: u64,
}

/// What a count came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Count {
    pub limit: u64,
    pub remaining: u64,
    pub exceeded: bool,
    /// When the window resets, as an age of the desk.
    pub resets: Duration,
}

#[derive(Debug, Default)]
pub(super) struct Limits {
    windows: BTreeMap<String, Window>,
}

impl Limits {
    /// Counts one request in the window of this name.
    pub fn count(&mut self, now: Duration, name: &str, limit: u64) -> Count {
        if self.windows.len() > MANY {
            self.windows.retain(|_, window| now < window.since + WINDOW);
        }
        let window = self.windows.entry(name.to_owned()).or_insert(Window { since: now, used: 0 });
        if now >= window.since + WINDOW {
            *window = Window { since: now, used: 0 };
        }
        let exceeded = window.used >= limit;
        window.used += u64::from(!exceeded);
        let remaining = limit.saturating_sub(window.used);
        Count { limit, remaining, exceeded, resets: window.since + WINDOW }
    }

    /// Other integrations of the organisation use up what is left: section 9, last line.
    pub fn drain(&mut self, now: Duration, name: &str, leave: u64, limit: u64) {
        self.count(now, name, limit);
        if let Some(window) = self.windows.get_mut(name) {
            window.used = limit.saturating_sub(leave);
        }
    }
}

/// Source: section 9, "per 60 s".
const WINDOW: Duration = Duration::from_secs(60);

/// Windows kept before old ones are swept.
const MANY: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::Limits;
    use std::time::Duration;

    #[test]
    fn a_window_refuses_what_is_over_it_until_it_resets() {
        let mut limits = Limits::default();
        let at = Duration::from_secs;
        assert_eq!(limits.count(at(5), "org", 2).remaining, 1);
        assert!(!limits.count(at(6), "org", 2).exceeded);
        let third = limits.count(at(64), "org", 2);
        assert!(third.exceeded);
        assert_eq!(third.resets, at(65));
        assert!(!limits.count(at(65), "org", 2).exceeded);
        assert!(!limits.count(at(65), "other", 2).exceeded);
    }
}
