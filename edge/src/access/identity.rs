//! Whom the site's server vouches for: a JWT (RFC 7519) that it has signed for one visitor.
//!
//! Reading goes in three steps, each of which has to be passed for the next: [`Presented::read`] finds the key that the
//! header names; whoever asked checks the signature as [`Presented::check`] says; [`Presented::held`] takes the verdict and
//! only then are the claims read. An algorithm is the key's, never the token's: a token that names another is refused
//! before anything is computed, so that a public key cannot be taken for a shared secret.
//!
//! HMAC is computed here ([`hmac_holds`]). RSA and elliptic curves are the platform's: its WebCrypto costs no bytes, and
//! is better kept than anything that we could bring along.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use parlor_shared::{Customer, Timestamp, id::ResourceId};
use serde::{Deserialize, de::IgnoredAny};
use sha2::Sha256;

use crate::registry::{self, HubId, Identity, identity::Key};

/// Longest token that is looked at, in bytes.
const MAX_TOKEN_BYTES: usize = 4_096;

/// How far the clocks of a site's server and of the edge may be apart, in seconds.
const LEEWAY_S: f64 = 60.0;

/// Longest time from now for which a token may be good, in seconds: a day. It opens a customer's conversations to
/// whoever has it, and nobody can take it back.
const MAX_LIFE_S: f64 = 86_400.0;

/// Longest identifier of a customer, in characters.
pub const MAX_IDENTIFIER_CHARS: usize = 200;

/// Longest e-mail address, in bytes: RFC 5321, 4.5.3.1.
const MAX_EMAIL_BYTES: usize = 254;

/// A token whose header was read, and nothing else.
#[derive(Debug)]
pub struct Presented<'a> {
    key_id: &'a str,
    key: &'a Key,
    signed: &'a str,
    claims: &'a str,
    signature: Vec<u8>,
}

/// What has to be checked before a token is believed.
#[derive(Clone, Copy, Debug)]
pub struct Check<'a> {
    /// Under which key, and by its id.
    pub key: &'a Key,
    /// See there.
    pub key_id: &'a str,
    /// What was signed.
    pub signed: &'a [u8],
    /// The signature: for ES256 both numbers, one behind the other (RFC 7518, 3.4), which is WebCrypto's form too.
    pub signature: &'a [u8],
}

/// Why a visitor is not known as a customer. No variant carries any part of a token.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum IdentityError {
    /// There is none, and the hub wants one.
    #[error("this chat is for visitors whom the site has signed in")]
    Required,
    /// There is one, and the hub has no key.
    #[error("the hub has no `identity`: nothing can be checked")]
    NotSetUp,
    /// Not a token.
    #[error("not a signed JWT of three parts and at most {MAX_TOKEN_BYTES} bytes")]
    Malformed,
    /// `none`, or another algorithm than the key's.
    #[error("the header's `alg` is not that of the key")]
    Algorithm,
    /// The header names a key that is not there, or none where there are several.
    #[error("the header's `kid` names no key of the hub, or is absent and there are several")]
    KeyUnknown,
    /// A key that cannot be used. The edge's log says which and why.
    #[error("the hub's key cannot be used; the edge's log says why")]
    KeyUnusable,
    /// Signed by somebody else, or changed.
    #[error("the signature does not hold")]
    Signature,
    /// It was good once.
    #[error("the token has expired")]
    Expired,
    /// It will be good.
    #[error("the token is not good yet: is the server's clock right?")]
    NotYet,
    /// It has no end, or too late a one.
    #[error("the token needs an `exp` that is at most a day away")]
    Life,
    /// It is for somebody else.
    #[error("the token's `aud` names neither this resource nor its hub")]
    Audience,
    /// A claim is absent or of the wrong kind.
    #[error(
        "the claims must be an object with a `sub` of 1 to {MAX_IDENTIFIER_CHARS} characters, on one line, and texts in `name` and `email`"
    )]
    Claims,
    /// A conversation of a customer was asked for, and who asks was not said or is somebody else.
    #[error(
        "the visitor token is a customer's: it is good together with that customer's signed identity only"
    )]
    OfCustomer,
}

