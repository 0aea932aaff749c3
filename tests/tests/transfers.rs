//! Much data, and programs that ask in a loop for it.

use direct_sockets_tests::app::{App, LIMIT, VERSIONS};
use direct_sockets_tests::native;
use direct_sockets_tests::peer::Peer;
use direct_sockets_tests::peers::Peers;
use direct_sockets_tests::place;
use direct_sockets_tests::process::{self, End};
use std::io::{Read, Write};
use std::net::Shutdown;
use std::process::Command;

const MEBIBYTES: usize = 64;

/// As `transfer.c` does it.
fn hash(hash: u64, bytes: &[u8]) -> u64 {
    let mut hash = hash;
    for &byte in bytes {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash
}

const HASH_OF_NOTHING: u64 = 0xcbf2_9ce4_8422_2325;

struct Random(u32);

impl Random {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as usize
    }
}

#[test]
fn many_mebibytes_each_way_in_random_pieces() {
    for version in VERSIONS {
        let app = App::compile(version, "transfer.c", &["-O2"]).expect("an app");
        app.retrofit(&[]).expect("retrofitted");
        let peer = Peer::start(|mut stream| {
            let total = MEBIBYTES << 20;
            let mut buffer = vec![0; 300_000];
            let (mut got, mut left) = (HASH_OF_NOTHING, total);
            let mut random = Random(54321);
            while left > 0 {
                let wanted = (1 + random.next() % buffer.len()).min(left);
                let size = stream.read(&mut buffer[..wanted])?;
                if size == 0 {
                    break;
                }
                got = hash(got, &buffer[..size]);
                left -= size;
            }
            let block: Vec<u8> = (0..1 << 20).map(|_| random.next() as u8).collect();
            let mut given = HASH_OF_NOTHING;
            left = total;
            while left > 0 {
                let size = (1 + random.next() % 300_000).min(left);
                let at = random.next() % (block.len() - size);
                given = hash(given, &block[at..at + size]);
                stream.write_all(&block[at..at + size])?;
                left -= size;
            }
            stream.shutdown(Shutdown::Write)?;
            Ok((got, given))
        });
        let peer = peer.expect("a peer");
        let arguments = [peer.port.to_string(), MEBIBYTES.to_string()];
        let outcome = app.run(&app.out(), &arguments).expect("node runs");
        assert_eq!(
            outcome.end,
            End::Exit(0),
            "{version}: {}{}",
            outcome.output(),
            outcome.errors()
        );
        let (got, given) = peer.seen().expect("served");
        let expected = format!("sent {got:016x}\nreceived {given:016x}, {} bytes\n", MEBIBYTES << 20);
        assert_eq!(outcome.output(), expected, "{version}");
    }
}

#[test]
fn thousands_of_datagrams_there_and_back() {
    for version in VERSIONS {
        // The sendto of 3.1.6 needs ntohs and does not say so.
        let app = App::compile(version, "datagrams.c", &["-O2", "-sEXPORTED_FUNCTIONS=_main,_ntohs"]).expect("an app");
        app.retrofit(&[]).expect("retrofitted");
        let peers = Peers::start().expect("peers");
        let arguments = [peers.udp_echo().to_string(), "5000".to_owned(), "32".to_owned()];
        let outcome = app.run(&app.out(), &arguments).expect("node runs");
        assert_eq!(
            outcome.output(),
            "5000 of 5000\n",
            "{version}: {} {}",
            outcome.end,
            outcome.errors()
        );
    }
}

#[test]
fn programs_that_ask_in_a_loop_get_on() {
    let peers = Peers::start().expect("peers");
    let arguments = [peers.ports()[0].to_string()];
    let folder = tempfile::tempdir().expect("a folder");
    let linux = folder.path().join("polling");
    native::compile(&place::program("polling.c"), &[], &linux).expect("a native build");
    let expected = process::run(Command::new(linux).args(&arguments), LIMIT).expect("it runs");
    assert_eq!(expected.end, End::Exit(0));
    for version in VERSIONS {
        for level in ["-O0", "-O2"] {
            let app = App::compile(version, "polling.c", &[level]).expect("an app");
            app.retrofit(&[]).expect("retrofitted");
            let outcome = app.run(&app.out(), &arguments).expect("node runs");
            assert_eq!(
                outcome.output(),
                expected.output(),
                "{version} {level}: {}",
                outcome.errors()
            );
            assert_eq!(outcome.end, End::Exit(0));
        }
    }
}
