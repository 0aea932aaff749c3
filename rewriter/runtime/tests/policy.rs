//! What a program may reach, call by call: what is refused gives the host no command.

mod world;

use direct_sockets_runtime::errno::Errno;
use direct_sockets_runtime::interface::Endpoint;
use direct_sockets_runtime::policy::{Policy, WITHOUT_NAMES};
use world::*;

const FAIL: i32 = -4;

fn limited(policy: &str) -> World {
    let mut w = world();
    w.set_policy(Policy::parse(policy).unwrap());
    w
}

fn look_up(w: &mut World, name: &str) -> Answer {
    w.put(TEXT, format!("{name}\0").as_bytes());
    Answer::of(w.getaddrinfo(0, [TEXT, 0, 0, RESULT]))
}

/// Looks a name up on a stack that can wait.
fn resolve(w: &mut World, name: &str, addresses: &[&str]) {
    let ticket = look_up(w, name).ticket();
    let (query, given) = w.one();
    assert_eq!(given, Given::Resolve(name.into()));
    for address in addresses {
        w.resolved_address(query, endpoint(address));
    }
    w.resolved(query, Ok(()));
    assert_eq!(w.woken(), [ticket]);
    assert_eq!(Answer::of(w.getaddrinfo(ticket, [TEXT, 0, 0, RESULT])), Answer::Done(0));
}

/// The same on one that cannot: answers the query; the placeholder is the first one.
fn stand_in(w: &mut World, name: &str) -> u32 {
    let ticket = look_up(w, name).ticket();
    assert_eq!(Answer::of(w.sys_abandon(ticket)), Answer::Done(0));
    w.one().0
}

#[test]
fn connections() {
    let mut w = limited("connect:127.0.0.1:80,connect:192.0.2.0/24:443\n");
    let fd = w.socket(INET, STREAM);
    let v6 = w.socket(INET6, STREAM);
    w.connect(fd, "127.0.0.1:81").fails(Errno::ACCES);
    w.connect(fd, "192.0.3.1:443").fails(Errno::ACCES);
    w.connect(v6, "[::ffff:127.0.0.1]:443").fails(Errno::ACCES);
    w.connect(v6, "[::1]:80").fails(Errno::ACCES);
    assert_eq!(w.given(), []);
    assert_eq!(w.host().trace.len(), 1, "said once");
    w.connect(v6, "[::ffff:192.0.2.9]:443").ticket();
    w.connect(fd, "0.0.0.0:80").ticket();
    let given = w.given();
    assert!(
        matches!(
            &given[..],
            [(_, Given::TcpConnect { .. }), (_, Given::TcpConnect { .. })]
        ),
        "{given:?}"
    );
    // As after any refusal, the socket is as new; and one that is bound may connect no further.
    let bound = w.socket(INET, STREAM);
    w.bound_stream(bound, "127.0.0.1:0", "127.0.0.1:5000");
    w.connect(bound, "127.0.0.1:81").fails(Errno::ACCES);
    assert_eq!(w.given(), []);
}

#[test]
fn datagrams() {
    let mut w = limited("udp:192.0.2.1:53\n");
    let fd = w.socket(INET, DGRAM);
    w.sendto(fd, b"x", "192.0.2.2:53").fails(Errno::ACCES);
    w.connect(fd, "192.0.2.1:54").fails(Errno::ACCES);
    w.bind(fd, "0.0.0.0:5353").fails(Errno::ACCES);
    assert_eq!(w.given(), []);
    w.sendto(fd, b"x", "192.0.2.1:53").done();
    let (channel, _) = w.one();
    w.opened(channel, endpoint("0.0.0.0:6000"), Endpoint::NONE);
    w.given();
    // It is open, but nothing else may be sent, nor to whoever writes to it.
    w.sendto(fd, b"x", "127.0.0.1:53").fails(Errno::ACCES);
    assert!(w.arrive_datagram(channel, b"hello", endpoint("192.0.2.9:1")));
    w.sendto(fd, b"x", "192.0.2.9:1").fails(Errno::ACCES);
    w.connect(fd, "192.0.2.9:1").fails(Errno::ACCES);
    // sendmsg and sendmmsg come by the same place.
    w.put(VALUE, &[0; 64]);
    let (at, length) = w.put_address("192.0.2.9:1");
    w.put(VALUE, &(at as u32).to_le_bytes());
    w.put(VALUE + 4, &(length as u32).to_le_bytes());
    Answer::of(w.sys_sendmsg(0, [fd, VALUE, 0, 0, 0, 0])).fails(Errno::ACCES);
    Answer::of(w.sys_sendmmsg(0, [fd, VALUE, 1, 0])).fails(Errno::ACCES);
    assert_eq!(w.given(), []);
}

