//! What the books want to know of a document: whether it is valid, and which others it names, at which places.

use parlor_shared::id::ResourceId;
use serde_json::Value;

use super::{
    account::Account,
    flow::{Flow, Relay, WhenNobody},
    hub::Hub,
    id::{DocumentId, HubId},
    key::{Key, Kind},
    problem::{Parsed, Problems},
    resource::{KustomerResource, Resource},
    stored::{Environment, Stored},
};

/// A valid document, as far as the books go.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sheet {
    /// The id that stands in it.
    pub id: String,
    /// The hub that it belongs to; none for hubs themselves.
    pub hub: Option<String>,
    /// What it names.
    pub names: Vec<Name>,
}

/// One place where a document names another.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Name {
    /// Where, as a JSON path.
    pub path: String,
    /// Which document.
    pub key: Key,
    /// The hub to which the named document must belong.
    pub of_hub: Option<String>,
    /// Whether the document may be written before the named one is there: a hub and its flows name one another, and one
    /// of them has to come first.
    pub may_come_later: bool,
}

/// Reads a document of `kind`.
///
/// # Errors
/// Every problem of the document.
pub fn read(kind: Kind, json: &[u8], environment: Environment) -> Result<Parsed<Sheet>, Problems> {
    match kind {
        Kind::Hub => parse(json, environment, hub),
        Kind::Resource if is_kustomer(json) => {
            parse(json, environment, |it: &KustomerResource| resource(&it.id, &it.hub))
        }
        Kind::Resource => parse(json, environment, |it: &Resource| resource(&it.id, &it.hub)),
        Kind::Account => parse(json, environment, account),
        Kind::Flow => parse(json, environment, flow),
    }
}

fn parse<D: Stored>(
    json: &[u8],
    environment: Environment,
    sheet: impl FnOnce(&D) -> Sheet,
) -> Result<Parsed<Sheet>, Problems> {
    let parsed = D::parse(json, environment)?;
    Ok(Parsed { value: sheet(&parsed.value), warnings: parsed.warnings })
}

fn hub(hub: &Hub) -> Sheet {
    let first = [("$.default_flow".to_owned(), &hub.default_flow)];
    let rules =
        hub.rules.iter().enumerate().map(|(at, it)| (format!("$.rules[{at}].flow"), &it.flow));
    let names = first.into_iter().chain(rules).filter_map(|(path, flow)| {
        let of_hub = Some(hub.id.as_str().to_owned());
        Some(Name { path, key: key(flow)?, of_hub, may_come_later: true })
    });
    Sheet { id: hub.id.to_string(), hub: None, names: names.collect() }
}

/// Which of the two kinds of resources it says that it is: each has its own members.
fn is_kustomer(json: &[u8]) -> bool {
    let value: Value = serde_json::from_slice(json).unwrap_or_default();
    value.get("kind").and_then(Value::as_str) == Some("kustomer")
}

fn resource(id: &ResourceId, hub: &HubId) -> Sheet {
    let names = [belongs("$.hub", hub)];
    Sheet {
        id: id.to_string(),
        hub: Some(hub.to_string()),
        names: names.into_iter().flatten().collect(),
    }
}

/// Accounts belong to no hub: flows of several may use one.
fn account(account: &Account) -> Sheet {
    Sheet { id: account.id.to_string(), hub: None, names: Vec::new() }
}

fn flow(flow: &Flow) -> Sheet {
    let next = match &flow.when_nobody {
        WhenNobody::NextFlow(next) => key(next).map(|key| Name {
            path: "$.when_nobody.next_flow".to_owned(),
            key,
            of_hub: Some(flow.hub.to_string()),
            may_come_later: false,
        }),
        WhenNobody::LeaveMessage | WhenNobody::Closed(_) => None,
    };
    let (account, resource) = match &flow.relay {
        Relay::LiveAgent(_) => (None, None),
        Relay::Kustomer(relay) => {
            let resource = belongs("$.relay.resource_id", &relay.resource);
            let of_hub = Some(flow.hub.to_string());
            (
                belongs("$.relay.datasource_id", &relay.account),
                resource.map(|name| Name { of_hub, ..name }),
            )
        }
    };
    let names = [belongs("$.hub", &flow.hub), next, account, resource];
    Sheet {
        id: flow.id.to_string(),
        hub: Some(flow.hub.to_string()),
        names: names.into_iter().flatten().collect(),
    }
}

fn belongs(path: &str, named: &impl DocumentId) -> Option<Name> {
    Some(Name { path: path.to_owned(), key: key(named)?, of_hub: None, may_come_later: false })
}

/// An id that was parsed has the form of its kind, so this is always something.
fn key(id: &impl DocumentId) -> Option<Key> {
    Key::parse(&id.key())
}
