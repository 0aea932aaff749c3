//! AF_UNIX sockets, as C programs of the same calls see them on Linux.

mod world;

use direct_sockets_runtime::constants::limit;
use direct_sockets_runtime::errno::Errno;
use world::files::*;
use world::*;

const OUT: u16 = 0x304;
const IN: u16 = 0x41;
const END: u16 = 0x2041;
const HUP: u16 = 0x10;
const ERR: u16 = 8;
const PEEK: u64 = 2;
const TRUNC: u64 = 0x20;
const WAITALL: u64 = 0x100;
const SOL_SOCKET: i32 = 1;

fn socket(w: &mut World, kind: u64) -> u64 {
    w.socket(UNIX, kind | NONBLOCK)
}

fn listener(w: &mut World, name: &[u8], backlog: u64) -> u64 {
    let fd = socket(w, STREAM);
    assert_eq!(w.bind_name(fd, name), Ok(0));
    assert_eq!(listen(w, fd, backlog), Ok(0));
    fd
}

fn listen(w: &mut World, fd: u64, backlog: u64) -> Outcome {
    outcome(Answer::of(w.sys_listen(0, [fd, backlog, 0, 0, 0, 0])))
}

fn accept(w: &mut World, fd: u64) -> Outcome {
    outcome(Answer::of(w.sys_accept4(0, [fd, 0, 0, NONBLOCK, 0, 0])))
}

fn shutdown(w: &mut World, fd: u64, how: u64) -> Outcome {
    outcome(Answer::of(w.sys_shutdown(0, [fd, how, 0, 0, 0, 0])))
}

fn send_now(w: &mut World, fd: u64, bytes: &[u8]) -> Outcome {
    outcome(w.send(fd, bytes, DONTWAIT))
}

#[test]
fn which_pairs_there_are() {
    let mut w = world();
    let mut pair =
        |domain, kind, protocol| outcome(Answer::of(w.sys_socketpair(0, [domain, kind, protocol, VALUE, 0, 0])));
    for (domain, kind, protocol, errno) in [
        (2, 1, 0, Errno::OPNOTSUPP),
        (10, 1, 0, Errno::OPNOTSUPP),
        (2, 2, 0, Errno::OPNOTSUPP),
        (2, 1, 17, Errno::PROTONOSUPPORT),
        (99, 1, 0, Errno::AFNOSUPPORT),
        (1, 4, 0, Errno::SOCKTNOSUPPORT),
        (1, 1, 5, Errno::PROTONOSUPPORT),
        (1, 0x41, 0, Errno::INVAL),
    ] {
        assert_eq!(pair(domain, kind, protocol), Err(errno), "{domain} {kind} {protocol}");
    }
    assert_eq!(pair(1, 1, 1), Ok(0));
    assert_eq!(pair(1, 3, 0), Ok(0));
    let raw = w.get_int(VALUE) as u64;
    assert_eq!(w.get_option(raw, SOL_SOCKET, 3), Ok(2), "SOCK_RAW is SOCK_DGRAM");
    Answer::of(w.sys_socketpair(0, [1, 1, 0, MEMORY as u64, 0, 0])).fails(Errno::FAULT);
    assert_eq!(w.pair(STREAM), (7, 8), "nothing was left behind");
}

#[test]
fn what_a_pair_says_of_itself() {
    let mut w = world();
    for kind in [STREAM, DGRAM, SEQPACKET] {
        let (a, b) = w.pair(nonblocking(kind));
        assert_eq!((w.poll_one(a), w.poll_one(b)), (OUT, OUT));
        assert_eq!((w.own_name(a), w.peer_name(a)), (vec![1, 0], Ok(vec![1, 0])));
        for (name, value) in [(3, kind as i32), (39, 1), (38, 0), (30, 0), (4, 0), (7, 212_992)] {
            assert_eq!(w.get_option(a, SOL_SOCKET, name), Ok(value), "{kind} {name}");
        }
        assert_eq!(w.get_option(a, 6, 1), Err(Answer::Done(-Errno::OPNOTSUPP.number())));
        w.set_option(a, 6, 1, 1).fails(Errno::OPNOTSUPP);
        assert_eq!(w.fcntl(a, 3, 0), Ok(0x802));
        let busy = if kind == DGRAM { Errno::OPNOTSUPP } else { Errno::INVAL };
        assert_eq!((listen(&mut w, a, 5), accept(&mut w, a)), (Err(busy), Err(busy)));
        w.connect_name(a, b"/none\0").fails(Errno::NOENT);
    }
    assert_eq!(w.given(), [], "the host hears nothing of it");
}

