//! When a hub is open, in its own time zone.
//!
//! The zone's rules are the platform's: the shell asks it what the clocks in the zone show now, and hands in
//! a [`LocalTime`].

use std::time::Duration;

use parlor_shared::Timestamp;

/// Minutes of a day.
const DAY_MINUTES: u16 = 24 * 60;

/// A calendar date.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// What clocks and calendars show in a hub's time zone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LocalTime {
    date: Date,
    minute_of_day: u16,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Weekday {
    /// As named.
    Monday,
    /// As named.
    Tuesday,
    /// As named.
    Wednesday,
    /// As named.
    Thursday,
    /// As named.
    Friday,
    /// As named.
    Saturday,
    /// As named.
    Sunday,
}

/// A span of one day: from the minute at which it opens until just before the one at which it closes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Span {
    opens: u16,
    closes: u16,
}

/// When a hub is open.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hours {
    /// IANA name, well-formed; only the platform knows whether there is such a zone.
    pub time_zone: String,
    pub(super) week: [Vec<Span>; 7],
    /// Closed all day.
    pub(super) holidays: Vec<Date>,
}

impl Date {
    /// A date that exists in the Gregorian calendar, from year 1.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let leap =
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        let exists = (1..=9999).contains(&year) && (1..=days).contains(&day);
        exists.then_some(Self { year, month, day })
    }

    /// Parses `2026-12-25`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let year = digits(parts.next()?, 4)?;
        let month = u8::try_from(digits(parts.next()?, 2)?).ok()?;
        let day = u8::try_from(digits(parts.next()?, 2)?).ok()?;
        match parts.next() {
            Some(_) => None,
            None => Self::new(year, month, day),
        }
    }

    /// The day after.
    fn next(self) -> Option<Self> {
        let Self { year, month, day } = self;
        Self::new(year, month, day + 1)
            .or_else(|| Self::new(year, month + 1, 1))
            .or_else(|| Self::new(year + 1, 1, 1))
    }

    /// The day of the week.
    #[must_use]
    pub fn weekday(self) -> Weekday {
        // The first day that is counted was a Wednesday.
        match self.days() % 7 {
            0 => Weekday::Wednesday,
            1 => Weekday::Thursday,
            2 => Weekday::Friday,
            3 => Weekday::Saturday,
            4 => Weekday::Sunday,
            5 => Weekday::Monday,
            _ => Weekday::Tuesday,
        }
    }

    /// How many days lie between the beginning of the count and this one.
    fn days(self) -> u32 {
        // Days since 0000-03-01: counting years from March puts the leap day last, so that the days before
        // each month follow one formula.
        let (month, year) = match u32::from(self.month) {
            month @ 1..=2 => (month + 9, u32::from(self.year) - 1),
            month => (month - 3, u32::from(self.year)),
        };
        let leap_days = year / 4 - year / 100 + year / 400;
        year * 365 + leap_days + (month * 153 + 2) / 5 + u32::from(self.day) - 1
    }
}

impl LocalTime {
    /// What a clock and a calendar show. None for what no clock shows, such as 24:00.
    #[must_use]
    pub fn new(date: Date, hour: u8, minute: u8) -> Option<Self> {
        let shown = hour < 24 && minute < 60;
        shown.then_some(Self { date, minute_of_day: u16::from(hour) * 60 + u16::from(minute) })
    }

    /// The date.
    #[must_use]
    pub const fn date(self) -> Date {
        self.date
    }

    /// Minutes since midnight.
    #[must_use]
    pub const fn minute_of_day(self) -> u16 {
        self.minute_of_day
    }
}

impl LocalTime {
    /// Minutes from one to another on the calendar, as if no clock were ever changed.
    fn minutes_to(self, other: Self) -> i64 {
        let minutes = |it: Self| i64::from(it.date.days()) * 1_440 + i64::from(it.minute_of_day);
        minutes(other) - minutes(self)
    }
}

impl Weekday {
    /// The names of documents, in the order of the week.
    pub(super) const NAMES: [(&'static str, Self); 7] = [
        ("monday", Self::Monday),
        ("tuesday", Self::Tuesday),
        ("wednesday", Self::Wednesday),
        ("thursday", Self::Thursday),
        ("friday", Self::Friday),
        ("saturday", Self::Saturday),
        ("sunday", Self::Sunday),
    ];
}

impl Span {
    /// Parses `09:00` and `18:00`; the end may be `24:00`. None unless the end is after the start.
    pub(super) fn parse(opens: &str, closes: &str) -> Option<Self> {
        let (opens, closes) = (minutes(opens)?, minutes(closes)?);
        (opens < closes).then_some(Self { opens, closes })
    }

