//! A simulated network and the hosts on it: executes the commands of one or more runtimes, and delivers their events in any order
//! that the contract (`interface.rs`) allows. Which order, how bytes are split, how long anything takes and what fails is chosen
//! from bytes. What is legal, as it is written here:
//!
//! * An id that is opened, bound or told to listen hears `opened` or `failed` once for each such command, some time later; after
//!   `failed` nothing but `closed`, once the runtime has closed it. Both may also never come, if it is closed before.
//! * A connection may be told to the client first or to the listener first. What a side sends before the other has been told waits.
//! * Bytes arrive in pieces of any size, in order, none lost; after `recv_commit` has answered 0, or `recv_reserve` nothing, none
//!   until `Resume`. `recv_end` comes after the last byte, and only from a side that was told `Shutdown` or `Close` and is drained.
//! * A ring is drained after `Send`, `Shutdown` or `Close`, in pieces of any size, of which any part may be taken; once it was
//!   found empty, it is not looked at until the next of these.
//! * A reset may come at any time, and what has not arrived by then never does. It is told as `failed`.
//! * After `Close` bytes and the end of the other side may still come; `closed` is the last event, after the ring has been drained
//!   where it is to be delivered. Only then is the id used again.
//! * A datagram arrives once or never, whole; that it has left is told in order, with an errno perhaps.
//! * Names resolve to addresses, none, or an error.

use std::collections::{BTreeMap, VecDeque};

use direct_sockets_runtime::errno::Errno;
use direct_sockets_runtime::interface::Endpoint;

use super::choices::Choices;
use super::{Closing, Given, Program, World, endpoint};

/// Where a socket of a host is: which node, and its id there.
type Place = (usize, u32);

/// One direction of a connection.
#[derive(Default)]
struct Wire {
    bytes: VecDeque<u8>,
    /// Nothing comes after `bytes`.
    ended: bool,
    /// The sender is gone, and what has not arrived never does.
    reset: bool,
    /// Nobody is there to receive.
    deaf: bool,
}

/// A connected socket of a host.
struct Half {
    outgoing: usize,
    incoming: usize,
    /// It has been told that there is something in the ring, and has not found it empty since.
    draining: bool,
    shut: bool,
    paused: bool,
    heard_end: bool,
}

/// A UDP socket of a host.
struct Mouth {
    open: bool,
    /// An `opened` or a `failed` is owed.
    opening: bool,
    local: Endpoint,
    remote: Option<Endpoint>,
    /// Lengths of datagrams that have not been said to have left.
    unsaid: VecDeque<usize>,
}

enum State {
    Binding {
        local: Endpoint,
    },
    Bound {
        local: Endpoint,
    },
    Connecting {
        local: Endpoint,
        remote: Endpoint,
        wires: Option<(usize, usize)>,
    },
    Listening {
        local: Endpoint,
        told: bool,
        waiting: VecDeque<(usize, usize, Endpoint)>,
    },
    Stream(Half),
    Udp(Mouth),
    /// `failed` has been told.
    Broken,
}

struct Socket {
    state: State,
    closing: Option<Closing>,
}

/// A datagram on its way.
struct Flying {
    from: Endpoint,
    to: Endpoint,
    payload: Vec<u8>,
}

/// Something that may happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Open(Place),
    Refuse(Place),
    Connect(Place),
    Accept(Place),
    Drain(Place),
    Arrive(Place),
    End(Place),
    Reset(Place),
    Break(Place),
    Said(Place),
    Closed(Place),
    Deliver(usize),
    Lose(usize),
    Resolve(usize, u32),
}

pub(crate) struct Network {
    pub(crate) nodes: Vec<World>,
    sockets: BTreeMap<Place, Socket>,
    wires: Vec<Wire>,
    flying: Vec<Flying>,
    queries: Vec<Place>,
    next_port: u16,
    /// Connections break, openings are refused, datagrams are lost.
    pub(crate) faults: bool,
    /// How often a socket was told that it is broken, and how many datagrams did not arrive.
    pub(crate) broken: u32,
    pub(crate) lost: u32,
}

impl Network {
    pub(crate) fn new(nodes: Vec<World>, faults: bool) -> Network {
        Network {
            nodes,
            sockets: BTreeMap::new(),
            wires: Vec::new(),
            flying: Vec::new(),
            queries: Vec::new(),
            next_port: 40_000,
            faults,
            broken: 0,
            lost: 0,
        }
    }

    /// What the hosts still have to do with sockets: all that is not closed.
    pub(crate) fn open_sockets(&self) -> usize {
        self.sockets.len()
    }

