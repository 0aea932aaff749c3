//! The state machine: what it holds, and the few rules that every call and every event keeps to.
//!
//! A call enters through `Runtime::enter`, which gives it back what it had done before it waited, and files what it has
//! done when it waits again. An event changes states and then tells the sockets' waiters (`Runtime::notify`). A
//! socket is referred to by descriptors, tickets and a listener's queue, and closed with the last of these.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::constants::{fcntl, limit, poll};
use crate::datagrams::Datagrams;
use crate::descriptors::{Descriptor, Descriptors};
use crate::errno::Errno;
use crate::file::{Kind, OpenFiles};
use crate::interface::{Endpoint, NOT_OURS, open_flags};
use crate::local::LocalNames;
use crate::names::Names;
use crate::options::key;
use crate::platform::{App, Closing, Host, Open, Request};
use crate::policy::{Policy, Transport};
use crate::ring::{Pool, Ring};
use crate::slab::Slab;
use crate::socket::{Body, Connection, DatagramSocket, DatagramState, Socket, Stream};
use crate::syscall::callbacks::Callbacks;
use crate::ticket::{Call, Ticket};
use crate::trace::Trace;

/// Why a call does not answer a number.
pub enum Halt {
    /// It failed.
    Fail(Errno),
    /// The original import answers it.
    NotOurs,
    /// It has to wait.
    Wait(Box<Ticket>),
}

impl Halt {
    /// The same, for a WASI call whose count goes to `at`.
    pub(crate) fn counting_at(mut self, at: u64) -> Halt {
        if let Halt::Wait(ticket) = &mut self {
            ticket.count_at = at;
        }
        self
    }
}

impl From<Errno> for Halt {
    fn from(errno: Errno) -> Halt {
        Halt::Fail(errno)
    }
}

/// What a call answers.
pub type Reply = Result<i32, Halt>;

/// Whose a channel (a socket of the host's) is.
pub(crate) enum Channel {
    /// A socket's.
    Socket(u32),
    /// Nobody's any more; the host still delivers what was queued.
    Draining {
        /// Bytes of a TCP socket.
        send: Ring,
        /// Charge of datagrams on their way.
        in_flight: usize,
    },
    /// Nobody's any more, and not even open; these are to be sent before it closes.
    Parting(Datagrams),
    /// Nobody's any more, and nothing is owed.
    Gone,
}

/// What can be set from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Bytes received and not yet read on one TCP connection.
    pub receive: usize,
    /// Bytes sent and not yet with the platform on one TCP connection.
    pub send: usize,
}

/// The state machine, between a host and a program.
pub struct Runtime<H, A> {
    pub(crate) host: H,
    pub(crate) app: A,
    pub(crate) settings: Settings,
    pub(crate) sockets: OpenFiles,
    pub(crate) channels: Slab<Channel>,
    /// `None` while the call is running.
    pub(crate) tickets: Slab<Option<Box<Ticket>>>,
    pub(crate) descriptors: Descriptors,
    pub(crate) names: Names,
    /// What the program may reach.
    pub(crate) policy: Policy,
    /// It has been said that something was refused.
    pub(crate) said_refused: bool,
    pub(crate) pool: Pool,
    /// A call has answered "nothing there" since something was last delivered: the next one lets the event loop turn.
    pub(crate) quiet: bool,
    /// Answers about what lives in the program alone since the event loop last turned for one.
    pub(crate) unturned: u32,
    /// The names of AF_UNIX sockets.
    pub(crate) local_names: LocalNames,
    /// The datagram that the host is filling, and for which channel.
    pub(crate) incoming: Option<(u32, Box<[u8]>)>,
    /// The datagram on its way to the host.
    pub(crate) packet: Vec<u8>,
    /// Where `gethostbyname` writes, in the program's memory, once it has.
    pub(crate) host_block: Option<u64>,
    /// When the end of the program stops to wait for queued bytes, once it has begun.
    pub(crate) ending: Option<f64>,
    pub(crate) trace: Trace,
    pub(crate) callbacks: Callbacks,
    /// Descriptor 0 is not what the program started with.
    pub(crate) input_replaced: bool,
}

