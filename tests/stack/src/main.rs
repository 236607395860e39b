//! `stack run`: the whole system on this machine, until Ctrl-C.

mod follow;
mod run;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The local stack of zero-trust-eks.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start everything and keep it running until Ctrl-C or SIGTERM; a second signal kills at once.
    Run(run::Options),
}

#[tokio::main]
async fn main() -> ExitCode {
    let Command::Run(options) = Arguments::parse().command;
    run::run(options).await
}
