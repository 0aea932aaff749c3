//! The calls that move data, each of them in terms of buffers, flags and an address; what then happens is up to the
//! type of the socket.

use crate::address::{Sockaddr, SocketName};
use crate::constants::msg;
use crate::errno::Errno;
use crate::layout::{self, Pieces};
use crate::platform::{App, Host};
use crate::runtime::{Halt, Reply, Runtime};
use crate::socket::Body;
use crate::syscall::datagram::Received;
use crate::syscall::int;
use crate::ticket::{Call, Ticket};

impl<H: Host, A: App> Runtime<H, A> {
    /// `sendto(fd, buffer, length, flags, address, address_length)`
    pub fn sys_sendto(&mut self, ticket: u32, a: [u64; 6]) -> i64 {
        self.enter(ticket, false, |this, before| {
            let id = this.subject(before.as_deref(), a[0])?;
            let pieces = Pieces::one(a[1], a[2]);
            this.send(before.as_deref(), id, &pieces, int(a[3]), (a[4], a[5]))
        })
    }

    /// `sendmsg(fd, message, flags)`
    pub fn sys_sendmsg(&mut self, ticket: u32, a: [u64; 6]) -> i64 {
        self.enter(ticket, false, |this, before| {
            let id = this.subject(before.as_deref(), a[0])?;
            this.send_header(before.as_deref(), id, a[1], int(a[2]))
        })
    }

    /// Sends what the `msghdr` at `header` says.
    pub(crate) fn send_header(&mut self, before: Option<&Ticket>, id: u32, header: u64, flags: i32) -> Reply {
        let message = layout::message(&mut self.app, header)?;
        let pieces = layout::pieces(&mut self.app, message.pieces, message.count)?;
        self.check_control(id, &message)?;
        let to = (message.name, u64::from(message.name_length));
        self.send(before, id, &pieces, flags, to)
    }

    /// `fd_write(fd, pieces, count, written)`
    pub fn wasi_fd_write(&mut self, ticket: u32, a: [u64; 4]) -> i64 {
        self.enter(ticket, true, |this, before| {
            let id = match subject_of(before.as_deref()) {
                Some(id) => id,
                None => this.of_ours(a[0])?,
            };
            let pieces = layout::pieces(&mut this.app, a[1], a[2])?;
            let sent = match this.sockets.get(id) {
                Some(_) => this.send(before.as_deref(), id, &pieces, 0, (0, 0)),
                None => this.write_file(before.as_deref(), id, &pieces),
            };
            let count = sent.map_err(|halt| halt.counting_at(a[3]))?;
            layout::put_word(&mut this.app, a[3], count as u64)?;
            Ok(0)
        })
    }

    /// `recvfrom(fd, buffer, length, flags, address, address_length)`
    pub fn sys_recvfrom(&mut self, ticket: u32, a: [u64; 6]) -> i64 {
        self.enter(ticket, false, |this, before| {
            let id = this.subject(before.as_deref(), a[0])?;
            let pieces = Pieces::one(a[1], a[2]);
            let received = this.receive(before.as_deref(), id, &pieces, int(a[3]))?;
            if a[4] != 0 {
                layout::put_sockaddr(&mut this.app, a[4], a[5], received.from)?;
            }
            Ok(received.length)
        })
    }

    /// `recvmsg(fd, message, flags)`
    pub fn sys_recvmsg(&mut self, ticket: u32, a: [u64; 6]) -> i64 {
        self.enter(ticket, false, |this, before| {
            let id = this.subject(before.as_deref(), a[0])?;
            this.receive_header(before.as_deref(), id, a[1], int(a[2]))
        })
    }

