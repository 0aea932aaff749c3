//! The decision, as a value: what is replaced, wrapped, refused, and why.
//!
//! [`Plan::make`] decides from what `discover` found; `merge` and `glue` do what the plan says and nothing else.
//! Indices are those of the input.

use crate::discover::glue::GlueFacts;
use crate::discover::stubs::{self, Evidence, Stub};
use crate::discover::syscalls;
use crate::discover::wasm::{Exceptions, ExportKind, WasmFacts};
use crate::glue::symbols::SymbolMap;
use crate::provenance;
use direct_sockets_runtime::interface::{Entry, abi};

/// What happens to one imported function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// The imported function.
    pub import: u32,
    /// What takes its place in every call and reference.
    pub by: By,
}

/// What an imported function is replaced by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// A thunk around an entry of the runtime.
    Thunk(&'static Entry),
    /// `invoke_*`: a wasm function that calls and catches.
    Invoke {
        /// The exported function (by index) to call with all arguments; `None`: the entry of table 0 that the first
        /// argument names, with the others.
        callee: Option<u32>,
    },
}

/// A function of the program that stands for a syscall in C, and gives way to a thunk in every use. What it was stays
/// where it is, and is the original for the thunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StubReplacement {
    /// The function.
    pub function: u32,
    /// The entry that it becomes a thunk around.
    pub entry: &'static Entry,
    /// Its C symbol.
    pub symbol: &'static str,
    /// What told that it is this one.
    pub evidence: Evidence,
}

/// Functions of the program that the runtime calls, by index; `None`: the program has no such function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Originals {
    /// `__syscall_socket`, an import.
    pub socket: Option<u32>,
    /// `fd_close`, an import.
    pub close: Option<u32>,
    /// `__syscall_fcntl64`, an import.
    pub fcntl: Option<u32>,
    /// `__syscall_poll`, or `__syscall_poll_nonblocking`, an import.
    pub poll: Option<u32>,
    /// `__syscall__newselect`, an import.
    pub select: Option<u32>,
    /// `malloc`, an export.
    pub malloc: Option<u32>,
    /// `free`, an export.
    pub free: Option<u32>,
    /// `setThrew`, an export; needed by [`By::Invoke`].
    pub set_threw: Option<u32>,
}

/// What becomes of the custom section `sourceMappingURL`. Positions in a wasm are offsets into its file, so the map that it
/// names must be corrected, or the name must go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SourceMapUrl {
    /// It stays: a corrected map goes where the new wasm looks for it, or there is none.
    #[default]
    Keep,
    /// It names another file.
    Replace(String),
    /// It is left out: the map is not at hand.
    Drop,
}

/// What is done to a program.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Imported functions that are replaced, by rising index.
    pub replacements: Vec<Replacement>,
    /// Functions of the program that are replaced, by rising index.
    pub stubs: Vec<StubReplacement>,
    /// Stubs that are folded into the program: the calls go on failing.
    pub folded: Vec<&'static Stub>,
    /// Stubs that are folded too, if the program has them.
    pub unseen: Vec<&'static Stub>,
    /// Stubs that several functions may be: these calls go on failing too.
    pub ambiguous: Vec<&'static Stub>,
    /// What the runtime calls back.
    pub originals: Originals,
    /// The C stack pointer, a global.
    pub stack_pointer: Option<u32>,
    /// The spelling of exception handling in generated code ([`Exceptions::None`]: the standard one).
    pub exceptions: Exceptions,
    /// Bits of `interface::abi`.
    pub abi: u32,
    /// Export fields that become promising functions, main's first.
    pub promising: Vec<String>,
    /// Export field of `stackRestore`, with which JavaScript (`ccall`) frees the arguments that it has put on the C stack.
    pub stack_restore: Option<String>,
    /// What becomes of the source map's name.
    pub source_map_url: SourceMapUrl,
}

/// What a user asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Exports beside main that are to be promising.
    pub promising: Vec<String>,
    /// Names of imports given by hand.
    pub import_map: SymbolMap,
    /// What becomes of the source map's name.
    pub source_map_url: SourceMapUrl,
}

