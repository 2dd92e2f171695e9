//! The rate limit that all conversations of an organisation share: who may call now, and who waits how long.
//!
//! The desk counts calls per window and tells its limit with every answer. Ours is a token bucket below that, with
//! room left for the organisation's other integrations: what refills in a window and what may burst together stay
//! within the limit. Start with [`Bucket::ask`]; docs/VENDORS.md, "Kustomer", has the sources.

use std::time::Duration;

use parlor_shared::{Timestamp, backoff::Backoff};

use super::call::Rank;

/// One organisation's bucket. Its memory is a cache: one that starts anew is full once, no more.
#[derive(Clone, Debug, PartialEq)]
pub struct Bucket {
    /// Calls that the desk allows per [`WINDOW`], as it last said.
    limit: u64,
    tokens: f64,
    filled_at: Option<Timestamp>,
    /// What the desk last said is left of its window, and when that is worth nothing any more.
    remaining: Option<(u64, Timestamp)>,
    /// Nobody calls before this instant.
    closed_until: Option<Timestamp>,
    /// How often the desk turned us away in a row.
    refusals: u32,
}

/// Whether a call may be made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// Now; it is counted.
    Go,
    /// Not before this instant; ask again then.
    Wait(Timestamp),
}

/// What an answer says of the limit.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct RateHeaders {
    /// `x-ratelimit-limit`.
    pub limit: Option<u64>,
    /// `x-ratelimit-remaining`.
    pub remaining: Option<u64>,
    /// `x-ratelimit-reset`: seconds since the Unix epoch.
    pub reset: Option<u64>,
    /// `Retry-After` in seconds; not documented, honoured where it is there.
    pub retry_after: Option<u64>,
}

impl RateHeaders {
    /// From an answer's headers. What is no whole number is not there.
    pub fn read(header: impl Fn(&str) -> Option<String>) -> Self {
        let number = |name| header(name)?.trim().parse().ok();
        Self {
            limit: number("x-ratelimit-limit"),
            remaining: number("x-ratelimit-remaining"),
            reset: number("x-ratelimit-reset"),
            retry_after: number("retry-after"),
        }
    }

    /// Whether the bucket learns enough from this to be told. It is another object, and most answers say nothing new.
    #[must_use]
    pub fn worth_reporting(&self, status: u16) -> bool {
        let scarce = match (self.remaining, self.limit) {
            (Some(remaining), Some(limit)) => remaining.saturating_mul(2) < limit,
            (Some(_), None) => true,
            _ => false,
        };
        let other_limit = self.limit.is_some_and(|limit| limit != DEFAULT_LIMIT);
        status == TOO_MANY || scarce || other_limit
    }
}

impl Default for Bucket {
    fn default() -> Self {
        Self {
            limit: DEFAULT_LIMIT,
            tokens: burst(DEFAULT_LIMIT),
            filled_at: None,
            remaining: None,
            closed_until: None,
            refusals: 0,
        }
    }
}

