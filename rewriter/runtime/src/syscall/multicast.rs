//! Multicast: joining and leaving groups, and the interface that datagrams to groups leave through. A socket that is not open
//! yet keeps its groups until it is, and then the host joins them; what the host refuses only then is the socket's pending error.

use core::net::Ipv4Addr;

use crate::errno::Errno;
use crate::interface::Endpoint;
use crate::layout::multicast;
use crate::multicast::Membership;
use crate::options::{GroupRequest, key};
use crate::platform::{App, Host, Request};
use crate::runtime::{Reply, Runtime};
use crate::socket::DatagramState;

/// Instead of a channel, to ask whether an interface exists.
const NO_SOCKET: u32 = 0;
/// Number of Linux's loopback interface.
const LOOPBACK: u32 = 1;

impl<H: Host, A: App> Runtime<H, A> {
    /// `setsockopt` with one of the options that join or leave a group.
    pub(crate) fn set_membership(
        &mut self,
        id: u32,
        request: GroupRequest,
        join: bool,
        from: u64,
        length: usize,
    ) -> Reply {
        let (group, interface) = multicast::group(&mut self.app, request, from, length)?;
        let membership = Membership { group, interface };
        if join && membership.is_group() {
            self.permit_join(group)?;
        }
        let datagram = self.socket(id)?.datagram().ok_or(Errno::NOPROTOOPT)?;
        let channel = match datagram.state {
            DatagramState::Open { channel, .. }
            | DatagramState::Opening {
                channel, again: true, ..
            } => Some(channel),
            DatagramState::Opening { .. } | DatagramState::Closed => None,
        };
        match join {
            true => datagram.memberships.join(membership)?,
            false => datagram.memberships.leave(membership)?,
        }
        // Any interface will do, and to leave one that is gone is no error.
        if channel.is_none() && (!join || interface == Endpoint::NONE) {
            return Ok(0);
        }
        let channel = channel.unwrap_or(NO_SOCKET);
        let told = self.tell_membership(channel, membership, join);
        if told.is_err() && join {
            // The host is not in it, so neither is the socket.
            let datagram = self.socket(id)?.datagram().ok_or(Errno::NOPROTOOPT)?;
            datagram.memberships.leave(membership)?;
        }
        told?;
        Ok(0)
    }

    fn tell_membership(&mut self, channel: u32, membership: Membership, join: bool) -> Result<(), Errno> {
        let Membership { group, interface } = membership;
        self.host
            .command(channel, Request::Membership { group, interface, join })
    }

    /// A UDP socket has been opened: the host joins what the program has joined meanwhile.
    pub(crate) fn join_late(&mut self, id: u32, channel: u32) {
        let mut place = 0;
        loop {
            let Some(datagram) = self.sockets.get_mut(id).and_then(|socket| socket.datagram()) else {
                return;
            };
            let Some(membership) = datagram.memberships.get(place) else {
                return;
            };
            match self.tell_membership(channel, membership, true) {
                Ok(()) => place += 1,
                Err(errno) => {
                    let Ok(socket) = self.socket(id) else { return };
                    socket.error = socket.error.or(Some(errno));
                    // What has just been found there can be taken out.
                    if let Some(datagram) = socket.datagram() {
                        let _ = datagram.memberships.leave(membership);
                    }
                }
            }
        }
    }

    /// `setsockopt(IP_MULTICAST_IF)`. The host knows interfaces by their addresses; of those with a number, the loopback's is
    /// the same everywhere.
    pub(crate) fn set_interface(&mut self, id: u32, from: u64, length: usize) -> Reply {
        let interface = multicast::interface(&mut self.app, from, length)?;
        let address = match (interface.ipv4(), interface.scope) {
            (Some(address), _) => address,
            (None, 0) => Ipv4Addr::UNSPECIFIED,
            (None, LOOPBACK) => Ipv4Addr::LOCALHOST,
            (None, _) => return Err(Errno::ADDRNOTAVAIL.into()),
        };
        self.put_option(id, key::MULTICAST_INTERFACE, i32::from_le_bytes(address.octets()))?;
        Ok(0)
    }
}

/// The number of the interface that has an address, where it can be told.
pub(crate) fn interface_of(address: Endpoint) -> u32 {
    if address.is_loopback() { LOOPBACK } else { address.scope }
}