impl<H: Host, A: App> Runtime<H, A> {
    /// One without any socket.
    pub fn new(host: H, app: A) -> Self {
        Runtime {
            host,
            app,
            settings: Settings {
                receive: limit::RECEIVE,
                send: limit::SEND,
            },
            sockets: OpenFiles::default(),
            channels: Slab::default(),
            tickets: Slab::default(),
            descriptors: Descriptors::default(),
            names: Names::default(),
            policy: Policy::default(),
            said_refused: false,
            pool: Pool::default(),
            quiet: false,
            unturned: 0,
            local_names: LocalNames::default(),
            incoming: None,
            packet: Vec::new(),
            host_block: None,
            ending: None,
            trace: Trace::default(),
            callbacks: Callbacks::default(),
            input_replaced: false,
        }
    }

    /// Sets a limit: see `configure` in the contract. Connections that are open keep what they have.
    pub fn configure(&mut self, key: i32, value: i32) {
        if key == crate::interface::setting::TRACE {
            return self.set_trace(value);
        }
        let value = usize::try_from(value).unwrap_or(0).clamp(limit::LEAST, limit::MOST);
        match key {
            crate::interface::setting::RECEIVE_LIMIT => self.settings.receive = value,
            crate::interface::setting::SEND_LIMIT => self.settings.send = value,
            _ => {}
        }
    }

    /// The host, for tests.
    pub fn host(&mut self) -> &mut H {
        &mut self.host
    }

    /// The program, for tests.
    pub fn app(&mut self) -> &mut A {
        &mut self.app
    }

    /// Runs a call: with the ticket's state if it waited before (`ticket` is not 0), and files it if it waits again.
    /// Answers what an entry answers.
    pub(crate) fn enter(
        &mut self,
        ticket: u32,
        wasi: bool,
        call: impl FnOnce(&mut Self, Option<Box<Ticket>>) -> Reply,
    ) -> i64 {
        let mut before = None;
        let mut held = Vec::new();
        let mut asked = None;
        if ticket != 0 {
            let Some(mut taken) = self.tickets.get_mut(ticket).and_then(Option::take) else {
                return done(Err(Errno::IO), wasi);
            };
            held = core::mem::take(&mut taken.sockets);
            asked = taken.query;
            for &(socket, _) in &held {
                if let Some(socket) = self.sockets.file_mut(socket) {
                    socket.waiters.retain(|&(waiter, _)| waiter != ticket);
                }
            }
            before = Some(taken);
        }
        let answer = match call(self, before) {
            Ok(value) => done(Ok(value), wasi),
            Err(Halt::Fail(errno)) => done(Err(errno), wasi),
            Err(Halt::NotOurs) => i64::from(NOT_OURS) << 32,
            Err(Halt::Wait(mut next)) => {
                next.wasi = wasi;
                match self.file(ticket, next) {
                    Ok(ticket) => i64::from(ticket) << 32,
                    Err(errno) => done(Err(errno), wasi),
                }
            }
        };
        // Only now: a call that waits again must not lose its socket in between.
        for (socket, _) in held {
            self.release(socket);
        }
        if ticket != 0 && matches!(self.tickets.get(ticket), Some(None)) {
            self.tickets.remove(ticket);
        }
        // However the call has ended, and be it because its arguments are not what they were.
        if let Some(query) = asked
            && !matches!(self.tickets.get(ticket), Some(Some(waiting)) if waiting.query == asked)
        {
            self.names.forget(query);
        }
        answer
    }

    /// Keeps what a waiting call has done, under its ticket or a new one, and has its sockets know.
    fn file(&mut self, ticket: u32, next: Box<Ticket>) -> Result<u32, Errno> {
        let ticket = if ticket == 0 {
            self.tickets.insert(None)?
        } else {
            ticket
        };
        for &(socket, events) in &next.sockets {
            if let Some(socket) = self.sockets.file_mut(socket) {
                socket.references += 1;
                socket.waiters.push((ticket, events));
            }
        }
        if let Some(query) = next.query
            && let Some(query) = self.names.queries.get_mut(query)
        {
            query.tickets.push(ticket);
        }
        if let Some(place) = self.tickets.get_mut(ticket) {
            *place = Some(next);
        }
        Ok(ticket)
    }

