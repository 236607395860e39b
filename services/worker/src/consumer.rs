//! Taking messages from the queue, and giving back to it what became of them.
//!
//! Each poller does one round after the other: receive up to ten messages, process them side by side, delete
//! those that are done, hide or release the others. Pollers share nothing but the clients.
//!
//! **A message is deleted only after url-service recorded its summary.** Everything that can go wrong in
//! between (a lost deletion, a visibility timeout, a killed process) means that the message comes again, and
//! url-service counts a batch once.
//!
//! **Stopping.** No further poll begins. A poll that waits for messages would use up the time for stopping,
//! so it is given [`LAST_POLL`] and then abandoned. SQS may have chosen messages for it at just that moment:
//! they come again when their visibility timeout is over, so they are late but not lost. What was received is
//! processed to its end; the time limits of a delivery (10 s) and of the calls that follow (5 s each) keep
//! that within the 20 s that a process has by default.

mod settle;

use std::sync::Arc;
use std::time::Duration;

use runtime::health::{Check, Health};
use runtime::lifecycle::{BoxError, Chain};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::backoff::{self, Random};
use crate::message::ClickMessage;
use crate::process::Processor;
use crate::queue::{ClickQueue, MAX_MESSAGES, QueueError};
use crate::settings::MAX_POLLERS;

/// How long the last poll may go on after the stop.
const LAST_POLL: Duration = Duration::from_secs(2);
/// The longest that any step of a round takes (a poll with its retries: 30 s), three times over.
const STEP: Duration = Duration::from_secs(90);
/// Names of the pollers in the liveness report.
const POLLERS: [&str; MAX_POLLERS] = [
    "poller-1",
    "poller-2",
    "poller-3",
    "poller-4",
    "poller-5",
    "poller-6",
    "poller-7",
    "poller-8",
    "poller-9",
    "poller-10",
    "poller-11",
    "poller-12",
    "poller-13",
    "poller-14",
    "poller-15",
    "poller-16",
];

/// What the pollers share.
#[derive(Debug)]
pub(crate) struct Consumer {
    /// Where messages come from.
    pub(crate) queue: ClickQueue,
    /// What makes outcomes of them.
    pub(crate) processor: Processor,
    /// Where pollers report that they come round.
    pub(crate) health: Health,
    /// Whether the last poll succeeded.
    pub(crate) queue_check: Check,
    /// For jitter.
    pub(crate) random: Random,
}

/// What a round says about the next one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Round {
    /// Messages went through.
    Good,
    /// There was nothing to learn from.
    Idle,
    /// The poll failed, or nothing could be delivered.
    Setback,
}

impl Consumer {
    /// Polls with `pollers` pollers, at most [`MAX_POLLERS`], until `stop`.
    ///
    /// # Errors
    /// When a poller panicked: the others are ended, for half a worker is worse than a restart.
    pub(crate) async fn run(
        self: Arc<Self>,
        pollers: usize,
        stop: CancellationToken,
    ) -> Result<(), BoxError> {
        let mut running = JoinSet::new();
        for name in POLLERS.into_iter().take(pollers) {
            running.spawn(Arc::clone(&self).poll_until(name, stop.clone()));
        }
        while let Some(ended) = running.join_next().await {
            ended?;
        }
        Ok(())
    }

    async fn poll_until(self: Arc<Self>, name: &'static str, stop: CancellationToken) {
        let mut setbacks = 0;
        while !stop.is_cancelled() {
            self.health.beat(name, STEP);
            // After a setback one message is enough to find out whether it is over, and uses up one receive.
            let most = if setbacks == 0 { MAX_MESSAGES } else { 1 };
            let Some(received) = self.poll(most, &stop).await else { break };
            self.health.beat(name, STEP);
            match self.round(received).await {
                Round::Good => setbacks = 0,
                Round::Idle => {}
                Round::Setback => {
                    setbacks += 1;
                    self.health.beat(name, STEP);
                    let pause = backoff::pause(setbacks, (self.random)());
                    drop(tokio::time::timeout(pause, stop.cancelled()).await);
                }
            }
        }
        self.health.end_beat(name);
    }

    /// One long poll; `None` when it was abandoned because of the stop.
    async fn poll(
        &self,
        most: usize,
        stop: &CancellationToken,
    ) -> Option<Result<Vec<ClickMessage>, QueueError>> {
        let poll = self.queue.receive(most);
        tokio::pin!(poll);
        tokio::select! {
            received = &mut poll => Some(received),
            () = stop.cancelled() => tokio::time::timeout(LAST_POLL, poll).await.ok(),
        }
    }

    async fn round(self: &Arc<Self>, received: Result<Vec<ClickMessage>, QueueError>) -> Round {
        match received {
            Ok(messages) => {
                self.queue_check.up();
                self.settle_all(messages).await
            }
            Err(error) => {
                self.queue_check.down(error.summary());
                tracing::warn!(error = %Chain(&error), "could not poll the click queue");
                Round::Setback
            }
        }
    }
}

#[cfg(test)]
mod tests;
