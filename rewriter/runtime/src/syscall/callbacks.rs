//! `emscripten_set_socket_*_callback`: functions of the program that the event loop calls when something has happened to a
//! socket, at the times at which Emscripten's own socket layer (`SOCKFS`) calls them:
//!
//! | callback | when | descriptor |
//! |---|---|---|
//! | open | a connection is established, an unbound UDP socket has opened | its |
//! | listen | a socket listens, a UDP socket is bound | its |
//! | connection | a client is there to be accepted | the one that `accept` is going to answer |
//! | message | data or a datagram has come | its |
//! | close | the peer has closed, the connection is lost, or the program has closed it | its |
//! | error | the socket has got an error | its, with the errno and a text |
//!
//! The program goes on after main has returned once it has registered one, as with Emscripten.

use alloc::collections::BTreeMap;
use alloc::format;

use crate::constants::limit;
use crate::errno::Errno;
use crate::interface::CallbackRequest;
use crate::platform::{App, Host, Request};
use crate::runtime::Runtime;
use crate::socket::{Body, DatagramState, Stream};

/// What has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Occasion {
    Error(Errno),
    Open,
    Listen,
    Connection,
    Message,
    Close,
}

/// A function of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Callback {
    user_data: u64,
    /// Its index in the program's table, never 0.
    function: u32,
}

/// What is registered.
#[derive(Default)]
pub(crate) struct Callbacks {
    error: Option<Callback>,
    open: Option<Callback>,
    listen: Option<Callback>,
    connection: Option<Callback>,
    message: Option<Callback>,
    close: Option<Callback>,
    /// The host knows that the program stays.
    stays: bool,
    /// Where texts of errors go, in the program's memory.
    text: Option<u64>,
    /// Numbers that were told for sockets that nobody has accepted yet: they are reserved.
    told: BTreeMap<u32, i32>,
}

impl Callbacks {
    fn of(&mut self, occasion: Occasion) -> &mut Option<Callback> {
        match occasion {
            Occasion::Error(_) => &mut self.error,
            Occasion::Open => &mut self.open,
            Occasion::Listen => &mut self.listen,
            Occasion::Connection => &mut self.connection,
            Occasion::Message => &mut self.message,
            Occasion::Close => &mut self.close,
        }
    }

    /// The program has registered one.
    pub(crate) fn are_used(&self) -> bool {
        self.stays
    }

    /// The number that was told for a socket; it is not kept here any more.
    pub(crate) fn take_number(&mut self, socket: u32) -> Option<i32> {
        self.told.remove(&socket)
    }
}

impl<H: Host, A: App> Runtime<H, A> {
    /// `emscripten_set_socket_error_callback(user_data, function)`
    pub fn on_socket_error(&mut self, ticket: u32, a: [u64; 2]) -> i64 {
        if self.callbacks.text.is_none() {
            let text = self.app.malloc(limit::CALLBACK_TEXT as u64);
            self.callbacks.text = (text != 0).then_some(text);
        }
        self.register(ticket, Occasion::Error(Errno::IO), a)
    }

    /// `emscripten_set_socket_open_callback(user_data, function)`
    pub fn on_socket_open(&mut self, ticket: u32, a: [u64; 2]) -> i64 {
        self.register(ticket, Occasion::Open, a)
    }

    /// `emscripten_set_socket_listen_callback(user_data, function)`
    pub fn on_socket_listen(&mut self, ticket: u32, a: [u64; 2]) -> i64 {
        self.register(ticket, Occasion::Listen, a)
    }

    /// `emscripten_set_socket_connection_callback(user_data, function)`
    pub fn on_socket_connection(&mut self, ticket: u32, a: [u64; 2]) -> i64 {
        self.register(ticket, Occasion::Connection, a)
    }

    /// `emscripten_set_socket_message_callback(user_data, function)`
    pub fn on_socket_message(&mut self, ticket: u32, a: [u64; 2]) -> i64 {
        self.register(ticket, Occasion::Message, a)
    }

    /// `emscripten_set_socket_close_callback(user_data, function)`
    pub fn on_socket_close(&mut self, ticket: u32, a: [u64; 2]) -> i64 {
        self.register(ticket, Occasion::Close, a)
    }