    /// What a call does that cannot go on: waits, or says that there is nothing. `before` is its ticket, if it waited
    /// already, `timeout` how long it may in all, `next` what it will have done.
    ///
    /// A call that must not wait says so at once if something has been delivered since the last one that did; else it lets the
    /// event loop turn once and looks again, or a program that asks in a loop would never hear anything.
    pub(crate) fn block(
        &mut self,
        before: Option<&Ticket>,
        nonblocking: bool,
        timeout: Option<f64>,
        next: Box<Ticket>,
    ) -> Halt {
        if nonblocking {
            return if before.is_some_and(|ticket| ticket.turn) || !self.quiet {
                self.quiet = true;
                Halt::Fail(Errno::AGAIN)
            } else {
                Halt::Wait(next.for_a_turn())
            };
        }
        let deadline = match (before, timeout) {
            // A turn of the event loop is no part of the wait.
            (Some(ticket), _) if !ticket.turn => ticket.deadline,
            (_, Some(timeout)) => self.host.now() + timeout,
            (_, None) => f64::INFINITY,
        };
        if deadline.is_finite() && self.host.now() >= deadline {
            return Halt::Fail(Errno::AGAIN);
        }
        Halt::Wait(next.until(deadline))
    }

    /// A question is answered "not yet" by `answer`, and will be asked again by a program that waits in a loop: it counts as
    /// a call that must not wait, and lets the event loop turn now and then.
    pub(crate) fn not_yet(&mut self, before: Option<&Ticket>, id: u32, answer: Result<(), Errno>) -> Reply {
        let number = answer.map_or_else(|errno| -errno.number(), |()| 0);
        match self.block(
            before,
            true,
            None,
            Ticket::on(Call::Ask { answer: number }, id, poll::STATE),
        ) {
            Halt::Fail(_) => Ok(answer.map(|()| 0)?),
            turn => Err(turn),
        }
    }

    /// Tells those who wait for an open file what is true of it now; `extra` is what its state does not show.
    pub(crate) fn notify(&mut self, id: u32, extra: u16) {
        self.tell_waiters(id, extra);
        self.tell_sets(id, u16::MAX);
    }

    /// The same, where nothing but some events can have become true: an edge-triggered epoll entry hears of no others.
    pub(crate) fn notify_of(&mut self, id: u32, changed: u16) {
        self.tell_waiters(id, 0);
        self.tell_sets(id, changed);
    }

    /// The same, where nothing has become true that was not before: only who waits for more of it hears of it.
    pub(crate) fn tell_waiters(&mut self, id: u32, extra: u16) {
        if self.sockets.file(id).is_none_or(|file| file.waiters.is_empty()) {
            return;
        }
        let ready = self.readiness(id) | extra;
        let Some(file) = self.sockets.file_mut(id) else {
            return;
        };
        let waiters = core::mem::take(&mut file.waiters);
        for &(ticket, events) in &waiters {
            if ready & (events | poll::ALWAYS) != 0 {
                self.wake(ticket);
            }
        }
        if let Some(file) = self.sockets.file_mut(id) {
            file.waiters = waiters;
        }
    }

    /// The events of `poll` that are true of an open file now.
    pub(crate) fn readiness(&self, id: u32) -> u16 {
        match self.sockets.file(id).map(|file| &file.kind) {
            Some(Kind::Socket(socket)) => match &socket.body {
                Body::Local(local) => self.local_readiness(id, socket, local),
                _ => socket.readiness(),
            },
            Some(Kind::Pipe(end)) => self.pipe_readiness(end),
            Some(Kind::Epoll(_)) => self.epoll_readiness(id),
            None => poll::NVAL,
        }
    }