#[test]
fn a_server_of_datagrams_answers_whom_it_has_heard() {
    let mut w = limited("udp-listen:127.0.0.1:0\n");
    let (fd, channel) = w.bound(0);
    w.sendto(fd, b"x", "192.0.2.9:7").fails(Errno::ACCES);
    assert!(w.arrive_datagram(channel, b"hello", endpoint("192.0.2.9:7")));
    w.sendto(fd, b"x", "192.0.2.9:7").done();
    w.sendto(fd, b"x", "192.0.2.9:8").fails(Errno::ACCES);
    let other = w.socket(INET, DGRAM);
    w.sendto(other, b"x", "192.0.2.9:7").fails(Errno::ACCES);
    assert_eq!(w.given().len(), 1);
}

#[test]
fn listeners() {
    let mut w = limited("listen:127.0.0.1:80,connect:192.0.2.1:1\n");
    let fd = w.socket(INET, STREAM);
    w.bind(fd, "0.0.0.0:80").fails(Errno::ACCES);
    w.bind(fd, "127.0.0.1:81").fails(Errno::ACCES);
    Answer::of(w.sys_listen(0, [fd, 1, 0, 0, 0, 0])).fails(Errno::ACCES);
    assert_eq!(w.given(), []);
    // As a client's any port will do, but nobody listens there.
    w.bound_stream(fd, "127.0.0.1:0", "127.0.0.1:5000");
    Answer::of(w.sys_listen(0, [fd, 1, 0, 0, 0, 0])).fails(Errno::ACCES);
    let later = w.socket(INET, STREAM);
    let ticket = w.bind(later, "127.0.0.1:0").ticket();
    assert_eq!(Answer::of(w.sys_abandon(ticket)), Answer::Done(0));
    w.given();
    Answer::of(w.sys_listen(0, [later, 1, 0, 0, 0, 0])).fails(Errno::ACCES);
    let server = w.socket(INET, STREAM);
    w.bound_stream(server, "127.0.0.1:80", "127.0.0.1:80");
    Answer::of(w.sys_listen(0, [server, 1, 0, 0, 0, 0])).ticket();
    assert!(matches!(w.one(), (_, Given::TcpListen { .. })));
}

#[test]
fn groups() {
    let mut w = limited("udp:239.1.0.0/16:5000\n");
    let fd = w.socket(INET, DGRAM);
    for (group, refused) in [([239, 2, 0, 1], true), ([239, 1, 2, 3], false)] {
        w.put(VALUE, &group);
        w.put(VALUE + 4, &[127, 0, 0, 1]);
        let answer = Answer::of(w.sys_setsockopt(0, [fd, 0, 35, VALUE, 8, 0]));
        match refused {
            true => answer.fails(Errno::ACCES),
            false => assert_eq!(answer, Answer::Done(0)),
        }
    }
}

#[test]
fn without_names_there_is_localhost() {
    const NONAME: i32 = -2;
    let mut w = limited(&format!("*\n\n{WITHOUT_NAMES}"));
    assert_eq!(look_up(&mut w, "example.com"), Answer::Done(NONAME));
    w.put(TEXT, b"example.com\0");
    assert_eq!(Answer::of(w.gethostbyname(0, [TEXT])), Answer::Done(0));
    // It answers a placeholder, which leads nowhere: the host is not given the name.
    Answer::of(w.lookup_name(0, [TEXT])).done();
    for kind in [STREAM, DGRAM] {
        let fd = w.socket(INET, kind);
        w.connect(fd, "198.18.0.1:443").fails(Errno::HOSTUNREACH);
    }
    assert_eq!(w.given(), []);
    assert_eq!(look_up(&mut w, "127.0.0.1"), Answer::Done(0));
    resolve(&mut w, "LocalHost.", &["127.0.0.1:0"]);
    let fd = w.socket(INET, STREAM);
    w.connect(fd, "192.0.2.1:443").ticket();
    assert!(matches!(w.one(), (_, Given::TcpConnect { .. })));
}

