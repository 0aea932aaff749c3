//! AF_UNIX within the program: `socketpair`, names, connections and their ends. There is no file for a path: it exists in the
//! runtime alone, from `bind` until `unlink`.

use alloc::boxed::Box;
use alloc::collections::VecDeque;

use crate::address::{Domain, SocketName};
use crate::constants::{at, limit, poll, shut, sock};
use crate::errno::Errno;
use crate::layout::{self, LocalAddress};
use crate::local::{LocalKind, LocalName, LocalPeer, LocalSocket, LocalState, Message};
use crate::options::SOL_SOCKET;
use crate::platform::{App, Host};
use crate::runtime::{Halt, Reply, Runtime};
use crate::socket::{Body, Socket};
use crate::syscall::int;
use crate::ticket::{Call, Ticket};

/// Families that Linux knows and that have no pairs.
const WITHOUT_PAIRS: [i32; 2] = [crate::constants::af::INET, crate::constants::af::INET6];

impl<H: Host, A: App> Runtime<H, A> {
    /// `socketpair(domain, type, protocol, fds)`
    pub fn sys_socketpair(&mut self, ticket: u32, a: [u64; 6]) -> i64 {
        self.enter(ticket, false, |this, _| {
            let flags = int(a[1]) & !sock::TYPE_MASK;
            if flags & !(sock::NONBLOCK | sock::CLOEXEC) != 0 {
                return Err(Errno::INVAL.into());
            }
            // Linux makes both sockets before it finds that they cannot be paired.
            let socket = this.new_socket([int(a[0]), int(a[1]) & sock::TYPE_MASK, int(a[2])])?;
            if WITHOUT_PAIRS.contains(&int(a[0])) {
                return Err(Errno::OPNOTSUPP.into());
            }
            let kind = LocalKind::of_number(socket.kind())?;
            let nonblocking = flags & sock::NONBLOCK != 0;
            let (first, second) = this.open_pair(kind, nonblocking)?;
            this.describe_two(first, second, flags & sock::CLOEXEC != 0, a[3])
        })
    }

    /// Two sockets that are connected to each other, and that nobody holds yet.
    fn open_pair(&mut self, kind: LocalKind, nonblocking: bool) -> Result<(u32, u32), Errno> {
        let first = self.sockets.insert(local_socket(LocalSocket::new(kind), nonblocking))?;
        let other = LocalSocket::connected(kind, first);
        let second = match self.sockets.insert(local_socket(other, nonblocking)) {
            Ok(second) => second,
            Err(errno) => {
                self.destroy(first, true);
                return Err(errno);
            }
        };
        self.local(first)?.state = LocalState::Connected(LocalPeer::There(second));
        Ok((first, second))
    }

    /// The AF_UNIX socket of a handle; `EINVAL` if it is none.
    pub(crate) fn local(&mut self, id: u32) -> Result<&mut LocalSocket, Errno> {
        self.sockets.local_mut(id).ok_or(Errno::INVAL)
    }

    /// Whether a handle is that of an AF_UNIX socket.
    pub(crate) fn is_local(&self, id: u32) -> bool {
        self.sockets.local(id).is_some()
    }

    /// Whether there can be an option of this level: AF_UNIX sockets only have those of sockets.
    pub(crate) fn check_level(&self, id: u32, level: i32) -> Result<(), Errno> {
        if self.is_local(id) && level != SOL_SOCKET {
            return Err(Errno::OPNOTSUPP);
        }
        Ok(())
    }

    /// `bind` of an AF_UNIX socket.
    pub(crate) fn bind_local(&mut self, id: u32, from: u64, length: u64) -> Reply {
        let address = layout::local_address(&mut self.app, from, length)?;
        let bound = self.local(id)?.name.is_some();
        let name = match address {
            LocalAddress::Unnamed if bound => return Ok(0),
            _ if bound => return Err(Errno::INVAL.into()),
            LocalAddress::Unnamed => self.local_names.bind_any(id)?,
            LocalAddress::Name(name) => {
                self.local_names.bind(&name, id)?;
                name
            }
            LocalAddress::Unspecified => return Err(Errno::INVAL.into()),
        };
        self.local(id)?.name = Some(name);
        Ok(0)
    }

    /// `listen` of an AF_UNIX socket.
    pub(crate) fn listen_local(&mut self, id: u32, longest: u32) -> Reply {
        let socket = self.local(id)?;
        if !socket.kind.connects() {
            return Err(Errno::OPNOTSUPP.into());
        }
        if socket.name.is_none() {
            return Err(Errno::INVAL.into());
        }
        match &mut socket.state {
            LocalState::Connected(_) => return Err(Errno::INVAL.into()),
            LocalState::Listening { backlog, .. } => *backlog = longest,
            state @ LocalState::Unconnected => {
                *state = LocalState::Listening {
                    backlog: longest,
                    queue: VecDeque::new(),
                }
            }
        }
        self.unblock(id);
        Ok(0)
    }

