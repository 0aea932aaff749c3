//! `getsockopt` and `setsockopt`: what is set is checked against the table of [`crate::options`], kept, and told to the
//! host where that can still change something. The checks come in Linux's order, which differs from level to level.

use alloc::vec::Vec;

use crate::address::Domain;
use crate::constants::ipproto;
use crate::errno::Errno;
use crate::interface::{Endpoint, HostOption};
use crate::layout::{self, TimeLayout};
use crate::options::{BUFFER_MOST, CONGESTION, Definition, Form, Key, SOL_SOCKET, find, key, level_is_for};
use crate::platform::{App, Host, Request};
use crate::runtime::{Reply, Runtime};
use crate::socket::{Body, Connection, DatagramState, Socket, Stream};
use crate::syscall::int;

/// Bytes of an `int`.
const INT: usize = 4;
/// Bytes of `struct linger`.
const LINGER: usize = 8;
/// Bytes of an interface's name (`IFNAMSIZ`), and of a congestion control's (`TCP_CA_NAME_MAX`).
const NAME: usize = 16;
/// Bytes of Linux's `struct tcp_info`.
const TCP_INFO: usize = 280;
/// MTU of the loopback interface as a path's, and of Ethernet.
const MTU: [i32; 2] = [65_535, 1500];

/// Options of a UDP socket that the host is told once it is open.
const LATE: &[Key] = &[
    // Of these the opening knows, unless they were set after that had begun.
    key::BROADCAST,
    key::RECEIVE_BUFFER,
    key::SEND_BUFFER,
    key::DROPPED,
    key::TTL,
    key::HOPS,
    key::MULTICAST_TTL,
    key::MULTICAST_HOPS,
    key::MULTICAST_LOOP,
    key::MULTICAST_LOOP_V6,
    key::MULTICAST_INTERFACE,
    key::MULTICAST_INTERFACE_V6,
];

impl<H: Host, A: App> Runtime<H, A> {
    /// `getsockopt(fd, level, name, value, length)`
    pub fn sys_getsockopt(&mut self, ticket: u32, a: [u64; 6]) -> i64 {
        self.enter(ticket, false, |this, before| {
            let id = this.of_descriptor(a[0])?;
            this.check_level(id, int(a[1]))?;
            if !this.has_level(id, int(a[1]))? {
                return Err(Errno::OPNOTSUPP.into());
            }
            let room = layout::int(&mut this.app, a[4])?;
            let room = match usize::try_from(room) {
                Ok(room) => room,
                // IPv6 compares as unsigned.
                Err(_) if int(a[1]) == ipproto::IPV6 => INT,
                Err(_) => return Err(Errno::INVAL.into()),
            };
            let definition = find((int(a[1]), int(a[2]))).ok_or(Errno::NOPROTOOPT)?;
            let value = this.read_option(id, definition)?;
            // IPPROTO_IP answers one byte to who has room for no more.
            let bytewise = definition.key.0 == ipproto::IP
                && (1..INT).contains(&room)
                && value.len() == INT
                && value[1..] == [0; 3];
            let length = value.len().min(if bytewise { 1 } else { room });
            layout::put(&mut this.app, a[3], &value[..length])?;
            layout::put_int(&mut this.app, a[4], length as i32)?;
            // Who asks again and again waits for the connection.
            if definition.key == key::ERROR && value == [0; INT] && this.socket(id)?.is_opening() {
                return this.not_yet(before.as_deref(), id, Ok(()));
            }
            Ok(0)
        })
    }

    /// Whether a socket has options of a level at all.
    fn has_level(&mut self, id: u32, level: i32) -> Result<bool, Errno> {
        let socket = self.socket(id)?;
        let stream = matches!(socket.body, Body::Stream(_));
        let inet6 = socket.domain == Domain::Inet6;
        Ok(level == SOL_SOCKET || level_is_for(level, stream, inet6))
    }

