//! AF_UNIX sockets: within the program, where there is nobody else. What was sent to a socket lies with it until it is read;
//! what a sender is charged for that lies with the sender, as on Linux.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

use crate::constants::{limit, poll, sock};
use crate::errno::Errno;
use crate::ring::{Pool, Ring};

/// What a socket is bound to: the bytes of `sun_path`. A path is without its NUL, an abstract name begins with one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LocalName(pub Box<[u8]>);

impl LocalName {
    /// Whether it is no path: such a name ends with its socket.
    pub fn is_abstract(&self) -> bool {
        self.0.first() == Some(&0)
    }
}

/// The names that are in use, and the sockets that have them. A path stays when its socket is closed, until it is unlinked.
#[derive(Default)]
pub struct LocalNames {
    sockets: BTreeMap<LocalName, Option<u32>>,
    /// The last number that was given to a socket which asked for any name.
    automatic: u32,
}

impl LocalNames {
    /// All names, and the sockets that have them.
    pub fn iter(&self) -> impl Iterator<Item = (&LocalName, Option<u32>)> {
        self.sockets.iter().map(|(name, &id)| (name, id))
    }

    /// The socket that has a name: `ENOENT` if no file has it, `ECONNREFUSED` if no socket has it.
    pub fn find(&self, name: &LocalName) -> Result<u32, Errno> {
        match self.sockets.get(name) {
            Some(Some(id)) => Ok(*id),
            None if !name.is_abstract() => Err(Errno::NOENT),
            Some(None) | None => Err(Errno::CONNREFUSED),
        }
    }

    /// Gives a socket a name. `EADDRINUSE` if that is taken.
    pub fn bind(&mut self, name: &LocalName, id: u32) -> Result<(), Errno> {
        if self.sockets.contains_key(name) {
            return Err(Errno::ADDRINUSE);
        }
        if self.sockets.len() >= limit::LOCAL_NAMES {
            return Err(Errno::NOSPC);
        }
        self.sockets.insert(name.clone(), Some(id));
        Ok(())
    }

    /// Gives a socket an abstract name of five hexadecimal digits, as Linux does.
    pub fn bind_any(&mut self, id: u32) -> Result<LocalName, Errno> {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        // As many as there can be names, so that a free one is found if there is room for it.
        for _ in 0..=limit::LOCAL_NAMES {
            self.automatic = (self.automatic + 1) & 0xf_ffff;
            let digit = |place: u32| DIGITS[(self.automatic >> (4 * place) & 15) as usize];
            let name = LocalName(Box::new([0, digit(4), digit(3), digit(2), digit(1), digit(0)]));
            match self.bind(&name, id) {
                Err(Errno::ADDRINUSE) => {}
                bound => return bound.map(|()| name),
            }
        }
        Err(Errno::NOSPC)
    }

    /// A socket is closed: its path names nobody any more.
    pub fn close(&mut self, name: &LocalName, id: u32) {
        if self.sockets.get(name) != Some(&Some(id)) {
            return;
        }
        if name.is_abstract() {
            self.sockets.remove(name);
        } else {
            self.sockets.insert(name.clone(), None);
        }
    }

    /// Removes a path; whether there was one.
    pub fn unlink(&mut self, path: &LocalName) -> bool {
        !path.is_abstract() && self.sockets.remove(path).is_some()
    }
}

/// The type of an AF_UNIX socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalKind {
    /// `SOCK_STREAM`.
    Stream,
    /// `SOCK_DGRAM`.
    Datagram,
    /// `SOCK_SEQPACKET`.
    Sequenced,
}

impl LocalKind {
    /// By its number; Linux takes `SOCK_RAW` for `SOCK_DGRAM`.
    pub fn of_number(number: i32) -> Result<LocalKind, Errno> {
        match number {
            sock::STREAM => Ok(LocalKind::Stream),
            sock::DGRAM | sock::RAW => Ok(LocalKind::Datagram),
            sock::SEQPACKET => Ok(LocalKind::Sequenced),
            _ => Err(Errno::SOCKTNOSUPPORT),
        }
    }

    /// `SO_TYPE`.
    pub fn number(self) -> i32 {
        match self {
            LocalKind::Stream => sock::STREAM,
            LocalKind::Datagram => sock::DGRAM,
            LocalKind::Sequenced => sock::SEQPACKET,
        }
    }

    /// Whether it has connections.
    pub fn connects(self) -> bool {
        self != LocalKind::Datagram
    }
}

/// An AF_UNIX socket.
pub struct LocalSocket {
    /// Its type.
    pub kind: LocalKind,
    /// What it is bound to.
    pub name: Option<LocalName>,
    /// Whom it talks to.
    pub state: LocalState,
    /// Sent to it, not yet read.
    pub inbox: Inbox,
    /// Charge of what it has sent and nobody has read yet.
    pub in_flight: usize,
    /// Sockets whose calls wait for room in this one's queue.
    pub blocked: Vec<u32>,
    /// `shutdown(SHUT_RD)`, or the peer's `SHUT_WR`.
    pub shut_read: bool,
    /// `shutdown(SHUT_WR)`, or the peer's `SHUT_RD`.
    pub shut_write: bool,
}

