//! Socket options: what they are unless set, what they are read back as, how they are refused. Expected is what a C program
//! without privileges printed on Linux 6.18.

mod world;

use direct_sockets_runtime::errno::Errno;
use direct_sockets_runtime::interface::{Endpoint, HostOption};
use direct_sockets_runtime::options;
use world::*;

const SOCKET: i32 = 1;
const IP: i32 = 0;
const TCP: i32 = 6;
const UDP: i32 = 17;
const IPV6: i32 = 41;

const UNIX: u64 = 1;

/// Sets an option to some bytes.
fn set(w: &mut World, fd: u64, (level, name): (i32, i32), bytes: &[u8]) -> Answer {
    w.put(VALUE, bytes);
    Answer::of(w.sys_setsockopt(0, [fd, level as u64, name as u64, VALUE, bytes.len() as u64, 0]))
}

/// Reads an option with room for so many bytes.
fn get(w: &mut World, fd: u64, (level, name): (i32, i32), room: i32) -> Result<Vec<u8>, Answer> {
    w.put(LENGTH, &room.to_le_bytes());
    w.put(VALUE, &[0xee; 512]);
    match Answer::of(w.sys_getsockopt(0, [fd, level as u64, name as u64, VALUE, LENGTH, 0])) {
        Answer::Done(0) => {
            let length = w.get_int(LENGTH) as usize;
            assert_eq!(w.get(VALUE + length as u64, 1), [0xee], "no byte more than it says");
            Ok(w.get(VALUE, length))
        }
        other => Err(other),
    }
}

fn failed(errno: Errno) -> Answer {
    Answer::Done(-errno.number())
}

/// The table as a document. `BLESS=1` writes it anew.
#[test]
fn the_document_is_made_of_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/OPTIONS.md");
    let mut text = String::from(
        "# Socket options\n\n\
        What a program sets is checked and answered as on Linux, for a program without privileges. *Applied*: it does what it \
        does there. *Kept*: it is checked and read back, and changes nothing, since no platform lets it. *Told*: it can be \
        read. *Refused*: the errno is that of a Linux that does not have it or does not allow it; to switch off what is off \
        is no error. What is not here answers `ENOPROTOOPT`.\n\n\
        This file is made from `src/options/table.rs` by a test (`BLESS=1 cargo test -p direct-sockets-runtime --test options`).\n\n\
        | option | |\n|---|---|\n",
    );
    for definition in options::TABLE {
        text += &format!(
            "| `{}` | {} |\n",
            definition.name,
            format!("{:?}", definition.effect).to_lowercase()
        );
    }
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), text);
}

#[test]
fn fresh_sockets_have_linux_defaults() {
    let mut w = world();
    let [tcp, udp] = [STREAM, DGRAM].map(|kind| w.socket(INET, kind));
    let udp6 = w.socket(INET6, DGRAM);
    for (fd, level, name, value) in [
        (tcp, SOCKET, 7, 16_384),
        (tcp, SOCKET, 8, 131_072),
        (udp, SOCKET, 7, 212_992),
        (udp, SOCKET, 8, 212_992),
        (tcp, SOCKET, 1, 0),
        (tcp, SOCKET, 12, 0),
        (tcp, SOCKET, 18, 1),
        (tcp, SOCKET, 19, 1),
        (tcp, SOCKET, 36, 0),
        (udp, SOCKET, 42, -1),
        (udp, SOCKET, 47, -1),
        (tcp, TCP, 2, 536),
        (tcp, TCP, 4, 7200),
        (tcp, TCP, 5, 75),
        (tcp, TCP, 6, 9),
        (tcp, TCP, 7, 6),
        (tcp, TCP, 8, 60),
        (tcp, TCP, 12, 1),
        (udp, UDP, 103, 0),
        (udp, IP, 2, 64),
        (udp, IP, 10, 1),
        (udp, IP, 33, 1),
        (udp, IP, 34, 1),
        (udp, IP, 49, 1),
        (udp6, IP, 2, 64),
        (udp6, IPV6, 16, 64),
        (udp6, IPV6, 18, 1),
        (udp6, IPV6, 19, 1),
        (udp6, IPV6, 26, 0),
        (udp6, IPV6, 70, 1),
    ] {
        assert_eq!(w.get_option(fd, level, name), Ok(value), "{level} {name}");
    }
}