    /// `connect` of an AF_UNIX socket.
    pub(crate) fn connect_local(&mut self, before: Option<&Ticket>, id: u32, from: u64, length: u64) -> Reply {
        let address = layout::local_address(&mut self.app, from, length)?;
        let kind = self.local(id)?.kind;
        match address {
            LocalAddress::Unspecified if !kind.connects() => {
                self.disconnect_local(id)?;
                Ok(0)
            }
            LocalAddress::Unspecified | LocalAddress::Unnamed => Err(Errno::INVAL.into()),
            LocalAddress::Name(name) => {
                let peer = self.find_local(kind, &name)?;
                match kind {
                    LocalKind::Datagram => self.connect_local_datagram(id, peer),
                    LocalKind::Stream | LocalKind::Sequenced => self.connect_local_stream(before, id, peer),
                }
            }
        }
    }

    /// The socket that a name stands for. One of another type is `EPROTOTYPE` behind a path; behind an abstract name it is
    /// nobody's, since Linux looks those up by type.
    pub(crate) fn find_local(&mut self, kind: LocalKind, name: &LocalName) -> Result<u32, Errno> {
        let peer = self.local_names.find(name)?;
        match self.local(peer) {
            Ok(other) if other.kind == kind => Ok(peer),
            Ok(_) if !name.is_abstract() => Err(Errno::PROTOTYPE),
            Ok(_) | Err(_) => Err(Errno::CONNREFUSED),
        }
    }

    fn connect_local_datagram(&mut self, id: u32, peer: u32) -> Reply {
        if self.local(peer)?.peer().is_some_and(|other| other != id) {
            return Err(Errno::PERM.into());
        }
        if self.local(id)?.peer() != Some(peer) {
            self.disconnect_local(id)?;
        }
        self.local(id)?.state = LocalState::Connected(LocalPeer::There(peer));
        self.notify(id, 0);
        Ok(0)
    }

    /// A datagram socket forgets its peer, and what that has sent; a peer that was connected to it is told.
    pub(crate) fn disconnect_local(&mut self, id: u32) -> Result<(), Errno> {
        let socket = self.local(id)?;
        let LocalState::Connected(peer) = core::mem::replace(&mut socket.state, LocalState::Unconnected) else {
            return Ok(());
        };
        self.drop_messages(id);
        if let LocalPeer::There(peer) = peer
            && self.local(peer).is_ok_and(|other| other.peer() == Some(id))
        {
            self.socket(peer)?.error = Some(Errno::CONNRESET);
            self.notify(peer, 0);
        }
        Ok(())
    }

    /// Connects to a listener: there is a socket for its end of the connection at once, which waits to be accepted.
    fn connect_local_stream(&mut self, before: Option<&Ticket>, id: u32, listener: u32) -> Reply {
        let socket = self.socket(id)?;
        let nonblocking = socket.nonblocking;
        let timeout = socket.options.send_timeout;
        let other = self.local(listener)?;
        let LocalState::Listening { backlog, queue } = &other.state else {
            return Err(Errno::CONNREFUSED.into());
        };
        if other.shut_read {
            return Err(Errno::CONNREFUSED.into());
        }
        if queue.len() > *backlog as usize {
            let next = Ticket::on(Call::ConnectLocal { socket: id }, id, poll::STATE);
            let halt = self.block_inside(before, nonblocking, timeout, next);
            if matches!(halt, Halt::Wait(_)) {
                let blocked = &mut self.local(listener)?.blocked;
                blocked.try_reserve(1).map_err(|_| Errno::NOMEM)?;
                blocked.push(id);
            }
            return Err(halt);
        }
        match self.local(id)?.state {
            LocalState::Unconnected => {}
            LocalState::Connected(_) => return Err(Errno::ISCONN.into()),
            LocalState::Listening { .. } => return Err(Errno::INVAL.into()),
        }
        let other = self.local(listener)?;
        let mut accepted = LocalSocket::connected(other.kind, id);
        accepted.name = other.name.clone();
        let accepted = self.sockets.insert(local_socket(accepted, false))?;
        self.hold(accepted);
        if let LocalState::Listening { queue, .. } = &mut self.local(listener)?.state {
            if queue.try_reserve(1).is_err() {
                self.release(accepted);
                return Err(Errno::NOMEM.into());
            }
            queue.push_back(accepted);
        }
        self.local(id)?.state = LocalState::Connected(LocalPeer::There(accepted));
        self.notify_of(listener, poll::IN | poll::RDNORM);
        self.notify(id, 0);
        Ok(0)
    }

