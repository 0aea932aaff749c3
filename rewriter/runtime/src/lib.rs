//! POSIX sockets as a state machine that never waits: the module that is merged into a program.
#![no_std]
#![deny(missing_docs)]

pub mod interface;
