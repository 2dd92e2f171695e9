//! The chat that a visitor sees. It runs in a cross-origin frame on the site; the loader beside it draws the launcher.
//!
//! [`connection`], [`state`], [`bridge`], [`codec`], [`digits`] and [`snapshot`] are pure: they compile on the host,
//! where their tests run. What touches the browser is compiled for wasm32 only and decides nothing: `app` joins it together,
//! `components` draw, `connection::link`, `bridge::port`, `storage`, `clock` and `json` are the doors to the world.
//!
//! Start with [`state::Model::update`].

pub mod blocks;
pub mod bridge;
pub mod codec;
pub mod connection;
pub mod digits;
pub mod pairs;
pub mod snapshot;
pub mod state;

#[cfg(target_arch = "wasm32")]
mod app;
#[cfg(target_arch = "wasm32")]
mod clock;
#[cfg(target_arch = "wasm32")]
mod components;
#[cfg(target_arch = "wasm32")]
mod json;
#[cfg(target_arch = "wasm32")]
mod storage;

#[cfg(target_arch = "wasm32")]
pub use app::{Handle, start};

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static MEMORY: blocks::Blocks = blocks::Blocks::new(blocks::grow);
