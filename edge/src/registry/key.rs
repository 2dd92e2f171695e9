//! Names of documents across kinds: what the registry's books are kept by, and what KV knows them as.

use std::fmt;

use parlor_shared::id::ResourceId;

use super::id::{AccountId, DocumentId, FlowId, HubId};

/// A kind of document.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Kind {
    /// A hub.
    Hub,
    /// A resource, of web chat or of Kustomer.
    Resource,
    /// A connected account.
    Account,
    /// A routing flow.
    Flow,
}

/// The name of one document: `hub:shop`.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Key {
    kind: Kind,
    id: String,
}

impl Kind {
    /// All there are, in the order in which they are written: what others name comes first.
    pub const ALL: [Self; 4] = [Self::Hub, Self::Resource, Self::Account, Self::Flow];

    /// What stands before the colon of its keys.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Hub => HubId::KIND,
            Self::Resource => ResourceId::KIND,
            Self::Account => AccountId::KIND,
            Self::Flow => FlowId::KIND,
        }
    }
}

impl Key {
    /// The name of the document of this kind and id; `None` if the id has not the form of the kind.
    #[must_use]
    pub fn new(kind: Kind, id: &str) -> Option<Self> {
        let well_formed = match kind {
            Kind::Hub => HubId::parse(id).is_ok(),
            Kind::Resource => ResourceId::parse(id).is_ok(),
            Kind::Account => AccountId::parse(id).is_ok(),
            Kind::Flow => FlowId::parse(id).is_ok(),
        };
        well_formed.then(|| Self { kind, id: id.to_owned() })
    }

    /// Reads a key as KV has it: `hub:shop`.
    #[must_use]
    pub fn parse(key: &str) -> Option<Self> {
        let (prefix, id) = key.split_once(':')?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.prefix() == prefix)?;
        Self::new(kind, id)
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Its id, without the kind.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.prefix(), self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_what_kv_knows_a_document_as() {
        for good in [
            "hub:shop",
            "flow:sales_de",
            "account:acme",
            "resource:3f0c2d1e-9a4b-4c3d-8e2f-001122334455",
        ] {
            assert_eq!(Key::parse(good).map(|it| it.to_string()).as_deref(), Some(good));
        }
        for bad in ["", "hub", "hub:", "hub:A", "hubs:shop", "resource:shop", "flow:a:b"] {
            assert_eq!(Key::parse(bad), None, "{bad}");
        }
    }
}
