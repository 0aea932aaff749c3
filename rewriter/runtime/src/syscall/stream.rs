//! Bytes between the program's memory and the rings of a connection.

use crate::constants::{msg, poll};
use crate::errno::Errno;
use crate::layout::{Piece, Pieces};
use crate::platform::{App, Host, Request};
use crate::ring::{Pool, Ring};
use crate::runtime::{Halt, Reply, Runtime};
use crate::socket::{Body, Connection, Stream};
use crate::ticket::{Call, Ticket};

impl<H: Host, A: App> Runtime<H, A> {
    /// Queues bytes to be sent. A blocking call returns when all are queued, as on Linux; `done` of them are already.
    pub(crate) fn send_stream(
        &mut self,
        before: Option<&Ticket>,
        id: u32,
        pieces: &Pieces,
        flags: i32,
        done: usize,
    ) -> Reply {
        if flags & msg::OOB != 0 {
            return Err(Errno::OPNOTSUPP.into());
        }
        let wanted = pieces.total();
        let socket = self.sockets.get_mut(id).ok_or(Errno::BADF)?;
        let nonblocking = socket.nonblocking || flags & msg::DONTWAIT != 0;
        let timeout = socket.options.send_timeout;
        let mut done = done;
        match &mut socket.body {
            Body::Stream(Stream::Reaching { .. } | Stream::Connecting { .. } | Stream::Binding { .. }) => {}
            Body::Stream(Stream::Connected(connection)) if !connection.write_ended() => {
                let (count, fault) = {
                    let most = connection.send_limit;
                    fill(&mut self.app, &mut self.pool, &mut connection.send, most, pieces, done)
                };
                done += count;
                if count > 0 && !connection.draining {
                    connection.draining = true;
                    if let Some(channel) = connection.channel {
                        // The host may have lost the connection already: `failed` or `closed` will say so.
                        let _ = self.host.command(channel, Request::Send);
                    }
                }
                match fault {
                    _ if done == wanted => return Ok(done as i32),
                    Some(errno) if done == 0 => return Err(errno.into()),
                    Some(_) => return Ok(done as i32),
                    None => {}
                }
            }
            _ if done > 0 => return Ok(done as i32),
            _ => return Err(socket.error.take().unwrap_or(Errno::PIPE).into()),
        }
        if nonblocking && done > 0 {
            return Ok(done as i32);
        }
        let next = Ticket::on(Call::Send { socket: id, done }, id, poll::OUT);
        match self.block(before, nonblocking, timeout, next) {
            Halt::Fail(_) if done > 0 => Ok(done as i32),
            halt => Err(halt),
        }
    }