    /// Has the host settle the wait of a ticket, once.
    pub(crate) fn wake(&mut self, ticket: u32) {
        if let Some(Some(waiting)) = self.tickets.get_mut(ticket)
            && !waiting.woken
        {
            waiting.woken = true;
            // There is nothing that could be done about a wake that is refused.
            let _ = self.host.command(ticket, Request::Wake);
        }
    }

    /// The socket of a handle.
    pub(crate) fn socket(&mut self, id: u32) -> Result<&mut Socket, Errno> {
        self.sockets.get_mut(id).ok_or(Errno::NOTSOCK)
    }

    /// Somebody more holds an open file.
    pub(crate) fn hold(&mut self, id: u32) {
        if let Some(file) = self.sockets.file_mut(id) {
            file.references += 1;
        }
    }

    /// The socket that a descriptor stands for, in a call that is only for sockets.
    pub(crate) fn of_descriptor(&mut self, fd: u64) -> Result<u32, Errno> {
        let fd = fd as u32 as i32;
        match self.descriptors.get(fd) {
            Some(descriptor) if self.sockets.get(descriptor.socket).is_some() => Ok(descriptor.socket),
            Some(_) => Err(Errno::NOTSOCK),
            None if self.is_file(fd).unwrap_or(fd <= 2) => Err(Errno::NOTSOCK),
            None => Err(Errno::BADF),
        }
    }

    /// The socket that a descriptor stands for, in a call that files have too.
    pub(crate) fn of_ours(&mut self, fd: u64) -> Result<u32, Halt> {
        self.descriptors
            .get(fd as u32 as i32)
            .map(|descriptor| descriptor.socket)
            .ok_or(Halt::NotOurs)
    }

    /// Whether a number that is not ours is an open file of the program's; `None` where nobody can be asked.
    pub(crate) fn is_file(&mut self, fd: i32) -> Option<bool> {
        if fd < 0 {
            return Some(false);
        }
        match self.app.fcntl(fd, fcntl::GETFD) {
            answer if answer == -Errno::NOSYS.number() => None,
            answer => Some(answer >= 0),
        }
    }

    /// Gives a socket a descriptor: the lowest free number.
    pub(crate) fn describe(&mut self, socket: u32, close_on_exec: bool) -> Result<i32, Errno> {
        let fd = match self.callbacks.take_number(socket) {
            Some(fd) => fd,
            None => self.reserve(0)?,
        };
        self.describe_as(fd, socket, close_on_exec)
    }

    /// Reserves the lowest free number that is not below `least`. Up to [`limit::FILES`] numbers are shared with the program's
    /// file system, which only gives the lowest of all: those below are taken and given back. Beyond, they are ours alone.
    pub(crate) fn reserve(&mut self, least: i32) -> Result<i32, Errno> {
        if least >= limit::FILES {
            return self.descriptors.free(least);
        }
        let mut below = Vec::new();
        let answer = loop {
            match self.app.socket() {
                fd if fd == -Errno::MFILE.number() => break self.descriptors.free(limit::FILES),
                fd if fd < 0 => break Err(Errno::from_number(fd.saturating_neg())),
                fd if fd >= least => break Ok(fd),
                fd => below.push(fd),
            }
        };
        for fd in below {
            self.app.close(fd);
        }
        answer
    }

    /// Gives a reserved number back.
    pub(crate) fn unreserve(&mut self, fd: i32) {
        if fd < limit::FILES {
            self.app.close(fd);
        }
    }

    /// Gives a socket a descriptor whose number is reserved already.
    pub(crate) fn describe_as(&mut self, fd: i32, socket: u32, close_on_exec: bool) -> Result<i32, Errno> {
        match self.descriptors.set(fd, Descriptor { socket, close_on_exec }) {
            Ok(stale) => {
                if let Some(socket) = self.sockets.file_mut(socket) {
                    socket.references += 1;
                }
                if let Some(stale) = stale {
                    self.release(stale.socket);
                }
                Ok(fd)
            }
            Err(errno) => {
                self.unreserve(fd);
                Err(errno)
            }
        }
    }