#[test]
fn a_stream_has_no_boundaries_and_the_others_have() {
    let mut w = world();
    for (kind, readable, first, rest) in [
        (STREAM, 10, &b"hel"[..], &b"loworld"[..]),
        (DGRAM, 5, b"hel", b"world"),
        (SEQPACKET, 10, b"hel", b"world"),
    ] {
        let (a, b) = w.pair(nonblocking(kind));
        assert_eq!(
            (send_now(&mut w, a, b"hello"), send_now(&mut w, a, b"world")),
            (Ok(5), Ok(5))
        );
        assert_eq!(w.readable(b), Ok(readable));
        assert_eq!(w.receive(b, 3, PEEK), Ok(b"hel".to_vec()));
        let truncated = outcome(w.recv(b, 3, TRUNC | DONTWAIT));
        assert_eq!(truncated, Ok(if kind == STREAM { 3 } else { 5 }));
        assert_eq!(w.data(3), first);
        assert_eq!(w.receive(b, 20, 0).as_deref(), Ok(rest));
        assert_eq!(w.receive(b, 20, 0), Err(Errno::AGAIN));
        // Nothing is a datagram too, but not a byte of a stream.
        assert_eq!(send_now(&mut w, a, b""), Ok(0));
        assert_eq!(w.poll_one(b), if kind == STREAM { OUT } else { OUT | IN });
        assert_eq!(
            w.receive(b, 20, 0),
            if kind == STREAM { Err(Errno::AGAIN) } else { Ok(vec![]) }
        );
        send_now(&mut w, a, b"q").unwrap();
        assert_eq!(w.receive_from(b, 9), (b"q".to_vec(), vec![]), "its sender has no name");
        let elsewhere = outcome(w.send_name(a, b"x", b"/none\0"));
        assert_eq!(
            elsewhere,
            match kind {
                STREAM => Err(Errno::ISCONN),
                DGRAM => Err(Errno::NOENT),
                _ => Ok(1),
            }
        );
    }
}

#[test]
fn datagrams_fill_the_buffer_as_on_linux() {
    for kind in [DGRAM, SEQPACKET] {
        for (size, count) in [(1, 278), (1000, 93)] {
            let mut w = world();
            let (a, b) = w.pair(nonblocking(kind));
            let sent = (0..1000)
                .take_while(|_| send_now(&mut w, a, &vec![1; size]).is_ok())
                .count();
            assert_eq!(sent, count);
            assert_eq!(w.poll_one(a), 0);
            let read = (0..1000)
                .take_while(|_| w.poll_one(a) == 0 && w.receive(b, 1000, 0).is_ok())
                .count();
            assert!((count - read).abs_diff(count / 4) <= 1, "{read} of {count}");
        }
        let mut w = world();
        let (a, _b) = w.pair(nonblocking(kind));
        assert_eq!(send_now(&mut w, a, &[0; 300_000]), Err(Errno::MSGSIZE));
        assert_eq!(send_now(&mut w, a, &[0; 212_960]), Ok(212_960));
        assert_eq!(send_now(&mut w, a, b"x"), Err(Errno::AGAIN));
    }
}

