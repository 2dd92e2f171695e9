//! What a demo keeps in its folder (`--state`) beside the edge's own storage: its ports, and its first admin token.
//!
//! A folder is seeded once: what an admin changes or removes there afterwards stays so. The documents name the desks and
//! the shop page by their ports, so the next demo on the folder takes the same.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::desks::Which;

/// What the demo before this one has left, or what the first begins with.
pub struct Kept {
    /// `None`: nothing is kept.
    pub folder: Option<PathBuf>,
    /// To serve on; 0 is any.
    pub ports: Ports,
    /// The edge's `ADMIN_TOKEN`.
    pub admin_token: String,
    /// The documents are there already.
    pub is_seeded: bool,
}

/// The ports of a demo.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ports<P = u16> {
    /// The edge's.
    pub edge: P,
    /// The shop page's.
    pub site: P,
    /// That of Live Agent's desk.
    pub desk: P,
    /// That of Kustomer's.
    pub kustomer: P,
}

impl Kept {
    /// A demo that leaves nothing, on any ports.
    ///
    /// # Errors
    /// Where there is no randomness.
    pub fn nothing() -> Result<Self> {
        Self::open(None, Ports { edge: Some(0), site: Some(0), desk: Some(0), kustomer: Some(0) })
    }

    /// Reads the folder; `wanted` is what was asked for.
    ///
    /// # Errors
    /// Where the folder holds something else, or was seeded for other ports.
    pub fn open(folder: Option<PathBuf>, wanted: Ports<Option<u16>>) -> Result<Self> {
        let text = folder.as_ref().and_then(|it| fs::read_to_string(it.join(FILE)).ok());
        let Some(text) = text else {
            let ports = wanted.zip(DEFAULT, |_, port, usual| Ok(port.unwrap_or(usual)))?;
            return Ok(Self { folder, ports, admin_token: mint()?, is_seeded: false });
        };
        let read = || {
            let kept: Value = serde_json::from_str(&text).ok()?;
            let port = |name| u16::try_from(kept.pointer(name)?.as_u64()?).ok();
            let ports = Ports {
                edge: port("/ports/edge")?,
                site: port("/ports/site")?,
                desk: port("/ports/desk")?,
                kustomer: port("/ports/kustomer")?,
            };
            Some((ports, kept.get("admin_token")?.as_str()?.to_owned()))
        };
        let (ports, admin_token) = read()
            .with_context(|| format!("{FILE} in the demo's folder is not what was written"))?;
        let ports = wanted.zip(ports, |what, wanted, kept| match wanted {
            Some(port) if port != 0 && port != kept => bail!(
                "this folder's documents know {what} at port {kept}, not {port}: leave the port out, or take a new folder"
            ),
            _ => Ok(kept),
        })?;
        Ok(Self { folder, ports, admin_token, is_seeded: true })
    }

    /// The documents are there now, and name these ports.
    ///
    /// # Errors
    /// Where it cannot be written down.
    pub fn seeded(&self, ports: Ports) -> Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let Ports { edge, site, desk, kustomer } = ports;
        let ports = json!({ "edge": edge, "site": site, "desk": desk, "kustomer": kustomer });
        let text = json!({ "ports": ports, "admin_token": self.admin_token });
        let path = folder.join(FILE);
        fs::write(&path, format!("{text}\n"))
            .with_context(|| format!("could not write {}", path.display()))
    }
}

impl Ports<Option<u16>> {
    fn zip(
        self,
        other: Ports,
        join: impl Fn(&str, Option<u16>, u16) -> Result<u16>,
    ) -> Result<Ports> {
        Ok(Ports {
            edge: join("the edge", self.edge, other.edge)?,
            site: join("the shop page", self.site, other.site)?,
            desk: join("the desk of Live Agent", self.desk, other.desk)?,
            kustomer: join("the desk of Kustomer", self.kustomer, other.kustomer)?,
        })
    }
}

/// A token of the admin API.
fn mint() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).context("no randomness for an admin token")?;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("demo-{hex}"))
}

/// Beside the edge's folders.
const FILE: &str = "demo.json";

const DEFAULT: Ports = Ports {
    // What `wrangler dev` uses too, and what index.html has in its script tag.
    edge: 8_787,
    site: 8_788,
    desk: Which::LiveAgent.port(),
    kustomer: Which::Kustomer.port(),
};

#[cfg(test)]
mod tests {
    use super::*;

    const ANY: Ports<Option<u16>> = Ports { edge: None, site: None, desk: None, kustomer: None };

    #[test]
    fn a_folder_that_was_seeded_keeps_its_ports_and_its_token() {
        let folder = std::env::temp_dir().join(format!("parlor-kept-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let first = Kept::open(Some(folder.clone()), ANY).unwrap();
        assert_eq!((first.ports, first.is_seeded), (DEFAULT, false));
        let ports = Ports { edge: 1, site: 2, desk: 3, kustomer: 4 };
        first.seeded(ports).unwrap();
        let any_free = Ports { edge: Some(0), ..ANY };
        let second = Kept::open(Some(folder.clone()), any_free).unwrap();
        assert_eq!((second.ports, second.is_seeded), (ports, true));
        assert_eq!(second.admin_token, first.admin_token);
        let other = Kept::open(Some(folder.clone()), Ports { desk: Some(9), ..ANY });
        let why = other.err().unwrap().to_string();
        assert!(why.contains("the desk of Live Agent at port 3, not 9"), "{why}");
        fs::remove_dir_all(folder).unwrap();
    }
}
