//! `getsockopt` and `setsockopt`: what is set is checked against the table of [`crate::options`], kept, and told to the
//! host where that can still change something.

use crate::address::Domain;
use crate::errno::Errno;
use crate::interface::HostOption;
use crate::layout::{self, TimeLayout};
use crate::options::{Definition, Form, Key, Scope, find, key};
use crate::platform::{App, Host, Request};
use crate::runtime::{Reply, Runtime};
use crate::socket::{Body, Stream};
use crate::syscall::int;

/// Bytes of an `int`.
const INT: usize = 4;
/// Bytes of `struct linger`.
const LINGER: usize = 8;

impl<H: Host, A: App> Runtime<H, A> {
    /// `getsockopt(fd, level, name, value, length)`
    pub fn sys_getsockopt(&mut self, ticket: u32, a: [u64; 6]) -> i64 {
        self.enter(ticket, false, |this, before| {
            let id = this.of_descriptor(a[0])?;
            this.check_level(id, int(a[1]))?;
            let definition = this.definition(id, (int(a[1]), int(a[2])))?;
            let room = usize::try_from(layout::int(&mut this.app, a[4])?).map_err(|_| Errno::INVAL)?;
            let mut bytes = [0; 16];
            let length = match definition.form {
                Form::Time => {
                    let wide = time_layout(definition.key, this.app.abi())?;
                    let options = &this.socket(id)?.options;
                    let milliseconds = match is_receive(definition.key) {
                        true => options.receive_timeout,
                        false => options.send_timeout,
                    };
                    let (time, length) = layout::encode_time(&this.app, wide, milliseconds.unwrap_or(0.0));
                    bytes = time;
                    length
                }
                Form::Linger => {
                    let options = &this.socket(id)?.options;
                    bytes[..4].copy_from_slice(&i32::from(options.linger.is_some()).to_le_bytes());
                    bytes[4..8].copy_from_slice(&options.linger.unwrap_or(options.linger_seconds).to_le_bytes());
                    LINGER
                }
                _ => {
                    let value = this.option_value(id, definition)?;
                    bytes[..INT].copy_from_slice(&value.to_le_bytes());
                    INT
                }
            };
            let length = length.min(room);
            layout::put(&mut this.app, a[3], &bytes[..length])?;
            layout::put_int(&mut this.app, a[4], length as i32)?;
            // Who asks again and again waits for the connection.
            if definition.key == key::ERROR && bytes == [0; 16] && this.socket(id)?.is_opening() {
                return this.not_yet(before.as_deref(), id, Ok(()));
            }
            Ok(0)
        })
    }

    fn option_value(&mut self, id: u32, definition: &Definition) -> Result<i32, Errno> {
        let socket = self.socket(id)?;
        Ok(match definition.key {
            key::ERROR => socket.error.take().map_or(0, Errno::number),
            key::TYPE => socket.kind(),
            key::DOMAIN => socket.domain.number(),
            key::PROTOCOL => socket.protocol(),
            key::ACCEPTING => i32::from(socket.is_listening()),
            other => socket.options.get(other),
        })
    }

    /// `setsockopt(fd, level, name, value, length)`
    pub fn sys_setsockopt(&mut self, ticket: u32, a: [u64; 6]) -> i64 {
        self.enter(ticket, false, |this, _| {
            let id = this.of_descriptor(a[0])?;
            this.check_level(id, int(a[1]))?;
            let definition = this.definition(id, (int(a[1]), int(a[2])))?;
            let length = usize::try_from(int(a[4])).map_err(|_| Errno::INVAL)?;
            match definition.form {
                Form::Time => this.set_timeout(id, definition.key, a[3], length),
                Form::Linger => this.set_linger(id, a[3], length),
                _ => {
                    if length < INT {
                        return Err(Errno::INVAL.into());
                    }
                    let value = definition.admit(layout::int(&mut this.app, a[3])?)?;
                    let socket = this.socket(id)?;
                    if definition.key == key::V6_ONLY && !is_fresh(&socket.body) {
                        return Err(Errno::INVAL.into());
                    }
                    socket.options.put(definition.key, value);
                    this.apply(id, definition.key)
                }
            }
        })
    }

    /// The option, if a socket of this type and family has it.
    fn definition(&mut self, id: u32, key: Key) -> Result<&'static Definition, Errno> {
        let socket = self.socket(id)?;
        let stream = matches!(socket.body, Body::Stream(_));
        let definition = find(key).ok_or(Errno::NOPROTOOPT)?;
        match definition.scope {
            Scope::Stream if !stream => Err(Errno::OPNOTSUPP),
            Scope::Inet6 if socket.domain == Domain::Inet => Err(Errno::NOPROTOOPT),
            _ => Ok(definition),
        }
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
        options.linger = (on != 0).then_some(seconds.max(0));
        options.linger_seconds = seconds;
        Ok(0)
    }

    /// Tells the host what it can change on a socket that is open; what is not open yet gets it with its opening.
    fn apply(&mut self, id: u32, key: Key) -> Reply {
        let settings_send = self.settings.send;
        let socket = self.socket(id)?;
        let send_limit = socket
            .options
            .given(key::SEND_BUFFER)
            .map_or(settings_send, |size| size.unsigned_abs() as usize);
        let (option, value) = match key {
            key::NO_DELAY => (HostOption::NoDelay, socket.options.get(key)),
            key::KEEP_ALIVE | key::KEEP_IDLE => (HostOption::KeepAlive, socket.options.keep_alive() as i32),
            key::BROADCAST => (HostOption::Broadcast, socket.options.get(key)),
            key::TTL | key::HOPS => (HostOption::Ttl, socket.options.get(key)),
            _ => {
                if key == key::SEND_BUFFER
                    && let Some(connection) = socket.connection()
                {
                    connection.send_limit = send_limit;
                }
                return Ok(0);
            }
        };
        let channel = match &socket.body {
            Body::Stream(Stream::Connected(connection)) => connection.channel,
            Body::Stream(Stream::Connecting { channel, .. }) => Some(*channel),
            Body::Datagram(datagram) => datagram.channel(),
            Body::Stream(_) | Body::Local(_) => None,
        };
        if let Some(channel) = channel {
            self.host.command(channel, Request::SetOption(option, value))?;
        }
        Ok(0)
    }
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
