//! Where a program's two files are and where their new versions go.

use crate::discover::glue::{GlueError, WasmSource};
use crate::plan::Refusal;
use crate::retrofit::{Glue, Program};
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// What a wasm begins with.
const WASM_MAGIC: &[u8] = b"\0asm";

/// The largest input that is read, in bytes: V8 takes no larger module (kV8MaxWasmModuleSize, 1 GiB).
pub const MAX_INPUT: u64 = 1 << 30;

/// A program and the files that it was read from.
#[derive(Debug)]
pub struct Input {
    /// What was read.
    pub program: Program,
    /// The file that was named: the JavaScript, or the lone wasm; `-` for standard input.
    pub app: PathBuf,
    /// The wasm's file, if it is one of its own beside the JavaScript.
    pub wasm: Option<PathBuf>,
    /// The name under which the JavaScript loads the wasm, if it names one.
    pub wasm_name: Option<String>,
}

/// Why a program could not be read.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// A file that cannot be read.
    #[error("{}: {reason}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: io::Error,
    },
    /// A file that is larger than [`MAX_INPUT`].
    #[error("{}: larger than {MAX_INPUT} bytes", .0.display())]
    TooLarge(PathBuf),
    /// Neither text nor wasm.
    #[error("{}: neither JavaScript (it is not UTF-8) nor wasm", .0.display())]
    Neither(PathBuf),
    /// The JavaScript cannot be read.
    #[error("{}: {reason}", .path.display())]
    Glue {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: GlueError,
    },
    /// There is no wasm, for a reason that the JavaScript tells.
    #[error("{}: {reason}", .path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: Refusal,
    },
    /// `--wasm` beside something that has none of its own.
    #[error("{}: --wasm goes with JavaScript that loads its wasm from a file", .0.display())]
    WasmNotWanted(PathBuf),
    /// The glue names no file that is there.
    #[error("{}: {what}; give the wasm with --wasm FILE", .path.display())]
    NoWasm {
        /// The JavaScript.
        path: PathBuf,
        /// What was looked for.
        what: String,
    },
}

impl Input {
    /// Reads a program from the file that was named and, if that is JavaScript, from where it loads its wasm.
    ///
    /// # Errors
    /// Names the file and the reason.
    pub fn load(app: &Path, wasm: Option<&Path>) -> Result<Self, InputError> {
        let bytes = read(app)?;
        if bytes.starts_with(WASM_MAGIC) {
            return match wasm {
                Some(_) => Err(InputError::WasmNotWanted(app.to_owned())),
                None => Ok(Input {
                    program: Program {
                        glue: None,
                        wasm: bytes,
                    },
                    app: app.to_owned(),
                    wasm: None,
                    wasm_name: None,
                }),
            };
        }
        let source = String::from_utf8(bytes).map_err(|_| InputError::Neither(app.to_owned()))?;
        let glue = Glue::parse(source).map_err(|reason| InputError::Glue {
            path: app.to_owned(),
            reason,
        })?;
        let wasm_name = match &glue.facts.wasm {
            WasmSource::File(name) => Some(name.clone()),
            _ => None,
        };
        let (bytes, path) = match (&glue.facts.wasm, wasm) {
            (WasmSource::Inline { .. }, Some(_)) => return Err(InputError::WasmNotWanted(app.to_owned())),
            (WasmSource::Inline { bytes, .. }, None) => (bytes.clone(), None),
            (_, Some(path)) => (read(path)?, Some(path.to_owned())),
            (source, None) => {
                let path = wasm_beside(app, source).map_err(|error| match glue.facts.obstacles.as_slice() {
                    [] => error,
                    obstacles => InputError::Refused {
                        path: app.to_owned(),
                        reason: Refusal(obstacles.to_vec()),
                    },
                })?;
                (read(&path)?, Some(path))
            }
        };
        Ok(Input {
            program: Program {
                glue: Some(glue),
                wasm: bytes,
            },
            app: app.to_owned(),
            wasm: path,
            wasm_name,
        })
    }

    /// Where the new wasm goes when the new JavaScript goes to `output`, and the name that the JavaScript must load it
    /// by, if that is another one than now. The name stays unless the input's own wasm would be overwritten.
    #[must_use]
    pub fn wasm_target(&self, output: &Path) -> Option<(PathBuf, Option<String>)> {
        let input_wasm = self.wasm.as_ref()?;
        let input_name = input_wasm.file_name().unwrap_or(OsStr::new("app.wasm"));
        let name = self.wasm_name.as_deref().map_or(input_name, OsStr::new);
        let target = output.with_file_name(name);
        let in_place = same_file(output, &self.app);
        if in_place || self.wasm_name.is_none() || !same_file(&target, input_wasm) {
            return Some((target, None));
        }
        let renamed = output.with_extension("wasm");
        let name = renamed.file_name().map(|name| name.to_string_lossy().into_owned());
        Some((renamed, name))
    }
}

fn wasm_beside(app: &Path, source: &WasmSource) -> Result<PathBuf, InputError> {
    let named = match source {
        WasmSource::File(name) => Some(app.with_file_name(name)),
        _ => None,
    };
    // A loader may pass the file's name itself; then it is most likely called as the JavaScript is.
    let path = named.unwrap_or_else(|| app.with_extension("wasm"));
    if path.is_file() {
        return Ok(path);
    }
    let what = match source {
        WasmSource::File(name) => format!("it loads {name}, which is not beside it"),
        _ => format!("it names no wasm, and {} is not there", path.display()),
    };
    Err(InputError::NoWasm {
        path: app.to_owned(),
        what,
    })
}

fn same_file(a: &Path, b: &Path) -> bool {
    match (fs::canonicalize(a), fs::canonicalize(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

/// Whether this path stands for standard input or output.
#[must_use]
pub fn is_standard_stream(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn read(path: &Path) -> Result<Vec<u8>, InputError> {
    let fail = |reason| InputError::Read {
        path: path.to_owned(),
        reason,
    };
    let mut bytes = Vec::new();
    let limit = MAX_INPUT + 1;
    if is_standard_stream(path) {
        io::stdin().lock().take(limit).read_to_end(&mut bytes).map_err(fail)?;
    } else {
        let file = fs::File::open(path).map_err(fail)?;
        file.take(limit).read_to_end(&mut bytes).map_err(fail)?;
    }
    if bytes.len() as u64 > MAX_INPUT {
        return Err(InputError::TooLarge(path.to_owned()));
    }
    Ok(bytes)
}
