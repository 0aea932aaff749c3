//! Read-only: what is in this wasm, what is in this glue, which import is which syscall.

pub mod glue;
pub(crate) mod references;
pub mod stubs;
pub mod symbols;
pub mod syscalls;
pub mod wasm;
