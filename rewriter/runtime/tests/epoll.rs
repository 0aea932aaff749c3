//! Epoll, as a C program of the same calls sees it on Linux.

mod world;

use std::time::{Duration, Instant};

use direct_sockets_runtime::errno::Errno;
use world::files::*;
use world::*;

const ADD: u64 = 1;
const DEL: u64 = 2;
const MOD: u64 = 3;
const IN: u32 = 1;
const OUT: u32 = 4;
const HUP: u32 = 0x10;
const RDHUP: u32 = 0x2000;
const EXCLUSIVE: u32 = 1 << 28;
const ONE_SHOT: u32 = 1 << 30;
const EDGE: u32 = 1 << 31;

fn drain(w: &mut World, fd: u64) {
    while w.read_now(fd, 4096).is_ok() {}
}

#[test]
fn a_set_is_a_descriptor() {
    let mut w = world();
    Answer::of(w.sys_epoll_create1(0, [1])).fails(Errno::INVAL);
    let set = Answer::of(w.sys_epoll_create1(0, [0x80000])).done() as u64;
    assert_eq!((w.fcntl(set, 3, 0), w.fcntl(set, 1, 0)), (Ok(2), Ok(1)));
    assert_eq!((w.fcntl(set, 4, 0x800), w.fcntl(set, 3, 0)), (Ok(0), Ok(0x802)));
    assert_eq!(
        (w.read_now(set, 1), w.write_now(set, b"x")),
        (Err(Errno::INVAL), Err(Errno::INVAL))
    );
    w.recv(set, 1, 0).fails(Errno::NOTSOCK);
    assert_eq!((w.readable(set), w.poll_one(set)), (Err(Errno::INVAL), 0));
    Answer::of(w.sys_fstat64(0, [set, VALUE])).done();
    assert_eq!(w.get_int(VALUE + 4), 0o600);
}

#[test]
fn what_control_refuses() {
    let mut w = world();
    let set = w.epoll();
    let (reader, writer) = w.pipe(NONBLOCK);
    for (set, operation, fd, errno) in [
        (set, ADD, 1, Errno::PERM),
        (set, ADD, 99, Errno::BADF),
        (99, ADD, reader, Errno::BADF),
        (reader, ADD, writer, Errno::INVAL),
        (1, ADD, reader, Errno::INVAL),
        (set, ADD, set, Errno::INVAL),
        (set, MOD, reader, Errno::NOENT),
        (set, DEL, reader, Errno::NOENT),
        (set, 9, reader, Errno::INVAL),
    ] {
        assert_eq!(
            w.control(set, operation, fd, IN, 0),
            Err(errno),
            "{set} {operation} {fd}"
        );
    }
    Answer::of(w.sys_epoll_ctl(0, [set, ADD, reader, MEMORY as u64])).fails(Errno::FAULT);
    assert_eq!(w.control(set, ADD, reader, IN, 1), Ok(0));
    assert_eq!(w.control(set, ADD, reader, IN, 1), Err(Errno::EXIST));
    assert_eq!(w.control(set, 9, reader, IN, 1), Err(Errno::INVAL));
    for (set, most, errno) in [
        (set, 0, Errno::INVAL),
        (set, -1, Errno::INVAL),
        (reader, 1, Errno::INVAL),
        (1, 1, Errno::INVAL),
        (99, 1, Errno::BADF),
    ] {
        w.epoll_wait(0, set, most, 0).fails(errno);
    }
}

#[test]
fn level_triggered_entries_say_so_as_long_as_it_is_true() {
    let mut w = world();
    let set = w.epoll();
    let (reader, writer) = w.pipe(NONBLOCK);
    w.control(set, ADD, reader, IN, u64::MAX - 9).unwrap();
    assert_eq!(w.told(set, 9), []);
    w.write_now(writer, b"ab").unwrap();
    for _ in 0..2 {
        assert_eq!(w.told(set, 9), [(u64::MAX - 9, IN)]);
    }
    assert_eq!(w.poll_one(set), 0x41);
    // What cannot be told is told later.
    Answer::of(w.sys_epoll_pwait(0, [set, MEMORY as u64, 1, 0, 0, 0])).fails(Errno::FAULT);
    w.read_now(reader, 1).unwrap();
    assert_eq!(w.told(set, 9), [(u64::MAX - 9, IN)]);
    w.read_now(reader, 1).unwrap();
    assert_eq!((w.told(set, 9), w.poll_one(set)), (vec![], 0));
    w.control(set, ADD, writer, OUT, 11).unwrap();
    assert_eq!(w.told(set, 9), [(11, OUT)]);
    w.control(set, DEL, writer, 0, 0).unwrap();
    assert_eq!(w.told(set, 9), []);
}

