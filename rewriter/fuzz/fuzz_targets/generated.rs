//! Valid programs that wasm-smith generates, with socket imports: the merge is right, operator by operator.
#![no_main]

#[path = "../../tests/oracle/mod.rs"]
mod oracle;

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static RUNTIME: LazyLock<Vec<u8>> = LazyLock::new(oracle::runtime);

fuzz_target!(|input: (u64, &[u8])| {
    let (choices, bytes) = input;
    if let Some(app) = oracle::generate(bytes) {
        oracle::check(&app, &RUNTIME, choices, true);
    }
});
