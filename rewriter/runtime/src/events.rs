//! Events: what the host tells. Each changes the state of a socket, a query or a ticket, and then those who wait for it
//! are woken. An event about something that is no more changes nothing: the host may be late.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::constants::{limit, poll};
use crate::datagrams::{Datagram, Datagrams, buffer, charge, charges};
use crate::errno::Errno;
use crate::interface::Endpoint;
use crate::options::key;
use crate::platform::{App, Closing, Host, Request};
use crate::policy::Transport;
use crate::runtime::{Channel, Runtime};
use crate::socket::{Body, Connection, DatagramState, Next, Socket, Stream};
use crate::syscall::callbacks::Occasion;
use crate::syscall::permit::as_asked;
use crate::ticket::{Call, Ticket};

impl<H: Host, A: App> Runtime<H, A> {
    /// How long the host is to wait for a ticket: milliseconds, infinity, or 0 for one turn of the event loop.
    pub fn ticket_timeout(&mut self, ticket: u32) -> f64 {
        match self.tickets.get(ticket) {
            Some(Some(ticket)) if ticket.turn || ticket.woken => 0.0,
            Some(Some(ticket)) if ticket.deadline.is_finite() => (ticket.deadline - self.host.now()).max(0.0),
            Some(Some(_)) => f64::INFINITY,
            _ => 0.0,
        }
    }

    /// The time of a ticket is over: it needs no wake any more.
    pub fn ticket_expired(&mut self, ticket: u32) {
        if let Some(Some(ticket)) = self.tickets.get_mut(ticket) {
            ticket.woken = true;
        }
    }

    /// A channel is open.
    pub fn opened(&mut self, channel: u32, local: Endpoint, remote: Endpoint) {
        self.quiet = false;
        let id = match self.channels.get_mut(channel) {
            Some(Channel::Socket(id)) => *id,
            Some(Channel::Parting(pending)) => {
                let pending = core::mem::take(pending);
                let in_flight = self.send_pending(channel, pending);
                self.close_draining(channel, in_flight);
                return;
            }
            _ => return,
        };
        let send_limit = self.settings.send;
        let Some(socket) = self.sockets.get_mut(id) else {
            return;
        };
        let send_limit = socket
            .options
            .given(key::SEND_BUFFER)
            .map_or(send_limit, |size| size.unsigned_abs() as usize);
        match &mut socket.body {
            Body::Stream(state @ Stream::Connecting { .. }) => {
                let Stream::Connecting { peer, bound, .. } = *state else {
                    return;
                };
                let local = as_asked(bound.unwrap_or(Endpoint::NONE), local);
                *state = Stream::Connected(Box::new(Connection::new(channel, local, peer, send_limit)));
            }
            Body::Stream(state @ Stream::Binding { .. }) => {
                let Stream::Binding { local: asked, next, .. } = *state else {
                    return;
                };
                let local = if local.is_some() { as_asked(asked, local) } else { asked };
                *state = Stream::Bound { channel, local };
                self.go_on(id, channel, local, next);
            }
            Body::Stream(Stream::Listening(listener)) => {
                listener.open = true;
                if local.is_some() {
                    listener.local = as_asked(listener.local, local);
                }
            }
            Body::Datagram(datagram) => {
                if let Some(peer) = &mut datagram.peer
                    && !peer.real.is_some()
                {
                    peer.real = remote;
                }
                let DatagramState::Opening {
                    pending,
                    local: asked,
                    connected,
                    bound,
                    again,
                    ..
                } = &mut datagram.state
                else {
                    return;
                };
                let again = *again;
                let pending = core::mem::take(pending);
                let local = if local.is_some() {
                    as_asked(*asked, local)
                } else {
                    *asked
                };
                let (connected, bound) = (*connected, *bound);
                datagram.state = DatagramState::Open {
                    channel,
                    local,
                    connected,
                    bound,
                };
                if !again {
                    self.apply_late(id, channel);
                }
                let in_flight = self.send_pending(channel, pending);
                if let Ok(socket) = self.socket(id)
                    && let Some(datagram) = socket.datagram()
                {
                    datagram.in_flight += in_flight;
                }
            }
            Body::Stream(_) | Body::Local(_) => return,
        }
        self.notify(id, poll::STATE);
        self.call_back_opened(id);
    }