#[test]
fn a_stream_is_full_some_time() {
    let mut w = world();
    let (a, b) = w.pair(nonblocking(STREAM));
    assert_eq!(send_now(&mut w, a, &[0; 300_000]), Ok(212_992));
    assert_eq!((send_now(&mut w, a, b"x"), w.poll_one(a)), (Err(Errno::AGAIN), 0));
    assert_eq!(w.receive(b, 100_000, 0).unwrap().len(), 100_000);
    assert_eq!(w.poll_one(a), 0, "three quarters have to be read");
    assert_eq!(w.receive(b, 60_000, 0).unwrap().len(), 60_000);
    assert_eq!(w.poll_one(a), OUT);
    w.set_option(a, SOL_SOCKET, 7, 4000).done();
    let (small, _) = w.pair(nonblocking(STREAM));
    w.set_option(small, SOL_SOCKET, 7, 4000).done();
    assert_eq!(send_now(&mut w, small, &[0; 30_000]), Ok(8000));
}

#[test]
fn blocking_calls_wait_for_the_other_side() {
    let mut w = world();
    for kind in [STREAM, DGRAM, SEQPACKET] {
        let (a, b) = w.pair(kind);
        let ticket = w.recv(b, 10, 0).ticket();
        w.send(a, b"hello", 0).done();
        assert_eq!(w.woken(), [ticket]);
        assert_eq!(
            Answer::of(w.sys_recvfrom(ticket, [b, DATA, 10, 0, 0, 0])),
            Answer::Done(5)
        );
        while send_now(&mut w, a, &[0; 10_000]).is_ok() {}
        let ticket = w.send(a, &[0; 10_000], 0).ticket();
        while w.woken().is_empty() {
            w.receive(b, 10_000, 0).unwrap();
        }
        let again = Answer::of(w.sys_sendto(ticket, [a, DATA, 10_000, 0, 0, 0]));
        assert_eq!(again, Answer::Done(10_000), "kind {kind}");
    }
    // MSG_WAITALL, and a large send in parts.
    let (a, b) = w.pair(STREAM);
    let reader = w.recv(b, 300_000, WAITALL).ticket();
    w.put(DATA, &[5; 300_000]);
    let writer = Answer::of(w.sys_sendto(0, [a, DATA, 300_000, 0, 0, 0])).ticket();
    assert_eq!(w.woken(), [reader]);
    let whole = [b, DATA, 300_000, WAITALL, 0, 0];
    assert_eq!(Answer::of(w.sys_recvfrom(reader, whole)), Answer::Wait(reader));
    assert_eq!(w.woken(), [writer]);
    assert_eq!(
        Answer::of(w.sys_sendto(writer, [a, DATA, 300_000, 0, 0, 0])),
        Answer::Done(300_000)
    );
    assert_eq!(w.woken(), [reader]);
    assert_eq!(Answer::of(w.sys_recvfrom(reader, whole)), Answer::Done(300_000));
    // SO_RCVTIMEO.
    w.put(VALUE, &[1i64.to_le_bytes(), 0i64.to_le_bytes()].concat());
    Answer::of(w.sys_setsockopt(0, [b, 1, 66, VALUE, 16, 0])).done();
    let ticket = w.recv(b, 10, 0).ticket();
    assert_eq!(w.ticket_timeout(ticket), 1000.0);
    w.host().time = 1000.0;
    Answer::of(w.sys_recvfrom(ticket, [b, DATA, 10, 0, 0, 0])).fails(Errno::AGAIN);
}

#[test]
fn half_closing_a_connection() {
    let mut w = world();
    for kind in [STREAM, SEQPACKET] {
        let (a, b) = w.pair(nonblocking(kind));
        assert_eq!(shutdown(&mut w, a, 1), Ok(0));
        assert_eq!((w.poll_one(a), w.poll_one(b)), (OUT, OUT | END));
        assert_eq!(send_now(&mut w, a, b"x"), Err(Errno::PIPE));
        assert_eq!(w.receive(b, 1, 0), Ok(vec![]));
        assert_eq!(send_now(&mut w, b, b"back"), Ok(4));
        assert_eq!(w.receive(a, 9, 0), Ok(b"back".to_vec()));
        assert_eq!(w.receive(a, 9, 0), Err(Errno::AGAIN));
        assert_eq!(
            (shutdown(&mut w, b, 0), shutdown(&mut w, b, 7)),
            (Ok(0), Err(Errno::INVAL))
        );
        assert_eq!((w.poll_one(a), w.poll_one(b)), (OUT, OUT | END));
        assert_eq!(shutdown(&mut w, b, 2), Ok(0));
        assert_eq!((w.poll_one(a), w.poll_one(b)), (OUT | END | HUP, OUT | END | HUP));
        assert_eq!(send_now(&mut w, b, b"x"), Err(Errno::PIPE));
    }
    let (a, b) = w.pair(nonblocking(DGRAM));
    assert_eq!(shutdown(&mut w, a, 1), Ok(0));
    assert_eq!((w.poll_one(a), w.poll_one(b)), (OUT, OUT));
    assert_eq!(
        (send_now(&mut w, a, b"x"), w.receive(b, 1, 0)),
        (Err(Errno::PIPE), Err(Errno::AGAIN))
    );
    assert_eq!(shutdown(&mut w, b, 2), Ok(0));
    assert_eq!((w.poll_one(a), w.poll_one(b)), (OUT, OUT | END | HUP));
}

