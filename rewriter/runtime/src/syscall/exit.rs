//! The end of the program, and of calls on stacks that cannot wait.

use crate::errno::Errno;
use crate::interface::NOT_OURS;
use crate::layout;
use crate::platform::{App, Host};
use crate::runtime::{Halt, Runtime, done};
use crate::ticket::{Call, Ticket};

impl<H: Host, A: App> Runtime<H, A> {
    /// `proc_exit(status)`: waits until what was sent has left, then lets the original do it.
    pub fn proc_exit(&mut self, ticket: u32, _: [u64; 1]) -> i64 {
        self.enter(ticket, false, |this, _| {
            if !this.finish() {
                return Err(Halt::NotOurs);
            }
            let deadline = this.ending.unwrap_or(f64::INFINITY);
            Err(Halt::Wait(
                Ticket::of(Call::Exit, alloc::vec::Vec::new()).until(deadline),
            ))
        })
    }

    /// The stack of a waiting call cannot suspend: ends it, and answers what it returns then.
    pub fn sys_abandon(&mut self, ticket: u32) -> i64 {
        let wasi = matches!(self.tickets.get(ticket), Some(Some(ticket)) if ticket.wasi);
        let mut exit = false;
        let answer = self.enter(ticket, wasi, |this, before| {
            let Some(before) = before else {
                return Err(Errno::IO.into());
            };
            match before.call {
                Call::Connect { .. } if before.turn => Err(Errno::ALREADY.into()),
                Call::Connect { .. } | Call::Begun => Err(Errno::INPROGRESS.into()),
                // A failure will be told by SO_ERROR, or by the next call.
                Call::Open { .. } => Ok(0),
                // A send that has taken a part of its data answers that part.
                Call::Send { done, .. } | Call::Receive { done, .. } if done > 0 => {
                    if !before.wasi {
                        return Ok(done as i32);
                    }
                    layout::put_word(&mut this.app, before.count_at, done as u64)?;
                    Ok(0)
                }
                Call::Many { progress, inner } => match *inner {
                    // As with one message: a part of it counts as it.
                    Call::Send { done, .. } | Call::Receive { done, .. } if done > 0 => {
                        layout::put_int(&mut this.app, progress.length_at, done as i32)?;
                        Ok(progress.done as i32 + 1)
                    }
                    _ if progress.done > 0 => Ok(progress.done as i32),
                    _ => Err(Errno::AGAIN.into()),
                },
                Call::Accept { .. }
                | Call::Input
                | Call::ConnectLocal { .. }
                | Call::Reach { .. }
                | Call::Send { .. }
                | Call::Receive { .. } => Err(Errno::AGAIN.into()),
                Call::Name {
                    socket,
                    address,
                    length,
                } => this.tell_name(socket, address, length),
                Call::Linger { .. } => Ok(0),
                Call::Ask { answer } => match Errno::from_number(-answer) {
                    _ if answer >= 0 => Ok(answer),
                    errno => Err(errno.into()),
                },
                // What Emscripten always answered. The program's memory says so already.
                Call::Watch { ready, .. } => Ok(ready),
                Call::Epoll { set, at, most } => Ok(this.harvest(set, at, most)?),
                Call::Lookup { query, by } => this.answer_by_placeholder(query, by),
                Call::Exit => {
                    exit = true;
                    Ok(0)
                }
            }
        });
        if exit {
            return i64::from(NOT_OURS) << 32;
        }
        // A call that is abandoned cannot wait again.
        if answer >> 32 != 0 {
            done(Err(Errno::AGAIN), wasi)
        } else {
            answer
        }
    }
}
