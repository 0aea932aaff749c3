//! What must be true of every merge, checked without any of the merge's own code: the fuzz targets and the
//! bounded tests share it.
//!
//! A merged program is decoded beside the original, operator by operator: they must be the same but for the
//! indices that the report says have moved, and the offset map must lead from each operator to its twin. Bodies
//! that name nothing that moved must be the same bytes.

// Each user takes a part of it.
#![allow(dead_code)]

use direct_sockets_runtime::interface::ENTRIES;
use std::collections::BTreeMap;
use std::path::Path;
use wasm_direct_sockets::discover::stubs::Evidence;
use wasm_direct_sockets::discover::wasm::{WasmFacts, scan};
use wasm_direct_sockets::merge::{self, Error, Merged};
use wasm_direct_sockets::plan::{By, Plan, Replacement, StubReplacement};
use wasmparser::{FunctionBody, Operator, Parser, Payload, ValType, Validator, WasmFeatures};

/// The stand-in runtime of the golden tests.
pub(crate) fn runtime() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tests = [
        path.join("tests/merge/runtime.wat"),
        path.join("../tests/merge/runtime.wat"),
    ];
    let path = tests
        .into_iter()
        .find(|path| path.exists())
        .expect("the stand-in runtime");
    wat::parse_file(path).expect("the stand-in runtime")
}

/// Imports that are replaced, and the entries that replace them.
const REPLACED: [(&str, &str); 11] = [
    ("__syscall_socket", "sys_socket"),
    ("__syscall_connect", "sys_connect"),
    ("__syscall_bind", "sys_bind"),
    ("__syscall_listen", "sys_listen"),
    ("__syscall_sendto", "sys_sendto"),
    ("__syscall_recvfrom", "sys_recvfrom"),
    ("__syscall_getsockopt", "sys_getsockopt"),
    ("__syscall_poll", "sys_poll"),
    ("__syscall__newselect", "sys_newselect"),
    ("__syscall_fcntl64", "sys_fcntl64"),
    ("fd_close", "wasi_fd_close"),
];

/// A plan for what a program imports; the bits of `choices` leave imports out.
pub(crate) fn plan(facts: &WasmFacts, choices: u64) -> Plan {
    let mut plan = Plan {
        exceptions: facts.exceptions,
        stack_pointer: facts.stack_pointer,
        ..Plan::default()
    };
    let find = |field: &str| facts.imports.iter().position(|import| import.field == field);
    plan.originals.socket = find("__syscall_socket").map(|index| index as u32);
    plan.originals.close = find("fd_close").map(|index| index as u32);
    let set_threw = find("setThrew").filter(|index| {
        let params = &facts.imports[*index].params;
        params.iter().all(|ty| matches!(ty, ValType::I32 | ValType::I64))
    });
    plan.originals.set_threw = set_threw.map(|index| index as u32);
    for (index, import) in facts.imports.iter().enumerate() {
        if choices >> (index % 64) & 1 == 1 {
            continue;
        }
        let entry = REPLACED
            .iter()
            .find(|(name, _)| *name == import.field)
            .and_then(|(_, entry)| ENTRIES.iter().find(|known| known.name == *entry));
        let by = match entry {
            Some(entry) => By::Thunk(entry),
            None if import.field.starts_with("invoke_") && set_threw.is_some() => By::Invoke { callee: None },
            None => continue,
        };
        plan.replacements.push(Replacement {
            import: index as u32,
            by,
        });
    }
    let entry = ENTRIES.iter().find(|entry| entry.name == "sys_fcntl64");
    for candidate in facts.stubs.candidates.iter().filter(|_| choices & 2 == 0) {
        plan.stubs.push(StubReplacement {
            function: candidate.function,
            entry: entry.expect("an entry that may hand over"),
            symbol: "__syscall_fcntl64",
            evidence: Evidence::Name,
        });
    }
    plan
}