#[test]
fn a_connection_whose_peer_is_closed() {
    let mut w = world();
    for kind in [STREAM, SEQPACKET] {
        let (a, b) = w.pair(nonblocking(kind));
        send_now(&mut w, a, b"abc").unwrap();
        w.close(a).done();
        assert_eq!(w.poll_one(b), OUT | END | HUP);
        assert_eq!(send_now(&mut w, b, b"x"), Err(Errno::PIPE));
        assert_eq!(w.receive(b, 9, 0), Ok(b"abc".to_vec()));
        assert_eq!(w.receive(b, 9, 0), Ok(vec![]));
        assert_eq!(w.peer_name(b), Ok(vec![1, 0]));
        assert_eq!(shutdown(&mut w, b, 2), Ok(0));
    }
    // Closed with bytes unread: reset, which a stream tells after its data, and a packet socket before.
    let (a, b) = w.pair(nonblocking(STREAM));
    send_now(&mut w, a, b"abc").unwrap();
    send_now(&mut w, b, b"def").unwrap();
    w.close(a).done();
    assert_eq!(w.poll_one(b), OUT | END | HUP | ERR);
    assert_eq!(send_now(&mut w, b, b"x"), Err(Errno::PIPE));
    assert_eq!(w.receive(b, 9, 0), Ok(b"abc".to_vec()));
    assert_eq!(w.receive(b, 9, 0), Err(Errno::CONNRESET));
    assert_eq!(w.receive(b, 9, 0), Ok(vec![]));
    let (a, b) = w.pair(nonblocking(SEQPACKET));
    send_now(&mut w, a, b"abc").unwrap();
    send_now(&mut w, b, b"def").unwrap();
    w.close(a).done();
    assert_eq!(send_now(&mut w, b, b"x"), Err(Errno::CONNRESET));
    assert_eq!(w.receive(b, 9, 0), Ok(b"abc".to_vec()));
    assert_eq!(w.receive(b, 9, 0), Ok(vec![]));
    assert_eq!(send_now(&mut w, b, b"x"), Err(Errno::PIPE));
}

#[test]
fn a_datagram_socket_whose_peer_is_closed() {
    let mut w = world();
    let (a, b) = w.pair(nonblocking(DGRAM));
    send_now(&mut w, a, b"abc").unwrap();
    w.close(a).done();
    assert_eq!(w.poll_one(b), OUT | IN);
    assert_eq!(send_now(&mut w, b, b"x"), Err(Errno::CONNREFUSED));
    assert_eq!(
        w.receive(b, 9, 0),
        Err(Errno::AGAIN),
        "what it had sent is forgotten with it"
    );
    assert_eq!(w.peer_name(b), Err(Errno::NOTCONN));
    assert_eq!(send_now(&mut w, b, b"x"), Err(Errno::NOTCONN));
}

