//! Holds the claims of `docs/controls.toml` against the results of a run, and writes `docs/proof.md`.

mod controls;
mod document;
mod results;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use trust_map::repository;

use crate::controls::{Controls, ProofError};
use crate::results::Results;

/// Checks that every claim has a test that passed, and that `docs/proof.md` makes the same claims.
#[derive(Debug, Parser)]
struct Arguments {
    /// Write `docs/proof.md` instead of comparing with it.
    #[arg(long)]
    write: bool,
    /// What a run of the tests printed.
    #[arg(required = true)]
    logs: Vec<PathBuf>,
}

#[expect(clippy::print_stderr, clippy::print_stdout, reason = "the command's own output")]
fn main() -> ExitCode {
    match check(&Arguments::parse()) {
        Ok(faults) if faults.is_empty() => {
            println!("every claim is proven by a test that passed");
            ExitCode::SUCCESS
        }
        Ok(faults) => {
            eprintln!("error: {} faults of the proof:", faults.len());
            for fault in faults {
                eprintln!("  {fault}");
            }
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn check(arguments: &Arguments) -> Result<Vec<String>, ProofError> {
    let controls = Controls::load()?;
    let read = |path: &PathBuf| {
        fs::read(path)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .map_err(|source| ProofError::File { path: path.clone(), source })
    };
    let log: Vec<String> = arguments.logs.iter().map(read).collect::<Result<_, _>>()?;
    let results = Results::parse(&log.join("\n"));
    let mut faults = unproven(&controls, &results);
    let path = repository().join("docs/proof.md");
    let failed = |source| ProofError::File { path: path.clone(), source };
    if arguments.write {
        fs::write(&path, document::write(&controls, Some(&results))).map_err(failed)?;
    } else {
        let written = fs::read_to_string(&path).map_err(failed)?;
        if document::without_counts(&written) != document::without_counts(&document::write(&controls, None)) {
            faults.push(
                "docs/proof.md does not make the claims of docs/controls.toml: write it anew".to_owned(),
            );
        }
    }
    Ok(faults)
}

/// The claims for which a test is missing or failed.
fn unproven(controls: &Controls, results: &Results) -> Vec<String> {
    let mut faults = Vec::new();
    for control in controls.all() {
        for pattern in &control.tests {
            match results.count(pattern) {
                (0, 0) if control.by.is_some() => {}
                (0, 0) => faults.push(format!("{:?}: no test {pattern} ran", control.claim)),
                (_, 0) => {}
                (_, failed) => faults.push(format!("{:?}: {failed} of {pattern} failed", control.claim)),
            }
        }
    }
    faults
}
