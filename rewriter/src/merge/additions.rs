//! What the plan adds to the program: host imports, the runtime's functions, thunks, and where each of
//! them is in the merged module.

use super::Error;
use super::embedded::{Embedded, PROGRAM_MODULE, refuse};
use super::generated::{Environment, Generated, StackPointer};
use super::indices::{EmbeddedIndices, ProgramIndices};
use super::invoke::{self, invoke};
use super::program::Program;
use super::program_side::{self, Direction, Original, Role};
use super::slots::{self, Slots};
use super::thunk::{self, suspension, thunk};
use super::types::{Types, encoded};
use crate::discover::wasm::WasmFacts;
use crate::plan::{By, Plan};
use direct_sockets_runtime::interface::{Entry, HOST_MODULE};
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
                imported_functions: imported,
                added_functions: slots.added,
                replaced: vec![None; imported as usize],
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
            Some(host) if self.thunks > 0 => {
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
                    let wait = wait.ok_or_else(|| refuse("there is nothing to wait with"))?;
                    let (abandon, answer) = check_entry(embedded, entry)?;
                    let callees = thunk::Callees {
                        entry: self.embedded.function(embedded.export(entry.name)?),
                        original: self.program.position(replacement.import),
                        wait,
                        abandon: (self.embedded.function(abandon), answer),
                    };
                    (format!("thunk.{name}"), thunk(import, entry, &callees)?)
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
        Ok(())
    }
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
    let thunks = plan.replacements.iter().any(|r| matches!(r.by, By::Thunk(_)));
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

/// Checks the entry's type; answers the runtime's `sys_abandon` and the type of its answer.
fn check_entry(embedded: &Embedded<'_>, entry: &Entry) -> Result<(u32, wasmparser::ValType), Error> {
    use wasmparser::ValType::{I32, I64};
    let ty = embedded.signature(embedded.export(entry.name)?)?;
    let fits = ty.params().split_first().is_some_and(|(ticket, arguments)| {
        *ticket == I32 && arguments.len() == entry.arity && arguments.iter().all(|ty| *ty == I64)
    });
    if !fits || ty.results() != [I64] {
        return Err(refuse(&format!("its entry {} has an unexpected type", entry.name)));
    }
    let abandon = embedded.export(super::ABANDON)?;
    let ty = embedded.signature(abandon)?;
    match (ty.params(), ty.results()) {
        ([I32], [answer @ (I32 | I64)]) => Ok((abandon, *answer)),
        _ => Err(refuse("its export sys_abandon has an unexpected type")),
    }
}
