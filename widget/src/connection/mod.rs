//! The link to the edge, seen from the browser.
//!
//! It must never lose a message that the visitor was shown as sent or waiting, never send one twice under two
//! ids, and never give up by itself.
//!
//! Start with [`machine`], which decides everything; [`incoming`] reads what arrives; `http` and `link`
//! (browser only) perform what the machine asks for.

#[cfg(target_arch = "wasm32")]
pub mod http;
pub mod incoming;
#[cfg(target_arch = "wasm32")]
pub mod link;
pub mod machine;
pub mod words;

pub use incoming::Incoming;
pub use machine::Machine;
