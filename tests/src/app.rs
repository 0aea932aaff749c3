//! A program on its way: compiled, retrofitted, started. For tests that look at more than the output.

use crate::process::{self, End, Outcome};
use crate::toolchain::Toolchain;
use crate::{node, place, retrofit};
use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

/// No program of these tests runs longer, on a machine that is busy.
pub const LIMIT: Duration = Duration::from_secs(60);

/// The versions that a test goes through: the one that is always there, and the newest where all are.
pub const VERSIONS: &[&str] = if cfg!(feature = "all-emscriptens") {
    &["3.1.6", "6.0.5"]
} else {
    &["3.1.6"]
};

/// A compiled program in a folder of its own, which goes when this is dropped.
pub struct App {
    folder: TempDir,
    version: String,
}

impl App {
    /// Compiles `program` of `tests/programs` into `app.js` and what goes beside it.
    pub fn compile(version: &str, program: &str, flags: &[&str]) -> Result<App> {
        let folder = tempfile::tempdir()?;
        let toolchain = Toolchain::find(version)?;
        if let Err(refusal) = toolchain.compile(&place::program(program), flags, &folder.path().join("app.js"))? {
            bail!("emcc {version} {flags:?} {program}: {}", refusal.text);
        }
        Ok(App {
            folder,
            version: version.to_owned(),
        })
    }

    /// A file beside `app.js`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `app.js` as it was compiled.
    pub fn original(&self) -> PathBuf {
        self.path("app.js")
    }

    /// `app.js` as [`App::retrofit`] writes it.
    pub fn out(&self) -> PathBuf {
        self.path("out").join("app.js")
    }

    /// Retrofits `app.js` to [`App::out`]; that it is done, and done in silence, is part of the test.
    pub fn retrofit(&self, more: &[&str]) -> Result<Outcome> {
        fs::create_dir_all(self.path("out"))?;
        let more: Vec<&OsStr> = more.iter().map(OsStr::new).collect();
        let outcome = retrofit::retrofit(&self.original(), &self.out(), &more)?;
        if outcome.end != End::Exit(0) {
            bail!("retrofit: {}: {}", outcome.end, outcome.errors());
        }
        Ok(outcome)
    }

    /// A node that `app` can run in, without the script to run.
    pub fn node(&self) -> Result<Command> {
        let mut command = Command::new(node::executable()?);
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", "/nonexistent");
        if let Some(preload) = node::preload(node::Start::Script, &self.version) {
            command.arg("--import").arg(place::driver(preload));
        }
        Ok(command)
    }

    /// `node APP ARGUMENT…`.
    pub fn run(&self, app: &Path, arguments: &[String]) -> Result<Outcome> {
        process::run(self.node()?.arg(app).args(arguments), LIMIT).context("node")
    }
}
