//! Bytes, datagrams and packets between AF_UNIX sockets.

use crate::address::SocketName;
use crate::constants::{msg, poll};
use crate::datagrams::buffer;
use crate::errno::Errno;
use crate::layout::{self, LocalAddress, Pieces};
use crate::local::{Inbox, LocalKind, LocalPeer, LocalState, Message, charge};
use crate::options::key;
use crate::platform::{App, Host};
use crate::runtime::{Halt, Reply, Runtime};
use crate::syscall::datagram::{Received, gather, scatter};
use crate::syscall::stream::{fill, hand_out};
use crate::ticket::{Call, Ticket};

/// What a datagram may not take of the send buffer.
const RESERVED: usize = 32;

impl<H: Host, A: App> Runtime<H, A> {
    /// Any call that sends with an AF_UNIX socket; `to` is where an address lies, and its length.
    pub(crate) fn send_local(
        &mut self,
        before: Option<&Ticket>,
        id: u32,
        pieces: &Pieces,
        flags: i32,
        to: (u64, u64),
    ) -> Reply {
        // Linux has urgent bytes on such a stream since 5.15; nothing is known to use them.
        if flags & msg::OOB != 0 {
            return Err(Errno::OPNOTSUPP.into());
        }
        let named = to.0 != 0 && to.1 != 0;
        let local = self.local(id)?;
        let connected = matches!(local.state, LocalState::Connected(_));
        match local.kind {
            LocalKind::Stream if named && connected => Err(Errno::ISCONN.into()),
            LocalKind::Stream if named => Err(Errno::OPNOTSUPP.into()),
            LocalKind::Stream | LocalKind::Sequenced if !connected => Err(Errno::NOTCONN.into()),
            LocalKind::Stream => self.send_local_stream(before, id, pieces, flags),
            // An address is not looked at.
            LocalKind::Sequenced => self.send_message(before, id, None, pieces, flags),
            LocalKind::Datagram => {
                let to = match named
                    .then(|| layout::local_address(&mut self.app, to.0, to.1))
                    .transpose()?
                {
                    Some(LocalAddress::Name(name)) => Some(name),
                    Some(_) => return Err(Errno::INVAL.into()),
                    None => None,
                };
                if to.is_none() && !connected {
                    return Err(Errno::NOTCONN.into());
                }
                let to = match to {
                    // As on Linux, a pending error comes before the address is looked for.
                    Some(name) => match self.socket(id)?.error.take() {
                        Some(errno) => return Err(errno.into()),
                        None => Some(self.find_local(LocalKind::Datagram, &name)?),
                    },
                    None => None,
                };
                self.send_message(before, id, to, pieces, flags)
            }
        }
    }

    fn send_local_stream(&mut self, before: Option<&Ticket>, id: u32, pieces: &Pieces, flags: i32) -> Reply {
        let mut done = match before.map(|ticket| &ticket.call) {
            Some(Call::Send { done, .. }) => *done,
            _ => 0,
        };
        let most = self.socket(id)?.local_limit();
        let socket = self.socket(id)?;
        let nonblocking = socket.nonblocking || flags & msg::DONTWAIT != 0;
        let timeout = socket.options.send_timeout;
        let local = self.local(id)?;
        let peer = local.peer().filter(|_| !local.shut_write);
        let Some(peer) = peer else {
            return if done > 0 {
                Ok(done as i32)
            } else {
                Err(Errno::PIPE.into())
            };
        };
        if done == 0
            && let Some(errno) = self.socket(id)?.error.take()
        {
            return Err(errno.into());
        }
        let other = self.sockets.local_mut(peer).ok_or(Errno::PIPE)?;
        let Inbox::Bytes(ring) = &mut other.inbox else {
            return Err(Errno::PROTOTYPE.into());
        };
        let (count, fault) = fill(&mut self.app, &mut self.pool, ring, most, pieces, done);
        done += count;
        if count > 0 {
            self.local(id)?.in_flight += count;
            self.notify_of(peer, poll::IN | poll::RDNORM);
        }
        match fault {
            Some(errno) if done == 0 => return Err(errno.into()),
            Some(_) => return Ok(done as i32),
            None if done == pieces.total() || nonblocking && done > 0 => return Ok(done as i32),
            None => {}
        }
        let next = Ticket::on(Call::Send { socket: id, done }, id, poll::OUT | poll::STATE);
        match self.block_inside(before, nonblocking, timeout, next) {
            Halt::Fail(_) if done > 0 => Ok(done as i32),
            halt => Err(halt),
        }
    }

