//! The link: the only frames and bodies that the widget and the edge exchange. docs/PROTOCOL.md explains them.
//!
//! A frame is a JSON object with one member, whose name is the frame's type. Types are added, never
//! repurposed; a peer skips a type or member that it does not know. What a frame means may change only
//! with [`PROTOCOL_VERSION`].
//!
//! [`client`] holds what a widget sends, [`server`] what the edge sends, [`http`] the bodies around the link.

pub mod client;
pub mod http;
pub mod server;

pub use client::ClientFrame;
pub use http::{
    Consent, HoursView, Prechat, PrechatField, PrechatKind, Problem, Rating, ResourceView,
    StartAnswer, StartRequest,
};
pub use server::{
    Agent, Block, Capabilities, EndedBy, Event, FailureReason, ServerFrame, Span,
    UnavailableReason, What,
};

/// Version of the link. It is part of the WebSocket subprotocol and of `hello`.
pub const PROTOCOL_VERSION: u32 = 1;

/// The WebSocket subprotocol that names the link.
pub const SUBPROTOCOL: &str = "parlor.v1";

/// What stands before the token in the second offered subprotocol.
pub const TOKEN_SUBPROTOCOL_PREFIX: &str = "token.";

/// Longest frame that the edge reads, in bytes of UTF-8.
///
/// Room for a message of [`crate::text::MAX_CHARS`] characters, each written as an escaped surrogate pair.
pub const MAX_FRAME_BYTES: usize = 64 * 1024;

/// What a widget sends to keep the link warm; the platform answers [`PONG`] without waking the conversation.
pub const PING: &str = "ping";

/// The answer to [`PING`].
pub const PONG: &str = "pong";