    /// A socket is bound: what its program asked for meanwhile, without waiting, can begin. If it cannot, `SO_ERROR` tells.
    fn go_on(&mut self, id: u32, channel: u32, local: Endpoint, next: Next) {
        let begun = match next {
            Next::Nothing => Ok(()),
            Next::Listen(backlog) => self.begin_listening(id, Some(channel), local, backlog),
            Next::Connect(peer) => self.begin_connect(id, peer, Some(channel), Some(local)),
        };
        if let Err(errno) = begun
            && let Ok(socket) = self.socket(id)
        {
            socket.error = Some(errno);
        }
    }

    /// Sends what waited for its socket to open; answers what it is charged.
    fn send_pending(&mut self, channel: u32, mut pending: Datagrams) -> usize {
        let mut in_flight = 0;
        while let Some(datagram) = pending.pop() {
            self.packet.clear();
            self.packet.extend_from_slice(&datagram.endpoint.to_bytes());
            self.packet.extend_from_slice(&datagram.payload);
            // A refusal loses the datagram, as the network might have: the call that sent it has long returned.
            if self
                .host
                .command(channel, Request::SendDatagram { packet: &self.packet })
                .is_ok()
            {
                in_flight += charge(datagram.payload.len());
            }
        }
        in_flight
    }

    /// A channel could not be opened, or broke.
    pub fn failed(&mut self, channel: u32, errno: Errno) {
        self.quiet = false;
        let id = match self.channels.get(channel) {
            Some(Channel::Socket(id)) => *id,
            Some(_) => {
                // What was still owed cannot be delivered.
                self.close(channel, Channel::Gone, Closing::Abort);
                self.notify_drained(channel);
                return;
            }
            None => return,
        };
        let Some(socket) = self.sockets.get_mut(id) else {
            return;
        };
        let ended = socket.connection().is_some_and(|connection| connection.ended);
        let mut error = errno;
        let mut keep = false;
        match &mut socket.body {
            Body::Stream(state @ Stream::Connecting { .. }) => {
                let Stream::Connecting { bound, .. } = *state else {
                    return;
                };
                *state = Stream::Failed { bound };
            }
            // Its platform's socket broke before it could connect.
            Body::Stream(state @ Stream::Reaching { .. }) => *state = Stream::Failed { bound: state.local() },
            Body::Stream(Stream::Connected(connection)) => {
                connection.channel = None;
                connection.send.clear(&mut self.pool);
                // As tcp_reset does: after the peer's FIN nothing is missing, only writing fails.
                if connection.ended {
                    error = Errno::PIPE;
                }
            }
            Body::Stream(state @ Stream::Listening(_)) => {
                if let Stream::Listening(listener) = state {
                    listener.channel = None;
                    if !listener.open {
                        *state = Stream::Idle {
                            bound: Some(listener.local),
                        };
                    }
                }
            }
            Body::Stream(state @ Stream::Binding { .. }) => *state = Stream::Idle { bound: None },
            Body::Stream(state @ Stream::Bound { .. }) => *state = Stream::Idle { bound: state.local() },
            Body::Datagram(datagram) => match datagram.state {
                // What the network says of one datagram does not break the socket that sent it.
                DatagramState::Open { .. } => keep = true,
                DatagramState::Opening {
                    again: true,
                    local,
                    bound,
                    ..
                } => {
                    keep = true;
                    datagram.state = DatagramState::Open {
                        channel,
                        local,
                        connected: false,
                        bound,
                    };
                    datagram.peer = None;
                }
                DatagramState::Opening { .. } | DatagramState::Closed => {
                    datagram.state = DatagramState::Closed;
                    datagram.peer = None;
                }
            },
            Body::Stream(_) | Body::Local(_) => {}
        }
        socket.error = Some(error);
        if !keep {
            self.close(channel, Channel::Gone, Closing::Abort);
        }
        self.notify(id, poll::STATE);
        self.call_back_failed(id, error, !keep && !ended);
    }

