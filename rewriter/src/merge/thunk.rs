//! The functions that take the place of socket imports and of the program's stubs, and the one place where a program waits.
//!
//! Correctness of the loop, by the contract in `interface.rs`: the entry is called with ticket 0 first,
//! so it is a new call; it is called again only with the ticket that it answered, so each call has one
//! life; the loop is left in three ways, and each ends the ticket: the entry says done (ticket 0), the
//! entry hands over (no ticket was made), or `sys_abandon` takes the ticket back.

use super::Error;
use super::generated::{Environment, convert};
use crate::discover::wasm::Exceptions;
use direct_sockets_runtime::interface::{Entry, Kind, NOT_OURS};
use wasm_encoder::{BlockType, Catch, Function, InstructionSink, ValType};
use wasmparser::ValType as Parsed;

/// The function that a thunk takes the place of.
pub(super) struct Replaced<'a> {
    /// What to call it in an error.
    pub(super) name: &'a str,
    pub(super) params: &'a [Parsed],
    pub(super) results: &'a [Parsed],
}

/// What a thunk calls.
pub(super) struct Callees {
    /// The runtime's entry.
    pub(super) entry: u32,
    /// The function that it replaces.
    pub(super) original: u32,
    /// [`suspension`].
    pub(super) wait: u32,
    /// The runtime's `sys_abandon`.
    pub(super) abandon: u32,
}

/// A function of the replaced one's own type around an entry of the runtime.
pub(super) fn thunk(replaced: &Replaced<'_>, entry: &Entry, callees: &Callees) -> Result<Function, Error> {
    check(replaced)?;
    let arguments = replaced.params.len() as u32;
    let (answer, ticket) = (arguments, arguments + 1);
    let mut function = Function::new([(1, ValType::I64), (1, ValType::I32)]);
    let mut code = function.instructions();

    code.loop_(BlockType::Empty);
    code.local_get(ticket);
    for argument in 0..entry.arity {
        match replaced.params.get(argument) {
            Some(ty) => {
                code.local_get(argument as u32);
                convert(&mut code, *ty, Parsed::I64)?;
            }
            None => {
                code.i64_const(0);
            }
        }
    }
    code.call(callees.entry).local_tee(answer);
    high_word(&mut code).local_tee(ticket);
    code.i32_eqz().if_(BlockType::Empty);
    result(&mut code, replaced, answer);
    code.return_().end();
    if entry.kind == Kind::IfOurs {
        hand_over(&mut code, replaced, ticket, callees.original);
    }
    code.local_get(ticket).call(callees.wait).br_if(0).end();

    // This stack cannot suspend: the runtime says what the call answers then, as an entry does, but without a ticket.
    code.local_get(ticket).call(callees.abandon).local_set(answer);
    if entry.kind == Kind::IfOurs {
        code.local_get(answer);
        high_word(&mut code).local_set(ticket);
        hand_over(&mut code, replaced, ticket, callees.original);
    }
    result(&mut code, replaced, answer);
    code.end();
    Ok(function)
}

/// The half of an entry's answer that says who goes on: 0 the program, a ticket to wait with, [`NOT_OURS`].
fn high_word<'a, 'b>(code: &'a mut InstructionSink<'b>) -> &'a mut InstructionSink<'b> {
    code.i64_const(32).i64_shr_u().i32_wrap_i64()
}

/// The function's result out of the low half.
fn result(code: &mut InstructionSink<'_>, replaced: &Replaced<'_>, answer: u32) {
    match replaced.results.first() {
        None => {}
        Some(Parsed::I32) => {
            code.local_get(answer).i32_wrap_i64();
        }
        // Only pointers are that wide (gethostbyname with MEMORY64). The high word is the ticket, 0.
        Some(_) => {
            code.local_get(answer);
        }
    }
}

/// Calls the original with the program's own arguments if the runtime says that the call is not for it.
fn hand_over(code: &mut InstructionSink<'_>, replaced: &Replaced<'_>, ticket: u32, original: u32) {
    code.local_get(ticket).i32_const(NOT_OURS as i32).i32_eq();
    code.if_(BlockType::Empty);
    for argument in 0..replaced.params.len() as u32 {
        code.local_get(argument);
    }
    code.call(original).return_().end();
}

/// What a thunk can stand for: integers in, at most one integer out.
fn check(replaced: &Replaced<'_>) -> Result<(), Error> {
    let integer = |ty: &Parsed| matches!(ty, Parsed::I32 | Parsed::I64);
    let refuse = |reason: &str| Error::Import {
        import: replaced.name.to_owned(),
        reason: reason.to_owned(),
    };
    if !replaced.params.iter().all(integer) {
        return Err(refuse("a parameter of it is no integer"));
    }
    if replaced.results.len() > 1 || !replaced.results.iter().all(integer) {
        return Err(refuse("its result is not one integer"));
    }
    Ok(())
}

/// `suspend(ticket) -> i32`: calls the host's suspending import; 1 when it came back, 0 if this stack cannot
/// suspend.
///
/// Others run meanwhile, each on a C stack of its own, so the stack pointer is put back on both ways.
/// An engine that cannot suspend throws before the host sees the call, and whatever is thrown here means
/// that nothing was waited for, so `catch_all` is right.
pub(super) fn suspension(environment: &Environment<'_>, host_wait: u32) -> Function {
    let (ticket, answer, saved) = (0, 1, 2);
    let pointer = environment.stack_pointer;
    let mut locals = vec![(1, ValType::I32)];
    locals.extend(pointer.map(|pointer| (1, pointer.ty)));
    let mut function = Function::new(locals);
    let mut code = function.instructions();
    if let Some(pointer) = pointer {
        pointer.save(&mut code, saved);
    }
    // A local starts at 0: the answer if the call never comes back.
    match environment.exceptions {
        Exceptions::Legacy => {
            code.try_(BlockType::Empty);
            code.local_get(ticket).call(host_wait).local_set(answer);
            code.catch_all().end();
        }
        Exceptions::Standard | Exceptions::None => {
            code.block(BlockType::Empty);
            code.try_table(BlockType::Empty, [Catch::All { label: 0 }]);
            code.local_get(ticket).call(host_wait).local_set(answer);
            code.end().end();
        }
    }
    if let Some(pointer) = pointer {
        pointer.restore(&mut code, saved);
    }
    code.local_get(answer).end();
    function
}
