//! `gethostbyname_r`, `gethostbyaddr`, `getnameinfo`. What is expected was printed by glibc, but for numbers of errno.

mod world;

use direct_sockets_runtime::address;
use direct_sockets_runtime::errno::Errno;
use world::*;

const HOST: u64 = 0xd00;
const BUFFER: u64 = 0xe00;
const ERROR: u64 = 0xf00;

fn by_name(w: &mut World, name: &str, length: u64) -> Answer {
    w.put(TEXT, format!("{name}\0").as_bytes());
    Answer::of(w.gethostbyname_r(0, [TEXT, HOST, BUFFER, length, RESULT, ERROR]))
}

/// A C string.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&byte| byte == 0).expect("its end");
    String::from_utf8(bytes[..end].to_vec()).unwrap()
}

/// Name, family and addresses of a `hostent` in wasm32.
fn entry(w: &mut World, at: u64) -> (String, i32, Vec<Vec<u8>>) {
    let name = w.get_int(at) as u64;
    let name = text(&w.get(name, 64));
    let aliases = w.get_int(at + 4) as u64;
    assert_eq!(w.get_int(aliases), 0);
    let width = w.get_int(at + 12) as usize;
    let list = w.get_int(at + 16) as u64;
    let pointers = (0..).map(|place| w.get_int(list + 4 * place) as u64);
    let pointers: Vec<_> = pointers.take_while(|&pointer| pointer != 0).collect();
    let addresses = pointers.into_iter().map(|pointer| w.get(pointer, width)).collect();
    (name, w.get_int(at + 8), addresses)
}

#[test]
fn the_buffer_of_gethostbyname_r_holds_all_or_is_too_short() {
    let mut w = world();
    // Three pointers, an address, a name.
    let need = 3 * 4 + 4 + 10;
    for (length, answer, result, error) in [
        (need, 0, HOST as i32, 0),
        (need - 1, Errno::RANGE.number(), 0, -1),
        (0, Errno::RANGE.number(), 0, -1),
    ] {
        w.put(BUFFER, &[0xee; 64]);
        w.put(ERROR, &[0xee; 4]);
        assert_eq!(by_name(&mut w, "127.0.0.1", length), Answer::Done(answer));
        assert_eq!((w.get_int(RESULT), w.get_int(ERROR)), (result, error), "{length}");
        assert_eq!(w.get(BUFFER + length, 4), [0xee; 4]);
    }
    assert_eq!(by_name(&mut w, "127.0.0.1", need), Answer::Done(0));
    assert_eq!(entry(&mut w, HOST), ("127.0.0.1".into(), 2, vec![vec![127, 0, 0, 1]]));
    // A buffer that is not aligned loses what the alignment takes.
    let arguments = [TEXT, HOST, BUFFER + 1, need + 2, RESULT, ERROR];
    assert_eq!(
        Answer::of(w.gethostbyname_r(0, arguments)),
        Answer::Done(Errno::RANGE.number())
    );
    let arguments = [TEXT, HOST, BUFFER + 1, need + 3, RESULT, ERROR];
    assert_eq!(Answer::of(w.gethostbyname_r(0, arguments)), Answer::Done(0));
    assert_eq!(entry(&mut w, HOST).2, [[127, 0, 0, 1]]);
}

