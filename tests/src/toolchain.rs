//! The Emscriptens: the one that Debian 12 has, and others in roots that `scripts/setup
//! --all-emscriptens` makes.

use crate::place;
use crate::process::{self, End};
use anyhow::{Context, Result, bail};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// What Debian 12 has, and what CI runs always.
pub const DEFAULT: &str = "3.1.6";

/// All that are supported.
pub const ALL: &[&str] = &[DEFAULT, "3.1.69", "6.0.5"];

/// Those on this machine that tests go through: the first of [`ALL`], and all of them with the feature `all-emscriptens`.
pub const TESTED: &[&str] = if cfg!(feature = "all-emscriptens") {
    ALL
} else {
    &[DEFAULT]
};

/// The first use of an option in a root may build a system library.
const LIMIT: Duration = Duration::from_secs(900);

/// One Emscripten.
#[derive(Clone, Debug)]
pub struct Toolchain {
    /// Its version.
    pub version: String,
    root: Option<PathBuf>,
}

/// The compiler said no.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// All that it said.
    pub text: String,
}

impl Refusal {
    /// The line that tells most: the first that speaks of an error.
    pub fn reason(&self) -> &str {
        let telling =
            |line: &&str| line.contains("error:") || line.contains("Error:") || line.starts_with("Exception: ");
        self.text
            .lines()
            .find(telling)
            .or(self.text.lines().next())
            .unwrap_or("no reason given")
            .trim()
    }

    /// Whether it speaks of an option that this version does not have, or not in this combination. A library or
    /// a tool that could not be found is no such thing.
    pub fn is_of_the_option(&self) -> bool {
        let words = [
            "non-existent setting",
            "unknown argument",
            "not supported",
            "not compatible",
            "incompatible",
            "only available",
            // Debian's 3.1.x have no library for it, and a cache that takes none: MEMORY64 was an experiment then.
            "sysroot/lib/wasm64-emscripten/",
        ];
        words.iter().any(|word| self.reason().contains(word))
    }
}

impl Toolchain {
    /// Finds the Emscripten of this version.
    pub fn find(version: &str) -> Result<Toolchain> {
        if !ALL.contains(&version) {
            bail!("no Emscripten {version} here; known are {}", ALL.join(", "));
        }
        if version == DEFAULT {
            return Ok(Toolchain {
                version: version.into(),
                root: None,
            });
        }
        let root = place::cache().join(format!("emscripten-{version}"));
        if !root.join("usr/bin/emcc").exists() {
            bail!(
                "no Emscripten {version} in {}: run scripts/setup --all-emscriptens",
                root.display()
            );
        }
        Ok(Toolchain {
            version: version.into(),
            root: Some(root),
        })
    }

    /// Compiles `source` into `output` (`….js` or `….mjs`) and what goes beside it. `flags` may name files of the source's
    /// folder.
    pub fn compile(&self, source: &Path, flags: &[&str], output: &Path) -> Result<Result<(), Refusal>> {
        let compiler = if source.extension().is_some_and(|ending| ending == "cpp") {
            "em++"
        } else {
            "emcc"
        };
        let folder = output.parent().context("an output has a folder")?;
        fs::create_dir_all(folder)?;
        let mut arguments: Vec<OsString> = vec![compiler.into()];
        arguments.extend(flags.iter().map(OsString::from));
        match &self.root {
            None => {
                arguments.extend([source.into(), "-o".into(), output.into()]);
                self.run_on_host(&arguments, source)
            }
            Some(root) => {
                let name = |path: &Path| path.file_name().map(OsStr::to_os_string).context("a path of a file");
                arguments.extend([name(source)?, "-o".into(), name(output)?]);
                self.run_in_root(root, &arguments, source, folder)
            }
        }
    }

    fn run_on_host(&self, arguments: &[OsString], source: &Path) -> Result<Result<(), Refusal>> {
        let closure = place::tests().join(format!("node_modules/closure-{}/compiler", self.version));
        let mut command = Command::new(&arguments[0]);
        command
            .args(&arguments[1..])
            .current_dir(source.parent().context("a source has a folder")?);
        // Without the first, -O1 and up of Debian's 3.1.6 fail with "Cannot find module 'acorn'" where the machine
        // has a node of its own.
        command
            .env("NODE_PATH", "/usr/share/nodejs")
            .env("EM_CLOSURE_COMPILER", closure);
        finish(&mut command)
    }

    fn run_in_root(
        &self,
        root: &Path,
        arguments: &[OsString],
        source: &Path,
        folder: &Path,
    ) -> Result<Result<(), Refusal>> {
        let work = tempfile::Builder::new().prefix("cell-").tempdir_in(root.join("work"))?;
        let mut sources = Vec::new();
        for entry in fs::read_dir(source.parent().context("a source has a folder")?)? {
            let path = entry?.path();
            let name = path.file_name().map(OsStr::to_os_string).context("a path of a file")?;
            match path.is_dir() {
                true => place::copy(&path, &work.path().join(&name))?,
                false => fs::copy(&path, work.path().join(&name)).map(drop)?,
            }
            sources.push(name);
        }
        let mut command = chroot();
        command
            .arg(root)
            .args(["/usr/bin/env", "-i", "HOME=/root", "PATH=/usr/bin:/bin"]);
        command.arg("EM_CLOSURE_COMPILER=/opt/closure-compiler");
        command.args(["sh", "-c", "cd \"$1\" && shift && exec \"$@\"", "sh"]);
        command
            .arg(Path::new("/work").join(work.path().file_name().unwrap_or_default()))
            .args(arguments);
        let result = finish(&mut command)?;
        if result.is_ok() {
            for entry in fs::read_dir(work.path())? {
                let path = entry?.path();
                let name = path.file_name().map(OsStr::to_os_string).context("a path of a file")?;
                if !sources.contains(&name) {
                    fs::copy(&path, folder.join(name))?;
                }
            }
        }
        Ok(result)
    }
}

/// The command that changes the root, without its arguments.
pub fn chroot() -> Command {
    match is_root() {
        true => Command::new("chroot"),
        false => {
            let mut command = Command::new("sudo");
            command.args(["-n", "chroot"]);
            command
        }
    }
}

/// Whether this process may change its root by itself.
fn is_root() -> bool {
    // SAFETY: a system call without arguments that always succeeds.
    unsafe { libc::geteuid() == 0 }
}

fn finish(command: &mut Command) -> Result<Result<(), Refusal>> {
    let outcome = process::run(command, LIMIT).with_context(|| format!("{:?}", command.get_program()))?;
    match outcome.end {
        End::Exit(0) => Ok(Ok(())),
        End::Exit(_) => Ok(Err(Refusal { text: outcome.errors() })),
        end => bail!("{command:?}: {end}"),
    }
}

/// The toolchains that `names` names, or the default one.
pub fn named(names: &[String]) -> Result<Vec<Toolchain>> {
    match names {
        [] => Ok(vec![Toolchain::find(DEFAULT)?]),
        names => names.iter().map(|name| Toolchain::find(name)).collect(),
    }
}
