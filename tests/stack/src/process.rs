//! A child process in a process group of its own.
//!
//! The group keeps a terminal's Ctrl-C from the children: the stack alone decides when and in which order they end.
//! One thread for each child waits for it, so that a signal can never reach a process that merely got the same id.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid};
use tokio::sync::watch;

use crate::StackError;
use crate::log_file::LogFile;

/// How long a process that was dropped, not stopped, has before it is killed.
const LAST_RESORT: Duration = Duration::from_secs(3);

/// What to run, and how.
#[derive(Debug, Clone)]
pub(crate) struct ProcessSpec {
    pub(crate) name: String,
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) environment: BTreeMap<String, OsString>,
    /// Whether the process also gets what this process has in its environment; a service never does.
    pub(crate) inherit_environment: bool,
    pub(crate) directory: Option<PathBuf>,
    /// The user and group to run as.
    pub(crate) user: Option<(u32, u32)>,
    pub(crate) log: LogFile,
    /// What asks this process to end.
    pub(crate) stop_signal: Signal,
    /// What ends it when nobody stopped it; none for what ends soon by itself.
    pub(crate) drop_signal: Option<Signal>,
}

impl ProcessSpec {
    pub(crate) fn new(name: impl Into<String>, program: impl Into<PathBuf>, log: LogFile) -> Self {
        Self {
            name: name.into(),
            program: program.into(),
            arguments: Vec::new(),
            environment: BTreeMap::new(),
            inherit_environment: false,
            directory: None,
            user: None,
            log,
            stop_signal: Signal::TERM,
            drop_signal: Some(Signal::KILL),
        }
    }

    pub(crate) fn arguments<I, A>(mut self, arguments: I) -> Self
    where
        I: IntoIterator<Item = A>,
        A: Into<OsString>,
    {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    pub(crate) fn variable(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.insert(name.to_owned(), value.into());
        self
    }

    fn command(&self) -> Result<Command, StackError> {
        let output = self.log.open()?;
        let errors = output.try_clone().map_err(StackError::file("open", self.log.path()))?;
        let mut command = Command::new(&self.program);
        if !self.inherit_environment {
            command.env_clear();
        }
        command.args(&self.arguments).envs(&self.environment);
        command.stdin(Stdio::null()).stdout(output).stderr(errors).process_group(0);
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        Ok(command)
    }
}

/// A process that this stack started. Dropping it ends it at once.
#[derive(Debug)]
pub struct Process {
    name: String,
    pid: Pid,
    log: LogFile,
    stop_signal: Signal,
    drop_signal: Option<Signal>,
    reaped: Arc<Mutex<bool>>,
    exit: watch::Receiver<Option<ExitStatus>>,
    monitor: Option<JoinHandle<()>>,
}

impl Process {
    pub(crate) fn spawn(spec: &ProcessSpec) -> Result<Self, StackError> {
        let failed =
            |source| StackError::Spawn { name: spec.name.clone(), program: spec.program.clone(), source };
        let child = spec.command()?.spawn().map_err(failed)?;
        let pid = Pid::from_child(&child);
        let (sender, exit) = watch::channel(None);
        let reaped = Arc::new(Mutex::new(false));
        let monitor = std::thread::Builder::new()
            .name(format!("wait {}", spec.name))
            .spawn({
                let reaped = Arc::clone(&reaped);
                move || monitor(child, pid, &reaped, &sender)
            })
            .map_err(failed)?;
        Ok(Self {
            name: spec.name.clone(),
            pid,
            log: spec.log.clone(),
            stop_signal: spec.stop_signal,
            drop_signal: spec.drop_signal,
            reaped,
            exit,
            monitor: Some(monitor),
        })
    }

    /// The name in this stack.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The process id.
    #[must_use]
    pub fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// Its log.
    #[must_use]
    pub fn log(&self) -> &LogFile {
        &self.log
    }

    /// How it ended, once it did.
    #[must_use]
    pub fn exit_status(&self) -> Option<ExitStatus> {
        *self.exit.borrow()
    }

    /// Waits for its end, whatever the cause.
    pub async fn exited(&self) -> ExitStatus {
        let mut exit = self.exit.clone();
        match exit.wait_for(Option::is_some).await {
            Ok(status) => status.unwrap_or_else(lost),
            Err(_) => lost(),
        }
    }

    /// Sends a signal to the process itself; does nothing once it has ended.
    pub fn signal(&self, signal: Signal) {
        let reaped = lock(&self.reaped);
        if !*reaped {
            // The process may end at this moment; then there is nobody to tell.
            let _ = kill_process(self.pid, signal);
        }
    }

    /// Kills the process and all that it started, and waits for its end.
    pub async fn kill(&self) -> ExitStatus {
        self.signal_group(Signal::KILL);
        self.exited().await
    }

    /// Asks the process to end, waits up to `grace`, then kills what is left.
    pub async fn stop(&self, grace: Duration) -> ExitStatus {
        self.signal(self.stop_signal);
        match tokio::time::timeout(grace, self.exited()).await {
            Ok(status) => status,
            Err(_) => self.kill().await,
        }
    }

    /// The error that says that this process ended although it should serve.
    pub(crate) fn died(&self, status: ExitStatus) -> StackError {
        StackError::Died { name: self.name.clone(), outcome: outcome(status), tail: self.log.tail() }
    }

    fn signal_group(&self, signal: Signal) {
        let reaped = lock(&self.reaped);
        if !*reaped {
            let _ = kill_process_group(self.pid, signal);
        }
    }

    fn wait_at_most(&self, limit: Duration) {
        let step = Duration::from_millis(5);
        let mut waited = Duration::ZERO;
        while self.exit.borrow().is_none() && waited < limit {
            std::thread::sleep(step);
            waited += step;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.exit.borrow().is_none() {
            if let Some(signal) = self.drop_signal {
                self.signal_group(signal);
            }
            self.wait_at_most(LAST_RESORT);
            self.signal_group(Signal::KILL);
        }
        if let Some(monitor) = self.monitor.take() {
            let _ = monitor.join();
        }
    }
}

/// Runs a command to its end.
pub(crate) async fn run_to_end(spec: &ProcessSpec, limit: Duration) -> Result<ExitStatus, StackError> {
    let process = Process::spawn(spec)?;
    if let Ok(status) = tokio::time::timeout(limit, process.exited()).await {
        Ok(status)
    } else {
        process.kill().await;
        let what = format!("the end of {}", spec.name);
        Err(StackError::Timeout { what, limit, tail: spec.log.tail() })
    }
}

/// How a process ended, in words.
pub(crate) fn outcome(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "no known status".to_owned(),
    }
}

fn monitor(mut child: Child, pid: Pid, reaped: &Mutex<bool>, exit: &watch::Sender<Option<ExitStatus>>) {
    // Without reaping at first: until then the id of the process and of its group cannot belong to anyone else.
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while waitid(WaitId::Pid(pid), options).is_err_and(|error| error == Errno::INTR) {}
    let mut reaped = lock(reaped);
    let _ = kill_process_group(pid, Signal::KILL);
    let status = child.wait().unwrap_or_else(|_| lost());
    *reaped = true;
    drop(reaped);
    exit.send_replace(Some(status));
}

/// The status of a process whose end nobody saw: a failure, never a success.
fn lost() -> ExitStatus {
    ExitStatus::from_raw(255 << 8)
}

fn lock(reaped: &Mutex<bool>) -> MutexGuard<'_, bool> {
    reaped.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "process/tests.rs"]
mod tests;