#[test]
fn gethostbyname_r_waits_and_tells_why_there_is_nothing() {
    let mut w = world();
    let arguments = [TEXT, HOST, BUFFER, 256, RESULT, ERROR];
    let ticket = by_name(&mut w, "host.test", 256).ticket();
    let (query, _) = w.one();
    for text in ["192.0.2.1:0", "[2001:db8::1]:0", "192.0.2.2:0"] {
        w.resolved_address(query, endpoint(text));
    }
    w.resolved(query, Ok(()));
    assert_eq!(Answer::of(w.gethostbyname_r(ticket, arguments)), Answer::Done(0));
    let expected = vec![vec![192, 0, 2, 1], vec![192, 0, 2, 2]];
    assert_eq!(entry(&mut w, HOST), ("host.test".into(), 2, expected));
    for (errno, error) in [(Errno::NOENT, 1), (Errno::AGAIN, 2), (Errno::IO, 3)] {
        let ticket = by_name(&mut w, "no.test", 256).ticket();
        let (query, _) = w.one();
        w.resolved(query, Err(errno));
        assert_eq!(Answer::of(w.gethostbyname_r(ticket, arguments)), Answer::Done(0));
        assert_eq!((w.get_int(RESULT), w.get_int(ERROR)), (0, error));
    }
    assert_eq!(by_name(&mut w, "", 256), Answer::Done(0));
    assert_eq!((w.get_int(RESULT), w.get_int(ERROR)), (0, 1));
}

#[test]
fn where_it_cannot_wait_gethostbyname_r_answers_a_placeholder() {
    let mut w = world();
    let ticket = by_name(&mut w, "host.test", 256).ticket();
    assert_eq!(Answer::of(w.sys_abandon(ticket)), Answer::Done(0));
    assert_eq!(entry(&mut w, HOST), ("host.test".into(), 2, vec![vec![198, 18, 0, 1]]));
    // And it can be turned back.
    w.put(ADDRESS, &[198, 18, 0, 1]);
    let at = Answer::of(w.gethostbyaddr(0, [ADDRESS, 4, 2])).done();
    assert_eq!(entry(&mut w, at as u64).0, "host.test");
    assert_eq!(
        name_info(&mut w, "198.18.0.1:443", 64, 64, 0),
        Ok(("host.test".into(), "https".into()))
    );
}

#[test]
fn gethostbyname_lists_several_addresses() {
    let mut w = world();
    w.put(TEXT, b"host.test\0");
    let ticket = Answer::of(w.gethostbyname(0, [TEXT])).ticket();
    let (query, _) = w.one();
    for last in 0..=255 {
        w.resolved_address(query, endpoint(&format!("192.0.2.{last}:0")));
    }
    w.resolved(query, Ok(()));
    let at = Answer::of(w.gethostbyname(ticket, [TEXT])).done() as u64;
    let (name, _, addresses) = entry(&mut w, at);
    assert_eq!((name.as_str(), addresses.len()), ("host.test", 64), "the limit");
    assert_eq!(addresses[63], [192, 0, 2, 63]);
}

#[test]
fn few_addresses_have_a_name() {
    let mut w = world();
    let mut named = |bytes: &[u8], length, family| {
        w.put(ADDRESS, bytes);
        match Answer::of(w.gethostbyaddr(0, [ADDRESS, length, family])).done() {
            0 => None,
            at => Some(entry(&mut w, at as u64)),
        }
    };
    let loopback = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    assert_eq!(
        named(&[127, 0, 0, 1], 4, 2),
        Some(("localhost".into(), 2, vec![vec![127, 0, 0, 1]]))
    );
    assert_eq!(
        named(&loopback, 16, 10),
        Some(("localhost".into(), 10, vec![loopback.to_vec()]))
    );
    assert_eq!(named(&[192, 0, 2, 77], 4, 2), None);
    assert_eq!(named(&[127, 0, 0, 1], 5, 2), None);
    assert_eq!(named(&[127, 0, 0, 1], 4, 3), None);
    assert_eq!(Answer::of(w.gethostbyaddr(0, [MEMORY as u64, 4, 2])), Answer::Done(0));
}

const SERVICE_NAME: u64 = 0xe80;

/// What `getnameinfo` writes into places of so many bytes ("?" if nothing), or its error.
fn name_info(
    w: &mut World,
    address: &str,
    host: u64,
    service: u64,
    flags: u64,
) -> Result<(String, String), (i32, String, String)> {
    let (bytes, length) = address::encode(endpoint_with_scope(address));
    w.put(ADDRESS, &bytes[..length]);
    for at in [BUFFER, SERVICE_NAME] {
        w.put(at, b"?\0");
    }
    let arguments = [ADDRESS, length as u64, BUFFER, host, SERVICE_NAME, service, flags];
    let code = Answer::of(w.getnameinfo(0, arguments)).done();
    let mut read = |at| text(&w.get(at, 64));
    match (code, read(BUFFER), read(SERVICE_NAME)) {
        (0, host, service) => Ok((host, service)),
        failed => Err(failed),
    }
}

