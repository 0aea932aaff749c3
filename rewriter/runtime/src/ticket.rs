//! What a call that has to wait has done so far. The entry that answered with a ticket is called again with it, by the
//! thunk, and finds here what the program's memory does not hold: which sockets it is about (not their numbers: those may
//! be reused meanwhile), how far it got, until when it waits.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use crate::syscall::watch::Watch;

/// A call that waits.
pub struct Ticket {
    /// How far it got.
    pub call: Call,
    /// The sockets that it waits for, and the events of `poll` that let it go on.
    pub sockets: Vec<(u32, u16)>,
    /// The query that it waits for.
    pub query: Option<u32>,
    /// When it gives up, in the host's milliseconds; infinity if never.
    pub deadline: f64,
    /// It does not wait for anything: it lets the event loop turn once before it says that there is nothing.
    pub turn: bool,
    /// `Wake` is on its way.
    pub woken: bool,
    /// Errors are positive.
    pub wasi: bool,
    /// Where a WASI call's count goes; 0 if nowhere.
    pub count_at: u64,
}

impl Ticket {
    /// A call that waits for one socket.
    pub fn on(call: Call, socket: u32, events: u16) -> Box<Ticket> {
        Ticket::of(call, vec![(socket, events)])
    }

    /// A call that waits for several sockets, or for none.
    pub fn of(call: Call, sockets: Vec<(u32, u16)>) -> Box<Ticket> {
        Box::new(Ticket {
            call,
            sockets,
            query: None,
            deadline: f64::INFINITY,
            turn: false,
            woken: false,
            wasi: false,
            count_at: 0,
        })
    }

    /// The same, for a query too.
    pub fn for_query(mut self: Box<Ticket>, query: u32) -> Box<Ticket> {
        self.query = Some(query);
        self
    }

    /// The same with a deadline.
    pub fn until(mut self: Box<Ticket>, deadline: f64) -> Box<Ticket> {
        self.deadline = deadline;
        self
    }

    /// The same, but only for a turn of the event loop.
    pub fn for_a_turn(mut self: Box<Ticket>) -> Box<Ticket> {
        self.turn = true;
        self
    }
}

/// What a waiting call is.
pub enum Call {
    /// `connect` of a TCP socket.
    Connect {
        /// The socket.
        socket: u32,
    },
    /// `connect` of a non-blocking TCP socket, which has begun.
    Begun,
    /// `bind`, `listen` or `connect` that waits for the host to say whether a socket is open.
    Open {
        /// The socket.
        socket: u32,
    },
    /// `getsockname` of a socket that the host is still opening.
    Name {
        /// The socket.
        socket: u32,
        /// Where the address goes.
        address: u64,
        /// Where its length goes.
        length: u64,
    },
    /// `connect` of a UDP socket that waits for the address behind a placeholder.
    Reach {
        /// The socket.
        socket: u32,
    },
    /// `accept4`.
    Accept {
        /// The listening socket.
        socket: u32,
    },
    /// Any call that sends.
    Send {
        /// The socket.
        socket: u32,
        /// Bytes that are queued already.
        done: usize,
    },
    /// Any call that receives.
    Receive {
        /// The socket.
        socket: u32,
        /// Bytes that the program has already.
        done: usize,
    },
    /// `sendmmsg` or `recvmmsg`.
    Many {
        /// How far it got.
        progress: Progress,
        /// The message that it waits with.
        inner: Box<Call>,
    },
    /// `connect` of an AF_UNIX socket to a listener whose queue is full.
    ConnectLocal {
        /// The socket.
        socket: u32,
    },
    /// `poll` or `select`.
    Watch {
        /// What is watched.
        watches: Vec<Watch>,
        /// How many are ready: what is told where the call cannot even let the event loop turn.
        ready: i32,
    },
    /// `epoll_pwait`.
    Epoll {
        /// The set.
        set: u32,
        /// Where events go.
        at: u64,
        /// How many there may be.
        most: i32,
    },
    /// A question about a socket that was answered "not yet", and is asked anew.
    Ask {
        /// What the entry answers to that.
        answer: i32,
    },
    /// A name lookup.
    Lookup {
        /// The query.
        query: u32,
        /// What asked.
        by: Lookup,
    },
    /// `close` that waits for what is queued to leave.
    Linger {
        /// The channel that drains.
        channel: u32,
    },
    /// `read` of a terminal.
    Input,
    /// The end of the program.
    Exit,
}

/// How far a call got that sends or receives several messages.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Messages that are done.
    pub done: u32,
    /// Where the length of the next one goes.
    pub length_at: u64,
    /// When it stops after a message, in the host's milliseconds; infinity if never.
    pub until: f64,
}

/// Which call asked for a name, with its arguments, so that it can be answered where it cannot wait.
#[derive(Clone, Copy, Debug)]
pub enum Lookup {
    /// `getaddrinfo`.
    AddressInfo([u64; 4]),
    /// `gethostbyname`.
    Host(u64),
    /// `gethostbyname_r`.
    HostInto([u64; 6]),
    /// `_emscripten_lookup_name`.
    Name(u64),
}
