//! Pipes, as a C program of the same calls sees them on Linux.

mod world;

use direct_sockets_runtime::constants::limit;
use direct_sockets_runtime::errno::Errno;
use world::files::*;
use world::*;

const CLOEXEC: u64 = 0x80000;
const GETFL: u64 = 3;
const SETPIPE_SZ: u64 = 1031;
const GETPIPE_SZ: u64 = 1032;

const IN: u16 = 0x41;
const OUT: u16 = 0x104;
const ERR: u16 = 8;
const HUP: u16 = 0x10;

#[test]
fn a_pipe_has_two_ends_and_no_socket() {
    let mut w = world();
    Answer::of(w.sys_pipe2(0, [VALUE, 0x40])).fails(Errno::INVAL);
    let (reader, writer) = w.pipe(NONBLOCK | CLOEXEC);
    assert_eq!((reader, writer), (3, 4));
    assert_eq!(w.fcntl(reader, 1, 0), Ok(1));
    assert_eq!(
        (w.fcntl(reader, GETFL, 0), w.fcntl(writer, GETFL, 0)),
        (Ok(0x800), Ok(0x801))
    );
    assert_eq!(w.read_now(reader, 5), Err(Errno::AGAIN));
    for count in [0, 5] {
        assert_eq!(w.read_now(writer, count), Err(Errno::BADF));
        assert_eq!(w.write_now(reader, &vec![0; count as usize]), Err(Errno::BADF));
    }
    assert_eq!((w.read_now(reader, 0), w.write_now(writer, b"")), (Ok(0), Ok(0)));
    w.send(writer, b"x", 0).fails(Errno::NOTSOCK);
    w.recv(reader, 1, 0).fails(Errno::NOTSOCK);
    assert_eq!(w.get_option(reader, 1, 3), Err(Answer::Done(-Errno::NOTSOCK.number())));
    assert_eq!(Answer::of(w.sys_fstat64(0, [reader, VALUE])), Answer::Done(0));
    assert_eq!(w.get_int(VALUE + 4), 0o010600);
    assert_eq!(Answer::of(w.wasi_fd_fdstat_get(0, [reader, VALUE])), Answer::Done(0));
    assert_eq!(w.get(VALUE, 4), [0, 0, 4, 0]);
    assert_eq!(w.given(), [], "the host hears nothing of it");
}

#[test]
fn numbers_that_cannot_be_told_are_free_again() {
    let mut w = world();
    Answer::of(w.sys_pipe2(0, [MEMORY as u64, 0])).fails(Errno::FAULT);
    w.app().most = 4;
    w.app().open.insert(3);
    assert_eq!(w.app().open, [0, 1, 2, 3].into());
    assert_eq!(w.pipe(0), (limit::FILES as u64, limit::FILES as u64 + 1));
}

#[test]
fn a_pipe_holds_64_kib() {
    let mut w = world();
    let (reader, writer) = w.pipe(NONBLOCK);
    assert_eq!((w.poll_one(reader), w.poll_one(writer)), (0, OUT));
    assert_eq!(w.write_now(writer, &[7; 100_000]), Ok(65_536));
    assert_eq!((w.poll_one(reader), w.poll_one(writer)), (IN, 0));
    assert_eq!(w.write_now(writer, b"x"), Err(Errno::AGAIN));
    assert_eq!((w.readable(reader), w.readable(writer)), (Ok(65_536), Ok(65_536)));
    // One byte less is no room yet for a write that must be whole.
    assert_eq!(w.read_now(reader, 1), Ok(1));
    assert_eq!(w.poll_one(writer), 0);
    assert_eq!(w.read_now(reader, 4095), Ok(4095));
    assert_eq!(w.poll_one(writer), OUT);
    assert_eq!(
        w.write_now(writer, &[7; 4097]),
        Ok(4096),
        "more than PIPE_BUF goes in in parts"
    );
    assert_eq!(w.read_now(reader, 4000), Ok(4000));
    assert_eq!(
        w.write_now(writer, &[7; 4096]),
        Err(Errno::AGAIN),
        "up to PIPE_BUF does not"
    );
}

