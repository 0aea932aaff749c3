//! `invoke_*`: the JavaScript functions through which emcc's C++ exceptions and setjmp call, as wasm.
//!
//! JSPI cannot suspend a stack with JavaScript in it, so each is replaced by a function that does what
//! the glue's does:
//!
//! ```text
//! saved = stack pointer
//! try  return table[index](arguments…)
//! catch e thrown by JavaScript
//!   if rethrow(e)  throw e
//!   stack pointer = saved; setThrew(1, 0); return 0
//! ```
//!
//! What wasm throws with the program's own tags passes through, as it passes through the glue's.

use super::Error;
use super::generated::{Environment, constant, convert};
use super::types::{all_encoded, encoded};
use crate::discover::wasm::{Exceptions, FunctionImport};
use wasm_encoder::{BlockType, Catch, Function, HeapType, InstructionSink, RefType, ValType};
use wasmparser::{FuncType, ValType as Parsed};

/// What an `invoke_*` calls.
pub(super) struct Callees<'a> {
    /// What is called with the arguments.
    pub(super) callee: Callee<'a>,
    /// The host's `rethrow`.
    pub(super) rethrow: u32,
    /// The tag of what JavaScript throws.
    pub(super) tag: u32,
    /// `setThrew` and its type.
    pub(super) set_threw: (u32, &'a FuncType),
}

/// What is called with the arguments.
pub(super) enum Callee<'a> {
    /// The entry of table 0 that the first argument names, with the others.
    Table {
        /// The table has 64-bit indices.
        table64: bool,
    },
    /// This function, with all of them.
    Function(u32, &'a FuncType),
}

/// The function that takes the place of an `invoke_*` import.
pub(super) fn invoke(
    environment: &mut Environment<'_>,
    import: &FunctionImport,
    callees: &Callees<'_>,
) -> Result<Function, Error> {
    let refuse = |reason: &str| Error::Import {
        import: format!("{}.{}", import.module, import.field),
        reason: reason.to_owned(),
    };
    let thrown = import.params.len() as u32;
    let saved = thrown + 1;
    let pointer = environment.stack_pointer;
    let mut locals = vec![(1, ValType::EXTERNREF)];
    locals.extend(pointer.map(|pointer| (1, pointer.ty)));
    let mut function = Function::new(locals);
    let mut code = function.instructions();

    if let Some(pointer) = pointer {
        pointer.save(&mut code, saved);
    }
    let legacy = environment.exceptions == Exceptions::Legacy;
    if legacy {
        code.try_(BlockType::Empty);
    } else {
        code.block(BlockType::Result(ValType::EXTERNREF));
        code.try_table(
            BlockType::Empty,
            [Catch::One {
                tag: callees.tag,
                label: 0,
            }],
        );
    }
    match &callees.callee {
        Callee::Table { table64 } => {
            let Some((index, arguments)) = import.params.split_first() else {
                return Err(refuse("it has no parameter that names a function"));
            };
            for argument in 0..arguments.len() {
                code.local_get(argument as u32 + 1);
            }
            code.local_get(0);
            let index_type = if *table64 { Parsed::I64 } else { Parsed::I32 };
            convert(&mut code, *index, index_type).map_err(|_| refuse("its first parameter is no integer"))?;
            let ty = environment
                .types
                .of(&all_encoded(arguments)?, &all_encoded(&import.results)?);
            code.call_indirect(0, ty);
        }
        Callee::Function(function, ty) => {
            if ty.params() != import.params || ty.results() != import.results {
                return Err(refuse("the function that it calls has another type"));
            }
            for argument in 0..thrown {
                code.local_get(argument);
            }
            code.call(*function);
        }
    }
    code.return_();
    if legacy {
        code.catch(callees.tag);
        code.local_tee(thrown).call(callees.rethrow).if_(BlockType::Empty);
        code.rethrow(1).end().end();
    } else {
        code.end().unreachable().end();
        code.local_tee(thrown).call(callees.rethrow).if_(BlockType::Empty);
        code.local_get(thrown).throw(callees.tag).end();
    }
    if let Some(pointer) = pointer {
        pointer.restore(&mut code, saved);
    }
    let (set_threw, ty) = callees.set_threw;
    for (position, param) in ty.params().iter().enumerate() {
        constant(&mut code, *param, i32::from(position == 0))?;
    }
    code.call(set_threw);
    for _ in ty.results() {
        code.drop();
    }
    for result in &import.results {
        zero(&mut code, *result).map_err(|_| refuse("its result has no zero"))?;
    }
    code.end();
    Ok(function)
}

/// The value that JavaScript's `undefined` becomes.
fn zero(code: &mut InstructionSink<'_>, ty: Parsed) -> Result<(), Error> {
    match encoded(ty)? {
        ValType::I32 => code.i32_const(0),
        ValType::I64 => code.i64_const(0),
        ValType::F32 => code.f32_const(0.0.into()),
        ValType::F64 => code.f64_const(0.0.into()),
        ValType::V128 => code.v128_const(0),
        ValType::Ref(RefType {
            nullable: true,
            heap_type,
        }) => match heap_type {
            HeapType::Abstract { .. } | HeapType::Concrete(_) | HeapType::Exact(_) => code.ref_null(heap_type),
        },
        ValType::Ref(_) => return Err(Error::Plan(format!("{ty} has no null"))),
    };
    Ok(())
}