/// Merges and checks. `valid`: the program is known to be valid, so that refusing it is limited to what no
/// merge can do.
pub(crate) fn check(app: &[u8], runtime: &[u8], choices: u64, valid: bool) -> Option<Merged> {
    let facts = match scan(app) {
        Ok(facts) => facts,
        Err(error) => {
            assert!(!valid, "a valid program is not scanned: {error}");
            return None;
        }
    };
    let plan = plan(&facts, choices);
    let merged = match merge::merge(app, &facts, runtime, &plan) {
        Ok(merged) => merged,
        Err(error) => {
            let may_be = match &error {
                // The scan has validated the program.
                Error::Program(_) | Error::Output(_) | Error::Embedded(_) | Error::Facts(_) => false,
                Error::TooLarge => !valid,
                _ => true,
            };
            assert!(may_be, "refused: {error}");
            return None;
        }
    };
    Validator::new_with_features(WasmFeatures::all())
        .validate_all(&merged.wasm)
        .expect("the output is valid");
    let comparison = Comparison {
        facts: &facts,
        plan: &plan,
        merged: &merged,
    };
    comparison.bodies(app);
    Some(merged)
}

struct Comparison<'c> {
    facts: &'c WasmFacts,
    plan: &'c Plan,
    merged: &'c Merged,
}

impl Comparison<'_> {
    fn bodies(&self, app: &[u8]) {
        let old = code(app);
        let new = code(&self.merged.wasm);
        assert!(new.len() >= old.len());
        let moved = self.merged.report.renumbered || self.merged.report.tags_renumbered;
        for (index, (old, new)) in old.iter().zip(&new).enumerate() {
            let used = self
                .facts
                .uses
                .iter()
                .any(|found| found.body == index as u32 && self.replaced(found.function));
            if !used && !moved {
                assert_eq!(old.as_bytes(), new.as_bytes(), "body {index} names nothing replaced");
            }
            self.operators(old, new);
        }
    }

    fn operators(&self, old: &FunctionBody<'_>, new: &FunctionBody<'_>) {
        let mut twins = new.get_operators_reader().expect("operators");
        let mut operators = old.get_operators_reader().expect("operators");
        while !operators.eof() {
            let (operator, offset) = operators.read_with_offset().expect("an operator");
            let (twin, new_offset) = twins.read_with_offset().expect("its twin");
            assert!(self.same(&operator, &twin), "{operator:?} became {twin:?}");
            assert_eq!(self.merged.offsets.in_file(offset), Some(new_offset), "{operator:?}");
        }
        assert!(twins.eof());
    }

    fn same(&self, old: &Operator<'_>, new: &Operator<'_>) -> bool {
        use Operator::{Call, Catch, RefFunc, ReturnCall, Throw, TryTable};
        match (old, new) {
            (Call { function_index: old }, Call { function_index: new })
            | (ReturnCall { function_index: old }, ReturnCall { function_index: new })
            | (RefFunc { function_index: old }, RefFunc { function_index: new }) => self.function(*old, *new),
            (Throw { tag_index: old }, Throw { tag_index: new })
            | (Catch { tag_index: old }, Catch { tag_index: new }) => self.tag(*old, *new),
            (TryTable { try_table: old }, TryTable { try_table: new }) => {
                old.ty == new.ty
                    && old.catches.len() == new.catches.len()
                    && old.catches.iter().zip(&new.catches).all(|pair| self.catch(pair))
            }
            (old, new) => old == new,
        }
    }

    fn catch(&self, pair: (&wasmparser::Catch, &wasmparser::Catch)) -> bool {
        use wasmparser::Catch::{One, OneRef};
        match pair {
            (One { tag: old, label: a }, One { tag: new, label: b })
            | (OneRef { tag: old, label: a }, OneRef { tag: new, label: b }) => a == b && self.tag(*old, *new),
            (old, new) => old == new,
        }
    }

    fn function(&self, old: u32, new: u32) -> bool {
        let imports = self.facts.imports.len() as u32;
        let added = self.merged.report.imports_added;
        if self.replaced(old) {
            new >= imports + added + self.facts.bodies
        } else if old < imports {
            new == old
        } else {
            new == old + added
        }
    }

    fn replaced(&self, function: u32) -> bool {
        let imports = self.plan.replacements.iter().map(|replacement| replacement.import);
        let mut all = imports.chain(self.plan.stubs.iter().map(|stub| stub.function));
        all.any(|replaced| replaced == function)
    }

    fn tag(&self, old: u32, new: u32) -> bool {
        new == old || (self.merged.report.tags_renumbered && new == old + 1)
    }
}

