//! What is lost: nothing of a gibibyte in random pieces with random pauses, nothing of datagrams whose sender waits, and of
//! datagrams whose sender does not wait just what is counted; 5000 connections at a time; a wait that costs nothing.

use direct_sockets_tests::app::{App, LIMIT, VERSIONS};
use direct_sockets_tests::native;
use direct_sockets_tests::peer::Peer;
use direct_sockets_tests::peers::Peers;
use direct_sockets_tests::place;
use direct_sockets_tests::process::{self, End};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, UdpSocket};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// Each way.
const MEBIBYTES: usize = 512;

const DATAGRAMS: u32 = 100_000;
const LARGEST: usize = 1400;

/// As `transfer.c` does it.
fn hash(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
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

    /// Now and then a peer has something else to do.
    fn pause(&mut self) {
        if self.next().is_multiple_of(64) {
            thread::sleep(Duration::from_micros(self.next() as u64 % 3000));
        }
    }
}

#[test]
fn a_gibibyte_in_random_pieces_with_random_pauses() {
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
                random.pause();
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
                random.pause();
            }
            stream.shutdown(Shutdown::Write)?;
            Ok((got, given))
        });
        let peer = peer.expect("a peer");
        let arguments = [peer.port.to_string(), MEBIBYTES.to_string()];
        let outcome = app.run(&app.out(), &arguments).expect("node runs");
        let said = format!("{version}: {} {}", outcome.output(), outcome.errors());
        assert_eq!(outcome.end, End::Exit(0), "{said}");
        let (got, given) = peer.seen().expect("served");
        let expected = format!("sent {got:016x}\nreceived {given:016x}, {} bytes\n", MEBIBYTES << 20);
        assert_eq!(outcome.output(), expected, "{version}");
    }
}

#[test]
fn datagrams_whose_sender_waits_all_arrive() {
    for version in VERSIONS {
        // The sendto of 3.1.6 needs ntohs and does not say so.
        let app = App::compile(version, "datagrams.c", &["-O2", "-sEXPORTED_FUNCTIONS=_main,_ntohs"]).expect("an app");
        app.retrofit(&[]).expect("retrofitted");
        let peers = Peers::start().expect("peers");
        let arguments = [peers.udp_echo().to_string(), DATAGRAMS.to_string(), "32".to_owned()];
        let outcome = app.run(&app.out(), &arguments).expect("node runs");
        let expected = format!("{DATAGRAMS} of {DATAGRAMS}\n");
        assert_eq!(
            outcome.output(),
            expected,
            "{version}: {} {}",
            outcome.end,
            outcome.errors()
        );
    }
}

/// Datagrams that the kernel had no room for, by the port of their socket (`/proc/net/udp`).
fn kernel_drops(port: u16) -> u64 {
    let table = fs::read_to_string("/proc/net/udp").expect("a table of sockets");
    let ending = format!(":{port:04X}");
    let drops = table.lines().skip(1).filter_map(|line| {
        let mut fields = line.split_whitespace();
        let local = fields.nth(1)?;
        local.ends_with(&ending).then(|| fields.last()?.parse::<u64>().ok())?
    });
    drops.sum()
}

#[test]
fn datagrams_whose_sender_does_not_wait_are_received_or_counted() {
    for version in VERSIONS {
        // setsockopt is a stub inside the wasm of 3.1.6, which -O2 folds away.
        let app = App::compile(version, "flood.c", &["-O1", "-sEXPORTED_FUNCTIONS=_main,_ntohs"]).expect("an app");
        app.retrofit(&[]).expect("retrofitted");
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
        socket.set_read_timeout(Some(LIMIT)).expect("a limit");
        let port = socket.local_addr().expect("an address").port();
        let peer = thread::spawn(move || {
            let mut word = [0; 8];
            let (_, program) = socket.recv_from(&mut word).expect("go");
            for number in 0..DATAGRAMS {
                let mut datagram = vec![number as u8; 4 + number as usize % (LARGEST - 4)];
                datagram[..4].copy_from_slice(&number.to_le_bytes());
                socket.send_to(&datagram, program).expect("sent");
            }
            socket.recv_from(&mut word).expect("more");
            let drops = kernel_drops(program.port());
            socket.send_to(&u32::MAX.to_le_bytes(), program).expect("sent");
            drops
        });
        let arguments = [port.to_string(), DATAGRAMS.to_string()];
        let outcome = app.run(&app.out(), &arguments).expect("node runs");
        assert_eq!(outcome.end, End::Exit(0), "{version}: {}", outcome.errors());
        let kernel = peer.join().expect("the peer");
        let output = outcome.output();
        println!("{version}: {} dropped by the kernel {kernel}", output.trim());
        let numbers: Vec<u64> = output
            .split(|letter: char| !letter.is_ascii_digit())
            .filter_map(|number| number.parse().ok())
            .collect();
        let [received, dropped, twice, torn, disordered] = numbers[..] else {
            panic!("{version}: {output}");
        };
        assert_eq!((twice, torn, disordered), (0, 0, 0), "{version}");
        assert_eq!(received + dropped + kernel, u64::from(DATAGRAMS), "{version}: {output}");
    }
}

