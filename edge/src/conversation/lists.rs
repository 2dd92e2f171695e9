//! The names of the objects that list conversations: said here once, so that whoever lists one, finds it and takes it out
//! again means the same object. Neither a hub nor a visitor has a slash or a colon in its name.

use std::fmt::Display;

/// The object of a hub's conversations in which a message waits for somebody. No visitor is called like this.
#[must_use]
pub fn list_of_left(hub: impl Display) -> String {
    format!("{hub}/left")
}

/// The object of a visitor, whom a browser's token makes known.
#[must_use]
pub fn list_of_visitor(hub: impl Display, visitor: impl Display) -> String {
    format!("{hub}/{visitor}")
}

/// The object of a customer, whom the site's server names.
#[must_use]
pub fn list_of_customer(hub: impl Display, identifier: &str) -> String {
    format!("{hub}/id:{identifier}")
}
