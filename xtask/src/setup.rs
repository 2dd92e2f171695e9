//! What a machine needs before anything can be built. Each part is looked for first and installed only where missing,
//! into ignored folders of this work tree (`.tools`, `node_modules`) or by the system's own package manager.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Mutex,
};

use anyhow::{Context, Result, bail};

use crate::{
    processes::{output, run, succeeds},
    rust::Rust,
    steps::Steps,
};

/// Everything that builds, with its paths.
#[derive(Clone, Debug)]
pub struct Tools {
    /// The top of the work tree.
    pub root: PathBuf,
    /// Compilers for wasm.
    pub rust: Rust,
    /// Node.js 22 or newer.
    pub node: PathBuf,
    /// The wasm-bindgen of the lock file's version.
    pub wasm_bindgen: PathBuf,
    /// Builds a Worker from a crate.
    pub worker_build: PathBuf,
}

impl Tools {
    /// A program that came as an npm package.
    pub fn npm(&self, name: &str) -> PathBuf {
        self.root.join("node_modules/.bin").join(name)
    }

    /// esbuild itself: the script around it that npm links would add its own stack trace to every complaint.
    ///
    /// # Errors
    /// Where the packages have none for this machine.
    pub fn esbuild(&self) -> Result<PathBuf> {
        let folder = self.root.join("node_modules/@esbuild");
        let packages =
            fs::read_dir(&folder).with_context(|| format!("no folder {}", folder.display()))?;
        let programs = packages.flatten().map(|package| package.path().join("bin/esbuild"));
        programs
            .into_iter()
            .find(|program| program.exists())
            .context("npm brought no esbuild for this machine")
    }
}

/// How many steps [`run_all`] begins.
pub const STEPS: usize = 3;

/// Finds or installs everything.
///
/// # Errors
/// Where something is missing and cannot be installed; says what to run by hand.
pub fn run_all(steps: &mut Steps) -> Result<Tools> {
    let root = parlor_local_edge::root();
    let step = steps.begin("Rust for wasm");
    let rust = Rust::set_up(&step, &root)?;
    step.done(&rust.describe(crate::rust::Library::Smallest)?);

    let node = node(steps, &root)?;
    let step = steps.begin("wasm-bindgen, worker-build");
    let outcome = cargo_tools(&step, &root)?;
    step.done(outcome);
    let bin = root.join(".tools/bin");
    Ok(Tools {
        node,
        rust,
        wasm_bindgen: bin.join("wasm-bindgen"),
        worker_build: bin.join("worker-build"),
        root,
    })
}

/// Node.js and the npm packages: one step.
///
/// # Errors
/// Where they cannot be installed, or Node.js is too old.
pub fn node(steps: &mut Steps, root: &Path) -> Result<PathBuf> {
    let step = steps.begin("npm packages");
    let outcome = packages(&step, root)?;
    let node = parlor_local_edge::node(root);
    check_node(&node)?;
    step.done(outcome);
    Ok(node)
}

/// Installs Debian packages. Needs root or a `sudo` that does not ask.
///
/// # Errors
/// Where there is no apt or it fails; says what to run by hand.
pub fn apt(step: &crate::steps::Step, root: &Path, packages: &[&str]) -> Result<()> {
    let advice = format!("sudo apt-get install --no-install-recommends {}", packages.join(" "));
    let as_root = output(Command::new("id").arg("-u")).is_ok_and(|id| id == "0");
    if !succeeds(Command::new("apt-get").arg("--version")) {
        bail!(
            "{} missing, and this system has no apt-get to install them with",
            packages.join(", ")
        );
    }
    if !as_root && !succeeds(Command::new("sudo").args(["-n", "true"])) {
        bail!("installing needs root; run `{advice}`, then this again");
    }
    let apt_get = |arguments: &[&str]| {
        let mut command = if as_root { Command::new("apt-get") } else { Command::new("sudo") };
        if !as_root {
            command.args(["-n", "apt-get"]);
        }
        command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
        command
    };
    let install = [&["install", "--yes", "--no-install-recommends"], packages].concat();
    run(step, root, &mut apt_get(&["update"])).with_context(|| format!("`{advice}` may help"))?;
    run(step, root, &mut apt_get(&install)).with_context(|| format!("`{advice}` may help"))
}

/// `npm ci`, unless the lock file is the one that was installed last.
fn packages(step: &crate::steps::Step, root: &Path) -> Result<&'static str> {
    // `cargo xtask test` builds beside the parts that want the packages too. Held until they are there for both.
    static INSTALLING: Mutex<()> = Mutex::new(());
    let _installing = INSTALLING.lock();
    let lock = fs::read(root.join("package-lock.json")).context("package-lock.json is missing")?;
    let stamp = root.join("node_modules/.installed-lock");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok("up to date");
    }
    if !succeeds(Command::new("npm").arg("--version")) {
        bail!(
            "npm is missing; install Node.js with npm (on Debian: `sudo apt-get install nodejs npm`), then run this again"
        );
    }
    run(step, root, Command::new("npm").arg("ci").current_dir(root))?;
    fs::write(stamp, lock)?;
    Ok("installed")
}

fn check_node(node: &Path) -> Result<()> {
    let version = output(Command::new(node).arg("--version"))?;
    let major = version
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|digits| digits.parse::<u32>().ok());
    match major {
        Some(major) if major >= 22 => Ok(()),
        _ => bail!(
            "the Workers runtime wants Node.js 22 or newer, this is {version}; install a newer one, then run this again"
        ),
    }
}

/// wasm-bindgen must have the very version that the crates are locked to; worker-build the one of `worker`.
fn cargo_tools(step: &crate::steps::Step, root: &Path) -> Result<&'static str> {
    let lock = fs::read_to_string(root.join("Cargo.lock")).context("Cargo.lock is missing")?;
    let wanted = [
        ("wasm-bindgen-cli", "wasm-bindgen", "wasm-bindgen"),
        ("worker-build", "worker-build", "worker"),
    ];
    let mut install = Vec::new();
    for (package, program, locked_as) in wanted {
        let version = locked(&lock, locked_as).with_context(|| {
            format!("Cargo.lock has no {locked_as}; does a crate still depend on it?")
        })?;
        let there = output(Command::new(root.join(".tools/bin").join(program)).arg("--version"));
        if !there.is_ok_and(|line| line.split_whitespace().any(|word| word == version)) {
            install.push(format!("{package}@{version}"));
        }
    }
    if install.is_empty() {
        return Ok("up to date");
    }
    // Unoptimised: they run for a second, and optimising them takes minutes.
    let mut cargo = Command::new("cargo");
    cargo.args(["install", "--debug", "--force", "--root"]).arg(root.join(".tools"));
    cargo.arg("--target-dir").arg(root.join(".tools/target")).args(&install);
    // Line tables of tools that nobody debugs would only fill the disk.
    cargo.env("CARGO_PROFILE_DEV_DEBUG", "false").current_dir(root);
    run(step, root, &mut cargo)?;
    fs::remove_dir_all(root.join(".tools/target")).ok();
    Ok("installed")
}

/// The version of a package in a Cargo.lock.
fn locked(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    let version = lines.nth(1)?.strip_prefix("version = \"")?.strip_suffix('"')?;
    Some(version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_under_the_exact_name_only() {
        let lock = "[[package]]\nname = \"worker-macros\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"worker\"\nversion = \"0.8.7\"\n";
        assert_eq!(locked(lock, "worker").as_deref(), Some("0.8.7"));
        assert_eq!(locked(lock, "work"), None);
    }
}
