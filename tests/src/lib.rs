//! Programs in C, compiled for Linux and for wasm, run on both and compared.
//!
//! What a program prints and how it ends when it is built for Linux is what is expected of it when it is
//! built by emcc, retrofitted and run in node. Nothing here knows how a retrofit is done: the command
//! under test is an executable, and everything else is compilers, peers on loopback and comparing.

pub mod app;
pub mod chromium;
pub mod compare;
pub mod matrix;
pub mod native;
pub mod node;
pub mod parallel;
pub mod patched;
pub mod peer;
pub mod peers;
pub mod place;
pub mod posix;
pub mod process;
pub mod retrofit;
pub mod suites;
pub mod toolchain;
pub mod web;
