//! What the plan adds to the program: host imports, the runtime's functions, thunks, and where each of
//! them is in the merged module.

use super::Error;
use super::embedded::{Embedded, PROGRAM_MODULE, refuse};
use super::generated::{Environment, Generated, StackPointer};
use super::indices::{EmbeddedIndices, FunctionMap, ProgramIndices};
use super::invoke::{self, invoke};
use super::program::Program;
use super::program_side::{self, Direction, Original, Role};
use super::slots::{self, Slots};
use super::thunk::{self, suspension, thunk};
use super::types::{Types, encoded};
use crate::discover::wasm::WasmFacts;
use crate::plan::{By, Plan};
use direct_sockets_runtime::interface::{Entry, HOST_MODULE};
use std::collections::BTreeMap;
use wasm_encoder::ValType;
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};

/// Everything that is added, with all indices settled.
pub(super) struct Additions {
    pub(super) types: Types,
    /// Host imports: field, type, and slot.
    pub(super) host: Vec<HostImport>,
    pub(super) slots: Slots,
    /// Type of the imported tag `jstag`, if it is needed.
    pub(super) tag: Option<u32>,
    pub(super) generated: Generated,
    pub(super) program: ProgramIndices,
    pub(super) embedded: EmbeddedIndices,
    pub(super) thunks: u32,
    pub(super) stubs: u32,
    pub(super) invokes: u32,
}

/// A function that the host provides.
pub(super) struct HostImport {
    pub(super) field: String,
    pub(super) type_index: u32,
    /// Its function index in the merged module.
    pub(super) index: u32,
}

/// The host's suspending import, called by thunks.
const WAIT: &str = "wait";
/// The host's predicate, called by `invoke_*`.
const RETHROW: &str = "rethrow";
/// The tag of what JavaScript throws.
pub(super) const TAG: &str = "jstag";

impl Additions {
    /// Decides where everything goes and writes the generated functions.
    pub(super) fn new(
        program: &Program<'_>,
        facts: &WasmFacts,
        embedded: &Embedded<'_>,
        plan: &Plan,
    ) -> Result<Self, Error> {
        let mut replacements = plan.replacements.iter().collect::<Vec<_>>();
        replacements.sort_by_key(|replacement| replacement.import);
        if replacements.windows(2).any(|pair| pair[0].import == pair[1].import) {
            return Err(Error::Plan("an import is replaced twice".to_owned()));
        }
        check_stubs(program, facts, plan)?;
        let mut types = Types::new(program);
        let embedded_types = embedded
            .types
            .iter()
            .map(|ty| {
                let ty = RoundtripReencoder.func_type(ty.clone());
                ty.map(|ty| types.index(ty)).map_err(|error| refuse(&error.to_string()))
            })
            .collect::<Result<Vec<_>, _>>()?;

        let host = host_imports(embedded, &embedded_types, plan, &mut types);
        let imported = program.imported_functions();
        let slots = slots::assign(plan, imported, host.len());
        let host: Vec<HostImport> = host
            .into_iter()
            .zip(&slots.assigned)
            .map(|((field, type_index), index)| HostImport {
                field,
                type_index,
                index: *index,
            })
            .collect();
        let invokes = replacements
            .iter()
            .filter(|r| matches!(r.by, By::Invoke { .. }))
            .count();
        let tag = (invokes > 0).then(|| types.of(&[ValType::EXTERNREF], &[]));

        let runtime_functions = imported
            .saturating_add(slots.added)
            .saturating_add(program.defined_functions());
        let mut additions = Additions {
            types,
            host,
            tag,
            generated: Generated::new(runtime_functions.saturating_add(embedded.functions.len() as u32)),
            program: ProgramIndices {
                functions: FunctionMap {
                    imported,
                    defined: program.defined_functions(),
                    added: slots.added,
                },
                replaced: vec![None; imported as usize],
                stubs: BTreeMap::new(),
                imported_tags: program.imported_tags,
                added_tags: u32::from(tag.is_some()),
                changed: false,
            },
            embedded: EmbeddedIndices {
                types: embedded_types,
                imported_functions: Vec::new(),
                functions: runtime_functions,
                memory: program.memories(),
                tables: program.tables(),
                globals: program.globals(),
                elements: program.elements,
                data: program.data,
            },
            slots,
            thunks: (replacements.len() - invokes) as u32,
            stubs: plan.stubs.len() as u32,
            invokes: invokes as u32,
        };
        for import in &embedded.imports {
            let index = additions.embedded_import(program, embedded, plan, import)?;
            additions.embedded.imported_functions.push(index);
        }
        additions.replace(program, facts, embedded, plan, &replacements)?;
        Ok(additions)
    }

