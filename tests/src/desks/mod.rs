//! Simulated desks: what the vendors document, as state machines that anybody can step.
//!
//! They must never look at Parlor's own code: a simulator that follows its client proves nothing. Each rule
//! names the public page it was taken from; what no page settles is a knob.
//!
//! Start with [`live_agent`] and [`kustomer`], the machines, then [`server`], which puts them behind real HTTP with the
//! agents' pages, and [`http`], the plain values that all exchange. [`Machine`] is what all desks are to whoever steps them.

mod control;
pub mod dice;
pub mod http;
pub mod kustomer;
pub mod live_agent;
mod rules;
pub mod server;
mod trace;

pub use control::ControlError;

use std::time::Duration;

use http::{ConnId, Output, Request};

/// A desk, to whoever steps it: a server, or a world in virtual time.
pub trait Machine: std::fmt::Debug + Send + 'static {
    /// The next thing that it has to say.
    fn told(&mut self) -> Option<Told>;
    /// When [`Machine::tick`] has something to do next.
    fn deadline(&self) -> Option<Duration>;
    /// Time has passed.
    fn tick(&mut self, now: Duration);
    /// A request came in at the vendor's API.
    fn request(&mut self, now: Duration, conn: ConnId, request: Request);
    /// The client closed the connection of a request that is not answered.
    fn abort(&mut self, now: Duration, conn: ConnId);
    /// What became of a delivery. Desks without webhooks never ask.
    fn settled(&mut self, now: Duration, attempt: kustomer::AttemptId, fate: kustomer::Fate);
    /// Rises with everything that people should see.
    fn version(&self) -> u64;
}

/// What a desk says.
#[derive(Debug)]
pub enum Told {
    Answer(Output),
    /// A webhook's delivery.
    Deliver(kustomer::AttemptId, kustomer::Delivery),
}

impl Machine for live_agent::Desk {
    fn told(&mut self) -> Option<Told> {
        self.poll_output().map(Told::Answer)
    }

    fn deadline(&self) -> Option<Duration> {
        self.deadline()
    }

    fn tick(&mut self, now: Duration) {
        self.tick(now);
    }

    fn request(&mut self, now: Duration, conn: ConnId, request: Request) {
        self.request(now, conn, request);
    }

    fn abort(&mut self, now: Duration, conn: ConnId) {
        self.abort(now, conn);
    }

    fn settled(&mut self, _: Duration, _: kustomer::AttemptId, _: kustomer::Fate) {}

    fn version(&self) -> u64 {
        self.version()
    }
}

impl Machine for kustomer::Desk {
    fn told(&mut self) -> Option<Told> {
        self.poll_output().map(|output| match output {
            kustomer::Output::Answer(answer) => Told::Answer(answer),
            kustomer::Output::Deliver { attempt, delivery } => Told::Deliver(attempt, delivery),
        })
    }

    fn deadline(&self) -> Option<Duration> {
        self.deadline()
    }

    fn tick(&mut self, now: Duration) {
        self.tick(now);
    }

    fn request(&mut self, now: Duration, conn: ConnId, request: Request) {
        self.request(now, conn, request);
    }

    fn abort(&mut self, now: Duration, conn: ConnId) {
        self.abort(now, conn);
    }

    fn settled(&mut self, now: Duration, attempt: kustomer::AttemptId, fate: kustomer::Fate) {
        self.settled(now, attempt, fate);
    }

    fn version(&self) -> u64 {
        self.version()
    }
}