    fn port(&mut self, asked: Endpoint) -> Endpoint {
        if asked.is_some() && asked.port != 0 {
            return asked;
        }
        self.next_port += 1;
        endpoint("127.0.0.1:0").with_port(self.next_port)
    }

    /// Takes the commands that have been given since the last look.
    pub(crate) fn take_commands(&mut self) {
        for node in 0..self.nodes.len() {
            for (id, given) in self.nodes[node].given() {
                self.take((node, id), given);
            }
        }
    }

    fn take(&mut self, place: Place, given: Given) {
        let fresh = match given {
            Given::TcpBind { local, .. } => Some(State::Binding { local }),
            Given::TcpConnect { local, remote, .. } => Some(State::Connecting {
                local,
                remote,
                wires: None,
            }),
            Given::TcpListen { local, .. } => Some(State::Listening {
                local,
                told: false,
                waiting: VecDeque::new(),
            }),
            Given::UdpOpen {
                local,
                remote,
                ref name,
                ..
            } => Some(State::Udp(Mouth {
                open: false,
                opening: true,
                local,
                remote: (remote.is_some() || !name.is_empty()).then_some(remote),
                unsaid: VecDeque::new(),
            })),
            _ => None,
        };
        if let Some(state) = fresh {
            if let Some(socket) = self.sockets.get(&place) {
                assert!(
                    matches!(socket.state, State::Bound { .. }),
                    "{given:?}: the id {place:?} is in use"
                );
                assert!(socket.closing.is_none() && !matches!(state, State::Binding { .. } | State::Udp(_)));
            }
            self.sockets.insert(place, Socket { state, closing: None });
            return;
        }
        if let Given::Resolve(_) = given {
            self.queries.push(place);
            return;
        }
        if matches!(
            given,
            Given::SetOption(..) | Given::Membership { .. } | Given::Stay | Given::CallBack { .. }
        ) {
            return;
        }
        let Some(socket) = self.sockets.get_mut(&place) else {
            panic!("{given:?}: there is no {place:?}");
        };
        match (given, &mut socket.state) {
            (Given::Close(how), _) => self.close(place, how),
            (Given::Send, State::Stream(half)) => half.draining = true,
            (Given::Shutdown, State::Stream(half)) => {
                half.shut = true;
                half.draining = true;
            }
            (Given::Resume, State::Stream(half)) => {
                assert!(half.paused, "nobody had stopped");
                half.paused = false;
            }
            (Given::UdpConnect(remote), State::Udp(mouth)) => {
                assert!(mouth.open);
                mouth.opening = true;
                mouth.remote = remote.is_some().then_some(remote);
            }
            (Given::SendDatagram { to, payload }, State::Udp(mouth)) => {
                assert!(mouth.open);
                mouth.unsaid.push_back(payload.len());
                let to = if to.is_some() { Some(to) } else { mouth.remote };
                let from = mouth.local;
                let to = to.expect("a datagram to nobody");
                self.flying.push(Flying { from, to, payload });
            }
            (given, _) => panic!("{given:?} of {place:?}, which is no such socket"),
        }
    }

    fn close(&mut self, place: Place, how: Closing) {
        let Some(socket) = self.sockets.get_mut(&place) else {
            return;
        };
        assert!(socket.closing.is_none() || how == Closing::Abort, "closed twice");
        socket.closing = Some(how);
        let mut gone = Vec::new();
        match &mut socket.state {
            State::Stream(half) => {
                half.draining = true;
                if how == Closing::Abort {
                    gone.push((half.outgoing, half.incoming));
                }
            }
            State::Connecting {
                wires: Some((out, back)),
                ..
            } => gone.push((*out, *back)),
            State::Listening { waiting, .. } => gone.extend(waiting.drain(..).map(|(out, back, _)| (back, out))),
            _ => {}
        }
        for (outgoing, incoming) in gone {
            self.wires[outgoing].reset = true;
            self.wires[incoming].deaf = true;
        }
    }

