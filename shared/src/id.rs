//! Ids as types. A value that exists is well-formed.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A string that is not an id of the kind that was asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum IdError {
    /// Message and resource ids.
    #[error("not a lower-case UUID")]
    Uuid,
    /// Message ids: Salesforce checks the version digit of ids that clients mint.
    #[error("not a version 4 UUID")]
    Version4,
    /// Conversation ids: what the platform calls a unique object id.
    #[error("not 64 lower-case hexadecimal digits")]
    Hex64,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $check:path) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks the form of `text`.
            ///
            /// # Errors
            /// [`IdError`] says what form was expected.
            pub fn parse(text: impl Into<String>) -> Result<Self, IdError> {
                let text = text.into();
                $check(&text).map(|()| Self(text))
            }

            /// The id as it is written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// A visitor's message, minted by the widget: lower-case UUID, version 4.
    ///
    /// It makes sending idempotent. It says nothing about order: sequence numbers do.
    MessageId,
    uuid_v4
);
id!(
    /// A web chat or Kustomer resource: unguessable, lower-case UUID.
    ResourceId,
    uuid
);
id!(
    /// A conversation: the 64 hexadecimal digits of its Durable Object.
    ConversationId,
    hex64
);

impl MessageId {
    /// The id made of 128 random bits.
    #[must_use]
    pub fn from_random(bits: u128) -> Self {
        let bits = (bits & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
        let mut text = String::with_capacity(36);
        // By hand: the machinery behind `format!` would be part of every visitor's first load.
        for at in 0..32 {
            if matches!(at, 8 | 12 | 16 | 20) {
                text.push('-');
            }
            let digit = (bits >> (124 - 4 * at)) as u32 & 0xf;
            text.extend(char::from_digit(digit, 16));
        }
        Self(text)
    }
}

fn lower_hex(byte: u8) -> bool {
    byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)
}

fn uuid(text: &str) -> Result<(), IdError> {
    let well_formed = text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => lower_hex(byte),
        });
    if well_formed { Ok(()) } else { Err(IdError::Uuid) }
}

fn uuid_v4(text: &str) -> Result<(), IdError> {
    uuid(text)?;
    let bytes = text.as_bytes();
    match (bytes.get(14), bytes.get(19)) {
        (Some(b'4'), Some(b'8' | b'9' | b'a' | b'b')) => Ok(()),
        _ => Err(IdError::Version4),
    }
}

fn hex64(text: &str) -> Result<(), IdError> {
    if text.len() == 64 && text.bytes().all(lower_hex) { Ok(()) } else { Err(IdError::Hex64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minted_ids_are_version_4() {
        for bits in [0, u128::MAX, 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef] {
            let id = MessageId::from_random(bits);
            assert_eq!(MessageId::parse(id.as_str()), Ok(id));
        }
    }

    #[test]
    fn wrong_forms_are_named() {
        let good = "3f0c2d1e-9a4b-4c3d-8e2f-001122334455";
        assert!(MessageId::parse(good).is_ok());
        assert_eq!(MessageId::parse(good.to_uppercase()), Err(IdError::Uuid));
        assert_eq!(MessageId::parse(good.replace("-4c", "-1c")), Err(IdError::Version4));
        assert_eq!(MessageId::parse(good.replace("-8e", "-7e")), Err(IdError::Version4));
        assert_eq!(ResourceId::parse(""), Err(IdError::Uuid));
        assert_eq!(ConversationId::parse("abc"), Err(IdError::Hex64));
        assert!(ConversationId::parse("0".repeat(64)).is_ok());
    }
}
