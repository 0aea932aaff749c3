//! Multicast groups: joining, leaving, and when the host is told. Errnos are those that a C program printed on Linux 6.18.

mod world;

use direct_sockets_runtime::constants::limit;
use direct_sockets_runtime::errno::Errno;
use direct_sockets_runtime::interface::{Endpoint, abi};
use world::*;

const IP: u64 = 0;
const IPV6: u64 = 41;
const IP_ADD: u64 = 35;
const IP_DROP: u64 = 36;
const MCAST_JOIN: u64 = 42;
const MCAST_LEAVE: u64 = 45;
const IPV6_ADD: u64 = 20;
const IPV6_DROP: u64 = 21;

const ANY: [u8; 4] = [0; 4];
const LOOPBACK: [u8; 4] = [127, 0, 0, 1];
const GROUP: [u8; 4] = [224, 0, 0, 251];

fn ask(w: &mut World, fd: u64, level: u64, name: u64, request: &[u8]) -> Answer {
    w.put(VALUE, request);
    Answer::of(w.sys_setsockopt(0, [fd, level, name, VALUE, request.len() as u64, 0]))
}

fn mreq(group: [u8; 4], interface: [u8; 4]) -> Vec<u8> {
    [group, interface].concat()
}

fn mreqn(group: [u8; 4], interface: [u8; 4], number: u32) -> Vec<u8> {
    [group, interface, number.to_le_bytes()].concat()
}

fn mreq6(last: u8, number: u32) -> Vec<u8> {
    let mut bytes = vec![0; 16];
    (bytes[0], bytes[1], bytes[15]) = (0xff, 0x02, last);
    bytes.extend(number.to_le_bytes());
    bytes
}

/// `struct group_req` with an address of so many bytes of padding in front.
fn group_req(word: usize, number: u32, address: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; word + 128];
    bytes[..4].copy_from_slice(&number.to_le_bytes());
    bytes[word..word + address.len()].copy_from_slice(address);
    bytes
}

fn joins(group: &str, interface: Endpoint) -> Given {
    Given::Membership {
        group: endpoint(group),
        interface,
        join: true,
    }
}

#[test]
fn joining_twice_and_leaving_what_was_not_joined() {
    let mut w = world();
    let fd = w.socket(INET, DGRAM);
    for (name, request, answer) in [
        (IP_ADD, mreq(GROUP, ANY), Ok(())),
        (IP_ADD, mreq(GROUP, ANY), Err(Errno::ADDRINUSE)),
        (IP_ADD, mreq(GROUP, LOOPBACK), Ok(())),
        (IP_ADD, mreq(GROUP, LOOPBACK), Err(Errno::ADDRINUSE)),
        (IP_ADD, mreqn(GROUP, ANY, 0), Err(Errno::ADDRINUSE)),
        (IP_DROP, mreq(GROUP, ANY), Ok(())),
        (IP_DROP, mreq(GROUP, ANY), Err(Errno::ADDRNOTAVAIL)),
        (IP_DROP, mreq(GROUP, [9, 9, 9, 9]), Err(Errno::ADDRNOTAVAIL)),
        (IP_ADD, mreq([1, 2, 3, 4], ANY), Err(Errno::INVAL)),
        (IP_DROP, mreq([1, 2, 3, 4], ANY), Err(Errno::ADDRNOTAVAIL)),
        (IP_ADD, mreq(GROUP, ANY)[..7].to_vec(), Err(Errno::INVAL)),
    ] {
        let expected = answer.map_or_else(|errno: Errno| -errno.number(), |()| 0);
        assert_eq!(
            ask(&mut w, fd, IP, name, &request),
            Answer::Done(expected),
            "{name} {request:?}"
        );
    }
    let tcp = w.socket(INET, STREAM);
    ask(&mut w, tcp, IP, IP_ADD, &mreq(GROUP, ANY)).fails(Errno::PROTO);
    assert_eq!(
        w.get_option(fd, 0, 35),
        Err(Answer::Done(-Errno::NOPROTOOPT.number())),
        "cannot be read"
    );
    // Nothing is open: the host was only asked whether there is that interface.
    assert_eq!(w.one(), (0, joins("224.0.0.251:0", endpoint("127.0.0.1:0"))));
}

