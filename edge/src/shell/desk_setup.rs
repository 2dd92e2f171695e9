//! What an admin asks of a desk before the first visitor comes. It steps `relay::LiveCheck` and
//! `relay::kustomer::Registering`, and decides nothing.

use std::collections::BTreeMap;

use serde_json::Value;
use worker::{AbortController, Env, Headers, Method, Request, RequestInit, Response};

use super::{
    admin::{flow, flow_unknown, json},
    clock, desk_http, environment, log,
    problem::{Answer, Refusal},
    public_origin, registry_do, registry_kv, webhook,
};
use crate::{
    admin::wire::{Checked, WebhookAnswer},
    conversation::{self, About},
    registry::{Account, AccountId, Flow, Flows, origin::Origin},
    relay::{
        LiveCheck,
        call::{Outcome, Request as Call},
        kustomer::{self, Named, Reach, Registering},
    },
};

/// `GET /v1/admin/routing-flows/{id}/check`.
pub async fn check_flow(env: &Env, request: &Request, id: &str) -> Answer<Response> {
    let flow = flow(env, id).await.ok_or_else(flow_unknown)?;
    let seals = webhook::seals(env).ok();
    let hook = conversation::webhook_wanted(&flow, seals.as_ref(), |resource| {
        hook_url(env, request, resource)
    });
    let route = About { accounts: accounts(env, &flow).await, ..About::default() };
    let route = route.route(&flow.relay).ok_or_else(account_missing)?;
    checked(env, LiveCheck::of(&route, hook)).await
}

/// `GET /v1/admin/accounts/{id}/check`.
pub async fn check_account(env: &Env, id: &str) -> Answer<Response> {
    let id = AccountId::parse(id).map_err(|_| account_unknown())?;
    let account = registry_kv::read::<Account>(env, &id).await.ok_or_else(account_unknown)?;
    let reach = conversation::reach(&account);
    let check = kustomer::LiveCheck::new(reach, Named::default(), None);
    checked(env, LiveCheck::Kustomer(check)).await
}

/// `POST /v1/admin/routing-flows/{id}/webhook`.
pub async fn register(env: &Env, request: &Request, id: &str) -> Answer<Response> {
    let flow = flow(env, id).await.ok_or_else(flow_unknown)?;
    let seals = webhook::seals(env).map_err(|()| {
        let title = "The Worker secret SEAL_SECRET is not set, or is no key.";
        Refusal::new(503, "seal_secret_missing", title)
    })?;
    let wanted = conversation::webhook_wanted(&flow, Some(&seals), |resource| {
        hook_url(env, request, resource)
    });
    let wanted = wanted.ok_or_else(|| {
        let title = "The flow's desk is asked by us and calls nobody.";
        Refusal::new(409, "flow_without_webhook", title)
    })?;
    let is_callable = wanted.url.starts_with("https://")
        || environment(env) == crate::registry::Environment::Development;
    if !is_callable {
        let title = "Kustomer calls https addresses only: set PUBLIC_URL to the edge's public one.";
        return Err(Refusal::new(409, "public_url_missing", title));
    }
    let accounts = accounts(env, &flow).await;
    let account = accounts.values().next().ok_or_else(account_missing)?;
    let reach: Reach = conversation::reach(account);
    let url = wanted.url.clone();
    let mut registering = Registering::new(reach, wanted);
    while let Some(call) = registering.ask() {
        let outcome = ask(env, call).await;
        registering.answer(outcome);
    }
    let registered = match registering.result() {
        Some(Ok(registered)) => registered,
        Some(Err(error)) => {
            log::line(error.code(), Some(id), None);
            let text = error.to_string();
            let (first, rest) = text.split_at(text.len().min(1));
            let title = format!("{}{rest}.", first.to_uppercase());
            return Err(Refusal::new(error.status(), error.code(), title));
        }
        None => return Err(Refusal::new(502, "desk_unreachable", "Kustomer did not answer.")),
    };
    let secret_changed = keep_secret(env, request, id, registered.secret.expose()).await?;
    let answer = WebhookAnswer {
        url: &url,
        webhook: &registered.id,
        done: registered.done.as_str(),
        enabled: registered.enabled,
        secret_changed,
        others: registered.others,
    };
    json(200, &answer)
}

