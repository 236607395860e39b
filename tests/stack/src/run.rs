//! The command `run`: start, say how to use it, wait, stop.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use stack::{Progress, Service, Stack, StackError, StackOptions};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::follow;

/// What ends a command that was interrupted: 128 + SIGINT, as shells count.
const INTERRUPTED: u8 = 130;

/// What the caller may choose.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The port of the public listener on 127.0.0.1; everything else takes free ports.
    #[arg(long, env = "PORT", default_value_t = 8080)]
    port: u16,
    /// How many processes of url-service to start.
    #[arg(long, default_value_t = 1)]
    replicas: usize,
    /// Print the services' logs and the gate's decisions as they come.
    #[arg(long)]
    logs: bool,
}

/// SIGINT and SIGTERM.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

/// Runs the stack until a signal or until a part of it dies.
pub(crate) async fn run(options: Options) -> ExitCode {
    let outcome = match Signals::listen() {
        Ok(signals) => run_until(options, signals).await,
        Err(error) => {
            complain(&format!("cannot listen for signals: {error}"));
            return ExitCode::FAILURE;
        }
    };
    outcome.unwrap_or_else(|error| {
        complain(&error.one_line());
        ExitCode::FAILURE
    })
}

async fn run_until(options: Options, mut signals: Signals) -> Result<ExitCode, StackError> {
    let progress = Progress::stdout();
    let begun = Instant::now();
    let stack_options =
        StackOptions { url_service_replicas: options.replicas, ..StackOptions::for_developer(options.port) };
    let stack = tokio::select! {
        started = Stack::start(stack_options, &progress) => started.inspect_err(complain_with_log)?,
        () = signals.next() => {
            progress.say("\nstopped before it was ready");
            return Ok(ExitCode::SUCCESS);
        }
    };
    let _followed = options.logs.then(|| follow::logs(&stack, progress));
    progress.say(&instructions(&stack, begun.elapsed().as_secs_f32()));

    let death = tokio::select! {
        () = signals.next() => None,
        death = stack.first_death() => Some(death),
    };
    if let Some(death) = &death {
        complain_with_log(death);
    }
    progress.say("\nstopping; a second Ctrl-C kills at once");
    tokio::select! {
        stopped = stack.stop() => stopped?,
        () = signals.next() => return Ok(ExitCode::from(INTERRUPTED)),
    }
    progress.say("stopped; nothing is left");
    death.map_or(Ok(ExitCode::SUCCESS), Err)
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// How to use what runs: every line can be pasted into a shell.
fn instructions(stack: &Stack, seconds: f32) -> String {
    let address = stack.public_url();
    let key = stack.api_key();
    let logs = stack.platform().directory().join("logs");
    let logs = logs.display();
    let decisions = stack.platform().decisions();
    let decisions = decisions.path().display();
    let endpoint = stack.platform().aws_endpoint();
    let service = stack.url_services().first();
    let admin = service.map(Service::admin_url).unwrap_or_default();
    let internal = service.map(Service::internal_url).unwrap_or_default();
    format!(
        r#"
ready after {seconds:.1} s

  address  {address}
  admin    {admin}
  internal {internal}
  API key  {key}
  logs     {logs}
  AWS      {decisions}: who asked for what, and which statement decided
  endpoint {endpoint}: where the services find AWS

Shorten a link, follow it, and read its statistics a few seconds later, which call curl a bot:

  KEY='{key}'
  LINK=$(curl -sS {address}/api/v1/links -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' \
    -d '{{"url":"https://www.rust-lang.org/learn","slug":"rust"}}'); echo "$LINK"
  ID=$(echo "$LINK" | sed -E 's/.*"id":"([^"]+)".*/\1/')
  curl -i {address}/rust
  curl -sS "{address}/api/v1/links/$ID/stats?interval=hour" -H "Authorization: Bearer $KEY"

Ctrl-C stops everything that was started here, and removes {directory}."#,
        directory = stack.platform().directory().display(),
    )
}

/// The last lines of the process that an error is about; its own line comes last, where it is seen.
fn complain_with_log(error: &StackError) {
    if let Some(tail) = error.log_tail() {
        let _ = write!(io::stderr().lock(), "\n{tail}");
    }
}

fn complain(line: &str) {
    // A closed standard error leaves nobody to tell.
    let _ = writeln!(io::stderr().lock(), "error: {line}");
}