#[test]
fn a_call_that_waits_is_told_of_the_end() {
    let mut w = world();
    for kind in [STREAM, SEQPACKET] {
        let (a, b) = w.pair(kind);
        let ticket = w.recv(b, 10, 0).ticket();
        w.close(a).done();
        assert_eq!(w.woken(), [ticket]);
        assert_eq!(
            Answer::of(w.sys_recvfrom(ticket, [b, DATA, 10, 0, 0, 0])),
            Answer::Done(0)
        );
        let (a, b) = w.pair(kind);
        while send_now(&mut w, a, &[0; 10_000]).is_ok() {}
        let ticket = w.send(a, &[0; 10_000], 0).ticket();
        w.close(b).done();
        assert_eq!(w.woken(), [ticket]);
        let answer = Answer::of(w.sys_sendto(ticket, [a, DATA, 10_000, 0, 0, 0]));
        // The reader left bytes unread: a packet socket tells that first.
        answer.fails(if kind == STREAM { Errno::PIPE } else { Errno::CONNRESET });
    }
}

#[test]
fn an_unconnected_stream() {
    let mut w = world();
    let fd = socket(&mut w, STREAM);
    assert_eq!(w.poll_one(fd), OUT | HUP);
    assert_eq!((w.own_name(fd), w.peer_name(fd)), (vec![1, 0], Err(Errno::NOTCONN)));
    assert_eq!(
        (listen(&mut w, fd, 1), accept(&mut w, fd)),
        (Err(Errno::INVAL), Err(Errno::INVAL))
    );
    assert_eq!(w.receive(fd, 1, 0), Err(Errno::INVAL));
    assert_eq!(send_now(&mut w, fd, b"x"), Err(Errno::NOTCONN));
    w.send_name(fd, b"x", b"st").fails(Errno::OPNOTSUPP);
    w.connect_name(fd, b"st\0").fails(Errno::NOENT);
    w.connect_name(fd, b"\0abstract").fails(Errno::CONNREFUSED);
    for length in [1, 111] {
        w.put(TABLE, &[1, 0, b'a']);
        Answer::of(w.sys_bind(0, [fd, TABLE, length, 0, 0, 0])).fails(Errno::INVAL);
    }
    Answer::of(w.sys_connect(0, [fd, TABLE, 2, 0, 0, 0])).fails(Errno::INVAL);
    for family in [0, 2] {
        w.put(TABLE, &[family, 0]);
        Answer::of(w.sys_connect(0, [fd, TABLE, 16, 0, 0, 0])).fails(Errno::INVAL);
    }
    assert_eq!(shutdown(&mut w, fd, 2), Ok(0));
    assert_eq!(w.poll_one(fd), OUT | END | HUP);
}

#[test]
fn names_are_taken_until_they_are_unlinked() {
    let mut w = world();
    let fd = socket(&mut w, STREAM);
    assert_eq!(w.bind_name(fd, b"st\0rest"), Ok(0));
    assert_eq!(w.own_name(fd), b"\x01\0st\0");
    assert_eq!(w.bind_name(fd, b"other\0"), Err(Errno::INVAL));
    let other = socket(&mut w, STREAM);
    assert_eq!(w.bind_name(other, b"st"), Err(Errno::ADDRINUSE));
    w.connect_name(other, b"st").fails(Errno::CONNREFUSED);
    w.close(fd).done();
    assert_eq!(w.bind_name(other, b"st"), Err(Errno::ADDRINUSE));
    w.connect_name(other, b"st").fails(Errno::CONNREFUSED);
    w.put(TEXT, b"st\0");
    assert_eq!(Answer::of(w.sys_unlink(0, [TEXT])), Answer::Done(0));
    assert_eq!(
        Answer::of(w.sys_unlink(0, [TEXT])),
        Answer::NotOurs,
        "a file's, if anybody's"
    );
    w.connect_name(other, b"st").fails(Errno::NOENT);
    assert_eq!(w.bind_name(other, b"st"), Ok(0));
    assert_eq!(Answer::of(w.sys_unlinkat(0, [7, TEXT, 0])), Answer::NotOurs);
    assert_eq!(
        Answer::of(w.sys_unlinkat(0, [-100i32 as u32 as u64, TEXT, 0x200])),
        Answer::NotOurs
    );
    assert_eq!(
        Answer::of(w.sys_unlinkat(0, [-100i32 as u32 as u64, TEXT, 0])),
        Answer::Done(0)
    );
    // An abstract name goes with its socket, and so does one that was given.
    let abstracted = socket(&mut w, STREAM);
    assert_eq!(w.bind_name(abstracted, b"\0name"), Ok(0));
    assert_eq!(w.own_name(abstracted), b"\x01\0\0name");
    let second = socket(&mut w, STREAM);
    assert_eq!(w.bind_name(second, b"\0name"), Err(Errno::ADDRINUSE));
    w.close(abstracted).done();
    assert_eq!(w.bind_name(second, b"\0name"), Ok(0));
    let given = socket(&mut w, STREAM);
    assert_eq!(w.bind_name(given, b""), Ok(0));
    let name = w.own_name(given);
    assert!(name.len() == 8 && name[2] == 0 && name[3..].iter().all(u8::is_ascii_hexdigit));
}

