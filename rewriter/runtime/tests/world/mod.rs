//! A simulated program and a simulated host around the state machine: calls go in as thunks make them, commands are
//! written down, events are delivered by the tests, time stands still unless it is moved.
#![allow(dead_code, reason = "no test file uses all of it")]

pub(crate) mod choices;
pub(crate) mod entries;
pub(crate) mod files;
pub(crate) mod hostile;
pub(crate) mod network;
pub(crate) mod programs;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use direct_sockets_runtime::address;
use direct_sockets_runtime::errno::Errno;
use direct_sockets_runtime::interface::{CallbackRequest, Endpoint, HostOption, NOT_OURS};
pub(crate) use direct_sockets_runtime::platform::Closing;
use direct_sockets_runtime::platform::{Abi, App, Host, Request};
use direct_sockets_runtime::runtime::Runtime;

pub(crate) const MEMORY: usize = 1 << 22;

/// Where tests put arguments in the program's memory.
pub(crate) const ADDRESS: u64 = 0x100;
pub(crate) const LENGTH: u64 = 0x200;
pub(crate) const VALUE: u64 = 0x300;
pub(crate) const TABLE: u64 = 0x400;
pub(crate) const TEXT: u64 = 0x800;
pub(crate) const SERVICE: u64 = 0xa00;
pub(crate) const HINTS: u64 = 0xb00;
pub(crate) const RESULT: u64 = 0xc00;
pub(crate) const DATA: u64 = 0x10_0000;
pub(crate) const HEAP: u64 = 0x30_0000;

/// A command that was given, with what it pointed to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Given {
    TcpConnect {
        local: Endpoint,
        remote: Endpoint,
        name: String,
        flags: u32,
    },
    TcpListen {
        local: Endpoint,
        backlog: u32,
        flags: u32,
    },
    UdpOpen {
        local: Endpoint,
        remote: Endpoint,
        name: String,
        flags: u32,
    },
    Send,
    SendDatagram {
        to: Endpoint,
        payload: Vec<u8>,
    },
    Shutdown,
    Close(Closing),
    Resume,
    Resolve(String),
    SetOption(HostOption, i32),
    TcpBind {
        local: Endpoint,
        flags: u32,
    },
    UdpConnect(Endpoint),
    Membership {
        group: Endpoint,
        interface: Endpoint,
        join: bool,
    },
    Stay,
    CallBack {
        function: u32,
        callback: CallbackRequest,
        is_error: bool,
    },
}

#[derive(Default)]
pub(crate) struct SimHost {
    pub(crate) time: f64,
    /// What was given, but for wakes, since somebody last looked.
    pub(crate) given: Vec<(u32, Given)>,
    /// Tickets that were woken, each time.
    pub(crate) woken: Vec<u32>,
    /// It can connect a UDP socket that is open.
    pub(crate) connects_udp: bool,
    /// Lines of trace.
    pub(crate) trace: Vec<String>,
    /// Whether there is something to read in its terminal, if it has one.
    pub(crate) terminal: Option<bool>,
    /// What the next opening is refused with.
    pub(crate) refuse: Option<Errno>,
    /// What the next option or membership is refused with.
    pub(crate) refuse_option: Option<Errno>,
}

