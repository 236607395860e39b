//! `aws-gate --config FILE`: a gate as a process of its own.

use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use aws_gate::{Config, Gate, Sources};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

/// The verifying front door of the local run.
#[derive(Parser)]
struct Arguments {
    /// The configuration, as JSON.
    #[arg(long)]
    config: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut text = error.to_string();
            let mut cause = error.source();
            while let Some(next) = cause {
                text = format!("{text}: {next}");
                cause = next.source();
            }
            // Nobody is left to tell when even this fails.
            let _ = writeln!(io::stderr(), "aws-gate: {text}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let config: Config = serde_json::from_slice(&fs::read(&arguments.config)?)?;
    let doors: Vec<String> = config.doors.iter().map(|door| door.name.clone()).collect();
    let gate = Gate::start(config, Sources::system()?).await?;
    for door in doors {
        let url = gate.url(&door).unwrap_or_default();
        writeln!(io::stdout(), "{door} {url}")?;
    }
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => Ok(interrupted?),
        _ = terminated.recv() => Ok(()),
    }
}
