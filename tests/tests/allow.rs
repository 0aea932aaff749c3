//! What a retrofitted program may reach (`DIRECT_SOCKETS_ALLOW`), and its ports (`DIRECT_SOCKETS_PORT_MAP`), with real sockets.

use direct_sockets_tests::app::{App, LIMIT, VERSIONS};
use direct_sockets_tests::process::{self, End, Outcome};
use direct_sockets_tests::retrofit;
use std::ffi::OsStr;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};

/// From -O2 on 3.1.6 folds its stub of `setsockopt`.
const FLAGS: &[&str] = &["-O1"];

/// Has node resolve what ends in `.test` as here, and nothing else than that differently.
const RESOLVER: &str = "data:text/javascript,import dns from 'node:dns';\
    const real = dns.lookup; const known = {'a.inside.test': '127.0.0.1', 'b.inside.test': '127.0.0.1'};\
    dns.lookup = (name, options, done) => known[name] ? queueMicrotask(() => done(null, [{address: known[name], family: 4}]))\
    : real(name, options, done);";

fn retrofitted(app: &App, settings: &[&str]) {
    let arguments: Vec<&str> = settings.iter().flat_map(|setting| ["-s", setting]).collect();
    app.retrofit(&arguments).expect("retrofitted");
}

/// Runs it with these questions: one line, three words each.
fn run(app: &App, questions: &str) -> Outcome {
    let mut command = app.node().expect("node");
    command
        .args(["--import", RESOLVER])
        .arg(app.out())
        .args(questions.split_whitespace());
    let outcome = process::run(&mut command, LIMIT).expect("node runs");
    assert_eq!(outcome.end, End::Exit(0), "{}{}", outcome.output(), outcome.errors());
    outcome
}

#[track_caller]
fn assert_answers(app: &App, questions_and_answers: &[(String, &str)]) -> Outcome {
    let questions: Vec<&str> = questions_and_answers
        .iter()
        .map(|(question, _)| question.as_str())
        .collect();
    let outcome = run(app, &questions.join(" "));
    let output = outcome.output();
    let got: Vec<_> = output.lines().collect();
    let expected = questions_and_answers.iter().map(|(question, answer)| {
        let words: Vec<_> = question.split(' ').collect();
        format!("{} {}: {answer}", words[0], words[1])
    });
    assert_eq!(got, expected.collect::<Vec<_>>(), "{}", outcome.errors());
    outcome
}

/// A port of TCP where somebody listens, and one where nobody does.
fn server() -> (TcpListener, u16) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a listener");
    let port = listener.local_addr().expect("an address").port();
    (listener, port)
}

#[test]
fn addresses_and_ports() {
    for version in VERSIONS {
        let app = App::compile(version, "reach.c", FLAGS).expect("an app");
        let (_server, port) = server();
        let (_other, other) = server();
        let rules = format!("DIRECT_SOCKETS_ALLOW=connect:127.0.0.1:{port},udp:127.0.0.0/8:{port}");
        retrofitted(&app, &[&rules]);
        let outcome = assert_answers(
            &app,
            &[
                (format!("connect 127.0.0.1 {port}"), "done"),
                (format!("connect 0.0.0.0 {port}"), "done"),
                (format!("connect ::ffff:127.0.0.1 {port}"), "done"),
                (format!("connect 127.0.0.1 {other}"), "EACCES"),
                (format!("connect 0.0.0.0 {other}"), "EACCES"),
                (format!("connect ::ffff:127.0.0.1 {other}"), "EACCES"),
                (format!("connect ::ffff:0.0.0.0 {other}"), "EACCES"),
                (format!("connect :: {port}"), "EACCES"),
                (format!("connect ::1 {port}"), "EACCES"),
                (format!("send 127.0.0.2 {port}"), "done"),
                (format!("send 127.0.0.1 {other}"), "EACCES"),
                (format!("send ::ffff:127.0.0.1 {other}"), "EACCES"),
                ("listen 127.0.0.1 40999".into(), "EACCES"),
                ("receive 127.0.0.1 40999".into(), "EACCES"),
                ("receive 127.0.0.1 0".into(), "done"),
                ("join 239.1.2.3 -".into(), "EACCES"),
                ("local - -".into(), "done"),
            ],
        );
        let said = format!(
            "direct sockets: DIRECT_SOCKETS_ALLOW does not allow connect:127.0.0.1:{other} (EACCES; said once)"
        );
        assert_eq!(outcome.errors().trim_end(), said);
    }
}

#[test]
fn names() {
    let app = App::compile("3.1.6", "reach.c", FLAGS).expect("an app");
    let (_server, port) = server();
    let (_other, other) = server();
    let by_name = |app: &App, answers: [&str; 4]| {
        let questions = [
            format!("name localhost {port}"),
            format!("name a.inside.test {port}"),
            format!("name b.inside.test {port}"),
            format!("name a.inside.test {other}"),
        ];
        let all: Vec<_> = questions.into_iter().zip(answers).collect();
        assert_answers(app, &all);
    };
    retrofitted(&app, &[&format!("DIRECT_SOCKETS_ALLOW=connect:localhost:{port}")]);
    by_name(&app, ["done", "EAI_FAIL", "EAI_FAIL", "EAI_FAIL"]);
    // What is allowed by its name points into the user's own machine: that needs a rule of its own.
    retrofitted(&app, &[&format!("DIRECT_SOCKETS_ALLOW=connect:*.inside.test:{port}")]);
    by_name(&app, ["EACCES", "EACCES", "EACCES", "EACCES"]);
    retrofitted(
        &app,
        &[&format!(
            "DIRECT_SOCKETS_ALLOW=resolve:a.inside.test,connect:127.0.0.1:{port}"
        )],
    );
    by_name(&app, ["done", "done", "EAI_FAIL", "EACCES"]);
    retrofitted(&app, &["DIRECT_SOCKETS_ALLOW=none"]);
    by_name(&app, ["EACCES", "EAI_FAIL", "EAI_FAIL", "EAI_FAIL"]);
}

