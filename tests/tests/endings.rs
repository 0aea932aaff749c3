//! The process ends when the program ends; what the program has sent arrives all the same.

use direct_sockets_tests::app::{App, VERSIONS};
use direct_sockets_tests::peer::Peer;
use direct_sockets_tests::peers::Peers;
use direct_sockets_tests::process::End;
use socket2::SockRef;
use std::io::{self, Read};
use std::thread;
use std::time::Duration;

/// The flags that programs of this file are built with: with an end of the runtime after main, and without.
const FLAGS: &[&[&str]] = &[
    &["-O2", "-sTOTAL_MEMORY=32MB"],
    &["-O2", "-sTOTAL_MEMORY=32MB", "-sEXIT_RUNTIME"],
];

/// Runs the retrofitted program: it says in which way it ends, its last argument, and does so with this code.
fn assert_ends(app: &App, arguments: &[String], code: i32, what: &str) {
    let outcome = app.run(&app.out(), arguments).expect("node runs");
    assert_eq!(outcome.end, End::Exit(code), "{what}: {}", outcome.errors());
    let way = arguments.last().expect("a way to end");
    assert_eq!(outcome.output(), format!("{way}\n"));
}

#[test]
fn open_sockets_do_not_hold_the_process() {
    for version in VERSIONS {
        for flags in FLAGS {
            let app = App::compile(version, "leaves.c", flags).expect("an app");
            app.retrofit(&[]).expect("retrofitted");
            let peers = Peers::start().expect("peers");
            for (way, code) in [("return", 7), ("exit", 8)] {
                let arguments = [
                    peers.ports()[4].to_string(),
                    peers.udp_echo().to_string(),
                    way.to_owned(),
                ];
                assert_ends(&app, &arguments, code, &format!("{version} {flags:?}"));
            }
        }
    }
}

#[test]
fn what_was_sent_just_before_the_end_reaches_a_slow_reader() {
    let expected: Vec<u8> = (0..3 << 20)
        .map(|index: u32| (index.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    for version in VERSIONS {
        for flags in FLAGS {
            let app = App::compile(version, "leaves.c", flags).expect("an app");
            app.retrofit(&[]).expect("retrofitted");
            let peers = Peers::start().expect("peers");
            for (way, code) in [("send return", 7), ("send exit", 8)] {
                let peer = Peer::start(|mut stream| -> io::Result<Vec<u8>> {
                    SockRef::from(&stream).set_recv_buffer_size(16 << 10)?;
                    let (mut all, mut piece) = (Vec::new(), [0_u8; 32 << 10]);
                    loop {
                        // It is what makes it slow; nobody relies on it.
                        thread::sleep(Duration::from_millis(2));
                        match stream.read(&mut piece)? {
                            0 => return Ok(all),
                            size => all.extend(&piece[..size]),
                        }
                    }
                });
                let peer = peer.expect("a peer");
                let arguments = [peer.port.to_string(), peers.udp_echo().to_string(), way.to_owned()];
                assert_ends(&app, &arguments, code, &format!("{version} {flags:?}"));
                let seen = peer.seen().expect("a clean end");
                assert!(
                    seen == expected,
                    "{version} {flags:?} {way}: {} bytes arrived",
                    seen.len()
                );
            }
        }
    }
}
