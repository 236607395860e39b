//! The AWS emulator: `LocalStack`'s open core in host mode, on a loopback port.
//!
//! It stands in for STS, SQS, Secrets Manager and KMS. It checks neither tokens nor IAM, so it proves plumbing, not
//! authorisation.

mod environment;
mod install;

use std::time::Duration;

use crate::StackError;
use crate::http_client::HttpClient;
use crate::process::{Process, ProcessSpec};
use crate::progress::Progress;
use crate::scratch::Scratch;
use crate::{ports, settings};

/// How long it may take to answer; 1–2 s is usual, a cold file cache takes longer.
const READY: Duration = Duration::from_mins(1);
/// How long it may take to end.
const GRACE: Duration = Duration::from_secs(10);
/// How often a condition is looked at again.
const POLL: Duration = Duration::from_millis(50);

/// A running emulator.
#[derive(Debug)]
pub struct Emulator {
    endpoint: String,
    /// Absent when the emulator runs already and is not ours to stop.
    process: Option<Process>,
}

impl Emulator {
    /// Uses the emulator at `existing`, else the one of `LOCALSTACK_ENDPOINT`, else installs (once) and starts one.
    pub(crate) async fn start(
        existing: Option<&str>,
        scratch: &Scratch,
        progress: &Progress,
    ) -> Result<Self, StackError> {
        let named = existing.map(str::to_owned).or_else(|| settings::variable("LOCALSTACK_ENDPOINT"));
        if let Some(endpoint) = named {
            return Self::attach(endpoint.trim_end_matches('/').to_owned(), progress).await;
        }
        let step = progress.begin("emulator installed");
        let python = install::environment(scratch, progress).await?;
        step.done("Python environment from the lock file");

        let step = progress.begin("AWS emulator");
        let port = ports::reserve()?;
        let log = scratch.log("emulator");
        let directory = scratch.directory("emulator")?;
        let mut spec = ProcessSpec::new("emulator", python, log).arguments(["-m", "localstack.runtime.main"]);
        spec.directory = Some(directory.clone());
        spec.environment = environment::variables(&directory, port);
        let process = Process::spawn(&spec)?;
        let emulator = Self { endpoint: format!("http://127.0.0.1:{port}"), process: Some(process) };
        emulator.wait_ready().await?;
        step.done(&emulator.endpoint);
        Ok(emulator)
    }

    /// Uses an emulator that runs already; [`Emulator::stop`] then leaves it alone.
    async fn attach(endpoint: String, progress: &Progress) -> Result<Self, StackError> {
        let step = progress.begin("AWS emulator");
        let emulator = Self { endpoint, process: None };
        emulator.wait_ready().await?;
        step.done(&format!("{}, which runs already", emulator.endpoint));
        Ok(emulator)
    }

    /// Its address, `http://host:port`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Its process; none when it was not started by this stack.
    #[must_use]
    pub fn process(&self) -> Option<&Process> {
        self.process.as_ref()
    }

    /// Ends it, if this stack started it.
    pub(crate) async fn stop(self) {
        if let Some(process) = self.process {
            process.stop(GRACE).await;
        }
    }

    async fn wait_ready(&self) -> Result<(), StackError> {
        let ready = self.poll_health();
        let Some(process) = &self.process else {
            return tokio::time::timeout(READY, ready).await.map_err(|_| self.not_ready());
        };
        tokio::select! {
            () = ready => Ok(()),
            status = process.exited() => Err(process.died(status)),
            () = tokio::time::sleep(READY) => Err(self.not_ready()),
        }
    }

    async fn poll_health(&self) {
        let client = HttpClient::new();
        let url = format!("{}/_localstack/health", self.endpoint);
        loop {
            if client.get(&url).await.is_ok_and(|answer| answer.status.is_success()) {
                return;
            }
            tokio::time::sleep(POLL).await;
        }
    }

    fn not_ready(&self) -> StackError {
        let tail = self.process.as_ref().map(|process| process.log().tail()).unwrap_or_default();
        StackError::Timeout {
            what: format!("an answer of the AWS emulator on {}", self.endpoint),
            limit: READY,
            tail,
        }
    }
}
