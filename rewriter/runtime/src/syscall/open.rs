//! `socket`, `bind`, `listen`, `accept4`, `shutdown`, `getsockname`, `getpeername`: what a socket is and how it begins
//! and ends, but for connections.

use alloc::boxed::Box;
use alloc::collections::VecDeque;

use crate::address::{Domain, Sockaddr, least_length, shown};
use crate::constants::{af, ipproto, limit, poll, shut, sock};
use crate::datagrams::Datagrams;
use crate::errno::Errno;
use crate::interface::Endpoint;
use crate::layout;
use crate::local::{LocalKind, LocalSocket};
use crate::options::key;
use crate::platform::{App, Closing, Host, Request};
use crate::policy::Transport;
use crate::runtime::{Channel, Opening, OpeningKind, Reply, Runtime};
use crate::socket::{Body, DatagramSocket, DatagramState, Listener, Next, Socket, Stream};
use crate::syscall::int;
use crate::syscall::local::local_socket;
use crate::ticket::{Call, Ticket};

impl<H: Host, A: App> Runtime<H, A> {
    /// `socket(domain, type, protocol)`
    pub fn sys_socket(&mut self, ticket: u32, a: [u64; 6]) -> i64 {
        self.enter(ticket, false, |this, _| {
            let (kind, flags) = (int(a[1]) & sock::TYPE_MASK, int(a[1]) & !sock::TYPE_MASK);
            if flags & !(sock::NONBLOCK | sock::CLOEXEC) != 0 || kind >= sock::MAX {
                return Err(Errno::INVAL.into());
            }
            let mut socket = this.new_socket([int(a[0]), kind, int(a[2])])?;
            socket.nonblocking = flags & sock::NONBLOCK != 0;
            this.add(socket, flags & sock::CLOEXEC != 0)
        })
    }

    /// A fresh socket of a family, a type and a protocol.
    pub(crate) fn new_socket(&self, [family, kind, protocol]: [i32; 3]) -> Result<Socket, Errno> {
        let domain = match family {
            af::UNIX if !matches!(protocol, 0 | af::UNIX) => return Err(Errno::PROTONOSUPPORT),
            af::UNIX => return Ok(local_socket(LocalSocket::new(LocalKind::of_number(kind)?), false)),
            af::INET => Domain::Inet,
            af::INET6 => Domain::Inet6,
            _ => return Err(Errno::AFNOSUPPORT),
        };
        if !(0..ipproto::MAX).contains(&protocol) {
            return Err(Errno::INVAL);
        }
        let body = match (kind, protocol) {
            (sock::STREAM, ipproto::IP | ipproto::TCP) => Body::Stream(Stream::Idle { bound: None }),
            (sock::DGRAM, ipproto::IP | ipproto::UDP) => Body::Datagram(DatagramSocket::new()),
            (sock::STREAM | sock::DGRAM, _) => return Err(Errno::PROTONOSUPPORT),
            _ => return Err(Errno::SOCKTNOSUPPORT),
        };
        Ok(Socket::new(domain, false, body))
    }

    /// Gives a new socket a handle and a descriptor.
    fn add(&mut self, socket: Socket, close_on_exec: bool) -> Reply {
        let id = self.sockets.insert(socket)?;
        let described = self.describe(id, close_on_exec);
        if described.is_err() {
            self.destroy(id, true);
        }
        Ok(described?)
    }

    /// `bind(fd, address, length)`. The host binds at once, so that the port is known and a conflict is told here.
    pub fn sys_bind(&mut self, ticket: u32, a: [u64; 6]) -> i64 {
        self.enter(ticket, false, |this, before| {
            if let Some(Call::Open { socket }) = before.as_ref().map(|ticket| &ticket.call) {
                return this.wait_for_open(before.as_deref(), *socket);
            }
            let id = this.of_descriptor(a[0])?;
            if this.is_local(id) {
                return this.bind_local(id, a[1], a[2]);
            }
            let domain = this.socket(id)?.domain;
            let address = layout::sockaddr(&mut this.app, a[1], a[2])?;
            if a[2] < least_length(domain) {
                return Err(Errno::INVAL.into());
            }
            let local = match (domain, address) {
                // As Linux has it for old programs: no family and no address is any address.
                (Domain::Inet, Sockaddr::Unspecified) => layout::any_address(&mut this.app, a[1])?,
                (Domain::Inet, Sockaddr::Inet(endpoint)) if endpoint.family == 4 => endpoint,
                (Domain::Inet6, Sockaddr::Inet(endpoint)) if endpoint.family == 6 => endpoint.unmapped(),
                _ => return Err(Errno::AFNOSUPPORT.into()),
            };
            match &this.socket(id)?.body {
                Body::Stream(Stream::Idle { bound: None }) => {
                    this.permit_bind(Transport::Tcp, local)?;
                    this.bind_stream(id, local)?;
                }
                Body::Datagram(socket) if matches!(socket.state, DatagramState::Closed) => {
                    this.permit_bind(Transport::Udp, local)?;
                    this.open_datagram(id, local, None)?;
                    let heard = this.hears(local);
                    if let Some(socket) = this.socket(id)?.datagram() {
                        socket.heard = heard;
                        socket.address = if local.port == 0 { local } else { Endpoint::NONE };
                    }
                }
                _ => return Err(Errno::INVAL.into()),
            }
            this.wait_for_open(None, id)
        })
    }

