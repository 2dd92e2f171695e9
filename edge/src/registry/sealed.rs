//! Secrets at rest: what an admin stores is sealed before it touches KV, and shown to nobody again.
//!
//! AES-256-GCM under a Worker secret. A sealed text is bound to its place, the document's key and the member's name, so
//! that who may write documents cannot move another's secret into his own. It names the key that sealed it, so that
//! the Worker secret can be changed while documents are sealed anew. A nonce is random, 96 bits: a key is good for
//! 2^32 of them (NIST SP 800-38D, 8.3), and an installation has hundreds.
//!
//! Start with [`SealKeys`].

use aes_gcm::{
    Aes256Gcm, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use parlor_shared::Redacted;
use sha2::{Digest, Sha256};

/// A sealed secret, as it stands in a document: `v1.<key id>.<base64url of nonce and ciphertext>`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sealed {
    key_id: String,
    /// Nonce, ciphertext and tag.
    bytes: Vec<u8>,
}

/// A text that is not a sealed secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a sealed secret is expected, as `cargo xtask seal` writes it: v1.<key id>.<text>")]
pub struct SealedForm;

/// The Worker secrets that seal.
pub struct SealKeys {
    current: SealKey,
    previous: Option<SealKey>,
}

struct SealKey {
    id: String,
    cipher: Aes256Gcm,
}

/// Why a Worker secret cannot seal.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SealSecretError {
    /// There is none, or it is empty.
    #[error("the Worker secret SEAL_SECRET is not set")]
    Missing,
    /// It is no key.
    #[error("a seal secret is 32 random bytes as base64")]
    Form,
}

/// Why a sealed secret cannot be opened. No variant carries any part of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum OpenError {
    /// It was sealed under another secret than the current and the previous one.
    #[error("sealed under a Worker secret that is not here any more")]
    KeyUnknown,
    /// It was changed, or sealed for another place.
    #[error("damaged, or sealed for another document or member")]
    Damaged,
}

impl SealSecretError {
    /// Stable name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "seal_secret_missing",
            Self::Form => "seal_secret_form",
        }
    }
}

impl OpenError {
    /// Stable name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::KeyUnknown => "sealed_key_unknown",
            Self::Damaged => "sealed_damaged",
        }
    }

    /// What an admin does about it.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::KeyUnknown => {
                "seal the secret again, or set SEAL_SECRET_PREVIOUS to the old secret"
            }
            Self::Damaged => "seal the secret again, for this document and member",
        }
    }
}

impl Sealed {
    /// Reads the form; whether it can be opened shows when it is.
    ///
    /// # Errors
    /// [`SealedForm`].
    pub fn parse(text: &str) -> Result<Self, SealedForm> {
        let mut parts = text.split('.');
        let (version, key_id, bytes) = (parts.next(), parts.next(), parts.next());
        let (Some(VERSION), Some(key_id), Some(bytes), None) =
            (version, key_id, bytes, parts.next())
        else {
            return Err(SealedForm);
        };
        let well_formed = key_id.len() == KEY_ID_CHARS
            && key_id.bytes().all(|it| it.is_ascii_digit() || (b'a'..=b'f').contains(&it));
        let bytes = URL_SAFE_NO_PAD.decode(bytes).map_err(|_| SealedForm)?;
        if !well_formed || bytes.len() <= NONCE_BYTES + TAG_BYTES {
            return Err(SealedForm);
        }
        Ok(Self { key_id: key_id.to_owned(), bytes })
    }

    /// As it stands in a document.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{VERSION}.{}.{}", self.key_id, URL_SAFE_NO_PAD.encode(&self.bytes))
    }
}

impl SealKeys {
    /// Takes the Worker secrets `SEAL_SECRET` and, while it is changed, `SEAL_SECRET_PREVIOUS`: 32 bytes as base64,
    /// either alphabet. An empty previous secret counts as none.
    ///
    /// # Errors
    /// [`SealSecretError`].
    pub fn new(current: Option<&str>, previous: Option<&str>) -> Result<Self, SealSecretError> {
        let filled = |text: &&str| !text.trim().is_empty();
        let current = current.filter(filled).ok_or(SealSecretError::Missing)?;
        Ok(Self {
            current: SealKey::new(current)?,
            previous: previous.filter(filled).map(SealKey::new).transpose()?,
        })
    }

    /// Seals a secret for one place, such as `account:acme api_key`. `nonce` is random and used once.
    #[must_use]
    pub fn seal(&self, place: &str, secret: &Redacted<String>, nonce: [u8; NONCE_BYTES]) -> Sealed {
        let payload = Payload { msg: secret.expose().as_bytes(), aad: place.as_bytes() };
        let ciphertext = self
            .current
            .cipher
            .encrypt(&Nonce::from(nonce), payload)
            .expect("AES-GCM refuses only texts beyond 64 GB");
        let mut bytes = nonce.to_vec();
        bytes.extend(ciphertext);
        Sealed { key_id: self.current.id.clone(), bytes }
    }

