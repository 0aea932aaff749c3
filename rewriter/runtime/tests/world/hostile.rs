//! A program and a host that keep to nothing: any entry with any arguments and any memory, any event about anything, in any order
//! and number, tickets resumed out of turn. The one promise is that nothing panics, loops or contradicts itself. Input is bytes, so
//! that property test and fuzz target share it.

use direct_sockets_runtime::errno::Errno;
use direct_sockets_runtime::interface::{Endpoint, setting};
use direct_sockets_runtime::policy::Policy;

use super::choices::Choices;
use super::entries::{ARGUMENTS, ENTRIES, entry};
use super::*;

/// The most steps of a run.
const STEPS: usize = 2000;

/// One under which much may be done, and some not.
const POLICY: &str =
    "connect:localhost:*,connect:*.test:*,udp:*:1-90,listen:*:*,udp-listen:127.0.0.1:*,resolve:*\n80:40080";

/// What a run has seen, so that a test can tell whether runs reach what they are about.
#[derive(Default)]
pub(crate) struct Seen {
    /// How often each entry of `ENTRIES` answered a number that is no error, failed, waited, or handed over.
    pub(crate) entries: Vec<[u32; 4]>,
    /// Prints each step, for who wants to know what an input that fails does: `DIRECT_SOCKETS_STEPS` is set.
    steps: bool,
}

/// A call that waits.
struct Waiting {
    ticket: u32,
    entry: usize,
    arguments: [u64; ARGUMENTS],
}

struct Run<'a, 's> {
    w: World,
    choices: Choices<'a>,
    waiting: Vec<Waiting>,
    /// Ids that commands have named.
    ids: Vec<u32>,
    /// What `listen` was called for last.
    listener: u64,
    /// What may be an epoll set.
    set: u64,
    seen: &'s mut Seen,
}

/// Does what the bytes say.
pub(crate) fn run(input: &[u8], seen: &mut Seen) {
    seen.entries.resize(ENTRIES.len(), [0; 4]);
    seen.steps = std::env::var_os("DIRECT_SOCKETS_STEPS").is_some();
    if seen.steps {
        eprintln!("a run of {} bytes", input.len());
    }
    let mut choices = Choices::new(input);
    let mut w = world();
    w.app().abi = choices.pick(4) as u32;
    w.app().most = 24;
    w.configure(setting::TRACE, choices.pick(3) as i32);
    let platform = choices.pick(6);
    w.host().connects_udp = platform % 2 == 1;
    w.host().terminal = [None, Some(false), Some(true)][platform / 2];
    if choices.one_in(4) {
        w.set_policy(Policy::parse(POLICY).unwrap());
    }
    w.configure(setting::RECEIVE_LIMIT, 8192);
    w.configure(setting::SEND_LIMIT, 8192);
    let mut run = Run {
        w,
        choices,
        waiting: Vec::new(),
        ids: Vec::new(),
        listener: 3,
        set: 3,
        seen,
    };
    for _ in 0..STEPS {
        if run.choices.is_over() {
            break;
        }
        run.step();
        run.look();
    }
    while let Some(Waiting { ticket, .. }) = run.waiting.pop() {
        run.w.sys_abandon(ticket);
    }
    run.w.finish();
    run.look();
}

impl Run<'_, '_> {
    fn step(&mut self) {
        match self.choices.pick(16) {
            0..=3 => self.sensible_call(),
            4..=6 => {
                let place = self.choices.pick(ENTRIES.len());
                let arguments = std::array::from_fn(|_| self.argument());
                self.call(0, place, arguments);
            }
            7 | 8 => self.resume(),
            9 => self.poke(),
            _ => self.event(),
        }
    }

    /// What must be true between any two calls and events, whatever they were.
    fn look(&mut self) {
        self.note();
        self.w.host().trace.clear();
        self.w.woken();
        if let Err(contradiction) = self.w.check() {
            panic!("{contradiction}");
        }
    }

    fn note(&mut self) {
        for (id, _) in self.w.given() {
            if !self.ids.contains(&id) && self.ids.len() < 64 {
                self.ids.push(id);
            }
        }
    }

    fn call(&mut self, ticket: u32, place: usize, arguments: [u64; ARGUMENTS]) {
        let answer = Answer::of(ENTRIES[place].2(&mut self.w, ticket, &arguments));
        if self.seen.steps {
            eprintln!("{}({ticket:#x}; {arguments:x?}) = {answer:x?}", ENTRIES[place].0);
        }
        let seen = &mut self.seen.entries[place];
        match answer {
            Answer::Done(0..) => seen[0] += 1,
            Answer::Done(_) => seen[1] += 1,
            Answer::Wait(next) => {
                assert!(ticket == 0 || next == ticket, "the same ticket");
                assert!(
                    !self.waiting.iter().any(|other| other.ticket == next),
                    "a ticket of its own"
                );
                seen[2] += 1;
                self.waiting.push(Waiting {
                    ticket: next,
                    entry: place,
                    arguments,
                });
            }
            Answer::NotOurs => seen[3] += 1,
        }
    }

