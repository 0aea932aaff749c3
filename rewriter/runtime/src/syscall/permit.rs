//! When the policy is asked: each call that reaches the network comes by here with the address that the platform would be given,
//! after its name is resolved and before anything is sent. A refusal is `EACCES`, as of a firewall on Linux.
//!
//! Where not everything may be reached, the host never connects to a name by itself: nobody could look at the address then. A
//! connection to a name that could not be waited for is [`Stream::Reaching`] until the name's address is known.

use alloc::format;
use alloc::vec::Vec;

use crate::address;
use crate::constants::poll;
use crate::errno::Errno;
use crate::interface::Endpoint;
use crate::platform::{App, Closing, Host, Request};
use crate::policy::{Heard, Policy, Transport, is_localhost};
use crate::runtime::{Channel, Runtime};
use crate::socket::{Body, DatagramState, Stream};

impl<H: Host, A: App> Runtime<H, A> {
    /// Sets what the program may reach; before its first call.
    pub fn set_policy(&mut self, policy: Policy) {
        self.policy = policy;
    }

    /// Not everything may be reached.
    pub(crate) fn is_limited(&self) -> bool {
        self.policy.allow.rules().is_some()
    }

    /// The host may connect to a name by itself.
    pub(crate) fn host_resolves(&self) -> bool {
        !self.is_limited() && !self.policy.without_names
    }

    /// Whether a TCP peer may be connected to.
    pub(crate) fn permit_connect(&mut self, to: Endpoint) -> Result<(), Errno> {
        match self.policy.allow.reaches(Transport::Tcp, to) {
            true => Ok(()),
            false => Err(self.refuse("connect", to)),
        }
    }

    /// Whether UDP socket `id` may send to a peer.
    pub(crate) fn permit_send(&mut self, id: u32, to: Endpoint) -> Result<(), Errno> {
        if self.policy.allow.reaches(Transport::Udp, to) {
            return Ok(());
        }
        let heard = self.socket(id)?.datagram().and_then(|datagram| datagram.heard.as_ref());
        match heard.is_some_and(|heard| heard.has(to)) {
            true => Ok(()),
            false => Err(self.refuse("udp", to)),
        }
    }

    /// Whether a socket may be bound.
    pub(crate) fn permit_bind(&mut self, transport: Transport, at: Endpoint) -> Result<(), Errno> {
        match self.policy.allow.binds(transport, at) {
            true => Ok(()),
            false => Err(self.refuse(listen_verb(transport), at)),
        }
    }

    /// Whether a TCP socket may listen where it is bound. Had it named its port, `bind` would have refused it.
    pub(crate) fn permit_listen(&mut self, at: Endpoint) -> Result<(), Errno> {
        let allow = &self.policy.allow;
        match allow.listens(Transport::Tcp, at) || allow.listens(Transport::Tcp, at.with_port(0)) {
            true => Ok(()),
            false => Err(self.refuse("listen", at)),
        }
    }

    /// Who may be answered by a UDP socket that is bound there: nobody is remembered where the rules alone decide.
    pub(crate) fn hears(&self, at: Endpoint) -> Option<Heard> {
        let hears = self.is_limited() && self.policy.allow.listens(Transport::Udp, at);
        hears.then(Heard::default)
    }

    /// Whether a multicast group may be joined.
    pub(crate) fn permit_join(&mut self, group: Endpoint) -> Result<(), Errno> {
        match self.policy.allow.joins(group) {
            true => Ok(()),
            false => Err(self.refuse("udp", group)),
        }
    }

    /// Whether a name may be looked up; where none are, there is no such name.
    pub(crate) fn permit_lookup(&mut self, name: &[u8]) -> Result<(), Errno> {
        if self.policy.without_names && !is_localhost(name) {
            return Err(Errno::NOENT);
        }
        if self.policy.allow.resolves(name) {
            return Ok(());
        }
        self.say_refused("resolve:", &name.escape_ascii());
        Err(Errno::ACCES)
    }

    /// Refuses, and says so the first time: a program seldom tells why it failed.
    fn refuse(&mut self, verb: &str, endpoint: Endpoint) -> Errno {
        let endpoint = endpoint.unmapped();
        let (open, close) = if endpoint.family == 6 { ("[", "]") } else { ("", "") };
        let host = address::text(endpoint.with_scope(0));
        self.say_refused(verb, &format_args!(":{open}{host}{close}:{}", endpoint.port));
        Errno::ACCES
    }

