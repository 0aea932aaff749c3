//! A server for Chromium's developer mode, which installs an app from an address of this machine and asks it for each file.
//!
//! It answers from the app's files in memory, so no request reaches a file system, and listens on loopback only.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// The longest head of a request, in bytes.
const MAX_HEAD: u64 = 16 << 10;
/// How long one read or write may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Connections at a time; browsers open some in advance.
const MAX_CONNECTIONS: usize = 64;

/// Types by the endings of names; Chromium takes neither modules nor streamed wasm under another one.
const TYPES: &[(&str, &str)] = &[
    (".html", "text/html; charset=utf-8"),
    (".js", "text/javascript; charset=utf-8"),
    (".mjs", "text/javascript; charset=utf-8"),
    (".css", "text/css; charset=utf-8"),
    (".json", "application/json"),
    (".webmanifest", "application/manifest+json"),
    (".wasm", "application/wasm"),
    (".png", "image/png"),
];

/// The type of a file, by its name.
pub(super) fn content_type(path: &str) -> &'static str {
    let known = TYPES.iter().find(|(ending, _)| path.ends_with(ending));
    known.map_or("application/octet-stream", |(_, content_type)| content_type)
}

/// An app that is being served.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    files: Arc<BTreeMap<String, Vec<u8>>>,
}

impl Server {
    /// Listens on `port` of 127.0.0.1, 0 for any. `files` by their paths in the app, without a leading slash.
    ///
    /// # Errors
    /// The port is not to be had.
    pub fn bind(port: u16, files: BTreeMap<String, Vec<u8>>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        Ok(Server {
            listener,
            files: Arc::new(files),
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// The system's.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves for as long as it can accept.
    pub fn run(&self) -> io::Error {
        let open = Arc::new(AtomicUsize::new(0));
        loop {
            let stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
                Err(error) => return error,
            };
            if open.fetch_add(1, Ordering::Relaxed) >= MAX_CONNECTIONS {
                open.fetch_sub(1, Ordering::Relaxed);
                continue;
            }
            let (files, open) = (Arc::clone(&self.files), Arc::clone(&open));
            thread::spawn(move || {
                // A browser that went away is told nothing.
                let _ = answer(&stream, &files);
                open.fetch_sub(1, Ordering::Relaxed);
            });
        }
    }
}

/// Answers the one request of a connection.
fn answer(mut stream: &TcpStream, files: &BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut head = Vec::new();
    for byte in io::BufReader::new(stream.take(MAX_HEAD)).bytes() {
        head.push(byte?);
        if head.ends_with(b"\r\n\r\n") {
            break;
        }
    }
    let head = String::from_utf8_lossy(&head);
    let mut words = head.split_whitespace();
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let found = file(files, target);
    let (status, path, body) = match (method, &found) {
        ("GET" | "HEAD", Some((path, body))) => ("200 OK", path.as_str(), *body),
        ("GET" | "HEAD", None) => ("404 Not Found", "", &b"not in this app\n"[..]),
        _ => ("405 Method Not Allowed", "", &b""[..]),
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n",
        content_type(path),
        body.len()
    )?;
    if method != "HEAD" {
        stream.write_all(body)?;
    }
    stream.flush()
}

/// The file that a request's target names.
fn file<'f>(files: &'f BTreeMap<String, Vec<u8>>, target: &str) -> Option<(String, &'f [u8])> {
    let path = target.split(['?', '#']).next()?.strip_prefix('/')?;
    let path = if path.is_empty() {
        "index.html".to_owned()
    } else {
        percent_decoded(path)?
    };
    let body = files.get(&path)?;
    Some((path, body))
}

/// Undoes percent-encoding (RFC 3986, section 2.1); `None` if it is broken.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let value = digit()? * 16 + digit()?;
        bytes.push(u8::try_from(value).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).expect("the server");
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("text");
        answer
    }

    #[test]
    fn serves_what_is_in_the_app_and_nothing_else() {
        let files = [("index.html", "page"), ("program/a b.wasm", "wasm")];
        let files = files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
        let server = Server::bind(0, BTreeMap::from(files)).expect("a port");
        let address = server.address().expect("an address");
        assert!(address.ip().is_loopback());
        thread::spawn(move || server.run());
        let get = |target: &str| ask(address, &format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n"));
        for target in ["/", "/index.html", "/?arg=1", "/index.html?arg=../x"] {
            let answer = get(target);
            assert!(
                answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("\r\n\r\npage"),
                "{target}: {answer}"
            );
        }
        let wasm = get("/program/a%20b.wasm");
        assert!(
            wasm.contains("Content-Type: application/wasm\r\n") && wasm.ends_with("wasm"),
            "{wasm}"
        );
        for target in [
            "/../../etc/passwd",
            "/%2e%2e/%2e%2e/etc/passwd",
            "//etc/passwd",
            "/program/",
            "/%zz",
            "x",
            "/%",
        ] {
            assert!(get(target).starts_with("HTTP/1.1 404 "), "{target}");
        }
        assert!(ask(address, "POST / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405 "));
        let head = ask(address, "HEAD / HTTP/1.1\r\n\r\n");
        assert!(
            head.contains("Content-Length: 4\r\n") && head.ends_with("\r\n\r\n"),
            "{head}"
        );
    }
}
