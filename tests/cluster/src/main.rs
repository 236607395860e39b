//! The command `cluster`: start a cluster with the system on it, end it, build its programs.

mod up;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use cluster::engines::Engines;
use cluster::{ClusterError, Kubectl, Plan, aws, down, probe};

/// A Kubernetes cluster on this machine, with the whole system on it.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start a cluster and the system on it; Ctrl-C ends both.
    Up(up::Options),
    /// End a cluster, whoever started it.
    Down {
        /// Which one.
        #[arg(long, default_value_t = 0)]
        number: u8,
    },
    /// Deploy an overlay to a cluster of somebody else's, and wait until it is ready.
    Deploy {
        /// How to reach it.
        #[arg(long, env = "KUBECONFIG")]
        kubeconfig: PathBuf,
        /// The overlay, with its values in `generated/`.
        overlay: PathBuf,
    },
    /// Build the programs of the cluster into the cache.
    Engines,
    /// Run the side that stands in for AWS; `up` starts it in a namespace of its own.
    #[command(hide = true)]
    AwsSide {
        #[arg(long)]
        number: u8,
        directory: PathBuf,
    },
    /// Print a secret of the emulator, from inside the AWS side's namespace.
    #[command(hide = true)]
    Secret { emulator: String, id: String },
    /// Try to connect, and print what came of it as JSON.
    #[command(hide = true)]
    Probe { addresses: Vec<SocketAddr> },
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            up::complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<(), ClusterError> {
    match command {
        Command::Up(options) => up::up(&options),
        Command::Down { number } => down(plan(number)?),
        Command::Deploy { kubeconfig, overlay } => {
            let engines = Engines::build(&["kubectl"])?;
            cluster::deploy(&Kubectl::new(engines.path("kubectl")?, &kubeconfig), &overlay)
        }
        Command::Engines => Engines::build(&[]).map(drop),
        Command::AwsSide { number, directory } => block_on(aws::serve(plan(number)?, &directory)),
        Command::Secret { emulator, id } => {
            let value = block_on(async {
                stack::Operator::new(&emulator).secret(&id).await.map_err(ClusterError::from)
            })?;
            up::say(&value.unwrap_or_default());
            Ok(())
        }
        Command::Probe { addresses } => {
            up::say(&serde_json::to_string(&probe::connect(&addresses)).unwrap_or_default());
            Ok(())
        }
    }
}

fn plan(number: u8) -> Result<Plan, ClusterError> {
    Plan::new(number).ok_or(ClusterError::Number { number })
}

/// Runs a future on this thread, which is the one whose end the kernel tells the machines about.
fn block_on<T>(future: impl Future<Output = Result<T, ClusterError>>) -> Result<T, ClusterError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime
        .map_err(|source| ClusterError::Run { program: "the runtime".to_owned(), source })?
        .block_on(future)
}