impl Host for SimHost {
    fn command(&mut self, id: u32, request: Request<'_>) -> Result<(), Errno> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let given = match request {
            Request::Wake => {
                self.woken.push(id);
                return Ok(());
            }
            Request::Trace(line) => {
                self.trace.push(text(line));
                return Ok(());
            }
            Request::Input => {
                return match self.terminal {
                    Some(true) => Ok(()),
                    Some(false) => Err(Errno::AGAIN),
                    None => Err(Errno::NOSYS),
                };
            }
            Request::UdpConnect(peer) if self.connects_udp => Given::UdpConnect(peer),
            Request::UdpConnect(_) => return Err(Errno::OPNOTSUPP),
            Request::TcpBind(open) => Given::TcpBind {
                local: open.local,
                flags: open.flags,
            },
            Request::Membership { group, interface, join } => Given::Membership { group, interface, join },
            Request::Stay => Given::Stay,
            Request::CallBack { callback, is_error } => Given::CallBack {
                function: id,
                callback,
                is_error,
            },
            Request::TcpConnect(open) => Given::TcpConnect {
                local: open.local,
                remote: open.remote,
                name: text(open.name),
                flags: open.flags,
            },
            Request::TcpListen { open, backlog } => Given::TcpListen {
                local: open.local,
                backlog,
                flags: open.flags,
            },
            Request::UdpOpen(open) => Given::UdpOpen {
                local: open.local,
                remote: open.remote,
                name: text(open.name),
                flags: open.flags,
            },
            Request::Send => Given::Send,
            Request::SendDatagram { packet } => {
                let (header, payload) = packet.split_at(Endpoint::SIZE as usize);
                let to = Endpoint::from_bytes(header.try_into().unwrap());
                Given::SendDatagram {
                    to,
                    payload: payload.to_vec(),
                }
            }
            Request::Shutdown => Given::Shutdown,
            Request::Close(how) => Given::Close(how),
            Request::Resume => Given::Resume,
            Request::Resolve(name) => Given::Resolve(text(name)),
            Request::SetOption(option, value) => Given::SetOption(option, value),
        };
        let opens = matches!(
            given,
            Given::TcpBind { .. } | Given::TcpConnect { .. } | Given::TcpListen { .. } | Given::UdpOpen { .. }
        );
        if opens && let Some(errno) = self.refuse.take() {
            return Err(errno);
        }
        let sets = matches!(given, Given::SetOption(..) | Given::Membership { .. });
        if sets && let Some(errno) = self.refuse_option.take() {
            return Err(errno);
        }
        self.given.push((id, given));
        Ok(())
    }

    fn now(&mut self) -> f64 {
        self.time
    }
}

pub(crate) struct SimApp {
    pub(crate) memory: Vec<u8>,
    pub(crate) abi: u32,
    /// Descriptors in use, files and reserved ones alike.
    pub(crate) open: BTreeSet<i32>,
    /// Events of files, for the original poll and select; a file that is not named is always ready.
    pub(crate) files: BTreeMap<i32, u16>,
    pub(crate) heap: u64,
    /// The most descriptors.
    pub(crate) most: i32,
    /// How often the originals of poll and select were asked.
    pub(crate) asked: u32,
    /// What F_GETFL answers.
    pub(crate) flags: i32,
}

impl SimApp {
    fn events(&self, fd: i32) -> u16 {
        self.files.get(&fd).copied().unwrap_or(5)
    }

    fn reaches(&self, from: u64, count: u64) -> bool {
        from.checked_add(count)
            .is_some_and(|end| end <= self.memory.len() as u64)
    }
}

impl App for SimApp {
    fn read(&mut self, from: u64, to: &mut [u8]) -> bool {
        let Some(from) = usize::try_from(from).ok().filter(|&from| from != 0 || to.is_empty()) else {
            return false;
        };
        let Some(bytes) = from.checked_add(to.len()).and_then(|end| self.memory.get(from..end)) else {
            return false;
        };
        to.copy_from_slice(bytes);
        true
    }

    fn write(&mut self, to: u64, from: &[u8]) -> bool {
        let Some(to) = usize::try_from(to).ok().filter(|&to| to != 0 || from.is_empty()) else {
            return false;
        };
        let Some(bytes) = to.checked_add(from.len()).and_then(|end| self.memory.get_mut(to..end)) else {
            return false;
        };
        bytes.copy_from_slice(from);
        true
    }

    fn abi(&self) -> Abi {
        Abi(self.abi)
    }

    fn socket(&mut self) -> i32 {
        match (0..self.most).find(|fd| !self.open.contains(fd)) {
            Some(fd) => {
                self.open.insert(fd);
                fd
            }
            None => -Errno::MFILE.number(),
        }
    }

    fn close(&mut self, fd: i32) -> i32 {
        if self.open.remove(&fd) { 0 } else { Errno::BADF.number() }
    }