    /// The bytes of an option as they are read.
    fn read_option(&mut self, id: u32, definition: &Definition) -> Result<Vec<u8>, Errno> {
        let socket = self.sockets.get_mut(id).ok_or(Errno::BADF)?;
        Ok(match definition.form {
            Form::Time => {
                let wide = time_layout(definition.key, self.app.abi())?;
                let milliseconds = match is_receive(definition.key) {
                    true => socket.options.receive_timeout,
                    false => socket.options.send_timeout,
                };
                let (time, length) = layout::encode_time(&self.app, wide, milliseconds.unwrap_or(0.0));
                time[..length].into()
            }
            Form::Linger => {
                let on = i32::from(socket.options.linger.is_some());
                [on, socket.options.linger_seconds].map(i32::to_le_bytes).concat()
            }
            Form::Empty | Form::Device => Vec::new(),
            Form::Congestion => {
                let mut name = [0; NAME];
                let chosen = CONGESTION[socket.options.is_on(definition.key) as usize];
                name[..chosen.len()].copy_from_slice(chosen);
                name.into()
            }
            Form::Info => {
                let mut info = alloc::vec![0; TCP_INFO];
                info[0] = tcp_state(&socket.body);
                info
            }
            Form::Credentials => credentials(socket).map(i32::to_le_bytes).concat(),
            Form::Refused(_) | Form::Group { .. } => return Err(Errno::NOPROTOOPT),
            _ => option_value(socket, definition)?.to_le_bytes().into(),
        })
    }

    /// `setsockopt(fd, level, name, value, length)`
    pub fn sys_setsockopt(&mut self, ticket: u32, a: [u64; 6]) -> i64 {
        self.enter(ticket, false, |this, _| {
            let id = this.of_descriptor(a[0])?;
            let length = usize::try_from(int(a[4])).map_err(|_| Errno::INVAL)?;
            this.check_level(id, int(a[1]))?;
            if !this.has_level(id, int(a[1]))? {
                return Err(Errno::NOPROTOOPT.into());
            }
            let key = (int(a[1]), int(a[2]));
            let definition = find(key);
            let any_length = |definition: &Definition| {
                matches!(definition.form, Form::Device | Form::Congestion) || definition.least_length < INT
            };
            // All but IP and IPv6 look at the value before they look for the option.
            if !matches!(key.0, ipproto::IP | ipproto::IPV6) && !definition.is_some_and(any_length) {
                if length < INT {
                    return Err(Errno::INVAL.into());
                }
                layout::int(&mut this.app, a[3])?;
            }
            let definition = definition.ok_or(Errno::NOPROTOOPT)?;
            let socket = this.socket(id)?;
            if let (Body::Stream(_), Some(errno)) = (&socket.body, definition.on_stream) {
                return Err(errno.into());
            }
            match definition.form {
                Form::Time => this.set_timeout(id, key, a[3], length),
                Form::Linger => this.set_linger(id, a[3], length),
                Form::Empty => match length {
                    0 => Ok(0),
                    _ => Err(Errno::PERM.into()),
                },
                Form::Device => this.set_device(a[3], length),
                Form::Congestion => this.set_congestion(id, a[3], length),
                Form::Interface => this.set_interface(id, a[3], length),
                Form::Group { request, join } => this.set_membership(id, request, join, a[3], length),
                Form::Refused(errno) | Form::Denied(errno) => Err(errno.into()),
                _ => {
                    let value = this.number(definition, a[3], length)?;
                    this.set_number(id, definition, value)?;
                    match key {
                        // What was gathered leaves with the cork.
                        key::CORK if value == 0 => this.uncork(id),
                        _ => Ok(0),
                    }
                }
            }
        })
    }

    /// A number as a program gives it: an `int`, or at some levels a byte, or nothing, which is 0.
    fn number(&mut self, definition: &Definition, from: u64, length: usize) -> Result<i32, Errno> {
        match length {
            INT.. => layout::int(&mut self.app, from),
            _ if length < definition.least_length => Err(Errno::INVAL),
            0 => Ok(0),
            _ => layout::byte(&mut self.app, from).map(i32::from),
        }
    }

