//! What is known of one person at a hub: all of it in one answer, or none of it any more.
//!
//! A person is a customer whom the site's server vouched for, or the visitor of one browser. What belongs to them is
//! found by the lists of their objects, and by nothing else: nobody is searched for by what was said. Each conversation
//! erases itself; what fails here is named, and the same request goes on from there.

use std::collections::{BTreeMap, BTreeSet};

use parlor_shared::id::ConversationId;
use worker::{Env, Response};

use super::{
    admin::{conversation_unknown, json, stub_of, transcript},
    conversation_do::Erased,
    customer_do, log,
    problem::{Answer, Refusal},
    start::conversation_failed,
};
use crate::{
    admin::wire::{Erasing, PersonExport, Transcript},
    conversation::{list_of_customer, list_of_visitor},
    registry::HubId,
};

/// All of a customer: `GET /v1/admin/hubs/{hub}/customers/{identifier}`.
pub async fn export_customer(env: &Env, hub: &str, identifier: &str) -> Answer<Response> {
    exported(Person::of_customer(env, hub, identifier).await?)
}

/// Nothing of a customer any more: `DELETE` of the same.
pub async fn erase_customer(env: &Env, hub: &str, identifier: &str) -> Answer<Response> {
    Person::of_customer(env, hub, identifier).await?.erase(env, None).await
}

/// All of the visitor of a conversation: `GET /v1/admin/conversations/{id}/visitor`.
pub async fn export_visitor(env: &Env, id: &str) -> Answer<Response> {
    exported(Person::of_conversation(env, &transcript(env, id).await?).await?)
}

/// Nothing of the visitor of a conversation any more: `DELETE` of the same.
pub async fn erase_visitor(env: &Env, id: &str) -> Answer<Response> {
    if stands_erased(env, id).await? {
        return erase_conversation(env, id).await;
    }
    let of = transcript(env, id).await?;
    // By this one the others are found, should something fail: so it goes last.
    Person::of_conversation(env, &of).await?.erase(env, Some(&of.conversation)).await
}

/// One conversation: `DELETE /v1/admin/conversations/{id}`.
pub async fn erase_conversation(env: &Env, id: &str) -> Answer<Response> {
    let id = ConversationId::parse(id).map_err(|_| conversation_unknown())?;
    let mut erasing = Erasing::default();
    match erase(env, &id).await? {
        Some(true) => erasing.erased.push(id),
        Some(false) => erasing.ending.push(id),
        None => return Err(conversation_unknown()),
    }
    answered(erasing)
}

/// What belongs to somebody.
struct Person {
    /// What the address names: their own, or the hub.
    hub: String,
    customer: Option<String>,
    /// By their ids.
    conversations: BTreeMap<String, Transcript>,
    visitors: BTreeSet<String>,
    /// Names of lists, and what they still name though it is gone.
    stale: Vec<(String, ConversationId)>,
    /// There was more than fits one answer.
    more: bool,
}

impl Person {
    /// Also of a hub that is no longer there: what was said at it may be.
    async fn of_customer(env: &Env, hub: &str, identifier: &str) -> Answer<Self> {
        let hub = HubId::parse(hub).map_err(|_| {
            Refusal::new(400, "id_malformed", "The hub's id has not the form of one.")
        })?;
        let first = list_of_customer(&hub, identifier);
        Self::gather(env, hub.as_str(), Some(identifier.to_owned()), vec![first]).await
    }

    async fn of_conversation(env: &Env, of: &Transcript) -> Answer<Self> {
        let customer = of.identifier().map(str::to_owned);
        let mut lists = vec![list_of_visitor(&of.hub, &of.visitor)];
        lists.extend(customer.iter().map(|it| list_of_customer(&of.hub, it)));
        Self::gather(env, &of.hub, customer, lists).await
    }

