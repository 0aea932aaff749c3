//! TCP: connecting, sending, receiving, closing, as Linux answers each.

mod world;

use direct_sockets_runtime::errno::Errno;
use direct_sockets_runtime::interface::Endpoint;
use world::*;

const IN: u16 = 1;
const OUT: u16 = 4;
const ERR: u16 = 8;
const HUP: u16 = 0x10;
const RDHUP: u16 = 0x2000;
const RDNORM: u16 = 0x40;
const WRNORM: u16 = 0x100;
const READ: u16 = IN | RDNORM;
const WRITE: u16 = OUT | WRNORM;
const PEEK: u64 = 2;
const TRUNC: u64 = 0x20;
const DONTWAIT: u64 = 0x40;
const WAITALL: u64 = 0x100;

#[test]
fn a_blocking_connect_waits_for_the_host() {
    let mut w = world();
    let fd = w.socket(INET, STREAM);
    let ticket = w.connect(fd, "192.0.2.1:80").ticket();
    let (channel, command) = w.one();
    let remote = endpoint("192.0.2.1:80");
    assert_eq!(
        command,
        Given::TcpConnect {
            local: Endpoint::NONE,
            remote,
            name: String::new(),
            flags: 0
        }
    );
    assert_eq!(w.ticket_timeout(ticket), f64::INFINITY);
    w.opened(channel, endpoint("10.0.0.1:40000"), remote);
    assert_eq!(w.woken(), [ticket]);
    assert_eq!(
        Answer::of(w.sys_connect(ticket, [fd, ADDRESS, 16, 0, 0, 0])),
        Answer::Done(0)
    );
    w.connect(fd, "192.0.2.1:80").fails(Errno::ISCONN);
    w.put(LENGTH, &16i32.to_le_bytes());
    assert_eq!(
        Answer::of(w.sys_getsockname(0, [fd, ADDRESS, LENGTH, 0, 0, 0])),
        Answer::Done(0)
    );
    assert_eq!(w.get_address(), "10.0.0.1:40000");
    assert_eq!(
        Answer::of(w.sys_getpeername(0, [fd, ADDRESS, LENGTH, 0, 0, 0])),
        Answer::Done(0)
    );
    assert_eq!(w.get_address(), "192.0.2.1:80");
}

#[test]
fn a_refused_connect_is_told_once_and_the_socket_is_as_new() {
    let mut w = world();
    let fd = w.socket(INET, STREAM);
    let ticket = w.connect(fd, "192.0.2.1:80").ticket();
    let (channel, _) = w.one();
    w.failed(channel, Errno::CONNREFUSED);
    assert_eq!(w.one(), (channel, Given::Close(Closing::Abort)));
    Answer::of(w.sys_connect(ticket, [fd, ADDRESS, 16, 0, 0, 0])).fails(Errno::CONNREFUSED);
    w.closed(channel);
    assert_eq!(w.so_error(fd), 0);
    assert_eq!(w.poll_one(fd), WRITE | HUP);
    w.connect(fd, "192.0.2.1:80").ticket();
    let (again, _) = w.one();
    assert_ne!(again, channel, "a stale event must not reach the new attempt");
    w.failed(channel, Errno::IO);
    assert!(w.given().is_empty());
}

#[test]
fn a_host_that_refuses_at_once_is_an_errno_at_once() {
    let mut w = world();
    let fd = w.socket(INET, STREAM);
    w.host().refuse = Some(Errno::NETDOWN);
    w.connect(fd, "192.0.2.1:80").fails(Errno::NETDOWN);
    w.connect(fd, "192.0.2.1:80").ticket();
}

