//! `cargo xtask test`: every check there is, part by part. A part that fails does not stop the others.

use std::{
    env, fs,
    io::{BufRead, BufReader, IsTerminal, stdout},
    mem,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc::Receiver,
    thread::{self, JoinHandle},
    time::Instant,
};

use anyhow::{Context, Result, bail};

use crate::{
    api,
    build::{self, Mode},
    demo, desks, fidelity, gallery, processes,
    rust::{Library, Rust},
    setup::{self, Tools},
    size,
    state::Kept,
    steps::{Steps, seconds},
};

/// One part of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Formatting.
    Fmt,
    /// Clippy, for the host and for wasm.
    Lint,
    /// Everything that needs nothing but Rust: unit tests and stories.
    Unit,
    /// The widget's scripts, by themselves: no browser, and time is virtual.
    Script,
    /// Clients that others wrote, against the simulated desks.
    Fidelity,
    /// Stories against the real Worker runtime.
    Edge,
    /// Made-up requests against the admin API's own description.
    Api,
    /// Stories in a real browser.
    Browser,
    /// Whether a deployment would be accepted, as far as that can be known here.
    Deploy,
    /// Whether what is deployed is within its budgets.
    Size,
}

impl Part {
    const ALL: [Self; 10] = [
        Self::Fmt,
        Self::Lint,
        Self::Unit,
        Self::Script,
        Self::Fidelity,
        Self::Edge,
        Self::Api,
        Self::Browser,
        Self::Deploy,
        Self::Size,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Lint => "lint",
            Self::Unit => "unit",
            Self::Script => "script",
            Self::Fidelity => "fidelity",
            Self::Edge => "edge",
            Self::Api => "api",
            Self::Browser => "browser",
            Self::Deploy => "deploy",
            Self::Size => "size",
        }
    }

    /// The part of this name.
    ///
    /// # Errors
    /// Where there is none; lists those there are.
    pub fn parse(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|part| part.name() == name).with_context(|| {
            let names: Vec<_> = Self::ALL.into_iter().map(Self::name).collect();
            format!("there is no part {name:?}; there are {}", names.join(", "))
        })
    }
}

/// How many checks went well and how many did not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    passed: u64,
    failed: u64,
}

impl Tally {
    fn one(ok: bool) -> Self {
        Self { passed: u64::from(ok), failed: u64::from(!ok) }
    }

