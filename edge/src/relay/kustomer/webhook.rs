//! The door: whether a request to a webhook's address was signed by the desk. Nothing is parsed before that, and
//! nothing that does not pass is stored or wakes an object.
//!
//! An address that does not exist costs the same as a bad signature and is answered alike, so that nobody can find
//! out which exist. Start with [`check`]; `super::read` is what comes after it.

use parlor_shared::Redacted;

/// One of the secrets that a request may be signed with.
#[derive(Clone, Debug)]
pub struct Key {
    /// The webhook's secret, as Kustomer shows it.
    pub secret: Redacted<String>,
    /// A header that the admin had Kustomer add to each delivery, where one is wanted: name and value.
    pub header: Option<(String, Redacted<String>)>,
    /// The account of the flow that the secret belongs to.
    pub account: String,
}

/// What stands at the door.
#[derive(Clone, Copy, Debug)]
pub struct Arrived<'a> {
    /// The raw body. Of one that is too long, what was read of it.
    pub body: &'a [u8],
    /// [`SIGNATURE_HEADER`].
    pub signature: Option<&'a str>,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict<'a> {
    /// Signed with this key.
    Signed(&'a Key),
    /// 401: not signed, or not by the desk.
    Unsigned,
    /// 413.
    TooLarge,
}

impl PartialEq for Key {
    /// By identity: secrets are compared at the door only.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Key {}

/// Checks a request against the keys of a hub, at most [`MAX_KEYS`] of them; none where the address does not exist.
///
/// `hmac` is HMAC-SHA256 of key and message. It is called once for each key, and once where there is none; whether
/// and where a key fits changes nothing in that.
pub fn check<'a>(
    keys: &'a [Key],
    arrived: Arrived<'_>,
    header: impl Fn(&str) -> Option<String>,
    mut hmac: impl FnMut(&[u8], &[u8]) -> [u8; 32],
) -> Verdict<'a> {
    if arrived.body.len() > MAX_BODY_BYTES {
        return Verdict::TooLarge;
    }
    let shown = arrived.signature.and_then(digest).unwrap_or_default();
    let shown_any = arrived.signature.and_then(digest).is_some();
    if keys.is_empty() {
        let _ = std::hint::black_box(same(&hmac(NO_KEY, arrived.body), &shown));
        return Verdict::Unsigned;
    }
    let mut fitting = None;
    for key in keys.iter().take(MAX_KEYS) {
        let wanted = hmac(key.secret.expose().as_bytes(), arrived.body);
        let header_fits = key.header.as_ref().is_none_or(|(name, value)| {
            let shown = header(name).unwrap_or_default();
            same(shown.as_bytes(), value.expose().as_bytes())
        });
        // An empty secret signs nothing: anybody knows it.
        let usable = shown_any && !key.secret.expose().is_empty();
        if same(&wanted, &shown) && header_fits && usable {
            fitting = fitting.or(Some(key));
        }
    }
    fitting.map_or(Verdict::Unsigned, Verdict::Signed)
}

/// HMAC-SHA256.
#[must_use]
pub fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    use hmac::{Hmac, KeyInit, Mac};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// Compares without telling by the time it takes where two texts differ. Their lengths are no secret.
fn same(a: &[u8], b: &[u8]) -> bool {
    let differing = a.iter().zip(b).fold(0, |differing, (a, b)| differing | (a ^ b));
    a.len() == b.len() && std::hint::black_box(differing) == 0
}

/// The signature's bytes: 64 lower-case hexadecimal digits and nothing else.
fn digest(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let digit = |at: usize| match pair.get(at)? {
            digit @ b'0'..=b'9' => Some(digit - b'0'),
            digit @ b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        };
        *byte = digit(0)? << 4 | digit(1)?;
    }
    Some(digest)
}

/// Where Kustomer puts the signature. Source: docs/VENDORS.md, "Kustomer", "Webhooks".
pub const SIGNATURE_HEADER: &str = "X-Kustomer-Webhook-Signature";

/// Longest event that is read, in bytes; usual ones have a few thousand.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// Most secrets that one request is tried against: each is a pass over the body that anybody can ask for.
pub const MAX_KEYS: usize = 5;

/// Signs nothing; its digest is computed and thrown away.
const NO_KEY: &[u8] = b"no resource stands at this address";

#[cfg(test)]
mod tests {
    use super::*;

    fn key(secret: &str) -> Key {
        Key { secret: Redacted::new(secret.to_owned()), header: None, account: secret.to_owned() }
    }

