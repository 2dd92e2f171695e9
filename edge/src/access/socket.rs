//! What a WebSocket handshake offers in `Sec-WebSocket-Protocol`: the link's version and a token.
//!
//! A browser cannot set other headers on a WebSocket, and an address ends up in logs; so the token travels
//! as a second subprotocol, which the answer never repeats.

use parlor_shared::{
    Redacted,
    wire::{SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX},
};

/// Longest header that is looked at, in bytes.
const MAX_HEADER_BYTES: usize = 2048;

/// What stands before the version in the name of any version of the link.
const ANY_VERSION_PREFIX: &str = "parlor.v";

/// A handshake that can be answered: it offers the link in our version, and a token that is yet to be verified.
///
/// The answer's `Sec-WebSocket-Protocol` is [`SUBPROTOCOL`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Offer {
    /// To be verified as a [`super::Conversation`] token.
    pub token: Redacted<String>,
}

/// Why a handshake cannot be answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum OfferError {
    /// No header, or none of the offered subprotocols is the link.
    #[error("the handshake does not offer the subprotocol {SUBPROTOCOL}")]
    ProtocolMissing,
    /// The link is offered, in other versions only.
    #[error("the handshake offers versions of the link other than {SUBPROTOCOL} only")]
    ProtocolVersion,
    /// No `token.` subprotocol, or an empty one.
    #[error("the handshake offers no token")]
    TokenMissing,
    /// More than one `token.` subprotocol: which one is meant cannot be known.
    #[error("the handshake offers more than one token")]
    TokenRepeated,
    /// The header is too long to be looked at.
    #[error("the header has {bytes} bytes, {MAX_HEADER_BYTES} are allowed")]
    TooLong {
        /// How many bytes it has.
        bytes: usize,
    },
}

/// Reads the value of `Sec-WebSocket-Protocol`; several such headers are joined by commas.
///
/// # Errors
/// [`OfferError`], of which the shell answers with 400 and the code.
pub fn offer(header: Option<&str>) -> Result<Offer, OfferError> {
    let header = header.ok_or(OfferError::ProtocolMissing)?;
    if header.len() > MAX_HEADER_BYTES {
        return Err(OfferError::TooLong { bytes: header.len() });
    }
    let offered = || header.split(',').map(|it| it.trim_matches([' ', '\t']));
    if !offered().any(|it| it == SUBPROTOCOL) {
        return Err(if offered().any(|it| it.starts_with(ANY_VERSION_PREFIX)) {
            OfferError::ProtocolVersion
        } else {
            OfferError::ProtocolMissing
        });
    }
    let mut tokens = offered().filter_map(|it| it.strip_prefix(TOKEN_SUBPROTOCOL_PREFIX));
    let token = tokens.next().filter(|it| !it.is_empty()).ok_or(OfferError::TokenMissing)?;
    if tokens.next().is_some() {
        return Err(OfferError::TokenRepeated);
    }
    Ok(Offer { token: Redacted::new(token.to_owned()) })
}

impl OfferError {
    /// Stable name, without values.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ProtocolMissing => "protocol_missing",
            Self::ProtocolVersion => "protocol_version",
            Self::TokenMissing => "token_missing",
            Self::TokenRepeated => "token_repeated",
            Self::TooLong { .. } => "protocol_too_long",
        }
    }

    /// What the client does about it.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::ProtocolMissing | Self::TooLong { .. } => {
                "offer exactly `parlor.v1` and `token.` followed by a conversation token"
            }
            Self::ProtocolVersion => "reload the page: the widget and the edge differ in version",
            Self::TokenMissing | Self::TokenRepeated => {
                "offer `token.` followed by a conversation token, once"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(header: Option<&str>) -> &'static str {
        offer(header).unwrap_err().code()
    }

    #[test]
    fn the_link_and_a_token_are_found_wherever_they_stand() {
        for header in [
            "parlor.v1, token.ab-C_1.x",
            "token.ab-C_1.x,parlor.v1",
            "\tchat ,parlor.v2, parlor.v1 , token.ab-C_1.x ",
        ] {
            let offer = offer(Some(header)).unwrap();
            assert_eq!(offer.token.expose(), "ab-C_1.x", "{header}");
        }
    }

    #[test]
    fn each_refusal_has_its_code() {
        assert_eq!(code(None), "protocol_missing");
        assert_eq!(code(Some("")), "protocol_missing");
        assert_eq!(code(Some("token.abc")), "protocol_missing");
        assert_eq!(code(Some("Parlor.v1, token.abc")), "protocol_missing");
        assert_eq!(code(Some("parlor.v2, token.abc")), "protocol_version");
        assert_eq!(code(Some("parlor.v11, token.abc")), "protocol_version");
        assert_eq!(code(Some("parlor.v1")), "token_missing");
        assert_eq!(code(Some("parlor.v1, token.")), "token_missing");
        assert_eq!(code(Some("parlor.v1, token.a, token.b")), "token_repeated");
        let long = format!("parlor.v1, token.{}", "a".repeat(MAX_HEADER_BYTES));
        assert_eq!(code(Some(&long)), "protocol_too_long");
    }

    #[test]
    fn an_offer_does_not_print_its_token() {
        let offer = offer(Some("parlor.v1, token.sesame")).unwrap();
        assert!(!format!("{offer:?}").contains("sesame"));
    }
}
