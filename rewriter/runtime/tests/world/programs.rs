//! Programs on a simulated network: several stacks on each node, each in a call or between two, which open, connect, send, receive,
//! wait, duplicate, shut and close at random, and a model of what they must see. Every stream begins with its number and goes on with
//! bytes that tell their place, every datagram carries its own: whatever arrives anywhere can be judged.

use std::collections::BTreeSet;

use direct_sockets_runtime::errno::Errno;

use super::choices::Choices;
use super::entries::{ARGUMENTS, entry};
use super::network::Network;
use super::*;

/// Stacks of one node.
const STACKS: usize = 3;
/// Each stack's part of the program's memory, and what lies where in it.
const PART: u64 = 0x2_0000;
const AT_LENGTH: u64 = 0x80;
const AT_VALUE: u64 = 0x100;
const AT_TABLE: u64 = 0x200;
const AT_COUNT: u64 = 0x300;
const AT_DATA: u64 = 0x1000;

const DONTWAIT: u64 = 0x40;
const WAITALL: u64 = 0x100;
const PEEK: u64 = 2;
const SEQPACKET: u64 = 5;

/// What a connection's end may be told of, once.
const BREAKS: [Errno; 6] = [
    Errno::CONNRESET,
    Errno::TIMEDOUT,
    Errno::HOSTUNREACH,
    Errno::CONNREFUSED,
    Errno::NETUNREACH,
    Errno::ADDRINUSE,
];

/// One direction of a connection or of a pipe, as the program sees it.
#[derive(Default)]
struct Stream {
    /// Bytes that calls have taken, and that a call which has not returned may have taken.
    sent: usize,
    sending: usize,
    /// The sender has said that there will be no more.
    finished: bool,
    /// It has a receiver.
    heard: bool,
}

impl Stream {
    fn byte(number: usize, place: usize) -> u8 {
        match place {
            0 | 1 => (number >> (8 * place)) as u8,
            _ => (place.wrapping_mul(31) >> 3).wrapping_add(number * 7) as u8,
        }
    }
}

/// A datagram.
struct Message {
    length: usize,
    sent: bool,
    seen: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Tcp,
    /// A pair of AF_UNIX stream sockets, or an end of a pipe.
    Inside,
    Pipe,
    Listener,
    Udp,
    /// Datagrams or packets within the program.
    Messages,
    Epoll,
}

/// An open file.
struct File {
    node: usize,
    kind: Kind,
    fds: Vec<u64>,
    /// Calls about it that wait, and whether one of them sends or receives.
    busy: usize,
    sending: bool,
    receiving: bool,
    /// The stream that it sends, and the one that it receives, once its number has arrived.
    outgoing: usize,
    incoming: Option<usize>,
    /// Bytes received.
    got: usize,
    head: u8,
    shut_read: bool,
    /// Errors that it has been told since it last connected.
    errors: u32,
    /// It was told that it is broken.
    told: bool,
    last_message: Option<usize>,
}

/// What a call is, for who judges its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Connect,
    Accept,
    Send(usize),
    Receive {
        count: usize,
        peek: bool,
    },
    SendMessage(usize),
    ReceiveMessage,
    /// `poll` and `epoll_wait`: 0 is an answer once the time is over.
    Watch,
    Pending,
    Other,
}

struct Waiting {
    ticket: u32,
    name: &'static str,
    arguments: [u64; ARGUMENTS],
    what: What,
    file: Option<usize>,
    deadline: f64,
}

/// What runs have seen.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) bytes: usize,
    pub(crate) messages: usize,
    pub(crate) connections: usize,
    pub(crate) ends: usize,
    pub(crate) breaks: usize,
    pub(crate) waits: usize,
    pub(crate) sleepers: usize,
    pub(crate) timeouts: usize,
    pub(crate) whole: usize,
}

struct Run<'a, 's> {
    network: Network,
    choices: Choices<'a>,
    files: Vec<File>,
    streams: Vec<Stream>,
    messages: Vec<Message>,
    stacks: Vec<Option<Waiting>>,
    woken: BTreeSet<(usize, u32)>,
    names: usize,
    steps: bool,
    seen: &'s mut Seen,
}

