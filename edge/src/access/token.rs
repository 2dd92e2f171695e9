//! Tokens: what a browser keeps to be known again ([`Visitor`]), and what opens one link ([`Conversation`]).
//!
//! A token is `base64url(claims).base64url(mac)` without padding, so that it may stand in a WebSocket
//! subprotocol (RFC 6455 section 4.1 wants an HTTP token there). The claims are compact JSON. The MAC is
//! HMAC-SHA256 over the encoded claims under a key derived from the Worker secret for that one scope: a
//! token of one scope is noise in the other, whatever its claims say.
//!
//! [`Conversation`]: super::Conversation

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use parlor_shared::{Redacted, Timestamp};
use sha2::Sha256;

use super::claims::{Claims, Kind, Visitor};

/// A visitor token older than this is replaced when it is shown. A day keeps a stolen copy from outliving
/// the visitor's own by much, and spares most page loads the rewriting.
const VISITOR_ROTATION: Duration = Duration::from_secs(24 * 60 * 60);

/// Shortest Worker secret, in bytes: the output of SHA-256. RFC 2104 section 3 discourages shorter keys.
const MIN_SECRET_BYTES: usize = 32;

/// Longest token that is looked at, in bytes. The longest that is minted has fewer than 400.
const MAX_TOKEN_BYTES: usize = 1024;

/// The text of a token. It prints as `<redacted>`; [`Token::expose`] is its one exit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Token(Redacted<String>);

/// The keys of both scopes, under the current secret and, while secrets are changed, under the previous one.
pub struct Keys {
    current: Secret,
    previous: Option<Secret>,
}

/// Claims whose signature, scope and expiry held.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verified<C> {
    /// What the token says.
    pub claims: C,
    /// Which secret it was signed with.
    pub signed_by: SignedBy,
}

/// Which secret a token was signed with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SignedBy {
    /// `TOKEN_SECRET`.
    Current,
    /// `TOKEN_SECRET_PREVIOUS`: good until that is taken away.
    Previous,
}

/// Why a Worker secret cannot sign tokens. The edge starts nothing without one.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SecretError {
    /// There is none, or it is empty.
    #[error("the Worker secret TOKEN_SECRET is not set")]
    Missing,
    /// It could be guessed.
    #[error("a token secret has {bytes} bytes, {MIN_SECRET_BYTES} are the least")]
    TooShort {
        /// How many bytes it has.
        bytes: usize,
    },
}

/// Why a token is refused. No variant carries any part of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TokenError {
    /// It has not the form of a token, or its claims are not those of its scope.
    #[error("not a token")]
    Malformed,
    /// No secret of ours signed it, or something in it was changed.
    #[error("the token's signature does not hold")]
    Signature,
    /// It was good once.
    #[error("the token has expired")]
    Expired,
    /// It is a good token of the other scope.
    #[error("the token is of another scope")]
    Scope,
}

impl Verified<Visitor> {
    /// Whether the browser should be given a new token in place of this one: it is older than a day, or it
    /// was signed with the secret that is about to go.
    #[must_use]
    pub fn needs_rotation(&self, now: Timestamp) -> bool {
        self.signed_by == SignedBy::Previous || now.since(self.claims.issued) > VISITOR_ROTATION
    }
}

impl Token {
    /// The text itself, for the one answer that carries it.
    #[must_use]
    pub const fn expose(&self) -> &String {
        self.0.expose()
    }
}

impl Keys {
    /// Takes the Worker secrets `TOKEN_SECRET` and, while secrets are changed, `TOKEN_SECRET_PREVIOUS`.
    /// An empty previous secret counts as none.
    ///
    /// # Errors
    /// [`SecretError::Missing`] without a current secret; [`SecretError::TooShort`] if either is too short,
    /// because tokens signed with it would be believed.
    pub fn new(current: Option<&str>, previous: Option<&str>) -> Result<Self, SecretError> {
        let secret = |text: &str| match text.len() {
            bytes if bytes < MIN_SECRET_BYTES => Err(SecretError::TooShort { bytes }),
            _ => Ok(Secret::new(text.as_bytes())),
        };
        let filled = |text: &&str| !text.is_empty();
        Ok(Self {
            current: current.filter(filled).ok_or(SecretError::Missing).and_then(secret)?,
            previous: previous.filter(filled).map(secret).transpose()?,
        })
    }

