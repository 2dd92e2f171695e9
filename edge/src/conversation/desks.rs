//! What the configuration says of desks, as relays want it: neither knows the other.

use std::collections::BTreeMap;

use parlor_shared::{Redacted, id::ResourceId};

use crate::{
    registry::{self, Account, AccountId, Flow, KustomerFlow, OpenError, SealKeys},
    relay::kustomer::{self, webhook},
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

/// The secrets that a webhook at this address may be signed with, those of flows that name the address first, and
/// what could not be opened: document and reason.
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
    let mut flows: Vec<(&Flow, &KustomerFlow)> = flows.filter_map(kustomer).collect();
    flows.sort_by_key(|(_, kustomer)| kustomer.resource != *resource);
    let (mut keys, mut problems) = (Vec::new(), Vec::new());
    for (flow, kustomer) in flows {
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
        for (place, sealed) in kustomer.secrets(&flow.id) {
            match seals.open(&place, sealed) {
                Ok(secret) => keys.push(webhook::Key {
                    secret: Redacted::new(secret.expose().clone()),
                    header: header.clone(),
                    account: kustomer.account.as_str().to_owned(),
                }),
                Err(error) => problems.push((place, error)),
            }
        }
    }
    keys.truncate(webhook::MAX_KEYS);
    (keys, problems)
}
