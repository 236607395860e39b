//! Stopping in order, within a deadline.
//!
//! A service hands over its long-running parts as an ordered list of [`Task`]s. On SIGTERM they are stopped
//! one after the other, so that what comes later (a flush) sees everything that came earlier (the last
//! request). A task that ends before it was asked to is a failure of the whole process: half a service is
//! worse than a restart.

use std::error::Error;
use std::future::Future;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The error type of a task's end.
pub type BoxError = Box<dyn Error + Send + Sync + 'static>;

/// A long-running part of a service.
#[derive(Debug)]
pub struct Task {
    name: &'static str,
    stop: CancellationToken,
    handle: JoinHandle<Result<(), BoxError>>,
}

impl Task {
    /// Starts `run`, which must end soon after the token that it is given is cancelled.
    pub fn spawn<F>(name: &'static str, run: impl FnOnce(CancellationToken) -> F) -> Self
    where
        F: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        let stop = CancellationToken::new();
        let handle = tokio::spawn(run(stop.clone()));
        Self { name, stop, handle }
    }
}

/// How the process's life ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum End {
    /// Everything stopped as asked.
    Clean,
    /// A task failed, ended early or outlived the deadline.
    Failed,
    /// A second signal asked to stop at once.
    Aborted,
}

/// The signals that ask a process to stop.
#[derive(Debug)]
pub struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    /// Listens for SIGTERM and SIGINT from now on.
    ///
    /// # Errors
    /// When the operating system refuses the handler.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Waits until a task ends that nobody asked to end; logs why. Returns its position.
pub(crate) async fn first_to_end(tasks: &mut [Task]) -> usize {
    if tasks.is_empty() {
        return std::future::pending().await;
    }
    let ends = tasks.iter_mut().map(|task| {
        let name = task.name;
        Box::pin(async move { (name, (&mut task.handle).await) })
    });
    let ((name, end), position) = select_first(ends.collect()).await;
    report(name, &end);
    tracing::error!(task = name, "a task ended without being asked to; stopping");
    position
}

/// Stops `tasks` in order; everything must have ended when `deadline` is over.
pub(crate) async fn stop_in_order(tasks: Vec<Task>, deadline: Duration) -> End {
    let until = Instant::now() + deadline;
    let mut end = End::Clean;
    for task in tasks {
        tracing::info!(task = task.name, "stopping");
        task.stop.cancel();
        let abort = task.handle.abort_handle();
        let ended_well = if let Ok(result) = tokio::time::timeout_at(until, task.handle).await {
            report(task.name, &result)
        } else {
            tracing::error!(task = task.name, "did not stop within the deadline; abandoned");
            abort.abort();
            false
        };
        if !ended_well {
            end = End::Failed;
        }
    }
    end
}

/// Logs how a task ended; true when it ended well.
fn report(name: &str, end: &Result<Result<(), BoxError>, tokio::task::JoinError>) -> bool {
    match end {
        Ok(Ok(())) => return true,
        Ok(Err(error)) => tracing::error!(task = name, error = %Chain(error.as_ref()), "task failed"),
        Err(error) => tracing::error!(task = name, %error, "task panicked"),
    }
    false
}

async fn select_first<F: Future + Unpin>(mut futures: Vec<F>) -> (F::Output, usize) {
    std::future::poll_fn(move |context| {
        for (position, future) in futures.iter_mut().enumerate() {
            if let std::task::Poll::Ready(output) = std::pin::Pin::new(future).poll(context) {
                return std::task::Poll::Ready((output, position));
            }
        }
        std::task::Poll::Pending
    })
    .await
}

/// Prints an error with all its causes, for the one place that logs it.
#[derive(Debug)]
pub struct Chain<'a>(pub &'a (dyn Error + 'static));

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut said = self.0.to_string();
        f.write_str(&said)?;
        let mut source = self.0.source();
        while let Some(cause) = source {
            // Libraries often repeat their cause in their own message; saying it once is enough.
            let text = cause.to_string();
            if !said.ends_with(&text) {
                write!(f, ": {text}")?;
                said = text;
            }
            source = cause.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    fn recording(name: &'static str, order: &Arc<Mutex<Vec<&'static str>>>) -> Task {
        let order = Arc::clone(order);
        Task::spawn(name, |stop| async move {
            stop.cancelled().await;
            order.lock().unwrap().push(name);
            Ok(())
        })
    }

    #[tokio::test]
    async fn tasks_stop_in_their_order() {
        let order = Arc::default();
        let tasks = vec![recording("intake", &order), recording("clicks", &order)];
        assert_eq!(stop_in_order(tasks, Duration::from_secs(5)).await, End::Clean);
        assert_eq!(*order.lock().unwrap(), ["intake", "clicks"]);
    }

    #[tokio::test]
    async fn a_task_that_does_not_stop_is_abandoned() {
        let stuck = Task::spawn("stuck", |_| std::future::pending());
        assert_eq!(stop_in_order(vec![stuck], Duration::from_millis(10)).await, End::Failed);
    }

    #[tokio::test]
    async fn a_task_that_ends_early_is_noticed() {
        let mut tasks = vec![
            Task::spawn("steady", |_| std::future::pending()),
            Task::spawn("fragile", |_| async { Err("lost".into()) }),
        ];
        assert_eq!(first_to_end(&mut tasks).await, 1);
    }
}
