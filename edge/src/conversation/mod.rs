//! One chat: its log, its links, its relay, and the order in which effects leave.
//!
//! A conversation is its append-only log. Links and relay only add to it or read from it, and nothing that
//! a step decides leaves before the step's events are stored. It never does IO, asks for the time, or
//! sees a vendor's word, but in `desks`, where a flow becomes a route.
//!
//! Start with [`Core`], and `step`, which has what goes in and comes out; [`Erasure`] is what is left of one that was
//! erased; `transcript` is the log; `deadlines` folds every named deadline into the one alarm; `snapshot` is what is
//! stored; `frames` reads what links say.

mod core;
mod deadlines;
mod desks;
mod erasure;
mod frames;
mod idle;
mod keeping;
mod leaving;
mod left;
mod lists;
mod nobody;
mod opening;
mod orders;
mod pace;
mod polled;
mod rating;
mod snapshot;
mod step;
mod summary;
mod transcript;

pub use self::core::Core;
pub use desks::{account_of, reach, webhook_keys, webhook_wanted};
pub use erasure::{Erasure, Tell};
pub use keeping::CLOSE_ERASED;
pub use left::Left;
pub use lists::{list_of_customer, list_of_left, list_of_visitor};
pub use opening::{About, Nobody, Opening, Told, Way};
pub use orders::{Described, Obeyed, Order, OrderError, agents};
pub use pace::CLOSE_TOO_FAST;
pub use polled::{Answer, AskId};
pub use snapshot::{Change, RestoreError, Stored, row};
pub use step::{Input, LinkId, Note, Output};
pub use summary::Summary;
