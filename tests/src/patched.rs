//! A copy of an Emscripten tree, for the series of edits, and the emcc in it.

use crate::node::{self, Start};
use crate::process::{self, End, Outcome};
use crate::toolchain::{self, DEFAULT};
use crate::{native, place, retrofit, suites};
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

/// Where Emscripten has its tests, or had them.
const TESTS: &[&str] = &["test", "tests"];

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
            if ["cache", "tests", "test", "docs"].iter().any(|other| name == *other) {
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
        match TESTS.iter().find(|name| from.join(name).exists()) {
            Some(name) => copy_tests(&from, &patched.tree(), name)?,
            // The package comes without them.
            None => {
                let source = suites::unpacked(&format!("emscripten-{version}-source"), " --all-emscriptens")?;
                copy_tests(&source, &patched.tree(), TESTS[0])?;
                place::copy(&source.join("site"), &patched.tree().join("site"))?;
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
        self.python(&[], "emcc.py", arguments)
    }

    /// Emscripten's runner of its own tests, with this suite.
    pub fn runner(&self, suite: &str) -> Result<Outcome> {
        let tests = TESTS.iter().find(|name| self.tree().join(name).exists());
        let tests = tests.context("a tree with tests")?;
        // Debian's emcc is found in PATH, by its tests too.
        let emcc = self.path("bin/emcc");
        fs::create_dir_all(self.path("bin"))?;
        let within = self.within()?;
        fs::write(
            &emcc,
            format!("#!/bin/sh\nexec python3 {}/tree/emcc.py \"$@\"\n", within.display()),
        )?;
        fs::set_permissions(&emcc, fs::Permissions::from_mode(0o755))?;
        fs::create_dir_all(self.path("tmp"))?;
        let mut variables = vec![format!("TMPDIR={}", within.join("tmp").display())];
        let node = match &self.root {
            Some(_) => {
                fs::copy(node::executable()?, self.path("bin/node"))?;
                within.join("bin/node")
            }
            None => node::executable()?,
        };
        variables.push(format!("EM_NODE_JS={}", node.display()));
        if let Some(driver) = node::preload(Start::Script, &self.version) {
            variables.push(format!("NODE_OPTIONS=--import={}", place::driver(driver).display()));
        }
        self.python(&variables, &format!("{tests}/runner.py"), &[suite])
    }

    /// Its folder as its compiler sees it.
    fn within(&self) -> Result<PathBuf> {
        Ok(match &self.root {
            Some(root) => Path::new("/").join(self.folder.path().strip_prefix(root)?),
            None => self.folder.path().to_owned(),
        })
    }

    /// A script that lies in the tree, with these arguments, in the folder beside it. `variables` are of its environment.
    pub fn python(&self, variables: &[String], script: &str, arguments: &[&str]) -> Result<Outcome> {
        let within = self.within()?;
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
        command.args(variables);
        command.args([
            "sh",
            "-c",
            "cd \"$1\" && PATH=\"$1/bin:$PATH\" && shift && exec python3 tree/\"$@\"",
            "sh",
        ]);
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

/// Copies Emscripten's tests as far as the series needs them: their runner, and those of sockets.
fn copy_tests(from: &Path, to: &Path, name: &str) -> Result<()> {
    place::copy(&from.join(name).join("sockets"), &to.join(name).join("sockets"))?;
    for entry in fs::read_dir(from.join(name))? {
        let path = entry?.path();
        // The runner tries an engine with the program.
        if path.extension().is_some_and(|ending| ending == "py") || path.ends_with("hello_world.js") {
            fs::copy(&path, to.join(name).join(path.file_name().context("a name")?))?;
        }
    }
    Ok(())
}
