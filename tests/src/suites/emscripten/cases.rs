//! The tests of the suite: a table. A new one is a line there.

/// A test of the suite, as its `test_sockets.py` and `test_other.py` describe it.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) source: &'static str,
    pub(super) flags: &'static [&'static str],
    pub(super) peer: With,
    pub(super) success: Success,
}

/// Whom a test talks to.
#[derive(Clone, Copy)]
pub(super) enum With {
    /// Nobody, or itself.
    Itself,
    /// A TCP server that echoes once, on a port that is its argument.
    Echo,
    /// The same, and a port for itself as its second argument.
    EchoAndPort,
    /// The same, on the port that the source names.
    EchoOn(u16),
    /// A TCP server that never reads, on a port that is its argument.
    Sink,
    /// A program of the suite, on the port that both are compiled with.
    Program(&'static Server),
}

pub(super) struct Server {
    pub(super) source: &'static str,
    pub(super) flags: &'static [&'static str],
    /// The table of the system in which its port shows when it is ready; none for one that stays away.
    pub(super) ready: Option<Transport>,
}

#[derive(Clone, Copy)]
pub(super) enum Transport {
    Tcp,
    Udp,
}

/// What a test asks of itself.
#[derive(Clone, Copy)]
pub(super) enum Success {
    /// To end with this code.
    Exit(i32),
    /// To end with code 0 and to print this.
    Prints(&'static str),
    /// To end with another code than 0 and to print this.
    FailsWith(&'static str),
}

const ECHO: &str = "test_sockets_echo_server.c";
const ECHO_CLIENT: &str = "test_sockets_echo_client.c";
const DONE: Success = Success::Prints("done\n");

/// The exit of this one, out of a main loop that goes on, tells a browser's page and ends nothing in node.
pub(super) const EXITS_FROM_ITS_LOOP: &str = "test_enet_client.c";

const ENET: &[&str] = &[
    "-Ienet/include",
    "-DHAS_FCNTL",
    "-DHAS_POLL",
    "-DHAS_INET_PTON",
    "-DHAS_INET_NTOP",
    "-DHAS_SOCKLEN_T",
    "-DHAS_MSGHDR_FLAGS",
    "enet/callbacks.c",
    "enet/compress.c",
    "enet/host.c",
    "enet/list.c",
    "enet/packet.c",
    "enet/peer.c",
    "enet/protocol.c",
    "enet/unix.c",
];

const fn server(source: &'static str, flags: &'static [&'static str], ready: Transport) -> Server {
    Server {
        source,
        flags,
        ready: Some(ready),
    }
}

const ECHO_TCP: Server = server(ECHO, &["-DTEST_DGRAM=0"], Transport::Tcp);
const ECHO_UDP: Server = server(ECHO, &["-DTEST_DGRAM=1"], Transport::Udp);
const ECHO_ADDRESS: Server = server(ECHO, &["-DTEST_DGRAM=0", "-DTEST_ACCEPT_ADDR=1"], Transport::Tcp);
const ASYNC_TCP: Server = server(ECHO, &["-DTEST_DGRAM=0", "-DTEST_ASYNC=1"], Transport::Tcp);
const ASYNC_UDP: Server = server(ECHO, &["-DTEST_DGRAM=1", "-DTEST_ASYNC=1"], Transport::Udp);
const CLOSES: Server = server(ECHO, &["-DCLOSE_CLIENT_AFTER_ECHO"], Transport::Tcp);
const PARTIAL: Server = server("test_sockets_partial_server.c", &[], Transport::Tcp);
const ENET_SERVER: Server = server("test_enet_server.c", ENET, Transport::Udp);
const DOWN: Server = Server {
    source: "test_sockets_select_server_down_server.c",
    flags: &[],
    ready: None,
};

const fn case(
    name: &'static str,
    source: &'static str,
    flags: &'static [&'static str],
    peer: With,
    success: Success,
) -> Case {
    Case {
        name,
        source,
        flags,
        peer,
        success,
    }
}

/// A test that is one program and ends with `done`.
const fn alone(name: &'static str, source: &'static str) -> Case {
    case(name, source, &[], With::Itself, DONE)
}

/// All tests. What the suite does a second time only to go through another of its own transports (a WebSocket proxy, or
/// node's sockets with `-sNODERAWSOCKETS`) is here once.
pub(super) const CASES: &[Case] = &[
    case(
        "sockets_echo_tcp",
        ECHO_CLIENT,
        &["-DTEST_DGRAM=0"],
        With::Program(&ECHO_TCP),
        Success::Exit(0),
    ),
    case(
        "sockets_echo_udp",
        ECHO_CLIENT,
        &["-DTEST_DGRAM=1"],
        With::Program(&ECHO_UDP),
        Success::Exit(0),
    ),
    case(
        "sockets_echo_accept_addr",
        ECHO_CLIENT,
        &["-DTEST_DGRAM=0"],
        With::Program(&ECHO_ADDRESS),
        Success::Exit(0),
    ),
    case(
        "sockets_async_echo_tcp",
        ECHO_CLIENT,
        &["-DTEST_DGRAM=0", "-DTEST_ASYNC=1"],
        With::Program(&ASYNC_TCP),
        Success::Exit(0),
    ),
    case(
        "sockets_async_echo_udp",
        ECHO_CLIENT,
        &["-DTEST_DGRAM=1", "-DTEST_ASYNC=1"],
        With::Program(&ASYNC_UDP),
        Success::Exit(0),
    ),
    case(
        "sockets_async_bad_port",
        ECHO_CLIENT,
        &["-DTEST_ASYNC=1"],
        With::Itself,
        Success::Exit(0),
    ),
    case(
        "sockets_partial",
        "test_sockets_partial_client.c",
        &[],
        With::Program(&PARTIAL),
        Success::Exit(165),
    ),
    case(
        "sockets_select_server_down",
        "test_sockets_select_server_down_client.c",
        &[],
        With::Program(&DOWN),
        Success::Exit(0),
    ),
    case(
        "sockets_select_server_closes_connection_rw",
        "test_sockets_select_server_closes_connection_client_rw.c",
        &[],
        With::Program(&CLOSES),
        Success::Exit(0),
    ),
    case(
        "enet",
        "test_enet_client.c",
        ENET,
        With::Program(&ENET_SERVER),
        Success::Exit(0),
    ),
    case(
        "nodejs_sockets_echo",
        ECHO_CLIENT,
        &[],
        With::Program(&ECHO_TCP),
        Success::Prints("do_msg_read: read 14 bytes"),
    ),
    case(
        "nodejs_sockets_connect_failure",
        ECHO_CLIENT,
        &[],
        With::Itself,
        Success::FailsWith("connect failed: Connection refused"),
    ),
    case(
        "sockets_send_while_connecting",
        "test_sockets_send_while_connecting.c",
        &[
            "-include",
            "emscripten.h",
            "-DREPORT_RESULT(code)=emscripten_force_exit(code)",
        ],
        With::EchoOn(8089),
        Success::Prints("Got hello, test finished.\n"),
    ),
    case("noderawsockets_echo", "test_tcp_echo.c", &[], With::Echo, DONE),
    case(
        "noderawsockets_client_bind",
        "test_tcp_client_bind.c",
        &[],
        With::EchoAndPort,
        DONE,
    ),
    case(
        "noderawsockets_client_semantics",
        "test_tcp_client_semantics.c",
        &[],
        With::Echo,
        DONE,
    ),
    case(
        "noderawsockets_backpressure",
        "test_tcp_backpressure.c",
        &[],
        With::Sink,
        DONE,
    ),
    alone("noderawsockets_refused", "test_tcp_refused.c"),
    alone("noderawsockets_server", "test_tcp_server.c"),
    case(
        "noderawsockets_server_autobind",
        "test_tcp_server.c",
        &["-DNO_EXPLICIT_BIND"],
        With::Itself,
        DONE,
    ),
    alone("noderawsockets_peek", "test_tcp_peek.c"),
    alone("noderawsockets_tcp_ipv6", "test_tcp_ipv6.c"),
    alone("noderawsockets_udp_ipv6", "test_udp_ipv6.c"),
    alone("noderawsockets_udp", "test_udp_echo.c"),
    alone("noderawsockets_udp_recvmsg", "test_udp_recvmsg.c"),
    alone("noderawsockets_mmsg", "test_udp_mmsg.c"),
    alone("noderawsockets_udp_connect", "test_udp_connect.c"),
    alone("noderawsockets_udp_sockopts", "test_udp_sockopts.c"),
    alone("noderawsockets_socket_options", "test_socket_options.c"),
    alone("create_socket", "test_create_socket.c"),
    alone("getsockname_addrlen", "test_getsockname_addrlen.c"),
    alone("sin_zero", "test_sin_zero.c"),
    alone("getprotobyname", "test_getprotobyname.c"),
    alone("getaddrinfo", "test_getaddrinfo.c"),
    alone("getnameinfo", "test_getnameinfo.c"),
    alone("gethostbyname", "test_gethostbyname.c"),
];
