//! Performs a relay's calls: a request as data in, an outcome as data out.

use futures_util::StreamExt;
use worker::{
    AbortSignal, Fetch, Headers, Method, Request, RequestInit, RequestRedirect, Response,
    js_sys::Array, wasm_bindgen::JsValue, web_sys,
};

use crate::relay::call::{self, Failure, Outcome};

/// Performs one call. It always comes back, also when `cancel` is signalled.
pub async fn perform(request: call::Request, cancel: &web_sys::AbortSignal) -> Outcome {
    if request.charge.is_some() {
        // No flow leads to a desk with an account yet.
        return Outcome::Failed(Failure::NoCredentials);
    }
    let timeout_ms = u32::try_from(request.timeout.as_millis()).unwrap_or(u32::MAX);
    // The platform's own timer: it works even when the wasm that asked is gone.
    let timeout = web_sys::AbortSignal::timeout_with_u32(timeout_ms);
    let either = Array::of2(&timeout, cancel);
    let signal = AbortSignal::from(web_sys::AbortSignal::any(&either));
    let failed_at_head =
        || Outcome::Failed(if timeout.aborted() { Failure::Timeout } else { Failure::Network });
    let Ok(message) = message(&request) else { return failed_at_head() };
    let Ok(mut response) = Fetch::Request(message).send_with_signal(&signal).await else {
        return failed_at_head();
    };
    match body(&mut response, request.max_bytes).await {
        Ok(body) => Outcome::Answer { status: response.status_code(), body },
        Err(_) if timeout.aborted() => Outcome::Failed(Failure::Timeout),
        Err(failure) => Outcome::Failed(failure),
    }
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