impl Bucket {
    /// May a call of this rank be made?
    pub fn ask(&mut self, now: Timestamp, rank: Rank) -> Verdict {
        self.fill(now);
        if let Some(until) = self.closed_until.filter(|until| now < *until) {
            return Verdict::Wait(until);
        }
        self.closed_until = None;
        if rank == Rank::Reconcile && self.is_nearly_used_up(now) {
            return Verdict::Wait(now + RECONCILE_LATER);
        }
        let kept = self.kept_for_better(rank);
        if self.tokens >= kept + 1.0 {
            self.tokens -= 1.0;
            return Verdict::Go;
        }
        let missing_ms = (kept + 1.0 - self.tokens) / self.per_ms();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the bucket fills within a minute"
        )]
        let wait = Duration::from_millis(missing_ms.ceil().max(1.0) as u64);
        Verdict::Wait(now + wait)
    }

    /// Learns from an answer. `Some` for a 429: the call was turned away, and nobody calls before that instant.
    pub fn report(
        &mut self,
        now: Timestamp,
        dice: u64,
        status: u16,
        headers: &RateHeaders,
    ) -> Option<Timestamp> {
        if let Some(limit) = headers.limit.filter(|limit| (MIN_LIMIT..=MAX_LIMIT).contains(limit)) {
            // As full as before, of another size.
            self.tokens *= burst(limit) / burst(self.limit);
            self.limit = limit;
        }
        if let Some(remaining) = headers.remaining {
            self.remaining = Some((remaining, now + WINDOW));
        }
        if status != TOO_MANY {
            self.refusals = 0;
            return None;
        }
        let jitter = Duration::from_millis(dice % MAX_JITTER_MS);
        let reset = headers.reset.map(|s| Timestamp::from_ms(s.saturating_mul(1_000)));
        let after = headers.retry_after.map(|s| now + Duration::from_secs(s));
        let until = match reset.or(after) {
            Some(until) => until.clamp(now, now + LONGEST_CLOSED) + jitter,
            None => now + WITHOUT_RESET.delay(self.refusals, dice),
        };
        self.refusals = self.refusals.saturating_add(1);
        self.closed_until = self.closed_until.max(Some(until));
        Some(until)
    }

    fn fill(&mut self, now: Timestamp) {
        let since = self.filled_at.map_or(Duration::ZERO, |at| now.since(at));
        self.filled_at = Some(self.filled_at.map_or(now, |at| at.max(now)));
        self.tokens =
            (self.tokens + since.as_secs_f64() * 1_000.0 * self.per_ms()).min(burst(self.limit));
    }

    #[expect(clippy::cast_precision_loss, reason = "limits are at most MAX_LIMIT")]
    fn per_ms(&self) -> f64 {
        self.limit as f64 * SHARE / WINDOW.as_secs_f64() / 1_000.0
    }

    /// Tokens that only calls of a better rank may take.
    fn kept_for_better(&self, rank: Rank) -> f64 {
        let burst = burst(self.limit);
        match rank {
            Rank::Write => 0.0,
            Rank::Read => burst * 0.25,
            Rank::Reconcile => burst * 0.5,
        }
    }

    fn is_nearly_used_up(&self, now: Timestamp) -> bool {
        self.remaining.is_some_and(|(remaining, until)| {
            now < until && remaining.saturating_mul(10) < self.limit
        })
    }
}

/// What may go at once: with it, a window's refill stays within the limit.
#[expect(clippy::cast_precision_loss, reason = "limits are at most MAX_LIMIT")]
fn burst(limit: u64) -> f64 {
    (limit as f64 * (1.0 - SHARE)).round().max(4.0)
}

/// Our share of the limit in the long run. The rest is what may burst, and the organisation's other integrations.
const SHARE: f64 = 0.8;

/// The desk counts calls per this span. Source: docs/VENDORS.md, "Kustomer", "Limits".
const WINDOW: Duration = Duration::from_secs(60);

/// Calls per window until the desk has said: the smallest plan's.
const DEFAULT_LIMIT: u64 = 300;

/// What is believed of a limit that the desk names.
const MIN_LIMIT: u64 = 10;
const MAX_LIMIT: u64 = 1_000_000;

/// Longest that a reset is waited for, whatever the desk says: a window and a little.
const LONGEST_CLOSED: Duration = Duration::from_secs(65);

/// Spreads conversations that wait for the same reset.
const MAX_JITTER_MS: u64 = 1_000;

/// When a read that can wait asks again while the window is nearly used up.
const RECONCILE_LATER: Duration = Duration::from_secs(15);

/// After a 429 that names no reset.
const WITHOUT_RESET: Backoff =
    Backoff { floor: Duration::from_secs(1), ceiling: Duration::from_secs(30) };

