//! `poll` and `select`, over sockets, pipes, epoll sets and files together: what is ours is looked at here, the program's own
//! `poll` or `select` is asked for the files, and what is waited for is what is ours and the time.
//!
//! A file that is not ready does not wake a waiting call: of the files that Emscripten has, none ever waits for anything but a
//! terminal, whose input the host looks after (input.rs).

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::constants::{limit, poll};
use crate::errno::Errno;
use crate::file::Kind;
use crate::layout;
use crate::platform::{App, Host};
use crate::runtime::{Halt, Reply, Runtime};
use crate::syscall::int;
use crate::ticket::{Call, Ticket};

/// Bytes of a `pollfd`.
const POLLFD: usize = 8;

/// What always can be done with a file of which nobody can be asked.
const FILE_EVENTS: u16 = poll::IN | poll::OUT | poll::RDNORM | poll::WRNORM;

/// Events that `select` calls readable, writable and exceptional, as Linux does.
const SETS: [u16; 3] = [
    poll::IN | poll::RDNORM | poll::RDBAND | poll::HUP | poll::ERR,
    poll::OUT | poll::WRNORM | poll::WRBAND | poll::ERR,
    poll::PRI,
];

/// One descriptor that is watched, and the events that are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    fd: i32,
    events: u16,
    target: Target,
}

/// What a watched descriptor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    /// An open file of ours.
    Ours(u32),
    /// A file of the program's.
    File,
    /// A terminal.
    Terminal,
    /// A negative number: of no interest.
    Nothing,
    /// Not open.
    Closed,
}

impl<H: Host, A: App> Runtime<H, A> {
    /// `poll(fds, count, timeout)`
    pub fn sys_poll(&mut self, ticket: u32, a: [u64; 3]) -> i64 {
        self.enter(ticket, false, |this, mut before| {
            let count = int(a[1]) as u32 as usize;
            if count > limit::POLL {
                return Err(Errno::INVAL.into());
            }
            let mut table = buffer(count * POLLFD)?;
            let watches = match before.as_mut().and_then(|ticket| taken(&mut ticket.call)) {
                Some(watches) => watches,
                None => {
                    read(&mut this.app, a[0], &mut table)?;
                    this.watch_table(&table)?
                }
            };
            this.poll_files(a[0], &watches);
            read(&mut this.app, a[0], &mut table)?;
            let mut ready = 0;
            for (watch, entry) in watches.iter().zip(table.chunks_exact_mut(POLLFD)) {
                let events = match watch.target {
                    Target::File => u16::from_le_bytes([entry[6], entry[7]]),
                    target => this.events_of(watch.fd, target) & (watch.events | poll::ALWAYS | poll::NVAL),
                };
                entry[6..8].copy_from_slice(&events.to_le_bytes());
                ready += i32::from(events != 0);
            }
            layout::put(&mut this.app, a[0], &table)?;
            let timeout = int(a[2]);
            this.wait_for(
                before.as_deref(),
                watches,
                ready,
                (timeout >= 0).then(|| f64::from(timeout)),
            )
        })
    }

    fn watch_table(&mut self, table: &[u8]) -> Result<Vec<Watch>, Errno> {
        let mut watches = Vec::new();
        watches
            .try_reserve_exact(table.len() / POLLFD)
            .map_err(|_| Errno::NOMEM)?;
        for entry in table.chunks_exact(POLLFD) {
            let fd = i32::from_le_bytes([entry[0], entry[1], entry[2], entry[3]]);
            let events = u16::from_le_bytes([entry[4], entry[5]]) & !poll::STATE;
            watches.push(Watch {
                fd,
                events,
                target: self.target(fd),
            });
        }
        Ok(watches)
    }

    fn target(&mut self, fd: i32) -> Target {
        match self.descriptors.get(fd) {
            _ if fd < 0 => Target::Nothing,
            Some(descriptor) => Target::Ours(descriptor.socket),
            None if self.terminal(fd).is_some() => Target::Terminal,
            None if self.is_file(fd).unwrap_or(true) => Target::File,
            None => Target::Closed,
        }
    }

    /// Has the program's own `poll` fill in the entries of files, run by run.
    fn poll_files(&mut self, fds: u64, watches: &[Watch]) {
        let mut begin = 0;
        while begin < watches.len() {
            let run = watches[begin..]
                .iter()
                .take_while(|watch| watch.target == Target::File)
                .count();
            if run > 0 {
                let at = fds.wrapping_add((begin * POLLFD) as u64);
                if self.app.poll(at, run as i32) < 0 {
                    for (place, watch) in watches[begin..begin + run].iter().enumerate() {
                        let events = watch.events & FILE_EVENTS;
                        let at = at.wrapping_add((place * POLLFD + 6) as u64);
                        // Out of bounds cannot be: the table has just been read.
                        let _ = layout::put(&mut self.app, at, &events.to_le_bytes());
                    }
                }
            }
            begin += run.max(1);
        }
    }

