//! How arguments and answers look in a line of trace. What the program's memory does not hold is shown as the pointer that
//! it is; bytes are cut as strace cuts them.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Display;

use super::lines::{Answer, Kind};
use super::words;
use crate::address::{self, SOCKADDR_STORAGE, Sockaddr};
use crate::constants::{fcntl, ioctl, limit};
use crate::errno::Errno;
use crate::interface::Endpoint;
use crate::layout::{self, Pieces};
use crate::options::{SOL_SOCKET, key};
use crate::platform::App;
use crate::syscall::int;

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Well, with this answer.
    Value(u32),
    /// With an error.
    Error(Errno),
}

impl Outcome {
    /// What it answered, if it counts something.
    fn count(self) -> Option<usize> {
        match self {
            Outcome::Value(value) => Some(value as usize),
            Outcome::Error(_) => None,
        }
    }
}

/// Reads the arguments of one call.
pub(super) struct Decoder<'a, A> {
    app: &'a mut A,
    arguments: &'a [u64; limit::ARGUMENTS],
}

impl<'a, A: App> Decoder<'a, A> {
    pub(super) fn new(app: &'a mut A, arguments: &'a [u64; limit::ARGUMENTS]) -> Self {
        Decoder { app, arguments }
    }

    fn at(&self, place: usize) -> u64 {
        self.arguments.get(place).copied().unwrap_or(0)
    }

    /// How the call ended, from what its entry answered.
    pub(super) fn outcome(&mut self, kind: Answer, answer: u32) -> Outcome {
        let number = answer as i32;
        match kind {
            Answer::Number | Answer::Fcntl if number < 0 => Outcome::Error(Errno::from_number(number.saturating_neg())),
            Answer::Errno | Answer::Count(_) if number != 0 => Outcome::Error(Errno::from_number(number)),
            Answer::NameError if number != 0 => Outcome::Error(Errno::from_number(number.saturating_neg())),
            Answer::Count(place) => {
                let at = self.at(place);
                Outcome::Value(layout::int(self.app, at).unwrap_or(0) as u32)
            }
            _ => Outcome::Value(answer),
        }
    }

    /// The answer as text.
    pub(super) fn answer(&self, kind: Answer, outcome: Outcome) -> String {
        match (kind, outcome) {
            (Answer::NameError, Outcome::Error(code)) => {
                let code = -code.number();
                format!("{} ({code})", words::one(words::NAME_ERRORS, "EAI_", code))
            }
            (_, Outcome::Error(errno)) => format!("-1 {} ({})", errno.name(), errno.number()),
            (Answer::Pointer, Outcome::Value(value)) => pointer(value.into()),
            (Answer::Address, Outcome::Value(value)) => {
                let [a, b, c, d] = value.to_le_bytes();
                format!("{a}.{b}.{c}.{d}")
            }
            (Answer::Void, _) => "?".into(),
            (Answer::Fcntl, Outcome::Value(value)) if int(self.at(1)) == fcntl::GETFL => open_flags(value as i32, true),
            (_, Outcome::Value(value)) => format!("{}", value as i32),
        }
    }

