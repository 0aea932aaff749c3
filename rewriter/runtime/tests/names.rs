//! `getaddrinfo` and its kin.

mod world;

use direct_sockets_runtime::address::{self, Sockaddr};
use direct_sockets_runtime::errno::Errno;
use direct_sockets_runtime::interface::Endpoint;
use world::*;

const NONAME: i32 = -2;
const AGAIN: i32 = -3;
const NODATA: i32 = -5;
const ADDRFAMILY: i32 = -9;

/// Hints: flags, family, type, protocol.
type Hints = [i32; 4];

fn arguments(w: &mut World, node: Option<&str>, service: Option<&str>, hints: Option<Hints>) -> [u64; 4] {
    let mut text = |at, text: Option<&str>| match text {
        Some(text) => {
            w.put(at, format!("{text}\0").as_bytes());
            at
        }
        None => 0,
    };
    let (node, service) = (text(TEXT, node), text(SERVICE, service));
    let hints = match hints {
        Some(hints) => {
            w.put(HINTS, &hints.map(i32::to_le_bytes).concat());
            HINTS
        }
        None => 0,
    };
    [node, service, hints, RESULT]
}

fn look_up(w: &mut World, node: Option<&str>, service: Option<&str>, hints: Option<Hints>) -> Answer {
    let arguments = arguments(w, node, service, hints);
    Answer::of(w.getaddrinfo(0, arguments))
}

/// The list at `RESULT`: type, protocol, address.
fn list(w: &mut World) -> Vec<(i32, i32, Endpoint)> {
    let mut entries = Vec::new();
    let mut at = w.get_int(RESULT) as u64;
    while at != 0 {
        let mut field = |offset| w.get_int(at + offset);
        let (family, kind, protocol, length, address) = (field(4), field(8), field(12), field(16), field(20));
        let next = field(28);
        let bytes = w.get(address as u64, length as usize);
        let Ok(Sockaddr::Inet(endpoint)) = address::parse(&bytes) else {
            panic!("no address")
        };
        assert_eq!(family, if endpoint.family == 4 { 2 } else { 10 });
        entries.push((kind, protocol, endpoint));
        at = next as u64;
    }
    entries
}

#[test]
fn numbers_need_nobody() {
    let mut w = world();
    assert_eq!(look_up(&mut w, Some("127.0.0.1"), Some("8080"), None), Answer::Done(0));
    assert_eq!(
        list(&mut w),
        [(1, 6), (2, 17), (3, 0)].map(|(kind, protocol)| (kind, protocol, endpoint("127.0.0.1:8080")))
    );
    assert_eq!(
        look_up(&mut w, Some("::1"), Some("http"), Some([0, 0, 0, 0])),
        Answer::Done(0)
    );
    assert_eq!(list(&mut w), [(1, 6, endpoint("[::1]:80"))]);
    assert_eq!(
        look_up(&mut w, Some("127.1"), None, Some([8, 10, 2, 0])),
        Answer::Done(0)
    );
    assert_eq!(list(&mut w), [(2, 17, endpoint("[::ffff:127.0.0.1]:0"))]);
    assert!(w.given().is_empty());
}

#[test]
fn a_type_and_a_service_say_what_is_listed() {
    let mut w = world();
    let mut kinds = |service, kind, protocol| {
        let answer = look_up(&mut w, Some("127.0.0.1"), service, Some([0, 0, kind, protocol]));
        assert_eq!(answer, Answer::Done(0), "{service:?} {kind} {protocol}");
        let entries = list(&mut w).into_iter();
        entries
            .map(|(kind, protocol, endpoint)| (kind, protocol, endpoint.port))
            .collect::<Vec<_>>()
    };
    assert_eq!(kinds(Some("http"), 0, 0), [(1, 6, 80)]);
    assert_eq!(kinds(Some("domain"), 0, 0), [(1, 6, 53), (2, 17, 53)]);
    assert_eq!(kinds(Some("80"), 0, 17), [(2, 17, 80)]);
    assert_eq!(kinds(Some(""), 1, 0), [(1, 6, 0)]);
    assert_eq!(kinds(None, 3, 1), [(3, 1, 0)], "a raw socket has any protocol");
}

