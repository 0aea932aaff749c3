//! Why a merge was refused. Each message names the import, the export or the offset it is about.

/// Why a program and the embedded module could not be merged.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The program is malformed or invalid. The message ends with the offset.
    #[error("the program is not a valid wasm: {0}")]
    Program(wasmparser::Error),
    /// The program has been rewritten before.
    #[error("the program has been rewritten already (custom section `direct_sockets` at offset {0:#x})")]
    Rewritten(usize),
    /// Facts and program do not belong together.
    #[error("the facts are not those of this program: {0}")]
    Facts(String),
    /// The plan asks for something that the program does not have.
    #[error("the plan does not fit the program: {0}")]
    Plan(String),
    /// An import has a type that cannot be replaced.
    #[error("the import {import} cannot be replaced: {reason}")]
    Import {
        /// Module and field.
        import: String,
        /// Why not.
        reason: String,
    },
    /// The program already exports a name that the merge has to add.
    #[error("the program already has an export `{0}`, which the rewrite has to add")]
    ExportClash(String),
    /// Stack switching instructions name tags whose indices have to change.
    #[error(
        "offset {0:#x}: a stack switching instruction names a tag, and tags have to be renumbered, which is not supported"
    )]
    SwitchTags(usize),
    /// The merged module would be too large.
    #[error("the merged wasm would be larger than 4 GiB")]
    TooLarge,
    /// The embedded module is not what the rewriter expects.
    #[error("the embedded module does not fit: {0}")]
    Embedded(String),
    /// The output is not valid although the program is.
    #[error("the merged wasm is not valid, although the program is: {0}; please report this")]
    Output(wasmparser::Error),
}

impl From<wasmparser::Error> for Error {
    fn from(error: wasmparser::Error) -> Self {
        Error::Program(error)
    }
}

/// Reencoding fails on what is malformed, or with an error of this crate.
impl From<wasm_encoder::reencode::Error<Error>> for Error {
    fn from(error: wasm_encoder::reencode::Error<Error>) -> Self {
        match error {
            wasm_encoder::reencode::Error::ParseError(error) => Error::Program(error),
            wasm_encoder::reencode::Error::UserError(error) => error,
            other => Error::Plan(other.to_string()),
        }
    }
}
