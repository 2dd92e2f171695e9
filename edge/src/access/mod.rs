//! Who may come in: facts in, verdict out.
//!
//! Four questions are answered here: may this site embed this resource ([`origin_verdict`], [`frame_csp`]),
//! who holds this token ([`Keys`]), whom does the site's server vouch for ([`identity`]), and what does this WebSocket
//! handshake offer ([`offer`]). Nothing here
//! reads a header, a clock or a secret by itself: the shell hands them in. No token and no secret is ever
//! printed, compared byte by byte with an early return, or read as JSON before its signature held.
//!
//! Start with [`Keys`] for tokens, with [`Verdict`] for sites.

mod claims;
pub mod identity;
mod limit;
mod site;
mod socket;
mod token;

pub use claims::{Claims, Conversation, Visitor, VisitorId};
pub use identity::IdentityError;
pub use limit::limit_key;
pub use site::{Verdict, frame_ancestors, frame_csp, origin_verdict, own_origin_verdict};
pub use socket::{Offer, OfferError, offer};
pub use token::{Keys, SecretError, SignedBy, Token, TokenError, Verified};