    /// One argument as text. Those that the call gives have its outcome.
    pub(super) fn argument(&mut self, kind: Kind, place: usize, outcome: Option<Outcome>) -> String {
        let raw = self.at(place);
        let number = int(raw);
        let given = outcome.and_then(Outcome::count);
        let read = match kind {
            Kind::Int => return format!("{number}"),
            Kind::Size => return format!("{raw}"),
            Kind::Domain => return words::one(words::DOMAINS, "AF_", number),
            Kind::Type => return socket_type(number),
            Kind::Protocol => return words::one(words::PROTOCOLS, "", number),
            Kind::AcceptFlags => return words::bits(words::TYPE_FLAGS, number),
            Kind::How => return words::one(words::HOWS, "", number),
            Kind::MessageFlags => return words::bits(words::MESSAGE_FLAGS, number),
            Kind::Level => return words::one(words::LEVELS, "", number),
            Kind::Option => return words::option(int(self.at(place.wrapping_sub(1))), number),
            Kind::EpollFlags => return words::bits(words::EPOLL_FLAGS, number),
            Kind::EpollOperation => return words::one(words::EPOLL_OPERATIONS, "", number),
            Kind::FcntlCommand => return words::one(words::FCNTL, "", number),
            Kind::FcntlArgument => return self.fcntl_argument(raw),
            Kind::IoctlRequest => return words::one(words::IOCTL, "", number),
            Kind::OpenFlags => return open_flags(number, false),
            Kind::NameFlags => return words::bits(words::NAME_FLAGS, number),
            _ if raw == 0 => None,
            Kind::Pointer => None,
            Kind::OptionIn => self.option(place, Some(self.at(place + 1) as u32 as usize)),
            Kind::OptionOut => given.and_then(|_| {
                let length = self.number_at(self.at(place + 1));
                self.option(place, length)
            }),
            Kind::AddressIn => self.address(raw, self.at(place + 1) as u32 as usize),
            Kind::AddressOut => given.and_then(|_| {
                let length = self.number_at(self.at(place + 1))?;
                self.address(raw, length)
            }),
            Kind::LengthOut => given
                .and_then(|_| self.number_at(raw))
                .map(|length| format!("[{length}]")),
            Kind::BytesIn => self.quoted(raw, self.at(place + 1) as usize),
            Kind::BytesOut => given.and_then(|count| self.quoted(raw, count)),
            Kind::PiecesIn => self.pieces(raw, self.at(place + 1), usize::MAX),
            Kind::PiecesOut => given.and_then(|count| self.pieces(raw, self.at(place + 1), count)),
            Kind::MessageIn => self.message(raw, None),
            Kind::MessageOut => given.and_then(|count| self.message(raw, Some(count))),
            Kind::MessagesIn => self.messages(raw, self.at(place + 1) as usize, false),
            Kind::MessagesOut => given.and_then(|count| self.messages(raw, count, true)),
            Kind::PollTable => self.poll_table(raw, self.at(place + 1) as usize),
            Kind::Set => self.set(raw),
            Kind::Timeval => self.time(raw, "tv_usec"),
            Kind::Timespec => self.time(raw, "tv_nsec"),
            Kind::EpollEvent => self.epoll_events(raw, 1).map(|text| text[1..text.len() - 1].into()),
            Kind::EpollEventsOut => given.and_then(|count| self.epoll_events(raw, count)),
            Kind::IoctlArgument => given.and_then(|_| self.ioctl_argument(raw)),
            Kind::PairOut => given.and_then(|_| self.pair(raw)),
            Kind::Text => self.text(raw),
            Kind::TextOut => given.and_then(|_| self.text(raw)),
            Kind::Hints => self.hints(raw),
            Kind::ListOut => given.and_then(|_| self.list(raw)),
        };
        read.unwrap_or_else(|| pointer(raw))
    }

    /// What `poll` tells after its answer: the descriptors that are ready.
    pub(super) fn ready_table(&mut self, outcome: Outcome) -> String {
        match outcome {
            Outcome::Value(0) => " (Timeout)".into(),
            Outcome::Value(_) => {
                let count = (self.at(1) as usize).min(limit::TRACED_ENTRIES);
                let ready = (0..count as u64).filter_map(|place| {
                    let [a, b, c, d, _, _, e, f] = self.read(self.at(0).wrapping_add(8 * place))?;
                    let events = i32::from(u16::from_le_bytes([e, f]));
                    let fd = i32::from_le_bytes([a, b, c, d]);
                    (events != 0).then(|| format!("{{fd={fd}, revents={}}}", words::bits(words::POLL, events)))
                });
                let ready: Vec<_> = ready.collect();
                format!(" ({})", list(&ready, false))
            }
            Outcome::Error(_) => String::new(),
        }
    }

    /// What `select` tells after its answer: the sets.
    pub(super) fn ready_sets(&mut self, outcome: Outcome) -> String {
        match outcome {
            Outcome::Value(0) => " (Timeout)".into(),
            Outcome::Value(_) => {
                let sets = [(1, "in"), (2, "out"), (3, "except")];
                let sets = sets.into_iter().filter_map(|(place, name)| match self.at(place) {
                    0 => None,
                    at => Some(format!("{name} {}", self.set(at)?)).filter(|text| !text.ends_with("[]")),
                });
                let sets: Vec<_> = sets.collect();
                format!(" ({})", sets.join(", "))
            }
            Outcome::Error(_) => String::new(),
        }
    }

