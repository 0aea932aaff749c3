//! Calls about what lives in the program alone: pipes, AF_UNIX sockets, epoll sets.

use direct_sockets_runtime::errno::Errno;

use super::{Answer, DATA, LENGTH, NONBLOCK, Program, RESULT, TABLE, VALUE, World};

pub(crate) const UNIX: u64 = 1;
pub(crate) const SEQPACKET: u64 = 5;
pub(crate) const DONTWAIT: u64 = 0x40;

/// Where an iovec and the count of a WASI call lie.
const PIECES: u64 = RESULT;
const COUNT: u64 = RESULT + 0x20;

/// What a call answered: a number, or an error.
pub(crate) type Outcome = Result<i32, Errno>;

pub(crate) fn outcome(answer: Answer) -> Outcome {
    match answer.done() {
        value @ 0.. => Ok(value),
        errno => Err(Errno::from_number(-errno)),
    }
}

pub(crate) trait Files {
    fn pipe(&mut self, flags: u64) -> (u64, u64);
    fn pair(&mut self, kind: u64) -> (u64, u64);
    /// `read` and `write`, as WASI answers them: 0 and a count, or a positive errno.
    fn read_from(&mut self, ticket: u32, fd: u64, count: u32) -> Answer;
    fn write_to(&mut self, ticket: u32, fd: u64, count: u32) -> Answer;
    /// How many bytes the last of these moved.
    fn count(&mut self) -> usize;
    /// The same without waiting.
    fn read_now(&mut self, fd: u64, count: u32) -> Outcome;
    fn write_now(&mut self, fd: u64, bytes: &[u8]) -> Outcome;
    fn fcntl(&mut self, fd: u64, command: u64, argument: i32) -> Outcome;
    /// `FIONREAD`.
    fn readable(&mut self, fd: u64) -> Outcome;
    fn put_name(&mut self, name: &[u8]) -> (u64, u64);
    fn bind_name(&mut self, fd: u64, name: &[u8]) -> Outcome;
    fn connect_name(&mut self, fd: u64, name: &[u8]) -> Answer;
    fn send_name(&mut self, fd: u64, bytes: &[u8], name: &[u8]) -> Answer;
    /// What `getsockname` or `getpeername` wrote, family and all.
    fn own_name(&mut self, fd: u64) -> Vec<u8>;
    fn peer_name(&mut self, fd: u64) -> Result<Vec<u8>, Errno>;
    fn receive(&mut self, fd: u64, count: u64, flags: u64) -> Result<Vec<u8>, Errno>;
    fn receive_from(&mut self, fd: u64, count: u64) -> (Vec<u8>, Vec<u8>);
    fn epoll(&mut self) -> u64;
    fn control(&mut self, set: u64, operation: u64, fd: u64, events: u32, data: u64) -> Outcome;
    fn epoll_wait(&mut self, ticket: u32, set: u64, most: i32, timeout: i32) -> Answer;
    /// Data and events of what is told at once.
    fn told(&mut self, set: u64, most: i32) -> Vec<(u64, u32)>;
    fn events(&mut self, count: i32) -> Vec<(u64, u32)>;
}

/// One iovec that is all of the data.
fn put_piece(w: &mut World, count: u32) {
    let word = if w.app().abi == 1 { 8 } else { 4 };
    w.put(PIECES, &DATA.to_le_bytes()[..word]);
    w.put(PIECES + word as u64, &u64::from(count).to_le_bytes()[..word]);
}

fn wasi(w: &mut World, answer: Answer) -> Outcome {
    match answer.done() {
        0 => Ok(w.count() as i32),
        errno => Err(Errno::from_number(errno)),
    }
}

impl Files for World {
    #[track_caller]
    fn pipe(&mut self, flags: u64) -> (u64, u64) {
        assert_eq!(outcome(Answer::of(self.sys_pipe2(0, [VALUE, flags]))), Ok(0));
        (self.get_int(VALUE) as u64, self.get_int(VALUE + 4) as u64)
    }

    #[track_caller]
    fn pair(&mut self, kind: u64) -> (u64, u64) {
        assert_eq!(
            outcome(Answer::of(self.sys_socketpair(0, [UNIX, kind, 0, VALUE, 0, 0]))),
            Ok(0)
        );
        (self.get_int(VALUE) as u64, self.get_int(VALUE + 4) as u64)
    }

    fn read_from(&mut self, ticket: u32, fd: u64, count: u32) -> Answer {
        put_piece(self, count);
        Answer::of(self.wasi_fd_read(ticket, [fd, PIECES, 1, COUNT]))
    }

    fn write_to(&mut self, ticket: u32, fd: u64, count: u32) -> Answer {
        put_piece(self, count);
        Answer::of(self.wasi_fd_write(ticket, [fd, PIECES, 1, COUNT]))
    }

    fn count(&mut self) -> usize {
        self.get_int(COUNT) as usize
    }

    #[track_caller]
    fn read_now(&mut self, fd: u64, count: u32) -> Outcome {
        let answer = self.read_from(0, fd, count);
        wasi(self, answer)
    }

    #[track_caller]
    fn write_now(&mut self, fd: u64, bytes: &[u8]) -> Outcome {
        self.put(DATA, bytes);
        let answer = self.write_to(0, fd, bytes.len() as u32);
        wasi(self, answer)
    }

