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
//! Measured with a program that calls all of them twice (n name, t text, c callers, - folded):
//!
//! | | -O0 | -O1 | -O2, -O3, -Os | -O0, -O1 with `--profiling-funcs` | -O1 ASSERTIONS | -O2 ASSERTIONS |
//! |---|---|---|---|---|---|---|
//! | 3.1.6, 3.1.69 | t | c | - | n | t | - |
//! | 3.1.6, 3.1.69 standalone: fcntl64, ioctl | c | c | - | n | c | - |
//! | 6.0.5: socketpair | t | c | - | n | t | - |
//!
//! Of a folded one there is evidence in the text of its warning, in the name section, and for setsockopt in a constant:
//! no other function of libc fails with ENOPROTOOPT.

use super::wasm::{ExportKind, ValType, WasmFacts};
use crate::glue::symbols::SymbolMap;
use std::collections::BTreeMap;
use std::fmt;
use wasmparser::{FuncType, FunctionBody, Operator};

/// `ENOPROTOOPT` and `ENOSYS`, the same in every version of Emscripten.
pub(crate) const ENOPROTOOPT: i32 = 50;
pub(crate) const ENOSYS: i32 = 52;

/// A stub of Emscripten's C library.
#[derive(Debug, PartialEq, Eq)]
pub struct Stub {
    /// Its C symbol.
    pub symbol: &'static str,
    /// The libc function through which programs call it.
    pub function: &'static str,
    /// The errno that it answers, negated.
    pub errno: i32,
    /// How many parameters it has.
    params: usize,
    /// How its libc function calls it.
    call: Shape,
    /// Whether a program notices that it is folded. `pipe2` does then what it asks for with other calls.
    matters: bool,
}

/// How the libc function calls the stub.
#[derive(Debug, PartialEq, Eq)]
struct Shape {
    /// How many parameters the libc function has.
    params: usize,
    /// What it passes.
    arguments: &'static [Expected],
    /// What else tells it from functions with the same arguments.
    mark: Mark,
}

/// An argument that is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// The caller's parameter of the same position.
    Same,
    /// 0.
    Zero,
    /// Neither a parameter nor a constant.
    Computed,
    /// Anything.
    Any,
}

/// What else tells a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    None,
    /// It compares the answer with -ENOSYS at once.
    ChecksEnosys,
    /// It knows F_DUPFD_CLOEXEC.
    KnowsDupfd,
    /// It does not.
    IgnoresDupfd,
}

/// `F_DUPFD_CLOEXEC`, which `fcntl()` treats apart.
const F_DUPFD_CLOEXEC: i32 = 1030;

const fn stub(symbol: &'static str, function: &'static str, errno: i32, call: Shape) -> Stub {
    Stub {
        symbol,
        function,
        errno,
        params: call.arguments.len(),
        call,
        matters: true,
    }
}

const fn shape(params: usize, arguments: &'static [Expected], mark: Mark) -> Shape {
    Shape {
        params,
        arguments,
        mark,
    }
}

/// The stubs for which the runtime has an entry.
pub const STUBS: [Stub; 9] = {
    use Expected::{Any, Computed, Same, Zero};
    [
        stub(
            "__syscall_setsockopt",
            "setsockopt",
            ENOPROTOOPT,
            shape(5, &[Same, Same, Same, Same, Same, Zero], Mark::None),
        ),
        stub(
            "__syscall_shutdown",
            "shutdown",
            ENOSYS,
            shape(2, &[Same, Same, Zero, Zero, Zero, Zero], Mark::None),
        ),
        stub(
            "__syscall_socketpair",
            "socketpair",
            ENOSYS,
            shape(4, &[Same, Same, Same, Same, Zero, Zero], Mark::None),
        ),
        stub(
            "__syscall_sendmmsg",
            "sendmmsg",
            ENOSYS,
            shape(4, &[Same, Same, Same, Same, Zero], Mark::None),
        ),
        // The last is the address of the variable arguments, which are the timeout.
        stub(
            "__syscall_recvmmsg",
            "recvmmsg",
            ENOSYS,
            shape(5, &[Same, Same, Same, Same, Computed], Mark::None),
        ),
        stub(
            "__syscall_pselect6",
            "pselect",
            ENOSYS,
            shape(6, &[Same, Same, Same, Same, Any, Computed], Mark::None),
        ),
        Stub {
            matters: false,
            ..stub(
                "__syscall_pipe2",
                "pipe2",
                ENOSYS,
                shape(2, &[Same, Same], Mark::ChecksEnosys),
            )
        },
        stub(
            "__syscall_fcntl64",
            "fcntl",
            ENOSYS,
            shape(3, &[Same, Any, Any], Mark::KnowsDupfd),
        ),
        stub(
            "__syscall_ioctl",
            "ioctl",
            ENOSYS,
            shape(3, &[Same, Same, Computed], Mark::IgnoresDupfd),
        ),
    ]
};

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

