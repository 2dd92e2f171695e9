//! The route table, CORS, and refusals as answers.

use parlor_shared::id::ResourceId;
use worker::{Context, Env, Method, Request, Response, Result, event};

use super::{
    admin, clock, earlier, frame, identity, is_development, log, polled,
    problem::{Answer, Refusal},
    public_origin, registry_do, registry_kv, socket, start, warnings_do, webhook,
};
use crate::{
    access::{self, Verdict},
    registry::{self, SealSecretError},
};

#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    let path = request.path();
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let method = request.method();
    match (method, parts.as_slice()) {
        (Method::Get | Method::Head, ["healthz"]) => health(&env).await,
        (Method::Get, ["frame"]) => frame::document(&request, &env).await,
        (Method::Get, ["v1", "resources", id]) => resource(&request, &env, id).await,
        (Method::Post, ["v1", "conversations"]) => {
            start::conversation(request, &env).await.or_else(Refusal::into_response)
        }
        (Method::Get, ["v1", "visitors", "conversations"]) => {
            earlier::list(&request, &env).await.or_else(Refusal::into_response)
        }
        (Method::Get, ["v1", "visitors", "conversations", id]) => {
            earlier::one(&request, &env, id).await.or_else(Refusal::into_response)
        }
        (Method::Get, ["v1", "conversations", id, "socket"]) => {
            let id = (*id).to_owned();
            socket::open(request, &env, &id).await
        }
        (Method::Get, ["v1", "conversations", id, "events"]) => {
            let id = (*id).to_owned();
            polled::events(request, &env, &id).await
        }
        (Method::Post, ["v1", "conversations", id, "frames"]) => {
            let id = (*id).to_owned();
            polled::frames(request, &env, &id).await
        }
        (
            Method::Post,
            ["v1", "resources", "kustomer", id, "receive-message"]
            // Airkit's: a team that migrates changes only the host.
            | ["internal", "sessions", "v1", "resource", "kustomer", id, "receive-message"],
        ) => {
            let id = (*id).to_owned();
            webhook::receive(request, &env, &id).await
        }
        (_, ["v1", "admin", ..]) => admin::ask(request, &env).await.or_else(Refusal::into_response),
        (Method::Get, ["v1", "openapi.json"]) => admin::openapi(),
        (Method::Post, ["v1", "development", "panic"]) if is_development(&env) => {
            panic!("asked to, by the development flag")
        }
        (Method::Post, ["v1", "development", "signature"]) if is_development(&env) => {
            identity::tried(request).await
        }
        // At once, and at whatever comes next: the second shows what a panic does to a message on its way.
        (
            Method::Post,
            ["v1", "development", "conversations", id, how @ ("panic" | "panic-next")],
        ) if is_development(&env) => {
            let stub = env.durable_object("CONVERSATION")?.id_from_string(id)?.get_stub()?;
            stub.fetch_with_str(&format!("https://object/{how}")).await
        }
        (
            _,
            ["healthz" | "frame"]
            | ["v1", "openapi.json"]
            | ["v1", "resources", _]
            | ["v1", "conversations", ..]
            | ["v1", "visitors", "conversations", ..],
        ) => {
            let title = "This address does not take that method.";
            Refusal::new(405, "method_not_allowed", title).into_response()
        }
        _ => {
            Refusal::new(404, "route_unknown", "There is nothing at this address.").into_response()
        }
    }
}

/// `GET /v1/resources/{id}`: across origins, from the site's page. Here its `Origin` is real.
async fn resource(request: &Request, env: &Env, id: &str) -> Result<Response> {
    let origin = request.headers().get("Origin")?;
    let mut response = match try_resource(env, id, origin.as_deref()).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response()?,
    };
    let headers = response.headers_mut();
    headers.set("Vary", "Origin")?;
    // A refusal must be readable too, or the site's developer would only see "CORS error".
    if let Some(origin) = origin.filter(|it| registry::origin::Origin::parse(it).is_ok()) {
        headers.set("Access-Control-Allow-Origin", &origin)?;
    }
    Ok(response)
}