    /// One that held a socket does not any more; with the last one it is closed.
    pub(crate) fn release(&mut self, id: u32) {
        let Some(socket) = self.sockets.file_mut(id) else {
            return;
        };
        socket.references = socket.references.saturating_sub(1);
        if socket.references == 0 {
            self.destroy(id, false);
        }
    }

    /// Closes an open file that nobody holds: what is queued is delivered, unless `abort` or `SO_LINGER` says otherwise.
    pub(crate) fn destroy(&mut self, id: u32, abort: bool) {
        let Some(file) = self.sockets.remove(id) else {
            return;
        };
        self.leave_sets(id, &file.watchers);
        if let Some(fd) = self.callbacks.take_number(id) {
            self.unreserve(fd);
        }
        match file.kind {
            Kind::Socket(socket) => self.destroy_socket(id, socket, abort),
            Kind::Pipe(end) => self.close_pipe(end),
            Kind::Epoll(set) => self.close_epoll(id, &set),
        }
    }

    fn destroy_socket(&mut self, id: u32, socket: Socket, abort: bool) {
        let abort = abort || socket.options.linger == Some(0);
        match socket.body {
            Body::Stream(Stream::Idle { .. } | Stream::Failed { .. } | Stream::Reaching { channel: None, .. }) => {}
            Body::Stream(
                Stream::Reaching {
                    channel: Some(channel), ..
                }
                | Stream::Connecting { channel, .. }
                | Stream::Binding { channel, .. }
                | Stream::Bound { channel, .. },
            ) => self.close(channel, Channel::Gone, Closing::Abort),
            Body::Stream(Stream::Connected(connection)) => self.close_connection(*connection, abort),
            Body::Stream(Stream::Listening(listener)) => {
                // As on Linux, those that nobody accepted are reset.
                for waiting in listener.queue {
                    self.destroy(waiting, true);
                }
                if let Some(channel) = listener.channel {
                    self.close(channel, Channel::Gone, Closing::Deliver);
                }
            }
            Body::Datagram(socket) => self.close_datagram(*socket),
            Body::Local(socket) => self.close_local(id, *socket),
        }
    }

    fn close_connection(&mut self, mut connection: Connection, abort: bool) {
        // As tcp_close does: who closes without having read everything resets, so that the peer knows.
        let unread = !connection.receive.is_empty();
        connection.receive.clear(&mut self.pool);
        match connection.channel {
            Some(channel) if !abort => {
                let rest = Channel::Draining {
                    send: connection.send,
                    in_flight: 0,
                };
                self.close(channel, rest, if unread { Closing::Reset } else { Closing::Deliver });
            }
            channel => {
                connection.send.clear(&mut self.pool);
                if let Some(channel) = channel {
                    self.close(channel, Channel::Gone, Closing::Abort);
                }
            }
        }
    }

    fn close_datagram(&mut self, socket: DatagramSocket) {
        match socket.state {
            DatagramState::Closed => {}
            DatagramState::Opening { channel, pending, .. } if !pending.is_empty() => {
                if let Some(place) = self.channels.get_mut(channel) {
                    *place = Channel::Parting(pending);
                }
            }
            DatagramState::Opening { channel, .. } => self.close(channel, Channel::Gone, Closing::Abort),
            DatagramState::Open { channel, .. } => self.close_draining(channel, socket.in_flight),
        }
    }

    /// Has the host close a UDP socket once the datagrams on their way have left.
    pub(crate) fn close_draining(&mut self, channel: u32, in_flight: usize) {
        let rest = Channel::Draining {
            send: Ring::default(),
            in_flight,
        };
        self.close(channel, rest, Closing::Deliver);
    }

    /// Has the host close a channel; what is left of it is `rest` until the host says `closed`.
    pub(crate) fn close(&mut self, channel: u32, rest: Channel, how: Closing) {
        let Some(place) = self.channels.get_mut(channel) else {
            return;
        };
        // What was still owed may be given up: its connection broke.
        if let Channel::Draining { mut send, .. } = core::mem::replace(place, rest) {
            send.clear(&mut self.pool);
        }
        if self.host.command(channel, Request::Close(how)).is_err() {
            self.forget(channel);
        }
    }

