//! Named deadlines, folded into the one alarm that a Durable Object has.

use parlor_shared::Timestamp;

/// The conversation's own deadlines; the relay has more, and reports the earliest of them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Deadlines {
    /// When a visitor who has left counts as gone.
    pub grace: Option<Timestamp>,
}

impl Deadlines {
    /// The earliest of these and of `relay`.
    pub fn earliest(&self, relay: Option<Timestamp>) -> Option<Timestamp> {
        self.grace.into_iter().chain(relay).min()
    }
}