    /// What may happen next.
    fn possible(&self) -> Vec<Next> {
        let mut all = Vec::new();
        for (&place, socket) in &self.sockets {
            match (&socket.state, socket.closing) {
                (State::Binding { .. }, None) | (State::Listening { told: false, .. }, None) => {
                    all.push(Next::Open(place));
                    if self.faults {
                        all.push(Next::Refuse(place));
                    }
                }
                (State::Connecting { wires: Some(_), .. }, None) => all.push(Next::Open(place)),
                (State::Connecting { remote, .. }, None) => {
                    let there = self.listener(*remote).is_some();
                    all.push(if there {
                        Next::Connect(place)
                    } else {
                        Next::Refuse(place)
                    });
                    if self.faults {
                        all.push(Next::Refuse(place));
                    }
                }
                (
                    State::Listening {
                        waiting, told: true, ..
                    },
                    None,
                ) if !waiting.is_empty() => all.push(Next::Accept(place)),
                (State::Stream(half), closing) => {
                    let wire = &self.wires[half.incoming];
                    if half.draining && closing != Some(Closing::Abort) {
                        all.push(Next::Drain(place));
                    }
                    if wire.reset && closing != Some(Closing::Abort) {
                        all.push(Next::Reset(place));
                    }
                    if !half.paused && !wire.bytes.is_empty() && closing != Some(Closing::Abort) {
                        all.push(Next::Arrive(place));
                    }
                    if !half.paused && wire.bytes.is_empty() && wire.ended && !half.heard_end && !wire.reset {
                        all.push(Next::End(place));
                    }
                    if self.faults && closing.is_none() {
                        all.push(Next::Break(place));
                    }
                    let drained = closing == Some(Closing::Abort) || closing.is_some() && !half.draining;
                    if drained {
                        all.push(Next::Closed(place));
                    }
                }
                (State::Udp(mouth), closing) => {
                    if mouth.opening && closing.is_none() {
                        all.push(Next::Open(place));
                        if self.faults {
                            all.push(Next::Refuse(place));
                        }
                    }
                    if !mouth.unsaid.is_empty() {
                        all.push(Next::Said(place));
                    }
                    if closing == Some(Closing::Abort) || closing.is_some() && mouth.unsaid.is_empty() {
                        all.push(Next::Closed(place));
                    }
                }
                (_, Some(_)) => all.push(Next::Closed(place)),
                (State::Bound { .. } | State::Listening { .. } | State::Broken, None) => {}
            }
        }
        for place in 0..self.flying.len() {
            all.push(Next::Deliver(place));
            if self.faults {
                all.push(Next::Lose(place));
            }
        }
        all.extend(self.queries.iter().map(|&(node, query)| Next::Resolve(node, query)));
        all
    }

    fn listener(&self, remote: Endpoint) -> Option<Place> {
        let listens = |socket: &Socket| match &socket.state {
            State::Listening { local, told, .. } => *told && local.port == remote.port && socket.closing.is_none(),
            _ => false,
        };
        self.sockets
            .iter()
            .find(|(_, socket)| listens(socket))
            .map(|(&place, _)| place)
    }

    /// Has one of the things happen that may. Answers whether there was one. Faults come less often than all else.
    pub(crate) fn step(&mut self, choices: &mut Choices<'_>) -> bool {
        self.take_commands();
        let mut possible = self.possible();
        let is_fault = |next: &Next| matches!(next, Next::Break(_) | Next::Lose(_) | Next::Refuse(_));
        if possible.iter().any(|next| !is_fault(next)) && !choices.one_in(12) {
            possible.retain(|next| !is_fault(next));
        }
        possible.retain(|next| self.faults || !matches!(next, Next::Break(_) | Next::Lose(_)));
        if possible.is_empty() {
            return false;
        }
        let next = choices.of(&possible);
        self.happen(next, choices);
        self.take_commands();
        true
    }

    /// Lets everything happen that still can, with faults no more.
    pub(crate) fn settle(&mut self) {
        let faults = std::mem::replace(&mut self.faults, false);
        // A simple order; each step makes the rest shorter, unless programs go on.
        for _ in 0..200_000 {
            if !self.step(&mut Choices::new(&[])) {
                self.faults = faults;
                return;
            }
        }
        panic!("the network never settles: {:?}", self.possible());
    }

