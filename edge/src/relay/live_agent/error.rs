//! What can be wrong with an answer of the desk.

/// Why an answer could not be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ReplyError {
    /// The body is not the JSON that was asked for: a gateway's HTML, nothing, or half of it.
    #[error("{call} answered a body that is not its JSON")]
    NotJson {
        /// Which resource.
        call: &'static str,
    },
    /// A member that the contract lists is absent or of another type.
    #[error("{call} answered without a usable {field}")]
    Missing {
        /// Which resource or message type.
        call: &'static str,
        /// Which member.
        field: &'static str,
    },
}

impl ReplyError {
    /// Stable name, without values.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotJson { .. } => "reply_not_json",
            Self::Missing { .. } => "reply_field_missing",
        }
    }

    /// What the machine does about it.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::NotJson { .. } => "ask again within the budget",
            Self::Missing { .. } => {
                "skip the item, count it; ask again if the whole answer is unusable"
            }
        }
    }
}
