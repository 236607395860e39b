//! Whether a TCP connection comes about, asked from inside a network namespace.

use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How long to wait for an answer. A refusal comes at once; what is dropped never does.
const PATIENCE: Duration = Duration::from_millis(1500);

/// What became of an attempt to connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// A connection came about.
    Open,
    /// It was refused, or nothing answered.
    Closed,
}

/// Tries all addresses at once.
#[must_use]
pub fn connect(addresses: &[SocketAddr]) -> Vec<Outcome> {
    thread::scope(|scope| {
        let attempt = |address| move || TcpStream::connect_timeout(address, PATIENCE).is_ok();
        let attempts: Vec<_> = addresses.iter().map(|address| scope.spawn(attempt(address))).collect();
        let outcomes = attempts.into_iter().map(|handle| handle.join().unwrap_or(false));
        outcomes.map(|open| if open { Outcome::Open } else { Outcome::Closed }).collect()
    })
}