#[test]
fn edge_triggered_entries_say_that_something_happened() {
    let mut w = world();
    let set = w.epoll();
    let (reader, writer) = w.pipe(NONBLOCK);
    w.control(set, ADD, reader, IN | EDGE, 12).unwrap();
    assert_eq!(w.told(set, 9), []);
    for bytes in [&b"ab"[..], b"c"] {
        w.write_now(writer, bytes).unwrap();
        assert_eq!(w.told(set, 9), [(12, IN)]);
        assert_eq!(w.told(set, 9), []);
    }
    w.read_now(reader, 1).unwrap();
    assert_eq!(w.told(set, 9), []);
    w.control(set, MOD, reader, IN | EDGE, 13).unwrap();
    assert_eq!(w.told(set, 9), [(13, IN)], "to modify it is to ask anew");
    assert_eq!(w.told(set, 9), []);
    drain(&mut w, reader);
    // Room in the pipe happens when it was full.
    w.control(set, ADD, writer, OUT | EDGE, 14).unwrap();
    assert_eq!((w.told(set, 9), w.told(set, 9)), (vec![(14, OUT)], vec![]));
    w.write_now(writer, b"x").unwrap();
    assert_eq!(w.told(set, 9), [(13, IN)]);
    w.read_now(reader, 9).unwrap();
    assert_eq!(w.told(set, 9), []);
    w.write_now(writer, &[0; 65_536]).unwrap();
    assert_eq!(w.told(set, 9), [(13, IN)]);
    w.read_now(reader, 4096).unwrap();
    assert_eq!((w.told(set, 9), w.told(set, 9)), (vec![(14, OUT)], vec![]));
    drain(&mut w, reader);
    assert_eq!(w.told(set, 9), []);
}

#[test]
fn a_one_shot_entry_fires_once() {
    let mut w = world();
    let set = w.epoll();
    let (reader, writer) = w.pipe(NONBLOCK);
    w.control(set, ADD, reader, IN | ONE_SHOT, 15).unwrap();
    w.write_now(writer, b"a").unwrap();
    assert_eq!((w.told(set, 9), w.told(set, 9)), (vec![(15, IN)], vec![]));
    w.write_now(writer, b"b").unwrap();
    assert_eq!(w.told(set, 9), []);
    w.control(set, MOD, reader, IN | ONE_SHOT, 16).unwrap();
    assert_eq!((w.told(set, 9), w.told(set, 9)), (vec![(16, IN)], vec![]));
    w.close(writer).done();
    assert_eq!(w.told(set, 9), [], "not even a hang-up");
    w.control(set, MOD, reader, 0, 17).unwrap();
    assert_eq!(w.told(set, 9), [(17, HUP)]);
}

#[test]
fn everybody_has_a_turn() {
    let mut w = world();
    let set = w.epoll();
    for data in 0..4 {
        let (reader, writer) = w.pipe(NONBLOCK);
        w.control(set, ADD, reader, IN, data).unwrap();
        w.write_now(writer, b"x").unwrap();
    }
    let mut turns = |most| w.told(set, most).into_iter().map(|(data, _)| data).collect::<Vec<_>>();
    assert_eq!((turns(2), turns(2), turns(3)), (vec![0, 1], vec![2, 3], vec![0, 1, 2]));
    assert_eq!((turns(3), turns(9)), (vec![3, 0, 1], vec![2, 3, 0, 1]));
}

#[test]
fn an_entry_ends_with_the_last_descriptor_of_its_file() {
    let mut w = world();
    let set = w.epoll();
    let (reader, writer) = w.pipe(NONBLOCK);
    w.control(set, ADD, reader, IN, 0).unwrap();
    w.write_now(writer, b"x").unwrap();
    let copy = Answer::of(w.sys_dup(0, [reader])).done() as u64;
    w.close(reader).done();
    assert_eq!(w.told(set, 9), [(0, IN)]);
    assert_eq!(w.control(set, DEL, reader, 0, 0), Err(Errno::BADF));
    w.control(set, ADD, copy, IN, 50).unwrap();
    assert_eq!(w.told(set, 9), [(0, IN), (50, IN)]);
    w.close(copy).done();
    assert_eq!(w.told(set, 9), []);
    // The number's next file is another one.
    assert_eq!(w.pipe(NONBLOCK).0, reader);
    assert_eq!(w.told(set, 9), []);
    assert_eq!(w.control(set, MOD, reader, IN, 0), Err(Errno::NOENT));
}

