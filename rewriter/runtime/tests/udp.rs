//! UDP: binding, connecting, sending, receiving.

mod world;

use direct_sockets_runtime::constants::limit;
use direct_sockets_runtime::errno::Errno;
use direct_sockets_runtime::interface::{Endpoint, open_flags};
use world::*;

const OUT: u16 = 4 | 0x100;
const IN: u16 = 1 | 0x40;
const PEEK: u64 = 2;
const TRUNC: u64 = 0x20;

fn name(w: &mut World, fd: u64) -> String {
    w.put(LENGTH, &128i32.to_le_bytes());
    assert_eq!(
        Answer::of(w.sys_getsockname(0, [fd, ADDRESS, LENGTH, 0, 0, 0])),
        Answer::Done(0)
    );
    w.get_address()
}

#[test]
fn bind_waits_for_the_host_and_tells_its_error() {
    let mut w = world();
    let (fd, _) = w.bound(0);
    assert_eq!(name(&mut w, fd), "127.0.0.1:5000");
    w.bind(fd, "127.0.0.1:1").fails(Errno::INVAL);
    let other = w.socket(INET, DGRAM);
    let ticket = w.bind(other, "127.0.0.1:5000").ticket();
    let (channel, _) = w.one();
    w.failed(channel, Errno::ADDRINUSE);
    Answer::of(w.sys_bind(ticket, [other, ADDRESS, 16, 0, 0, 0])).fails(Errno::ADDRINUSE);
    assert_eq!(w.one(), (channel, Given::Close(Closing::Abort)));
    w.bind(other, "127.0.0.1:5001").ticket();
    w.bind(other, "127.0.0.1:5001").fails(Errno::INVAL);
}

#[test]
fn bind_on_a_stack_that_cannot_suspend_fails_later() {
    let mut w = world();
    let fd = w.socket(INET, DGRAM);
    let ticket = w.bind(fd, "127.0.0.1:5000").ticket();
    assert_eq!(Answer::of(w.sys_abandon(ticket)), Answer::Done(0));
    let (channel, _) = w.one();
    w.failed(channel, Errno::ADDRINUSE);
    assert_eq!(w.so_error(fd), Errno::ADDRINUSE.number());
}

#[test]
fn the_first_sendto_opens_the_socket_and_is_sent_then() {
    let mut w = world();
    let fd = w.socket(INET, DGRAM);
    assert_eq!(w.sendto(fd, b"one", "192.0.2.1:53"), Answer::Done(3));
    assert_eq!(w.sendto(fd, b"", "192.0.2.2:53"), Answer::Done(0));
    let (channel, command) = w.one();
    let open = Given::UdpOpen {
        local: Endpoint::NONE,
        remote: Endpoint::NONE,
        name: String::new(),
        flags: 0,
    };
    assert_eq!(command, open);
    w.opened(channel, endpoint("0.0.0.0:6000"), Endpoint::NONE);
    assert_eq!(
        w.given(),
        [
            (
                channel,
                Given::SendDatagram {
                    to: endpoint("192.0.2.1:53"),
                    payload: b"one".to_vec()
                }
            ),
            (
                channel,
                Given::SendDatagram {
                    to: endpoint("192.0.2.2:53"),
                    payload: vec![]
                }
            ),
        ]
    );
    assert_eq!(name(&mut w, fd), "0.0.0.0:6000");
}

#[test]
fn what_waits_for_the_opening_is_bounded() {
    let mut w = world();
    let fd = w.socket(INET, DGRAM | NONBLOCK);
    let mut count = 0;
    while let Answer::Done(1000) = w.sendto(fd, &[0; 1000], "192.0.2.1:53") {
        count += 1;
        assert!(count < 1000);
    }
    assert_eq!(count, limit::DATAGRAMS / (1000 + limit::DATAGRAM_OVERHEAD));
    let (channel, _) = w.one();
    w.opened(channel, endpoint("0.0.0.0:6000"), Endpoint::NONE);
    assert_eq!(w.given().len(), count);
    w.sendto(fd, &[0; 1000], "192.0.2.1:53").fails(Errno::AGAIN);
    assert_eq!(w.poll_one(fd), 0);
    for _ in 0..count {
        w.datagrams_sent(channel, 1, 1000, Ok(()));
    }
    assert_eq!(w.poll_one(fd), OUT);
}

