//! Socket options: one table of those that are known, with what values they take and what they do. What is
//! not in it answers `ENOPROTOOPT`, as Linux does for an option that it does not have.

use alloc::vec::Vec;

use crate::constants::ipproto;
use crate::errno::Errno;

/// `SOL_SOCKET`.
pub const SOL_SOCKET: i32 = 1;

/// Which option: its level and its name.
pub type Key = (i32, i32);

/// Keys that the code names.
#[allow(missing_docs, reason = "the names are those of the C headers")]
pub mod key {
    use super::{Key, SOL_SOCKET, ipproto};
    pub const REUSE_ADDRESS: Key = (SOL_SOCKET, 2);
    pub const TYPE: Key = (SOL_SOCKET, 3);
    pub const ERROR: Key = (SOL_SOCKET, 4);
    pub const BROADCAST: Key = (SOL_SOCKET, 6);
    pub const SEND_BUFFER: Key = (SOL_SOCKET, 7);
    pub const RECEIVE_BUFFER: Key = (SOL_SOCKET, 8);
    pub const KEEP_ALIVE: Key = (SOL_SOCKET, 9);
    pub const LINGER: Key = (SOL_SOCKET, 13);
    pub const REUSE_PORT: Key = (SOL_SOCKET, 15);
    pub const RECEIVE_LOW_WATER: Key = (SOL_SOCKET, 18);
    /// With `long[2]` in every Emscripten; the native one of 3.1.6 and of wasm64.
    pub const RECEIVE_TIMEOUT: Key = (SOL_SOCKET, 20);
    pub const SEND_TIMEOUT: Key = (SOL_SOCKET, 21);
    pub const ACCEPTING: Key = (SOL_SOCKET, 30);
    pub const PROTOCOL: Key = (SOL_SOCKET, 38);
    pub const DOMAIN: Key = (SOL_SOCKET, 39);
    /// With a `time_t` of 64 bits, in wasm32 since 3.1.x.
    pub const RECEIVE_TIMEOUT_WIDE: Key = (SOL_SOCKET, 66);
    pub const SEND_TIMEOUT_WIDE: Key = (SOL_SOCKET, 67);
    pub const NO_DELAY: Key = (ipproto::TCP, 1);
    pub const KEEP_IDLE: Key = (ipproto::TCP, 4);
    pub const TTL: Key = (ipproto::IP, 2);
    pub const V6_ONLY: Key = (ipproto::IPV6, 26);
    pub const HOPS: Key = (ipproto::IPV6, 16);
}

/// What values an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// 0 or 1; anything else counts as 1.
    Flag,
    /// A number in a range, `EINVAL` outside.
    Integer {
        /// The least.
        least: i32,
        /// The most.
        most: i32,
    },
    /// A number in a range, or -1 for the default.
    IntegerOrDefault {
        /// The least but -1.
        least: i32,
        /// The most.
        most: i32,
    },
    /// The size of a buffer: clamped as Linux clamps it, and read back doubled.
    Buffer {
        /// The least that is read back.
        least: i32,
    },
    /// Computed from the state of the socket; cannot be set.
    State,
    /// `struct linger`.
    Linger,
    /// A timeout.
    Time,
}

/// Which sockets have an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All.
    All,
    /// TCP sockets.
    Stream,
    /// IPv6 sockets.
    Inet6,
}

/// A known option.
#[derive(Clone, Copy, Debug)]
pub struct Definition {
    /// Which.
    pub key: Key,
    /// What values it takes.
    pub form: Form,
    /// What it is unless set.
    pub default: i32,
    /// Who has it.
    pub scope: Scope,
}

const fn option(key: Key, form: Form, default: i32, scope: Scope) -> Definition {
    Definition {
        key,
        form,
        default,
        scope,
    }
}

/// Linux's `net.core.rmem_max` and `wmem_max`.
const BUFFER_MOST: i32 = 212_992;