#[test]
fn numbers_may_be_a_byte_at_the_ip_level_alone() {
    let mut w = world();
    let udp = w.socket(INET, DGRAM);
    assert_eq!(set(&mut w, udp, (IP, 2), &[7]), Answer::Done(0));
    assert_eq!(get(&mut w, udp, (IP, 2), 4), Ok(vec![7, 0, 0, 0]));
    assert_eq!(get(&mut w, udp, (IP, 2), 3), Ok(vec![7]));
    assert_eq!(get(&mut w, udp, (IP, 2), 1), Ok(vec![7]));
    assert_eq!(get(&mut w, udp, (IP, 2), 0), Ok(vec![]));
    assert_eq!(set(&mut w, udp, (IP, 2), &[]), failed(Errno::INVAL));
    assert_eq!(set(&mut w, udp, (IP, 8), &[]), Answer::Done(0), "no bytes are 0");
    assert_eq!(set(&mut w, udp, (IP, 8), &[1]), Answer::Done(0));
    assert_eq!(get(&mut w, udp, (IP, 8), 4), Ok(vec![1, 0, 0, 0]));
    // What does not fit into a byte is cut like any other.
    assert_eq!(set(&mut w, udp, (SOCKET, 47), &(-1i32).to_le_bytes()), Answer::Done(0));
    assert_eq!(get(&mut w, udp, (SOCKET, 47), 3), Ok(vec![0xff; 3]));
    for (level, name) in [(SOCKET, 2), (UDP, 1)] {
        assert_eq!(set(&mut w, udp, (level, name), &[1, 0, 0]), failed(Errno::INVAL));
    }
}

#[test]
fn lengths_and_pointers_are_checked_in_linux_order() {
    let mut w = world();
    let (tcp, udp6) = (w.socket(INET, STREAM), w.socket(INET6, DGRAM));
    let mut call = |level: i32, name: i32, at: u64, length: i32| {
        Answer::of(w.sys_setsockopt(0, [tcp, level as u64, name as u64, at, length as u32 as u64, 0]))
    };
    let nowhere = u64::from(u32::MAX);
    assert_eq!(call(99, 1, VALUE, -1), failed(Errno::INVAL));
    assert_eq!(call(SOCKET, 9999, VALUE, 3), failed(Errno::INVAL));
    assert_eq!(call(SOCKET, 9999, nowhere, 4), failed(Errno::FAULT));
    assert_eq!(call(SOCKET, 4, nowhere, 4), failed(Errno::FAULT));
    assert_eq!(call(SOCKET, 4, VALUE, 4), failed(Errno::NOPROTOOPT));
    assert_eq!(call(TCP, 9999, VALUE, 3), failed(Errno::INVAL));
    assert_eq!(call(IP, 99, nowhere, 4), failed(Errno::NOPROTOOPT));
    assert_eq!(get(&mut w, tcp, (SOCKET, 2), -1), Err(failed(Errno::INVAL)));
    assert_eq!(
        get(&mut w, udp6, (IPV6, 16), -1),
        Ok(vec![64, 0, 0, 0]),
        "compared as unsigned"
    );
}

#[test]
fn levels_that_a_socket_does_not_have() {
    let mut w = world();
    let [tcp, udp] = [STREAM, DGRAM].map(|kind| w.socket(INET, kind));
    let local = w.socket(UNIX, DGRAM);
    for (fd, level, name) in [
        (udp, TCP, 1),
        (tcp, UDP, 1),
        (tcp, IPV6, 26),
        (udp, 99, 1),
        (udp, 255, 1),
    ] {
        w.set_option(fd, level, name, 1).fails(Errno::NOPROTOOPT);
        assert_eq!(w.get_option(fd, level, name), Err(failed(Errno::OPNOTSUPP)), "{level}");
    }
    w.set_option(local, IP, 2, 1).fails(Errno::OPNOTSUPP);
    assert_eq!(w.get_option(local, IP, 2), Err(failed(Errno::OPNOTSUPP)));
    w.set_option(udp, SOCKET, 16, 1).fails(Errno::OPNOTSUPP);
    assert_eq!(w.set_option(local, SOCKET, 16, 1), Answer::Done(0));
    for (level, name) in [(IP, 33), (IP, 32)] {
        w.set_option(tcp, level, name, 0).fails(Errno::INVAL);
    }
    assert_eq!(w.get_option(tcp, IP, 33), Ok(1));
}