    /// A channel is no more.
    pub(crate) fn forget(&mut self, channel: u32) {
        if let Some(Channel::Draining { mut send, .. }) = self.channels.remove(channel) {
            send.clear(&mut self.pool);
        }
    }

    /// Has the host open a channel for a socket. Nothing is kept if it refuses at once.
    pub(crate) fn open(&mut self, id: u32, opening: Opening<'_>) -> Result<u32, Errno> {
        let channel = self.channels.insert(Channel::Socket(id))?;
        let begun = self.proceed(id, channel, opening);
        if begun.is_err() {
            self.channels.remove(channel);
        }
        begun.map(|()| channel)
    }

    /// Has the host go on with a channel that is bound, or begin with a fresh one.
    pub(crate) fn proceed(&mut self, id: u32, channel: u32, opening: Opening<'_>) -> Result<(), Errno> {
        let socket = self.sockets.get(id).ok_or(Errno::BADF)?;
        let transport = match opening.kind {
            OpeningKind::UdpOpen => Transport::Udp,
            OpeningKind::TcpBind | OpeningKind::TcpConnect | OpeningKind::TcpListen { .. } => Transport::Tcp,
        };
        let mut open = request_of(socket, &opening);
        open.local.port = self.policy.ports.real(transport, open.local.port);
        let request = match opening.kind {
            OpeningKind::TcpBind => Request::TcpBind(open),
            OpeningKind::TcpConnect => Request::TcpConnect(open),
            OpeningKind::TcpListen { backlog } => Request::TcpListen { open, backlog },
            OpeningKind::UdpOpen => Request::UdpOpen(open),
        };
        self.host.command(channel, request)
    }
}

/// What is to be opened.
pub(crate) struct Opening<'a> {
    pub(crate) kind: OpeningKind,
    pub(crate) local: Endpoint,
    pub(crate) remote: Endpoint,
    pub(crate) name: &'a [u8],
}

impl Opening<'_> {
    /// One that only needs a local endpoint.
    pub(crate) fn at(kind: OpeningKind, local: Endpoint) -> Self {
        Opening {
            kind,
            local,
            remote: Endpoint::NONE,
            name: &[],
        }
    }
}

/// How it is to be opened.
pub(crate) enum OpeningKind {
    TcpBind,
    TcpConnect,
    TcpListen { backlog: u32 },
    UdpOpen,
}

/// What the host is told about a socket that it opens.
fn request_of<'a>(socket: &Socket, opening: &Opening<'a>) -> Open<'a> {
    let options = &socket.options;
    let flag = |key, bit| if options.is_on(key) { bit } else { 0 };
    // An IPv4 peer or address makes it an IPv4 socket to the platform, whatever it is to the program.
    let ipv4 = opening.local.family == 4 || opening.remote.family == 4;
    let ipv6 = if socket.domain == crate::address::Domain::Inet6 && !ipv4 {
        open_flags::IPV6
    } else {
        0
    };
    Open {
        local: opening.local,
        remote: opening.remote,
        name: opening.name,
        flags: ipv6
            | flag(key::NO_DELAY, open_flags::NO_DELAY)
            | flag(key::V6_ONLY, open_flags::V6_ONLY)
            | flag(key::REUSE_ADDRESS, open_flags::REUSE_ADDRESS)
            | flag(key::REUSE_PORT, open_flags::REUSE_PORT)
            | flag(key::BROADCAST, open_flags::BROADCAST),
        keep_alive: options.keep_alive(),
        receive_buffer: options.platform_buffer(key::RECEIVE_BUFFER).unwrap_or(0),
        send_buffer: options.platform_buffer(key::SEND_BUFFER).unwrap_or(0),
    }
}

/// A finished call's answer, as an entry answers it.
pub(crate) fn done(result: Result<i32, Errno>, wasi: bool) -> i64 {
    let value = match result {
        Ok(value) => value,
        Err(errno) if wasi => errno.number(),
        Err(errno) => -errno.number(),
    };
    i64::from(value as u32)
}
