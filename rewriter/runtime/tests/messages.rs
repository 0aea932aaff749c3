//! `sendmsg` and `recvmsg` with control data, `sendmmsg` and `recvmmsg`, and datagrams gathered of several calls. Expected is what C
//! programs printed on Linux 6.18.

mod world;

use direct_sockets_runtime::errno::Errno;
use direct_sockets_runtime::interface::{Endpoint, abi};
use world::*;

const CTRUNC: i32 = 8;
const DONTWAIT: u64 = 0x40;
const ERRQUEUE: u64 = 0x2000;
const MORE: u64 = 0x8000;
const WAITFORONE: u64 = 0x10000;
const CMSG_CLOEXEC: i32 = 0x4000_0000;

const HEADER: u64 = 0x1000;
const PIECES: u64 = 0x2000;
const CONTROL: u64 = 0x3000;
const VARIABLE: u64 = 0x4000;
const TIME: u64 = 0x4010;

const PEER: &str = "192.0.2.1:53";

/// Bytes of an `mmsghdr` in wasm32.
const MESSAGE: u64 = 32;

/// Lays out the `msghdr` of an `mmsghdr` at a place: a piece of so many bytes of the data, and control data.
fn header(w: &mut World, place: u64, length: usize, control: usize) -> u64 {
    let (at, piece) = (HEADER + MESSAGE * place, PIECES + 8 * place);
    let data = DATA + 0x100 * place;
    w.put(piece, &[data as u32, length as u32].map(u32::to_le_bytes).concat());
    let words = [0, 0, piece as u32, 1, CONTROL as u32, control as u32, 77, 99];
    w.put(at, &words.map(u32::to_le_bytes).concat());
    at
}

fn recvmsg(w: &mut World, fd: u64, control: usize, flags: i32) -> (i32, usize, i32) {
    let at = header(w, 0, 100, control);
    let length = Answer::of(w.sys_recvmsg(0, [fd, at, flags as u64, 0, 0, 0])).done();
    (length, w.get_int(at + 20) as usize, w.get_int(at + 24))
}