    fn set_number(&mut self, id: u32, definition: &Definition, value: i32) -> Result<(), Errno> {
        let mut value = definition.admit(value)?;
        let half = (self.settings.receive / 2) as i32;
        let socket = self.socket(id)?;
        let stream = matches!(socket.body, Body::Stream(_));
        match definition.key {
            key::V6_ONLY if !is_fresh(&socket.body) => return Err(Errno::INVAL),
            key::PASS_CREDENTIALS if socket.domain != Domain::Unix => return Err(Errno::OPNOTSUPP),
            // The two lowest bits are TCP's own, for congestion.
            key::TOS | key::TRAFFIC_CLASS if stream => value &= !3,
            // More than is ever received at once would be waited for in vain.
            key::RECEIVE_LOW_WATER if stream => value = value.min(half),
            _ => {}
        }
        self.put_option(id, definition.key, value)
    }

    /// Keeps the number that an option is from now on, and tells the host. What the host refuses is not read back.
    pub(crate) fn put_option(&mut self, id: u32, key: Key, value: i32) -> Result<(), Errno> {
        let options = &mut self.socket(id)?.options;
        let old = options.given(key);
        options.put(key, value)?;
        let told = self.apply(id, key);
        if told.is_err() {
            let options = &mut self.socket(id)?.options;
            match old {
                Some(old) => options.put(key, old)?,
                None => options.forget(key),
            }
        }
        told
    }

    fn set_timeout(&mut self, id: u32, key: Key, from: u64, length: usize) -> Reply {
        let wide = time_layout(key, self.app.abi())?;
        if length < wide.size(&self.app) {
            return Err(Errno::INVAL.into());
        }
        let (seconds, micros) = layout::time(&mut self.app, from, wide)?;
        if !(0..1_000_000).contains(&micros) {
            return Err(Errno::DOM.into());
        }
        // No time at all is all the time; a negative one is none, as Linux has it.
        let timeout = match (seconds, micros) {
            (0, 0) => None,
            (..0, _) => Some(0.0),
            _ => Some(seconds as f64 * 1000.0 + micros as f64 / 1000.0),
        };
        let options = &mut self.socket(id)?.options;
        match is_receive(key) {
            true => options.receive_timeout = timeout,
            false => options.send_timeout = timeout,
        }
        Ok(0)
    }

    fn set_linger(&mut self, id: u32, from: u64, length: usize) -> Reply {
        if length < LINGER {
            return Err(Errno::INVAL.into());
        }
        let on = layout::int(&mut self.app, from)?;
        let seconds = layout::int(&mut self.app, from.wrapping_add(4))?;
        let options = &mut self.socket(id)?.options;
        // Linux compares as unsigned: a negative time is the longest. Switching it off leaves the time as it was.
        let time = if seconds < 0 { i32::MAX } else { seconds };
        options.linger = (on != 0).then_some(time);
        if on != 0 {
            options.linger_seconds = time;
        }
        Ok(0)
    }

    /// No platform lets a program choose an interface; that none is chosen is so already.
    fn set_device(&mut self, from: u64, length: usize) -> Reply {
        let name = layout::short_bytes::<NAME>(&mut self.app, from, length)?;
        match name.first() {
            None | Some(0) => Ok(0),
            Some(_) => Err(Errno::PERM.into()),
        }
    }

    fn set_congestion(&mut self, id: u32, from: u64, length: usize) -> Reply {
        if length == 0 {
            return Err(Errno::INVAL.into());
        }
        let bytes = layout::short_bytes::<NAME>(&mut self.app, from, length)?;
        let name = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
        let place = CONGESTION.iter().position(|known| *known == name);
        let chosen = place.ok_or(Errno::NOENT)? as i32;
        self.socket(id)?.options.put(key::CONGESTION, chosen)?;
        Ok(0)
    }

    /// Tells the host what it can change on a socket that is open; what is not open yet gets it with its opening.
    fn apply(&mut self, id: u32, key: Key) -> Result<(), Errno> {
        let settings_send = self.settings.send;
        let socket = self.socket(id)?;
        if key == key::SEND_BUFFER {
            let given = socket.options.given(key);
            if let Some(connection) = socket.connection() {
                connection.send_limit = given.map_or(settings_send, |size| size.unsigned_abs() as usize);
            }
        }
        let Some((option, value)) = host_option(socket, key) else {
            return Ok(());
        };
        let Some(channel) = open_channel(&socket.body) else {
            return Ok(());
        };
        let told = self.host.command(channel, Request::SetOption(option, value));
        // The runtime's own queues are bounded by these whatever the platform makes of them.
        if matches!(option, HostOption::ReceiveBuffer | HostOption::SendBuffer) {
            return Ok(());
        }
        told
    }

