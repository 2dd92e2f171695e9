//! Every address of the admin API, who may ask it, and what it does.

use crate::registry::Kind;

/// What a token may do. Each may all that those before it may.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Role {
    /// Read the configuration and the figures.
    ReadOnly,
    /// Read and act on conversations.
    Support,
    /// Everything.
    Admin,
}

/// An HTTP method that some address takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Method {
    /// Reads.
    Get,
    /// Makes or does something.
    Post,
    /// Writes under a known name.
    Put,
    /// Removes.
    Delete,
}

/// What an address does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Operation {
    /// All documents of a kind.
    List(Kind),
    /// One.
    Read(Kind),
    /// Writes a new one under an id of the edge's making.
    Create(Kind),
    /// Writes one.
    Write(Kind),
    /// Removes one.
    Remove(Kind),
    /// Everything, as one file.
    Export,
    /// Takes such a file.
    Import,
    /// Seals all secrets under the current Worker secret.
    SealAnew,
    /// Who changed what.
    Audit,
    /// The tokens, without their secrets.
    ListTokens,
    /// Makes one.
    MintToken,
    /// Revokes one.
    RevokeToken,
    /// What one desk says of itself now.
    FlowStats,
    /// The conversations of a customer.
    Find,
    /// Conversations of a hub in which a message waits for somebody.
    LeftMessages,
    /// Says something to a customer, in a conversation that is begun if none goes on.
    Reach,
    /// Says whose a conversation is.
    Identify,
    /// Whether a flow can work, asked of its desk.
    CheckFlow,
    /// Whether an account can.
    CheckAccount,
    /// Has the desk call the flow's webhook.
    RegisterWebhook,
    /// All that was said and done in a conversation.
    Transcript,
    /// The agents that were in it.
    Agents,
    /// Ends it.
    Close,
    /// Says something in it.
    Say,
    /// Moves it to another flow.
    Move,
    /// Makes it as if it had never been.
    EraseConversation,
    /// All that is kept of a conversation's visitor.
    ExportVisitor,
    /// None of it any more.
    EraseVisitor,
    /// All that is kept of a customer.
    ExportCustomer,
    /// None of it any more.
    EraseCustomer,
}

/// One address under one method.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// Its method.
    pub method: Method,
    /// Its path, `{id}` standing for a part.
    pub path: &'static str,
    /// The least role that may ask.
    pub role: Role,
    /// What it does.
    pub operation: Operation,
    /// Names of the query's members.
    pub query: &'static [&'static str],
    /// Whether it takes a body of JSON.
    pub body: bool,
}

/// All of them.
pub const ROUTES: &[Route] = &[
    read("/v1/admin/hubs", Operation::List(Kind::Hub)),
    create("/v1/admin/hubs", Kind::Hub),
    read("/v1/admin/hubs/{id}", Operation::Read(Kind::Hub)),
    write("/v1/admin/hubs/{id}", Operation::Write(Kind::Hub)),
    Route { query: &["flows"], ..remove("/v1/admin/hubs/{id}", Operation::Remove(Kind::Hub)) },
    read("/v1/admin/resources", Operation::List(Kind::Resource)),
    create("/v1/admin/resources", Kind::Resource),
    read("/v1/admin/resources/{id}", Operation::Read(Kind::Resource)),
    write("/v1/admin/resources/{id}", Operation::Write(Kind::Resource)),
    remove("/v1/admin/resources/{id}", Operation::Remove(Kind::Resource)),
    read("/v1/admin/accounts", Operation::List(Kind::Account)),
    create("/v1/admin/accounts", Kind::Account),
    read("/v1/admin/accounts/{id}", Operation::Read(Kind::Account)),
    write("/v1/admin/accounts/{id}", Operation::Write(Kind::Account)),
    remove("/v1/admin/accounts/{id}", Operation::Remove(Kind::Account)),
    read("/v1/admin/routing-flows", Operation::List(Kind::Flow)),
    create("/v1/admin/routing-flows", Kind::Flow),
    read("/v1/admin/routing-flows/{id}", Operation::Read(Kind::Flow)),
    write("/v1/admin/routing-flows/{id}", Operation::Write(Kind::Flow)),
    remove("/v1/admin/routing-flows/{id}", Operation::Remove(Kind::Flow)),
    read("/v1/admin/routing-flows/{id}/stats", Operation::FlowStats),
    support("/v1/admin/hubs/{id}/customers/{customer}/conversations", Operation::Find),
    Route {
        query: &["before", "limit"],
        ..support("/v1/admin/hubs/{id}/left-messages", Operation::LeftMessages)
    },
    Route { role: Role::Admin, ..read("/v1/admin/routing-flows/{id}/check", Operation::CheckFlow) },
    Route { role: Role::Admin, ..read("/v1/admin/accounts/{id}/check", Operation::CheckAccount) },
    Route {
        method: Method::Post,
        body: false,
        ..write("/v1/admin/routing-flows/{id}/webhook", Operation::RegisterWebhook)
    },
    Route {
        method: Method::Post,
        body: true,
        ..support("/v1/admin/conversations", Operation::Reach)
    },
    Route {
        method: Method::Put,
        body: true,
        ..support("/v1/admin/conversations/{id}/customer", Operation::Identify)
    },
    support("/v1/admin/conversations/{id}/transcript", Operation::Transcript),
    support("/v1/admin/conversations/{id}/agents", Operation::Agents),
    Route {
        method: Method::Post,
        ..support("/v1/admin/conversations/{id}/close", Operation::Close)
    },
    Route {
        method: Method::Post,
        body: true,
        ..support("/v1/admin/conversations/{id}/messages", Operation::Say)
    },
    Route {
        method: Method::Post,
        body: true,
        ..support("/v1/admin/conversations/{id}/move", Operation::Move)
    },
    remove("/v1/admin/conversations/{id}", Operation::EraseConversation),
    support("/v1/admin/conversations/{id}/visitor", Operation::ExportVisitor),
    remove("/v1/admin/conversations/{id}/visitor", Operation::EraseVisitor),
    support("/v1/admin/hubs/{id}/customers/{customer}", Operation::ExportCustomer),
    remove("/v1/admin/hubs/{id}/customers/{customer}", Operation::EraseCustomer),
    Route { role: Role::Admin, query: &["secrets"], ..read("/v1/admin/export", Operation::Export) },
    Route {
        method: Method::Post,
        body: false,
        ..write("/v1/admin/seal-anew", Operation::SealAnew)
    },
    Route {
        method: Method::Post,
        query: &["mode", "dry_run"],
        ..write("/v1/admin/import", Operation::Import)
    },
    Route {
        role: Role::Admin,
        query: &["before", "limit"],
        ..read("/v1/admin/audit", Operation::Audit)
    },
    Route { role: Role::Admin, ..read("/v1/admin/tokens", Operation::ListTokens) },
    Route { method: Method::Post, ..write("/v1/admin/tokens", Operation::MintToken) },
    remove("/v1/admin/tokens/{id}", Operation::RevokeToken),
];

