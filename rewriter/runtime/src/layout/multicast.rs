//! How programs name a multicast group and an interface: `ip_mreq`, `ip_mreqn`, `ipv6_mreq`, `group_req` (ip(7), ipv6(7)).

use core::net::{Ipv4Addr, Ipv6Addr};

use crate::address::{SOCKADDR_STORAGE, Sockaddr, parse};
use crate::errno::Errno;
use crate::interface::Endpoint;
use crate::options::GroupRequest;
use crate::platform::App;

/// `struct ip_mreq`.
const IP_MREQ: usize = 8;
/// `struct ip_mreqn`.
const IP_MREQN: usize = 12;
/// `struct ipv6_mreq`.
const IPV6_MREQ: usize = 20;

/// An IPv4 address as an interface; `0.0.0.0` is any.
fn by_address(address: [u8; 4]) -> Endpoint {
    match Ipv4Addr::from(address) {
        Ipv4Addr::UNSPECIFIED => Endpoint::NONE,
        address => Endpoint::v4(address, 0),
    }
}

/// An interface by its number; 0 is any.
fn by_number(number: [u8; 4]) -> Endpoint {
    Endpoint::NONE.with_scope(u32::from_le_bytes(number))
}

/// Reads what names a group and an interface (family 0: by its number in `scope`, 0 is any); `EINVAL` if it is too short.
pub fn group(
    app: &mut impl App,
    request: GroupRequest,
    from: u64,
    length: usize,
) -> Result<(Endpoint, Endpoint), Errno> {
    let word = app.abi().word();
    let needed = match request {
        GroupRequest::Inet if length >= IP_MREQN => IP_MREQN,
        GroupRequest::Inet => IP_MREQ,
        GroupRequest::Inet6 => IPV6_MREQ,
        GroupRequest::AnyInet | GroupRequest::AnyInet6 => word + SOCKADDR_STORAGE,
    };
    if length < needed {
        return Err(Errno::INVAL);
    }
    let mut bytes = [0; 8 + SOCKADDR_STORAGE];
    let bytes = &mut bytes[..needed];
    if !app.read(from, bytes) {
        return Err(Errno::FAULT);
    }
    let four = |at: usize| [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
    match request {
        GroupRequest::Inet => {
            let numbered = needed == IP_MREQN && four(8) != [0; 4];
            let interface = if numbered {
                by_number(four(8))
            } else {
                by_address(four(4))
            };
            Ok((Endpoint::v4(four(0).into(), 0), interface))
        }
        GroupRequest::Inet6 => {
            let mut address = [0; 16];
            address.copy_from_slice(&bytes[..16]);
            Ok((Endpoint::v6(Ipv6Addr::from(address), 0, 0), by_number(four(16))))
        }
        GroupRequest::AnyInet => match parse(&bytes[word..]) {
            Ok(Sockaddr::Inet(group)) if group.family == 4 => Ok((group.with_port(0), by_number(four(0)))),
            _ => Err(Errno::INVAL),
        },
        GroupRequest::AnyInet6 => match parse(&bytes[word..]) {
            Ok(Sockaddr::Inet(group)) if group.family == 6 => {
                Ok((group.with_port(0).with_scope(0), by_number(four(0))))
            }
            _ => Err(Errno::ADDRNOTAVAIL),
        },
    }
}

/// Reads the value of `IP_MULTICAST_IF`: an address, or an `ip_mreq` or `ip_mreqn` whose group is not looked at.
pub fn interface(app: &mut impl App, from: u64, length: usize) -> Result<Endpoint, Errno> {
    if length >= IP_MREQ {
        return Ok(group(app, GroupRequest::Inet, from, length)?.1);
    }
    if length < 4 {
        return Err(Errno::INVAL);
    }
    Ok(by_address(super::bytes(app, from)?))
}
