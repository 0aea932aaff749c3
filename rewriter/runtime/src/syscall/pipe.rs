//! Pipes: `pipe2`, and what `read`, `write` and `fcntl` do with their ends.

use crate::constants::{fcntl, limit, poll};
use crate::errno::Errno;
use crate::file::Kind;
use crate::layout::{self, Pieces};
use crate::pipe::{PipeEnd, Reader, Side};
use crate::platform::{App, Host};
use crate::runtime::{Halt, Reply, Runtime};
use crate::syscall::int;
use crate::syscall::stream::{fill, hand_out};
use crate::ticket::{Call, Ticket};

impl<H: Host, A: App> Runtime<H, A> {
    /// `pipe2(fds, flags)`
    pub fn sys_pipe2(&mut self, ticket: u32, a: [u64; 2]) -> i64 {
        self.enter(ticket, false, |this, _| {
            let flags = int(a[1]);
            if flags & !(fcntl::O_NONBLOCK | fcntl::O_CLOEXEC) != 0 {
                return Err(Errno::INVAL.into());
            }
            let (reader, writer) = this.open_pipe(flags & fcntl::O_NONBLOCK != 0)?;
            this.describe_two(reader, writer, flags & fcntl::O_CLOEXEC != 0, a[0])
        })
    }

    /// Both ends of a new pipe, which nobody holds yet.
    fn open_pipe(&mut self, nonblocking: bool) -> Result<(u32, u32), Errno> {
        let side = Side::Read(Reader::new());
        let reader = self.sockets.open(Kind::Pipe(PipeEnd { nonblocking, side }))?;
        let side = Side::Write { reader: Some(reader) };
        let writer = match self.sockets.open(Kind::Pipe(PipeEnd { nonblocking, side })) {
            Ok(writer) => writer,
            Err(errno) => {
                self.destroy(reader, true);
                return Err(errno);
            }
        };
        if let Some(end) = self.sockets.reader_mut(reader) {
            end.writer = Some(writer);
        }
        Ok((reader, writer))
    }

    /// Gives two open files that nobody holds a descriptor each, and writes the numbers to `at`; or closes both.
    pub(crate) fn describe_two(&mut self, first: u32, second: u32, close_on_exec: bool, at: u64) -> Reply {
        self.hold(first);
        self.hold(second);
        let described = self.describe_both(first, second, close_on_exec, at);
        self.release(first);
        self.release(second);
        Ok(described.map(|()| 0)?)
    }

    fn describe_both(&mut self, first: u32, second: u32, close_on_exec: bool, at: u64) -> Result<(), Errno> {
        let one = self.describe(first, close_on_exec)?;
        let two = self
            .describe(second, close_on_exec)
            .inspect_err(|_| self.forget_descriptor(one))?;
        let mut numbers = [0; 8];
        numbers[..4].copy_from_slice(&one.to_le_bytes());
        numbers[4..].copy_from_slice(&two.to_le_bytes());
        layout::put(&mut self.app, at, &numbers).inspect_err(|_| {
            self.forget_descriptor(one);
            self.forget_descriptor(two);
        })
    }

    fn forget_descriptor(&mut self, fd: i32) {
        if let Some(descriptor) = self.descriptors.remove(fd) {
            self.unreserve(fd);
            self.release(descriptor.socket);
        }
    }

    /// `write` to an open file that is no socket. Up to `PIPE_BUF` bytes go in whole or not at all; a blocking call returns when
    /// all are in, `done` of them already.
    pub(crate) fn write_file(&mut self, before: Option<&Ticket>, id: u32, pieces: &Pieces) -> Reply {
        let file = self.sockets.file(id).ok_or(Errno::BADF)?;
        let Kind::Pipe(PipeEnd {
            nonblocking,
            side: Side::Write { reader },
        }) = file.kind
        else {
            return Err(not_written(&file.kind).into());
        };
        let mut done = match before.map(|ticket| &ticket.call) {
            Some(Call::Send { done, .. }) => *done,
            _ => 0,
        };
        let wanted = pieces.total();
        if wanted == 0 {
            return Ok(0);
        }
        let Some(reader) = reader else {
            return if done > 0 {
                Ok(done as i32)
            } else {
                Err(Errno::PIPE.into())
            };
        };
        let end = self.sockets.reader_mut(reader).ok_or(Errno::PIPE)?;
        let whole = wanted <= limit::PIPE_ATOMIC;
        if !whole || wanted <= end.room() {
            let capacity = end.capacity;
            let (count, fault) = fill(&mut self.app, &mut self.pool, &mut end.ring, capacity, pieces, done);
            done += count;
            if count > 0 {
                self.notify_of(reader, poll::IN | poll::RDNORM);
            }
            match fault {
                Some(errno) if done == 0 => return Err(errno.into()),
                Some(_) => return Ok(done as i32),
                None if done == wanted || nonblocking && done > 0 => return Ok(done as i32),
                None => {}
            }
        }
        let next = Ticket::on(Call::Send { socket: id, done }, id, poll::OUT);
        Err(self.block_inside(before, nonblocking, None, next))
    }

