//! What a runtime holds, counted, and whether it all hangs together: read-only, for tests and for whoever looks for a leak.
//! Nothing that a program runs calls it, so it is in no output.
//!
//! The same facts are kept in two places wherever that makes calls fast: a socket knows who waits for it, a ticket which sockets
//! it waits for. [`Runtime::check`] compares each such pair, and must find nothing between any two calls or events.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::file::{Kind, OpenFile};
use crate::local::{Inbox, LocalState, charge};
use crate::pipe::Side;
use crate::platform::{App, Host};
use crate::runtime::{Channel, Runtime};
use crate::socket::{Body, Socket, Stream};

/// How much of everything there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Descriptors that are ours.
    pub descriptors: usize,
    /// Open files: sockets, ends of pipes, epoll sets.
    pub files: usize,
    /// Sockets of the host's, those included that only wait for its `closed`.
    pub channels: usize,
    /// Calls that wait.
    pub tickets: usize,
    /// Names that are being resolved.
    pub queries: usize,
    /// Names of AF_UNIX sockets that are open.
    pub bound_names: usize,
    /// Bytes of ring buffers in use.
    pub lent: usize,
    /// Bytes of ring buffers kept for later.
    pub kept: usize,
}

impl<H: Host, A: App> Runtime<H, A> {
    /// Counts.
    pub fn census(&self) -> Census {
        Census {
            descriptors: self.descriptors.numbers().len(),
            files: self.sockets.all().count(),
            channels: self.channels.len(),
            tickets: self.tickets.len(),
            queries: self.names.queries.len(),
            bound_names: self.local_names.iter().filter(|(_, id)| id.is_some()).count(),
            lent: self.pool.lent(),
            kept: self.pool.bytes(),
        }
    }

    /// Looks for a contradiction; the error says which. Takes time with the square of what there is.
    pub fn check(&self) -> Result<(), String> {
        for (id, file) in self.sockets.all() {
            self.check_holders(id, file)?;
            self.check_waiters(id, file)?;
            self.check_watchers(id, file)?;
        }
        self.check_channels()?;
        self.check_queries()?;
        self.check_local()?;
        self.check_buffers()
    }

    /// As many references as there are holders.
    fn check_holders(&self, id: u32, file: &OpenFile) -> Result<(), String> {
        let descriptors = self.descriptors.numbers_of(id);
        let tickets = self.tickets.iter().filter_map(|(_, ticket)| ticket.as_ref());
        let waiting = tickets.flat_map(|ticket| &ticket.sockets);
        let waiting = waiting.filter(|&&(socket, _)| socket == id).count();
        let queued = self.sockets.iter().filter(|(_, socket)| queues(socket, id)).count();
        let holders = descriptors + waiting + queued;
        if file.references as usize != holders || holders == 0 {
            return Err(format!(
                "open file {id:#x} counts {} references, but {descriptors} descriptors, {waiting} tickets and {queued} queues hold it",
                file.references
            ));
        }
        Ok(())
    }

    /// A file's waiters are the tickets that wait for it.
    fn check_waiters(&self, id: u32, file: &OpenFile) -> Result<(), String> {
        let mut expected: Vec<(u32, u16)> = Vec::new();
        for (number, ticket) in self.tickets.iter() {
            let Some(ticket) = ticket else {
                return Err(format!("ticket {number:#x} is in use between calls"));
            };
            let of_this = ticket.sockets.iter().filter(|&&(socket, _)| socket == id);
            expected.extend(of_this.map(|&(_, events)| (number, events)));
        }
        let mut waiters = file.waiters.clone();
        waiters.sort_unstable();
        expected.sort_unstable();
        if waiters != expected {
            return Err(format!(
                "open file {id:#x} knows waiters {waiters:x?}, but there are {expected:x?}"
            ));
        }
        Ok(())
    }

    /// A file knows the epoll sets that have it, a set has the files that know it, and its list is one.
    fn check_watchers(&self, id: u32, file: &OpenFile) -> Result<(), String> {
        for &(set, fd) in &file.watchers {
            let interests = self.sockets.epoll(set).map(|set| &set.interests);
            if !interests.is_some_and(|interests| interests.contains_key(&(fd, id))) {
                return Err(format!(
                    "open file {id:#x} is watched by {set:#x} as {fd}, which does not know it"
                ));
            }
        }
        let Kind::Epoll(set) = &file.kind else { return Ok(()) };
        for (&(fd, watched), interest) in &set.interests {
            let watchers = self.sockets.file(watched).map(|file| &file.watchers);
            if !watchers.is_some_and(|watchers| watchers.contains(&(id, fd))) {
                return Err(format!(
                    "epoll set {id:#x} has {watched:#x} as {fd}, which does not know it"
                ));
            }
            let listed = set.ready.iter().filter(|&&key| key == (fd, watched)).count();
            if listed != usize::from(interest.listed) {
                return Err(format!("epoll set {id:#x} lists descriptor {fd} {listed} times"));
            }
        }
        Ok(())
    }