    /// Whether this span begins after `earlier` has ended.
    pub(super) const fn is_after(self, earlier: Self) -> bool {
        self.opens >= earlier.closes
    }

    const fn contains(self, minute: u16) -> bool {
        self.opens <= minute && minute < self.closes
    }
}

impl Hours {
    /// From when until when the hub is open, in order: all of the day that its clocks show at `now`, and of the six
    /// after. `clock` tells what they show at an instant; where it does not know, there is nothing to tell.
    #[must_use]
    pub fn week_from(
        &self,
        now: Timestamp,
        clock: &dyn Fn(Timestamp) -> Option<LocalTime>,
    ) -> Vec<(Timestamp, Timestamp)> {
        let Some(today) = clock(now) else { return Vec::new() };
        let mut spans = Vec::new();
        let mut date = Some(today.date);
        for _ in 0..7 {
            let Some(day) = date else { break };
            for span in self.spans_of(day) {
                let instant = |minute| instant(now, today, day, minute, clock);
                if let (Some(opens), Some(closes)) = (instant(span.opens), instant(span.closes)) {
                    spans.push((opens, closes));
                }
            }
            date = day.next();
        }
        spans
    }

    /// Whether the hub is open at what its clocks show.
    #[must_use]
    pub fn is_open(&self, at: LocalTime) -> bool {
        self.spans_of(at.date).iter().any(|it| it.contains(at.minute_of_day))
    }

    /// When the hub is open on that day.
    fn spans_of(&self, date: Date) -> &[Span] {
        if self.holidays.contains(&date) {
            return &[];
        }
        let [mon, tue, wed, thu, fri, sat, sun] = &self.week;
        match date.weekday() {
            Weekday::Monday => mon,
            Weekday::Tuesday => tue,
            Weekday::Wednesday => wed,
            Weekday::Thursday => thu,
            Weekday::Friday => fri,
            Weekday::Saturday => sat,
            Weekday::Sunday => sun,
        }
    }
}

/// The instant at which the zone's clocks show that minute of that day: the first guess is mended by what they show
/// there. A minute that they leave out, in the night of a change, comes out as one beside it.
fn instant(
    now: Timestamp,
    today: LocalTime,
    date: Date,
    minute: u16,
    clock: &dyn Fn(Timestamp) -> Option<LocalTime>,
) -> Option<Timestamp> {
    let wanted = LocalTime { date, minute_of_day: minute };
    let since_minute = now.as_ms() % 60_000;
    let mut at = shifted(Timestamp::from_ms(now.as_ms() - since_minute), today.minutes_to(wanted))?;
    for _ in 0..2 {
        at = shifted(at, clock(at)?.minutes_to(wanted))?;
    }
    Some(at)
}

fn shifted(at: Timestamp, minutes: i64) -> Option<Timestamp> {
    let by = Duration::from_secs(minutes.unsigned_abs() * 60);
    let ms = u64::try_from(by.as_millis()).ok()?;
    let at = at.as_ms();
    Some(Timestamp::from_ms(if minutes < 0 { at.checked_sub(ms)? } else { at.checked_add(ms)? }))
}

fn minutes(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute) = (digits(hour, 2)?, digits(minute, 2)?);
    let at = hour * 60 + minute;
    (minute < 60 && at <= DAY_MINUTES).then_some(at)
}

