//! `connect`, with the answers that Linux gives in each state: `EINPROGRESS`, then `EALREADY`, then 0 once, then
//! `EISCONN`; a failure is told once, by `connect` or by `SO_ERROR`, and after that the socket is as new.

use alloc::vec::Vec;

use crate::address::{Domain, Sockaddr, least_length};
use crate::constants::poll;
use crate::datagrams::Datagrams;
use crate::errno::Errno;
use crate::interface::Endpoint;
use crate::layout;
use crate::names::Meaning;
use crate::options::key;
use crate::platform::{App, Closing, Host, Request};
use crate::policy::Transport;
use crate::runtime::{Channel, Halt, Opening, OpeningKind, Reply, Runtime};
use crate::socket::{Body, DatagramState, Next, Peer, Stream};
use crate::ticket::{Call, Ticket};

impl<H: Host, A: App> Runtime<H, A> {
    /// `connect(fd, address, length)`
    pub fn sys_connect(&mut self, ticket: u32, a: [u64; 6]) -> i64 {
        self.enter(ticket, false, |this, before| {
            match before.as_ref().map(|ticket| &ticket.call) {
                Some(Call::Connect { socket }) if !before.as_ref().is_some_and(|ticket| ticket.turn) => {
                    return this.connect_outcome(before.as_deref(), *socket);
                }
                Some(Call::Begun) => return Err(Errno::INPROGRESS.into()),
                Some(Call::Open { socket }) => {
                    return this.wait_for_open(before.as_deref(), *socket);
                }
                _ => {}
            }
            let id = match before.as_ref().map(|ticket| &ticket.call) {
                Some(Call::Reach { socket } | Call::Connect { socket } | Call::ConnectLocal { socket }) => *socket,
                _ => this.of_descriptor(a[0])?,
            };
            if this.is_local(id) {
                return this.connect_local(before.as_deref(), id, a[1], a[2]);
            }
            let target = layout::sockaddr(&mut this.app, a[1], a[2])?;
            let socket = this.socket(id)?;
            // A UDP socket takes the other family's, too.
            if matches!(socket.body, Body::Stream(_))
                && matches!(target, Sockaddr::Inet(_))
                && a[2] < least_length(socket.domain)
            {
                return Err(Errno::INVAL.into());
            }
            match this.socket(id)?.body {
                Body::Stream(_) => this.connect_stream(before.as_deref(), id, target),
                Body::Datagram(_) | Body::Local(_) => this.connect_datagram(before.as_deref(), id, target),
            }
        })
    }

    fn connect_stream(&mut self, before: Option<&Ticket>, id: u32, target: Sockaddr) -> Reply {
        let socket = self.socket(id)?;
        let Sockaddr::Inet(peer) = target else {
            return self.disconnect_stream(id);
        };
        let peer = peer.or_loopback();
        check_family(socket.domain, peer, false, socket.options.is_on(key::V6_ONLY))?;
        match &mut socket.body {
            Body::Stream(Stream::Idle { bound }) => {
                let bound = *bound;
                self.begin_connect(id, peer, None, bound)?;
                self.connect_begun(before, id)
            }
            Body::Stream(Stream::Bound { channel, local }) => {
                let (channel, local) = (*channel, *local);
                self.begin_connect(id, peer, Some(channel), Some(local))?;
                self.connect_begun(before, id)
            }
            Body::Stream(Stream::Binding { next, .. }) => {
                *next = Next::Connect(peer);
                Err(Errno::INPROGRESS.into())
            }
            Body::Stream(state) if state.is_connecting() && socket.nonblocking => {
                // Who connects again and again asks whether the connection is there.
                let next = Ticket::on(Call::Connect { socket: id }, id, poll::OUT | poll::STATE);
                Err(match self.block(before, true, None, next) {
                    Halt::Fail(_) => Errno::ALREADY.into(),
                    turn => turn,
                })
            }
            Body::Stream(Stream::Reaching { .. } | Stream::Connecting { .. } | Stream::Failed { .. }) => {
                self.connect_outcome(before, id)
            }
            Body::Stream(Stream::Connected(connection)) if !connection.announced => self.connect_outcome(before, id),
            Body::Stream(Stream::Connected(_) | Stream::Listening(_)) | Body::Datagram(_) | Body::Local(_) => {
                Err(Errno::ISCONN.into())
            }
        }
    }

