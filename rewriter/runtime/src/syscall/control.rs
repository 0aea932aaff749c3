//! Control data: what `sendmsg` may say beside its data, and what `recvmsg` tells.
//!
//! Told is what is known and was asked for: how many datagrams were dropped (`SO_RXQ_OVFL`), the address that a datagram came to
//! (`IP_PKTINFO`, `IPV6_RECVPKTINFO`) if its socket is bound to one, and who sent it (`SO_PASSCRED`, of AF_UNIX). A socket that is
//! bound to all addresses tells none: no platform says which of them it was, and a wrong one would be answered from.

use alloc::vec::Vec;

use crate::address::Domain;
use crate::constants::{ipproto, limit};
use crate::errno::Errno;
use crate::interface::Endpoint;
use crate::layout::Message;
use crate::layout::control::{self, ControlMessage, ControlRoom};
use crate::options::{SOL_SOCKET, key};
use crate::platform::{Abi, App, Host};
use crate::runtime::Runtime;
use crate::socket::{Body, DatagramState, Socket};
use crate::syscall::datagram::Received;
use crate::syscall::multicast::interface_of;
use crate::syscall::options::PROCESS;

/// Types of control messages, by level; those that are the option of the same name are not here.
mod kind {
    pub(super) const RIGHTS: i32 = 1;
    pub(super) const CREDENTIALS: i32 = 2;
    pub(super) const PRIORITY: i32 = 12;
    pub(super) const MARK: i32 = 36;
    pub(super) const TIMESTAMPING: [i32; 2] = [37, 65];
    pub(super) const DROPPED: i32 = 40;
    pub(super) const TOS: i32 = 1;
    pub(super) const TTL: i32 = 2;
    pub(super) const RETURN_OPTIONS: i32 = 7;
    pub(super) const PACKET_INFO: i32 = 8;
    pub(super) const PROTOCOL: i32 = 52;
    pub(super) const FLOW: i32 = 11;
    pub(super) const PACKET_INFO_V6: i32 = 50;
    pub(super) const HOP_LIMIT: i32 = 52;
    pub(super) const DO_NOT_FRAGMENT: i32 = 62;
    pub(super) const TRAFFIC_CLASS: i32 = 67;
}

/// Bytes of `struct in_pktinfo` and of `struct in6_pktinfo`.
const PACKET_INFO: [usize; 2] = [12, 20];

impl<H: Host, A: App> Runtime<H, A> {
    /// Looks at what a program sends beside its data. Hints that change nothing here are taken (TTL, type of service), as are
    /// those that Linux does not look at; what would have to be done and cannot be is refused.
    pub(crate) fn check_control(&mut self, id: u32, message: &Message) -> Result<(), Errno> {
        let length = usize::try_from(message.control_length).map_err(|_| Errno::NOBUFS)?;
        if length == 0 {
            return Ok(());
        }
        if length > limit::CONTROL {
            return Err(Errno::NOBUFS);
        }
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(length).map_err(|_| Errno::NOBUFS)?;
        bytes.resize(length, 0);
        if message.control == 0 || !self.app.read(message.control, &mut bytes) {
            return Err(Errno::FAULT);
        }
        let abi = self.app.abi();
        check(abi, self.socket(id)?, &bytes)
    }

    /// Writes what is known about what was received, and what `recvmsg` answers beside the data.
    pub(crate) fn tell_control(
        &mut self,
        id: u32,
        message: &Message,
        received: &Received,
    ) -> Result<ControlRoom, Errno> {
        let mut room = ControlRoom::new(message.control, message.control_length as usize);
        let Some(socket) = self.sockets.get(id) else {
            return Ok(room);
        };
        match &socket.body {
            Body::Datagram(datagram) if received.length >= 0 => {
                if received.dropped > 0 && socket.options.is_on(key::DROPPED) {
                    room.put(
                        &mut self.app,
                        SOL_SOCKET,
                        kind::DROPPED,
                        &received.dropped.to_le_bytes(),
                    )?;
                }
                let DatagramState::Open { local, .. } = datagram.state else {
                    return Ok(room);
                };
                if !local.is_some() || local.is_unspecified() {
                    return Ok(room);
                }
                let bytes = packet_info(local);
                if let (Some(bytes), true) = (&bytes[0], socket.options.is_on(key::PACKET_INFO)) {
                    room.put(&mut self.app, ipproto::IP, kind::PACKET_INFO, bytes)?;
                }
                if let (Some(bytes), true) = (&bytes[1], socket.options.is_on(key::RECEIVE_PACKET_INFO_V6)) {
                    room.put(&mut self.app, ipproto::IPV6, kind::PACKET_INFO_V6, bytes)?;
                }
            }
            Body::Local(_) if socket.options.is_on(key::PASS_CREDENTIALS) => {
                let who = PROCESS.map(i32::to_le_bytes).concat();
                room.put(&mut self.app, SOL_SOCKET, kind::CREDENTIALS, &who)?;
            }
            _ => {}
        }
        Ok(room)
    }
}

