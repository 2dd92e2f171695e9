//! `cargo xtask size`: the bytes of what is deployed, as built and as served, against the committed budgets.
//!
//! Budgets hold for the built files at Brotli 11, whose size depends on nothing but the files. A kB is 1,000 bytes.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use parlor_local_edge::{LocalEdge, Options, seed};

use crate::{
    build::{self, Mode},
    demo,
    rust::Library,
    setup::Tools,
    steps::Steps,
};

/// Builds the release and reports. `false`: over a budget.
///
/// # Errors
/// Where it does not build, or a file or a budget is missing.
pub fn run() -> Result<bool> {
    let mut steps = Steps::new(build::STEPS);
    let tools = build::run_steps(&mut steps, Mode::Release)?;
    println!();
    report(&tools)
}

/// The report on the release that was built last.
///
/// # Errors
/// As [`run`].
pub fn report(tools: &Tools) -> Result<bool> {
    let root = &tools.root;
    let groups = groups(root)?;
    let served = demo::runtime()?.block_on(served(&groups))?;
    let text = fs::read_to_string(root.join("budgets.json")).context("budgets.json is missing")?;
    let budgets: BTreeMap<String, u64> =
        serde_json::from_str(&text).context("budgets.json is not names and bytes")?;

    println!("Bytes. Widget: {}.", tools.rust.describe(Library::Smallest)?);
    println!("Edge: {}.\n", tools.rust.describe_edge()?);
    println!(
        "{:<28}{:>10}{:>10}{:>10}{:>12}{:>12}",
        "", "raw", "gzip 9", "brotli 11", "served gzip", "served br"
    );
    let mut within = true;
    for group in &groups {
        let mut total = Sizes::default();
        let mut total_served = Some(Served::default());
        for file in &group.files {
            let sizes = Sizes::of(
                &fs::read(&file.path).with_context(|| format!("no {}", file.path.display()))?,
            )?;
            let sent = file.address.as_ref().and_then(|address| served.get(address)).copied();
            line(&format!("  {}", file.name), sizes, sent);
            total = total.plus(sizes);
            total_served = total_served.zip(sent).map(|(total, sent)| total.plus(sent));
        }
        line(group.name, total, total_served);
        let budget = *budgets
            .get(group.name)
            .with_context(|| format!("budgets.json has no {:?}", group.name))?;
        let verdict = if total.brotli > budget { "OVER" } else { "within" };
        println!("{:<48}{:>10}  {verdict} the budget of {budget}\n", "", total.brotli);
        within &= total.brotli <= budget;
    }
    if !within {
        println!(
            "Over a budget. Raise one only in a commit of its own that shows where the bytes went."
        );
    }
    Ok(within)
}

struct Group {
    name: &'static str,
    files: Vec<File>,
}

struct File {
    name: &'static str,
    path: PathBuf,
    /// Where a browser gets it; the edge's own code is nowhere.
    address: Option<String>,
}

fn groups(root: &Path) -> Result<Vec<Group>> {
    let names = build::asset_names(root)?;
    let asset = |name: &'static str, variable: &str| -> Result<File> {
        let address =
            names.get(variable).with_context(|| format!("the build named no {variable}"))?;
        let path = root.join("dist").join(address.trim_start_matches('/'));
        Ok(File { name, path, address: Some(address.clone()) })
    };
    let file =
        |name, path: &str, address: Option<String>| File { name, path: root.join(path), address };
    Ok(vec![
        Group {
            name: "loader",
            files: vec![file("parlor.js", "dist/parlor.js", Some("/parlor.js".to_owned()))],
        },
        Group {
            name: "panel",
            files: vec![file("panel.js", "dist/panel.js", Some("/panel.js".to_owned()))],
        },
        Group {
            name: "first load",
            files: vec![
                // As built it is a template; what a resource adds to it shows in the served sizes.
                file(
                    "document",
                    "widget/frame.html",
                    Some(format!("/frame?resource={}", seed::DEMO_RESOURCE)),
                ),
                asset("script", "PARLOR_ASSET_SCRIPT")?,
                asset("wasm", "PARLOR_ASSET_WASM")?,
                asset("style", "PARLOR_ASSET_STYLE")?,
                asset("words (en)", "PARLOR_ASSET_LOCALE_EN")?,
            ],
        },
        Group {
            name: "later",
            files: vec![
                asset("script", "PARLOR_ASSET_LATER")?,
                asset("words (en)", "PARLOR_ASSET_LOCALE_EN_LATER")?,
            ],
        },
        Group { name: "link", files: vec![asset("script", "PARLOR_ASSET_LINK")?] },
        Group {
            name: "edge",
            files: vec![
                file("script", "edge/build/index.js", None),
                file("wasm", "edge/build/index_bg.wasm", None),
            ],
        },
    ])
}