    fn register(&mut self, ticket: u32, occasion: Occasion, [user_data, function]: [u64; 2]) -> i64 {
        self.enter(ticket, false, |this, _| {
            let function = function as u32;
            *this.callbacks.of(occasion) = (function != 0).then_some(Callback { user_data, function });
            if !this.callbacks.stays {
                // A host that does not know it ends the program with main.
                this.callbacks.stays = this.host.command(0, Request::Stay).is_ok();
            }
            Ok(0)
        })
    }

    /// Has the host call what is registered for this occasion, if anything is, for a socket that has a descriptor.
    #[inline]
    pub(crate) fn call_back(&mut self, occasion: Occasion, socket: u32) {
        if let Some(callback) = *self.callbacks.of(occasion) {
            let told = self.callbacks.told.get(&socket).copied();
            if let Some(fd) = told.or_else(|| self.descriptors.number_of(socket)) {
                self.call(occasion, callback, fd);
            }
        }
    }

    /// A client waits to be accepted. Its number is told, so it is reserved; if there is none, it is the listener's.
    pub(crate) fn call_back_connection(&mut self, listener: u32, client: u32) {
        let Some(callback) = self.callbacks.connection else {
            return;
        };
        let fd = match self.reserve(0) {
            // Further ones have nobody to keep them reserved.
            Ok(fd) if fd < limit::FILES => {
                self.callbacks.told.insert(client, fd);
                Some(fd)
            }
            _ => self.descriptors.number_of(listener),
        };
        if let Some(fd) = fd {
            self.call(Occasion::Connection, callback, fd);
        }
    }

    /// The host has opened a socket.
    pub(crate) fn call_back_opened(&mut self, id: u32) {
        let occasion = match self.sockets.get(id).map(|socket| &socket.body) {
            Some(Body::Stream(Stream::Connected(_))) => Occasion::Open,
            Some(Body::Stream(Stream::Listening(_))) => Occasion::Listen,
            Some(Body::Datagram(socket)) => match socket.state {
                DatagramState::Open { bound: true, .. } => Occasion::Listen,
                _ => Occasion::Open,
            },
            _ => return,
        };
        self.call_back(occasion, id);
    }

    /// What was open has failed, and cannot be used any more if `broken`.
    pub(crate) fn call_back_failed(&mut self, id: u32, errno: Errno, broken: bool) {
        self.call_back(Occasion::Error(errno), id);
        if broken {
            self.call_back(Occasion::Close, id);
        }
    }

    /// The program closes a descriptor. If it is the last one of a socket whose end has not been told, that is its end.
    pub(crate) fn call_back_closing(&mut self, fd: i32, id: u32) {
        let Some(callback) = self.callbacks.close else {
            return;
        };
        let is_open = match self.sockets.get(id).map(|socket| &socket.body) {
            Some(Body::Stream(Stream::Connected(connection))) => connection.channel.is_some() && !connection.ended,
            Some(Body::Stream(Stream::Listening(listener))) => listener.channel.is_some(),
            Some(Body::Datagram(socket)) => socket.channel().is_some(),
            _ => false,
        };
        if is_open && self.descriptors.numbers_of(id) == 1 {
            self.call(Occasion::Close, callback, fd);
        }
    }

    fn call(&mut self, occasion: Occasion, callback: Callback, fd: i32) {
        let mut request = CallbackRequest {
            user_data: callback.user_data,
            fd,
            ..CallbackRequest::default()
        };
        let is_error = match occasion {
            Occasion::Error(errno) => {
                request.errno = errno.number();
                request.message = self.error_text(errno).unwrap_or(0);
                true
            }
            _ => false,
        };
        // A host that can't is a host without callbacks: it has said so.
        let _ = self.host.command(
            callback.function,
            Request::CallBack {
                callback: request,
                is_error,
            },
        );
    }

    /// Writes `ECONNREFUSED: Connection refused` into the program's memory; answers where.
    fn error_text(&mut self, errno: Errno) -> Option<u64> {
        let text = format!("{}: {}", errno.name(), errno.text());
        let mut bytes = text.into_bytes();
        bytes.truncate(limit::CALLBACK_TEXT - 1);
        bytes.push(0);
        let at = self.callbacks.text?;
        self.app.write(at, &bytes).then_some(at)
    }
}