/// Why a program is refused; each is a sentence with the reason and the way out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct Refusal(pub Vec<String>);

const NO_SOCKETS: &str = "it has no socket calls (no import __syscall_socket), so there is nothing to do";

impl Refusal {
    /// Whether the only reason is that the program has no socket calls.
    #[must_use]
    pub fn is_no_sockets(&self) -> bool {
        matches!(self.0.as_slice(), [reason] if reason == NO_SOCKETS)
    }
}

impl Plan {
    /// Decides what is done to a program, or says why nothing can be done.
    ///
    /// # Errors
    /// All the reasons that were found, not only the first.
    ///
    /// `symbols` are the C symbols of the imported functions, see [`crate::discover::symbols::resolve`].
    pub fn make(
        wasm: &WasmFacts,
        glue: Option<&GlueFacts>,
        symbols: &[Option<String>],
        wishes: &Wishes,
    ) -> Result<Plan, Refusal> {
        let mut reasons = obstacles(wasm, glue, symbols);
        let mut plan = Plan {
            stack_pointer: wasm.stack_pointer,
            exceptions: wasm.exceptions,
            abi: abi_of(wasm, glue),
            originals: originals(wasm, glue, symbols, wishes),
            stack_restore: stack_restore(wasm, glue),
            source_map_url: wishes.source_map_url.clone(),
            ..Plan::default()
        };
        for (index, import) in (0..).zip(&wasm.imports) {
            let Some(symbol) = symbols.get(index as usize).and_then(Option::as_deref) else {
                continue;
            };
            let by = if syscalls::is_invoke(symbol) {
                match plan.invoke(wasm, glue, &import.field) {
                    Ok(by) => by,
                    Err(reason) => {
                        reasons.push(reason);
                        continue;
                    }
                }
            } else if let Some(entry) = syscalls::entry(symbol) {
                By::Thunk(entry)
            } else {
                continue;
            };
            plan.replacements.push(Replacement { import: index, by });
        }
        plan.stubs(wasm, symbols, wishes);
        match promising(wasm, glue, wishes) {
            Ok(exports) => plan.promising = exports,
            Err(unknown) => reasons.extend(unknown),
        }
        if reasons.is_empty() {
            Ok(plan)
        } else {
            Err(Refusal(reasons))
        }
    }

    /// What it means that stubs stay what they are, as sentences.
    #[must_use]
    pub fn failing_calls(&self) -> Vec<String> {
        self.folded_calls().into_iter().chain(self.ambiguous_calls()).collect()
    }

    fn ambiguous_calls(&self) -> Option<String> {
        let calls: Vec<String> = self
            .ambiguous
            .iter()
            .map(|stub| format!("{}()", stub.function))
            .collect();
        (!calls.is_empty()).then(|| {
            format!(
                "{} will fail, as before: several functions look alike; give their names with --import-map FILE, the file \
                 that emcc writes with --emit-symbol-map",
                calls.join(", ")
            )
        })
    }

    fn folded_calls(&self) -> Option<String> {
        let failing = |errno: i32, name: &str| {
            let stubs = self.folded.iter().filter(|stub| stub.errno == errno);
            let unseen = self.unseen.iter().filter(|stub| stub.errno == errno);
            let calls: Vec<String> = stubs
                .map(|stub| format!("{}()", stub.function))
                .chain(unseen.map(|stub| format!("{}() (if it is called)", stub.function)))
                .collect();
            (!calls.is_empty()).then(|| format!("{} will answer {name}", calls.join(", ")))
        };
        let parts: Vec<String> = [(stubs::ENOPROTOOPT, "ENOPROTOOPT"), (stubs::ENOSYS, "ENOSYS")]
            .into_iter()
            .filter_map(|(errno, name)| failing(errno, name))
            .collect();
        // Since 6.0.2 these two are imports.
        let newer = |stub: &&Stub| matches!(stub.function, "setsockopt" | "shutdown");
        let way_out = if self.folded.iter().any(newer) {
            "-O1, or with Emscripten 6.0.2 or later"
        } else {
            "-O1"
        };
        (!parts.is_empty()).then(|| {
            format!(
                "{}, as before: the optimizer has folded them into the program; compile it with {way_out}",
                parts.join(", and ")
            )
        })
    }

