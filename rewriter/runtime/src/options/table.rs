//! The table of options. Defaults, ranges and errnos are those that a C program without privileges printed on Linux 6.18;
//! sources: socket(7), tcp(7), udp(7), ip(7), ipv6(7) of the Linux man pages.

use super::{Definition, Effect, Form, GroupRequest, Key, SOL_SOCKET};
use crate::constants::{ipproto, limit};
use crate::errno::Errno;

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
    pub const PASS_CREDENTIALS: Key = (SOL_SOCKET, 16);
    pub const RECEIVE_LOW_WATER: Key = (SOL_SOCKET, 18);
    /// With `long[2]` in every Emscripten; the native one of 3.1.6 and of wasm64.
    pub const RECEIVE_TIMEOUT: Key = (SOL_SOCKET, 20);
    pub const SEND_TIMEOUT: Key = (SOL_SOCKET, 21);
    pub const ACCEPTING: Key = (SOL_SOCKET, 30);
    pub const PROTOCOL: Key = (SOL_SOCKET, 38);
    pub const DOMAIN: Key = (SOL_SOCKET, 39);
    pub const DROPPED: Key = (SOL_SOCKET, 40);
    /// With a `time_t` of 64 bits, in wasm32 since 3.1.x.
    pub const RECEIVE_TIMEOUT_WIDE: Key = (SOL_SOCKET, 66);
    pub const SEND_TIMEOUT_WIDE: Key = (SOL_SOCKET, 67);
    pub const NO_DELAY: Key = (ipproto::TCP, 1);
    pub const KEEP_IDLE: Key = (ipproto::TCP, 4);
    pub const CONGESTION: Key = (ipproto::TCP, 13);
    pub const CORK: Key = (ipproto::UDP, 1);
    pub const TOS: Key = (ipproto::IP, 1);
    pub const TTL: Key = (ipproto::IP, 2);
    pub const PACKET_INFO: Key = (ipproto::IP, 8);
    pub const MTU: Key = (ipproto::IP, 14);
    pub const MULTICAST_INTERFACE: Key = (ipproto::IP, 32);
    pub const MULTICAST_TTL: Key = (ipproto::IP, 33);
    pub const MULTICAST_LOOP: Key = (ipproto::IP, 34);
    pub const HOPS: Key = (ipproto::IPV6, 16);
    pub const MULTICAST_INTERFACE_V6: Key = (ipproto::IPV6, 17);
    pub const MULTICAST_HOPS: Key = (ipproto::IPV6, 18);
    pub const MULTICAST_LOOP_V6: Key = (ipproto::IPV6, 19);
    pub const MTU_V6: Key = (ipproto::IPV6, 24);
    pub const V6_ONLY: Key = (ipproto::IPV6, 26);
    pub const RECEIVE_PACKET_INFO_V6: Key = (ipproto::IPV6, 49);
    pub const TRAFFIC_CLASS: Key = (ipproto::IPV6, 67);
}

impl Definition {
    /// The value that it has unless set.
    const fn default(mut self, value: i32) -> Self {
        self.default = value;
        self.stream_default = value;
        self
    }

    /// The same for TCP sockets alone.
    const fn stream_default(mut self, value: i32) -> Self {
        self.stream_default = value;
        self
    }

    const fn applied(mut self) -> Self {
        self.effect = Effect::Applied;
        self
    }

    const fn refused(mut self) -> Self {
        self.effect = Effect::Refused;
        self
    }

    const fn at_least(mut self, bytes: usize) -> Self {
        self.least_length = bytes;
        self
    }

    const fn not_on_stream(mut self, errno: Errno) -> Self {
        self.on_stream = Some(errno);
        self
    }
}

const fn option(name: &'static str, key: Key, form: Form) -> Definition {
    Definition {
        name,
        key,
        form,
        default: 0,
        stream_default: 0,
        effect: match form {
            Form::State | Form::Info | Form::Credentials => Effect::Told,
            Form::Refused(_) | Form::Denied(_) | Form::Device | Form::Within { least: 0, most: 0, .. } => {
                Effect::Refused
            }
            Form::Group { .. } | Form::Interface | Form::Linger | Form::Time => Effect::Applied,
            _ => Effect::Kept,
        },
        least_length: if key.0 == ipproto::IP { 0 } else { 4 },
        on_stream: None,
    }
}

