//! API keys: who a token is, and what its roles allow (sections 1.2 and 1.3).

use std::time::Duration;

/// A key as an admin makes it. Roles are fixed at creation.
#[derive(Clone, Debug)]
pub struct Key {
    /// Three parts with dots, like a JWT; treat as opaque.
    pub token: String,
    pub name: String,
    pub roles: Vec<String>,
    /// As an age of the desk; `None` never.
    pub expires: Option<Duration>,
}

impl Key {
    /// The key that the relay's set-up asks for: section 1.3, the five umbrella roles.
    pub fn relay() -> Self {
        Self::new(RELAY_TOKEN, "Parlor", &UMBRELLAS)
    }

    /// A key that may do everything.
    pub fn admin() -> Self {
        Self::new(ADMIN_TOKEN, "Admin", &["org.admin"])
    }

    pub fn new(token: &str, name: &str, roles: &[&str]) -> Self {
        Self {
            token: token.to_owned(),
            name: name.to_owned(),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            expires: None,
        }
    }
}

/// Any one of the listed roles will do. That an umbrella implies its children, and `org.admin` everything, is inferred.
pub(super) fn allows<'a>(
    mut roles: impl Iterator<Item = &'a str>,
    listed: &[&str],
    without: Option<&str>,
) -> bool {
    listed.is_empty()
        || roles.any(|role| {
            without != Some(role)
                && (role == "org.admin"
                    || listed.iter().any(|wanted| {
                        Some(*wanted) != without
                            && (*wanted == role
                                || wanted
                                    .strip_prefix(role)
                                    .is_some_and(|rest| rest.starts_with('.')))
                    }))
        })
}

/// Section 1.3.
pub const UMBRELLAS: [&str; 5] = [
    "org.permission.customer",
    "org.permission.conversation",
    "org.permission.message",
    "org.permission.user",
    "org.permission.routing",
];

/// What the demo and most tests use. No secret: it opens a simulator only.
pub const RELAY_TOKEN: &str = "simulated.relay.key";
pub const ADMIN_TOKEN: &str = "simulated.admin.key";

#[cfg(test)]
mod tests {
    use super::{UMBRELLAS, allows};

    #[test]
    fn an_umbrella_covers_its_children_and_no_neighbour() {
        let roles = || UMBRELLAS.into_iter();
        assert!(allows(roles(), &["org.permission.message.create"], None));
        assert!(!allows(roles(), &["org.permission.note.create"], None));
        assert!(!allows(roles(), &["org.permission.messages.create"], None));
        assert!(allows(["org.admin"].into_iter(), &["org.permission.note.create"], None));
        assert!(!allows(roles(), &["org.permission.user.read"], Some("org.permission.user")));
        assert!(!allows(roles(), &["org.permission.user.read"], Some("org.permission.user.read")));
    }
}
