//! Somebody whom the site's own server knows.

use std::fmt;

/// A customer, by the word of the site's server: a checked token, or the server API. Nothing that was typed, and nothing
/// that a page said, is ever in here: a desk may show whose history it is.
#[derive(Clone, Eq, PartialEq)]
pub struct Customer {
    /// The site's own name for the customer: what histories are found by.
    pub identifier: String,
    /// For agents.
    pub name: Option<String>,
    /// As the site's server knows it.
    pub email: Option<String>,
}

impl fmt::Debug for Customer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Customer")
    }
}