#[test]
fn sets_in_sets() {
    let mut w = world();
    let (inner, outer) = (w.epoll(), w.epoll());
    let (reader, writer) = w.pipe(NONBLOCK);
    w.control(inner, ADD, reader, IN, 1).unwrap();
    w.control(outer, ADD, inner, IN, 100).unwrap();
    assert_eq!(w.control(inner, ADD, outer, IN, 0), Err(Errno::LOOP));
    assert_eq!(w.told(outer, 9), []);
    let ticket = w.epoll_wait(0, outer, 9, -1).ticket();
    w.write_now(writer, b"x").unwrap();
    assert_eq!(w.woken(), [ticket]);
    assert_eq!(w.epoll_wait(ticket, outer, 9, -1), Answer::Done(1));
    assert_eq!(w.events(1), [(100, IN)]);
    assert_eq!(w.poll_one(outer), 0x41);
    w.read_now(reader, 9).unwrap();
    assert_eq!((w.told(outer, 9), w.poll_one(outer)), (vec![], 0));
    w.close(inner).done();
    w.write_now(writer, b"x").unwrap();
    assert_eq!(w.told(outer, 9), []);
    for upwards in [true, false] {
        let sets: Vec<u64> = (0..6).map(|_| w.epoll()).collect();
        for (place, pair) in sets.windows(2).enumerate() {
            let (outer, inner) = if upwards {
                (pair[1], pair[0])
            } else {
                (pair[0], pair[1])
            };
            let expected = if place < 4 { Ok(0) } else { Err(Errno::LOOP) };
            assert_eq!(w.control(outer, ADD, inner, IN, 0), expected, "{place}");
        }
    }
}

/// Five layers, each set in all of the next one: a million ways lead through them, which nobody may walk one by one.
#[test]
#[cfg_attr(miri, ignore = "minutes there, and nothing that others do not do")]
fn sets_to_which_many_ways_lead() {
    let mut w = world();
    let layers: Vec<Vec<u64>> = (0..6).map(|_| (0..32).map(|_| w.epoll()).collect()).collect();
    for (place, pair) in layers.windows(2).enumerate() {
        let expected = if place < 4 { Ok(0) } else { Err(Errno::LOOP) };
        for &outer in &pair[1] {
            for &inner in &pair[0] {
                assert_eq!(w.control(outer, ADD, inner, IN, 0), expected, "{place}");
            }
        }
    }
    assert_eq!(w.control(layers[0][7], ADD, layers[3][8], IN, 0), Err(Errno::LOOP));
}

#[test]
fn exclusive_entries() {
    let mut w = world();
    let (set, other) = (w.epoll(), w.epoll());
    let (reader, _writer) = w.pipe(NONBLOCK);
    assert_eq!(w.control(set, ADD, reader, IN | EXCLUSIVE, 1), Ok(0));
    assert_eq!(w.control(set, MOD, reader, IN, 1), Err(Errno::INVAL));
    assert_eq!(w.control(set, DEL, reader, IN, 1), Ok(0));
    for events in [2 | EXCLUSIVE, IN | EXCLUSIVE | ONE_SHOT] {
        assert_eq!(w.control(set, ADD, reader, events, 1), Err(Errno::INVAL));
    }
    assert_eq!(w.control(set, ADD, other, IN | EXCLUSIVE, 1), Err(Errno::INVAL));
    assert_eq!(w.control(set, ADD, reader, IN | EXCLUSIVE | EDGE, 1), Ok(0));
}

#[test]
fn edges_of_a_pair() {
    let mut w = world();
    let set = w.epoll();
    let (a, b) = w.pair(nonblocking(STREAM));
    w.control(set, ADD, a, IN | OUT | RDHUP | EDGE, 1).unwrap();
    assert_eq!((w.told(set, 9), w.told(set, 9)), (vec![(1, OUT)], vec![]));
    w.send(b, b"a", 0).done();
    assert_eq!(w.told(set, 9), [(1, IN | OUT)]);
    w.send(a, b"z", 0).done();
    assert_eq!(w.told(set, 9), []);
    w.receive(b, 1, 0).unwrap();
    assert_eq!(w.told(set, 9), [(1, IN | OUT)]);
    Answer::of(w.sys_shutdown(0, [b, 1, 0, 0, 0, 0])).done();
    assert_eq!(w.told(set, 9), [(1, IN | OUT | RDHUP)]);
    w.close(b).done();
    assert_eq!(
        (w.told(set, 9), w.told(set, 9)),
        (vec![(1, IN | OUT | RDHUP | HUP)], vec![])
    );
}

