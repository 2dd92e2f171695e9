//! Numbers as text, without the machinery behind `format!`: it would be a kilobyte of every visitor's first load.

/// `number` in decimal digits.
#[must_use]
pub fn digits(number: impl Into<u64>) -> String {
    write(number.into())
}

fn write(number: u64) -> String {
    let mut text = String::new();
    let mut unit = 1;
    while number / unit >= 10 {
        unit *= 10;
    }
    while unit > 0 {
        text.extend(char::from_digit((number / unit % 10) as u32, 10));
        unit /= 10;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_standard_library_does() {
        for number in [0, 9, 10, 99, 100, 4_000, 1_700_000_000_000, u64::MAX] {
            assert_eq!(digits(number), number.to_string());
        }
    }
}