    fn say_refused(&mut self, verb: &str, what: &dyn core::fmt::Display) {
        if !self.said_refused {
            self.said_refused = true;
            let line = format!("direct sockets: DIRECT_SOCKETS_ALLOW does not allow {verb}{what} (EACCES; said once)");
            // That nobody hears it changes nothing.
            let _ = self.host.command(0, Request::Trace(line.as_bytes()));
        }
    }

    /// A TCP socket is to be connected to a name, whose address `query` will tell.
    pub(crate) fn reach_later(
        &mut self,
        id: u32,
        query: u32,
        peer: Endpoint,
        channel: Option<u32>,
        bound: Option<Endpoint>,
    ) -> Result<(), Errno> {
        self.socket(id)?.body = Body::Stream(Stream::Reaching {
            query,
            channel,
            bound,
            peer,
        });
        Ok(())
    }

    /// What a query has told is known: those that waited for it to connect go on.
    pub(crate) fn reach_now(&mut self, found: u32) {
        if self.host_resolves() {
            return;
        }
        let waits = |body: &Body| matches!(body, Body::Stream(Stream::Reaching { query, .. }) if *query == found);
        let waiting: Vec<u32> = self
            .sockets
            .iter()
            .filter(|(_, socket)| waits(&socket.body))
            .map(|(id, _)| id)
            .collect();
        for id in waiting {
            let Ok(socket) = self.socket(id) else { continue };
            let Body::Stream(Stream::Reaching {
                channel, bound, peer, ..
            }) = socket.body
            else {
                continue;
            };
            let Err(errno) = self.begin_connect(id, peer, channel, bound) else {
                continue;
            };
            if let Ok(socket) = self.socket(id) {
                socket.body = Body::Stream(Stream::Failed { bound });
                socket.error = Some(errno);
            }
            if let Some(channel) = channel {
                self.close(channel, Channel::Gone, Closing::Abort);
            }
            self.notify(id, poll::STATE);
            self.call_back_failed(id, errno, true);
        }
    }

    /// What the platform is told for a peer: the real port, if the program is there itself.
    pub(crate) fn outward(&self, transport: Transport, to: Endpoint) -> Endpoint {
        let real = self.policy.ports.real(transport, to.port);
        let is_own = real != to.port && to.unmapped().or_loopback().is_loopback();
        let is_there = |state: &Stream| matches!(state, Stream::Listening(_));
        if is_own && self.is_at(transport, to.port, is_there) {
            to.with_port(real)
        } else {
            to
        }
    }

    /// What the program is told for a peer: the port that it named, if that is itself.
    pub(crate) fn inward(&self, transport: Transport, from: Endpoint) -> Endpoint {
        match self.policy.ports.named(transport, from.port) {
            Some(named) if from.is_loopback() && self.is_at(transport, named, |_| true) => from.with_port(named),
            _ => from,
        }
    }

    /// Whether the program has a socket with this local port; a TCP socket in such a state.
    fn is_at(&self, transport: Transport, port: u16, in_state: impl Fn(&Stream) -> bool) -> bool {
        self.sockets.iter().any(|(_, socket)| match (&socket.body, transport) {
            (Body::Stream(state), Transport::Tcp) => {
                in_state(state) && state.local().is_some_and(|local| local.port == port)
            }
            (Body::Datagram(datagram), Transport::Udp) => match datagram.state {
                DatagramState::Opening { local, .. } | DatagramState::Open { local, .. } => local.port == port,
                DatagramState::Closed => false,
            },
            _ => false,
        })
    }
}

fn listen_verb(transport: Transport) -> &'static str {
    match transport {
        Transport::Tcp => "listen",
        Transport::Udp => "udp-listen",
    }
}

/// The local endpoint of a socket as the program knows it: its port is the one that it asked for, if it asked for one.
pub(crate) fn as_asked(asked: Endpoint, local: Endpoint) -> Endpoint {
    match asked.port {
        0 => local,
        port => local.with_port(port),
    }
}