const fn socket(name: &'static str, number: i32, form: Form) -> Definition {
    option(name, (SOL_SOCKET, number), form)
}

const fn tcp(name: &'static str, number: i32, form: Form) -> Definition {
    option(name, (ipproto::TCP, number), form)
}

const fn udp(name: &'static str, number: i32, form: Form) -> Definition {
    option(name, (ipproto::UDP, number), form)
}

const fn ip(name: &'static str, number: i32, form: Form) -> Definition {
    option(name, (ipproto::IP, number), form)
}

const fn ipv6(name: &'static str, number: i32, form: Form) -> Definition {
    option(name, (ipproto::IPV6, number), form)
}

const FLAG: Form = Form::Flag;
const STATE: Form = Form::State;
const NOT_NEGATIVE: Form = from(0, i32::MAX);
const ANY: Form = from(i32::MIN, i32::MAX);

const fn from(least: i32, most: i32) -> Form {
    Form::Integer { least, most }
}

/// 0 alone, and an errno for all else.
const fn off(otherwise: Errno) -> Form {
    Form::Within {
        least: 0,
        most: 0,
        otherwise,
    }
}

const fn group(request: GroupRequest, join: bool) -> Form {
    Form::Group { request, join }
}

/// What Linux takes and forgets.
fn forgotten(_: i32) -> Result<i32, Errno> {
    Ok(0)
}

fn forgotten_flag(value: i32) -> Result<i32, Errno> {
    if matches!(value, 0 | 1) {
        Ok(0)
    } else {
        Err(Errno::INVAL)
    }
}

fn receive_low_water(value: i32) -> Result<i32, Errno> {
    Ok(if value < 0 { i32::MAX } else { value.max(1) })
}

fn segment(value: i32) -> Result<i32, Errno> {
    match value {
        0 => Ok(SEGMENT),
        88..=32_767 => Ok(value),
        _ => Err(Errno::INVAL),
    }
}

fn fin_timeout(value: i32) -> Result<i32, Errno> {
    Ok(match value {
        ..0 => -1,
        0 => 60,
        _ => value.min(120),
    })
}

/// Linux keeps how often it would have sent SYN and ACK again in so many seconds, and reads back the seconds of that.
fn deferred(value: i32) -> Result<i32, Errno> {
    const LONGEST: i32 = 120;
    const MOST: i32 = 255;
    if value <= 0 {
        return Ok(0);
    }
    let (mut seconds, mut timeout, mut times) = (1, 1, 1);
    while value > seconds && times < MOST {
        timeout = (timeout * 2).min(LONGEST);
        seconds += timeout;
        times += 1;
    }
    Ok(seconds)
}

fn window(value: i32) -> Result<i32, Errno> {
    const LEAST: i32 = 1152;
    Ok(if value == 0 { 0 } else { value.max(LEAST) })
}

fn fast_open(value: i32) -> Result<i32, Errno> {
    const SOMAXCONN: i32 = 4096;
    if value < 0 {
        Err(Errno::INVAL)
    } else {
        Ok(value.min(SOMAXCONN))
    }
}

fn low_byte(value: i32) -> Result<i32, Errno> {
    Ok(value & 0xff)
}

fn least_mtu(value: i32) -> Result<i32, Errno> {
    const LEAST: i32 = 1280;
    if value == 0 || value >= LEAST {
        Ok(value)
    } else {
        Err(Errno::INVAL)
    }
}

/// What TCP takes a peer's segments for that has said nothing (RFC 9293).
const SEGMENT: i32 = 536;

