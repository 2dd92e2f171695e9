//! What can be wrong with an answer of any desk.

/// Why an answer could not be used. What is then done differs by desk: Live Agent's machine asks again within its budget,
/// and skips one message of a batch; Kustomer's looks whether a write was applied before it asks again.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ReplyError {
    /// The body is not the JSON that was asked for: a gateway's HTML, nothing, or half of it.
    #[error("{call} answered a body that is not its JSON")]
    NotJson {
        /// Which call.
        call: &'static str,
    },
    /// A member that the contract lists is absent or of another type.
    #[error("{call} answered without a usable {field}")]
    Missing {
        /// Which call, or which type of message.
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
}
