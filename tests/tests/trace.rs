//! The trace of a program: by setting, by environment variable, with times.

use direct_sockets_tests::app::{App, LIMIT, VERSIONS};
use direct_sockets_tests::peer::Peer;
use direct_sockets_tests::process::{self, End};
use std::io::{Read, Write};

const EXPECTED: &[&str] = &[
    "socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3",
    "fcntl(3, F_SETFL, O_RDONLY|O_NONBLOCK|O_LARGEFILE) = 0",
    "connect(3, {AF_INET, 127.0.0.1:PORT}, 16) = -1 EINPROGRESS (26)",
    "poll([{fd=3, events=POLLOUT}], 1, -1) = 1 ([{fd=3, revents=POLLOUT}]) <waited>",
    "getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4]) = 0",
    "fcntl(3, F_SETFL, O_RDONLY|O_LARGEFILE) = 0",
    r#"sendto(3, "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL, NULL, 0) = 18"#,
    r#"recvfrom(3, "GET / HTTP/1.1\r\n\r\n", 18, MSG_WAITALL, NULL, NULL) = 18 <waited>"#,
    r#"recvfrom(3, "", 64, 0, NULL, NULL) = 0 <waited>"#,
    "close(3) = 0",
    "connect(3, {AF_INET, 127.0.0.1:PORT}, 16) = -1 EBADF (8)",
];

/// The lines of a run with this in the environment, without what depends on time and chance.
fn lines(app: &App, variable: Option<&str>) -> Vec<String> {
    let peer = Peer::start(|mut stream| {
        let mut request = [0; 18];
        stream.read_exact(&mut request)?;
        stream.write_all(&request)
    });
    let peer = peer.expect("a peer");
    let port = peer.port.to_string();
    let mut command = app.node().expect("node");
    if let Some(level) = variable {
        command.env("DIRECT_SOCKETS_TRACE", level);
    }
    let outcome = process::run(command.arg(app.out()).arg(&port), LIMIT).expect("node runs");
    assert_eq!(outcome.end, End::Exit(0), "{}{}", outcome.output(), outcome.errors());
    peer.seen().expect("served");
    let lines = outcome.errors();
    let lines = lines.lines().map(|line| {
        // The answer may be there already, on a machine that is busy.
        let line = line.split(" <waited ").next().unwrap_or(line);
        line.replace(&format!(":{port}}}"), ":PORT}")
    });
    lines.collect()
}

fn expected() -> Vec<String> {
    EXPECTED
        .iter()
        .map(|line| line.trim_end_matches(" <waited>").into())
        .collect()
}

#[test]
fn lines_are_as_strace_writes_them() {
    for version in VERSIONS {
        let app = App::compile(version, "traced.c", &["-O2"]).expect("an app");
        app.retrofit(&[]).expect("retrofitted");
        assert_eq!(lines(&app, Some("1")), expected(), "{version}");
        assert!(lines(&app, None).is_empty(), "{version}: nothing unless asked for");
        let timed = lines(&app, Some("2"));
        let (times, rest): (Vec<_>, Vec<_>) = timed.iter().filter_map(|line| line.split_once(' ')).unzip();
        assert_eq!(rest, expected(), "{version}");
        let times: Vec<f64> = times.into_iter().map(|time| time.parse().expect("seconds")).collect();
        assert!(times.is_sorted(), "{times:?}");
    }
}

#[test]
fn the_environment_overrides_the_setting() {
    let app = App::compile("3.1.6", "traced.c", &["-O3"]).expect("an app");
    app.retrofit(&["-s", "DIRECT_SOCKETS_TRACE"]).expect("retrofitted");
    assert_eq!(lines(&app, None), expected());
    assert!(lines(&app, Some("0")).is_empty());
}
