//! An HTTP server that misbehaves as requested.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Longer than the timeout of a client that tests a hanging server.
const FOR_EVER: Duration = Duration::from_secs(5);

/// A client's request.
#[derive(Debug, Clone)]
pub struct Request {
    pub path: String,
    /// First byte of the requested range.
    pub from: Option<u64>,
}

/// The server's response.
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    delay: Duration,
    /// Number of bytes of the body after which to stop, and whether to hang instead of closing.
    stop: Option<(usize, bool)>,
}

impl Reply {
    pub fn new(status: u16, body: Vec<u8>) -> Self {
        let length = ("Content-Length".to_owned(), body.len().to_string());
        Self { status, headers: vec![length], body, delay: Duration::ZERO, stop: None }
    }

    pub fn ok(body: Vec<u8>) -> Self {
        Self::new(200, body)
    }

    /// Returns the response of a server that supports ranges.
    pub fn file(content: Vec<u8>, request: &Request) -> Self {
        let len = content.len();
        match request.from.map(|from| from as usize) {
            None => Self::ok(content),
            Some(from) if from < len => Self::new(206, content[from..].to_vec())
                .header("Content-Range", &format!("bytes {from}-{}/{len}", len - 1)),
            Some(_) => {
                Self::new(416, Vec::new()).header("Content-Range", &format!("bytes */{len}"))
            }
        }
    }

    /// Returns a response that never arrives in time.
    pub fn hang() -> Self {
        Self::ok(Vec::new()).after(FOR_EVER)
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn claim_length(self, len: usize) -> Self {
        self.header("Content-Length", &len.to_string())
    }

    pub fn cut_off(mut self, after: usize) -> Self {
        self.stop = Some((after, false));
        self
    }

    pub fn hang_after(mut self, after: usize) -> Self {
        self.stop = Some((after, true));
        self
    }

    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    fn send(self, stream: &mut TcpStream) -> std::io::Result<()> {
        thread::sleep(self.delay);
        write!(stream, "HTTP/1.1 {} Reply\r\nConnection: close\r\n", self.status)?;
        for (name, value) in &self.headers {
            write!(stream, "{name}: {value}\r\n")?;
        }
        stream.write_all(b"\r\n")?;
        let (end, hang) = self.stop.unwrap_or((self.body.len(), false));
        stream.write_all(&self.body[..end.min(self.body.len())])?;
        stream.flush()?;
        if hang {
            thread::sleep(FOR_EVER);
        }
        Ok(())
    }
}

/// A server for one test; its threads run until the process ends.
pub struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Starts a server that responds to each request with `reply(request, number of earlier requests)`.
    pub fn new(reply: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (reply, log) = (Arc::new(reply), Arc::clone(&requests));
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let (reply, log) = (Arc::clone(&reply), Arc::clone(&log));
                thread::spawn(move || {
                    let Some(request) = read(&stream) else { return };
                    let mut log = log.lock().unwrap();
                    let count = log.len();
                    log.push(request.clone());
                    drop(log);
                    // Fails if the client has disconnected, as some tests intend.
                    let _ = reply(&request, count).send(&mut stream);
                });
            }
        });
        Self { address, requests }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let mut from = None;
    for line in lines.take_while(|line| !line.is_empty()) {
        if let Some(range) = line.to_lowercase().strip_prefix("range: bytes=") {
            from = range.trim_end_matches('-').parse().ok();
        }
    }
    Some(Request { path, from })
}
