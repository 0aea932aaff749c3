//! What is in the JavaScript that emcc wrote around a wasm, found in its syntax tree.
//!
//! This module knows the shapes that Emscripten's versions give their glue. It decides nothing: what is
//! found is noted as facts and as places (byte ranges of the source), and `plan` and `glue` act on them.

use std::collections::BTreeMap;
use std::ops::Range;

mod asyncify;
mod bindings;
mod csp;
pub mod inline;
mod invoke;
mod main_call;
mod survey;
mod syntax;

pub use csp::{Evaluation, ForbiddenPlace};
pub use syntax::GlueError;

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
        /// Its quote.
        quote: char,
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
    /// What is called, as it is written: `WebAssembly.instantiate`, `Module["instantiateWasm"]`.
    pub callee: Range<usize>,
    /// The arguments, in order.
    pub arguments: Vec<Range<usize>>,
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

/// A place where the glue calls main.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MainCall {
    /// The statement that holds the call.
    pub statement: Range<usize>,
    /// The call itself.
    pub call: Range<usize>,
    /// The variable that the statement declares with the call's value as the last thing it does
    /// (`var ret = entryFunction(argc, argv);`), if it has that shape.
    pub declares: Option<String>,
    /// The statements that follow in the same block; empty if there are none.
    pub rest: Range<usize>,
    /// The catch clause around that block.
    pub handler: Option<Handler>,
    /// Statements that follow in the blocks around that one, from the inside out, up to the end of the
    /// function: closure puts the call into a function that does more.
    pub outer_rest: Vec<Range<usize>>,
    /// The function around it is `async`.
    pub in_async: bool,
    /// Name of the function around it, if it is one that others call by name (`callMain`).
    pub function: Option<String>,
    /// Where a variable can be declared that this function and its siblings see: the start of the body
    /// of the function around it. `None`: it is at the top of the file.
    pub scope: Option<usize>,
}

/// A catch clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handler {
    /// Its parameter as it is written, if it has one.
    pub parameter: Option<Range<usize>>,
    /// The statements between its braces.
    pub body: Range<usize>,
}

/// What the glue does after it has called main, in the same block: `callMain(args); postRun();`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sequel {
    /// These statements.
    pub statements: Range<usize>,
    /// They are in an `async` function.
    pub in_async: bool,
}

/// Where the glue acts on main's having returned, or would act as if it had.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MainPlaces {
    /// The calls of main.
    pub calls: Vec<MainCall>,
    /// What follows the calls of the functions that call main.
    pub sequels: Vec<Sequel>,
    /// Conditions of `maybeExit`, which ends the runtime after a callback: nothing keeps it alive, so it
    /// assumes that main is over.
    pub implicit_exits: Vec<Range<usize>>,
    /// Arguments of `readyPromiseResolve(Module)`, which tells the caller of a factory that main is over.
    pub ready: Vec<Range<usize>>,
}

/// Where the glue of `-sASYNCIFY` keeps account of the exports that are on the stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AsyncifyPlaces {
    /// The object with its state, as it is written: `Asyncify`.
    pub object: String,
    /// What an instrumented export is noted as on the stack of exports, as it is written.
    pub key: String,
    /// The call of the export behind an instrumented one.
    pub call: Range<usize>,
    /// The statements of `handleSleep`, between its braces.
    pub sleep: Range<usize>,
}

/// What is in a glue.
#[derive(Clone, Debug)]
pub struct GlueFacts {
    /// How it is packed.
    pub style: Style,
    /// The variable that holds the factory of [`Style::Modularize`].
    pub factory: Option<String>,
    /// The Emscripten versions it can come from, as far as its shapes tell: "3.1.6", "3.1.69", "6.0".
    pub era: String,
    /// Where the wasm comes from.
    pub wasm: WasmSource,
    /// The literals that hold the name of the wasm file, quotes included.
    pub wasm_names: Vec<Range<usize>>,
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
    /// Where that instrumentation is, if it was found.
    pub asyncify_places: Option<AsyncifyPlaces>,
    /// `-sJSPI`: the glue itself wraps main.
    pub jspi: bool,
    /// `time_t` has 32 bits: only 3.1.6 and its neighbours, told from shapes of the glue.
    pub time32: bool,
    /// `-sWASM_ASYNC_COMPILATION=0`.
    pub sync_compilation: bool,
    /// Where it instantiates.
    pub instantiations: Vec<Instantiation>,
    /// Where it calls main.
    pub main: MainPlaces,
    /// The `invoke_*` functions by import field.
    pub invokes: BTreeMap<String, Invoke>,
    /// JavaScript of a predicate `e => …`, true if the glue's `invoke_*` throw `e` on.
    pub rethrow: Option<String>,
    /// Export field of `setThrew`.
    pub set_threw: Option<String>,
    /// What makes this glue one that is refused, each as a sentence: pthreads, WASMFS, MAIN_MODULE, ….
    pub obstacles: Vec<String>,
    /// Where a script's first statement can be put: after the hashbang and the directives.
    pub start: usize,
    /// It is an ES module (`import`, `export`, `import.meta`).
    pub module: bool,
    /// The 64 of `assert(sock.stream.fd < 64)` in `__syscall_socket`, up to 3.1.x with assertions: Emscripten's select was
    /// thought to know no more descriptors.
    pub socket_limit: Option<Range<usize>>,
    /// What fails in an Isolated Web App when it is reached.
    pub forbidden: Vec<ForbiddenPlace>,
    /// It has `keepRuntimeAlive()`, which tells whether the program goes on after main has returned.
    pub keep_runtime_alive: bool,
}

impl GlueFacts {
    /// The export field of main, as far as the glue names it: `main`, `__main_argc_argv`, `_start` or a letter.
    pub fn main_export(&self) -> Option<&str> {
        ["_main", "__start", "___main_argc_argv"]
            .iter()
            .find_map(|symbol| self.exports.get(*symbol))
            .map(String::as_str)
    }
}

/// Reads a glue.
pub fn scan(source: &str) -> Result<GlueFacts, GlueError> {
    syntax::with_program(source, survey::survey)
}
