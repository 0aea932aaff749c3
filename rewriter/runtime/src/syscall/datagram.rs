//! Datagrams between the program's memory, the queue of a UDP socket, and the host.

use crate::address::{Domain, Sockaddr, SocketName, shown};
use crate::constants::{limit, msg, poll};
use crate::datagrams::{Datagram, buffer, charge};
use crate::errno::Errno;
use crate::interface::Endpoint;
use crate::layout::{Piece, Pieces};
use crate::options::key;
use crate::platform::{App, Host, Request};
use crate::policy::Transport;
use crate::runtime::{Halt, Runtime};
use crate::socket::DatagramState;
use crate::syscall::connect::{check_broadcast, check_family};
use crate::ticket::{Call, Ticket};

/// What was received: the call's answer, where it came from, and the flags of `recvmsg`.
pub(crate) struct Received {
    pub(crate) length: i32,
    pub(crate) from: SocketName,
    pub(crate) flags: i32,
    /// Datagrams that had been dropped before it.
    pub(crate) dropped: u32,
}

/// What a datagram is made of.
#[derive(Clone, Copy)]
pub(crate) enum Payload<'a> {
    /// What lies in the program's memory.
    Program(&'a Pieces),
    /// What was gathered of several calls.
    Gathered(&'a [u8]),
}

impl Payload<'_> {
    fn length(self) -> usize {
        match self {
            Payload::Program(pieces) => pieces.total(),
            Payload::Gathered(bytes) => bytes.len(),
        }
    }

    fn copy(self, app: &mut impl App, to: &mut [u8]) -> Result<(), Errno> {
        match self {
            Payload::Program(pieces) => gather(app, pieces, to),
            Payload::Gathered(bytes) => {
                to.copy_from_slice(bytes);
                Ok(())
            }
        }
    }
}

impl<H: Host, A: App> Runtime<H, A> {
    /// Sends one datagram, to `to` or to the connected peer. A socket that is not open is opened for it.
    pub(crate) fn send_datagram(
        &mut self,
        before: Option<&Ticket>,
        id: u32,
        pieces: &Pieces,
        flags: i32,
        to: Option<Sockaddr>,
    ) -> Result<i32, Halt> {
        let socket = self.socket(id)?;
        let domain = socket.domain;
        let nonblocking = socket.nonblocking || flags & msg::DONTWAIT != 0;
        let v6_only = socket.options.is_on(key::V6_ONLY);
        let broadcast = socket.options.is_on(key::BROADCAST);
        let corks = flags & msg::MORE != 0 || socket.options.is_on(key::CORK);
        if flags & msg::OOB != 0 {
            return Err(Errno::OPNOTSUPP.into());
        }
        let datagram = socket.datagram().ok_or(Errno::INVAL)?;
        if datagram.shut_write {
            return Err(Errno::PIPE.into());
        }
        let peer = datagram.peer;
        if datagram.corked.is_some() {
            // As on Linux, an address is not even looked at then.
            return self.add_to_cork(before, id, pieces, flags);
        }
        let next = Ticket::on(Call::Send { socket: id, done: 0 }, id, poll::OUT | poll::STATE);
        let to = match (to, peer) {
            // The peer by the name that the program has for it, which may be a placeholder.
            (Some(Sockaddr::Inet(to)), Some(peer)) if to == peer.shown => None,
            (Some(Sockaddr::Inet(to)), _) => Some(to),
            (Some(Sockaddr::Unspecified), None) => return Err(Errno::AFNOSUPPORT.into()),
            (Some(Sockaddr::Unspecified) | None, Some(_)) => None,
            (None, None) => return Err(Errno::DESTADDRREQ.into()),
        };
        let destination = match to {
            Some(to) => {
                check_family(domain, to, true, v6_only)?;
                check_broadcast(to, broadcast)?;
                if to.port == 0 {
                    return Err(Errno::INVAL.into());
                }
                let real = self.real_address(before, nonblocking, to.or_loopback().unmapped(), next)?;
                self.permit_send(id, real)?;
                self.outward(Transport::Udp, real)
            }
            None => match peer {
                Some(peer) if peer.shown.port == 0 => return Err(Errno::INVAL.into()),
                Some(peer) => peer.real,
                None => Endpoint::NONE,
            },
        };
        if corks {
            self.cork(id, destination)?;
            return self.add_to_cork(before, id, pieces, flags);
        }
        self.transmit(before, id, Payload::Program(pieces), nonblocking, destination)
    }

    /// Sends a whole datagram, once there is room for it. Answers its length.
    pub(crate) fn transmit(
        &mut self,
        before: Option<&Ticket>,
        id: u32,
        payload: Payload<'_>,
        nonblocking: bool,
        destination: Endpoint,
    ) -> Result<i32, Halt> {
        let length = payload.length();
        if length > widest(destination) {
            return Err(Errno::MSGSIZE.into());
        }
        let socket = self.socket(id)?;
        let timeout = socket.options.send_timeout;
        let most = socket.datagram_limit(key::SEND_BUFFER);
        if let Some(errno) = socket.error.take() {
            return Err(errno.into());
        }
        let datagram = socket.datagram().ok_or(Errno::INVAL)?;
        let peer = datagram.peer;
        let outgoing = datagram.outgoing();
        if outgoing > 0 && outgoing + charge(length) > most {
            let next = Ticket::on(Call::Send { socket: id, done: 0 }, id, poll::OUT | poll::STATE);
            return Err(self.block(before, nonblocking, timeout, next));
        }
        if let DatagramState::Closed = datagram.state {
            // Connected once, it is connected again: it broke.
            match peer {
                Some(peer) if peer.real.is_some() => self.open_datagram(id, Endpoint::NONE, Some((peer.real, &[])))?,
                _ => {
                    let local = self.kept_address(id);
                    self.open_datagram(id, local, None)?;
                }
            }
        }
        self.dispatch(id, payload, destination)?;
        Ok(length as i32)
    }

