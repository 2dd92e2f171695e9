//! The simulated Kustomer desk against the reference's rules: first stepped in virtual time, then over real HTTP.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail where it stands")]

#[path = "kustomer_desk/access.rs"]
mod access;
#[path = "kustomer_desk/agents.rs"]
mod agents;
#[path = "kustomer_desk/chat.rs"]
mod chat;
#[path = "kustomer_desk/client.rs"]
mod client;
#[path = "kustomer_desk/deliveries.rs"]
mod deliveries;
#[path = "kustomer_desk/faults.rs"]
mod faults;
#[path = "kustomer_desk/files.rs"]
mod files;
#[path = "kustomer_desk/limits.rs"]
mod limits;
#[path = "kustomer_desk/mutation.rs"]
mod mutation;
#[path = "kustomer_desk/over_http.rs"]
mod over_http;
#[path = "kustomer_desk/records.rs"]
mod records;