#[test]
fn families_that_are_mapped() {
    let mut w = world();
    let mut addresses = |node, flags, family| {
        let answer = look_up(&mut w, Some(node), Some("80"), Some([flags, family, 1, 0]));
        assert_eq!(answer, Answer::Done(0), "{node} {flags} {family}");
        list(&mut w)
            .into_iter()
            .map(|(_, _, endpoint)| endpoint)
            .collect::<Vec<_>>()
    };
    assert_eq!(addresses("127.0.0.1", 0x18, 10), [endpoint("[::ffff:127.0.0.1]:80")]);
    assert_eq!(addresses("::ffff:127.0.0.1", 0, 2), [endpoint("127.0.0.1:80")]);
    assert_eq!(addresses("::ffff:127.0.0.1", 0, 0), [endpoint("[::ffff:127.0.0.1]:80")]);
    assert_eq!(addresses("fe80::1%7", 0, 0), [endpoint("[fe80::1]:80").with_scope(7)]);
    assert_eq!(
        addresses("127.0.0.1", 0x20, 0),
        [endpoint("127.0.0.1:80")],
        "ADDRCONFIG"
    );
    // Of a name: IPv6 addresses alone, all, or none.
    for (flags, expected) in [
        (8, Ok(vec!["[2001:db8::1]:80"])),
        (0x18, Ok(vec!["[::ffff:192.0.2.1]:80", "[2001:db8::1]:80"])),
    ] {
        assert_eq!(
            resolve(&mut w, &["192.0.2.1:0", "[2001:db8::1]:0"], [flags, 10, 1, 0]),
            expected.map(endpoints)
        );
    }
    assert_eq!(resolve(&mut w, &["192.0.2.1:0"], [0, 10, 1, 0]), Err(NODATA));
    assert_eq!(
        resolve(&mut w, &["192.0.2.1:0"], [8, 10, 1, 0]),
        Ok(endpoints(vec!["[::ffff:192.0.2.1]:80"]))
    );
}

fn endpoints(texts: Vec<&str>) -> Vec<Endpoint> {
    texts.into_iter().map(endpoint).collect()
}

/// What a name that has these addresses gives with these hints, or the error.
fn resolve(w: &mut World, addresses: &[&str], hints: Hints) -> Result<Vec<Endpoint>, i32> {
    let ticket = look_up(w, Some("host.test"), Some("80"), Some(hints)).ticket();
    let (query, _) = w.one();
    for address in addresses {
        w.resolved_address(query, endpoint(address));
    }
    w.resolved(query, Ok(()));
    match Answer::of(w.getaddrinfo(ticket, [TEXT, SERVICE, HINTS, RESULT])).done() {
        0 => Ok(list(w).into_iter().map(|(_, _, endpoint)| endpoint).collect()),
        code => Err(code),
    }
}

#[test]
fn no_node_is_this_machine_or_any() {
    let mut w = world();
    assert_eq!(look_up(&mut w, None, Some("53"), Some([0, 0, 2, 0])), Answer::Done(0));
    assert_eq!(
        list(&mut w),
        [(2, 17, endpoint("127.0.0.1:53")), (2, 17, endpoint("[::1]:53"))]
    );
    assert_eq!(look_up(&mut w, None, Some("53"), Some([1, 2, 1, 0])), Answer::Done(0));
    assert_eq!(list(&mut w), [(1, 6, endpoint("0.0.0.0:53"))]);
}

#[test]
fn names_are_asked_of_the_host() {
    let mut w = world();
    let ticket = look_up(&mut w, Some("host.test"), Some("https"), Some([2, 0, 1, 0])).ticket();
    let (query, command) = w.one();
    assert_eq!(command, Given::Resolve("host.test".into()));
    w.resolved_address(query, endpoint("[2001:db8::1]:0"));
    w.resolved_address(query, endpoint("192.0.2.1:0"));
    w.resolved_address(query, endpoint("192.0.2.2:0"));
    w.resolved(query, Ok(()));
    assert_eq!(w.woken(), [ticket]);
    assert_eq!(
        Answer::of(w.getaddrinfo(ticket, [TEXT, SERVICE, HINTS, RESULT])),
        Answer::Done(0)
    );
    let addresses = ["192.0.2.1:443", "192.0.2.2:443", "[2001:db8::1]:443"];
    assert_eq!(list(&mut w), addresses.map(|text| (1, 6, endpoint(text))));
    let head = w.get_int(RESULT) as u64;
    let name = w.get_int(head + 24) as u64;
    assert_eq!(w.get(name, 10), b"host.test\0");
    // What freeaddrinfo frees is what malloc gave: two blocks.
    assert_eq!(head, HEAP);
    let first = w.get_int(head + 20) as u64;
    assert!(first > name + 9 && first.is_multiple_of(16));
}