    /// A UDP socket has been opened: what the host takes only now.
    pub(crate) fn apply_late(&mut self, id: u32, channel: u32) {
        for &key in LATE {
            let Some(socket) = self.sockets.get(id) else { return };
            if socket.options.given(key).is_some()
                && let Some((option, value)) = host_option(socket, key)
            {
                // The call that set it has long returned. The host says on the console what it cannot do.
                let _ = self.host.command(channel, Request::SetOption(option, value));
            }
        }
        self.join_late(id, channel);
    }
}

/// What a host makes of an option of a socket.
fn host_option(socket: &Socket, key: Key) -> Option<(HostOption, i32)> {
    let value = socket.options.get(key);
    let stream = match socket.body {
        Body::Stream(_) => true,
        Body::Datagram(_) => false,
        Body::Local(_) => return None,
    };
    Some(match (key, stream, socket.domain) {
        (key::NO_DELAY, true, _) => (HostOption::NoDelay, value),
        (key::KEEP_ALIVE | key::KEEP_IDLE, true, _) => (HostOption::KeepAlive, socket.options.keep_alive() as i32),
        (key::BROADCAST, false, _) => (HostOption::Broadcast, value),
        (key::TTL, false, Domain::Inet) | (key::HOPS, false, _) => (HostOption::Ttl, value),
        (key::MULTICAST_TTL, false, Domain::Inet) | (key::MULTICAST_HOPS, false, _) => {
            (HostOption::MulticastTtl, value)
        }
        (key::MULTICAST_LOOP, false, Domain::Inet) | (key::MULTICAST_LOOP_V6, false, _) => {
            (HostOption::MulticastLoop, value)
        }
        (key::MULTICAST_INTERFACE, false, Domain::Inet) | (key::MULTICAST_INTERFACE_V6, false, _) => {
            (HostOption::MulticastInterface, value)
        }
        (key::RECEIVE_BUFFER, false, _) => {
            let size = socket.options.platform_buffer(key)?;
            (HostOption::ReceiveBuffer, size as i32)
        }
        // What finds no room is to be dropped where it is counted.
        (key::DROPPED, false, _) if value != 0 => (HostOption::ReceiveBuffer, BUFFER_MOST),
        (key::SEND_BUFFER, false, _) => {
            let size = socket.options.platform_buffer(key)?;
            (HostOption::SendBuffer, size as i32)
        }
        _ => return None,
    })
}

/// The channel of a socket that is open enough for an option.
fn open_channel(body: &Body) -> Option<u32> {
    match body {
        Body::Stream(Stream::Connected(connection)) => connection.channel,
        Body::Stream(Stream::Connecting { channel, .. }) => Some(*channel),
        // For those that it accepts.
        Body::Stream(Stream::Listening(listener)) if listener.open => listener.channel,
        Body::Datagram(datagram) => match datagram.state {
            DatagramState::Open { channel, .. } => Some(channel),
            // `again`: it is open, and `opened` will tell nothing anew.
            DatagramState::Opening {
                channel, again: true, ..
            } => Some(channel),
            DatagramState::Opening { .. } | DatagramState::Closed => None,
        },
        Body::Stream(_) | Body::Local(_) => None,
    }
}

/// The number that an option is.
fn option_value(socket: &mut Socket, definition: &Definition) -> Result<i32, Errno> {
    let stream = matches!(socket.body, Body::Stream(_));
    Ok(match definition.key {
        key::ERROR => socket.error.take().map_or(0, Errno::number),
        key::TYPE => socket.kind(),
        key::DOMAIN => socket.domain.number(),
        key::PROTOCOL => socket.protocol(),
        key::ACCEPTING => i32::from(socket.is_listening()),
        // As on Linux, an address that is IPv6's alone decides.
        key::V6_ONLY if bound_to(&socket.body).is_some_and(is_ipv6_alone) => 1,
        key::MTU | key::MTU_V6 => path_mtu(socket)?,
        key::PASS_CREDENTIALS if socket.domain != Domain::Unix => return Err(Errno::OPNOTSUPP),
        other => socket.options.given(other).unwrap_or(match stream {
            true => definition.stream_default,
            false => definition.default,
        }),
    })
}

