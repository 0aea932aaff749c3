//! Programs that live from `emscripten_set_socket_*_callback` after main has returned.

use direct_sockets_tests::app::{App, LIMIT, VERSIONS};
use direct_sockets_tests::peer::Peer;
use direct_sockets_tests::process::End;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::process::Stdio;

/// The ways to compile it: the flags decide what the glue does when main returns, and what the table is called.
const FLAGS: &[&[&str]] = &[&["-O0"], &["-O2", "-sEXIT_RUNTIME=1"], &["-O3"]];

fn each(test: impl Fn(&App, &str)) {
    for version in VERSIONS {
        for flags in FLAGS {
            // The text of an error lies in memory of malloc.
            let flags = [*flags, &["-sEXPORTED_FUNCTIONS=_main,_malloc"]].concat();
            let app = App::compile(version, "callbacks.c", &flags).expect("an app");
            app.retrofit(&[]).expect("retrofitted");
            test(&app, &format!("{version} {flags:?}"));
        }
    }
}

#[test]
fn a_client() {
    each(|app, which| {
        let peer = Peer::start(|mut stream| {
            let mut heard = [0; 5];
            stream.read_exact(&mut heard)?;
            stream.write_all(b"world")?;
            stream.shutdown(Shutdown::Write)?;
            // It closes when it has heard that we have.
            stream.read(&mut [0]).map(|rest| (heard, rest))
        });
        let peer = peer.expect("a peer");
        let arguments = ["client".to_owned(), peer.port.to_string()];
        let outcome = app.run(&app.out(), &arguments).expect("node runs");
        assert_eq!(
            outcome.output(),
            "main returns\nopen 3\nmessage 3: world\nclose 3\n",
            "{which}: {}",
            outcome.errors()
        );
        assert_eq!(outcome.end, End::Exit(0), "{which}");
        assert_eq!(peer.seen().expect("served"), (*b"hello", 0), "{which}");
    });
}

#[test]
fn a_client_that_is_refused() {
    each(|app, which| {
        // Nobody listens where somebody just did.
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("its number").port();
        drop(listener);
        let arguments = ["refused".to_owned(), port.to_string()];
        let outcome = app.run(&app.out(), &arguments).expect("node runs");
        assert_eq!(
            outcome.output(),
            "main returns\nerror 3: 1 ECONNREFUSED: Connection refused\nclose 3\n",
            "{which}: {}",
            outcome.errors()
        );
        assert_eq!(outcome.end, End::Exit(0), "{which}");
    });
}

#[test]
fn a_server() {
    each(|app, which| {
        let mut command = app.node().expect("node");
        let command = command.arg(app.out()).arg("server").stdin(Stdio::null());
        let mut server = command.stdout(Stdio::piped()).spawn().expect("node runs");
        let mut output = BufReader::new(server.stdout.take().expect("a pipe"));
        let mut said = String::new();
        let port = loop {
            let before = said.len();
            if output.read_line(&mut said).expect("a line") == 0 {
                panic!("{which}: it ended: {said}");
            }
            if let Some(port) = said[before..].strip_prefix("port ") {
                break port.trim().parse::<u16>().expect("a port");
            }
        };
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("connected");
        stream.set_read_timeout(Some(LIMIT)).expect("a limit");
        stream.write_all(b"echo").expect("sent");
        let mut heard = [0; 4];
        stream.read_exact(&mut heard).expect("an answer");
        drop(stream);
        let mut rest = String::new();
        output.read_to_string(&mut rest).expect("the rest");
        assert!(server.wait().expect("its end").success(), "{which}");
        assert_eq!(&heard, b"echo", "{which}");
        assert_eq!(rest, "connection 4, accepted 4\nmessage 4: echo\nclose 4\n", "{which}");
        assert_eq!(said, format!("main returns\nlisten 3\nport {port}\n"), "{which}");
    });
}
