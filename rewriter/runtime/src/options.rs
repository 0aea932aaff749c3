//! Socket options: what is known of each, and what has been set on a socket. What is not in the table answers
//! `ENOPROTOOPT`, as Linux does for an option that it does not have.

mod table;

use alloc::vec::Vec;

use crate::constants::ipproto;
use crate::errno::Errno;

pub use table::{TABLE, key};

/// `SOL_SOCKET`.
pub const SOL_SOCKET: i32 = 1;

/// Which option: its level and its name.
pub type Key = (i32, i32);

/// What values an option takes.
#[derive(Clone, Copy, Debug)]
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
    /// A number in a range, or -1 for the default; `EINVAL` outside.
    IntegerOrDefault {
        /// The least but -1.
        least: i32,
        /// The most.
        most: i32,
    },
    /// A number in a range, and another errno outside: what a program without privileges may not have, or what no
    /// platform here does.
    Within {
        /// The least.
        least: i32,
        /// The most.
        most: i32,
        /// What others are refused with.
        otherwise: Errno,
    },
    /// A number that Linux makes another one of.
    Made(fn(i32) -> Result<i32, Errno>),
    /// The size of a buffer: clamped as Linux clamps it, and read back doubled.
    Buffer {
        /// The least that is read back.
        least: i32,
    },
    /// Computed from the state of the socket, or always the default; cannot be set.
    State,
    /// Cannot be set, and has nothing to read.
    Refused(Errno),
    /// Cannot be set, and is read as it is unless set.
    Denied(Errno),
    /// Only ever empty: `EPERM` for anything else.
    Empty,
    /// The name of an interface: `EPERM` for any but none.
    Device,
    /// The name of a congestion control.
    Congestion,
    /// `struct linger`.
    Linger,
    /// A timeout.
    Time,
    /// `struct tcp_info`.
    Info,
    /// `struct ucred`.
    Credentials,
    /// The interface that multicast leaves through: an address, an `ip_mreq` or an `ip_mreqn`.
    Interface,
    /// A multicast group, to join or to leave.
    Group {
        /// How it is named.
        request: GroupRequest,
        /// To join it.
        join: bool,
    },
}

/// The structure that names a multicast group and an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupRequest {
    /// `struct ip_mreq` or `struct ip_mreqn`.
    Inet,
    /// `struct ipv6_mreq`.
    Inet6,
    /// `struct group_req` with an IPv4 address.
    AnyInet,
    /// `struct group_req` with an IPv6 address.
    AnyInet6,
}

/// What happens with an option that is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It does here what it does on Linux.
    Applied,
    /// It is checked and read back as on Linux, and changes nothing: no platform here lets it.
    Kept,
    /// It can be read.
    Told,
    /// It is answered with the errno of a Linux that does not have or does not allow it.
    Refused,
}

/// A known option.
#[derive(Clone, Copy, Debug)]
pub struct Definition {
    /// Its name in C.
    pub name: &'static str,
    /// Which.
    pub key: Key,
    /// What values it takes.
    pub form: Form,
    /// What it is unless set.
    pub default: i32,
    /// What it is unless set on a TCP socket.
    pub stream_default: i32,
    /// What happens when it is set.
    pub effect: Effect,
    /// The fewest bytes of a number, if that is less than an `int`: the options of `IPPROTO_IP` take a byte.
    pub least_length: usize,
    /// What setting it on a TCP socket answers, if it is not for those.
    pub on_stream: Option<Errno>,
}

/// The definition of an option.
pub fn find(key: Key) -> Option<&'static Definition> {
    TABLE.iter().find(|definition| definition.key == key)
}

/// Linux's `net.core.rmem_max` and `wmem_max` (since 6.16).
pub const BUFFER_MOST: i32 = 4 << 20;

