//! TCP: how connections end, and how they begin on the side that listens.

mod world;

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
        [(channel, Given::Send), (channel, Given::Close { abort: false })]
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
    assert_eq!(w.one(), (channel, Given::Close { abort: true }));
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
    assert_eq!(w.one(), (channel, Given::Close { abort: false }), "now nobody does");
}

#[test]
fn a_listener_accepts_what_the_host_accepted() {
    let mut w = world();
    let fd = w.socket(INET, STREAM);
    assert_eq!(w.bind(fd, "127.0.0.1:0"), Answer::Done(0));
    w.bind(fd, "127.0.0.1:0").fails(Errno::INVAL);
    let ticket = Answer::of(w.sys_listen(0, [fd, 5, 0, 0, 0, 0])).ticket();
    let (listener, command) = w.one();
    assert_eq!(
        command,
        Given::TcpListen {
            local: endpoint("127.0.0.1:0"),
            backlog: 5,
            flags: 0
        }
    );
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
            (forgotten, Given::Close { abort: true }),
            (listener, Given::Close { abort: false })
        ]
    );
    assert_eq!(w.accepted(listener, Endpoint::NONE, Endpoint::NONE), None);
}

#[test]
fn listen_tells_why_it_cannot() {
    let mut w = world();
    let fd = w.socket(INET, STREAM);
    w.bind(fd, "127.0.0.1:80").done();
    let ticket = Answer::of(w.sys_listen(0, [fd, 5, 0, 0, 0, 0])).ticket();
    let (listener, _) = w.one();
    w.failed(listener, Errno::ADDRINUSE);
    Answer::of(w.sys_listen(ticket, [fd, 5, 0, 0, 0, 0])).fails(Errno::ADDRINUSE);
    assert_eq!(w.so_error(fd), 0);
    let udp = w.socket(INET, DGRAM);
    Answer::of(w.sys_listen(0, [udp, 5, 0, 0, 0, 0])).fails(Errno::OPNOTSUPP);
}
