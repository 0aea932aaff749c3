//! What is in a wasm: one pass over the bytes that validates them and notes all that a plan can ask for,
//! the uses of imported functions included, so that a merge need not decode a body again.

use super::references::{Target, references};
use super::stubs::{self, Candidate, StubFacts, Traces, Window};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::Range;
use wasmparser::{
    BinaryReader, DataKind, Encoding, FuncToValidate, FuncValidatorAllocations, FunctionBody, KnownCustom, MemoryType,
    Name, Operator, Parser, Payload, TypeRef, ValidPayload, Validator, ValidatorResources, WasmFeatures,
};

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

impl Exceptions {
    /// The spelling of two parts together. Legacy decides: engines refuse a module that has both anyway.
    pub(crate) fn and(self, other: Exceptions) -> Exceptions {
        match (self, other) {
            (Exceptions::Legacy, _) | (_, Exceptions::Legacy) => Exceptions::Legacy,
            (Exceptions::Standard, _) | (_, Exceptions::Standard) => Exceptions::Standard,
            (Exceptions::None, Exceptions::None) => Exceptions::None,
        }
    }
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

/// A place in a body where an imported function, or one that may be a stub, is named: the immediate of a `call`,
/// `return_call` or `ref.func`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The defined function (index among the defined ones) that holds it.
    pub body: u32,
    /// The bytes of the immediate, as offsets into the file.
    pub immediate: Range<usize>,
    /// The function named.
    pub function: u32,
}

/// Why a wasm could not be read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ScanError {
    /// The bytes are no valid module. The message ends with the offset.
    #[error("the program is not a valid wasm: {0}")]
    Invalid(wasmparser::Error),
    /// A component, not a core module.
    #[error("this is a WebAssembly component; Emscripten writes core modules")]
    Component,
    /// A function import has a type that is no function type.
    #[error("the import {module}.{field} (offset {offset:#x}) has type {type_index}, which is no function type")]
    ImportType {
        /// Module name of the import.
        module: String,
        /// Field name of the import.
        field: String,
        /// Where the import is.
        offset: u64,
        /// Index of the type.
        type_index: u32,
    },
}

impl From<wasmparser::Error> for ScanError {
    // No `#[from]`: the message holds the error's own, which a chain of sources would repeat.
    fn from(error: wasmparser::Error) -> Self {
        ScanError::Invalid(error)
    }
}

/// What `malloc` and `free` are called in a name section: they are aliases, and a function has one name there.
pub(crate) const ALLOCATORS: [&str; 6] = [
    "malloc",
    "emscripten_builtin_malloc",
    "dlmalloc",
    "free",
    "emscripten_builtin_free",
    "dlfree",
];

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
    /// Uses of imported functions and of those that may be stubs in the code section, in the order of the file.
    pub uses: Vec<Use>,
    /// What may be syscalls that are stubs in C.
    pub stubs: StubFacts,
    /// Defined functions that the name section calls `malloc` or `free`, or what these are aliases of.
    pub allocators: BTreeMap<String, u32>,
    /// Custom sections: name and contents' range in the file.
    pub custom: Vec<(String, Range<usize>)>,
    /// It imports globals of `GOT.func` / `GOT.mem` or has a `dylink` section: dynamic linking.
    pub dynamic_linking: bool,
}

/// How many bodies one parallel task decodes: enough to make the task's own cost vanish.
const BODIES_PER_TASK: usize = 256;

/// Reads a wasm once, validates it with every feature, and notes what a plan can ask for.
pub fn scan(bytes: &[u8]) -> Result<WasmFacts, ScanError> {
    let mut scan = Scan::default();
    let mut validator = Validator::new_with_features(WasmFeatures::all());
    let mut parser = Parser::new(0);
    parser.set_features(WasmFeatures::all());
    for payload in parser.parse_all(bytes) {
        let payload = payload?;
        if matches!(payload, Payload::Version { encoding, .. } if encoding != Encoding::Module) {
            return Err(ScanError::Component);
        }
        if let ValidPayload::Func(function, body) = validator.payload(&payload)? {
            scan.bodies.push((function, body));
        }
        scan.payload(payload)?;
    }
    scan.finish()
}