impl Definition {
    /// A number as it is kept, or why it cannot be set.
    pub fn admit(&self, value: i32) -> Result<i32, Errno> {
        match self.form {
            Form::Flag => Ok(i32::from(value != 0)),
            Form::IntegerOrDefault { .. } if value == -1 => Ok(self.default),
            Form::Integer { least, most } | Form::IntegerOrDefault { least, most } => {
                if (least..=most).contains(&value) {
                    Ok(value)
                } else {
                    Err(Errno::INVAL)
                }
            }
            Form::Within { least, most, otherwise } => {
                if (least..=most).contains(&value) {
                    Ok(value)
                } else {
                    Err(otherwise)
                }
            }
            Form::Made(make) => make(value),
            // Linux compares as unsigned: a negative size is the most.
            Form::Buffer { least } => Ok(((value as u32).min(BUFFER_MOST as u32) as i32 * 2).max(least)),
            Form::Refused(errno) | Form::Denied(errno) => Err(errno),
            Form::State | Form::Info | Form::Credentials => Err(Errno::NOPROTOOPT),
            Form::Empty
            | Form::Device
            | Form::Congestion
            | Form::Linger
            | Form::Time
            | Form::Interface
            | Form::Group { .. } => Err(Errno::INVAL),
        }
    }
}

/// Names of congestion controls that a Linux program may choose; the number of the one chosen is kept. Which one the
/// platform has is its own affair.
pub const CONGESTION: [&[u8]; 2] = [b"cubic", b"reno"];

/// What has been set on a socket; nothing is kept for what has not.
#[derive(Clone, Debug, Default)]
pub struct Options {
    set: Vec<(Key, i32)>,
    /// `SO_LINGER`, in seconds; `None`: off.
    pub linger: Option<i32>,
    /// The seconds that `SO_LINGER` was last switched on with, which are read back.
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

    /// Whether a flag that is off unless set is on. It is asked for every datagram, and does not look into the table.
    pub fn is_on(&self, key: Key) -> bool {
        self.given(key).is_some_and(|value| value != 0)
    }

    /// Keeps a value that was admitted. `ENOBUFS` if memory is short.
    pub fn put(&mut self, key: Key, value: i32) -> Result<(), Errno> {
        match self.set.iter_mut().find(|(other, _)| *other == key) {
            Some((_, old)) => *old = value,
            None => {
                self.set.try_reserve(1).map_err(|_| Errno::NOBUFS)?;
                self.set.push((key, value));
            }
        }
        Ok(())
    }

    /// As if it had never been set.
    pub fn forget(&mut self, key: Key) {
        self.set.retain(|(other, _)| *other != key);
    }

    /// `TCP_KEEPIDLE` in milliseconds if `SO_KEEPALIVE` is on, else 0.
    pub fn keep_alive(&self) -> u32 {
        if self.is_on(key::KEEP_ALIVE) {
            self.get(key::KEEP_IDLE).unsigned_abs() * 1000
        } else {
            0
        }
    }

    /// A buffer's size that is asked of the platform: none unless it is larger than what platforms have anyway. The
    /// runtime bounds what a smaller one is to hold itself, and counts what finds no room; what the platform drops,
    /// nobody could count.
    pub fn platform_buffer(&self, key: Key) -> Option<u32> {
        let asked = self.given(key)?.unsigned_abs() / 2;
        (asked as usize > crate::constants::limit::DATAGRAMS).then_some(asked)
    }
}

