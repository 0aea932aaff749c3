//! The modules of `host/`, each after those whose declarations it uses when it is evaluated.

/// File name and text.
pub(super) const SOURCES: &[(&str, &str)] = &[
    ("interface.js", include_str!("../../host/interface.js")),
    ("backends/none.js", include_str!("../../host/backends/none.js")),
    ("backends/node-tcp.js", include_str!("../../host/backends/node-tcp.js")),
    ("backends/node-udp.js", include_str!("../../host/backends/node-udp.js")),
    ("backends/node.js", include_str!("../../host/backends/node.js")),
    (
        "backends/direct-access.js",
        include_str!("../../host/backends/direct-access.js"),
    ),
    (
        "backends/direct-errors.js",
        include_str!("../../host/backends/direct-errors.js"),
    ),
    (
        "backends/direct-writes.js",
        include_str!("../../host/backends/direct-writes.js"),
    ),
    (
        "backends/direct-tcp.js",
        include_str!("../../host/backends/direct-tcp.js"),
    ),
    (
        "backends/direct-udp.js",
        include_str!("../../host/backends/direct-udp.js"),
    ),
    ("backends/direct.js", include_str!("../../host/backends/direct.js")),
    ("stacks.js", include_str!("../../host/stacks.js")),
    ("tickets.js", include_str!("../../host/tickets.js")),
    ("kinds.js", include_str!("../../host/kinds.js")),
    ("sockets.js", include_str!("../../host/sockets.js")),
    ("callbacks.js", include_str!("../../host/callbacks.js")),
    ("trace.js", include_str!("../../host/trace.js")),
    ("bridge.js", include_str!("../../host/bridge.js")),
    ("adapter.js", include_str!("adapter.js")),
];