/// Which route an address leads to.
#[derive(Clone, Debug)]
pub enum Found<'a> {
    /// This one, with the parts of the path that its braces stand for.
    Route(&'static Route, Vec<&'a str>),
    /// The address exists and takes these methods only.
    OtherMethod(Vec<Method>),
    /// There is nothing there.
    Nothing,
}

/// Finds the route of a request.
#[must_use]
pub fn find<'a>(method: &str, path: &'a str) -> Found<'a> {
    let mut methods = Vec::new();
    for route in ROUTES {
        let Some(parts) = parts(route.path, path) else { continue };
        if route.method.as_str() == method {
            return Found::Route(route, parts);
        }
        methods.push(route.method);
    }
    if methods.is_empty() { Found::Nothing } else { Found::OtherMethod(methods) }
}

fn parts<'a>(pattern: &str, path: &'a str) -> Option<Vec<&'a str>> {
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    let mut parts = Vec::new();
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(parts),
            (Some(wanted), Some(given)) if wanted.starts_with('{') => {
                parts.push(given);
            }
            (Some(wanted), Some(given)) if wanted == given => {}
            _ => return None,
        }
    }
}

const fn read(path: &'static str, operation: Operation) -> Route {
    Route { method: Method::Get, path, role: Role::ReadOnly, operation, query: &[], body: false }
}

const fn support(path: &'static str, operation: Operation) -> Route {
    Route { role: Role::Support, ..read(path, operation) }
}

const fn write(path: &'static str, operation: Operation) -> Route {
    Route { method: Method::Put, role: Role::Admin, body: true, ..read(path, operation) }
}

const fn create(path: &'static str, kind: Kind) -> Route {
    Route { method: Method::Post, ..write(path, Operation::Create(kind)) }
}

const fn remove(path: &'static str, operation: Operation) -> Route {
    Route { method: Method::Delete, role: Role::Admin, ..read(path, operation) }
}

impl Operation {
    /// Whether it is about a conversation or a desk, and carried out elsewhere than in the registry.
    #[must_use]
    pub const fn goes_through(self) -> bool {
        match self {
            Self::FlowStats
            | Self::Find
            | Self::LeftMessages
            | Self::Reach
            | Self::Identify
            | Self::CheckFlow
            | Self::CheckAccount
            | Self::RegisterWebhook
            | Self::Transcript
            | Self::Agents
            | Self::Close
            | Self::Say
            | Self::Move
            | Self::EraseConversation
            | Self::ExportVisitor
            | Self::EraseVisitor
            | Self::ExportCustomer
            | Self::EraseCustomer => true,
            Self::List(_)
            | Self::Read(_)
            | Self::Create(_)
            | Self::Write(_)
            | Self::Remove(_)
            | Self::Export
            | Self::Import
            | Self::SealAnew
            | Self::Audit
            | Self::ListTokens
            | Self::MintToken
            | Self::RevokeToken => false,
        }
    }
}

impl Method {
    /// As HTTP writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

impl Role {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::ReadOnly, Self::Support, Self::Admin];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "read_only",
            Self::Support => "support",
            Self::Admin => "admin",
        }
    }

    /// The role of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}
