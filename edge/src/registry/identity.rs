//! The keys with which a site's server signs who its visitors are, as a hub holds them.
//!
//! A key is named by its id, which a token's header repeats (`kid`), so that several can be good at once while keys are
//! changed. Of a pair only the public half is stored; a shared secret is sealed like every other.

use std::collections::BTreeMap;

use super::{
    account,
    id::HubId,
    problem::Code,
    public_key::{Family, PublicKey},
    read::{MAX_ID_CHARS, Node, Report},
    sealed::{self, Sealed},
};

/// Most keys of one hub: a site or two, each with an old and a new one.
const MAX_KEYS: usize = 10;

/// Longest id of a key, in bytes: the thumbprint of RFC 7638 has 43.
const MAX_KEY_ID_BYTES: usize = 64;

/// Longest public key, in characters of its PEM: RSA of 8192 bits has 1,500.
const MAX_PEM_CHARS: usize = 2_000;

/// Shortest shared secret, in bytes: RFC 7518, section 3.2.
pub const MIN_SECRET_BYTES: usize = 32;

/// How a hub knows who its visitors are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Identity {
    /// Visitors whom nobody vouches for are refused.
    pub required: bool,
    /// At least one, by their ids.
    pub keys: BTreeMap<String, Key>,
}

/// A key that a site's server signs with.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Key {
    /// HS256: HMAC-SHA256 under a secret that both know.
    Hs256(Sealed),
    /// RS256: RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256(PublicKey),
    /// ES256: ECDSA on P-256 with SHA-256.
    Es256(PublicKey),
}

#[derive(Clone, Copy)]
enum Algorithm {
    Hs256,
    Rs256,
    Es256,
}

impl Identity {
    /// Where the secret of a key is sealed for.
    #[must_use]
    pub fn secret_place(hub: &HubId, key_id: &str) -> String {
        sealed::place(&super::DocumentId::key(hub), &member(key_id))
    }
}

impl Key {
    /// As a token's header names the algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> &'static str {
        match self {
            Self::Hs256(_) => "HS256",
            Self::Rs256(_) => "RS256",
            Self::Es256(_) => "ES256",
        }
    }
}

/// The member that holds the secret of a key, with dots between the names on the way.
pub(super) fn member(key_id: &str) -> String {
    format!("identity.keys.{key_id}.secret")
}

/// Whether this may be a key's id. Nothing in it has a meaning in a path.
pub(super) fn is_key_id(text: &str) -> bool {
    (1..=MAX_KEY_ID_BYTES).contains(&text.len())
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_'))
}

/// Reads the member `identity` of a hub.
pub(super) fn read(report: &mut Report, node: &Node<'_>) -> Option<Identity> {
    let mut object = node.object(report)?;
    let required = match object.take("mode") {
        Some(node) => node.one_of(report, &[("required", true), ("optional", false)]),
        None => Some(true),
    };
    let keys = object.need(report, "keys").and_then(|it| keys(report, &it));
    object.finish(report);
    Some(Identity { required: required?, keys: keys? })
}

fn keys(report: &mut Report, node: &Node<'_>) -> Option<BTreeMap<String, Key>> {
    let entries = node.entries(report, MAX_KEYS)?;
    if entries.is_empty() {
        let message = "Without a key nobody can vouch for a visitor: leave `identity` out.";
        node.fail(report, Code::Empty, message);
    }
    let mut keys = BTreeMap::new();
    for (id, node) in &entries {
        if !is_key_id(id) {
            let message = "A key's id has 1 to 64 letters, digits, `-` and `_`.";
            node.fail(report, Code::IdForm, message);
        }
        if let Some(key) = key(report, node) {
            keys.insert((*id).to_owned(), key);
        }
    }
    (keys.len() == entries.len()).then_some(keys)
}

fn key(report: &mut Report, node: &Node<'_>) -> Option<Key> {
    let mut object = node.object(report)?;
    let names =
        [("HS256", Algorithm::Hs256), ("RS256", Algorithm::Rs256), ("ES256", Algorithm::Es256)];
    let algorithm = object.need(report, "alg").and_then(|it| it.one_of(report, &names));
    let key = match algorithm? {
        Algorithm::Hs256 => object
            .need(report, "secret")
            .and_then(|it| account::sealed(report, &it))
            .map(Key::Hs256),
        Algorithm::Rs256 => object
            .need(report, "public_key")
            .and_then(|it| public_key(report, &it, Family::Rsa))
            .map(Key::Rs256),
        Algorithm::Es256 => object
            .need(report, "public_key")
            .and_then(|it| public_key(report, &it, Family::P256))
            .map(Key::Es256),
    };
    object.finish(report);
    key
}

/// No message repeats it: it may be a private key that stands in the wrong place.
fn public_key(report: &mut Report, node: &Node<'_>, family: Family) -> Option<PublicKey> {
    let text = node.raw_text(report, MAX_PEM_CHARS.max(MAX_ID_CHARS))?;
    match PublicKey::parse(text, family) {
        Ok(key) => Some(key),
        Err(error) => {
            node.fail(report, Code::KeyForm, super::read::sentence(&error));
            None
        }
    }
}