    /// `read` from an open file that is no socket.
    pub(crate) fn read_file(&mut self, before: Option<&Ticket>, id: u32, pieces: &Pieces) -> Reply {
        let file = self.sockets.file_mut(id).ok_or(Errno::BADF)?;
        let Kind::Pipe(PipeEnd {
            nonblocking,
            side: Side::Read(end),
        }) = &mut file.kind
        else {
            return Err(not_read(&file.kind).into());
        };
        if pieces.total() == 0 {
            return Ok(0);
        }
        if !end.ring.is_empty() {
            let (count, fault) = hand_out(&mut self.app, &end.ring, pieces, 0);
            if let Some(errno) = fault.filter(|_| count == 0) {
                return Err(errno.into());
            }
            let was = end.writer_readiness();
            end.ring.consume(&mut self.pool, count);
            let room = end.writer_readiness() & !was;
            if let Some(writer) = end.writer.filter(|_| room != 0) {
                self.notify_of(writer, room);
            }
            return Ok(count as i32);
        }
        if end.writer.is_none() {
            return Ok(0);
        }
        let nonblocking = *nonblocking;
        let next = Ticket::on(Call::Receive { socket: id, done: 0 }, id, poll::IN);
        Err(self.block_inside(before, nonblocking, None, next))
    }

    /// The end that reads of the pipe that an open file is an end of.
    pub(crate) fn reader_of(&mut self, id: u32) -> Option<&mut Reader> {
        let reader = match &self.sockets.file(id)?.kind {
            Kind::Pipe(PipeEnd {
                side: Side::Write { reader },
                ..
            }) => (*reader)?,
            _ => id,
        };
        self.sockets.reader_mut(reader)
    }

    /// `F_GETPIPE_SZ` and `F_SETPIPE_SZ`. Of a pipe that nobody can read any more only what it is by default is known.
    pub(crate) fn pipe_size(&mut self, id: u32, wanted: Option<i32>) -> Reply {
        if !matches!(self.sockets.file(id).map(|file| &file.kind), Some(Kind::Pipe(_))) {
            return Err(Errno::BADF.into());
        }
        let wanted = match wanted {
            Some(wanted) => {
                let wanted = usize::try_from(wanted).map_err(|_| Errno::INVAL)?;
                let size = wanted.max(limit::PIPE_ATOMIC).checked_next_power_of_two();
                Some(size.filter(|&size| size <= limit::PIPE_MOST).ok_or(Errno::PERM)?)
            }
            None => None,
        };
        let Some(end) = self.reader_of(id) else {
            return Ok(wanted.unwrap_or(limit::PIPE) as i32);
        };
        if let Some(wanted) = wanted {
            if wanted < end.ring.len() {
                return Err(Errno::BUSY.into());
            }
            let was = end.writer_readiness();
            end.capacity = wanted;
            let room = end.writer_readiness() & !was;
            if let Some(writer) = end.writer.filter(|_| room != 0) {
                self.notify_of(writer, room);
            }
            return Ok(wanted as i32);
        }
        Ok(end.capacity as i32)
    }

    /// An end of a pipe is closed: the other one is told.
    pub(crate) fn close_pipe(&mut self, end: PipeEnd) {
        match end.side {
            Side::Read(mut reader) => {
                reader.ring.clear(&mut self.pool);
                let Some(writer) = reader.writer else { return };
                if let Some(Kind::Pipe(PipeEnd {
                    side: Side::Write { reader },
                    ..
                })) = self.sockets.file_mut(writer).map(|file| &mut file.kind)
                {
                    *reader = None;
                }
                self.notify_of(writer, poll::OUT | poll::WRNORM | poll::ERR);
            }
            Side::Write { reader: Some(reader) } => {
                if let Some(end) = self.sockets.reader_mut(reader) {
                    end.writer = None;
                }
                // A waiting read is told of the end; that it sees as being readable.
                self.notify_of(reader, poll::IN | poll::HUP);
            }
            Side::Write { reader: None } => {}
        }
    }

    /// The events of `poll` that are true of an end of a pipe.
    pub(crate) fn pipe_readiness(&self, end: &PipeEnd) -> u16 {
        match &end.side {
            Side::Read(reader) => reader.readiness(),
            Side::Write { reader } => match reader.and_then(|reader| self.sockets.reader(reader)) {
                Some(reader) => reader.writer_readiness(),
                None => poll::OUT | poll::WRNORM | poll::ERR,
            },
        }
    }

    /// What a call does that cannot go on, about something that no event of the host changes: as [`Runtime::block`], but an
    /// answer that there is nothing costs a turn of the event loop only now and then. Not never: a callback may be what fills
    /// the pipe that a program asks in a loop, and its sockets want to hear something too.
    pub(crate) fn block_inside(
        &mut self,
        before: Option<&Ticket>,
        nonblocking: bool,
        timeout: Option<f64>,
        next: alloc::boxed::Box<Ticket>,
    ) -> Halt {
        if nonblocking {
            return if self.owes_a_turn(before) {
                Halt::Wait(next.for_a_turn())
            } else {
                Halt::Fail(Errno::AGAIN)
            };
        }
        self.unturned = 0;
        self.block(before, false, timeout, next)
    }

    /// Whether an answer that needs no event of the host has to let the event loop turn first: one in so many does, if its
    /// call has not waited already.
    pub(crate) fn owes_a_turn(&mut self, before: Option<&Ticket>) -> bool {
        if before.is_some() || self.unturned >= limit::UNTURNED {
            self.unturned = 0;
            return before.is_none();
        }
        self.unturned += 1;
        false
    }
}

/// Why an open file cannot be written.
fn not_written(kind: &Kind) -> Errno {
    match kind {
        Kind::Socket(_) | Kind::Pipe(_) => Errno::BADF,
        Kind::Epoll(_) => Errno::INVAL,
    }
}

/// Why an open file cannot be read.
fn not_read(kind: &Kind) -> Errno {
    not_written(kind)
}
