//! One app out of many programs, with one Emscripten.

use super::{Program, headers, key, products};
use crate::process::End;
use crate::retrofit;
use crate::toolchain::Toolchain;
use anyhow::{Result, bail};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// A compiler and what it is given.
#[derive(Clone, Debug)]
pub struct Build {
    /// The compiler.
    pub toolchain: Toolchain,
    /// `wasm32` or `wasm64`.
    pub memory: &'static str,
    flags: &'static [&'static str],
}

/// What the C library of a version does not have: a program that needs it is none of that version's.
const LACKING: &[(&str, &[&str])] = &[("3.1.6", &["epoll", "ppoll"]), ("3.1.69", &["epoll", "ppoll"])];

impl Build {
    /// Whether `program` can be linked.
    pub fn links(&self, program: &Program) -> bool {
        let lacks = |need: &String| {
            LACKING
                .iter()
                .any(|(version, needs)| *version == self.toolchain.version && needs.contains(&need.as_str()))
        };
        !program.needs.as_ref().is_some_and(lacks)
    }

    /// What is built with `toolchain`.
    pub fn all(toolchain: &Toolchain) -> Vec<Build> {
        let build = |memory, flags| Build {
            toolchain: toolchain.clone(),
            memory,
            flags,
        };
        match toolchain.version.as_str() {
            // Some calls are stubs inside the wasm there, which only -O0 and -O1 leave to be found.
            "3.1.6" | "3.1.69" => vec![build("wasm32", &["-O0", "-sASSERTIONS=0"])],
            // socketpair is one still, which -O2 folds away.
            _ => vec![
                build("wasm32", &["-O1"]),
                build("wasm64", &["-O1", "-sMEMORY64", "-Wno-experimental"]),
            ],
        }
    }

    /// What the report calls it.
    pub fn name(&self) -> String {
        format!("emcc {}, {}", self.toolchain.version, self.memory)
    }

    /// Compiles the programs, if they are not those of the last time, and retrofits them. The answer is the app to run,
    /// which takes the name of a program as its argument.
    pub fn make(&self, programs: &[&Program], all: bool) -> Result<PathBuf> {
        let names: Vec<&str> = programs.iter().map(|program| program.name.as_str()).collect();
        let folder = products()
            .join(format!("{}-{}", self.toolchain.version, self.memory))
            .join(if all { "all".into() } else { names.join("+") });
        let app = folder.join("app.js");
        self.compile(programs, &folder, &app)?;
        let out = folder.join("out").join("app.js");
        fs::create_dir_all(folder.join("out"))?;
        let done = retrofit::retrofit(&app, &out, &[])?;
        if done.end != End::Exit(0) {
            bail!("retrofit: {}\n{}", done.end, done.errors());
        }
        Ok(out)
    }

    fn compile(&self, programs: &[&Program], folder: &Path, app: &Path) -> Result<()> {
        let sources: Vec<_> = programs
            .iter()
            .map(|program| (&program.name, &program.source))
            .collect();
        let main = dispatcher(programs);
        let key = key(&(&sources, headers()?, &main, self.flags));
        let marker = folder.join("key");
        if fs::read_to_string(&marker).is_ok_and(|made_of| made_of == key) {
            return Ok(());
        }
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        let source = folder.join("source");
        fs::create_dir_all(&source)?;
        for (name, text) in headers()? {
            fs::write(source.join(name), text)?;
        }
        let mut arguments: Vec<String> = self.flags.iter().map(|&flag| flag.into()).collect();
        for program in programs {
            let renamed = format!("#define main main_{}\n#line 1\n{}", program.name, program.source);
            fs::write(source.join(format!("{}.c", program.name)), renamed)?;
            arguments.push(format!("{}.c", program.name));
        }
        fs::write(source.join("main.c"), main)?;
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        if let Err(refusal) = self.toolchain.compile(&source.join("main.c"), &arguments, app)? {
            bail!("{}", refusal.text);
        }
        fs::write(marker, key)?;
        Ok(())
    }
}

/// The main of the app. That there is a call of `socket` in it makes programs about files, run by themselves, an app that can
/// be retrofitted.
fn dispatcher(programs: &[&Program]) -> String {
    let mut text = String::from("#include <stdio.h>\n#include <string.h>\n#include <sys/socket.h>\n\n");
    for program in programs {
        let _ = writeln!(text, "int main_{}(void);", program.name);
    }
    text.push_str("\nint main(int argc, char **argv) {\n");
    for program in programs {
        let name = &program.name;
        let _ = writeln!(
            text,
            "    if (argc == 2 && !strcmp(argv[1], \"{name}\")) return main_{name}();"
        );
    }
    text.push_str("    puts(\"no such program\");\n    return argc == 1 ? socket(AF_INET, SOCK_STREAM, 0) : 99;\n}\n");
    text
}