    fn plus(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

/// Runs all parts, or one. `false`: something failed.
///
/// # Errors
/// Never for a part that fails or cannot run: that is counted.
pub fn run(only: Option<Part>) -> Result<bool> {
    let mut total = Tally::default();
    let mut suite = Suite { root: parlor_local_edge::root(), build: Build::Unasked };
    let mut summary = Vec::new();
    for part in Part::ALL.into_iter().filter(|part| only.is_none_or(|only| only == *part)) {
        // Half of the build runs on one core, and so do many tests: side by side they fill two. Not before the compilers
        // are there, which the lint part sees to; a part that is run alone begins its build itself.
        if only.is_none() && part == Part::Unit {
            suite.begin_build();
        }
        println!("\n=== {} ===", part.name());
        let started = Instant::now();
        let tally = match suite.part(part) {
            Ok(Tally { passed: 0, failed: 0 }) => {
                println!("this part ran no test");
                Tally::one(false)
            }
            Ok(tally) => tally,
            Err(error) => {
                println!("{error:#}");
                Tally::one(false)
            }
        };
        summary.push(format!(
            "{:<8} {:>5} passed {:>3} failed  {}",
            part.name(),
            tally.passed,
            tally.failed,
            seconds(started.elapsed())
        ));
        println!("--- {}", summary.last().map_or("", String::as_str));
        total = total.plus(tally);
    }
    println!("\n{}\n", summary.join("\n"));
    println!("{} passed, {} failed", total.passed, total.failed);
    Ok(total.failed == 0)
}

struct Suite {
    root: PathBuf,
    build: Build,
}

/// The release build.
enum Build {
    Unasked,
    /// Going on beside the parts, with what it has to say kept for the first that needs it.
    Begun(JoinHandle<Built>, Receiver<String>),
    Ended(Built),
}

/// The release build, or why it could not be made.
type Built = Result<Tools, String>;

impl Suite {
    fn part(&mut self, part: Part) -> Result<Tally> {
        match part {
            Part::Fmt => {
                self.components()?;
                self.check(Command::new("cargo").args(["fmt", "--all", "--check"]))
            }
            Part::Lint => self.lint(),
            Part::Unit => {
                let mut cargo = Command::new("cargo");
                // All but what wants a running Worker; a new member is in without a word here.
                cargo.args([
                    "test",
                    "--no-fail-fast",
                    "--workspace",
                    "--exclude",
                    "parlor-local-edge",
                ]);
                self.cargo_test(&mut cargo)
            }
            Part::Script => {
                let node = setup::node(&mut Steps::new(1), &self.root)?;
                let mut tally = Tally::default();
                let ok = self.run(
                    Command::new(node).args([
                        "--test",
                        "--test-reporter=tap",
                        // The widget's scripts are modules; no package.json says so to Node.js alone.
                        "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON",
                        "tests/script/*.test.js",
                    ]),
                    |line| tally = tally.plus(tap_count(line)),
                )?;
                Ok(at_least_one_failure(tally, ok))
            }
            Part::Fidelity => {
                let clients = fidelity::set_up(&self.root)?;
                let chats = demo::runtime()?.block_on(fidelity::hold_all(&clients));
                let (passed, failed) = chats?;
                Ok(Tally { passed, failed })
            }
            Part::Edge => {
                // The stories themselves are compiled while the last of the build is waited for.
                let stories = ["test", "--package", "parlor-local-edge", "--no-run"];
                self.run(Command::new("cargo").args(stories), |_| {})?;
                self.tools()?;
                self.cargo_test(Command::new("cargo").args([
                    "test",
                    "--no-fail-fast",
                    "--package",
                    "parlor-local-edge",
                    "--",
                    // They mostly wait, two of them for 35 s: more at a time than there are cores.
                    "--test-threads=6",
                ]))
            }
            Part::Api => self.api(),
            Part::Browser => self.browser(),
            Part::Deploy => self.deploy(),
            Part::Size => {
                let tools = self.tools()?;
                Ok(Tally::one(size::report(&tools)?))
            }
        }
    }

    fn lint(&self) -> Result<Tally> {
        self.components()?;
        let mut steps = Steps::new(1);
        let step = steps.begin("Rust for wasm");
        let rust = Rust::set_up(&step, &self.root)?;
        step.done(&rust.describe(Library::Ordinary)?);
        let host = self.check(Command::new("cargo").args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ]))?;
        let mut wasm = rust.cargo("clippy", Library::Ordinary);
        wasm.args([
            "--package",
            "parlor-edge",
            "--package",
            "parlor-widget",
            "--",
            "-D",
            "warnings",
        ]);
        Ok(host.plus(self.check(&mut wasm)?))
    }

    fn api(&mut self) -> Result<Tally> {
        self.tools()?;
        if !api::has_python() {
            bail!("Python 3 is missing; on Debian: `sudo apt-get install python3 python3-venv`");
        }
        api::install(&self.root)?;
        let runtime = demo::runtime()?;
        let (edge, mut command) = runtime.block_on(api::prepare(&self.root))?;
        let ok = self.run(&mut command, |_| {});
        runtime.block_on(edge.stop())?;
        Ok(Tally::one(ok?))
    }

