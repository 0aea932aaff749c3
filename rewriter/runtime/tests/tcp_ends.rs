//! TCP: how connections end, and how they begin on the side that listens.

mod world;

use direct_sockets_runtime::constants::limit;
use direct_sockets_runtime::errno::Errno;
use direct_sockets_runtime::interface::Endpoint;
use world::*;

const READ: u16 = 1 | 0x40;
const WRITE: u16 = 4 | 0x100;
const HUP: u16 = 0x10;
const RDHUP: u16 = 0x2000;

#[test]
fn shutdown_of_writing_sends_fin_and_refuses_more() {
    let mut w = world();
    let (fd, channel) = w.connected(0);
    assert_eq!(w.send(fd, b"all", 0), Answer::Done(3));
    assert_eq!(Answer::of(w.sys_shutdown(0, [fd, 1, 0, 0, 0, 0])), Answer::Done(0));
    assert_eq!(w.given(), [(channel, Given::Send), (channel, Given::Shutdown)]);
    w.send(fd, b"x", 0).fails(Errno::PIPE);
    assert_eq!(w.poll_one(fd), WRITE);
    assert_eq!(w.drain(channel, 10), b"all");
    w.arrive(channel, b"reply");
    assert_eq!(w.recv(fd, 10, 0), Answer::Done(5));
    w.recv_end(channel);
    assert_eq!(w.poll_one(fd), READ | WRITE | HUP | RDHUP);
    Answer::of(w.sys_shutdown(0, [fd, 3, 0, 0, 0, 0])).fails(Errno::INVAL);
    let fresh = w.socket(INET, STREAM);
    Answer::of(w.sys_shutdown(0, [fresh, 1, 0, 0, 0, 0])).fails(Errno::NOTCONN);
}

#[test]
fn close_delivers_what_is_queued() {
    let mut w = world();
    let (fd, channel) = w.connected(0);
    w.send(fd, b"bye", 0).done();
    assert_eq!(w.close(fd), Answer::Done(0));
    assert_eq!(
        w.given(),
        [(channel, Given::Send), (channel, Given::Close(Closing::Deliver))]
    );
    assert_eq!(w.drain(channel, 10), b"bye");
    w.closed(channel);
    w.recv(fd, 1, 0).fails(Errno::BADF);
}

