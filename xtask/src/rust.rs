//! The Rust compilers that wasm is built with.
//!
//! Two libraries are needed: the ordinary wasm32 one, and one built from source with other settings (the edge unwinds
//! panics; the widget is optimised for size). The latter needs the library's source and unstable options.
//! rustup's nightly has both; where rustup may not download, Debian's Rust has the source, and `RUSTC_BOOTSTRAP` the rest.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{
    processes::{output, run, succeeds},
    steps::Step,
};

/// Where the compilers come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The stable toolchain with its wasm32 library, and nightly with `rust-src`.
    Rustup,
    /// Debian's packages, which carry the library's source and no built library.
    Debian,
}

/// What a build is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Library {
    /// As it comes: quick to build with, good panic messages.
    Ordinary,
    /// Built anew for size, without panic messages.
    Smallest,
}

/// Compilers that are known to be there.
#[derive(Clone, Debug)]
pub struct Rust {
    source: Source,
    /// The wasm linker that Debian's packages lack; rustup's stable has one.
    linker: Option<PathBuf>,
    shims: PathBuf,
}

impl Rust {
    /// Finds the compilers or installs what is missing, in the order of what costs least.
    ///
    /// # Errors
    /// Where nothing worked: names the command that a person should run.
    pub fn set_up(step: &Step, root: &Path) -> Result<Self> {
        let shims = root.join(".tools/debian-rust");
        if has_rustup() {
            let tried = Self::set_up_rustup(step, root);
            if tried.is_ok() {
                return Ok(Self { source: Source::Rustup, linker: None, shims });
            }
        }
        if Self::set_up_debian(step, root).is_ok() {
            let linker = linker()?;
            write_shims(&shims)?;
            return Ok(Self { source: Source::Debian, linker: Some(linker), shims });
        }
        bail!(
            "the wasm32 library or a Rust that can build it is missing and could not be installed; run `{ADVICE}`, then this again"
        )
    }

    fn set_up_rustup(step: &Step, root: &Path) -> Result<()> {
        if !library_exists(None) {
            run(step, root, Command::new("rustup").args(["target", "add", WASM]))?;
        }
        if !succeeds(Command::new("rustc").args(["+nightly", "--version"])) {
            run(
                step,
                root,
                Command::new("rustup").args([
                    "toolchain",
                    "install",
                    "nightly",
                    "--profile",
                    "minimal",
                    "--component",
                    "rust-src",
                ]),
            )?;
        }
        if !nightly_source()?.exists() {
            run(
                step,
                root,
                Command::new("rustup").args([
                    "component",
                    "add",
                    "rust-src",
                    "--toolchain",
                    "nightly",
                ]),
            )?;
        }
        // worker-build insists on it, though it builds its own library.
        if !library_exists(Some("+nightly")) {
            run(
                step,
                root,
                Command::new("rustup").args(["target", "add", WASM, "--toolchain", "nightly"]),
            )?;
        }
        Ok(())
    }

    fn set_up_debian(step: &Step, root: &Path) -> Result<()> {
        if Path::new(DEBIAN_SOURCE).exists() && Path::new("/usr/bin/cargo-clippy").exists() {
            return Ok(());
        }
        crate::setup::apt(step, root, &DEBIAN_PACKAGES)
    }

    /// A cargo that builds for wasm32, up to its subcommand: `cargo [+toolchain] build --target ... -Z ...`.
    pub fn cargo(&self, subcommand: &str, library: Library) -> Command {
        let mut command = match self.source {
            Source::Rustup => Command::new("cargo"),
            Source::Debian => Command::new(self.shims.join("cargo")),
        };
        if self.source == Source::Rustup && library == Library::Smallest {
            command.arg("+nightly");
        }
        command.args([subcommand, "--target", WASM]);
        match (self.source, library) {
            (Source::Rustup, Library::Ordinary) => {}
            (Source::Debian, Library::Ordinary) => {
                command.args(["-Z", "build-std=std,panic_abort"]);
            }
            (_, Library::Smallest) => {
                command.args([
                    "-Z",
                    "build-std=std,panic_abort",
                    "-Z",
                    "build-std-features=optimize_for_size",
                ]);
                command.env("RUSTFLAGS", SMALLEST_FLAGS);
            }
        }
        self.environment(&mut command);
        command
    }

