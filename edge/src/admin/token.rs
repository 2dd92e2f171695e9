//! Bearer tokens: named, hashed, revocable, each with a role.
//!
//! A token is `parlor_<id>_<secret>`: the id finds its row, the secret has 256 random bits, and only the SHA-256 of the
//! whole is kept. A slow hash would add nothing: nobody guesses 256 bits. The name in front lets scanners of leaked secrets
//! know one when they see it.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use parlor_shared::{Redacted, Timestamp};
use sha2::{Digest, Sha256};

use super::routes::Role;

/// Shortest `ADMIN_TOKEN`, in bytes: it is chosen by a person, and guessing is bounded by the rate only.
pub const ADMIN_TOKEN_MIN_BYTES: usize = 24;

/// Longest token that is looked at, in bytes.
const MAX_BYTES: usize = 512;

/// SHA-256 of a token, as hex digits.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hash(String);

/// A named token, without its secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Named {
    /// Finds it; part of the token itself.
    pub id: String,
    /// For people, and for the audit log.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Of the whole token.
    pub hash: Hash,
    /// When it was made.
    pub created: Timestamp,
    /// By whom.
    pub created_by: String,
    /// When it stops being good; never, if none.
    pub expires: Option<Timestamp>,
}

impl Hash {
    /// The hash of a token.
    #[must_use]
    pub fn of(token: &str) -> Self {
        let digest = Sha256::digest(token.as_bytes());
        Self(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// What was stored.
    #[must_use]
    pub fn stored(hex: &str) -> Self {
        Self(hex.to_owned())
    }

    /// For storing.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A new token: its id and its text, which is shown once. `bits` are 128 random bits each.
#[must_use]
pub fn mint(id_bits: u64, secret: [u128; 2]) -> (String, Redacted<String>) {
    let id = format!("{id_bits:016x}");
    let bytes: Vec<u8> = secret.iter().flat_map(|it| it.to_le_bytes()).collect();
    let text = format!("{PREFIX}{id}_{}", URL_SAFE_NO_PAD.encode(bytes));
    (id, Redacted::new(text))
}

/// The id in a token's text; none, if it has not the form of a named token.
#[must_use]
pub fn id_of(token: &str) -> Option<&str> {
    let (id, _) = token.strip_prefix(PREFIX)?.split_once('_')?;
    Some(id)
}

/// The token of an `Authorization` header; none, if it is no bearer token.
#[must_use]
pub fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    let token = token.trim();
    let good =
        scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.len() <= MAX_BYTES;
    good.then_some(token)
}

const PREFIX: &str = "parlor_";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_by_its_id_and_known_by_its_hash() {
        let (id, token) = mint(7, [1, 2]);
        assert_eq!(id_of(token.expose()), Some(id.as_str()));
        assert_eq!(token.expose().len(), 7 + 16 + 1 + 43);
        assert_ne!(Hash::of(token.expose()), Hash::of(mint(7, [1, 3]).1.expose()));
        // FIPS 180-4's own example.
        assert_eq!(
            Hash::of("abc").as_str(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn a_bearer_token_is_one_word_behind_its_scheme() {
        assert_eq!(bearer("Bearer abc"), Some("abc"));
        assert_eq!(bearer("bearer  abc "), Some("abc"));
        for bad in
            ["", "Bearer", "Bearer ", "Basic abc", "abc", &format!("Bearer {}", "x".repeat(513))]
        {
            assert_eq!(bearer(bad), None, "{bad}");
        }
    }
}