    fn fcntl(&mut self, fd: i32, _: i32) -> i32 {
        if self.open.contains(&fd) {
            self.flags
        } else {
            -Errno::BADF.number()
        }
    }

    fn poll(&mut self, fds: u64, count: i32) -> i32 {
        self.asked += 1;
        if !self.reaches(fds, 8 * count as u64) {
            return -Errno::FAULT.number();
        }
        let mut ready = 0;
        for place in 0..count as usize {
            let at = fds as usize + 8 * place;
            let fd = i32::from_le_bytes(self.memory[at..at + 4].try_into().unwrap());
            let asked = u16::from_le_bytes(self.memory[at + 4..at + 6].try_into().unwrap());
            let events = self.events(fd) & (asked | 0x18);
            self.memory[at + 6..at + 8].copy_from_slice(&events.to_le_bytes());
            ready += i32::from(events != 0);
        }
        ready
    }

    fn select(&mut self, count: i32, read: u64, write: u64, except: u64) -> i32 {
        assert_eq!(except, 0, "the original of 3.1.6 aborts");
        assert!(count <= 64);
        self.asked += 1;
        if [read, write].iter().any(|&set| set != 0 && !self.reaches(set, 8)) {
            return -Errno::FAULT.number();
        }
        let mut ready = 0;
        for (set, event) in [(read, 1), (write, 4)] {
            for fd in (0..count).filter(|_| set != 0) {
                let (byte, bit) = (set as usize + fd as usize / 8, 1u8 << (fd % 8));
                if self.memory[byte] & bit != 0 {
                    if self.events(fd) & event == 0 {
                        self.memory[byte] &= !bit;
                    } else {
                        ready += 1;
                    }
                }
            }
        }
        ready
    }

    fn malloc(&mut self, size: u64) -> u64 {
        let at = self.heap;
        self.heap += size.next_multiple_of(16);
        if self.heap <= MEMORY as u64 { at } else { 0 }
    }
}

/// What an entry answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Done(i32),
    NotOurs,
    Wait(u32),
}

impl Answer {
    pub(crate) fn of(answer: i64) -> Answer {
        match (answer >> 32) as u32 {
            0 => Answer::Done(answer as i32),
            NOT_OURS => Answer::NotOurs,
            ticket => Answer::Wait(ticket),
        }
    }

    pub(crate) fn encode(self) -> i64 {
        match self {
            Answer::Done(value) => i64::from(value as u32),
            Answer::NotOurs => i64::from(NOT_OURS) << 32,
            Answer::Wait(ticket) => i64::from(ticket) << 32,
        }
    }

    #[track_caller]
    pub(crate) fn done(self) -> i32 {
        match self {
            Answer::Done(value) => value,
            other => panic!("{other:?} instead of an answer"),
        }
    }

    #[track_caller]
    pub(crate) fn ticket(self) -> u32 {
        match self {
            Answer::Wait(ticket) => ticket,
            other => panic!("{other:?} instead of a wait"),
        }
    }

    #[track_caller]
    pub(crate) fn fails(self, errno: Errno) {
        assert_eq!(self, Answer::Done(-errno.number()), "{errno:?} expected");
    }
}

pub(crate) type World = Runtime<SimHost, SimApp>;

pub(crate) fn world() -> World {
    let app = SimApp {
        memory: vec![0; MEMORY],
        abi: 0,
        open: [0, 1, 2].into(),
        files: BTreeMap::new(),
        heap: HEAP,
        most: 1024,
        asked: 0,
        flags: 0,
    };
    Runtime::new(SimHost::default(), app)
}

pub(crate) fn endpoint(text: &str) -> Endpoint {
    let address: SocketAddr = text.parse().unwrap();
    match address.ip() {
        IpAddr::V4(ip) => Endpoint::v4(ip, address.port()),
        IpAddr::V6(ip) => Endpoint::v6(ip, address.port(), 0),
    }
}

pub(crate) const INET: u64 = 2;
pub(crate) const INET6: u64 = 10;
pub(crate) const STREAM: u64 = 1;
pub(crate) const DGRAM: u64 = 2;
pub(crate) const NONBLOCK: u64 = 0x800;

