//! Sockets and the states they can be in. A state holds just what it can have: a listening socket has no peer, one
//! that is not open has no channel. What `poll` says about a socket is computed from its state, here, as Linux computes
//! it, and nowhere kept.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::address::Domain;
use crate::constants::{ipproto, limit, poll, sock};
use crate::datagrams::Datagrams;
use crate::errno::Errno;
use crate::interface::Endpoint;
use crate::local::{LocalSocket, LocalState};
use crate::multicast::Memberships;
use crate::options::{Options, key};
use crate::policy::Heard;
use crate::ring::Ring;

/// An open socket.
pub struct Socket {
    /// Its family.
    pub domain: Domain,
    /// `O_NONBLOCK`.
    pub nonblocking: bool,
    /// Options that were set.
    pub options: Options,
    /// The pending error, `SO_ERROR`: told once.
    pub error: Option<Errno>,
    /// Its type and state.
    pub body: Body,
}

/// The type of a socket, and its state.
pub enum Body {
    /// `SOCK_STREAM`.
    Stream(Stream),
    /// `SOCK_DGRAM`.
    Datagram(Box<DatagramSocket>),
    /// AF_UNIX, of any type.
    Local(Box<LocalSocket>),
}

/// The states of a TCP socket.
pub enum Stream {
    /// Neither connected nor listening, and nothing to the host.
    Idle {
        /// Where it was bound before its connection failed or it stopped listening: it will be there again.
        bound: Option<Endpoint>,
    },
    /// The host is binding it.
    Binding {
        /// Its channel.
        channel: u32,
        /// The local endpoint asked for.
        local: Endpoint,
        /// What it is to become, asked for by a program that could not wait.
        next: Next,
    },
    /// Bound.
    Bound {
        /// Its channel.
        channel: u32,
        /// Its local endpoint, with the port that the host has chosen.
        local: Endpoint,
    },
    /// It is to be connected to a name whose address has to be known, and looked at, before the host may connect.
    Reaching {
        /// The query that tells it.
        query: u32,
        /// Its channel, if it is bound.
        channel: Option<u32>,
        /// Its local endpoint, if it is bound.
        bound: Option<Endpoint>,
        /// The peer as the program named it.
        peer: Endpoint,
    },
    /// The host is connecting.
    Connecting {
        /// Its channel.
        channel: u32,
        /// Its local endpoint, if it is bound.
        bound: Option<Endpoint>,
        /// The peer as the program named it.
        peer: Endpoint,
    },
    /// A connection attempt failed, and no later `connect` has fetched that yet.
    Failed {
        /// Where it was bound.
        bound: Option<Endpoint>,
    },
    /// Connected, now or once.
    Connected(Box<Connection>),
    /// Listening.
    Listening(Box<Listener>),
}

impl Stream {
    /// The local endpoint, as far as it is known.
    pub fn local(&self) -> Option<Endpoint> {
        match self {
            Stream::Idle { bound }
            | Stream::Reaching { bound, .. }
            | Stream::Connecting { bound, .. }
            | Stream::Failed { bound } => *bound,
            Stream::Binding { local, .. } | Stream::Bound { local, .. } => Some(*local),
            Stream::Connected(connection) => Some(connection.local),
            Stream::Listening(listener) => Some(listener.local),
        }
    }

    /// A connection attempt is under way.
    pub fn is_connecting(&self) -> bool {
        matches!(self, Stream::Reaching { .. } | Stream::Connecting { .. })
    }
}

/// What a socket does as soon as it is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing.
    Nothing,
    /// It listens, with this backlog.
    Listen(u32),
    /// It connects to this peer.
    Connect(Endpoint),
}

/// A connection.
pub struct Connection {
    /// Its channel, until it breaks.
    pub channel: Option<u32>,
    /// Its local endpoint.
    pub local: Endpoint,
    /// The peer as the program is told.
    pub peer: Endpoint,
    /// The `connect` that began it has been answered: a further one is `EISCONN`.
    pub announced: bool,
    /// Received, not yet read.
    pub receive: Ring,
    /// Sent, not yet with the platform.
    pub send: Ring,
    /// The most `send` may hold.
    pub send_limit: usize,
    /// The host drains `send` until it finds it empty.
    pub draining: bool,
    /// The host stopped reading.
    pub paused: bool,
    /// The peer's FIN came.
    pub ended: bool,
    /// `shutdown(SHUT_RD)`.
    pub shut_read: bool,
    /// `shutdown(SHUT_WR)`.
    pub shut_write: bool,
}

impl Connection {
    /// A fresh one.
    pub fn new(channel: u32, local: Endpoint, peer: Endpoint, send_limit: usize) -> Connection {
        Connection {
            channel: Some(channel),
            local,
            peer,
            announced: false,
            receive: Ring::default(),
            send: Ring::default(),
            send_limit,
            draining: false,
            paused: false,
            ended: false,
            shut_read: false,
            shut_write: false,
        }
    }