const TOO_MANY: u16 = 429;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_ms(1_760_000_000_000);

    fn at(ms: u64) -> Timestamp {
        NOW + Duration::from_millis(ms)
    }

    /// How many calls of `rank` go through in a minute of asking every 10 ms.
    fn in_a_minute(bucket: &mut Bucket, from_ms: u64, rank: Rank) -> usize {
        (0..6_000).filter(|step| bucket.ask(at(from_ms + step * 10), rank) == Verdict::Go).count()
    }

    #[test]
    fn no_window_has_more_calls_than_the_limit() {
        let mut bucket = Bucket::default();
        let first = in_a_minute(&mut bucket, 0, Rank::Write);
        assert!((295..=300).contains(&first), "{first}");
        let second = in_a_minute(&mut bucket, 60_000, Rank::Write);
        assert!((235..=245).contains(&second), "{second}: four fifths, once the burst is used");
    }

    #[test]
    fn the_limit_is_the_one_that_the_desk_names() {
        let mut bucket = Bucket::default();
        let headers =
            RateHeaders { limit: Some(1_000), remaining: Some(999), ..Default::default() };
        assert!(headers.worth_reporting(200));
        assert_eq!(bucket.report(NOW, 0, 200, &headers), None);
        in_a_minute(&mut bucket, 0, Rank::Write);
        let second = in_a_minute(&mut bucket, 60_000, Rank::Write);
        assert!((790..=810).contains(&second), "{second}");
        bucket.report(NOW, 0, 200, &RateHeaders { limit: Some(0), ..Default::default() });
        assert_eq!(bucket.limit, 1_000, "a limit of nothing is not believed");
    }

    #[test]
    fn messages_go_before_reads() {
        let mut bucket = Bucket::default();
        while bucket.ask(NOW, Rank::Reconcile) == Verdict::Go {}
        assert_eq!(bucket.ask(NOW, Rank::Read), Verdict::Go);
        while bucket.ask(NOW, Rank::Read) == Verdict::Go {}
        assert_eq!(bucket.ask(NOW, Rank::Write), Verdict::Go);
        while bucket.ask(NOW, Rank::Write) == Verdict::Go {}
        let Verdict::Wait(until) = bucket.ask(NOW, Rank::Write) else { panic!("empty") };
        assert_eq!(until, at(250), "a fifth of a second and a little: 240 a minute");
        assert_eq!(bucket.ask(until, Rank::Write), Verdict::Go);
    }

    #[test]
    fn reads_that_can_wait_stop_when_a_tenth_is_left() {
        let mut bucket = Bucket::default();
        let left = |remaining| RateHeaders {
            limit: Some(300),
            remaining: Some(remaining),
            ..Default::default()
        };
        bucket.report(NOW, 0, 200, &left(29));
        assert_eq!(bucket.ask(NOW, Rank::Reconcile), Verdict::Wait(NOW + RECONCILE_LATER));
        assert_eq!(bucket.ask(NOW, Rank::Read), Verdict::Go);
        assert_eq!(bucket.ask(at(60_000), Rank::Reconcile), Verdict::Go, "another window");
        bucket.report(NOW, 0, 200, &left(30));
        assert_eq!(bucket.ask(NOW, Rank::Reconcile), Verdict::Go);
    }

    #[test]
    fn a_refusal_closes_the_bucket_until_the_reset_for_everybody() {
        let mut bucket = Bucket::default();
        let reset = NOW.as_ms() / 1_000 + 20;
        let headers = RateHeaders { reset: Some(reset), ..Default::default() };
        let until = bucket.report(NOW, 300, 429, &headers).unwrap();
        assert_eq!(until, at(20_300));
        assert_eq!(bucket.ask(at(19_000), Rank::Write), Verdict::Wait(until));
        assert_eq!(bucket.ask(until, Rank::Write), Verdict::Go);
        let far = RateHeaders { reset: Some(reset + 86_400), ..Default::default() };
        assert_eq!(bucket.report(NOW, 0, 429, &far), Some(NOW + LONGEST_CLOSED));
        let past = RateHeaders { reset: Some(5), ..Default::default() };
        assert_eq!(bucket.report(NOW, 7, 429, &past), Some(at(7)));
    }

    #[test]
    fn refusals_without_a_reset_back_off() {
        let mut bucket = Bucket::default();
        let wait = |bucket: &mut Bucket| {
            let until = bucket.report(NOW, u64::MAX / 2 * 2, 429, &RateHeaders::default());
            until.map(|until| until.since(NOW).as_millis())
        };
        let waits: Vec<_> = (0..7).filter_map(|_| wait(&mut bucket)).collect();
        assert!(waits.windows(2).all(|two| two[0] * 3 > two[1]), "{waits:?}");
        assert!(waits[0] <= 1_000 && waits[6] >= 15_000 && waits[6] <= 30_000, "{waits:?}");
        bucket.report(NOW, 0, 200, &RateHeaders::default());
        assert!(wait(&mut bucket).unwrap() <= 1_000, "an answer ends the row");
    }

    #[test]
    fn headers_are_read_leniently() {
        let read = RateHeaders::read(|name| match name {
            "x-ratelimit-limit" => Some(" 1000 ".to_owned()),
            "x-ratelimit-remaining" => Some("many".to_owned()),
            _ => None,
        });
        assert_eq!(read, RateHeaders { limit: Some(1_000), ..Default::default() });
        let clock_steps_back = |mut bucket: Bucket| {
            bucket.ask(at(10_000), Rank::Write);
            bucket.ask(NOW, Rank::Write)
        };
        assert_eq!(clock_steps_back(Bucket::default()), Verdict::Go);
    }
}
