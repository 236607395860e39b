//! What a benchmark found.

mod table;
mod text;

use serde::Serialize;

use crate::accounting::Memory;
use crate::counters::Counters;
use crate::machine::Machine;
use crate::options::{Options, Scenario};
use crate::range::{Range, float};
use crate::rounds::{ClickCost, Sample};

/// What the median ratio of hot and spread redirects should not exceed.
const GOAL: f64 = 1.25;

/// Everything that was measured, and on what.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    pub(crate) machine: Machine,
    pub(crate) options: Options,
    pub(crate) server_core: usize,
    pub(crate) other_cores: Vec<usize>,
    /// Worker threads of the runtimes in url-service and in the bare server.
    pub(crate) worker_threads: [usize; 2],
    /// The share of the server core's time that the hypervisor gave to others.
    pub(crate) stolen: f64,
    pub(crate) idle: Idle,
    /// From start to ready, in milliseconds.
    pub(crate) starts: Vec<f64>,
    pub(crate) link_memory: LinkMemory,
    pub(crate) scenarios: Vec<Rounds>,
    pub(crate) clicks: Clicks,
}

/// Memory before the first request.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Idle {
    pub(crate) url_service: Memory,
    pub(crate) bare: Memory,
}

/// What cached links take.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LinkMemory {
    pub(crate) links: u64,
    /// Growth of resident memory in bytes.
    pub(crate) grown: u64,
    pub(crate) per_link: f64,
}

/// The rounds of one scenario.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rounds {
    pub(crate) scenario: Scenario,
    pub(crate) pairs: Vec<Pair>,
    /// What the statistics of the hot link grew by during these rounds.
    pub(crate) counted_for_hot_link: u64,
}

/// One round on both servers.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pair {
    pub(crate) url_service: Sample,
    pub(crate) bare: Sample,
}

/// The clicks of the whole run.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Clicks {
    /// Taken by url-service.
    pub(crate) accepted: u64,
    /// Delivered by the worker and counted.
    pub(crate) counted: u64,
    /// Taken and not counted.
    pub(crate) lost: u64,
    /// Left out of the statistics by the worker.
    pub(crate) discarded: u64,
    /// Not taken, because there was no room.
    pub(crate) dropped: u64,
    /// Redirects of the hot link in the measured rounds of its scenario.
    pub(crate) hot_redirects: u64,
    /// Of these, those in its statistics.
    pub(crate) hot_counted: u64,
}

impl Report {
    /// Whether every answer was right and every click was counted.
    pub(crate) fn is_sound(&self) -> bool {
        let samples = self.scenarios.iter().flat_map(|rounds| &rounds.pairs);
        let wrong: u64 = samples.map(|pair| pair.url_service.wrong + pair.bare.wrong).sum();
        let clicks = &self.clicks;
        wrong == 0 && clicks.lost == 0 && clicks.dropped == 0 && clicks.hot_redirects == clicks.hot_counted
    }
}

impl Rounds {
    /// One figure of url-service in all rounds.
    fn url_service(&self, figure: impl Fn(&Sample) -> f64) -> Option<Range> {
        Range::of(self.pairs.iter().map(|pair| figure(&pair.url_service)))
    }

    /// One figure of the bare server in all rounds.
    fn bare(&self, figure: impl Fn(&Sample) -> f64) -> Option<Range> {
        Range::of(self.pairs.iter().map(|pair| figure(&pair.bare)))
    }

    /// The ratio of a figure, pair by pair.
    fn ratio(&self, figure: impl Fn(&Sample) -> f64) -> Option<Range> {
        Range::of(self.pairs.iter().map(|pair| figure(&pair.url_service) / figure(&pair.bare)))
    }

    /// One figure per thousand clicks; none without clicks.
    fn per_thousand_clicks(&self, figure: impl Fn(&ClickCost) -> f64) -> Option<Range> {
        let clicks = self.pairs.iter().filter_map(|pair| pair.url_service.clicks.as_ref());
        Range::of(
            clicks
                .filter(|clicks| clicks.accepted > 0)
                .map(|clicks| figure(clicks) * 1_000.0 / float(clicks.accepted)),
        )
    }
}

impl Pair {
    /// The round in a line.
    pub(crate) fn in_short(&self) -> String {
        let (ours, bare) = (&self.url_service, &self.bare);
        format!("{:.2} µs against {:.2} µs of CPU, × {:.2}", ours.cpu, bare.cpu, ours.cpu / bare.cpu)
    }
}

impl Clicks {
    /// From the counters of both services, which began with the run, and from the rounds.
    pub(crate) fn new(service: &Counters, worker: &Counters, scenarios: &[Rounds]) -> Self {
        let hot = scenarios.iter().filter(|rounds| rounds.scenario == Scenario::Hot);
        let (accepted, counted) = (service.get("clicks_accepted"), worker.get("clicks_delivered"));
        Self {
            accepted,
            counted,
            lost: accepted.saturating_sub(counted),
            discarded: worker.get("clicks_discarded"),
            dropped: service.get("clicks_dropped"),
            hot_redirects: hot
                .clone()
                .flat_map(|rounds| &rounds.pairs)
                .map(|pair| pair.url_service.requests - pair.url_service.wrong)
                .sum(),
            hot_counted: hot.map(|rounds| rounds.counted_for_hot_link).sum(),
        }
    }
}
