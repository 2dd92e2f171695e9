//! Ids of hubs and flows.

use std::fmt;

use parlor_shared::id::ResourceId;

/// Longest id of a hub or flow, in characters. KV keys may have 512 bytes; a person has to read these.
const MAX_CHARS: usize = 64;

/// A string that is not an id of a hub, flow or account.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("an id has 1 to {MAX_CHARS} of a-z, 0-9, `-` and `_`, and starts with a letter or digit")]
pub struct SlugError;

/// The id of a document, as it stands in the document and behind the colon of its key.
pub trait DocumentId: Clone + fmt::Debug + fmt::Display + Ord {
    /// What stands before the colon.
    const KIND: &'static str;

    /// The key under which the document is published to KV.
    fn key(&self) -> String {
        format!("{}:{self}", Self::KIND)
    }
}

macro_rules! slug {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name(String);

        impl $name {
            /// Checks the form of `text`.
            ///
            /// # Errors
            /// [`SlugError`] says what form was expected.
            pub fn parse(text: &str) -> Result<Self, SlugError> {
                check(text).map(|()| Self(text.to_owned()))
            }

            /// The id as it is written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl DocumentId for $name {
            const KIND: &'static str = $kind;
        }
    };
}

slug!(
    /// A hub: chosen by an admin, or minted.
    HubId,
    "hub"
);
slug!(
    /// A routing flow: chosen by an admin, or minted.
    FlowId,
    "flow"
);

slug!(
    /// A connected account: chosen by an admin, or minted.
    AccountId,
    "account"
);

impl DocumentId for ResourceId {
    const KIND: &'static str = "resource";
}

fn check(text: &str) -> Result<(), SlugError> {
    let first = text.bytes().next().ok_or(SlugError)?;
    let lower = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let well_formed = text.len() <= MAX_CHARS
        && lower(first)
        && text.bytes().all(|byte| lower(byte) || matches!(byte, b'-' | b'_'));
    if well_formed { Ok(()) } else { Err(SlugError) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_safe_in_keys_addresses_and_logs() {
        for good in ["shop", "0", "sales_de-2", &"x".repeat(MAX_CHARS)] {
            assert!(HubId::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "_a", "Shop", "a:b", "a b", "a/b", "é", &"x".repeat(MAX_CHARS + 1)] {
            assert_eq!(FlowId::parse(bad), Err(SlugError), "{bad}");
        }
    }

    /// The shell reads what the registry and the demo wrote: both must name the same key.
    #[test]
    fn key_format_unchanged() {
        assert_eq!(HubId::parse("shop").unwrap().key(), "hub:shop");
        assert_eq!(FlowId::parse("sales").unwrap().key(), "flow:sales");
        assert_eq!(AccountId::parse("acme").unwrap().key(), "account:acme");
        let id = "3f0c2d1e-9a4b-4c3d-8e2f-001122334455";
        assert_eq!(ResourceId::parse(id).unwrap().key(), format!("resource:{id}"));
    }
}
