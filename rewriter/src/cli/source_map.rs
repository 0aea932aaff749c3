//! The source map of a wasm: found beside it, corrected, and put beside the new one.

use crate::files::Input;
use crate::merge::source_map::correct;
use crate::plan::SourceMapUrl;
use crate::retrofit::Retrofitted;
use std::fs;
use std::path::{Path, PathBuf};

/// A source map that goes with a wasm.
pub(super) struct SourceMap {
    contents: Vec<u8>,
    target: PathBuf,
    /// What the new wasm is to say of it.
    pub(super) url: SourceMapUrl,
}

/// The source map that the input's wasm names by `url`, for a new wasm that goes to `wasm_target`; or a warning that it is
/// not there.
pub(super) fn find(input: &Input, url: &str, wasm_target: &Path) -> Result<SourceMap, String> {
    let name = url.rsplit('/').next().unwrap_or(url);
    let beside = input.wasm.as_deref().unwrap_or(&input.app).with_file_name(name);
    let contents = fs::read(&beside)
        .map_err(|error| format!("{}: {error}; the new wasm names no source map", beside.display()))?;
    let target = wasm_target.with_file_name(name);
    let overwrites = target.exists() && fs::canonicalize(&target).ok() == fs::canonicalize(&beside).ok();
    let in_place =
        fs::canonicalize(wasm_target).ok() == input.wasm.as_ref().and_then(|path| fs::canonicalize(path).ok());
    if !overwrites || in_place {
        return Ok(SourceMap {
            contents,
            target,
            url: SourceMapUrl::Keep,
        });
    }
    let mut renamed = wasm_target.file_name().unwrap_or_default().to_owned();
    renamed.push(".map");
    let new_url = format!("{}{}", &url[..url.len() - name.len()], renamed.to_string_lossy());
    Ok(SourceMap {
        contents,
        target: wasm_target.with_file_name(renamed),
        url: SourceMapUrl::Replace(new_url),
    })
}

impl SourceMap {
    /// The corrected map and where it goes.
    pub(super) fn corrected(&self, done: &Retrofitted) -> anyhow::Result<(&Path, Vec<u8>)> {
        Ok((&self.target, correct(&self.contents, &done.offsets)?))
    }
}
