//! Calls on a stack that cannot wait: what they answer then, and what goes on without them.

mod world;

use direct_sockets_runtime::errno::Errno;
use direct_sockets_runtime::interface::{Endpoint, setting};
use world::files::Files;
use world::*;

fn abandon(w: &mut World, answer: Answer) -> i32 {
    let ticket = answer.ticket();
    Answer::of(w.sys_abandon(ticket)).done()
}

#[test]
fn what_follows_a_bind_begins_once_it_is_bound() {
    let mut w = world();
    let fd = w.socket(INET, STREAM);
    let answer = w.bind(fd, "127.0.0.1:0");
    assert_eq!(abandon(&mut w, answer), 0);
    let (channel, _) = w.one();
    // The port is not known yet, the address is.
    w.put(LENGTH, &16i32.to_le_bytes());
    let answer = Answer::of(w.sys_getsockname(0, [fd, ADDRESS, LENGTH, 0, 0, 0]));
    assert_eq!(abandon(&mut w, answer), 0);
    assert_eq!(w.get_address(), "127.0.0.1:0");
    w.connect(fd, "127.0.0.1:80").fails(Errno::INPROGRESS);
    assert_eq!(w.given(), []);
    w.opened(channel, endpoint("127.0.0.1:5000"), Endpoint::NONE);
    let (same, given) = w.one();
    assert_eq!(same, channel);
    let asked = (endpoint("127.0.0.1:5000"), endpoint("127.0.0.1:80"));
    assert!(
        matches!(given, Given::TcpConnect { local, remote, .. } if (local, remote) == asked),
        "{given:?}"
    );
    w.opened(channel, asked.0, asked.1);
    assert_eq!(w.so_error(fd), 0);
    assert_eq!(w.poll_one(fd) & 4, 4);
}

#[test]
fn what_cannot_begin_after_a_bind_is_told_by_so_error() {
    let mut w = world();
    let fd = w.socket(INET, STREAM);
    let answer = w.bind(fd, "127.0.0.1:0");
    assert_eq!(abandon(&mut w, answer), 0);
    let (channel, _) = w.one();
    w.connect(fd, "127.0.0.1:80").fails(Errno::INPROGRESS);
    w.host().refuse = Some(Errno::NETUNREACH);
    w.opened(channel, endpoint("127.0.0.1:5000"), Endpoint::NONE);
    assert_eq!(w.so_error(fd), Errno::NETUNREACH.number());
    w.check().unwrap();
}

#[test]
fn a_write_answers_what_it_has_taken() {
    let mut w = world();
    w.configure(setting::SEND_LIMIT, 4096);
    let (fd, channel) = w.connected(0);
    let answer = w.write_to(0, fd, 5000);
    assert_eq!(abandon(&mut w, answer), 0);
    assert_eq!(w.count(), 4096);
    assert_eq!(w.drain(channel, 9999).len(), 4096);
    let answer = w.read_from(0, fd, 10);
    assert_eq!(abandon(&mut w, answer), Errno::AGAIN.number());
}

#[test]
fn a_close_that_lingers_goes_on_alone() {
    let mut w = world();
    let (fd, channel) = w.connected(0);
    w.put(VALUE, &[1, 0, 0, 0, 9, 0, 0, 0]);
    assert_eq!(
        Answer::of(w.sys_setsockopt(0, [fd, 1, 13, VALUE, 8, 0])),
        Answer::Done(0)
    );
    assert_eq!(w.send(fd, b"bytes", 0), Answer::Done(5));
    let answer = w.close(fd);
    assert_eq!(abandon(&mut w, answer), 0);
    assert_eq!(w.drain(channel, 99), b"bytes");
    w.closed(channel);
    assert_eq!((w.census().channels, w.census().tickets), (0, 0));
}

#[test]
fn a_connection_that_is_dropped_leaves_a_fresh_socket() {
    let mut w = world();
    let (fd, channel) = w.connected(0);
    w.send(fd, b"never sent", 0).done();
    w.arrive(channel, b"never read");
    w.given();
    w.put(ADDRESS, &[0; 16]);
    assert_eq!(
        Answer::of(w.sys_connect(0, [fd, ADDRESS, 16, 0, 0, 0])),
        Answer::Done(0)
    );
    assert_eq!(w.given(), [(channel, Given::Close(Closing::Abort))]);
    w.check().unwrap();
    assert_eq!(w.census().lent, 0);
    w.recv(fd, 10, 0).fails(Errno::NOTCONN);
    let answer = w.connect(fd, "192.0.2.2:80");
    assert_eq!(abandon(&mut w, answer), -Errno::INPROGRESS.number());
    let (other, _) = w.one();
    assert_ne!(other, channel, "the host has not said that it is closed");
    w.closed(channel);
    w.check().unwrap();
}
