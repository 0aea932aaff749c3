//! Building a program for Linux.

use crate::process::{self, End};
use anyhow::{Result, bail};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Compiles `source` into the executable `output`; C++ by its ending.
pub fn compile(source: &Path, defines: &[&str], output: &Path) -> Result<()> {
    let compiler = if source.extension().is_some_and(|ending| ending == "cpp") {
        "g++"
    } else {
        "gcc"
    };
    let mut command = Command::new(compiler);
    command
        .args(["-O1", "-Wall", "-Wextra", "-Werror"])
        .args(defines)
        .arg(source)
        .arg("-o")
        .arg(output)
        .arg("-lm");
    let outcome = process::run(&mut command, Duration::from_secs(60))?;
    if outcome.end != End::Exit(0) {
        bail!("{compiler} {}: {}\n{}", source.display(), outcome.end, outcome.errors());
    }
    Ok(())
}
