//! The one way in which every process of the system starts and ends.

use std::future::Future;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::clock::{Clock, SystemClock};
use crate::core_dump;
use crate::health::Health;
use crate::http_server::{self, Limits, Plaintext};
use crate::lifecycle::{self, BoxError, Chain, End, StopSignals, Task};
use crate::metrics::Metrics;
use crate::settings::{Fault, Reader};
use crate::telemetry::{self, RootSampling, Telemetry};

/// The environment is wrong (`EX_CONFIG` of `sysexits.h`).
const EXIT_SETTINGS: u8 = 78;
/// Something that the service needs at start is not there (`EX_UNAVAILABLE`).
const EXIT_UNAVAILABLE: u8 = 69;
/// The service failed while it ran, or did not stop in time (`EX_SOFTWARE`).
const EXIT_FAILED: u8 = 70;
/// Ended by a second signal (128 + SIGTERM, as a shell would say it).
const EXIT_ABORTED: u8 = 143;

/// A process of the system.
pub trait Service {
    /// Its name in logs, traces and metrics.
    const NAME: &'static str;
    /// Its own settings.
    type Settings: Send + 'static;

    /// Reads the service's settings, noting every fault; `None` when a required one is missing.
    fn settings(reader: &mut Reader) -> Option<Self::Settings>;

    /// Opens what the service needs and starts its tasks, which are stopped in the order given.
    fn start(
        settings: Self::Settings,
        context: ServiceContext,
    ) -> impl Future<Output = Result<Vec<Task>, StartError>> + Send;
}

/// What a service is given by the runtime. Cheap to clone.
#[derive(Clone)]
pub struct ServiceContext {
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// The process's checks.
    pub health: Health,
    /// The process's metrics.
    pub metrics: Metrics,
    /// Which requests begin a trace.
    pub root_sampling: RootSampling,
}

impl std::fmt::Debug for ServiceContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServiceContext").finish_non_exhaustive()
    }
}

/// Why a service did not start: what was being done, and the cause.
#[derive(Debug, thiserror::Error)]
#[error("{doing}")]
pub struct StartError {
    doing: String,
    #[source]
    cause: BoxError,
}

impl StartError {
    /// An error while `doing` something.
    pub fn new(doing: impl Into<String>, cause: impl Into<BoxError>) -> Self {
        Self { doing: doing.into(), cause: cause.into() }
    }
}

/// How the process listens to its operator.
#[derive(Clone, Copy, Debug)]
struct Operation {
    admin: SocketAddr,
    unready: Duration,
    deadline: Duration,
}

impl Operation {
    /// Reads `ADMIN_LISTEN`, `SHUTDOWN_UNREADY_SECONDS` (how long to serve on after readiness is taken back,
    /// so that load balancers notice) and `SHUTDOWN_DEADLINE_SECONDS` (for everything after that).
    fn read(reader: &mut Reader) -> Self {
        Self {
            admin: reader.or_default("ADMIN_LISTEN", SocketAddr::from(([0, 0, 0, 0], 9090))),
            unready: Duration::from_secs(reader.in_range("SHUTDOWN_UNREADY_SECONDS", 5, 0..=120)),
            deadline: Duration::from_secs(reader.in_range("SHUTDOWN_DEADLINE_SECONDS", 20, 1..=600)),
        }
    }
}

/// Runs a service until it is told to stop.
#[must_use]
pub fn run<S: Service>() -> ExitCode {
    let mut reader = Reader::from_process();
    let telemetry = telemetry::Settings::read(&mut reader);
    let operation = Operation::read(&mut reader);
    let settings = S::settings(&mut reader);
    match reader.finish(settings) {
        Ok(settings) => {
            with_runtime(S::NAME, &telemetry, async |sampling| live::<S>(settings, operation, sampling).await)
        }
        Err(faults) => refuse_to_start(S::NAME, &faults),
    }
}

/// Runs a piece of work that ends by itself, with the same settings, logs and exit codes as a service.
#[must_use]
pub fn run_once<S, F>(
    name: &'static str,
    settings: impl FnOnce(&mut Reader) -> Option<S>,
    work: impl FnOnce(S) -> F,
) -> ExitCode
where
    F: Future<Output = Result<(), StartError>>,
{
    let mut reader = Reader::from_process();
    let telemetry = telemetry::Settings::read(&mut reader);
    let settings = settings(&mut reader);
    match reader.finish(settings) {
        Ok(settings) => with_runtime(name, &telemetry, async |_| match work(settings).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => unavailable(&error),
        }),
        Err(faults) => refuse_to_start(name, &faults),
    }
}

