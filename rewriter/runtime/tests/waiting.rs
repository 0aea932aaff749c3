//! `poll` and `select` over sockets and files, timeouts, and the turns of the event loop that a program is made to take.

mod world;

use direct_sockets_runtime::errno::Errno;
use world::*;

const IN: u16 = 1;
const OUT: u16 = 4;
const HUP: u16 = 0x10;
const NVAL: u16 = 0x20;
const DONTWAIT: u64 = 0x40;

fn again(w: &mut World, ticket: u32, count: u64, timeout: i32) -> Answer {
    Answer::of(w.sys_poll(ticket, [TABLE, count, timeout as u32 as u64]))
}

fn revents(w: &mut World, place: u64) -> u16 {
    let bytes = w.get(TABLE + 8 * place + 6, 2);
    u16::from_le_bytes([bytes[0], bytes[1]])
}

#[test]
fn poll_over_sockets_files_and_nonsense() {
    let mut w = world();
    let (fd, channel) = w.connected(0);
    w.arrive(channel, b"x");
    let fds = [(fd as i32, IN | OUT), (-5, IN), (1, IN | OUT), (77, IN), (0, 0)];
    let (answer, events) = w.poll(&fds, -1);
    assert_eq!(events, [IN | OUT, 0, IN | OUT, NVAL, 0]);
    assert_eq!(answer, Answer::Done(3));
    let fresh = w.socket(INET, STREAM);
    assert_eq!(w.poll(&[(fresh as i32, 0)], -1), (Answer::Done(1), vec![HUP]));
}

#[test]
fn poll_waits_until_something_is_true_or_the_time_is_over() {
    let mut w = world();
    let (fd, channel) = w.connected(0);
    w.app().files.insert(0, 0);
    let ticket = w.poll(&[(0, IN), (fd as i32, IN)], 1500).0.ticket();
    assert_eq!(w.ticket_timeout(ticket), 1500.0);
    w.host().time = 1000.0;
    assert_eq!(w.ticket_timeout(ticket), 500.0);
    assert_eq!(again(&mut w, ticket, 2, 1500), Answer::Wait(ticket), "too early");
    assert_eq!(w.ticket_timeout(ticket), 500.0);
    w.arrive(channel, b"x");
    assert_eq!(w.woken(), [ticket]);
    assert_eq!(again(&mut w, ticket, 2, 1500), Answer::Done(1));
    assert_eq!((revents(&mut w, 0), revents(&mut w, 1)), (0, IN));
    w.recv(fd, 10, 0).done();
    let ticket = w.poll(&[(fd as i32, IN)], 300).0.ticket();
    w.host().time = 1300.0;
    w.ticket_expired(ticket);
    assert_eq!(again(&mut w, ticket, 1, 300), Answer::Done(0));
}

#[test]
fn poll_of_nothing_is_a_sleep() {
    let mut w = world();
    let ticket = w.poll(&[], 250).0.ticket();
    assert_eq!(w.ticket_timeout(ticket), 250.0);
    w.host().time = 250.0;
    assert_eq!(again(&mut w, ticket, 0, 250), Answer::Done(0));
    assert_eq!(w.poll(&[], 0).0, Answer::Done(0));
}

#[test]
fn a_poll_that_waits_keeps_its_sockets_even_if_numbers_are_reused() {
    let mut w = world();
    let (fd, channel) = w.connected(0);
    let ticket = w.poll(&[(fd as i32, IN)], -1).0.ticket();
    w.close(fd).done();
    assert_eq!(w.socket(INET, STREAM), fd);
    w.arrive(channel, b"x");
    assert_eq!(w.woken(), [ticket]);
    assert_eq!(again(&mut w, ticket, 1, -1), Answer::Done(1));
    assert_eq!(revents(&mut w, 0), IN, "not the HUP of the new one");
}

