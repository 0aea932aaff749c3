//! Structures in the program's memory, by the width of its pointers and times: the one place that knows where a field
//! lies (offsets as printed by compiled programs of Emscripten 3.1.6, 3.1.69 and 6.0.5).

pub mod control;
pub mod multicast;

use alloc::vec::Vec;
use core::net::Ipv4Addr;

use crate::address::{self, SOCKADDR_STORAGE, SOCKADDR_UN, SocketName};
use crate::constants::{af, limit};
use crate::errno::Errno;
use crate::interface::Endpoint;
use crate::local::LocalName;
use crate::platform::App;

/// A stretch of the program's memory: an element of an iovec array, or a single buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where it begins.
    pub address: u64,
    /// Its bytes.
    pub length: usize,
}

/// What a call reads from or writes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pieces {
    /// One buffer.
    One(Piece),
    /// An iovec array.
    Many(Vec<Piece>),
}

impl Pieces {
    /// One buffer; its length is cut as Linux cuts that of one call.
    pub fn one(address: u64, length: u64) -> Pieces {
        Pieces::One(Piece {
            address,
            length: length.min(i32::MAX as u64) as usize,
        })
    }

    /// Each in turn.
    pub fn as_slice(&self) -> &[Piece] {
        match self {
            Pieces::One(piece) => core::slice::from_ref(piece),
            Pieces::Many(pieces) => pieces,
        }
    }

    /// Bytes in all.
    pub fn total(&self) -> usize {
        self.as_slice().iter().map(|piece| piece.length).sum()
    }
}

/// The head of a `sendmsg` or `recvmsg`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// Where the `msghdr` lies.
    pub header: u64,
    /// `msg_name`.
    pub name: u64,
    /// `msg_namelen`.
    pub name_length: u32,
    /// `msg_iov`.
    pub pieces: u64,
    /// `msg_iovlen`.
    pub count: u64,
    /// `msg_control`.
    pub control: u64,
    /// `msg_controllen`.
    pub control_length: u64,
}

/// Bytes as an array, for fields of fixed width.
fn bytes<const N: usize>(app: &mut impl App, from: u64) -> Result<[u8; N], Errno> {
    let mut bytes = [0; N];
    if app.read(from, &mut bytes) {
        Ok(bytes)
    } else {
        Err(Errno::FAULT)
    }
}

/// Reads an `unsigned char`.
pub fn byte(app: &mut impl App, from: u64) -> Result<u8, Errno> {
    bytes::<1>(app, from).map(|[byte]| byte)
}

/// Reads bytes, at most `MOST` of them.
pub fn short_bytes<const MOST: usize>(app: &mut impl App, from: u64, length: usize) -> Result<Vec<u8>, Errno> {
    let mut bytes = [0; MOST];
    let bytes = &mut bytes[..length.min(MOST)];
    if app.read(from, bytes) {
        Ok(bytes.to_vec())
    } else {
        Err(Errno::FAULT)
    }
}

/// Reads an `int`.
pub fn int(app: &mut impl App, from: u64) -> Result<i32, Errno> {
    bytes(app, from).map(i32::from_le_bytes)
}

/// Reads a 64-bit number.
pub fn long_long(app: &mut impl App, from: u64) -> Result<u64, Errno> {
    bytes(app, from).map(u64::from_le_bytes)
}

/// Writes bytes.
pub fn put(app: &mut impl App, to: u64, bytes: &[u8]) -> Result<(), Errno> {
    if app.write(to, bytes) {
        Ok(())
    } else {
        Err(Errno::FAULT)
    }
}

/// Writes an `int`.
pub fn put_int(app: &mut impl App, to: u64, value: i32) -> Result<(), Errno> {
    put(app, to, &value.to_le_bytes())
}

/// Reads a pointer, a `size_t` or an unsigned `long`.
pub fn word(app: &mut impl App, from: u64) -> Result<u64, Errno> {
    if app.abi().wasm64() {
        bytes(app, from).map(u64::from_le_bytes)
    } else {
        bytes(app, from).map(|bytes| u64::from(u32::from_le_bytes(bytes)))
    }
}

