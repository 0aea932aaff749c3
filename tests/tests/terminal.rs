//! The page of an app with its terminal drawn by xterm.js. Pictures of it go to `target/tmp/screenshots`, for who wants to look.

use direct_sockets_tests::app::{App, LIMIT};
use direct_sockets_tests::chromium::{Chromium, Key, Page, Place};
use direct_sockets_tests::place;
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};

const VERSION: &str = "3.1.6";

const WIDE: (u32, u32) = (1180, 720);
const NARROW: (u32, u32) = (400, 740);

fn retrofitted(program: &str, flags: &[&str]) -> App {
    let app = App::compile(VERSION, program, flags).expect("an app");
    app.retrofit(&[]).expect("retrofitted");
    app
}

fn picture(page: &Page, name: &str, size: (u32, u32), scheme: &str) {
    let folder = place::target().join("tmp/screenshots");
    fs::create_dir_all(&folder).expect("a folder");
    page.look(size, scheme).expect("a look");
    let path = folder.join(format!("{name}.png"));
    page.screenshot(&path).expect("a picture");
    println!("{}", path.display());
}

#[test]
fn what_is_typed_in_the_terminal_goes_by_lines() {
    use Key::{Named, Text};
    let app = retrofitted("typed.c", &["-O1", "-sEXPORTED_FUNCTIONS=_main,_ntohs"]);
    let chromium = Chromium::start().expect("chromium");
    for place in [Place::Worker, Place::Window] {
        let web = chromium.install_drawn(&app.out(), place).expect("installed");
        let page = web.open(&[]).expect("a page");
        page.shows(".xterm-rows", "name?").expect("drawn");
        // What is erased never was: a letter, a word with a wide character, a line.
        let erased = [Text("Adx"), Named("Backspace"), Text("a 日本 x"), Named("Control+w")];
        page.press(&erased).expect("typed");
        page.press(&[
            Named("Backspace"),
            Named("Backspace"),
            Named("Backspace"),
            Named("Backspace"),
            Named("ArrowUp"),
        ])
        .expect("typed");
        page.shows(".xterm-rows", "name? Ada").expect("echoed");
        page.press(&[Named("Enter")]).expect("typed");
        page.shows(".xterm-rows", "hello Ada").expect("answered");
        if place == Place::Worker {
            picture(&page, "client-waits", WIDE, "light");
        }
        page.wrote("a datagram: ", LIMIT).expect("a page");
        page.press(&[Text("nonsense"), Named("Control+u"), Text("second"), Named("Enter")])
            .expect("typed");
        page.wrote("more? ", LIMIT).expect("a page");
        // The form says the same.
        page.click("Text").expect("shown as text");
        page.type_line(Some("third")).expect("typed");
        page.wrote("line third", LIMIT).expect("a page");
        page.click("Text").expect("shown on the screen");
        page.press(&[Named("Escape")]).expect("typed");
        page.shows(".xterm-rows", "line third").expect("drawn");
        page.focus(".xterm-helper-textarea").expect("focused");
        // Without an end of line, and then the end of all.
        page.press(&[Text("four"), Named("Control+d"), Named("Control+d")])
            .expect("typed");
        let told = page.ended(LIMIT).expect("a page");
        assert_eq!(told.problems, [""; 0], "{told:?}");
        assert_eq!(told.exit, Some(0), "{told:?}");
        let stdout = "name? hello Ada\nnothing: 0 ready, typed 0, received 0\na datagram: 1 ready, typed 0, received 1\n\
                      a line: 1 ready, typed 1, received 0\nread 7: second\nmore? line third\nline fourend 1\n";
        assert_eq!(told.stdout, stdout, "{place:?}");
        let drawn = page.shows(".xterm-rows", "end 1").expect("drawn");
        assert!(drawn.contains("line fourend 1"), "{drawn}");
        if place == Place::Worker {
            picture(&page, "client-exited", WIDE, "dark");
            picture(&page, "client-narrow", NARROW, "light");
        }
        assert_eq!(page.close().expect("closed").problems, [""; 0]);
    }
}

#[test]
fn a_server_and_its_sockets_are_shown() {
    let app = retrofitted("crowd.c", &["-O2", "-DCOUNT=6"]);
    let chromium = Chromium::start().expect("chromium");
    let web = chromium.install_drawn(&app.out(), Place::Worker).expect("installed");
    let page = web.open(&[]).expect("a page");
    let told = page.wrote("\n", LIMIT).expect("a page");
    let port = told.stdout.trim().parse().expect("a port");
    let mut clients: Vec<TcpStream> = (0..6)
        .map(|_| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("connected"))
        .collect();
    for (index, client) in clients.iter_mut().enumerate() {
        let text = vec![b'x'; 8 * (index + 1)];
        client.set_read_timeout(Some(LIMIT)).expect("set");
        client.write_all(&text).expect("sent");
        client.read_exact(&mut vec![0; text.len()]).expect("echoed");
    }
    page.shows("#count", "7").expect("shown");
    page.shows("#sockets", "48 B").expect("shown");
    page.shows(".xterm-rows", &port.to_string()).expect("drawn");
    picture(&page, "server", WIDE, "dark");
    picture(&page, "server-narrow", NARROW, "dark");
    assert_eq!(page.close().expect("closed").problems, [""; 0]);
}
