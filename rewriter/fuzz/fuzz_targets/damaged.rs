//! Any bytes, best begun from a corpus of real programs (`tests/programs`): no panic, and what comes out is
//! valid.
#![no_main]

#[path = "../../tests/oracle/mod.rs"]
mod oracle;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|app: &[u8]| {
    oracle::check(app, &oracle::runtime(), 0, false);
});
