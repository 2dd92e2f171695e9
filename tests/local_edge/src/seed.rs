//! The configuration documents that the demo and most tests start from: xtask/demo/registry.json, and kustomer.json beside
//! it for the second desk, with their blanks filled.

use anyhow::{Context, Result};
use parlor_edge::registry::{SealKeys, sealed::place};
use parlor_shared::Redacted;
use serde_json::Value;

/// The web chat resource that `index.html` names.
pub const DEMO_RESOURCE: &str = "a0e9c1de-0000-4000-8000-000000000001";

/// The web chat resource whose visitors are answered in Kustomer.
pub const KUSTOMER_WEB_CHAT: &str = "a0e9c1de-0000-4000-8000-000000000002";

/// The resource that the webhook of [`kustomer_seed`] comes by.
pub const KUSTOMER_RESOURCE: &str = "a0e9c1de-0000-4000-8000-000000000003";

/// Keys and documents for KV: a web chat resource, its hub, and a flow to the desk at `desk_url`.
/// The widget may be embedded at `site_origin` only (`http://localhost:PORT`).
///
/// # Errors
/// Where the file is not an object of documents.
pub fn demo_seed(desk_url: &str, site_origin: &str) -> Result<Vec<(String, Value)>> {
    let text = TEMPLATE.replace("{desk_url}", desk_url).replace("{site_origin}", site_origin);
    documents(&text).context("xtask/demo/registry.json is not an object of documents")
}

/// The same for a second hub, whose web chat is answered in Kustomer.
///
/// # Errors
/// Where the file is not an object of documents.
pub fn kustomer_seed(desk: &Kustomer<'_>, site_origin: &str) -> Result<Vec<(String, Value)>> {
    let text = KUSTOMER_TEMPLATE
        .replace("{desk_url}", desk.url)
        .replace("{site_origin}", site_origin)
        .replace("{api_key}", &sealed("account:larkspur", "api_key", desk.api_key))
        .replace(
            "{webhook_secret}",
            &sealed("flow:workshop", "relay.webhook_secret_key", desk.webhook_secret),
        );
    documents(&text).context("xtask/demo/kustomer.json is not an object of documents")
}

/// A Kustomer desk as an edge knows it.
pub struct Kustomer<'a> {
    /// Its API, without a slash at the end.
    pub url: &'a str,
    /// The account's key.
    pub api_key: &'a str,
    /// The secret of its webhook.
    pub webhook_secret: &'a str,
}

/// Where the webhook of [`kustomer_seed`] goes.
pub fn webhook_url(edge_url: &str) -> String {
    format!("{edge_url}/v1/resources/kustomer/{KUSTOMER_RESOURCE}/receive-message")
}

fn documents(text: &str) -> Result<Vec<(String, Value)>> {
    let documents: serde_json::Map<String, Value> = serde_json::from_str(text)?;
    Ok(documents.into_iter().collect())
}

/// The `SEAL_SECRET` of a local edge, unless another is given: no secret, because what its documents hold is none.
pub const SEAL_SECRET: &str = "bG9jYWwgZWRnZXMgc2VhbCB3aXRoIHRoaXMgc2VjcmU";

/// A secret as it may stand in a document of a local edge.
///
/// # Panics
/// Never: the key above is one.
#[must_use]
pub fn sealed(document: &str, member: &str, secret: &str) -> String {
    let keys = SealKeys::new(Some(SEAL_SECRET), None).expect("the secret above is a key");
    let mut nonce = [0; 12];
    getrandom::fill(&mut nonce).expect("the system has randomness");
    keys.seal(&place(document, member), &Redacted::new(secret.to_owned()), nonce).text()
}

const TEMPLATE: &str = include_str!("../../../xtask/demo/registry.json");
const KUSTOMER_TEMPLATE: &str = include_str!("../../../xtask/demo/kustomer.json");
