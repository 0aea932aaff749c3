//! The table of settings: what each is called, what it takes, what it means. Everything else about them is made from it.

use crate::setting::{Bounded, Conflict, Implied, Items, Kind, Setting};

/// All settings, in the order in which they are documented.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "DIRECT_SOCKETS",
        kind: Kind::Bool,
        since: "0.1.0",
        not_yet: &[],
        conflicts: &[
            Conflict {
                with: "PTHREADS",
                flag: Some("-pthread"),
                reason: "threads are not supported yet",
            },
            Conflict {
                with: "USE_PTHREADS",
                flag: Some("-pthread"),
                reason: "threads are not supported yet",
            },
            Conflict {
                with: "WASM",
                flag: Some("-sWASM=0"),
                reason: "the sockets are in the wasm",
            },
            on("PROXY_POSIX_SOCKETS", "its sockets are no imports of the wasm"),
            on("WASMFS", "its sockets are no imports of the wasm"),
            on("NODERAWSOCKETS", "both would be the socket layer"),
            on("MAIN_MODULE", "dynamic linking is not supported yet"),
            on("SIDE_MODULE", "dynamic linking is not supported yet"),
            on("RELOCATABLE", "dynamic linking is not supported yet"),
            on("WASM_WORKERS", "threads are not supported yet"),
            on("SPLIT_MODULE", "the two parts of the wasm are not supported yet"),
            on(
                "WASM_ESM_INTEGRATION",
                "there is no place where the wasm is instantiated",
            ),
        ],
        implies: &[Implied {
            name: "EMIT_SYMBOL_MAP",
            when: "with --closure, until the link is done",
        }],
        doc: "Real TCP and UDP sockets, on Direct Sockets (https://wicg.github.io/direct-sockets/) in an Isolated Web App \
              (https://github.com/WICG/isolated-web-apps), or on Node. Calls that wait need an engine with JSPI \
              (https://github.com/WebAssembly/js-promise-integration), and not the setting of that name. `retrofit` implies this one; \
              `0` is refused there, since nothing would be left to do.",
    },
    Setting {
        name: "DIRECT_SOCKETS_WEBTRANSPORT",
        kind: Kind::Bool,
        since: "0.1.0",
        not_yet: &["1"],
        conflicts: &[],
        implies: &[],
        doc: "Sockets over WebTransport (https://www.w3.org/TR/webtransport/) where there are no Direct Sockets.",
    },
    Setting {
        name: "DIRECT_SOCKETS_BACKEND",
        kind: Kind::Choice {
            default: "auto",
            others: &["direct", "node"],
        },
        since: "0.1.0",
        not_yet: &[],
        conflicts: &[],
        implies: &[],
        doc: "The platform that the sockets run on. `auto` chooses when the program starts: Direct Sockets where they are, Node \
              otherwise. A platform that is not there makes socket calls fail with ENETDOWN and says so once on the console.",
    },
    Setting {
        name: "DIRECT_SOCKETS_DNS",
        kind: Kind::Choice {
            default: "auto",
            others: &["off"],
        },
        since: "0.1.0",
        not_yet: &[],
        conflicts: &[],
        implies: &[],
        doc: "How names become addresses. `auto` asks the platform: Node's resolver, or on Direct Sockets, which have none, a UDP \
              socket that is opened to the name and sends nothing. Where the stack cannot wait, the answer is a placeholder of \
              198.18.0.0/15 that stands for the name. `off` asks nobody: there is no name but `localhost` then \
              (EAI_NONAME), and numbers go on working. It is enforced inside the wasm, as `DIRECT_SOCKETS_ALLOW` is.",
    },
    Setting {
        name: "DIRECT_SOCKETS_PORT_MAP",
        kind: Kind::List(Items::Ports),
        since: "0.1.0",
        not_yet: &[],
        conflicts: &[],
        implies: &[],
        doc: "Ports that the platform is asked for in place of those that the program binds: a list of `PORT:REAL`, `tcp:PORT:REAL` \
              or `udp:PORT:REAL`. The program sees PORT everywhere, and reaches itself there on loopback; rules of \
              `DIRECT_SOCKETS_ALLOW` name PORT too.",
    },
    Setting {
        name: "DIRECT_SOCKETS_ALLOW",
        kind: Kind::List(Items::Rules),
        since: "0.1.0",
        not_yet: &[],
        conflicts: &[],
        implies: &[],
        doc: "What the program may reach, enforced inside the wasm; the rest is EACCES. A list of `connect:HOST:PORTS` (TCP), \
              `udp:HOST:PORTS` (datagrams to, multicast groups to join), `listen:ADDRESS:PORTS`, `udp-listen:ADDRESS:PORTS` and \
              `resolve:NAME`. HOST is `NAME`, `*.NAME`, an address, `ADDRESS/BITS`, `[IPv6]`, `[IPv6/BITS]` or `*`; PORTS a number, \
              `FIRST-LAST` or `*`; port 0 of a listener is one that the platform chooses. The addresses that an allowed NAME has are \
              allowed, unless they are private: those need a rule of their own. `*` allows everything, `none` nothing; `@FILE` has \
              one rule per line.",
    },
    Setting {
        name: "DIRECT_SOCKETS_RCVBUF",
        kind: Kind::Bytes(Bounded::new(64 << 10, 6 << 20, 1 << 30)),
        since: "0.1.0",
        not_yet: &[],
        conflicts: &[],
        implies: &[],
        doc: "Limit of one TCP socket's receive ring. The ring grows on demand up to it; beyond it the host stops reading until the \
              program has read. Linux's default limit is 6 MiB too: `net.ipv4.tcp_rmem` in \
              https://docs.kernel.org/networking/ip-sysctl.html.",
    },
    Setting {
        name: "DIRECT_SOCKETS_SNDBUF",
        kind: Kind::Bytes(Bounded::new(64 << 10, 256 << 10, 1 << 30)),
        since: "0.1.0",
        not_yet: &[],
        conflicts: &[],
        implies: &[],
        doc: "Limit of one TCP socket's send ring. `send` returns when its bytes are in the ring; a full ring is EAGAIN or a wait.",
    },
    Setting {
        name: "DIRECT_SOCKETS_UDP_STRIPES",
        kind: Kind::Level(Bounded::new(1, 16, 32)),
        since: "0.1.0",
        not_yet: &[],
        conflicts: &[],
        implies: &[],
        doc: "Under load, the datagrams that one UDP socket sends are spread over so many sockets of Direct Sockets that share its \
              port, since each takes a round trip between processes. Datagrams to one peer may then overtake each other; `1` keeps \
              them in order.",
    },
    Setting {
        name: "DIRECT_SOCKETS_TRACE",
        kind: Kind::Level(Bounded::new(0, 0, 2)),
        since: "0.1.0",
        not_yet: &[],
        conflicts: &[],
        implies: &[],
        doc: "Writes a line to standard error (a page's console) for each socket call, as strace does; `2` with the time in front. \
              When the program starts, the environment variable `DIRECT_SOCKETS_TRACE` or a page's URL parameter \
              `direct_sockets_trace` overrides it.",
    },
    Setting {
        name: "DIRECT_SOCKETS_PROMISING",
        kind: Kind::List(Items::Exports),
        since: "0.1.0",
        not_yet: &[],
        conflicts: &[],
        implies: &[],
        doc: "Exports beside `main` that become promising, by their names in C: called from JavaScript they return a promise, and \
              may wait. The others stay synchronous, because their callers expect a value; calls in them that would wait answer \
              EAGAIN. `retrofit --promising NAME` is the same.",
    },
];

/// A conflict with a setting that is on.
const fn on(with: &'static str, reason: &'static str) -> Conflict {
    Conflict {
        with,
        flag: None,
        reason,
    }
}