/// Calls as a C program makes them.
pub(crate) trait Program {
    fn socket(&mut self, domain: u64, kind: u64) -> u64;
    fn put_address(&mut self, text: &str) -> (u64, u64);
    fn get_address(&mut self) -> String;
    fn connect(&mut self, fd: u64, to: &str) -> Answer;
    fn bind(&mut self, fd: u64, to: &str) -> Answer;
    fn send(&mut self, fd: u64, bytes: &[u8], flags: u64) -> Answer;
    fn sendto(&mut self, fd: u64, bytes: &[u8], to: &str) -> Answer;
    fn recv(&mut self, fd: u64, count: u64, flags: u64) -> Answer;
    fn recvfrom(&mut self, fd: u64, count: u64) -> (Answer, String);
    fn close(&mut self, fd: u64) -> Answer;
    fn poll(&mut self, fds: &[(i32, u16)], timeout: i32) -> (Answer, Vec<u16>);
    fn poll_one(&mut self, fd: u64) -> u16;
    fn get_option(&mut self, fd: u64, level: i32, name: i32) -> Result<i32, Answer>;
    fn set_option(&mut self, fd: u64, level: i32, name: i32, value: i32) -> Answer;
    fn so_error(&mut self, fd: u64) -> i32;
    fn put(&mut self, at: u64, bytes: &[u8]);
    fn get(&mut self, at: u64, count: usize) -> Vec<u8>;
    fn get_int(&mut self, at: u64) -> i32;
    fn data(&mut self, count: usize) -> Vec<u8>;
    /// Commands since the last look.
    fn given(&mut self) -> Vec<(u32, Given)>;
    /// The one command since the last look.
    fn one(&mut self) -> (u32, Given);
    fn woken(&mut self) -> Vec<u32>;
    /// What the host does when bytes arrive.
    fn arrive(&mut self, channel: u32, bytes: &[u8]) -> bool;
    /// What the host does when a datagram arrives; whether there was room.
    fn arrive_datagram(&mut self, channel: u32, bytes: &[u8], from: Endpoint) -> bool;
    /// What the host does to drain a ring.
    fn drain(&mut self, channel: u32, most: usize) -> Vec<u8>;
    /// A connected socket, its descriptor and its channel.
    fn connected(&mut self, kind: u64) -> (u64, u32);
    /// Binds a TCP socket to what the host makes of it; answers its channel.
    fn bound_stream(&mut self, fd: u64, to: &str, got: &str) -> u32;
    /// A bound UDP socket, its descriptor and its channel.
    fn bound(&mut self, kind: u64) -> (u64, u32);
}

impl Program for World {
    #[track_caller]
    fn socket(&mut self, domain: u64, kind: u64) -> u64 {
        let fd = Answer::of(self.sys_socket(0, [domain, kind, 0, 0, 0, 0])).done();
        assert!(fd >= 0, "socket: {fd}");
        fd as u64
    }

    fn put_address(&mut self, text: &str) -> (u64, u64) {
        let (bytes, length) = address::encode(endpoint(text));
        self.put(ADDRESS, &bytes[..length]);
        (ADDRESS, length as u64)
    }

    fn get_address(&mut self) -> String {
        let length = self.get_int(LENGTH) as usize;
        if length == 0 {
            return String::new();
        }
        let bytes = self.get(ADDRESS, length);
        let Ok(address::Sockaddr::Inet(endpoint)) = address::parse(&bytes) else {
            panic!("no address")
        };
        let ip = endpoint
            .ipv4()
            .map(IpAddr::V4)
            .or(endpoint.ipv6().map(IpAddr::V6))
            .unwrap();
        SocketAddr::new(ip, endpoint.port).to_string()
    }