    /// Hands received bytes to the program; `done` of them it has already.
    pub(crate) fn receive_stream(
        &mut self,
        before: Option<&Ticket>,
        id: u32,
        pieces: &Pieces,
        flags: i32,
        done: usize,
    ) -> Reply {
        if flags & msg::OOB != 0 {
            return Err(Errno::INVAL.into());
        }
        let wanted = pieces.total();
        let resume_below = self.settings.receive / 2;
        let socket = self.sockets.get_mut(id).ok_or(Errno::BADF)?;
        let nonblocking = socket.nonblocking || flags & msg::DONTWAIT != 0;
        let timeout = socket.options.receive_timeout;
        let low_water = socket.low_water();
        let (peek, whole) = (flags & msg::PEEK != 0, flags & msg::WAITALL != 0);
        let least = if whole { wanted } else { low_water.min(wanted) };
        let mut done = done;
        match &mut socket.body {
            Body::Stream(Stream::Connected(connection)) => {
                let ended = connection.read_ended();
                let queued = connection.receive.len();
                // A peek takes nothing away, so it can only be answered once, when there is enough.
                let enough = !peek || ended || nonblocking || queued >= least;
                if queued > 0 && enough {
                    let skip = done.min(wanted);
                    let (count, fault) = if flags & msg::TRUNC != 0 {
                        (queued.min(wanted - skip), None)
                    } else {
                        hand_out(&mut self.app, &connection.receive, pieces, skip)
                    };
                    done += count;
                    if !peek {
                        connection.receive.consume(&mut self.pool, count);
                    }
                    resume(&mut self.host, connection, resume_below);
                    match fault {
                        Some(errno) if done == 0 => return Err(errno.into()),
                        Some(_) => return Ok(done as i32),
                        None => {}
                    }
                    if peek || done >= least {
                        return Ok(done as i32);
                    }
                }
                resume(&mut self.host, connection, resume_below);
                // The end of the stream comes after its last byte, and an error before the end that it causes.
                if ended && (done > 0 || connection.receive.is_empty()) {
                    return match socket.error.take_if(|_| done == 0 && !connection.ended) {
                        Some(errno) => Err(errno.into()),
                        None => Ok(done as i32),
                    };
                }
            }
            Body::Stream(Stream::Reaching { .. } | Stream::Connecting { .. } | Stream::Binding { .. }) => {}
            Body::Stream(Stream::Failed { .. }) => {
                return socket.error.take().map_or(Ok(0), |errno| Err(errno.into()));
            }
            _ => return Err(Errno::NOTCONN.into()),
        }
        if nonblocking && done > 0 {
            return Ok(done as i32);
        }
        let next = Ticket::on(Call::Receive { socket: id, done }, id, poll::IN);
        match self.block(before, nonblocking, timeout, next) {
            Halt::Fail(_) if done > 0 => Ok(done as i32),
            halt => Err(halt),
        }
    }
}

/// Has a host that was told to stop go on reading, once there is room again.
fn resume(host: &mut impl Host, connection: &mut Connection, below: usize) {
    if connection.paused && connection.receive.len() <= below {
        connection.paused = false;
        if let Some(channel) = connection.channel {
            // The host may have lost the connection already: `failed` or `closed` will say so.
            let _ = host.command(channel, Request::Resume);
        }
    }
}

/// Copies from the program into a ring of at most `limit` bytes, but for the first `skip` bytes. Answers how many, and what went wrong.
pub(crate) fn fill(
    app: &mut impl App,
    pool: &mut Pool,
    ring: &mut Ring,
    limit: usize,
    pieces: &Pieces,
    skip: usize,
) -> (usize, Option<Errno>) {
    let mut total = 0;
    for Piece { address, length } in rest(pieces, skip) {
        let (count, fine) = ring.fill(pool, length, limit, |offset, bytes| {
            app.read(address.wrapping_add(offset as u64), bytes)
        });
        total += count;
        if !fine {
            return (total, Some(Errno::FAULT));
        }
        if count < length {
            // Short of memory is another matter than full.
            let starved = ring.len() < limit && total == 0;
            return (total, starved.then_some(Errno::NOBUFS));
        }
    }
    (total, None)
}

/// Copies from a ring to the program, but for the first `skip` bytes of its buffers. Answers how many, and what went
/// wrong.
pub(crate) fn hand_out(app: &mut impl App, ring: &Ring, pieces: &Pieces, skip: usize) -> (usize, Option<Errno>) {
    let mut total = 0;
    for Piece { address, length } in rest(pieces, skip) {
        let (count, fine) = ring.copy(total, length, |offset, bytes| {
            app.write(address.wrapping_add(offset as u64), bytes)
        });
        total += count;
        if !fine {
            return (total, Some(Errno::FAULT));
        }
        if count < length {
            break;
        }
    }
    (total, None)
}

/// The pieces without their first `skip` bytes.
pub(crate) fn rest(pieces: &Pieces, skip: usize) -> impl Iterator<Item = Piece> {
    let mut skip = skip;
    pieces.as_slice().iter().map(move |piece| {
        let cut = skip.min(piece.length);
        skip -= cut;
        Piece {
            address: piece.address.wrapping_add(cut as u64),
            length: piece.length - cut,
        }
    })
}
