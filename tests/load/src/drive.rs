//! `load drive`: load on any address, for a profiler beside it.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use stack::Progress;

use crate::error::LoadError;
use crate::generator::{Limit, Plan};
use crate::options::Scenario;
use crate::range::float;
use crate::rounds;

/// What the caller may choose.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The server's address on loopback.
    #[arg(long)]
    address: SocketAddr,
    /// What to ask for.
    #[arg(long, default_value = "hot")]
    scenario: Scenario,
    /// How long, in seconds.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Connections, each with one open request.
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Links that the server knows.
    #[arg(long, default_value_t = 10_000)]
    links: usize,
}

/// Loads a server; true when every answer was the one that was due.
pub(crate) async fn drive(options: &Options, progress: &Progress) -> Result<bool, LoadError> {
    if !options.address.ip().is_loopback() {
        return Err(LoadError::unexpected("the address", format!("{} is not on loopback", options.address)));
    }
    let plan = Plan {
        address: options.address,
        connections: options.connections,
        traffic: options.scenario.traffic(options.links),
        limit: Limit::Time(Duration::from_secs(options.seconds)),
        seed: 0,
    };
    let driven = rounds::drive(plan).await?;
    let latency = |quantile| driven.latency.value_at_quantile(quantile) / 1_000;
    progress.say(&format!(
        "{} requests in {:.1} s, {:.0} a second, p50 {} µs, p99 {} µs, {} wrong",
        driven.requests,
        driven.elapsed.as_secs_f64(),
        float(driven.requests) / driven.elapsed.as_secs_f64(),
        latency(0.5),
        latency(0.99),
        driven.wrong,
    ));
    Ok(driven.wrong == 0)
}