/// `[address%scope]:port`
fn endpoint_with_scope(text: &str) -> direct_sockets_runtime::interface::Endpoint {
    match text.split_once('%') {
        Some((address, rest)) => {
            let (scope, port) = rest.split_once(']').unwrap();
            endpoint(&format!("{address}]{port}")).with_scope(scope.parse().unwrap())
        }
        None => endpoint(text),
    }
}

#[test]
fn getnameinfo_writes_names_or_numbers() {
    let mut w = world();
    for (address, flags, host, service) in [
        ("127.0.0.1:80", 3, "127.0.0.1", "80"),
        ("127.0.0.1:80", 0, "localhost", "http"),
        ("127.0.0.1:80", 4, "localhost", "http"),
        ("192.0.2.77:80", 0, "192.0.2.77", "http"),
        ("127.0.0.1:53", 0x10, "localhost", "domain"),
        ("127.0.0.1:514", 0, "localhost", "shell"),
        ("127.0.0.1:514", 0x10, "localhost", "syslog"),
        ("127.0.0.1:9999", 0, "localhost", "9999"),
        ("127.0.0.1:0", 0, "localhost", "0"),
        ("[::1]:80", 3, "::1", "80"),
        ("[::1]:80", 2, "localhost", "80"),
        ("[fe80::1%99]:80", 3, "fe80::1%99", "80"),
        ("[2001:db8::1%1]:80", 0x103, "2001:db8::1%1", "80"),
        ("[::ffff:1.2.3.4]:80", 3, "::ffff:1.2.3.4", "80"),
    ] {
        assert_eq!(
            name_info(&mut w, address, 64, 64, flags),
            Ok((host.into(), service.into())),
            "{address} {flags}"
        );
    }
}

#[test]
fn getnameinfo_refuses_what_does_not_fit() {
    let mut w = world();
    let mut info = |host, service, flags| name_info(&mut w, "127.0.0.1:80", host, service, flags);
    let ok = |host: &str, service: &str| Ok((host.into(), service.into()));
    let fails = |code, host: &str, service: &str| Err((code, host.into(), service.into()));
    assert_eq!(info(9, 64, 3), fails(-12, "?", "?"));
    assert_eq!(info(10, 64, 3), ok("127.0.0.1", "80"));
    assert_eq!(info(64, 3, 3), ok("127.0.0.1", "80"));
    assert_eq!(info(64, 4, 0), fails(-12, "localhost", "?"));
    assert_eq!(info(0, 0, 3), ok("?", "?"));
    assert_eq!(info(0, 64, 3), ok("?", "80"));
    assert_eq!(info(64, 0, 3), ok("127.0.0.1", "?"));
    assert_eq!(info(0, 0, 8), fails(-2, "?", "?"));
    assert_eq!(info(64, 64, 9), fails(-2, "?", "?"));
    assert_eq!(info(64, 64, 0x4000), fails(-1, "?", "?"));
    assert_eq!(name_info(&mut w, "192.0.2.77:80", 64, 64, 8), fails(-2, "?", "?"));
    let mut short = |family: u8, length| {
        w.put(ADDRESS, &[family, 0]);
        Answer::of(w.getnameinfo(0, [ADDRESS, length, BUFFER, 64, 0, 0, 3]))
    };
    for (family, length) in [(2, 8), (2, 1), (10, 16), (7, 28)] {
        assert_eq!(short(family, length), Answer::Done(-6), "{family} {length}");
    }
    assert_eq!(
        Answer::of(w.getnameinfo(0, [MEMORY as u64, 16, BUFFER, 64, 0, 0, 3])),
        Answer::Done(-11)
    );
}