    /// Has the host connect, with the channel that is bound or with a fresh one, from `local` if that is given.
    pub(crate) fn begin_connect(
        &mut self,
        id: u32,
        shown: Endpoint,
        bound: Option<u32>,
        local: Option<Endpoint>,
    ) -> Result<(), Errno> {
        let remote = shown.unmapped();
        if remote.port == 0 {
            // No platform takes port 0, and on Linux nobody listens there.
            return Err(Errno::CONNREFUSED);
        }
        let (remote, name) = match self.names.meaning(remote) {
            Meaning::Name(place, name) if !self.host_resolves() => {
                let query = self.query_for(place, &name)?;
                return self.reach_later(id, query, shown, bound, local);
            }
            Meaning::Name(_, name) => (Endpoint::NONE.with_port(remote.port), name),
            Meaning::Nothing(errno) => return Err(errno),
            Meaning::Address(address) => {
                self.permit_connect(address)?;
                (self.outward(Transport::Tcp, address), Vec::new())
            }
        };
        let opening = Opening {
            kind: OpeningKind::TcpConnect,
            local: local.unwrap_or(Endpoint::NONE),
            remote,
            name: &name,
        };
        let channel = match bound {
            Some(channel) => self.proceed(id, channel, opening).map(|()| channel)?,
            None => self.open(id, opening)?,
        };
        self.socket(id)?.body = Body::Stream(Stream::Connecting {
            channel,
            bound: local,
            peer: shown,
        });
        Ok(())
    }

    /// A connection attempt has begun. Who does not wait for it lets the event loop turn once all the same: Linux has chosen
    /// the port when `connect` returns, and on loopback even connected, and programs rely on both. One that lives from
    /// Emscripten's callbacks relies on hearing of it later.
    fn connect_begun(&mut self, before: Option<&Ticket>, id: u32) -> Reply {
        if self.socket(id)?.nonblocking && !self.callbacks.are_used() {
            Err(Halt::Wait(Ticket::of(Call::Begun, Vec::new()).for_a_turn()))
        } else {
            self.connect_outcome(before, id)
        }
    }

    /// What the host is given for a peer of a UDP socket, if that may be sent to.
    fn permitted(&mut self, id: u32, real: Endpoint) -> Result<Endpoint, Errno> {
        self.permit_send(id, real)?;
        Ok(self.outward(Transport::Udp, real))
    }

    /// Waits until a connection attempt has ended, and tells how.
    fn connect_outcome(&mut self, before: Option<&Ticket>, id: u32) -> Reply {
        let socket = self.socket(id)?;
        match &mut socket.body {
            Body::Stream(Stream::Connected(connection)) => {
                connection.announced = true;
                Ok(0)
            }
            Body::Stream(state @ Stream::Failed { .. }) => {
                let Stream::Failed { bound } = *state else {
                    return Err(Errno::INVAL.into());
                };
                *state = Stream::Idle { bound };
                // SO_ERROR may have been asked for first: that is what Linux answers then.
                Err(socket.error.take().unwrap_or(Errno::CONNABORTED).into())
            }
            Body::Stream(state) if state.is_connecting() && socket.nonblocking => Err(Errno::INPROGRESS.into()),
            Body::Stream(state) if state.is_connecting() => {
                let timeout = socket.options.send_timeout;
                let next = Ticket::on(Call::Connect { socket: id }, id, poll::OUT | poll::STATE);
                Err(match self.block(before, false, timeout, next) {
                    Halt::Fail(_) => Errno::INPROGRESS.into(),
                    wait => wait,
                })
            }
            // Somebody else's call ended it meanwhile.
            Body::Stream(_) | Body::Datagram(_) | Body::Local(_) => Err(Errno::CONNABORTED.into()),
        }
    }

    /// `connect` to `AF_UNSPEC`: the connection is dropped, the socket is as new.
    pub(crate) fn disconnect_stream(&mut self, id: u32) -> Reply {
        let socket = self.socket(id)?;
        let (channel, bound) = match &socket.body {
            Body::Stream(Stream::Connected(connection)) => (connection.channel, None),
            Body::Stream(Stream::Connecting { channel, bound, .. }) => (Some(*channel), *bound),
            Body::Stream(Stream::Reaching { channel, bound, .. }) => (*channel, *bound),
            Body::Stream(Stream::Failed { bound } | Stream::Idle { bound }) => (None, *bound),
            Body::Stream(Stream::Binding { .. } | Stream::Bound { .. }) => return Ok(0),
            Body::Stream(Stream::Listening(_)) | Body::Datagram(_) | Body::Local(_) => {
                return Err(Errno::INVAL.into());
            }
        };
        socket.error = None;
        let old = core::mem::replace(&mut socket.body, Body::Stream(Stream::Idle { bound }));
        if let Body::Stream(Stream::Connected(mut connection)) = old {
            connection.receive.clear(&mut self.pool);
            connection.send.clear(&mut self.pool);
        }
        if let Some(channel) = channel {
            self.close(channel, Channel::Gone, Closing::Abort);
        }
        self.notify(id, poll::STATE);
        Ok(0)
    }