#[test]
fn failures_have_their_names() {
    for (errno, code) in [(Errno::NOENT, NONAME), (Errno::AGAIN, AGAIN), (Errno::IO, -4)] {
        let mut w = world();
        let ticket = look_up(&mut w, Some("no.test"), None, None).ticket();
        let (query, _) = w.one();
        w.resolved(query, Err(errno));
        assert_eq!(
            Answer::of(w.getaddrinfo(ticket, [TEXT, 0, 0, RESULT])),
            Answer::Done(code)
        );
    }
    let mut w = world();
    let mut fails = |node, service, hints, code| {
        assert_eq!(
            look_up(&mut w, node, service, hints),
            Answer::Done(code),
            "{node:?} {service:?} {hints:?}"
        );
    };
    fails(None, None, None, NONAME);
    fails(Some("x"), None, Some([0x1000, 0, 0, 0]), -1);
    fails(None, Some("80"), Some([2, 0, 0, 0]), -1);
    fails(Some("x"), None, Some([0, 1, 0, 0]), -6);
    fails(Some("x"), None, Some([0, 0, 5, 0]), -7);
    fails(Some("x"), None, Some([0, 0, 1, 17]), -7);
    fails(Some("x"), None, Some([0, 0, 0, 99]), -8);
    fails(Some("x"), Some("80"), Some([0, 0, 3, 0]), -8);
    fails(Some("x"), Some("ntp"), Some([0, 0, 1, 0]), -8);
    fails(Some("x"), Some("-1"), None, -8);
    fails(Some(""), None, None, NONAME);
    fails(Some("127.0.0.1%1"), None, Some([4, 0, 0, 0]), NONAME);
    fails(Some("fe80::1%nosuch"), None, Some([4, 0, 0, 0]), NONAME);
    fails(Some("x"), Some("no such"), None, -8);
    fails(Some("x"), Some("http"), Some([0x400, 0, 0, 0]), NONAME);
    fails(Some("x"), None, Some([4, 0, 0, 0]), NONAME);
    fails(Some("127.0.0.1"), None, Some([0, 10, 0, 0]), ADDRFAMILY);
    fails(Some("127.0.0.1"), None, Some([0x10, 10, 0, 0]), ADDRFAMILY);
    fails(Some("::1"), None, Some([0, 2, 0, 0]), ADDRFAMILY);
    fails(Some(&"x".repeat(256)), None, None, NONAME);
    assert_eq!(
        Answer::of(w.getaddrinfo(0, [MEMORY as u64, 0, 0, RESULT])),
        Answer::Done(-11)
    );
}

#[test]
fn a_name_that_cannot_be_waited_for_has_a_placeholder() {
    let mut w = world();
    let ticket = look_up(&mut w, Some("host.test"), Some("80"), Some([0, 0, 1, 0])).ticket();
    assert_eq!(Answer::of(w.sys_abandon(ticket)), Answer::Done(0));
    assert_eq!(list(&mut w), [(1, 6, endpoint("198.18.0.1:80"))]);
    let (query, _) = w.one();
    // The name is not resolved yet: the host connects to it by name.
    let fd = w.socket(INET, STREAM | NONBLOCK);
    w.connect(fd, "198.18.0.1:80").fails(Errno::INPROGRESS);
    let (channel, command) = w.one();
    let Given::TcpConnect { remote, name, .. } = command else {
        panic!("{command:?}")
    };
    assert_eq!((remote.family, remote.port, name.as_str()), (0, 80, "host.test"));
    w.opened(channel, endpoint("10.0.0.1:4000"), endpoint("192.0.2.1:80"));
    w.put(LENGTH, &16i32.to_le_bytes());
    assert_eq!(
        Answer::of(w.sys_getpeername(0, [fd, ADDRESS, LENGTH, 0, 0, 0])),
        Answer::Done(0)
    );
    assert_eq!(w.get_address(), "198.18.0.1:80", "the address that the program knows");
    // It is, now.
    w.resolved_address(query, endpoint("192.0.2.1:0"));
    w.resolved(query, Ok(()));
    let fd = w.socket(INET, STREAM | NONBLOCK);
    w.connect(fd, "198.18.0.1:80").fails(Errno::INPROGRESS);
    let (_, command) = w.one();
    let Given::TcpConnect { remote, name, .. } = command else {
        panic!("{command:?}")
    };
    assert_eq!((remote, name.as_str()), (endpoint("192.0.2.1:80"), ""));
}

