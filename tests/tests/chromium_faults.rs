//! What goes wrong in the browser: nothing is lost without a word, each fault has its errno and its line on the console, and the
//! page survives it.

use direct_sockets_tests::app::{App, LIMIT};
use direct_sockets_tests::chromium::{App as Web, Chromium, GRANTED, Place};
use direct_sockets_tests::peer::Peer;
use direct_sockets_tests::peers::Peers;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::thread;

fn retrofitted(program: &str) -> App {
    let app = App::compile("3.1.6", program, &["-O1"]).expect("an app");
    app.retrofit(&[]).expect("retrofitted");
    app
}

fn arguments(what: &str, port: u16) -> [String; 2] {
    [what.to_owned(), port.to_string()]
}

/// What a program says to standard output, and on the console: one line with these words, or nothing.
fn says(web: &Web<'_>, arguments: [String; 2], stdout: &str, console: Option<&str>) {
    let told = match console {
        None => web.run(&arguments, LIMIT),
        Some(words) => web.run_saying(&arguments, words, LIMIT),
    };
    let told = told.expect("a page");
    assert_eq!(told.problems, [""; 0], "{told:?}");
    assert_eq!((told.exit, told.stdout.as_str()), (Some(0), stdout), "{told:?}");
    // Chromium's own words about a feature it does not know are not ours.
    let words = console.unwrap_or("direct sockets:");
    let lines = told.console.iter().filter(|line| line.contains(words));
    assert_eq!(lines.count(), usize::from(console.is_some()), "{told:?}");
}

#[test]
fn faults_of_peers_are_errno_values() {
    let app = retrofitted("faults.c");
    let chromium = Chromium::start().expect("chromium");
    let peers = Peers::start().expect("peers");
    let [_, _, _, reset, silent, refused, ..] = *peers.ports() else {
        panic!("{:?}", peers.ports());
    };
    for place in [Place::Worker, Place::Window] {
        let web = chromium.install(&app.out(), place).expect("installed");
        let says = |what, port, stdout, console| says(&web, arguments(what, port), stdout, console);
        says("connect", refused, "connect: ECONNREFUSED\n", None);
        says("reset", reset, "connect: 0\nsend: 1\nrecv: ECONNRESET\n", None);
        // Nobody reads there, ever.
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a listener");
        let deaf = listener.local_addr().expect("an address").port();
        says("stall", deaf, "connect: 0\nrecv: EAGAIN\nsend: EAGAIN\n", None);
        says("leave", silent, "connect: 0\n", None);
        says("listen", 80, "bind: EACCES\n", Some("DIRECT_SOCKETS_PORT_MAP"));
    }
}

#[test]
fn what_the_app_lacks_is_said_once() {
    let app = retrofitted("faults.c");
    let chromium = Chromium::start().expect("chromium");
    let peers = Peers::start().expect("peers");
    let [echo, ..] = *peers.ports() else { panic!("no peers") };
    for place in [Place::Worker, Place::Window] {
        let denied = chromium.install_with(&app.out(), place, &[], None).expect("installed");
        // A datagram has been taken by the time its socket is refused.
        for (what, stdout) in [("connect", "connect: EACCES\n"), ("udp", "sendto: 1\nrecv: EACCES\n")] {
            says(
                &denied,
                arguments(what, echo),
                stdout,
                Some("may not reach this machine"),
            );
        }
        for policy in ["direct-sockets", "cross-origin-isolated"] {
            let app = chromium
                .install_with(&app.out(), place, GRANTED, Some(policy))
                .expect("installed");
            let words = format!("\"{policy}\"");
            says(&app, arguments("connect", echo), "connect: ENETDOWN\n", Some(&words));
        }
    }
}

#[test]
fn a_peer_is_told_when_the_page_or_its_worker_ends() {
    let app = retrofitted("faults.c");
    let chromium = Chromium::start().expect("chromium");
    for (place, leaves) in [(Place::Worker, true), (Place::Window, true), (Place::Worker, false)] {
        let web = chromium.install(&app.out(), place).expect("installed");
        let peer = Peer::start(|mut stream| stream.read_to_end(&mut Vec::new())).expect("a peer");
        let page = web.open(&arguments("wait", peer.port)).expect("a page");
        let told = page.wrote("waiting\n", LIMIT).expect("a page");
        assert_eq!(told.stdout, "connect: 0\nwaiting\n");
        match leaves {
            true => page.leave().expect("left"),
            false => assert_eq!(page.end_workers().expect("ended"), 1),
        }
        assert_eq!(peer.seen().expect("an end"), 0);
        let told = page.close().expect("closed");
        assert_eq!(told.problems, [""; 0], "{told:?}");
    }
}

/// How often each.
const TIMES: usize = 50;

#[test]
fn what_a_peer_sends_before_it_closes_is_whole_or_told() {
    let sizes = [1, 200, 4096, 65535, 65536, 65537, 200_000, 1 << 20, 4 << 20];
    let app = retrofitted("ends.c");
    let chromium = Chromium::start().expect("chromium");
    for place in [Place::Worker, Place::Window] {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a listener");
        let port = listener.local_addr().expect("an address").port();
        let peer = thread::spawn(move || {
            let bytes: Vec<u8> = (0..4 << 20).map(|at| (at % 251) as u8).collect();
            for size in sizes.iter().flat_map(|size| [*size; TIMES]) {
                let (mut stream, _) = listener.accept().expect("a client");
                stream.set_write_timeout(Some(LIMIT)).expect("a limit");
                // A client that was told of an end it takes for a reset has gone.
                let _ = stream.write_all(&bytes[..size]);
            }
        });
        let mut arguments = vec![port.to_string(), TIMES.to_string()];
        arguments.extend(sizes.iter().map(usize::to_string));
        let web = chromium.install(&app.out(), place).expect("installed");
        let told = web.run(&arguments, 2 * LIMIT).expect("a page");
        println!("{place:?}\n{}", told.stdout);
        assert_eq!((told.exit, told.problems.len()), (Some(0), 0), "{told:?}");
        assert_eq!(told.stdout.lines().count(), sizes.len(), "{told:?}");
        let (mut lost, mut shortened) = (0, 0);
        for line in told.stdout.lines() {
            // SIZE: N whole, N told, N short, N wrong
            let (_, counts) = line.split_once(": ").expect("counts");
            let counts: Vec<usize> = counts
                .split(", ")
                .filter_map(|count| count.split(' ').next()?.parse().ok())
                .collect();
            let [_, told, short, wrong] = counts[..] else {
                panic!("{line}")
            };
            assert_eq!(wrong, 0, "{place:?}: {line}");
            lost += told;
            shortened += short;
        }
        peer.join().expect("the peer");
        let all = TIMES * sizes.len();
        println!(
            "{lost} of {all} were lost to the end that came too early, and told; {shortened} ended short without a word\n",
        );
        // Chromium lets an end overtake bytes now and then, on a busy machine, and nothing tells: see the limits in README.md.
        assert!(shortened * 100 <= all, "{place:?}: {shortened} of {all}");
    }
}
