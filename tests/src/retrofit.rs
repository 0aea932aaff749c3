//! The command under test.

use crate::place;
use crate::process::{self, Outcome};
use anyhow::{Context, Result, bail};
use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// More than any retrofit takes, on a machine that is busy.
pub const LIMIT: Duration = Duration::from_secs(30);

/// `target/release/wasm-direct-sockets`, or what `WASM_DIRECT_SOCKETS` names.
pub fn executable() -> Result<PathBuf> {
    let path = env::var_os("WASM_DIRECT_SOCKETS")
        .map_or_else(|| place::target().join("release/wasm-direct-sockets"), PathBuf::from);
    if !path.exists() {
        bail!("no command at {}: run cargo build --release", path.display());
    }
    Ok(path)
}

/// Runs the command with these arguments.
pub fn run<S: AsRef<OsStr>>(arguments: &[S]) -> Result<Outcome> {
    let mut command = Command::new(executable()?);
    process::run(command.args(arguments), LIMIT).context("the command under test")
}

/// `retrofit APP -o OUT …`.
pub fn retrofit(app: &Path, out: &Path, more: &[&OsStr]) -> Result<Outcome> {
    let mut arguments = vec![
        OsStr::new("retrofit"),
        app.as_os_str(),
        OsStr::new("-o"),
        out.as_os_str(),
    ];
    arguments.extend_from_slice(more);
    run(&arguments)
}