    fn hex(digest: [u8; 32]) -> String {
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The account whose key fits, and how often the body was hashed.
    fn checked(keys: &[Key], body: &[u8], signature: Option<&str>) -> (Option<String>, usize) {
        let mut count = 0;
        let verdict = check(
            keys,
            Arrived { body, signature },
            |_| None,
            |key, message| {
                count += 1;
                hmac_sha256(key, message)
            },
        );
        let account = match verdict {
            Verdict::Signed(key) => Some(key.account.clone()),
            _ => None,
        };
        (account, count)
    }

    /// The vectors of reference section 8.9, computed by others.
    #[test]
    fn known_signatures_hold() {
        for (token, body, signature) in [
            (
                "test-token-1",
                r#"{"name":"kustomer.message.create","data":{"id":"1"}}"#,
                "a7bbbe1bc86302613df7be0d3c2103d702b4405ef1e6585d31ab6d4365198629",
            ),
            (
                "test-token-1",
                "",
                "6c83d16baf05f909b0bfd453fb17411b580d4829842190970bfb0e0b14320c25",
            ),
            (
                "s3crét",
                r#"{"preview":"café ☕"}"#,
                "d1d9ed63fe7ed084b6147aa3bbcd7844b79d25cf0df99616752eca351041da95",
            ),
        ] {
            let fits = checked(&[key(token)], body.as_bytes(), Some(signature));
            assert_eq!(fits, (Some(token.to_owned()), 1));
            let other = checked(&[key("another")], body.as_bytes(), Some(signature));
            assert_eq!(other, (None, 1));
            let longer = checked(&[key(token)], format!("{body} ").as_bytes(), Some(signature));
            assert_eq!(longer, (None, 1));
        }
    }

    #[test]
    fn an_address_that_does_not_exist_costs_what_a_bad_signature_costs() {
        let body = b"{}";
        let good = hex(hmac_sha256(b"k1", body));
        for signature in [None, Some(""), Some("zz"), Some(good.as_str())] {
            assert_eq!(checked(&[], body, signature), (None, 1), "{signature:?}");
        }
        for signature in [None, Some(""), Some("zz")] {
            assert_eq!(checked(&[key("k1")], body, signature), (None, 1), "{signature:?}");
        }
        // The key of nothing signs nothing either.
        let nothing = hex(hmac_sha256(NO_KEY, body));
        assert_eq!(checked(&[], body, Some(&nothing)), (None, 1));
    }

    #[test]
    fn five_secrets_are_tried_and_all_of_them_always() {
        let keys: Vec<Key> = ["k1", "k2", "k3", "k4", "k5", "k6"].map(key).into();
        for (at, name) in ["k1", "k2", "k3", "k4", "k5"].iter().enumerate() {
            let signature = hex(hmac_sha256(name.as_bytes(), b"x"));
            let expected = Some((*name).to_owned());
            assert_eq!(checked(&keys, b"x", Some(&signature)), (expected, 5), "{at}");
        }
        let sixth = hex(hmac_sha256(b"k6", b"x"));
        assert_eq!(checked(&keys, b"x", Some(&sixth)), (None, 5));
    }

    #[test]
    fn only_the_documented_form_is_a_signature() {
        let good = hex(hmac_sha256(b"k1", b"x"));
        for wrong in [
            good.to_uppercase(),
            format!("sha256={good}"),
            format!("{good} "),
            format!(" {good}"),
            good[..63].to_owned(),
            format!("{good}0"),
            good.replace(|c: char| c.is_ascii_digit(), "é"),
            "0".repeat(64),
        ] {
            assert_eq!(checked(&[key("k1")], b"x", Some(&wrong)).0, None, "{wrong}");
        }
    }

    #[test]
    fn without_a_secret_the_door_is_shut() {
        let empty = hex(hmac_sha256(b"", b"x"));
        assert_eq!(checked(&[key("")], b"x", Some(&empty)), (None, 1));
    }

    #[test]
    fn a_header_that_is_wanted_must_be_there_too() {
        let header = Some(("X-Relay-Key".to_owned(), Redacted::new("opaque".to_owned())));
        let keys = [Key { header, ..key("k1") }];
        let signature = hex(hmac_sha256(b"k1", b"x"));
        let arrived = Arrived { body: b"x", signature: Some(&signature) };
        let with = |value: Option<&str>| {
            let header = |name: &str| {
                assert_eq!(name, "X-Relay-Key");
                value.map(str::to_owned)
            };
            matches!(check(&keys, arrived, header, hmac_sha256), Verdict::Signed(_))
        };
        assert!(with(Some("opaque")));
        assert!(!with(Some("Opaque")) && !with(Some("opaque ")) && !with(Some("")) && !with(None));
    }

    #[test]
    fn absurd_sizes_are_not_hashed() {
        let body = vec![b'x'; MAX_BODY_BYTES + 1];
        let none = |_: &[u8], _: &[u8]| panic!("hashed");
        let arrived = Arrived { body: &body, signature: None };
        assert_eq!(check(&[], arrived, |_| None, none), Verdict::TooLarge);
    }
}