#[test]
fn a_connection_is_there_before_it_is_accepted() {
    let mut w = world();
    let server = listener(&mut w, b"st\0", 0);
    assert_eq!((w.poll_one(server), w.get_option(server, SOL_SOCKET, 30)), (0, Ok(1)));
    assert_eq!(
        (w.receive(server, 1, 0), send_now(&mut w, server, b"x")),
        (Err(Errno::INVAL), Err(Errno::NOTCONN))
    );
    assert_eq!(accept(&mut w, server), Err(Errno::AGAIN));
    let client = socket(&mut w, STREAM);
    assert_eq!(w.connect_name(client, b"st\0"), Answer::Done(0));
    assert_eq!((w.poll_one(client), w.poll_one(server)), (OUT, IN));
    assert_eq!(
        (w.own_name(client), w.peer_name(client)),
        (vec![1, 0], Ok(b"\x01\0st\0".to_vec()))
    );
    assert_eq!(send_now(&mut w, client, b"early"), Ok(5));
    // The backlog of 0 is full; of another type there is nobody.
    let second = socket(&mut w, STREAM);
    w.connect_name(second, b"st\0").fails(Errno::AGAIN);
    assert_eq!(listen(&mut w, server, 1), Ok(0));
    w.connect_name(client, b"st\0").fails(Errno::ISCONN);
    assert_eq!(w.connect_name(second, b"st\0"), Answer::Done(0));
    let datagram = socket(&mut w, DGRAM);
    w.connect_name(datagram, b"st\0").fails(Errno::PROTOTYPE);
    w.send_name(datagram, b"x", b"st\0").fails(Errno::PROTOTYPE);
    w.put(LENGTH, &110i32.to_le_bytes());
    let accepted = outcome(Answer::of(w.sys_accept4(0, [server, TABLE, LENGTH, NONBLOCK, 0, 0]))).unwrap() as u64;
    assert_eq!(w.get_int(LENGTH), 2);
    assert_eq!(
        (w.own_name(accepted), w.peer_name(accepted)),
        (b"\x01\0st\0".to_vec(), Ok(vec![1, 0]))
    );
    assert_eq!(w.bind_name(client, b"late\0"), Ok(0));
    assert_eq!(w.peer_name(accepted), Ok(b"\x01\0late\0".to_vec()));
    assert_eq!(w.receive(accepted, 9, 0), Ok(b"early".to_vec()));
    // Closing the listener resets who was not accepted.
    w.close(server).done();
    assert_eq!(w.poll_one(second), OUT | END | HUP | ERR);
    assert_eq!(w.receive(second, 1, 0), Err(Errno::CONNRESET));
    assert_eq!(w.receive(second, 1, 0), Ok(vec![]));
    assert_eq!(send_now(&mut w, second, b"x"), Err(Errno::PIPE));
    assert_eq!(send_now(&mut w, client, b"still"), Ok(5));
}

