//! The configuration documents that the demo and most tests start from: xtask/demo/registry.json with its blanks filled.

use anyhow::{Context, Result};
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

const TEMPLATE: &str = include_str!("../../../xtask/demo/registry.json");
