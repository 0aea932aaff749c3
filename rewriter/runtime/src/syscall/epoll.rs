//! `epoll_create1`, `epoll_ctl`, `epoll_pwait`, and how sets hear of what happens to their files.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;

use crate::constants::{epoll, fcntl, limit, poll};
use crate::epoll::{Epoll, Interest, Key};
use crate::errno::Errno;
use crate::file::Kind;
use crate::layout;
use crate::platform::{App, Host};
use crate::runtime::{Halt, Runtime};
use crate::syscall::int;
use crate::ticket::{Call, Ticket};

/// Bytes of a `struct epoll_event`: `events` at 0, `data` at 8, in wasm32 and wasm64.
const EVENT: u64 = 16;

impl<H: Host, A: App> Runtime<H, A> {
    /// `epoll_create1(flags)`
    pub fn sys_epoll_create1(&mut self, ticket: u32, a: [u64; 1]) -> i64 {
        self.enter(ticket, false, |this, _| {
            let flags = int(a[0]);
            if flags & !fcntl::O_CLOEXEC != 0 {
                return Err(Errno::INVAL.into());
            }
            let id = this.sockets.open(Kind::Epoll(Box::default()))?;
            this.hold(id);
            let described = this.describe(id, flags & fcntl::O_CLOEXEC != 0);
            this.release(id);
            Ok(described?)
        })
    }

    /// `epoll_ctl(epfd, operation, fd, event)`
    pub fn sys_epoll_ctl(&mut self, ticket: u32, a: [u64; 4]) -> i64 {
        self.enter(ticket, false, |this, _| {
            let (operation, fd) = (int(a[1]), int(a[2]));
            let (events, data) = match operation {
                epoll::DEL => (0, 0),
                _ => this.read_event(a[3])?,
            };
            let id = this.descriptors.get(int(a[0])).map(|descriptor| descriptor.socket);
            let file = this.descriptors.get(fd).map(|descriptor| descriptor.socket);
            if id.is_none() && this.is_file(int(a[0])) == Some(false) {
                return Err(Errno::BADF.into());
            }
            let Some(file) = file else {
                // Of the files that Emscripten has, Linux would take none.
                let is_file = this.is_file(fd).unwrap_or(fd <= 2);
                return Err(if is_file { Errno::PERM } else { Errno::BADF }.into());
            };
            let id = id.filter(|&id| id != file).ok_or(Errno::INVAL)?;
            if this.sockets.epoll_mut(id).is_none() {
                return Err(Errno::INVAL.into());
            }
            this.change(id, operation, (fd, file), events, data)?;
            Ok(0)
        })
    }

    fn read_event(&mut self, at: u64) -> Result<(u32, u64), Errno> {
        let events = layout::int(&mut self.app, at)? as u32;
        let data = layout::long_long(&mut self.app, at.wrapping_add(8))?;
        Ok((events, data))
    }

    fn change(&mut self, id: u32, operation: i32, key: Key, events: u32, data: u64) -> Result<(), Errno> {
        let nested = matches!(self.sockets.file(key.1).map(|file| &file.kind), Some(Kind::Epoll(_)));
        if operation != epoll::DEL && events & epoll::EXCLUSIVE != 0 {
            let fine = operation == epoll::ADD && !nested && events & !epoll::WITH_EXCLUSIVE == 0;
            if !fine {
                return Err(Errno::INVAL);
            }
        }
        if operation == epoll::ADD && nested && self.too_deep(id, key.1) {
            return Err(Errno::LOOP);
        }
        let set = self.sockets.epoll_mut(id).ok_or(Errno::INVAL)?;
        let known = set.interests.get_mut(&key);
        // Errors and hang-ups are told whether they were asked for or not.
        let events = events | u32::from(poll::ALWAYS);
        match (operation, known) {
            (epoll::ADD, Some(_)) => return Err(Errno::EXIST),
            (epoll::ADD, None) => self.add_interest(id, key, events, data)?,
            (epoll::MOD | epoll::DEL, None) => return Err(Errno::NOENT),
            (epoll::MOD, Some(interest)) => {
                if interest.events & epoll::EXCLUSIVE != 0 {
                    return Err(Errno::INVAL);
                }
                (interest.events, interest.data) = (events, data);
            }
            (epoll::DEL, Some(_)) => {
                set.remove(key);
                self.unwatch(key.1, (id, key.0));
                return Ok(());
            }
            _ => return Err(Errno::INVAL),
        }
        let ready = self.readiness(key.1);
        self.tell_set(id, key, ready);
        Ok(())
    }