    /// `accept4` of an AF_UNIX socket.
    pub(crate) fn accept_local(&mut self, before: Option<&Ticket>, id: u32, a: [u64; 6]) -> Reply {
        let socket = self.socket(id)?;
        let (nonblocking, timeout) = (socket.nonblocking, socket.options.receive_timeout);
        let listener = self.local(id)?;
        if !listener.kind.connects() {
            return Err(Errno::OPNOTSUPP.into());
        }
        let ended = listener.shut_read;
        let LocalState::Listening { queue, .. } = &mut listener.state else {
            return Err(Errno::INVAL.into());
        };
        let Some(client) = queue.pop_front() else {
            if ended {
                return Err(Errno::INVAL.into());
            }
            let next = Ticket::on(Call::Accept { socket: id }, id, poll::IN);
            return Err(self.block_inside(before, nonblocking, timeout, next));
        };
        let described = self.describe_accepted(client, a);
        if let (Err(Errno::MFILE | Errno::NFILE), LocalState::Listening { queue, .. }) =
            (&described, &mut self.local(id)?.state)
        {
            // It waits for a call that has a number for it. There is room: it has just left.
            queue.push_front(client);
            return Ok(described?);
        }
        self.unblock(id);
        // The descriptor holds it now, or nobody does.
        self.release(client);
        Ok(described?)
    }

    fn describe_accepted(&mut self, client: u32, a: [u64; 6]) -> Result<i32, Errno> {
        let flags = int(a[3]);
        self.socket(client)?.nonblocking = flags & sock::NONBLOCK != 0;
        if a[1] != 0 {
            let name = self.local_peer_name(client)?;
            layout::put_sockaddr(&mut self.app, a[1], a[2], name)?;
        }
        self.describe(client, flags & sock::CLOEXEC != 0)
    }

    /// Those whose calls wait for room in a socket's queue look again.
    pub(crate) fn unblock(&mut self, id: u32) {
        let Ok(socket) = self.local(id) else { return };
        for blocked in core::mem::take(&mut socket.blocked) {
            self.notify(blocked, poll::STATE);
        }
    }

    /// `getsockname` of an AF_UNIX socket.
    pub(crate) fn local_name(&mut self, id: u32) -> Result<SocketName, Errno> {
        Ok(shown(self.local(id)?.name.clone()))
    }

    /// `getpeername` of an AF_UNIX socket.
    pub(crate) fn local_peer_name(&mut self, id: u32) -> Result<SocketName, Errno> {
        let peer = match &self.local(id)?.state {
            LocalState::Connected(LocalPeer::There(peer)) => *peer,
            LocalState::Connected(LocalPeer::Gone(name)) => return Ok(shown(name.clone())),
            _ => return Err(Errno::NOTCONN),
        };
        self.local_name(peer)
    }

    /// `shutdown` of an AF_UNIX socket: what one side does not read any more, the other does not write.
    pub(crate) fn shutdown_local(&mut self, id: u32, how: i32) -> Reply {
        let (read, write) = (how != shut::WR, how != shut::RD);
        let socket = self.local(id)?;
        socket.shut_read |= read;
        socket.shut_write |= write;
        let peer = socket.peer().filter(|_| socket.kind.connects());
        if let Some(peer) = peer {
            let other = self.local(peer)?;
            other.shut_read |= write;
            other.shut_write |= read;
            self.notify(peer, poll::STATE);
        }
        self.notify(id, poll::STATE);
        self.unblock(id);
        Ok(0)
    }

    /// An AF_UNIX socket is closed: its peer and those who wait for it are told.
    pub(crate) fn close_local(&mut self, id: u32, mut socket: LocalSocket) {
        if let Some(name) = &socket.name {
            self.local_names.close(name, id);
        }
        let unread = !socket.is_empty();
        if let Some(peer) = socket.peer()
            && socket.kind.connects()
        {
            self.lose_peer(peer, socket.name.clone(), unread);
        }
        if let crate::local::Inbox::Messages(queue) = &mut socket.inbox {
            for message in core::mem::take(queue) {
                self.discharge(&message);
            }
        }
        socket.clear(&mut self.pool);
        let state = core::mem::replace(&mut socket.state, LocalState::Unconnected);
        if let LocalState::Listening { queue, .. } = state {
            for waiting in queue {
                // To its peer, a connection that was never accepted is one that was not read.
                if let Some(peer) = self.local(waiting).ok().and_then(|waiting| waiting.peer()) {
                    self.lose_peer(peer, socket.name.clone(), true);
                }
                self.release(waiting);
            }
        }
        if !socket.kind.connects() {
            self.lose_datagram_peer(id, &socket.name);
        }
        for blocked in socket.blocked {
            self.notify(blocked, poll::STATE);
        }
    }

