//! `sendmmsg` and `recvmmsg`: several messages with one call (sendmmsg(2), recvmmsg(2)). An error is told only if it comes with the
//! first of them; else the call answers how many there were, and what was not told is the socket's pending error if it was
//! received with.

use alloc::boxed::Box;

use crate::constants::{limit, msg};
use crate::errno::Errno;
use crate::layout;
use crate::platform::{App, Host};
use crate::runtime::{Halt, Reply, Runtime};
use crate::syscall::int;
use crate::ticket::{Call, Progress, Ticket};

/// Words of an `mmsghdr`: a `msghdr`, its `msg_len`, and padding where words are wide.
const WORDS: u64 = 8;
/// Words before `msg_len`.
const LENGTH_WORD: u64 = 7;

/// Which way messages go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Out,
    In,
}

/// The arguments, but for the descriptor.
#[derive(Clone, Copy)]
struct Table {
    way: Way,
    at: u64,
    count: u32,
    flags: i32,
}

impl<H: Host, A: App> Runtime<H, A> {
    /// `sendmmsg(fd, messages, count, flags)`
    pub fn sys_sendmmsg(&mut self, ticket: u32, a: [u64; 4]) -> i64 {
        self.enter(ticket, false, |this, before| {
            let (before, progress) = split(before, f64::INFINITY);
            let id = this.subject(before.as_deref(), a[0])?;
            let table = Table {
                way: Way::Out,
                at: a[1],
                count: a[2] as u32,
                flags: int(a[3]),
            };
            this.transfer_many(before, id, table, progress)
        })
    }

    /// `recvmmsg(fd, messages, count, flags, timeout)`; the last argument is the *address of the variable arguments*, the
    /// first of which is the address of the timeout.
    ///
    /// As on Linux, the timeout is looked at after each message, and ends no wait for one.
    pub fn sys_recvmmsg(&mut self, ticket: u32, a: [u64; 5]) -> i64 {
        self.enter(ticket, false, |this, before| {
            let timeout = match a[4] {
                0 => 0,
                varargs => layout::word(&mut this.app, varargs)?,
            };
            let fresh = match timeout {
                _ if before.is_some() => f64::INFINITY,
                0 => f64::INFINITY,
                at => this.end_of(at)?,
            };
            let (before, progress) = split(before, fresh);
            let id = this.subject(before.as_deref(), a[0])?;
            if before.is_none()
                && let Some(errno) = this.socket(id)?.error.take()
            {
                return Err(errno.into());
            }
            let table = Table {
                way: Way::In,
                at: a[1],
                count: a[2] as u32,
                flags: int(a[3]),
            };
            let received = this.transfer_many(before, id, table, progress)?;
            if timeout != 0 && received > 0 {
                let left = (progress.until - this.host.now()).max(0.0);
                layout::put_timespec(&mut this.app, timeout, left)?;
            }
            Ok(received)
        })
    }

    /// When a timeout ends that begins now.
    fn end_of(&mut self, timeout: u64) -> Result<f64, Errno> {
        let (seconds, nanos) = layout::timespec(&mut self.app, timeout)?;
        if seconds < 0 || !(0..1_000_000_000).contains(&nanos) {
            return Err(Errno::INVAL);
        }
        Ok(self.host.now() + seconds as f64 * 1000.0 + nanos as f64 / 1e6)
    }

    fn transfer_many(&mut self, mut before: Option<Box<Ticket>>, id: u32, table: Table, progress: Progress) -> Reply {
        let word = self.app.abi().word() as u64;
        let count = table.count.min(limit::MESSAGES as u32);
        let mut progress = progress;
        let mut flags = table.flags & !msg::WAITFORONE;
        while progress.done < count {
            if table.flags & msg::WAITFORONE != 0 && progress.done > 0 {
                flags |= msg::DONTWAIT;
            }
            let header = table.at.wrapping_add(u64::from(progress.done) * WORDS * word);
            progress.length_at = header.wrapping_add(LENGTH_WORD * word);
            let ticket = before.take();
            let answer = match table.way {
                Way::Out => self.send_header(ticket.as_deref(), id, header, flags),
                Way::In => self.receive_header(ticket.as_deref(), id, header, flags),
            };
            let told = answer.and_then(|length| Ok(layout::put_int(&mut self.app, progress.length_at, length)?));
            match told {
                Ok(()) => progress.done += 1,
                Err(halt) => return self.stopped(id, table.way, progress, halt),
            }
            if progress.until.is_finite() && self.host.now() >= progress.until {
                break;
            }
        }
        Ok(progress.done as i32)
    }

    /// One message could not be sent or received, or not now.
    fn stopped(&mut self, id: u32, way: Way, progress: Progress, halt: Halt) -> Reply {
        match halt {
            // What there was is answered before anything is waited for that may not be.
            Halt::Wait(ticket) if ticket.turn && progress.done > 0 => Ok(progress.done as i32),
            Halt::Wait(mut ticket) => {
                let inner = Box::new(ticket.call);
                ticket.call = Call::Many { progress, inner };
                Err(Halt::Wait(ticket))
            }
            Halt::Fail(errno) if progress.done > 0 => {
                if way == Way::In && errno != Errno::AGAIN {
                    self.socket(id)?.error = Some(errno);
                }
                Ok(progress.done as i32)
            }
            halt => Err(halt),
        }
    }
}

/// How far a call got that waited, and the ticket of the message that it waited with.
fn split(before: Option<Box<Ticket>>, until: f64) -> (Option<Box<Ticket>>, Progress) {
    let fresh = Progress {
        done: 0,
        length_at: 0,
        until,
    };
    let Some(mut ticket) = before else {
        return (None, fresh);
    };
    match ticket.call {
        Call::Many { progress, inner } => {
            ticket.call = *inner;
            (Some(ticket), progress)
        }
        call => {
            ticket.call = call;
            (Some(ticket), fresh)
        }
    }
}