/// Writes a pointer, a `size_t` or a `long`.
pub fn put_word(app: &mut impl App, to: u64, value: u64) -> Result<(), Errno> {
    let width = app.abi().word();
    put(app, to, &value.to_le_bytes()[..width])
}

/// Reads a `long`.
fn long(app: &mut impl App, from: u64) -> Result<i64, Errno> {
    let value = word(app, from)?;
    Ok(if app.abi().wasm64() {
        value as i64
    } else {
        i64::from(value as u32 as i32)
    })
}

/// The one argument of `fcntl` or `ioctl`, behind the pointer that Emscripten passes for the variable ones.
pub fn variable_int(app: &mut impl App, varargs: u64) -> Result<i32, Errno> {
    int(app, varargs)
}

/// Reads an iovec array.
pub fn pieces(app: &mut impl App, from: u64, count: u64) -> Result<Pieces, Errno> {
    let word_size = app.abi().word() as u64;
    let count = usize::try_from(count).map_err(|_| Errno::INVAL)?;
    if count > limit::IOVECS {
        return Err(Errno::INVAL);
    }
    let mut pieces = Vec::new();
    pieces.try_reserve_exact(count).map_err(|_| Errno::NOMEM)?;
    let mut total = 0usize;
    for index in 0..count as u64 {
        let at = from.wrapping_add(index * 2 * word_size);
        let address = word(app, at)?;
        let length = word(app, at.wrapping_add(word_size))?;
        let length = usize::try_from(length).map_err(|_| Errno::INVAL)?;
        total = total
            .checked_add(length)
            .filter(|&total| total <= i32::MAX as usize)
            .ok_or(Errno::INVAL)?;
        pieces.push(Piece { address, length });
    }
    Ok(Pieces::Many(pieces))
}

/// Reads a `msghdr`.
pub fn message(app: &mut impl App, header: u64) -> Result<Message, Errno> {
    let word_size = app.abi().word() as u64;
    let field = |index: u64| header.wrapping_add(index * word_size);
    let count = if app.abi().wasm64() {
        // An `int` and its padding: the upper half is not ours to trust.
        int(app, field(3))? as u32 as u64
    } else {
        word(app, field(3))?
    };
    if count > limit::IOVECS as u64 {
        return Err(Errno::MSGSIZE);
    }
    let name = word(app, field(0))?;
    let name_length = match int(app, field(1))? {
        _ if name == 0 => 0,
        ..0 => return Err(Errno::INVAL),
        length => (length as u32).min(SOCKADDR_STORAGE as u32),
    };
    Ok(Message {
        header,
        name,
        name_length,
        pieces: word(app, field(2))?,
        count,
        control: word(app, field(4))?,
        control_length: u64::from(int(app, field(5))? as u32),
    })
}

/// Writes what `recvmsg` answers beside the data: how many bytes of control data there are, and the flags.
pub fn put_message_result(app: &mut impl App, message: &Message, control: usize, flags: i32) -> Result<(), Errno> {
    let word_size = app.abi().word() as u64;
    put_int(app, message.header.wrapping_add(5 * word_size), control as i32)?;
    put_int(app, message.header.wrapping_add(6 * word_size), flags)
}

/// Reads a `sockaddr_in` whose family is `AF_UNSPEC`: any address, with a port. `EAFNOSUPPORT` if it is another.
pub fn any_address(app: &mut impl App, from: u64) -> Result<Endpoint, Errno> {
    let [_, _, high, low, address @ ..] = bytes::<8>(app, from)?;
    match address {
        [0, 0, 0, 0] => Ok(Endpoint::v4(Ipv4Addr::UNSPECIFIED, u16::from_be_bytes([high, low]))),
        _ => Err(Errno::AFNOSUPPORT),
    }
}