    fn add_interest(&mut self, id: u32, key: Key, events: u32, data: u64) -> Result<(), Errno> {
        let file = self.sockets.file_mut(key.1).ok_or(Errno::BADF)?;
        file.watchers.try_reserve(1).map_err(|_| Errno::NOMEM)?;
        file.watchers.push((id, key.0));
        let set = self.sockets.epoll_mut(id).ok_or(Errno::INVAL)?;
        let interest = Interest {
            events,
            data,
            listed: false,
        };
        set.interests.insert(key, interest);
        Ok(())
    }

    /// Whether a set may not be put into another: it contains that one, or sets would be nested too deep.
    fn too_deep(&self, outer: u32, inner: u32) -> bool {
        self.contains(inner, outer, limit::EPOLL_DEPTH, &mut BTreeMap::new())
            .is_none_or(|depth| depth + self.height(outer, &mut BTreeMap::new()) > limit::EPOLL_DEPTH)
    }

    /// How deep sets are nested in `set`, itself included; `None` if `sought` is among them or there is no end. `known` are the
    /// answers so far: many ways may lead to one set.
    fn contains(&self, set: u32, sought: u32, left: usize, known: &mut BTreeMap<u32, usize>) -> Option<usize> {
        if let Some(&depth) = known.get(&set) {
            return (depth <= left).then_some(depth);
        }
        let left = left.checked_sub(1).filter(|_| set != sought)?;
        let mut deepest = 0;
        for &(_, file) in self.sockets.epoll(set)?.interests.keys() {
            if self.sockets.epoll(file).is_some() {
                deepest = deepest.max(self.contains(file, sought, left, known)?);
            }
        }
        known.insert(set, deepest + 1);
        Some(deepest + 1)
    }

    /// How many sets there are above and including one, along the longest way; `known` as there.
    fn height(&self, set: u32, known: &mut BTreeMap<u32, usize>) -> usize {
        if let Some(&height) = known.get(&set) {
            return height;
        }
        let watchers = self.sockets.file(set).map_or(&[][..], |file| &file.watchers);
        let above = watchers.iter().map(|&(outer, _)| self.height(outer, known)).max();
        let height = 1 + above.unwrap_or(0);
        known.insert(set, height);
        height
    }

    /// `epoll_pwait(epfd, events, most, timeout, mask, mask_size)`
    pub fn sys_epoll_pwait(&mut self, ticket: u32, a: [u64; 6]) -> i64 {
        self.enter(ticket, false, |this, before| {
            let most = int(a[2]);
            let id = match before.as_ref().map(|ticket| &ticket.call) {
                Some(Call::Epoll { set, .. }) => *set,
                _ if most <= 0 => return Err(Errno::INVAL.into()),
                _ => match this.descriptors.get(int(a[0])) {
                    Some(descriptor) => descriptor.socket,
                    None if this.is_file(int(a[0])).unwrap_or(int(a[0]) <= 2) => return Err(Errno::INVAL.into()),
                    None => return Err(Errno::BADF.into()),
                },
            };
            if this.sockets.epoll(id).is_none() {
                return Err(Errno::INVAL.into());
            }
            let call = Call::Epoll {
                set: id,
                at: a[1],
                most,
            };
            let next = Ticket::on(call, id, poll::IN);
            if this.epoll_readiness(id) != 0 {
                // Before anything is taken off the list: where the stack cannot suspend, it is told all the same.
                if this.owes_a_turn(before.as_deref()) {
                    return Err(Halt::Wait(next.for_a_turn()));
                }
                return Ok(this.harvest(id, a[1], most)?);
            }
            let timeout = int(a[3]);
            let at_once = timeout == 0;
            let timeout = (timeout >= 0).then(|| f64::from(timeout));
            match this.block(before.as_deref(), at_once, timeout, next) {
                Halt::Fail(_) => Ok(0),
                wait => Err(wait),
            }
        })
    }