    #[track_caller]
    fn fcntl(&mut self, fd: u64, command: u64, argument: i32) -> Outcome {
        self.put(VALUE, &argument.to_le_bytes());
        outcome(Answer::of(self.sys_fcntl64(0, [fd, command, VALUE])))
    }

    #[track_caller]
    fn readable(&mut self, fd: u64) -> Outcome {
        self.put(VALUE, &(RESULT as u32).to_le_bytes());
        let mut answer = Answer::of(self.sys_ioctl(0, [fd, 0x541b, VALUE]));
        if let Answer::Wait(ticket) = answer {
            answer = Answer::of(self.sys_ioctl(ticket, [fd, 0x541b, VALUE]));
        }
        outcome(answer).map(|_| self.get_int(RESULT))
    }

    fn put_name(&mut self, name: &[u8]) -> (u64, u64) {
        self.put(TABLE, &[&[1, 0], name].concat());
        (TABLE, 2 + name.len() as u64)
    }

    #[track_caller]
    fn bind_name(&mut self, fd: u64, name: &[u8]) -> Outcome {
        let (at, length) = self.put_name(name);
        outcome(Answer::of(self.sys_bind(0, [fd, at, length, 0, 0, 0])))
    }

    fn connect_name(&mut self, fd: u64, name: &[u8]) -> Answer {
        let (at, length) = self.put_name(name);
        Answer::of(self.sys_connect(0, [fd, at, length, 0, 0, 0]))
    }

    fn send_name(&mut self, fd: u64, bytes: &[u8], name: &[u8]) -> Answer {
        let (at, length) = self.put_name(name);
        self.put(DATA, bytes);
        Answer::of(self.sys_sendto(0, [fd, DATA, bytes.len() as u64, DONTWAIT, at, length]))
    }

    #[track_caller]
    fn own_name(&mut self, fd: u64) -> Vec<u8> {
        self.put(LENGTH, &110i32.to_le_bytes());
        assert_eq!(
            outcome(Answer::of(self.sys_getsockname(0, [fd, TABLE, LENGTH, 0, 0, 0]))),
            Ok(0)
        );
        let length = self.get_int(LENGTH) as usize;
        self.get(TABLE, length)
    }

    #[track_caller]
    fn peer_name(&mut self, fd: u64) -> Result<Vec<u8>, Errno> {
        self.put(LENGTH, &110i32.to_le_bytes());
        outcome(Answer::of(self.sys_getpeername(0, [fd, TABLE, LENGTH, 0, 0, 0])))?;
        let length = self.get_int(LENGTH) as usize;
        Ok(self.get(TABLE, length))
    }

    #[track_caller]
    fn receive(&mut self, fd: u64, count: u64, flags: u64) -> Result<Vec<u8>, Errno> {
        let got = outcome(self.recv(fd, count, flags | DONTWAIT))?;
        Ok(self.data((got as usize).min(count as usize)))
    }

    #[track_caller]
    fn receive_from(&mut self, fd: u64, count: u64) -> (Vec<u8>, Vec<u8>) {
        self.put(LENGTH, &110i32.to_le_bytes());
        let answer = Answer::of(self.sys_recvfrom(0, [fd, DATA, count, DONTWAIT, TABLE, LENGTH]));
        let got = outcome(answer).unwrap() as usize;
        let length = self.get_int(LENGTH) as usize;
        (self.data(got), self.get(TABLE, length))
    }

    #[track_caller]
    fn epoll(&mut self) -> u64 {
        outcome(Answer::of(self.sys_epoll_create1(0, [0]))).unwrap() as u64
    }

    #[track_caller]
    fn control(&mut self, set: u64, operation: u64, fd: u64, events: u32, data: u64) -> Outcome {
        self.put(VALUE, &[u64::from(events).to_le_bytes(), data.to_le_bytes()].concat());
        outcome(Answer::of(self.sys_epoll_ctl(0, [set, operation, fd, VALUE])))
    }

    fn epoll_wait(&mut self, ticket: u32, set: u64, most: i32, timeout: i32) -> Answer {
        let (most, timeout) = (most as u32 as u64, timeout as u32 as u64);
        Answer::of(self.sys_epoll_pwait(ticket, [set, DATA, most, timeout, 0, 0]))
    }

    #[track_caller]
    fn told(&mut self, set: u64, most: i32) -> Vec<(u64, u32)> {
        let mut answer = self.epoll_wait(0, set, most, 0);
        if let Answer::Wait(ticket) = answer {
            assert_eq!(self.ticket_timeout(ticket), 0.0);
            answer = self.epoll_wait(ticket, set, most, 0);
        }
        let count = outcome(answer).unwrap();
        self.events(count)
    }

    fn events(&mut self, count: i32) -> Vec<(u64, u32)> {
        (0..count as u64)
            .map(|place| {
                let bytes = self.get(DATA + 16 * place, 16);
                (
                    u64::from_le_bytes(bytes[8..].try_into().unwrap()),
                    u32::from_le_bytes(bytes[..4].try_into().unwrap()),
                )
            })
            .collect()
    }
}

/// The kind with `SOCK_NONBLOCK`.
pub(crate) fn nonblocking(kind: u64) -> u64 {
    kind | NONBLOCK
}
