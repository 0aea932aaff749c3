//! A hostile program and a hostile host: nothing that they do makes the runtime panic or contradict itself. The fuzz target `runtime`
//! does the same without end.

mod world;

use direct_sockets_runtime::errno::Errno;
use direct_sockets_runtime::interface::{self, Endpoint};
use proptest::prelude::*;
use world::choices::numbers;
use world::entries::ENTRIES;
use world::hostile::{Seen, run};
use world::*;

/// How many runs there are.
const RUNS: u64 = if cfg!(miri) { 2 } else { 1600 };
/// Bytes that each is made from.
const LENGTH: usize = if cfg!(miri) { 300 } else { 1500 };

#[test]
fn all_entries_are_called() {
    let named: Vec<_> = interface::ENTRIES
        .iter()
        .map(|entry| (entry.name, entry.arity))
        .collect();
    let called: Vec<_> = ENTRIES.iter().map(|&(name, arity, _)| (name, arity)).collect();
    assert_eq!(called, named);
}

/// The same runs each time, and enough of them to reach what they are about.
#[test]
fn no_calls_and_events_lead_to_a_contradiction() {
    let mut seen = Seen::default();
    for seed in 0..RUNS {
        run(&numbers(seed, LENGTH), &mut seen);
    }
    for ((name, ..), outcomes) in ENTRIES.iter().zip(&seen.entries) {
        println!("{name}: {outcomes:?}");
        assert!(cfg!(miri) || outcomes.iter().sum::<u32>() > 50, "{name}: {outcomes:?}");
    }
    let waits = [
        "sys_connect",
        "sys_bind",
        "sys_accept4",
        "sys_recvfrom",
        "sys_poll",
        "sys_epoll_pwait",
        "getaddrinfo",
    ];
    for (&(name, ..), outcomes) in ENTRIES.iter().zip(&seen.entries) {
        assert!(
            cfg!(miri) || !waits.contains(&name) || outcomes[2] > 5,
            "{name} waits: {outcomes:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 2 } else { 250 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_calls_and_events(input in proptest::collection::vec(any::<u8>(), 0..LENGTH)) {
        run(&input, &mut Seen::default());
    }
}

/// What such runs have found.
#[test]
fn a_bound_socket_that_breaks_lets_its_channel_go() {
    let mut w = world();
    let fd = w.socket(INET, STREAM);
    let channel = w.bound_stream(fd, "127.0.0.1:0", "127.0.0.1:7");
    w.failed(channel, Errno::NETDOWN);
    assert_eq!(w.given(), [(channel, Given::Close(Closing::Abort))]);
    w.check().unwrap();
    assert_eq!(w.so_error(fd), Errno::NETDOWN.number());
}

#[test]
fn what_a_closed_connection_owes_is_given_up_when_it_breaks() {
    let mut w = world();
    let (fd, channel) = w.connected(0);
    assert_eq!(w.send(fd, b"bytes", 0), Answer::Done(5));
    assert_eq!(w.close(fd), Answer::Done(0));
    w.failed(channel, Errno::CONNRESET);
    w.check().unwrap();
    w.closed(channel);
    assert_eq!((w.census().lent, w.census().channels), (0, 0));
}

#[test]
fn a_listener_that_is_not_open_accepts_nobody() {
    let mut w = world();
    let fd = w.socket(INET, STREAM);
    Answer::of(w.sys_listen(0, [fd, 1, 0, 0, 0, 0])).ticket();
    let (channel, _) = w.one();
    assert_eq!(w.accepted(channel, Endpoint::NONE, endpoint("127.0.0.1:9")), None);
    w.failed(channel, Errno::ADDRINUSE);
    w.check().unwrap();
}

#[test]
fn a_name_that_is_given_up_once_it_is_known_has_its_placeholder_know() {
    let mut w = world();
    w.put(TEXT, b"host.test\0");
    let ticket = Answer::of(w.lookup_name(0, [TEXT])).ticket();
    let (query, _) = w.one();
    w.resolved_address(query, endpoint("127.0.0.9:0"));
    w.resolved(query, Ok(()));
    let placeholder = Answer::of(w.sys_abandon(ticket)).done();
    assert_eq!(placeholder.to_le_bytes(), [198, 18, 0, 1]);
    w.check().unwrap();
    assert_eq!(w.census().queries, 0);
    let fd = w.socket(INET, STREAM | NONBLOCK);
    w.connect(fd, "198.18.0.1:80").fails(Errno::INPROGRESS);
    let (_, given) = w.one();
    assert!(
        matches!(given, Given::TcpConnect { remote, .. } if remote == endpoint("127.0.0.9:80")),
        "{given:?}"
    );
}

#[test]
fn a_name_that_nobody_waits_for_any_more_is_forgotten() {
    let mut w = world();
    w.put(TEXT, b"host.test\0");
    let ticket = Answer::of(w.getaddrinfo(0, [TEXT, 0, 0, RESULT])).ticket();
    let (query, _) = w.one();
    // Another stack has overwritten the name meanwhile: no host has one so long.
    w.put(TEXT, &[b'a'; 300]);
    w.resolved(query, Ok(()));
    assert_eq!(
        Answer::of(w.getaddrinfo(ticket, [TEXT, 0, 0, RESULT])),
        Answer::Done(-2)
    );
    w.check().unwrap();
    assert_eq!(w.census().queries, 0);
}