#[test]
fn a_blocking_send_waits_for_room() {
    let mut w = world();
    let (fd, channel) = w.bound(0);
    assert_eq!(w.set_option(fd, 1, 7, 1), Answer::Done(0));
    assert_eq!(w.sendto(fd, &[0; 4000], "192.0.2.1:53"), Answer::Done(4000));
    let ticket = w.sendto(fd, &[0; 4000], "192.0.2.1:53").ticket();
    w.given();
    w.datagrams_sent(channel, 1, 4000, Ok(()));
    assert_eq!(w.woken(), [ticket]);
    assert_eq!(
        Answer::of(w.sys_sendto(ticket, [fd, DATA, 4000, 0, ADDRESS, 16])),
        Answer::Done(4000)
    );
    assert_eq!(w.given().len(), 1);
}

#[test]
fn closing_sends_what_waited() {
    let mut w = world();
    let fd = w.socket(INET, DGRAM);
    w.sendto(fd, b"last words", "192.0.2.1:53").done();
    w.close(fd).done();
    let (channel, _) = w.one();
    w.opened(channel, endpoint("0.0.0.0:6000"), Endpoint::NONE);
    assert_eq!(
        w.given(),
        [
            (
                channel,
                Given::SendDatagram {
                    to: endpoint("192.0.2.1:53"),
                    payload: b"last words".to_vec()
                }
            ),
            (channel, Given::Close(Closing::Deliver)),
        ]
    );
}

#[test]
fn datagrams_come_whole_and_in_order() {
    let mut w = world();
    let (fd, channel) = w.bound(0);
    let ticket = w.recv(fd, 100, 0).ticket();
    assert!(w.arrive_datagram(channel, b"first", endpoint("192.0.2.1:53")));
    assert!(w.arrive_datagram(channel, b"", endpoint("192.0.2.2:53")));
    assert!(w.arrive_datagram(channel, b"a longer one", endpoint("192.0.2.3:53")));
    assert_eq!(w.woken(), [ticket]);
    assert_eq!(
        Answer::of(w.sys_recvfrom(ticket, [fd, DATA, 100, 0, 0, 0])),
        Answer::Done(5)
    );
    assert_eq!(w.poll_one(fd), IN | OUT);
    assert_eq!(w.recvfrom(fd, 100), (Answer::Done(0), "192.0.2.2:53".into()));
    assert_eq!(w.recv(fd, 3, PEEK), Answer::Done(3));
    assert_eq!(w.recv(fd, 3, PEEK | TRUNC), Answer::Done(12));
    assert_eq!(w.recvfrom(fd, 3), (Answer::Done(3), "192.0.2.3:53".into()));
    assert_eq!(
        w.data(5),
        b"a lst",
        "no byte beyond the buffer's end, and the rest is gone"
    );
    assert_eq!(w.poll_one(fd), OUT);
}

#[test]
fn recvmsg_says_that_a_datagram_was_cut() {
    let mut w = world();
    let (fd, channel) = w.bound(0);
    w.arrive_datagram(channel, b"123456", endpoint("192.0.2.1:53"));
    w.put(TABLE, &[DATA as u32, 4].map(u32::to_le_bytes).concat());
    w.put(
        VALUE,
        &[ADDRESS as u32, 128, TABLE as u32, 1, 0, 0, 0]
            .map(u32::to_le_bytes)
            .concat(),
    );
    assert_eq!(Answer::of(w.sys_recvmsg(0, [fd, VALUE, 0, 0, 0, 0])), Answer::Done(4));
    assert_eq!((w.get_int(VALUE + 4), w.get_int(VALUE + 24)), (16, TRUNC as i32));
}

#[test]
fn a_full_queue_drops_and_the_rest_stays_whole() {
    let mut w = world();
    let (fd, channel) = w.bound(0);
    let mut count = 0u32;
    while w.arrive_datagram(
        channel,
        &[&count.to_le_bytes()[..], &[0; 996]].concat(),
        endpoint("192.0.2.1:53"),
    ) {
        count += 1;
        assert!(count < 1000);
    }
    for number in 0..count {
        assert_eq!(w.recv(fd, 2000, 0), Answer::Done(1000));
        assert_eq!(w.get_int(DATA), number as i32);
    }
    assert!(w.arrive_datagram(channel, b"again", endpoint("192.0.2.1:53")));
}