    /// Neither both sides have said that they are done, nor has it broken: after that there is no peer.
    pub fn is_open(&self) -> bool {
        self.channel.is_some() && !(self.ended && self.shut_write && self.send.is_empty())
    }

    /// Nothing will be received any more.
    pub fn read_ended(&self) -> bool {
        self.ended || self.shut_read || self.channel.is_none()
    }

    /// Nothing can be sent any more.
    pub fn write_ended(&self) -> bool {
        self.shut_write || self.channel.is_none()
    }

    /// Room in the send ring.
    pub fn room(&self) -> usize {
        self.send_limit.saturating_sub(self.send.len())
    }

    /// Whether `poll` calls it writable: a third of the ring is free, so that a writer is not woken for each piece.
    pub fn is_writable(&self) -> bool {
        self.room() * 3 >= self.send_limit
    }
}

/// A listening socket.
pub struct Listener {
    /// Its channel, until it breaks.
    pub channel: Option<u32>,
    /// Its local endpoint: as bound, then as the host opened it.
    pub local: Endpoint,
    /// The host has said that it listens.
    pub open: bool,
    /// Sockets of connections that wait to be accepted.
    pub queue: VecDeque<u32>,
}

/// A UDP socket.
pub struct DatagramSocket {
    /// Whether and how it is open.
    pub state: DatagramState,
    /// The connected peer.
    pub peer: Option<Peer>,
    /// The address that it was bound to without a port, which it keeps when `connect` to nobody takes the port away.
    pub address: Endpoint,
    /// Received, not yet read.
    pub receive: Datagrams,
    /// Datagrams that were dropped because `receive` was full.
    pub dropped: u32,
    /// Bytes charged for datagrams that the host has not said to have left.
    pub in_flight: usize,
    /// Who may be answered beside those that the rules name.
    pub heard: Option<Heard>,
    /// The multicast groups that it is a member of.
    pub memberships: Memberships,
    /// What is gathered for one datagram.
    pub corked: Option<Corked>,
    /// `shutdown(SHUT_RD)`.
    pub shut_read: bool,
    /// `shutdown(SHUT_WR)`.
    pub shut_write: bool,
}

/// A datagram that is gathered from several calls: `MSG_MORE`, `UDP_CORK`.
pub struct Corked {
    /// Where the first call sent it, family 0: the peer.
    pub destination: Endpoint,
    /// What there is of it.
    pub payload: Vec<u8>,
}

impl DatagramSocket {
    /// A fresh one.
    pub fn new() -> Box<DatagramSocket> {
        Box::new(DatagramSocket {
            state: DatagramState::Closed,
            peer: None,
            address: Endpoint::NONE,
            receive: Datagrams::default(),
            dropped: 0,
            in_flight: 0,
            heard: None,
            memberships: Memberships::default(),
            corked: None,
            shut_read: false,
            shut_write: false,
        })
    }

    /// Its channel.
    pub fn channel(&self) -> Option<u32> {
        match self.state {
            DatagramState::Closed => None,
            DatagramState::Opening { channel, .. } | DatagramState::Open { channel, .. } => Some(channel),
        }
    }

    /// The platform's socket is connected, so that a datagram needs no address.
    pub fn platform_connected(&self) -> bool {
        match self.state {
            DatagramState::Closed => false,
            DatagramState::Opening { connected, .. } | DatagramState::Open { connected, .. } => connected,
        }
    }

    /// Bytes charged for what is to be sent.
    pub fn outgoing(&self) -> usize {
        self.in_flight
            + if let DatagramState::Opening { ref pending, .. } = self.state {
                pending.charged()
            } else {
                0
            }
    }
}

/// Whether and how a UDP socket is open.
pub enum DatagramState {
    /// The platform has no socket of it.
    Closed,
    /// The host is opening it.
    Opening {
        /// Its channel.
        channel: u32,
        /// The local endpoint asked for, family 0 if none.
        local: Endpoint,
        /// Connected by the platform.
        connected: bool,
        /// By `bind`.
        bound: bool,
        /// It was open before, and is so again if this fails: it only changes its peer.
        again: bool,
        /// What is to be sent once it is open.
        pending: Datagrams,
    },
    /// Open.
    Open {
        /// Its channel.
        channel: u32,
        /// Its local endpoint.
        local: Endpoint,
        /// Connected by the platform.
        connected: bool,
        /// By `bind`, not by the first `sendto` or `connect`: it stays open when the peer goes.
        bound: bool,
    },
}

/// The peer of a connected UDP socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// As the program named it.
    pub shown: Endpoint,
    /// As the host knows it; family 0 while it is only a name to the host.
    pub real: Endpoint,
}

impl Socket {
    /// A fresh one.
    pub fn new(domain: Domain, nonblocking: bool, body: Body) -> Socket {
        Socket {
            domain,
            nonblocking,
            options: Options::default(),
            error: None,
            body,
        }
    }

