//! One process of a service: its life, its addresses, what it says of itself.

use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::environment::{Changes, Environment};
use crate::StackError;
use crate::http_client::HttpClient;
use crate::log_file::LogFile;
use crate::names::Workload;
use crate::ports;
use crate::process::{Process, ProcessSpec};

/// How long a service may take to be ready.
const READY: Duration = Duration::from_secs(30);
/// How long a service may take to end: its own deadline is 25 s.
const GRACE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(25);

/// The loopback ports of one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses {
    /// The public listener; unused by the worker.
    pub public: u16,
    /// The internal listener, mutual TLS; unused by the worker.
    pub internal: u16,
    /// The admin listener.
    pub admin: u16,
}

impl Addresses {
    pub(crate) fn reserve() -> Result<Self, StackError> {
        Ok(Self { public: ports::reserve()?, internal: ports::reserve()?, admin: ports::reserve()? })
    }
}

/// A service that runs, or ran, as a process of its own.
#[derive(Debug)]
pub struct Service {
    workload: Workload,
    name: String,
    program: PathBuf,
    environment: Environment,
    addresses: Addresses,
    log: LogFile,
    process: Mutex<Arc<Process>>,
}

impl Service {
    pub(crate) fn start(
        workload: Workload,
        name: String,
        program: PathBuf,
        environment: Environment,
        addresses: Addresses,
        log: LogFile,
    ) -> Result<Self, StackError> {
        let process = Process::spawn(&spec(&name, &program, &environment, &log))?;
        let process = Mutex::new(Arc::new(process));
        Ok(Self { workload, name, program, environment, addresses, log, process })
    }

    /// Which service it is.
    #[must_use]
    pub fn workload(&self) -> Workload {
        self.workload
    }

    /// Its name in this stack: the service's, with a number from the second replica on.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The environment that it was given at first.
    #[must_use]
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Its ports.
    #[must_use]
    pub fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// The base address of the public listener.
    #[must_use]
    pub fn public_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.addresses.public)
    }

    /// The base address of the internal listener.
    #[must_use]
    pub fn internal_url(&self) -> String {
        format!("https://127.0.0.1:{}", self.addresses.internal)
    }

    /// The base address of the admin listener.
    #[must_use]
    pub fn admin_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.addresses.admin)
    }

    /// The log of all its processes, one after the other.
    #[must_use]
    pub fn log(&self) -> &LogFile {
        &self.log
    }

    /// The process: the current one, after a restart.
    #[must_use]
    pub fn process(&self) -> Arc<Process> {
        Arc::clone(&self.process.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until `/readyz` says yes.
    ///
    /// # Errors
    ///
    /// When the process ends, or is not ready within 30 s.
    pub async fn wait_ready(&self) -> Result<(), StackError> {
        self.wait_for_readiness(true, READY).await
    }

    /// Waits until `/readyz` says what is wanted.
    ///
    /// # Errors
    ///
    /// When the process ends, or `limit` is over.
    pub async fn wait_for_readiness(&self, wanted: bool, limit: Duration) -> Result<(), StackError> {
        let process = self.process();
        let what = if wanted { "readiness" } else { "unreadiness" };
        tokio::select! {
            () = self.poll_readiness(wanted) => Ok(()),
            status = process.exited() => Err(process.died(status)),
            () = tokio::time::sleep(limit) => {
                Err(StackError::Timeout { what: format!("{what} of {}", self.name), limit, tail: self.log.tail() })
            }
        }
    }

    async fn poll_readiness(&self, wanted: bool) {
        let client = HttpClient::new();
        let url = format!("{}/readyz", self.admin_url());
        while !client.get(&url).await.is_ok_and(|answer| answer.status.is_success() == wanted) {
            tokio::time::sleep(POLL).await;
        }
    }

    /// The metrics in the Prometheus text format.
    ///
    /// # Errors
    ///
    /// When the admin listener does not answer.
    pub async fn metrics(&self) -> Result<String, StackError> {
        Ok(HttpClient::new().get(&format!("{}/metrics", self.admin_url())).await?.text())
    }

    /// Sends SIGTERM, as the kubelet does, and waits; kills what is left after 30 s.
    pub async fn terminate(&self) -> ExitStatus {
        self.process().stop(GRACE).await
    }

    /// Sends SIGKILL and waits.
    pub async fn kill(&self) -> ExitStatus {
        self.process().kill().await
    }

    /// Ends the process if it runs, starts it again with the same environment and waits until it is ready.
    ///
    /// # Errors
    ///
    /// When it does not start or does not become ready.
    pub async fn restart(&self) -> Result<(), StackError> {
        self.restart_with(&Changes::none()).await
    }

    /// As [`Service::restart`], with differences from the first environment.
    ///
    /// # Errors
    ///
    /// As for [`Service::restart`].
    pub async fn restart_with(&self, changes: &Changes) -> Result<(), StackError> {
        self.terminate().await;
        let environment = self.environment.clone().with(changes);
        let process = Process::spawn(&spec(&self.name, &self.program, &environment, &self.log))?;
        *self.process.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(process);
        self.wait_ready().await
    }
}

/// What runs a service: no argument, no inherited variable.
pub(super) fn spec(
    name: &str,
    program: &std::path::Path,
    environment: &Environment,
    log: &LogFile,
) -> ProcessSpec {
    let mut spec = ProcessSpec::new(name, program, log.clone());
    spec.environment = environment.variables();
    spec
}
