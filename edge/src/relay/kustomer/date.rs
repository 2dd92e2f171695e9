//! Kustomer's dates: ISO 8601, UTC, with milliseconds, such as `2026-01-14T09:20:31.004Z`.

use parlor_shared::Timestamp;

/// Reads a date; anything else than UTC is none.
pub fn read(text: &str) -> Option<Timestamp> {
    let rest = text.strip_suffix('Z')?;
    let (date, time) = rest.split_once('T')?;
    let mut date = date.splitn(3, '-').map(number);
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let mut time = time.splitn(3, ':').map(number);
    let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
    let within = (1970..=9_999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    if !within {
        return None;
    }
    let ms = number(&format!("{:0<3}", fraction.get(..fraction.len().min(3))?))?;
    let seconds = ((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    Some(Timestamp::from_ms(seconds * 1_000 + ms))
}

/// Writes a date.
pub fn write(at: Timestamp) -> String {
    let ms = at.as_ms();
    let (seconds, days) = (ms / 1_000, ms / 86_400_000);
    let (year, month, day) = civil(days);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z",
        seconds / 3_600 % 24,
        seconds / 60 % 60,
        seconds % 60,
        ms % 1_000
    )
}

fn number(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.len() <= 9 && text.bytes().all(|it| it.is_ascii_digit());
    plain.then(|| text.parse().ok())?
}

/// Days since 1970-01-01 of a date of the Gregorian calendar, from 1970 on. Years begin in March, so that the leap
/// day is the last.
const fn days(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + of_year - EPOCH
}

const fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + EPOCH;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + (month <= 2) as u64, month, day)
}

/// Days from 0000-03-01 to 1970-01-01.
const EPOCH: u64 = 719_468;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_go_there_and_back() {
        for (text, ms) in [
            ("1970-01-01T00:00:00.000Z", 0),
            ("2026-01-14T09:20:31.004Z", 1_768_382_431_004),
            ("2024-02-29T23:59:59.999Z", 1_709_251_199_999),
            ("2025-03-21T20:13:07.702Z", 1_742_587_987_702),
            ("2000-12-31T00:00:00.000Z", 978_220_800_000),
        ] {
            assert_eq!(read(text), Some(Timestamp::from_ms(ms)), "{text}");
            assert_eq!(write(Timestamp::from_ms(ms)), text);
        }
        for ms in (0..4_000_000_000_000).step_by(86_399_999_983 / 7) {
            let at = Timestamp::from_ms(ms);
            assert_eq!(read(&write(at)), Some(at), "{ms}");
        }
    }

    #[test]
    fn fractions_may_be_short_or_absent() {
        let second = Timestamp::from_ms(1_768_382_431_000);
        assert_eq!(read("2026-01-14T09:20:31Z"), Some(second));
        assert_eq!(
            read("2026-01-14T09:20:31.5Z"),
            Some(second + std::time::Duration::from_millis(500))
        );
        assert_eq!(
            read("2026-01-14T09:20:31.123456Z"),
            Some(second + std::time::Duration::from_millis(123))
        );
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "Z",
            "2026-01-14",
            "2026-01-14T09:20:31.004+01:00",
            "2026-13-14T09:20:31.004Z",
            "2026-00-14T09:20:31.004Z",
            "1969-12-31T09:20:31.004Z",
            "99999-01-14T09:20:31.004Z",
            "2026-01-14T25:20:31.004Z",
            "2026-01-14T-1:20:31.004Z",
            "2026-01-14T09:20:31.0é4Z",
            "2026-01-14T09:20:311111111111111111111Z",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