#[test]
fn what_needs_privileges_or_no_platform_does_is_refused() {
    let mut w = world();
    let [tcp, udp] = [STREAM, DGRAM].map(|kind| w.socket(INET, kind));
    for (fd, level, name, value, errno) in [
        (udp, SOCKET, 1, 1, Errno::ACCES),
        (udp, SOCKET, 12, 7, Errno::PERM),
        (udp, SOCKET, 32, 1, Errno::PERM),
        (udp, SOCKET, 33, 1, Errno::PERM),
        (udp, SOCKET, 36, 1, Errno::PERM),
        (udp, SOCKET, 29, 1, Errno::NOPROTOOPT),
        (udp, SOCKET, 35, 1, Errno::NOPROTOOPT),
        (udp, SOCKET, 63, 1, Errno::NOPROTOOPT),
        (udp, SOCKET, 42, 0, Errno::OPNOTSUPP),
        (udp, SOCKET, 60, 1, Errno::OPNOTSUPP),
        (udp, UDP, 103, 1000, Errno::NOPROTOOPT),
        (udp, IP, 19, 1, Errno::PERM),
        (udp, IP, 50, 1, Errno::ADDRNOTAVAIL),
        (tcp, TCP, 19, 1, Errno::PERM),
    ] {
        w.set_option(fd, level, name, value).fails(errno);
    }
    for (level, name) in [(SOCKET, 1), (SOCKET, 29), (SOCKET, 60), (UDP, 103), (IP, 19)] {
        assert_eq!(w.set_option(udp, level, name, 0), Answer::Done(0), "{level} {name} off");
    }
    assert_eq!(set(&mut w, udp, (SOCKET, 25), b"eth0\0"), failed(Errno::PERM));
    assert_eq!(set(&mut w, udp, (SOCKET, 25), b"\0"), Answer::Done(0));
    assert_eq!(get(&mut w, udp, (SOCKET, 25), 16), Ok(vec![]));
    // OpenSSH reads IP_OPTIONS of each connection, and wants none.
    assert_eq!(get(&mut w, tcp, (IP, 4), 200), Ok(vec![]));
    assert_eq!(set(&mut w, tcp, (IP, 4), &[]), Answer::Done(0));
    assert_eq!(set(&mut w, tcp, (IP, 4), &[7, 3, 4, 0]), failed(Errno::PERM));
    assert_eq!(w.get_option(udp, SOCKET, 33), Err(failed(Errno::NOPROTOOPT)));
}

#[test]
fn congestion_control_has_a_name() {
    let mut w = world();
    let tcp = w.socket(INET, STREAM);
    let name = |text: &[u8]| {
        let mut bytes = vec![0; 16];
        bytes[..text.len()].copy_from_slice(text);
        bytes
    };
    assert_eq!(get(&mut w, tcp, (TCP, 13), 100), Ok(name(b"cubic")));
    assert_eq!(set(&mut w, tcp, (TCP, 13), b"reno\0"), Answer::Done(0));
    assert_eq!(get(&mut w, tcp, (TCP, 13), 100), Ok(name(b"reno")));
    assert_eq!(get(&mut w, tcp, (TCP, 13), 3), Ok(b"ren".to_vec()));
    assert_eq!(set(&mut w, tcp, (TCP, 13), b"nosuch"), failed(Errno::NOENT));
    assert_eq!(set(&mut w, tcp, (TCP, 13), b""), failed(Errno::INVAL));
}