#[test]
fn a_socket_connected_at_first_is_connected_by_the_platform() {
    let mut w = world();
    let fd = w.socket(INET, DGRAM);
    let ticket = w.connect(fd, "192.0.2.1:53").ticket();
    let (channel, command) = w.one();
    let remote = endpoint("192.0.2.1:53");
    assert_eq!(
        command,
        Given::UdpOpen {
            local: Endpoint::NONE,
            remote,
            name: String::new(),
            flags: 0
        }
    );
    w.opened(channel, endpoint("10.0.0.1:6000"), remote);
    assert_eq!(
        Answer::of(w.sys_connect(ticket, [fd, ADDRESS, 16, 0, 0, 0])),
        Answer::Done(0)
    );
    assert_eq!(name(&mut w, fd), "10.0.0.1:6000");
    assert_eq!(w.send(fd, b"query", 0), Answer::Done(5));
    assert_eq!(
        w.one(),
        (
            channel,
            Given::SendDatagram {
                to: Endpoint::NONE,
                payload: b"query".to_vec()
            }
        )
    );
    // To another than its peer: whether that can be is up to the host.
    assert_eq!(w.sendto(fd, b"elsewhere", "192.0.2.2:53"), Answer::Done(9));
    let (_, command) = w.one();
    let Given::SendDatagram { to, .. } = command else {
        panic!("{command:?}")
    };
    assert_eq!(to, endpoint("192.0.2.2:53"));
    w.arrive_datagram(channel, b"answer", Endpoint::NONE);
    assert_eq!(w.recvfrom(fd, 100), (Answer::Done(6), "192.0.2.1:53".into()));
    // ICMP: told once, the socket stays.
    w.datagrams_sent(channel, 1, 5, Err(Errno::CONNREFUSED));
    w.recv(fd, 100, 0).fails(Errno::CONNREFUSED);
    assert_eq!(w.send(fd, b"query", 0), Answer::Done(5));
    w.given();
    w.failed(channel, Errno::CONNREFUSED);
    assert!(w.given().is_empty());
    w.send(fd, b"query", 0).fails(Errno::CONNREFUSED);
    assert_eq!(w.send(fd, b"query", 0), Answer::Done(5));
    assert_eq!(w.one().0, channel);
}

#[test]
fn a_bound_socket_that_is_connected_keeps_its_endpoint_and_filters() {
    let mut w = world();
    let (fd, channel) = w.bound(0);
    assert_eq!(w.connect(fd, "127.0.0.1:53"), Answer::Done(0));
    assert!(w.given().is_empty(), "no second socket");
    assert_eq!(name(&mut w, fd), "127.0.0.1:5000");
    w.arrive_datagram(channel, b"stranger", endpoint("127.0.0.1:54"));
    w.arrive_datagram(channel, b"peer", endpoint("127.0.0.1:53"));
    assert_eq!(w.recv(fd, 100, 0), Answer::Done(4));
    assert_eq!(w.send(fd, b"x", 0), Answer::Done(1));
    assert_eq!(
        w.one(),
        (
            channel,
            Given::SendDatagram {
                to: endpoint("127.0.0.1:53"),
                payload: b"x".to_vec()
            }
        )
    );
    // AF_UNSPEC lets everybody in again.
    w.put(ADDRESS, &[0; 16]);
    assert_eq!(
        Answer::of(w.sys_connect(0, [fd, ADDRESS, 16, 0, 0, 0])),
        Answer::Done(0)
    );
    w.send(fd, b"x", 0).fails(Errno::DESTADDRREQ);
    w.arrive_datagram(channel, b"stranger", endpoint("127.0.0.1:54"));
    assert_eq!(w.recv(fd, 100, 0), Answer::Done(8));
}

#[test]
fn reconnecting_a_platforms_connected_socket_opens_another() {
    let mut w = world();
    let fd = w.socket(INET, DGRAM);
    let ticket = w.connect(fd, "192.0.2.1:53").ticket();
    let (first, _) = w.one();
    w.opened(first, endpoint("10.0.0.1:6000"), endpoint("192.0.2.1:53"));
    assert_eq!(
        Answer::of(w.sys_connect(ticket, [fd, ADDRESS, 16, 0, 0, 0])),
        Answer::Done(0)
    );
    w.connect(fd, "192.0.2.2:53").ticket();
    let given = w.given();
    assert_eq!(given[0], (first, Given::Close(Closing::Deliver)));
    assert!(matches!(given[1].1, Given::UdpOpen { .. }));
}

