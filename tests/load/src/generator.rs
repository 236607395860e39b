//! The load: a closed loop of HTTP/1.1 keep-alive connections, all on one thread.
//!
//! Each connection asks, waits for the whole answer and asks again. One thread with `epoll` costs less per request
//! than any server that it could load, so that the server is what is measured. It looks for answers without ever
//! sleeping: waking a sleeping client costs a server on the same machine about a microsecond per answer, which the
//! slower server would pay more often, and which no server pays for clients behind a network.

mod answer;
mod connection;
mod request;
mod sequence;
mod visitors;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};

use crate::error::LoadError;
use connection::Connection;
use request::Requests;

/// No server that works takes so long for an answer.
const SILENCE: Duration = Duration::from_secs(20);
/// Looks and returns at once.
const AT_ONCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };
/// Latencies are kept up to a minute, in nanoseconds, to three digits.
const LONGEST: u64 = 60_000_000_000;

/// What to ask for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Traffic {
    /// One link again and again.
    Hot,
    /// One of so many links, each as likely as the other.
    Spread {
        /// How many.
        links: usize,
    },
    /// Names that no link has, each new.
    Misses,
    /// Each of so many links in turn, by HEAD, which is no visit; where it leads is compared.
    Each {
        /// How many.
        links: usize,
    },
}

/// When to stop asking.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Limit {
    /// After this time.
    Time(Duration),
    /// After this many requests.
    Requests(u64),
}

/// One stretch of load.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) address: SocketAddr,
    pub(crate) connections: usize,
    pub(crate) traffic: Traffic,
    pub(crate) limit: Limit,
    /// Where the random choices begin: equal seeds choose alike.
    pub(crate) seed: u64,
}

/// What came of it.
#[derive(Clone, Debug)]
pub(crate) struct Driven {
    /// Requests that were answered.
    pub(crate) requests: u64,
    /// Among them, those whose answer was not the one that was due.
    pub(crate) wrong: u64,
    /// From the first request to the last answer.
    pub(crate) elapsed: Duration,
    /// From request to answer, in nanoseconds.
    pub(crate) latency: Histogram<u64>,
}

/// Asks until the limit, then waits for the open answers.
pub(crate) fn drive(plan: &Plan) -> Result<Driven, LoadError> {
    let mut requests = Requests::new(plan);
    let poll = epoll::create(epoll::CreateFlags::CLOEXEC).map_err(LoadError::system("create an epoll"))?;
    let mut connections = Vec::with_capacity(plan.connections);
    for number in (0..plan.connections).zip(0_u64..).map(|(_, number)| number) {
        let connection = Connection::open(plan.address)?;
        let data = epoll::EventData::new_u64(number);
        epoll::add(&poll, connection.stream(), data, epoll::EventFlags::IN)
            .map_err(LoadError::system("watch a connection"))?;
        connections.push(connection);
    }
    let mut run = Run::begin(plan.limit)?;
    for connection in &mut connections {
        run.ask(connection, &mut requests)?;
    }
    let mut events = Vec::with_capacity(plan.connections);
    let mut heard_at = Instant::now();
    while run.open > 0 {
        epoll::wait(&poll, spare_capacity(&mut events), Some(&AT_ONCE))
            .map_err(LoadError::system("wait for answers"))?;
        if !events.is_empty() {
            heard_at = Instant::now();
        } else if heard_at.elapsed() >= SILENCE {
            return Err(LoadError::unexpected("the server", "no answer for 20 s"));
        }
        for event in events.drain(..) {
            let number = usize::try_from(event.data.u64()).unwrap_or(usize::MAX);
            let Some(connection) = connections.get_mut(number) else { continue };
            run.take(connection, &mut requests)?;
        }
    }
    Ok(run.end())
}

/// The state of one stretch of load.
struct Run {
    limit: Limit,
    started: Instant,
    asked: u64,
    open: usize,
    driven: Driven,
}

impl Run {
    fn begin(limit: Limit) -> Result<Self, LoadError> {
        let latency = Histogram::new_with_bounds(1_000, LONGEST, 3)
            .map_err(|error| LoadError::unexpected("the histogram", error.to_string()))?;
        let driven = Driven { requests: 0, wrong: 0, elapsed: Duration::ZERO, latency };
        Ok(Self { limit, started: Instant::now(), asked: 0, open: 0, driven })
    }

    fn ask(&mut self, connection: &mut Connection, requests: &mut Requests) -> Result<(), LoadError> {
        let over = match self.limit {
            Limit::Time(limit) => self.started.elapsed() >= limit,
            Limit::Requests(limit) => self.asked >= limit,
        };
        if !over {
            connection.ask(requests.next())?;
            self.asked += 1;
            self.open += 1;
        }
        Ok(())
    }

    fn take(&mut self, connection: &mut Connection, requests: &mut Requests) -> Result<(), LoadError> {
        let Some(taken) = connection.take(requests)? else { return Ok(()) };
        self.open -= 1;
        self.driven.requests += 1;
        self.driven.wrong += u64::from(!taken.right);
        self.driven.latency.saturating_record(u64::try_from(taken.latency.as_nanos()).unwrap_or(LONGEST));
        self.ask(connection, requests)
    }

    fn end(mut self) -> Driven {
        self.driven.elapsed = self.started.elapsed();
        self.driven
    }
}
