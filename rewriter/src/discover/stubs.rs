//! Which functions inside a wasm are syscalls that its Emscripten did not implement: C stubs that answer a constant.
//!
//! Before 6.0.2 `setsockopt` and `shutdown` are no imports but such stubs (`emscripten_syscall_stubs.c`), and so are the
//! others of [`STUBS`]; `fcntl64` and `ioctl` only with `-sSTANDALONE_WASM`; in 6.0.5 `socketpair` is left. A stub is a
//! function that does nothing but answer -ENOSYS or -ENOPROTOOPT, perhaps after a warning on the console, and that still
//! has all its parameters. Several are alike, so what a stub stands for must be told by something else. In order of
//! certainty: its name (name section, `--import-map`, export), the text of its warning, the libc function that calls it
//! (`shutdown(fd, how)` passes `fd, how, 0, 0, 0, 0`). Where that is ambiguous nothing is found: a guess would hand one
//! call's arguments to another.
//!
//! Optimised, a stub is inlined and its arguments are dropped by all callers: then it is folded, and cannot be had back.
//! Evidence of that is the text of its warning, a libc function that still has its name, and for setsockopt a constant: no
//! other function of libc fails with ENOPROTOOPT.
//!
//! Measured with a program that calls each of them, and one that calls each twice. Found by: **n**ame, **w**arning,
//! **c**aller; folded, told by: (w)arning, (k)onstant, for setsockopt alone; (-) nothing.
//!
//! | | -O0 | -O1 | -O2 -O3 -Os | -O0 -O1 with names | -O2 -O3 -Os with names | -O1 ASSERTIONS | -O2 -O3 -Os ASSERTIONS |
//! |---|---|---|---|---|---|---|---|
//! | 3.1.6, 3.1.69: setsockopt | w | c | (k) | n | (k) | w | (w) |
//! | shutdown, socketpair, sendmmsg, recvmmsg, pselect6 | w | c | (-) | n | (-), or by name | w | (w) |
//! | pipe2, which then does without | w | c | (-) | n | (-) | w | (-) |
//! | standalone: fcntl64, ioctl | c | c | (-) | n | (-) | c | (-) |
//! | 6.0.5: socketpair | w | c | (-) | n | (-) | w | (w) |
//! | 6.0.5 standalone: fcntl64, ioctl, poll | c | c | (-) | n | (-) | c | (-) |
//! | 3.1.69, 6.0.5 standalone: fstat64, dup | (-) | (-) | (-) | n | (-) | (-) | (-) |

mod calls;
mod table;
mod traces;

pub(crate) use table::{ENOPROTOOPT, ENOSYS};
pub use table::{STUBS, Stub};
pub use traces::Traces;
pub(super) use traces::Window;

use super::wasm::{ExportKind, ValType, WasmFacts};
use crate::glue::symbols::SymbolMap;
use calls::{Call, calls, constant};
use std::collections::BTreeMap;
use std::fmt;
use wasmparser::{FuncType, FunctionBody, Operator};

/// What a stub's warning says before its symbol; a line feed (up to 3.1.x) or its end comes behind that.
const WARNING: &[u8] = b"warning: unsupported syscall: ";

/// Longest body of a stub in bytes: a constant, a call, a constant, with padded immediates.
const MAX_BODY: usize = 32;

/// How many calls of one candidate are looked at.
const MAX_CALLS: usize = 64;

/// What a scan notes about stubs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StubFacts {
    /// Functions that may be stubs, by rising index.
    pub candidates: Vec<Candidate>,
    /// The stubs whose warnings are in the data.
    warned: Vec<&'static str>,
    /// The libc functions that the name section names and that fail as if their stub were folded into them.
    named: Vec<&'static str>,
    /// Some code fails with ENOPROTOOPT.
    traces: Traces,
}

/// A function that answers what a stub answers, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its index.
    pub function: u32,
    /// How many parameters it has.
    params: usize,
    /// What it answers, negated.
    errno: i32,
    /// The address of the text that it prints first.
    text: Option<u64>,
    /// The stub that this text names.
    warning: Option<&'static str>,
    /// Its name in the name section.
    name: Option<String>,
    /// How it is called.
    calls: Vec<Call>,
}

