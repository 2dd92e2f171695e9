//! Simulated desks: what the vendors document, as state machines that anybody can step.
//!
//! They must never look at Parlor's own code: a simulator that follows its client proves nothing. Each rule
//! names the public page it was taken from; what no page settles is a knob.
//!
//! Start with [`live_agent`], the machine, then [`server`], which puts it behind real HTTP with the agents'
//! page, and [`http`], the plain values that both exchange.

pub mod dice;
pub mod http;
pub mod kustomer;
pub mod live_agent;
pub mod server;