    fn browser(&mut self) -> Result<Tally> {
        let tools = self.tools()?;
        let config = self.root.join("tests/browser/playwright.config.ts");
        if !config.exists() {
            bail!("{} is missing", config.display());
        }
        let chromium = chromium(&self.root)?;
        let report = self.root.join(".parlor/playwright.json");
        fs::remove_file(&report).ok();
        let runtime = demo::runtime()?;
        let mut steps = Steps::new(demo::SERVE_STEPS);
        let kept = Kept::nothing()?;
        let running = runtime.block_on(demo::serve(&mut steps, &self.root, &kept))?;
        let mut playwright = Command::new(&tools.node);
        playwright
            .arg(self.root.join("node_modules/@playwright/test/cli.js"))
            .args(["test", "--reporter=list,json", "--config"])
            .arg(&config)
            .env("PLAYWRIGHT_JSON_OUTPUT_NAME", &report)
            .env("PARLOR_CHROMIUM", chromium)
            .env("PARLOR_GALLERY", gallery::write(&self.root)?)
            .env("PARLOR_SITE_URL", running.site.url())
            .env("PARLOR_EDGE_URL", running.edge.url())
            .env("PARLOR_ADMIN_TOKEN", &kept.admin_token)
            .env("PARLOR_EDGE_PID", running.edge.pid().unwrap_or_default().to_string())
            .env("PARLOR_DESK_URL", desks::origin(&running.desks.live_agent))
            .env("PARLOR_KUSTOMER_URL", desks::origin(&running.desks.kustomer));
        let ran = self.run(&mut playwright, |_| {});
        let logs = running.edge.logs_so_far();
        runtime.block_on(running.stop())?;
        let ok = ran?;
        if !ok {
            for line in logs {
                println!("edge {}: {}", line.level, line.message);
            }
        }
        let text = fs::read_to_string(&report).context("Playwright left no report")?;
        Ok(at_least_one_failure(playwright_tally(&text)?, ok))
    }

    fn deploy(&mut self) -> Result<Tally> {
        let tools = self.tools()?;
        let mut wrangler = Command::new(&tools.node);
        wrangler.arg(self.root.join("node_modules/wrangler/bin/wrangler.js"));
        wrangler.args(["deploy", "--dry-run", "--outdir", ".parlor/deploy"]);
        wrangler.env("WRANGLER_SEND_METRICS", "false").env("CI", "true");
        self.check(&mut wrangler)
    }

    /// rustfmt and clippy, which a minimal toolchain comes without.
    fn components(&self) -> Result<()> {
        let there =
            |name: &str| processes::succeeds(Command::new("cargo").args([name, "--version"]));
        if there("fmt") && there("clippy") {
            return Ok(());
        }
        let mut steps = Steps::new(1);
        let step = steps.begin("rustfmt, clippy");
        processes::run(
            &step,
            &self.root,
            Command::new("rustup").args(["component", "add", "rustfmt", "clippy"]),
        )?;
        step.done("installed");
        Ok(())
    }

    /// Starts the release build, unless it was.
    fn begin_build(&mut self) {
        if !matches!(self.build, Build::Unasked) {
            return;
        }
        let (mut steps, lines) = Steps::aside(build::STEPS);
        let build = thread::spawn(move || {
            build::run_steps(&mut steps, Mode::Release).map_err(|error| format!("{error:#}"))
        });
        self.build = Build::Begun(build, lines);
    }

    /// Waits for the release build, and says what it had to say.
    fn tools(&mut self) -> Result<Tools> {
        self.begin_build();
        let built = match mem::replace(&mut self.build, Build::Unasked) {
            Build::Begun(build, lines) => {
                lines.iter().for_each(|line| println!("{line}"));
                build.join().unwrap_or_else(|_| Err("the release build panicked".to_owned()))
            }
            Build::Ended(built) => built,
            Build::Unasked => Err("the release build did not begin".to_owned()),
        };
        self.build = Build::Ended(built.clone());
        built.map_err(anyhow::Error::msg)
    }

    fn cargo_test(&self, command: &mut Command) -> Result<Tally> {
        let mut tally = Tally::default();
        let ok = self.run(command, |line| tally = tally.plus(test_result(line)))?;
        Ok(at_least_one_failure(tally, ok))
    }

    /// A command that is one check by itself.
    fn check(&self, command: &mut Command) -> Result<Tally> {
        Ok(Tally::one(self.run(command, |_| {})?))
    }

    /// Runs a command, passes its output on as it comes, and hands each line of it to `see`.
    fn run(&self, command: &mut Command, mut see: impl FnMut(&str)) -> Result<bool> {
        println!("$ {}", processes::as_typed(command));
        if stdout().is_terminal() {
            command.env("CARGO_TERM_COLOR", "always");
        }
        let mut child = command
            .current_dir(&self.root)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("could not start {}", processes::as_typed(command)))?;
        if let Some(output) = child.stdout.take() {
            for line in BufReader::new(output).split(b'\n') {
                let line = line?;
                let line = String::from_utf8_lossy(&line);
                println!("{line}");
                see(&line);
            }
        }
        Ok(child.wait()?.success())
    }
}