    /// The function that an import of the runtime is.
    fn embedded_import(
        &mut self,
        program: &Program<'_>,
        embedded: &Embedded<'_>,
        plan: &Plan,
        import: &super::embedded::EmbeddedImport<'_>,
    ) -> Result<u32, Error> {
        let field = import.field;
        if import.module == HOST_MODULE {
            return self.host_index(field);
        }
        if import.module != PROGRAM_MODULE {
            return Err(refuse(&format!("it imports {}.{field}", import.module)));
        }
        let ty = embedded.types.get(import.type_index as usize);
        let ty = ty.ok_or_else(|| refuse("an import of it has no type"))?;
        let body = match program_side::role(field, ty)? {
            Role::Read => program_side::copy(Direction::Read, program.memory(0), self.embedded.memory),
            Role::Write => program_side::copy(Direction::Write, program.memory(0), self.embedded.memory),
            Role::Abi => program_side::answer(plan.abi),
            Role::Call(original) => {
                let originals = &plan.originals;
                let function = match original {
                    Original::Socket => originals.socket,
                    Original::Close => originals.close,
                    Original::Fcntl => originals.fcntl,
                    Original::Poll => originals.poll,
                    Original::Select => originals.select,
                    Original::Malloc => originals.malloc,
                };
                let target = match function {
                    None => None,
                    Some(function) => {
                        let ty = signature(program, function)?;
                        let index = self.program.position(function);
                        Some((index, ty, program.import_name(function)))
                    }
                };
                program_side::call(original, target)?
            }
        };
        let type_index = self.embedded.types[import.type_index as usize];
        Ok(self.generated.push(format!("app.{field}"), type_index, body))
    }

    fn host_index(&self, field: &str) -> Result<u32, Error> {
        let import = self.host.iter().find(|import| import.field == field);
        import
            .map(|import| import.index)
            .ok_or_else(|| refuse(&format!("nobody provides {HOST_MODULE}.{field}")))
    }

    /// Writes what takes the place of each replaced import.
    fn replace(
        &mut self,
        program: &Program<'_>,
        facts: &WasmFacts,
        embedded: &Embedded<'_>,
        plan: &Plan,
        replacements: &[&crate::plan::Replacement],
    ) -> Result<(), Error> {
        let stack_pointer = stack_pointer(program, plan)?;
        let mut environment = Environment {
            types: &mut self.types,
            stack_pointer,
            exceptions: plan.exceptions,
        };
        let wait = match self.host.iter().find(|import| import.field == WAIT) {
            Some(host) if self.thunks + self.stubs > 0 => {
                let ty = environment.types.of(&[ValType::I32], &[ValType::I32]);
                let body = suspension(&environment, host.index);
                Some(self.generated.push("suspend".to_owned(), ty, body))
            }
            _ => None,
        };
        let rethrow = self.host.iter().find(|import| import.field == RETHROW);
        let rethrow = rethrow.map(|import| import.index);
        for replacement in replacements {
            let Some(import) = facts.imports.get(replacement.import as usize) else {
                return Err(Error::Plan(format!("there is no import {}", replacement.import)));
            };
            if program.type_index(replacement.import) != Some(import.type_index) {
                return Err(Error::Facts(format!("import {}", replacement.import)));
            }
            let name = import.name.as_deref().unwrap_or(&import.field);
            let (name, body) = match &replacement.by {
                By::Thunk(entry) => {
                    let qualified = format!("{}.{}", import.module, import.field);
                    let replaced = thunk::Replaced {
                        name: &qualified,
                        params: &import.params,
                        results: &import.results,
                    };
                    let callees = thunk_callees(
                        embedded,
                        (&self.program, &self.embedded),
                        entry,
                        replacement.import,
                        wait,
                    )?;
                    (format!("thunk.{name}"), thunk(&replaced, entry, &callees)?)
                }
                By::Invoke { callee } => {
                    let callee = match callee {
                        Some(function) => {
                            invoke::Callee::Function(self.program.position(*function), signature(program, *function)?)
                        }
                        None => match program.table(0) {
                            Some(table) if table.element_type.is_func_ref() => {
                                invoke::Callee::Table { table64: table.table64 }
                            }
                            _ => {
                                return Err(Error::Plan(format!(
                                    "{name} calls through table 0, and there is no table of functions"
                                )));
                            }
                        },
                    };
                    let Some(set_threw) = plan.originals.set_threw else {
                        return Err(Error::Plan(format!(
                            "{name} needs the export setThrew, which the program does not have"
                        )));
                    };
                    let callees = invoke::Callees {
                        callee,
                        rethrow: rethrow.ok_or_else(|| refuse("there is no host.rethrow"))?,
                        tag: program.imported_tags,
                        set_threw: (self.program.position(set_threw), signature(program, set_threw)?),
                    };
                    (name.to_owned(), invoke(&mut environment, import, &callees)?)
                }
            };
            let index = self.generated.push(name, import.type_index, body);
            self.program.replaced[replacement.import as usize] = Some(index);
        }
        self.replace_stubs(program, embedded, plan, wait)
    }