    fn events_of(&mut self, fd: i32, target: Target) -> u16 {
        match target {
            Target::Ours(id) => self.readiness(id),
            Target::Terminal if self.terminal(fd) == Some(false) => FILE_EVENTS & !(poll::IN | poll::RDNORM),
            Target::Terminal => FILE_EVENTS,
            Target::Closed => poll::NVAL,
            Target::File | Target::Nothing => 0,
        }
    }

    /// Answers how many are ready, or waits.
    fn wait_for(&mut self, before: Option<&Ticket>, watches: Vec<Watch>, ready: i32, timeout: Option<f64>) -> Reply {
        if ready > 0 {
            // What is always ready must not keep from the program what the host has for it.
            if !self.owes_a_turn(before) {
                return Ok(ready);
            }
            let call = Call::Watch { watches, ready };
            return Err(Halt::Wait(Ticket::of(call, Vec::new()).for_a_turn()));
        }
        let sockets: Vec<(u32, u16)> = watches
            .iter()
            .filter_map(|watch| match watch.target {
                Target::Ours(id) => Some((id, watch.events)),
                _ => None,
            })
            .collect();
        let at_once = timeout == Some(0.0);
        let types = watches.iter().any(|watch| watch.target == Target::Terminal);
        if at_once && sockets.is_empty() && !types {
            return Ok(0);
        }
        let inside = !types && sockets.iter().all(|&(id, _)| self.is_inside(id));
        let next = Ticket::of(Call::Watch { watches, ready: 0 }, sockets);
        let halt = if inside {
            self.block_inside(before, at_once, timeout, next)
        } else {
            self.block(before, at_once, timeout, next)
        };
        match halt {
            Halt::Fail(_) => Ok(0),
            wait => Err(wait),
        }
    }

    /// `select(count, read, write, except, timeout)`, the timeout as `long[2]`.
    pub fn sys_newselect(&mut self, ticket: u32, a: [u64; 5]) -> i64 {
        self.enter(ticket, false, |this, before| {
            let timeout = match a[4] {
                0 => None,
                at => Some(milliseconds(layout::time(
                    &mut this.app,
                    at,
                    layout::TimeLayout::Longs,
                )?)?),
            };
            this.select(before, a[0], [a[1], a[2], a[3]], timeout)
        })
    }

    fn select(&mut self, mut before: Option<Box<Ticket>>, count: u64, sets: [u64; 3], timeout: Option<f64>) -> Reply {
        let count = usize::try_from(int(count))
            .map_err(|_| Errno::INVAL)?
            .min(limit::SELECT);
        let watches = match before.as_mut().and_then(|ticket| taken(&mut ticket.call)) {
            Some(watches) => watches,
            None => self.watch_sets(count, sets)?,
        };
        let mut answer = [[0u8; limit::SELECT / 8]; 3];
        self.select_files(count, sets, &watches, &mut answer)?;
        let mut ready = 0;
        for watch in &watches {
            let events = self.events_of(watch.fd, watch.target);
            for (set, mask) in answer.iter_mut().zip(SETS) {
                // What was asked for in a set is kept as that set's first event.
                let asked = watch.events & asked_bit(mask) != 0;
                let byte = &mut set[watch.fd as usize / 8];
                let bit = 1 << (watch.fd % 8);
                if asked && watch.target != Target::File && events & mask != 0 {
                    *byte |= bit;
                }
                ready += i32::from(*byte & bit != 0);
            }
        }
        for (&set, bits) in sets.iter().zip(&answer) {
            if set != 0 {
                layout::put(&mut self.app, set, &bits[..set_bytes(count)])?;
            }
        }
        self.wait_for(before.as_deref(), watches, ready, timeout)
    }

    /// `pselect6(count, read, write, except, timeout, mask)`, the timeout as `long[2]`, seconds and nanoseconds, which musl
    /// makes of the program's and only reads. There are no signals to mask.
    pub fn sys_pselect6(&mut self, ticket: u32, a: [u64; 6]) -> i64 {
        self.enter(ticket, false, |this, before| {
            let timeout = match a[4] {
                0 => None,
                at => {
                    let (seconds, nanos) = layout::time(&mut this.app, at, layout::TimeLayout::Longs)?;
                    if seconds < 0 || !(0..1_000_000_000).contains(&nanos) {
                        return Err(Errno::INVAL.into());
                    }
                    Some(seconds as f64 * 1000.0 + nanos as f64 / 1e6)
                }
            };
            this.select(before, a[0], [a[1], a[2], a[3]], timeout)
        })
    }