/// Does what the bytes say, and then looks whether all is well.
pub(crate) fn run(input: &[u8], seen: &mut Seen) {
    let mut choices = Choices::new(input);
    let faults = choices.one_in(2);
    let nodes = 1 + choices.pick(2);
    let worlds = (0..nodes).map(|_| {
        let mut w = world();
        w.configure(1, 8192);
        w.configure(2, 8192);
        w.host().connects_udp = choices.one_in(2);
        w
    });
    let network = Network::new(worlds.collect(), faults);
    let mut run = Run {
        stacks: (0..STACKS * nodes).map(|_| None).collect(),
        network,
        choices,
        files: Vec::new(),
        streams: Vec::new(),
        messages: Vec::new(),
        woken: BTreeSet::new(),
        names: 0,
        steps: std::env::var_os("DIRECT_SOCKETS_STEPS").is_some(),
        seen,
    };
    if run.steps {
        eprintln!("a run of {} bytes", input.len());
    }
    run.begin();
    while !run.choices.is_over() {
        run.step();
        run.look();
    }
    run.end();
}

impl Run<'_, '_> {
    /// A listener and two UDP sockets on each node, so that there is somebody to talk to from the start.
    fn begin(&mut self) {
        let faults = std::mem::replace(&mut self.network.faults, false);
        for stack in (0..self.stacks.len()).step_by(STACKS) {
            let node = self.node(stack);
            let listener = self.bind_fresh(stack, Kind::Listener, STREAM, 7000 + node as u16);
            self.call(stack, "sys_listen", &[listener, 5], What::Other, None);
            self.rest();
            self.bind_fresh(stack, Kind::Udp, DGRAM, 8000 + node as u16);
            self.bind_fresh(stack, Kind::Udp, DGRAM | NONBLOCK, 8002 + node as u16);
        }
        self.network.faults = faults;
    }

    fn bind_fresh(&mut self, stack: usize, kind: Kind, number: u64, port: u16) -> u64 {
        let node = self.node(stack);
        let fd = self
            .call(stack, "sys_socket", &[INET, number], What::Other, None)
            .unwrap_or(-1) as u64;
        let place = self.add(node, kind, fd);
        let (at, length) = self.put_inet(stack, port);
        self.call(stack, "sys_bind", &[fd, at, length], What::Other, Some(place));
        self.rest();
        fd
    }

    fn step(&mut self) {
        match self.choices.pick(8) {
            0..=2 => {
                let stack = self.choices.pick(self.stacks.len());
                if self.stacks[stack].is_none() {
                    self.start(stack);
                } else {
                    self.go_on(stack);
                }
            }
            3 | 4 => {
                for stack in 0..self.stacks.len() {
                    self.go_on(stack);
                }
            }
            5 if self.choices.one_in(2) => {
                let time = self.choices.of(&[1.0, 45.0, 4.0, 200.0]);
                for world in &mut self.network.nodes {
                    world.host().time += time;
                }
            }
            _ => {
                self.network.step(&mut self.choices);
            }
        }
    }

    fn look(&mut self) {
        self.network.take_commands();
        for node in 0..self.network.nodes.len() {
            let world = &mut self.network.nodes[node];
            if let Err(contradiction) = world.check() {
                panic!("{contradiction}");
            }
            self.woken
                .extend(world.woken().into_iter().map(|ticket| (node, ticket)));
        }
    }

    fn part(stack: usize) -> u64 {
        DATA + PART * stack as u64
    }

    fn node(&self, stack: usize) -> usize {
        stack / STACKS
    }

    /// Calls an entry for the first time.
    fn call(
        &mut self,
        stack: usize,
        name: &'static str,
        given: &[u64],
        what: What,
        file: Option<usize>,
    ) -> Option<i32> {
        let mut arguments = [0; ARGUMENTS];
        arguments[..given.len()].copy_from_slice(given);
        let node = self.node(stack);
        let world = &mut self.network.nodes[node];
        let answer = Answer::of(entry(name)(world, 0, &arguments));
        let now = world.host().time;
        if self.steps {
            eprintln!("{stack}: {name}({arguments:x?}) {what:?} of {file:?} = {answer:x?}");
        }
        if let Some(file) = file {
            self.files[file].busy += 1;
        }
        let timeout = match (what, name) {
            (What::Watch, "sys_poll") => arguments[2] as i32,
            (What::Watch, _) => arguments[3] as i32,
            _ => -1,
        };
        let deadline = if timeout < 0 {
            f64::INFINITY
        } else {
            now + f64::from(timeout)
        };
        let waiting = Waiting {
            ticket: 0,
            name,
            arguments,
            what,
            file,
            deadline,
        };
        self.answered(stack, waiting, answer, true)
    }

