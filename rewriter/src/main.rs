//! The command `wasm-direct-sockets`.

use std::process::ExitCode;

fn main() -> ExitCode {
    wasm_direct_sockets::cli::run()
}