    fn connect_datagram(&mut self, before: Option<&Ticket>, id: u32, target: Sockaddr) -> Reply {
        let Sockaddr::Inet(shown) = target else {
            return self.disconnect_datagram(id);
        };
        let shown = shown.or_loopback();
        let socket = self.socket(id)?;
        check_family(socket.domain, shown, true, socket.options.is_on(key::V6_ONLY))?;
        check_broadcast(shown, socket.options.is_on(key::BROADCAST))?;
        let nonblocking = socket.nonblocking;
        let datagram = socket.datagram().ok_or(Errno::INVAL)?;
        let remote = shown.unmapped();
        match datagram.state {
            // Linux connects to port 0 and sends nothing there; no platform does. What came from elsewhere is dropped here.
            _ if shown.port == 0 => {
                datagram.peer = Some(Peer { shown, real: remote });
                Ok(0)
            }
            DatagramState::Open { channel, .. } => {
                let next = Ticket::on(Call::Reach { socket: id }, id, 0);
                let real = self.real_address(before, nonblocking, remote, next)?;
                let real = self.permitted(id, real)?;
                match self.change_peer(id, channel, real) {
                    Err(Errno::OPNOTSUPP) => self.watch_peer(id, channel, Peer { shown, real }),
                    changed => {
                        changed?;
                        self.set_peer(id, Some(Peer { shown, real }))?;
                        self.wait_for_open(None, id)
                    }
                }
            }
            // Bound by a program that cannot wait: it hears everybody, what is not from the peer is dropped here.
            DatagramState::Opening { connected: false, .. } => {
                let next = Ticket::on(Call::Reach { socket: id }, id, 0);
                let real = self.real_address(before, nonblocking, remote, next)?;
                let real = self.permitted(id, real)?;
                self.set_peer(id, Some(Peer { shown, real }))?;
                Ok(0)
            }
            DatagramState::Opening { channel, .. } => {
                datagram.state = DatagramState::Closed;
                self.close(channel, Channel::Gone, Closing::Abort);
                self.connect_fresh_datagram(before, id, shown)
            }
            DatagramState::Closed => self.connect_fresh_datagram(before, id, shown),
        }
    }

    /// Opens a UDP socket connected.
    fn connect_fresh_datagram(&mut self, before: Option<&Ticket>, id: u32, shown: Endpoint) -> Reply {
        let (remote, name) = match self.names.meaning(shown.unmapped()) {
            // The host would connect before anybody has seen the address.
            Meaning::Name(..) if !self.host_resolves() => {
                let nonblocking = self.socket(id)?.nonblocking;
                let next = Ticket::on(Call::Reach { socket: id }, id, 0);
                (
                    self.real_address(before, nonblocking, shown.unmapped(), next)?,
                    Vec::new(),
                )
            }
            Meaning::Name(_, name) => (Endpoint::NONE.with_port(shown.port), name),
            Meaning::Nothing(errno) => return Err(errno.into()),
            Meaning::Address(address) => (address, Vec::new()),
        };
        let remote = if remote.is_some() {
            self.permitted(id, remote)?
        } else {
            remote
        };
        self.open_datagram(id, Endpoint::NONE, Some((remote, &name)))?;
        let real = if remote.is_some() { remote } else { Endpoint::NONE };
        self.set_peer(id, Some(Peer { shown, real }))?;
        self.wait_for_open(None, id)
    }

    /// Where the host cannot connect a socket that is open: one that is bound hears everybody, and what is not from the peer
    /// is dropped here; one that was only opened for its last peer is opened anew.
    fn watch_peer(&mut self, id: u32, channel: u32, peer: Peer) -> Reply {
        let datagram = self.socket(id)?.datagram().ok_or(Errno::INVAL)?;
        if !datagram.platform_connected() {
            datagram.peer = Some(peer);
            return Ok(0);
        }
        let in_flight = core::mem::take(&mut datagram.in_flight);
        datagram.state = DatagramState::Closed;
        self.close_draining(channel, in_flight);
        self.connect_fresh_datagram(None, id, peer.shown)
    }

    /// What a UDP socket that is not open was bound to before.
    pub(crate) fn kept_address(&mut self, id: u32) -> Endpoint {
        let datagram = self.sockets.get_mut(id).and_then(|socket| socket.datagram());
        datagram.map_or(Endpoint::NONE, |datagram| datagram.address)
    }

