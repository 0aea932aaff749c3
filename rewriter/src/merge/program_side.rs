//! What the runtime imports from `app`: access to the program's memory, and the program's own functions.
//!
//! `read` and `write` check bounds against the size that the memory has at that moment, so that a wild
//! pointer of the program is an answer, not a trap.

use super::Error;
use super::embedded::refuse;
use super::generated::{constant, convert};
use wasm_encoder::{BlockType, Function, ValType};
use wasmparser::{FuncType, MemoryType, ValType as Parsed};

/// `ENOSYS`, the same in every version of Emscripten.
const ENOSYS: i32 = 52;

/// `AF_INET` and `SOCK_STREAM`.
const STREAM_SOCKET: [Argument; 2] = [Argument::Constant(2), Argument::Constant(1)];

/// Which of the program's functions an import of the runtime calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Original {
    Socket,
    Close,
    Fcntl,
    Poll,
    Select,
    Malloc,
}

/// What an import of module `app` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Read,
    Write,
    Abi,
    Call(Original),
}

/// The role of each field.
const ROLES: [(&str, Role); 9] = [
    ("read", Role::Read),
    ("write", Role::Write),
    ("abi", Role::Abi),
    ("socket", Role::Call(Original::Socket)),
    ("close", Role::Call(Original::Close)),
    ("fcntl", Role::Call(Original::Fcntl)),
    ("poll", Role::Call(Original::Poll)),
    ("select", Role::Call(Original::Select)),
    ("malloc", Role::Call(Original::Malloc)),
];

/// The role of a field, checked against the type that the runtime gives it.
pub(super) fn role(field: &str, ty: &FuncType) -> Result<Role, Error> {
    use Parsed::{I32, I64};
    let Some((_, role)) = ROLES.iter().find(|(name, _)| *name == field) else {
        return Err(refuse(&format!("it imports app.{field}, which nobody provides")));
    };
    let (params, result): (&[Parsed], Parsed) = match role {
        Role::Read | Role::Write => (&[I64, I32, I32], I32),
        Role::Abi | Role::Call(Original::Socket) => (&[], I32),
        Role::Call(Original::Close) => (&[I32], I32),
        Role::Call(Original::Fcntl) => (&[I32, I32], I32),
        Role::Call(Original::Poll) => (&[I64, I32], I32),
        Role::Call(Original::Select) => (&[I32, I64, I64, I64], I32),
        Role::Call(Original::Malloc) => (&[I64], I64),
    };
    if ty.params() != params || ty.results() != [result] {
        return Err(refuse(&format!("its import app.{field} has an unexpected type")));
    }
    Ok(*role)
}

/// A direction of copying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// Out of the program's memory.
    Read,
    /// Into it.
    Write,
}

/// `read` and `write`: `(program's address: i64, runtime's address: i32, length: i32) -> i32`.
pub(super) fn copy(direction: Direction, program: Option<&MemoryType>, runtime_memory: u32) -> Function {
    let (address, own, length, limit) = (0, 1, 2, 3);
    let Some(memory) = program else {
        // No memory at all: every address is out of bounds.
        let mut function = Function::new([]);
        function.instructions().i32_const(0).end();
        return function;
    };
    let mut function = Function::new([(1, ValType::I64)]);
    let mut code = function.instructions();

    // address <= limit, then length <= limit - address: neither can overflow.
    code.memory_size(0);
    if !memory.memory64 {
        code.i64_extend_i32_u();
    }
    code.i64_const(i64::from(memory.page_size_log2.unwrap_or(16))).i64_shl();
    code.local_tee(limit).local_get(address).i64_lt_u();
    code.if_(BlockType::Empty).i32_const(0).return_().end();
    code.local_get(limit).local_get(address).i64_sub();
    code.local_get(length).i64_extend_i32_u().i64_lt_u();
    code.if_(BlockType::Empty).i32_const(0).return_().end();

    if direction == Direction::Read {
        code.local_get(own);
    }
    code.local_get(address);
    if !memory.memory64 {
        code.i32_wrap_i64();
    }
    if direction == Direction::Write {
        code.local_get(own);
    }
    code.local_get(length);
    match direction {
        Direction::Read => code.memory_copy(runtime_memory, 0),
        Direction::Write => code.memory_copy(0, runtime_memory),
    };
    code.i32_const(1).end();
    function
}

/// A function that answers a constant.
pub(super) fn answer(value: u32) -> Function {
    let mut function = Function::new([]);
    function.instructions().i32_const(value as i32).end();
    function
}

/// An argument of an original.
#[derive(Clone, Copy, Debug)]
enum Argument {
    /// A parameter of the runtime's import.
    Parameter(u32, Parsed),
    /// A constant.
    Constant(i32),
}

/// The function through which the runtime calls one of the program's. `target`: where that one is, its type and what to
/// call it in an error.
pub(super) fn call(original: Original, target: Option<(u32, &FuncType, String)>) -> Result<Function, Error> {
    use Argument::Parameter;
    let arguments: &[Argument] = match original {
        Original::Socket => &STREAM_SOCKET,
        Original::Close => &[Parameter(0, Parsed::I32)],
        Original::Fcntl => &[Parameter(0, Parsed::I32), Parameter(1, Parsed::I32)],
        Original::Poll => &[Parameter(0, Parsed::I64), Parameter(1, Parsed::I32)],
        Original::Select => &[
            Parameter(0, Parsed::I32),
            Parameter(1, Parsed::I64),
            Parameter(2, Parsed::I64),
            Parameter(3, Parsed::I64),
        ],
        Original::Malloc => &[Parameter(0, Parsed::I64)],
    };
    let (absent, result) = match original {
        Original::Malloc => (0, Parsed::I64),
        _ => (-ENOSYS, Parsed::I32),
    };
    let mut function = Function::new([]);
    let mut code = function.instructions();
    let Some((target, ty, name)) = target else {
        constant(&mut code, result, absent)?;
        code.end();
        return Ok(function);
    };
    let refuse = |reason: &str| Error::Import {
        import: name.clone(),
        reason: reason.to_owned(),
    };
    if ty.params().len() < arguments.len() {
        return Err(refuse(
            "it has fewer parameters than the call that the runtime makes of it",
        ));
    }
    // What an older or newer version has more (a varargs pointer, a timeout) is 0.
    let padded = arguments
        .iter()
        .copied()
        .chain(std::iter::repeat(Argument::Constant(0)));
    for (param, argument) in ty.params().iter().zip(padded) {
        match argument {
            Parameter(index, from) => {
                code.local_get(index);
                convert(&mut code, from, *param)
            }
            Argument::Constant(value) => constant(&mut code, *param, value),
        }
        .map_err(|_| refuse("a parameter of it is no integer"))?;
    }
    code.call(target);
    match ty.results() {
        [] => constant(&mut code, result, 0)?,
        [from] => convert(&mut code, *from, result).map_err(|_| refuse("its result is no integer"))?,
        _ => return Err(refuse("it has several results")),
    }
    code.end();
    Ok(function)
}
