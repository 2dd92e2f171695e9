//! Builds what ships: the widget and its loader into `dist/`, then the Worker that carries their names into `edge/build/`.
//!
//! A build whose inputs have the same content as last time is skipped. In development the assets keep plain names, so
//! that a change of the widget does not rebuild the edge.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{
    processes::run as run_process,
    rust::Library,
    setup::{self, Tools},
    stamp,
    steps::{Step, Steps, seconds},
};

/// How to build the widget. The edge is always built as it is deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Quick to build, plain names, nothing cached.
    Development,
    /// As small as it gets, names with a hash of the content.
    Release,
}

impl Mode {
    /// Which standard library the widget gets.
    pub fn library(self) -> Library {
        match self {
            Self::Development => Library::Ordinary,
            Self::Release => Library::Smallest,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Release => "release",
        }
    }
}

/// How many steps [`run_steps`] begins.
pub const STEPS: usize = setup::STEPS + 2;

/// Sets up and builds.
///
/// # Errors
/// Where a tool is missing or a build fails.
pub fn run(mode: Mode) -> Result<()> {
    let mut steps = Steps::new(STEPS);
    run_steps(&mut steps, mode)?;
    println!("Built in {}: dist/ and edge/build/.", seconds(steps.elapsed()));
    Ok(())
}

/// The same as part of a longer command.
///
/// # Errors
/// As [`run`].
pub fn run_steps(steps: &mut Steps, mode: Mode) -> Result<Tools> {
    let (tools, _lock) = begin(steps, mode)?;
    let step = steps.begin("edge");
    let outcome = build_edge(&step, &tools)?;
    step.done(outcome);
    Ok(tools)
}

/// Builds the widget only.
///
/// # Errors
/// As [`run`].
pub fn run_widget(steps: &mut Steps, mode: Mode) -> Result<Tools> {
    begin(steps, mode).map(|(tools, _lock)| tools)
}

/// The tools and the widget, and the lock under which more may be built.
fn begin(steps: &mut Steps, mode: Mode) -> Result<(Tools, fs::File)> {
    let folder = parlor_local_edge::root().join(".parlor");
    fs::create_dir_all(&folder)?;
    // Two builds at once would write into each other's folders. Let go when it is dropped.
    let lock = fs::File::create(folder.join("lock"))?;
    lock.lock().context("could not lock .parlor/lock")?;
    let tools = setup::run_all(steps)?;

    let step = steps.begin(&format!("widget ({})", mode.word()));
    let outcome = build_widget(&step, &tools, mode)?;
    step.done(outcome);
    Ok((tools, lock))
}

fn build_widget(step: &Step, tools: &Tools, mode: Mode) -> Result<&'static str> {
    let root = &tools.root;
    let inputs =
        ["shared", "widget", "Cargo.toml", "Cargo.lock", "package-lock.json", "xtask/src/build.rs"];
    let stamp = stamp::of(root, &inputs, &[mode.word(), &tools.rust.describe(mode.library())?])?;
    let dist = root.join("dist");
    if stamp::is(root, "widget", &stamp)
        && dist.join("parlor.js").exists()
        && root.join(ASSET_NAMES).exists()
    {
        return Ok("up to date");
    }
    stamp::forget(root, "widget")?;
    let work = root.join(".parlor/widget");
    recreate(&work)?;
    compile_widget(step, tools, mode, &work)?;

    // Put together aside and moved in one go: whoever serves dist/ never sees half of it.
    let fresh = root.join(".parlor/dist");
    recreate(&fresh)?;
    fs::create_dir_all(fresh.join("assets"))?;
    let names = assemble(step, tools, mode, &work, &fresh)?;
    fs::write(fresh.join("_headers"), headers(mode))?;
    if dist.exists() {
        fs::remove_dir_all(&dist)?;
    }
    fs::rename(&fresh, &dist).context("could not put dist/ in place")?;
    write_if_changed(&root.join(ASSET_NAMES), &names)?;
    stamp::set(root, "widget", &stamp)?;
    Ok("built")
}