#[test]
fn a_program_that_asks_in_a_loop_lets_the_event_loop_turn() {
    let mut w = world();
    let (fd, channel) = w.connected(0);
    w.recv(fd, 10, DONTWAIT).fails(Errno::AGAIN);
    // Nothing came since: from now on, each such answer takes a turn.
    for _ in 0..3 {
        let ticket = w.recv(fd, 10, DONTWAIT).ticket();
        assert_eq!(w.ticket_timeout(ticket), 0.0);
        w.ticket_expired(ticket);
        Answer::of(w.sys_recvfrom(ticket, [fd, DATA, 10, DONTWAIT, 0, 0])).fails(Errno::AGAIN);
    }
    let ticket = w.poll(&[(fd as i32, IN)], 0).0.ticket();
    assert_eq!(w.ticket_timeout(ticket), 0.0);
    w.arrive(channel, b"at last");
    assert_eq!(again(&mut w, ticket, 1, 0), Answer::Done(1));
    assert_eq!(w.recv(fd, 10, DONTWAIT), Answer::Done(7));
    // Something came: one answer is free.
    w.recv(fd, 10, DONTWAIT).fails(Errno::AGAIN);
    let ticket = w.recv(fd, 10, DONTWAIT).ticket();
    // Where the stack cannot suspend, it is answered at once.
    Answer::of(w.sys_abandon(ticket)).fails(Errno::AGAIN);
    // Files alone cost no turn.
    w.app().files.insert(0, 0);
    assert_eq!(w.poll(&[(0, IN)], 0).0, Answer::Done(0));
}

#[test]
fn a_program_that_connects_in_a_loop_lets_the_event_loop_turn() {
    let mut w = world();
    let fd = w.socket(INET, STREAM | NONBLOCK);
    w.connect(fd, "192.0.2.1:80").fails(Errno::INPROGRESS);
    w.connect(fd, "192.0.2.1:80").fails(Errno::ALREADY);
    let ticket = w.connect(fd, "192.0.2.1:80").ticket();
    assert_eq!(w.ticket_timeout(ticket), 0.0);
    w.ticket_expired(ticket);
    let (channel, _) = w.one();
    let arguments = [fd, ADDRESS, 16, 0, 0, 0];
    Answer::of(w.sys_connect(ticket, arguments)).fails(Errno::ALREADY);
    // Where the stack cannot suspend, it is answered at once.
    let ticket = w.connect(fd, "192.0.2.1:80").ticket();
    Answer::of(w.sys_abandon(ticket)).fails(Errno::ALREADY);
    let ticket = w.connect(fd, "192.0.2.1:80").ticket();
    w.opened(channel, endpoint("10.0.0.1:40000"), endpoint("192.0.2.1:80"));
    assert_eq!(w.woken(), [ticket]);
    assert_eq!(Answer::of(w.sys_connect(ticket, arguments)), Answer::Done(0));
    w.connect(fd, "192.0.2.1:80").fails(Errno::ISCONN);
}

#[test]
fn so_rcvtimeo_ends_a_blocking_recv() {
    for (abi, name, bytes) in [
        (0, 66, [1i64.to_le_bytes(), 500_000i64.to_le_bytes()].concat()),
        (0, 20, [1i32.to_le_bytes(), 500_000i32.to_le_bytes()].concat()),
        (2, 20, [1i32.to_le_bytes(), 500_000i32.to_le_bytes()].concat()),
        (1, 20, [1i64.to_le_bytes(), 500_000i64.to_le_bytes()].concat()),
    ] {
        let mut w = world();
        w.app().abi = abi;
        let (fd, _) = w.connected(0);
        w.put(VALUE, &bytes);
        let set = w.sys_setsockopt(0, [fd, 1, name, VALUE, bytes.len() as u64, 0]);
        assert_eq!(Answer::of(set), Answer::Done(0), "abi {abi}, option {name}");
        let ticket = w.recv(fd, 10, 0).ticket();
        assert_eq!(w.ticket_timeout(ticket), 1500.0);
        w.host().time = 1500.0;
        Answer::of(w.sys_recvfrom(ticket, [fd, DATA, 10, 0, 0, 0])).fails(Errno::AGAIN);
        w.put(VALUE, &[0; 16]);
        w.put(LENGTH, &16i32.to_le_bytes());
        assert_eq!(
            Answer::of(w.sys_getsockopt(0, [fd, 1, name, VALUE, LENGTH, 0])),
            Answer::Done(0)
        );
        assert_eq!(w.get_int(LENGTH) as usize, bytes.len());
        assert_eq!(w.get(VALUE, bytes.len()), bytes);
        w.put(VALUE + bytes.len() as u64 / 2, &1_000_000i32.to_le_bytes());
        Answer::of(w.sys_setsockopt(0, [fd, 1, name, VALUE, bytes.len() as u64, 0])).fails(Errno::DOM);
    }
    let mut w = world();
    w.app().abi = 2;
    let fd = w.socket(INET, STREAM);
    Answer::of(w.sys_setsockopt(0, [fd, 1, 66, VALUE, 16, 0])).fails(Errno::NOPROTOOPT);
}