/// Members that matter; one that is there twice is refused.
#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    typ: Option<String>,
    /// Extensions that must be understood: none is.
    #[serde(default)]
    crit: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Claims {
    sub: Option<String>,
    exp: Option<f64>,
    nbf: Option<f64>,
    iat: Option<f64>,
    aud: Option<Audience>,
    name: Option<String>,
    email: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl<'a> Presented<'a> {
    /// Reads a token's header and finds its key.
    ///
    /// # Errors
    /// [`IdentityError::Malformed`], [`IdentityError::Algorithm`], [`IdentityError::KeyUnknown`].
    pub fn read(text: &'a str, identity: &'a Identity) -> Result<Self, IdentityError> {
        if text.len() > MAX_TOKEN_BYTES {
            return Err(IdentityError::Malformed);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(IdentityError::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(IdentityError::Malformed)?;
        let signature = decoded(signature)?;
        let header: Header =
            serde_json::from_slice(&decoded(header)?).map_err(|_| IdentityError::Malformed)?;
        let is_jwt = header.typ.is_none_or(|it| it.eq_ignore_ascii_case("JWT"));
        if !is_jwt || header.crit.is_some() {
            return Err(IdentityError::Malformed);
        }
        let found = match &header.kid {
            Some(id) => identity.keys.get_key_value(id),
            // With two of them, one would have to be guessed.
            None if identity.keys.len() == 1 => identity.keys.first_key_value(),
            None => None,
        };
        let (key_id, key) = found.ok_or(IdentityError::KeyUnknown)?;
        if header.alg != key.algorithm() {
            return Err(IdentityError::Algorithm);
        }
        Ok(Self { key_id, key, signed, claims, signature })
    }

    /// What has to be checked.
    #[must_use]
    pub fn check(&self) -> Check<'_> {
        Check {
            key: self.key,
            key_id: self.key_id,
            signed: self.signed.as_bytes(),
            signature: &self.signature,
        }
    }

    /// Takes the verdict on the signature, and reads the claims if it held.
    ///
    /// # Errors
    /// [`IdentityError`].
    pub fn held(
        self,
        holds: bool,
        now: Timestamp,
        resource: &ResourceId,
        hub: &HubId,
    ) -> Result<Customer, IdentityError> {
        if !holds {
            return Err(IdentityError::Signature);
        }
        let claims: Claims =
            serde_json::from_slice(&decoded(self.claims)?).map_err(|_| IdentityError::Claims)?;
        claims.are_good(now, resource, hub)?;
        claims.customer()
    }
}

impl Claims {
    fn are_good(
        &self,
        now: Timestamp,
        resource: &ResourceId,
        hub: &HubId,
    ) -> Result<(), IdentityError> {
        #[expect(clippy::cast_precision_loss, reason = "2^53 ms is the year 287396")]
        let now = now.as_ms() as f64 / 1000.0;
        let expires = self.exp.ok_or(IdentityError::Life)?;
        if now >= expires + LEEWAY_S {
            return Err(IdentityError::Expired);
        }
        if expires > now + MAX_LIFE_S + LEEWAY_S {
            return Err(IdentityError::Life);
        }
        if [self.nbf, self.iat].into_iter().flatten().any(|it| it > now + LEEWAY_S) {
            return Err(IdentityError::NotYet);
        }
        let ours = |it: &str| it == resource.as_str() || it == hub.as_str();
        let is_for_us = match &self.aud {
            None => true,
            Some(Audience::One(it)) => ours(it),
            Some(Audience::Many(all)) => all.iter().any(|it| ours(it)),
        };
        if is_for_us { Ok(()) } else { Err(IdentityError::Audience) }
    }

    /// A name or an address that does not fit is left out: a slip of the site's data must not keep its customer from
    /// the chat. Without the identifier there is no customer.
    fn customer(self) -> Result<Customer, IdentityError> {
        let identifier = self.sub.filter(|it| is_identifier(it)).ok_or(IdentityError::Claims)?;
        let name = self.name.as_deref().and_then(registry::line_of_name);
        let email = self.email.filter(|it| is_email(it));
        Ok(Customer { identifier, name, email })
    }
}

/// Whether this may be a customer's identifier: one line, with nothing around it that nobody sees.
#[must_use]
pub fn is_identifier(text: &str) -> bool {
    (1..=MAX_IDENTIFIER_CHARS).contains(&text.chars().count())
        && registry::is_line(text)
        && text.trim() == text
}

/// Whether this looks like an e-mail address, as far as that can be seen.
#[must_use]
pub fn is_email(text: &str) -> bool {
    let parts = text.split_once('@');
    text.len() <= MAX_EMAIL_BYTES
        && registry::is_line(text)
        && !text.contains(char::is_whitespace)
        && parts.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
}

/// Whether an HMAC-SHA256 is that of a message, compared in constant time and in its full length.
#[must_use]
pub fn hmac_holds(secret: &[u8], message: &[u8], tag: &[u8]) -> bool {
    let mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.chain_update(message).verify_slice(tag).is_ok()
}

fn decoded(text: &str) -> Result<Vec<u8>, IdentityError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| IdentityError::Malformed)
}

impl IdentityError {
    /// Stable name, without values.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Required => "identity_required",
            Self::NotSetUp => "identity_not_set_up",
            Self::Malformed => "identity_malformed",
            Self::Algorithm => "identity_algorithm",
            Self::KeyUnknown => "identity_key_unknown",
            Self::KeyUnusable => "identity_key_unusable",
            Self::Signature => "identity_signature",
            Self::Expired => "identity_expired",
            Self::NotYet => "identity_not_yet",
            Self::Life => "identity_life",
            Self::Audience => "identity_audience",
            Self::Claims => "identity_claims",
            Self::OfCustomer => "token_of_customer",
        }
    }

    /// HTTP status. 401 makes a widget forget its visitor token, which helps with [`IdentityError::OfCustomer`] alone.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::OfCustomer => 401,
            Self::KeyUnusable => 503,
            _ => 403,
        }
    }
}