    fn happen(&mut self, next: Next, choices: &mut Choices<'_>) {
        match next {
            Next::Open(place) => self.open(place),
            Next::Refuse(place) => self.refuse(place, choices),
            Next::Connect(place) => self.connect(place, choices),
            Next::Accept(place) => self.accept(place),
            Next::Drain(place) => self.drain(place, choices),
            Next::Arrive(place) => self.arrive(place, choices),
            Next::End((node, id)) => {
                if let Some(Socket {
                    state: State::Stream(half),
                    ..
                }) = self.sockets.get_mut(&(node, id))
                {
                    half.heard_end = true;
                }
                self.nodes[node].recv_end(id);
            }
            Next::Reset(place) => self.break_down(place, Errno::CONNRESET),
            Next::Break(place) => {
                let errno = choices.of(&[Errno::CONNRESET, Errno::TIMEDOUT, Errno::HOSTUNREACH]);
                self.break_down(place, errno);
            }
            Next::Said((node, id)) => {
                let Some(Socket {
                    state: State::Udp(mouth),
                    ..
                }) = self.sockets.get_mut(&(node, id))
                else {
                    return;
                };
                let length = mouth.unsaid.pop_front().unwrap();
                self.nodes[node].datagrams_sent(id, 1, length, Ok(()));
            }
            Next::Closed((node, id)) => self.closed((node, id)),
            Next::Deliver(place) => self.deliver(place, choices),
            Next::Lose(place) => {
                self.flying.swap_remove(place);
                self.lost += 1;
            }
            Next::Resolve(node, query) => {
                self.queries.retain(|&other| other != (node, query));
                let world = &mut self.nodes[node];
                let outcome = if self.faults && choices.one_in(3) {
                    Err(Errno::NOENT)
                } else {
                    Ok(())
                };
                if outcome.is_ok() {
                    world.resolved_address(query, endpoint("127.0.0.1:0"));
                }
                world.resolved(query, outcome);
            }
        }
    }

    fn open(&mut self, (node, id): Place) {
        let Some(socket) = self.sockets.get(&(node, id)) else {
            return;
        };
        let (asked, remote) = match &socket.state {
            State::Binding { local } | State::Listening { local, .. } => (*local, Endpoint::NONE),
            State::Connecting { local, remote, .. } => (*local, *remote),
            State::Udp(mouth) => (mouth.local, mouth.remote.unwrap_or(Endpoint::NONE)),
            _ => return,
        };
        let local = if matches!(socket.state, State::Connecting { .. }) {
            asked
        } else {
            self.port(asked)
        };
        let socket = self.sockets.get_mut(&(node, id)).unwrap();
        match &mut socket.state {
            state @ State::Binding { .. } => *state = State::Bound { local },
            State::Listening { local: own, told, .. } => {
                *own = local;
                *told = true;
            }
            state @ State::Connecting { .. } => {
                let State::Connecting {
                    wires: Some((outgoing, incoming)),
                    ..
                } = *state
                else {
                    return;
                };
                *state = State::Stream(half(outgoing, incoming));
            }
            State::Udp(mouth) => {
                mouth.local = local;
                mouth.open = true;
                mouth.opening = false;
            }
            _ => {}
        }
        self.nodes[node].opened(id, local, remote);
    }

    fn refuse(&mut self, (node, id): Place, choices: &mut Choices<'_>) {
        let Some(socket) = self.sockets.get_mut(&(node, id)) else {
            return;
        };
        let errno = match &mut socket.state {
            State::Connecting { .. } => choices.of(&[Errno::CONNREFUSED, Errno::TIMEDOUT, Errno::NETUNREACH]),
            State::Udp(mouth) if mouth.open => {
                mouth.opening = false;
                mouth.remote = None;
                self.nodes[node].failed(id, Errno::NETUNREACH);
                return;
            }
            _ => Errno::ADDRINUSE,
        };
        socket.state = State::Broken;
        self.broken += 1;
        self.nodes[node].failed(id, errno);
    }

    fn connect(&mut self, place: Place, choices: &mut Choices<'_>) {
        let Some(State::Connecting { local, remote, .. }) = self.sockets.get(&place).map(|socket| &socket.state) else {
            return;
        };
        let (local, remote) = (*local, *remote);
        let Some(listener) = self.listener(remote) else { return };
        let local = self.port(local);
        let outgoing = self.wires.len();
        self.wires.extend([Wire::default(), Wire::default()]);
        if let Some(Socket {
            state: State::Listening { waiting, .. },
            ..
        }) = self.sockets.get_mut(&listener)
        {
            waiting.push_back((outgoing, outgoing + 1, local));
        }
        if let Some(socket) = self.sockets.get_mut(&place) {
            socket.state = State::Connecting {
                local,
                remote,
                wires: Some((outgoing, outgoing + 1)),
            };
        }
        if choices.one_in(2) {
            self.open(place);
        }
    }

    fn accept(&mut self, (node, id): Place) {
        let Some(Socket {
            state: State::Listening { waiting, local, .. },
            ..
        }) = self.sockets.get_mut(&(node, id))
        else {
            return;
        };
        let (incoming, outgoing, remote) = waiting.pop_front().unwrap();
        match self.nodes[node].accepted(id, *local, remote) {
            Some(channel) => {
                let state = State::Stream(half(outgoing, incoming));
                let before = self.sockets.insert((node, channel), Socket { state, closing: None });
                assert!(before.is_none(), "an id that is in use");
            }
            None => {
                self.wires[outgoing].reset = true;
                self.wires[incoming].deaf = true;
            }
        }
    }