/// A Chromium: the one that is named, the system's, or Debian's, installed now.
///
/// # Errors
/// Where there is none and none can be installed.
pub fn chromium(root: &Path) -> Result<PathBuf> {
    if let Some(named) = env::var_os("PARLOR_CHROMIUM") {
        return Ok(PathBuf::from(named));
    }
    let known = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    if let Some(found) = known.iter().map(Path::new).find(|path| path.exists()) {
        return Ok(found.to_path_buf());
    }
    let mut steps = Steps::new(1);
    let step = steps.begin("Chromium");
    setup::apt(&step, root, &["chromium", "fonts-liberation", "fonts-noto-core"])
        .context("no Chromium found; PARLOR_CHROMIUM may name one")?;
    step.done("installed");
    Ok(PathBuf::from("/usr/bin/chromium"))
}

/// A command that failed without naming a failed test (it did not compile, say) is a failure too.
fn at_least_one_failure(tally: Tally, ok: bool) -> Tally {
    if ok || tally.failed > 0 { tally } else { tally.plus(Tally::one(false)) }
}

/// The counts in a line such as `test result: ok. 12 passed; 0 failed; 0 ignored; ...`.
fn test_result(line: &str) -> Tally {
    let Some(counts) = line.trim().strip_prefix("test result: ") else { return Tally::default() };
    let count = |name: &str| {
        counts
            .split([';', '.'])
            .find_map(|part| part.trim().strip_suffix(name)?.trim().parse().ok())
            .unwrap_or(0)
    };
    Tally { passed: count(" passed"), failed: count(" failed") }
}

/// The counts in the last lines of a TAP report by Node.js, such as `# pass 12`.
fn tap_count(line: &str) -> Tally {
    let count = |name: &str| line.strip_prefix(name).and_then(|it| it.trim().parse().ok());
    let failed = ["# fail ", "# cancelled "].into_iter().find_map(count);
    Tally { passed: count("# pass ").unwrap_or(0), failed: failed.unwrap_or(0) }
}

/// The counts of Playwright's report. What passed only at a second try has failed: it will do so again.
fn playwright_tally(report: &str) -> Result<Tally> {
    let report: serde_json::Value =
        serde_json::from_str(report).context("Playwright's report is not JSON")?;
    let count = |name: &str| {
        let found = report.pointer(&format!("/stats/{name}")).and_then(serde_json::Value::as_u64);
        found.with_context(|| format!("Playwright's report has no {name}"))
    };
    let broken = report
        .get("errors")
        .and_then(serde_json::Value::as_array)
        .is_some_and(|errors| !errors.is_empty());
    Ok(Tally {
        passed: count("expected")?,
        failed: count("unexpected")? + count("flaky")? + u64::from(broken),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_cargo_test_are_counted() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        assert_eq!(test_result(line), Tally { passed: 12, failed: 3 });
        assert_eq!(test_result("test shared::a_test ... ok"), Tally::default());
    }

    #[test]
    fn results_of_node_are_counted() {
        assert_eq!(tap_count("# pass 12"), Tally { passed: 12, failed: 0 });
        assert_eq!(tap_count("# fail 3"), Tally { passed: 0, failed: 3 });
        assert_eq!(tap_count("# cancelled 1"), Tally { passed: 0, failed: 1 });
        assert_eq!(tap_count("ok 3 - # pass the salt"), Tally::default());
        assert_eq!(tap_count("# passed by"), Tally::default());
    }

    #[test]
    fn a_command_that_fails_without_a_failed_test_counts_as_one() {
        let tally = Tally { passed: 4, failed: 0 };
        assert_eq!(at_least_one_failure(tally, false), Tally { passed: 4, failed: 1 });
        assert_eq!(at_least_one_failure(tally, true), tally);
    }

    #[test]
    fn a_flaky_browser_test_has_failed() {
        let report = r#"{"stats":{"expected":5,"unexpected":1,"flaky":1,"skipped":0},"errors":[]}"#;
        assert_eq!(playwright_tally(report).unwrap(), Tally { passed: 5, failed: 2 });
    }
}
