//! Stories told against the deployable Worker in the real runtime, with a desk behind real HTTP.
//!
//! Each starts its own edge and desk on free ports, waits for events and never for time, and closes with [`Stage::close`],
//! which reads the log for what must not be there. `cargo xtask build` makes the Worker that they run.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail where it stands")]

mod bad_answers;
mod bad_frames;
mod commands;
mod configuration;
mod conversation;
mod deploying;
mod earlier;
mod hand_over;
mod hibernation;
mod identity;
mod kill;
mod kustomer;
mod kustomer_page;
mod limits;
mod logs;
mod origins;
mod panics;
mod polled;
mod privacy;
mod registry;
mod resume;
mod retention;
mod rotation;
mod server_api;
mod stage;
mod starting;
mod tokens;

use stage::Stage;