impl Candidate {
    /// What a defined function is, if it may be a stub.
    pub(super) fn new(function: u32, ty: &FuncType, body: &FunctionBody<'_>) -> Option<Candidate> {
        let integer = |ty: &ValType| matches!(ty, ValType::I32 | ValType::I64);
        if body.as_bytes().len() > MAX_BODY || ty.results() != [ValType::I32] || !ty.params().iter().all(integer) {
            return None;
        }
        let params = ty.params().len();
        let mut operators = body.get_operators_reader().ok()?;
        let mut text = None;
        let mut last = operators.read().ok()?;
        let mut next = operators.read().ok()?;
        if let (Some(address), Operator::Call { .. }) = (constant(&last), &next) {
            text = Some(address as u64);
            last = operators.read().ok()?;
            next = operators.read().ok()?;
        }
        let (Operator::I32Const { value }, Operator::End, true) = (last, next, operators.eof()) else {
            return None;
        };
        let errno = value.checked_neg()?;
        let known = |stub: &Stub| stub.errno == errno && stub.params == params;
        STUBS.iter().any(known).then(|| Candidate {
            function,
            params,
            errno,
            text: text.map(|address: u64| address & u64::from(u32::MAX)),
            warning: None,
            name: None,
            calls: Vec::new(),
        })
    }

    /// The stub that it is, and what tells; `None`: nothing does, or it is another one.
    fn identity(&self, exports: &BTreeMap<u32, &str>, map: &SymbolMap) -> Option<(&'static Stub, Evidence)> {
        let fits = |stub: &&Stub| stub.errno == self.errno && stub.params == self.params;
        let by_symbol = |symbol: &str| STUBS.iter().filter(fits).find(|stub| stub.symbol == symbol);
        if let Some(name) = map.functions.get(&self.function) {
            return Some((by_symbol(plain(name))?, Evidence::Map));
        }
        if let Some(name) = &self.name {
            return Some((by_symbol(plain(name))?, Evidence::Name));
        }
        if let Some(name) = exports.get(&self.function) {
            return Some((by_symbol(name)?, Evidence::Export));
        }
        if self.text.is_some() {
            // It prints something else: it is no stub.
            return Some((by_symbol(self.warning?)?, Evidence::Warning));
        }
        let mut called = STUBS.iter().filter(fits).filter(|stub| {
            self.calls
                .iter()
                .any(|call| stub.call.as_ref().is_some_and(|shape| call.fits(shape)))
        });
        match (called.next(), called.next()) {
            (Some(stub), None) => Some((stub, Evidence::Callers)),
            _ => None,
        }
    }
}

/// What told which stub a function is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// A symbol map given by hand.
    Map,
    /// The name section.
    Name,
    /// It is exported under its name.
    Export,
    /// The text of its warning.
    Warning,
    /// How the libc function calls it.
    Callers,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Evidence::Map => "by the import map",
            Evidence::Name => "by its name",
            Evidence::Export => "by its export",
            Evidence::Warning => "by the text of its warning",
            Evidence::Callers => "by its caller",
        })
    }
}

/// A stub that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The function.
    pub function: u32,
    /// What it is.
    pub stub: &'static Stub,
    /// What told.
    pub evidence: Evidence,
}

/// The stubs of a program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stubs {
    /// Those that can be replaced.
    pub found: Vec<Found>,
    /// Those that the program has and that are folded into it.
    pub folded: Vec<&'static Stub>,
    /// Those that are folded if the program has them, of which nothing would show.
    pub unseen: Vec<&'static Stub>,
    /// Those that several functions may be.
    pub ambiguous: Vec<&'static Stub>,
}

/// Which stubs a program has. `symbols` are the C symbols of its imports.
#[must_use]
pub fn resolve(wasm: &WasmFacts, symbols: &[Option<String>], map: &SymbolMap) -> Stubs {
    let facts = &wasm.stubs;
    let imported = |stub: &Stub| symbols.iter().flatten().any(|symbol| symbol == stub.symbol);
    let exports: BTreeMap<u32, &str> = wasm
        .exports
        .iter()
        .filter(|export| export.kind == ExportKind::Func && export.name.starts_with("__syscall_"))
        .map(|export| (export.index, export.name.as_str()))
        .collect();
    let mut by_stub: BTreeMap<&str, Vec<Found>> = BTreeMap::new();
    for candidate in &facts.candidates {
        if let Some((stub, evidence)) = candidate.identity(&exports, map)
            && !imported(stub)
        {
            by_stub.entry(stub.symbol).or_default().push(Found {
                function: candidate.function,
                stub,
                evidence,
            });
        }
    }
    let mut found: Vec<Found> = by_stub
        .values()
        .filter(|found| found.len() == 1)
        .flatten()
        .copied()
        .collect();
    found.sort_unstable_by_key(|found| found.function);
    let ambiguous = |stub: &Stub| by_stub.get(stub.symbol).is_some_and(|found| found.len() > 1);
    let folded = STUBS.iter().filter(|stub| {
        let known = facts.warned.contains(&stub.symbol)
            || facts.named.contains(&stub.symbol)
            || (stub.errno == ENOPROTOOPT && facts.traces.fails_with_enoprotoopt());
        known && stub.matters && !imported(stub) && !by_stub.contains_key(stub.symbol)
    });
    let folded: Vec<_> = folded.collect();
    // Where setsockopt is folded, shutdown is too. Without warnings it leaves nothing behind but an ENOSYS, as others do.
    let silent = facts.warned.is_empty() && folded.iter().any(|stub| stub.errno == ENOPROTOOPT);
    let unseen = STUBS.iter().filter(|stub| {
        let known = folded.contains(stub) || by_stub.contains_key(stub.symbol) || imported(stub);
        silent && stub.function == "shutdown" && !known
    });
    Stubs {
        unseen: unseen.collect(),
        folded,
        ambiguous: STUBS.iter().filter(|stub| ambiguous(stub)).collect(),
        found,
    }
}

