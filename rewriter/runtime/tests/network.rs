//! Programs on a simulated network (`world/network.rs`, `world/programs.rs`), in whatever order things happen:
//!
//! * no byte is lost, invented or reordered, and an end is told after the last byte that the other side has ended with;
//! * a broken connection is told, once, and never as a clean end;
//! * datagrams come whole, at most once, and within the program in order;
//! * no call sleeps over what it waits for, and none gives up before its time;
//! * what is kept in two places agrees at any time (`Runtime::check`);
//! * once everything is closed, nothing is left: no descriptor, file, channel, ticket, query or buffer.

mod world;

use proptest::prelude::*;
use world::choices::numbers;
use world::programs::{Seen, run};

/// How many runs there are.
const RUNS: u64 = if cfg!(miri) { 3 } else { 300 };
/// Bytes that each is made from.
const LENGTH: usize = if cfg!(miri) { 200 } else { 1200 };

/// The same runs each time, and enough of them to reach what they are about.
#[test]
fn programs_on_a_network() {
    let mut seen = Seen::default();
    for seed in 0..RUNS {
        run(&numbers(seed, LENGTH), &mut seen);
    }
    println!("{seen:?}");
    if cfg!(miri) {
        return;
    }
    assert!(seen.bytes > 1_000_000, "{seen:?}");
    for count in [
        seen.messages,
        seen.connections,
        seen.ends,
        seen.breaks,
        seen.waits,
        seen.sleepers,
        seen.timeouts,
        seen.whole,
    ] {
        assert!(count > 100, "{seen:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 2 } else { 100 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_programs_on_any_network(input in proptest::collection::vec(any::<u8>(), 0..LENGTH)) {
        run(&input, &mut Seen::default());
    }
}