#[test]
fn sendto_a_placeholder_waits_for_its_address() {
    let mut w = world();
    w.put(TEXT, b"dns.test\0");
    let ticket = Answer::of(w.lookup_name(0, [TEXT])).ticket();
    let answer = Answer::of(w.sys_abandon(ticket)).done();
    assert_eq!(answer.to_le_bytes(), [198, 18, 0, 1]);
    let (query, _) = w.one();
    let (fd, channel) = w.bound(0);
    let ticket = w.sendto(fd, b"query", "198.18.0.1:53").ticket();
    assert!(w.given().is_empty(), "one query is enough");
    w.resolved_address(query, endpoint("192.0.2.53:0"));
    w.resolved(query, Ok(()));
    assert_eq!(w.woken(), [ticket]);
    assert_eq!(
        Answer::of(w.sys_sendto(ticket, [fd, DATA, 5, 0, ADDRESS, 16])),
        Answer::Done(5)
    );
    let to = endpoint("192.0.2.53:53");
    assert_eq!(
        w.one(),
        (
            channel,
            Given::SendDatagram {
                to,
                payload: b"query".to_vec()
            }
        )
    );
    w.arrive_datagram(channel, b"answer", to);
    assert_eq!(w.recvfrom(fd, 100), (Answer::Done(6), "198.18.0.1:53".into()));
}

#[test]
fn a_placeholder_of_a_name_that_does_not_exist_is_unreachable() {
    let mut w = world();
    w.put(TEXT, b"no.test\0");
    let ticket = Answer::of(w.lookup_name(0, [TEXT])).ticket();
    let (query, _) = w.one();
    w.resolved(query, Err(Errno::NOENT));
    assert_eq!(w.woken(), [ticket]);
    let placeholder = Answer::of(w.lookup_name(ticket, [TEXT])).done();
    assert_eq!(
        placeholder.to_le_bytes(),
        [198, 18, 0, 1],
        "it has no way to say that there is none"
    );
    let (fd, _) = w.bound(0);
    let ticket = w.sendto(fd, b"x", "198.18.0.1:53").ticket();
    let (query, _) = w.one();
    w.resolved(query, Err(Errno::NOENT));
    Answer::of(w.sys_sendto(ticket, [fd, DATA, 1, 0, ADDRESS, 16])).fails(Errno::HOSTUNREACH);
}

#[test]
fn gethostbyname_answers_a_hostent() {
    let mut w = world();
    w.put(TEXT, b"host.test\0");
    let ticket = Answer::of(w.gethostbyname(0, [TEXT])).ticket();
    let (query, _) = w.one();
    w.resolved_address(query, endpoint("[2001:db8::1]:0"));
    w.resolved_address(query, endpoint("192.0.2.1:0"));
    w.resolved(query, Ok(()));
    let at = Answer::of(w.gethostbyname(ticket, [TEXT])).done() as u64;
    let name = w.get_int(at) as u64;
    assert_eq!(w.get(name, 10), b"host.test\0");
    let aliases = w.get_int(at + 4) as u64;
    assert_eq!((w.get_int(aliases), w.get_int(at + 8), w.get_int(at + 12)), (0, 2, 4));
    let addresses = w.get_int(at + 16) as u64;
    let first = w.get_int(addresses) as u64;
    assert_eq!((w.get(first, 4), w.get_int(addresses + 4)), (vec![192, 0, 2, 1], 0));
    w.put(TEXT, b"10.9.8.7\0");
    assert_eq!(
        Answer::of(w.gethostbyname(0, [TEXT])).done() as u64,
        at,
        "the block is the same"
    );
    assert_eq!(w.get(first, 4), [10, 9, 8, 7]);
    w.put(TEXT, b"no.test\0");
    let ticket = Answer::of(w.gethostbyname(0, [TEXT])).ticket();
    let (query, _) = w.one();
    w.resolved(query, Err(Errno::NOENT));
    assert_eq!(Answer::of(w.gethostbyname(ticket, [TEXT])), Answer::Done(0));
}