    /// A channel's socket has that channel, and a socket's channel is its own.
    fn check_channels(&self) -> Result<(), String> {
        for (channel, owner) in self.channels.iter() {
            let Channel::Socket(id) = *owner else { continue };
            if self.sockets.get(id).and_then(channel_of) != Some(channel) {
                return Err(format!(
                    "channel {channel:#x} is socket {id:#x}'s, which does not have it"
                ));
            }
        }
        for (id, socket) in self.sockets.iter() {
            let Some(channel) = channel_of(socket) else { continue };
            if !matches!(self.channels.get(channel), Some(Channel::Socket(owner)) if *owner == id) {
                return Err(format!("socket {id:#x} has channel {channel:#x}, which is not its own"));
            }
        }
        Ok(())
    }

    /// Nobody is forgotten in a query, and no query is forgotten.
    fn check_queries(&self) -> Result<(), String> {
        for (id, query) in self.names.queries.iter() {
            let wanted = self
                .tickets
                .iter()
                .any(|(_, ticket)| ticket.as_ref().is_some_and(|ticket| ticket.query == Some(id)));
            if query.outcome.is_some() && !wanted {
                return Err(format!("query {id:#x} is complete, and nobody wants it"));
            }
        }
        Ok(())
    }

    /// AF_UNIX: names lead to their sockets, and what a socket is charged for is there.
    fn check_local(&self) -> Result<(), String> {
        for (name, id) in self.local_names.iter() {
            let Some(id) = id else { continue };
            if self.sockets.local(id).and_then(|socket| socket.name.as_ref()) != Some(name) {
                return Err(format!("{name:?} is socket {id:#x}'s, which has another name"));
            }
        }
        for (id, socket) in self.sockets.iter() {
            let Body::Local(local) = &socket.body else { continue };
            let charged: usize = match &local.inbox {
                Inbox::Bytes(_) => match local
                    .peer()
                    .and_then(|peer| self.sockets.local(peer))
                    .map(|peer| &peer.inbox)
                {
                    Some(Inbox::Bytes(ring)) => ring.len(),
                    _ => continue,
                },
                Inbox::Messages(_) => {
                    let inboxes = self.sockets.iter().filter_map(|(other, _)| self.sockets.local(other));
                    let messages = inboxes.filter_map(|other| match &other.inbox {
                        Inbox::Messages(queue) => Some(queue),
                        Inbox::Bytes(_) => None,
                    });
                    let own = messages.flatten().filter(|message| message.sender == id);
                    own.map(|message| charge(message.payload.len())).sum()
                }
            };
            if local.in_flight != charged {
                return Err(format!("socket {id:#x} is charged {} for {charged}", local.in_flight));
            }
        }
        Ok(())
    }

    /// The buffers that rings have taken are those of the rings that there are.
    fn check_buffers(&self) -> Result<(), String> {
        let of_files = self.sockets.all().map(|(_, file)| match &file.kind {
            Kind::Socket(socket) => match &socket.body {
                Body::Stream(Stream::Connected(connection)) => {
                    connection.receive.capacity() + connection.send.capacity()
                }
                Body::Local(local) => match &local.inbox {
                    Inbox::Bytes(ring) => ring.capacity(),
                    Inbox::Messages(_) => 0,
                },
                Body::Stream(_) | Body::Datagram(_) => 0,
            },
            Kind::Pipe(end) => match &end.side {
                Side::Read(reader) => reader.ring.capacity(),
                Side::Write { .. } => 0,
            },
            Kind::Epoll(_) => 0,
        });
        let of_channels = self.channels.iter().map(|(_, channel)| match channel {
            Channel::Draining { send, .. } => send.capacity(),
            Channel::Socket(_) | Channel::Parting(_) | Channel::Gone => 0,
        });
        let found: usize = of_files.chain(of_channels).sum();
        if found != self.pool.lent() {
            return Err(format!(
                "rings hold {found} bytes of {} that the pool has lent",
                self.pool.lent()
            ));
        }
        Ok(())
    }
}

/// Whether a socket is a listener in whose queue an open file waits.
fn queues(socket: &Socket, id: u32) -> bool {
    match &socket.body {
        Body::Stream(Stream::Listening(listener)) => listener.queue.contains(&id),
        Body::Local(local) => matches!(&local.state, LocalState::Listening { queue, .. } if queue.contains(&id)),
        Body::Stream(_) | Body::Datagram(_) => false,
    }
}

/// The channel of a socket.
fn channel_of(socket: &Socket) -> Option<u32> {
    match &socket.body {
        Body::Stream(state) => match state {
            Stream::Binding { channel, .. } | Stream::Bound { channel, .. } | Stream::Connecting { channel, .. } => {
                Some(*channel)
            }
            Stream::Connected(connection) => connection.channel,
            Stream::Listening(listener) => listener.channel,
            Stream::Reaching { channel, .. } => *channel,
            Stream::Idle { .. } | Stream::Failed { .. } => None,
        },
        Body::Datagram(socket) => socket.channel(),
        Body::Local(_) => None,
    }
}
