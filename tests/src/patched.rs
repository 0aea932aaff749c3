//! A copy of an Emscripten tree, for the series of edits, and the emcc in it.

use crate::node::{self, Start};
use crate::process::{self, End, Outcome};
use crate::toolchain::{self, DEFAULT};
use crate::{native, place, retrofit};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

/// A link on a busy machine, with system libraries to be built before it.
const LIMIT: Duration = Duration::from_secs(900);

/// A tree of its own, which goes when this is dropped.
pub struct Patched {
    version: String,
    /// Where the compiler's root is; `None`: here.
    root: Option<PathBuf>,
    /// Within the root, as seen from here.
    folder: TempDir,
}

impl Patched {
    /// Copies the tree of this version; nothing is applied yet.
    pub fn copy(version: &str) -> Result<Patched> {
        let root = (version != DEFAULT).then(|| place::cache().join(format!("emscripten-{version}")));
        let folder = match &root {
            Some(root) => tempfile::Builder::new()
                .prefix("patched-")
                .tempdir_in(root.join("work"))?,
            None => tempfile::tempdir()?,
        };
        let from = root.as_deref().unwrap_or(Path::new("/")).join("usr/share/emscripten");
        let patched = Patched {
            version: version.to_owned(),
            root,
            folder,
        };
        for entry in fs::read_dir(&from).with_context(|| from.display().to_string())? {
            let entry = entry?;
            let name = entry.file_name();
            if ["cache", "tests", "docs"].iter().any(|other| name == *other) {
                continue;
            }
            match entry.file_type()?.is_dir() {
                true => place::copy(&entry.path(), &patched.tree().join(&name))?,
                false => {
                    fs::create_dir_all(patched.tree())?;
                    fs::copy(entry.path(), patched.tree().join(&name))?;
                }
            }
        }
        // Scripts of the tree look for their packages in the folders above them.
        std::os::unix::fs::symlink("/usr/share/nodejs", patched.path("node_modules"))?;
        fs::copy(retrofit::executable()?, patched.path("wasm-direct-sockets"))?;
        Ok(patched)
    }

    /// The copy of the tree.
    pub fn tree(&self) -> PathBuf {
        self.path("tree")
    }

    /// A file beside the tree.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `wasm-direct-sockets emscripten ACTION TREE`, which must succeed; answers what it prints.
    pub fn emscripten(&self, action: &[&str]) -> Result<String> {
        let tree = self.tree();
        let mut arguments = vec!["emscripten".as_ref(), action[0].as_ref(), tree.as_os_str()];
        arguments.extend(action[1..].iter().map(std::ffi::OsStr::new));
        let outcome = retrofit::run(&arguments)?;
        if outcome.end != End::Exit(0) {
            bail!("{action:?}: {}: {}", outcome.end, outcome.errors());
        }
        Ok(outcome.output())
    }

    /// The emcc of the tree, with these arguments, in the folder beside it.
    pub fn emcc(&self, arguments: &[&str]) -> Result<Outcome> {
        self.python("emcc.py", arguments)
    }

    /// A script that lies in the tree, with these arguments, in the folder beside it.
    pub fn python(&self, script: &str, arguments: &[&str]) -> Result<Outcome> {
        let within = match &self.root {
            Some(root) => Path::new("/").join(self.folder.path().strip_prefix(root)?),
            None => self.folder.path().to_owned(),
        };
        let mut command = match &self.root {
            Some(root) => {
                let mut command = toolchain::chroot();
                command
                    .arg(root)
                    .args(["/usr/bin/env", "-i", "HOME=/root", "PATH=/usr/bin:/bin"]);
                command
            }
            None => Command::new("/usr/bin/env"),
        };
        command.args(["PYTHONDONTWRITEBYTECODE=1", "NODE_PATH=/usr/share/nodejs"]);
        command.arg(format!(
            "EM_DIRECT_SOCKETS={}",
            within.join("wasm-direct-sockets").display()
        ));
        if self.version != "6.0.5" {
            command.arg("EM_CACHE=/usr/share/emscripten/cache");
        }
        let closure = match &self.root {
            Some(_) => PathBuf::from("/opt/closure-compiler"),
            None => place::tests().join(format!("node_modules/closure-{}/compiler", self.version)),
        };
        command.arg(format!("EM_CLOSURE_COMPILER={}", closure.display()));
        command.args(["sh", "-c", "cd \"$1\" && shift && exec python3 tree/\"$@\"", "sh"]);
        command.arg(&within).arg(script).args(arguments);
        Ok(process::run(&mut command, LIMIT)?)
    }

    /// Compiles a program beside the tree with these flags, for node to start like this; answers where its JavaScript is.
    pub fn compile(&self, source: &Path, flags: &[&str], start: Start) -> Result<PathBuf> {
        let folder = source.parent().context("a source has a folder")?;
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == "c" || ending == "h") {
                fs::copy(&path, self.path(&path.file_name().context("a name")?.to_string_lossy()))?;
            }
        }
        let name = source.file_name().context("a name")?.to_string_lossy();
        let app = match start {
            Start::Module => "app.mjs",
            Start::Script | Start::Page | Start::Factory => "app.js",
        };
        let mut arguments = vec![&*name, "-o", app];
        arguments.extend(flags);
        let compiled = self.emcc(&arguments)?;
        if compiled.end != End::Exit(0) {
            bail!("emcc {} {arguments:?}: {}", self.version, compiled.errors());
        }
        Ok(self.path(app))
    }

    /// Compiles a program like that, runs it in node and, compiled for Linux, as it is: both outcomes.
    pub fn compare(
        &self,
        source: &Path,
        flags: &[&str],
        start: Start,
        arguments: &[String],
    ) -> Result<(Outcome, Outcome)> {
        let app = self.compile(source, flags, start)?;
        let run = |command: &mut Command| process::run(command, crate::app::LIMIT);
        let got = run(&mut node::command(&app, start, &self.version, arguments)?)?;
        let program = self.path("native");
        native::compile(source, &[], &program)?;
        Ok((run(Command::new(program).args(arguments))?, got))
    }

    /// All files of the tree: mode and contents.
    pub fn contents(&self) -> Result<BTreeMap<PathBuf, (u32, Vec<u8>)>> {
        let mut all = BTreeMap::new();
        let mut folders = vec![self.tree()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => drop(all.insert(path.clone(), (path.metadata()?.permissions().mode(), fs::read(&path)?))),
                }
            }
        }
        Ok(all)
    }
}