    /// Writes what takes the place of each stub.
    fn replace_stubs(
        &mut self,
        program: &Program<'_>,
        embedded: &Embedded<'_>,
        plan: &Plan,
        wait: Option<u32>,
    ) -> Result<(), Error> {
        for stub in &plan.stubs {
            let ty = signature(program, stub.function)?;
            let replaced = thunk::Replaced {
                name: stub.symbol,
                params: ty.params(),
                results: ty.results(),
            };
            let type_index = program.type_index(stub.function).unwrap_or_default();
            let callees = thunk_callees(
                embedded,
                (&self.program, &self.embedded),
                stub.entry,
                stub.function,
                wait,
            )?;
            let body = thunk(&replaced, stub.entry, &callees)?;
            let index = self.generated.push(format!("thunk.{}", stub.symbol), type_index, body);
            self.program.stubs.insert(stub.function, index);
        }
        Ok(())
    }
}

/// What the thunk around an entry calls.
fn thunk_callees(
    embedded: &Embedded<'_>,
    indices: (&ProgramIndices, &EmbeddedIndices),
    entry: &Entry,
    original: u32,
    wait: Option<u32>,
) -> Result<thunk::Callees, Error> {
    let (program, runtime) = indices;
    let abandon = check_entry(embedded, entry)?;
    Ok(thunk::Callees {
        entry: runtime.function(embedded.export(entry.name)?),
        original: program.position(original),
        wait: wait.ok_or_else(|| refuse("there is nothing to wait with"))?,
        abandon: runtime.function(abandon),
    })
}

/// Stubs are functions whose uses the scan has noted, each once, of a type that a thunk may have.
fn check_stubs(program: &Program<'_>, facts: &WasmFacts, plan: &Plan) -> Result<(), Error> {
    if plan.stubs.windows(2).any(|pair| pair[0].function >= pair[1].function) {
        return Err(Error::Plan("the stubs are not in order".to_owned()));
    }
    for stub in &plan.stubs {
        if !facts.stubs.is_candidate(stub.function) || stub.function < program.imported_functions() {
            return Err(Error::Plan(format!("function {} is no stub", stub.function)));
        }
    }
    Ok(())
}

/// The host imports that are needed, with their types, in the order in which they get slots.
fn host_imports(embedded: &Embedded<'_>, embedded_types: &[u32], plan: &Plan, types: &mut Types) -> Vec<(String, u32)> {
    let mut wanted: Vec<(String, u32)> = embedded
        .imports
        .iter()
        .filter(|import| import.module == HOST_MODULE)
        .filter_map(|import| {
            let ty = embedded_types.get(import.type_index as usize)?;
            Some((import.field.to_owned(), *ty))
        })
        .collect();
    let thunks = !plan.stubs.is_empty() || plan.replacements.iter().any(|r| matches!(r.by, By::Thunk(_)));
    let invokes = plan.replacements.iter().any(|r| matches!(r.by, By::Invoke { .. }));
    for (field, param, needed) in [(WAIT, ValType::I32, thunks), (RETHROW, ValType::EXTERNREF, invokes)] {
        if needed && wanted.iter().all(|(known, _)| known != field) {
            wanted.push((field.to_owned(), types.of(&[param], &[ValType::I32])));
        }
    }
    wanted
}

fn signature<'p>(program: &'p Program<'_>, function: u32) -> Result<&'p wasmparser::FuncType, Error> {
    program
        .signature(function)
        .ok_or_else(|| Error::Plan(format!("there is no function {function}")))
}

fn stack_pointer(program: &Program<'_>, plan: &Plan) -> Result<Option<StackPointer>, Error> {
    let Some(global) = plan.stack_pointer else {
        return Ok(None);
    };
    match program.global(global) {
        Some(ty) if ty.mutable => Ok(Some(StackPointer {
            global,
            ty: encoded(ty.content_type)?,
        })),
        _ => Err(Error::Plan(format!("global {global} is no stack pointer"))),
    }
}

/// Checks the types of the entry and of the runtime's `sys_abandon`; answers the latter.
fn check_entry(embedded: &Embedded<'_>, entry: &Entry) -> Result<u32, Error> {
    use wasmparser::ValType::{I32, I64};
    let abandon = embedded.export(super::ABANDON)?;
    let mut arguments = vec![I32];
    check_type(embedded, super::ABANDON, abandon, &arguments)?;
    arguments.resize(entry.arity + 1, I64);
    check_type(embedded, entry.name, embedded.export(entry.name)?, &arguments)?;
    Ok(abandon)
}

fn check_type(embedded: &Embedded<'_>, name: &str, function: u32, params: &[wasmparser::ValType]) -> Result<(), Error> {
    let ty = embedded.signature(function)?;
    if ty.params() == params && ty.results() == [wasmparser::ValType::I64] {
        return Ok(());
    }
    Err(refuse(&format!("its export {name} has an unexpected type")))
}