    /// Room for received bytes, contiguous, at most `length`; empty if there is none.
    pub fn recv_reserve(&mut self, channel: u32, length: usize) -> &mut [u8] {
        let most = self.settings.receive + limit::RECEIVE_SLACK;
        if let Some(Channel::Socket(id)) = self.channels.get(channel)
            && let Some(socket) = self.sockets.get_mut(*id)
            && let Some(connection) = socket.connection()
        {
            let room = connection.receive.reserve(&mut self.pool, length, most);
            // Without room, whatever the reason, the host stops until it is told to go on.
            connection.paused |= room.is_empty() && length > 0;
            return room;
        }
        &mut []
    }

    /// So many of the reserved bytes are there. Answers whether the host is to go on reading.
    pub fn recv_commit(&mut self, channel: u32, length: usize) -> bool {
        self.quiet = false;
        let most = self.settings.receive;
        let Some(&Channel::Socket(id)) = self.channels.get(channel) else {
            return true;
        };
        let Some(socket) = self.sockets.get_mut(id) else {
            return true;
        };
        let Some(connection) = socket.connection() else {
            return true;
        };
        connection.receive.commit(length);
        connection.paused = connection.receive.len() >= most;
        let go_on = !connection.paused;
        self.notify_of(id, poll::IN | poll::RDNORM);
        self.call_back(Occasion::Message, id);
        go_on
    }

    /// The peer's FIN.
    pub fn recv_end(&mut self, channel: u32) {
        self.quiet = false;
        let Some(&Channel::Socket(id)) = self.channels.get(channel) else {
            return;
        };
        let Some(socket) = self.sockets.get_mut(id) else {
            return;
        };
        if let Some(connection) = socket.connection() {
            connection.ended = true;
        }
        self.notify(id, 0);
        self.call_back(Occasion::Close, id);
    }

    /// The next queued bytes, contiguous, at most `most`. Empty: the host is to stop until the next `Send`.
    pub fn send_peek(&mut self, channel: u32, most: usize) -> &[u8] {
        match self.channels.get(channel) {
            Some(Channel::Socket(id)) => {
                let Some(socket) = self.sockets.get_mut(*id) else {
                    return &[];
                };
                let Some(connection) = socket.connection() else {
                    return &[];
                };
                connection.draining = !connection.send.is_empty();
                connection.send.front(most)
            }
            Some(Channel::Draining { send, .. }) => send.front(most),
            _ => &[],
        }
    }

    /// So many bytes are the platform's.
    pub fn send_done(&mut self, channel: u32, length: usize) {
        self.quiet = false;
        match self.channels.get_mut(channel) {
            Some(&mut Channel::Socket(id)) => {
                let Some(socket) = self.sockets.get_mut(id) else {
                    return;
                };
                let mut room = false;
                if let Some(connection) = socket.connection() {
                    let was = connection.is_writable();
                    connection.send.consume(&mut self.pool, length);
                    room = !was && connection.is_writable();
                }
                // An edge is when there was no room before.
                if room {
                    self.notify_of(id, poll::OUT | poll::WRNORM);
                } else {
                    self.tell_waiters(id, 0);
                }
            }
            Some(Channel::Draining { send, .. }) => send.consume(&mut self.pool, length),
            _ => {}
        }
        self.notify_drained(channel);
    }

    /// Room for a received datagram of so many bytes, or `None`: it is dropped, and counted.
    pub fn datagram_reserve(&mut self, channel: u32, length: usize) -> Option<&mut [u8]> {
        let Some(&Channel::Socket(id)) = self.channels.get(channel) else {
            return None;
        };
        let socket = self.sockets.get_mut(id)?;
        let most = socket.datagram_limit(key::RECEIVE_BUFFER);
        let datagram = socket.datagram()?;
        let room = length <= limit::DATAGRAM_IPV6 && datagram.receive.fits(length, most);
        match buffer(length).filter(|_| room) {
            Some(bytes) => Some(&mut *self.incoming.insert((channel, bytes)).1),
            None => {
                datagram.dropped = datagram.dropped.saturating_add(1);
                None
            }
        }
    }

