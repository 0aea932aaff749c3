//! The peers that the programs talk to: on loopback, on ports that the system gives, in this process.
//!
//! Each does one thing, the same for every connection, so that many programs can use it at a time. The
//! order of [`Peers::ports`] is that of `programs/peers.h`.

use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// No connection of a test lasts longer.
const LIMIT: Duration = Duration::from_secs(60);

/// What [`Peers`] greets with; `programs/peers.h` says so too.
const GREETING: &[u8] = b"hello from the peer\n";

/// All peers of `programs/peers.h`, until it is dropped.
pub struct Peers {
    ports: Vec<u16>,
    stop: Arc<AtomicBool>,
    listeners: Vec<SocketAddr>,
    datagrams: Vec<SocketAddr>,
    /// Holds the port that nobody listens on: bound, and no more.
    _refused: Socket,
}

impl Peers {
    /// Starts them.
    pub fn start() -> io::Result<Peers> {
        let (v4, v6) = (
            SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            SocketAddr::from((Ipv6Addr::LOCALHOST, 0)),
        );
        let refused = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
        refused.bind(&v4.into())?;
        let refused_port = refused.local_addr()?.as_socket().map_or(0, |address| address.port());

        let mut peers = Peers {
            ports: Vec::new(),
            stop: Arc::default(),
            listeners: Vec::new(),
            datagrams: Vec::new(),
            _refused: refused,
        };
        peers.listen(v4, echo)?;
        // A machine without IPv6 answers a program built for Linux and a retrofitted one alike.
        peers.listen(v6, echo).or_else(|_| peers.none())?;
        peers.listen(v4, greet)?;
        peers.listen(v4, reset)?;
        peers.listen(v4, stay_silent)?;
        peers.ports.push(refused_port);
        peers.answer_datagrams(v4)?;
        peers.answer_datagrams(v6).or_else(|_| peers.none())?;
        Ok(peers)
    }

    /// Their ports.
    pub fn ports(&self) -> &[u16] {
        &self.ports
    }

    /// The port of the UDP echo.
    pub fn udp_echo(&self) -> u16 {
        self.ports[6]
    }

    /// Their ports as arguments of a program.
    pub fn arguments(&self) -> Vec<String> {
        self.ports.iter().map(u16::to_string).collect()
    }

    /// Their ports as a macro, for a program whose main gets no arguments.
    pub fn define(&self) -> String {
        format!("-DPEERS=\"{}\"", self.arguments().join(" "))
    }

    fn none(&mut self) -> io::Result<()> {
        self.ports.push(0);
        Ok(())
    }

    fn listen(&mut self, address: SocketAddr, serve: fn(TcpStream) -> io::Result<()>) -> io::Result<()> {
        let listener = TcpListener::bind(address)?;
        let local = listener.local_addr()?;
        self.ports.push(local.port());
        self.listeners.push(local);
        let stop = Arc::clone(&self.stop);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(stream) = stream else { continue };
                thread::spawn(move || {
                    // What goes wrong here shows in what the program prints.
                    let _ = stream.set_read_timeout(Some(LIMIT)).and_then(|()| serve(stream));
                });
            }
        });
        Ok(())
    }

    fn answer_datagrams(&mut self, address: SocketAddr) -> io::Result<()> {
        let socket = UdpSocket::bind(address)?;
        let local = socket.local_addr()?;
        self.ports.push(local.port());
        self.datagrams.push(local);
        let stop = Arc::clone(&self.stop);
        thread::spawn(move || {
            let mut buffer = vec![0; 65536];
            while let Ok((size, from)) = socket.recv_from(&mut buffer) {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let _ = socket.send_to(&buffer[..size], from);
            }
        });
        Ok(())
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        for address in &self.listeners {
            let _ = TcpStream::connect(address);
        }
        for address in &self.datagrams {
            let any = if address.is_ipv4() { "127.0.0.1:0" } else { "[::1]:0" };
            let _ = UdpSocket::bind(any).and_then(|socket| socket.send_to(b"", address));
        }
    }
}

fn echo(mut stream: TcpStream) -> io::Result<()> {
    // Answers leave at once: a program that asks how much there is to read gets what it sent.
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; 65536];
    loop {
        let size = stream.read(&mut buffer)?;
        if size == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..size])?;
    }
}

fn greet(mut stream: TcpStream) -> io::Result<()> {
    stream.write_all(GREETING)
}

fn reset(mut stream: TcpStream) -> io::Result<()> {
    stream.read_exact(&mut [0])?;
    SockRef::from(&stream).set_linger(Some(Duration::ZERO))
}

fn stay_silent(mut stream: TcpStream) -> io::Result<()> {
    io::copy(&mut stream, &mut io::sink()).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_peer_does_what_the_programs_are_told() {
        let peers = Peers::start().expect("peers on loopback");
        let ports = peers.ports();
        assert_eq!(ports.len(), 8);
        let connect = |port: u16| TcpStream::connect((Ipv4Addr::LOCALHOST, port));

        let mut stream = connect(ports[0]).expect("echo");
        stream.write_all(b"back").expect("send");
        let mut answer = [0; 4];
        stream.read_exact(&mut answer).expect("receive");
        assert_eq!(&answer, b"back");

        let mut text = Vec::new();
        connect(ports[2])
            .and_then(|mut stream| stream.read_to_end(&mut text))
            .expect("greeting");
        assert_eq!(text, GREETING);

        let mut stream = connect(ports[3]).expect("reset");
        stream.write_all(b"x").expect("send");
        let error = stream.read(&mut [0]).expect_err("reset");
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);

        let error = connect(ports[5]).expect_err("refused");
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);

        let socket = UdpSocket::bind("127.0.0.1:0").expect("socket");
        socket
            .send_to(b"gram", (Ipv4Addr::LOCALHOST, peers.udp_echo()))
            .expect("send");
        assert_eq!(socket.recv(&mut answer).expect("receive"), 4);
    }
}