    /// Opens what was sealed for this place.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(&self, place: &str, sealed: &Sealed) -> Result<Redacted<String>, OpenError> {
        let mut keys = std::iter::once(&self.current).chain(&self.previous);
        let key = keys.find(|key| key.id == sealed.key_id).ok_or(OpenError::KeyUnknown)?;
        let (nonce, ciphertext) =
            sealed.bytes.split_first_chunk::<NONCE_BYTES>().ok_or(OpenError::Damaged)?;
        let payload = Payload { msg: ciphertext, aad: place.as_bytes() };
        let secret =
            key.cipher.decrypt(&Nonce::from(*nonce), payload).map_err(|_| OpenError::Damaged)?;
        String::from_utf8(secret).map(Redacted::new).map_err(|_| OpenError::Damaged)
    }

    /// Whether it should be sealed anew: its key is about to go.
    #[must_use]
    pub fn needs_rotation(&self, sealed: &Sealed) -> bool {
        self.current.id != sealed.key_id
    }
}

impl SealKey {
    fn new(text: &str) -> Result<Self, SealSecretError> {
        let text = text.trim().trim_end_matches('=');
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .or_else(|_| STANDARD_NO_PAD.decode(text))
            .map_err(|_| SealSecretError::Form)?;
        let cipher = Aes256Gcm::new_from_slice(&bytes).map_err(|_| SealSecretError::Form)?;
        let digest = Sha256::new().chain_update(KEY_ID_LABEL).chain_update(&bytes).finalize();
        let id = digest.iter().take(KEY_ID_CHARS / 2).map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { id, cipher })
    }
}

/// The place that a secret is sealed for.
#[must_use]
pub fn place(document: &str, member: &str) -> String {
    format!("{document} {member}")
}

const VERSION: &str = "v1";

/// Bytes of a nonce.
pub const NONCE_BYTES: usize = 12;

const TAG_BYTES: usize = 16;

/// A key's id tells keys apart and nothing about them: the start of a digest of its own kind.
const KEY_ID_CHARS: usize = 8;
const KEY_ID_LABEL: &[u8] = b"parlor seal key id";

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const TWO: &str = "/////////////////////////////////////////w8";
    const PLACE: &str = "account:acme api_key";

    fn keys(current: &str, previous: Option<&str>) -> SealKeys {
        SealKeys::new(Some(current), previous).unwrap()
    }

    fn sealed(text: &str) -> Sealed {
        keys(ONE, None).seal(PLACE, &Redacted::new(text.to_owned()), [7; NONCE_BYTES])
    }

    fn opened(keys: &SealKeys, place: &str, sealed: &Sealed) -> Result<String, OpenError> {
        keys.open(place, sealed).map(|it| it.expose().clone())
    }

    #[test]
    fn what_was_sealed_opens_at_its_place_only() {
        let sealed = sealed("a.b.c");
        let keys = keys(ONE, None);
        assert_eq!(opened(&keys, PLACE, &sealed), Ok("a.b.c".to_owned()));
        for place in ["account:acme webhook_secret_key", "account:acmf api_key", ""] {
            assert_eq!(opened(&keys, place, &sealed), Err(OpenError::Damaged), "{place}");
        }
    }

    /// Breaks for every installation whose documents hold secrets.
    #[test]
    fn sealed_format_unchanged() {
        let text = sealed("token").text();
        assert_eq!(text, "v1.62c0f482.BwcHBwcHBwcHBwcHewXNOQFj1quCv_7CCpo8t_6xJC9S");
        assert_eq!(Sealed::parse(&text), Ok(sealed("token")));
    }

    #[test]
    fn every_change_is_noticed() {
        let good = sealed("token");
        let keys = keys(ONE, None);
        for at in 0..good.bytes.len() {
            let mut changed = good.clone();
            changed.bytes[at] ^= 1;
            assert_eq!(opened(&keys, PLACE, &changed), Err(OpenError::Damaged), "{at}");
        }
    }

    #[test]
    fn a_secret_may_be_changed_while_documents_are_sealed_anew() {
        let old = sealed("token");
        assert_eq!(opened(&keys(TWO, None), PLACE, &old), Err(OpenError::KeyUnknown));
        let both = keys(TWO, Some(ONE));
        assert_eq!(opened(&both, PLACE, &old), Ok("token".to_owned()));
        assert!(both.needs_rotation(&old));
        let new = both.seal(PLACE, &Redacted::new("token".to_owned()), [8; NONCE_BYTES]);
        assert!(!both.needs_rotation(&new));
        assert_eq!(opened(&keys(TWO, None), PLACE, &new), Ok("token".to_owned()));
    }

    #[test]
    fn what_is_no_key_and_no_seal_is_told() {
        let error = |text: Option<&str>| SealKeys::new(text, None).err();
        assert_eq!(error(None), Some(SealSecretError::Missing));
        assert_eq!(error(Some(" ")), Some(SealSecretError::Missing));
        for wrong in ["short", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8fHx8", "!!!"] {
            assert_eq!(error(Some(wrong)), Some(SealSecretError::Form), "{wrong}");
        }
        assert!(SealKeys::new(Some(ONE), Some("")).is_ok());
        for wrong in
            ["", "v1", "v1..", "v2.00000000.AAAA", "v1.0000000G.AAAA", "v1.00000000.AAAA", "token"]
        {
            assert_eq!(Sealed::parse(wrong), Err(SealedForm), "{wrong}");
        }
    }
}
