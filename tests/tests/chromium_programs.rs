//! Real programs in the real browser: clients and servers in an Isolated Web App, against native ones.

use direct_sockets_tests::app::{App, LIMIT};
use direct_sockets_tests::chromium::{Chromium, Page, Place, Told};
use direct_sockets_tests::peers::Peers;
use direct_sockets_tests::process::{self, End};
use direct_sockets_tests::toolchain::Toolchain;
use direct_sockets_tests::{native, place, retrofit, web};
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener, UdpSocket};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

const VERSION: &str = "3.1.6";

fn retrofitted(program: &str, flags: &[&str]) -> App {
    let app = App::compile(VERSION, program, flags).expect("an app");
    app.retrofit(&[]).expect("retrofitted");
    app
}

/// Nothing but what the program said.
fn well(told: &Told) {
    assert_eq!(told.problems, [""; 0], "{told:?}");
    assert_eq!((told.state.as_str(), told.exit), ("exited", Some(0)), "{told:?}");
}

/// The port that a server prints first.
fn port(page: &Page) -> u16 {
    let told = page.wrote("\n", LIMIT).expect("a page");
    told.stdout.trim().parse().unwrap_or_else(|_| panic!("{told:?}"))
}

#[test]
fn an_http_client_reads_what_its_native_twin_reads() {
    let folder = tempfile::tempdir().expect("a folder");
    let page: String = (0..20_000).map(|line| format!("line {line} of a page\n")).collect();
    fs::create_dir(folder.path().join("www")).expect("a folder");
    fs::write(folder.path().join("www/page.txt"), page).expect("a page");
    let nginx = web::nginx(&folder.path().join("www")).expect("nginx");
    let peers = Peers::start().expect("peers");
    let twin = folder.path().join("http");
    native::compile(&place::program("http.c"), &[], &twin).expect("a native build");
    let arguments = |host: &str| {
        let (port, udp) = (nginx.port.to_string(), peers.udp_echo().to_string());
        [host.to_owned(), port, "/page.txt".to_owned(), udp]
    };
    let expected = process::run(Command::new(&twin).args(arguments("localhost")), LIMIT).expect("the twin");
    assert_eq!(expected.end, End::Exit(0), "{}", expected.errors());

    let app = retrofitted("http.c", &["-O2"]);
    // A name that only this browser knows, and one that nobody does.
    let rules = "MAP known.test 127.0.0.1, MAP unknown.test ~NOTFOUND";
    let chromium = Chromium::start_resolving(rules).expect("chromium");
    for place in [Place::Worker, Place::Window] {
        let web = chromium.install(&app.out(), place).expect("installed");
        let told = web.run(&arguments("localhost"), LIMIT).expect("a page");
        well(&told);
        assert_eq!(told.stdout, expected.output(), "{place:?}");
        let told = web.run(&arguments("known.test"), LIMIT).expect("a page");
        well(&told);
        assert_eq!(
            told.stdout,
            expected.output().replace("localhost", "known.test"),
            "{place:?}"
        );
        let told = web.run(&arguments("unknown.test"), LIMIT).expect("a page");
        assert_eq!(told.exit, Some(1), "{told:?}");
        assert!(told.stderr.starts_with("unknown.test: "), "{told:?}");
    }
}

/// The glue of MINIMAL_RUNTIME keeps main's result for itself, unless the runtime exits.
#[test]
fn the_page_knows_how_a_program_with_the_minimal_runtime_ended() {
    let chromium = Chromium::start().expect("chromium");
    for flags in [
        &["-O2", "-sMINIMAL_RUNTIME"][..],
        &["-O2", "-sMINIMAL_RUNTIME", "-sEXIT_RUNTIME"],
    ] {
        let app = retrofitted("exits.c", flags);
        for place in [Place::Worker, Place::Window] {
            let web = chromium.install(&app.out(), place).expect("installed");
            let told = web.run(&[], LIMIT).expect("a page");
            assert_eq!(told.problems, [""; 0], "{flags:?} {place:?} {told:?}");
            assert_eq!(
                (told.state.as_str(), told.exit),
                ("exited", Some(5)),
                "{flags:?} {place:?} {told:?}"
            );
            assert!(told.stdout.ends_with("\nsocket 1\n"), "{flags:?} {place:?} {told:?}");
        }
    }
}

