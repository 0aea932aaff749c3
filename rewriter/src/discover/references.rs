//! Where a function body names a function or a tag: the immediates that change when either moves.
//!
//! Decoding is wasmparser's; only the place of an immediate inside its instruction is worked out here,
//! because a splice replaces those bytes and no others.

use super::wasm::Exceptions;
use std::ops::Range;
use wasmparser::{BinaryReader, Catch, FunctionBody, Operator, OperatorsReader, Result};

/// What an immediate names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A function, by index.
    Function(u32),
    /// A tag, by index.
    Tag(u32),
    /// Tags inside a stack switching instruction, whose immediates are not located.
    SwitchTags,
}

/// An immediate of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    /// Its bytes, as offsets into the file.
    pub(crate) immediate: Range<usize>,
    /// What it names.
    pub(crate) target: Target,
}

/// Calls `check` with each operator of `body` and its offset, and `found` for each reference, in order;
/// answers how the body spells exception handling.
pub(crate) fn references(
    body: &FunctionBody<'_>,
    mut check: impl FnMut(u64, &Operator<'_>) -> Result<()>,
    mut found: impl FnMut(Reference),
) -> Result<Exceptions> {
    let mut exceptions = Exceptions::None;
    let mut operators = body.get_operators_reader()?;
    while !operators.eof() {
        let start = operators.original_position() as usize;
        let operator = operators.read()?;
        check(start as u64, &operator)?;
        let target = match operator {
            Operator::Call { function_index }
            | Operator::ReturnCall { function_index }
            | Operator::RefFunc { function_index } => Target::Function(function_index),
            Operator::Throw { tag_index } => Target::Tag(tag_index),
            Operator::Catch { tag_index } => {
                exceptions = Exceptions::Legacy;
                Target::Tag(tag_index)
            }
            Operator::Try { .. } | Operator::CatchAll | Operator::Delegate { .. } | Operator::Rethrow { .. } => {
                exceptions = Exceptions::Legacy;
                continue;
            }
            Operator::ThrowRef => {
                exceptions = exceptions.and(Exceptions::Standard);
                continue;
            }
            Operator::TryTable { try_table } => {
                exceptions = exceptions.and(Exceptions::Standard);
                catches(body, &operators, start, &try_table.catches, &mut found)?;
                continue;
            }
            Operator::Suspend { .. }
            | Operator::Resume { .. }
            | Operator::ResumeThrow { .. }
            | Operator::ResumeThrowRef { .. }
            | Operator::Switch { .. } => Target::SwitchTags,
            _ => continue,
        };
        // All of these but the last group have a one-byte opcode.
        let immediate = start + 1..operators.original_position() as usize;
        found(Reference { immediate, target });
    }
    operators.finish()?;
    Ok(exceptions)
}

/// Finds the tags of the catch clauses of the `try_table` that begins at `start` and ends where
/// `operators` stands.
fn catches(
    body: &FunctionBody<'_>,
    operators: &OperatorsReader<'_>,
    start: usize,
    clauses: &[Catch],
    found: &mut impl FnMut(Reference),
) -> Result<()> {
    let end = operators.original_position() as usize;
    let base = body.range().start as usize;
    let bytes = &body.as_bytes()[start - base..end - base];
    let mut reader = BinaryReader::new(bytes, start as u64);
    reader.read_u8()?;
    skip_block_type(&mut reader)?;
    reader.read_var_u32()?;
    for clause in clauses {
        reader.read_u8()?;
        if let Catch::One { tag, .. } | Catch::OneRef { tag, .. } = clause {
            let from = reader.original_position() as usize;
            reader.read_var_u32()?;
            found(Reference {
                immediate: from..reader.original_position() as usize,
                target: Target::Tag(*tag),
            });
        }
        reader.read_var_u32()?;
    }
    Ok(())
}

/// A block type is a type index (s33), a one-byte type, or a reference type: a prefix that says
/// nullable or not, perhaps one that says shared or exact, and a heap type (s33 or one byte).
fn skip_block_type(reader: &mut BinaryReader<'_>) -> Result<()> {
    const REFERENCE: [u8; 4] = [0x62, 0x63, 0x64, 0x65];
    loop {
        let byte = reader.read_u8()?;
        if REFERENCE.contains(&byte) {
            continue;
        }
        let mut last = byte;
        while last & 0x80 != 0 {
            last = reader.read_u8()?;
        }
        return Ok(());
    }
}
