//! The edge relay.
//!
//! Everything that decides is pure and builds on the host: [`conversation`], [`relay`], [`registry`],
//! [`access`], [`admin`]. Everything that touches the world is in `shell`, which exists for wasm32 only and decides
//! nothing. The fence between them is the compiler: the platform's crates are dependencies of wasm32 alone.
//!
//! Start with [`conversation`], the core that one chat is.

pub mod access;
pub mod admin;
pub mod conversation;
pub mod registry;
pub mod relay;

#[cfg(target_arch = "wasm32")]
mod shell;
