//! What sockets share with files, options, and the end of the program.

mod world;

use direct_sockets_runtime::constants::limit;
use direct_sockets_runtime::errno::Errno;
use direct_sockets_runtime::interface::HostOption;
use world::*;

#[test]
fn numbers_are_the_lowest_free_ones() {
    let mut w = world();
    assert_eq!(w.socket(INET, STREAM), 3);
    assert_eq!(w.socket(INET, DGRAM), 4);
    w.close(3).done();
    assert_eq!(w.close(3), Answer::NotOurs);
    assert_eq!(w.close(1), Answer::NotOurs);
    assert_eq!(w.socket(INET6, STREAM), 3);
    for _ in 0..1000 {
        let fd = w.socket(INET, STREAM);
        assert_eq!(fd, 5);
        w.close(fd).done();
    }
    // Where the program's file system has no more numbers, sockets go on with their own.
    w.app().most = 6;
    assert_eq!(w.socket(INET, STREAM), 5);
    for fd in limit::FILES as u64..u64::from(limit::DESCRIPTORS) {
        assert_eq!(w.socket(INET, STREAM), fd);
    }
    Answer::of(w.sys_socket(0, [INET, STREAM, 0, 0, 0, 0])).fails(Errno::MFILE);
    w.close(5000).done();
    assert_eq!(w.socket(INET, STREAM), 5000);
    w.close(4).done();
    assert_eq!(w.socket(INET, STREAM), 4);
}

#[test]
fn kinds_of_sockets() {
    let mut w = world();
    let mut refused = |a: [u64; 3], errno| Answer::of(w.sys_socket(0, [a[0], a[1], a[2], 0, 0, 0])).fails(errno);
    refused([1, 1, 6], Errno::PROTONOSUPPORT);
    refused([99, 1, 0], Errno::AFNOSUPPORT);
    refused([2, 3, 0], Errno::SOCKTNOSUPPORT);
    refused([2, 1, 17], Errno::PROTONOSUPPORT);
    refused([2, 0x11, 0], Errno::INVAL);
    let fd = w.socket(INET, DGRAM | NONBLOCK | 0x80000);
    assert_eq!(Answer::of(w.sys_fcntl64(0, [fd, 1, 0])), Answer::Done(1));
    assert_eq!(Answer::of(w.sys_fcntl64(0, [fd, 3, 0])), Answer::Done(0x802));
    assert_eq!(w.get_option(fd, 1, 3), Ok(2));
    assert_eq!(w.get_option(fd, 1, 39), Ok(2));
    assert_eq!(w.get_option(fd, 1, 38), Ok(17));
    assert_eq!(w.get_option(fd, 1, 30), Ok(0));
}

#[test]
fn duplicates_share_a_socket_and_its_flags() {
    let mut w = world();
    let (fd, channel) = w.connected(0);
    let copy = Answer::of(w.sys_dup(0, [fd])).done() as u64;
    w.put(VALUE, &(NONBLOCK as i32).to_le_bytes());
    assert_eq!(Answer::of(w.sys_fcntl64(0, [copy, 4, VALUE])), Answer::Done(0));
    assert_eq!(Answer::of(w.sys_fcntl64(0, [fd, 3, 0])), Answer::Done(0x802));
    w.close(fd).done();
    assert!(w.given().is_empty());
    w.arrive(channel, b"x");
    assert_eq!(w.recv(copy, 1, 0), Answer::Done(1));
    w.close(copy).done();
    assert_eq!(w.one(), (channel, Given::Close(Closing::Deliver)));
    assert_eq!(Answer::of(w.sys_dup(0, [1])), Answer::NotOurs);
}

