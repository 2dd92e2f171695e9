//! What the configuration says of desks, as relays want it: neither knows the other.

use std::collections::BTreeMap;

use parlor_shared::{Redacted, id::ResourceId};

use crate::{
    registry::{self, Account, AccountId, Flow, KustomerFlow, OpenError, SealKeys},
    relay::kustomer::{self, Reach, Wanted, webhook},
};

/// The account that a flow's relay works with, if it works with one.
#[must_use]
pub fn account_of(relay: &registry::Relay) -> Option<&AccountId> {
    match relay {
        registry::Relay::LiveAgent(_) => None,
        registry::Relay::Kustomer(flow) => Some(&flow.account),
    }
}

/// A flow's settings and its account's, as the relay wants them.
pub(super) fn kustomer(
    flow: &KustomerFlow,
    account: &Account,
    form: &BTreeMap<String, String>,
) -> kustomer::Config {
    kustomer::Config {
        account: account.id.as_str().to_owned(),
        bucket: account.bucket(),
        base_url: account.host.base_url(),
        resource: flow.resource.as_str().to_owned(),
        organization: account.organization_id.clone(),
        mode: if flow.chat { kustomer::Mode::Chat } else { kustomer::Mode::Core },
        opening: if flow.eager { kustomer::Opening::Eager } else { kustomer::Opening::Lazy },
        reopen: flow.reopen,
        team: flow.team.clone(),
        queue: flow.queue.clone(),
        answers: form.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
    }
}

/// How an account's organisation is reached.
#[must_use]
pub fn reach(account: &Account) -> Reach {
    Reach {
        account: account.id.as_str().to_owned(),
        bucket: account.bucket(),
        base_url: account.host.base_url(),
        organization: account.organization_id.clone(),
    }
}

/// The webhook that a flow wants to be called by, with as many of its secrets as can be opened; none for a desk that
/// calls nobody. `url` gives a resource's address.
#[must_use]
pub fn webhook_wanted(
    flow: &Flow,
    seals: Option<&SealKeys>,
    url: impl Fn(&str) -> String,
) -> Option<Wanted> {
    let registry::Relay::Kustomer(kustomer) = &flow.relay else { return None };
    let open = |place: &str, sealed| seals.and_then(|it| it.open(place, sealed).ok());
    let header = kustomer.webhook_header.as_ref().and_then(|it| {
        Some((it.name.clone(), open(&KustomerFlow::header_place(&flow.id), &it.value)?))
    });
    let secrets = kustomer.secrets(&flow.id).filter_map(|(place, it)| open(&place, it)).collect();
    Some(Wanted { url: url(kustomer.resource.as_str()), secrets, header })
}

/// The secrets that a webhook at this address may be signed with, and what could not be opened: document and reason.
/// First those of flows that name the address; of them, first those that are current.
///
/// None, where no flow of the hub has one: then nothing opens.
#[must_use]
pub fn webhook_keys<'a>(
    resource: &ResourceId,
    flows: impl Iterator<Item = &'a Flow>,
    seals: &SealKeys,
) -> (Vec<webhook::Key>, Vec<(String, OpenError)>) {
    let kustomer = |flow: &'a Flow| match &flow.relay {
        registry::Relay::Kustomer(it) => Some((flow, it.as_ref())),
        registry::Relay::LiveAgent(_) => None,
    };
    let (mut keys, mut problems) = (Vec::new(), Vec::new());
    for (flow, kustomer) in flows.filter_map(kustomer) {
        let elsewhere = kustomer.resource != *resource;
        let header = match &kustomer.webhook_header {
            None => None,
            Some(header) => {
                let place = KustomerFlow::header_place(&flow.id);
                match seals.open(&place, &header.value) {
                    Ok(value) => Some((header.name.clone(), value)),
                    Err(error) => {
                        // Without it the door would be open wider than the admin said.
                        problems.push((place, error));
                        continue;
                    }
                }
            }
        };
        for (age, (place, sealed)) in kustomer.secrets(&flow.id).enumerate() {
            match seals.open(&place, sealed) {
                Ok(secret) => {
                    let key = webhook::Key {
                        secret: Redacted::new(secret.expose().clone()),
                        header: header.clone(),
                        account: kustomer.account.as_str().to_owned(),
                    };
                    keys.push(((elsewhere, age), key));
                }
                Err(error) => problems.push((place, error)),
            }
        }
    }
    keys.sort_by_key(|(order, _)| *order);
    let keys = keys.into_iter().map(|(_, key)| key).take(webhook::MAX_KEYS);
    (keys.collect(), problems)
}
