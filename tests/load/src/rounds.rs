//! One round: load on one server, and what that cost it, its clicks included.

use std::time::{Duration, Instant};

use serde::Serialize;

use crate::accounting::{self, Memory};
use crate::counters::Counters;
use crate::error::LoadError;
use crate::generator::{self, Driven, Plan};
use crate::range::float;
use crate::subjects::Subjects;

/// How long the clicks of one round may take to be counted.
const COUNTED: Duration = Duration::from_mins(10);
/// How often it is looked whether they are.
const POLL: Duration = Duration::from_millis(100);

/// What a round cost one server.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Sample {
    pub(crate) requests: u64,
    /// Answers that were not the ones that were due.
    pub(crate) wrong: u64,
    pub(crate) requests_per_second: f64,
    /// Server CPU per request in microseconds, until every click is counted.
    pub(crate) cpu: f64,
    /// The same, until the last answer only.
    pub(crate) cpu_under_load: f64,
    /// Half of the answers took no longer, in microseconds.
    pub(crate) p50: f64,
    /// 99 of 100 answers took no longer, in microseconds.
    pub(crate) p99: f64,
    /// Memory at the last answer.
    pub(crate) memory: Memory,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) clicks: Option<ClickCost>,
}

/// What the clicks of a round cost beyond the redirects.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClickCost {
    /// Clicks that url-service took.
    pub(crate) accepted: u64,
    /// Requests of SQS that took them to the queue.
    pub(crate) sends: u64,
    /// Clicks that went to the queue by way of the disk, because the emulator was too slow.
    pub(crate) spilled: u64,
    /// CPU of the worker in microseconds.
    pub(crate) worker_cpu: f64,
    /// From the last answer until all are in the statistics, in seconds.
    pub(crate) seconds_to_count: f64,
    /// Redirects that had to read their link from the database.
    pub(crate) cache_misses: u64,
}

/// Puts load on a server from a thread of its own.
pub(crate) async fn drive(plan: Plan) -> Result<Driven, LoadError> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    // The receiver is gone only when nobody waits for the result any more.
    std::thread::spawn(move || drop(sender.send(generator::drive(&plan))));
    receiver.await.map_err(|_| LoadError::unexpected("the generator", "it ended without a result"))?
}

/// A round on the bare server.
pub(crate) async fn bare(subjects: &Subjects<'_>, plan: Plan) -> Result<Sample, LoadError> {
    let pid = subjects.bare.server.pid();
    let before = accounting::cpu_time(pid)?;
    let driven = drive(plan).await?;
    let cpu = accounting::cpu_time(pid)?.saturating_sub(before);
    Ok(sample(&driven, cpu, cpu, accounting::memory(pid)?))
}

/// A round on url-service.
pub(crate) async fn url_service(subjects: &Subjects<'_>, plan: Plan) -> Result<Sample, LoadError> {
    let (service, worker) = (subjects.url_service()?, subjects.stack.worker());
    let (pid, worker_pid) = (service.process().pid(), worker.process().pid());
    let (counters, delivered) = (Counters::read(service).await?, Counters::read(worker).await?);
    let (before, worker_before) = (accounting::cpu_time(pid)?, accounting::cpu_time(worker_pid)?);
    let driven = drive(plan).await?;
    let under_load = accounting::cpu_time(pid)?.saturating_sub(before);
    let memory = accounting::memory(pid)?;

    let answered = Instant::now();
    let after = Counters::read(service).await?;
    let since = |name| after.get(name).saturating_sub(counters.get(name));
    let accepted = since("clicks_accepted");
    wait_until_counted(subjects, delivered.get("clicks_delivered"), accepted).await?;
    let seconds_to_count = answered.elapsed().as_secs_f64();
    let cpu = accounting::cpu_time(pid)?.saturating_sub(before);
    let worker_cpu = accounting::cpu_time(worker_pid)?.saturating_sub(worker_before);
    let settled = Counters::read(service).await?;
    let clicks = ClickCost {
        accepted,
        sends: settled.get("sqs_send_requests").saturating_sub(counters.get("sqs_send_requests")),
        spilled: settled.get("clicks_spilled").saturating_sub(counters.get("clicks_spilled")),
        worker_cpu: microseconds(worker_cpu),
        seconds_to_count,
        cache_misses: since("link_cache_misses"),
    };
    Ok(Sample { clicks: Some(clicks), ..sample(&driven, cpu, under_load, memory) })
}

/// Waits until the worker has delivered so many clicks more than `before`.
async fn wait_until_counted(subjects: &Subjects<'_>, before: u64, accepted: u64) -> Result<(), LoadError> {
    let begun = Instant::now();
    loop {
        let counters = Counters::read(subjects.stack.worker()).await?;
        let missing = (before + accepted).saturating_sub(counters.get("clicks_delivered"));
        if missing == 0 {
            return Ok(());
        }
        if begun.elapsed() >= COUNTED {
            return Err(LoadError::Uncounted { missing, accepted, seconds: COUNTED.as_secs() });
        }
        tokio::time::sleep(POLL).await;
    }
}

fn sample(driven: &Driven, cpu: Duration, under_load: Duration, memory: Memory) -> Sample {
    let requests = float(driven.requests.max(1));
    let latency = |quantile| float(driven.latency.value_at_quantile(quantile)) / 1_000.0;
    Sample {
        requests: driven.requests,
        wrong: driven.wrong,
        requests_per_second: requests / driven.elapsed.as_secs_f64(),
        cpu: microseconds(cpu) / requests,
        cpu_under_load: microseconds(under_load) / requests,
        p50: latency(0.5),
        p99: latency(0.99),
        memory,
        clicks: None,
    }
}

fn microseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
