//! What is kept of the network across pages: that it lets no socket through. Without it each page of the site would wait
//! anew for a socket that does not come.

use parlor_shared::Timestamp;

use super::{WALL_KEPT_FOR, Way};

/// See the module's documentation.
#[derive(Clone, Copy, Debug)]
pub enum Wall {
    /// Nothing is kept.
    Unknown,
    /// An earlier page kept it, for so long. It has not been looked at yet.
    Recalled(Timestamp),
    /// This page keeps it, or has looked at what an earlier one kept.
    Kept,
}

impl Wall {
    /// True once, where an earlier page has found a wall and that is not too long ago.
    pub fn recall(&mut self, now: Timestamp) -> bool {
        let Self::Recalled(until) = *self else { return false };
        *self = Self::Kept;
        // A clock that was set back since makes no day of half an hour.
        now < until && until <= now + WALL_KEPT_FOR
    }

    /// A link is up this way: what is to be kept instead of what was, if anything is.
    pub fn learn(&mut self, now: Timestamp, way: Way) -> Option<Option<Timestamp>> {
        match (way, *self) {
            (Way::Requests, _) => {
                *self = Self::Kept;
                Some(Some(now + WALL_KEPT_FOR))
            }
            (Way::Socket, Self::Kept) => {
                *self = Self::Unknown;
                Some(None)
            }
            (Way::Socket, _) => None,
        }
    }
}