    /// Files what waits, judges what is over.
    fn answered(&mut self, stack: usize, waiting: Waiting, answer: Answer, first: bool) -> Option<i32> {
        let node = self.node(stack);
        match answer {
            Answer::Wait(ticket) => {
                assert!(first || ticket == waiting.ticket, "the same ticket");
                self.seen.waits += 1;
                self.woken.remove(&(node, ticket));
                // A stack that cannot suspend.
                if first && self.choices.one_in(16) {
                    let answer = Answer::of(self.network.nodes[node].sys_abandon(ticket));
                    return self.over(stack, waiting, answer.done(), true);
                }
                self.stacks[stack] = Some(Waiting { ticket, ..waiting });
                None
            }
            Answer::Done(value) => self.over(stack, waiting, value, false),
            Answer::NotOurs => panic!("{}: not ours", waiting.name),
        }
    }

    /// Whether the host would settle a wait now.
    fn may_go_on(&mut self, stack: usize) -> bool {
        let node = self.node(stack);
        let Some(waiting) = &self.stacks[stack] else {
            return false;
        };
        self.woken.contains(&(node, waiting.ticket)) || self.network.nodes[node].ticket_timeout(waiting.ticket) == 0.0
    }

    fn go_on(&mut self, stack: usize) {
        if !self.may_go_on(stack) {
            return;
        }
        let node = self.node(stack);
        let waiting = self.stacks[stack].take().unwrap();
        if !self.woken.remove(&(node, waiting.ticket)) {
            self.network.nodes[node].ticket_expired(waiting.ticket);
        }
        self.enter_again(stack, waiting);
    }

    fn enter_again(&mut self, stack: usize, waiting: Waiting) {
        let node = self.node(stack);
        let answer = Answer::of(entry(waiting.name)(
            &mut self.network.nodes[node],
            waiting.ticket,
            &waiting.arguments,
        ));
        if self.steps {
            eprintln!(
                "{stack}: {} again, ticket {:#x} = {answer:x?}",
                waiting.name, waiting.ticket
            );
        }
        self.answered(stack, waiting, answer, false);
    }

    /// Judges an answer.
    fn over(&mut self, stack: usize, waiting: Waiting, value: i32, abandoned: bool) -> Option<i32> {
        let node = self.node(stack);
        let (what, file) = (waiting.what, waiting.file);
        let data = Self::part(stack) + AT_DATA;
        let world = &mut self.network.nodes[node];
        let now = world.host().time;
        let mut value = value;
        if matches!(waiting.name, "wasi_fd_read" | "wasi_fd_write") {
            value = if value == 0 {
                world.get_int(Self::part(stack) + AT_COUNT)
            } else {
                -value
            };
        }
        let Some(place) = file else {
            if what == What::Watch && value == 0 && !abandoned {
                assert!(now >= waiting.deadline, "{} gave up too early", waiting.name);
                self.seen.timeouts += 1;
            }
            return Some(value);
        };
        self.files[place].busy -= 1;
        if value < 0 {
            self.failed(place, what, Errno::from_number(-value));
        }
        match what {
            What::Send(count) => {
                let stream = self.files[place].outgoing;
                self.files[place].sending = false;
                self.streams[stream].sending = 0;
                if value > 0 {
                    assert!(value as usize <= count);
                    self.streams[stream].sent += value as usize;
                }
            }
            What::Receive { count, peek } => {
                self.files[place].receiving = false;
                if value >= 0 {
                    assert!(value as usize <= count);
                    let bytes = self.network.nodes[node].get(data, value as usize);
                    self.received(place, &bytes, peek);
                }
                if value == 0 && count > 0 {
                    self.ended(place);
                }
            }
            What::SendMessage(number) => {
                if value >= 0 {
                    assert_eq!(value as usize, self.messages[number].length, "whole");
                    self.messages[number].sent = true;
                } else {
                    assert!(!self.messages[number].seen, "what failed to be sent does not arrive");
                    self.messages[number].length = usize::MAX;
                }
            }
            What::ReceiveMessage if value > 0 => {
                let bytes = self.network.nodes[node].get(data, value as usize);
                self.received_message(place, &bytes);
            }
            What::Pending if value == 0 => {
                let pending = self.network.nodes[node].get_int(Self::part(stack) + AT_VALUE);
                if pending != 0 {
                    self.failed(place, what, Errno::from_number(pending));
                }
            }
            What::Accept if value >= 0 => {
                let kind = match self.files[place].kind {
                    Kind::Listener => Kind::Tcp,
                    kind => kind,
                };
                self.seen.connections += 1;
                self.add(node, kind, value as u64);
            }
            _ => {}
        }
        self.settle_file(place);
        Some(value)
    }

