//! Times as Kustomer writes them: ISO 8601 in UTC with milliseconds, `2025-03-21T20:13:07.702Z` (section 2).

/// Milliseconds since 1970 as text.
pub(super) fn text(ms: i64) -> String {
    let (day, rest) = (ms.div_euclid(DAY_MS), ms.rem_euclid(DAY_MS));
    let (year, month, date) = civil(day);
    let (hour, minute) = (rest / 3_600_000, rest / 60_000 % 60);
    let (second, milli) = (rest / 1_000 % 60, rest % 1_000);
    format!("{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// What [`text`] writes, also without the fraction or with an offset. `None` where it is no time.
pub(super) fn parse(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(['T', 't'])?;
    let mut parts = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let split = time.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = (time.get(..split)?, time.get(split..)?);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut parts = clock.splitn(3, ':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    let milli: i64 = digits.parse().ok()?;
    let offset_min = if zone.eq_ignore_ascii_case("z") {
        0
    } else {
        let (hours, minutes) = zone.get(1..)?.split_once(':')?;
        let minutes = hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?;
        if zone.starts_with('-') { -minutes } else { minutes }
    };
    let sane = (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..61).contains(&second);
    let minutes = (days(year, month, day) * 24 + hour) * 60 + minute - offset_min;
    sane.then_some((minutes * 60 + second) * 1_000 + milli)
}

/// Year, month and day of a day counted from 1970-01-01. Source: Howard Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms", civil_from_days.
fn civil(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, date)
}

/// The other way round: days_from_civil of the same page.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_era = year.rem_euclid(400);
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * shifted_month + 2) / 5 + day - 1;
    year.div_euclid(400) * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

const DAY_MS: i64 = 86_400_000;

#[cfg(test)]
mod tests {
    use super::{parse, text};

    #[test]
    fn times_are_written_and_read() {
        for (ms, written) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_742_587_987_702, "2025-03-21T20:13:07.702Z"),
            (1_709_164_800_000, "2024-02-29T00:00:00.000Z"),
        ] {
            assert_eq!(text(ms), written);
            assert_eq!(parse(written), Some(ms));
        }
        assert_eq!(parse("2025-03-21T22:13:07.702+02:00"), Some(1_742_587_987_702));
        assert_eq!(parse("2025-03-21T20:13:07Z"), Some(1_742_587_987_000));
        for wrong in ["", "yesterday", "2025-03-21", "2025-13-21T00:00:00Z", "2025-03-21T25:00:00Z"]
        {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