    /// `SO_TYPE`.
    pub fn kind(&self) -> i32 {
        match &self.body {
            Body::Stream(_) => sock::STREAM,
            Body::Datagram(_) => sock::DGRAM,
            Body::Local(local) => local.kind.number(),
        }
    }

    /// `SO_PROTOCOL`.
    pub fn protocol(&self) -> i32 {
        match self.body {
            Body::Stream(_) => ipproto::TCP,
            Body::Datagram(_) => ipproto::UDP,
            Body::Local(_) => ipproto::IP,
        }
    }

    /// The connection it has, now or once.
    pub fn connection(&mut self) -> Option<&mut Connection> {
        match &mut self.body {
            Body::Stream(Stream::Connected(connection)) => Some(connection),
            _ => None,
        }
    }

    /// The listener it is.
    pub fn listener(&mut self) -> Option<&mut Listener> {
        match &mut self.body {
            Body::Stream(Stream::Listening(listener)) => Some(listener),
            _ => None,
        }
    }

    /// The UDP socket it is.
    pub fn datagram(&mut self) -> Option<&mut DatagramSocket> {
        match &mut self.body {
            Body::Datagram(socket) => Some(socket),
            Body::Stream(_) | Body::Local(_) => None,
        }
    }

    /// The host is opening it.
    pub fn is_opening(&self) -> bool {
        match &self.body {
            Body::Stream(state) if state.is_connecting() => true,
            Body::Stream(Stream::Binding { .. }) => true,
            Body::Stream(Stream::Listening(listener)) => !listener.open && listener.channel.is_some(),
            Body::Datagram(socket) => matches!(socket.state, DatagramState::Opening { .. }),
            Body::Stream(_) | Body::Local(_) => false,
        }
    }

    /// `SO_ACCEPTCONN`.
    pub fn is_listening(&self) -> bool {
        match &self.body {
            Body::Stream(state) => matches!(state, Stream::Listening(_)),
            Body::Local(local) => matches!(local.state, LocalState::Listening { .. }),
            Body::Datagram(_) => false,
        }
    }

    /// `SO_RCVLOWAT`: bytes that make it readable, 1 unless set.
    pub fn low_water(&self) -> usize {
        // Asked for with every call, so its default is not looked up in the table of options.
        self.options
            .given(key::RECEIVE_LOW_WATER)
            .map_or(1, |least| least.max(1) as usize)
    }

    /// The most bytes of datagrams that may be charged for one direction.
    pub fn datagram_limit(&self, option: crate::options::Key) -> usize {
        self.options
            .given(option)
            .map_or(limit::DATAGRAMS, |bytes| bytes.unsigned_abs() as usize)
    }

    /// The most bytes that an AF_UNIX socket may have sent without anybody having read them.
    pub fn local_limit(&self) -> usize {
        self.options
            .given(key::SEND_BUFFER)
            .map_or(limit::LOCAL, |bytes| bytes.unsigned_abs() as usize)
    }

    /// The events of `poll` that are true of it now, as `tcp_poll` and `datagram_poll` of Linux would say.
    pub fn readiness(&self) -> u16 {
        const READ: u16 = poll::IN | poll::RDNORM;
        const WRITE: u16 = poll::OUT | poll::WRNORM;
        let error = if self.error.is_some() { poll::ERR } else { 0 };
        error
            | match &self.body {
                Body::Stream(Stream::Idle { .. } | Stream::Bound { .. }) => WRITE | poll::HUP,
                Body::Stream(Stream::Reaching { .. } | Stream::Connecting { .. } | Stream::Binding { .. }) => 0,
                Body::Stream(Stream::Failed { .. }) => READ | WRITE | poll::HUP | poll::RDHUP,
                Body::Stream(Stream::Listening(listener)) if listener.queue.is_empty() => 0,
                Body::Stream(Stream::Listening(_)) => READ,
                Body::Stream(Stream::Connected(connection)) => {
                    let (read_ended, write_ended) = (connection.read_ended(), connection.write_ended());
                    let low_water = self.low_water();
                    let mut events = 0;
                    if read_ended {
                        events |= READ | poll::RDHUP;
                    }
                    if read_ended && write_ended {
                        events |= poll::HUP;
                    }
                    if connection.receive.len() >= low_water {
                        events |= READ;
                    }
                    if write_ended || connection.is_writable() {
                        events |= WRITE;
                    }
                    events
                }
                Body::Local(local) => local.readiness(self.local_limit()),
                Body::Datagram(socket) => {
                    let mut events = 0;
                    if socket.shut_read {
                        events |= READ | poll::RDHUP;
                    }
                    if socket.shut_read && socket.shut_write {
                        events |= poll::HUP;
                    }
                    if !socket.receive.is_empty() {
                        events |= READ;
                    }
                    if socket.outgoing() < self.datagram_limit(key::SEND_BUFFER) / 2 {
                        events |= WRITE;
                    }
                    events
                }
            }
    }
}