#[test]
fn names_are_refused_before_anybody_is_asked() {
    let mut w = limited("connect:*.example.org:443,listen:*:*\n");
    assert_eq!(look_up(&mut w, "example.com"), Answer::Done(FAIL));
    w.put(TEXT, b"example.com\0");
    assert_eq!(Answer::of(w.gethostbyname(0, [TEXT])), Answer::Done(0));
    // It answers a placeholder, which fails where it is used.
    Answer::of(w.lookup_name(0, [TEXT])).done();
    let fd = w.socket(INET, STREAM);
    w.connect(fd, "198.18.0.1:443").fails(Errno::ACCES);
    assert_eq!(w.given(), []);
}

#[test]
fn an_address_of_an_allowed_name_may_be_reached() {
    let mut w = limited("connect:*.example.org:443\n");
    let fd = w.socket(INET, STREAM);
    w.connect(fd, "192.0.2.1:443").fails(Errno::ACCES);
    resolve(&mut w, "www.example.org", &["192.0.2.1:0", "10.0.0.1:0", "[::1]:0"]);
    w.connect(fd, "192.0.2.1:80").fails(Errno::ACCES);
    w.connect(fd, "10.0.0.1:443").fails(Errno::ACCES);
    let v6 = w.socket(INET6, STREAM);
    w.connect(v6, "[::1]:443").fails(Errno::ACCES);
    w.connect(v6, "[::ffff:10.0.0.1]:443").fails(Errno::ACCES);
    assert_eq!(w.given(), []);
    w.connect(fd, "192.0.2.1:443").ticket();
    assert_eq!(w.given().len(), 1);
}

#[test]
fn a_placeholder_is_connected_to_once_its_address_is_known() {
    for (address, reached) in [("192.0.2.1:0", true), ("127.0.0.1:0", false)] {
        for bound in [false, true] {
            let mut w = limited("connect:host.test:80,listen:*:*\n");
            let query = stand_in(&mut w, "host.test");
            let fd = w.socket(INET, STREAM | NONBLOCK);
            let channel = bound.then(|| w.bound_stream(fd, "127.0.0.1:5000", "127.0.0.1:5000"));
            let (at, length) = w.put_address("198.18.0.1:80");
            let ticket = Answer::of(w.sys_connect(0, [fd, at, length, 0, 0, 0])).ticket();
            Answer::of(w.sys_connect(ticket, [fd, at, length, 0, 0, 0])).fails(Errno::INPROGRESS);
            assert_eq!(w.given(), []);
            assert_eq!(w.poll_one(fd), 0);
            w.resolved_address(query, endpoint(address));
            w.resolved(query, Ok(()));
            if reached {
                let (connecting, given) = w.one();
                assert!(matches!(given, Given::TcpConnect { remote, .. } if remote == endpoint("192.0.2.1:80")));
                assert!(channel.is_none_or(|channel| channel == connecting));
                w.opened(connecting, endpoint("10.0.0.1:5000"), endpoint("192.0.2.1:80"));
                assert_eq!(w.so_error(fd), 0);
            } else {
                assert_eq!(w.so_error(fd), Errno::ACCES.number());
                let closed: Vec<_> = w.given().into_iter().map(|(channel, _)| channel).collect();
                assert_eq!(closed, Vec::from_iter(channel));
            }
            w.check().expect("consistent");
        }
    }
}

#[test]
fn a_connection_that_waits_for_its_name_can_be_given_up() {
    let mut w = limited("connect:host.test:80\n");
    let query = stand_in(&mut w, "host.test");
    let fd = w.socket(INET, STREAM);
    let ticket = w.connect(fd, "198.18.0.1:80").ticket();
    assert_eq!(w.close(fd), Answer::Done(0));
    w.check().expect("consistent");
    w.resolved(query, Err(Errno::NOENT));
    assert_eq!(w.woken(), [ticket]);
    Answer::of(w.sys_connect(ticket, [fd, ADDRESS, 16, 0, 0, 0])).fails(Errno::HOSTUNREACH);
    assert_eq!(w.given(), []);
    w.check().expect("consistent");
}

