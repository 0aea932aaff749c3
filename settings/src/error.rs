//! What is said about a `-s` that is refused.

use crate::parse::Value;
use crate::setting::MAIN;
use direct_sockets_runtime::policy::Reason;

/// Why a `-s` was refused. Each message is a sentence for the person who typed it.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SettingsError {
    /// No such setting.
    #[error("there is no setting {name}{}", .nearest.map(|n| format!("; did you mean {n}?")).unwrap_or_default())]
    Unknown {
        /// What was typed.
        name: String,
        /// The setting whose name is nearest.
        nearest: Option<&'static str>,
    },
    /// The value does not fit.
    #[error("{name}={value}: it takes {expected}")]
    Value {
        /// The setting.
        name: &'static str,
        /// What was typed.
        value: String,
        /// What the setting takes, see [`Setting::takes`](crate::Setting::takes).
        expected: String,
    },
    /// An item of a list does not fit.
    #[error("{name}: item {number}, {text:?}, at character {at}: {reason}{}", .nearest.map(|n| format!("; did you mean {n}?")).unwrap_or_default())]
    Item {
        /// The setting.
        name: &'static str,
        /// Which item, from 1.
        number: usize,
        /// What was typed, its beginning.
        text: String,
        /// The character of it, from 1.
        at: usize,
        /// What is wrong there.
        reason: Reason,
        /// The verb that is nearest to the one that was typed.
        nearest: Option<&'static str>,
    },
    /// A list is not one.
    #[error("{name}: {fault}")]
    List {
        /// The setting.
        name: &'static str,
        /// What is wrong with it.
        fault: ListFault,
    },
    /// An item is no name of an export.
    #[error("{name}: {text:?} names no export: such a name is not empty, and has no comma, quote or blank")]
    Export {
        /// The setting.
        name: &'static str,
        /// What was typed, its beginning.
        text: String,
    },
    /// The value is declared, and nothing does it.
    #[error("{name}={value} is not there yet")]
    NotYet {
        /// The setting.
        name: &'static str,
        /// The value.
        value: Value,
    },
    /// The setting means nothing without [`MAIN`], which was switched off.
    #[error("{name} needs {MAIN}, which is switched off")]
    NeedsMain {
        /// The setting.
        name: &'static str,
    },
    /// `@FILE` could not be read.
    #[error("{name}=@{path}: {reason}")]
    File {
        /// The setting.
        name: &'static str,
        /// The file.
        path: String,
        /// The system's reason.
        reason: String,
    },
}

/// Why a text is no list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "each is what it prints")]
pub enum ListFault {
    #[error("the list has a comma with nothing before or after it")]
    EmptyItem,
    #[error("the list's bracket is not closed")]
    OpenBracket,
    #[error("the list has a quote that is not closed")]
    OpenQuote,
}
