//! Any bytes, best begun from a corpus of real programs (`tests/programs`): no panic, and what comes out is
//! valid.
#![no_main]

#[path = "../../tests/oracle/mod.rs"]
mod oracle;

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static RUNTIME: LazyLock<Vec<u8>> = LazyLock::new(oracle::runtime);

fuzz_target!(|app: &[u8]| {
    oracle::check(app, &RUNTIME, 0, false);
});
