//! Sending batches to SQS.
//!
//! A few sends run at once. What SQS does not take, and what comes faster than it is taken, goes to the
//! [`spool`](super::spool), from where [`redelivery`](super::redelivery) tries again.

mod sender;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use click_contract::Batch;
use prometheus_client::metrics::counter::Counter;
use runtime::health::Check;
use runtime::lifecycle::{BoxError, Chain};
use runtime::{Clock, ServiceContext};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::clicks::recorder::{Outlet, Recorder, Sealed};
use crate::clicks::spool::Spool;

pub(crate) use sender::{SendError, Sender};

/// Sends that run at once.
const SENDS: usize = 4;
/// Sealed batches that may wait in memory for a place among them; more go to the spool.
const WAITING: usize = 4;

/// Takes batches from the recorder to the queue.
#[derive(Debug)]
pub(crate) struct Publisher {
    sender: Sender,
    recorder: Arc<Recorder>,
    outlet: Outlet,
    spool: Spool,
    clock: Arc<dyn Clock>,
    flush: Duration,
    check: Check,
    sent: Counter,
    spilled: Counter,
    sends: JoinSet<(Batch, Result<(), SendError>)>,
}

impl Publisher {
    pub(crate) fn new(
        sender: Sender,
        recorder: Arc<Recorder>,
        outlet: Outlet,
        spool: Spool,
        flush: Duration,
        check: Check,
        context: &ServiceContext,
    ) -> Self {
        let metrics = &context.metrics;
        Self {
            sender,
            recorder,
            outlet,
            spool,
            clock: Arc::clone(&context.clock),
            flush,
            check,
            sent: metrics.register("clicks_sent", "Clicks that the queue has taken", Counter::default()),
            spilled: metrics.register("clicks_spilled", "Clicks written to the spool", Counter::default()),
            sends: JoinSet::new(),
        }
    }

    /// Sends until `stop`, then sends or spools all that is left.
    ///
    /// # Errors
    /// Never; the type is that of a task.
    pub(crate) async fn run(mut self, stop: CancellationToken) -> Result<(), BoxError> {
        self.check.up();
        let mut flush = tokio::time::interval(self.flush);
        flush.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                _ = flush.tick() => self.recorder.seal(self.clock.unix_seconds()),
                Some(sealed) = self.outlet.sealed.recv() => self.dispatch(sealed).await,
                Some(ended) = self.sends.join_next() => self.settle(ended),
            }
        }
        self.finish().await;
        Ok(())
    }

    async fn finish(&mut self) {
        self.recorder.seal(self.clock.unix_seconds());
        while let Ok(sealed) = self.outlet.sealed.try_recv() {
            self.dispatch(sealed).await;
        }
        while let Some(ended) = self.sends.join_next().await {
            self.settle(ended);
        }
        tracing::info!(clicks = self.outlet.waiting.load(Ordering::Relaxed), "flushed the clicks");
    }

    /// Begins to send a batch, after waiting for a place if few others wait, or spools it.
    async fn dispatch(&mut self, sealed: Sealed) {
        if self.sends.len() >= SENDS {
            if self.outlet.sealed.len() > WAITING {
                return self.spill(&sealed.batch);
            }
            if let Some(ended) = self.sends.join_next().await {
                self.settle(ended);
            }
        }
        let sender = self.sender.clone();
        self.sends.spawn(async move {
            let result = sender.send(&sealed.batch, &sealed.traces).await;
            (sealed.batch, result)
        });
    }

    fn settle(&mut self, ended: Result<(Batch, Result<(), SendError>), tokio::task::JoinError>) {
        match ended {
            Ok((batch, Ok(()))) => {
                self.check.up();
                self.sent.inc_by(count(&batch));
                self.outlet.waiting.fetch_sub(batch.len(), Ordering::Relaxed);
            }
            Ok((batch, Err(error))) => {
                self.check.down("cannot send clicks; they are kept on disk");
                tracing::error!(error = %Chain(&error), clicks = batch.len(), "could not send a click batch");
                self.spill(&batch);
            }
            Err(error) => tracing::error!(%error, "a send panicked"),
        }
    }

    /// A short write to a local disk; the few batches that take this way do not justify a thread.
    fn spill(&mut self, batch: &Batch) {
        self.outlet.waiting.fetch_sub(batch.len(), Ordering::Relaxed);
        let kept =
            batch.encode().map_err(std::io::Error::other).and_then(|body| self.spool.keep(batch.id, &body));
        match kept {
            Ok(()) => drop(self.spilled.inc_by(count(batch))),
            Err(error) => {
                self.outlet.dropped.inc_by(count(batch));
                tracing::error!(%error, clicks = batch.len(), "lost a click batch: the spool does not take it");
            }
        }
    }
}

fn count(batch: &Batch) -> u64 {
    u64::try_from(batch.len()).unwrap_or(u64::MAX)
}
