//! Addresses and services that are written as numbers.

use core::net::{Ipv4Addr, Ipv6Addr};
use core::str::FromStr;

use crate::interface::Endpoint;

/// An address written as numbers, port 0: IPv4 in any form that `inet_aton` takes, IPv6 with or without a numeric
/// scope.
pub fn address(text: &[u8]) -> Option<Endpoint> {
    let text = core::str::from_utf8(text).ok()?;
    if let Some(address) = ipv4(text) {
        return Some(Endpoint::v4(address, 0));
    }
    let (address, scope) = match text.split_once('%') {
        Some((address, scope)) => (address, scope.parse().ok()?),
        None => (text, 0),
    };
    Some(Endpoint::v6(Ipv6Addr::from_str(address).ok()?, 0, scope))
}

/// One to four parts, each decimal, octal (leading 0) or hexadecimal (leading 0x); the last one fills the rest.
fn ipv4(text: &str) -> Option<Ipv4Addr> {
    let mut parts = [0u32; 4];
    let mut count = 0;
    for part in text.split('.') {
        *parts.get_mut(count)? = number(part)?;
        count += 1;
    }
    let (&last, firsts) = parts[..count].split_last()?;
    let mut address = 0u32;
    for (place, &first) in firsts.iter().enumerate() {
        if first > 0xff {
            return None;
        }
        address |= first << (24 - 8 * place);
    }
    let room = u32::MAX >> (8 * firsts.len());
    (last <= room).then(|| Ipv4Addr::from(address | last))
}

fn number(text: &str) -> Option<u32> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&text[2..], 16),
        [b'0', _, ..] => (&text[1..], 8),
        _ => (text, 10),
    };
    // from_str_radix takes a sign.
    if !digits.starts_with(|digit: char| digit.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(digits, radix).ok()
}

/// A service written as a number, as `strtoul` reads it: glibc takes the lowest 16 bits of any, and an empty text is 0.
pub fn service(text: &[u8]) -> Option<u16> {
    let text = core::str::from_utf8(text).ok()?;
    if text.is_empty() {
        return Some(0);
    }
    let digits = text.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
    let digits = digits.strip_prefix('+').unwrap_or(digits);
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    // Beyond an int, it is no number there either.
    digits.parse::<i32>().ok().map(|number| number as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv4_is_read_as_inet_aton_reads_it() {
        let read = |text: &str| address(text.as_bytes()).and_then(|endpoint| endpoint.ipv4());
        assert_eq!(read("127.0.0.1"), Some(Ipv4Addr::LOCALHOST));
        assert_eq!(read("127.1"), Some(Ipv4Addr::LOCALHOST));
        assert_eq!(read("0x7f.0.0.01"), Some(Ipv4Addr::LOCALHOST));
        assert_eq!(read("2130706433"), Some(Ipv4Addr::LOCALHOST));
        assert_eq!(read("10.1.2.65535"), None);
        assert_eq!(read("10.1.65535"), Some(Ipv4Addr::new(10, 1, 255, 255)));
        for bad in [
            "",
            ".",
            "1.",
            "1..2",
            "1.2.3.4.5",
            "256.1.1.1",
            "4294967296",
            "+1",
            "0x",
            "08",
            "host",
            "1.2.3.4 ",
        ] {
            assert_eq!(address(bad.as_bytes()), None, "{bad:?}");
        }
    }

    #[test]
    fn ipv6_may_have_a_scope() {
        assert_eq!(address(b"::1"), Some(Endpoint::v6(Ipv6Addr::LOCALHOST, 0, 0)));
        assert_eq!(address(b"fe80::1%3").map(|endpoint| endpoint.scope), Some(3));
        assert_eq!(address(b"[::1]"), None);
    }

    #[test]
    fn services_are_read_as_glibc_reads_them() {
        for (text, number) in [
            ("80", 80),
            ("", 0),
            (" 80", 80),
            ("+80", 80),
            ("080", 80),
            ("70000", 4464),
        ] {
            assert_eq!(service(text.as_bytes()), Some(number), "{text:?}");
        }
        for text in ["-1", " ", "80 ", "http", "99999999999", "+-1", "++1"] {
            assert_eq!(service(text.as_bytes()), None, "{text:?}");
        }
    }
}
