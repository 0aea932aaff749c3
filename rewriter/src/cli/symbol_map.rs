//! The symbol map that emcc's `--emit-symbol-map` leaves beside a program (`index:name` per line, so that a stack trace can be
//! read): corrected, and put beside the new one.

use crate::merge::FunctionMap;
use std::fmt::{Display, Write as _};
use std::fs;
use std::path::{Path, PathBuf};

/// Where the symbol map beside `app` is, if there is one, and where that of `output` goes.
pub(super) fn find(app: &Path, output: &Path) -> Option<(PathBuf, PathBuf)> {
    places(app)
        .into_iter()
        .zip(places(output))
        .find(|(source, _)| source.is_file())
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

/// What it says of the new wasm; or a warning that it cannot go along.
pub(super) fn corrected(source: &Path, functions: &FunctionMap) -> Result<String, String> {
    let refusal = |reason: &dyn Display| format!("{}: {reason}; it does not go along", source.display());
    let text = fs::read_to_string(source).map_err(|error| refusal(&error))?;
    let entries: Vec<(u32, &str)> = text
        .lines()
        .map(|line| {
            let (index, name) = line.split_once(':')?;
            Some((index.parse().ok()?, name))
        })
        .collect::<Option<_>>()
        .ok_or_else(|| refusal(&"not a symbol map (`index:name` per line)"))?;
    let mut indices: Vec<u32> = entries.iter().map(|(index, _)| *index).collect();
    indices.sort_unstable();
    // emcc names all, and an older build may have left one here.
    if !indices.into_iter().eq(0..functions.count()) {
        return Err(refusal(&"not of this wasm"));
    }
    let mut out = String::with_capacity(text.len());
    for (index, name) in entries {
        let _ = writeln!(out, "{}:{name}", functions.position(index));
    }
    Ok(out)
}