    fn failed(&mut self, place: usize, what: What, errno: Errno) {
        let file = &mut self.files[place];
        if BREAKS.contains(&errno) && matches!(file.kind, Kind::Tcp | Kind::Inside) {
            file.errors += 1;
            file.told = true;
            self.seen.breaks += 1;
            assert!(file.errors == 1, "{errno:?} is told once more");
            return;
        }
        let expected = match what {
            // The end that does the other thing.
            What::Send(_) | What::Receive { .. } if file.kind == Kind::Pipe && errno == Errno::BADF => true,
            What::Send(_) => [Errno::AGAIN, Errno::PIPE, Errno::NOTCONN].contains(&errno),
            What::Receive { .. } => [Errno::AGAIN, Errno::NOTCONN, Errno::INVAL, Errno::PIPE].contains(&errno),
            _ => true,
        };
        assert!(expected, "{what:?} of a {:?} fails with {errno:?}", file.kind);
    }

    fn received(&mut self, place: usize, bytes: &[u8], peek: bool) {
        let mut got = self.files[place].got;
        for &byte in bytes {
            match (got, self.files[place].incoming) {
                (0, _) => self.files[place].head = byte,
                (1, None) => {
                    let number = usize::from(byte) << 8 | usize::from(self.files[place].head);
                    assert!(number < self.streams.len(), "a stream of nobody");
                    assert!(!self.streams[number].heard, "a stream is heard twice");
                    if peek {
                        return;
                    }
                    self.streams[number].heard = true;
                    self.files[place].incoming = Some(number);
                }
                (_, Some(number)) => assert_eq!(byte, Stream::byte(number, got), "byte {got} of stream {number}"),
                (_, None) => return,
            }
            got += 1;
        }
        if let Some(number) = self.files[place].incoming {
            let stream = &self.streams[number];
            assert!(got <= stream.sent + stream.sending, "bytes that nobody sent");
        }
        if !peek {
            self.files[place].got = got;
            self.seen.bytes += bytes.len();
        }
    }

    /// A call has said that nothing more comes.
    fn ended(&mut self, place: usize) {
        let file = &self.files[place];
        self.seen.ends += 1;
        if file.shut_read || file.told {
            return;
        }
        if let Some(number) = file.incoming {
            let stream = &self.streams[number];
            assert!(stream.finished, "stream {number} ends, and nobody has ended it");
            assert_eq!(file.got, stream.sent, "stream {number} ends before its last byte");
        }
    }

    fn received_message(&mut self, place: usize, bytes: &[u8]) {
        let number = u32::from_le_bytes(bytes[..4].try_into().unwrap()) as usize;
        let message = &mut self.messages[number];
        assert!(!message.seen, "datagram {number} comes twice");
        assert_eq!(message.length, bytes.len(), "datagram {number} is whole");
        assert!(
            bytes[4..].iter().all(|&byte| byte == number as u8),
            "datagram {number} is not torn"
        );
        message.seen = true;
        let file = &mut self.files[place];
        if file.kind == Kind::Messages {
            assert!(file.last_message < Some(number), "in order");
            file.last_message = Some(number);
        }
        self.seen.messages += 1;
    }

    fn add(&mut self, node: usize, kind: Kind, fd: u64) -> usize {
        self.streams.push(Stream::default());
        self.files.push(File {
            node,
            kind,
            fds: vec![fd],
            busy: 0,
            sending: false,
            receiving: false,
            outgoing: self.streams.len() - 1,
            incoming: None,
            got: 0,
            head: 0,
            shut_read: false,
            errors: 0,
            told: false,
            last_message: None,
        });
        self.files.len() - 1
    }

    /// What nobody holds any more is closed.
    fn settle_file(&mut self, place: usize) {
        let file = &self.files[place];
        if file.fds.is_empty() && file.busy == 0 {
            let outgoing = file.outgoing;
            self.streams[outgoing].finished = true;
        }
    }