#[test]
fn who_asks_for_ipv4_gets_a_placeholder_for_an_ipv6_address() {
    let mut w = world();
    let real = "[2001:db8::1]:80";
    assert_eq!(
        resolve(&mut w, &["[2001:db8::1]:0"], [0, 2, 1, 0]),
        Ok(endpoints(vec!["198.18.0.1:80"]))
    );
    assert_eq!(
        resolve(&mut w, &["[2001:db8::1]:0"], [0, 0, 1, 0]),
        Ok(endpoints(vec![real]))
    );
    let ticket = Answer::of(w.gethostbyname(0, [TEXT])).ticket();
    let (query, _) = w.one();
    w.resolved_address(query, endpoint("[2001:db8::1]:0"));
    w.resolved(query, Ok(()));
    let at = Answer::of(w.gethostbyname(ticket, [TEXT])).done() as u64;
    let list = w.get_int(at + 16) as u64;
    let first = w.get_int(list) as u64;
    assert_eq!((w.get(first, 4), w.get_int(list + 4)), (vec![198, 18, 0, 1], 0));

    let fd = w.socket(INET, STREAM | NONBLOCK);
    w.connect(fd, "198.18.0.1:80").fails(Errno::INPROGRESS);
    let (channel, command) = w.one();
    let Given::TcpConnect { remote, name, .. } = command else {
        panic!("{command:?}")
    };
    assert_eq!((remote, name.as_str()), (endpoint(real), ""));
    w.opened(channel, endpoint("[2001:db8::2]:4000"), endpoint(real));
    w.put(LENGTH, &16i32.to_le_bytes());
    let a = [fd, ADDRESS, LENGTH, 0, 0, 0];
    assert_eq!(Answer::of(w.sys_getpeername(0, a)), Answer::Done(0));
    assert_eq!(w.get_address(), "198.18.0.1:80");
    assert_eq!(Answer::of(w.sys_getsockname(0, a)), Answer::Done(0));
    assert_eq!(w.get_address(), "0.0.0.0:4000", "what an IPv4 socket can say");

    w.woken();
    let (fd, channel) = w.bound(0);
    assert_eq!(w.sendto(fd, b"x", "198.18.0.1:80"), Answer::Done(1));
    let to = endpoint(real);
    assert_eq!(
        w.one(),
        (
            channel,
            Given::SendDatagram {
                to,
                payload: b"x".to_vec()
            }
        )
    );
    w.arrive_datagram(channel, b"answer", to);
    assert_eq!(w.recvfrom(fd, 100), (Answer::Done(6), "198.18.0.1:80".into()));
}

#[test]
fn a_program_without_malloc_gets_no_list() {
    let mut w = world();
    w.app().heap = MEMORY as u64 + 1;
    assert_eq!(look_up(&mut w, Some("127.0.0.1"), None, None), Answer::Done(-10));
}

#[test]
fn a_list_in_wasm64() {
    let mut w = world();
    w.app().abi = 1;
    assert_eq!(
        look_up(&mut w, Some("127.0.0.1"), Some("80"), Some([0, 0, 1, 0])),
        Answer::Done(0)
    );
    let head = u64::from_le_bytes(w.get(RESULT, 8).try_into().unwrap());
    let at = u64::from_le_bytes(w.get(head + 24, 8).try_into().unwrap());
    assert_eq!(w.get(at, 8), [2, 0, 0, 80, 127, 0, 0, 1]);
    assert_eq!(w.get(head + 32, 16), [0; 16]);
    assert_eq!(w.get_int(head + 16), 16);
}
