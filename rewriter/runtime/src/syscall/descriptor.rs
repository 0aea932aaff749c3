//! What sockets share with files: `close`, `dup`, `fcntl`, `ioctl`, `fstat`. A descriptor that is not ours is
//! handed to the original, unchanged.

use crate::constants::{fcntl, ioctl, limit, sock};
use crate::errno::Errno;
use crate::file::Kind;
use crate::layout;
use crate::local::LocalState;
use crate::pipe::Side;
use crate::platform::{App, Host};
use crate::runtime::{Channel, Halt, Reply, Runtime};
use crate::socket::{Body, Socket, Stream};
use crate::syscall::int;
use crate::ticket::{Call, Ticket};

/// `S_IFSOCK` with all permissions, which is what Linux says of any socket.
const SOCKET_MODE: i32 = 0o140_777;
/// `S_IFIFO`, for its owner alone.
const PIPE_MODE: i32 = 0o010_600;
/// An epoll set has no type of file.
const EPOLL_MODE: i32 = 0o600;

/// WASI's file types, flag and size of `fdstat`.
const FILETYPE_UNKNOWN: u8 = 0;
const FILETYPE_DGRAM: u8 = 5;
const FILETYPE_STREAM: u8 = 6;
const FDFLAG_NONBLOCK: u16 = 4;
const FDSTAT: usize = 24;

impl<H: Host, A: App> Runtime<H, A> {
    /// `fd_close(fd)`. The number is free in any case; with `SO_LINGER` the call waits until what is queued has left.
    pub fn wasi_fd_close(&mut self, ticket: u32, a: [u64; 1]) -> i64 {
        self.enter(ticket, true, |this, before| {
            if let Some(Call::Linger { channel }) = before.as_ref().map(|ticket| &ticket.call) {
                return this.linger(before.as_deref(), *channel, None);
            }
            let fd = int(a[0]);
            this.replaces(fd);
            let descriptor = this.descriptors.get(fd).ok_or(Halt::NotOurs)?;
            this.call_back_closing(fd, descriptor.socket);
            this.descriptors.remove(fd);
            this.unreserve(fd);
            let lingering = this.lingering(descriptor.socket);
            this.release(descriptor.socket);
            match lingering {
                Some((channel, milliseconds)) => this.linger(None, channel, Some(milliseconds)),
                None => Ok(0),
            }
        })
    }

    /// The channel of a socket that nobody else holds and that `SO_LINGER` applies to, and for how many milliseconds.
    fn lingering(&mut self, id: u32) -> Option<(u32, f64)> {
        self.sockets.file(id).filter(|file| file.references == 1)?;
        let socket = self.sockets.get_mut(id)?;
        let seconds = socket.options.linger.filter(|&seconds| seconds > 0)?;
        let channel = socket.connection()?.channel?;
        Some((channel, f64::from(seconds) * 1000.0))
    }

    /// Waits until a channel that nobody holds any more has drained, or the time is over: then it goes on alone.
    fn linger(&mut self, before: Option<&Ticket>, channel: u32, timeout: Option<f64>) -> Reply {
        match self.channels.get(channel) {
            Some(Channel::Draining { send, .. }) if !send.is_empty() => {
                let next = Ticket::of(Call::Linger { channel }, alloc::vec::Vec::new());
                match self.block(before, false, timeout, next) {
                    Halt::Fail(_) => Ok(0),
                    wait => Err(wait),
                }
            }
            _ => Ok(0),
        }
    }

    /// `dup(fd)`
    pub fn sys_dup(&mut self, ticket: u32, a: [u64; 1]) -> i64 {
        self.enter(ticket, false, |this, _| {
            let id = this.of_ours(a[0])?;
            Ok(this.describe(id, false)?)
        })
    }

    /// `dup3(old, new, flags)`. Where `new` is a socket and `old` a file, the original does it: to it both are files.
    pub fn sys_dup3(&mut self, ticket: u32, a: [u64; 3]) -> i64 {
        self.enter(ticket, false, |this, _| {
            let (old, new, flags) = (int(a[0]), int(a[1]), int(a[2]));
            this.replaces(new);
            let Some(descriptor) = this.descriptors.get(old) else {
                if this.descriptors.get(new).is_some()
                    && this.is_file(old) != Some(false)
                    && let Some(covered) = this.descriptors.remove(new)
                {
                    this.release(covered.socket);
                }
                return Err(Halt::NotOurs);
            };
            if old == new || flags & !fcntl::O_CLOEXEC != 0 {
                return Err(Errno::INVAL.into());
            }
            if !(0..limit::DESCRIPTORS as i32).contains(&new) {
                return Err(Errno::BADF.into());
            }
            if this.descriptors.get(new).is_none() {
                if new < limit::FILES && this.is_file(new) != Some(false) {
                    this.app.close(new);
                }
                if this.reserve(new)? != new {
                    return Err(Errno::MFILE.into());
                }
            }
            Ok(this.describe_as(new, descriptor.socket, flags & fcntl::O_CLOEXEC != 0)?)
        })
    }

