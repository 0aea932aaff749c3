//! Lines of trace, as strace writes them.

mod world;

use direct_sockets_runtime::errno::Errno;
use direct_sockets_runtime::interface::setting;
use world::*;

fn traced(level: i32) -> World {
    let mut w = world();
    w.configure(setting::TRACE, level);
    w
}

/// The lines since the last look.
fn lines(w: &mut World) -> Vec<String> {
    std::mem::take(&mut w.host().trace)
}

#[track_caller]
fn line(w: &mut World) -> String {
    let mut lines = lines(w);
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines.remove(0)
}

/// Makes a call through the one place that traces.
macro_rules! call {
    ($world:ident.$entry:ident($ticket:expr; $($argument:expr),*)) => {
        Answer::of($world.traced(stringify!($entry), $ticket, [$($argument),*], World::$entry))
    };
}

const MINUS: u64 = -1i32 as u32 as u64;

#[test]
fn nothing_is_told_unless_asked_for() {
    for level in [0, -1] {
        let mut w = traced(level);
        assert_eq!(call!(w.sys_socket(0; 2, 1, 0, 0, 0, 0)), Answer::Done(3));
        assert!(lines(&mut w).is_empty());
    }
}

#[test]
fn a_connection() {
    let mut w = traced(1);
    let fd = call!(w.sys_socket(0; 2, 0x80801, 6, 0, 0, 0)).done() as u64;
    assert_eq!(
        line(&mut w),
        "socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC, IPPROTO_TCP) = 3"
    );
    let (at, length) = w.put_address("192.0.2.1:80");
    let ticket = call!(w.sys_connect(0; fd, at, length, 0, 0, 0)).ticket();
    call!(w.sys_connect(ticket; fd, at, length, 0, 0, 0)).fails(Errno::INPROGRESS);
    assert_eq!(
        line(&mut w),
        "connect(3, {AF_INET, 192.0.2.1:80}, 16) = -1 EINPROGRESS (26)"
    );
    let (channel, _) = w.one();
    w.opened(channel, endpoint("10.0.0.1:40000"), endpoint("192.0.2.1:80"));
    w.put(LENGTH, &4i32.to_le_bytes());
    assert_eq!(call!(w.sys_getsockopt(0; fd, 1, 4, VALUE, LENGTH, 0)), Answer::Done(0));
    assert_eq!(line(&mut w), "getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4]) = 0");
    w.put(LENGTH, &128i32.to_le_bytes());
    assert_eq!(
        call!(w.sys_getsockname(0; fd, ADDRESS, LENGTH, 0, 0, 0)),
        Answer::Done(0)
    );
    assert_eq!(line(&mut w), "getsockname(3, {AF_INET, 10.0.0.1:40000}, [16]) = 0");
    w.put(DATA, b"GET / HTTP/1.1\r\n");
    assert_eq!(call!(w.sys_sendto(0; fd, DATA, 16, 0x4000, 0, 0)), Answer::Done(16));
    assert_eq!(
        line(&mut w),
        r#"sendto(3, "GET / HTTP/1.1\r\n", 16, MSG_NOSIGNAL, NULL, 0) = 16"#
    );
    call!(w.sys_recvfrom(0; fd, DATA, 4096, 0x42, 0, 0)).fails(Errno::AGAIN);
    assert_eq!(
        line(&mut w),
        "recvfrom(3, 0x100000, 4096, MSG_PEEK|MSG_DONTWAIT, NULL, NULL) = -1 EAGAIN (6)"
    );
    w.arrive(channel, b"\x001 \"two\"\\\xff\t and what strace leaves out");
    assert_eq!(call!(w.sys_recvfrom(0; fd, DATA, 4096, 0, 0, 0)), Answer::Done(38));
    assert_eq!(
        line(&mut w),
        r#"recvfrom(3, "\0001 \"two\"\\\377\t and what strace leav"..., 4096, 0, NULL, NULL) = 38"#
    );
    assert_eq!(call!(w.sys_shutdown(0; fd, 1, 0, 0, 0, 0)), Answer::Done(0));
    assert_eq!(line(&mut w), "shutdown(3, SHUT_WR) = 0");
    assert_eq!(call!(w.wasi_fd_close(0; fd)), Answer::Done(0));
    assert_eq!(line(&mut w), "close(3) = 0");
    call!(w.sys_getpeername(0; fd, ADDRESS, LENGTH, 0, 0, 0)).fails(Errno::BADF);
    assert_eq!(line(&mut w), "getpeername(3, 0x100, 0x200) = -1 EBADF (8)");
}