#[test]
fn a_blocking_connect_waits_for_room() {
    let mut w = world();
    let server = listener(&mut w, b"\0st", 0);
    let clients: Vec<u64> = (0..3).map(|_| w.socket(UNIX, STREAM)).collect();
    assert_eq!(w.connect_name(clients[0], b"\0st"), Answer::Done(0));
    let first = w.connect_name(clients[1], b"\0st").ticket();
    let second = w.connect_name(clients[2], b"\0st").ticket();
    accept(&mut w, server).unwrap();
    assert_eq!(w.woken(), [first, second]);
    let again = |w: &mut World, ticket, fd| Answer::of(w.sys_connect(ticket, [fd, TABLE, 5, 0, 0, 0]));
    assert_eq!(again(&mut w, first, clients[1]), Answer::Done(0));
    assert_eq!(
        again(&mut w, second, clients[2]),
        Answer::Wait(second),
        "somebody was faster"
    );
    w.close(server).done();
    assert_eq!(w.woken(), [second]);
    again(&mut w, second, clients[2]).fails(Errno::CONNREFUSED);
}

#[test]
#[cfg_attr(miri, ignore = "minutes there, and nothing that others do not do")]
fn a_client_waits_while_accept_has_no_number_for_it() {
    let mut w = world();
    let server = listener(&mut w, b"\0st", 0);
    let clients = [w.socket(UNIX, STREAM), w.socket(UNIX, STREAM)];
    assert_eq!(w.connect_name(clients[0], b"\0st"), Answer::Done(0));
    let ticket = w.connect_name(clients[1], b"\0st").ticket();
    assert_eq!(send_now(&mut w, clients[0], b"x"), Ok(1));
    // The program's file system has no more numbers, and those beyond its own are used up.
    w.app().most = 4;
    for own in limit::FILES as u64..u64::from(limit::DESCRIPTORS) {
        assert_eq!(socket(&mut w, STREAM), own);
    }
    assert_eq!(accept(&mut w, server), Err(Errno::MFILE));
    assert_eq!(w.woken(), [], "there is no more room than before");
    assert_eq!(w.poll_one(server), IN);
    w.close(5000).done();
    assert_eq!(accept(&mut w, server), Ok(5000));
    assert_eq!(w.woken(), [ticket]);
    assert_eq!(outcome(w.recv(5000, 9, 0)), Ok(1));
}

#[test]
fn a_blocking_accept_waits_for_a_client() {
    let mut w = world();
    let server = w.socket(UNIX, SEQPACKET);
    assert_eq!(
        (w.bind_name(server, b"sq\0"), listen(&mut w, server, 5)),
        (Ok(0), Ok(0))
    );
    let ticket = Answer::of(w.sys_accept4(0, [server, 0, 0, 0, 0, 0])).ticket();
    let client = socket(&mut w, SEQPACKET);
    assert_eq!(w.receive(client, 1, 0), Err(Errno::NOTCONN));
    assert_eq!(w.connect_name(client, b"sq\0"), Answer::Done(0));
    assert_eq!(w.woken(), [ticket]);
    let accepted = Answer::of(w.sys_accept4(ticket, [server, 0, 0, 0, 0, 0])).done() as u64;
    send_now(&mut w, client, b"abc").unwrap();
    assert_eq!(w.receive(accepted, 2, 0), Ok(b"ab".to_vec()));
    assert_eq!(
        w.receive(accepted, 2, 0),
        Err(Errno::AGAIN),
        "the rest of a packet is lost"
    );
    assert_eq!(shutdown(&mut w, server, 0), Ok(0));
    assert_eq!((w.poll_one(server), accept(&mut w, server)), (END, Err(Errno::INVAL)));
}