/// Whether a level is one of TCP's, UDP's, or IPv6's own.
pub fn level_is_for(level: i32, stream: bool, inet6: bool) -> bool {
    match level {
        SOL_SOCKET | ipproto::IP => true,
        ipproto::TCP => stream,
        ipproto::UDP => !stream,
        ipproto::IPV6 => inet6,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_option_is_in_the_table_once() {
        for (place, definition) in TABLE.iter().enumerate() {
            for other in &TABLE[..place] {
                assert_ne!(other.key, definition.key, "{}", definition.name);
                assert_ne!(other.name, definition.name);
            }
        }
    }

    #[test]
    fn flags_that_are_asked_for_are_off_unless_set() {
        for key in [
            key::BROADCAST,
            key::CORK,
            key::DROPPED,
            key::KEEP_ALIVE,
            key::PACKET_INFO,
            key::PASS_CREDENTIALS,
            key::RECEIVE_PACKET_INFO_V6,
            key::V6_ONLY,
        ] {
            let definition = find(key).unwrap();
            assert_eq!(
                (definition.default, definition.stream_default),
                (0, 0),
                "{}",
                definition.name
            );
        }
    }

    #[test]
    fn what_is_refused_says_so() {
        for definition in TABLE {
            let refused = matches!(definition.form, Form::Refused(_) | Form::Denied(_) | Form::Device);
            let told = matches!(definition.form, Form::State | Form::Info | Form::Credentials);
            assert_eq!(told, definition.effect == Effect::Told, "{}", definition.name);
            assert!(!refused || definition.effect == Effect::Refused, "{}", definition.name);
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

    /// Pairs of what is set and what is read back, as a C program printed them on Linux 6.18.
    #[test]
    fn numbers_are_made_as_linux_makes_them() {
        let seen: &[(&str, &[(i32, i32)])] = &[
            (
                "TCP_DEFER_ACCEPT",
                &[
                    (-1, 0),
                    (1, 1),
                    (2, 3),
                    (5, 7),
                    (64, 127),
                    (128, 247),
                    (536, 607),
                    (i32::MAX, 29_887),
                ],
            ),
            (
                "TCP_LINGER2",
                &[(-2, -1), (0, 60), (64, 64), (127, 120), (i32::MAX, 120)],
            ),
            ("TCP_FASTOPEN", &[(0, 0), (1000, 1000), (32_767, 4096)]),
            ("TCP_WINDOW_CLAMP", &[(-2, 1152), (0, 0), (1, 1152), (32_767, 32_767)]),
            ("TCP_MAXSEG", &[(0, 536), (127, 127), (32_767, 32_767)]),
            ("TCP_THIN_DUPACK", &[(0, 0), (1, 0)]),
            ("SO_BSDCOMPAT", &[(1, 0)]),
            ("SO_RCVLOWAT", &[(0, 1), (2, 2), (-1, i32::MAX)]),
            ("SO_BUSY_POLL", &[(0, 0), (50, 50)]),
            ("IP_TOS", &[(-1, 255), (5, 5), (256, 0), (1000, 232)]),
            ("IPV6_TCLASS", &[(-1, 0), (255, 255)]),
        ];
        for (name, pairs) in seen {
            let definition = TABLE.iter().find(|definition| definition.name == *name).unwrap();
            for &(set, read) in *pairs {
                assert_eq!(definition.admit(set), Ok(read), "{name} {set}");
            }
        }
    }

    /// Values that Linux 6.18 refuses a program without privileges, and how.
    #[test]
    fn numbers_are_refused_as_linux_refuses_them() {
        for (name, value, errno) in [
            ("SO_DEBUG", 1, Errno::ACCES),
            ("SO_PRIORITY", 7, Errno::PERM),
            ("SO_MARK", 0, Errno::PERM),
            ("SO_RCVBUFFORCE", 1, Errno::PERM),
            ("SO_BUSY_POLL", -1, Errno::INVAL),
            ("SO_TYPE", 1, Errno::NOPROTOOPT),
            ("TCP_MAXSEG", 32_768, Errno::INVAL),
            ("TCP_MAXSEG", 87, Errno::INVAL),
            ("TCP_FASTOPEN", -1, Errno::INVAL),
            ("TCP_SYNCNT", 128, Errno::INVAL),
            ("TCP_REPAIR", 1, Errno::PERM),
            ("IP_HDRINCL", 1, Errno::NOPROTOOPT),
            ("IP_TRANSPARENT", 1, Errno::PERM),
            ("IP_UNICAST_IF", 1, Errno::ADDRNOTAVAIL),
            ("IP_MTU_DISCOVER", 6, Errno::INVAL),
            ("IP_MULTICAST_TTL", 256, Errno::INVAL),
            ("IPV6_MULTICAST_LOOP", 2, Errno::INVAL),
            ("IPV6_UNICAST_HOPS", -2, Errno::INVAL),
        ] {
            let definition = TABLE.iter().find(|definition| definition.name == name).unwrap();
            assert_eq!(definition.admit(value), Err(errno), "{name} {value}");
        }
    }
}
