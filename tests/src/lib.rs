//! What Parlor is tested with: simulated desks, a virtual world, and the stories told in it.
//!
//! Nothing here is part of what ships. The desks follow the vendors' documentation and know nothing of Parlor;
//! the world joins one of them, the real conversation core and scripted people under a virtual clock.
//!
//! Start with [`story::check`], the one door that most tests use.

pub mod desks;
pub mod network;
pub mod storm;
pub mod story;
pub mod trace;
pub mod world;