    /// The datagram is complete, from `from` (family 0: the connected peer).
    pub fn datagram_commit(&mut self, channel: u32, length: usize, from: Endpoint) {
        self.quiet = false;
        let Some((reserved, mut payload)) = self.incoming.take() else {
            return;
        };
        let Some(&Channel::Socket(id)) = self.channels.get(channel) else {
            return;
        };
        if reserved != channel || length > payload.len() {
            return;
        }
        let sender = self.inward(Transport::Udp, from.unmapped());
        if length < payload.len() {
            payload = payload[..length].into();
        }
        let Some(socket) = self.sockets.get_mut(id) else {
            return;
        };
        let Some(datagram) = socket.datagram() else {
            return;
        };
        let endpoint = match datagram.peer {
            // A bound socket that is connected by us hears everybody; the program wants its peer.
            Some(peer) if from.is_some() && from.unmapped().with_scope(0) != peer.real.unmapped().with_scope(0) => {
                return;
            }
            Some(peer) => peer.shown,
            None if from.is_some() => self.names.disguise(sender),
            None => return,
        };
        if let (Some(heard), true) = (&mut datagram.heard, from.is_some()) {
            heard.hear(sender);
        }
        let dropped = datagram.dropped;
        let arrived = Datagram {
            endpoint,
            payload,
            dropped,
        };
        if !datagram.receive.push(arrived) {
            datagram.dropped = datagram.dropped.saturating_add(1);
        }
        self.notify(id, 0);
        self.call_back(Occasion::Message, id);
    }

    /// So many datagrams, of so many bytes together, left or did not.
    pub fn datagrams_sent(&mut self, channel: u32, count: usize, length: usize, outcome: Result<(), Errno>) {
        self.quiet = false;
        let charged = charges(count, length);
        match self.channels.get_mut(channel) {
            Some(&mut Channel::Socket(id)) => {
                let Some(socket) = self.sockets.get_mut(id) else {
                    return;
                };
                let Some(datagram) = socket.datagram() else {
                    return;
                };
                datagram.in_flight = datagram.in_flight.saturating_sub(charged);
                let connected = datagram.peer.is_some();
                // What comes back from the network is told to connected sockets only, as on Linux.
                if let Err(errno) = outcome
                    && (connected || !matches!(errno, Errno::CONNREFUSED | Errno::HOSTUNREACH | Errno::NETUNREACH))
                {
                    socket.error = Some(errno);
                }
                self.notify(id, 0);
            }
            Some(Channel::Draining { in_flight, .. }) => *in_flight = in_flight.saturating_sub(charged),
            _ => {}
        }
        self.notify_drained(channel);
    }

    /// A client is there. Answers the channel of its connection, or `None`: it is refused.
    pub fn accepted(&mut self, listener: u32, local: Endpoint, remote: Endpoint) -> Option<u32> {
        self.quiet = false;
        let Some(&Channel::Socket(id)) = self.channels.get(listener) else {
            return None;
        };
        let send_limit = self.settings.send;
        let socket = self.sockets.get_mut(id)?;
        let (domain, options) = (socket.domain, socket.options.clone());
        let listening = socket.listener()?;
        if !listening.open
            || listening.queue.len() >= limit::BACKLOG as usize
            || listening.queue.try_reserve(1).is_err()
        {
            return None;
        }
        let send_limit = options
            .given(key::SEND_BUFFER)
            .map_or(send_limit, |size| size.unsigned_abs() as usize);
        // Accepted sockets of some hosts do not know their own address: the listener's is as near.
        let asked = listening.local;
        let local = if local.is_some() { as_asked(asked, local) } else { asked };
        let remote = self.inward(Transport::Tcp, remote);
        let channel = self.channels.insert(Channel::Gone).ok()?;
        let mut connection = Connection::new(channel, local, remote, send_limit);
        connection.announced = true;
        let mut client = Socket::new(domain, false, Body::Stream(Stream::Connected(Box::new(connection))));
        client.options = options;
        let Ok(client) = self.sockets.insert(client) else {
            self.channels.remove(channel);
            return None;
        };
        self.hold(client);
        if let Some(place) = self.channels.get_mut(channel) {
            *place = Channel::Socket(client);
        }
        self.socket(id).ok()?.listener()?.queue.push_back(client);
        self.notify(id, 0);
        self.call_back_connection(id, client);
        Some(channel)
    }

