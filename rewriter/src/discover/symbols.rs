//! What each import of a program is called in C, from whichever place still tells.
//!
//! Places, the first that knows wins: a map that the user gives, the map of imports in the glue, the import's own
//! name (when it is not minified), the name section.

use crate::discover::glue::GlueFacts;
use crate::discover::syscalls::is_known;
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
                None => import.name.as_deref().map(c_symbol),
            }
        })
        .collect()
}

/// Whether the import's own name is its C symbol.
#[must_use]
pub fn is_plain(import: &FunctionImport) -> bool {
    PLAIN_MODULES.contains(&import.module.as_str())
}

/// What is put before a C symbol: by binaryen's legalisation of 64-bit arguments, and by musl's declarations of WASI calls.
const DECORATIONS: &[&str] = &["legalimport$", "__wasi_"];

/// The C symbol behind a name of another kind: JavaScript puts one `_` before it, tools decorate it.
fn c_symbol(name: &str) -> String {
    let name = DECORATIONS
        .iter()
        .fold(name, |name, decoration| name.strip_prefix(decoration).unwrap_or(name));
    let stripped = name.strip_prefix('_').unwrap_or(name);
    if is_known(name) { name } else { stripped }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::c_symbol;

    #[test]
    fn names_of_every_kind() {
        for (name, symbol) in [
            ("___syscall_connect", "__syscall_connect"),
            ("__syscall_connect", "__syscall_connect"),
            ("_fd_write", "fd_write"),
            ("__wasi_fd_write", "fd_write"),
            ("legalimport$__wasi_fd_seek", "fd_seek"),
            ("__emscripten_lookup_name", "_emscripten_lookup_name"),
            ("invoke_vii", "invoke_vii"),
        ] {
            assert_eq!(c_symbol(name), symbol);
        }
    }
}