/// A scan under way.
#[derive(Default)]
struct Scan<'a> {
    facts: WasmFacts,
    /// Parameters and results of each type; `None`: no function type.
    types: Vec<Option<wasmparser::FuncType>>,
    bodies: Vec<(FuncToValidate<ValidatorResources>, FunctionBody<'a>)>,
    globals: u32,
    /// An imported `__stack_pointer` (dynamic linking).
    imported_stack_pointer: Option<u32>,
    /// The defined mutable globals, by index and type.
    mutable_globals: Vec<(u32, ValType)>,
    /// The contents of the name section.
    names: Option<BinaryReader<'a>>,
    /// The data segments: address in memory 0, where it is a constant, and contents.
    data: Vec<(Option<u64>, &'a [u8])>,
}

impl<'a> Scan<'a> {
    fn payload(&mut self, payload: Payload<'a>) -> Result<(), ScanError> {
        match payload {
            Payload::TypeSection(section) => {
                for group in section {
                    self.types
                        .extend(group?.into_types().map(|ty| match ty.composite_type.inner {
                            wasmparser::CompositeInnerType::Func(func) => Some(func),
                            _ => None,
                        }));
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports_with_offsets() {
                    let (offset, import) = import?;
                    self.import(offset, import)?;
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    self.memory(memory?, false);
                }
            }
            Payload::GlobalSection(section) => {
                for global in section {
                    let ty = global?.ty;
                    if ty.mutable {
                        self.mutable_globals.push((self.globals, ty.content_type));
                    }
                    self.globals = self.globals.saturating_add(1);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    self.facts.exports.push(Export {
                        name: export.name.to_owned(),
                        kind: export.kind,
                        index: export.index,
                    });
                }
            }
            Payload::DataSection(section) => {
                for segment in section {
                    let segment = segment?;
                    self.data.push((address(&segment.kind), segment.data));
                }
            }
            Payload::CustomSection(section) => {
                let contents = section.data_range();
                self.facts.custom.push((
                    section.name().to_owned(),
                    contents.start as usize..contents.end as usize,
                ));
                if matches!(section.as_known(), KnownCustom::Name(_)) {
                    self.names = Some(section.data_reader());
                }
                self.facts.dynamic_linking |= matches!(section.name(), "dylink" | "dylink.0");
            }
            _ => {}
        }
        Ok(())
    }

    fn import(&mut self, offset: u64, import: wasmparser::Import<'_>) -> Result<(), ScanError> {
        self.facts.dynamic_linking |= matches!(import.module, "GOT.func" | "GOT.mem");
        match import.ty {
            TypeRef::Func(type_index) | TypeRef::FuncExact(type_index) => {
                let Some(Some(ty)) = self.types.get(type_index as usize) else {
                    return Err(ScanError::ImportType {
                        module: import.module.to_owned(),
                        field: import.name.to_owned(),
                        offset,
                        type_index,
                    });
                };
                self.facts.imports.push(FunctionImport {
                    module: import.module.to_owned(),
                    field: import.name.to_owned(),
                    type_index,
                    params: ty.params().to_vec(),
                    results: ty.results().to_vec(),
                    name: None,
                });
            }
            TypeRef::Memory(memory) => self.memory(memory, true),
            TypeRef::Global(global) => {
                if global.mutable && import.name == "__stack_pointer" {
                    self.imported_stack_pointer = Some(self.globals);
                }
                self.globals = self.globals.saturating_add(1);
            }
            TypeRef::Table(_) | TypeRef::Tag(_) => {}
        }
        Ok(())
    }

    fn memory(&mut self, memory: MemoryType, imported: bool) {
        if self.facts.memories == 0 {
            self.facts.memory64 = memory.memory64;
            self.facts.shared = memory.shared;
            self.facts.memory_imported = imported;
        }
        self.facts.memories = self.facts.memories.saturating_add(1);
    }

    fn finish(mut self) -> Result<WasmFacts, ScanError> {
        let pointer = if self.facts.memory64 {
            ValType::I64
        } else {
            ValType::I32
        };
        self.facts.stack_pointer = self.imported_stack_pointer.or_else(|| {
            let first = self.mutable_globals.iter().find(|(_, ty)| *ty == pointer);
            first.map(|(index, _)| *index)
        });
        self.facts.bodies = self.bodies.len() as u32;
        self.stub_candidates();
        self.names();
        self.decode_bodies()?;
        Ok(self.facts)
    }

    /// The functions that may be stubs, before the bodies are decoded, which notes their uses.
    fn stub_candidates(&mut self) {
        let types = &self.types;
        let candidates = self.bodies.iter().filter_map(|(function, body)| {
            let ty = types.get(function.ty as usize)?.as_ref()?;
            Candidate::new(function.index, ty, body)
        });
        self.facts.stubs.candidates = candidates.collect();
        self.facts.stubs.data(&self.data);
    }

    /// Custom sections are not validated by engines: a name section that cannot be read is no error, it
    /// just names nothing from there on.
    fn names(&mut self) {
        let Some(names) = self.names.take() else {
            return;
        };
        let imports = self.facts.imports.len();
        for subsection in wasmparser::NameSectionReader::new(names) {
            let Ok(Name::Function(map)) = subsection else {
                continue;
            };
            for naming in map {
                let Ok(naming) = naming else { break };
                if let Some(import) = self.facts.imports.get_mut(naming.index as usize) {
                    import.name = Some(naming.name.to_owned());
                    continue;
                }
                if ALLOCATORS.contains(&naming.name) {
                    self.facts.allocators.insert(naming.name.to_owned(), naming.index);
                }
                self.facts.stubs.name(naming.index, naming.name);
                let body = self.bodies.get((naming.index as usize).wrapping_sub(imports));
                if let (Some(stub), Some((_, body))) = (stubs::named(naming.name), body) {
                    self.facts.stubs.named(stub, body);
                }
            }
        }
    }

    /// Decodes and validates every body, in parallel, for the uses of imports and the spelling of exceptions.
    fn decode_bodies(&mut self) -> Result<(), ScanError> {
        let imports = self.facts.imports.len() as u32;
        let bodies = std::mem::take(&mut self.bodies);
        let stubs = &self.facts.stubs;
        let noted = |function: u32| function < imports || stubs.is_candidate(function);
        let tasks: Vec<_> = bodies
            .into_par_iter()
            .enumerate()
            .fold_chunks(BODIES_PER_TASK, BodyFacts::default, |facts, (index, body)| {
                facts.with(index as u32, body, &noted)
            })
            .collect();
        // In the order of the file, so that the error is the first one and the facts are always the same.
        for task in tasks {
            if let Some(error) = task.error {
                return Err(error.into());
            }
            self.facts.uses.extend(task.uses);
            self.facts.exceptions = self.facts.exceptions.and(task.exceptions);
            self.facts.stubs.trace(task.traces);
            for (ty, body) in task.callers {
                if let Some(Some(ty)) = self.types.get(ty as usize) {
                    self.facts.stubs.caller(ty.params().len(), &body);
                }
            }
        }
        Ok(())
    }
}

/// Where an active segment of memory 0 goes, if that is a constant.
fn address(kind: &DataKind<'_>) -> Option<u64> {
    let DataKind::Active {
        memory_index: 0,
        offset_expr,
    } = kind
    else {
        return None;
    };
    match offset_expr.get_operators_reader().read().ok()? {
        Operator::I32Const { value } => Some(u64::from(value as u32)),
        Operator::I64Const { value } => Some(value as u64),
        _ => None,
    }
}

/// What one task finds in its bodies.
#[derive(Default)]
struct BodyFacts<'a> {
    uses: Vec<Use>,
    /// Bodies that use what may be a stub, with the index of their type.
    callers: Vec<(u32, FunctionBody<'a>)>,
    traces: Traces,
    exceptions: Exceptions,
    /// The first error; nothing behind it is read.
    error: Option<wasmparser::Error>,
    allocations: FuncValidatorAllocations,
}

impl<'a> BodyFacts<'a> {
    /// With what is in one body more.
    fn with(
        mut self,
        index: u32,
        (function, body): (FuncToValidate<ValidatorResources>, FunctionBody<'a>),
        noted: &impl Fn(u32) -> bool,
    ) -> Self {
        if self.error.is_none() {
            match self.body(index, function, &body, noted) {
                Ok(exceptions) => self.exceptions = self.exceptions.and(exceptions),
                Err(error) => self.error = Some(error),
            }
        }
        self
    }

    fn body(
        &mut self,
        index: u32,
        function: FuncToValidate<ValidatorResources>,
        body: &FunctionBody<'a>,
        noted: &impl Fn(u32) -> bool,
    ) -> wasmparser::Result<Exceptions> {
        let ty = function.ty;
        let first_defined = function.index.saturating_sub(index);
        let mut window = Window::default();
        let mut calls_candidate = false;
        let mut validator = function.into_validator(std::mem::take(&mut self.allocations));
        validator.read_locals(&mut body.get_binary_reader())?;
        let exceptions = references(
            body,
            |offset, operator| {
                window.see(operator, &mut self.traces);
                validator.op(offset, operator)
            },
            |reference| {
                if let Target::Function(function) = reference.target
                    && noted(function)
                {
                    calls_candidate |= function >= first_defined;
                    self.uses.push(Use {
                        body: index,
                        immediate: reference.immediate,
                        function,
                    });
                }
            },
        )?;
        if calls_candidate {
            self.callers.push((ty, body.clone()));
        }
        self.allocations = validator.into_allocations();
        Ok(exceptions)
    }
}