#[test]
fn five_thousand_connections_at_a_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let client = folder.path().join("crowd");
    native::compile(&place::program("crowd.c"), &[], &client).expect("a native build");
    for version in VERSIONS {
        let app = App::compile(version, "crowd.c", &["-O2"]).expect("an app");
        app.retrofit(&[]).expect("retrofitted");
        let node = app.node().expect("node");
        // Both sides need a descriptor for each; what the shell cannot have fails here, and says so.
        let mut server = Command::new("sh");
        server
            .args(["-c", "ulimit -n 6000 && exec \"$@\"", "sh"])
            .arg(node.get_program())
            .args(node.get_args())
            .arg(app.out())
            .stdout(Stdio::piped());
        let mut server = server.spawn().expect("a server");
        let mut output = BufReader::new(server.stdout.take().expect("its output"));
        let mut port = String::new();
        output.read_line(&mut port).expect("a port");
        let mut command = Command::new("sh");
        command
            .args(["-c", "ulimit -n 6000 && exec \"$@\"", "sh"])
            .arg(&client)
            .arg(port.trim());
        let asked = process::run(&mut command, LIMIT);
        if !matches!(&asked, Ok(outcome) if outcome.end == End::Exit(0)) {
            server.kill().expect("ended");
        }
        let asked = asked.expect("the client runs");
        let mut said = String::new();
        output.read_to_string(&mut said).expect("its last words");
        let status = server.wait().expect("its end");
        assert_eq!(asked.output(), "5000 of 5000\n", "{version}: {}", asked.end);
        assert_eq!(said, "held 5000, echoed 40000 bytes\n", "{version}");
        assert!(status.success(), "{version}: {status}");
    }
}

/// Processor time of a process in hundredths of a second, of the program's and of the system's (proc(5), `stat`).
fn processor_time(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("a process");
    let fields: Vec<&str> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
    let number = |place: usize| -> u64 { fields[place].parse().expect("a number") };
    number(11) + number(12)
}

#[test]
fn a_wait_takes_no_processor_time() {
    let app = App::compile("3.1.6", "transfer.c", &["-O2"]).expect("an app");
    app.retrofit(&[]).expect("retrofitted");
    let (found, child) = std::sync::mpsc::channel::<u32>();
    let peer = Peer::start(move |mut stream| {
        let pid = child.recv().map_err(std::io::Error::other)?;
        let mut rest = vec![0; 1 << 20];
        stream.read_exact(&mut rest)?;
        // It has sent all that it has to and waits for the answer. This is the time that is looked at, not waited for.
        let mut before = processor_time(pid);
        let mut used = u64::MAX;
        for _ in 0..10 {
            thread::sleep(Duration::from_millis(500));
            let now = processor_time(pid);
            used = used.min(now - before);
            before = now;
        }
        stream.write_all(&rest)?;
        Ok(used)
    });
    let peer = peer.expect("a peer");
    let mut node = app.node().expect("node");
    let node = node
        .arg(app.out())
        .arg(peer.port.to_string())
        .arg("1")
        .stdout(Stdio::null());
    let mut node = node.spawn().expect("a program");
    found.send(node.id()).expect("the peer listens");
    let used = peer.seen().expect("served");
    assert!(node.wait().expect("its end").success());
    // Of 50: one that asks in a loop takes all of them.
    assert!(used <= 5, "{used} hundredths of a second in half a second");
}

/// The memory of the runtime never shrinks; so it is as large after many rounds as after a few, or something leaks.
#[test]
fn opening_and_closing_again_and_again_takes_no_memory() {
    for version in VERSIONS {
        let app =
            App::compile(version, "churn.c", &["-O2", "-sEXPORTED_FUNCTIONS=_main,_ntohs,_htons"]).expect("an app");
        app.retrofit(&[]).expect("retrofitted");
        let memory = |rounds: &str| {
            let mut node = app.node().expect("node");
            node.arg("--import").arg(place::driver("runtime-memory.mjs"));
            let outcome = process::run(node.arg(app.out()).arg(rounds), LIMIT).expect("it runs");
            assert_eq!(
                (outcome.output().as_str(), outcome.end),
                ("done\n", End::Exit(0)),
                "{}",
                outcome.errors()
            );
            let errors = outcome.errors();
            let told = errors.lines().find_map(|line| line.strip_prefix("runtime memory "));
            told.and_then(|bytes| bytes.parse::<u64>().ok()).expect("its memory")
        };
        let few = memory("50");
        assert_ne!(few, 0);
        assert_eq!(memory("1050"), few);
    }
}
