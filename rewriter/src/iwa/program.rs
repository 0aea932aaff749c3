//! What an app has to know of a retrofitted program, read from the program and from what the retrofit recorded.

use super::Error;
use crate::discover::glue::Style;
use crate::files::Input;
use crate::glue::{self, Edit, EditError};
use crate::retrofit::{self, Glue, Options, RetrofitError};
use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path};

/// A retrofitted program and the files that it loads.
#[derive(Clone, Debug)]
pub struct Program {
    /// The name of its JavaScript, without ending.
    pub name: String,
    /// The file name of its JavaScript.
    pub script: String,
    /// The file name of its wasm, if that is not inside the JavaScript.
    pub wasm: Option<String>,
    /// How the JavaScript is started: `script`, `factory`, `module` or `minimal`.
    pub style: &'static str,
    /// The variable that holds the factory, if there is one.
    pub factory: String,
    /// The wasm's import fields that are ioctl; `None` if the JavaScript does not tell what its imports are.
    pub ioctl: Option<Vec<String>>,
    /// All its files, by their names.
    pub files: Vec<(String, Vec<u8>)>,
    /// What the user can act upon.
    pub warnings: Vec<String>,
}

impl Program {
    /// Reads what a retrofit wrote.
    ///
    /// # Errors
    /// It is none, or not all of its files are there.
    pub fn of(input: &Input) -> Result<Self, Error> {
        let glue = input.program.glue.as_ref().ok_or(Error::Lone)?;
        // The JavaScript as it was before tells more: the host script is not in it.
        let original = retrofit::restore(&input.program, &mut Options::default())?;
        let facts = original.glue.as_ref().map_or(&glue.facts, |original| &original.facts);
        let script = file_name(&input.app);
        let wasm = match (&input.wasm, &input.wasm_name) {
            (Some(_), Some(name)) => Some(plain(name)?),
            (Some(path), None) => Some(file_name(path)),
            (None, _) => None,
        };
        let mut warnings = Vec::new();
        if glue.facts.quit.is_none() && !matches!(facts.style, Style::Minimal) {
            warnings
                .push("its JavaScript does not show where it ends: the page may not tell its exit status".to_owned());
        }
        if let Some((first, more)) = glue.facts.forbidden.split_first() {
            let more = match more.len() {
                0 => String::new(),
                count => format!(" (and {count} more, which `inspect` lists)"),
            };
            warnings.push(format!(
                "{script}: {first}{more}: an app's policy forbids it, and it fails when it is reached; \
                 emcc's -sDYNAMIC_EXECUTION=0 does without"
            ));
        }
        let mut files = vec![(script.clone(), telling_exit(glue)?.into_bytes())];
        if let Some(wasm) = &wasm {
            if *wasm == script {
                return Err(Error::SameName(script));
            }
            files.push((wasm.clone(), input.program.wasm.clone()));
        }
        let source = original.glue.as_ref().map_or("", |original| &original.source);
        side_files(&input.app, source, &mut files)?;
        let ioctl = facts
            .imports
            .iter()
            .filter(|(_, symbol)| symbol.trim_start_matches('_') == "syscall_ioctl");
        Ok(Program {
            name: input.app.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            style: match facts.style {
                Style::Script => "script",
                Style::Modularize => "factory",
                Style::EsModule => "module",
                Style::Minimal => "minimal",
            },
            factory: facts.factory.clone().unwrap_or_default(),
            ioctl: (!facts.closure && !facts.imports.is_empty())
                .then(|| ioctl.map(|(field, _)| field.clone()).collect()),
            script,
            wasm,
            files,
            warnings,
        })
    }
}

/// The JavaScript with `Module.quit`, which newer versions of Emscripten do not look for: without it, a program that keeps its
/// runtime after main tells its exit status to nobody.
fn telling_exit(glue: &Glue) -> Result<String, Error> {
    let Some(range) = &glue.facts.quit else {
        return Ok(glue.source.clone());
    };
    let quit = &glue.source[range.clone()];
    let edit = Edit {
        range: range.clone(),
        text: format!("((status,reason)=>{{Module[\"quit\"]?.(status,reason);({quit})(status,reason)}})"),
        reason: "tell the page the exit status",
    };
    Ok(glue::apply(&glue.source, &[edit])
        .map_err(EditError::from)
        .map_err(RetrofitError::from)?)
}

/// The files beside the JavaScript that it names: packaged data, memory images.
fn side_files(app: &Path, source: &str, files: &mut Vec<(String, Vec<u8>)>) -> Result<(), Error> {
    let folder = match app.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let failed = |path: &Path| {
        let path = path.to_owned();
        |reason| Error::Read { path, reason }
    };
    let mut named = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        let name = file_name(&path);
        let quoted = |quote: char| source.contains(&format!("{quote}{name}{quote}"));
        let known = files.iter().any(|(file, _)| *file == name);
        if !known && path.is_file() && (quoted('"') || quoted('\'')) {
            named.push((name, path));
        }
    }
    named.sort();
    for (name, path) in named {
        files.push((name, fs::read(&path).map_err(failed(&path))?));
    }
    Ok(())
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(OsStr::new("app.js"))
        .to_string_lossy()
        .into_owned()
}

/// A name that is one plain file's.
fn plain(name: &str) -> Result<String, Error> {
    let mut components = Path::new(name).components();
    match (components.next(), components.next()) {
        (Some(Component::Normal(only)), None) if only == OsStr::new(name) => Ok(name.to_owned()),
        _ => Err(Error::Outside(name.to_owned())),
    }
}