    fn read<const N: usize>(&mut self, at: u64) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        self.app.read(at, &mut bytes).then_some(bytes)
    }

    /// A length behind a pointer.
    fn number_at(&mut self, at: u64) -> Option<usize> {
        usize::try_from(layout::int(self.app, at).ok()?).ok()
    }

    fn quoted(&mut self, at: u64, count: usize) -> Option<String> {
        let mut bytes = [0; limit::TRACED_BYTES];
        let bytes = &mut bytes[..count.min(limit::TRACED_BYTES)];
        let cut = count > bytes.len();
        self.app.read(at, bytes).then(|| quote(bytes, cut))
    }

    fn text(&mut self, at: u64) -> Option<String> {
        let text = layout::string(self.app, at, limit::NAME).ok()??;
        let shown = text.get(..limit::TRACED_BYTES).unwrap_or(&text);
        Some(quote(shown, shown.len() < text.len()))
    }

    fn address(&mut self, at: u64, length: usize) -> Option<String> {
        let mut bytes = [0; SOCKADDR_STORAGE];
        let bytes = &mut bytes[..length.min(SOCKADDR_STORAGE)];
        if length == 0 || !self.app.read(at, bytes) {
            return None;
        }
        Some(sockaddr(bytes))
    }

    fn option(&mut self, place: usize, length: Option<usize>) -> Option<String> {
        let (at, length) = (self.at(place), length?);
        let which = (int(self.at(place.wrapping_sub(2))), int(self.at(place.wrapping_sub(1))));
        match which {
            key::LINGER if length >= 8 => {
                let [on, linger] = [
                    layout::int(self.app, at).ok()?,
                    layout::int(self.app, at.wrapping_add(4)).ok()?,
                ];
                Some(format!("{{l_onoff={on}, l_linger={linger}}}"))
            }
            key::RECEIVE_TIMEOUT | key::SEND_TIMEOUT => self.seconds(at, layout::TimeLayout::Longs, "tv_usec"),
            key::RECEIVE_TIMEOUT_WIDE | key::SEND_TIMEOUT_WIDE => self.seconds(at, layout::TimeLayout::Wide, "tv_usec"),
            key::ERROR if which.0 == SOL_SOCKET && length == 4 => Some(match layout::int(self.app, at).ok()? {
                0 => "[0]".into(),
                errno => format!("[{}]", Errno::from_number(errno).name()),
            }),
            _ if length == 4 => Some(format!("[{}]", layout::int(self.app, at).ok()?)),
            _ => self.quoted(at, length),
        }
    }

    fn fcntl_argument(&mut self, raw: u64) -> String {
        let argument = layout::variable_int(self.app, raw);
        match (int(self.at(1)), argument) {
            (fcntl::GETFD | fcntl::GETFL, _) => "0".into(),
            (fcntl::SETFL, Ok(flags)) => open_flags(flags, true),
            (fcntl::SETFD, Ok(flags)) => words::bits(words::DESCRIPTOR_FLAGS, flags),
            (_, Ok(number)) => format!("{number}"),
            (_, Err(_)) => pointer(raw),
        }
    }

    /// Like those of `fcntl`, it lies behind a pointer to the variable arguments.
    fn ioctl_argument(&mut self, raw: u64) -> Option<String> {
        match int(self.at(1)) {
            ioctl::FIONBIO | ioctl::FIONREAD => {
                let at = layout::word(self.app, raw).ok()?;
                Some(format!("[{}]", layout::int(self.app, at).ok()?))
            }
            _ => None,
        }
    }

    fn pieces(&mut self, at: u64, count: u64, mut bytes: usize) -> Option<String> {
        let Ok(Pieces::Many(pieces)) = layout::pieces(self.app, at, count) else {
            return None;
        };
        let shown = pieces.iter().take(limit::TRACED_ENTRIES).map(|piece| {
            let filled = piece.length.min(bytes);
            bytes -= filled;
            let base = self
                .quoted(piece.address, filled)
                .unwrap_or_else(|| pointer(piece.address));
            format!("{{iov_base={base}, iov_len={}}}", piece.length)
        });
        let shown: Vec<_> = shown.collect();
        Some(list(&shown, pieces.len() > shown.len()))
    }

    /// A `msghdr`; one that was received says how many bytes it got.
    fn message(&mut self, at: u64, received: Option<usize>) -> Option<String> {
        let message = layout::message(self.app, at).ok()?;
        let name = match message.name {
            0 => None,
            at => self.address(at, message.name_length as usize),
        };
        let name = name.unwrap_or_else(|| pointer(message.name));
        let pieces = self.pieces(message.pieces, message.count, received.unwrap_or(usize::MAX));
        let flags_at = at.wrapping_add(6 * self.app.abi().word() as u64);
        let flags = match received {
            Some(_) => words::bits(words::MESSAGE_FLAGS, layout::int(self.app, flags_at).ok()?),
            None => "0".into(),
        };
        Some(format!(
            "{{msg_name={name}, msg_namelen={}, msg_iov={}, msg_iovlen={}, msg_controllen={}, msg_flags={flags}}}",
            message.name_length,
            pieces.unwrap_or_else(|| pointer(message.pieces)),
            message.count,
            message.control_length,
        ))
    }

    fn messages(&mut self, at: u64, count: usize, received: bool) -> Option<String> {
        // A msghdr is seven words; the length follows, and padding.
        let word = self.app.abi().word() as u64;
        let mut shown = Vec::new();
        for place in 0..count.min(limit::TRACED_ENTRIES) as u64 {
            let at = at.wrapping_add(place * 8 * word);
            let length = layout::int(self.app, at.wrapping_add(7 * word)).ok()? as u32;
            let header = self.message(at, received.then_some(length as usize))?;
            shown.push(if received {
                format!("{{msg_hdr={header}, msg_len={length}}}")
            } else {
                format!("{{msg_hdr={header}}}")
            });
        }
        Some(list(&shown, count > shown.len()))
    }

    fn poll_table(&mut self, at: u64, count: usize) -> Option<String> {
        let mut shown = Vec::new();
        for place in 0..count.min(limit::TRACED_ENTRIES) as u64 {
            let [a, b, c, d, e, f, _, _] = self.read(at.wrapping_add(8 * place))?;
            let events = words::bits(words::POLL, i32::from(u16::from_le_bytes([e, f])));
            let fd = i32::from_le_bytes([a, b, c, d]);
            shown.push(format!("{{fd={fd}, events={events}}}"));
        }
        Some(list(&shown, count > shown.len()))
    }

    /// The members of an `fd_set`, as far as the first argument says.
    fn set(&mut self, at: u64) -> Option<String> {
        let bytes: [u8; limit::SELECT / 8] = self.read(at)?;
        let end = usize::try_from(int(self.at(0))).unwrap_or(0).min(limit::SELECT);
        let members = (0..end).filter(|fd| bytes[fd / 8] & (1 << (fd % 8)) != 0);
        let members: Vec<_> = members.map(|fd| format!("{fd}")).collect();
        Some(format!("[{}]", members.join(" ")))
    }

    fn time(&mut self, at: u64, fraction: &str) -> Option<String> {
        let layout = if self.app.abi().time32() {
            layout::TimeLayout::Longs
        } else {
            layout::TimeLayout::Wide
        };
        self.seconds(at, layout, fraction)
    }

    fn seconds(&mut self, at: u64, layout: layout::TimeLayout, fraction: &str) -> Option<String> {
        let (seconds, rest) = layout::time(self.app, at, layout).ok()?;
        Some(format!("{{tv_sec={seconds}, {fraction}={rest}}}"))
    }

    fn epoll_events(&mut self, at: u64, count: usize) -> Option<String> {
        let mut shown = Vec::new();
        for place in 0..count.min(limit::TRACED_ENTRIES) as u64 {
            let at = at.wrapping_add(16 * place);
            let events = words::bits(words::EPOLL, layout::int(self.app, at).ok()?);
            let data = u64::from_le_bytes(self.read(at.wrapping_add(8))?);
            shown.push(format!("{{events={events}, data={data:#x}}}"));
        }
        Some(list(&shown, count > shown.len()))
    }

    fn pair(&mut self, at: u64) -> Option<String> {
        let [first, second] = [
            layout::int(self.app, at).ok()?,
            layout::int(self.app, at.wrapping_add(4)).ok()?,
        ];
        Some(format!("[{first}, {second}]"))
    }

    fn hints(&mut self, at: u64) -> Option<String> {
        let mut field = |place: u64| layout::int(self.app, at.wrapping_add(4 * place)).ok();
        let (flags, family, kind, protocol) = (field(0)?, field(1)?, field(2)?, field(3)?);
        Some(format!(
            "{{ai_flags={}, ai_family={}, ai_socktype={}, ai_protocol={}}}",
            words::bits(words::HINT_FLAGS, flags),
            words::one(words::DOMAINS, "AF_", family),
            if kind == 0 { "0".into() } else { socket_type(kind) },
            words::one(words::PROTOCOLS, "", protocol),
        ))
    }

    /// The addresses of the list that `getaddrinfo` has made.
    fn list(&mut self, at: u64) -> Option<String> {
        let word = self.app.abi().word() as u64;
        // After five ints; with 64-bit pointers there is padding.
        let address_at = if word == 8 { 24 } else { 20 };
        let mut node = layout::word(self.app, at).ok()?;
        let mut shown = Vec::new();
        while node != 0 && shown.len() < limit::TRACED_ENTRIES {
            let kind = layout::int(self.app, node.wrapping_add(8)).ok()?;
            let length = self.number_at(node.wrapping_add(16))?;
            let address = layout::word(self.app, node.wrapping_add(address_at)).ok()?;
            let address = self.address(address, length)?;
            shown.push(format!("{{{}, {address}}}", socket_type(kind)));
            node = layout::word(self.app, node.wrapping_add(address_at + 2 * word)).ok()?;
        }
        Some(list(&shown, node != 0))
    }
}

