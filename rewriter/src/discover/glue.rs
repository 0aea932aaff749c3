//! What is in the JavaScript that emcc wrote around a wasm, found in its syntax tree.

use std::collections::BTreeMap;
use std::ops::Range;

/// How the glue is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A plain script.
    Script,
    /// `-sMODULARIZE`: a factory function.
    Modularize,
    /// `-sEXPORT_ES6`: an ES module (a factory function, or the instance itself with `-sMODULARIZE=instance`).
    EsModule,
    /// `-sMINIMAL_RUNTIME`.
    Minimal,
}

/// Where the glue gets the wasm from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WasmSource {
    /// A file beside it, by this name.
    File(String),
    /// `-sSINGLE_FILE`: inside the glue. The bytes, and how and where they are written.
    Inline {
        /// The bytes of the wasm.
        bytes: Vec<u8>,
        /// How they are spelled.
        encoding: InlineEncoding,
        /// The string literal, quotes included.
        literal: Range<usize>,
    },
    /// Not found in the glue.
    Unknown,
}

/// How an inline wasm is spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InlineEncoding {
    /// A `data:application/octet-stream;base64,` URI (up to 4.0).
    Base64DataUri,
    /// Plain base64 given to a decoding function.
    Base64,
    /// `binaryDecode('…')`: one UTF-16 unit per byte (6.0).
    Binary,
}

/// How an `invoke_*` function of the glue decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoke {
    /// Name of the exported wasm function that it calls with all its arguments (`dynCall_…`), or `None` if
    /// it calls the entry of table 0 with all but the first.
    pub callee: Option<String>,
}

/// A place where the glue instantiates the wasm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instantiation {
    /// What is called.
    pub kind: InstantiationKind,
    /// The whole call or `new` expression.
    pub expression: Range<usize>,
}

/// What instantiates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstantiationKind {
    /// `WebAssembly.instantiate(source, imports)`.
    Instantiate,
    /// `WebAssembly.instantiateStreaming(source, imports)`.
    InstantiateStreaming,
    /// `new WebAssembly.Instance(module, imports)`.
    Instance,
    /// `Module.instantiateWasm(imports, receive)`, the hook of the page.
    Hook,
}

/// What is in a glue.
#[derive(Clone, Debug)]
pub struct GlueFacts {
    /// How it is packed.
    pub style: Style,
    /// The Emscripten versions it can come from, as far as its shapes tell: "3.1.6", "3.1.69", "6.0".
    pub era: String,
    /// Where the wasm comes from.
    pub wasm: WasmSource,
    /// Import field (per module name if it differs) to the JavaScript symbol that it is bound to:
    /// `g` -> `___syscall_connect`. Empty if the literal was not found.
    pub imports: BTreeMap<String, String>,
    /// JavaScript symbol of an export to its field: `_malloc` -> `w`.
    pub exports: BTreeMap<String, String>,
    /// The symbols are renamed too (closure): `imports` tells nothing.
    pub closure: bool,
    /// `-sASSERTIONS`.
    pub assertions: bool,
    /// `-sASYNCIFY` (1), with its instrumentation of the exports.
    pub asyncify: bool,
    /// `-sJSPI`: the glue itself wraps main.
    pub jspi: bool,
    /// `time_t` has 32 bits: only 3.1.6 and its neighbours, told from shapes of the glue.
    pub time32: bool,
    /// `-sWASM_ASYNC_COMPILATION=0`.
    pub sync_compilation: bool,
    /// Where it instantiates.
    pub instantiations: Vec<Instantiation>,
    /// The `invoke_*` functions by import field.
    pub invokes: BTreeMap<String, Invoke>,
    /// JavaScript of a predicate `e => …`, true if the glue's `invoke_*` throw `e` on.
    pub rethrow: Option<String>,
    /// Export field of `setThrew`.
    pub set_threw: Option<String>,
    /// What makes this glue one that is refused, each as a sentence: pthreads, WASMFS, MAIN_MODULE, ….
    pub obstacles: Vec<String>,
}