#[test]
fn f_dupfd_takes_the_lowest_number_from_its_argument_on() {
    let mut w = world();
    let fd = w.socket(INET, STREAM);
    w.put(VALUE, &10i32.to_le_bytes());
    assert_eq!(Answer::of(w.sys_fcntl64(0, [fd, 0, VALUE])), Answer::Done(10));
    assert_eq!(Answer::of(w.sys_fcntl64(0, [fd, 1030, VALUE])), Answer::Done(11));
    assert_eq!(Answer::of(w.sys_fcntl64(0, [11, 1, 0])), Answer::Done(1));
    assert_eq!(w.socket(INET, STREAM), 4, "those below were given back");
    w.put(VALUE, &(-1i32).to_le_bytes());
    Answer::of(w.sys_fcntl64(0, [fd, 0, VALUE])).fails(Errno::INVAL);
    Answer::of(w.sys_fcntl64(0, [fd, 99, VALUE])).fails(Errno::INVAL);
    assert_eq!(Answer::of(w.sys_fcntl64(0, [0, 3, 0])), Answer::NotOurs);
}

#[test]
fn dup3_over_sockets_files_and_free_numbers() {
    let mut w = world();
    let (fd, channel) = w.connected(0);
    // A free number.
    assert_eq!(Answer::of(w.sys_dup3(0, [fd, 20, 0x80000])), Answer::Done(20));
    assert_eq!(Answer::of(w.sys_fcntl64(0, [20, 1, 0])), Answer::Done(1));
    // A file: it is closed.
    assert_eq!(Answer::of(w.sys_dup3(0, [fd, 0, 0])), Answer::Done(0));
    w.arrive(channel, b"x");
    assert_eq!(w.recv(0, 1, 0), Answer::Done(1));
    // A socket: it is closed.
    let (other, gone) = w.connected(0);
    assert_eq!(Answer::of(w.sys_dup3(0, [fd, other, 0])), Answer::Done(other as i32));
    assert_eq!(w.one(), (gone, Given::Close(Closing::Deliver)));
    // A file over a socket: the original does it, the socket is let go.
    assert_eq!(Answer::of(w.sys_dup3(0, [1, other, 0])), Answer::NotOurs);
    assert_eq!(w.close(other), Answer::NotOurs);
    Answer::of(w.sys_dup3(0, [fd, fd, 0])).fails(Errno::INVAL);
    Answer::of(w.sys_dup3(0, [fd, u64::from(limit::DESCRIPTORS), 0])).fails(Errno::BADF);
    assert_eq!(w.app().open, [0, 1, 2, 3, 4, 20].into());
}

#[test]
fn ioctl_switches_and_counts() {
    let mut w = world();
    let (fd, channel) = w.connected(0);
    w.put(VALUE, &(RESULT as u32).to_le_bytes());
    w.put(RESULT, &1i32.to_le_bytes());
    assert_eq!(Answer::of(w.sys_ioctl(0, [fd, 0x5421, VALUE])), Answer::Done(0));
    assert_eq!(Answer::of(w.sys_fcntl64(0, [fd, 3, 0])), Answer::Done(0x802));
    w.arrive(channel, b"12345");
    assert_eq!(Answer::of(w.sys_ioctl(0, [fd, 0x541b, VALUE])), Answer::Done(0));
    assert_eq!(w.get_int(RESULT), 5);
    // TIOCGWINSZ: what isatty asks.
    Answer::of(w.sys_ioctl(0, [fd, 0x5413, VALUE])).fails(Errno::NOTTY);
    let (udp, channel) = w.bound(0);
    w.arrive_datagram(channel, b"123", endpoint("192.0.2.1:1"));
    w.arrive_datagram(channel, b"4567", endpoint("192.0.2.1:1"));
    assert_eq!(Answer::of(w.sys_ioctl(0, [udp, 0x541b, VALUE])), Answer::Done(0));
    assert_eq!(w.get_int(RESULT), 3);
}

#[test]
fn stat_says_socket_in_each_layout() {
    for (abi, size, mode) in [(0, 96, 4), (2, 88, 12), (1, 104, 4)] {
        let mut w = world();
        w.app().abi = abi;
        let fd = w.socket(INET, STREAM);
        w.put(VALUE, &[0xaa; 128]);
        assert_eq!(Answer::of(w.sys_fstat64(0, [fd, VALUE])), Answer::Done(0));
        assert_eq!(w.get_int(VALUE + mode), 0o140777);
        assert_eq!(w.get(VALUE + size, 1), [0xaa], "not a byte beyond it");
        assert_ne!(w.get(VALUE + size - 1, 1), [0xaa]);
    }
    let mut w = world();
    assert_eq!(Answer::of(w.sys_fstat64(0, [0, VALUE])), Answer::NotOurs);
    let fd = w.socket(INET, DGRAM | NONBLOCK);
    assert_eq!(Answer::of(w.wasi_fd_fdstat_get(0, [fd, VALUE])), Answer::Done(0));
    assert_eq!(w.get(VALUE, 4), [5, 0, 4, 0]);
}

