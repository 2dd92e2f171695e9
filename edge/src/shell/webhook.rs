//! The door for a desk's webhooks: verify, keep, answer at once; all work comes afterwards.

use futures_util::StreamExt;
use parlor_shared::id::ResourceId;
use worker::{Env, Request, Response, Result};

use super::{clock, desk_index_do, log, problem::Refusal, registry_kv};
use crate::{
    conversation,
    registry::{KustomerResource, SealKeys},
    relay::kustomer::{
        self,
        webhook::{self, Arrived, MAX_BODY_BYTES, SIGNATURE_HEADER, Verdict},
    },
};

/// `POST /v1/resources/kustomer/{id}/receive-message`.
pub async fn receive(mut request: Request, env: &Env, id: &str) -> Result<Response> {
    let body = read(&mut request).await?;
    let keys = if body.len() > MAX_BODY_BYTES { Vec::new() } else { keys(env, id).await };
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
    let organization = registry_kv::account(env, &account).await.and_then(|it| it.organization_id);
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
        _ => {
            log::line("webhook_not_kept", Some(id), None);
            let title = "The event could not be kept; it may be sent again.";
            Refusal::new(503, "webhook_not_kept", title).into_response()
        }
    }
}

/// The secrets that open at this address; none where it does not exist.
async fn keys(env: &Env, id: &str) -> Vec<webhook::Key> {
    let Ok(id) = ResourceId::parse(id) else { return Vec::new() };
    let Ok((_, hub)) = registry_kv::resource_and_hub_of::<KustomerResource>(env, &id).await else {
        return Vec::new();
    };
    let Ok(seals) = seals(env) else { return Vec::new() };
    let flows = registry_kv::flows(env, &hub).await;
    let (keys, problems) = conversation::webhook_keys(&id, flows.iter(), &seals);
    for (place, error) in problems {
        log::line(error.code(), Some(&place), None);
    }
    keys
}

/// The keys under which secrets in documents are sealed.
pub fn seals(env: &Env) -> std::result::Result<SealKeys, ()> {
    let secret = |name| env.secret(name).ok().map(|it| it.to_string());
    let (current, previous) = (secret("SEAL_SECRET"), secret("SEAL_SECRET_PREVIOUS"));
    SealKeys::new(current.as_deref(), previous.as_deref())
        .map_err(|error| log::line(error.code(), None, None))
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