/// Where `msg_namelen` lies.
pub fn message_name_length(app: &mut impl App, message: &Message) -> u64 {
    message.header.wrapping_add(app.abi().word() as u64)
}

/// Reads a `sockaddr` that a call passes by address and length.
pub fn sockaddr(app: &mut impl App, from: u64, length: u64) -> Result<address::Sockaddr, Errno> {
    let length = length as u32 as usize;
    if length > SOCKADDR_STORAGE {
        return Err(Errno::INVAL);
    }
    let mut bytes = [0; SOCKADDR_STORAGE];
    if !app.read(from, &mut bytes[..length]) {
        return Err(Errno::FAULT);
    }
    address::parse(&bytes[..length])
}

/// What a `sockaddr` says to an AF_UNIX socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LocalAddress {
    /// `AF_UNSPEC`.
    Unspecified,
    /// Just the family.
    Unnamed,
    /// A path or an abstract name.
    Name(LocalName),
}

/// Reads a `sockaddr_un` that a call passes by address and length; `EINVAL` if it is none.
pub fn local_address(app: &mut impl App, from: u64, length: u64) -> Result<LocalAddress, Errno> {
    let length = length as u32 as usize;
    let mut bytes = [0; SOCKADDR_STORAGE];
    let bytes = bytes.get_mut(..length).ok_or(Errno::INVAL)?;
    if !app.read(from, bytes) {
        return Err(Errno::FAULT);
    }
    let [f0, f1, path @ ..] = &*bytes else {
        return Err(Errno::INVAL);
    };
    match i32::from(u16::from_le_bytes([*f0, *f1])) {
        af::UNSPEC => Ok(LocalAddress::Unspecified),
        af::UNIX if path.is_empty() => Ok(LocalAddress::Unnamed),
        af::UNIX if length <= SOCKADDR_UN => {
            let is_path = path.first() != Some(&0);
            let end = path.iter().position(|&byte| is_path && byte == 0);
            Ok(LocalAddress::Name(LocalName(path[..end.unwrap_or(path.len())].into())))
        }
        _ => Err(Errno::INVAL),
    }
}

/// A socket's name as it is written, and its length: a path has its NUL.
fn encode_name(name: &SocketName) -> ([u8; SOCKADDR_UN + 1], usize) {
    let mut bytes = [0; SOCKADDR_UN + 1];
    match name {
        SocketName::Nothing => (bytes, 0),
        SocketName::Inet(endpoint) => {
            let (encoded, size) = address::encode(*endpoint);
            bytes[..size].copy_from_slice(&encoded[..size]);
            (bytes, size)
        }
        SocketName::Unnamed | SocketName::Local(_) => {
            bytes[..2].copy_from_slice(&(af::UNIX as u16).to_le_bytes());
            let SocketName::Local(name) = name else {
                return (bytes, 2);
            };
            let count = name.0.len().min(limit::LOCAL_PATH);
            bytes[2..2 + count].copy_from_slice(&name.0[..count]);
            (bytes, 2 + count + usize::from(!name.is_abstract()))
        }
    }
}

/// Writes a socket's name as a `sockaddr` of at most the length that lies at `length`, and its true length there.
pub fn put_sockaddr(app: &mut impl App, to: u64, length: u64, name: impl Into<SocketName>) -> Result<(), Errno> {
    let room = usize::try_from(int(app, length)?).map_err(|_| Errno::INVAL)?;
    let (bytes, size) = encode_name(&name.into());
    put(app, to, &bytes[..size.min(room)])?;
    put_int(app, length, size as i32)
}

/// How an option of time lies in the program's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeLayout {
    /// `long[2]`.
    Longs,
    /// `struct timeval` with a `time_t` of 64 bits, in 16 bytes.
    Wide,
}

impl TimeLayout {
    /// Its bytes.
    pub fn size(self, app: &impl App) -> usize {
        match self {
            TimeLayout::Longs => 2 * app.abi().word(),
            TimeLayout::Wide => 16,
        }
    }
}