    fn bind_stream(&mut self, id: u32, local: Endpoint) -> Result<(), Errno> {
        if self.conflicts(id, local) {
            return Err(Errno::ADDRINUSE);
        }
        let channel = self.open(id, Opening::at(OpeningKind::TcpBind, local))?;
        self.socket(id)?.body = Body::Stream(Stream::Binding {
            channel,
            local,
            next: Next::Nothing,
        });
        Ok(())
    }

    /// Whether another TCP socket of the program has the port, as Linux sees it. The platform's own check comes after, but
    /// is weaker: some hosts set `SO_REUSEADDR` on every socket.
    fn conflicts(&self, id: u32, wanted: Endpoint) -> bool {
        let Some(binder) = self.sockets.get(id).filter(|_| wanted.port != 0) else {
            return false;
        };
        let both = |other: &Socket, key| binder.options.is_on(key) && other.options.is_on(key);
        self.sockets.iter().any(|(other_id, other)| {
            let Body::Stream(state) = &other.body else {
                return false;
            };
            let listens = matches!(state, Stream::Listening(_));
            other_id != id
                && state.local().is_some_and(|local| local.overlaps(wanted))
                && (listens || !both(other, key::REUSE_ADDRESS))
                && !both(other, key::REUSE_PORT)
        })
    }

    /// Waits until the host has said whether a socket is open, and answers 0 or why it is not.
    pub(crate) fn wait_for_open(&mut self, before: Option<&Ticket>, id: u32) -> Reply {
        let socket = self.socket(id)?;
        if socket.is_opening() {
            let next = Ticket::on(Call::Open { socket: id }, id, poll::STATE);
            return Err(self.block(before, false, None, next));
        }
        match socket.error.take() {
            Some(errno) => Err(errno.into()),
            None => Ok(0),
        }
    }

    /// Has the host open a UDP socket, bound to `local` (family 0: anywhere) or connected to `remote`.
    pub(crate) fn open_datagram(
        &mut self,
        id: u32,
        local: Endpoint,
        remote: Option<(Endpoint, &[u8])>,
    ) -> Result<(), Errno> {
        let (endpoint, name) = remote.unwrap_or((Endpoint::NONE, &[]));
        let channel = self.open(
            id,
            Opening {
                kind: OpeningKind::UdpOpen,
                local,
                remote: endpoint,
                name,
            },
        )?;
        if let Some(socket) = self.socket(id)?.datagram() {
            let connected = remote.is_some();
            socket.state = DatagramState::Opening {
                channel,
                local,
                connected,
                bound: local.is_some(),
                again: false,
                pending: Datagrams::default(),
            };
        }
        Ok(())
    }

    /// `listen(fd, backlog)`
    pub fn sys_listen(&mut self, ticket: u32, a: [u64; 6]) -> i64 {
        self.enter(ticket, false, |this, before| {
            if let Some(Call::Open { socket }) = before.as_ref().map(|ticket| &ticket.call) {
                return this.wait_for_open(before.as_deref(), *socket);
            }
            let id = this.of_descriptor(a[0])?;
            if this.is_local(id) {
                return this.listen_local(id, (a[1] as u32).min(limit::BACKLOG));
            }
            // Linux compares as unsigned: a negative backlog is the longest.
            let backlog = (a[1] as u32).clamp(1, limit::BACKLOG);
            let socket = this.socket(id)?;
            let any = socket.domain.any();
            let (local, bound) = match &mut socket.body {
                Body::Stream(Stream::Idle { bound }) => (bound.unwrap_or(any), None),
                Body::Stream(Stream::Bound { channel, local }) => (*local, Some(*channel)),
                Body::Stream(Stream::Binding { local, .. }) => {
                    let local = *local;
                    this.permit_listen(local)?;
                    if let Body::Stream(Stream::Binding { next, .. }) = &mut this.socket(id)?.body {
                        *next = Next::Listen(backlog);
                    }
                    return this.wait_for_open(None, id);
                }
                // Another backlog would change nothing: as many as may be wait anyway.
                Body::Stream(Stream::Listening(_)) => return Ok(0),
                Body::Stream(_) => return Err(Errno::INVAL.into()),
                Body::Datagram(_) | Body::Local(_) => return Err(Errno::OPNOTSUPP.into()),
            };
            this.permit_listen(local)?;
            this.begin_listening(id, bound, local, backlog)?;
            this.wait_for_open(None, id)
        })
    }