/// A call of a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Call {
    /// How many parameters the caller has.
    params: usize,
    arguments: Vec<Argument>,
    /// The constant with which the answer is compared at once.
    checked: Option<i32>,
    /// The caller knows F_DUPFD_CLOEXEC.
    dupfd: bool,
}

/// A value on the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Argument {
    Parameter(u32),
    Constant(i64),
    Computed,
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
    fn identity(&self, wasm: &WasmFacts, map: &SymbolMap) -> Option<(&'static Stub, Evidence)> {
        let fits = |stub: &&Stub| stub.errno == self.errno && stub.params == self.params;
        let by_symbol = |symbol: &str| STUBS.iter().filter(fits).find(|stub| stub.symbol == symbol);
        if let Some(name) = map.functions.get(&self.function) {
            return Some((by_symbol(plain(name))?, Evidence::Map));
        }
        if let Some(name) = &self.name {
            return Some((by_symbol(plain(name))?, Evidence::Name));
        }
        let mut exports = wasm
            .exports
            .iter()
            .filter(|export| export.kind == ExportKind::Func && export.index == self.function);
        if let Some(stub) = exports.find_map(|export| by_symbol(&export.name)) {
            return Some((stub, Evidence::Export));
        }
        if self.text.is_some() {
            // It prints something else: it is no stub.
            return Some((by_symbol(self.warning?)?, Evidence::Warning));
        }
        let mut called = STUBS
            .iter()
            .filter(fits)
            .filter(|stub| self.calls.iter().any(|call| call.fits(&stub.call)));
        match (called.next(), called.next()) {
            (Some(stub), None) => Some((stub, Evidence::Callers)),
            _ => None,
        }
    }
}