const READ: u64 = TABLE;
const WRITE: u64 = TABLE + 0x100;
const EXCEPT: u64 = TABLE + 0x200;

/// `select` with sets given as numbers.
fn select(w: &mut World, ticket: u32, sets: [&[u64]; 3], time: Option<(i32, i32)>) -> Answer {
    let mut most = 0;
    for (set, at) in sets.iter().zip([READ, WRITE, EXCEPT]) {
        let mut bytes = [0u8; 128];
        for &fd in *set {
            bytes[fd as usize / 8] |= 1 << (fd % 8);
            most = most.max(fd + 1);
        }
        if ticket == 0 {
            w.put(at, &bytes);
        }
    }
    let time_at = match time {
        Some((seconds, micros)) => {
            w.put(VALUE, &[seconds.to_le_bytes(), micros.to_le_bytes()].concat());
            VALUE
        }
        None => 0,
    };
    Answer::of(w.sys_newselect(ticket, [most, READ, WRITE, EXCEPT, time_at]))
}

fn members(w: &mut World, at: u64) -> Vec<u64> {
    let bytes = w.get(at, 128);
    (0..1024)
        .filter(|&fd| bytes[fd as usize / 8] & 1 << (fd % 8) != 0)
        .collect()
}

#[test]
fn select_over_sockets_and_files() {
    let mut w = world();
    let (fd, channel) = w.connected(0);
    let (idle, _) = w.connected(0);
    w.arrive(channel, b"x");
    w.app().files.insert(1, 4);
    let answer = select(&mut w, 0, [&[0, 1, fd, idle], &[1, idle], &[fd]], None);
    assert_eq!(answer, Answer::Done(4));
    assert_eq!(members(&mut w, READ), [0, fd]);
    assert_eq!(members(&mut w, WRITE), [1, idle]);
    assert_eq!(members(&mut w, EXCEPT), []);
}

#[test]
fn select_waits_and_its_sets_survive_the_wait() {
    let mut w = world();
    let (fd, channel) = w.connected(0);
    w.app().files.insert(0, 0);
    let sets: [&[u64]; 3] = [&[0, fd], &[], &[]];
    let ticket = select(&mut w, 0, sets, Some((1, 250_000))).ticket();
    assert_eq!(w.ticket_timeout(ticket), 1250.0);
    w.arrive(channel, b"x");
    assert_eq!(select(&mut w, ticket, sets, Some((1, 250_000))), Answer::Done(1));
    assert_eq!(members(&mut w, READ), [fd]);
    w.recv(fd, 10, 0).done();
    let ticket = select(&mut w, 0, sets, Some((0, 1000))).ticket();
    w.host().time = 1.0;
    assert_eq!(select(&mut w, ticket, sets, Some((0, 1000))), Answer::Done(0));
    assert_eq!(members(&mut w, READ), []);
}

#[test]
fn select_refuses_what_it_must() {
    let mut w = world();
    select(&mut w, 0, [&[50], &[], &[]], None).fails(Errno::BADF);
    select(&mut w, 0, [&[], &[], &[]], Some((-1, 0))).fails(Errno::INVAL);
    Answer::of(w.sys_newselect(0, [0xffff_ffff, READ, 0, 0, 0])).fails(Errno::INVAL);
    let ticket = select(&mut w, 0, [&[], &[], &[]], Some((0, 500))).ticket();
    assert_eq!(w.ticket_timeout(ticket), 0.5, "a sleep");
}

#[test]
fn select_on_high_numbers() {
    let mut w = world();
    for fd in 3..100 {
        w.app().open.insert(fd);
    }
    let (fd, channel) = w.connected(0);
    assert_eq!(fd, 100);
    w.arrive(channel, b"x");
    assert_eq!(select(&mut w, 0, [&[fd, 99], &[], &[]], None), Answer::Done(2));
    assert_eq!(members(&mut w, READ), [99, 100]);
}