    /// Has the host listen, with the channel that is bound or with a fresh one.
    pub(crate) fn begin_listening(
        &mut self,
        id: u32,
        bound: Option<u32>,
        local: Endpoint,
        backlog: u32,
    ) -> Result<(), Errno> {
        let opening = Opening::at(OpeningKind::TcpListen { backlog }, local);
        let channel = match bound {
            Some(channel) => self.proceed(id, channel, opening).map(|()| channel)?,
            None => self.open(id, opening)?,
        };
        let listener = Listener {
            channel: Some(channel),
            local,
            open: false,
            queue: VecDeque::new(),
        };
        self.socket(id)?.body = Body::Stream(Stream::Listening(Box::new(listener)));
        Ok(())
    }

    /// `accept4(fd, address, length, flags)`
    pub fn sys_accept4(&mut self, ticket: u32, a: [u64; 6]) -> i64 {
        self.enter(ticket, false, |this, before| {
            let id = match before.as_ref().map(|ticket| &ticket.call) {
                Some(Call::Accept { socket }) => *socket,
                _ => this.of_descriptor(a[0])?,
            };
            let flags = int(a[3]);
            if flags & !(sock::NONBLOCK | sock::CLOEXEC) != 0 {
                return Err(Errno::INVAL.into());
            }
            if this.is_local(id) {
                return this.accept_local(before.as_deref(), id, a);
            }
            let socket = this.socket(id)?;
            let (domain, nonblocking, timeout) = (socket.domain, socket.nonblocking, socket.options.receive_timeout);
            if matches!(socket.body, Body::Datagram(_)) {
                return Err(Errno::OPNOTSUPP.into());
            }
            let listener = socket.listener().ok_or(Errno::INVAL)?;
            let Some(client) = listener.queue.pop_front() else {
                let next = Ticket::on(Call::Accept { socket: id }, id, poll::IN);
                return Err(this.block(before.as_deref(), nonblocking, timeout, next));
            };
            let described = this.accept(client, domain, a[1], a[2], flags);
            if let Err(Errno::MFILE | Errno::NFILE) = described
                && let Some(listener) = this.socket(id)?.listener()
            {
                // It waits for a call that has a number for it. There is room: it has just left.
                listener.queue.push_front(client);
            } else {
                // The descriptor holds it now, or nobody does.
                this.release(client);
            }
            Ok(described?)
        })
    }

    fn accept(&mut self, client: u32, domain: Domain, address: u64, length: u64, flags: i32) -> Result<i32, Errno> {
        let socket = self.socket(client)?;
        socket.nonblocking = flags & sock::NONBLOCK != 0;
        let peer = socket.connection().map_or(Endpoint::NONE, |connection| connection.peer);
        if address != 0 {
            layout::put_sockaddr(&mut self.app, address, length, shown(domain, peer))?;
        }
        self.describe(client, flags & sock::CLOEXEC != 0)
    }

    /// `shutdown(fd, how)`
    pub fn sys_shutdown(&mut self, ticket: u32, a: [u64; 6]) -> i64 {
        self.enter(ticket, false, |this, _| {
            let id = this.of_descriptor(a[0])?;
            let (read, write) = match int(a[1]) {
                shut::RD => (true, false),
                shut::WR => (false, true),
                shut::RDWR => (true, true),
                _ => return Err(Errno::INVAL.into()),
            };
            if this.is_local(id) {
                return this.shutdown_local(id, int(a[1]));
            }
            let mut fin = None;
            let mut ended = None;
            match &mut this.socket(id)?.body {
                Body::Stream(Stream::Connected(connection)) => {
                    let channel = connection.channel.filter(|_| connection.is_open());
                    let channel = channel.ok_or(Errno::NOTCONN)?;
                    connection.shut_read |= read;
                    if write && !connection.shut_write {
                        connection.shut_write = true;
                        fin = Some(channel);
                    }
                }
                Body::Datagram(socket) => {
                    socket.peer.ok_or(Errno::NOTCONN)?;
                    socket.shut_read |= read;
                    socket.shut_write |= write;
                }
                // As on Linux, whoever waits to accept is told that there is nothing to wait for.
                Body::Stream(Stream::Listening(listener)) if read => {
                    ended = Some((listener.channel.take(), listener.local))
                }
                Body::Stream(Stream::Listening(_)) => {}
                // As inet_shutdown does: there is nothing to shut down but the attempt itself.
                Body::Stream(state) if state.is_connecting() => return this.disconnect_stream(id),
                Body::Stream(_) | Body::Local(_) => return Err(Errno::NOTCONN.into()),
            }
            if let Some(channel) = fin {
                // The host may have lost the connection already: `failed` or `closed` will say so.
                let _ = this.host.command(channel, Request::Shutdown);
            }
            if let Some((channel, local)) = ended {
                this.stop_listening(id, channel, local);
            }
            this.notify(id, poll::STATE);
            Ok(0)
        })
    }