async fn try_resource(env: &Env, id: &str, origin: Option<&str>) -> Answer<Response> {
    let id = ResourceId::parse(id).map_err(|_| {
        Refusal::new(400, "resource_malformed", "The tag's data-resource is not a resource's id.")
            .about("resource")
    })?;
    let (resource, hub) = registry_kv::resource_and_hub(env, &id).await?;
    if access::origin_verdict(&resource, origin) == Verdict::NotAllowed {
        log::line("origin_not_allowed", Some(id.as_str()), None);
        let title = "This site may not use the resource. Add its origin to allowed_origins.";
        return Err(Refusal::new(403, "origin_not_allowed", title));
    }
    let view =
        registry::view(&resource, &hub, clock::now(), &|at| registry_kv::local_time_at(&hub, at));
    let mut response = Response::from_json(&view)?;
    response.headers_mut().set("Cache-Control", "private, max-age=60")?;
    Ok(response)
}

/// `GET /healthz`: up, and what is missing, by code and in words.
async fn health(env: &Env) -> Result<Response> {
    let mut problems: Vec<(String, String)> = Vec::new();
    if let Err(Refusal(problem)) = start::keys(env) {
        problems.push((problem.code, problem.title));
    }
    let has_hub = registry_kv::has_hub(env).await;
    match has_hub {
        Err(_) => {
            let words =
                "The KV namespace CONFIG is not bound, or does not answer: see wrangler.toml.";
            problems.push(("config_missing".to_owned(), words.to_owned()));
        }
        Ok(false) => {
            // Named tokens would do as well, but whoever has one has made a hub.
            let secret = env.secret("ADMIN_TOKEN").map(|it| it.to_string()).unwrap_or_default();
            if secret.len() < crate::admin::ADMIN_TOKEN_MIN_BYTES {
                let words = "ADMIN_TOKEN is not set, or has fewer than 24 characters: run `wrangler secret put ADMIN_TOKEN`.";
                problems.push(("admin_token_missing".to_owned(), words.to_owned()));
            }
            let words = "There is no hub yet: docs/DEPLOYING.md goes on from here. A new one may take a minute to be seen.";
            problems.push(("hub_none".to_owned(), words.to_owned()));
        }
        Ok(true) => {}
    }
    if let Err(error) = webhook::seal_keys(env) {
        let needs = registry_kv::has_account(env).await.unwrap_or(false);
        if needs || error != SealSecretError::Missing {
            let words =
                format!("{error}: an account's key cannot be opened, and no webhook be checked.");
            problems.push((error.code().to_owned(), words));
        }
    }
    if public_origin(env).is_err() {
        let words = "PUBLIC_URL is not an address that begins with https://: a desk could not call it, so the address at which the admin API is asked is used.";
        problems.push(("public_url_form".to_owned(), words.to_owned()));
    }
    if matches!(registry_do::can_open_all(env).await, Ok(false)) {
        let words = "A secret was sealed under a SEAL_SECRET that is neither the current nor the previous one: write it anew, or put the old one into SEAL_SECRET_PREVIOUS. `POST /v1/admin/seal-anew` names it.";
        problems.push(("sealed_key_unknown".to_owned(), words.to_owned()));
    }
    for code in warnings_do::codes(env).await.unwrap_or_default() {
        let words = format!("`{code}` was seen lately: docs/CONFIGURATION.md says what it means.");
        problems.push((code, words));
    }
    let (codes, words): (Vec<String>, Vec<String>) = problems.into_iter().unzip();
    Response::from_json(&serde_json::json!({
        "status": if codes.is_empty() { "ok" } else { "misconfigured" },
        "version": env!("CARGO_PKG_VERSION"),
        "now_ms": clock::now().as_ms(),
        "problems": codes,
        "in_words": words,
    }))
}