/// Writes the webhook's secret into the flow, in the name of who asked: the registry checks, seals, keeps the books and
/// publishes as it does for every write. Whether anything changed.
async fn keep_secret(env: &Env, request: &Request, id: &str, secret: &str) -> Answer<bool> {
    let registry = env.durable_object("REGISTRY")?.get_by_name(registry_do::NAME)?;
    let address = format!("https://object/v1/admin/routing-flows/{id}");
    let headers = |more: &[(&str, &str)]| -> Answer<Headers> {
        let headers = Headers::new();
        for name in ["Authorization", "CF-Connecting-IP"] {
            if let Some(value) = request.headers().get(name)? {
                headers.set(name, &value)?;
            }
        }
        for (name, value) in more {
            headers.set(name, value)?;
        }
        Ok(headers)
    };
    let mut init = RequestInit::new();
    init.with_method(Method::Get).with_headers(headers(&[])?);
    let read = Request::new_with_init(&address, &init)?;
    let mut read = registry.fetch_with_request(read).await?;
    if read.status_code() != 200 {
        return Err(flow_unknown());
    }
    let revision = read.headers().get("ETag")?.unwrap_or_default();
    let mut document: Value = read.json().await?;
    if let Some(relay) = document.get_mut("relay").and_then(Value::as_object_mut) {
        relay.insert("webhook_secret_key".to_owned(), secret.into());
    }
    let more = [("If-Match", revision.as_str()), ("Content-Type", "application/json")];
    let mut init = RequestInit::new();
    init.with_method(Method::Put).with_headers(headers(&more)?);
    init.with_body(Some(document.to_string().into()));
    let write = Request::new_with_init(&address, &init)?;
    let mut written = registry.fetch_with_request(write).await?;
    if !(200..300).contains(&written.status_code()) {
        let title =
            "The webhook is there, and its secret could not be written into the flow: ask again.";
        return Err(Refusal::new(503, "platform_failed", title));
    }
    let written: Value = written.json().await?;
    Ok(written.get("changed").and_then(Value::as_bool).unwrap_or(false))
}

async fn checked(env: &Env, mut check: LiveCheck) -> Answer<Response> {
    while let Some(call) = check.ask() {
        let outcome = ask(env, call).await;
        check.answer(clock::now(), outcome);
    }
    json(200, &Checked::from(check.findings()))
}

async fn ask(env: &Env, call: Call) -> Outcome {
    let cancel = AbortController::default();
    desk_http::perform(env, call, &cancel.signal()).await
}

async fn accounts(env: &Env, flow: &Flow) -> BTreeMap<AccountId, Account> {
    let mut flows = Flows::default();
    flows.put(flow.id.clone(), Ok(flow.clone()));
    registry_kv::accounts(env, &flows).await
}

/// Where a desk finds the resource's webhook: at the address that we were given, else where the admin found us.
fn hook_url(env: &Env, request: &Request, resource: &str) -> String {
    let set = public_origin(env).unwrap_or_default();
    let own = || request.url().ok().and_then(|url| Origin::of_url(url.as_str()).ok());
    let origin = set.or_else(own).map(|it| it.to_string()).unwrap_or_default();
    format!("{origin}/v1/resources/kustomer/{resource}/receive-message")
}

/// The refusal where a flow has no account that it can work with.
pub fn account_missing() -> Refusal {
    let title = "The flow's account is missing or not valid; the edge's log names it.";
    Refusal::new(503, "account_missing", title)
}

fn account_unknown() -> Refusal {
    Refusal::new(404, "document_unknown", "There is no such account, or it is not valid.")
}