/// `struct in_pktinfo` (if it is an IPv4 address) and `struct in6_pktinfo` of a local address.
fn packet_info(local: Endpoint) -> [Option<Vec<u8>>; 2] {
    let interface = interface_of(local).to_le_bytes();
    let inet = local.unmapped().ipv4().map(|address| {
        let address = address.octets();
        [interface, address, address].concat()
    });
    let inet6 = local.mapped().ipv6().map(|address| {
        let mut bytes = address.octets().to_vec();
        bytes.extend_from_slice(&interface);
        bytes
    });
    [inet, inet6]
}

fn check(abi: Abi, socket: &Socket, bytes: &[u8]) -> Result<(), Errno> {
    let inet = !matches!(socket.body, Body::Local(_));
    let stream = matches!(socket.body, Body::Stream(_));
    for message in control::messages(abi, bytes) {
        let message = message?;
        match (message.level, socket.domain) {
            (SOL_SOCKET, _) if inet => check_socket(message)?,
            // A descriptor is not passed on by AF_UNIX sockets of one program; who it comes from is told without it.
            (SOL_SOCKET, _) => match message.kind {
                kind::CREDENTIALS => {}
                _ => return Err(Errno::INVAL),
            },
            // Of a stream, Linux looks at no others.
            _ if stream => {}
            (ipproto::IP, Domain::Inet) => check_ip(socket, message)?,
            (ipproto::IPV6, Domain::Inet6) => check_ipv6(socket, message)?,
            // UDP_SEGMENT: one datagram is not cut to pieces here.
            (ipproto::UDP, _) => return Err(Errno::INVAL),
            _ => {}
        }
    }
    Ok(())
}

fn check_socket(message: ControlMessage<'_>) -> Result<(), Errno> {
    match (message.kind, number(message)) {
        (kind::RIGHTS | kind::CREDENTIALS, _) => Ok(()),
        (kind::MARK, _) => Err(Errno::PERM),
        (kind::PRIORITY, Some(0..=6)) => Ok(()),
        (kind::PRIORITY, Some(_)) => Err(Errno::PERM),
        (kind, Some(_)) if kind::TIMESTAMPING.contains(&kind) => Ok(()),
        _ => Err(Errno::INVAL),
    }
}

fn check_ip(socket: &Socket, message: ControlMessage<'_>) -> Result<(), Errno> {
    match (message.kind, number(message), message.data) {
        (kind::PACKET_INFO, _, data) if data.len() == PACKET_INFO[0] => {
            check_source(socket, Endpoint::v4([data[4], data[5], data[6], data[7]].into(), 0))
        }
        (kind::TTL, Some(1..=255), _) => Ok(()),
        (kind::TOS, Some(0..=255), _) | (kind::TOS, None, [_]) => Ok(()),
        (kind::PROTOCOL, Some(1..=255), _) => Ok(()),
        (kind::RETURN_OPTIONS, _, []) => Ok(()),
        _ => Err(Errno::INVAL),
    }
}

fn check_ipv6(socket: &Socket, message: ControlMessage<'_>) -> Result<(), Errno> {
    match (message.kind, number(message), message.data) {
        (kind::PACKET_INFO_V6, _, data) if data.len() >= PACKET_INFO[1] => {
            let mut address = [0; 16];
            address.copy_from_slice(&data[..16]);
            check_source(socket, Endpoint::v6(address.into(), 0, 0))
        }
        (kind::HOP_LIMIT | kind::TRAFFIC_CLASS, Some(-1..=255), _) => Ok(()),
        (kind::DO_NOT_FRAGMENT, Some(0 | 1), _) => Ok(()),
        (kind::FLOW, Some(_), _) => Ok(()),
        _ => Err(Errno::INVAL),
    }
}

/// A datagram can come from no other address than its socket's: `ENETUNREACH`, as if the machine did not have it.
fn check_source(socket: &Socket, source: Endpoint) -> Result<(), Errno> {
    let own = match &socket.body {
        Body::Datagram(datagram) => match datagram.state {
            DatagramState::Open { local, .. } | DatagramState::Opening { local, .. } => local,
            DatagramState::Closed => Endpoint::NONE,
        },
        Body::Stream(_) | Body::Local(_) => Endpoint::NONE,
    };
    let same = own.unmapped().address == source.unmapped().address && own.is_some();
    match source.is_unspecified() || same {
        true => Ok(()),
        false => Err(Errno::NETUNREACH),
    }
}

/// The data, if it is an `int`.
fn number(message: ControlMessage<'_>) -> Option<i32> {
    message.data.try_into().ok().map(i32::from_le_bytes)
}
