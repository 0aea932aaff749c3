//! Open files, in the sense of POSIX's *open file description*: what several descriptors and waiting calls may share. Most
//! are sockets; the others live wholly inside the program: the ends of pipes, and epoll sets.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::epoll::Epoll;
use crate::errno::Errno;
use crate::local::LocalSocket;
use crate::pipe::{PipeEnd, Reader, Side};
use crate::slab::Slab;
use crate::socket::{Body, Socket};

/// An open file.
pub struct OpenFile {
    /// Descriptors and tickets that hold it, and the queue of the listener it is in. It is closed with the last one.
    pub references: u32,
    /// Tickets that wait for it, and the events of `poll` that each waits for.
    pub waiters: Vec<(u32, u16)>,
    /// Epoll sets that have it, by handle, and the number of the descriptor that each knows it by.
    pub watchers: Vec<(u32, i32)>,
    /// What `F_SETFL` has set beside `O_NONBLOCK`, and `F_GETFL` tells; nothing comes of it.
    pub status: i32,
    /// What it is.
    pub kind: Kind,
}

/// What an open file is.
pub enum Kind {
    /// A socket, of the host's or within the program.
    Socket(Socket),
    /// An end of a pipe.
    Pipe(PipeEnd),
    /// An epoll set.
    Epoll(Box<Epoll>),
}

impl OpenFile {
    /// `O_NONBLOCK`.
    pub fn nonblocking(&self) -> bool {
        match &self.kind {
            Kind::Socket(socket) => socket.nonblocking,
            Kind::Pipe(end) => end.nonblocking,
            Kind::Epoll(set) => set.nonblocking,
        }
    }

    /// The same, to change it.
    pub fn nonblocking_mut(&mut self) -> &mut bool {
        match &mut self.kind {
            Kind::Socket(socket) => &mut socket.nonblocking,
            Kind::Pipe(end) => &mut end.nonblocking,
            Kind::Epoll(set) => &mut set.nonblocking,
        }
    }
}

/// All open files, by handle. What most callers look for is a socket: `get` and its kin find nothing else.
#[derive(Default)]
pub struct OpenFiles {
    files: Slab<OpenFile>,
}

impl OpenFiles {
    /// Keeps an open file that nobody holds yet.
    pub fn open(&mut self, kind: Kind) -> Result<u32, Errno> {
        self.files.insert(OpenFile {
            references: 0,
            waiters: Vec::new(),
            watchers: Vec::new(),
            status: 0,
            kind,
        })
    }

    /// Keeps a socket that nobody holds yet.
    pub fn insert(&mut self, socket: Socket) -> Result<u32, Errno> {
        self.open(Kind::Socket(socket))
    }

    /// Any open file.
    pub fn file(&self, id: u32) -> Option<&OpenFile> {
        self.files.get(id)
    }

    /// The same, to change it.
    pub fn file_mut(&mut self, id: u32) -> Option<&mut OpenFile> {
        self.files.get_mut(id)
    }

    /// A socket.
    pub fn get(&self, id: u32) -> Option<&Socket> {
        match &self.files.get(id)?.kind {
            Kind::Socket(socket) => Some(socket),
            _ => None,
        }
    }

    /// The same, to change it.
    pub fn get_mut(&mut self, id: u32) -> Option<&mut Socket> {
        match &mut self.files.get_mut(id)?.kind {
            Kind::Socket(socket) => Some(socket),
            _ => None,
        }
    }

    /// Takes an open file out.
    pub fn remove(&mut self, id: u32) -> Option<OpenFile> {
        self.files.remove(id)
    }

    /// All open files.
    pub fn all(&self) -> impl Iterator<Item = (u32, &OpenFile)> {
        self.files.iter()
    }

    /// All sockets.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Socket)> {
        self.files.iter().filter_map(|(id, file)| match &file.kind {
            Kind::Socket(socket) => Some((id, socket)),
            _ => None,
        })
    }

    /// An AF_UNIX socket.
    pub fn local(&self, id: u32) -> Option<&LocalSocket> {
        match &self.get(id)?.body {
            Body::Local(local) => Some(local),
            _ => None,
        }
    }

    /// The same, to change it.
    pub fn local_mut(&mut self, id: u32) -> Option<&mut LocalSocket> {
        match &mut self.get_mut(id)?.body {
            Body::Local(local) => Some(local),
            _ => None,
        }
    }

    /// The end of a pipe that reads.
    pub fn reader(&self, id: u32) -> Option<&Reader> {
        match &self.files.get(id)?.kind {
            Kind::Pipe(PipeEnd {
                side: Side::Read(reader),
                ..
            }) => Some(reader),
            _ => None,
        }
    }

    /// The same, to change it.
    pub fn reader_mut(&mut self, id: u32) -> Option<&mut Reader> {
        match &mut self.files.get_mut(id)?.kind {
            Kind::Pipe(PipeEnd {
                side: Side::Read(reader),
                ..
            }) => Some(reader),
            _ => None,
        }
    }

    /// An epoll set.
    pub fn epoll(&self, id: u32) -> Option<&Epoll> {
        match &self.files.get(id)?.kind {
            Kind::Epoll(set) => Some(set),
            _ => None,
        }
    }

    /// The same, to change it.
    pub fn epoll_mut(&mut self, id: u32) -> Option<&mut Epoll> {
        match &mut self.files.get_mut(id)?.kind {
            Kind::Epoll(set) => Some(set),
            _ => None,
        }
    }
}
