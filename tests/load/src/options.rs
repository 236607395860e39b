//! What the caller may choose.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::generator::Traffic;

/// How long and how often to measure.
#[derive(Args, Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Options {
    /// The length of one round on one server, in seconds.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(crate) seconds: u64,
    /// Rounds of each scenario; in each, both servers have their turn.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=100))]
    pub(crate) rounds: u64,
    /// Connections, each with one open request.
    #[arg(long, default_value = "64", value_parser = connections)]
    pub(crate) connections: usize,
    /// Links that both servers know.
    #[arg(long, default_value = "10000", value_parser = links)]
    pub(crate) links: usize,
    /// The scenarios to run.
    #[arg(long, value_delimiter = ',', default_value = "hot,spread,misses")]
    pub(crate) scenarios: Vec<Scenario>,
    /// Also write everything to this file, as JSON.
    #[arg(long)]
    #[serde(skip)]
    pub(crate) json: Option<PathBuf>,
}

/// What visitors ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Scenario {
    /// One link again and again.
    Hot,
    /// All links, each as likely as the other.
    Spread,
    /// Names that no link has, each new.
    Misses,
}

impl Scenario {
    /// As the table says it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hot => "hot link",
            Self::Spread => "spread over all links",
            Self::Misses => "misses",
        }
    }

    /// What it asks of a server that knows so many links.
    pub(crate) fn traffic(self, links: usize) -> Traffic {
        match self {
            Self::Hot => Traffic::Hot,
            Self::Spread => Traffic::Spread { links },
            Self::Misses => Traffic::Misses,
        }
    }
}

fn connections(text: &str) -> Result<usize, String> {
    within(text, 1_000)
}

fn links(text: &str) -> Result<usize, String> {
    within(text, 200_000)
}

fn within(text: &str, most: usize) -> Result<usize, String> {
    let number: NonZeroUsize = text.parse().map_err(|_| "must be a whole number from 1".to_owned())?;
    if number.get() <= most { Ok(number.get()) } else { Err(format!("must be at most {most}")) }
}
