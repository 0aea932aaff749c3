//! POSIX sockets as a state machine that never waits: the module that is merged into a program.
//!
//! [`runtime::Runtime`] stands between a [`platform::Host`], which owns the real sockets, and a [`platform::App`], the
//! program. Calls of the program come in as the methods of [`syscall`], events of the host as those of `events`; both return
//! at once. In the wasm build `wasm.rs` makes exports of them; natively they are tested against simulations.
//!
//! Where to look: the states of a socket in [`socket`], who waits for what in [`ticket`], what the limits are in
//! [`constants::limit`], how structures lie in the program's memory in [`layout`].
#![no_std]
#![deny(missing_docs)]
#![cfg_attr(not(target_arch = "wasm32"), forbid(unsafe_code))]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod address;
pub mod census;
pub mod constants;
pub mod datagrams;
pub mod descriptors;
pub mod epoll;
pub mod errno;
mod events;
pub mod file;
pub mod interface;
pub mod layout;
pub mod local;
pub mod multicast;
pub mod names;
pub mod numeric;
pub mod options;
pub mod pipe;
pub mod platform;
pub mod policy;
pub mod ring;
pub mod runtime;
pub mod services;
pub mod slab;
pub mod socket;
pub mod syscall;
pub mod ticket;
pub mod trace;
#[cfg(target_arch = "wasm32")]
mod wasm;
