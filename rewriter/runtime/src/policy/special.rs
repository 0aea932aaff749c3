//! Addresses that a name from outside must not lead to: this machine's, its networks', and what hides one of those inside.

use core::net::{Ipv4Addr, Ipv6Addr};

use crate::interface::Endpoint;

/// Whether an address is not one of the public Internet (IANA's special-purpose registries, RFC 6890): loopback, private, shared,
/// link-local, multicast, reserved, broadcast, or an IPv6 address that stands for an IPv4 one which is (NAT64; 6to4 and Teredo
/// altogether). A mapped address is what it maps.
pub fn is_special(endpoint: Endpoint) -> bool {
    let endpoint = endpoint.unmapped();
    match (endpoint.ipv4(), endpoint.ipv6()) {
        (Some(address), _) => is_special_v4(address),
        (None, Some(address)) => is_special_v6(address),
        (None, None) => true,
    }
}

fn is_special_v4(address: Ipv4Addr) -> bool {
    match address.octets() {
        [0 | 10 | 127 | 224..=255, ..] => true,
        [100, 64..=127, ..] | [169, 254, ..] | [172, 16..=31, ..] | [192, 168, ..] => true,
        // Protocol assignments; benchmarks, where the placeholders of names are.
        [192, 0, 0, _] | [198, 18 | 19, ..] => true,
        _ => false,
    }
}

fn is_special_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // `::`, `::1`, and the IPv4-compatible addresses that nobody uses any more.
        [0, 0, 0, 0, 0, 0, ..] => true,
        // NAT64: the IPv4 address behind it.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_special_v4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low))),
        // NAT64 of a network's own; Teredo; 6to4.
        [0x64, 0xff9b, 1, ..] | [0x2001, 0, ..] | [0x2002, ..] => true,
        // Unique local, link-local, site-local, multicast.
        [0xfc00..=0xfdff | 0xfe80..=0xfeff | 0xff00..=0xffff, ..] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::net::IpAddr;

    #[test]
    fn what_is_public_is_told_from_what_is_not() {
        let special = |text: &str| match text.parse().unwrap() {
            IpAddr::V4(address) => is_special(Endpoint::v4(address, 1)),
            IpAddr::V6(address) => is_special(Endpoint::v6(address, 1, 0)),
        };
        for text in [
            "0.0.0.0",
            "10.255.0.1",
            "127.0.0.53",
            "100.64.0.1",
            "100.127.255.255",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "192.0.0.8",
            "198.19.255.255",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2001::1",
            "fc00::1",
            "fdff::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(special(text), "{text}");
        }
        for text in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.0.0.1",
            "128.0.0.1",
            "169.253.1.1",
            "172.15.0.1",
            "172.32.0.0",
            "192.167.1.1",
            "192.0.2.1",
            "198.17.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2606:4700::1",
            "2001:db8::1",
            "2a00::1",
        ] {
            assert!(!special(text), "{text}");
        }
        assert!(is_special(Endpoint::NONE));
    }
}
