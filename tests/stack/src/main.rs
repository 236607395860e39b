//! `stack run`: the whole system on this machine, until Ctrl-C. `stack statements`: the checked SQL, kept fresh.

mod follow;
mod run;
mod statements;

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
    /// Check the SQL of url-service against the schema of its migrations.
    Statements(statements::Options),
}

#[tokio::main]
async fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Run(options) => run::run(options).await,
        Command::Statements(options) => statements::run(&options).await,
    }
}