    /// `fcntl(fd, command, arguments)`
    pub fn sys_fcntl64(&mut self, ticket: u32, a: [u64; 3]) -> i64 {
        self.enter(ticket, false, |this, _| {
            let fd = int(a[0]);
            let id = this.of_ours(a[0])?;
            match int(a[1]) {
                command @ (fcntl::DUPFD | fcntl::DUPFD_CLOEXEC) => {
                    let least = layout::variable_int(&mut this.app, a[2])?;
                    if !(0..limit::DESCRIPTORS as i32).contains(&least) {
                        return Err(Errno::INVAL.into());
                    }
                    let new = this.reserve(least)?;
                    Ok(this.describe_as(new, id, command == fcntl::DUPFD_CLOEXEC)?)
                }
                fcntl::GETFD => Ok(match this.descriptors.get(fd) {
                    Some(descriptor) if descriptor.close_on_exec => fcntl::FD_CLOEXEC,
                    _ => 0,
                }),
                fcntl::SETFD => {
                    let flags = layout::variable_int(&mut this.app, a[2])?;
                    this.set_close_on_exec(fd, flags & fcntl::FD_CLOEXEC != 0)
                }
                fcntl::GETFL => {
                    let nonblocking = *this.nonblocking(id)?;
                    let status = this.sockets.file(id).map_or(0, |file| file.status);
                    Ok(this.access_mode(id) | status | if nonblocking { fcntl::O_NONBLOCK } else { 0 })
                }
                fcntl::SETFL => {
                    let flags = layout::variable_int(&mut this.app, a[2])?;
                    let file = this.sockets.file_mut(id).ok_or(Errno::BADF)?;
                    *file.nonblocking_mut() = flags & fcntl::O_NONBLOCK != 0;
                    file.status = flags & (fcntl::O_APPEND | fcntl::O_ASYNC | fcntl::O_NOATIME);
                    Ok(0)
                }
                fcntl::GETPIPE_SZ => this.pipe_size(id, None),
                fcntl::SETPIPE_SZ => {
                    let wanted = layout::variable_int(&mut this.app, a[2])?;
                    this.pipe_size(id, Some(wanted))
                }
                _ => Err(Errno::INVAL.into()),
            }
        })
    }

    /// What `F_GETFL` says an open file is open for.
    fn access_mode(&self, id: u32) -> i32 {
        match self.sockets.file(id).map(|file| &file.kind) {
            Some(Kind::Pipe(end)) => match end.side {
                Side::Read(_) => fcntl::O_RDONLY,
                Side::Write { .. } => fcntl::O_WRONLY,
            },
            _ => fcntl::O_RDWR,
        }
    }

    /// What `FIONREAD` says.
    fn readable(&mut self, id: u32) -> Result<usize, Errno> {
        match self.sockets.file(id).map(|file| &file.kind) {
            Some(Kind::Socket(_)) => {}
            Some(Kind::Pipe(_)) => return Ok(self.reader_of(id).map_or(0, |reader| reader.ring.len())),
            Some(Kind::Epoll(_)) | None => return Err(Errno::INVAL),
        }
        Ok(match &self.socket(id)?.body {
            Body::Stream(Stream::Listening(_)) => return Err(Errno::INVAL),
            Body::Stream(Stream::Connected(connection)) => connection.receive.len(),
            Body::Stream(_) => 0,
            Body::Datagram(datagram) => datagram.receive.front().map_or(0, |front| front.payload.len()),
            Body::Local(local) if matches!(local.state, LocalState::Listening { .. }) => return Err(Errno::INVAL),
            Body::Local(local) => local.readable(),
        })
    }

    /// What `SIOCOUTQ` says: bytes that are not with the platform yet. What it holds unacknowledged nobody tells.
    fn unsent(&mut self, id: u32) -> Result<usize, Errno> {
        match &self.sockets.get(id).ok_or(Errno::NOTTY)?.body {
            Body::Stream(Stream::Listening(_)) => Err(Errno::INVAL),
            Body::Stream(Stream::Connected(connection)) => Ok(connection.send.len()),
            Body::Stream(_) => Ok(0),
            Body::Datagram(datagram) => Ok(datagram.outgoing()),
            Body::Local(_) => Err(Errno::NOTTY),
        }
    }