#[test]
fn a_nonblocking_connect_goes_through_its_states() {
    let mut w = world();
    let fd = w.socket(INET, STREAM | NONBLOCK);
    w.connect(fd, "192.0.2.1:80").fails(Errno::INPROGRESS);
    w.connect(fd, "192.0.2.1:80").fails(Errno::ALREADY);
    assert_eq!(w.poll_one(fd), 0);
    w.send(fd, b"early", 0).ticket();
    let (channel, _) = w.one();
    let (answer, _) = w.poll(&[(fd as i32, OUT)], 1000);
    let ticket = answer.ticket();
    w.opened(channel, endpoint("10.0.0.1:40000"), endpoint("192.0.2.1:80"));
    assert!(w.woken().contains(&ticket));
    assert_eq!(Answer::of(w.sys_poll(ticket, [TABLE, 1, 1000])), Answer::Done(1));
    assert_eq!(w.so_error(fd), 0);
    // Linux: once 0, then EISCONN.
    assert_eq!(w.connect(fd, "192.0.2.1:80"), Answer::Done(0));
    w.connect(fd, "192.0.2.1:80").fails(Errno::ISCONN);
}

#[test]
fn a_failed_nonblocking_connect_is_told_by_so_error() {
    let mut w = world();
    let fd = w.socket(INET, STREAM | NONBLOCK);
    w.connect(fd, "192.0.2.1:80").fails(Errno::INPROGRESS);
    let (channel, _) = w.one();
    w.failed(channel, Errno::CONNREFUSED);
    assert_eq!(w.poll_one(fd), READ | WRITE | ERR | HUP | RDHUP);
    assert_eq!(w.so_error(fd), Errno::CONNREFUSED.number());
    assert_eq!(w.so_error(fd), 0);
    assert_eq!(w.poll_one(fd), READ | WRITE | HUP | RDHUP);
    assert_eq!(w.recv(fd, 10, 0), Answer::Done(0));
    // What Linux answers when SO_ERROR has fetched the error.
    w.connect(fd, "192.0.2.1:80").fails(Errno::CONNABORTED);
    w.connect(fd, "192.0.2.1:80").fails(Errno::INPROGRESS);
}

#[test]
fn so_sndtimeo_ends_a_blocking_connect() {
    let mut w = world();
    let fd = w.socket(INET, STREAM);
    w.put(VALUE, &[2, 0, 0, 0, 0, 0, 0, 0, 0x20, 0xa1, 7, 0, 0, 0, 0, 0]);
    assert_eq!(
        Answer::of(w.sys_setsockopt(0, [fd, 1, 67, VALUE, 16, 0])),
        Answer::Done(0)
    );
    let ticket = w.connect(fd, "192.0.2.1:80").ticket();
    assert_eq!(w.ticket_timeout(ticket), 2500.0);
    w.host().time = 2499.0;
    let again = Answer::of(w.sys_connect(ticket, [fd, ADDRESS, 16, 0, 0, 0]));
    assert_eq!(again, Answer::Wait(ticket), "too early");
    assert_eq!(w.ticket_timeout(ticket), 1.0);
    w.host().time = 2500.0;
    Answer::of(w.sys_connect(ticket, [fd, ADDRESS, 16, 0, 0, 0])).fails(Errno::INPROGRESS);
}

#[test]
fn addresses_are_checked() {
    let mut w = world();
    let fd = w.socket(INET, STREAM);
    w.connect(fd, "[::1]:80").fails(Errno::AFNOSUPPORT);
    w.connect(fd, "127.0.0.1:0").fails(Errno::CONNREFUSED);
    let (at, _) = w.put_address("127.0.0.1:80");
    Answer::of(w.sys_connect(0, [fd, at, 15, 0, 0, 0])).fails(Errno::INVAL);
    Answer::of(w.sys_connect(0, [fd, at, 129, 0, 0, 0])).fails(Errno::INVAL);
    Answer::of(w.sys_connect(0, [fd, MEMORY as u64, 16, 0, 0, 0])).fails(Errno::FAULT);
    Answer::of(w.sys_connect(0, [99, at, 16, 0, 0, 0])).fails(Errno::BADF);
    Answer::of(w.sys_connect(0, [1, at, 16, 0, 0, 0])).fails(Errno::NOTSOCK);
    let fd6 = w.socket(INET6, STREAM);
    w.connect(fd6, "127.0.0.1:80").fails(Errno::INVAL);
    w.connect(fd6, "[::ffff:127.0.0.1]:80").ticket();
    let (_, command) = w.one();
    let Given::TcpConnect { remote, .. } = command else {
        panic!("{command:?}")
    };
    assert_eq!(remote, endpoint("127.0.0.1:80"), "a mapped address is IPv4 to the host");
}

