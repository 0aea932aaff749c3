//! The grammar, and the rules against a model that knows no addresses but as text.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::*;
use crate::interface::Endpoint;

fn allow(items: &[&str]) -> Allow {
    Allow::parse(items).unwrap_or_else(|fault| panic!("{items:?}: {fault:?}"))
}

fn at(text: &str) -> Endpoint {
    match text.parse().unwrap() {
        core::net::SocketAddr::V4(address) => Endpoint::v4(*address.ip(), address.port()),
        core::net::SocketAddr::V6(address) => Endpoint::v6(*address.ip(), address.port(), address.scope_id()),
    }
}

#[test]
fn rules_are_written_as_they_are_read() {
    for text in [
        "connect:*.example.org:443",
        "connect:example.org:80-90",
        "udp:192.0.2.0/24:*",
        "udp:[2001:db8::/32]:53",
        "connect:[::1]:0",
        "connect:*:1-65535",
        "listen:127.0.0.1:40080",
        "listen:*:0",
        "udp-listen:[fe80::/10]:5353",
        "resolve:*",
        "resolve:*.a_b.xn--p1ai",
    ] {
        assert_eq!(rules::Rule::parse(text).map(|rule| rule.to_string()), Ok(text.into()));
    }
    for (written, meant) in [
        ("connect:Example.ORG.:80", "connect:example.org:80"),
        ("connect:[::ffff:10.0.0.0/104]:80", "connect:10.0.0.0/8:80"),
        ("listen:0.0.0.0:80", "listen:0.0.0.0/0:80"),
        ("listen:[::]:80", "listen:*:80"),
        ("udp:[1:0:0:0:0:0:0:1]:7-7", "udp:[1::1]:7"),
    ] {
        assert_eq!(
            rules::Rule::parse(written).map(|rule| rule.to_string()),
            Ok(meant.into())
        );
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (text, at, reason) in [
        ("lisen:*:80", 0, Reason::Verb),
        ("connect", 0, Reason::Verb),
        ("Connect:*:80", 0, Reason::Verb),
        ("connect:", 8, Reason::MissingPorts),
        ("connect:example.org", 19, Reason::MissingPorts),
        ("connect::80", 8, Reason::Host),
        ("connect:a.*.org:80", 8, Reason::Host),
        ("connect:**:80", 8, Reason::Host),
        ("connect:*.:80", 10, Reason::Host),
        ("connect:*example.org:80", 8, Reason::Host),
        ("connect:a b:80", 8, Reason::Name),
        ("connect:-a.org:80", 8, Reason::Name),
        ("connect:a..org:80", 8, Reason::Name),
        ("connect:.org:80", 8, Reason::Name),
        ("connect:bücher.example:80", 8, Reason::Name),
        ("connect:10.0.0.256:80", 8, Reason::Name),
        ("connect:127.1:80", 8, Reason::Name),
        ("connect:0x7f000001:80", 8, Reason::Name),
        ("connect:::1:80", 8, Reason::Host),
        ("connect:[::1:80", 8, Reason::Bracket),
        ("connect:[::1%2]:80", 9, Reason::Bracket),
        ("connect:[127.0.0.1]:80", 9, Reason::Bracket),
        ("connect:[::1]80", 13, Reason::MissingPorts),
        ("connect:10.0.0.0/33:80", 17, Reason::Prefix),
        ("connect:10.0.0.0/:80", 17, Reason::Prefix),
        ("connect:10.0.0.0/+8:80", 17, Reason::Prefix),
        ("connect:10.0.0.1/8:80", 8, Reason::HostBits),
        ("connect:[::1/64]:80", 9, Reason::HostBits),
        ("connect:[::/129]:80", 12, Reason::Prefix),
        ("connect:org/8:80", 8, Reason::Host),
        ("connect:*:http", 10, Reason::Port),
        ("connect:*:65536", 10, Reason::Port),
        ("connect:*:80-", 13, Reason::Port),
        ("connect:*:+80", 10, Reason::Port),
        ("connect:*:90-80", 13, Reason::PortOrder),
        ("listen:localhost:80", 7, Reason::Address),
        ("resolve:example.org:80", 20, Reason::NoPorts),
        ("resolve:10.0.0.1", 8, Reason::Name),
    ] {
        assert_eq!(rules::Rule::parse(text), Err((at, reason)), "{text}");
    }
    let long = format!("resolve:{}", "a".repeat(MOST_RULE_BYTES));
    assert_eq!(rules::Rule::parse(&long), Err((0, Reason::TooLong)));
    let fault = |items: &[&str]| {
        Allow::parse(items)
            .map(|_| ())
            .map_err(|fault| (fault.item, fault.at, fault.reason))
    };
    assert_eq!(fault(&["connect:*:1", "udp:*:x"]), Err((1, 6, Reason::Port)));
    assert_eq!(fault(&["connect:*:1", "*"]), Err((1, 0, Reason::Alone)));
    assert_eq!(fault(&["none", "none"]), Err((0, 0, Reason::Alone)));
    assert_eq!(fault(&[]), Err((0, 0, Reason::Empty)));
    let most = ["connect:*:1"; MOST_RULES];
    assert_eq!(fault(&most), Ok(()));
    assert_eq!(
        fault(&["connect:*:1"; MOST_RULES + 1]),
        Err((MOST_RULES, 0, Reason::TooMany))
    );
}

#[test]
fn names_are_below_or_exact() {
    let allowed = allow(&[
        "connect:*.example.org:443",
        "udp:One.test.:53",
        "resolve:*.look.up",
        "listen:*:80",
    ]);
    for name in [
        "a.example.org",
        "a.b.EXAMPLE.org",
        "a.example.org.",
        "one.test",
        "ONE.TEST.",
        "x.look.up",
        "localhost",
    ] {
        assert!(allowed.resolves(name.as_bytes()), "{name}");
    }
    for name in [
        "example.org",
        ".example.org",
        "badexample.org",
        "a.example.org.evil",
        "a.one.test",
        "look.up",
        "",
        ".",
        "a.localhost",
    ] {
        assert!(!allowed.resolves(name.as_bytes()), "{name}");
    }
    assert!(!allowed.resolves(b"a\xff.test"));
    assert!(allow(&["connect:*:80"]).resolves(b"anything"));
    assert!(!allow(&["connect:0.0.0.0/0:80", "udp:[::/0]:1"]).resolves(b"anything"));
}

#[test]
fn an_address_is_reached_through_its_name_while_it_has_it() {
    let mut allowed = allow(&[
        "connect:*.example.org:443",
        "connect:10.0.0.0/8:22",
        "udp:a.example.org:53",
    ]);
    let (first, second) = (at("192.0.2.1:443"), at("[2001:db8::1]:443"));
    assert!(!allowed.reaches(Transport::Tcp, first));
    allowed.resolved(b"A.example.org.", &[first, second]);
    assert!(allowed.reaches(Transport::Tcp, first) && allowed.reaches(Transport::Tcp, second));
    assert!(allowed.reaches(Transport::Tcp, first.mapped()));
    assert!(!allowed.reaches(Transport::Tcp, first.with_port(80)));
    assert!(!allowed.reaches(Transport::Udp, first));
    assert!(allowed.reaches(Transport::Udp, first.with_port(53)));
    // Another name, which no rule of UDP has.
    allowed.resolved(b"b.example.org", &[at("192.0.2.9:0")]);
    assert!(!allowed.reaches(Transport::Udp, at("192.0.2.9:53")));
    // It has moved.
    allowed.resolved(b"a.example.org", &[second]);
    assert!(!allowed.reaches(Transport::Tcp, first) && allowed.reaches(Transport::Tcp, second));
    // Into a private network: only where a rule names that itself.
    allowed.resolved(
        b"a.example.org",
        &[at("10.1.1.1:0"), at("127.0.0.1:0"), at("[::ffff:10.1.1.1]:0")],
    );
    assert!(!allowed.reaches(Transport::Tcp, at("10.1.1.1:443")));
    assert!(!allowed.reaches(Transport::Tcp, at("[::ffff:10.1.1.1]:443")));
    assert!(!allowed.reaches(Transport::Tcp, at("127.0.0.1:443")));
    assert!(allowed.reaches(Transport::Tcp, at("10.1.1.1:22")));
}

#[test]
#[cfg_attr(miri, ignore = "minutes there, and nothing that others do not do")]
fn the_names_that_are_remembered_are_bounded() {
    let mut allowed = allow(&["connect:*.test:1"]);
    for number in 0..=crate::constants::limit::RESOLVED as u32 {
        let address = Endpoint::v4(Ipv4Addr::from(0x0b00_0000 + number), 1);
        allowed.resolved(format!("n{number}.test").as_bytes(), &[address]);
    }
    assert!(!allowed.reaches(Transport::Tcp, at("11.0.0.0:1")));
    assert!(allowed.reaches(Transport::Tcp, at("11.0.0.1:1")));
}

#[test]
fn this_machine_has_many_addresses() {
    let allowed = allow(&["connect:127.0.0.1:80", "udp:localhost:53"]);
    for text in [
        "127.0.0.1:80",
        "0.0.0.0:80",
        "[::ffff:127.0.0.1]:80",
        "[::ffff:0.0.0.0]:80",
    ] {
        assert!(allowed.reaches(Transport::Tcp, at(text)), "{text}");
    }
    for text in ["127.0.0.2:80", "[::1]:80", "[::]:80", "[::7f00:1]:80", "127.0.0.1:81"] {
        assert!(!allowed.reaches(Transport::Tcp, at(text)), "{text}");
    }
    for text in [
        "127.0.0.9:53",
        "[::1]:53",
        "[::]:53",
        "0.0.0.0:53",
        "[::ffff:127.3.4.5]:53",
    ] {
        assert!(allowed.reaches(Transport::Udp, at(text)), "{text}");
    }
    // The unspecified address is no way around a rule for something else.
    let other = allow(&["connect:0.0.0.0:80", "connect:[::]:80"]);
    assert!(!other.reaches(Transport::Tcp, at("0.0.0.0:80")) && !other.reaches(Transport::Tcp, at("[::]:80")));
}

#[test]
fn sockets_are_bound_where_they_may_listen() {
    let allowed = allow(&[
        "listen:127.0.0.1:40000-40010",
        "listen:[::1]:0",
        "udp-listen:0.0.0.0:53",
    ]);
    for (text, may) in [
        ("127.0.0.1:40000", true),
        ("127.0.0.1:40011", false),
        ("0.0.0.0:40000", false),
        ("127.0.0.1:0", false),
        ("[::1]:0", true),
        ("[::1]:40000", false),
    ] {
        assert_eq!(allowed.binds(Transport::Tcp, at(text)), may, "{text}");
        assert_eq!(allowed.listens(Transport::Tcp, at(text)), may, "{text}");
    }
    for (text, may) in [
        ("0.0.0.0:53", true),
        ("192.0.2.1:53", true),
        ("[::]:53", false),
        ("0.0.0.0:0", false),
    ] {
        assert_eq!(allowed.binds(Transport::Udp, at(text)), may, "{text}");
    }
    let client = allow(&["connect:*:80", "udp:*:53"]);
    for transport in [Transport::Tcp, Transport::Udp] {
        assert!(client.binds(transport, at("0.0.0.0:0")) && !client.binds(transport, at("0.0.0.0:1")));
        assert!(!client.listens(transport, at("0.0.0.0:0")));
    }
    for rule in ["listen:[::]:80", "listen:[::/0]:80", "listen:*:80"] {
        for text in ["0.0.0.0:80", "[::]:80", "127.0.0.1:80", "[::1]:80"] {
            assert!(allow(&[rule]).listens(Transport::Tcp, at(text)), "{rule} {text}");
        }
    }
    // Whoever listens at all addresses is not limited to those that begin like them.
    for rule in ["listen:0.0.0.0/8:80", "listen:[::/64]:80"] {
        for text in ["0.0.0.0:80", "[::]:80", "[::ffff:0.0.0.0]:80"] {
            assert!(!allow(&[rule]).listens(Transport::Tcp, at(text)), "{rule} {text}");
        }
    }
}

#[test]
fn everything_and_nothing() {
    let (all, nothing) = (allow(&["*"]), allow(&["none"]));
    for transport in [Transport::Tcp, Transport::Udp] {
        assert!(all.reaches(transport, at("127.0.0.1:1")) && !nothing.reaches(transport, at("192.0.2.1:1")));
        assert!(all.binds(transport, at("0.0.0.0:1")) && !nothing.binds(transport, at("0.0.0.0:0")));
    }
    assert!(all.resolves(b"a") && !nothing.resolves(b"a"));
    assert!(all.joins(at("239.0.0.1:0")) && !nothing.joins(at("239.0.0.1:0")));
}

#[test]
fn ports_are_mapped_and_found_back() {
    let map = PortMap::parse(&["80:40080", "tcp:443:40443", "udp:53:40053", "udp:443:40444"]).unwrap();
    for (transport, named, real) in [
        (Transport::Tcp, 80, 40080),
        (Transport::Udp, 80, 40080),
        (Transport::Tcp, 443, 40443),
        (Transport::Udp, 443, 40444),
        (Transport::Udp, 53, 40053),
    ] {
        assert_eq!(map.real(transport, named), real);
        assert_eq!(map.named(transport, real), Some(named));
    }
    assert_eq!(map.real(Transport::Tcp, 53), 53);
    assert_eq!(map.named(Transport::Tcp, 40053), None);
    let fault = |items: &[&str]| PortMap::parse(items).map_err(|fault| (fault.item, fault.at, fault.reason));
    assert_eq!(fault(&[]).map(|map| map.is_empty()), Ok(true));
    for (items, item, at, reason) in [
        (&["80"][..], 0, 0, Reason::Pair),
        (&["tcp:80"], 0, 0, Reason::Pair),
        (&["sctp:80:90"], 0, 0, Reason::Pair),
        (&["80:0"], 0, 3, Reason::PairPort),
        (&["0:80"], 0, 0, Reason::PairPort),
        (&["80:65536"], 0, 3, Reason::PairPort),
        (&["80:90:100"], 0, 0, Reason::Pair),
        (&["tcp:80:90:1"], 0, 7, Reason::PairPort),
        (&["80:1", "tcp:80:2"], 1, 0, Reason::Twice),
        (&["tcp:80:1", "80:2"], 1, 0, Reason::Twice),
        (&["80:1", "udp:81:1"], 1, 0, Reason::Target),
    ] {
        assert_eq!(fault(items), Err((item, at, reason)), "{items:?}");
    }
    assert!(fault(&["tcp:80:1", "udp:80:1"]).is_ok());
}

#[test]
fn a_policy_is_three_lines() {
    let policy = Policy::parse("connect:[::1]:80,udp:*:53\n80:40080").unwrap();
    assert!(
        policy.allow.reaches(Transport::Tcp, at("[::1]:80")) && policy.allow.reaches(Transport::Udp, at("9.9.9.9:53"))
    );
    assert_eq!(policy.ports.real(Transport::Tcp, 80), 40080);
    assert!(!policy.without_names && !Policy::parse("*\n\n").unwrap().without_names);
    assert!(Policy::parse(&format!("*\n\n{WITHOUT_NAMES}")).unwrap().without_names);
    assert!(Policy::parse("*\n").unwrap().allow.rules().is_none());
    for bad in ["", "\n", "connect", "*\n80"] {
        assert!(Policy::parse(bad).is_err(), "{bad:?}");
    }
    assert!(!Policy::nothing().allow.reaches(Transport::Tcp, at("192.0.2.1:1")));
}

#[test]
fn the_senders_that_are_remembered_are_the_latest() {
    let mut heard = Heard::default();
    let peer = |number: usize| Endpoint::v4(Ipv4Addr::new(192, 0, 2, 1), number as u16);
    let most = crate::constants::limit::HEARD;
    for number in 1..=most {
        heard.hear(peer(number));
    }
    // Who is heard again takes no second place.
    heard.hear(peer(2));
    heard.hear(peer(1).mapped());
    assert!(heard.has(peer(3)));
    heard.hear(peer(most + 1));
    assert!(heard.has(peer(1)) && heard.has(peer(2)) && !heard.has(peer(3)) && heard.has(peer(most + 1)));
}

/// An address as a row of bits, which a range is a beginning of: no masks, no shifts.
fn bits(address: Endpoint) -> String {
    let digits = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:08b}")).collect::<String>();
    match address.family {
        4 => format!("four {}", digits(&address.address[..4])),
        _ => match address.address {
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, rest @ ..] => format!("four {}", digits(&rest)),
            all => format!("six {}", digits(&all)),
        },
    }
}

