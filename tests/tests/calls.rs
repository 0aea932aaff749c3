//! What a socket call costs in calls of JavaScript: none, where the data is there already.

use direct_sockets_tests::app::{App, LIMIT, VERSIONS};
use direct_sockets_tests::peer::Peer;
use direct_sockets_tests::place;
use direct_sockets_tests::process::{self, End};
use std::io::{self, Read, Write};

/// What `calls.c` prints: the sum of the bytes, and the calls that recv, send and read made.
fn counted(app: &App, count: u32) -> [u32; 4] {
    let peer = Peer::start(|mut stream| {
        let mut wanted = [0; 4];
        stream.read_exact(&mut wanted)?;
        let bytes: Vec<u8> = (0..u32::from_le_bytes(wanted)).map(|index| index as u8).collect();
        stream.write_all(&bytes)?;
        io::copy(&mut stream, &mut io::sink())
    });
    let peer = peer.expect("a peer");
    let mut command = app.node().expect("node");
    command
        .arg("--import")
        .arg(place::driver("count-calls.mjs"))
        .arg(app.out());
    command.args([peer.port.to_string(), count.to_string()]);
    let outcome = process::run(&mut command, LIMIT).expect("node runs");
    assert_eq!(outcome.end, End::Exit(0), "{}{}", outcome.output(), outcome.errors());
    assert_eq!(peer.seen().expect("served"), 500 * 64);
    print!("{count} recvs: {}", outcome.output());
    let text = outcome.output();
    let mut numbers = text.split(|character: char| !character.is_ascii_digit());
    [(); 4].map(|()| {
        let number = numbers.find(|number| !number.is_empty()).expect("a number");
        number.parse().expect("a number")
    })
}

#[test]
fn a_recv_of_data_that_is_there_calls_no_javascript() {
    for version in VERSIONS {
        let app = App::compile(version, "calls.c", &["-O2"]).expect("an app");
        app.retrofit(&[]).expect("retrofitted");
        for count in [1_000, 20_000] {
            let [sum, receiving, sending, reading] = counted(&app, count);
            assert_eq!(sum, (0..count).map(|index| index & 255).sum::<u32>());
            assert_eq!(receiving, 0);
            assert!(sending <= 1, "{sending} calls for one burst of sends");
            assert!(reading >= 500, "calls are not counted");
        }
    }
}