/// What goes over the wire for each address, without headers.
async fn served(groups: &[Group]) -> Result<BTreeMap<String, Served>> {
    // Nothing asks the desk here, so any port of this machine will do.
    let seed = seed::demo_seed("http://127.0.0.1:9", "http://localhost:9")?;
    let edge = LocalEdge::start(Options { seed, ..Options::default() }).await?;
    // reqwest is built without decompression: bytes are counted as they come.
    let client = reqwest::Client::new();
    let mut served = BTreeMap::new();
    for address in
        groups.iter().flat_map(|group| &group.files).filter_map(|file| file.address.as_ref())
    {
        let length = async |encoding: &str| -> Result<u64> {
            let request =
                client.get(format!("{}{address}", edge.url())).header("accept-encoding", encoding);
            let answer = request.send().await?;
            ensure!(answer.status().is_success(), "{address} answered {}", answer.status());
            Ok(answer.bytes().await?.len() as u64)
        };
        served.insert(
            address.clone(),
            Served { gzip: length("gzip").await?, brotli: length("br").await? },
        );
    }
    edge.stop().await?;
    Ok(served)
}

#[derive(Clone, Copy, Default)]
struct Sizes {
    raw: u64,
    gzip: u64,
    brotli: u64,
}

impl Sizes {
    fn of(bytes: &[u8]) -> Result<Self> {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(9));
        gzip.write_all(bytes)?;
        let mut brotli = Vec::new();
        let settings =
            brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
        brotli::BrotliCompress(&mut &*bytes, &mut brotli, &settings)?;
        Ok(Self {
            raw: bytes.len() as u64,
            gzip: gzip.finish()?.len() as u64,
            brotli: brotli.len() as u64,
        })
    }

    fn plus(self, other: Self) -> Self {
        Self {
            raw: self.raw + other.raw,
            gzip: self.gzip + other.gzip,
            brotli: self.brotli + other.brotli,
        }
    }
}

#[derive(Clone, Copy, Default)]
struct Served {
    gzip: u64,
    brotli: u64,
}

impl Served {
    fn plus(self, other: Self) -> Self {
        Self { gzip: self.gzip + other.gzip, brotli: self.brotli + other.brotli }
    }
}

fn line(name: &str, sizes: Sizes, served: Option<Served>) {
    let dash = || "-".to_owned();
    let gzip = served.map_or_else(dash, |served| served.gzip.to_string());
    let brotli = served.map_or_else(dash, |served| served.brotli.to_string());
    println!(
        "{name:<28}{:>10}{:>10}{:>10}{gzip:>12}{brotli:>12}",
        sizes.raw, sizes.gzip, sizes.brotli
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetition_compresses_and_totals_add_up() {
        let sizes = Sizes::of(&[b'a'; 10_000]).unwrap();
        assert_eq!(sizes.raw, 10_000);
        assert!(sizes.gzip < 100 && sizes.brotli < 50, "{} {}", sizes.gzip, sizes.brotli);
        assert_eq!(sizes.plus(sizes).raw, 20_000);
    }
}