    /// Receives into what the `msghdr` at `header` says.
    pub(crate) fn receive_header(&mut self, before: Option<&Ticket>, id: u32, header: u64, flags: i32) -> Reply {
        let message = layout::message(&mut self.app, header)?;
        let pieces = layout::pieces(&mut self.app, message.pieces, message.count)?;
        let received = self.receive(before, id, &pieces, flags)?;
        let control = self.tell_control(id, &message, &received)?;
        if message.name != 0 {
            let length = layout::message_name_length(&mut self.app, &message);
            layout::put_sockaddr(&mut self.app, message.name, length, received.from)?;
        }
        let cut = if control.is_truncated() { msg::CTRUNC } else { 0 };
        let answered = received.flags | cut | flags & msg::CMSG_CLOEXEC;
        layout::put_message_result(&mut self.app, &message, control.used(), answered)?;
        Ok(received.length)
    }

    /// `fd_read(fd, pieces, count, read)`
    pub fn wasi_fd_read(&mut self, ticket: u32, a: [u64; 4]) -> i64 {
        self.enter(ticket, true, |this, before| {
            let id = match subject_of(before.as_deref()) {
                Some(id) => id,
                None => match this.of_ours(a[0]) {
                    Ok(id) => id,
                    Err(_) => return Err(this.read_terminal(before, int(a[0]))),
                },
            };
            let pieces = layout::pieces(&mut this.app, a[1], a[2])?;
            if this.sockets.get(id).is_none() {
                let count = this.read_file(before.as_deref(), id, &pieces);
                let count = count.map_err(|halt| halt.counting_at(a[3]))?;
                layout::put_word(&mut this.app, a[3], count as u64)?;
                return Ok(0);
            }
            // read() of nothing is nothing, whatever the socket; recv() of nothing waits for something.
            let count = if pieces.total() == 0 {
                0
            } else {
                let received = this.receive(before.as_deref(), id, &pieces, 0);
                received.map_err(|halt| halt.counting_at(a[3]))?.length
            };
            layout::put_word(&mut this.app, a[3], count as u64)?;
            Ok(0)
        })
    }

    /// The socket a call is about: the one it waited for, or the one its descriptor stands for.
    pub(crate) fn subject(&mut self, before: Option<&Ticket>, fd: u64) -> Result<u32, Errno> {
        match subject_of(before) {
            Some(id) => Ok(id),
            None => self.of_descriptor(fd),
        }
    }

    fn send(&mut self, before: Option<&Ticket>, id: u32, pieces: &Pieces, flags: i32, to: (u64, u64)) -> Reply {
        match self.socket(id)?.body {
            Body::Stream(_) => {
                let done = match before.map(|ticket| &ticket.call) {
                    Some(Call::Send { done, .. }) => *done,
                    _ => 0,
                };
                self.send_stream(before, id, pieces, flags, done)
            }
            Body::Datagram(_) => {
                let to: Option<Sockaddr> = match to {
                    (0, _) | (_, 0) => None,
                    (address, length) => Some(layout::sockaddr(&mut self.app, address, length)?),
                };
                self.send_datagram(before, id, pieces, flags, to)
            }
            Body::Local(_) => self.send_local(before, id, pieces, flags, to),
        }
    }

    fn receive(&mut self, before: Option<&Ticket>, id: u32, pieces: &Pieces, flags: i32) -> Result<Received, Halt> {
        match self.socket(id)?.body {
            // No platform tells errors there, so the queue of them is always empty.
            Body::Stream(_) | Body::Datagram(_) if flags & msg::ERRQUEUE != 0 => Err(Errno::AGAIN.into()),
            Body::Stream(_) => {
                let done = match before.map(|ticket| &ticket.call) {
                    Some(Call::Receive { done, .. }) => *done,
                    _ => 0,
                };
                let length = self.receive_stream(before, id, pieces, flags, done)?;
                // As on Linux, the sender of a stream's bytes is not told with each of them.
                Ok(Received {
                    length,
                    from: SocketName::Nothing,
                    flags: 0,
                    dropped: 0,
                })
            }
            Body::Datagram(_) => self.receive_datagram(before, id, pieces, flags),
            Body::Local(_) => self.receive_local(before, id, pieces, flags),
        }
    }
}

/// The socket that a call waited for.
fn subject_of(before: Option<&Ticket>) -> Option<u32> {
    match before?.call {
        Call::Send { socket, .. } | Call::Receive { socket, .. } => Some(socket),
        _ => None,
    }
}
