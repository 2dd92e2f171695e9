//! Named deadlines, folded into the one alarm that a Durable Object has.

use parlor_shared::Timestamp;

/// The conversation's own deadlines; the relay has more, and reports the earliest of them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Deadlines {
    /// When a visitor who has left counts as gone.
    pub grace: Option<Timestamp>,
    /// When a visitor who has not answered is warned that the conversation ends for it.
    pub idle_warning: Option<Timestamp>,
    /// When it does.
    pub idle_end: Option<Timestamp>,
    /// When the conversation is forgotten, or ended because nothing happens in it any more.
    pub keep: Option<Timestamp>,
}

impl Deadlines {
    /// The earliest of these and of `relay`.
    pub fn earliest(&self, relay: Option<Timestamp>) -> Option<Timestamp> {
        let own = [self.grace, self.idle_warning, self.idle_end, self.keep];
        own.into_iter().flatten().chain(relay).min()
    }
}