    fn named(&mut self, name: &str, arguments: &[u64]) {
        let place = ENTRIES.iter().position(|(other, ..)| *other == name);
        let mut all = [0; ARGUMENTS];
        all[..arguments.len()].copy_from_slice(arguments);
        assert!(std::ptr::fn_addr_eq(ENTRIES[place.unwrap()].2, entry(name)));
        self.call(0, place.unwrap(), all);
    }

    /// Numbers that are likely to mean something, and wild ones.
    fn argument(&mut self) -> u64 {
        match self.choices.pick(12) {
            0..=2 => self.choices.pick(24) as u64,
            3 | 4 => self.fd(),
            5..=7 => TABLE + 16 * self.choices.pick(256) as u64,
            8 => MEMORY as u64 - self.choices.pick(64) as u64,
            9 => (self.choices.pick(128) as i32 - 64) as u32 as u64,
            10 => 1 << self.choices.pick(64),
            _ => self.choices.number(),
        }
    }

    /// A descriptor, most often one that is open.
    fn fd(&mut self) -> u64 {
        let open = self.w.app().open.clone();
        let place = self.choices.pick(open.len() + 1);
        open.iter().nth(place).map_or(99, |&fd| fd as u64)
    }

    /// Calls as programs make them, so that sockets get into all states.
    fn sensible_call(&mut self) {
        let fd = self.fd();
        let kind = self
            .choices
            .of(&[STREAM, DGRAM, STREAM | NONBLOCK, DGRAM | NONBLOCK, 5]);
        let count = self.choices.of(&[1, 0, 100, 5000, 70_000]);
        let flags = self.choices.of(&[0, 2, 0x20, 0x40, 0x100, 0x4000]);
        match self.choices.pick(22) {
            0 | 1 => {
                let family = self.choices.of(&[INET, INET6, 1]);
                self.named("sys_socket", &[family, kind, 0]);
            }
            2 => self.named("sys_socketpair", &[1, kind, 0, VALUE]),
            3 => self.named("sys_pipe2", &[VALUE, kind & NONBLOCK]),
            4 => {
                let (at, length) = self.address();
                self.named("sys_bind", &[fd, at, length]);
            }
            5 => {
                self.named("sys_listen", &[fd, count]);
                self.listener = fd;
                self.note();
                if let Some(&newest) = self.ids.last() {
                    self.w.opened(newest, endpoint("127.0.0.1:80"), Endpoint::NONE);
                    self.w.accepted(newest, Endpoint::NONE, endpoint("127.0.0.1:99"));
                }
            }
            6 | 7 => {
                let (at, length) = self.address();
                self.named("sys_connect", &[fd, at, length]);
            }
            8 => {
                let listener = self.listener;
                self.named("sys_accept4", &[listener, ADDRESS, LENGTH, kind & NONBLOCK]);
            }
            9 | 10 => self.named("sys_sendto", &[fd, DATA, count, flags]),
            11 => {
                let (at, length) = self.address();
                self.named("sys_sendto", &[fd, DATA, count, flags, at, length]);
            }
            12 | 13 => self.named("sys_recvfrom", &[fd, DATA, count, flags, ADDRESS, LENGTH]),
            14 => self.named("wasi_fd_close", &[fd]),
            15 => self.named("sys_shutdown", &[fd, kind % 3]),
            16 => {
                let entry = [self.fd() as u32, 0x2007, self.fd() as u32, 0x2007];
                let bytes: Vec<u8> = entry.iter().flat_map(|word| word.to_le_bytes()).collect();
                self.w.put(TABLE, &bytes);
                self.named("sys_poll", &[TABLE, 2, flags]);
            }
            17 => {
                self.named("sys_epoll_create1", &[0]);
                self.set = self.fd();
            }
            18 => {
                let events = self.choices.of(&[1u32, 4, 5, 0x8000_0001, 0x4000_0005, 0x1000_0001]);
                self.w.put(VALUE, &events.to_le_bytes());
                let other = self.fd();
                let set = self.set;
                let operation = self.choices.of(&[1, 1, 2, 3]);
                self.named("sys_epoll_ctl", &[set, operation, other, VALUE]);
            }
            19 => {
                let set = self.set;
                self.named("sys_epoll_pwait", &[set, DATA, 4, flags]);
            }
            20 => {
                let value = self.choices.of(&[0, 1, 1000, -1]);
                self.w.put(VALUE, &i32::to_le_bytes(value));
                self.w.put(VALUE + 4, &i32::to_le_bytes(value));
                let (level, name) = self.choices.of(&[
                    (1, 13),
                    (1, 2),
                    (1, 7),
                    (1, 8),
                    (1, 20),
                    (1, 21),
                    (6, 1),
                    (0, 2),
                    (41, 26),
                ]);
                self.named("sys_setsockopt", &[fd, level, name, VALUE, 8]);
            }
            _ => {
                self.w.put(TEXT, b"host.test\0");
                let name = self.choices.of(&["getaddrinfo", "gethostbyname", "lookup_name"]);
                self.named(name, &[TEXT, 0, 0, RESULT]);
            }
        }
    }

