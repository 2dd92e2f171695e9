//! Which role a key lacks.

/// The role that a key needs for a call, named to the admin where the key lacks it: a key's roles are fixed when it is
/// made, so what is missing has to be known.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Role {
    /// Find, make and change customers.
    Customer,
    /// Make, read and change conversations.
    Conversation,
    /// Make and read messages.
    Message,
    /// Names and pictures of agents.
    User,
    /// Queues.
    Routing,
    /// Notes: not among the five of the set-up.
    Note,
    /// To see which webhooks there are: only for registering one by the API, as are the next two.
    WebhookRead,
    /// To make one.
    WebhookCreate,
    /// To switch one on.
    WebhookUpdate,
}

impl Role {
    /// As Kustomer's list of roles has it. Source: docs/VENDORS.md, "Kustomer", "Roles".
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Customer => "org.permission.customer",
            Self::Conversation => "org.permission.conversation",
            Self::Message => "org.permission.message",
            Self::User => "org.permission.user",
            Self::Routing => "org.permission.routing",
            Self::Note => "org.permission.note.create",
            Self::WebhookRead => "org.permission.outbound_webhook.read",
            Self::WebhookCreate => "org.permission.outbound_webhook.create",
            Self::WebhookUpdate => "org.permission.outbound_webhook.update",
        }
    }
}