    /// Tells up to `most` events, those that have not been told longest first.
    pub(crate) fn harvest(&mut self, id: u32, at: u64, most: i32) -> Result<i32, Errno> {
        let mut told = 0;
        let listed = self.sockets.epoll(id).map_or(0, |set| set.ready.len());
        for _ in 0..listed {
            if told == most {
                break;
            }
            let Some(&key) = self.sockets.epoll(id).and_then(|set| set.ready.front()) else {
                break;
            };
            let ready = u32::from(self.readiness(key.1));
            let Some(set) = self.sockets.epoll_mut(id) else { break };
            let Epoll {
                ready: list, interests, ..
            } = set;
            let Some(interest) = interests.get_mut(&key) else {
                list.pop_front();
                continue;
            };
            let events = ready & interest.events & !epoll::FLAGS;
            if events != 0 {
                let mut event = [0; EVENT as usize];
                event[..4].copy_from_slice(&events.to_le_bytes());
                event[8..].copy_from_slice(&interest.data.to_le_bytes());
                match layout::put(&mut self.app, at.wrapping_add(EVENT * told as u64), &event) {
                    Err(errno) if told == 0 => return Err(errno),
                    Err(_) => break,
                    Ok(()) => told += 1,
                }
            }
            list.pop_front();
            let again = events != 0 && interest.events & (epoll::EDGE | epoll::ONE_SHOT) == 0;
            interest.listed = again;
            if again {
                // The room is there: it has just been left. At the end, so that all have their turn.
                list.push_back(key);
            } else if events != 0 && interest.events & epoll::ONE_SHOT != 0 {
                interest.disarm();
            }
        }
        Ok(told)
    }

    /// The events of `poll` that are true of a set: it is readable if one of its files is ready.
    pub(crate) fn epoll_readiness(&self, id: u32) -> u16 {
        let any = self.sockets.epoll(id).is_some_and(|set| {
            set.ready.iter().any(|key| {
                let interest = set.interests.get(key);
                interest.is_some_and(|interest| interest.wants(self.readiness(key.1)))
            })
        });
        if any { poll::IN | poll::RDNORM } else { 0 }
    }

    /// Something happened to an open file: the sets that have it hear of it.
    pub(crate) fn tell_sets(&mut self, file: u32, changed: u16) {
        let count = self.sockets.file(file).map_or(0, |file| file.watchers.len());
        for place in 0..count {
            if let Some(&(id, fd)) = self.sockets.file(file).and_then(|file| file.watchers.get(place)) {
                self.tell_set(id, (fd, file), changed);
            }
        }
    }

    fn tell_set(&mut self, id: u32, key: Key, changed: u16) {
        let Some(set) = self.sockets.epoll_mut(id) else { return };
        if set.interests.get(&key).is_some_and(|interest| interest.wants(changed)) {
            // Short of memory, it is told with the next thing that happens.
            let _ = set.list(key);
            self.notify_of(id, poll::IN | poll::RDNORM);
        }
    }

    /// A file is closed: no set has it any more.
    pub(crate) fn leave_sets(&mut self, file: u32, watchers: &[(u32, i32)]) {
        for &(id, fd) in watchers {
            if let Some(set) = self.sockets.epoll_mut(id) {
                set.remove((fd, file));
            }
        }
    }

    /// A set is closed: its files tell it nothing any more.
    pub(crate) fn close_epoll(&mut self, id: u32, set: &Epoll) {
        for &(fd, file) in set.interests.keys() {
            self.unwatch(file, (id, fd));
        }
    }

    fn unwatch(&mut self, file: u32, watcher: (u32, i32)) {
        if let Some(file) = self.sockets.file_mut(file) {
            file.watchers.retain(|&other| other != watcher);
        }
    }
}