#[test]
fn options_are_kept_and_told_to_the_host() {
    let mut w = world();
    let (fd, channel) = w.connected(0);
    assert_eq!(w.set_option(fd, 6, 1, 5), Answer::Done(0));
    assert_eq!(w.one(), (channel, Given::SetOption(HostOption::NoDelay, 1)));
    assert_eq!(w.get_option(fd, 6, 1), Ok(1));
    assert_eq!(w.set_option(fd, 1, 9, 1), Answer::Done(0));
    assert_eq!(w.one(), (channel, Given::SetOption(HostOption::KeepAlive, 7_200_000)));
    assert_eq!(w.set_option(fd, 6, 4, 60), Answer::Done(0));
    assert_eq!(w.one(), (channel, Given::SetOption(HostOption::KeepAlive, 60_000)));
    assert_eq!(w.set_option(fd, 1, 8, 10_000), Answer::Done(0));
    assert_eq!(w.get_option(fd, 1, 8), Ok(20_000));
    w.set_option(fd, 0, 2, 0).fails(Errno::INVAL);
    w.set_option(fd, 1, 12345, 0).fails(Errno::NOPROTOOPT);
    w.set_option(fd, 41, 26, 1).fails(Errno::NOPROTOOPT);
    Answer::of(w.sys_setsockopt(0, [fd, 6, 1, VALUE, 3, 0])).fails(Errno::INVAL);
    w.put(LENGTH, &2i32.to_le_bytes());
    w.put(VALUE, &[0xff; 4]);
    assert_eq!(
        Answer::of(w.sys_getsockopt(0, [fd, 6, 1, VALUE, LENGTH, 0])),
        Answer::Done(0)
    );
    assert_eq!(w.get(VALUE, 4), [1, 0, 0xff, 0xff], "as much as there is room for");
    let udp = w.socket(INET, DGRAM);
    w.set_option(udp, 6, 1, 1).fails(Errno::NOPROTOOPT);
    Answer::of(w.sys_setsockopt(0, [1, 6, 1, VALUE, 4, 0])).fails(Errno::NOTSOCK);
}

#[test]
fn the_end_of_the_program_waits_for_what_was_sent() {
    let mut w = world();
    let (fd, channel) = w.connected(0);
    w.send(fd, b"farewell", 0).done();
    let ticket = Answer::of(w.proc_exit(0, [7])).ticket();
    assert!(w.given().contains(&(channel, Given::Close(Closing::Deliver))));
    assert_eq!(w.ticket_timeout(ticket), limit::EXIT_MS);
    assert!(w.finish());
    assert_eq!(w.drain(channel, 65536), b"farewell");
    assert_eq!(w.woken(), [ticket]);
    assert_eq!(Answer::of(w.proc_exit(ticket, [7])), Answer::NotOurs);
    assert!(!w.finish());
}

#[test]
fn the_end_of_the_program_is_bounded_and_can_be_abandoned() {
    let mut w = world();
    let (udp, channel) = w.bound(0);
    w.sendto(udp, b"x", "192.0.2.1:1").done();
    let ticket = Answer::of(w.proc_exit(0, [0])).ticket();
    assert_eq!(Answer::of(w.sys_abandon(ticket)), Answer::NotOurs);
    let ticket = Answer::of(w.proc_exit(0, [0])).ticket();
    w.host().time = limit::EXIT_MS;
    assert_eq!(Answer::of(w.proc_exit(ticket, [0])), Answer::NotOurs);
    w.datagrams_sent(channel, 1, 1, Ok(()));
    let mut idle = world();
    idle.connected(0);
    assert_eq!(Answer::of(idle.proc_exit(0, [0])), Answer::NotOurs, "nothing is owed");
    assert_eq!(idle.given().len(), 1, "but what is open is closed");
}