#[test]
fn the_size_can_be_set() {
    let mut w = world();
    let (reader, writer) = w.pipe(NONBLOCK);
    assert_eq!(w.fcntl(reader, GETPIPE_SZ, 0), Ok(65_536));
    w.write_now(writer, &[0; 65_536]).unwrap();
    assert_eq!(w.fcntl(writer, SETPIPE_SZ, 4096), Err(Errno::BUSY));
    assert_eq!(w.fcntl(writer, SETPIPE_SZ, 0), Err(Errno::BUSY));
    assert_eq!(w.fcntl(reader, SETPIPE_SZ, -1), Err(Errno::INVAL));
    assert_eq!(w.fcntl(reader, SETPIPE_SZ, 2_000_000), Err(Errno::PERM));
    assert_eq!(w.poll_one(writer), 0);
    assert_eq!(w.fcntl(reader, SETPIPE_SZ, 100_000), Ok(131_072));
    assert_eq!(w.poll_one(writer), OUT);
    assert_eq!(w.write_now(writer, &[0; 100_000]), Ok(65_536));
    let socket = w.socket(INET, STREAM);
    assert_eq!(w.fcntl(socket, GETPIPE_SZ, 0), Err(Errno::BADF));
}

#[test]
fn the_end_comes_after_the_last_byte() {
    let mut w = world();
    let (reader, writer) = w.pipe(NONBLOCK);
    w.write_now(writer, b"abc").unwrap();
    let copy = Answer::of(w.sys_dup(0, [writer])).done() as u64;
    w.close(writer).done();
    assert_eq!(w.poll_one(reader), IN, "somebody can still write");
    w.close(copy).done();
    assert_eq!(w.poll_one(reader), IN | HUP);
    assert_eq!(w.read_now(reader, 9), Ok(3));
    assert_eq!(w.data(3), b"abc");
    assert_eq!(w.poll_one(reader), HUP);
    assert_eq!(w.read_now(reader, 9), Ok(0));
}

#[test]
fn nobody_reads_what_is_written_to_a_closed_pipe() {
    let mut w = world();
    let (reader, writer) = w.pipe(0);
    w.close(reader).done();
    assert_eq!(w.poll_one(writer), OUT | ERR);
    assert_eq!(w.write_now(writer, b"x"), Err(Errno::PIPE));
    assert_eq!(w.write_now(writer, b""), Ok(0));
    assert_eq!(w.fcntl(writer, SETPIPE_SZ, 8192), Ok(8192));
}

#[test]
fn a_read_waits_for_a_write_elsewhere() {
    let mut w = world();
    let (reader, writer) = w.pipe(0);
    let ticket = w.read_from(0, reader, 10).ticket();
    assert_eq!(w.ticket_timeout(ticket), f64::INFINITY);
    assert_eq!(w.write_now(writer, b"hello"), Ok(5));
    assert_eq!(w.woken(), [ticket]);
    assert_eq!(w.read_from(ticket, reader, 10), Answer::Done(0));
    assert_eq!(w.count(), 5);
    let ticket = w.read_from(0, reader, 10).ticket();
    w.close(writer).done();
    assert_eq!(w.woken(), [ticket]);
    assert_eq!(w.read_from(ticket, reader, 10), Answer::Done(0));
    assert_eq!(w.count(), 0);
}

#[test]
fn a_write_waits_until_all_is_in() {
    let mut w = world();
    let (reader, writer) = w.pipe(0);
    let ticket = w.write_to(0, writer, 100_000).ticket();
    assert_eq!(w.read_now(reader, 4095), Ok(4095));
    assert_eq!(w.woken(), []);
    assert_eq!(w.read_now(reader, 40_000), Ok(40_000));
    assert_eq!(w.woken(), [ticket]);
    assert_eq!(w.write_to(ticket, writer, 100_000), Answer::Done(0));
    assert_eq!(w.count(), 100_000);
    // The reader goes: what is in counts, what is not is EPIPE.
    let ticket = w.write_to(0, writer, 50_000).ticket();
    let part = w.fcntl(reader, GETPIPE_SZ, 0).unwrap() - (100_000 - 44_095);
    w.close(reader).done();
    assert_eq!(w.write_to(ticket, writer, 50_000), Answer::Done(0));
    assert_eq!(w.count() as i32, part);
    assert_eq!(w.write_now(writer, b"x"), Err(Errno::PIPE));
}

#[test]
fn a_short_write_waits_whole() {
    let mut w = world();
    let (reader, writer) = w.pipe(0);
    w.write_now(writer, &[0; 65_000]).unwrap();
    let ticket = w.write_to(0, writer, 1000).ticket();
    assert_eq!(w.readable(reader), Ok(65_000));
    w.read_now(reader, 10_000).unwrap();
    assert_eq!(w.woken(), [ticket]);
    assert_eq!(w.write_to(ticket, writer, 1000), Answer::Done(0));
    assert_eq!(w.readable(reader), Ok(56_000));
}