    /// The peer of a connection is gone: it is as if both had been shut down.
    fn lose_peer(&mut self, id: u32, name: Option<LocalName>, unread: bool) {
        let Ok(socket) = self.socket(id) else { return };
        if unread {
            socket.error = Some(Errno::CONNRESET);
        }
        if let Ok(socket) = self.local(id) {
            if let LocalState::Connected(peer @ LocalPeer::There(_)) = &mut socket.state {
                *peer = LocalPeer::Gone(name);
            }
            socket.shut_read = true;
            socket.shut_write = true;
            socket.in_flight = 0;
        }
        self.notify(id, poll::STATE);
    }

    /// Sockets that send their datagrams to one that is closed find that out with the next one.
    fn lose_datagram_peer(&mut self, id: u32, name: &Option<LocalName>) {
        for connected in self.connected_to(id) {
            if let Ok(socket) = self.local(connected) {
                socket.state = LocalState::Connected(LocalPeer::Gone(name.clone()));
            }
            self.notify(connected, poll::STATE);
        }
    }

    /// The datagram sockets that are connected to one.
    pub(crate) fn connected_to(&self, id: u32) -> alloc::vec::Vec<u32> {
        let connected = |socket: &Socket| match &socket.body {
            Body::Local(local) => local.kind == LocalKind::Datagram && local.peer() == Some(id),
            _ => false,
        };
        let sockets = self.sockets.iter().filter(|(_, socket)| connected(socket));
        sockets.map(|(other, _)| other).collect()
    }

    /// A message is read or dropped: its sender has room for another.
    pub(crate) fn discharge(&mut self, message: &Message) {
        if let Ok(sender) = self.local(message.sender) {
            sender.in_flight = sender
                .in_flight
                .saturating_sub(crate::local::charge(message.payload.len()));
            self.tell_writable(message.sender);
        }
    }

    /// Tells a socket that it can send again, if it can.
    pub(crate) fn tell_writable(&mut self, id: u32) {
        let room = self.readiness(id) & (poll::OUT | poll::WRNORM | poll::WRBAND);
        if room != 0 {
            self.notify_of(id, room);
        }
    }

    /// The events of `poll` that are true of an AF_UNIX socket.
    pub(crate) fn local_readiness(&self, id: u32, socket: &Socket, local: &LocalSocket) -> u16 {
        let ready = socket.readiness();
        let full = local.kind == LocalKind::Datagram
            && local
                .peer()
                .and_then(|peer| self.sockets.local(peer))
                .is_some_and(|peer| peer.peer() != Some(id) && peer.is_full());
        if full {
            ready & !(poll::OUT | poll::WRNORM | poll::WRBAND)
        } else {
            ready
        }
    }

    /// `unlink(path)`
    pub fn sys_unlink(&mut self, ticket: u32, a: [u64; 1]) -> i64 {
        self.enter(ticket, false, |this, _| this.unlink_path(a[0]))
    }

    /// `unlinkat(directory, path, flags)`
    pub fn sys_unlinkat(&mut self, ticket: u32, a: [u64; 3]) -> i64 {
        self.enter(ticket, false, |this, _| {
            // What a path means in another directory, only the program's file system knows.
            let mut first = [0];
            let absolute = this.app.read(a[1], &mut first) && first == *b"/";
            if int(a[2]) != 0 || int(a[0]) != at::FDCWD && !absolute {
                return Err(Halt::NotOurs);
            }
            this.unlink_path(a[1])
        })
    }

    fn unlink_path(&mut self, path: u64) -> Reply {
        match layout::string(&mut self.app, path, limit::LOCAL_PATH) {
            Ok(Some(path)) => {
                let name = LocalName(path.into());
                self.local_names.unlink(&name).then_some(0).ok_or(Halt::NotOurs)
            }
            _ => Err(Halt::NotOurs),
        }
    }
}

/// What a socket tells of its name: unnamed, it still has a family.
fn shown(name: Option<LocalName>) -> SocketName {
    name.map_or(SocketName::Unnamed, SocketName::Local)
}

/// A socket of the program alone.
pub(crate) fn local_socket(local: LocalSocket, nonblocking: bool) -> Socket {
    Socket::new(Domain::Unix, nonblocking, Body::Local(Box::new(local)))
}