/// Leaves `parlor_widget_bg.wasm` and its glue `parlor_widget.js` in `work`.
fn compile_widget(step: &Step, tools: &Tools, mode: Mode, work: &Path) -> Result<()> {
    let root = &tools.root;
    let profile = match mode {
        Mode::Development => "widget-dev",
        Mode::Release => "release",
    };
    let target = target_folder(root).join("parlor-widget");
    let mut cargo = tools.rust.cargo("build", mode.library());
    cargo
        .args(["--package", "parlor-widget", "--lib", "--profile", profile, "--target-dir"])
        .arg(&target)
        .current_dir(root);
    run_process(step, root, &mut cargo)?;

    let module = target.join("wasm32-unknown-unknown").join(profile).join("parlor_widget.wasm");
    let mut bindgen = Command::new(&tools.wasm_bindgen);
    bindgen.args([
        "--target",
        "web",
        "--no-typescript",
        "--omit-default-module-path",
        "--out-name",
        "parlor_widget",
        "--out-dir",
    ]);
    bindgen.arg(work).arg(module);
    if mode == Mode::Development {
        bindgen.arg("--keep-debug");
    }
    run_process(step, root, &mut bindgen)?;
    if mode == Mode::Release {
        let mut prune = Command::new(&tools.node);
        prune.arg(root.join("widget/prune.mjs")).arg(work).arg("parlor_widget");
        run_process(step, root, &mut prune)?;
        let module = work.join("parlor_widget_bg.wasm");
        let mut optimise = Command::new(&tools.node);
        optimise.arg(tools.npm("wasm-opt")).args(WASM_OPT).arg("-o").arg(&module).arg(&module);
        run_process(step, root, &mut optimise)?;
    }
    Ok(())
}

