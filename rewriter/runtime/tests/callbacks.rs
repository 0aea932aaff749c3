//! `emscripten_set_socket_*_callback`: which function is called when, with which descriptor.

mod world;

use direct_sockets_runtime::errno::Errno;
use direct_sockets_runtime::interface::Endpoint;
use world::*;

const ERROR: u64 = 1;
const OPEN: u64 = 2;
const LISTEN: u64 = 3;
const CONNECTION: u64 = 4;
const MESSAGE: u64 = 5;
const CLOSE: u64 = 6;

/// A program that has registered a function for everything, with its number times 100 as user data.
fn registered() -> World {
    let mut w = world();
    for (entry, function) in [
        (World::on_socket_error as fn(&mut World, u32, [u64; 2]) -> i64, ERROR),
        (World::on_socket_open, OPEN),
        (World::on_socket_listen, LISTEN),
        (World::on_socket_connection, CONNECTION),
        (World::on_socket_message, MESSAGE),
        (World::on_socket_close, CLOSE),
    ] {
        assert_eq!(
            Answer::of(entry(&mut w, 0, [function * 100, function])),
            Answer::Done(0)
        );
    }
    assert_eq!(w.given(), [(0, Given::Stay)], "the program stays, which is said once");
    w
}

/// Function and descriptor of a callback.
type Called = (u64, i32);

/// The callbacks since the last look, and the other commands.
fn called(w: &mut World) -> (Vec<Called>, Vec<(u32, Given)>) {
    let mut called = Vec::new();
    let mut others = Vec::new();
    for (id, given) in w.given() {
        match given {
            Given::CallBack {
                function,
                callback,
                is_error,
            } => {
                assert_eq!(callback.user_data, u64::from(function) * 100);
                assert_eq!(is_error, u64::from(function) == ERROR);
                assert_eq!(callback.errno != 0, is_error);
                called.push((function.into(), callback.fd));
            }
            given => others.push((id, given)),
        }
    }
    (called, others)
}

#[test]
fn a_client_hears_open_message_close() {
    let mut w = registered();
    let fd = w.socket(INET, STREAM | NONBLOCK);
    w.connect(fd, "192.0.2.1:80").fails(Errno::INPROGRESS);
    let (now, others) = called(&mut w);
    assert!(now.is_empty());
    let channel = others[0].0;
    w.opened(channel, endpoint("10.0.0.1:40000"), endpoint("192.0.2.1:80"));
    assert_eq!(called(&mut w).0, [(OPEN, 3)]);
    w.arrive(channel, b"data");
    assert_eq!(called(&mut w).0, [(MESSAGE, 3)]);
    w.recv_end(channel);
    assert_eq!(called(&mut w).0, [(CLOSE, 3)]);
    w.close(fd);
    assert_eq!(called(&mut w).0, [], "its end was told");
}

#[test]
fn who_closes_hears_it_with_the_last_descriptor() {
    let mut w = registered();
    let fd = w.socket(INET, STREAM | NONBLOCK);
    w.connect(fd, "192.0.2.1:80").fails(Errno::INPROGRESS);
    let channel = called(&mut w).1[0].0;
    w.opened(channel, endpoint("10.0.0.1:40000"), endpoint("192.0.2.1:80"));
    let other = Answer::of(w.sys_dup(0, [fd])).done();
    called(&mut w);
    w.close(fd);
    assert_eq!(called(&mut w).0, []);
    w.arrive(channel, b"x");
    assert_eq!(called(&mut w).0, [(MESSAGE, other)], "the number that is left");
    w.close(other as u64);
    assert_eq!(called(&mut w).0, [(CLOSE, other)]);
}

#[test]
fn a_refused_connection_is_an_error_with_a_text() {
    let mut w = registered();
    let fd = w.socket(INET, STREAM | NONBLOCK);
    w.connect(fd, "192.0.2.1:80").fails(Errno::INPROGRESS);
    let channel = called(&mut w).1[0].0;
    w.failed(channel, Errno::CONNREFUSED);
    let given = w.given();
    let callback = given.iter().find_map(|(_, given)| match given {
        Given::CallBack { callback, .. } => Some(*callback),
        _ => None,
    });
    let callback = callback.expect("a callback");
    assert_eq!((callback.fd, callback.errno), (3, Errno::CONNREFUSED.number()));
    let text = callback.message;
    assert_eq!(w.get(text, 33), b"ECONNREFUSED: Connection refused\0");
    w.host().given = given;
    assert_eq!(called(&mut w).0, [(ERROR, 3), (CLOSE, 3)]);
    assert_eq!(text, HEAP, "the one block");
    assert_eq!(
        w.so_error(fd),
        Errno::CONNREFUSED.number(),
        "it is still to be asked for"
    );
}