impl Call {
    fn fits(&self, shape: &Shape) -> bool {
        self.params == shape.params
            && match shape.mark {
                Mark::None => true,
                Mark::ChecksEnosys => self.checked == Some(-ENOSYS),
                Mark::KnowsDupfd => self.dupfd,
                Mark::IgnoresDupfd => !self.dupfd,
            }
            && self.arguments.len() == shape.arguments.len()
            && (0..)
                .zip(&self.arguments)
                .zip(shape.arguments)
                .all(|((position, argument), expected)| match expected {
                    Expected::Same => *argument == Argument::Parameter(position),
                    Expected::Zero => *argument == Argument::Constant(0),
                    Expected::Computed => *argument == Argument::Computed,
                    Expected::Any => true,
                })
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
    /// Those that the program has and that cannot.
    pub folded: Vec<&'static Stub>,
}

/// Which stubs a program has. `symbols` are the C symbols of its imports.
#[must_use]
pub fn resolve(wasm: &WasmFacts, symbols: &[Option<String>], map: &SymbolMap) -> Stubs {
    let facts = &wasm.stubs;
    let imported = |stub: &Stub| symbols.iter().flatten().any(|symbol| symbol == stub.symbol);
    let mut by_stub: BTreeMap<&str, Vec<Found>> = BTreeMap::new();
    for candidate in &facts.candidates {
        if let Some((stub, evidence)) = candidate.identity(wasm, map)
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
    let folded = STUBS.iter().filter(|stub| {
        let known = facts.warned.contains(&stub.symbol)
            || facts.named.contains(&stub.symbol)
            || by_stub.get(stub.symbol).is_some_and(|found| found.len() > 1)
            || (stub.errno == ENOPROTOOPT && facts.traces.fails_with_enoprotoopt());
        known && stub.matters && !imported(stub) && found.iter().all(|found| found.stub != *stub)
    });
    Stubs {
        folded: folded.collect(),
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
        if operators.is_ok_and(|operators| operators.into_iter().flatten().any(fails)) {
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

    /// Notes what a data segment holds: its address and its bytes.
    pub(super) fn data(&mut self, address: Option<u64>, bytes: &[u8]) {
        for at in memchr::memmem::find_iter(bytes, WARNING) {
            let symbol = &bytes[at + WARNING.len()..];
            let named = |stub: &&Stub| {
                let end = symbol.get(stub.symbol.len()..);
                symbol.starts_with(stub.symbol.as_bytes()) && end.is_some_and(|end| matches!(end, [b'\n' | 0, ..]))
            };
            let Some(stub) = STUBS.iter().find(named) else {
                continue;
            };
            self.warned.push(stub.symbol);
            let text = address.and_then(|address| address.checked_add(at as u64));
            for candidate in &mut self.candidates {
                if text.is_some() && candidate.text == text {
                    candidate.warning = Some(stub.symbol);
                }
            }
        }
    }

    /// Adds what a task found.
    pub(super) fn trace(&mut self, traces: Traces) {
        self.traces.join(traces);
    }
}

/// The calls of candidates in a body.
fn calls(facts: &StubFacts, params: usize, body: &FunctionBody<'_>) -> Vec<(u32, Call)> {
    let Ok(operators) = body.get_operators_reader() else {
        return Vec::new();
    };
    let mut calls: Vec<(u32, Call)> = Vec::new();
    let mut stack = Vec::new();
    let mut dupfd = false;
    // Right behind a call: its answer may be compared.
    let mut answered = false;
    for operator in operators.into_iter().flatten() {
        if let Operator::I32Const { value } = operator {
            dupfd |= value == F_DUPFD_CLOEXEC;
            if let (true, Some((_, call))) = (answered, calls.last_mut()) {
                call.checked = Some(value);
            }
        }
        answered &= matches!(operator, Operator::LocalTee { .. });
        match operator {
            Operator::LocalGet { local_index } if (local_index as usize) < params => {
                stack.push(Argument::Parameter(local_index));
            }
            Operator::LocalGet { .. } => stack.push(Argument::Computed),
            Operator::LocalTee { .. } => {}
            Operator::I32Add | Operator::I64Add if stack.len() >= 2 => {
                stack.truncate(stack.len() - 2);
                stack.push(Argument::Computed);
            }
            Operator::Call { function_index } => {
                if let Ok(position) = facts.position(function_index) {
                    let count = facts.candidates[position].params;
                    let arguments = stack.len().checked_sub(count).map(|first| stack.split_off(first));
                    let call = Call {
                        params,
                        arguments: arguments.unwrap_or_default(),
                        checked: None,
                        dupfd: false,
                    };
                    calls.push((function_index, call));
                    answered = true;
                }
                stack.clear();
            }
            ref operator => match constant(operator) {
                Some(value) => stack.push(Argument::Constant(value)),
                None => stack.clear(),
            },
        }
    }
    for (_, call) in &mut calls {
        call.dupfd = dupfd;
    }
    calls
}

fn constant(operator: &Operator<'_>) -> Option<i64> {
    match operator {
        Operator::I32Const { value } => Some(i64::from(*value)),
        Operator::I64Const { value } => Some(*value),
        _ => None,
    }
}

/// What folded stubs leave behind: a constant given to `__syscall_ret` (-ENOPROTOOPT), or, where that is inlined too,
/// stored into `errno`, whose address shows in each system call that is not folded: `errno = 0 - answer`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traces {
    given: bool,
    /// Addresses at which ENOPROTOOPT is stored.
    stored: Vec<i32>,
    /// The addresses of `errno`.
    errno: Vec<i32>,
}

/// How many addresses are noted.
const MAX_ADDRESSES: usize = 64;

impl Traces {
    fn fails_with_enoprotoopt(&self) -> bool {
        self.given || self.stored.iter().any(|address| self.errno.contains(address))
    }

    fn join(&mut self, other: Traces) {
        self.given |= other.given;
        other
            .stored
            .into_iter()
            .for_each(|address| note(&mut self.stored, address));
        other
            .errno
            .into_iter()
            .for_each(|address| note(&mut self.errno, address));
    }
}

fn note(addresses: &mut Vec<i32>, address: i32) {
    if addresses.len() < MAX_ADDRESSES && !addresses.contains(&address) {
        addresses.push(address);
    }
}

/// The last operators of a body, as far as [`Traces`] needs them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Window([Seen; 4]);

#[derive(Clone, Copy, Debug, Default)]
enum Seen {
    #[default]
    Other,
    Constant(i32),
    Get,
    Subtract,
}

impl Window {
    /// Takes the next operator of the body.
    pub(super) fn see(&mut self, operator: &Operator<'_>, traces: &mut Traces) {
        let [first, second, third, fourth] = self.0;
        let seen = match operator {
            Operator::I32Const { value } => Seen::Constant(*value),
            Operator::LocalGet { .. } => Seen::Get,
            Operator::I32Sub => Seen::Subtract,
            Operator::Call { .. } => {
                traces.given |= matches!(fourth, Seen::Constant(value) if value == -ENOPROTOOPT);
                Seen::Other
            }
            Operator::I32Store { .. } => {
                match (first, second, third, fourth) {
                    (Seen::Constant(address), Seen::Constant(0), Seen::Get, Seen::Subtract) => {
                        note(&mut traces.errno, address);
                    }
                    (_, _, Seen::Constant(address), Seen::Constant(ENOPROTOOPT)) => note(&mut traces.stored, address),
                    _ => {}
                }
                Seen::Other
            }
            _ => Seen::Other,
        };
        self.0 = [second, third, fourth, seen];
    }
}
