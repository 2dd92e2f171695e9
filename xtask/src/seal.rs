//! `cargo xtask seal`: what an admin stores, as it may stand in a document. Offline; the admin API will call the same.

use std::io::Read;

use anyhow::{Context, Result, bail};
use parlor_edge::registry::{
    SealKeys,
    sealed::{NONCE_BYTES, place},
};
use parlor_shared::Redacted;

/// Seals what comes by standard input, for one member of one document, and prints it.
pub fn run(document: &str, member: &str) -> Result<()> {
    let known = match document.split_once(':') {
        Some(("account", id)) if !id.is_empty() => ["api_key"].contains(&member),
        Some(("flow", id)) if !id.is_empty() => {
            parlor_edge::registry::flow::kustomer::SECRETS.contains(&member)
        }
        _ => bail!("a document is account:ID or flow:ID"),
    };
    if !known {
        bail!("{document} has no secret {member}; docs/CONFIGURATION.md lists them");
    }
    let secret = |name| std::env::var(name).ok();
    let keys = SealKeys::new(secret("SEAL_SECRET").as_deref(), None)
        .context("set SEAL_SECRET to the Worker's secret")?;
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).context("the secret comes by standard input")?;
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        bail!("the secret is empty");
    }
    let mut nonce = [0; NONCE_BYTES];
    getrandom::fill(&mut nonce).context("no randomness for a nonce")?;
    let sealed = keys.seal(&place(document, member), &Redacted::new(text.to_owned()), nonce);
    println!("{}", sealed.text());
    Ok(())
}