    /// An address of some family in the program's memory.
    fn address(&mut self) -> (u64, u64) {
        match self.choices.pick(6) {
            0 | 1 => self.w.put_address("127.0.0.1:80"),
            2 => self.w.put_address("0.0.0.0:0"),
            3 => self.w.put_address("[::1]:80"),
            4 => self.w.put_address("198.18.0.1:80"),
            _ => {
                self.w.put(ADDRESS, &[1, 0, b'/', b'a' + self.choices.pick(2) as u8, 0]);
                (ADDRESS, 5)
            }
        }
    }

    /// Goes on with a call that waits, or ends it; now and then as no thunk would.
    fn resume(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let place = self.choices.pick(self.waiting.len());
        let Waiting {
            ticket,
            entry,
            mut arguments,
        } = self.waiting.swap_remove(place);
        match self.choices.pick(8) {
            0 | 1 => {
                let answer = Answer::of(self.w.traced_abandon(ticket));
                if self.seen.steps {
                    eprintln!("abandon({ticket:#x}) = {answer:x?}");
                }
                assert!(!matches!(answer, Answer::Wait(_)), "an abandoned call is over");
            }
            2 => {
                let other = self.choices.pick(ENTRIES.len());
                self.call(ticket, other, arguments);
                if !self.waiting.iter().any(|waiting| waiting.ticket == ticket) {
                    assert_eq!(
                        Answer::of(self.w.sys_abandon(ticket)),
                        Answer::Done(-Errno::IO.number()),
                        "a ticket is used once"
                    );
                }
            }
            3 => {
                let place = self.choices.pick(ARGUMENTS);
                arguments[place] = self.argument();
                self.call(ticket, entry, arguments);
            }
            _ => self.call(ticket, entry, arguments),
        }
    }

    /// Changes memory and circumstances.
    fn poke(&mut self) {
        match self.choices.pick(5) {
            0..=2 => {
                let at = ADDRESS + 8 * self.choices.pick(600) as u64;
                let bytes = self.choices.bytes(12);
                self.w.put(at, &bytes);
            }
            3 => self.w.host().time += self.choices.of(&[0.5, 100.0, 1e5]),
            _ => self.w.host().refuse = Some(Errno::from_number(self.choices.byte().into())),
        }
    }

    fn event(&mut self) {
        let known = self.ids.len();
        let id = match self.choices.pick(known + 2) {
            place if place < known => self.ids[place],
            _ => self.choices.pick(9) as u32,
        };
        let length = 40 * self.choices.pick(256);
        let errno = i32::from(self.choices.byte());
        let some = self
            .choices
            .of(&[endpoint("127.0.0.1:80"), Endpoint::NONE, endpoint("[::1]:80")]);
        let outcome = if errno < 200 {
            Ok(())
        } else {
            Err(Errno::from_number(errno))
        };
        let event = self.choices.pick(19);
        if self.seen.steps {
            eprintln!("event {event} of {id:#x}, {length} bytes, errno {errno}");
        }
        let w = &mut self.w;
        match event {
            0..=2 => w.opened(id, some, some),
            3 => w.failed(id, Errno::from_number(errno)),
            4..=6 => {
                let room = w.recv_reserve(id, length).len();
                assert!(room <= length);
                w.recv_commit(id, if errno < 128 { room } else { length });
            }
            7 => w.recv_end(id),
            8 => assert!(w.send_peek(id, length).len() <= length),
            9 => w.send_done(id, length),
            10 => {
                if w.datagram_reserve(id, length).is_some() && errno < 200 {
                    w.datagram_commit(id, length, some);
                }
            }
            11 => w.datagram_commit(id, length, some),
            12 => w.datagrams_sent(id, 1, length, outcome),
            13 | 14 => {
                if let Some(channel) = w.accepted(id, Endpoint::NONE, some)
                    && known < 64
                {
                    self.ids.push(channel);
                }
            }
            15 => w.closed(id),
            16 => {
                w.resolved_address(id, some);
                w.resolved(id, outcome);
            }
            17 => {
                let time = w.ticket_timeout(id);
                assert!(time >= 0.0);
                w.ticket_expired(id);
            }
            _ => {
                if errno == 255 {
                    w.finish();
                }
            }
        }
    }
}