#[test]
fn a_server_holds_a_thousand_native_connections() {
    let folder = tempfile::tempdir().expect("a folder");
    let client = folder.path().join("crowd");
    native::compile(&place::program("crowd.c"), &["-DCOUNT=1000"], &client).expect("a native build");
    let app = retrofitted("crowd.c", &["-O2", "-DCOUNT=1000"]);
    let chromium = Chromium::start().expect("chromium");
    let web = chromium.install(&app.out(), Place::Worker).expect("installed");
    let page = web.open(&[]).expect("a page");
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -n 2000 && exec \"$@\"", "sh"])
        .arg(&client)
        .arg(port(&page).to_string());
    let asked = process::run(&mut command, LIMIT).expect("the client runs");
    assert_eq!(asked.output(), "1000 of 1000\n", "{} {}", asked.end, asked.errors());
    let told = page.ended(LIMIT).expect("a page");
    well(&told);
    assert!(told.stdout.ends_with("\nheld 1000, echoed 8000 bytes\n"), "{told:?}");
    // What a look at the page would show, for who looks at the tests' output.
    let picture = place::target().join("tmp/chromium-server.png");
    fs::create_dir_all(place::target().join("tmp")).expect("a folder");
    page.screenshot(&picture).expect("a picture");
    println!("{}", picture.display());
}

#[test]
fn a_client_holds_a_thousand_connections_to_a_native_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = folder.path().join("crowd");
    native::compile(&place::program("crowd.c"), &["-DCOUNT=1000"], &server).expect("a native build");
    let app = retrofitted("crowd.c", &["-O2", "-DCOUNT=1000"]);
    let chromium = Chromium::start().expect("chromium");
    let web = chromium.install(&app.out(), Place::Worker).expect("installed");
    let file = folder.path().join("said");
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -n 2000 && exec \"$1\" >\"$2\"", "sh"])
        .args([&server, &file]);
    let running = std::thread::spawn(move || process::run(&mut command, LIMIT));
    let port = loop {
        let said = fs::read_to_string(&file).unwrap_or_default();
        if let Some((port, _)) = said.split_once('\n') {
            break port.to_owned();
        }
        assert!(!running.is_finished(), "the server ended at once");
        std::thread::yield_now();
    };
    let told = web.run(&[port], LIMIT).expect("a page");
    well(&told);
    assert_eq!(told.stdout, "1000 of 1000\n");
    let served = running.join().expect("a thread").expect("the server runs");
    assert_eq!(served.end, End::Exit(0));
    let said = fs::read_to_string(&file).expect("what it said");
    assert!(said.ends_with("\nheld 1000, echoed 8000 bytes\n"), "{said}");
}

#[test]
fn a_udp_server_answers_native_clients() {
    const CLIENTS: usize = 4;
    const EACH: usize = 100;
    let app = retrofitted("udp_server.c", &["-O1", "-sEXPORTED_FUNCTIONS=_main,_ntohs"]);
    let chromium = Chromium::start().expect("chromium");
    for place in [Place::Worker, Place::Window] {
        let web = chromium.install(&app.out(), place).expect("installed");
        let page = web.open(&[]).expect("a page");
        let port = port(&page);
        let clients: Vec<UdpSocket> = (0..CLIENTS)
            .map(|_| {
                let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
                socket.set_read_timeout(Some(LIMIT)).expect("a limit");
                socket.connect((Ipv4Addr::LOCALHOST, port)).expect("connected");
                socket
            })
            .collect();
        let mut buffer = vec![0; 65536];
        for number in 0..EACH {
            for (client, socket) in clients.iter().enumerate() {
                let text = vec![(number + client) as u8; 1 + number * 600 + client];
                socket.send(&text).expect("sent");
                let size = socket.recv(&mut buffer).expect("an answer");
                assert!(buffer[..size] == text, "{size} bytes for {}", text.len());
            }
        }
        clients[0].send(b"end").expect("sent");
        let told = page.ended(LIMIT).expect("a page");
        well(&told);
        assert!(
            told.stdout.ends_with(&format!("\nanswered {}\n", CLIENTS * EACH)),
            "{told:?}"
        );
    }
}