#[test]
fn a_wildcard_peer_is_this_machine() {
    let mut w = world();
    let fd = w.socket(INET, STREAM);
    w.connect(fd, "0.0.0.0:80").ticket();
    let (_, command) = w.one();
    let Given::TcpConnect { remote, .. } = command else {
        panic!("{command:?}")
    };
    assert_eq!(remote, endpoint("127.0.0.1:80"));
}

#[test]
fn bytes_that_are_there_are_answered_without_the_host() {
    let mut w = world();
    let (fd, channel) = w.connected(0);
    w.arrive(channel, b"hello world");
    assert_eq!(w.recv(fd, 5, 0), Answer::Done(5));
    assert_eq!(w.data(5), b"hello");
    assert_eq!(w.recv(fd, 100, PEEK), Answer::Done(6));
    assert_eq!(w.recv(fd, 2, TRUNC), Answer::Done(2));
    assert_eq!(w.recv(fd, 100, 0), Answer::Done(4));
    assert_eq!(w.data(4), b"orld");
    assert!(w.given().is_empty());
}

#[test]
fn a_blocking_recv_is_woken_by_bytes() {
    let mut w = world();
    let (fd, channel) = w.connected(0);
    let ticket = w.recv(fd, 100, 0).ticket();
    w.arrive(channel, b"one");
    w.arrive(channel, b"two");
    assert_eq!(w.woken(), [ticket], "once");
    assert_eq!(
        Answer::of(w.sys_recvfrom(ticket, [fd, DATA, 100, 0, 0, 0])),
        Answer::Done(6)
    );
    assert_eq!(w.data(6), b"onetwo");
}

#[test]
fn waitall_goes_on_until_all_is_there() {
    let mut w = world();
    let (fd, channel) = w.connected(0);
    w.arrive(channel, b"abc");
    let ticket = w.recv(fd, 6, WAITALL).ticket();
    w.arrive(channel, b"d");
    let again = Answer::of(w.sys_recvfrom(ticket, [fd, DATA, 6, WAITALL, 0, 0]));
    assert_eq!(again, Answer::Wait(ticket));
    w.arrive(channel, b"efg");
    assert_eq!(
        Answer::of(w.sys_recvfrom(ticket, [fd, DATA, 6, WAITALL, 0, 0])),
        Answer::Done(6)
    );
    assert_eq!(w.data(6), b"abcdef");
    let ticket = w.recv(fd, 6, WAITALL).ticket();
    w.recv_end(channel);
    assert_eq!(
        Answer::of(w.sys_recvfrom(ticket, [fd, DATA, 6, WAITALL, 0, 0])),
        Answer::Done(1)
    );
    assert_eq!(w.recv(fd, 6, WAITALL), Answer::Done(0));
}

#[test]
fn waitall_with_peek_waits_for_all_of_it() {
    let mut w = world();
    let (fd, channel) = w.connected(0);
    w.arrive(channel, b"abc");
    let ticket = w.recv(fd, 4, WAITALL | PEEK).ticket();
    w.arrive(channel, b"d");
    assert_eq!(
        Answer::of(w.sys_recvfrom(ticket, [fd, DATA, 4, WAITALL | PEEK, 0, 0])),
        Answer::Done(4)
    );
    assert_eq!(w.recv(fd, 10, 0), Answer::Done(4));
    assert_eq!(w.data(4), b"abcd");
}