fn cmsg(level: i32, kind: i32, data: &[u8]) -> Vec<u8> {
    let mut bytes = [12 + data.len() as i32, level, kind].map(i32::to_le_bytes).concat();
    bytes.extend(data);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn sendmsg(w: &mut World, fd: u64, control: &[u8]) -> Answer {
    let at = header(w, 0, 1, control.len());
    let (name, length) = w.put_address(PEER);
    w.put(at, &[name as u32, length as u32].map(u32::to_le_bytes).concat());
    w.put(CONTROL, control);
    Answer::of(w.sys_sendmsg(0, [fd, at, 0, 0, 0, 0]))
}

#[test]
fn control_data_is_written_as_far_as_there_is_room() {
    let mut w = world();
    let (fd, channel) = w.bound(0);
    for (level, name) in [(1, 40), (0, 8)] {
        assert_eq!(w.set_option(fd, level, name, 1), Answer::Done(0));
    }
    let info = cmsg(0, 8, &[1, 0, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1]);
    for (room, used, flags) in [
        (200, 24, 0),
        (24, 24, 0),
        (20, 20, CTRUNC),
        (12, 12, CTRUNC),
        (11, 0, CTRUNC),
        (0, 0, CTRUNC),
    ] {
        assert!(w.arrive_datagram(channel, b"hello", endpoint(PEER)));
        w.put(CONTROL, &[0xee; 64]);
        assert_eq!(
            recvmsg(&mut w, fd, room, CMSG_CLOEXEC),
            (5, used, flags | CMSG_CLOEXEC),
            "room for {room}"
        );
        let mut expected = info[..used].to_vec();
        if used > 0 {
            expected[0] = used as u8;
        }
        expected.extend([0xee; 4]);
        assert_eq!(w.get(CONTROL, used + 4), expected);
    }
}

#[test]
fn dropped_datagrams_are_told_with_the_next_that_comes() {
    let mut w = world();
    let (fd, channel) = w.bound(0);
    assert_eq!(w.set_option(fd, 1, 40, 1), Answer::Done(0));
    assert_eq!(w.set_option(fd, 1, 8, 1), Answer::Done(0));
    let big = [0; 2000];
    assert!(w.arrive_datagram(channel, &big, endpoint(PEER)));
    assert!(!w.arrive_datagram(channel, &big, endpoint(PEER)));
    assert!(!w.arrive_datagram(channel, &big, endpoint(PEER)));
    assert_eq!(
        recvmsg(&mut w, fd, 64, 0),
        (100, 0, 0x20),
        "it came before they were dropped"
    );
    assert!(w.arrive_datagram(channel, b"next", endpoint(PEER)));
    assert_eq!(recvmsg(&mut w, fd, 64, 0), (4, 16, 0));
    assert_eq!(w.get(CONTROL, 16), cmsg(1, 40, &2u32.to_le_bytes()));
    assert_eq!(w.set_option(fd, 1, 40, 0), Answer::Done(0));
    assert!(w.arrive_datagram(channel, b"next", endpoint(PEER)));
    assert_eq!(recvmsg(&mut w, fd, 64, 0), (4, 0, 0));
}

#[test]
fn control_data_is_wider_in_wasm64() {
    let mut w = world();
    let (fd, channel) = w.bound(0);
    w.app().abi = abi::WASM64;
    assert_eq!(w.set_option(fd, 0, 8, 1), Answer::Done(0));
    assert!(w.arrive_datagram(channel, b"hello", endpoint(PEER)));
    w.put(PIECES, &[DATA, 100].map(u64::to_le_bytes).concat());
    w.put(
        HEADER,
        &[0, 0, PIECES, 1, CONTROL, 64, 77].map(u64::to_le_bytes).concat(),
    );
    assert_eq!(Answer::of(w.sys_recvmsg(0, [fd, HEADER, 0, 0, 0, 0])), Answer::Done(5));
    assert_eq!((w.get_int(HEADER + 40), w.get_int(HEADER + 48)), (32, 0));
    let mut expected = [28u64.to_le_bytes().to_vec(), 0i32.to_le_bytes().to_vec()].concat();
    expected.extend([8, 0, 0, 0, 1, 0, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1]);
    assert_eq!(w.get(CONTROL, 28), expected);
}

#[test]
fn a_socket_bound_to_all_addresses_cannot_tell_which_it_was() {
    let mut w = world();
    let fd = w.socket(INET, DGRAM);
    assert_eq!(w.set_option(fd, 0, 8, 1), Answer::Done(0));
    w.sendto(fd, b"x", PEER).done();
    let (channel, _) = w.one();
    w.opened(channel, endpoint("0.0.0.0:5000"), Endpoint::NONE);
    assert!(w.arrive_datagram(channel, b"hello", endpoint(PEER)));
    assert_eq!(recvmsg(&mut w, fd, 64, 0), (5, 0, 0));
}

#[test]
fn control_data_that_is_sent_is_checked() {
    let mut w = world();
    let (fd, _) = w.bound(0);
    let seven = 7i32.to_le_bytes();
    let info = |last: u8| [1, 0, 0, 0, 127, 0, 0, last, 0, 0, 0, 0];
    let wrong = |length: u32| {
        let mut bytes = cmsg(0, 2, &7i32.to_le_bytes());
        bytes[..4].copy_from_slice(&length.to_le_bytes());
        bytes
    };
    for (control, answer) in [
        (cmsg(0, 2, &seven), Ok(())),
        (cmsg(0, 2, &300i32.to_le_bytes()), Err(Errno::INVAL)),
        (cmsg(0, 2, &[7]), Err(Errno::INVAL)),
        (cmsg(0, 1, &[7]), Ok(())),
        (cmsg(0, 1, &[7, 0]), Err(Errno::INVAL)),
        (cmsg(0, 99, &seven), Err(Errno::INVAL)),
        (cmsg(1, 99, &seven), Err(Errno::INVAL)),
        (cmsg(77, 1, &seven), Ok(())),
        (cmsg(1, 1, &seven), Ok(())),
        (cmsg(1, 36, &seven), Err(Errno::PERM)),
        (cmsg(17, 103, &[1, 0]), Err(Errno::INVAL)),
        (cmsg(41, 50, &[0; 12]), Ok(())),
        (cmsg(0, 8, &[0; 12]), Ok(())),
        (cmsg(0, 8, &[0; 4]), Err(Errno::INVAL)),
        (cmsg(0, 8, &info(1)), Ok(())),
        (cmsg(0, 8, &info(9)), Err(Errno::NETUNREACH)),
        (wrong(5), Err(Errno::INVAL)),
        (wrong(200), Err(Errno::INVAL)),
        (vec![0; 4], Ok(())),
    ] {
        let expected = answer.map_or_else(|errno: Errno| -errno.number(), |()| 1);
        assert_eq!(sendmsg(&mut w, fd, &control), Answer::Done(expected), "{control:?}");
    }
    let at = header(&mut w, 0, 1, 24);
    for (control, length, errno) in [
        (0, 24, Errno::FAULT),
        (u32::MAX, 24, Errno::FAULT),
        (CONTROL as u32, 1 << 20, Errno::NOBUFS),
        (CONTROL as u32, u32::MAX, Errno::NOBUFS),
    ] {
        w.put(at + 16, &[control, length].map(u32::to_le_bytes).concat());
        Answer::of(w.sys_sendmsg(0, [fd, at, 0, 0, 0, 0])).fails(errno);
    }
    // Of a stream, only SOL_SOCKET is looked at.
    w.given();
    let (fd, _) = w.connected(0);
    for (control, answer) in [(cmsg(0, 99, &seven), 1), (cmsg(1, 99, &seven), -Errno::INVAL.number())] {
        assert_eq!(sendmsg(&mut w, fd, &control), Answer::Done(answer));
    }
}

#[test]
fn lengths_of_names_in_messages() {
    let mut w = world();
    let (fd, channel) = w.bound(0);
    let at = header(&mut w, 0, 1, 0);
    let (name, _) = w.put_address(PEER);
    for (name, length, answer) in [
        (name, 200, 1),
        (name, -1, -Errno::INVAL.number()),
        (0, -1, -Errno::DESTADDRREQ.number()),
        (name, 4, -Errno::INVAL.number()),
        (name, 0, -Errno::DESTADDRREQ.number()),
    ] {
        w.put(at, &[name as u32, length as u32].map(u32::to_le_bytes).concat());
        assert_eq!(
            Answer::of(w.sys_sendmsg(0, [fd, at, 0, 0, 0, 0])),
            Answer::Done(answer),
            "{length}"
        );
    }
    assert!(w.arrive_datagram(channel, b"hello", endpoint(PEER)));
    w.put(at, &[ADDRESS as u32, u32::MAX].map(u32::to_le_bytes).concat());
    Answer::of(w.sys_recvmsg(0, [fd, at, 0, 0, 0, 0])).fails(Errno::INVAL);
    assert_eq!(w.recv(fd, 10, 0), Answer::Done(5), "and nothing is lost");
}

#[test]
fn the_queue_of_errors_is_empty() {
    let mut w = world();
    let (udp, _) = w.bound(0);
    let (tcp, _) = w.connected(0);
    for fd in [udp, tcp] {
        w.recv(fd, 10, ERRQUEUE).fails(Errno::AGAIN);
    }
}

fn recvmmsg(w: &mut World, fd: u64, count: u64, flags: u64) -> Answer {
    Answer::of(w.sys_recvmmsg(0, [fd, HEADER, count, flags, 0]))
}

fn lengths<const N: usize>(w: &mut World) -> [i32; N] {
    std::array::from_fn(|place| w.get_int(HEADER + MESSAGE * place as u64 + 28))
}

#[test]
fn several_messages_are_sent() {
    let mut w = world();
    let (fd, channel) = w.bound(0);
    w.connect(fd, PEER).done();
    for (place, length) in [(0, 3), (1, 1), (2, 70_000), (3, 1)] {
        header(&mut w, place, length, 0);
    }
    w.put(DATA, b"abc");
    w.put(DATA + 0x100, b"d");
    w.given();
    let mut send = |count| Answer::of(w.sys_sendmmsg(0, [fd, HEADER, count, 0]));
    assert_eq!(send(4), Answer::Done(2), "the third is too long");
    assert_eq!(send(0), Answer::Done(0));
    let sent: Vec<_> = w.given().into_iter().map(|(id, given)| (id, payload(given))).collect();
    assert_eq!(sent, [(channel, b"abc".to_vec()), (channel, b"d".to_vec())]);
    assert_eq!(lengths(&mut w), [3, 1, 99, 99]);
    assert_eq!(w.so_error(fd), 0, "what was not told of a send is not told later");
    Answer::of(w.sys_sendmmsg(0, [fd, HEADER + 2 * MESSAGE, 2, 0])).fails(Errno::MSGSIZE);
    Answer::of(w.sys_sendmmsg(0, [99, HEADER, 0, 0])).fails(Errno::BADF);
}

fn payload(given: Given) -> Vec<u8> {
    match given {
        Given::SendDatagram { payload, .. } => payload,
        other => panic!("{other:?}"),
    }
}

#[test]
fn more_messages_than_there_may_be_are_left() {
    let mut w = world();
    let (fd, channel) = w.bound(0);
    let at = header(&mut w, 0, 0, 0);
    let one = w.get(at, 32);
    for place in 0..1100 {
        w.put(HEAP + MESSAGE * place, &one);
    }
    w.connect(fd, PEER).done();
    assert_eq!(w.set_option(fd, 1, 7, 1 << 22), Answer::Done(0));
    w.given();
    assert_eq!(Answer::of(w.sys_sendmmsg(0, [fd, HEAP, 1100, 0])), Answer::Done(1024));
    assert!(w.given().iter().all(|(id, _)| *id == channel));
}

#[test]
fn several_messages_are_received_and_the_last_is_waited_for() {
    let mut w = world();
    let (fd, channel) = w.bound(0);
    for place in 0..3 {
        header(&mut w, place, 8, 0);
    }
    assert!(w.arrive_datagram(channel, b"a", endpoint(PEER)));
    assert!(w.arrive_datagram(channel, b"bc", endpoint(PEER)));
    let ticket = recvmmsg(&mut w, fd, 3, 0).ticket();
    assert!(w.arrive_datagram(channel, b"def", endpoint(PEER)));
    assert_eq!(w.woken(), [ticket]);
    assert_eq!(
        Answer::of(w.sys_recvmmsg(ticket, [fd, HEADER, 3, 0, 0])),
        Answer::Done(3)
    );
    assert_eq!(lengths(&mut w), [1, 2, 3]);
    assert_eq!(w.get(DATA + 0x200, 3), b"def");
    // A stack that cannot wait gets what there was.
    assert!(w.arrive_datagram(channel, b"g", endpoint(PEER)));
    let ticket = recvmmsg(&mut w, fd, 3, 0).ticket();
    assert_eq!(Answer::of(w.sys_abandon(ticket)), Answer::Done(1));
    let ticket = recvmmsg(&mut w, fd, 3, 0).ticket();
    Answer::of(w.sys_abandon(ticket)).fails(Errno::AGAIN);
}

#[test]
fn what_is_not_waited_for() {
    let mut w = world();
    let (fd, channel) = w.bound(0);
    for place in 0..3 {
        header(&mut w, place, 8, 0);
    }
    let ticket = recvmmsg(&mut w, fd, 3, WAITFORONE).ticket();
    assert!(w.arrive_datagram(channel, b"a", endpoint(PEER)));
    assert_eq!(
        Answer::of(w.sys_recvmmsg(ticket, [fd, HEADER, 3, WAITFORONE, 0])),
        Answer::Done(1)
    );
    assert!(w.arrive_datagram(channel, b"a", endpoint(PEER)));
    assert_eq!(recvmmsg(&mut w, fd, 3, DONTWAIT), Answer::Done(1));
    assert_eq!(recvmmsg(&mut w, fd, 0, 0), Answer::Done(0));
    assert_eq!(w.so_error(fd), 0);
}

#[test]
fn an_error_after_the_first_message_is_told_by_the_next_call() {
    let mut w = world();
    let (fd, channel) = w.bound(0);
    header(&mut w, 0, 8, 0);
    let second = header(&mut w, 1, 8, 0);
    w.put(second + 8, &u32::MAX.to_le_bytes());
    assert!(w.arrive_datagram(channel, b"a", endpoint(PEER)));
    assert_eq!(recvmmsg(&mut w, fd, 2, 0), Answer::Done(1));
    recvmmsg(&mut w, fd, 2, 0).fails(Errno::FAULT);
    assert_eq!(w.so_error(fd), 0);
}

#[test]
fn the_timeout_is_looked_at_after_each_message() {
    for (bits, layout) in [(abi::TIME32, 4), (0, 8)] {
        let mut w = world();
        w.app().abi = bits;
        let (fd, channel) = w.bound(0);
        for place in 0..3 {
            header(&mut w, place, 8, 0);
        }
        w.put(VARIABLE, &(TIME as u32).to_le_bytes());
        let time = |w: &mut World, seconds: i32, nanos: i32| {
            w.put(TIME, &[0; 16]);
            w.put(TIME, &i64::from(seconds).to_le_bytes()[..layout]);
            w.put(TIME + layout as u64, &nanos.to_le_bytes());
        };
        let call = |w: &mut World, ticket| Answer::of(w.sys_recvmmsg(ticket, [fd, HEADER, 3, 0, VARIABLE]));
        for (seconds, nanos) in [(0, 2_000_000_000), (-1, 0), (0, -1)] {
            time(&mut w, seconds, nanos);
            call(&mut w, 0).fails(Errno::INVAL);
        }
        for _ in 0..3 {
            assert!(w.arrive_datagram(channel, b"a", endpoint(PEER)));
        }
        time(&mut w, 0, 0);
        assert_eq!(call(&mut w, 0), Answer::Done(1), "a message, and the time is over");
        time(&mut w, 5, 0);
        let ticket = call(&mut w, 0).ticket();
        assert_eq!(w.ticket_timeout(ticket), f64::INFINITY, "it ends no wait");
        w.host().time += 1500.0;
        assert!(w.arrive_datagram(channel, b"a", endpoint(PEER)));
        assert_eq!(call(&mut w, ticket), Answer::Done(3));
        assert_eq!((w.get_int(TIME), w.get_int(TIME + layout as u64)), (3, 500_000_000));
        w.put(VARIABLE, &u32::MAX.to_le_bytes());
        call(&mut w, 0).fails(Errno::FAULT);
    }
}

#[test]
fn datagrams_are_gathered_until_the_call_without_more() {
    let mut w = world();
    let (fd, channel) = w.bound(0);
    w.connect(fd, PEER).done();
    w.given();
    assert_eq!(w.send(fd, b"ab", MORE), Answer::Done(2));
    assert_eq!(w.send(fd, b"cd", MORE), Answer::Done(2));
    assert!(w.given().is_empty());
    assert_eq!(w.send(fd, b"e", 0), Answer::Done(1));
    let (to, given) = w.one();
    assert_eq!((to, payload(given)), (channel, b"abcde".to_vec()));
    assert_eq!(w.send(fd, b"f", 0), Answer::Done(1));
    assert_eq!(payload(w.one().1), b"f");
    // With the option it is the same.
    assert_eq!(w.set_option(fd, 17, 1, 1), Answer::Done(0));
    assert_eq!(w.send(fd, b"11", 0), Answer::Done(2));
    assert_eq!(w.send(fd, b"22", 0), Answer::Done(2));
    assert!(w.given().is_empty());
    assert_eq!(w.set_option(fd, 17, 1, 0), Answer::Done(0));
    assert_eq!(payload(w.one().1), b"1122");
    assert_eq!(w.set_option(fd, 17, 1, 0), Answer::Done(0));
    assert!(w.given().is_empty());
}

#[test]
fn a_gathered_datagram_goes_where_its_first_part_went() {
    let mut w = world();
    let (fd, _) = w.bound(0);
    let (at, length) = w.put_address(PEER);
    w.put(DATA, b"ab");
    assert_eq!(
        Answer::of(w.sys_sendto(0, [fd, DATA, 2, MORE, at, length])),
        Answer::Done(2)
    );
    assert_eq!(w.sendto(fd, b"cd", "192.0.2.9:9"), Answer::Done(2));
    let gathered = Given::SendDatagram {
        to: endpoint(PEER),
        payload: b"abcd".to_vec(),
    };
    assert_eq!(w.one().1, gathered);
    w.send(fd, b"ef", 0).fails(Errno::DESTADDRREQ);
}

#[test]
fn a_gathered_datagram_that_becomes_too_long_is_lost() {
    let mut w = world();
    let (fd, _) = w.bound(0);
    w.connect(fd, PEER).done();
    w.given();
    assert_eq!(w.send(fd, &[0; 65_507], MORE), Answer::Done(65_507));
    w.send(fd, b"x", 0).fails(Errno::MSGSIZE);
    assert_eq!(w.send(fd, b"k", 0), Answer::Done(1));
    assert_eq!(payload(w.one().1), b"k");
    // What was not finished is not sent when the socket is closed, either.
    assert_eq!(w.send(fd, b"zz", MORE), Answer::Done(2));
    w.close(fd).done();
    assert!(w.given().iter().all(|(_, given)| matches!(given, Given::Close(_))));
}

#[test]
fn the_end_of_a_gathered_datagram_waits_for_room() {
    let mut w = world();
    let (fd, channel) = w.bound(0);
    w.connect(fd, PEER).done();
    assert_eq!(w.set_option(fd, 1, 7, 1), Answer::Done(0));
    assert_eq!(w.send(fd, &[0; 4000], 0), Answer::Done(4000));
    w.given();
    assert_eq!(w.send(fd, &[1; 4000], MORE), Answer::Done(4000));
    let ticket = w.send(fd, b"xyz", 0).ticket();
    assert!(w.given().is_empty());
    w.datagrams_sent(channel, 1, 4000, Ok(()));
    assert_eq!(
        Answer::of(w.sys_sendto(ticket, [fd, DATA, 3, 0, 0, 0])),
        Answer::Done(3)
    );
    let sent = payload(w.one().1);
    assert_eq!((sent.len(), &sent[3999..]), (4003, &b"\x01xyz"[..]));
}
