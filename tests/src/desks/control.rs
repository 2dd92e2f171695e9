//! What the people at a desk, or a script, may ask of a simulator beside the vendor's API; each desk has orders of its own.

/// Why a control order was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ControlError {
    /// No chat has this id.
    UnknownChat,
    /// The chat is not in a state for this.
    WrongState { needs: &'static str },
    /// A field is missing or cannot be used.
    Field { field: String, why: &'static str },
}

impl ControlError {
    pub(super) fn field(field: &str, why: &'static str) -> Self {
        Self::Field { field: field.to_owned(), why }
    }

    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownChat => "unknown_chat",
            Self::WrongState { .. } => "wrong_state",
            Self::Field { .. } => "bad_field",
        }
    }

    pub fn status(&self) -> u16 {
        match self {
            Self::UnknownChat => 404,
            Self::WrongState { .. } => 409,
            Self::Field { .. } => 400,
        }
    }
}

impl std::fmt::Display for ControlError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UnknownChat => out.write_str("no chat has this id"),
            Self::WrongState { needs } => write!(out, "the chat must be {needs}"),
            Self::Field { field, why } => write!(out, "{field} {why}"),
        }
    }
}

impl std::error::Error for ControlError {}