    /// Sends one datagram or packet, to `to` or to the peer.
    fn send_message(
        &mut self,
        before: Option<&Ticket>,
        id: u32,
        to: Option<u32>,
        pieces: &Pieces,
        flags: i32,
    ) -> Reply {
        let length = pieces.total();
        let most = self.socket(id)?.local_limit();
        if length > most.saturating_sub(RESERVED) {
            return Err(Errno::MSGSIZE.into());
        }
        let socket = self.socket(id)?;
        let nonblocking = socket.nonblocking || flags & msg::DONTWAIT != 0;
        let timeout = socket.options.send_timeout;
        if let Some(errno) = socket.error.take() {
            return Err(errno.into());
        }
        let local = self.local(id)?;
        if local.shut_write {
            return Err(Errno::PIPE.into());
        }
        if local.in_flight >= most {
            let next = Ticket::on(Call::Send { socket: id, done: 0 }, id, poll::OUT | poll::STATE);
            return Err(self.block_inside(before, nonblocking, timeout, next));
        }
        let kind = local.kind;
        let peer = match (to, &local.state) {
            (Some(to), _) | (None, &LocalState::Connected(LocalPeer::There(to))) => to,
            (None, _) => {
                // It has gone, and is forgotten now, with what it had sent.
                self.disconnect_local(id)?;
                return Err(Errno::CONNREFUSED.into());
            }
        };
        let name = local.name.clone();
        let other = self.sockets.local_mut(peer).ok_or(Errno::CONNREFUSED)?;
        let mutual = other.peer() == Some(id);
        if kind == LocalKind::Datagram && other.peer().is_some() && !mutual {
            return Err(Errno::PERM.into());
        }
        if other.shut_read {
            return Err(Errno::PIPE.into());
        }
        if kind == LocalKind::Datagram && !mutual && peer != id && other.is_full() {
            let next = Ticket::on(Call::Send { socket: id, done: 0 }, id, poll::STATE);
            let halt = self.block_inside(before, nonblocking, timeout, next);
            if matches!(halt, Halt::Wait(_)) {
                let blocked = &mut self.local(peer)?.blocked;
                blocked.try_reserve(1).map_err(|_| Errno::NOBUFS)?;
                if !blocked.contains(&id) {
                    blocked.push(id);
                }
            }
            return Err(halt);
        }
        let mut payload = buffer(length).ok_or(Errno::NOBUFS)?;
        gather(&mut self.app, pieces, &mut payload)?;
        if let Inbox::Messages(queue) = &mut other.inbox {
            queue.try_reserve(1).map_err(|_| Errno::NOBUFS)?;
            queue.push_back(Message {
                sender: id,
                name,
                payload,
            });
        }
        self.local(id)?.in_flight += charge(length);
        self.notify_of(peer, poll::IN | poll::RDNORM);
        Ok(length as i32)
    }

    /// Any call that receives with an AF_UNIX socket.
    pub(crate) fn receive_local(
        &mut self,
        before: Option<&Ticket>,
        id: u32,
        pieces: &Pieces,
        flags: i32,
    ) -> Result<Received, Halt> {
        let local = self.local(id)?;
        let connected = matches!(local.state, LocalState::Connected(_));
        match local.kind {
            LocalKind::Stream if !connected => Err(Errno::INVAL.into()),
            LocalKind::Sequenced if !connected => Err(Errno::NOTCONN.into()),
            _ if flags & msg::OOB != 0 => Err(Errno::OPNOTSUPP.into()),
            LocalKind::Stream => self.receive_local_stream(before, id, pieces, flags),
            LocalKind::Datagram | LocalKind::Sequenced => self.receive_message(before, id, pieces, flags),
        }
    }

