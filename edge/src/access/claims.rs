//! What tokens say: the claims of the two scopes, and the bytes that they are stored as.
//!
//! Claims are not encrypted. They hold ids and times, nothing about a person.

use std::{fmt, time::Duration};

use parlor_shared::{
    Timestamp,
    id::{ConversationId, ResourceId},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::token::TokenError;

/// How long a visitor token is good for. Each rotation starts this anew, so it bounds how long a visitor may
/// stay away and still be known.
const VISITOR_LIFE: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// How long a conversation token opens links. Long enough for a slow network's retries; a widget that needs
/// another asks with its visitor token.
const CONVERSATION_LIFE: Duration = Duration::from_secs(15 * 60);

/// A visitor of one resource: 128 random bits, written as 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct VisitorId(u128);

/// What a browser keeps to be known again. It grants [`Conversation`] tokens and opens nothing itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Visitor {
    /// Where the visitor is known. The token is worth nothing at another resource; the caller compares.
    pub resource: ResourceId,
    /// Who.
    pub visitor: VisitorId,
    /// It stands for a customer whom the site's server had vouched for, and is good only while it goes on doing so:
    /// else whoever comes to a browser after a customer would read his conversations.
    pub is_customer: bool,
    /// When this token was minted; whole seconds.
    pub issued: Timestamp,
    /// From when on it is refused; whole seconds.
    pub expires: Timestamp,
}

/// What opens links to one conversation for a short while.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Conversation {
    /// Through which resource.
    pub resource: ResourceId,
    /// Which conversation. The caller compares it with the one that the address names.
    pub conversation: ConversationId,
    /// For whom.
    pub visitor: VisitorId,
    /// From when on the token is refused; whole seconds.
    pub expires: Timestamp,
}

/// The claims of one scope. [`Visitor`] and [`Conversation`] are all there are.
pub trait Claims: Sized + sealed::Scope {}

impl VisitorId {
    /// The id made of 128 random bits.
    #[must_use]
    pub const fn from_random(bits: u128) -> Self {
        Self(bits)
    }
}

impl fmt::Display for VisitorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for VisitorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VisitorId({self})")
    }
}

