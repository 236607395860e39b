//! Sending what is on disk, oldest first, once the queue takes it again.

use std::time::Duration;

use click_contract::Batch;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use runtime::ServiceContext;
use runtime::health::Check;
use runtime::lifecycle::{BoxError, Chain};
use tokio_util::sync::CancellationToken;

use crate::clicks::publisher::{SendError, Sender};
use crate::clicks::spool::Spool;

/// How often the spool is looked at.
const LOOK: Duration = Duration::from_secs(5);

/// Empties the spool.
#[derive(Debug)]
pub(crate) struct Redelivery {
    sender: Sender,
    spool: Spool,
    check: Check,
    resent: Counter,
    set_aside: Counter,
    bytes: Gauge,
}

impl Redelivery {
    /// `check` is the publisher's: where no click comes, this is the first to know that the queue is back.
    pub(crate) fn new(sender: Sender, spool: Spool, check: Check, context: &ServiceContext) -> Self {
        let metrics = &context.metrics;
        let resent = metrics.register("clicks_resent", "Clicks sent from the spool", Counter::default());
        let set_aside =
            metrics.register("click_batches_set_aside", "Batches that can never be sent", Counter::default());
        let bytes = metrics.register("click_spool_bytes", "Bytes in the spool", Gauge::default());
        Self { sender, spool, check, resent, set_aside, bytes }
    }

    /// Looks again and again until `stop`; what is left stays on disk for the next start.
    ///
    /// # Errors
    /// Never; the type is that of a task.
    pub(crate) async fn run(self, stop: CancellationToken) -> Result<(), BoxError> {
        while !stop.is_cancelled() {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                emptied = self.empty() => if let Err(error) = emptied {
                    tracing::warn!(error = %Chain(error.as_ref()), "spooled clicks stay on disk");
                },
            }
            self.bytes.set(self.spool.bytes().ok().and_then(|bytes| i64::try_from(bytes).ok()).unwrap_or(-1));
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
        Ok(())
    }

    async fn empty(&self) -> Result<(), BoxError> {
        while let Some(spooled) = self.spool.oldest()? {
            let sent = match Batch::decode(&spooled.body) {
                Ok(batch) => self.sender.send_body(&spooled.body, None).await.map(|()| batch.len()),
                Err(_) => Err(SendError::NoBatch),
            };
            match sent {
                Ok(clicks) => {
                    self.check.up();
                    self.resent.inc_by(u64::try_from(clicks).unwrap_or(u64::MAX));
                    spooled.done()?;
                }
                Err(error) if error.is_final() => {
                    tracing::error!(error = %Chain(&error), "set a spooled batch aside: it can never be sent");
                    self.set_aside.inc();
                    spooled.set_aside()?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
