//! A document as it lies in KV: found or not, read or not.

use super::{
    id::DocumentId,
    problem::{Parsed, Problems},
};

/// Where this edge runs. It decides which hosts a flow may name and nothing else here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Environment {
    /// Everything but development.
    Production,
    /// `ENVIRONMENT=development`: a flow may name a simulator on this machine.
    Development,
}

/// A kind of document.
pub trait Stored: Sized {
    /// What its key is made of.
    type Id: DocumentId;

    /// The id that stands in the document.
    fn id(&self) -> &Self::Id;

    /// Parses a document.
    ///
    /// # Errors
    /// Every problem of the document.
    fn parse(json: &[u8], environment: Environment) -> Result<Parsed<Self>, Problems>;
}

/// Why a document cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum LookupError {
    /// Nothing stands under its key.
    #[error("there is no document {key}")]
    Missing {
        /// Kind of document: `resource`, `hub`, `flow` or `account`.
        kind: &'static str,
        /// Its key.
        key: String,
    },
    /// Whether anything stands there is not known: the store did not answer.
    #[error("the document {key} could not be read")]
    Unreachable {
        /// Its key.
        key: String,
    },
    /// What stands there is not valid.
    #[error("the document {key} is not valid: {problems}")]
    Invalid {
        /// Its key.
        key: String,
        /// All of them.
        problems: Problems,
    },
    /// What stands there says that it is another document.
    #[error("the document {key} says that its id is another")]
    OtherId {
        /// Its key.
        key: String,
    },
}

impl Environment {
    /// Reads the Worker variable `ENVIRONMENT`. Whatever is not `development` is production.
    #[must_use]
    pub fn from_var(value: Option<&str>) -> Self {
        match value {
            Some("development") => Self::Development,
            _ => Self::Production,
        }
    }
}

/// Reads what was found under the key of `id`.
///
/// # Errors
/// [`LookupError::Missing`] where nothing was found, the others where it is of no use.
pub fn open<D: Stored>(
    id: &D::Id,
    found: Option<&[u8]>,
    environment: Environment,
) -> Result<Parsed<D>, LookupError> {
    let key = id.key();
    let Some(json) = found else {
        let kind = <D::Id as DocumentId>::KIND;
        return Err(LookupError::Missing { kind, key });
    };
    match D::parse(json, environment) {
        Ok(parsed) if parsed.value.id() == id => Ok(parsed),
        Ok(_) => Err(LookupError::OtherId { key }),
        Err(problems) => Err(LookupError::Invalid { key, problems }),
    }
}

impl LookupError {
    /// Stable name, without values.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing { kind, .. } => match *kind {
                "resource" => "resource_unknown",
                "hub" => "hub_missing",
                "account" => "account_missing",
                _ => "flow_missing",
            },
            Self::Unreachable { .. } => "config_unreachable",
            Self::Invalid { .. } => "document_invalid",
            Self::OtherId { .. } => "document_id_mismatch",
        }
    }

    /// What an admin does about it.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Missing { .. } => {
                "write the document, or mend the id that names it; a new one may take a minute to be seen"
            }
            Self::Unreachable { .. } => "ask again; if it stays so, look at the KV binding CONFIG",
            Self::Invalid { .. } => "mend the document at the paths that are listed",
            Self::OtherId { .. } => "write the document under the key of its own id",
        }
    }
}