    fn drain(&mut self, (node, id): Place, choices: &mut Choices<'_>) {
        let Some(socket) = self.sockets.get_mut(&(node, id)) else {
            return;
        };
        let State::Stream(half) = &mut socket.state else { return };
        let most = choices.of(&[65_536, 1, 100, 3000]);
        let bytes = self.nodes[node].send_peek(id, most).to_vec();
        assert!(bytes.len() <= most);
        if bytes.is_empty() {
            half.draining = false;
            if socket.closing == Some(Closing::Reset) {
                self.wires[half.outgoing].reset = true;
            } else if half.shut || socket.closing.is_some() {
                self.wires[half.outgoing].ended = true;
            }
            return;
        }
        assert!(!self.wires[half.outgoing].ended, "bytes after the end");
        // The platform may take less than it was shown.
        let taken = bytes.len() - choices.pick(bytes.len().min(200));
        let wire = &mut self.wires[half.outgoing];
        if wire.deaf {
            // Nobody is there any more, and says so.
            let incoming = half.incoming;
            self.wires[incoming].reset = true;
        } else {
            wire.bytes.extend(&bytes[..taken]);
        }
        self.nodes[node].send_done(id, taken);
    }

    fn arrive(&mut self, (node, id): Place, choices: &mut Choices<'_>) {
        let Some(socket) = self.sockets.get_mut(&(node, id)) else {
            return;
        };
        let State::Stream(half) = &mut socket.state else { return };
        let wire = &mut self.wires[half.incoming];
        let wanted = wire.bytes.len().min(choices.of(&[65_536, 1, 700, 5000]));
        let room = self.nodes[node].recv_reserve(id, wanted);
        let count = room.len();
        for (byte, place) in wire.bytes.drain(..count).zip(room) {
            *place = byte;
        }
        if count == 0 {
            // Closed: what comes is dropped, and the other side hears of it as a reset.
            if socket.closing.is_some() {
                wire.bytes.clear();
                wire.deaf = true;
                let outgoing = half.outgoing;
                if socket.closing == Some(Closing::Deliver) && !half.draining {
                    self.wires[outgoing].reset = true;
                }
            } else {
                half.paused = true;
            }
        } else {
            half.paused = !self.nodes[node].recv_commit(id, count);
        }
    }

    /// A connection breaks: this side is told now, the other one later.
    fn break_down(&mut self, (node, id): Place, errno: Errno) {
        let Some(socket) = self.sockets.get_mut(&(node, id)) else {
            return;
        };
        if let State::Stream(half) = &socket.state {
            self.wires[half.outgoing].reset = true;
            self.wires[half.incoming].deaf = true;
            self.wires[half.incoming].bytes.clear();
        }
        socket.state = State::Broken;
        socket.closing = None;
        self.broken += 1;
        self.nodes[node].failed(id, errno);
    }

    fn closed(&mut self, place: Place) {
        let Some(socket) = self.sockets.remove(&place) else {
            return;
        };
        if let State::Stream(half) = socket.state {
            self.wires[half.incoming].deaf = true;
            self.wires[half.incoming].bytes.clear();
        }
        self.nodes[place.0].closed(place.1);
    }

    fn deliver(&mut self, place: usize, choices: &mut Choices<'_>) {
        let Flying { from, to, payload } = self.flying.swap_remove(place);
        let hears = |socket: &Socket| match &socket.state {
            State::Udp(mouth) => {
                mouth.open
                    && socket.closing.is_none()
                    && mouth.local.port == to.port
                    && mouth.remote.is_none_or(|remote| remote.port == from.port)
            }
            _ => false,
        };
        let found = self
            .sockets
            .iter()
            .find(|(_, socket)| hears(socket))
            .map(|(&place, _)| place);
        let Some((node, id)) = found else {
            self.lost += 1;
            return;
        };
        let Some(Socket {
            state: State::Udp(mouth),
            ..
        }) = self.sockets.get(&(node, id))
        else {
            return;
        };
        let from = if mouth.remote.is_some() && choices.one_in(2) {
            Endpoint::NONE
        } else {
            from
        };
        if !self.nodes[node].arrive_datagram(id, &payload, from) {
            self.lost += 1;
        }
    }
}

fn half(outgoing: usize, incoming: usize) -> Half {
    Half {
        outgoing,
        incoming,
        draining: false,
        shut: false,
        paused: false,
        heard_end: false,
    }
}
