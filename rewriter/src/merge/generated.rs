//! The functions that the rewriter writes itself, and what they are written with.

use super::Error;
use super::types::Types;
use crate::discover::wasm::Exceptions;
use wasm_encoder::{Function, InstructionSink, ValType};

/// Functions behind the program's and the runtime's.
pub(super) struct Generated {
    /// Index of the first.
    first: u32,
    functions: Vec<GeneratedFunction>,
}

/// One of them.
pub(super) struct GeneratedFunction {
    /// Name in the name section, without prefix.
    pub(super) name: String,
    pub(super) type_index: u32,
    pub(super) body: Function,
}

impl Generated {
    pub(super) fn new(first: u32) -> Self {
        Generated {
            first,
            functions: Vec::new(),
        }
    }

    /// Adds a function; answers its index.
    pub(super) fn push(&mut self, name: String, type_index: u32, body: Function) -> u32 {
        let index = self.first.saturating_add(self.functions.len() as u32);
        self.functions.push(GeneratedFunction { name, type_index, body });
        index
    }

    /// Each with its index.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &GeneratedFunction)> {
        (self.first..).zip(&self.functions)
    }

    pub(super) fn len(&self) -> u32 {
        self.functions.len() as u32
    }
}

/// The program's C stack pointer. What a suspended or unwound call has moved is put back from a copy.
#[derive(Clone, Copy, Debug)]
pub(super) struct StackPointer {
    pub(super) global: u32,
    pub(super) ty: ValType,
}

impl StackPointer {
    /// Copies it into a local.
    pub(super) fn save(self, code: &mut InstructionSink<'_>, local: u32) {
        code.global_get(self.global).local_set(local);
    }

    /// Puts it back.
    pub(super) fn restore(self, code: &mut InstructionSink<'_>, local: u32) {
        code.local_get(local).global_set(self.global);
    }
}

/// What generated functions have in common.
pub(super) struct Environment<'a> {
    pub(super) types: &'a mut Types,
    pub(super) stack_pointer: Option<StackPointer>,
    pub(super) exceptions: Exceptions,
}

/// Converts the integer on the stack.
pub(super) fn convert(
    code: &mut InstructionSink<'_>,
    from: wasmparser::ValType,
    to: wasmparser::ValType,
) -> Result<(), Error> {
    use wasmparser::ValType::{I32, I64};
    match (from, to) {
        (I32, I32) | (I64, I64) => {}
        (I32, I64) => {
            code.i64_extend_i32_u();
        }
        (I64, I32) => {
            code.i32_wrap_i64();
        }
        _ => return Err(Error::Plan(format!("cannot convert {from} to {to}"))),
    }
    Ok(())
}

/// Puts an integer constant of this type on the stack.
pub(super) fn constant(code: &mut InstructionSink<'_>, ty: wasmparser::ValType, value: i32) -> Result<(), Error> {
    match ty {
        wasmparser::ValType::I32 => code.i32_const(value),
        wasmparser::ValType::I64 => code.i64_const(i64::from(value)),
        other => return Err(Error::Plan(format!("a number cannot be given as {other}"))),
    };
    Ok(())
}