fn addresses() -> impl Strategy<Value = Endpoint> {
    // Few values, so that they meet.
    let octet = || prop_oneof![Just(0u8), Just(10), Just(127), Just(128), Just(255), any::<u8>()];
    let v4 = [octet(), octet(), octet(), octet()].prop_map(|octets| Endpoint::v4(Ipv4Addr::from(octets), 0));
    let segment = || prop_oneof![Just(0u16), Just(1), Just(0xffff), Just(0xfe80), any::<u16>()];
    let v6 = proptest::collection::vec(segment(), 8).prop_map(|segments| {
        let segments: [u16; 8] = segments.try_into().unwrap();
        Endpoint::v6(Ipv6Addr::from(segments), 0, 0)
    });
    prop_oneof![v4.clone(), v4.prop_map(Endpoint::mapped), v6]
}

/// A rule's range around an address: its text, and the bits that it begins with.
fn ranges() -> impl Strategy<Value = (String, String)> {
    (addresses(), 0usize..=128).prop_map(|(address, length)| {
        let address = address.unmapped();
        let row = bits(address);
        let (family, digits) = row.split_once(' ').unwrap();
        let length = length.min(digits.len());
        let kept = format!("{:0<width$}", &digits[..length], width = digits.len());
        let number = u128::from_str_radix(&kept, 2).unwrap();
        let (text, base) = match family {
            "four" => (
                format!("{}/{length}", Ipv4Addr::from(number as u32)),
                Endpoint::v4(Ipv4Addr::from(number as u32), 0),
            ),
            _ => (
                format!("[{}/{length}]", Ipv6Addr::from(number)),
                Endpoint::v6(Ipv6Addr::from(number), 0, 0),
            ),
        };
        // A base that is mapped is IPv4 by meaning; the model would have to know that too.
        let row = bits(base);
        let (family_now, _) = row.split_once(' ').unwrap();
        let prefix = if family_now == family {
            format!("{family} {}", &digits[..length])
        } else {
            bits(base)[..5 + length.saturating_sub(96)].into()
        };
        (text, prefix)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 3 } else { 256 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn ranges_are_as_the_model_has_them(
        rules in proptest::collection::vec((ranges(), any::<bool>(), 0u16..4, 0u16..4), 1..5),
        address in addresses(),
        port in 0u16..6,
        tcp in any::<bool>(),
    ) {
        let texts: Vec<String> = rules
            .iter()
            .map(|((range, _), tcp, first, more)| {
                format!("{}:{range}:{first}-{}", if *tcp { "connect" } else { "udp" }, first + more)
            })
            .collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let allowed = allow(&texts);
        let asked = address.with_port(port);
        // To connect to nowhere is to connect to this machine.
        let meant = asked.unmapped().or_loopback();
        let expected = rules.iter().any(|((_, prefix), rule_tcp, first, more)| {
            *rule_tcp == tcp && (*first..=first + more).contains(&port) && bits(meant).starts_with(prefix.as_str())
        });
        let transport = if tcp { Transport::Tcp } else { Transport::Udp };
        prop_assert_eq!(allowed.reaches(transport, asked), expected, "{:?} {:?}", texts, asked);
        let expected = rules.iter().any(|((_, prefix), tcp, ..)| !tcp && bits(address).starts_with(prefix.as_str()));
        prop_assert_eq!(allowed.joins(address), expected);
    }

    #[test]
    fn names_are_as_the_model_has_them(
        labels in proptest::collection::vec("[a-cA-C]", 1..4),
        pattern in proptest::collection::vec("[a-c]", 1..4),
        below in any::<bool>(),
        dot in any::<bool>(),
    ) {
        let pattern_text = pattern.join(".");
        let rule = format!("resolve:{}{pattern_text}", if below { "*." } else { "" });
        let lower: Vec<String> = labels.iter().map(|label| label.to_lowercase()).collect();
        let expected = if below {
            lower.len() > pattern.len() && lower[lower.len() - pattern.len()..] == pattern[..]
        } else {
            lower == pattern
        };
        let name = format!("{}{}", labels.join("."), if dot { "." } else { "" });
        prop_assert_eq!(allow(&[&rule]).resolves(name.as_bytes()), expected, "{} {}", rule, name);
    }

    #[test]
    fn what_is_read_is_written_and_read_again(text in "[a-z*:.\\[\\]0-9/-]{0,24}") {
        let text = format!("connect:{text}");
        if let Ok(rule) = rules::Rule::parse(&text) {
            prop_assert_eq!(rules::Rule::parse(&rule.to_string()), Ok(rule));
        }
        let _ = Policy::parse(&text);
    }
}
