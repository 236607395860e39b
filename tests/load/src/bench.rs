//! The order of a benchmark: start, memory of a link, start to ready, rounds, what became of the clicks.

use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, Instant};

use stack::Progress;

use crate::accounting;
use crate::cores::Cores;
use crate::counters::Counters;
use crate::error::LoadError;
use crate::generator::{Limit, Plan, Traffic};
use crate::machine::{CoreTime, Machine};
use crate::options::{Options, Scenario};
use crate::range::float;
use crate::report::{Clicks, Idle, LinkMemory, Pair, Report, Rounds};
use crate::rounds::{self, drive};
use crate::subjects::Subjects;

/// The unmeasured load before the rounds of a scenario.
const WARM_UP: Duration = Duration::from_secs(2);
/// Misses that make a replica open its database connections, before memory is looked at.
const FIRST_MISSES: u64 = 2_000;
/// Starts that are timed.
const STARTS: usize = 7;

/// Runs the whole benchmark.
pub(crate) async fn bench(
    options: &Options,
    cores: &Cores,
    progress: &Progress,
) -> Result<Report, LoadError> {
    let machine = Machine::read();
    let subjects = Subjects::start(options.links, cores, progress).await?;
    let measured = measure(&subjects, options, machine, progress).await;
    let stopped = subjects.stop().await;
    let report = measured?;
    stopped?;
    Ok(report)
}

async fn measure(
    subjects: &Subjects<'_>,
    options: &Options,
    machine: Machine,
    progress: &Progress,
) -> Result<Report, LoadError> {
    let bench = Bench { subjects, options, progress, seed: RandomState::new().hash_one(0) };
    let idle = bench.idle()?;
    let step = progress.begin("start to ready");
    let starts = (0..STARTS).map(|_| bench.time_start()).collect::<Result<Vec<_>, _>>()?;
    step.done(&format!("{STARTS} starts"));
    let step = progress.begin("memory of a link");
    let link_memory = bench.link_memory().await?;
    step.done(&format!("{} links", options.links));
    let before = CoreTime::read(subjects.cores.server());
    let mut scenarios = Vec::new();
    for scenario in &options.scenarios {
        scenarios.push(bench.rounds(*scenario).await?);
    }
    let stolen = CoreTime::read(subjects.cores.server()).stolen_since(before);
    let clicks = bench.clicks(&scenarios).await?;
    Ok(Report {
        machine,
        options: options.clone(),
        server_core: subjects.cores.server(),
        other_cores: subjects.cores.others().to_vec(),
        worker_threads: subjects.worker_threads()?,
        stolen,
        idle,
        starts,
        link_memory,
        scenarios,
        clicks,
    })
}

struct Bench<'a> {
    subjects: &'a Subjects<'a>,
    options: &'a Options,
    progress: &'a Progress,
    seed: u64,
}

impl Bench<'_> {
    /// Memory before the first request.
    fn idle(&self) -> Result<Idle, LoadError> {
        Ok(Idle {
            url_service: accounting::memory(self.subjects.url_service()?.process().pid())?,
            bare: accounting::memory(self.subjects.bare.server.pid())?,
        })
    }

    /// From the start of a process of url-service to its first `/readyz` that says yes, in milliseconds.
    fn time_start(&self) -> Result<f64, LoadError> {
        let begun = Instant::now();
        let replica = self.subjects.start_replica()?;
        let milliseconds = begun.elapsed().as_secs_f64() * 1e3;
        replica.server.stop()?;
        Ok(milliseconds)
    }

    /// What a process of url-service grows by when it has read every link once. A fresh one, by HEAD, so that no
    /// click is kept; connections and statements exist before the first look.
    async fn link_memory(&self) -> Result<LinkMemory, LoadError> {
        let replica = self.subjects.start_replica()?;
        let pid = replica.server.pid();
        let links = self.options.links;
        let plan = |traffic, requests| Plan {
            address: replica.public,
            limit: Limit::Requests(requests),
            ..self.plan(traffic, 0)
        };
        drive(plan(Traffic::Misses, FIRST_MISSES)).await?;
        let before = accounting::memory(pid)?;
        let each = u64::try_from(links).unwrap_or(u64::MAX);
        ensure_right(drive(plan(Traffic::Each { links }, each)).await?.wrong)?;
        let after = accounting::memory(pid)?;
        replica.server.stop()?;
        let grown = after.resident.saturating_sub(before.resident);
        Ok(LinkMemory { links: each, grown, per_link: float(grown) / float(each.max(1)) })
    }

    /// All rounds of a scenario: url-service and the bare server take turns.
    async fn rounds(&self, scenario: Scenario) -> Result<Rounds, LoadError> {
        let traffic = scenario.traffic(self.options.links);
        self.warm_up(traffic).await?;
        let counted_before = self.subjects.hot_statistics().await?;
        let mut pairs = Vec::new();
        for round in 1..=self.options.rounds {
            let step = self.progress.begin(scenario.name());
            let plan = self.plan(traffic, round);
            let url_service = rounds::url_service(self.subjects, plan).await?;
            let bare =
                rounds::bare(self.subjects, Plan { address: self.subjects.bare.address, ..plan }).await?;
            let pair = Pair { url_service, bare };
            step.done(&format!("round {round}: {}", pair.in_short()));
            pairs.push(pair);
        }
        let counted = self.subjects.hot_statistics().await?.saturating_sub(counted_before);
        Ok(Rounds { scenario, pairs, counted_for_hot_link: counted })
    }

    /// Reads every link once in both servers, comparing where each leads, then loads both a little.
    async fn warm_up(&self, traffic: Traffic) -> Result<(), LoadError> {
        let links = self.options.links;
        let each = Limit::Requests(u64::try_from(links).unwrap_or(u64::MAX));
        for address in [self.subjects.public()?, self.subjects.bare.address] {
            let plan = Plan { address, limit: each, ..self.plan(Traffic::Each { links }, 0) };
            ensure_right(drive(plan).await?.wrong)?;
        }
        let plan = Plan { limit: Limit::Time(WARM_UP), ..self.plan(traffic, 0) };
        rounds::url_service(self.subjects, plan).await?;
        rounds::bare(self.subjects, Plan { address: self.subjects.bare.address, ..plan }).await?;
        Ok(())
    }

    /// Load on url-service; equal for both servers of a round, and different in each.
    fn plan(&self, traffic: Traffic, round: u64) -> Plan {
        Plan {
            address: self.subjects.public().unwrap_or(self.subjects.bare.address),
            connections: self.options.connections,
            traffic,
            limit: Limit::Time(Duration::from_secs(self.options.seconds)),
            seed: self.seed.wrapping_add(round),
        }
    }

    /// What became of the clicks of the whole run.
    async fn clicks(&self, scenarios: &[Rounds]) -> Result<Clicks, LoadError> {
        let service = Counters::read(self.subjects.url_service()?).await?;
        let worker = Counters::read(self.subjects.stack.worker()).await?;
        Ok(Clicks::new(&service, &worker, scenarios))
    }
}

fn ensure_right(wrong: u64) -> Result<(), LoadError> {
    match wrong {
        0 => Ok(()),
        _ => Err(LoadError::unexpected("a redirect", format!("{wrong} links lead elsewhere"))),
    }
}