impl From<VisitorId> for String {
    fn from(id: VisitorId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for VisitorId {
    type Error = TokenError;

    fn try_from(text: String) -> Result<Self, TokenError> {
        let digits =
            text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        if text.len() != 32 || !digits {
            return Err(TokenError::Malformed);
        }
        u128::from_str_radix(&text, 16).map(Self).map_err(|_| TokenError::Malformed)
    }
}

impl Visitor {
    /// The claims of a token that is minted now.
    #[must_use]
    pub fn new(now: Timestamp, resource: ResourceId, visitor: VisitorId) -> Self {
        let issued = whole_seconds(now);
        Self { resource, visitor, is_customer: false, issued, expires: issued + VISITOR_LIFE }
    }

    /// The same for a customer.
    #[must_use]
    pub fn of_customer(now: Timestamp, resource: ResourceId, visitor: VisitorId) -> Self {
        Self { is_customer: true, ..Self::new(now, resource, visitor) }
    }
}

impl Conversation {
    /// The claims of a token that is minted now.
    #[must_use]
    pub fn new(
        now: Timestamp,
        resource: ResourceId,
        conversation: ConversationId,
        visitor: VisitorId,
    ) -> Self {
        Self { resource, conversation, visitor, expires: whole_seconds(now) + CONVERSATION_LIFE }
    }

    /// How long the token still opens links; zero if it does not.
    #[must_use]
    pub fn left(&self, now: Timestamp) -> Duration {
        self.expires.since(now)
    }
}

impl Claims for Visitor {}
impl Claims for Conversation {}

/// The stored forms. Their bytes are in visitors' browsers: see `token_format_unchanged`.
mod form {
    use super::{ConversationId, Deserialize, ResourceId, Serialize, VisitorId};

    /// `s` is the scope. The key alone already separates the scopes; the claim says so to a reader too.
    #[derive(Deserialize, Serialize)]
    pub struct Visitor {
        pub s: String,
        pub r: ResourceId,
        pub v: VisitorId,
        /// It is a customer's.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        pub k: bool,
        /// Issued, in seconds since the Unix epoch.
        pub i: u64,
        /// Expires, in seconds since the Unix epoch.
        pub e: u64,
    }

    #[derive(Deserialize, Serialize)]
    pub struct Conversation {
        pub s: String,
        pub r: ResourceId,
        pub c: ConversationId,
        pub v: VisitorId,
        /// Expires, in seconds since the Unix epoch.
        pub e: u64,
    }
}

/// Keeps [`Claims`] to the scopes of this file.
pub(super) mod sealed {
    use super::{DeserializeOwned, Kind, Serialize, Timestamp, TokenError};

    pub trait Scope: Sized {
        const KIND: Kind;
        type Form: Serialize + DeserializeOwned;

        fn into_form(self) -> Self::Form;
        fn from_form(form: Self::Form) -> Result<Self, TokenError>;
        fn expires(&self) -> Timestamp;
    }
}

impl sealed::Scope for Visitor {
    const KIND: Kind = Kind::Visitor;
    type Form = form::Visitor;

    fn into_form(self) -> form::Visitor {
        form::Visitor {
            s: Self::KIND.claim().to_owned(),
            r: self.resource,
            v: self.visitor,
            k: self.is_customer,
            i: seconds(self.issued),
            e: seconds(self.expires),
        }
    }

    fn from_form(form: form::Visitor) -> Result<Self, TokenError> {
        Self::KIND.check(&form.s)?;
        Ok(Self {
            resource: form.r,
            visitor: form.v,
            is_customer: form.k,
            issued: from_seconds(form.i),
            expires: from_seconds(form.e),
        })
    }

    fn expires(&self) -> Timestamp {
        self.expires
    }
}

impl sealed::Scope for Conversation {
    const KIND: Kind = Kind::Conversation;
    type Form = form::Conversation;

    fn into_form(self) -> form::Conversation {
        form::Conversation {
            s: Self::KIND.claim().to_owned(),
            r: self.resource,
            c: self.conversation,
            v: self.visitor,
            e: seconds(self.expires),
        }
    }

    fn from_form(form: form::Conversation) -> Result<Self, TokenError> {
        Self::KIND.check(&form.s)?;
        Ok(Self {
            resource: form.r,
            conversation: form.c,
            visitor: form.v,
            expires: from_seconds(form.e),
        })
    }

    fn expires(&self) -> Timestamp {
        self.expires
    }
}

/// A scope, as far as keys and claims differ by it.
#[derive(Clone, Copy)]
pub enum Kind {
    Visitor,
    Conversation,
}

impl Kind {
    const fn claim(self) -> &'static str {
        match self {
            Self::Visitor => "v",
            Self::Conversation => "c",
        }
    }

    /// What the scope's key is derived from the secret with.
    pub(super) const fn label(self) -> &'static [u8] {
        match self {
            Self::Visitor => b"parlor token v1 visitor",
            Self::Conversation => b"parlor token v1 conversation",
        }
    }

    pub(super) const fn other(self) -> Self {
        match self {
            Self::Visitor => Self::Conversation,
            Self::Conversation => Self::Visitor,
        }
    }

    fn check(self, claim: &str) -> Result<(), TokenError> {
        if claim == self.claim() { Ok(()) } else { Err(TokenError::Scope) }
    }
}

fn whole_seconds(at: Timestamp) -> Timestamp {
    from_seconds(seconds(at))
}

const fn seconds(at: Timestamp) -> u64 {
    at.as_ms() / 1000
}

const fn from_seconds(seconds: u64) -> Timestamp {
    Timestamp::from_ms(seconds.saturating_mul(1000))
}
