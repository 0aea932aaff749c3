//! The settings of `-sDIRECT_SOCKETS`: each one defined once, parsed and checked as emcc does.
//!
//! [`SETTINGS`] is the one table: names, types, defaults, ranges and documentation. The command's help, the checks, what the host
//! script is given, and what [`render`] makes for Emscripten all come from it. [`Settings`] holds the values that a user gave with
//! `-s NAME[=VALUE]`; a setting that was not given has its default.
//!
//! The spelling is emcc's (`tools/settings.py`, `emcc.py`): `NAME`, `NAME=VALUE`, `NO_NAME` for booleans,
//! lists as `a,b` or `[a,b]`, and `@FILE` for a value that is read from a file.

mod error;
mod list;
mod parse;
pub mod render;
mod setting;
mod table;

pub use error::{ListFault, SettingsError};
pub use parse::{Settings, Value};
pub use setting::{Bounded, Conflict, Implied, Items, Kind, MAIN, Setting};
pub use table::SETTINGS;