#[test]
fn waiting_for_sockets_of_the_host() {
    let mut w = world();
    let set = w.epoll();
    let (fd, channel) = w.connected(0);
    w.control(set, ADD, fd, IN | RDHUP, 7).unwrap();
    let ticket = w.epoll_wait(0, set, 4, 1500).ticket();
    assert_eq!(w.ticket_timeout(ticket), 1500.0);
    w.arrive(channel, b"x");
    assert_eq!(w.woken(), [ticket]);
    assert_eq!(w.epoll_wait(ticket, set, 4, 1500), Answer::Done(1));
    assert_eq!(w.events(1), [(7, IN)]);
    w.recv(fd, 9, 0).done();
    let ticket = w.epoll_wait(0, set, 4, 300).ticket();
    w.host().time = 300.0;
    w.ticket_expired(ticket);
    assert_eq!(w.epoll_wait(ticket, set, 4, 300), Answer::Done(0));
    w.recv_end(channel);
    assert_eq!(w.told(set, 4), [(7, IN | RDHUP)]);
    // Asked in a loop, it lets the event loop turn; where the stack cannot suspend, it tells what there is.
    w.control(set, MOD, fd, OUT, 8).unwrap();
    let answers: Vec<Answer> = (0..65).map(|_| w.epoll_wait(0, set, 4, 0)).collect();
    let turn = answers
        .iter()
        .find(|answer| matches!(answer, Answer::Wait(_)))
        .unwrap()
        .ticket();
    assert_eq!(w.ticket_timeout(turn), 0.0);
    assert_eq!(Answer::of(w.sys_abandon(turn)), Answer::Done(1));
    assert_eq!(w.events(1), [(8, OUT)]);
}

#[test]
fn edges_of_a_connection() {
    let mut w = world();
    let set = w.epoll();
    let (fd, channel) = w.connected(NONBLOCK);
    w.control(set, ADD, fd, IN | OUT | EDGE, 1).unwrap();
    assert_eq!((w.told(set, 9), w.told(set, 9)), (vec![(1, OUT)], vec![]));
    w.arrive(channel, b"x");
    assert_eq!(w.told(set, 9), [(1, IN | OUT)]);
    w.send(fd, b"not much", 0).done();
    w.drain(channel, 65_536);
    assert_eq!(w.told(set, 9), [], "there was room all the time");
    while w.send(fd, &[0; 65_536], 0) == Answer::Done(65_536) {}
    w.drain(channel, 65_536);
    assert_eq!((w.told(set, 9), w.told(set, 9)), (vec![(1, IN | OUT)], vec![]));
}

#[test]
fn a_socket_that_is_waited_for_stays_while_it_is_closed() {
    let mut w = world();
    let set = w.epoll();
    let (reader, writer) = w.pipe(0);
    w.control(set, ADD, reader, IN, 1).unwrap();
    let ticket = w.epoll_wait(0, set, 4, -1).ticket();
    w.close(set).done();
    w.write_now(writer, b"x").unwrap();
    assert_eq!(w.woken(), [ticket]);
    assert_eq!(w.epoll_wait(ticket, set, 4, -1), Answer::Done(1));
    w.epoll_wait(0, set, 4, -1).fails(Errno::BADF);
    w.close(reader).done();
    w.close(writer).done();
}

/// The least time of several, in which 200 times one of so many entries becomes ready, is told and read.
fn time_of(entries: usize) -> Duration {
    let mut w = world();
    // Numbers beyond those of files are given faster.
    w.app().most = 3;
    let set = w.epoll();
    let mut last = (0, 0);
    for _ in 0..entries {
        last = w.pipe(NONBLOCK);
        w.control(set, ADD, last.0, IN, last.0).unwrap();
    }
    let round = |w: &mut World| {
        let begin = Instant::now();
        for _ in 0..200 {
            w.write_now(last.1, b"x").unwrap();
            assert_eq!(w.told(set, 16), [(last.0, IN)]);
            w.read_now(last.0, 1).unwrap();
            assert_eq!(w.told(set, 16), []);
        }
        begin.elapsed()
    };
    (0..5).map(|_| round(&mut w)).min().unwrap()
}

#[test]
fn idle_entries_cost_nothing() {
    let (few, many) = (time_of(5), time_of(5000));
    println!("5 entries: {few:?}, 5000 entries: {many:?}");
    // Looking at each would take a thousand times as long.
    assert!(many < 20 * few, "5 entries: {few:?}, 5000 entries: {many:?}");
}