/// Whom an AF_UNIX socket talks to.
pub enum LocalState {
    /// Nobody.
    Unconnected,
    /// Who connects.
    Listening {
        /// How many connections may wait, and one more.
        backlog: u32,
        /// Sockets of connections that wait to be accepted.
        queue: VecDeque<u32>,
    },
    /// A peer.
    Connected(LocalPeer),
}

/// A peer, as long as it is there, and its name after that.
pub enum LocalPeer {
    /// Handle of its socket.
    There(u32),
    /// It is closed, and had this name.
    Gone(Option<LocalName>),
}

/// What was sent to a socket.
pub enum Inbox {
    /// Bytes of a stream.
    Bytes(Ring),
    /// Datagrams, and packets of a connection.
    Messages(VecDeque<Message>),
}

/// One datagram or packet.
pub struct Message {
    /// Handle of its sender, to which it is charged.
    pub sender: u32,
    /// What the sender was bound to.
    pub name: Option<LocalName>,
    /// What it carries.
    pub payload: Box<[u8]>,
}

/// What a datagram of so many bytes is charged: the sizes that Linux allocates for small ones, which is what decides how
/// many fit.
pub fn charge(length: usize) -> usize {
    const SHARED: usize = 320;
    const BUFFER: usize = 256;
    const LEAST: usize = 512;
    match (length + SHARED).max(LEAST).checked_next_power_of_two() {
        Some(size) if length <= 2048 => BUFFER + size,
        _ => BUFFER + SHARED + length,
    }
}

impl LocalSocket {
    /// A fresh one.
    pub fn new(kind: LocalKind) -> LocalSocket {
        LocalSocket {
            kind,
            name: None,
            state: LocalState::Unconnected,
            inbox: match kind {
                LocalKind::Stream => Inbox::Bytes(Ring::default()),
                LocalKind::Datagram | LocalKind::Sequenced => Inbox::Messages(VecDeque::new()),
            },
            in_flight: 0,
            blocked: Vec::new(),
            shut_read: false,
            shut_write: false,
        }
    }

    /// The same, connected.
    pub fn connected(kind: LocalKind, peer: u32) -> LocalSocket {
        LocalSocket {
            state: LocalState::Connected(LocalPeer::There(peer)),
            ..LocalSocket::new(kind)
        }
    }

    /// Whether it has a peer, or had one.
    pub fn has_peer(&self) -> bool {
        matches!(self.state, LocalState::Connected(_))
    }

    /// Handle of its peer, if that is there.
    pub fn peer(&self) -> Option<u32> {
        match self.state {
            LocalState::Connected(LocalPeer::There(id)) => Some(id),
            _ => None,
        }
    }

    /// Whether there is nothing to read.
    pub fn is_empty(&self) -> bool {
        match &self.inbox {
            Inbox::Bytes(ring) => ring.is_empty(),
            Inbox::Messages(queue) => queue.is_empty(),
        }
    }

    /// Whether as many datagrams wait here as those who are not its peer may send.
    pub fn is_full(&self) -> bool {
        matches!(&self.inbox, Inbox::Messages(queue) if queue.len() > limit::LOCAL_DATAGRAMS)
    }

    /// Drops what was sent to it.
    pub fn clear(&mut self, pool: &mut Pool) {
        match &mut self.inbox {
            Inbox::Bytes(ring) => ring.clear(pool),
            Inbox::Messages(queue) => queue.clear(),
        }
    }

    /// What `FIONREAD` says: a packet socket counts all of its packets, a datagram socket the next one.
    pub fn readable(&self) -> usize {
        match (&self.inbox, self.kind) {
            (Inbox::Bytes(ring), _) => ring.len(),
            (Inbox::Messages(queue), LocalKind::Datagram) => queue.front().map_or(0, |front| front.payload.len()),
            (Inbox::Messages(queue), _) => queue.iter().map(|message| message.payload.len()).sum(),
        }
    }

    /// The events of `poll` that are true of it, but for a pending error and for a peer that is full, as `unix_poll` and
    /// `unix_dgram_poll` of Linux would say. `most` is what it may have in flight.
    pub fn readiness(&self, most: usize) -> u16 {
        const READ: u16 = poll::IN | poll::RDNORM;
        const WRITE: u16 = poll::OUT | poll::WRNORM | poll::WRBAND;
        let mut events = 0;
        if self.shut_read {
            events |= READ | poll::RDHUP;
        }
        if self.shut_read && self.shut_write {
            events |= poll::HUP;
        }
        match &self.state {
            LocalState::Listening { queue, .. } => {
                return events | if queue.is_empty() { 0 } else { READ };
            }
            LocalState::Unconnected if self.kind.connects() => events |= poll::HUP,
            _ => {}
        }
        if !self.is_empty() {
            events |= READ;
        }
        if self.in_flight.saturating_mul(4) <= most {
            events |= WRITE;
        }
        events
    }
}