    fn stubs(&mut self, wasm: &WasmFacts, symbols: &[Option<String>], wishes: &Wishes) {
        let stubs = stubs::resolve(wasm, symbols, &wishes.import_map);
        let replaced = stubs.found.iter().filter_map(|found| {
            Some(StubReplacement {
                function: found.function,
                entry: syscalls::entry(found.stub.symbol)?,
                symbol: found.stub.symbol,
                evidence: found.evidence,
            })
        });
        self.stubs = replaced.collect();
        self.folded = stubs.folded;
        self.unseen = stubs.unseen;
        self.ambiguous = stubs.ambiguous;
    }

    fn invoke(&self, wasm: &WasmFacts, glue: Option<&GlueFacts>, field: &str) -> Result<By, String> {
        let refuse = |what: &str| {
            format!(
                "import {field}: it calls through JavaScript to catch C++ exceptions or longjmp, through which no call \
                 can be suspended, and {what}; compile with -fwasm-exceptions, or without exceptions and setjmp"
            )
        };
        let glue = glue.ok_or_else(|| refuse("without the program's JavaScript it cannot be replaced"))?;
        if self.originals.set_threw.is_none() || glue.rethrow.is_none() {
            return Err(refuse("what its JavaScript does was not recognised"));
        }
        let callee = match glue.invokes.get(field) {
            None => return Err(refuse("its JavaScript was not found")),
            Some(invoke) => match &invoke.callee {
                None => None,
                Some(export) => {
                    let index = exported_function(wasm, export);
                    Some(index.ok_or_else(|| refuse(&format!("there is no export {export}")))?)
                }
            },
        };
        Ok(By::Invoke { callee })
    }
}

/// What makes a program one that is refused.
fn obstacles(wasm: &WasmFacts, glue: Option<&GlueFacts>, symbols: &[Option<String>]) -> Vec<String> {
    if wasm.custom.iter().any(|(name, _)| name == provenance::SECTION) {
        return vec!["it is already retrofitted; --upgrade does it anew from what is recorded in it".to_owned()];
    }
    let mut reasons: Vec<String> = glue.map_or_else(Vec::new, |glue| glue.obstacles.clone());
    if !reasons.is_empty() {
        // What follows would only repeat them in other words.
        return reasons;
    }
    if wasm.shared {
        reasons.push("it uses threads (-pthread), which are not supported yet".to_owned());
    }
    if wasm.dynamic_linking {
        reasons.push("it uses dynamic linking (-sMAIN_MODULE), which is not supported yet".to_owned());
    }
    let known = || symbols.iter().flatten();
    if let Some(symbol) = known().find(|symbol| syscalls::is_too_old(symbol)) {
        reasons.push(format!(
            "it imports {symbol}, the socket interface of an Emscripten before 2.0.32, which is not supported"
        ));
    } else if !known().any(|symbol| syscalls::makes_sockets(symbol)) {
        reasons.push(no_sockets(wasm, symbols));
    }
    reasons
}

/// No socket call was found: because there is none, or because nothing tells what the imports are.
fn no_sockets(wasm: &WasmFacts, symbols: &[Option<String>]) -> String {
    let unknown = symbols.iter().filter(|symbol| symbol.is_none()).count();
    if unknown == 0 || wasm.imports.is_empty() {
        return NO_SOCKETS.to_owned();
    }
    format!(
        "the names of {unknown} of its {} imports are minified, and neither the JavaScript nor a name section tells what \
         they are (closure compiler?); give them with --import-map FILE: the file that emcc writes with \
         --emit-symbol-map, or JSON such as {{\"g\": \"__syscall_connect\"}}",
        wasm.imports.len()
    )
}

fn abi_of(wasm: &WasmFacts, glue: Option<&GlueFacts>) -> u32 {
    let mut bits = 0;
    if wasm.memory64 {
        bits |= abi::WASM64;
    }
    if glue.is_some_and(|glue| glue.time32) {
        bits |= abi::TIME32;
    }
    bits
}