    fn connect(&mut self, fd: u64, to: &str) -> Answer {
        let (at, length) = self.put_address(to);
        let before = self.host().given.len();
        let answer = Answer::of(self.sys_connect(0, [fd, at, length, 0, 0, 0]));
        let begun = matches!(self.host().given.get(before), Some((_, Given::TcpConnect { .. })));
        match answer {
            // It does not wait for the connection, but lets the event loop turn once.
            Answer::Wait(ticket) if begun && self.ticket_timeout(ticket) == 0.0 => {
                Answer::of(self.sys_connect(ticket, [fd, at, length, 0, 0, 0]))
            }
            answer => answer,
        }
    }

    fn bind(&mut self, fd: u64, to: &str) -> Answer {
        let (at, length) = self.put_address(to);
        Answer::of(self.sys_bind(0, [fd, at, length, 0, 0, 0]))
    }

    fn send(&mut self, fd: u64, bytes: &[u8], flags: u64) -> Answer {
        self.put(DATA, bytes);
        Answer::of(self.sys_sendto(0, [fd, DATA, bytes.len() as u64, flags, 0, 0]))
    }

    fn sendto(&mut self, fd: u64, bytes: &[u8], to: &str) -> Answer {
        self.put(DATA, bytes);
        let (at, length) = self.put_address(to);
        Answer::of(self.sys_sendto(0, [fd, DATA, bytes.len() as u64, 0, at, length]))
    }

    fn recv(&mut self, fd: u64, count: u64, flags: u64) -> Answer {
        Answer::of(self.sys_recvfrom(0, [fd, DATA, count, flags, 0, 0]))
    }

    fn recvfrom(&mut self, fd: u64, count: u64) -> (Answer, String) {
        self.put(LENGTH, &128i32.to_le_bytes());
        let answer = Answer::of(self.sys_recvfrom(0, [fd, DATA, count, 0, ADDRESS, LENGTH]));
        let from = if matches!(answer, Answer::Done(0..)) {
            self.get_address()
        } else {
            String::new()
        };
        (answer, from)
    }

    fn close(&mut self, fd: u64) -> Answer {
        Answer::of(self.wasi_fd_close(0, [fd]))
    }

    fn poll(&mut self, fds: &[(i32, u16)], timeout: i32) -> (Answer, Vec<u16>) {
        for (place, (fd, events)) in fds.iter().enumerate() {
            let at = TABLE + 8 * place as u64;
            self.put(at, &fd.to_le_bytes());
            self.put(at + 4, &events.to_le_bytes());
        }
        let answer = Answer::of(self.sys_poll(0, [TABLE, fds.len() as u64, timeout as u32 as u64]));
        let revents = (0..fds.len() as u64).map(|place| {
            let bytes = self.get(TABLE + 8 * place + 6, 2);
            u16::from_le_bytes([bytes[0], bytes[1]])
        });
        (answer, revents.collect())
    }

    /// All events that are true of a descriptor, without waiting.
    fn poll_one(&mut self, fd: u64) -> u16 {
        let (answer, events) = self.poll(&[(fd as i32, 0x23c7)], 0);
        match answer {
            Answer::Wait(ticket) => {
                assert_eq!(self.ticket_timeout(ticket), 0.0);
                let answer = Answer::of(self.sys_poll(ticket, [TABLE, 1, 0]));
                assert_eq!(answer.done(), i32::from(events[0] != 0));
            }
            answer => assert_eq!(answer.done(), i32::from(events[0] != 0)),
        }
        events[0]
    }

    fn get_option(&mut self, fd: u64, level: i32, name: i32) -> Result<i32, Answer> {
        self.put(LENGTH, &4i32.to_le_bytes());
        match Answer::of(self.sys_getsockopt(0, [fd, level as u64, name as u64, VALUE, LENGTH, 0])) {
            Answer::Done(0) => Ok(self.get_int(VALUE)),
            other => Err(other),
        }
    }

    fn set_option(&mut self, fd: u64, level: i32, name: i32, value: i32) -> Answer {
        self.put(VALUE, &value.to_le_bytes());
        Answer::of(self.sys_setsockopt(0, [fd, level as u64, name as u64, VALUE, 4, 0]))
    }

    fn so_error(&mut self, fd: u64) -> i32 {
        self.get_option(fd, 1, 4).unwrap()
    }