    /// Makes a program that calls `cargo +nightly` itself (worker-build) find these compilers.
    pub fn environment(&self, command: &mut Command) {
        // Set by the cargo that runs us, it would overrule the toolchain that is asked for.
        command.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO");
        let Some(linker) = &self.linker else { return };
        command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(self.shims.clone()).chain(env::split_paths(&path));
        if let Ok(path) = env::join_paths(folders) {
            command.env("PATH", path);
        }
    }

    /// Which compiler and library a build with `library` uses, for the size report and for stamps.
    ///
    /// # Errors
    /// Where the compiler does not start.
    pub fn describe(&self, library: Library) -> Result<String> {
        let version = match (self.source, library) {
            (Source::Rustup, Library::Ordinary) => output(Command::new("rustc").arg("--version"))?,
            (Source::Rustup, Library::Smallest) => {
                output(Command::new("rustc").args(["+nightly", "--version"]))?
            }
            (Source::Debian, _) => output(Command::new("/usr/bin/rustc").arg("--version"))?,
        };
        Ok(match library {
            Library::Ordinary => format!("{version}, ordinary standard library"),
            Library::Smallest => format!("{version}, standard library built for size"),
        })
    }

    /// The same for the edge, whose library unwinds.
    pub fn describe_edge(&self) -> Result<String> {
        let version = match self.source {
            Source::Rustup => output(Command::new("rustc").args(["+nightly", "--version"]))?,
            Source::Debian => output(Command::new("/usr/bin/rustc").arg("--version"))?,
        };
        Ok(format!("{version}, standard library built to unwind panics"))
    }
}

fn has_rustup() -> bool {
    succeeds(Command::new("rustup").arg("--version"))
}

fn library_exists(toolchain: Option<&str>) -> bool {
    let mut command = Command::new("rustc");
    command.args(toolchain).args(["--print", "target-libdir", "--target", WASM]);
    output(&mut command).is_ok_and(|folder| Path::new(&folder).exists())
}

fn nightly_source() -> Result<PathBuf> {
    let sysroot = output(Command::new("rustc").args(["+nightly", "--print", "sysroot"]))?;
    Ok(Path::new(&sysroot).join("lib/rustlib/src/rust/library/Cargo.lock"))
}

/// rustup's `rust-lld`; Debian's compiler comes without one.
fn linker() -> Result<PathBuf> {
    let sysroot = output(Command::new("rustc").args(["--print", "sysroot"]))?;
    let host = output(Command::new("rustc").args(["--print", "host-tuple"]))?;
    let linker = Path::new(&sysroot).join("lib/rustlib").join(host).join("bin/rust-lld");
    if linker.exists() { Ok(linker) } else { bail!("no wasm linker at {}", linker.display()) }
}

/// worker-build calls `cargo +nightly`, `rustc +nightly` and asks rustup what is installed. These three answer for
/// Debian's compiler, which builds its own library and so needs no installed one.
fn write_shims(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder.join("library"))?;
    let library = folder.join("library");
    let cargo = "#!/bin/sh\n\
        # `cargo +nightly` of Debian's Rust.\n\
        if [ \"$1\" = +nightly ]; then shift; fi\n\
        export RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc\n\
        exec /usr/bin/cargo \"$@\"\n";
    let rustc = format!(
        "#!/bin/sh\n\
        # `rustc +nightly` of Debian's Rust. The wasm32 library is built from source wherever it is needed.\n\
        if [ \"$1\" = +nightly ]; then shift; fi\n\
        case \"$*\" in *target-libdir*) echo '{}'; exit 0 ;; esac\n\
        export RUSTC_BOOTSTRAP=1\n\
        exec /usr/bin/rustc \"$@\"\n",
        library.display()
    );
    let rustup = "#!/bin/sh\n# Says what worker-build asks for.\necho 'rust-src (installed)'\n";
    for (name, text) in [("cargo", cargo), ("rustc", rustc.as_str()), ("rustup", rustup)] {
        let path = folder.join(name);
        fs::write(&path, text).with_context(|| format!("could not write {}", path.display()))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

const WASM: &str = "wasm32-unknown-unknown";

/// What took a minimal Leptos chat from 56 to 35 kB; see ARCHITECTURE.md, "Size".
const SMALLEST_FLAGS: &str =
    "-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none -Zfmt-debug=none";

const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy"];
const DEBIAN_SOURCE: &str = "/usr/lib/rustlib/src/rust/library/Cargo.lock";
const ADVICE: &str =
    "rustup toolchain install stable nightly --component rust-src --target wasm32-unknown-unknown";