#[test]
fn a_call_on_a_stack_that_cannot_suspend_answers_what_it_has() {
    let mut w = world();
    let (fd, channel) = w.connected(0);
    let ticket = w.recv(fd, 6, 0).ticket();
    Answer::of(w.sys_abandon(ticket)).fails(Errno::AGAIN);
    w.arrive(channel, b"abc");
    let ticket = w.recv(fd, 6, WAITALL).ticket();
    assert_eq!(Answer::of(w.sys_abandon(ticket)), Answer::Done(3));
    let other = w.socket(INET, STREAM);
    let ticket = w.connect(other, "192.0.2.1:80").ticket();
    Answer::of(w.sys_abandon(ticket)).fails(Errno::INPROGRESS);
    let (answer, _) = w.poll(&[(fd as i32, IN)], -1);
    assert_eq!(Answer::of(w.sys_abandon(answer.ticket())), Answer::Done(0));
    // A WASI call's errors are positive, and its count is where it wants it.
    w.put(TABLE, &[DATA.to_le_bytes()[..4].to_vec(), vec![9, 0, 0, 0]].concat());
    let ticket = Answer::of(w.wasi_fd_read(0, [fd, TABLE, 1, RESULT])).ticket();
    assert_eq!(Answer::of(w.sys_abandon(ticket)), Answer::Done(Errno::AGAIN.number()));
}

#[test]
fn the_end_of_a_stream_comes_after_its_last_byte() {
    let mut w = world();
    let (fd, channel) = w.connected(0);
    w.arrive(channel, b"last");
    w.recv_end(channel);
    assert_eq!(w.poll_one(fd), READ | WRITE | RDHUP);
    assert_eq!(w.recv(fd, 100, 0), Answer::Done(4));
    assert_eq!(w.recv(fd, 100, 0), Answer::Done(0));
    // Half-closed: what we send still goes.
    assert_eq!(w.send(fd, b"x", 0), Answer::Done(1));
}

#[test]
fn a_broken_stream_is_an_error_once_and_then_the_end() {
    let mut w = world();
    let (fd, channel) = w.connected(0);
    w.arrive(channel, b"last");
    w.failed(channel, Errno::CONNRESET);
    assert_eq!(w.poll_one(fd), READ | WRITE | ERR | HUP | RDHUP);
    assert_eq!(w.recv(fd, 100, 0), Answer::Done(4));
    w.recv(fd, 100, 0).fails(Errno::CONNRESET);
    assert_eq!(w.recv(fd, 100, 0), Answer::Done(0));
    w.send(fd, b"x", 0).fails(Errno::PIPE);
    assert_eq!(w.poll_one(fd), READ | WRITE | HUP | RDHUP);
}

#[test]
fn a_channel_that_closes_without_fin_is_never_a_clean_end() {
    let mut w = world();
    let (fd, channel) = w.connected(0);
    w.arrive(channel, b"part");
    w.closed(channel);
    assert_eq!(w.recv(fd, 100, 0), Answer::Done(4));
    w.recv(fd, 100, 0).fails(Errno::CONNRESET);
}

#[test]
fn a_reset_is_told_to_whoever_sends_first() {
    let mut w = world();
    let (fd, channel) = w.connected(0);
    w.failed(channel, Errno::CONNRESET);
    w.send(fd, b"x", 0).fails(Errno::CONNRESET);
    w.send(fd, b"x", 0).fails(Errno::PIPE);
    assert_eq!(w.recv(fd, 1, 0), Answer::Done(0));
}

#[test]
fn sent_bytes_leave_through_the_ring_with_one_command() {
    let mut w = world();
    let (fd, channel) = w.connected(0);
    assert_eq!(w.send(fd, b"GET ", 0), Answer::Done(4));
    assert_eq!(w.send(fd, b"/", 0), Answer::Done(1));
    assert_eq!(w.given(), [(channel, Given::Send)]);
    assert_eq!(w.drain(channel, 65536), b"GET /");
    assert_eq!(w.send(fd, b"more", 0), Answer::Done(4));
    assert_eq!(w.one(), (channel, Given::Send), "the host had stopped");
}