#[test]
fn a_waiting_poll_is_woken_by_a_write() {
    let mut w = world();
    let (socket, _) = w.connected(0);
    let (reader, writer) = w.pipe(0);
    w.app().files.insert(0, 0);
    let fds = [(0, 1), (socket as i32, 1), (reader as i32, 1)];
    let ticket = w.poll(&fds, 1000).0.ticket();
    assert_eq!(w.ticket_timeout(ticket), 1000.0);
    w.write_now(writer, b"x").unwrap();
    assert_eq!(w.woken(), [ticket]);
    assert_eq!(Answer::of(w.sys_poll(ticket, [TABLE, 3, 1000])), Answer::Done(1));
    let ticket = w.poll(&[(writer as i32, 0)], -1).0.ticket();
    w.close(reader).done();
    assert_eq!(w.woken(), [ticket], "told whether asked for or not");
}

#[test]
fn who_asks_a_pipe_in_a_loop_lets_the_event_loop_turn_now_and_then() {
    let mut w = world();
    let (reader, writer) = w.pipe(NONBLOCK);
    let mut turns = 0;
    for _ in 0..650 {
        if let Answer::Wait(ticket) = w.read_from(0, reader, 1) {
            assert_eq!(w.ticket_timeout(ticket), 0.0);
            assert_eq!(w.read_from(ticket, reader, 1), Answer::Done(Errno::AGAIN.number()));
            turns += 1;
        }
    }
    assert_eq!(turns, 10);
    // So does one that always finds something.
    w.write_now(writer, b"x").unwrap();
    let fds = [(reader as i32, 1)];
    let answers: Vec<Answer> = (0..65).map(|_| w.poll(&fds, -1).0).collect();
    assert!(answers[..64].iter().all(|&answer| answer == Answer::Done(1)));
    let ticket = answers[64].ticket();
    assert_eq!(w.ticket_timeout(ticket), 0.0);
    assert_eq!(Answer::of(w.sys_poll(ticket, [TABLE, 1, 0xffff_ffff])), Answer::Done(1));
    // Where the stack cannot suspend, it is told all the same.
    let answers: Vec<Answer> = (0..65).map(|_| w.poll(&fds, -1).0).collect();
    assert_eq!(Answer::of(w.sys_abandon(answers[64].ticket())), Answer::Done(1));
}

#[test]
fn pselect_takes_nanoseconds() {
    for abi in [0, 1, 2] {
        let mut w = world();
        w.app().abi = abi;
        let (reader, writer) = w.pipe(0);
        let word = if abi == 1 { 8 } else { 4 };
        let put = |w: &mut World, seconds: i64, nanos: i64| {
            w.put(VALUE, &seconds.to_le_bytes()[..word]);
            w.put(VALUE + word as u64, &nanos.to_le_bytes()[..word]);
        };
        w.put(TABLE, &[1 << reader, 0, 0, 0, 0, 0, 0, 0]);
        let arguments = [reader + 1, TABLE, 0, 0, VALUE, 0];
        put(&mut w, 1, 500_000);
        let ticket = Answer::of(w.sys_pselect6(0, arguments)).ticket();
        assert_eq!(w.ticket_timeout(ticket), 1000.5);
        w.write_now(writer, b"x").unwrap();
        assert_eq!(w.woken(), [ticket]);
        assert_eq!(Answer::of(w.sys_pselect6(ticket, arguments)), Answer::Done(1));
        put(&mut w, 1, 1_000_000_000);
        Answer::of(w.sys_pselect6(0, arguments)).fails(Errno::INVAL);
        put(&mut w, -1, 0);
        Answer::of(w.sys_pselect6(0, arguments)).fails(Errno::INVAL);
    }
}

#[test]
fn a_thousand_pipes_leave_nothing_behind() {
    let mut w = world();
    for _ in 0..1000 {
        let (reader, writer) = w.pipe(0);
        w.write_now(writer, b"left").unwrap();
        assert_eq!((reader, writer), (3, 4));
        w.close(reader).done();
        w.close(writer).done();
    }
    assert_eq!(w.app().open, [0, 1, 2].into());
}