/// The MTU of the path to a connected peer: no platform tells it, so that of the interface that Linux would most likely take.
fn path_mtu(socket: &Socket) -> Result<i32, Errno> {
    let peer = match &socket.body {
        Body::Stream(Stream::Connected(connection)) if connection.is_open() => connection.peer,
        Body::Datagram(datagram) => datagram.peer.ok_or(Errno::NOTCONN)?.real,
        _ => return Err(Errno::NOTCONN),
    };
    Ok(if peer.is_loopback() { MTU[0] } else { MTU[1] })
}

/// `tcpi_state`: Linux's numbers of the states of TCP.
fn tcp_state(body: &Body) -> u8 {
    const ESTABLISHED: u8 = 1;
    const SYN_SENT: u8 = 2;
    const FIN_WAIT1: u8 = 4;
    const FIN_WAIT2: u8 = 5;
    const CLOSE: u8 = 7;
    const CLOSE_WAIT: u8 = 8;
    const LAST_ACK: u8 = 9;
    const LISTEN: u8 = 10;
    match body {
        Body::Stream(state) if state.is_connecting() => SYN_SENT,
        Body::Stream(Stream::Listening(_)) => LISTEN,
        Body::Stream(Stream::Connected(connection)) if connection.is_open() => {
            let Connection {
                ended,
                shut_write,
                send,
                ..
            } = &**connection;
            match (ended, shut_write) {
                (false, false) => ESTABLISHED,
                (false, true) if send.is_empty() => FIN_WAIT2,
                (false, true) => FIN_WAIT1,
                (true, false) => CLOSE_WAIT,
                (true, true) => LAST_ACK,
            }
        }
        _ => CLOSE,
    }
}

/// `struct ucred`: process, user and group of the peer. Of AF_UNIX that is this program, by the numbers that Emscripten's
/// `getpid` and `getuid` answer; others have none.
fn credentials(socket: &Socket) -> [i32; 3] {
    match &socket.body {
        Body::Local(local) if local.has_peer() => PROCESS,
        _ => [0, -1, -1],
    }
}

/// What Emscripten's `getpid`, `getuid` and `getgid` answer.
pub(crate) const PROCESS: [i32; 3] = [42, 0, 0];

/// Where `bind` has bound a socket.
fn bound_to(body: &Body) -> Option<Endpoint> {
    match body {
        Body::Stream(Stream::Connected(_)) | Body::Local(_) => None,
        Body::Stream(state) => state.local(),
        Body::Datagram(datagram) => match datagram.state {
            DatagramState::Open { local, bound: true, .. } | DatagramState::Opening { local, bound: true, .. } => {
                Some(local)
            }
            _ => None,
        },
    }
}

fn is_ipv6_alone(endpoint: Endpoint) -> bool {
    endpoint.unmapped().family == 6 && !endpoint.is_unspecified()
}

/// A socket that has no address yet.
fn is_fresh(body: &Body) -> bool {
    match body {
        Body::Stream(Stream::Idle { bound }) => bound.is_none(),
        Body::Stream(_) => false,
        Body::Datagram(datagram) => datagram.channel().is_none(),
        Body::Local(local) => local.name.is_none(),
    }
}

fn is_receive(key: Key) -> bool {
    matches!(key, key::RECEIVE_TIMEOUT | key::RECEIVE_TIMEOUT_WIDE)
}

/// How the value of an option of time lies in memory. Only a program with a 64-bit `time_t` in 32-bit memory has the wide
/// ones; musl falls back to the others when these are refused.
fn time_layout(key: Key, abi: crate::platform::Abi) -> Result<TimeLayout, Errno> {
    let wide = matches!(key, key::RECEIVE_TIMEOUT_WIDE | key::SEND_TIMEOUT_WIDE);
    match (wide, abi.wasm64() || abi.time32()) {
        (true, true) => Err(Errno::NOPROTOOPT),
        (true, false) => Ok(TimeLayout::Wide),
        (false, _) => Ok(TimeLayout::Longs),
    }
}