#[test]
fn what_would_kill_a_socket_of_the_platform_is_refused_here() {
    let mut w = world();
    let (fd, _) = w.bound(0);
    w.sendto(fd, &[0; 65_508], "192.0.2.1:53").fails(Errno::MSGSIZE);
    w.sendto(fd, b"x", "192.0.2.1:0").fails(Errno::INVAL);
    w.sendto(fd, b"x", "255.255.255.255:53").fails(Errno::ACCES);
    w.sendto(fd, b"x", "[::1]:53").fails(Errno::AFNOSUPPORT);
    w.send(fd, b"x", 0).fails(Errno::DESTADDRREQ);
    assert!(w.given().is_empty());
    assert_eq!(w.set_option(fd, 1, 6, 1), Answer::Done(0));
    w.given();
    assert_eq!(w.sendto(fd, b"x", "255.255.255.255:53"), Answer::Done(1));
}

#[test]
fn a_dual_stack_socket_speaks_mapped_addresses() {
    let mut w = world();
    let fd = w.socket(INET6, DGRAM);
    assert_eq!(w.sendto(fd, b"x", "[::ffff:192.0.2.1]:53"), Answer::Done(1));
    let (channel, command) = w.one();
    let Given::UdpOpen { flags, .. } = command else {
        panic!("{command:?}")
    };
    assert_eq!(flags, open_flags::IPV6);
    w.opened(channel, endpoint("[::]:6000"), Endpoint::NONE);
    let (_, sent) = w.one();
    let Given::SendDatagram { to, .. } = sent else {
        panic!("{sent:?}")
    };
    assert_eq!(to, endpoint("[::ffff:192.0.2.1]:53"));
    w.arrive_datagram(channel, b"y", endpoint("192.0.2.1:53"));
    assert_eq!(w.recvfrom(fd, 10), (Answer::Done(1), "[::ffff:192.0.2.1]:53".into()));
}

#[test]
fn a_socket_that_is_gone_is_opened_again() {
    let mut w = world();
    let (fd, channel) = w.bound(0);
    w.failed(channel, Errno::IO);
    assert!(w.given().is_empty(), "an error, not the end");
    w.sendto(fd, b"x", "192.0.2.1:53").fails(Errno::IO);
    w.closed(channel);
    assert_eq!(w.sendto(fd, b"x", "192.0.2.1:53"), Answer::Done(1));
    assert!(matches!(w.one().1, Given::UdpOpen { .. }));
}

#[test]
fn shutdown_of_a_connected_socket() {
    let mut w = world();
    let (fd, channel) = w.bound(0);
    Answer::of(w.sys_shutdown(0, [fd, 2, 0, 0, 0, 0])).fails(Errno::NOTCONN);
    w.connect(fd, "127.0.0.1:53").done();
    w.arrive_datagram(channel, b"y", endpoint("127.0.0.1:53"));
    assert_eq!(Answer::of(w.sys_shutdown(0, [fd, 2, 0, 0, 0, 0])), Answer::Done(0));
    w.send(fd, b"x", 0).fails(Errno::PIPE);
    assert_eq!(w.recv(fd, 10, 0), Answer::Done(1));
    assert_eq!(w.recv(fd, 10, 0), Answer::Done(0));
    assert_eq!(w.poll_one(fd) & 0x2010, 0x2010);
}

#[test]
fn a_host_that_can_connects_a_bound_socket_in_place() {
    let mut w = world();
    w.host().connects_udp = true;
    let (fd, channel) = w.bound(0);
    let ticket = w.connect(fd, "127.0.0.1:53").ticket();
    assert_eq!(w.one(), (channel, Given::UdpConnect(endpoint("127.0.0.1:53"))));
    assert_eq!(w.send(fd, b"soon", 0), Answer::Done(4));
    w.opened(channel, endpoint("127.0.0.1:5000"), endpoint("127.0.0.1:53"));
    assert_eq!(
        w.one(),
        (
            channel,
            Given::SendDatagram {
                to: Endpoint::NONE,
                payload: b"soon".into()
            }
        )
    );
    assert_eq!(
        Answer::of(w.sys_connect(ticket, [fd, ADDRESS, 16, 0, 0, 0])),
        Answer::Done(0)
    );
    // It is connected to another, which does not work, and stays open without a peer.
    let ticket = w.connect(fd, "192.0.2.1:53").ticket();
    w.given();
    w.failed(channel, Errno::NETUNREACH);
    Answer::of(w.sys_connect(ticket, [fd, ADDRESS, 16, 0, 0, 0])).fails(Errno::NETUNREACH);
    w.send(fd, b"x", 0).fails(Errno::DESTADDRREQ);
    assert!(w.given().is_empty(), "it is not closed");
    assert!(w.arrive_datagram(channel, b"y", endpoint("127.0.0.1:9")));
    assert_eq!(w.recv(fd, 10, 0), Answer::Done(1));
}
