//! One keep-alive connection.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::answer::Answer;
use super::request::{Asked, Requests};
use crate::error::LoadError;

/// The longest answer: a redirect to a target of 2,048 characters, or an error page.
const LONGEST_ANSWER: usize = 8 * 1024;

/// A connection with at most one open request.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
    asked_at: Instant,
    link: Option<usize>,
}

/// A request that was answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    /// From request to answer.
    pub(super) latency: Duration,
    /// Whether it was the answer that was due.
    pub(super) right: bool,
}

impl Connection {
    pub(super) fn open(address: SocketAddr) -> Result<Self, LoadError> {
        let failed = || LoadError::system(format!("connect to {address}"));
        let stream = TcpStream::connect(address).map_err(failed())?;
        stream.set_nodelay(true).map_err(failed())?;
        stream.set_nonblocking(true).map_err(failed())?;
        let buffer = vec![0; LONGEST_ANSWER];
        Ok(Self { stream, buffer, filled: 0, asked_at: Instant::now(), link: None })
    }

    pub(super) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Sends a request. It fits into an empty socket buffer, so one call takes it whole.
    pub(super) fn ask(&mut self, asked: Asked<'_>) -> Result<(), LoadError> {
        self.filled = 0;
        self.link = asked.link;
        self.asked_at = Instant::now();
        self.stream.write_all(asked.bytes).map_err(LoadError::system("send a request"))
    }

    /// Reads what is there; none while a part of the answer is missing.
    pub(super) fn take(&mut self, requests: &Requests) -> Result<Option<Taken>, LoadError> {
        match self.stream.read(self.buffer.get_mut(self.filled..).unwrap_or_default()) {
            Ok(0) => return Err(LoadError::unexpected("an answer", "the server closed the connection")),
            Ok(count) => self.filled += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(LoadError::system("read an answer")(error)),
        }
        let bytes = self.buffer.get(..self.filled).unwrap_or_default();
        let answer = Answer::parse(bytes, requests.expects_body())
            .map_err(|_| LoadError::unexpected("an answer", String::from_utf8_lossy(bytes)))?;
        let Some(answer) = answer else { return Ok(None) };
        let latency = self.asked_at.elapsed();
        let right = requests.is_due(answer.status)
            && requests
                .due_location(self.link)
                .is_none_or(|due| answer.header(b"location") == Some(due.as_bytes()));
        Ok(Some(Taken { latency, right }))
    }
}