fn refuse_to_start(name: &str, faults: &[Fault]) -> ExitCode {
    telemetry::install_for_start_up_faults();
    for fault in faults {
        tracing::error!(service = name, variable = fault.variable, fault = fault.detail, "wrong setting");
    }
    tracing::error!(service = name, faults = faults.len(), "refusing to start");
    ExitCode::from(EXIT_SETTINGS)
}

fn with_runtime(
    name: &'static str,
    settings: &telemetry::Settings,
    work: impl AsyncFnOnce(RootSampling) -> ExitCode,
) -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            telemetry::install_for_start_up_faults();
            return unavailable(&StartError::new("start the asynchronous runtime", error));
        }
    };
    if let Err(error) = core_dump::forbid() {
        telemetry::install_for_start_up_faults();
        return unavailable(&StartError::new("forbid core dumps", error));
    }
    // The exporter needs the runtime while it is built.
    let entered = runtime.enter();
    let telemetry = match Telemetry::install(name, settings) {
        Ok(telemetry) => telemetry,
        Err(error) => {
            telemetry::install_for_start_up_faults();
            return unavailable(&StartError::new("set up telemetry", error));
        }
    };
    drop(entered);
    let code = runtime.block_on(work(settings.root_sampling()));
    telemetry.flush();
    code
}

async fn live<S: Service>(
    settings: S::Settings,
    operation: Operation,
    root_sampling: RootSampling,
) -> ExitCode {
    let clock = Arc::new(SystemClock);
    let context =
        ServiceContext { clock, health: Health::default(), metrics: Metrics::default(), root_sampling };
    match start::<S>(settings, operation, &context).await {
        Ok((signals, tasks)) => until_stopped(signals, tasks, operation, &context.health).await,
        Err(error) => unavailable(&error),
    }
}

async fn start<S: Service>(
    settings: S::Settings,
    operation: Operation,
    context: &ServiceContext,
) -> Result<(StopSignals, Vec<Task>), StartError> {
    let mut signals = StopSignals::listen().map_err(|error| StartError::new("listen for signals", error))?;
    let listener = TcpListener::bind(operation.admin)
        .await
        .map_err(|error| StartError::new(format!("bind the admin listener to {}", operation.admin), error))?;
    let router = crate::admin::router(context.health.clone(), context.metrics.clone());
    let admin = Task::spawn("admin listener", |stop| {
        http_server::serve(listener, Plaintext, router, Limits::default(), stop)
    });
    let mut tasks = tokio::select! {
        started = S::start(settings, context.clone()) => started?,
        () = signals.next() => return Err(StartError::new("start", "stopped by a signal before it was ready")),
    };
    // Last to stop: probes and metrics are answered until everything else has ended.
    tasks.push(admin);
    context.health.running();
    tracing::info!(service = S::NAME, version = env!("CARGO_PKG_VERSION"), admin = %operation.admin, "ready");
    Ok((signals, tasks))
}

async fn until_stopped(
    mut signals: StopSignals,
    mut tasks: Vec<Task>,
    operation: Operation,
    health: &Health,
) -> ExitCode {
    let failed = tokio::select! {
        () = signals.next() => None,
        position = lifecycle::first_to_end(&mut tasks) => Some(position),
    };
    health.stopping();
    tracing::info!("not ready any more; stopping");
    if let Some(position) = failed {
        drop(tasks.remove(position));
    }
    let stop = async {
        if failed.is_none() {
            tokio::time::sleep(operation.unready).await;
        }
        lifecycle::stop_in_order(tasks, operation.deadline).await
    };
    let end = tokio::select! {
        end = stop => end,
        () = signals.next() => End::Aborted,
    };
    match (end, failed) {
        (End::Clean, None) => {
            tracing::info!("stopped");
            ExitCode::SUCCESS
        }
        (End::Clean | End::Failed, _) => ExitCode::from(EXIT_FAILED),
        (End::Aborted, _) => {
            tracing::error!("second signal: ended without finishing");
            ExitCode::from(EXIT_ABORTED)
        }
    }
}

fn unavailable(error: &StartError) -> ExitCode {
    tracing::error!(error = %Chain(error), "could not start");
    ExitCode::from(EXIT_UNAVAILABLE)
}