/// The known options.
pub const TABLE: &[Definition] = &[
    option(key::REUSE_ADDRESS, Form::Flag, 0, Scope::All),
    option(key::TYPE, Form::State, 0, Scope::All),
    option(key::ERROR, Form::State, 0, Scope::All),
    // SO_DONTROUTE
    option((SOL_SOCKET, 5), Form::Flag, 0, Scope::All),
    option(key::BROADCAST, Form::Flag, 0, Scope::All),
    option(key::SEND_BUFFER, Form::Buffer { least: 4608 }, BUFFER_MOST, Scope::All),
    option(
        key::RECEIVE_BUFFER,
        Form::Buffer { least: 2304 },
        BUFFER_MOST,
        Scope::All,
    ),
    option(key::KEEP_ALIVE, Form::Flag, 0, Scope::All),
    // SO_OOBINLINE: there is no urgent data to keep out of line.
    option((SOL_SOCKET, 10), Form::Flag, 0, Scope::All),
    option(key::LINGER, Form::Linger, 0, Scope::All),
    option(key::REUSE_PORT, Form::Flag, 0, Scope::All),
    option(
        key::RECEIVE_LOW_WATER,
        Form::Integer {
            least: 0,
            most: i32::MAX,
        },
        1,
        Scope::All,
    ),
    // SO_SNDLOWAT
    option((SOL_SOCKET, 19), Form::State, 1, Scope::All),
    option(key::RECEIVE_TIMEOUT, Form::Time, 0, Scope::All),
    option(key::SEND_TIMEOUT, Form::Time, 0, Scope::All),
    option(key::ACCEPTING, Form::State, 0, Scope::All),
    option(key::PROTOCOL, Form::State, 0, Scope::All),
    option(key::DOMAIN, Form::State, 0, Scope::All),
    option(key::RECEIVE_TIMEOUT_WIDE, Form::Time, 0, Scope::All),
    option(key::SEND_TIMEOUT_WIDE, Form::Time, 0, Scope::All),
    option(key::NO_DELAY, Form::Flag, 0, Scope::Stream),
    // TCP_MAXSEG
    option(
        (ipproto::TCP, 2),
        Form::Integer {
            least: 88,
            most: 32_767,
        },
        536,
        Scope::Stream,
    ),
    // TCP_CORK: the ring gathers what is written in one turn of the event loop anyway.
    option((ipproto::TCP, 3), Form::Flag, 0, Scope::Stream),
    option(
        key::KEEP_IDLE,
        Form::Integer { least: 1, most: 32_767 },
        7200,
        Scope::Stream,
    ),
    // TCP_KEEPINTVL, TCP_KEEPCNT
    option(
        (ipproto::TCP, 5),
        Form::Integer { least: 1, most: 32_767 },
        75,
        Scope::Stream,
    ),
    option(
        (ipproto::TCP, 6),
        Form::Integer { least: 1, most: 127 },
        9,
        Scope::Stream,
    ),
    // TCP_QUICKACK, TCP_USER_TIMEOUT
    option((ipproto::TCP, 12), Form::Flag, 1, Scope::Stream),
    option(
        (ipproto::TCP, 18),
        Form::Integer {
            least: 0,
            most: i32::MAX,
        },
        0,
        Scope::Stream,
    ),
    // IP_TOS
    option((ipproto::IP, 1), Form::Integer { least: 0, most: 255 }, 0, Scope::All),
    option(key::TTL, Form::IntegerOrDefault { least: 1, most: 255 }, 64, Scope::All),
    option(
        key::HOPS,
        Form::IntegerOrDefault { least: 0, most: 255 },
        64,
        Scope::Inet6,
    ),
    option(key::V6_ONLY, Form::Flag, 0, Scope::Inet6),
];

/// The definition of an option.
pub fn find(key: Key) -> Option<&'static Definition> {
    TABLE.iter().find(|definition| definition.key == key)
}

impl Definition {
    /// A value as it is kept, or why it cannot be set.
    pub fn admit(&self, value: i32) -> Result<i32, Errno> {
        match self.form {
            Form::Flag => Ok(i32::from(value != 0)),
            Form::Integer { least, most } if (least..=most).contains(&value) => Ok(value),
            Form::IntegerOrDefault { .. } if value == -1 => Ok(self.default),
            Form::IntegerOrDefault { least, most } if (least..=most).contains(&value) => Ok(value),
            Form::Integer { .. } | Form::IntegerOrDefault { .. } => Err(Errno::INVAL),
            // Linux compares as unsigned: a negative size is the most.
            Form::Buffer { least } => Ok(((value as u32).min(BUFFER_MOST as u32) as i32 * 2).max(least)),
            Form::State => Err(Errno::NOPROTOOPT),
            Form::Linger | Form::Time => Err(Errno::INVAL),
        }
    }
}

/// What has been set on a socket; nothing is kept for what has not.
#[derive(Clone, Debug, Default)]
pub struct Options {
    set: Vec<(Key, i32)>,
    /// `SO_LINGER`, in seconds; `None`: off.
    pub linger: Option<i32>,
    /// The seconds that `SO_LINGER` was last given with its switch off, which are read back.
    pub linger_seconds: i32,
    /// `SO_RCVTIMEO` in milliseconds.
    pub receive_timeout: Option<f64>,
    /// `SO_SNDTIMEO` in milliseconds.
    pub send_timeout: Option<f64>,
}

impl Options {
    /// The value of an option in the table.
    pub fn get(&self, key: Key) -> i32 {
        self.given(key)
            .unwrap_or_else(|| find(key).map_or(0, |definition| definition.default))
    }

    /// The same, if it has been set.
    pub fn given(&self, key: Key) -> Option<i32> {
        self.set
            .iter()
            .find(|(other, _)| *other == key)
            .map(|&(_, value)| value)
    }

    /// Whether a flag is on.
    pub fn is_on(&self, key: Key) -> bool {
        self.get(key) != 0
    }

    /// Keeps a value that was admitted.
    pub fn put(&mut self, key: Key, value: i32) {
        match self.set.iter_mut().find(|(other, _)| *other == key) {
            Some((_, old)) => *old = value,
            None => self.set.push((key, value)),
        }
    }

    /// `TCP_KEEPIDLE` in milliseconds if `SO_KEEPALIVE` is on, else 0.
    pub fn keep_alive(&self) -> u32 {
        if self.is_on(key::KEEP_ALIVE) {
            self.get(key::KEEP_IDLE).unsigned_abs() * 1000
        } else {
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_option_is_in_the_table_once() {
        for (place, definition) in TABLE.iter().enumerate() {
            assert!(
                TABLE[..place].iter().all(|other| other.key != definition.key),
                "{:?}",
                definition.key
            );
        }
    }

    #[test]
    fn values_are_admitted_as_linux_does() {
        let admit = |key, value| find(key).unwrap().admit(value);
        assert_eq!(admit(key::NO_DELAY, 7), Ok(1));
        assert_eq!(admit(key::TTL, -1), Ok(64));
        assert_eq!(admit(key::TTL, 256), Err(Errno::INVAL));
        assert_eq!(admit(key::SEND_BUFFER, 1), Ok(4608));
        assert_eq!(admit(key::SEND_BUFFER, 100_000), Ok(200_000));
        assert_eq!(admit(key::SEND_BUFFER, -1), Ok(2 * BUFFER_MOST));
        assert_eq!(admit(key::ERROR, 0), Err(Errno::NOPROTOOPT));
        assert!(find((SOL_SOCKET, 9999)).is_none());
    }
}
