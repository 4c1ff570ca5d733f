//! A single download request, from the end of the part to the end of the file.

use super::part::Part;
use crate::data::Error;
use std::io::Read;
use std::time::Duration;
use ureq::http::{Response, StatusCode, header};
use ureq::{Agent, Body};

/// Maximum length of a file, larger than any published data set; a server that sends more is not serving one.
const MAX_LEN: u64 = 1 << 32;

/// Why a request did not complete the file.
pub enum Failure {
    /// A permanent failure, such as a file that does not exist on the server.
    Refused(String),
    /// A temporary failure; a later attempt may succeed.
    Broken(String),
    /// The part cannot be written.
    Disk(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Disk(error)
    }
}

/// An HTTP client.
pub struct Client {
    /// For other machines, through a proxy if the environment sets one.
    outside: Agent,
    /// For this machine, never through a proxy.
    local: Agent,
    silence: Duration,
}

impl Client {
    /// Creates a client that gives up on a server after `silence` without receiving a byte.
    pub fn new(silence: Duration) -> Self {
        let config = || {
            Agent::config_builder()
                .http_status_as_error(false)
                .timeout_connect(Some(silence))
                .timeout_recv_response(Some(silence))
                .timeout_per_read(Some(silence))
                .timeout_per_write(Some(silence))
                .user_agent(concat!("runner/", env!("CARGO_PKG_VERSION")))
        };
        let outside = config().build().into();
        let local = config().proxy(None).build().into();
        Self { outside, local, silence }
    }

    /// Downloads the rest of the file at `url` and appends it to `part`; calls `show` with the number of
    /// bytes so far and, if known, the total.
    ///
    /// If the server cannot resume, downloads the whole file.
    pub fn download(
        &self,
        url: &str,
        part: &mut Part,
        show: &mut dyn FnMut(u64, Option<u64>),
    ) -> Result<(), Failure> {
        let mut response = self.request(url, part.len())?;
        let total = match (response.status(), part.len()) {
            (StatusCode::PARTIAL_CONTENT, have) if have > 0 => {
                match content_range(&response) {
                    Some((first, total)) if first == have => total,
                    // A different range than requested: only the whole file is reliable.
                    _ => self.start_over(url, part, &mut response)?,
                }
            }
            // The part is longer than the file, or belongs to another one.
            (StatusCode::RANGE_NOT_SATISFIABLE, have) if have > 0 => {
                self.start_over(url, part, &mut response)?
            }
            _ => {
                let total = whole(&response)?;
                // The server ignored the range and sends the whole file.
                part.clear()?;
                total
            }
        };
        self.receive(response, part, total, show)
    }

    fn request(&self, url: &str, from: u64) -> Result<Response<Body>, Failure> {
        let agent = if is_local(url) { &self.local } else { &self.outside };
        let mut request = agent.get(url).header(header::ACCEPT_ENCODING, "identity");
        if from > 0 {
            request = request.header(header::RANGE, format!("bytes={from}-"));
        }
        request.call().map_err(|error| match error {
            ureq::Error::BadUri(_) | ureq::Error::Http(_) => Failure::Refused(error.to_string()),
            ureq::Error::Timeout(_) => Failure::Broken(self.silent()),
            _ => Failure::Broken(error.to_string()),
        })
    }

    fn silent(&self) -> String {
        format!("no answer for {} s", self.silence.as_secs_f32())
    }

    /// Replaces `response` by one for the whole file, and returns the file's length if known.
    fn start_over(
        &self,
        url: &str,
        part: &mut Part,
        response: &mut Response<Body>,
    ) -> Result<Option<u64>, Failure> {
        part.clear()?;
        *response = self.request(url, 0)?;
        whole(response)
    }

    fn receive(
        &self,
        response: Response<Body>,
        part: &mut Part,
        total: Option<u64>,
        show: &mut dyn FnMut(u64, Option<u64>),
    ) -> Result<(), Failure> {
        let mut body = response.into_body().into_with_config().limit(u64::MAX).reader();
        let mut buffer = vec![0; 1 << 16];
        show(part.len(), total);
        loop {
            let count = match body.read(&mut buffer) {
                Ok(count) => count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    let reason = match error.kind() {
                        std::io::ErrorKind::TimedOut => self.silent(),
                        _ => error.to_string(),
                    };
                    return Err(Failure::Broken(cut_off(part.len(), total, &reason)));
                }
            };
            if count == 0 {
                break;
            }
            part.append(&buffer[..count])?;
            show(part.len(), total);
            if part.len() > MAX_LEN {
                part.clear()?;
                return Err(Failure::Refused(format!("more than {MAX_LEN} bytes")));
            }
        }
        match total {
            Some(total) if part.len() < total => {
                Err(Failure::Broken(cut_off(part.len(), Some(total), "the connection was closed")))
            }
            _ => Ok(()),
        }
    }
}

fn cut_off(have: u64, total: Option<u64>, reason: &str) -> String {
    match total {
        Some(total) => format!("interrupted after {have} of {total} bytes: {reason}"),
        None => format!("interrupted after {have} bytes: {reason}"),
    }
}

/// Returns the length of the file, if known, of a response with the whole file.
fn whole(response: &Response<Body>) -> Result<Option<u64>, Failure> {
    match response.status() {
        StatusCode::OK => Ok(response.body().content_length()),
        status => {
            let reason = format!("the server responded with {status}");
            let retry = status.is_server_error()
                || [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS].contains(&status);
            Err(if retry { Failure::Broken(reason) } else { Failure::Refused(reason) })
        }
    }
}

/// Parses the first byte and the length of the whole file from `Content-Range: bytes 5-9/10`.
fn content_range(response: &Response<Body>) -> Option<(u64, Option<u64>)> {
    let value = response.headers().get(header::CONTENT_RANGE)?.to_str().ok()?;
    let (range, total) = value.trim().strip_prefix("bytes")?.trim_start().split_once('/')?;
    let (first, _) = range.split_once('-')?;
    Some((first.trim().parse().ok()?, total.trim().parse().ok()))
}

/// Whether `url` is served by this machine.
fn is_local(url: &str) -> bool {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = host.split(['/', '?', '#']).next().unwrap_or(host);
    ["localhost", "127.", "[::1]"].iter().any(|local| host.starts_with(local))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(value: &str) -> Option<(u64, Option<u64>)> {
        let body = Body::builder().data("");
        let response = Response::builder().header(header::CONTENT_RANGE, value).body(body);
        content_range(&response.unwrap())
    }

    #[test]
    fn a_content_range_is_read_with_and_without_a_total() {
        assert_eq!(range("bytes 5-9/10"), Some((5, Some(10))));
        assert_eq!(range("bytes 5-9/*"), Some((5, None)));
        assert_eq!(range("bytes */10"), None);
        assert_eq!(range("pages 1-2/3"), None);
    }

    #[test]
    fn names_of_this_machine_are_recognized() {
        assert!(is_local("http://127.0.0.1:8080/x") && is_local("http://localhost/x"));
        assert!(is_local("http://[::1]:80/"));
        assert!(!is_local("https://example.org/127.0.0.1"));
    }
}
