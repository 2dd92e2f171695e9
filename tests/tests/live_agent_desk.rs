//! The simulated Live Agent desk against the vendor's rules: first stepped in virtual time, then over real HTTP.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail where it stands")]

#[path = "live_agent_desk/agents.rs"]
mod agents;
#[path = "live_agent_desk/asking.rs"]
mod asking;
#[path = "live_agent_desk/client.rs"]
mod client;
#[path = "live_agent_desk/ending.rs"]
mod ending;
#[path = "live_agent_desk/faults.rs"]
mod faults;
#[path = "live_agent_desk/files.rs"]
mod files;
#[path = "live_agent_desk/mutation.rs"]
mod mutation;
#[path = "live_agent_desk/over_http.rs"]
mod over_http;
#[path = "live_agent_desk/polling.rs"]
mod polling;
