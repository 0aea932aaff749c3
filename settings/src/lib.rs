//! The settings of `-sDIRECT_SOCKETS`: each one defined once, parsed and checked as emcc does.
//!
//! [`SETTINGS`] is the one table: names, types, defaults, ranges and documentation. The command's help, the
//! checks and what the host script is given all come from it. [`Settings`] holds the values that a user gave
//! with `-s NAME[=VALUE]`; a setting that was not given has its default.
//!
//! The spelling is emcc's (`tools/settings.py`, `emcc.py`): `NAME`, `NAME=VALUE`, `NO_NAME` for booleans,
//! lists as `a,b` or `[a,b]`, and `@FILE` for a value that is read from a file.

mod list;
mod parse;
mod table;

pub use parse::{Settings, SettingsError, Value};
pub use table::{Items, Kind, SETTINGS, Setting};