    /// One of a node's files of some kinds that has a descriptor, and that.
    fn choose(&mut self, node: usize, kinds: &[Kind]) -> Option<(usize, u64)> {
        let fits = |file: &File| file.node == node && !file.fds.is_empty() && kinds.contains(&file.kind);
        let places: Vec<usize> = (0..self.files.len())
            .filter(|&place| fits(&self.files[place]))
            .collect();
        if places.is_empty() {
            return None;
        }
        let place = self.choices.of(&places);
        let fd = self.choices.of(&self.files[place].fds.clone());
        Some((place, fd))
    }

    fn put_inet(&mut self, stack: usize, port: u16) -> (u64, u64) {
        let at = Self::part(stack);
        let node = self.node(stack);
        let (bytes, length) = address::encode(endpoint("127.0.0.1:0").with_port(port));
        self.network.nodes[node].put(at, &bytes[..length]);
        (at, length as u64)
    }

    /// Begins a call on a stack that is in none.
    fn start(&mut self, stack: usize) {
        const STREAMS: &[Kind] = &[Kind::Tcp, Kind::Inside, Kind::Pipe];
        const ALL: &[Kind] = &[
            Kind::Tcp,
            Kind::Inside,
            Kind::Pipe,
            Kind::Listener,
            Kind::Udp,
            Kind::Messages,
            Kind::Epoll,
        ];
        let node = self.node(stack);
        let at = Self::part(stack);
        let nonblocking = if self.choices.one_in(3) { NONBLOCK } else { 0 };
        let ports = [7000, 7001];
        match self.choices.pick(24) {
            0..=3 => {
                let Some(fd) = self.call(stack, "sys_socket", &[INET, STREAM | nonblocking], What::Other, None) else {
                    return;
                };
                let place = self.add(node, Kind::Tcp, fd as u64);
                self.connect(stack, place, fd as u64, ports);
            }
            4 => {
                let kind = self.choices.of(&[STREAM, DGRAM, SEQPACKET]);
                if self.call(
                    stack,
                    "sys_socketpair",
                    &[1, kind | nonblocking, 0, at + AT_VALUE],
                    What::Other,
                    None,
                ) == Some(0)
                {
                    let kind = if kind == STREAM { Kind::Inside } else { Kind::Messages };
                    self.add_two(stack, kind);
                }
            }
            5 => {
                if self.call(stack, "sys_pipe2", &[at + AT_VALUE, nonblocking], What::Other, None) == Some(0) {
                    self.add_two(stack, Kind::Pipe);
                }
            }
            6 => {
                let Some(fd) = self.call(stack, "sys_socket", &[INET, DGRAM | nonblocking], What::Other, None) else {
                    return;
                };
                let place = self.add(node, Kind::Udp, fd as u64);
                let port = self.choices.of(&[8004, 8000, 8001]);
                let (to, length) = self.put_inet(stack, port);
                let name = self.choices.of(&["sys_bind", "sys_connect"]);
                self.call(stack, name, &[fd as u64, to, length], What::Other, Some(place));
            }
            7 | 8 => {
                if let Some((place, fd)) = self.choose(node, &[Kind::Listener]) {
                    let arguments = [fd, at, at + AT_LENGTH, nonblocking];
                    self.network.nodes[node].put(at + AT_LENGTH, &16i32.to_le_bytes());
                    self.call(stack, "sys_accept4", &arguments, What::Accept, Some(place));
                }
            }
            9..=11 => {
                if let Some((place, fd)) = self.choose(node, STREAMS) {
                    self.send(stack, place, fd);
                }
            }
            12..=14 => {
                if let Some((place, fd)) = self.choose(node, STREAMS) {
                    self.receive(stack, place, fd);
                }
            }
            15 => self.message(stack),
            16 => {
                if let Some((place, fd)) = self.choose(node, &[Kind::Udp, Kind::Messages]) {
                    let flags = self.choices.of(&[0, DONTWAIT]);
                    self.call(
                        stack,
                        "sys_recvfrom",
                        &[fd, at + AT_DATA, 0x1_0000, flags],
                        What::ReceiveMessage,
                        Some(place),
                    );
                }
            }
            17 => {
                if let Some((place, fd)) = self.choose(node, &[Kind::Tcp, Kind::Inside])
                    && !self.files[place].sending
                {
                    let how = self.choices.pick(3) as u64;
                    if self.call(stack, "sys_shutdown", &[fd, how], What::Other, Some(place)) == Some(0) {
                        self.files[place].shut_read |= how != 1;
                        let outgoing = self.files[place].outgoing;
                        self.streams[outgoing].finished |= how != 0;
                    }
                }
            }
            18 => {
                if let Some((place, fd)) = self.choose(node, ALL)
                    && let Some(new) = self.call(stack, "sys_dup", &[fd], What::Other, Some(place))
                {
                    self.files[place].fds.push(new as u64);
                }
            }
            19 | 20 => {
                if let Some((place, fd)) = self.choose(node, ALL) {
                    self.close(stack, place, fd);
                }
            }
            21 => self.poll(stack, ALL),
            22 => self.epoll(stack),
            _ => self.other(stack),
        }
    }

