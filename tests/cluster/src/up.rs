//! The command `up`: start, say how to use it, wait, stop.

use std::error::Error;
use std::io::Write as _;
use std::time::{Duration, Instant};

use clap::Args;
use cluster::{Cluster, ClusterError, Extent};
use stack::Progress;
use tokio::signal::unix::{SignalKind, signal};

/// What the caller may choose.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Which cluster: each has addresses of its own, so that several run side by side.
    #[arg(long, default_value_t = 0)]
    number: u8,
    /// Build the services as they are shipped.
    #[arg(long)]
    release: bool,
    /// Only the API server and the AWS side, without pods.
    #[arg(long, conflicts_with = "release")]
    control_plane: bool,
}

/// Runs a cluster until a signal or until a part of it dies.
pub(crate) fn up(options: &Options) -> Result<(), ClusterError> {
    let plan = super::plan(options.number)?;
    let begun = Instant::now();
    let extent = if options.control_plane {
        Extent::ControlPlane
    } else {
        Extent::System { release: options.release }
    };
    super::block_on(async {
        let progress = Progress::stdout();
        let mut cluster = Cluster::start(plan, extent, now(), &progress).await?;
        // Not before: a signal during the start ends the process as it always would, and the kernel ends the rest.
        let listen = |kind| {
            signal(kind)
                .map_err(|source| ClusterError::Run { program: "the signal handler".to_owned(), source })
        };
        let (mut interrupt, mut terminate) =
            (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
        let seconds = begun.elapsed().as_secs_f32();
        match extent {
            Extent::ControlPlane => say(&how_to_ask(&cluster, seconds)),
            Extent::System { .. } => say(&instructions(&cluster, seconds)?),
        }
        loop {
            tokio::select! {
                _ = interrupt.recv() => break,
                _ = terminate.recv() => break,
                () = tokio::time::sleep(Duration::from_secs(2)) => cluster.check()?,
            }
        }
        say("\nstopping");
        drop(cluster);
        say("stopped; nothing is left");
        Ok(())
    })
}

#[expect(clippy::disallowed_methods, reason = "the command is the edge: certificates count from now")]
fn now() -> time::OffsetDateTime {
    time::OffsetDateTime::now_utc()
}

fn how_to_ask(cluster: &Cluster, seconds: f32) -> String {
    let (program, config) = (cluster.kubectl().program().display(), cluster.kubectl().kubeconfig().display());
    format!("\nready after {seconds:.1} s\n\n  alias k='{program} --kubeconfig {config}'\n\nCtrl-C ends it.")
}

fn instructions(cluster: &Cluster, seconds: f32) -> Result<String, ClusterError> {
    let service = cluster.kubectl().get(&["service", "url-service", "-n", "services"])?;
    let address = service.pointer("/spec/clusterIP").and_then(serde_json::Value::as_str).unwrap_or_default();
    let address = format!("https://{address}:8080");
    let key = cluster.secret("zero-trust-eks/first-api-key")?;
    let kubectl = cluster.kubectl();
    let (program, config) = (kubectl.program().display(), kubectl.kubeconfig().display());
    let directory = cluster.directory().display();
    Ok(format!(
        r#"
ready after {seconds:.1} s

  address     {address}
  API key     {key}
  kubeconfig  {config}
  logs        {directory}/logs

  KEY='{key}'
  curl -skS {address}/api/v1/links -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' \
    -d '{{"url":"https://www.rust-lang.org/learn","slug":"rust"}}'
  curl -ik {address}/rust

  alias k='{program} --kubeconfig {config}'
  k get pods -A

Ctrl-C ends it."#
    ))
}

/// Prints text with a line feed after it.
pub(crate) fn say(text: &str) {
    // A closed standard output is no reason to stop what runs.
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Prints an error with its causes.
pub(crate) fn complain(error: &ClusterError) {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    let _ = writeln!(std::io::stderr().lock(), "cluster: {text}");
}
