//! Configuration as KV has it. Values may be a minute old; misses too.

use futures_util::future::join_all;
use worker::{
    Env,
    js_sys::{Date as JsDate, Object, Reflect},
    wasm_bindgen::{JsCast, JsValue},
};

use super::{
    clock, environment, log,
    problem::{Answer, Refusal},
};
use std::collections::BTreeMap;

use crate::conversation;
use crate::registry::{
    self, Account, AccountId, BelongsToHub, Date, DocumentId, Flow, Flows, Hub, Kind, LocalTime,
    LookupError, Resource, Stored,
};
use parlor_shared::{Timestamp, id::ResourceId};

/// The KV namespace.
pub const BINDING: &str = "CONFIG";

/// How long a value that was read may be used again in the same place, in seconds. The platform's minimum is 30.
const CACHE_S: u64 = 60;

/// A resource and its hub.
pub async fn resource_and_hub(env: &Env, id: &ResourceId) -> Answer<(Resource, Hub)> {
    resource_and_hub_of(env, id).await.map_err(|error| refuse(&error))
}

/// A resource of some kind and its hub.
pub async fn resource_and_hub_of<R>(env: &Env, id: &ResourceId) -> Result<(R, Hub), LookupError>
where
    R: Stored<Id = ResourceId> + BelongsToHub,
{
    let resource: R = document(env, id).await?;
    let hub: Hub = document(env, resource.hub()).await?;
    Ok((resource, hub))
}

/// An account; a broken or missing one is in the log.
pub async fn account(env: &Env, id: &str) -> Option<Account> {
    let id = AccountId::parse(id).ok()?;
    let found = document::<Account>(env, &id).await;
    found.map_err(|error| log::line(error.code(), Some(&error.to_string()), None)).ok()
}

/// Every flow that may come up for a visitor of `hub`.
pub async fn flows(env: &Env, hub: &Hub) -> Flows {
    let mut flows = Flows::default();
    loop {
        let wanted = flows.wanted(hub);
        if wanted.is_empty() {
            return flows;
        }
        // All of a round at once: a visitor waits for each.
        let read = wanted.into_iter().map(|id| async move {
            let found = document::<Flow>(env, &id).await;
            (id, found)
        });
        for (id, found) in join_all(read).await {
            // Whoever chooses says only which document is at fault; here it is known what is wrong with it.
            if let Err(error @ LookupError::Invalid { .. }) = &found {
                log::line(error.code(), Some(&error.to_string()), None);
            }
            flows.put(id, found);
        }
    }
}

/// The accounts that the flows work with.
pub async fn accounts(env: &Env, flows: &Flows) -> BTreeMap<AccountId, Account> {
    let mut accounts = BTreeMap::new();
    for id in flows.iter().filter_map(|flow| conversation::account_of(&flow.relay)) {
        if !accounts.contains_key(id)
            && let Some(account) = account(env, id.as_str()).await
        {
            accounts.insert(id.clone(), account);
        }
    }
    accounts
}

/// What clocks show in the hub's time zone; `None` without hours, or where the platform does not know the zone.
pub fn local_time(hub: &Hub) -> Option<LocalTime> {
    local_time_at(hub, clock::now())
}

/// The same at another instant.
pub fn local_time_at(hub: &Hub, at: Timestamp) -> Option<LocalTime> {
    let options = Object::new();
    Reflect::set(&options, &"timeZone".into(), &hub.time_zone()?.into()).ok()?;
    #[expect(clippy::cast_precision_loss, reason = "exact until long after us")]
    let now = JsDate::new(&JsValue::from_f64(at.as_ms() as f64));
    let format: worker::js_sys::Function =
        Reflect::get(&now, &"toLocaleString".into()).ok()?.dyn_into().ok()?;
    // Swedish writes 2026-11-23 08:49:05.
    let text = format.call2(&now, &JsValue::from_str("sv-SE"), &options).ok()?.as_string()?;
    let (date, time) = text.split_once(' ')?;
    let mut time = time.split(':');
    let (hour, minute) = (time.next()?.parse().ok()?, time.next()?.parse().ok()?);
    LocalTime::new(Date::parse(date)?, hour, minute)
}

/// A configuration at fault: the visitor's side learns the code, the log too, and which document it is.
pub fn refuse(error: &LookupError) -> Refusal {
    let code = error.code();
    if let LookupError::Missing { kind: "resource", .. } = error {
        return Refusal::new(
            404,
            code,
            "There is no such resource. Check the tag's data-resource.",
        )
        .about("resource");
    }
    log::line(code, Some(&error.to_string()), None);
    Refusal::new(
        503,
        code,
        "The chat's configuration is at fault; the edge's log names the document.",
    )
}

/// Every key and document that there is: what stood there before the registry kept the books.
pub async fn everything(env: &Env) -> worker::Result<Vec<(String, Vec<u8>)>> {
    let kv = env.kv(BINDING)?;
    let mut found = Vec::new();
    for kind in Kind::ALL {
        let mut cursor: Option<String> = None;
        loop {
            let list = kv.list().prefix(format!("{}:", kind.prefix()));
            let list = match cursor.take() {
                Some(cursor) => list.cursor(cursor),
                None => list,
            };
            let page = list.execute().await?;
            for key in page.keys {
                if let Some(json) = kv.get(&key.name).bytes().await? {
                    found.push((key.name, json));
                }
            }
            cursor = page.cursor.filter(|_| !page.list_complete);
            if cursor.is_none() {
                break;
            }
        }
    }
    Ok(found)
}

/// Whether there is any hub, as far as KV knows already.
pub async fn has_hub(env: &Env) -> worker::Result<bool> {
    let list = env.kv(BINDING)?.list().prefix(format!("{}:", Kind::Hub.prefix())).limit(1);
    Ok(!list.execute().await?.keys.is_empty())
}

/// Whether there is any account, whose key is sealed.
pub async fn has_account(env: &Env) -> worker::Result<bool> {
    let list = env.kv(BINDING)?.list().prefix(format!("{}:", Kind::Account.prefix())).limit(1);
    Ok(!list.execute().await?.keys.is_empty())
}

/// One document, or why there is none.
pub async fn find<D: Stored>(env: &Env, id: &D::Id) -> Result<D, LookupError> {
    document(env, id).await
}

/// One document, if it is there and valid.
pub async fn read<D: Stored>(env: &Env, id: &D::Id) -> Option<D> {
    document(env, id).await.ok()
}

async fn document<D: Stored>(env: &Env, id: &D::Id) -> Result<D, LookupError> {
    let found = match env.kv(BINDING) {
        Ok(kv) => kv.get(&id.key()).cache_ttl(CACHE_S).bytes().await.map_err(|_| ()),
        Err(_) => Err(()),
    };
    let bytes = found.map_err(|()| LookupError::Unreachable { key: id.key() })?;
    registry::open::<D>(id, bytes.as_deref(), environment(env)).map(|parsed| {
        for warning in parsed.warnings.iter() {
            log::line("document_warning", Some(&format!("{} {}", id.key(), warning.path)), None);
        }
        parsed.value
    })
}