    fn connect(&mut self, stack: usize, place: usize, fd: u64, ports: [u16; 2]) {
        let port = self.choices.of(&ports);
        let (at, length) = self.put_inet(stack, port);
        self.files[place].errors = 0;
        self.call(stack, "sys_connect", &[fd, at, length], What::Connect, Some(place));
    }

    fn add_two(&mut self, stack: usize, kind: Kind) {
        let node = self.node(stack);
        let at = Self::part(stack) + AT_VALUE;
        for at in [at, at + 4] {
            let fd = self.network.nodes[node].get_int(at);
            self.add(node, kind, fd as u64);
        }
    }

    /// The iovec of a whole part.
    fn put_piece(&mut self, stack: usize, count: usize) -> [u64; 3] {
        let at = Self::part(stack);
        let piece = [(at + AT_DATA) as u32, count as u32].map(u32::to_le_bytes).concat();
        let node = self.node(stack);
        self.network.nodes[node].put(at + AT_TABLE, &piece);
        [at + AT_TABLE, 1, at + AT_COUNT]
    }

    fn send(&mut self, stack: usize, place: usize, fd: u64) {
        if self.files[place].sending {
            return;
        }
        let (node, at) = (self.node(stack), Self::part(stack));
        let count = self.choices.of(&[100, 1, 3000, 20_000]);
        let number = self.files[place].outgoing;
        let stream = &mut self.streams[number];
        if stream.finished {
            return;
        }
        let bytes: Vec<u8> = (stream.sent..stream.sent + count)
            .map(|place| Stream::byte(number, place))
            .collect();
        stream.sending = count;
        self.files[place].sending = true;
        self.network.nodes[node].put(at + AT_DATA, &bytes);
        if self.files[place].kind == Kind::Pipe || self.choices.one_in(4) {
            let [pieces, one, result] = self.put_piece(stack, count);
            self.call(
                stack,
                "wasi_fd_write",
                &[fd, pieces, one, result],
                What::Send(count),
                Some(place),
            );
        } else {
            let flags = self.choices.of(&[0, DONTWAIT]);
            self.call(
                stack,
                "sys_sendto",
                &[fd, at + AT_DATA, count as u64, flags],
                What::Send(count),
                Some(place),
            );
        }
    }

    fn receive(&mut self, stack: usize, place: usize, fd: u64) {
        if self.files[place].receiving {
            return;
        }
        let at = Self::part(stack);
        let count = self.choices.of(&[4000, 1, 100, 30_000]);
        self.files[place].receiving = true;
        if self.files[place].kind == Kind::Pipe || self.choices.one_in(4) {
            let [pieces, one, result] = self.put_piece(stack, count);
            let what = What::Receive { count, peek: false };
            self.call(stack, "wasi_fd_read", &[fd, pieces, one, result], what, Some(place));
        } else {
            let flags = self.choices.of(&[0, DONTWAIT, WAITALL, PEEK | DONTWAIT]);
            let what = What::Receive {
                count,
                peek: flags & PEEK != 0,
            };
            self.call(
                stack,
                "sys_recvfrom",
                &[fd, at + AT_DATA, count as u64, flags],
                what,
                Some(place),
            );
        }
    }

