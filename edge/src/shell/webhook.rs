//! The door for a desk's webhooks: verify, keep, answer at once; all work comes afterwards.

use std::cell::Cell;

use futures_util::StreamExt;
use parlor_shared::id::ResourceId;
use worker::{Env, Request, Response, Result};

use super::{clock, desk_index_do, log, problem::Refusal, registry_kv};
use crate::{
    conversation,
    registry::{Account, AccountId, KustomerResource, LookupError, SealKeys, SealSecretError},
    relay::kustomer::{
        self,
        webhook::{self, Arrived, MAX_BODY_BYTES, SIGNATURE_HEADER, Verdict},
    },
};

/// `POST /v1/resources/kustomer/{id}/receive-message`.
pub async fn receive(mut request: Request, env: &Env, id: &str) -> Result<Response> {
    let body = read(&mut request).await?;
    let keys = if body.len() > MAX_BODY_BYTES { Ok(Vec::new()) } else { keys(env, id).await };
    let Ok(keys) = keys else { return later("webhook_not_checked", id) };
    let headers = request.headers().clone();
    let signature = headers.get(SIGNATURE_HEADER)?;
    let arrived = Arrived { body: &body, signature: signature.as_deref() };
    let header = |name: &str| headers.get(name).ok().flatten();
    let account = match webhook::check(&keys, arrived, header, webhook::hmac_sha256) {
        Verdict::Signed(key) => key.account.clone(),
        Verdict::Unsigned => {
            log::line("webhook_unsigned", None, None);
            let title = "The signature does not hold, or there is no such address.";
            return Refusal::new(401, "webhook_unsigned", title).into_response();
        }
        Verdict::TooLarge => {
            log::line("webhook_too_large", None, None);
            return Refusal::new(413, "body_too_long", "The event is too long.").into_response();
        }
    };
    // An account that is not valid says nothing of whose events are ours; one that cannot be read would.
    let organization = match AccountId::parse(&account) {
        Ok(account) => match registry_kv::find::<Account>(env, &account).await {
            Ok(account) => account.organization_id,
            Err(LookupError::Unreachable { .. }) => return later("webhook_not_checked", id),
            Err(_) => None,
        },
        Err(_) => None,
    };
    let push = match kustomer::read(clock::now(), id, organization.as_deref(), &body) {
        Ok(push) => push,
        Err(dropped) => {
            if dropped.is_remarkable() {
                log::line(dropped.code(), Some(id), None);
            }
            return Response::empty();
        }
    };
    match desk_index_do::take(env, &push).await {
        Ok(200) => Response::empty(),
        _ => later("webhook_not_kept", id),
    }
}

/// It may be sent again: a 401 or a 200 would say what is not known.
fn later(code: &'static str, resource: &str) -> Result<Response> {
    // An address that was asked for by anybody is not repeated.
    let known = ResourceId::parse(resource).is_ok().then_some(resource);
    log::line(code, known, None);
    let title = "The event could not be checked or kept; it may be sent again.";
    Refusal::new(503, code, title).into_response()
}

/// The secrets that open at this address; none where it does not exist.
///
/// # Errors
/// Where that cannot be told now: the store does not answer, or nothing can be opened at all.
async fn keys(env: &Env, id: &str) -> std::result::Result<Vec<webhook::Key>, ()> {
    // Before anything depends on the address.
    let seals = seals(env)?;
    let Ok(id) = ResourceId::parse(id) else { return Ok(Vec::new()) };
    let hub = match registry_kv::resource_and_hub_of::<KustomerResource>(env, &id).await {
        Ok((_, hub)) => hub,
        Err(LookupError::Unreachable { .. }) => return Err(()),
        Err(_) => return Ok(Vec::new()),
    };
    let flows = registry_kv::flows(env, &hub).await;
    if flows.is_incomplete() {
        return Err(());
    }
    let (keys, problems) = conversation::webhook_keys(&id, flows.iter(), &seals);
    for (place, error) in problems {
        log::line(error.code(), Some(&place), None);
    }
    Ok(keys)
}

thread_local! {
    /// That nothing can be opened was logged.
    static SAID: Cell<bool> = const { Cell::new(false) };
}

/// The keys under which secrets in documents are sealed.
pub fn seals(env: &Env) -> std::result::Result<SealKeys, ()> {
    seal_keys(env).map_err(|error| {
        // Once in the life of a process: anybody may cause it, and healthz says it.
        if !SAID.replace(true) {
            log::line(error.code(), None, None);
        }
    })
}

/// The same, and what is wrong with the secret.
///
/// # Errors
/// [`SealSecretError`].
pub fn seal_keys(env: &Env) -> std::result::Result<SealKeys, SealSecretError> {
    let secret = |name| env.secret(name).ok().map(|it| it.to_string());
    let (current, previous) = (secret("SEAL_SECRET"), secret("SEAL_SECRET_PREVIOUS"));
    SealKeys::new(current.as_deref(), previous.as_deref())
}

/// The raw body, as much of it as shows that it is too long.
async fn read(request: &mut Request) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    let Ok(mut chunks) = request.stream() else { return Ok(body) };
    while let Some(chunk) = chunks.next().await {
        body.extend_from_slice(&chunk?);
        if body.len() > MAX_BODY_BYTES {
            break;
        }
    }
    Ok(body)
}
