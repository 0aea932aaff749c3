//! Where things are: this crate, its programs, and what `scripts/setup` installs.

use anyhow::{Context, Result};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The folder of this crate.
pub fn tests() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The root of the workspace.
pub fn workspace() -> &'static Path {
    tests().parent().unwrap_or(tests())
}

/// A C program of `tests/programs`.
pub fn program(name: &str) -> PathBuf {
    tests().join("programs").join(name)
}

/// A script of `tests/drivers`.
pub fn driver(name: &str) -> PathBuf {
    tests().join("drivers").join(name)
}

/// Where build products of tests go.
pub fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace().join("target"), PathBuf::from)
}

/// Where `scripts/setup --all-emscriptens` puts what it makes.
pub fn cache() -> PathBuf {
    let home = || PathBuf::from(env::var_os("HOME").unwrap_or_default()).join(".cache");
    let base = env::var_os("XDG_CACHE_HOME")
        .filter(|path| !path.is_empty())
        .map_or_else(home, PathBuf::from);
    base.join("wasm-direct-sockets")
}

/// Copies a folder and all that is in it.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        match entry.file_type()?.is_dir() {
            true => copy(&path, &target)?,
            false => fs::copy(&path, &target).map(drop)?,
        }
    }
    Ok(())
}
