//! What admission costs: how long a pod takes to be admitted, with the rules and without, as a ratio.
//!
//! A command and not a test: the numbers are those of this machine at this moment, the ratio is less so.

use std::error::Error;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use admission::{Api, Attempt, Caller, Kind, Overlay, Template, good_crossing, path};
use cluster::{AdmissionCluster, Plan};
use http::Method;
use serde_json::Value;
use stack::Progress;

/// Requests that are not counted, and requests that are.
const WARM_UP: usize = 30;
const COUNTED: usize = 300;
const APPLY: &str = "application/apply-patch+yaml";
/// How long a rule may take to be in force.
const SOON: Duration = Duration::from_mins(1);

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr().lock(), "admission: {error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the command is the edge: certificates count from now")]
fn run() -> Outcome<()> {
    let plan = Plan::new(Plan::MOST - 2).ok_or("no such plan")?;
    let now = time::OffsetDateTime::now_utc();
    let cluster = AdmissionCluster::start(plan, now, &Progress::stdout())?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(measure(&cluster))
}

async fn measure(cluster: &AdmissionCluster) -> Outcome<()> {
    let api = Api::new(cluster)?;
    let overlay = Overlay::render(cluster.kubectl(), "production", cluster.directory())?;
    let pod = good_crossing(&Template::of(&overlay)?).into_iter().find(|pod| pod.kind == Some(Kind::Pod));
    let pod = pod.ok_or("no pod")?;
    let with = |kinds: &'static [&'static str]| {
        overlay.others().chain(overlay.rules()).filter(move |object| {
            object.get("kind").and_then(Value::as_str).is_some_and(|kind| kinds.contains(&kind))
        })
    };
    for object in with(&["Namespace", "ServiceAccount", "ClusterRoleBinding"]) {
        // KEDA's namespace is not there, and nobody asks for it.
        if !path(object).contains("/keda/") {
            apply(&api, object).await?;
        }
    }
    let bare = latencies(&api, &pod).await?;
    report("the API server and AWS's webhook alone", &bare, &bare)?;
    for rule in with(&["ValidatingPolicy"]) {
        apply(&api, rule).await?;
        ready(&api, rule).await?;
    }
    report("and Kyverno, just asked", &latencies(&api, &pod).await?, &bare)?;
    report("and Kyverno, warm", &latencies(&api, &pod).await?, &bare)?;
    for rule in with(&["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"]) {
        apply(&api, rule).await?;
    }
    report("and the API server's own rules", &latencies(&api, &pod).await?, &bare)
}

async fn apply(api: &Api, object: &Value) -> Outcome<()> {
    let url = format!("{}?fieldManager=bench&force=true", path(object));
    let caller = api.as_caller(&Caller::named("administrator")?)?;
    let answer = caller.send(Method::PATCH, &url, APPLY, object).await?;
    if answer.admitted() { Ok(()) } else { Err(format!("{url}: {}", answer.message()).into()) }
}

async fn ready(api: &Api, rule: &Value) -> Outcome<()> {
    let begun = Instant::now();
    while begun.elapsed() < SOON {
        let found = api.get(&path(rule)).await?.body;
        if found.pointer("/status/conditionStatus/ready") == Some(&Value::Bool(true)) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Err(format!("{} is not ready", path(rule)).into())
}

async fn latencies(api: &Api, pod: &Attempt) -> Outcome<Vec<Duration>> {
    let mut found = Vec::with_capacity(COUNTED);
    for number in 0..WARM_UP + COUNTED {
        let begun = Instant::now();
        let answer = pod.send(api).await?;
        let taken = begun.elapsed();
        if !answer.admitted() {
            return Err(format!("the pod was refused: {}", answer.message()).into());
        }
        if number >= WARM_UP {
            found.push(taken);
        }
    }
    found.sort();
    Ok(found)
}

fn report(what: &str, latencies: &[Duration], bare: &[Duration]) -> Outcome<()> {
    let quantile = |sorted: &[Duration], percent: usize| {
        let index = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
        sorted.get(index).map_or(0.0, |latency| latency.as_secs_f64() * 1e3)
    };
    let (half, most) = (quantile(latencies, 50), quantile(latencies, 99));
    let (bare_half, bare_most) = (quantile(bare, 50), quantile(bare, 99));
    writeln!(
        std::io::stdout().lock(),
        "{what:40} p50 {half:6.1} ms ({:.2})   p99 {most:6.1} ms ({:.2})",
        half / bare_half,
        most / bare_most
    )?;
    Ok(())
}
