//! Why a request to the admin API is refused.

use super::{
    routes::{Method, Role},
    wire::{ProblemView, Refusal, problems},
};
use crate::registry::{Key, ledger::WriteError};

/// A refusal. No variant carries a token or a secret.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AdminError {
    /// No bearer token.
    #[error("the request has no `Authorization: Bearer` token")]
    TokenMissing,
    /// Not one of ours, revoked, expired, or the first token after a named one was made.
    #[error("the token is not known, was revoked, or has expired")]
    TokenUnknown,
    /// There is no way in: neither a named token nor a Worker secret for the first.
    #[error(
        "no admin token is set: `wrangler secret put ADMIN_TOKEN`, 24 characters or more, makes the first"
    )]
    NoTokenSet,
    /// The token may not do this.
    #[error("this needs a token of the role `{}`", .0.as_str())]
    RoleInsufficient(Role),
    /// Too many requests, or too many wrong tokens.
    #[error("too many requests; ask again in {0} s")]
    TooMany(u64),
    /// Nothing at this address.
    #[error("there is nothing at this address")]
    RouteUnknown,
    /// Something, for other methods.
    #[error("this address does not take that method")]
    MethodNotAllowed(Vec<Method>),
    /// A member of the query that is not known, or has a value that is not.
    #[error("the query's member `{0}` is not known here, or has no such value")]
    Query(String),
    /// Not JSON, by its own word.
    #[error("the body must be JSON: say `Content-Type: application/json`")]
    ContentType,
    /// Longer than any request may be.
    #[error("the body has more than {0} bytes")]
    BodyTooLong(usize),
    /// Not the JSON that is wanted.
    #[error("the body is not as it should be: {what}")]
    Body {
        /// Which member, if it is one.
        field: Option<String>,
        /// What is wrong with it.
        what: String,
    },
    /// A header that cannot be read.
    #[error(
        "`If-Match` takes one revision in quotes, such as \"3\", or `*`; `If-None-Match` takes `*`"
    )]
    Precondition,
    /// The id in the address has not the form of one.
    #[error("the id in the address has not the form of one")]
    IdMalformed,
    /// No token of this id.
    #[error("there is no such token")]
    NoSuchToken,
    /// Nothing can be sealed or opened.
    #[error("the Worker secret SEAL_SECRET is not set, or is no key")]
    SealSecret,
    /// Sealed under a secret that is neither the current nor the previous one, or damaged.
    #[error("the secret {0} cannot be opened: write it in plain once more")]
    CannotOpen(String),
    /// The registry's own reasons.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl AdminError {
    /// Stable name, without values.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TokenMissing => "token_missing",
            Self::TokenUnknown => "token_unknown",
            Self::NoTokenSet => "admin_token_missing",
            Self::RoleInsufficient(_) => "role_insufficient",
            Self::TooMany(_) => "too_many_requests",
            Self::RouteUnknown => "route_unknown",
            Self::MethodNotAllowed(_) => "method_not_allowed",
            Self::Query(_) => "query_malformed",
            Self::ContentType => "content_type_unsupported",
            Self::BodyTooLong(_) => "body_too_long",
            Self::Body { .. } => "body_malformed",
            Self::Precondition => "precondition_malformed",
            Self::IdMalformed => "id_malformed",
            Self::NoSuchToken => "admin_token_unknown",
            Self::SealSecret => "seal_secret_missing",
            Self::CannotOpen(_) => "sealed_key_unknown",
            Self::Write(error) => error.code(),
        }
    }

    /// HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::TokenMissing | Self::TokenUnknown => 401,
            Self::NoTokenSet | Self::SealSecret => 503,
            Self::CannotOpen(_) => 409,
            Self::RoleInsufficient(_) => 403,
            Self::TooMany(_) => 429,
            Self::RouteUnknown | Self::NoSuchToken => 404,
            Self::MethodNotAllowed(_) => 405,
            Self::Query(_) | Self::Body { .. } | Self::Precondition | Self::IdMalformed => 400,
            Self::ContentType => 415,
            Self::BodyTooLong(_) => 413,
            Self::Write(error) => match error {
                WriteError::Invalid(_) => 422,
                WriteError::Unknown => 404,
                WriteError::Stale { .. } => 412,
                WriteError::RevisionRequired { .. } => 428,
                WriteError::InUse { .. } | WriteError::Full => 409,
            },
        }
    }

    /// The body of the answer.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        let field = match self {
            Self::Body { field, .. } => field.clone(),
            Self::Query(name) => Some(name.clone()),
            _ => None,
        };
        let problems = match self {
            Self::Write(WriteError::Invalid(all)) => problems(all),
            Self::Write(WriteError::InUse { by }) => by.iter().map(named_here).collect(),
            _ => Vec::new(),
        };
        let title = match self {
            // The list follows; its paths twice would help nobody.
            Self::Write(WriteError::Invalid(_)) => "The document is not valid.".to_owned(),
            other => sentence(&other.to_string()),
        };
        Refusal { title, status: self.status(), code: self.code(), field, problems }
    }
}

fn named_here((key, path): &(Key, String)) -> ProblemView {
    let path = path.strip_prefix('$').unwrap_or(path);
    ProblemView {
        path: format!("$[\"{key}\"]{path}"),
        code: "named_here".to_owned(),
        message: format!("`{key}` names it here."),
    }
}

/// Errors are written lower case and without a full stop.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|it| it.to_ascii_uppercase());
    first.into_iter().chain(chars).chain(['.']).collect()
}
