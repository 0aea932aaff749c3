//! The symbol map that emcc's `--emit-symbol-map` leaves beside a program (`index:name` per line, so that a stack trace can be
//! read): corrected, and put beside the new one.

use crate::merge::Report;
use std::fmt::{Display, Write as _};
use std::fs;
use std::path::{Path, PathBuf};

/// A symbol map that goes with a program.
pub(super) struct SymbolMap {
    source: PathBuf,
    target: PathBuf,
    /// Function indices of the program as it was, and their names as they are written.
    functions: Vec<(u32, String)>,
}

/// The symbol map beside `app`, for a new program that goes to `output`; or a warning that it cannot go along.
pub(super) fn find(app: &Path, output: &Path) -> Result<Option<SymbolMap>, String> {
    let found = places(app)
        .into_iter()
        .zip(places(output))
        .find(|(source, _)| source.is_file());
    let Some((source, target)) = found else {
        return Ok(None);
    };
    let text = fs::read_to_string(&source).map_err(|error| refusal(&source, &error))?;
    let functions = text
        .lines()
        .map(|line| {
            let (index, name) = line.split_once(':')?;
            Some((index.parse().ok()?, name.to_owned()))
        })
        .collect::<Option<_>>()
        .ok_or_else(|| refusal(&source, &"not a symbol map (`index:name` per line)"))?;
    Ok(Some(SymbolMap {
        source,
        target,
        functions,
    }))
}

fn refusal(source: &Path, reason: &dyn Display) -> String {
    format!("{}: {reason}; it does not go along", source.display())
}

/// Where emcc leaves it: named after what its `-o` names, which may be an .html, or (MINIMAL_RUNTIME) without the ending.
fn places(app: &Path) -> [PathBuf; 3] {
    let with = |stem: &Path, ending: &str| {
        let mut name = stem.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    let stem = app.with_extension("");
    [
        with(app, ".symbols"),
        with(&stem, ".html.symbols"),
        with(&stem, ".symbols"),
    ]
}

impl SymbolMap {
    /// What it was read from.
    pub(super) fn source(&self) -> &Path {
        &self.source
    }

    /// Where the corrected one goes.
    pub(super) fn target(&self) -> &Path {
        &self.target
    }

    /// What it says of the new wasm; or a warning that it is of another one than the program's.
    pub(super) fn corrected(&self, merge: &Report) -> Result<String, String> {
        let count = merge.imported_functions.saturating_add(merge.bodies);
        let mut indices: Vec<u32> = self.functions.iter().map(|(index, _)| *index).collect();
        indices.sort_unstable();
        // emcc names all, and an older build may have left one here.
        if !indices.into_iter().eq(0..count) {
            return Err(refusal(&self.source, &"not of this wasm"));
        }
        let mut text = String::new();
        for (index, name) in &self.functions {
            let _ = writeln!(text, "{}:{name}", merge.position(*index));
        }
        Ok(text)
    }
}