#[test]
fn linger_keeps_its_time_when_it_is_switched_off() {
    let mut w = world();
    let tcp = w.socket(INET, STREAM);
    let linger = |on: i32, seconds: i32| [on, seconds].map(i32::to_le_bytes).concat();
    assert_eq!(set(&mut w, tcp, (SOCKET, 13), &linger(7, 3)), Answer::Done(0));
    assert_eq!(get(&mut w, tcp, (SOCKET, 13), 8), Ok(linger(1, 3)));
    assert_eq!(set(&mut w, tcp, (SOCKET, 13), &linger(0, 9)), Answer::Done(0));
    assert_eq!(get(&mut w, tcp, (SOCKET, 13), 8), Ok(linger(0, 3)));
    assert_eq!(get(&mut w, tcp, (SOCKET, 13), 4), Ok(linger(0, 3)[..4].to_vec()));
    assert_eq!(set(&mut w, tcp, (SOCKET, 13), &linger(1, 1)[..7]), failed(Errno::INVAL));
}

#[test]
fn tcp_info_tells_the_state() {
    let mut w = world();
    let state = |w: &mut World, fd| get(w, fd, (TCP, 11), 400).map(|bytes| (bytes[0], bytes.len()));
    let fresh = w.socket(INET, STREAM);
    assert_eq!(state(&mut w, fresh), Ok((7, 280)));
    assert_eq!(get(&mut w, fresh, (TCP, 11), 104).unwrap().len(), 104);
    let ticket = w.connect(fresh, "192.0.2.9:80").ticket();
    assert_eq!(state(&mut w, fresh).unwrap().0, 2);
    w.sys_abandon(ticket);
    w.given();
    w.woken();
    let (fd, channel) = w.connected(0);
    assert_eq!(state(&mut w, fd).unwrap().0, 1);
    w.recv_end(channel);
    assert_eq!(state(&mut w, fd).unwrap().0, 8);
    let (fd, _) = w.connected(0);
    w.sys_shutdown(0, [fd, 1, 0, 0, 0, 0]);
    assert_eq!(state(&mut w, fd).unwrap().0, 5);
}

#[test]
fn mtu_is_that_of_a_path() {
    let mut w = world();
    let (fd, _) = w.bound(0);
    assert_eq!(w.get_option(fd, IP, 14), Err(failed(Errno::NOTCONN)));
    w.set_option(fd, IP, 14, 1400).fails(Errno::NOPROTOOPT);
    let (fd, _) = w.connected(0);
    assert_eq!(w.get_option(fd, IP, 14), Ok(1500));
}

#[test]
fn credentials_of_a_peer() {
    let mut w = world();
    let udp = w.socket(INET, DGRAM);
    let ucred = [0, -1, -1].map(i32::to_le_bytes).concat();
    assert_eq!(get(&mut w, udp, (SOCKET, 17), 12), Ok(ucred));
    w.sys_socketpair(0, [UNIX, STREAM, 0, TABLE, 0, 0]);
    let end = w.get_int(TABLE) as u64;
    let ucred = [42, 0, 0].map(i32::to_le_bytes).concat();
    assert_eq!(get(&mut w, end, (SOCKET, 17), 12), Ok(ucred));
}

#[test]
fn a_low_water_mark_that_is_never_reached_is_cut() {
    let mut w = world();
    let tcp = w.socket(INET, STREAM);
    assert_eq!(w.set_option(tcp, SOCKET, 18, -1), Answer::Done(0));
    assert_eq!(w.get_option(tcp, SOCKET, 18), Ok(3 << 20));
    assert_eq!(w.set_option(tcp, SOCKET, 18, 0), Answer::Done(0));
    assert_eq!(w.get_option(tcp, SOCKET, 18), Ok(1));
}

#[test]
fn tcp_keeps_two_bits_of_the_type_of_service() {
    let mut w = world();
    let [tcp, udp] = [STREAM, DGRAM].map(|kind| w.socket(INET, kind));
    for (fd, value) in [(tcp, 252), (udp, 255)] {
        assert_eq!(w.set_option(fd, IP, 1, -1), Answer::Done(0));
        assert_eq!(w.get_option(fd, IP, 1), Ok(value));
    }
}