    /// Hands a datagram to the host, or keeps it until its socket is open.
    fn dispatch(&mut self, id: u32, content: Payload<'_>, destination: Endpoint) -> Result<(), Errno> {
        let length = content.length();
        let socket = self.sockets.get_mut(id).ok_or(Errno::BADF)?;
        let domain = socket.domain;
        let datagram = socket.datagram().ok_or(Errno::INVAL)?;
        let endpoint = if datagram.platform_connected() {
            // To another than its peer, too: a host that cannot answers EISCONN.
            let elsewhere = destination.is_some() && datagram.peer.is_some_and(|peer| peer.real != destination);
            if elsewhere { destination } else { Endpoint::NONE }
        } else {
            let local = match &datagram.state {
                DatagramState::Opening { local, .. } | DatagramState::Open { local, .. } => *local,
                DatagramState::Closed => Endpoint::NONE,
            };
            // An IPv6 socket of the platform takes IPv4 destinations as mapped addresses.
            if domain == Domain::Inet6 && local.family != 4 {
                destination.mapped()
            } else {
                destination
            }
        };
        match &mut datagram.state {
            DatagramState::Closed => Err(Errno::NETDOWN),
            DatagramState::Opening { pending, .. } => {
                let mut payload = buffer(length).ok_or(Errno::NOBUFS)?;
                content.copy(&mut self.app, &mut payload)?;
                let dropped = 0;
                if pending.push(Datagram {
                    endpoint,
                    payload,
                    dropped,
                }) {
                    Ok(())
                } else {
                    Err(Errno::NOBUFS)
                }
            }
            DatagramState::Open { channel, .. } => {
                let header = Endpoint::SIZE as usize;
                self.packet.clear();
                self.packet.try_reserve(header + length).map_err(|_| Errno::NOBUFS)?;
                self.packet.extend_from_slice(&endpoint.to_bytes());
                self.packet.resize(header + length, 0);
                content.copy(&mut self.app, &mut self.packet[header..])?;
                self.host
                    .command(*channel, Request::SendDatagram { packet: &self.packet })?;
                datagram.in_flight += charge(length);
                Ok(())
            }
        }
    }

    /// Hands the oldest received datagram to the program.
    pub(crate) fn receive_datagram(
        &mut self,
        before: Option<&Ticket>,
        id: u32,
        pieces: &Pieces,
        flags: i32,
    ) -> Result<Received, Halt> {
        let socket = self.sockets.get_mut(id).ok_or(Errno::BADF)?;
        let domain = socket.domain;
        let nonblocking = socket.nonblocking || flags & msg::DONTWAIT != 0;
        let timeout = socket.options.receive_timeout;
        if let Some(errno) = socket.error.take() {
            return Err(errno.into());
        }
        let datagram = socket.datagram().ok_or(Errno::INVAL)?;
        let Some(front) = datagram.receive.front() else {
            if datagram.shut_read {
                return Ok(Received {
                    length: 0,
                    from: SocketName::Nothing,
                    flags: 0,
                    dropped: 0,
                });
            }
            let next = Ticket::on(Call::Receive { socket: id, done: 0 }, id, poll::IN);
            return Err(self.block(before, nonblocking, timeout, next));
        };
        let count = scatter(&mut self.app, pieces, &front.payload)?;
        let length = front.payload.len();
        let answer = if flags & msg::TRUNC != 0 { length } else { count };
        let truncated = if count < length { msg::TRUNC } else { 0 };
        let from = shown(domain, front.endpoint);
        let dropped = front.dropped;
        if flags & msg::PEEK == 0 {
            datagram.receive.pop();
        }
        Ok(Received {
            length: answer as i32,
            from: from.into(),
            flags: truncated,
            dropped,
        })
    }
}

/// The most bytes of one datagram to a destination.
pub(crate) fn widest(destination: Endpoint) -> usize {
    if destination.family == 6 {
        limit::DATAGRAM_IPV6
    } else {
        limit::DATAGRAM_IPV4
    }
}

/// Copies what a call sends into one buffer of just that size.
pub(crate) fn gather(app: &mut impl App, pieces: &Pieces, to: &mut [u8]) -> Result<(), Errno> {
    let mut at = 0;
    for &Piece { address, length } in pieces.as_slice() {
        if !app.read(address, &mut to[at..at + length]) {
            return Err(Errno::FAULT);
        }
        at += length;
    }
    Ok(())
}

/// Copies as much of a payload as a call has room for; answers how much that is.
pub(crate) fn scatter(app: &mut impl App, pieces: &Pieces, from: &[u8]) -> Result<usize, Errno> {
    let mut at = 0;
    for &Piece { address, length } in pieces.as_slice() {
        let end = from.len().min(at + length);
        if !app.write(address, &from[at..end]) {
            return Err(Errno::FAULT);
        }
        at = end;
    }
    Ok(at)
}