#[test]
fn a_program_that_knows_only_ipv4_reaches_a_name_with_an_ipv6_address() {
    let app = retrofitted(
        "only_ipv4.c",
        &["-O1", "-sEXPORTED_FUNCTIONS=_main,_ntohs,_malloc,_free"],
    );
    let chromium = Chromium::start_resolving("MAP six.test [::1]").expect("chromium");
    for place in [Place::Worker, Place::Window] {
        let tcp = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).expect("a listener");
        let port = tcp.local_addr().expect("an address").port();
        let udp = UdpSocket::bind((Ipv6Addr::LOCALHOST, port)).expect("a socket");
        udp.set_read_timeout(Some(LIMIT)).expect("a limit");
        let web = chromium.install(&app.out(), place).expect("installed");
        let page = web.open(&["six.test".into(), port.to_string()]).expect("a page");
        let mut bytes = [0; 5];
        let (mut client, _) = tcp.accept().expect("a client");
        client.read_exact(&mut bytes).expect("bytes");
        client.write_all(&bytes).expect("an answer");
        let (length, from) = udp.recv_from(&mut bytes).expect("a datagram");
        udp.send_to(&bytes[..length], from).expect("an answer");
        let told = page.ended(LIMIT).expect("a page");
        well(&told);
        assert_eq!(
            told.stdout,
            "found: 198.18.0.1 1\n\
             TCP peer: 198.18.0.1 1\n\
             TCP: 5 hello\n\
             UDP: 5 again\n\
             UDP peer: 198.18.0.1 1\n",
            "{place:?}"
        );
    }
}

#[test]
fn a_program_waits_for_what_is_typed() {
    let app = retrofitted("typed.c", &["-O1", "-sEXPORTED_FUNCTIONS=_main,_ntohs"]);
    let chromium = Chromium::start().expect("chromium");
    for place in [Place::Worker, Place::Window] {
        let web = chromium.install(&app.out(), place).expect("installed");
        let page = web.open(&[]).expect("a page");
        for (prompt, line) in [
            ("name? ", Some("Ada")),
            ("a datagram: ", Some("second")),
            ("more? ", Some("third")),
            ("line third", None),
        ] {
            let told = page.wrote(prompt, LIMIT).expect("a page");
            assert_eq!(told.state, "running", "{told:?}");
            page.type_line(line).expect("typed");
        }
        let told = page.ended(LIMIT).expect("a page");
        well(&told);
        assert_eq!(
            told.stdout,
            "name? hello Ada\n\
             nothing: 0 ready, typed 0, received 0\n\
             a datagram: 1 ready, typed 0, received 1\n\
             a line: 1 ready, typed 1, received 0\n\
             read 7: second\n\
             more? line third\n\
             end 1\n",
            "{place:?}"
        );
    }
}

/// A port that an app may listen on, and that is free now.
fn listening_port() -> u16 {
    loop {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a listener");
        let port = listener.local_addr().expect("an address").port();
        if port >= 32768 {
            return port;
        }
    }
}