    /// The token for `claims`, signed with the current secret.
    #[must_use]
    pub fn mint<C: Claims>(&self, claims: C) -> Token {
        let json = serde_json::to_vec(&claims.into_form())
            .expect("claims are strings and numbers in a struct, which JSON can always hold");
        let mut text = URL_SAFE_NO_PAD.encode(json);
        let mac = self.current.mac(C::KIND, text.as_bytes()).finalize();
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(mac.into_bytes(), &mut text);
        Token(Redacted::new(text))
    }

    /// Checks a token of the scope `C`. The signature is compared in constant time, before anything is parsed.
    ///
    /// # Errors
    /// [`TokenError`]. [`TokenError::Expired`] is the only one that an honest browser meets.
    pub fn verify<C: Claims>(&self, now: Timestamp, text: &str) -> Result<Verified<C>, TokenError> {
        if text.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::Malformed);
        }
        let (signed, mac) = text.split_once('.').ok_or(TokenError::Malformed)?;
        let mac = URL_SAFE_NO_PAD.decode(mac).map_err(|_| TokenError::Malformed)?;
        let signed_by = self.signed_by(C::KIND, signed.as_bytes(), &mac)?;
        let json = URL_SAFE_NO_PAD.decode(signed).map_err(|_| TokenError::Malformed)?;
        let form: C::Form = serde_json::from_slice(&json).map_err(|_| TokenError::Malformed)?;
        let claims = C::from_form(form)?;
        if claims.expires() <= now {
            return Err(TokenError::Expired);
        }
        Ok(Verified { claims, signed_by })
    }

    fn signed_by(&self, kind: Kind, signed: &[u8], mac: &[u8]) -> Result<SignedBy, TokenError> {
        let holds = |secret: &Secret, kind| secret.mac(kind, signed).verify_slice(mac).is_ok();
        if holds(&self.current, kind) {
            return Ok(SignedBy::Current);
        }
        if self.previous.as_ref().is_some_and(|it| holds(it, kind)) {
            return Ok(SignedBy::Previous);
        }
        // Only to tell a client's mistake from a forgery: the keys differ, so it is refused either way.
        let mut secrets = std::iter::once(&self.current).chain(&self.previous);
        if secrets.any(|it| holds(it, kind.other())) {
            return Err(TokenError::Scope);
        }
        Err(TokenError::Signature)
    }
}

impl SecretError {
    /// Stable name, without values.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing => "secret_missing",
            Self::TooShort { .. } => "secret_too_short",
        }
    }

    /// What an admin does about it.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Missing => "run `wrangler secret put TOKEN_SECRET` with 32 random bytes or more",
            Self::TooShort { .. } => {
                "replace TOKEN_SECRET (and TOKEN_SECRET_PREVIOUS, if set) by 32 random bytes or more"
            }
        }
    }
}

impl TokenError {
    /// Stable name, without values.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "token_malformed",
            Self::Signature => "token_signature",
            Self::Expired => "token_expired",
            Self::Scope => "token_scope",
        }
    }

    /// What the client does about it.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Malformed | Self::Signature => "forget the token and start anew",
            Self::Expired => "ask for another one; a visitor token that expired is forgotten",
            Self::Scope => {
                "open links with a conversation token, start conversations with a visitor token"
            }
        }
    }
}

/// One secret's keys, ready to sign with.
struct Secret {
    visitor: Hmac<Sha256>,
    conversation: Hmac<Sha256>,
}

impl Secret {
    fn new(secret: &[u8]) -> Self {
        let derived = |kind: Kind| {
            let key = keyed(secret).chain_update(kind.label()).finalize();
            keyed(&key.into_bytes())
        };
        Self { visitor: derived(Kind::Visitor), conversation: derived(Kind::Conversation) }
    }

    fn mac(&self, kind: Kind, signed: &[u8]) -> Hmac<Sha256> {
        let keyed = match kind {
            Kind::Visitor => &self.visitor,
            Kind::Conversation => &self.conversation,
        };
        keyed.clone().chain_update(signed)
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes a key of any length")
}

#[cfg(test)]
mod tests;