/// Fills `dist` and returns the names of the assets as lines `VARIABLE=PATH`, for `edge/build.rs`.
fn assemble(step: &Step, tools: &Tools, mode: Mode, work: &Path, dist: &Path) -> Result<String> {
    let root = &tools.root;
    let widget = root.join("widget");
    let assets = dist.join("assets");
    let mut names = String::new();
    let mut add = |variable: &str, name: &str, extension: &str, bytes: &[u8]| -> Result<()> {
        let file = match mode {
            Mode::Development => format!("{name}.{extension}"),
            Mode::Release => format!("{name}-{}.{extension}", stamp::short(bytes)),
        };
        fs::write(assets.join(&file), bytes)?;
        names.push_str(&format!("PARLOR_ASSET_{variable}=/assets/{file}\n"));
        Ok(())
    };
    add("WASM", "widget", "wasm", &fs::read(work.join("parlor_widget_bg.wasm"))?)?;

    let bundle = |from: &Path, to: &str, more: &[&str]| -> Result<Vec<u8>> {
        let out = work.join(to);
        let mut esbuild = Command::new(tools.esbuild()?);
        esbuild
            .arg(from)
            .arg(format!("--outfile={}", out.display()))
            .args(["--target=es2022", "--legal-comments=none"]);
        esbuild.args(more).args((mode == Mode::Release).then_some("--minify"));
        run_process(step, root, &mut esbuild)?;
        fs::read(&out).with_context(|| format!("esbuild left no {}", out.display()))
    };
    // Beside the glue that it imports.
    let boot = work.join("boot.js");
    for name in ["boot.js", "identity.js", "page.js", "socket.js"] {
        fs::copy(widget.join(name), work.join(name))
            .with_context(|| format!("widget/{name} is missing"))?;
    }
    let script = bundle(&boot, "frame.js", &["--bundle", "--format=esm"])?;
    add("SCRIPT", "frame", "js", &script)?;
    let style = bundle(&widget.join("src/components/style.css"), "style.css", &["--bundle"])?;
    add("STYLE", "style", "css", &style)?;
    // What comes later brings its looks along, as text that is already small.
    let folder = work.join("later");
    fs::create_dir_all(&folder)?;
    for entry in fs::read_dir(widget.join("later")).context("no folder widget/later")? {
        let path = entry?.path();
        fs::copy(&path, folder.join(path.file_name().unwrap_or_default()))?;
    }
    bundle(&widget.join("later/style.css"), "later/style.css", &["--bundle"])?;
    let later = bundle(
        &folder.join("main.js"),
        "later.js",
        &["--bundle", "--format=esm", "--loader:.css=text"],
    )?;
    add("LATER", "later", "js", &later)?;
    let link = bundle(&widget.join("link.js"), "link.js", &["--bundle", "--format=esm"])?;
    add("LINK", "link", "js", &link)?;
    for (language, words) in locales(&widget.join("locales"))? {
        add(
            &format!("LOCALE_{}", language.to_uppercase().replace(['-', '.'], "_")),
            &language,
            "json",
            words.as_bytes(),
        )?;
    }
    // The loader's second file, under a name of its content, and under one that stays: a page that is older than this
    // deployment asks for a name that is gone, and then for that.
    // What is said on the site's page, in each language but the panel's own. One stamp for all: a name is short then.
    let mut spoken = locales(&widget.join("loader/panel/words"))?;
    spoken.retain(|(language, _)| language != "en");
    let stamp = match mode {
        Mode::Development => "dev".to_owned(),
        Mode::Release => stamp::short(format!("{spoken:?}").as_bytes()),
    };
    for (language, words) in &spoken {
        let module = format!("export default {words};\n");
        fs::write(dist.join(format!("assets/words-{stamp}-{language}.js")), module)?;
    }
    let languages: Vec<&str> = spoken.iter().map(|(language, _)| language.as_str()).collect();
    let [spoken, languages] = [
        format!("--define:PARLOR_WORDS=\"/assets/words-{stamp}-\""),
        format!("--define:PARLOR_LANGUAGES={:?}", format!("en {}", languages.join(" "))),
    ];
    let panel = bundle(
        &widget.join("loader/panel/main.js"),
        "panel.js",
        &["--bundle", "--format=esm", &spoken, &languages],
    )?;
    let panel_name = match mode {
        Mode::Development => "/assets/panel.js".to_owned(),
        Mode::Release => format!("/assets/panel-{}.js", stamp::short(&panel)),
    };
    fs::write(dist.join(panel_name.trim_start_matches('/')), &panel)?;
    fs::write(dist.join("panel.js"), &panel)?;
    // A classic script, not a module: `document.currentScript` tells it where it came from.
    let define = format!("--define:PARLOR_PANEL={panel_name:?}");
    let loader = bundle(&widget.join("loader/parlor.js"), "parlor.js", &[&define])?;
    fs::write(dist.join("parlor.js"), loader)?;
    Ok(names)
}

/// The assets' addresses by variable, as the last build named them.
///
/// # Errors
/// Where nothing was built yet.
pub fn asset_names(root: &Path) -> Result<BTreeMap<String, String>> {
    let text = fs::read_to_string(root.join(ASSET_NAMES))
        .context("nothing is built; run `cargo xtask build --release`")?;
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    Ok(pairs.map(|(variable, address)| (variable.to_owned(), address.to_owned())).collect())
}

/// Language (and `.later` for the words that come with `later/`) and words, without the white space that people need and browsers do not; sorted by language.
fn locales(folder: &Path) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("no folder {}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let language = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let words: serde_json::Value = serde_json::from_slice(&fs::read(&path)?)
            .with_context(|| format!("{} is not JSON", path.display()))?;
        found.push((language, words.to_string()));
    }
    found.sort();
    Ok(found)
}

fn headers(mode: Mode) -> &'static str {
    match mode {
        Mode::Development => HEADERS_DEVELOPMENT,
        Mode::Release => HEADERS_RELEASE,
    }
}