/// Emscripten's own tests, built by emcc as its suite builds them, on real sockets: in the page, and the other role native.
#[test]
#[cfg_attr(
    not(feature = "all-emscriptens"),
    ignore = "its sources come with scripts/setup --all-emscriptens"
)]
fn emscriptens_own_tests_in_both_roles() {
    let sources = place::cache().join("suites/emscripten-6.0.5-source/test/sockets");
    let (client, server) = (
        sources.join("test_sockets_echo_client.c"),
        sources.join("test_sockets_echo_server.c"),
    );
    let chromium = Chromium::start().expect("chromium");
    let folder = tempfile::tempdir().expect("a folder");
    let built = |name: &str, source: &Path, flags: &[&str]| {
        let glue = folder.path().join(name).join("app.js");
        let emcc = Toolchain::find(VERSION).expect("emcc");
        let compiled = emcc.compile(source, flags, &glue).expect("emcc");
        assert!(compiled.is_ok(), "{compiled:?}");
        let out = folder.path().join(name).join("out/app.js");
        fs::create_dir(folder.path().join(name).join("out")).expect("a folder");
        let done = retrofit::retrofit(&glue, &out, &[]).expect("retrofit");
        assert_eq!(done.end, End::Exit(0), "{}", done.errors());
        chromium.install(&out, Place::Worker).expect("installed")
    };
    let native = |name: &str, source: &Path, flags: &[&str]| {
        let executable = folder.path().join(name);
        let mut compiler = Command::new("gcc");
        compiler.arg("-O1").args(flags).arg(source).arg("-o").arg(&executable);
        let built = process::run(&mut compiler, LIMIT).expect("gcc");
        assert_eq!(built.end, End::Exit(0), "{}", built.errors());
        Command::new(executable)
    };

    let peers = Peers::start().expect("peers");
    let web = built("tcp client", &sources.join("test_tcp_echo.c"), &[]);
    let page = web.open(&[peers.ports()[0].to_string()]).expect("a page");
    let told = page.wrote("done\n", LIMIT).expect("a page");
    well(&told);
    assert!(told.stdout.ends_with("done\n"), "{told:?}");

    for (name, datagrams, table) in [("tcp", "-DTEST_DGRAM=0", "tcp"), ("udp", "-DTEST_DGRAM=1", "udp")] {
        let port = listening_port();
        let define = format!("-DSOCKK={port}");
        // Those assertions say what Emscripten answered where it should have answered as Linux does.
        let flags = ["-O1", "-DNDEBUG", define.as_str(), datagrams];
        let web = built(&format!("{name} server"), &server, &flags);
        let page = web.open(&[]).expect("a page");
        wait_for_port(table, port);
        let asked = process::run(&mut native(&format!("{name} asks"), &client, &flags), LIMIT).expect("the client");
        assert_eq!(asked.end, End::Exit(0), "{name}: {} {:?}", asked.output(), page.close());
        assert_eq!(page.close().expect("closed").problems, [""; 0]);
    }

    let port = listening_port();
    let define = format!("-DSOCKK={port}");
    let flags = ["-O1", "-DNDEBUG", define.as_str(), "-DTEST_DGRAM=1"];
    let web = built("udp client", &client, &flags);
    let mut command = native("udp answers", &server, &flags);
    let mut serving = command.spawn().expect("a server");
    wait_for_port("udp", port);
    let page = web.open(&[]).expect("a page");
    let told = page.wrote("finish: 0\n", LIMIT);
    serving.kill().expect("ended");
    serving.wait().expect("its end");
    let told = told.expect("a page");
    well(&told);
    assert!(told.stdout.ends_with("finish: 0\n"), "{told:?}");
}

/// The table of the system shows a port once it can be reached.
fn wait_for_port(table: &str, port: u16) {
    let start = Instant::now();
    let shown = format!(":{port:04X} ");
    while !fs::read_to_string(format!("/proc/net/{table}")).is_ok_and(|table| table.contains(&shown)) {
        assert!(start.elapsed() < LIMIT, "nobody took port {port}");
        std::thread::yield_now();
    }
}