/// The known options.
pub const TABLE: &[Definition] = &[
    socket("SO_DEBUG", 1, off(Errno::ACCES)),
    socket("SO_REUSEADDR", 2, FLAG).applied(),
    socket("SO_TYPE", 3, STATE),
    socket("SO_ERROR", 4, STATE),
    socket("SO_DONTROUTE", 5, FLAG),
    socket("SO_BROADCAST", 6, FLAG).applied(),
    socket("SO_SNDBUF", 7, Form::Buffer { least: 4608 })
        .default(limit::DATAGRAMS as i32)
        .stream_default(16_384)
        .applied(),
    // Of TCP, the runtime's own limit bounds what was received (a setting): a platform that has to stop reading may lose
    // the end of the stream.
    socket("SO_RCVBUF", 8, Form::Buffer { least: 2304 })
        .default(limit::DATAGRAMS as i32)
        .stream_default(131_072)
        .applied(),
    socket("SO_KEEPALIVE", 9, FLAG).applied(),
    // There is no urgent data to keep out of line.
    socket("SO_OOBINLINE", 10, FLAG),
    socket("SO_NO_CHECK", 11, FLAG),
    socket(
        "SO_PRIORITY",
        12,
        Form::Within {
            least: 0,
            most: 6,
            otherwise: Errno::PERM,
        },
    ),
    socket("SO_LINGER", 13, Form::Linger),
    socket("SO_BSDCOMPAT", 14, Form::Made(forgotten)),
    socket("SO_REUSEPORT", 15, FLAG).applied(),
    // Of AF_UNIX alone.
    socket("SO_PASSCRED", 16, FLAG).applied(),
    socket("SO_PEERCRED", 17, Form::Credentials),
    socket("SO_RCVLOWAT", 18, Form::Made(receive_low_water))
        .default(1)
        .applied(),
    socket("SO_SNDLOWAT", 19, STATE).default(1),
    socket("SO_RCVTIMEO_OLD", 20, Form::Time),
    socket("SO_SNDTIMEO_OLD", 21, Form::Time),
    socket("SO_BINDTODEVICE", 25, Form::Device),
    // No platform filters, and who asks for a filter relies on it.
    socket("SO_ATTACH_FILTER", 26, Form::Refused(Errno::NOPROTOOPT)),
    socket("SO_DETACH_FILTER", 27, Form::Refused(Errno::NOENT)),
    // No platform tells when a datagram came.
    socket("SO_TIMESTAMP_OLD", 29, off(Errno::NOPROTOOPT)),
    socket("SO_ACCEPTCONN", 30, STATE),
    socket("SO_SNDBUFFORCE", 32, Form::Refused(Errno::PERM)),
    socket("SO_RCVBUFFORCE", 33, Form::Refused(Errno::PERM)),
    socket("SO_TIMESTAMPNS_OLD", 35, off(Errno::NOPROTOOPT)),
    socket("SO_MARK", 36, Form::Denied(Errno::PERM)),
    socket("SO_TIMESTAMPING_OLD", 37, off(Errno::NOPROTOOPT)),
    socket("SO_PROTOCOL", 38, STATE),
    socket("SO_DOMAIN", 39, STATE),
    socket("SO_RXQ_OVFL", 40, FLAG).applied(),
    socket("SO_WIFI_STATUS", 41, FLAG),
    // Negative is off, and all that is done here.
    socket(
        "SO_PEEK_OFF",
        42,
        Form::Within {
            least: i32::MIN,
            most: -1,
            otherwise: Errno::OPNOTSUPP,
        },
    )
    .default(-1)
    .refused(),
    socket("SO_NOFCS", 43, FLAG),
    socket("SO_LOCK_FILTER", 44, FLAG),
    socket("SO_SELECT_ERR_QUEUE", 45, FLAG),
    socket("SO_BUSY_POLL", 46, NOT_NEGATIVE),
    socket("SO_MAX_PACING_RATE", 47, ANY).default(-1),
    socket("SO_INCOMING_CPU", 49, ANY).default(-1),
    socket("SO_ATTACH_REUSEPORT_CBPF", 51, Form::Refused(Errno::NOPROTOOPT)),
    socket("SO_INCOMING_NAPI_ID", 56, STATE),
    // Handles are used again, and a number that is unique is not to be had of them.
    socket("SO_COOKIE", 57, Form::Refused(Errno::NOPROTOOPT)),
    // Who sends without a copy waits to be told that it has left.
    socket("SO_ZEROCOPY", 60, off(Errno::OPNOTSUPP)),
    socket("SO_BINDTOIFINDEX", 62, off(Errno::PERM)),
    socket("SO_TIMESTAMP", 63, off(Errno::NOPROTOOPT)),
    socket("SO_TIMESTAMPNS", 64, off(Errno::NOPROTOOPT)),
    socket("SO_TIMESTAMPING", 65, off(Errno::NOPROTOOPT)),
    socket("SO_RCVTIMEO", 66, Form::Time),
    socket("SO_SNDTIMEO", 67, Form::Time),
    socket("SO_PREFER_BUSY_POLL", 69, off(Errno::PERM)),
    socket("SO_TXREHASH", 74, Form::IntegerOrDefault { least: 0, most: 1 }).default(1),
    tcp("TCP_NODELAY", 1, FLAG).applied(),
    tcp("TCP_MAXSEG", 2, Form::Made(segment)).default(SEGMENT),
    // The ring gathers what is written in one turn of the event loop anyway.
    tcp("TCP_CORK", 3, FLAG),
    tcp("TCP_KEEPIDLE", 4, from(1, 32_767)).default(7200).applied(),
    tcp("TCP_KEEPINTVL", 5, from(1, 32_767)).default(75),
    tcp("TCP_KEEPCNT", 6, from(1, 127)).default(9),
    tcp("TCP_SYNCNT", 7, from(1, 127)).default(6),
    tcp("TCP_LINGER2", 8, Form::Made(fin_timeout)).default(60),
    tcp("TCP_DEFER_ACCEPT", 9, Form::Made(deferred)),
    tcp("TCP_WINDOW_CLAMP", 10, Form::Made(window)),
    tcp("TCP_INFO", 11, Form::Info),
    tcp("TCP_QUICKACK", 12, FLAG).default(1),
    tcp("TCP_CONGESTION", 13, Form::Congestion),
    tcp("TCP_MD5SIG", 14, Form::Refused(Errno::NOPROTOOPT)),
    tcp("TCP_THIN_LINEAR_TIMEOUTS", 16, from(0, 1)),
    tcp("TCP_THIN_DUPACK", 17, Form::Made(forgotten_flag)),
    tcp("TCP_USER_TIMEOUT", 18, NOT_NEGATIVE),
    tcp("TCP_REPAIR", 19, Form::Denied(Errno::PERM)),
    tcp("TCP_FASTOPEN", 23, Form::Made(fast_open)),
    tcp("TCP_NOTSENT_LOWAT", 25, ANY),
    // connect() connects all the same, and what is then sent is sent.
    tcp("TCP_FASTOPEN_CONNECT", 30, from(0, 1)),
    // As where the kernel has no TLS.
    tcp("TCP_ULP", 31, Form::Refused(Errno::NOENT)),
    tcp("TCP_FASTOPEN_NO_COOKIE", 34, from(0, 1)),
    tcp("TCP_INQ", 36, off(Errno::NOPROTOOPT)),
    udp("UDP_CORK", 1, FLAG).applied(),
    udp("UDP_NO_CHECK6_TX", 101, FLAG),
    udp("UDP_NO_CHECK6_RX", 102, FLAG),
    // Datagrams are not cut to pieces by any platform.
    udp("UDP_SEGMENT", 103, off(Errno::NOPROTOOPT)),
    // Several may come as one, or not: here they never do.
    udp("UDP_GRO", 104, FLAG),
    ip("IP_TOS", 1, Form::Made(low_byte)),
    // Of TCP it is kept.
    ip("IP_TTL", 2, Form::IntegerOrDefault { least: 1, most: 255 })
        .default(64)
        .at_least(1)
        .applied(),
    ip("IP_HDRINCL", 3, STATE),
    ip("IP_OPTIONS", 4, Form::Empty),
    ip("IP_RECVOPTS", 6, FLAG),
    ip("IP_RETOPTS", 7, FLAG),
    ip("IP_PKTINFO", 8, FLAG).applied(),
    ip("IP_MTU_DISCOVER", 10, from(0, 5)).default(1),
    // There is nothing in the queue of errors; what comes of a connected peer is told by the next call, as always.
    ip("IP_RECVERR", 11, FLAG),
    // No platform tells these of a datagram, so no control data says them.
    ip("IP_RECVTTL", 12, FLAG),
    ip("IP_RECVTOS", 13, FLAG),
    ip("IP_MTU", 14, STATE),
    ip("IP_FREEBIND", 15, FLAG).at_least(1),
    ip("IP_PASSSEC", 18, FLAG),
    ip("IP_TRANSPARENT", 19, off(Errno::PERM)).at_least(1),
    ip("IP_RECVORIGDSTADDR", 20, FLAG),
    ip("IP_MINTTL", 21, from(0, 255)).at_least(1),
    ip("IP_NODEFRAG", 22, STATE),
    ip("IP_CHECKSUM", 23, FLAG),
    ip("IP_BIND_ADDRESS_NO_PORT", 24, FLAG),
    ip("IP_RECVFRAGSIZE", 25, FLAG).not_on_stream(Errno::INVAL),
    ip("IP_RECVERR_RFC4884", 26, from(0, 1)),
    ip("IP_MULTICAST_IF", 32, Form::Interface).not_on_stream(Errno::INVAL),
    ip("IP_MULTICAST_TTL", 33, Form::IntegerOrDefault { least: 0, most: 255 })
        .default(1)
        .at_least(1)
        .not_on_stream(Errno::INVAL)
        .applied(),
    ip("IP_MULTICAST_LOOP", 34, FLAG).default(1).at_least(1).applied(),
    ip("IP_ADD_MEMBERSHIP", 35, group(GroupRequest::Inet, true)).not_on_stream(Errno::PROTO),
    ip("IP_DROP_MEMBERSHIP", 36, group(GroupRequest::Inet, false)).not_on_stream(Errno::PROTO),
    // A group from all of its senders is all that the platforms have in common.
    ip("IP_UNBLOCK_SOURCE", 37, Form::Refused(Errno::NOPROTOOPT)),
    ip("IP_BLOCK_SOURCE", 38, Form::Refused(Errno::NOPROTOOPT)),
    ip("IP_ADD_SOURCE_MEMBERSHIP", 39, Form::Refused(Errno::NOPROTOOPT)),
    ip("IP_DROP_SOURCE_MEMBERSHIP", 40, Form::Refused(Errno::NOPROTOOPT)),
    ip("IP_MSFILTER", 41, Form::Refused(Errno::NOPROTOOPT)),
    ip("IP_MCAST_JOIN_GROUP", 42, group(GroupRequest::AnyInet, true)).not_on_stream(Errno::PROTO),
    ip("IP_MCAST_BLOCK_SOURCE", 43, Form::Refused(Errno::NOPROTOOPT)),
    ip("IP_MCAST_UNBLOCK_SOURCE", 44, Form::Refused(Errno::NOPROTOOPT)),
    ip("IP_MCAST_LEAVE_GROUP", 45, group(GroupRequest::AnyInet, false)).not_on_stream(Errno::PROTO),
    ip("IP_MCAST_JOIN_SOURCE_GROUP", 46, Form::Refused(Errno::NOPROTOOPT)),
    ip("IP_MCAST_LEAVE_SOURCE_GROUP", 47, Form::Refused(Errno::NOPROTOOPT)),
    ip("IP_MULTICAST_ALL", 49, from(0, 1)).default(1).at_least(1),
    ip("IP_UNICAST_IF", 50, off(Errno::ADDRNOTAVAIL)).at_least(4),
    ipv6("IPV6_2292PKTINFO", 2, FLAG),
    ipv6("IPV6_2292HOPLIMIT", 8, FLAG),
    ipv6("IPV6_FLOWINFO", 11, FLAG),
    // Of TCP it is kept.
    ipv6("IPV6_UNICAST_HOPS", 16, Form::IntegerOrDefault { least: 0, most: 255 })
        .default(64)
        .applied(),
    ipv6(
        "IPV6_MULTICAST_IF",
        17,
        Form::Within {
            least: 0,
            most: i32::MAX,
            otherwise: Errno::NODEV,
        },
    )
    .not_on_stream(Errno::NOPROTOOPT)
    .applied(),
    ipv6(
        "IPV6_MULTICAST_HOPS",
        18,
        Form::IntegerOrDefault { least: 0, most: 255 },
    )
    .default(1)
    .not_on_stream(Errno::NOPROTOOPT)
    .applied(),
    ipv6("IPV6_MULTICAST_LOOP", 19, from(0, 1)).default(1).applied(),
    ipv6("IPV6_ADD_MEMBERSHIP", 20, group(GroupRequest::Inet6, true)).not_on_stream(Errno::PROTO),
    ipv6("IPV6_DROP_MEMBERSHIP", 21, group(GroupRequest::Inet6, false)).not_on_stream(Errno::PROTO),
    ipv6("IPV6_MTU_DISCOVER", 23, from(0, 5)).default(1),
    ipv6("IPV6_MTU", 24, Form::Made(least_mtu)),
    ipv6("IPV6_RECVERR", 25, FLAG),
    ipv6("IPV6_V6ONLY", 26, FLAG).applied(),
    ipv6("IPV6_MULTICAST_ALL", 29, FLAG).default(1),
    ipv6("IPV6_RECVERR_RFC4884", 31, from(0, 1)),
    ipv6("IPV6_FLOWINFO_SEND", 33, FLAG),
    ipv6("IPV6_MCAST_JOIN_GROUP", 42, group(GroupRequest::AnyInet6, true)).not_on_stream(Errno::PROTO),
    ipv6("IPV6_MCAST_BLOCK_SOURCE", 43, Form::Refused(Errno::NOPROTOOPT)),
    ipv6("IPV6_MCAST_UNBLOCK_SOURCE", 44, Form::Refused(Errno::NOPROTOOPT)),
    ipv6("IPV6_MCAST_LEAVE_GROUP", 45, group(GroupRequest::AnyInet6, false)).not_on_stream(Errno::PROTO),
    ipv6("IPV6_MCAST_JOIN_SOURCE_GROUP", 46, Form::Refused(Errno::NOPROTOOPT)),
    ipv6("IPV6_MCAST_LEAVE_SOURCE_GROUP", 47, Form::Refused(Errno::NOPROTOOPT)),
    ipv6("IPV6_RECVPKTINFO", 49, FLAG).applied(),
    // A source for each datagram cannot be chosen.
    ipv6("IPV6_PKTINFO", 50, Form::Refused(Errno::INVAL)),
    ipv6("IPV6_RECVHOPLIMIT", 51, FLAG),
    ipv6("IPV6_RECVHOPOPTS", 53, FLAG),
    ipv6("IPV6_HOPOPTS", 54, Form::Empty),
    ipv6("IPV6_RTHDRDSTOPTS", 55, Form::Empty),
    ipv6("IPV6_RECVRTHDR", 56, FLAG),
    ipv6("IPV6_RTHDR", 57, Form::Empty),
    ipv6("IPV6_RECVDSTOPTS", 58, FLAG),
    ipv6("IPV6_DSTOPTS", 59, Form::Empty),
    ipv6("IPV6_RECVPATHMTU", 60, FLAG),
    ipv6("IPV6_DONTFRAG", 62, FLAG),
    ipv6("IPV6_RECVTCLASS", 66, FLAG),
    ipv6("IPV6_TCLASS", 67, Form::IntegerOrDefault { least: 0, most: 255 }),
    ipv6("IPV6_AUTOFLOWLABEL", 70, FLAG).default(1),
    ipv6("IPV6_MINHOPCOUNT", 73, from(0, 255)),
    ipv6("IPV6_RECVORIGDSTADDR", 74, FLAG),
    ipv6("IPV6_TRANSPARENT", 75, off(Errno::PERM)),
    ipv6("IPV6_UNICAST_IF", 76, off(Errno::ADDRNOTAVAIL)),
    ipv6("IPV6_RECVFRAGSIZE", 77, FLAG),
    ipv6("IPV6_FREEBIND", 78, FLAG),
];