    /// Whether nothing that the host does changes what is true of an open file: a pipe, an AF_UNIX socket.
    fn is_inside(&self, id: u32) -> bool {
        match self.sockets.file(id).map(|file| &file.kind) {
            Some(Kind::Socket(_)) => self.is_local(id),
            Some(Kind::Pipe(_)) => true,
            Some(Kind::Epoll(_)) | None => false,
        }
    }

    fn watch_sets(&mut self, count: usize, sets: [u64; 3]) -> Result<Vec<Watch>, Errno> {
        let mut asked = [[0u8; limit::SELECT / 8]; 3];
        for (&set, bits) in sets.iter().zip(&mut asked) {
            if set != 0 {
                read(&mut self.app, set, &mut bits[..set_bytes(count)])?;
            }
        }
        let mut watches = Vec::new();
        for fd in 0..count as i32 {
            let mut events = 0;
            for (bits, mask) in asked.iter().zip(SETS) {
                if bits[fd as usize / 8] & 1 << (fd % 8) != 0 {
                    events |= asked_bit(mask);
                }
            }
            if events != 0 {
                let target = self.target(fd);
                if target == Target::Closed {
                    return Err(Errno::BADF);
                }
                watches.push(Watch { fd, events, target });
            }
        }
        Ok(watches)
    }

    /// Has the program's own `select` answer for files: in place, since it takes addresses. The sets are written again
    /// after that.
    fn select_files(
        &mut self,
        count: usize,
        sets: [u64; 3],
        watches: &[Watch],
        answer: &mut [[u8; limit::SELECT / 8]; 3],
    ) -> Result<(), Errno> {
        let mut asked = [[0u8; limit::SELECT / 8]; 3];
        let mut any = false;
        for watch in watches.iter().filter(|watch| watch.target == Target::File) {
            any = true;
            for (bits, mask) in asked.iter_mut().zip(SETS) {
                if watch.events & asked_bit(mask) != 0 {
                    bits[watch.fd as usize / 8] |= 1 << (watch.fd % 8);
                }
            }
        }
        if !any {
            return Ok(());
        }
        // Emscripten's looks at 64 descriptors, and at no exceptions; files beyond are regular ones, always ready.
        const LOOKED_AT: usize = 8;
        for (&set, bits) in sets.iter().zip(&asked) {
            if set != 0 {
                layout::put(&mut self.app, set, &bits[..LOOKED_AT])?;
            }
        }
        let asked_of = |set: usize| {
            if asked[set].iter().any(|&byte| byte != 0) {
                sets[set]
            } else {
                0
            }
        };
        let fine = self
            .app
            .select(count.min(8 * LOOKED_AT) as i32, asked_of(0), asked_of(1), 0)
            >= 0;
        for (place, bits) in asked.iter().enumerate().take(2) {
            answer[place] = *bits;
            if fine && asked_of(place) != 0 {
                read(&mut self.app, sets[place], &mut answer[place][..LOOKED_AT])?;
            }
        }
        Ok(())
    }
}

/// The event that stands for having been asked for in a set.
fn asked_bit(mask: u16) -> u16 {
    mask & (poll::IN | poll::OUT | poll::PRI)
}

/// Bytes of an `fd_set` that a call looks at: whole words of 32 bits, at least as many as Emscripten's own does.
fn set_bytes(count: usize) -> usize {
    (count.div_ceil(32) * 4).max(8)
}

fn milliseconds((seconds, micros): (i64, i64)) -> Result<f64, Errno> {
    if seconds < 0 || micros < 0 {
        return Err(Errno::INVAL);
    }
    Ok(seconds as f64 * 1000.0 + micros as f64 / 1000.0)
}

/// What a call that waited watches.
fn taken(call: &mut Call) -> Option<Vec<Watch>> {
    match call {
        Call::Watch { watches, .. } => Some(core::mem::take(watches)),
        _ => None,
    }
}

fn buffer(length: usize) -> Result<Vec<u8>, Errno> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length).map_err(|_| Errno::NOMEM)?;
    bytes.resize(length, 0);
    Ok(bytes)
}

fn read(app: &mut impl App, from: u64, to: &mut [u8]) -> Result<(), Errno> {
    if app.read(from, to) { Ok(()) } else { Err(Errno::FAULT) }
}