#[test]
fn a_call_that_waits_has_one_line_when_it_ends() {
    let mut w = traced(1);
    let (fd, channel) = w.connected(0);
    let ticket = call!(w.sys_recvfrom(0; fd, DATA, 100, 0, 0, 0)).ticket();
    assert!(lines(&mut w).is_empty());
    w.host().time += 12.34;
    w.arrive(channel, b"late");
    assert_eq!(call!(w.sys_recvfrom(ticket; fd, DATA, 100, 0, 0, 0)), Answer::Done(4));
    assert_eq!(
        line(&mut w),
        r#"recvfrom(3, "late", 100, 0, NULL, NULL) = 4 <waited 12.3 ms>"#
    );
    // Where the stack cannot suspend, the end is an abandonment.
    let ticket = call!(w.sys_recvfrom(0; fd, DATA, 100, 0, 0, 0)).ticket();
    Answer::of(w.traced_abandon(ticket)).fails(Errno::AGAIN);
    assert_eq!(
        line(&mut w),
        "recvfrom(3, 0x100000, 100, 0, NULL, NULL) = -1 EAGAIN (6) <waited 0.0 ms>"
    );
}

#[test]
fn arguments_are_told_as_they_were_when_the_call_began() {
    let mut w = traced(1);
    let (fd, channel) = w.connected(0);
    w.put(TABLE, &[1 << fd, 0, 0, 0]);
    w.put(VALUE, &[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let ticket = call!(w.sys_newselect(0; fd + 1, TABLE, 0, 0, VALUE)).ticket();
    w.put(TABLE, &[0xff, 0, 0, 0]);
    w.arrive(channel, b"x");
    assert_eq!(
        call!(w.sys_newselect(ticket; fd + 1, TABLE, 0, 0, VALUE)),
        Answer::Done(1)
    );
    assert_eq!(
        line(&mut w),
        "select(4, [3], NULL, NULL, {tv_sec=1, tv_usec=0}) = 1 (in [3]) <waited 0.0 ms>"
    );
}

#[test]
fn times_are_since_the_trace_began() {
    let mut w = world();
    w.host().time = 5000.0;
    w.configure(setting::TRACE, 2);
    w.host().time = 6002.5;
    call!(w.sys_socket(0; 99, 1, 0, 0, 0, 0)).fails(Errno::AFNOSUPPORT);
    assert_eq!(
        line(&mut w),
        "1.002500 socket(AF_99, SOCK_STREAM, IPPROTO_IP) = -1 EAFNOSUPPORT (5)"
    );
}

#[test]
fn tables_of_descriptors() {
    let mut w = traced(1);
    let (fd, _) = w.connected(0);
    for (place, (fd, events)) in [(fd as i32, 5u16), (-1, 1), (99, 0x2041)].into_iter().enumerate() {
        w.put(TABLE + 8 * place as u64, &fd.to_le_bytes());
        w.put(TABLE + 8 * place as u64 + 4, &events.to_le_bytes());
    }
    assert_eq!(call!(w.sys_poll(0; TABLE, 3, MINUS)), Answer::Done(2));
    assert_eq!(
        line(&mut w),
        "poll([{fd=3, events=POLLIN|POLLOUT}, {fd=-1, events=POLLIN}, \
         {fd=99, events=POLLIN|POLLRDNORM|POLLRDHUP}], 3, -1) = 2 \
         ([{fd=3, revents=POLLOUT}, {fd=99, revents=POLLNVAL}])"
    );
    w.put(TABLE + 4, &1u16.to_le_bytes());
    let mut answer = call!(w.sys_poll(0; TABLE, 1, 0));
    if let Answer::Wait(ticket) = answer {
        answer = call!(w.sys_poll(ticket; TABLE, 1, 0));
    }
    assert_eq!(answer, Answer::Done(0));
    let told = line(&mut w);
    assert!(
        told.starts_with("poll([{fd=3, events=POLLIN}], 1, 0) = 0 (Timeout)"),
        "{told}"
    );
}

#[test]
fn several_buffers_and_messages() {
    let mut w = traced(1);
    let (fd, channel) = w.bound(0);
    let words = |words: &[u64]| {
        words
            .iter()
            .flat_map(|&word| (word as u32).to_le_bytes())
            .collect::<Vec<_>>()
    };
    w.put(DATA, b"hello, world");
    w.put(TABLE, &words(&[DATA, 5, DATA + 5, 7]));
    let (at, length) = w.put_address("127.0.0.1:9");
    w.put(TEXT, &words(&[at, length, TABLE, 2, 0, 0, 0]));
    assert_eq!(call!(w.sys_sendmsg(0; fd, TEXT, 0, 0, 0, 0)), Answer::Done(12));
    assert_eq!(
        line(&mut w),
        r#"sendmsg(3, {msg_name={AF_INET, 127.0.0.1:9}, msg_namelen=16, msg_iov=[{iov_base="hello", iov_len=5}, {iov_base=", world", iov_len=7}], msg_iovlen=2, msg_controllen=0, msg_flags=0}, 0) = 12"#
    );
    w.arrive_datagram(channel, b"abcdefg", endpoint("127.0.0.1:9"));
    w.put(TABLE, &words(&[DATA, 2, DATA + 5, 3]));
    assert_eq!(call!(w.sys_recvmsg(0; fd, TEXT, 0, 0, 0, 0)), Answer::Done(5));
    assert_eq!(
        line(&mut w),
        r#"recvmsg(3, {msg_name={AF_INET, 127.0.0.1:9}, msg_namelen=16, msg_iov=[{iov_base="ab", iov_len=2}, {iov_base="cde", iov_len=3}], msg_iovlen=2, msg_controllen=0, msg_flags=MSG_TRUNC}, 0) = 5"#
    );
    w.arrive_datagram(channel, b"xyz", endpoint("127.0.0.1:9"));
    assert_eq!(call!(w.wasi_fd_read(0; fd, TABLE, 2, RESULT)), Answer::Done(0));
    assert_eq!(
        line(&mut w),
        r#"readv(3, [{iov_base="xy", iov_len=2}, {iov_base="z", iov_len=3}], 2) = 3"#
    );
}

#[test]
fn options_flags_and_names() {
    let mut w = traced(1);
    let fd = w.socket(INET6, STREAM);
    w.put(VALUE, &1i32.to_le_bytes());
    call!(w.sys_setsockopt(0; fd, 1, 2, VALUE, 4, 0)).done();
    assert_eq!(line(&mut w), "setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0");
    w.put(VALUE, &[1, 0, 0, 0, 5, 0, 0, 0]);
    call!(w.sys_setsockopt(0; fd, 1, 13, VALUE, 8, 0)).done();
    assert_eq!(
        line(&mut w),
        "setsockopt(3, SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=5}, 8) = 0"
    );
    call!(w.sys_setsockopt(0; fd, 6, 9999, VALUE, 4, 0)).fails(Errno::NOPROTOOPT);
    assert_eq!(
        line(&mut w),
        "setsockopt(3, SOL_TCP, 9999, [1], 4) = -1 ENOPROTOOPT (50)"
    );
    w.put(VALUE, &0x800i32.to_le_bytes());
    call!(w.sys_fcntl64(0; fd, 4, VALUE)).done();
    call!(w.sys_fcntl64(0; fd, 3, 0)).done();
    w.put(VALUE, &1i32.to_le_bytes());
    call!(w.sys_fcntl64(0; fd, 2, VALUE)).done();
    assert_eq!(
        lines(&mut w),
        [
            "fcntl(3, F_SETFL, O_RDONLY|O_NONBLOCK) = 0",
            "fcntl(3, F_GETFL, 0) = O_RDWR|O_NONBLOCK",
            "fcntl(3, F_SETFD, FD_CLOEXEC) = 0",
        ]
    );
    // A file's call is not ours to tell.
    assert_eq!(call!(w.sys_fcntl64(0; 1, 3, 0)), Answer::NotOurs);
    assert!(lines(&mut w).is_empty());
    w.put(
        ADDRESS,
        b"\x0a\0\x1f\x90\0\0\0\0\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x02\0\0\0",
    );
    call!(w.sys_bind(0; fd, ADDRESS, 3, 0, 0, 0)).fails(Errno::INVAL);
    call!(w.sys_connect(0; fd, MEMORY as u64, 16, 0, 0, 0)).fails(Errno::FAULT);
    w.put(DATA, b"\x01\0/tmp/socket\0");
    call!(w.sys_connect(0; fd, DATA, 16, 0, 0, 0)).fails(Errno::AFNOSUPPORT);
    let told = lines(&mut w);
    assert_eq!(told[0], "bind(3, {AF_INET6}, 3) = -1 EINVAL (28)");
    assert_eq!(told[1], "connect(3, 0x400000, 16) = -1 EFAULT (21)");
    assert_eq!(
        told[2],
        r#"connect(3, {AF_UNIX, "/tmp/socket"}, 16) = -1 EAFNOSUPPORT (5)"#
    );
    let ticket = call!(w.sys_connect(0; fd, ADDRESS, 28, 0, 0, 0)).ticket();
    call!(w.sys_connect(ticket; fd, ADDRESS, 28, 0, 0, 0)).fails(Errno::INPROGRESS);
    assert_eq!(
        line(&mut w),
        "connect(3, {AF_INET6, [fe80::1%2]:8080}, 28) = -1 EINPROGRESS (26)"
    );
}

#[test]
fn names_and_their_errors() {
    let mut w = traced(1);
    w.put(TEXT, b"127.0.0.1\0");
    w.put(SERVICE, b"domain\0");
    w.put(HINTS, &[2i32, 0, 0, 0].map(i32::to_le_bytes).concat());
    assert_eq!(call!(w.getaddrinfo(0; TEXT, SERVICE, HINTS, RESULT)), Answer::Done(0));
    assert_eq!(
        line(&mut w),
        "getaddrinfo(\"127.0.0.1\", \"domain\", {ai_flags=AI_CANONNAME, ai_family=AF_UNSPEC, ai_socktype=0, \
         ai_protocol=IPPROTO_IP}, [{SOCK_STREAM, {AF_INET, 127.0.0.1:53}}, {SOCK_DGRAM, {AF_INET, 127.0.0.1:53}}]) = 0"
    );
    assert_eq!(call!(w.getaddrinfo(0; 0, 0, 0, RESULT)), Answer::Done(-2));
    assert_eq!(line(&mut w), "getaddrinfo(NULL, NULL, NULL, 0xc00) = EAI_NONAME (-2)");
    assert_eq!(call!(w.lookup_name(0; TEXT)), Answer::Done(0x0100_007f));
    assert_eq!(line(&mut w), "_emscripten_lookup_name(\"127.0.0.1\") = 127.0.0.1");
    w.put(TEXT, b"\0");
    assert_eq!(call!(w.gethostbyname(0; TEXT)), Answer::Done(0));
    assert_eq!(line(&mut w), "gethostbyname(\"\") = NULL");
    let (at, length) = w.put_address("[::1]:80");
    assert_eq!(
        call!(w.getnameinfo(0; at, length, DATA, 64, DATA + 64, 64, 0x12)),
        Answer::Done(0)
    );
    assert_eq!(
        line(&mut w),
        r#"getnameinfo({AF_INET6, [::1]:80}, 28, "localhost", 64, "80", 64, NI_NUMERICSERV|NI_DGRAM) = 0"#
    );
}
