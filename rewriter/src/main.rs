//! The command `wasm-direct-sockets`.
fn main() {}
