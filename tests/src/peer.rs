//! A peer that serves one connection, in a way that one test needs, and tells what it saw.

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// A program that does not come, or stops in the middle, ends here.
const LIMIT: Duration = Duration::from_secs(60);

/// A listener on loopback that waits for its one connection.
pub struct Peer<T> {
    /// Where it listens.
    pub port: u16,
    served: JoinHandle<io::Result<T>>,
}

impl<T: Send + 'static> Peer<T> {
    /// Starts it.
    pub fn start(serve: impl FnOnce(TcpStream) -> io::Result<T> + Send + 'static) -> io::Result<Peer<T>> {
        Peer::start_on(0, serve)
    }

    /// Starts it on this port; 0 is any.
    pub fn start_on(port: u16, serve: impl FnOnce(TcpStream) -> io::Result<T> + Send + 'static) -> io::Result<Peer<T>> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let port = listener.local_addr()?.port();
        let served = thread::spawn(move || {
            let stream = accept(&listener)?;
            stream.set_read_timeout(Some(LIMIT))?;
            stream.set_write_timeout(Some(LIMIT))?;
            serve(stream)
        });
        Ok(Peer { port, served })
    }

    /// What it saw, once its connection has ended.
    pub fn seen(self) -> io::Result<T> {
        self.served
            .join()
            .unwrap_or_else(|_| Err(io::Error::other("the peer panicked")))
    }
}

/// Accepts, but not for ever.
fn accept(listener: &TcpListener) -> io::Result<TcpStream> {
    listener.set_nonblocking(true)?;
    let start = Instant::now();
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false)?;
                return Ok(stream);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && start.elapsed() < LIMIT => {
                thread::park_timeout(Duration::from_millis(2));
            }
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn a_peer_tells_what_it_saw() {
        let peer = Peer::start(|mut stream| {
            let mut text = String::new();
            stream.read_to_string(&mut text)
        });
        let peer = peer.expect("a peer");
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, peer.port)).expect("connected");
        io::Write::write_all(&mut &stream, b"12345").expect("sent");
        drop(stream);
        assert_eq!(peer.seen().expect("served"), 5);
    }
}