#[test]
fn a_udp_socket_waits_for_the_address_of_its_peer() {
    let mut w = limited("udp:host.test:53\n");
    let query = stand_in(&mut w, "host.test");
    let fd = w.socket(INET, DGRAM);
    let ticket = w.connect(fd, "198.18.0.1:53").ticket();
    assert_eq!(w.given(), []);
    w.resolved_address(query, endpoint("192.168.0.1:0"));
    w.resolved(query, Ok(()));
    Answer::of(w.sys_connect(ticket, [fd, ADDRESS, 16, 0, 0, 0])).fails(Errno::ACCES);
    assert_eq!(w.given(), []);
}

#[test]
fn ports_are_mapped_on_the_way_out_and_back() {
    let mut w = limited("*\ntcp:80:40080,udp:53:40053");
    let name = |w: &mut World, fd| {
        w.put(LENGTH, &128i32.to_le_bytes());
        assert_eq!(
            Answer::of(w.sys_getsockname(0, [fd, ADDRESS, LENGTH, 0, 0, 0])),
            Answer::Done(0)
        );
        w.get_address()
    };
    // Nobody is there: it is some other machine's port 80, or this one's own.
    let client = w.socket(INET, STREAM);
    w.connect(client, "127.0.0.1:80").ticket();
    assert!(matches!(w.one().1, Given::TcpConnect { remote, .. } if remote.port == 80));
    let server = w.socket(INET, STREAM);
    let ticket = w.bind(server, "0.0.0.0:80").ticket();
    let (channel, given) = w.one();
    assert!(matches!(given, Given::TcpBind { local, .. } if local == endpoint("0.0.0.0:40080")));
    w.opened(channel, endpoint("0.0.0.0:40080"), Endpoint::NONE);
    Answer::of(w.sys_bind(ticket, [server, ADDRESS, 16, 0, 0, 0])).done();
    assert_eq!(name(&mut w, server), "0.0.0.0:80");
    Answer::of(w.sys_listen(0, [server, 1, 0, 0, 0, 0])).ticket();
    assert!(matches!(w.one().1, Given::TcpListen { local, .. } if local == endpoint("0.0.0.0:40080")));
    w.opened(channel, endpoint("0.0.0.0:40080"), Endpoint::NONE);
    assert_eq!(name(&mut w, server), "0.0.0.0:80");
    let accepted = w
        .accepted(channel, endpoint("127.0.0.1:40080"), endpoint("127.0.0.1:9"))
        .unwrap();
    let fd = Answer::of(w.sys_accept4(0, [server, 0, 0, 0, 0, 0])).done();
    assert_eq!(name(&mut w, fd as u64), "127.0.0.1:80");
    assert!(accepted > 0);
    let client = w.socket(INET6, STREAM);
    w.connect(client, "[::ffff:127.0.0.1]:80").ticket();
    assert!(matches!(w.one().1, Given::TcpConnect { remote, .. } if remote == endpoint("127.0.0.1:40080")));
    let elsewhere = w.socket(INET, STREAM);
    w.connect(elsewhere, "192.0.2.1:80").ticket();
    assert!(matches!(w.one().1, Given::TcpConnect { remote, .. } if remote.port == 80));

    let one = w.socket(INET, DGRAM);
    let ticket = w.bind(one, "127.0.0.1:53").ticket();
    let (channel, given) = w.one();
    assert!(matches!(given, Given::UdpOpen { local, .. } if local.port == 40053));
    w.opened(channel, endpoint("127.0.0.1:40053"), Endpoint::NONE);
    Answer::of(w.sys_bind(ticket, [one, ADDRESS, 16, 0, 0, 0])).done();
    assert_eq!(name(&mut w, one), "127.0.0.1:53");
    w.sendto(one, b"x", "127.0.0.1:53").done();
    assert!(matches!(w.one().1, Given::SendDatagram { to, .. } if to.port == 40053));
    // Its own datagram is from where it is; another machine's port of that number is just that.
    assert!(w.arrive_datagram(channel, b"x", endpoint("127.0.0.1:40053")));
    assert!(w.arrive_datagram(channel, b"x", endpoint("192.0.2.1:40053")));
    assert_eq!(w.recvfrom(one, 1), (Answer::Done(1), "127.0.0.1:53".into()));
    assert_eq!(w.recvfrom(one, 1), (Answer::Done(1), "192.0.2.1:40053".into()));
}