#[test]
fn groups_of_ipv6() {
    let mut w = world();
    let fd = w.socket(INET6, DGRAM);
    assert_eq!(ask(&mut w, fd, IPV6, IPV6_ADD, &mreq6(0xfb, 1)), Answer::Done(0));
    ask(&mut w, fd, IPV6, IPV6_ADD, &mreq6(0xfb, 1)).fails(Errno::ADDRINUSE);
    ask(&mut w, fd, IPV6, IPV6_DROP, &mreq6(0xfc, 1)).fails(Errno::ADDRNOTAVAIL);
    let mut no_group = mreq6(1, 0);
    no_group[0] = 0;
    for name in [IPV6_ADD, IPV6_DROP] {
        ask(&mut w, fd, IPV6, name, &no_group).fails(Errno::INVAL);
        ask(&mut w, fd, IPV6, name, &mreq6(1, 0)[..19]).fails(Errno::INVAL);
    }
    assert_eq!(ask(&mut w, fd, IPV6, IPV6_DROP, &mreq6(0xfb, 1)), Answer::Done(0));
    // IPv4's on a socket of IPv6, as Linux has it.
    assert_eq!(ask(&mut w, fd, IP, IP_ADD, &mreq(GROUP, ANY)), Answer::Done(0));
    let tcp = w.socket(INET6, STREAM);
    ask(&mut w, tcp, IPV6, IPV6_ADD, &mreq6(0xfb, 1)).fails(Errno::PROTO);
}

#[test]
fn group_req_lies_as_wide_as_words_are() {
    for (bits, word) in [(0, 4), (abi::WASM64, 8)] {
        let mut w = world();
        w.app().abi = bits;
        let (fd, six) = (w.socket(INET, DGRAM), w.socket(INET6, DGRAM));
        let inet = [2, 0, 0, 0, 224, 0, 0, 253, 0, 0, 0, 0, 0, 0, 0, 0];
        let request = group_req(word, 0, &inet);
        assert_eq!(ask(&mut w, fd, IP, MCAST_JOIN, &request), Answer::Done(0));
        // The same group by another name.
        ask(&mut w, fd, IP, IP_ADD, &mreq([224, 0, 0, 253], ANY)).fails(Errno::ADDRINUSE);
        ask(&mut w, six, IPV6, MCAST_JOIN, &request).fails(Errno::ADDRNOTAVAIL);
        ask(&mut w, fd, IP, MCAST_JOIN, &request[..request.len() - 1]).fails(Errno::INVAL);
        ask(&mut w, fd, IP, MCAST_JOIN, &group_req(word, 0, &[0; 16])).fails(Errno::INVAL);
        assert_eq!(ask(&mut w, fd, IP, MCAST_LEAVE, &request), Answer::Done(0));
        ask(&mut w, fd, IP, MCAST_LEAVE, &request).fails(Errno::ADDRNOTAVAIL);
    }
}

#[test]
fn the_host_joins_once_the_socket_is_open_and_leaves_at_once() {
    let mut w = world();
    let fd = w.socket(INET, DGRAM);
    ask(&mut w, fd, IP, IP_ADD, &mreq(GROUP, LOOPBACK)).done();
    ask(&mut w, fd, IP, IP_ADD, &mreqn([239, 1, 2, 3], LOOPBACK, 7)).done();
    w.given();
    w.sendto(fd, b"hello", "192.0.2.1:53").done();
    let (channel, _) = w.one();
    w.opened(channel, endpoint("0.0.0.0:5000"), Endpoint::NONE);
    let given = w.given();
    assert_eq!(given[0], (channel, joins("224.0.0.251:0", endpoint("127.0.0.1:0"))));
    let numbered = Endpoint::NONE.with_scope(7);
    assert_eq!(given[1], (channel, joins("239.1.2.3:0", numbered)));
    assert!(
        matches!(given[2].1, Given::SendDatagram { .. }),
        "a member before it sends"
    );
    assert_eq!(
        ask(&mut w, fd, IP, IP_DROP, &mreqn([239, 1, 2, 3], ANY, 7)),
        Answer::Done(0)
    );
    let left = Given::Membership {
        group: endpoint("239.1.2.3:0"),
        interface: numbered,
        join: false,
    };
    assert_eq!(w.one(), (channel, left));
}

