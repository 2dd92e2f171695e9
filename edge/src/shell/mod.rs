//! The Worker: the one folder that awaits. It translates between the platform and the pure modules, and
//! decides nothing.
//!
//! It must never answer from its own judgement: who may come in is `access`, which flow answers is
//! `registry`, what a conversation does is `conversation`. It must never log text, a token or a key.
//!
//! Start with `fetch`, the route table; `conversation_do` runs one chat; `webhook` and `desk_index_do` take in what a
//! desk pushes.

mod admin;
mod bucket_do;
mod clock;
mod conversation_do;
mod customer_do;
mod desk_http;
mod desk_index_do;
mod desk_setup;
mod earlier;
mod entropy;
mod fetch;
mod frame;
mod identity;
mod log;
mod polled;
mod privacy;
mod problem;
mod reach;
mod registry_do;
mod registry_kv;
mod rows;
mod socket;
mod start;
mod warnings_do;
mod webhook;

use std::time::Duration;

use worker::Env;

use crate::registry::{Environment, origin::Origin};

/// Where this edge runs.
fn environment(env: &Env) -> Environment {
    Environment::from_var(env.var("ENVIRONMENT").ok().map(|it| it.to_string()).as_deref())
}

/// How long a day is. A variable makes it shorter in development, so that one can see the last of a conversation's.
fn day(env: &Env) -> Duration {
    let shorter = || env.var("DEVELOPMENT_DAY_S").ok()?.to_string().parse().ok();
    let whole = Duration::from_secs(24 * 60 * 60);
    if is_development(env) { shorter().map_or(whole, Duration::from_secs) } else { whole }
}

fn is_development(env: &Env) -> bool {
    environment(env) == Environment::Development
}

/// The edge's own address as others see it: the Worker variable `PUBLIC_URL`, if it is set. An error, if no desk could call
/// it.
fn public_origin(env: &Env) -> Result<Option<Origin>, PublicUrlForm> {
    let set = env.var("PUBLIC_URL").map(|it| it.to_string()).unwrap_or_default();
    match set.trim() {
        "" => Ok(None),
        set => match Origin::of_url(set) {
            Ok(it) if it.is_secure() || is_development(env) => Ok(Some(it)),
            _ => Err(PublicUrlForm),
        },
    }
}

/// `PUBLIC_URL` is no address that a desk could call.
struct PublicUrlForm;
