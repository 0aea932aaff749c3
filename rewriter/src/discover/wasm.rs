//! What is in a wasm: one pass over the bytes that notes all that a plan can ask for, the uses of
//! imported functions included, so that a merge need not decode a body again.

use std::ops::Range;

/// How a module's code spells exception handling. V8 refuses a module that mixes both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Exceptions {
    /// No exception instruction at all.
    #[default]
    None,
    /// `try`/`catch`, the legacy instructions.
    Legacy,
    /// `try_table`/`exnref`.
    Standard,
}

/// A value type as far as the signatures of Emscripten's imports need it.
pub type ValType = wasmparser::ValType;

/// One imported function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionImport {
    /// Module name.
    pub module: String,
    /// Field name.
    pub field: String,
    /// Index of its type.
    pub type_index: u32,
    /// Types of its parameters.
    pub params: Vec<ValType>,
    /// Types of its results.
    pub results: Vec<ValType>,
    /// Its name in the name section.
    pub name: Option<String>,
}

/// What kind of thing an export is.
pub type ExportKind = wasmparser::ExternalKind;

/// One export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: ExportKind,
    /// Its index in the space of its kind.
    pub index: u32,
}

/// A place in a body where an imported function is named: the immediate of a `call`, `return_call` or `ref.func`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The defined function (index among the defined ones) that holds it.
    pub body: u32,
    /// The bytes of the immediate, as offsets into the file.
    pub immediate: Range<usize>,
    /// The imported function named.
    pub import: u32,
}

/// What is in a wasm.
#[derive(Clone, Debug, Default)]
pub struct WasmFacts {
    /// The imported functions, in the order of their indices.
    pub imports: Vec<FunctionImport>,
    /// The exports.
    pub exports: Vec<Export>,
    /// Number of defined functions.
    pub bodies: u32,
    /// Number of memories, imported ones included.
    pub memories: u32,
    /// Memory 0 has 64-bit addresses.
    pub memory64: bool,
    /// Memory 0 is shared (`-pthread`).
    pub shared: bool,
    /// Memory 0 is imported.
    pub memory_imported: bool,
    /// The spelling of exception handling.
    pub exceptions: Exceptions,
    /// Index of the global that is the C stack pointer: the first defined mutable global of the pointer's
    /// type, as wasm-ld always lays it out, if there is one.
    pub stack_pointer: Option<u32>,
    /// Uses of imported functions in the code section, in the order of the file.
    pub uses: Vec<Use>,
    /// Custom sections: name and contents' range in the file.
    pub custom: Vec<(String, Range<usize>)>,
    /// It imports globals of `GOT.func` / `GOT.mem` or has a `dylink` section: dynamic linking.
    pub dynamic_linking: bool,
}
