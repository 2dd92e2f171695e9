//! What a visitor may say: bounded, printable text.

use serde::Serialize;

/// Longest visitor message, in Unicode scalar values after trimming.
///
/// Source: docs/VENDORS.md, "Limits": no desk documents a smaller one, and Live Agent documents none.
/// Raising it is safe for the wire (see [`crate::wire::MAX_FRAME_BYTES`]) and for stored rows (2 MB).
pub const MAX_CHARS: usize = 4_000;

/// A visitor's message: trimmed, not empty, at most [`MAX_CHARS`] long, without control characters
/// (line feed and tab excepted) and without bidirectional overrides.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct MessageText(String);

/// Why a text is not a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TextError {
    /// Nothing is left after trimming.
    #[error("the text is empty")]
    Empty,
    /// More than [`MAX_CHARS`].
    #[error("the text has {chars} characters, {MAX_CHARS} are allowed")]
    TooLong {
        /// How many there are.
        chars: usize,
    },
    /// A control character other than line feed and tab.
    #[error("the text has a control character at {at}")]
    Control {
        /// Index of the character.
        at: usize,
    },
    /// A bidirectional embedding, override or isolate: it can make an agent read another text than was sent.
    #[error("the text has a bidirectional control at {at}")]
    Bidi {
        /// Index of the character.
        at: usize,
    },
}

impl TextError {
    /// Stable name, without values.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "text_empty",
            Self::TooLong { .. } => "text_too_long",
            Self::Control { .. } => "text_control",
            Self::Bidi { .. } => "text_bidi",
        }
    }
}

impl MessageText {
    /// Trims and checks `text`.
    ///
    /// # Errors
    /// The first of [`TextError`] that applies.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        let chars = text.chars().count();
        if chars > MAX_CHARS {
            return Err(TextError::TooLong { chars });
        }
        for (at, c) in text.chars().enumerate() {
            if is_control(c) {
                return Err(TextError::Control { at });
            }
            if is_bidi_control(c) {
                return Err(TextError::Bidi { at });
            }
        }
        Ok(Self(text.to_owned()))
    }

    /// `text` without what [`MessageText::parse`] refuses inside a text; length and emptiness are left alone.
    ///
    /// The widget sends this, so that somebody who pastes from a word processor is not told about characters
    /// that cannot be seen. The edge never cleans: it refuses, because a text it changed is not what was said.
    #[must_use]
    pub fn clean(text: &str) -> String {
        let mut cleaned = String::with_capacity(text.len());
        let mut after_return = false;
        for c in text.trim().chars() {
            match c {
                '\r' => cleaned.push('\n'),
                '\n' if after_return => {}
                c if is_control(c) || is_bidi_control(c) => {}
                c => cleaned.push(c),
            }
            after_return = c == '\r';
        }
        cleaned.trim().to_owned()
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<MessageText> for String {
    fn from(text: MessageText) -> Self {
        text.0
    }
}

fn is_control(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t')
}

/// Embeddings, overrides and isolates. Left-to-right, right-to-left and Arabic letter marks are harmless
/// and common in Arabic and Hebrew text.
fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_kept_to_the_letter_but_for_the_ends() {
        let text = MessageText::parse("  Grüße 👋🏽\n\tשלום\u{200f}  ").unwrap();
        assert_eq!(text.as_str(), "Grüße 👋🏽\n\tשלום\u{200f}");
    }

    #[test]
    fn each_refusal_has_its_code() {
        let code = |text: &str| MessageText::parse(text).unwrap_err().code();
        assert_eq!(code(" \n\t "), "text_empty");
        assert_eq!(code(&"x".repeat(MAX_CHARS + 1)), "text_too_long");
        assert_eq!(code("a\u{0}b"), "text_control");
        assert_eq!(code("a\u{9b}b"), "text_control");
        assert_eq!(code("a\u{202e}b"), "text_bidi");
        assert_eq!(code("a\u{2066}b"), "text_bidi");
    }

    #[test]
    fn the_limit_counts_characters_not_bytes() {
        assert!(MessageText::parse(&"é".repeat(MAX_CHARS)).is_ok());
    }

    #[test]
    fn cleaned_text_is_never_refused_for_what_cannot_be_seen() {
        let cleaned = MessageText::clean("a\r\nb\u{0}\u{202e}c\r");
        assert_eq!(cleaned, "a\nbc");
        assert!(MessageText::parse(&cleaned).is_ok());
    }
}