/// As deployed, in development too: a panic must be contained there just as in production. Whoever is in the middle of
/// a change may ask for a quick build by `PARLOR_EDGE=quick`: the same panics, nothing made small.
fn build_edge(step: &Step, tools: &Tools) -> Result<&'static str> {
    let root = &tools.root;
    let inputs = [
        "shared",
        "edge/src",
        "edge/Cargo.toml",
        "edge/build.rs",
        "widget/frame.html",
        "widget/frame-error.html",
        "Cargo.toml",
        "Cargo.lock",
        "package-lock.json",
        ASSET_NAMES,
    ];
    let quick = env::var_os("PARLOR_EDGE").is_some_and(|how| how == "quick");
    let how = if quick { "quick" } else { "release" };
    let stamp = stamp::of(root, &inputs, &[how, &tools.rust.describe_edge()?])?;
    if stamp::is(root, "edge", &stamp) && root.join("edge/build/index.js").exists() {
        return Ok("up to date");
    }
    stamp::forget(root, "edge")?;
    let mut build = Command::new(&tools.worker_build);
    build.args(if quick { ["--dev", "--no-opt"].as_slice() } else { &["--release"] });
    build.arg("--panic-unwind").current_dir(root.join("edge"));
    if quick {
        build.env("CARGO_PROFILE_DEV_DEBUG", "false");
        // What the host's tests want of the edge (Cargo.toml) makes wasm here whose handlers wasm-bindgen refuses.
        build.args(["--", "--config", "profile.dev.package.parlor-edge.opt-level=1"]);
    }
    tools.rust.environment(&mut build);
    // With these named, worker-build downloads nothing.
    build.env("WASM_BINDGEN_BIN", &tools.wasm_bindgen);
    build.env("WASM_OPT_BIN", tools.npm("wasm-opt"));
    build.env("ESBUILD_BIN", tools.esbuild()?);
    build.env("CARGO_TARGET_DIR", target_folder(root).join("parlor-edge"));
    run_process(step, root, &mut build)?;
    stamp::set(root, "edge", &stamp)?;
    Ok("built")
}

fn target_folder(root: &Path) -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

fn recreate(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder).with_context(|| format!("could not make {}", folder.display()))
}

/// An unchanged file keeps its time, so that cargo does not run edge/build.rs again.
fn write_if_changed(path: &Path, text: &str) -> Result<()> {
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    fs::write(path, text).with_context(|| format!("could not write {}", path.display()))
}

/// Where edge/build.rs looks for the names. Not below dist/, which is served.
const ASSET_NAMES: &str = ".parlor/assets.env";

/// Features by name: with `--all-features` binaryen emits encodings that browsers refuse.
/// These are in every browser since 2022 (https://webassembly.org/features/).
const WASM_OPT: [&str; 12] = [
    "-Oz",
    // The lowest kilobyte is the far end of the stack, which rustc puts below everything: nothing has an address there,
    // and so a constant offset to an address never wraps around.
    "--low-memory-unused",
    "--enable-bulk-memory",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-multivalue",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
    "--vacuum",
];

/// The loader's files are scripts of other sites' pages, the second always and the first perhaps as modules, which are
/// fetched with CORS.
const HEADERS_RELEASE: &str = "\
/assets/*
  Cache-Control: public, max-age=31536000, immutable
  Access-Control-Allow-Origin: *
  Cross-Origin-Resource-Policy: cross-origin
  X-Content-Type-Options: nosniff
/parlor.js
  Cache-Control: public, max-age=300
  Access-Control-Allow-Origin: *
  Cross-Origin-Resource-Policy: cross-origin
  X-Content-Type-Options: nosniff
/panel.js
  Cache-Control: public, max-age=300
  Access-Control-Allow-Origin: *
  Cross-Origin-Resource-Policy: cross-origin
  X-Content-Type-Options: nosniff
";

const HEADERS_DEVELOPMENT: &str = "\
/*
  Cache-Control: no-cache
  Access-Control-Allow-Origin: *
  Cross-Origin-Resource-Policy: cross-origin
  X-Content-Type-Options: nosniff
";