/// A listening socket: its descriptor and its channel.
fn listening(w: &mut World) -> (u64, u32) {
    let fd = w.socket(INET, STREAM | NONBLOCK);
    let ticket = w.bind(fd, "127.0.0.1:0").ticket();
    let channel = called(w).1[0].0;
    w.opened(channel, endpoint("127.0.0.1:5000"), Endpoint::NONE);
    assert_eq!(called(w).0, [], "bound is not listening");
    assert_eq!(
        Answer::of(w.sys_bind(ticket, [fd, ADDRESS, 16, 0, 0, 0])),
        Answer::Done(0)
    );
    let ticket = Answer::of(w.sys_listen(0, [fd, 5, 0, 0, 0, 0])).ticket();
    let channel = called(w).1[0].0;
    w.opened(channel, endpoint("127.0.0.1:5000"), Endpoint::NONE);
    assert_eq!(called(w).0, [(LISTEN, fd as i32)]);
    assert_eq!(Answer::of(w.sys_listen(ticket, [fd, 5, 0, 0, 0, 0])), Answer::Done(0));
    (fd, channel)
}

#[test]
fn a_client_has_its_number_before_it_is_accepted() {
    let mut w = registered();
    let (fd, channel) = listening(&mut w);
    let first = w.accepted(channel, Endpoint::NONE, endpoint("127.0.0.1:6000")).unwrap();
    let second = w.accepted(channel, Endpoint::NONE, endpoint("127.0.0.1:6001")).unwrap();
    w.arrive(second, b"early");
    assert_eq!(called(&mut w).0, [(CONNECTION, 4), (CONNECTION, 5), (MESSAGE, 5)]);
    assert_eq!(w.socket(INET, STREAM), 6, "the numbers are taken");
    for client in [4, 5] {
        assert_eq!(Answer::of(w.sys_accept4(0, [fd, 0, 0, 0, 0, 0])), Answer::Done(client));
    }
    w.arrive(first, b"late");
    assert_eq!(called(&mut w).0, [(MESSAGE, 4)]);
    // Those that nobody accepts give theirs back.
    w.accepted(channel, Endpoint::NONE, endpoint("127.0.0.1:6002")).unwrap();
    assert_eq!(called(&mut w).0, [(CONNECTION, 7)]);
    w.close(fd);
    assert_eq!(called(&mut w).0, [(CLOSE, 3)]);
    assert_eq!((w.socket(INET, STREAM), w.socket(INET, STREAM)), (3, 7));
}

#[test]
fn udp() {
    let mut w = registered();
    let fd = w.socket(INET, DGRAM);
    let ticket = w.bind(fd, "127.0.0.1:0").ticket();
    let channel = called(&mut w).1[0].0;
    w.opened(channel, endpoint("127.0.0.1:5000"), Endpoint::NONE);
    assert_eq!(
        Answer::of(w.sys_bind(ticket, [fd, ADDRESS, 16, 0, 0, 0])),
        Answer::Done(0)
    );
    assert_eq!(called(&mut w).0, [(LISTEN, 3)]);
    assert!(w.arrive_datagram(channel, b"one", endpoint("127.0.0.1:9")));
    w.failed(channel, Errno::CONNREFUSED);
    assert_eq!(called(&mut w).0, [(MESSAGE, 3), (ERROR, 3)], "it is not closed by that");
    let fd = w.socket(INET, DGRAM);
    let ticket = w.connect(fd, "127.0.0.1:9").ticket();
    let channel = called(&mut w).1[0].0;
    w.opened(channel, endpoint("127.0.0.1:5001"), endpoint("127.0.0.1:9"));
    assert_eq!(
        Answer::of(w.sys_connect(ticket, [fd, ADDRESS, 16, 0, 0, 0])),
        Answer::Done(0)
    );
    assert_eq!(called(&mut w).0, [(OPEN, 4)]);
}

#[test]
fn null_unregisters() {
    let mut w = registered();
    let (_, channel) = listening(&mut w);
    assert_eq!(Answer::of(w.on_socket_connection(0, [7, 0])), Answer::Done(0));
    w.accepted(channel, Endpoint::NONE, endpoint("127.0.0.1:6000")).unwrap();
    assert_eq!(called(&mut w).0, []);
    assert_eq!(w.socket(INET, STREAM), 4, "no number is kept for it");
}