fn originals(wasm: &WasmFacts, glue: Option<&GlueFacts>, symbols: &[Option<String>], wishes: &Wishes) -> Originals {
    let import = |name: &str| {
        let position = symbols.iter().position(|symbol| symbol.as_deref() == Some(name))?;
        u32::try_from(position).ok()
    };
    let export = |name: &str| {
        let field = glue.and_then(|glue| glue.exports.get(&format!("_{name}")));
        exported_function(wasm, field.map_or(name, String::as_str))
    };
    // Closure renames what the glue calls them; a symbol map or the name section still tells.
    let allocator = |aliases: &[&str; 3]| {
        let given = |alias: &&str| {
            let functions = &wishes.import_map.functions;
            functions
                .iter()
                .find(|(_, name)| name == alias)
                .map(|(index, _)| *index)
        };
        let named = |alias: &&str| wasm.allocators.get(*alias).copied();
        export(aliases[0])
            .or_else(|| aliases.iter().find_map(given))
            .or_else(|| aliases.iter().find_map(named))
    };
    let set_threw = glue.and_then(|glue| glue.set_threw.as_deref()).unwrap_or("setThrew");
    Originals {
        socket: import("__syscall_socket"),
        close: import("fd_close"),
        fcntl: import("__syscall_fcntl64"),
        // The other one unwinds or suspends in ASYNCIFY and JSPI builds of 6.0.1 and later, even with a timeout of 0.
        poll: import("__syscall_poll_nonblocking").or_else(|| import("__syscall_poll")),
        select: import("__syscall__newselect"),
        malloc: allocator(&["malloc", "emscripten_builtin_malloc", "dlmalloc"]),
        free: allocator(&["free", "emscripten_builtin_free", "dlfree"]),
        set_threw: exported_function(wasm, set_threw),
    }
}

/// What `stackRestore` is called: by the JavaScript (up to 3.1.5x, later), and in the wasm.
const STACK_RESTORE: &[(&str, &str)] = &[
    ("stackRestore", "stackRestore"),
    ("__emscripten_stack_restore", "_emscripten_stack_restore"),
];

fn stack_restore(wasm: &WasmFacts, glue: Option<&GlueFacts>) -> Option<String> {
    STACK_RESTORE.iter().find_map(|(symbol, name)| {
        let bound = glue.and_then(|glue| glue.exports.get(*symbol));
        let field = bound.map_or(*name, String::as_str);
        exported_function(wasm, field).map(|_| field.to_owned())
    })
}

/// The C entry points that become promising, by their export names, as versions and modes call them.
const MAIN_EXPORTS: &[&str] = &["main", "__main_argc_argv", "__main_void", "_start"];

/// What becomes promising: main, unless the glue wraps it itself, and what the user names.
fn promising(wasm: &WasmFacts, glue: Option<&GlueFacts>, wishes: &Wishes) -> Result<Vec<String>, Vec<String>> {
    let field_of = |name: &str| -> Option<String> {
        let bound = glue.and_then(|glue| glue.exports.get(&format!("_{name}")));
        let field = bound.map_or(name, String::as_str);
        exported_function(wasm, field).map(|_| field.to_owned())
    };
    let mut fields: Vec<String> = Vec::new();
    if !glue.is_some_and(|glue| glue.jspi) {
        fields.extend(MAIN_EXPORTS.iter().find_map(|name| field_of(name)));
    }
    let mut unknown = Vec::new();
    for name in &wishes.promising {
        match field_of(name) {
            Some(field) if fields.contains(&field) => {}
            Some(field) => fields.push(field),
            None => unknown.push(format!("--promising {name}: it exports no function of that name")),
        }
    }
    if unknown.is_empty() { Ok(fields) } else { Err(unknown) }
}

fn exported_function(wasm: &WasmFacts, field: &str) -> Option<u32> {
    let export = wasm
        .exports
        .iter()
        .find(|export| export.name == field && export.kind == ExportKind::Func)?;
    Some(export.index)
}