#[test]
fn nobody_is_asked_for_names() {
    for version in VERSIONS {
        let app = App::compile(version, "reach.c", FLAGS).expect("an app");
        let (_server, port) = server();
        let questions = [
            format!("name a.inside.test {port}"),
            format!("name localhost {port}"),
            format!("name 127.0.0.1 {port}"),
            format!("connect 127.0.0.1 {port}"),
        ];
        for (settings, first) in [(&[][..], "done"), (&["DIRECT_SOCKETS_DNS=off"], "EAI_NONAME")] {
            retrofitted(&app, settings);
            let answers = [first, "done", "done", "done"];
            let all: Vec<_> = questions.iter().cloned().zip(answers).collect();
            assert_eq!(assert_answers(&app, &all).errors(), "", "{version}");
        }
    }
}

#[test]
fn listeners_and_groups() {
    let app = App::compile("3.1.6", "reach.c", FLAGS).expect("an app");
    retrofitted(
        &app,
        &["DIRECT_SOCKETS_ALLOW=listen:127.0.0.1:0,udp-listen:127.0.0.0/8:0,udp:239.1.2.0/24:*"],
    );
    assert_answers(
        &app,
        &[
            ("listen 127.0.0.1 0".into(), "done"),
            ("listen 127.0.0.2 0".into(), "EACCES"),
            ("listen 0.0.0.0 0".into(), "EACCES"),
            ("listen :: 0".into(), "EACCES"),
            ("listen 127.0.0.1 40998".into(), "EACCES"),
            ("receive 127.0.0.1 0".into(), "done"),
            ("receive 127.0.0.1 40998".into(), "EACCES"),
            ("join 239.1.2.3 -".into(), "done"),
            ("join 239.1.3.3 -".into(), "EACCES"),
        ],
    );
}

/// Two ports that nobody has at this moment, of TCP and of UDP.
fn free_ports() -> (u16, u16) {
    let (_server, tcp) = server();
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
    (tcp, socket.local_addr().expect("an address").port())
}

const WITH_ITSELF: &str = "bind: done\nbound to 80\nlisten: done\nconnect: done\naccepted at 80\nconnected to 80\nheard t\n\
     bind: done\nbound to 53\nsendto: done\nheard u\nanswer: done\nheard v from 53\nconnect: done\nsend: done\nheard x\n";

#[test]
fn mapped_ports_are_seen_as_named() {
    for version in VERSIONS {
        let app = App::compile(version, "reach.c", FLAGS).expect("an app");
        let (tcp, udp) = free_ports();
        let ports = format!("DIRECT_SOCKETS_PORT_MAP=tcp:80:{tcp},udp:53:{udp}");
        retrofitted(&app, &[&ports]);
        assert_eq!(run(&app, "self 80 53").output(), WITH_ITSELF, "{version}");
        // Rules are about the ports that the program names; whoever has asked it may be answered.
        let rules = "DIRECT_SOCKETS_ALLOW=listen:127.0.0.1:80,connect:127.0.0.1:80,udp-listen:*:53,udp:127.0.0.1:53";
        retrofitted(&app, &[&ports, rules]);
        assert_eq!(run(&app, "self 80 53").output(), WITH_ITSELF, "{version}");
        let real = format!("DIRECT_SOCKETS_ALLOW=listen:127.0.0.1:{tcp},connect:127.0.0.1:{tcp}");
        retrofitted(&app, &[&ports, &real]);
        assert_answers(&app, &[("listen 127.0.0.1 80".into(), "EACCES")]);
    }
}

#[test]
fn limits_are_recorded_shown_and_kept() {
    let app = App::compile("3.1.6", "reach.c", FLAGS).expect("an app");
    retrofitted(
        &app,
        &["DIRECT_SOCKETS_ALLOW=connect:*.example.org:443,listen:[::1]:40080"],
    );
    let inspect = |app: &App| {
        let arguments = [OsStr::new("inspect"), app.out().as_os_str()].map(OsStr::to_owned);
        retrofit::run(&arguments).expect("it runs").output()
    };
    let shown = inspect(&app);
    assert!(
        shown.contains("  may reach   connect:*.example.org:443\n              listen:[::1]:40080\n"),
        "{shown}"
    );
    // Another setting changes nothing about them.
    let out = app.out();
    let more = ["--upgrade", "-s", "DIRECT_SOCKETS_TRACE"].map(OsStr::new);
    let outcome = retrofit::retrofit(&out, &out, &more).expect("it runs");
    assert_eq!(outcome.end, End::Exit(0), "{}", outcome.errors());
    assert!(inspect(&app).contains("may reach   connect:*.example.org:443\n"));
    assert_answers(&app, &[("connect 127.0.0.1 9".into(), "EACCES")]);
    retrofitted(&app, &[]);
    assert!(inspect(&app).contains("may reach   everything\n"));
}