    /// Follows the lists: what a customer's names belongs to them, and with it what the same browsers said before anybody
    /// vouched for them, but not what another customer said there.
    async fn gather(
        env: &Env,
        hub: &str,
        customer: Option<String>,
        mut lists: Vec<String>,
    ) -> Answer<Self> {
        let mut person = Self {
            hub: hub.to_owned(),
            customer,
            conversations: BTreeMap::new(),
            visitors: BTreeSet::new(),
            stale: Vec::new(),
            more: false,
        };
        let mut read = BTreeSet::new();
        while let Some(list) = lists.pop() {
            if !read.insert(list.clone()) {
                continue;
            }
            for id in customer_do::list(env, &list).await? {
                if person.conversations.contains_key(id.as_str()) {
                    continue;
                }
                if person.conversations.len() >= MOST_AT_ONCE {
                    person.more = true;
                    return Ok(person);
                }
                match transcript(env, id.as_str()).await {
                    Ok(found) if person.owns(&found) => {
                        lists.push(list_of_visitor(hub, &found.visitor));
                        person.visitors.insert(found.visitor.clone());
                        person.conversations.insert(id.as_str().to_owned(), found);
                    }
                    Ok(_) => {}
                    Err(Refusal(problem)) if matches!(problem.status, 404 | 410) => {
                        person.stale.push((list.clone(), id));
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(person)
    }

    fn owns(&self, found: &Transcript) -> bool {
        found.hub == self.hub
            && found.identifier().is_none_or(|it| Some(it) == self.customer.as_deref())
    }

    /// Visitors first: whoever holds a token must not begin anew what is being erased.
    async fn erase(self, env: &Env, last: Option<&str>) -> Answer<Response> {
        let mut erasing = Erasing { more: self.more, ..Erasing::default() };
        let mut refused = BTreeSet::new();
        for visitor in &self.visitors {
            if customer_do::tell(env, &list_of_visitor(&self.hub, visitor), "refuse").await.is_ok()
            {
                refused.insert(visitor);
            }
        }
        let (anchor, others): (Vec<_>, Vec<_>) =
            self.conversations.values().partition(|it| Some(it.conversation.as_str()) == last);
        for found in others.into_iter().chain(anchor) {
            let Ok(id) = ConversationId::parse(&found.conversation) else { continue };
            let is_anchor = Some(id.as_str()) == last;
            let others_remain = self.more || !erasing.failed.is_empty();
            if (is_anchor && others_remain) || !refused.contains(&found.visitor) {
                erasing.failed.push(id);
                continue;
            }
            match erase(env, &id).await {
                Ok(Some(true) | None) => erasing.erased.push(id),
                Ok(Some(false)) => erasing.ending.push(id),
                Err(_) => {
                    log::line("erasing_failed", None, None);
                    erasing.failed.push(id);
                }
            }
        }
        for (list, id) in &self.stale {
            let _ = customer_do::forget(env, list, id).await;
        }
        if let (Some(customer), true) = (&self.customer, erasing.failed.is_empty()) {
            // Nothing of it may stay where there was no conversation to begin with.
            customer_do::tell(env, &list_of_customer(&self.hub, customer), "leave").await?;
        }
        answered(erasing)
    }
}

/// Whether it is gone, or is about to be; `None` where there is none.
async fn erase(env: &Env, id: &ConversationId) -> Answer<Option<bool>> {
    let mut response = stub_of(env, id.as_str())?.fetch_with_str("https://object/erase").await?;
    match response.status_code() {
        200 => Ok(Some(response.json::<Erased>().await?.done)),
        404 => Ok(None),
        _ => Err(conversation_failed()),
    }
}

async fn stands_erased(env: &Env, id: &str) -> Answer<bool> {
    let state = stub_of(env, id)?.fetch_with_str("https://object/state").await?;
    Ok(state.status_code() == 410)
}

fn exported(person: Person) -> Answer<Response> {
    json(
        200,
        &PersonExport {
            hub: person.hub,
            customer: person.customer,
            visitors: person.visitors.into_iter().collect(),
            conversations: person.conversations.into_values().collect(),
            more: person.more,
        },
    )
}

fn answered(mut erasing: Erasing) -> Answer<Response> {
    erasing.done = erasing.ending.is_empty() && erasing.failed.is_empty() && !erasing.more;
    json(if erasing.done { 200 } else { 202 }, &erasing)
}

/// Most conversations in one answer: each takes a request of the platform's budget, and has a log.
const MOST_AT_ONCE: usize = 200;