#[test]
fn what_is_set_before_a_socket_is_open_reaches_the_host_once_it_is() {
    let mut w = world();
    let fd = w.socket(INET, DGRAM);
    for (name, value) in [(2, 9), (33, 4), (34, 0)] {
        assert_eq!(w.set_option(fd, IP, name, value), Answer::Done(0));
    }
    assert_eq!(set(&mut w, fd, (IP, 32), &[127, 0, 0, 1]), Answer::Done(0));
    assert_eq!(get(&mut w, fd, (IP, 32), 4), Ok(vec![127, 0, 0, 1]));
    let ticket = w.bind(fd, "127.0.0.1:0").ticket();
    // While it is being opened, too.
    assert_eq!(w.set_option(fd, SOCKET, 6, 1), Answer::Done(0));
    let (channel, _) = w.one();
    w.opened(channel, endpoint("127.0.0.1:5000"), Endpoint::NONE);
    let told = |option, value| (channel, Given::SetOption(option, value));
    assert_eq!(
        w.given(),
        [
            told(HostOption::Broadcast, 1),
            told(HostOption::Ttl, 9),
            told(HostOption::MulticastTtl, 4),
            told(HostOption::MulticastLoop, 0),
            told(HostOption::MulticastInterface, 0x0100_007f),
        ]
    );
    assert_eq!(
        Answer::of(w.sys_bind(ticket, [fd, ADDRESS, 16, 0, 0, 0])),
        Answer::Done(0)
    );
    assert_eq!(w.set_option(fd, IP, 33, -1), Answer::Done(0));
    assert_eq!(w.one(), told(HostOption::MulticastTtl, 1));
}

#[test]
fn an_option_that_the_host_refuses_is_not_read_back() {
    let mut w = world();
    let (fd, channel) = w.bound(0);
    w.host().refuse_option = Some(Errno::NOPROTOOPT);
    w.set_option(fd, IP, 2, 9).fails(Errno::NOPROTOOPT);
    assert_eq!(w.get_option(fd, IP, 2), Ok(64));
    assert_eq!(w.set_option(fd, IP, 2, 9), Answer::Done(0));
    assert_eq!(w.one(), (channel, Given::SetOption(HostOption::Ttl, 9)));
    w.host().refuse_option = Some(Errno::NOPROTOOPT);
    w.set_option(fd, IP, 2, 10).fails(Errno::NOPROTOOPT);
    assert_eq!(w.get_option(fd, IP, 2), Ok(9));
}

#[test]
fn a_platforms_buffer_is_never_made_smaller() {
    let mut w = world();
    let (fd, channel) = w.bound(0);
    assert_eq!(w.set_option(fd, SOCKET, 8, 32_768), Answer::Done(0));
    assert!(w.given().is_empty());
    assert_eq!(w.set_option(fd, SOCKET, 8, 1 << 20), Answer::Done(0));
    assert_eq!(w.one(), (channel, Given::SetOption(HostOption::ReceiveBuffer, 1 << 20)));
    assert_eq!(w.get_option(fd, SOCKET, 8), Ok(2 << 20));
}

#[test]
fn what_is_dropped_is_dropped_where_it_is_counted() {
    let mut w = world();
    let (fd, channel) = w.bound(0);
    assert_eq!(w.set_option(fd, SOCKET, 40, 1), Answer::Done(0));
    assert_eq!(w.one(), (channel, Given::SetOption(HostOption::ReceiveBuffer, 4 << 20)));
}

#[test]
fn a_socket_bound_to_an_address_of_ipv6_is_ipv6s_alone() {
    let mut w = world();
    for (to, v6_only) in [("[::1]:5000", 1), ("[::]:5000", 0), ("[::ffff:127.0.0.1]:5000", 0)] {
        let fd = w.socket(INET6, DGRAM);
        w.bind(fd, to).ticket();
        let (channel, _) = w.one();
        w.opened(channel, endpoint(to), Endpoint::NONE);
        assert_eq!(w.get_option(fd, IPV6, 26), Ok(v6_only), "{to}");
        w.set_option(fd, IPV6, 26, 0).fails(Errno::INVAL);
    }
}
