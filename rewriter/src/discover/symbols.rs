//! What each import of a program is called in C, from whichever place still tells.
//!
//! Places, the first that knows wins: a map that the user gives, the map of imports in the glue, the import's own
//! name (when it is not minified), the name section.

use crate::discover::glue::GlueFacts;
use crate::discover::wasm::{FunctionImport, WasmFacts};
use crate::glue::symbols::SymbolMap;

/// Modules whose fields are C symbols.
const PLAIN_MODULES: &[&str] = &["env", "wasi_snapshot_preview1", "wasi_unstable"];

/// The C symbol of each imported function; `None` where nothing tells.
#[must_use]
pub fn resolve(wasm: &WasmFacts, glue: Option<&GlueFacts>, given: &SymbolMap) -> Vec<Option<String>> {
    wasm.imports
        .iter()
        .enumerate()
        .map(|(index, import)| {
            let by_hand = given
                .fields
                .get(&import.field)
                .or_else(|| given.functions.get(&u32::try_from(index).ok()?));
            if let Some(symbol) = by_hand {
                return Some(c_symbol(symbol));
            }
            if is_plain(import) {
                return Some(import.field.clone());
            }
            let bound = glue
                .filter(|glue| !glue.closure)
                .and_then(|glue| glue.imports.get(&import.field));
            match bound {
                Some(symbol) => Some(c_symbol(symbol)),
                None => import.name.clone(),
            }
        })
        .collect()
}

/// Whether the import's own name is its C symbol.
#[must_use]
pub fn is_plain(import: &FunctionImport) -> bool {
    PLAIN_MODULES.contains(&import.module.as_str())
}

/// JavaScript puts one `_` before a C symbol; `invoke_*` and names of the JavaScript library itself have none.
fn c_symbol(symbol: &str) -> String {
    use crate::discover::syscalls::is_known;
    let stripped = symbol.strip_prefix('_').unwrap_or(symbol);
    if is_known(symbol) { symbol } else { stripped }.to_owned()
}
