//! What the widget and the edge must agree on: ids, text, time, backoff, and the frames of the link.
//!
//! Nothing here does IO, reads a clock or knows a browser. Nothing may: both programs and every test
//! compile this crate, and a host build of it is the proof.
//!
//! Start with [`wire`], the frames; everything else serves them.

pub mod backoff;
mod customer;
pub mod id;
pub mod redact;
pub mod text;
pub mod theme;
pub mod time;
pub mod wire;

pub use customer::Customer;
pub use redact::Redacted;
pub use time::Timestamp;
