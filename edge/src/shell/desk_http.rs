//! Performs a relay's calls: a request as data in, an outcome as data out.

use futures_util::StreamExt;
use worker::{
    AbortSignal, Env, Fetch, Headers, Method, Request, RequestInit, RequestRedirect, Response,
    js_sys::Array, wasm_bindgen::JsValue, web_sys,
};

use super::{bucket_do, log, registry_kv, webhook::seals};
use crate::{
    registry::Account,
    relay::{
        bucket::RateHeaders,
        call::{self, Charge, Failure, Outcome},
    },
};
use parlor_shared::Redacted;

/// Performs one call. It always comes back, also when `cancel` is signalled.
pub async fn perform(
    env: &Env,
    mut request: call::Request,
    cancel: &web_sys::AbortSignal,
) -> Outcome {
    let Some(charge) = request.charge.take() else {
        return send(&request, cancel).await.0;
    };
    let Some(key) = credentials(env, &charge, &request.url).await else {
        return Outcome::Failed(Failure::NoCredentials);
    };
    request.headers.push(("Authorization", key));
    match bucket_do::ask(env, &charge).await {
        Ok(None) => {}
        Ok(Some(until)) => return Outcome::Failed(Failure::Held { until }),
        // The limit is the desk's own in the end: a bucket that fails must not stop a chat.
        Err(_) => log::line("bucket_failed", None, None),
    }
    let (outcome, headers) = send(&request, cancel).await;
    let Outcome::Answer { status, .. } = &outcome else { return outcome };
    match bucket_do::report(env, &charge, *status, &headers).await {
        Ok(Some(until)) => Outcome::Failed(Failure::Held { until }),
        Ok(None) => outcome,
        Err(_) => {
            log::line("bucket_failed", None, None);
            outcome
        }
    }
}

/// The account's key, for its own host and no other: a document that was changed must not send it elsewhere.
async fn credentials(env: &Env, charge: &Charge, url: &str) -> Option<Redacted<String>> {
    let account = registry_kv::account(env, &charge.account).await?;
    let path = url.strip_prefix(&account.host.base_url())?;
    if !path.starts_with('/') {
        return None;
    }
    let place = Account::api_key_place(&account.id);
    match seals(env).ok()?.open(&place, &account.api_key) {
        Ok(key) => Some(Redacted::new(format!("Bearer {}", key.expose()))),
        Err(error) => {
            log::line(error.code(), Some(&place), None);
            None
        }
    }
}

async fn send(request: &call::Request, cancel: &web_sys::AbortSignal) -> (Outcome, RateHeaders) {
    let nothing = RateHeaders::default();
    let timeout_ms = u32::try_from(request.timeout.as_millis()).unwrap_or(u32::MAX);
    // The platform's own timer: it works even when the wasm that asked is gone.
    let timeout = web_sys::AbortSignal::timeout_with_u32(timeout_ms);
    let either = Array::of2(&timeout, cancel);
    let signal = AbortSignal::from(web_sys::AbortSignal::any(&either));
    let failed_at_head =
        || Outcome::Failed(if timeout.aborted() { Failure::Timeout } else { Failure::Network });
    let Ok(message) = message(request) else { return (failed_at_head(), nothing) };
    let Ok(mut response) = Fetch::Request(message).send_with_signal(&signal).await else {
        return (failed_at_head(), nothing);
    };
    let headers = RateHeaders::read(|name| response.headers().get(name).ok().flatten());
    let outcome = match body(&mut response, request.max_bytes).await {
        Ok(body) => Outcome::Answer { status: response.status_code(), body },
        Err(_) if timeout.aborted() => Outcome::Failed(Failure::Timeout),
        Err(failure) => Outcome::Failed(failure),
    };
    (outcome, headers)
}

fn message(request: &call::Request) -> worker::Result<Request> {
    let headers = Headers::new();
    for (name, value) in &request.headers {
        headers.set(name, value.expose())?;
    }
    let mut init = RequestInit::new();
    init.with_method(match request.method {
        call::Method::Get => Method::Get,
        call::Method::Post => Method::Post,
        call::Method::Put => Method::Put,
        call::Method::Patch => Method::Patch,
    })
    .with_headers(headers)
    .with_redirect(RequestRedirect::Manual);
    if let Some(body) = &request.body {
        init.with_body(Some(JsValue::from_str(body.expose())));
    }
    Request::new_with_init(&request.url, &init)
}

async fn body(response: &mut Response, max_bytes: usize) -> Result<Vec<u8>, Failure> {
    let Ok(mut chunks) = response.stream() else { return Ok(Vec::new()) };
    let mut body = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Failure::CutShort)?;
        if body.len() + chunk.len() > max_bytes {
            return Err(Failure::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
