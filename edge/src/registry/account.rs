//! Connected accounts: how a desk is reached and with which key. A key is sealed, and shown to nobody again.

use super::{
    desk_host::{self, DeskHost, HostError},
    id::AccountId,
    problem::{Code, Parsed, Problems},
    read::{self, MAX_ID_CHARS, MAX_NAME_CHARS, Node, Object, Report},
    sealed::{self, Sealed},
    stored::{Environment, Stored},
};

/// Longest sealed secret, in characters: a key of 2,000.
const MAX_SEALED_CHARS: usize = 3_000;

/// A valid account at Kustomer, the only kind that there is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Account {
    /// What flows name.
    pub id: AccountId,
    /// For admins.
    pub name: String,
    /// Where its API is.
    pub host: DeskHost,
    /// The API key.
    pub api_key: Sealed,
    /// The organisation's id at the desk, where it is known: events of another are dropped.
    pub organization_id: Option<String>,
}

impl Account {
    /// Where the API key is sealed for.
    #[must_use]
    pub fn api_key_place(id: &AccountId) -> String {
        sealed::place(&super::DocumentId::key(id), "api_key")
    }

    /// The name of the rate limit that the organisation's conversations share. A subdomain is an organisation's own;
    /// a regional host is everybody's.
    #[must_use]
    pub fn bucket(&self) -> String {
        match (&self.organization_id, self.host.is_organizations_own()) {
            (Some(organization), _) => format!("kustomer/{organization}"),
            (None, true) => format!("kustomer/{}", self.host),
            (None, false) => format!("kustomer/account/{}", self.id),
        }
    }
}

impl Stored for Account {
    type Id = AccountId;

    fn id(&self) -> &AccountId {
        &self.id
    }

    fn parse(json: &[u8], environment: Environment) -> Result<Parsed<Self>, Problems> {
        read::document(json, |report, object| account(report, object, environment))
    }
}

/// Reads the id of an account.
pub(super) fn id(report: &mut Report, node: &Node<'_>) -> Option<AccountId> {
    let text = node.raw_text(report, MAX_ID_CHARS)?;
    match AccountId::parse(text) {
        Ok(id) => Some(id),
        Err(error) => {
            node.fail(report, Code::IdForm, read::sentence(&error));
            None
        }
    }
}

/// Reads a sealed secret. One that is not sealed is not repeated in the message.
pub(super) fn sealed(report: &mut Report, node: &Node<'_>) -> Option<Sealed> {
    let text = node.raw_text(report, MAX_SEALED_CHARS)?;
    match Sealed::parse(text) {
        Ok(sealed) => Some(sealed),
        Err(error) => {
            node.fail(report, Code::SealedForm, read::sentence(&error));
            None
        }
    }
}

/// Reads an id of Kustomer's: 24 hexadecimal digits in every sample, and opaque.
pub(super) fn kustomer_id(report: &mut Report, node: &Node<'_>) -> Option<String> {
    let text = node.raw_text(report, MAX_ID_CHARS)?;
    let well_formed = (1..=64).contains(&text.len())
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_'));
    if !well_formed {
        node.fail(report, Code::IdForm, "An id of Kustomer's is expected: 24 hexadecimal digits.");
    }
    well_formed.then(|| text.to_owned())
}

fn account(
    report: &mut Report,
    object: &mut Object<'_>,
    environment: Environment,
) -> Option<Account> {
    let own_id = object.need(report, "id").and_then(|it| id(report, &it));
    let kind = object.need(report, "kind").and_then(|it| it.one_of(report, &[("kustomer", ())]));
    let name = object.need(report, "name").and_then(|it| it.line(report, MAX_NAME_CHARS));
    let host = object.need(report, "api_host").and_then(|it| host(report, &it, environment));
    let api_key = object.need(report, "api_key").and_then(|it| sealed(report, &it));
    let organization_id = match object.take("organization_id") {
        Some(node) => Some(kustomer_id(report, &node)?),
        None => None,
    };
    kind?;
    Some(Account { id: own_id?, name: name?, host: host?, api_key: api_key?, organization_id })
}

fn host(report: &mut Report, node: &Node<'_>, environment: Environment) -> Option<DeskHost> {
    let text = node.raw_text(report, desk_host::MAX_BYTES)?;
    match DeskHost::kustomer(text, environment) {
        Ok(host) => Some(host),
        Err(error) => {
            let code = match error {
                HostError::Form | HostError::Scheme => Code::HostForm,
                _ => Code::HostNotAllowed,
            };
            node.fail(report, code, read::sentence(&error));
            None
        }
    }
}