    fn put(&mut self, at: u64, bytes: &[u8]) {
        assert!(self.app().write(at, bytes));
    }

    fn get(&mut self, at: u64, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        assert!(self.app().read(at, &mut bytes));
        bytes
    }

    fn get_int(&mut self, at: u64) -> i32 {
        i32::from_le_bytes(self.get(at, 4).try_into().unwrap())
    }

    fn data(&mut self, count: usize) -> Vec<u8> {
        self.get(DATA, count)
    }

    fn given(&mut self) -> Vec<(u32, Given)> {
        std::mem::take(&mut self.host().given)
    }

    #[track_caller]
    fn one(&mut self) -> (u32, Given) {
        let mut given = self.given();
        assert_eq!(given.len(), 1, "{given:?}");
        given.remove(0)
    }

    fn woken(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.host().woken)
    }

    #[track_caller]
    fn arrive(&mut self, channel: u32, bytes: &[u8]) -> bool {
        let mut rest = bytes;
        let mut go_on = true;
        while !rest.is_empty() {
            let room = self.recv_reserve(channel, rest.len());
            assert!(!room.is_empty(), "no room for {} bytes", rest.len());
            let count = room.len();
            room.copy_from_slice(&rest[..count]);
            go_on = self.recv_commit(channel, count);
            rest = &rest[count..];
        }
        go_on
    }

    fn arrive_datagram(&mut self, channel: u32, bytes: &[u8], from: Endpoint) -> bool {
        let Some(room) = self.datagram_reserve(channel, bytes.len()) else {
            return false;
        };
        room.copy_from_slice(bytes);
        self.datagram_commit(channel, bytes.len(), from);
        true
    }

    fn drain(&mut self, channel: u32, most: usize) -> Vec<u8> {
        let mut drained = Vec::new();
        loop {
            let piece = self.send_peek(channel, most).to_vec();
            if piece.is_empty() {
                return drained;
            }
            self.send_done(channel, piece.len());
            drained.extend(piece);
        }
    }

    #[track_caller]
    fn connected(&mut self, kind: u64) -> (u64, u32) {
        let fd = self.socket(INET, STREAM);
        let ticket = self.connect(fd, "192.0.2.1:80").ticket();
        let (channel, _) = self.one();
        self.opened(channel, endpoint("10.0.0.1:40000"), endpoint("192.0.2.1:80"));
        assert_eq!(self.woken(), [ticket]);
        assert_eq!(
            Answer::of(self.sys_connect(ticket, [fd, ADDRESS, 16, 0, 0, 0])),
            Answer::Done(0)
        );
        if kind & NONBLOCK != 0 {
            self.put(VALUE, &(NONBLOCK as i32).to_le_bytes());
            assert_eq!(Answer::of(self.sys_fcntl64(0, [fd, 4, VALUE])), Answer::Done(0));
        }
        (fd, channel)
    }

    #[track_caller]
    fn bound_stream(&mut self, fd: u64, to: &str, got: &str) -> u32 {
        let ticket = self.bind(fd, to).ticket();
        let (channel, _) = self.one();
        self.opened(channel, endpoint(got), Endpoint::NONE);
        assert_eq!(self.woken(), [ticket]);
        let answer = Answer::of(self.sys_bind(ticket, [fd, ADDRESS, 16, 0, 0, 0]));
        assert_eq!(answer, Answer::Done(0));
        channel
    }

    #[track_caller]
    fn bound(&mut self, kind: u64) -> (u64, u32) {
        let fd = self.socket(INET, DGRAM | kind);
        let ticket = self.bind(fd, "127.0.0.1:0").ticket();
        let (channel, _) = self.one();
        self.opened(channel, endpoint("127.0.0.1:5000"), Endpoint::NONE);
        assert_eq!(self.woken(), [ticket]);
        assert_eq!(
            Answer::of(self.sys_bind(ticket, [fd, ADDRESS, 16, 0, 0, 0])),
            Answer::Done(0)
        );
        (fd, channel)
    }
}
