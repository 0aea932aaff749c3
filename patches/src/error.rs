//! Why a tree is left as it is.

use std::io;
use std::path::{Path, PathBuf};

/// Why nothing was done. Each message is a sentence that names the file and the way out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder is something else.
    #[error("{}: this is no Emscripten tree: {reason}", .path.display())]
    NotEmscripten {
        /// The folder.
        path: PathBuf,
        /// What it lacks.
        reason: String,
    },
    /// A file cannot be read or written.
    #[error("{}: {reason}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: io::Error,
    },
    /// What a file contains stands in the way.
    #[error("{}: {reason}", .path.display())]
    Contents {
        /// The file, within the tree.
        path: PathBuf,
        /// What is wrong there.
        reason: String,
    },
    /// No place for an edit was found.
    #[error("edit {edit} does not fit this tree: {}", .tried.join("; "))]
    Anchor {
        /// The edit.
        edit: String,
        /// Each place that it has, as file, anchor and reason.
        tried: Vec<String>,
    },
    /// An edit of the series is not written as it must be: a fault of this program.
    #[error("edit {edit}: {reason}")]
    Edit {
        /// The edit.
        edit: String,
        /// What is wrong.
        reason: String,
    },
}

impl Error {
    /// For `map_err`: what the system said about this file.
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Error + use<> {
        let path = path.to_owned();
        |reason| Error::File { path, reason }
    }

    pub(crate) fn contents(path: &str, reason: impl Into<String>) -> Error {
        Error::Contents {
            path: path.into(),
            reason: reason.into(),
        }
    }
}