    fn nonblocking(&mut self, id: u32) -> Result<&mut bool, Errno> {
        let file = self.sockets.file_mut(id).ok_or(Errno::BADF)?;
        Ok(file.nonblocking_mut())
    }

    fn set_close_on_exec(&mut self, fd: i32, value: bool) -> Reply {
        self.descriptors.get_mut(fd).ok_or(Errno::BADF)?.close_on_exec = value;
        Ok(0)
    }

    /// `ioctl(fd, request, arguments)`
    pub fn sys_ioctl(&mut self, ticket: u32, a: [u64; 3]) -> i64 {
        self.enter(ticket, false, |this, before| {
            let id = this.of_ours(a[0])?;
            match int(a[1]) {
                ioctl::FIONBIO => {
                    let at = layout::word(&mut this.app, a[2])?;
                    *this.nonblocking(id)? = layout::int(&mut this.app, at)? != 0;
                    Ok(0)
                }
                ioctl::FIONREAD => {
                    let at = layout::word(&mut this.app, a[2])?;
                    let count = this.readable(id)?;
                    layout::put_int(&mut this.app, at, count as i32)?;
                    match count {
                        0 => this.not_yet(before.as_deref(), id, Ok(())),
                        _ => Ok(0),
                    }
                }
                ioctl::OUTQ => {
                    let at = layout::word(&mut this.app, a[2])?;
                    let count = this.unsent(id)?;
                    layout::put_int(&mut this.app, at, count as i32)?;
                    match count {
                        0 => Ok(0),
                        _ => this.not_yet(before.as_deref(), id, Ok(())),
                    }
                }
                ioctl::FIOCLEX => this.set_close_on_exec(int(a[0]), true),
                ioctl::FIONCLEX => this.set_close_on_exec(int(a[0]), false),
                _ => Err(Errno::NOTTY.into()),
            }
        })
    }

    /// `fstat64(fd, stat)`
    pub fn sys_fstat64(&mut self, ticket: u32, a: [u64; 2]) -> i64 {
        self.enter(ticket, false, |this, _| {
            let id = this.of_ours(a[0])?;
            let kind = match this.sockets.file(id).map(|file| &file.kind) {
                Some(Kind::Pipe(_)) => PIPE_MODE,
                Some(Kind::Epoll(_)) => EPOLL_MODE,
                Some(Kind::Socket(_)) | None => SOCKET_MODE,
            };
            let (size, mode, links) = layout::stat(&this.app);
            let mut stat = [0; 104];
            stat[mode..mode + 4].copy_from_slice(&kind.to_le_bytes());
            stat[links] = 1;
            // The inode is the last field in all layouts.
            stat[size - 8..size - 4].copy_from_slice(&id.to_le_bytes());
            layout::put(&mut this.app, a[1], &stat[..size])?;
            Ok(0)
        })
    }

    /// `ftruncate64(fd, length)`, the length in two halves where it is not one argument.
    pub fn sys_ftruncate64(&mut self, ticket: u32, a: [u64; 3]) -> i64 {
        self.enter(ticket, false, |this, _| this.only_for_files(a[0]))
    }

    /// `fdatasync(fd)`
    pub fn sys_fdatasync(&mut self, ticket: u32, a: [u64; 1]) -> i64 {
        self.enter(ticket, false, |this, _| this.only_for_files(a[0]))
    }

    /// `fd_sync(fd)`
    pub fn wasi_fd_sync(&mut self, ticket: u32, a: [u64; 1]) -> i64 {
        self.enter(ticket, true, |this, _| this.only_for_files(a[0]))
    }

    fn only_for_files(&mut self, fd: u64) -> Reply {
        self.of_ours(fd)?;
        Err(Errno::INVAL.into())
    }

    /// `fd_fdstat_get(fd, fdstat)`
    pub fn wasi_fd_fdstat_get(&mut self, ticket: u32, a: [u64; 2]) -> i64 {
        self.enter(ticket, true, |this, _| {
            let id = this.of_ours(a[0])?;
            let mut stat = [0; FDSTAT];
            stat[0] = match this.sockets.get(id).map(Socket::kind) {
                Some(sock::STREAM | sock::SEQPACKET) => FILETYPE_STREAM,
                Some(_) => FILETYPE_DGRAM,
                None => FILETYPE_UNKNOWN,
            };
            let flags = if *this.nonblocking(id)? { FDFLAG_NONBLOCK } else { 0 };
            stat[2..4].copy_from_slice(&flags.to_le_bytes());
            // All rights, inherited or not.
            stat[8..].fill(0xff);
            layout::put(&mut this.app, a[1], &stat)?;
            Ok(0)
        })
    }
}