    fn message(&mut self, stack: usize) {
        let (node, at) = (self.node(stack), Self::part(stack));
        let Some((place, fd)) = self.choose(node, &[Kind::Udp, Kind::Messages]) else {
            return;
        };
        let length = self.choices.of(&[4, 100, 9000]);
        let number = self.messages.len();
        self.messages.push(Message {
            length,
            sent: false,
            seen: false,
        });
        let mut bytes = vec![number as u8; length];
        bytes[..4].copy_from_slice(&(number as u32).to_le_bytes());
        self.network.nodes[node].put(at + AT_DATA, &bytes);
        let (to, to_length) = if self.files[place].kind == Kind::Udp {
            let port = self.choices.of(&[8000, 8001, 8002, 8003]);
            self.put_inet(stack, port)
        } else {
            (0, 0)
        };
        // Two that wait at once may go in any order; of each socket within the program one waits at a time.
        if self.files[place].kind == Kind::Messages && self.files[place].busy > 0 {
            self.messages[number].length = usize::MAX;
            return;
        }
        let flags = self.choices.of(&[0, DONTWAIT]);
        let arguments = [fd, at + AT_DATA, length as u64, flags, to, to_length];
        self.call(stack, "sys_sendto", &arguments, What::SendMessage(number), Some(place));
    }

    fn close(&mut self, stack: usize, place: usize, fd: u64) {
        self.files[place].fds.retain(|&other| other != fd);
        self.settle_file(place);
        self.call(stack, "wasi_fd_close", &[fd], What::Other, None);
    }

    fn poll(&mut self, stack: usize, kinds: &[Kind]) {
        let (node, at) = (self.node(stack), Self::part(stack));
        let mut table = Vec::new();
        for _ in 0..2 {
            let Some((_, fd)) = self.choose(node, kinds) else {
                return;
            };
            let events = self.choices.of(&[1u16, 4, 5]);
            table.extend((fd as u32).to_le_bytes());
            table.extend(u32::from(events).to_le_bytes());
        }
        self.network.nodes[node].put(at + AT_TABLE, &table);
        let timeout = self.choices.of(&[-1i32, 0, 50]);
        self.call(
            stack,
            "sys_poll",
            &[at + AT_TABLE, 2, timeout as u32 as u64],
            What::Watch,
            None,
        );
    }

    fn epoll(&mut self, stack: usize) {
        let (node, at) = (self.node(stack), Self::part(stack));
        let Some((_, set)) = self.choose(node, &[Kind::Epoll]) else {
            if let Some(set) = self.call(stack, "sys_epoll_create1", &[0], What::Other, None) {
                self.add(node, Kind::Epoll, set as u64);
            }
            return;
        };
        if self.choices.one_in(2) {
            let timeout = self.choices.of(&[-1i32, 0, 50]);
            self.call(
                stack,
                "sys_epoll_pwait",
                &[set, at + AT_DATA, 4, timeout as u32 as u64],
                What::Watch,
                None,
            );
            return;
        }
        let kinds = [
            Kind::Tcp,
            Kind::Inside,
            Kind::Pipe,
            Kind::Listener,
            Kind::Udp,
            Kind::Messages,
        ];
        let Some((_, fd)) = self.choose(node, &kinds) else {
            return;
        };
        let events = self.choices.of(&[1u32, 5, 0x8000_0001, 0x4000_0001, 0x8000_0005]);
        self.network.nodes[node].put(at + AT_VALUE, &events.to_le_bytes());
        let operation = self.choices.of(&[1, 1, 3, 2]);
        self.call(
            stack,
            "sys_epoll_ctl",
            &[set, operation, fd, at + AT_VALUE],
            What::Other,
            None,
        );
    }

    fn other(&mut self, stack: usize) {
        let (node, at) = (self.node(stack), Self::part(stack));
        match self.choices.pick(4) {
            0 => {
                if let Some((place, fd)) = self.choose(node, &[Kind::Tcp]) {
                    self.network.nodes[node].put(at + AT_LENGTH, &4i32.to_le_bytes());
                    let arguments = [fd, 1, 4, at + AT_VALUE, at + AT_LENGTH];
                    self.call(stack, "sys_getsockopt", &arguments, What::Pending, Some(place));
                }
            }
            1 => {
                if let Some((place, fd)) = self.choose(node, &[Kind::Listener]) {
                    self.call(stack, "sys_listen", &[fd, 5], What::Other, Some(place));
                }
            }
            2 => {
                // Close resets, from now on.
                if let Some((place, fd)) = self.choose(node, &[Kind::Tcp]) {
                    self.network.nodes[node].put(at + AT_VALUE, &[1, 0, 0, 0, 0, 0, 0, 0]);
                    self.call(
                        stack,
                        "sys_setsockopt",
                        &[fd, 1, 13, at + AT_VALUE, 8],
                        What::Other,
                        Some(place),
                    );
                }
            }
            _ => {
                self.names += 1;
                let name = format!("host{}.test\0", self.names % 3);
                self.network.nodes[node].put(at + AT_DATA, name.as_bytes());
                self.call(stack, "lookup_name", &[at + AT_DATA], What::Other, None);
            }
        }
    }