    fn receive_local_stream(
        &mut self,
        before: Option<&Ticket>,
        id: u32,
        pieces: &Pieces,
        flags: i32,
    ) -> Result<Received, Halt> {
        let mut done = match before.map(|ticket| &ticket.call) {
            Some(Call::Receive { done, .. }) => *done,
            _ => 0,
        };
        let wanted = pieces.total();
        // Who sent it is told if that has a name.
        let from = match self.local_peer_name(id)? {
            SocketName::Unnamed => SocketName::Nothing,
            name => name,
        };
        let answer = |done: usize| Received {
            length: done as i32,
            from: from.clone(),
            flags: 0,
            dropped: 0,
        };
        let socket = self.sockets.get_mut(id).ok_or(Errno::BADF)?;
        let nonblocking = socket.nonblocking || flags & msg::DONTWAIT != 0;
        let timeout = socket.options.receive_timeout;
        let low_water = socket.options.get(key::RECEIVE_LOW_WATER).max(1) as usize;
        let (peek, whole) = (flags & msg::PEEK != 0, flags & msg::WAITALL != 0);
        let least = if whole { wanted } else { low_water.min(wanted) };
        let local = self.sockets.local_mut(id).ok_or(Errno::INVAL)?;
        let (ended, peer) = (local.shut_read, local.peer());
        let Inbox::Bytes(ring) = &mut local.inbox else {
            return Err(Errno::INVAL.into());
        };
        let enough = !peek || ended || nonblocking || ring.len() >= least;
        if !ring.is_empty() && enough {
            let (count, fault) = hand_out(&mut self.app, ring, pieces, done);
            done += count;
            if !peek {
                ring.consume(&mut self.pool, count);
                if let Some(peer) = peer {
                    let sender = self.local(peer)?;
                    sender.in_flight = sender.in_flight.saturating_sub(count);
                    self.tell_writable(peer);
                }
            }
            match fault {
                Some(errno) if done == 0 => return Err(errno.into()),
                Some(_) => return Ok(answer(done)),
                None if peek || done >= least => return Ok(answer(done)),
                None => {}
            }
        }
        let empty = self.local(id)?.is_empty();
        if empty
            && done == 0
            && let Some(errno) = self.socket(id)?.error.take()
        {
            return Err(errno.into());
        }
        if ended && (done > 0 || empty) || wanted == 0 && !empty || nonblocking && done > 0 {
            return Ok(answer(done));
        }
        let next = Ticket::on(Call::Receive { socket: id, done }, id, poll::IN);
        match self.block_inside(before, nonblocking, timeout, next) {
            Halt::Fail(_) if done > 0 => Ok(answer(done)),
            halt => Err(halt),
        }
    }

    fn receive_message(
        &mut self,
        before: Option<&Ticket>,
        id: u32,
        pieces: &Pieces,
        flags: i32,
    ) -> Result<Received, Halt> {
        let socket = self.sockets.get_mut(id).ok_or(Errno::BADF)?;
        let nonblocking = socket.nonblocking || flags & msg::DONTWAIT != 0;
        let timeout = socket.options.receive_timeout;
        if let Some(errno) = socket.error.take() {
            return Err(errno.into());
        }
        let local = self.sockets.local_mut(id).ok_or(Errno::INVAL)?;
        let (kind, ended, was_full) = (local.kind, local.shut_read, local.is_full());
        let Inbox::Messages(queue) = &mut local.inbox else {
            return Err(Errno::INVAL.into());
        };
        let Some(front) = queue.front() else {
            // Linux tells the end of a datagram socket only to those who would wait.
            if ended && (kind == LocalKind::Sequenced || !nonblocking) {
                return Ok(Received {
                    length: 0,
                    from: SocketName::Nothing,
                    flags: 0,
                    dropped: 0,
                });
            }
            let next = Ticket::on(Call::Receive { socket: id, done: 0 }, id, poll::IN);
            return Err(self.block_inside(before, nonblocking, timeout, next));
        };
        let count = scatter(&mut self.app, pieces, &front.payload)?;
        let length = front.payload.len();
        let received = Received {
            length: if flags & msg::TRUNC != 0 { length } else { count } as i32,
            from: front.name.clone().map_or(SocketName::Nothing, SocketName::Local),
            flags: if count < length { msg::TRUNC } else { 0 },
            dropped: 0,
        };
        if flags & msg::PEEK == 0
            && let Some(message) = queue.pop_front()
        {
            self.discharge(&message);
            if was_full {
                self.unblock(id);
                for connected in self.connected_to(id) {
                    self.tell_writable(connected);
                }
            }
        }
        Ok(received)
    }

    /// Drops all datagrams that a socket has not read.
    pub(crate) fn drop_messages(&mut self, id: u32) {
        let Ok(socket) = self.local(id) else { return };
        if let Inbox::Messages(queue) = &mut socket.inbox {
            for message in core::mem::take(queue) {
                self.discharge(&message);
            }
        }
        self.unblock(id);
    }
}