/// Exactly `count` decimal digits.
fn digits(text: &str, count: usize) -> Option<u16> {
    let plain = text.len() == count && text.bytes().all(|it| it.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(date: &str, hour: u8, minute: u8) -> LocalTime {
        LocalTime::new(Date::parse(date).unwrap(), hour, minute).unwrap()
    }

    #[test]
    fn dates_exist_or_not() {
        for good in ["2026-12-25", "2024-02-29", "2000-02-29", "0001-01-01"] {
            assert!(Date::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "2026-12",
            "2026-2-25",
            "2026-13-01",
            "2026-00-01",
            "2026-04-31",
            "2026-02-29",
            "2100-02-29",
            "0000-01-01",
            "2026-12-25-",
            "26-12-25",
            "+026-12-25",
            "2026-12-00",
        ] {
            assert_eq!(Date::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn weekdays_are_those_of_the_calendar() {
        let weekday = |date| Date::parse(date).unwrap().weekday();
        assert_eq!(weekday("1970-01-01"), Weekday::Thursday);
        assert_eq!(weekday("2000-01-01"), Weekday::Saturday);
        assert_eq!(weekday("2024-02-29"), Weekday::Thursday);
        assert_eq!(weekday("2024-03-01"), Weekday::Friday);
        assert_eq!(weekday("2026-12-25"), Weekday::Friday);
        assert_eq!(weekday("0001-01-01"), Weekday::Monday);
        assert_eq!(weekday("9999-12-31"), Weekday::Friday);
    }

    #[test]
    fn each_day_follows_the_one_before() {
        let mut expected = (0..7).cycle().skip(6); // 2023-01-01 was a Sunday.
        for year in 2023..2033 {
            for month in 1..=12 {
                for day in 1..=31 {
                    if let Some(date) = Date::new(year, month, day) {
                        let (_, name) = Weekday::NAMES[expected.next().unwrap()];
                        assert_eq!(date.weekday(), name, "{date:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_hub_opens_on_the_minute_and_closes_on_it() {
        let mut hours = Hours {
            time_zone: "Europe/Berlin".to_owned(),
            week: Default::default(),
            holidays: vec![Date::parse("2026-12-25").unwrap()],
        };
        hours.week[4] =
            vec![Span::parse("09:00", "12:30").unwrap(), Span::parse("13:30", "24:00").unwrap()];
        let friday = "2026-12-18";
        for (hour, minute, open) in [
            (8, 59, false),
            (9, 0, true),
            (12, 29, true),
            (12, 30, false),
            (13, 30, true),
            (23, 59, true),
        ] {
            assert_eq!(hours.is_open(at(friday, hour, minute)), open, "{hour}:{minute}");
        }
        assert!(!hours.is_open(at("2026-12-25", 10, 0)), "a holiday");
        assert!(!hours.is_open(at("2026-12-19", 10, 0)), "a Saturday");
    }

    /// A zone an hour ahead of UTC, and two from 01:00 UTC of 29 March 2026 on.
    fn berlin(at: Timestamp) -> Option<LocalTime> {
        let minutes = at.as_ms() / 60_000 + if at < SUMMER { 60 } else { 120 };
        // 1 March 2026 began in UTC at 1 772 323 200 s.
        let since = minutes.checked_sub(1_772_323_200 / 60)?;
        let mut date = Date::parse("2026-03-01")?;
        for _ in 0..since / 1_440 {
            date = date.next()?;
        }
        let minute = since % 1_440;
        LocalTime::new(date, u8::try_from(minute / 60).ok()?, u8::try_from(minute % 60).ok()?)
    }

    const SUMMER: Timestamp = Timestamp::from_ms(1_774_746_000_000);

    #[test]
    fn the_week_to_come_is_told_in_instants_across_a_change_of_clocks() {
        let span = |opens, closes| vec![Span::parse(opens, closes).unwrap()];
        let hours = Hours {
            time_zone: "Europe/Berlin".to_owned(),
            week: [
                span("09:00", "18:00"),
                Vec::new(),
                span("09:00", "18:00"),
                Vec::new(),
                span("10:00", "24:00"),
                Vec::new(),
                span("12:00", "13:00"),
            ],
            holidays: vec![Date::parse("2026-04-01").unwrap()],
        };
        // Friday 27 March, 20:15:30 in Berlin.
        let now = Timestamp::from_ms(1_774_638_930_000);
        let told: Vec<String> = hours
            .week_from(now, &berlin)
            .into_iter()
            .map(|(opens, closes)| {
                format!("{} {}", opens.as_ms() / 60_000, closes.as_ms() / 60_000)
            })
            .collect();
        let utc = |day: u64, hour: u64| 1_774_569_600 / 60 + day * 1_440 + hour * 60;
        assert_eq!(
            told,
            [
                format!("{} {}", utc(0, 9), utc(0, 23)),
                format!("{} {}", utc(2, 10), utc(2, 11)),
                format!("{} {}", utc(3, 7), utc(3, 16)),
            ],
            "Friday until midnight, Sunday and Monday in summer time, and Wednesday is a holiday"
        );
        assert_eq!(hours.week_from(now, &|_| None), []);
    }

    #[test]
    fn spans_are_times_of_one_day_in_order() {
        assert!(Span::parse("00:00", "24:00").is_some());
        for (opens, closes) in [
            ("09:00", "09:00"),
            ("22:00", "06:00"),
            ("9:00", "18:00"),
            ("09:00", "24:01"),
            ("09:60", "18:00"),
            ("09", "18"),
            ("", ""),
            ("09:00:00", "18:00"),
        ] {
            assert_eq!(Span::parse(opens, closes), None, "{opens} {closes}");
        }
    }

    #[test]
    fn local_times_are_what_a_clock_shows() {
        let date = Date::new(2026, 10, 1).unwrap();
        assert_eq!(LocalTime::new(date, 24, 0), None);
        assert_eq!(LocalTime::new(date, 23, 60), None);
        let late = LocalTime::new(date, 23, 59).unwrap();
        assert_eq!((late.date(), late.minute_of_day()), (date, 1439));
    }
}