fn pointer(address: u64) -> String {
    match address {
        0 => "NULL".into(),
        address => format!("{address:#x}"),
    }
}

fn list<T: Display + AsRef<str>>(entries: &[T], cut: bool) -> String {
    let mut text = String::from("[");
    for (place, entry) in entries.iter().enumerate() {
        if place > 0 {
            text.push_str(", ");
        }
        text.push_str(entry.as_ref());
    }
    if cut {
        text.push_str(", ...");
    }
    text.push(']');
    text
}

fn socket_type(value: i32) -> String {
    let kind = words::one(words::TYPES, "", value & 0xf);
    match value & !0xf {
        0 => kind,
        flags => format!("{kind}|{}", words::bits(words::TYPE_FLAGS, flags)),
    }
}

/// Flags of an open file; those of `fcntl` have a mode of access, `pipe2` and `dup3` only take flags.
fn open_flags(value: i32, has_mode: bool) -> String {
    let (mode, flags) = (value & 3, value & !3);
    match (has_mode, flags) {
        (false, _) => words::bits(words::OPEN_FLAGS, value),
        (true, 0) => words::one(words::ACCESS, "", mode),
        (true, flags) => format!(
            "{}|{}",
            words::one(words::ACCESS, "", mode),
            words::bits(words::OPEN_FLAGS, flags)
        ),
    }
}

