//! `load bench`: what a redirect costs, side by side with the least that it could cost, and what its clicks cost.

mod accounting;
mod bench;
mod cores;
mod counters;
mod drive;
mod error;
mod generator;
mod links;
mod machine;
mod options;
mod range;
mod report;
mod rounds;
mod server;
mod subjects;

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use stack::Progress;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};

use crate::cores::Cores;
use crate::error::LoadError;
use crate::report::Report;

/// What ends a command that was interrupted: 128 + SIGINT, as shells count.
const INTERRUPTED: u8 = 130;
/// How long threads that are still at work when everything else has ended are waited for.
const LAST: Duration = Duration::from_millis(100);

/// The benchmark of zero-trust-eks.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start a stack and a bare axum server and compare their redirects.
    Bench(options::Options),
    /// Put load on a server that runs already, for a profiler beside it.
    Drive(drive::Options),
}

fn main() -> ExitCode {
    let outcome = Cores::choose().and_then(|cores| {
        cores.leave_server_core()?;
        let runtime = runtime(&cores)?;
        let outcome = runtime.block_on(until_interrupted(Arguments::parse().command, &cores));
        runtime.shutdown_timeout(LAST);
        outcome
    });
    outcome.unwrap_or_else(|error| {
        // A closed standard error leaves nobody to tell.
        let _ = writeln!(std::io::stderr(), "error: {}", error.one_line());
        ExitCode::FAILURE
    })
}

/// Serves what the stack keeps in this process; the main thread is the one that starts processes.
fn runtime(cores: &Cores) -> Result<Runtime, LoadError> {
    let cores = cores.clone();
    Builder::new_multi_thread()
        .worker_threads(1)
        .on_thread_start(move || drop(cores.leave_server_core()))
        .enable_all()
        .build()
        .map_err(LoadError::system("start the asynchronous runtime"))
}

async fn until_interrupted(command: Command, cores: &Cores) -> Result<ExitCode, LoadError> {
    let listen = |kind| signal(kind).map_err(LoadError::system("listen for signals"));
    let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    tokio::select! {
        outcome = run(command, cores) => outcome,
        _ = interrupt.recv() => Ok(ExitCode::from(INTERRUPTED)),
        _ = terminate.recv() => Ok(ExitCode::from(INTERRUPTED)),
    }
}

async fn run(command: Command, cores: &Cores) -> Result<ExitCode, LoadError> {
    let output = Progress::stdout();
    let sound = match command {
        Command::Drive(options) => drive::drive(&options, &output).await?,
        Command::Bench(options) => {
            let report = Box::pin(bench::bench(&options, cores, &output)).await?;
            if let Some(path) = &options.json {
                write_json(&report, path)?;
            }
            output.say(&format!("\n{report}"));
            report.is_sound()
        }
    };
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn write_json(report: &Report, path: &Path) -> Result<(), LoadError> {
    let doing = format!("write {}", path.display());
    let text = serde_json::to_string_pretty(report).map_err(LoadError::system(&doing))?;
    std::fs::write(path, text + "\n").map_err(LoadError::system(doing))
}