#[test]
fn datagrams_by_name() {
    let mut w = world();
    let (server, client) = (socket(&mut w, DGRAM), socket(&mut w, DGRAM));
    assert_eq!(send_now(&mut w, client, b"x"), Err(Errno::NOTCONN));
    w.send_name(client, b"x", b"dg\0").fails(Errno::NOENT);
    assert_eq!(w.bind_name(server, b"dg\0"), Ok(0));
    assert_eq!(w.send_name(client, b"dgram", b"dg\0"), Answer::Done(5));
    assert_eq!(w.receive_from(server, 9), (b"dgram".to_vec(), vec![]));
    assert_eq!(w.bind_name(client, b"dg2\0"), Ok(0));
    assert_eq!(w.send_name(client, b"dgram", b"dg\0"), Answer::Done(5));
    assert_eq!(w.receive_from(server, 9), (b"dgram".to_vec(), b"\x01\0dg2\0".to_vec()));
    assert_eq!(w.connect_name(client, b"dg\0"), Answer::Done(0));
    assert_eq!(w.peer_name(client), Ok(b"\x01\0dg\0".to_vec()));
    assert_eq!(send_now(&mut w, client, b"one"), Ok(3));
    // Connected to one, it hears no others.
    let other = socket(&mut w, DGRAM);
    assert_eq!(w.connect_name(server, b"dg2\0"), Answer::Done(0));
    w.send_name(other, b"x", b"dg\0").fails(Errno::PERM);
    w.connect_name(other, b"dg\0").fails(Errno::PERM);
    assert_eq!(w.receive(server, 9, 0), Ok(b"one".to_vec()));
    w.put(TABLE, &[0, 0]);
    assert_eq!(
        Answer::of(w.sys_connect(0, [server, TABLE, 16, 0, 0, 0])),
        Answer::Done(0)
    );
    assert_eq!(w.peer_name(server), Err(Errno::NOTCONN));
    // As the peer of a socket that forgets it, the client is told.
    assert_eq!(w.so_error(client), Errno::CONNRESET.number());
    assert_eq!(w.send_name(other, b"x", b"dg\0"), Answer::Done(1));
    w.close(server).done();
    w.send_name(other, b"x", b"dg\0").fails(Errno::CONNREFUSED);
    assert_eq!(send_now(&mut w, client, b"x"), Err(Errno::CONNREFUSED));
}

#[test]
fn a_full_datagram_socket_keeps_others_waiting() {
    let mut w = world();
    let (server, client, other) = (socket(&mut w, DGRAM), socket(&mut w, DGRAM), w.socket(UNIX, DGRAM));
    assert_eq!(w.bind_name(server, b"dg\0"), Ok(0));
    assert_eq!(w.connect_name(client, b"dg\0"), Answer::Done(0));
    for _ in 0..11 {
        assert_eq!(send_now(&mut w, client, b"x"), Ok(1));
    }
    assert_eq!(
        (send_now(&mut w, client, b"x"), w.poll_one(client)),
        (Err(Errno::AGAIN), 0)
    );
    assert_eq!(w.poll_one(other), OUT);
    let (at, length) = w.put_name(b"dg\0");
    let ticket = Answer::of(w.sys_sendto(0, [other, DATA, 1, 0, at, length])).ticket();
    let poll = Answer::of({
        w.put(VALUE, &[client as u8, 0, 0, 0, 4, 0, 0, 0]);
        w.sys_poll(0, [VALUE, 1, 1000])
    });
    let poll = poll.ticket();
    assert_eq!(w.receive(server, 9, 0), Ok(b"x".to_vec()));
    let mut woken = w.woken();
    woken.sort_unstable();
    assert_eq!(woken, [ticket, poll]);
    w.put_name(b"dg\0");
    assert_eq!(
        Answer::of(w.sys_sendto(ticket, [other, DATA, 1, 0, at, length])),
        Answer::Done(1)
    );
    // It has the room that there was.
    assert_eq!(Answer::of(w.sys_poll(poll, [VALUE, 1, 1000])), Answer::Wait(poll));
    w.receive(server, 9, 0).unwrap();
    assert_eq!(w.woken(), [poll]);
    assert_eq!(Answer::of(w.sys_poll(poll, [VALUE, 1, 1000])), Answer::Done(1));
}

#[test]
fn a_thousand_connections_leave_nothing_behind() {
    let mut w = world();
    let server = listener(&mut w, b"\0st", 5);
    for _ in 0..1000 {
        let client = socket(&mut w, STREAM);
        assert_eq!(client, 4);
        w.connect_name(client, b"\0st").done();
        send_now(&mut w, client, b"unread").unwrap();
        let accepted = accept(&mut w, server).unwrap() as u64;
        w.close(client).done();
        w.close(accepted).done();
    }
    assert_eq!(w.app().open, [0, 1, 2, 3].into());
}