    fn stop_listening(&mut self, id: u32, channel: Option<u32>, local: Endpoint) {
        let Ok(socket) = self.socket(id) else { return };
        let idle = Body::Stream(Stream::Idle { bound: Some(local) });
        if let Body::Stream(Stream::Listening(listener)) = core::mem::replace(&mut socket.body, idle) {
            for waiting in listener.queue {
                self.destroy(waiting, true);
            }
        }
        if let Some(channel) = channel {
            self.close(channel, Channel::Gone, Closing::Deliver);
        }
    }

    /// `getsockname(fd, address, length)`
    pub fn sys_getsockname(&mut self, ticket: u32, a: [u64; 6]) -> i64 {
        self.enter(ticket, false, |this, before| {
            let id = match before.as_ref().map(|ticket| &ticket.call) {
                Some(Call::Name { socket, .. }) => *socket,
                _ => this.of_descriptor(a[0])?,
            };
            if this.is_local(id) {
                let name = this.local_name(id)?;
                layout::put_sockaddr(&mut this.app, a[1], a[2], name)?;
                return Ok(0);
            }
            // Linux knows it at once; here the host does, a turn of the event loop later.
            let socket = this.socket(id)?;
            if socket.is_opening() && !matches!(&socket.body, Body::Stream(state) if state.is_connecting()) {
                let next = Ticket::on(
                    Call::Name {
                        socket: id,
                        address: a[1],
                        length: a[2],
                    },
                    id,
                    poll::STATE,
                );
                return Err(this.block(before.as_deref(), false, None, next));
            }
            this.tell_name(id, a[1], a[2])
        })
    }

    /// Writes the local endpoint, as far as it is known.
    pub(crate) fn tell_name(&mut self, id: u32, address: u64, length: u64) -> Reply {
        let socket = self.socket(id)?;
        let domain = socket.domain;
        let local = match &socket.body {
            Body::Local(_) => None,
            Body::Stream(state) => state.local(),
            Body::Datagram(socket) => match socket.state {
                DatagramState::Closed => Some(socket.address),
                DatagramState::Opening { local, .. } | DatagramState::Open { local, .. } => Some(local),
            },
        };
        layout::put_sockaddr(
            &mut self.app,
            address,
            length,
            shown(domain, local.unwrap_or(Endpoint::NONE)),
        )?;
        Ok(0)
    }

    /// `getpeername(fd, address, length)`
    pub fn sys_getpeername(&mut self, ticket: u32, a: [u64; 6]) -> i64 {
        self.enter(ticket, false, |this, before| {
            let id = this.of_descriptor(a[0])?;
            if this.is_local(id) {
                let name = this.local_peer_name(id)?;
                layout::put_sockaddr(&mut this.app, a[1], a[2], name)?;
                return Ok(0);
            }
            let socket = this.socket(id)?;
            let domain = socket.domain;
            let peer = match &socket.body {
                // Who asks for the peer again and again asks whether the connection is there.
                Body::Stream(state) if state.is_connecting() => {
                    return this.not_yet(before.as_deref(), id, Err(Errno::NOTCONN));
                }
                Body::Stream(Stream::Connected(connection)) if connection.is_open() => connection.peer,
                Body::Datagram(socket) => {
                    let peer = socket.peer.filter(|peer| peer.shown.port != 0);
                    peer.ok_or(Errno::NOTCONN)?.shown
                }
                Body::Stream(_) | Body::Local(_) => return Err(Errno::NOTCONN.into()),
            };
            layout::put_sockaddr(&mut this.app, a[1], a[2], shown(domain, peer))?;
            Ok(0)
        })
    }
}
