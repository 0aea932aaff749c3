//! The decision, as a value: what is replaced, wrapped, refused, and why.
//!
//! A [`Plan`] is made from what `discover` found and is all that `merge` and `glue` act on. Indices are
//! those of the input.

use crate::discover::wasm::Exceptions;
use direct_sockets_runtime::interface::Entry;

/// What happens to one imported function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// The imported function.
    pub import: u32,
    /// What takes its place in every call and reference.
    pub by: By,
}

/// What an imported function is replaced by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// A thunk around an entry of the runtime.
    Thunk(&'static Entry),
    /// `invoke_*`: a wasm function that calls and catches.
    Invoke {
        /// The exported function (by index) to call with all arguments; `None`: the entry of table 0 that the first
        /// argument names, with the others.
        callee: Option<u32>,
    },
}

/// Functions of the program that the runtime calls, by index; `None`: the program has no such function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Originals {
    /// `__syscall_socket`, an import.
    pub socket: Option<u32>,
    /// `fd_close`, an import.
    pub close: Option<u32>,
    /// `__syscall_fcntl64`, an import.
    pub fcntl: Option<u32>,
    /// `__syscall_poll`, or `__syscall_poll_nonblocking`, an import.
    pub poll: Option<u32>,
    /// `__syscall__newselect`, an import.
    pub select: Option<u32>,
    /// `malloc`, an export.
    pub malloc: Option<u32>,
    /// `free`, an export.
    pub free: Option<u32>,
    /// `setThrew`, an export; needed by [`By::Invoke`].
    pub set_threw: Option<u32>,
}

/// What is done to a program.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Imported functions that are replaced, by rising index.
    pub replacements: Vec<Replacement>,
    /// What the runtime calls back.
    pub originals: Originals,
    /// The C stack pointer, a global.
    pub stack_pointer: Option<u32>,
    /// The spelling of exception handling in generated code ([`Exceptions::None`]: the standard one).
    pub exceptions: Exceptions,
    /// Bits of `interface::abi`.
    pub abi: u32,
    /// Contents of the custom section `direct_sockets`, already serialised.
    pub provenance: Vec<u8>,
}
