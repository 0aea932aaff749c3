//! The runtime between a hostile program and a hostile host: any calls, events and memory, in any order. No panic, and no
//! contradiction between what is kept in two places.
#![no_main]

#[path = "../../runtime/tests/world/mod.rs"]
mod world;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    world::hostile::run(input, &mut world::hostile::Seen::default());
});