    /// Nothing more will come of a channel.
    pub fn closed(&mut self, channel: u32) {
        self.quiet = false;
        if let Some(&Channel::Socket(id)) = self.channels.get(channel)
            && let Some(socket) = self.sockets.get_mut(id)
        {
            match &mut socket.body {
                Body::Stream(Stream::Connected(connection)) => {
                    connection.channel = None;
                    connection.send.clear(&mut self.pool);
                    // A stream that ends without its FIN is broken, never whole.
                    if !connection.ended {
                        socket.error = socket.error.or(Some(Errno::CONNRESET));
                    }
                }
                Body::Stream(state @ Stream::Connecting { .. }) => {
                    let Stream::Connecting { bound, .. } = *state else {
                        return;
                    };
                    *state = Stream::Failed { bound };
                    socket.error = socket.error.or(Some(Errno::CONNABORTED));
                }
                Body::Stream(state @ Stream::Reaching { .. }) => {
                    *state = Stream::Failed { bound: state.local() };
                    socket.error = socket.error.or(Some(Errno::CONNABORTED));
                }
                Body::Stream(Stream::Listening(listener)) => {
                    listener.channel = None;
                }
                Body::Stream(state @ (Stream::Binding { .. } | Stream::Bound { .. })) => {
                    *state = Stream::Idle { bound: state.local() };
                }
                Body::Datagram(datagram) => {
                    datagram.state = DatagramState::Closed;
                    datagram.in_flight = 0;
                }
                Body::Stream(_) | Body::Local(_) => {}
            }
            self.notify(id, poll::STATE);
        }
        self.forget(channel);
        self.notify_drained(channel);
    }

    /// One address of a name.
    pub fn resolved_address(&mut self, query: u32, address: Endpoint) {
        if let Some(query) = self.names.queries.get_mut(query)
            && address.is_some()
            && query.addresses.len() < limit::ADDRESSES
        {
            query.addresses.push(address.with_port(0));
        }
    }

    /// A name's addresses are complete.
    pub fn resolved(&mut self, id: u32, outcome: Result<(), Errno>) {
        self.quiet = false;
        let Some(query) = self.names.queries.get_mut(id) else {
            return;
        };
        query.outcome = Some(outcome);
        if outcome.is_ok() {
            self.policy.allow.resolved(&query.name, &query.addresses);
        }
        let tickets = core::mem::take(&mut query.tickets);
        if let Some(place) = query.placeholder
            && let Some(query) = self.names.queries.remove(id)
        {
            self.names.settle(place, &query);
            self.reach_now(id);
        }
        for ticket in tickets {
            self.wake(ticket);
        }
    }

    /// The program is ending. Closes what is open; answers whether queued bytes have not left.
    pub fn finish(&mut self) -> bool {
        for fd in self.descriptors.numbers() {
            if let Some(descriptor) = self.descriptors.remove(fd) {
                self.release(descriptor.socket);
            }
        }
        if !self.owes() {
            self.ending = None;
            return false;
        }
        let now = self.host.now();
        now < *self.ending.get_or_insert(now + limit::EXIT_MS)
    }

    /// Whether bytes or datagrams that the program has sent are not with the platform yet.
    pub(crate) fn owes(&self) -> bool {
        self.channels.iter().any(|(_, channel)| match channel {
            Channel::Socket(id) => match self.sockets.get(*id).map(|socket| &socket.body) {
                Some(Body::Stream(Stream::Connected(connection))) => !connection.send.is_empty(),
                Some(Body::Datagram(datagram)) => datagram.outgoing() > 0,
                _ => false,
            },
            Channel::Draining { send, in_flight } => !send.is_empty() || *in_flight > 0,
            Channel::Parting(_) => true,
            Channel::Gone => false,
        })
    }

    /// Wakes a `close` that waits for a channel to drain, and the end of the program if nothing is owed any more.
    fn notify_drained(&mut self, channel: u32) {
        match self.channels.get(channel) {
            Some(Channel::Socket(_)) if self.ending.is_none() => return,
            Some(Channel::Draining { send, .. }) if !send.is_empty() => return,
            _ => {}
        }
        let ended = self.ending.is_some() && !self.owes();
        let drained = |(id, ticket): (u32, &Option<Box<Ticket>>)| match ticket.as_ref()?.call {
            Call::Linger { channel: other } if other == channel => Some(id),
            Call::Exit if ended => Some(id),
            _ => None,
        };
        let waiting: Vec<u32> = self.tickets.iter().filter_map(drained).collect();
        for ticket in waiting {
            self.wake(ticket);
        }
    }
}