    /// Lets everything that can happen without the program happen, and the program go on where it may.
    fn rest(&mut self) {
        for _ in 0..1000 {
            self.network.settle();
            self.look();
            let ready: Vec<usize> = (0..self.stacks.len()).filter(|&stack| self.may_go_on(stack)).collect();
            if ready.is_empty() {
                return;
            }
            for stack in ready {
                self.go_on(stack);
                self.look();
            }
        }
        panic!("calls are woken for ever");
    }

    fn end(&mut self) {
        // What is cut off here may be as a network cuts it off; what happens from now on is all there is.
        self.rest();
        self.nobody_sleeps_over_what_it_waits_for();
        self.all_bytes_are_there();
        self.nothing_is_left();
    }

    /// A call that nobody has woken must have no reason to go on.
    fn nobody_sleeps_over_what_it_waits_for(&mut self) {
        for stack in 0..self.stacks.len() {
            if let Some(waiting) = self.stacks[stack].take() {
                let name = waiting.name;
                self.enter_again(stack, waiting);
                assert!(self.stacks[stack].is_some(), "{name} slept over what it waits for");
                self.seen.sleepers += 1;
            }
        }
        self.look();
    }

    /// Every stream whose receiver is still there is received to its last byte, or said to be broken.
    fn all_bytes_are_there(&mut self) {
        for place in 0..self.files.len() {
            let file = &self.files[place];
            let streams = matches!(file.kind, Kind::Tcp | Kind::Inside);
            if !streams || file.fds.is_empty() || file.receiving || file.shut_read {
                continue;
            }
            let fd = file.fds[0];
            // The stack of its node that is in no call, if there is one.
            let mut stacks = STACKS * file.node..STACKS * (file.node + 1);
            let Some(stack) = stacks.find(|&stack| self.stacks[stack].is_none()) else {
                continue;
            };
            loop {
                let arguments = [fd, Self::part(stack) + AT_DATA, 30_000, DONTWAIT];
                let what = What::Receive {
                    count: 30_000,
                    peek: false,
                };
                let mut got = self.call(stack, "sys_recvfrom", &arguments, what, Some(place));
                while self.stacks[stack].is_some() {
                    let waiting = self.stacks[stack].take().unwrap();
                    let node = self.node(stack);
                    let answer = Answer::of(entry(waiting.name)(
                        &mut self.network.nodes[node],
                        waiting.ticket,
                        &waiting.arguments,
                    ));
                    got = self.answered(stack, waiting, answer, false);
                }
                self.rest();
                if !matches!(got, Some(1..)) {
                    break;
                }
            }
            let file = &self.files[place];
            if let Some(number) = file.incoming
                && !file.told
            {
                let stream = &self.streams[number];
                assert!(
                    file.got >= stream.sent,
                    "{} of {} bytes of stream {number}",
                    file.got,
                    stream.sent
                );
                self.seen.whole += 1;
            }
        }
    }

    fn nothing_is_left(&mut self) {
        for stack in 0..self.stacks.len() {
            if let Some(waiting) = self.stacks[stack].take() {
                let node = self.node(stack);
                let answer = Answer::of(self.network.nodes[node].sys_abandon(waiting.ticket));
                self.over(stack, waiting, answer.done(), true);
            }
        }
        for place in 0..self.files.len() {
            let node = self.files[place].node;
            while let Some(fd) = self.files[place].fds.pop() {
                assert_eq!(self.network.nodes[node].close(fd), Answer::Done(0));
            }
            self.settle_file(place);
        }
        self.network.settle();
        self.look();
        assert_eq!(self.network.open_sockets(), 0);
        for world in &mut self.network.nodes {
            let census = world.census();
            let kept = direct_sockets_runtime::census::Census {
                kept: census.kept,
                ..Default::default()
            };
            assert_eq!(census, kept, "something is left");
            assert!(census.kept <= 1 << 20);
            assert_eq!(world.app().open, [0, 1, 2].into());
        }
    }
}
