//! The configuration documents that the demo and most tests start from: xtask/demo/registry.json with its blanks filled.

use anyhow::{Context, Result};
use parlor_edge::registry::{SealKeys, sealed::place};
use parlor_shared::Redacted;
use serde_json::Value;

/// The web chat resource that `index.html` names.
pub const DEMO_RESOURCE: &str = "a0e9c1de-0000-4000-8000-000000000001";

/// Keys and documents for KV: a web chat resource, its hub, and a flow to the desk at `desk_url`.
/// The widget may be embedded at `site_origin` only (`http://localhost:PORT`).
///
/// # Errors
/// Where the file is not an object of documents.
pub fn demo_seed(desk_url: &str, site_origin: &str) -> Result<Vec<(String, Value)>> {
    let text = TEMPLATE.replace("{desk_url}", desk_url).replace("{site_origin}", site_origin);
    let documents: serde_json::Map<String, Value> = serde_json::from_str(&text)
        .context("xtask/demo/registry.json is not an object of documents")?;
    Ok(documents.into_iter().collect())
}

/// The `SEAL_SECRET` of a local edge, unless another is given: no secret, because its documents hold none.
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
