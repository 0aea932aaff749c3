//! Datagrams that are gathered from several calls: `MSG_MORE`, and the option `UDP_CORK` (udp(7)).

use alloc::vec::Vec;

use crate::constants::msg;
use crate::errno::Errno;
use crate::interface::Endpoint;
use crate::layout::Pieces;
use crate::options::key;
use crate::platform::{App, Host};
use crate::runtime::{Halt, Reply, Runtime};
use crate::socket::Corked;
use crate::syscall::datagram::{Payload, gather, widest};
use crate::ticket::Ticket;

impl<H: Host, A: App> Runtime<H, A> {
    /// A datagram to `destination` (family 0: the peer) begins.
    pub(crate) fn cork(&mut self, id: u32, destination: Endpoint) -> Result<(), Errno> {
        self.socket(id)?.datagram().ok_or(Errno::INVAL)?.corked = Some(Corked {
            destination,
            payload: Vec::new(),
        });
        Ok(())
    }

    /// Adds to the datagram that was begun, and sends it if this is the last of it. Answers how many bytes were added.
    pub(crate) fn add_to_cork(&mut self, before: Option<&Ticket>, id: u32, pieces: &Pieces, flags: i32) -> Reply {
        let length = pieces.total();
        let socket = self.sockets.get_mut(id).ok_or(Errno::BADF)?;
        let more = flags & msg::MORE != 0 || socket.options.is_on(key::CORK);
        let nonblocking = socket.nonblocking || flags & msg::DONTWAIT != 0;
        let datagram = socket.datagram().ok_or(Errno::INVAL)?;
        let mut corked = datagram.corked.take().ok_or(Errno::INVAL)?;
        let had = corked.payload.len();
        if length > widest(corked.destination).saturating_sub(had) {
            // As on Linux, what there was of it is lost.
            return Err(Errno::MSGSIZE.into());
        }
        corked.payload.try_reserve(length).map_err(|_| Errno::NOBUFS)?;
        corked.payload.resize(had + length, 0);
        gather(&mut self.app, pieces, &mut corked.payload[had..])?;
        if !more {
            let sent = self.transmit(
                before,
                id,
                Payload::Gathered(&corked.payload),
                nonblocking,
                corked.destination,
            );
            match sent {
                Ok(_) => return Ok(length as i32),
                // This call comes again, or tells that it has sent nothing.
                Err(Halt::Wait(_) | Halt::Fail(Errno::AGAIN)) => corked.payload.truncate(had),
                Err(_) => return sent,
            }
            self.keep_corked(id, corked)?;
            return sent;
        }
        self.keep_corked(id, corked)?;
        Ok(length as i32)
    }

    /// `UDP_CORK` is switched off: sends what was gathered.
    pub(crate) fn uncork(&mut self, id: u32) -> Reply {
        let datagram = self.socket(id)?.datagram().ok_or(Errno::INVAL)?;
        let Some(corked) = datagram.corked.take() else {
            return Ok(0);
        };
        // As on Linux, what cannot be sent at once is lost: an option does not wait.
        self.transmit(None, id, Payload::Gathered(&corked.payload), true, corked.destination)?;
        Ok(0)
    }

    fn keep_corked(&mut self, id: u32, corked: Corked) -> Result<(), Errno> {
        self.socket(id)?.datagram().ok_or(Errno::INVAL)?.corked = Some(corked);
        Ok(())
    }
}