/// The bodies of a module.
pub(crate) fn code(wasm: &[u8]) -> Vec<FunctionBody<'_>> {
    let mut parser = Parser::new(0);
    parser.set_features(WasmFeatures::all());
    parser
        .parse_all(wasm)
        .filter_map(|payload| match payload.expect("a module") {
            Payload::CodeSectionEntry(body) => Some(body),
            _ => None,
        })
        .collect()
}

/// Where operators, starts and ends of bodies were and are, counted from the start of the code section's contents.
pub(crate) fn positions(old: &[u8], new: &[u8]) -> BTreeMap<u64, u64> {
    let (old_base, new_base) = (code_start(old), code_start(new));
    let mut positions = BTreeMap::new();
    for (old, new) in code(old).iter().zip(&code(new)) {
        for (old, new) in [
            (old.range().start, new.range().start),
            (old.range().end, new.range().end),
        ] {
            positions.insert(old - old_base, new - new_base);
        }
        let mut twins = new.get_operators_reader().expect("operators");
        let mut operators = old.get_operators_reader().expect("operators");
        while !operators.eof() {
            let (_, old) = operators.read_with_offset().expect("an operator");
            let (_, new) = twins.read_with_offset().expect("its twin");
            positions.insert(old - old_base, new - new_base);
        }
    }
    positions
}

fn code_start(wasm: &[u8]) -> u64 {
    Parser::new(0)
        .parse_all(wasm)
        .find_map(|payload| match payload.expect("a module") {
            Payload::CodeSectionStart { unchecked_range, .. } => Some(unchecked_range.start),
            _ => None,
        })
        .expect("code")
}

/// The imports that generated programs choose from.
const IMPORTS: &str = r#"(module
    (import "env" "__syscall_socket" (func (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "env" "__syscall_connect" (func (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "env" "__syscall_bind" (func (param i32 i64) (result i64)))
    (import "env" "__syscall_listen" (func (param i32 i32)))
    (import "env" "__syscall_sendto" (func (param i32 i64 i64 i32 i64 i32) (result i32)))
    (import "env" "__syscall_recvfrom" (func (param f32) (result i32)))
    (import "env" "__syscall_getsockopt" (func (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_close" (func (param i32) (result i32)))
    (import "env" "invoke_ii" (func (param i32 i32) (result i32)))
    (import "env" "invoke_vj" (func (param i32 i64)))
    (import "env" "setThrew" (func (param i32 i32)))
    (import "env" "puts" (func (param i32) (result i32)))
    (import "env" "tag" (tag (param i32)))
    (import "env" "table" (table 1 funcref))
    (import "env" "memory" (memory 1))
    (import "env" "__stack_pointer" (global (mut i32))))"#;

/// A program from bytes. `None`: the bytes are too few.
pub(crate) fn generate(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = arbitrary::Unstructured::new(bytes);
    let imports = wat::parse_str(IMPORTS).expect("imports");
    let mut config: wasm_smith::Config = bytes.arbitrary().ok()?;
    config.available_imports = Some(imports);
    config.min_imports = 4;
    config.max_imports = 16;
    config.min_funcs = 1;
    config.max_funcs = config.max_funcs.max(8);
    config.max_types = config.max_types.max(8);
    config.max_memories = config.max_memories.max(2);
    config.max_tables = config.max_tables.max(2);
    config.exceptions_enabled = config.max_tags > 1;
    config.gc_enabled &= config.reference_types_enabled;
    let module = wasm_smith::Module::new(config, &mut bytes).ok()?;
    Some(module.to_bytes())
}

/// A small deterministic source of numbers (SplitMix64).
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    /// The next number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// This many bytes.
    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next() as u8).collect()
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

/// A program with a few bytes changed, added or removed, or cut off.
pub(crate) fn mutate(program: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut mutated = program.to_vec();
    for _ in 0..=numbers.below(4) {
        // Half of the changes hit the first tenth, where the sections before the code are.
        let end = if numbers.next() & 1 == 0 {
            mutated.len()
        } else {
            mutated.len() / 10
        };
        let at = numbers.below(end);
        match numbers.below(5) {
            0 => mutated.truncate(at),
            1 => mutated.insert(at, numbers.next() as u8),
            2 if !mutated.is_empty() => drop(mutated.remove(at)),
            _ => {
                if let Some(byte) = mutated.get_mut(at) {
                    *byte ^= 1 << numbers.below(8);
                }
            }
        }
    }
    mutated
}