    fn set_peer(&mut self, id: u32, peer: Option<Peer>) -> Result<(), Errno> {
        self.socket(id)?.datagram().ok_or(Errno::INVAL)?.peer = peer;
        Ok(())
    }

    /// Has the host connect a UDP socket that is open to another peer, or to none.
    fn change_peer(&mut self, id: u32, channel: u32, peer: Endpoint) -> Result<(), Errno> {
        self.host.command(channel, Request::UdpConnect(peer))?;
        let datagram = self.socket(id)?.datagram().ok_or(Errno::INVAL)?;
        if let DatagramState::Open { local, bound, .. } = datagram.state {
            datagram.state = DatagramState::Opening {
                channel,
                local,
                connected: peer.is_some(),
                bound,
                again: true,
                pending: Datagrams::default(),
            };
        }
        Ok(())
    }

    /// `connect` to `AF_UNSPEC`: the peer goes, and with it a socket that was only opened for it.
    fn disconnect_datagram(&mut self, id: u32) -> Reply {
        let datagram = self.socket(id)?.datagram().ok_or(Errno::INVAL)?;
        datagram.peer = None;
        let any_port = datagram.address.is_some();
        match datagram.state {
            DatagramState::Open {
                channel,
                connected: true,
                ..
            } if any_port => {
                let in_flight = core::mem::take(&mut datagram.in_flight);
                datagram.state = DatagramState::Closed;
                self.close_draining(channel, in_flight);
                Ok(0)
            }
            DatagramState::Open {
                channel,
                bound: true,
                connected: true,
                ..
            } => match self.change_peer(id, channel, Endpoint::NONE) {
                Ok(()) => self.wait_for_open(None, id),
                Err(errno) => Err(errno.into()),
            },
            DatagramState::Open {
                channel, bound: false, ..
            } => {
                let in_flight = core::mem::take(&mut datagram.in_flight);
                datagram.state = DatagramState::Closed;
                self.close_draining(channel, in_flight);
                Ok(0)
            }
            DatagramState::Opening {
                channel, bound: false, ..
            } => {
                datagram.state = DatagramState::Closed;
                self.close(channel, Channel::Gone, Closing::Abort);
                Ok(0)
            }
            DatagramState::Open { .. } | DatagramState::Opening { .. } | DatagramState::Closed => Ok(0),
        }
    }

    /// The real address behind an address that a program named; waits for it, if it is a name's that is still being
    /// resolved. `next` is what the call will have done.
    pub(crate) fn real_address(
        &mut self,
        before: Option<&Ticket>,
        nonblocking: bool,
        endpoint: Endpoint,
        next: alloc::boxed::Box<Ticket>,
    ) -> Result<Endpoint, Halt> {
        match self.names.meaning(endpoint) {
            Meaning::Address(address) => Ok(address),
            Meaning::Nothing(errno) => Err(errno.into()),
            Meaning::Name(place, name) => {
                let query = self.query_for(place, &name)?;
                Err(self.block(before, nonblocking, None, next.for_query(query)))
            }
        }
    }

    /// The query that tells the address of a placeholder.
    fn query_for(&mut self, place: usize, name: &[u8]) -> Result<u32, Errno> {
        if let Some(query) = self.names.query_of(place) {
            return Ok(query);
        }
        let query = self.ask(name).map_err(|errno| match errno {
            // As of any name that turns out to have no address.
            Errno::NOENT => Errno::HOSTUNREACH,
            errno => errno,
        })?;
        self.names.listen(place, query);
        Ok(query)
    }
}

/// Whether a socket can talk to an address at all.
pub(crate) fn check_family(domain: Domain, peer: Endpoint, datagram: bool, v6_only: bool) -> Result<(), Errno> {
    match (domain, peer.family) {
        (Domain::Unix, _) => Err(Errno::AFNOSUPPORT),
        (Domain::Inet, 4) => Ok(()),
        (Domain::Inet, _) => Err(Errno::AFNOSUPPORT),
        // UDP takes plain IPv4 addresses on IPv6 sockets, TCP does not.
        (Domain::Inet6, 4) if datagram && !v6_only => Ok(()),
        (Domain::Inet6, 4) => Err(Errno::AFNOSUPPORT),
        (Domain::Inet6, _) if v6_only && peer.unmapped().family == 4 => Err(Errno::NETUNREACH),
        (Domain::Inet6, _) => Ok(()),
    }
}

/// The limited broadcast address is for those who asked for it.
pub(crate) fn check_broadcast(peer: Endpoint, allowed: bool) -> Result<(), Errno> {
    match peer.unmapped().ipv4() {
        Some(address) if address.is_broadcast() && !allowed => Err(Errno::ACCES),
        _ => Ok(()),
    }
}
