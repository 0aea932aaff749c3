//! The HTTP servers of the demo: nginx, and Python's, each on a port of its own on loopback.

use anyhow::{Context, Result, bail};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A server, until it is dropped.
pub struct Server {
    /// Where it listens.
    pub port: u16,
    process: Child,
    _folder: Option<TempDir>,
}

impl Drop for Server {
    fn drop(&mut self) {
        // SAFETY: a system call without memory; the process is our own child, which is not waited for yet.
        unsafe { libc::kill(self.process.id() as libc::pid_t, libc::SIGTERM) };
        let _ = self.process.wait();
    }
}

/// nginx with a configuration of its own, serving `root`.
pub fn nginx(root: &Path) -> Result<Server> {
    let folder = tempfile::tempdir()?;
    // The port is free until somebody else takes it: nginx has no way to ask for one that is free.
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    let own = folder.path().display();
    let configuration = format!(
        "daemon off; master_process off; pid {own}/pid; error_log stderr crit;\n\
         events {{ worker_connections 64; }}\n\
         http {{ access_log off; default_type text/plain;\n\
         client_body_temp_path {own}/a; proxy_temp_path {own}/b; fastcgi_temp_path {own}/c;\n\
         uwsgi_temp_path {own}/d; scgi_temp_path {own}/e;\n\
         server {{ listen 127.0.0.1:{port}; root {}; }} }}\n",
        root.display()
    );
    let file = folder.path().join("nginx.conf");
    fs::write(&file, configuration)?;
    let nginx = if Path::new("/usr/sbin/nginx").exists() {
        "/usr/sbin/nginx"
    } else {
        "nginx"
    };
    let process = Command::new(nginx)
        .arg("-e")
        .arg("stderr")
        .arg("-p")
        .arg(folder.path())
        .arg("-c")
        .arg(&file)
        .stdin(Stdio::null())
        .spawn();
    let mut server = Server {
        port,
        process: process.context("nginx")?,
        _folder: Some(folder),
    };
    server.wait_until_it_answers()?;
    Ok(server)
}

/// `python3 -m http.server`, serving `root`.
pub fn python(root: &Path) -> Result<Server> {
    let mut command = Command::new("python3");
    command
        .args(["-u", "-m", "http.server", "--bind", "127.0.0.1", "0"])
        .current_dir(root);
    let mut process = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("python3")?;
    let mut line = String::new();
    if let Some(stdout) = process.stdout.take() {
        BufReader::new(stdout.take(4096)).read_line(&mut line)?;
    }
    // "Serving HTTP on 127.0.0.1 port 40123 (http://…"
    let port = line
        .split_once(" port ")
        .and_then(|(_, rest)| rest.split(' ').next())
        .and_then(|port| port.parse().ok());
    let mut server = Server {
        port: port.unwrap_or(0),
        process,
        _folder: None,
    };
    if server.port == 0 {
        bail!("python3 -m http.server said {line:?}");
    }
    server.wait_until_it_answers()?;
    Ok(server)
}

impl Server {
    fn wait_until_it_answers(&mut self) -> Result<()> {
        let start = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            if let Some(status) = self.process.try_wait()? {
                bail!("the server ended at once: {status}");
            }
            if start.elapsed() > Duration::from_secs(20) {
                bail!("the server does not answer on port {}", self.port);
            }
            std::thread::yield_now();
        }
        Ok(())
    }
}