#[test]
fn a_blocking_send_returns_when_all_is_queued() {
    let mut w = world();
    w.configure(2, 8192);
    let (fd, channel) = w.connected(0);
    let text: Vec<u8> = (0..20_000u32).map(|number| (number % 251) as u8).collect();
    let ticket = w.send(fd, &text, 0).ticket();
    let mut arrived = Vec::new();
    let mut rounds = 0;
    let answer = loop {
        arrived.extend(w.drain(channel, 4096));
        assert_eq!(w.woken(), [ticket]);
        match Answer::of(w.sys_sendto(ticket, [fd, DATA, text.len() as u64, 0, 0, 0])) {
            Answer::Wait(again) => assert_eq!(again, ticket),
            answer => break answer,
        }
        rounds += 1;
        assert!(rounds < 10);
    };
    assert_eq!(answer, Answer::Done(20_000));
    arrived.extend(w.drain(channel, 4096));
    assert!(arrived == text);
}

#[test]
fn a_nonblocking_send_takes_what_fits() {
    let mut w = world();
    w.configure(2, 8192);
    let (fd, channel) = w.connected(NONBLOCK);
    let text = vec![7; 10_000];
    assert_eq!(w.send(fd, &text, 0), Answer::Done(8192));
    assert_eq!(w.poll_one(fd), 0);
    let ticket = w.send(fd, &text, 0).ticket();
    assert_eq!(w.ticket_timeout(ticket), 0.0, "it only lets the event loop turn");
    Answer::of(w.sys_sendto(ticket, [fd, DATA, 1, 0, 0, 0])).fails(Errno::AGAIN);
    w.send_done(channel, 2000);
    assert_eq!(w.poll_one(fd), 0, "less than a third is free");
    w.send_done(channel, 2000);
    assert_eq!(w.poll_one(fd), WRITE);
    assert_eq!(w.send(fd, &text, DONTWAIT), Answer::Done(4000));
}

#[test]
fn reading_stops_at_the_limit_and_goes_on_below_half_of_it() {
    let mut w = world();
    w.configure(1, 8192);
    let (fd, channel) = w.connected(0);
    assert!(w.arrive(channel, &[1; 8191]));
    assert!(!w.arrive(channel, &[2; 100]), "stop");
    assert!(!w.arrive(channel, &[3; 1000]), "a chunk in hand is still taken");
    assert_eq!(w.recv(fd, 5000, 0), Answer::Done(5000));
    assert!(w.given().is_empty());
    assert_eq!(w.recv(fd, 1000, 0), Answer::Done(1000));
    assert_eq!(w.one(), (channel, Given::Resume));
    assert_eq!(w.recv(fd, 10_000, 0), Answer::Done(3291));
    assert_eq!(&w.data(3291)[2291..], [3; 1000]);
}

#[test]
fn a_host_that_found_no_room_is_told_when_there_is() {
    let mut w = world();
    w.configure(1, 4096);
    let (fd, channel) = w.connected(0);
    w.arrive(channel, &[1; 4096 + 65536]);
    assert!(w.recv_reserve(channel, 10).is_empty());
    assert_eq!(w.recv(fd, 70_000, 0), Answer::Done(69_632));
    assert_eq!(w.one(), (channel, Given::Resume));
}

#[test]
fn states_without_a_connection() {
    let mut w = world();
    let fd = w.socket(INET, STREAM);
    w.recv(fd, 1, 0).fails(Errno::NOTCONN);
    w.send(fd, b"x", 0).fails(Errno::PIPE);
    assert_eq!(w.poll_one(fd), WRITE | HUP);
    Answer::of(w.sys_getpeername(0, [fd, ADDRESS, LENGTH, 0, 0, 0])).fails(Errno::NOTCONN);
    Answer::of(w.sys_accept4(0, [fd, 0, 0, 0, 0, 0])).fails(Errno::INVAL);
}