/// A function of which more than its calls is noted: what the name section calls as a stub or its libc function.
pub(super) fn named(name: &str) -> Option<&'static Stub> {
    STUBS
        .iter()
        .find(|stub| stub.symbol == plain(name) || stub.function == name)
}

/// Symbol maps and name sections spell C symbols as C does, or as JavaScript does, with one `_` more.
fn plain(name: &str) -> &str {
    match name.strip_prefix('_') {
        Some(stripped) if stripped.starts_with("__syscall_") => stripped,
        _ => name,
    }
}

impl StubFacts {
    /// Notes a name of a candidate.
    pub(super) fn name(&mut self, function: u32, name: &str) {
        if let Ok(position) = self.position(function) {
            self.candidates[position].name = Some(name.to_owned());
        }
    }

    /// Whether a function may be a stub.
    pub(crate) fn is_candidate(&self, function: u32) -> bool {
        self.position(function).is_ok()
    }

    fn position(&self, function: u32) -> Result<usize, usize> {
        self.candidates
            .binary_search_by_key(&function, |candidate| candidate.function)
    }

    /// Notes a function that has the name of this stub or of its libc function.
    pub(super) fn named(&mut self, stub: &'static Stub, body: &FunctionBody<'_>) {
        // Negative: what a syscall answers. 6.0.5's recvmmsg() sets errno to ENOSYS of its own accord.
        let fails = |operator: Operator<'_>| matches!(operator, Operator::I32Const { value } if value == -stub.errno);
        let operators = body.get_operators_reader();
        let fails = operators.is_ok_and(|operators| operators.into_iter().flatten().any(fails));
        if fails && !self.named.contains(&stub.symbol) {
            self.named.push(stub.symbol);
        }
    }

    /// Notes how a body with this many parameters calls candidates.
    pub(super) fn caller(&mut self, params: usize, body: &FunctionBody<'_>) {
        for (function, call) in calls(self, params, body) {
            if let Ok(position) = self.position(function) {
                let calls = &mut self.candidates[position].calls;
                if calls.len() < MAX_CALLS {
                    calls.push(call);
                }
            }
        }
    }

    /// Notes the warnings in the data segments, which are an address, where it is a constant, and bytes each.
    pub(super) fn data(&mut self, segments: &[(Option<u64>, &[u8])]) {
        let mut texts = BTreeMap::new();
        for (address, bytes) in segments {
            for at in memchr::memmem::find_iter(bytes, WARNING) {
                let Some(stub) = warned(&bytes[at + WARNING.len()..]) else {
                    continue;
                };
                if !self.warned.contains(&stub.symbol) {
                    self.warned.push(stub.symbol);
                }
                if let Some(text) = address.and_then(|address| address.checked_add(at as u64)) {
                    texts.insert(text, stub.symbol);
                }
            }
        }
        for candidate in &mut self.candidates {
            candidate.warning = candidate.text.and_then(|text| texts.get(&text).copied());
        }
    }

    /// Adds what a task found.
    pub(super) fn trace(&mut self, traces: Traces) {
        self.traces.join(traces);
    }
}

/// The stub whose symbol follows the beginning of a warning.
fn warned(text: &[u8]) -> Option<&'static Stub> {
    STUBS.iter().find(|stub| {
        let end = text.strip_prefix(stub.symbol.as_bytes());
        end.is_some_and(|end| matches!(end, [b'\n' | 0, ..]))
    })
}