fn sockaddr(bytes: &[u8]) -> String {
    let family = match bytes {
        [low, high, ..] => i32::from(u16::from_le_bytes([*low, *high])),
        _ => return quote(bytes, false),
    };
    let domain = words::one(words::DOMAINS, "AF_", family);
    match (address::parse(bytes), family) {
        (Ok(Sockaddr::Inet(endpoint)), _) => format!("{{{domain}, {}}}", with_port(endpoint)),
        (_, 1) => match &bytes[2..] {
            [] => format!("{{{domain}}}"),
            [0, name @ ..] => format!("{{{domain}, @{}}}", quote(name, false)),
            path => {
                let end = path.iter().position(|&byte| byte == 0).unwrap_or(path.len());
                format!("{{{domain}, {}}}", quote(&path[..end], false))
            }
        },
        _ => format!("{{{domain}}}"),
    }
}

fn with_port(endpoint: Endpoint) -> String {
    let (address, port) = (address::text(endpoint), endpoint.port);
    if endpoint.family == 6 {
        format!("[{address}]:{port}")
    } else {
        format!("{address}:{port}")
    }
}

/// Bytes as a C string, with three dots if there are more of them.
fn quote(bytes: &[u8], cut: bool) -> String {
    let mut text = String::from("\"");
    for (place, &byte) in bytes.iter().enumerate() {
        match byte {
            b'"' => text.push_str("\\\""),
            b'\\' => text.push_str("\\\\"),
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            0x0b => text.push_str("\\v"),
            0x0c => text.push_str("\\f"),
            b' '..=b'~' => text.push(byte.into()),
            // All three digits, if another digit would be taken for one of them.
            _ if bytes.get(place + 1).is_some_and(u8::is_ascii_digit) => text.push_str(&format!("\\{byte:03o}")),
            _ => text.push_str(&format!("\\{byte:o}")),
        }
    }
    text.push('"');
    if cut {
        text.push_str("...");
    }
    text
}