#[test]
fn vectors_are_gathered_and_scattered() {
    let mut w = world();
    let (fd, channel) = w.connected(0);
    w.put(DATA, b"abcdefgh");
    let at = |offset: u64, length: u32| [((DATA + offset) as u32).to_le_bytes(), length.to_le_bytes()].concat();
    w.put(TABLE, &[at(0, 3), at(5, 0), at(4, 4)].concat());
    assert_eq!(Answer::of(w.wasi_fd_write(0, [fd, TABLE, 3, RESULT])), Answer::Done(0));
    assert_eq!(w.get_int(RESULT), 7);
    assert_eq!(w.drain(channel, 3), b"abcefgh");
    w.arrive(channel, b"123456789");
    w.put(TABLE, &[at(100, 2), at(200, 4)].concat());
    assert_eq!(Answer::of(w.wasi_fd_read(0, [fd, TABLE, 2, RESULT])), Answer::Done(0));
    assert_eq!(w.get_int(RESULT), 6);
    assert_eq!(w.get(DATA + 100, 2), b"12");
    assert_eq!(w.get(DATA + 200, 4), b"3456");
    // recvmsg: name (unfilled, as Linux), no control data, no flags.
    let message = [ADDRESS as u32, 16, TABLE as u32, 2, 0x555, 99, 0xffff]
        .map(u32::to_le_bytes)
        .concat();
    w.put(VALUE, &message);
    assert_eq!(Answer::of(w.sys_recvmsg(0, [fd, VALUE, 0, 0, 0, 0])), Answer::Done(3));
    assert_eq!(w.get(DATA + 200, 1), b"9");
    assert_eq!(
        (w.get_int(VALUE + 4), w.get_int(VALUE + 20), w.get_int(VALUE + 24)),
        (0, 0, 0)
    );
    assert_eq!(Answer::of(w.sys_sendmsg(0, [fd, VALUE, 0, 0, 0, 0])), Answer::Done(6));
    let too_many = [0, 0, TABLE as u32, 1025, 0, 0, 0].map(u32::to_le_bytes).concat();
    w.put(VALUE, &too_many);
    Answer::of(w.sys_sendmsg(0, [fd, VALUE, 0, 0, 0, 0])).fails(Errno::MSGSIZE);
}

#[test]
fn wild_pointers_are_efault() {
    let mut w = world();
    let (fd, channel) = w.connected(0);
    let wild = 0xffff_fff0;
    Answer::of(w.sys_sendto(0, [fd, wild, 10, 0, 0, 0])).fails(Errno::FAULT);
    w.arrive(channel, b"kept");
    Answer::of(w.sys_recvfrom(0, [fd, wild, 10, 0, 0, 0])).fails(Errno::FAULT);
    assert_eq!(w.recv(fd, 10, 0), Answer::Done(4), "a fault loses nothing");
    Answer::of(w.sys_getsockname(0, [fd, ADDRESS, wild, 0, 0, 0])).fails(Errno::FAULT);
    assert_eq!(
        Answer::of(w.wasi_fd_read(0, [fd, wild, 1, RESULT])),
        Answer::Done(Errno::FAULT.number())
    );
    Answer::of(w.sys_poll(0, [wild, 1, 0])).fails(Errno::FAULT);
    // What lies before the end of memory is sent, as Linux does.
    let end = MEMORY as u64 - 3;
    assert_eq!(Answer::of(w.sys_sendto(0, [fd, end, 2, 0, 0, 0])), Answer::Done(2));
    Answer::of(w.sys_sendto(0, [fd, end, 4, 0, 0, 0])).fails(Errno::FAULT);
    assert_eq!(w.send(fd, b"", 0), Answer::Done(0));
}

#[test]
fn a_connection_that_is_idle_costs_no_buffer() {
    let mut w = world();
    let (fd, channel) = w.connected(0);
    // The rings give their memory back to the pool when they are empty; a thousand echoes need two buffers.
    for _ in 0..1000 {
        w.arrive(channel, &[1; 900]);
        assert_eq!(w.recv(fd, 900, 0), Answer::Done(900));
        assert_eq!(w.send(fd, &[1; 900], 0), Answer::Done(900));
        assert_eq!(w.drain(channel, 65536).len(), 900);
        w.given();
    }
    assert!(
        size_of::<direct_sockets_runtime::socket::Socket>() + size_of::<direct_sockets_runtime::socket::Connection>()
            < 1024
    );
}
