//! Public keys as admins have them: the PEM that `openssl pkey -pubout` writes.
//!
//! What is in it (RFC 5280, `SubjectPublicKeyInfo`) is read as far as it takes to say at the time of writing what is
//! wrong; the platform, which verifies with it, reads it once more.

use base64::{Engine, engine::general_purpose::STANDARD};

/// Bits of an RSA key: fewer are broken one day, more cost the edge time. The lower bound is that of RFC 7518, 3.3.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// A public key that the platform takes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PublicKey {
    spki: Vec<u8>,
}

/// What a key is good for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Family {
    /// RSA.
    Rsa,
    /// The curve P-256.
    P256,
}

/// Why a text is no public key. No variant carries any part of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PublicKeyError {
    /// The half that nobody else should have.
    #[error(
        "this is a private key: take it from wherever it has been, make a new pair, and store the public half only"
    )]
    Private,
    /// A certificate.
    #[error("this is a certificate: `openssl x509 -pubkey -noout` takes the public key out of it")]
    Certificate,
    /// An older form of PEM.
    #[error(
        "this is an RSA public key of the older form: `openssl rsa -RSAPublicKey_in -pubout` writes the newer one"
    )]
    Pkcs1,
    /// Not PEM.
    #[error("a public key is expected as PEM, from -----BEGIN PUBLIC KEY----- to its end")]
    Form,
    /// PEM of something else.
    #[error("the PEM is damaged, or a key of another kind than its `alg` names")]
    Kind,
    /// Too weak, or absurdly long.
    #[error("an RSA key of {} to {} bits is expected", RSA_BITS.start(), RSA_BITS.end())]
    Size,
}

impl PublicKey {
    /// Reads PEM.
    ///
    /// # Errors
    /// [`PublicKeyError`].
    pub fn parse(pem: &str, family: Family) -> Result<Self, PublicKeyError> {
        let pem = pem.trim();
        if pem.contains("PRIVATE KEY-----") {
            return Err(PublicKeyError::Private);
        }
        if pem.starts_with("-----BEGIN CERTIFICATE-----") {
            return Err(PublicKeyError::Certificate);
        }
        if pem.starts_with("-----BEGIN RSA PUBLIC KEY-----") {
            return Err(PublicKeyError::Pkcs1);
        }
        let body = pem
            .strip_prefix("-----BEGIN PUBLIC KEY-----")
            .and_then(|it| it.strip_suffix("-----END PUBLIC KEY-----"))
            .ok_or(PublicKeyError::Form)?;
        let body: String = body.chars().filter(|it| !it.is_ascii_whitespace()).collect();
        let spki = STANDARD.decode(body).map_err(|_| PublicKeyError::Form)?;
        check(&spki, family)?;
        Ok(Self { spki })
    }

    /// As DER: a `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }
}

fn check(mut der: &[u8], family: Family) -> Result<(), PublicKeyError> {
    let all = &mut der;
    let mut inside = value(all, SEQUENCE).filter(|_| all.is_empty()).ok_or(PublicKeyError::Kind)?;
    let algorithm = value(&mut inside, SEQUENCE).ok_or(PublicKeyError::Kind)?;
    let bits = value(&mut inside, BIT_STRING).filter(|_| inside.is_empty());
    // All bits of the last byte count.
    let key = bits.and_then(|it| it.strip_prefix(&[0])).ok_or(PublicKeyError::Kind)?;
    match family {
        Family::Rsa if algorithm == RSA_ENCRYPTION => rsa(key),
        // 4: both coordinates are there.
        Family::P256 if algorithm == EC_P256 && key.len() == 65 && key.starts_with(&[4]) => Ok(()),
        _ => Err(PublicKeyError::Kind),
    }
}

fn rsa(mut key: &[u8]) -> Result<(), PublicKeyError> {
    let rest = &mut key;
    let mut inside =
        value(rest, SEQUENCE).filter(|_| rest.is_empty()).ok_or(PublicKeyError::Kind)?;
    let modulus = value(&mut inside, INTEGER).ok_or(PublicKeyError::Kind)?;
    let exponent =
        value(&mut inside, INTEGER).filter(|_| inside.is_empty()).ok_or(PublicKeyError::Kind)?;
    let modulus = modulus.strip_prefix(&[0]).unwrap_or(modulus);
    let bits = match modulus.first() {
        Some(first) => modulus.len() * 8 - first.leading_zeros() as usize,
        None => 0,
    };
    if !RSA_BITS.contains(&bits) {
        return Err(PublicKeyError::Size);
    }
    // 1 would make every signature its own message; an even one is none.
    match exponent {
        [] | [0 | 1] => Err(PublicKeyError::Kind),
        [.., last] if last % 2 == 0 => Err(PublicKeyError::Kind),
        _ => Ok(()),
    }
}

/// The next value, of this tag, in the one length form that DER allows.
fn value<'a>(der: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    let (&found, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81 => match rest {
            [length, rest @ ..] if *length >= 0x80 => (usize::from(*length), rest),
            _ => return None,
        },
        0x82 => match rest {
            [high, low, rest @ ..] if *high > 0 => {
                (usize::from(*high) << 8 | usize::from(*low), rest)
            }
            _ => return None,
        },
        _ => return None,
    };
    let (value, rest) = rest.split_at_checked(length)?;
    *der = rest;
    (found == tag).then_some(value)
}

const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;
const INTEGER: u8 = 0x02;

/// `rsaEncryption` and NULL: RFC 3279, 2.3.1.
const RSA_ENCRYPTION: &[u8] =
    &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

/// `id-ecPublicKey` and `secp256r1`: RFC 5480, 2.1.1.
const EC_P256: &[u8] = &[
    0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d,
    0x03, 0x01, 0x07,
];
