//! A wrapper for what must not be printed.

use std::fmt;

/// Prints as `<redacted>` everywhere but at its one exit, [`Redacted::expose`].
///
/// Not serialisable on purpose: a secret that must be stored or sent is exposed by name where that happens.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct Redacted<T>(T);

impl<T> Redacted<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Each caller is a place where a secret leaves: keep them few.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<redacted>")
    }
}

impl<T> fmt::Display for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<redacted>")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_format_shows_the_value() {
        let key = Redacted::new("abc!def");
        assert_eq!(format!("{key} {key:?}"), "<redacted> <redacted>");
        assert_eq!(*key.expose(), "abc!def");
    }
}