/// Reads seconds and microseconds.
pub fn time(app: &mut impl App, from: u64, layout: TimeLayout) -> Result<(i64, i64), Errno> {
    match layout {
        TimeLayout::Longs => {
            let width = app.abi().word() as u64;
            Ok((long(app, from)?, long(app, from.wrapping_add(width))?))
        }
        // The microseconds are a `long`, which is 32 bits wide in wasm32: what follows is padding.
        TimeLayout::Wide => {
            let seconds = bytes(app, from).map(i64::from_le_bytes)?;
            Ok((seconds, i64::from(int(app, from.wrapping_add(8))?)))
        }
    }
}

/// How a `struct timespec` lies in the program's memory: as wide as its `time_t`, nanoseconds where microseconds would be.
fn timespec_layout(app: &impl App) -> TimeLayout {
    match app.abi().wasm64() || app.abi().time32() {
        true => TimeLayout::Longs,
        false => TimeLayout::Wide,
    }
}

/// Reads a `struct timespec`: seconds and nanoseconds.
pub fn timespec(app: &mut impl App, from: u64) -> Result<(i64, i64), Errno> {
    let layout = timespec_layout(app);
    time(app, from, layout)
}

/// Writes milliseconds as a `struct timespec`.
pub fn put_timespec(app: &mut impl App, to: u64, milliseconds: f64) -> Result<(), Errno> {
    let nanos = (milliseconds * 1e6) as i64;
    let layout = timespec_layout(app);
    let (bytes, size) = encode_pair(app, layout, nanos / 1_000_000_000, nanos % 1_000_000_000);
    put(app, to, &bytes[..size])
}

/// Seconds and microseconds as they are written.
pub fn encode_time(app: &impl App, layout: TimeLayout, milliseconds: f64) -> ([u8; 16], usize) {
    let micros = (milliseconds * 1000.0) as i64;
    encode_pair(app, layout, micros / 1_000_000, micros % 1_000_000)
}

/// Seconds and a fraction of them as they are written.
fn encode_pair(app: &impl App, layout: TimeLayout, seconds: i64, fraction: i64) -> ([u8; 16], usize) {
    let mut bytes = [0; 16];
    let size = layout.size(app);
    if size == 8 {
        bytes[..4].copy_from_slice(&(seconds as i32).to_le_bytes());
        bytes[4..8].copy_from_slice(&(fraction as i32).to_le_bytes());
    } else {
        bytes[..8].copy_from_slice(&seconds.to_le_bytes());
        bytes[8..].copy_from_slice(&fraction.to_le_bytes());
    }
    (bytes, size)
}

/// The bytes in which a C string is looked at: a block of them never crosses the end of a wasm memory.
const BLOCK: usize = 64;

/// Reads a C string of at most `most` bytes; `None` if it is longer.
pub fn string(app: &mut impl App, from: u64, most: usize) -> Result<Option<Vec<u8>>, Errno> {
    let mut text = Vec::new();
    let mut at = from;
    let mut block = [0; BLOCK];
    while text.len() <= most {
        let count = BLOCK - (at % BLOCK as u64) as usize;
        let block = &mut block[..count];
        if !app.read(at, block) {
            return Err(Errno::FAULT);
        }
        let end = block.iter().position(|&byte| byte == 0);
        let part = &block[..end.unwrap_or(count)];
        text.try_reserve(part.len()).map_err(|_| Errno::NOMEM)?;
        text.extend_from_slice(part);
        if end.is_some() {
            return Ok((text.len() <= most).then_some(text));
        }
        at = at.wrapping_add(count as u64);
    }
    Ok(None)
}

/// Size of `struct stat` as far as it is written, and where its mode and its count of links lie.
pub fn stat(app: &impl App) -> (usize, usize, usize) {
    // 3.1.6 still has the layout with the truncated inode in front.
    match (app.abi().wasm64(), app.abi().time32()) {
        (true, _) => (104, 4, 8),
        (false, true) => (88, 12, 16),
        (false, false) => (96, 4, 8),
    }
}