#[test]
fn close_with_linger_zero_resets() {
    let mut w = world();
    let (fd, channel) = w.connected(0);
    w.put(VALUE, &[1, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(
        Answer::of(w.sys_setsockopt(0, [fd, 1, 13, VALUE, 8, 0])),
        Answer::Done(0)
    );
    w.send(fd, b"bye", 0).done();
    w.given();
    w.close(fd).done();
    assert_eq!(w.one(), (channel, Given::Close(Closing::Abort)));
    assert!(w.drain(channel, 10).is_empty());
}

#[test]
fn close_while_another_call_waits_leaves_that_call_its_socket() {
    let mut w = world();
    let (fd, channel) = w.connected(0);
    let ticket = w.recv(fd, 10, 0).ticket();
    w.close(fd).done();
    assert!(w.given().is_empty(), "somebody still reads");
    let reused = w.socket(INET, STREAM);
    assert_eq!(reused, fd);
    w.arrive(channel, b"late");
    assert_eq!(
        Answer::of(w.sys_recvfrom(ticket, [fd, DATA, 10, 0, 0, 0])),
        Answer::Done(4)
    );
    assert_eq!(w.one(), (channel, Given::Close(Closing::Deliver)), "now nobody does");
}

#[test]
fn a_listener_accepts_what_the_host_accepted() {
    let mut w = world();
    let fd = w.socket(INET, STREAM);
    let listener = w.bound_stream(fd, "127.0.0.1:0", "127.0.0.1:7000");
    w.bind(fd, "127.0.0.1:0").fails(Errno::INVAL);
    let ticket = Answer::of(w.sys_listen(0, [fd, 5, 0, 0, 0, 0])).ticket();
    let given = Given::TcpListen {
        local: endpoint("127.0.0.1:7000"),
        backlog: 5,
        flags: 0,
    };
    assert_eq!(w.one(), (listener, given), "the socket that is bound goes on");
    w.opened(listener, endpoint("127.0.0.1:7000"), Endpoint::NONE);
    assert_eq!(Answer::of(w.sys_listen(ticket, [fd, 5, 0, 0, 0, 0])), Answer::Done(0));
    w.put(LENGTH, &16i32.to_le_bytes());
    assert_eq!(
        Answer::of(w.sys_getsockname(0, [fd, ADDRESS, LENGTH, 0, 0, 0])),
        Answer::Done(0)
    );
    assert_eq!(w.get_address(), "127.0.0.1:7000");
    assert_eq!(w.poll_one(fd), 0);
    let ticket = Answer::of(w.sys_accept4(0, [fd, ADDRESS, LENGTH, NONBLOCK, 0, 0])).ticket();
    w.woken();
    let client = w
        .accepted(listener, endpoint("127.0.0.1:7000"), endpoint("127.0.0.1:9999"))
        .unwrap();
    assert_eq!(w.woken(), [ticket]);
    assert_eq!(w.poll_one(fd), READ);
    w.arrive(client, b"eager");
    let accepted = Answer::of(w.sys_accept4(ticket, [fd, ADDRESS, LENGTH, NONBLOCK, 0, 0])).done() as u64;
    assert_eq!(w.get_address(), "127.0.0.1:9999");
    assert_eq!(w.recv(accepted, 10, 0), Answer::Done(5));
    assert_eq!(Answer::of(w.sys_fcntl64(0, [accepted, 3, 0])), Answer::Done(0x802));
    // Nobody accepted this one: it is reset with its listener.
    let forgotten = w
        .accepted(listener, endpoint("127.0.0.1:7000"), endpoint("127.0.0.1:9998"))
        .unwrap();
    w.given();
    w.close(fd).done();
    assert_eq!(
        w.given(),
        [
            (forgotten, Given::Close(Closing::Abort)),
            (listener, Given::Close(Closing::Deliver))
        ]
    );
    assert_eq!(w.accepted(listener, Endpoint::NONE, Endpoint::NONE), None);
}

#[test]
fn a_client_waits_while_accept_has_no_number_for_it() {
    let mut w = world();
    let fd = w.socket(INET, STREAM);
    let listener = w.bound_stream(fd, "127.0.0.1:0", "127.0.0.1:7000");
    let ticket = Answer::of(w.sys_listen(0, [fd, 5, 0, 0, 0, 0])).ticket();
    w.opened(listener, endpoint("127.0.0.1:7000"), Endpoint::NONE);
    Answer::of(w.sys_listen(ticket, [fd, 5, 0, 0, 0, 0])).done();
    w.accepted(listener, endpoint("127.0.0.1:7000"), endpoint("127.0.0.1:9999"))
        .unwrap();
    // The program's file system has no more numbers, and those beyond its own are used up.
    w.app().most = 4;
    for own in limit::FILES as u64..u64::from(limit::DESCRIPTORS) {
        assert_eq!(w.socket(INET, STREAM), own);
    }
    Answer::of(w.sys_accept4(0, [fd, 0, 0, 0, 0, 0])).fails(Errno::MFILE);
    assert_eq!(w.poll_one(fd), READ);
    w.close(5000).done();
    assert_eq!(Answer::of(w.sys_accept4(0, [fd, 0, 0, 0, 0, 0])), Answer::Done(5000));
}

#[test]
fn listen_tells_why_it_cannot() {
    let mut w = world();
    let fd = w.socket(INET, STREAM);
    w.bound_stream(fd, "127.0.0.1:80", "127.0.0.1:80");
    let ticket = Answer::of(w.sys_listen(0, [fd, 5, 0, 0, 0, 0])).ticket();
    let (listener, _) = w.one();
    w.failed(listener, Errno::ADDRINUSE);
    Answer::of(w.sys_listen(ticket, [fd, 5, 0, 0, 0, 0])).fails(Errno::ADDRINUSE);
    assert_eq!(w.so_error(fd), 0);
    let udp = w.socket(INET, DGRAM);
    Answer::of(w.sys_listen(0, [udp, 5, 0, 0, 0, 0])).fails(Errno::OPNOTSUPP);
}

#[test]
fn bind_tells_the_port_or_why_it_cannot() {
    let mut w = world();
    let fd = w.socket(INET, STREAM);
    let ticket = w.bind(fd, "192.0.2.9:0").ticket();
    let (channel, command) = w.one();
    assert!(matches!(command, Given::TcpBind { .. }), "{command:?}");
    w.failed(channel, Errno::ADDRNOTAVAIL);
    Answer::of(w.sys_bind(ticket, [fd, ADDRESS, 16, 0, 0, 0])).fails(Errno::ADDRNOTAVAIL);
    assert_eq!(w.so_error(fd), 0);
    w.given();
    w.woken();
    w.bound_stream(fd, "0.0.0.0:0", "0.0.0.0:41000");
    w.put(LENGTH, &16i32.to_le_bytes());
    assert_eq!(
        Answer::of(w.sys_getsockname(0, [fd, ADDRESS, LENGTH, 0, 0, 0])),
        Answer::Done(0)
    );
    assert_eq!(w.get_address(), "0.0.0.0:41000");
    assert_eq!(w.poll_one(fd), WRITE | HUP);
}

#[test]
fn a_bound_socket_connects_from_there() {
    let mut w = world();
    let fd = w.socket(INET, STREAM);
    let channel = w.bound_stream(fd, "127.0.0.1:0", "127.0.0.1:41000");
    let ticket = w.connect(fd, "192.0.2.1:80").ticket();
    let (other, command) = w.one();
    assert_eq!(other, channel);
    assert!(matches!(command, Given::TcpConnect { .. }), "{command:?}");
    w.failed(channel, Errno::CONNREFUSED);
    Answer::of(w.sys_connect(ticket, [fd, ADDRESS, 16, 0, 0, 0])).fails(Errno::CONNREFUSED);
    w.given();
    // The port is still its own.
    w.connect(fd, "192.0.2.1:80").ticket();
    let (_, command) = w.one();
    let Given::TcpConnect { local, .. } = command else {
        panic!("{command:?}")
    };
    assert_eq!(local, endpoint("127.0.0.1:41000"));
}

#[test]
fn a_program_that_cannot_wait_binds_and_listens_in_the_background() {
    let mut w = world();
    let fd = w.socket(INET, STREAM);
    let ticket = w.bind(fd, "127.0.0.1:0").ticket();
    let (channel, _) = w.one();
    assert_eq!(Answer::of(w.sys_abandon(ticket)), Answer::Done(0));
    let ticket = Answer::of(w.sys_listen(0, [fd, 5, 0, 0, 0, 0])).ticket();
    assert_eq!(Answer::of(w.sys_abandon(ticket)), Answer::Done(0));
    assert!(w.given().is_empty());
    w.opened(channel, endpoint("127.0.0.1:7000"), Endpoint::NONE);
    let (other, command) = w.one();
    assert_eq!(other, channel);
    assert!(matches!(command, Given::TcpListen { backlog: 5, .. }), "{command:?}");
    w.opened(channel, endpoint("127.0.0.1:7000"), Endpoint::NONE);
    assert!(w.accepted(channel, Endpoint::NONE, endpoint("127.0.0.1:9")).is_some());
}

#[test]
fn a_port_is_one_sockets_unless_both_agree() {
    let mut w = world();
    let first = w.socket(INET, STREAM);
    w.bound_stream(first, "127.0.0.1:7000", "127.0.0.1:7000");
    let second = w.socket(INET, STREAM);
    w.bind(second, "127.0.0.1:7000").fails(Errno::ADDRINUSE);
    w.bind(second, "0.0.0.0:7000").fails(Errno::ADDRINUSE);
    assert_eq!(w.set_option(second, 1, 2, 1), Answer::Done(0));
    w.bind(second, "127.0.0.1:7000").fails(Errno::ADDRINUSE);
    assert_eq!(w.set_option(first, 1, 2, 1), Answer::Done(0));
    w.bound_stream(second, "127.0.0.1:7000", "127.0.0.1:7000");
    let third = w.socket(INET, STREAM);
    w.bound_stream(third, "127.0.0.2:7000", "127.0.0.2:7000");
}

#[test]
fn close_with_unread_bytes_resets_after_what_is_queued() {
    let mut w = world();
    let (fd, channel) = w.connected(0);
    w.arrive(channel, b"unread");
    w.send(fd, b"bye", 0).done();
    w.given();
    w.close(fd).done();
    assert_eq!(w.one(), (channel, Given::Close(Closing::Reset)));
    assert_eq!(w.drain(channel, 10), b"bye");
}

#[test]
fn close_lingers_until_all_has_left_or_the_time_is_over() {
    let mut w = world();
    let linger = |w: &mut World, fd| {
        w.put(VALUE, &[1, 0, 0, 0, 2, 0, 0, 0]);
        let answer = Answer::of(w.sys_setsockopt(0, [fd, 1, 13, VALUE, 8, 0]));
        assert_eq!(answer, Answer::Done(0));
        w.send(fd, b"bye", 0).done();
        w.close(fd).ticket()
    };
    let (fd, channel) = w.connected(0);
    let ticket = linger(&mut w, fd);
    assert_eq!(w.ticket_timeout(ticket), 2000.0);
    assert_eq!(w.socket(INET, STREAM), fd, "the number is free already");
    assert_eq!(w.drain(channel, 10), b"bye");
    assert_eq!(w.woken(), [ticket]);
    assert_eq!(Answer::of(w.wasi_fd_close(ticket, [fd])), Answer::Done(0));

    w.given();
    let (fd, channel) = w.connected(0);
    let ticket = linger(&mut w, fd);
    w.host().time += 2000.0;
    assert_eq!(Answer::of(w.wasi_fd_close(ticket, [fd])), Answer::Done(0));
    assert_eq!(w.drain(channel, 10), b"bye", "it goes on leaving");
}

#[test]
fn shutdown_ends_a_connection_attempt() {
    let mut w = world();
    let fd = w.socket(INET, STREAM | NONBLOCK);
    w.connect(fd, "192.0.2.1:80").fails(Errno::INPROGRESS);
    let (channel, _) = w.one();
    assert_eq!(Answer::of(w.sys_shutdown(0, [fd, 2, 0, 0, 0, 0])), Answer::Done(0));
    assert_eq!(w.one(), (channel, Given::Close(Closing::Abort)));
}
