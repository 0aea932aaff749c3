//! The table of settings: what each is called, what it takes, what it means.

/// What a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 0 or 1.
    Bool,
    /// A number of bytes, with emcc's suffixes (`64KB`, `6MB`), in a range.
    Bytes {
        /// The least value.
        min: u32,
        /// The greatest value.
        max: u32,
    },
    /// A number from 0 to this one; 1 if it is not said.
    Level(u32),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A list, as emcc writes them.
    List(Items),
}

/// What a list is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Items {
    /// Rules of what may be reached ([`direct_sockets_runtime::policy::Rule`]), or the word `*` or `none` alone.
    Rules,
    /// Pairs of ports ([`direct_sockets_runtime::policy::PortMap`]); there may be none.
    Ports,
}

/// One setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name, without `-s`.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Its default, spelled as a user would.
    pub default: &'static str,
    /// One paragraph of documentation.
    pub doc: &'static str,
}

/// All settings, in the order in which they are documented.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "DIRECT_SOCKETS",
        kind: Kind::Bool,
        default: "1",
        doc: "Real TCP and UDP sockets, on Direct Sockets (https://wicg.github.io/direct-sockets/) or Node. \
              `retrofit` implies it; 0 is refused there, since nothing would be left to do.",
    },
    Setting {
        name: "DIRECT_SOCKETS_BACKEND",
        kind: Kind::Choice(&["auto", "direct", "node"]),
        default: "auto",
        doc: "The platform that the sockets run on. `auto` chooses when the program starts: Direct Sockets where \
              they are, Node otherwise. A platform that is not there makes socket calls fail with ENETDOWN and says so once on the console.",
    },
    Setting {
        name: "DIRECT_SOCKETS_RCVBUF",
        kind: Kind::Bytes {
            min: 65536,
            max: 1 << 30,
        },
        default: "6MB",
        doc: "Limit of one TCP socket's receive ring. The ring grows on demand up to it; beyond it the host \
              stops reading until the program has read. Linux's default limit (net.ipv4.tcp_rmem) is 6 MiB.",
    },
    Setting {
        name: "DIRECT_SOCKETS_SNDBUF",
        kind: Kind::Bytes {
            min: 65536,
            max: 1 << 30,
        },
        default: "256KB",
        doc: "Limit of one TCP socket's send ring. `send` returns when its bytes are in the ring; a full ring \
              is EAGAIN or a wait.",
    },
    Setting {
        name: "DIRECT_SOCKETS_UDP_STRIPES",
        kind: Kind::Level(8),
        default: "4",
        doc: "Under load, the datagrams that one UDP socket sends are spread over so many sockets of Direct Sockets that share \
              its port, since each takes a round trip between processes. Datagrams to one peer may then overtake each other; \
              1 keeps them in order.",
    },
    Setting {
        name: "DIRECT_SOCKETS_ALLOW",
        kind: Kind::List(Items::Rules),
        default: "*",
        doc: "What the program may reach, enforced inside the wasm; the rest is EACCES. A list of connect:HOST:PORTS (TCP), \
              udp:HOST:PORTS (datagrams to, multicast groups to join), listen:ADDRESS:PORTS, udp-listen:ADDRESS:PORTS and \
              resolve:NAME. HOST is NAME, *.NAME, an address, ADDRESS/BITS, [IPv6], [IPv6/BITS] or *; PORTS a number, FIRST-LAST or *; \
              port 0 of a listener is one that the platform chooses. The addresses that an allowed NAME has are allowed, unless they \
              are private: those need a rule of their own. `*` allows everything, `none` nothing; @FILE has one rule per line.",
    },
    Setting {
        name: "DIRECT_SOCKETS_PORT_MAP",
        kind: Kind::List(Items::Ports),
        default: "",
        doc: "Ports that the platform is asked for in place of those that the program binds: a list of PORT:REAL, tcp:PORT:REAL or \
              udp:PORT:REAL. The program sees PORT everywhere, and reaches itself there on loopback; rules of DIRECT_SOCKETS_ALLOW \
              name PORT too.",
    },
    Setting {
        name: "DIRECT_SOCKETS_TRACE",
        kind: Kind::Level(2),
        default: "0",
        doc: "Writes a line to standard error (a page's console) for each socket call, as strace does; 2 with the time in \
              front. When the program starts, the environment variable DIRECT_SOCKETS_TRACE or a page's URL parameter \
              `direct_sockets_trace` overrides it.",
    },
];

impl Setting {
    /// The setting of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Setting> {
        SETTINGS.iter().find(|setting| setting.name == name)
    }
}