#[test]
fn what_the_host_refuses_is_not_joined() {
    let mut w = world();
    let (fd, _) = w.bound(0);
    w.host().refuse_option = Some(Errno::NODEV);
    ask(&mut w, fd, IP, IP_ADD, &mreq(GROUP, [9, 9, 9, 9])).fails(Errno::NODEV);
    ask(&mut w, fd, IP, IP_DROP, &mreq(GROUP, [9, 9, 9, 9])).fails(Errno::ADDRNOTAVAIL);
    assert_eq!(ask(&mut w, fd, IP, IP_ADD, &mreq(GROUP, ANY)), Answer::Done(0));
}

#[test]
fn what_the_host_refuses_later_is_a_pending_error() {
    let mut w = world();
    let fd = w.socket(INET, DGRAM);
    ask(&mut w, fd, IP, IP_ADD, &mreq(GROUP, [9, 9, 9, 9])).done();
    ask(&mut w, fd, IP, IP_ADD, &mreq(GROUP, ANY)).done();
    w.given();
    w.sendto(fd, b"hello", "192.0.2.1:53").done();
    let (channel, _) = w.one();
    w.host().refuse_option = Some(Errno::NODEV);
    w.opened(channel, endpoint("0.0.0.0:5000"), Endpoint::NONE);
    assert_eq!(w.given()[0], (channel, joins("224.0.0.251:0", Endpoint::NONE)));
    assert_eq!(w.so_error(fd), Errno::NODEV.number());
    ask(&mut w, fd, IP, IP_DROP, &mreq(GROUP, [9, 9, 9, 9])).fails(Errno::ADDRNOTAVAIL);
}

#[test]
fn an_interface_that_does_not_exist_is_told_before_the_socket_is_open() {
    let mut w = world();
    let fd = w.socket(INET, DGRAM);
    w.host().refuse_option = Some(Errno::NODEV);
    ask(&mut w, fd, IP, IP_ADD, &mreq(GROUP, [9, 9, 9, 9])).fails(Errno::NODEV);
    ask(&mut w, fd, IP, IP_DROP, &mreq(GROUP, [9, 9, 9, 9])).fails(Errno::ADDRNOTAVAIL);
}

#[test]
fn groups_are_bounded_as_on_linux() {
    let mut w = world();
    let fd = w.socket(INET, DGRAM);
    for last in 0..limit::MEMBERSHIPS as u8 {
        assert_eq!(
            ask(&mut w, fd, IP, IP_ADD, &mreq([239, 0, 0, last], ANY)),
            Answer::Done(0)
        );
    }
    ask(&mut w, fd, IP, IP_ADD, &mreq([239, 0, 1, 0], ANY)).fails(Errno::NOBUFS);
}

#[test]
fn multicast_leaves_through_an_interface_by_its_address() {
    let mut w = world();
    let fd = w.socket(INET, DGRAM);
    let read = |w: &mut World| w.get_option(fd, 0, 32).unwrap().to_le_bytes();
    for (request, address) in [
        (LOOPBACK.to_vec(), LOOPBACK),
        (ANY.to_vec(), ANY),
        (mreq(GROUP, [10, 0, 0, 1]), [10, 0, 0, 1]),
        (mreqn(ANY, [10, 0, 0, 2], 0), [10, 0, 0, 2]),
        (mreqn(ANY, ANY, 1), LOOPBACK),
    ] {
        assert_eq!(ask(&mut w, fd, IP, 32, &request), Answer::Done(0), "{request:?}");
        assert_eq!(read(&mut w), address);
    }
    ask(&mut w, fd, IP, 32, &mreqn(ANY, ANY, 77)).fails(Errno::ADDRNOTAVAIL);
    ask(&mut w, fd, IP, 32, &[127, 0, 0]).fails(Errno::INVAL);
}
