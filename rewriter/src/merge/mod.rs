//! Program + runtime -> one wasm, in which the program's replaced imports are functions around the
//! runtime, and in which everything that the plan does not name is as it was.
//!
//! What the program defines keeps its order and, wherever the freed import slots suffice, its indices:
//!
//! ```text
//! functions   program's imports (slots reused) | added imports | program's | runtime's | generated
//! memories    program's | runtime's            (tables, globals, types, segments likewise)
//! tags        program's imports | jstag | program's
//! ```
//!
//! Sections of the program are copied; those that get entries keep the bytes of their own. Code is
//! spliced (see `splice.rs`), so where each old instruction went is known exactly ([`OffsetMap`]), and
//! what refers to code by offset is corrected by it.

mod additions;
mod code_metadata;
mod dwarf;
mod embedded;
mod error;
mod generated;
mod indices;
mod invoke;
mod names;
mod offsets;
mod output;
mod producers;
mod program;
mod program_side;
mod sections;
mod slots;
pub mod source_map;
mod splice;
mod target_features;
mod thunk;
mod types;
mod validate;

pub use error::Error;
pub use indices::FunctionMap;
pub use offsets::OffsetMap;

use crate::discover::wasm::WasmFacts;
use crate::plan::{By, Plan};
use additions::Additions;
use embedded::Embedded;
use output::Output;
use program::Program;

/// The runtime's export that takes a ticket back.
pub const ABANDON: &str = "sys_abandon";

/// A merged module.
#[derive(Clone, Debug)]
pub struct Merged {
    /// Its bytes.
    pub wasm: Vec<u8>,
    /// What could not be kept, each as a sentence.
    pub warnings: Vec<String>,
    /// What was done, in numbers.
    pub report: Report,
    /// Where the program's functions are now.
    pub functions: FunctionMap,
    /// Where the program's code is now.
    pub offsets: OffsetMap,
}

/// What a merge did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Imports of the program whose slots hold a host import now.
    pub slots_reused: u32,
    /// Imports of the program that nobody calls any more and that stay.
    pub slots_left: u32,
    /// Host imports for which there was no slot.
    pub imports_added: u32,
    /// The program's functions have other indices than before.
    pub renumbered: bool,
    /// The program's exception tags have other indices than before.
    pub tags_renumbered: bool,
    /// Imports that are functions around the runtime now.
    pub thunks: u32,
    /// Stubs of the program that are functions around the runtime now.
    pub stubs: u32,
    /// `invoke_*` imports that are wasm now.
    pub invokes: u32,
    /// Bodies of the program.
    pub bodies: u32,
    /// Those of them that are not byte for byte as before.
    pub bodies_changed: u32,
    /// Functions that came with the runtime.
    pub runtime_functions: u32,
    /// Functions that the rewriter wrote.
    pub generated_functions: u32,
    /// Size before.
    pub bytes_before: usize,
    /// Size after.
    pub bytes_after: usize,
}

/// Merges the runtime (as [`crate::embed::embed`] left it) into a program.
///
/// The facts are those that [`crate::discover::wasm::scan`] found in the same bytes, which it has validated. The output
/// is valid, and the same for the same input.
pub fn merge(app: &[u8], facts: &WasmFacts, runtime: &[u8], plan: &Plan) -> Result<Merged, Error> {
    if u32::try_from(app.len()).is_err() {
        return Err(Error::TooLarge);
    }
    if let Some((_, contents)) = facts.custom.iter().find(|(name, _)| name == crate::provenance::SECTION) {
        return Err(Error::Rewritten(contents.start));
    }
    let program = Program::parse(app)?;
    let embedded = Embedded::parse(runtime)?;
    let additions = Additions::new(&program, facts, &embedded, plan)?;
    let merged = Output::new(&program, facts, &embedded, &additions, plan)?.write()?;
    validate::validate(&merged.wasm).map_err(Error::Output)?;
    Ok(merged)
}

/// The runtime's exports that a plan needs: its entries, `sys_abandon` and the events.
pub fn needed_exports(plan: &Plan) -> Vec<&'static str> {
    use direct_sockets_runtime::interface::EVENTS;
    let entries = plan
        .replacements
        .iter()
        .filter_map(|replacement| match &replacement.by {
            By::Thunk(entry) => Some(entry.name),
            By::Invoke { .. } => None,
        });
    let stubs = plan.stubs.iter().map(|stub| stub.entry.name);
    let mut needed: Vec<_> = entries
        .chain(stubs)
        .chain([ABANDON])
        .chain(EVENTS.iter().map(|e| e.0))
        .collect();
    needed.sort_unstable();
    needed.dedup();
    needed
}
