//! The messages of one receive: each processed while it stays hidden, then deleted, hidden or released.

use std::sync::Arc;
use std::time::Duration;

use runtime::lifecycle::Chain;
use tokio::task::{JoinError, JoinSet};

use super::{Consumer, Round};
use crate::message::ClickMessage;
use crate::outcome::Outcome;

/// How long a finished message waits for others, so that one call deletes them all. A slow message holds up
/// the deletion of the others by no more than this.
const LINGER: Duration = Duration::from_millis(250);

/// A message that needs no further processing now.
enum Settled {
    /// To be deleted.
    Done(ClickMessage),
    /// Hidden until its next try.
    Retried,
    /// Released on its way to the dead-letter queue.
    Rejected,
}

impl Consumer {
    /// Settles the messages of one receive, all at once: SQS gives at most ten.
    pub(super) async fn settle_all(self: &Arc<Self>, messages: Vec<ClickMessage>) -> Round {
        let mut running = JoinSet::new();
        for message in messages {
            running.spawn(Arc::clone(self).settle(message));
        }
        let (mut went_through, mut retried) = (false, false);
        while let Some(first) = running.join_next().await {
            let mut done = Vec::new();
            for settled in together(first, &mut running).await {
                match settled {
                    Settled::Done(message) => done.push(message),
                    Settled::Retried => retried = true,
                    Settled::Rejected => went_through = true,
                }
            }
            went_through |= !done.is_empty();
            self.delete(&done).await;
        }
        match (went_through, retried) {
            (true, _) => Round::Good,
            (false, true) => Round::Setback,
            (false, false) => Round::Idle,
        }
    }

    async fn settle(self: Arc<Self>, message: ClickMessage) -> Settled {
        let (settled, hidden_for) = match self.process_hidden(&message).await {
            Outcome::Done(_) => return Settled::Done(message),
            Outcome::Retry { after, .. } => (Settled::Retried, after),
            Outcome::Reject { .. } => (Settled::Rejected, Duration::ZERO),
        };
        // Without this the message comes again as well, only at another time.
        self.hide(&message, hidden_for).await;
        settled
    }

    /// Processes a message, and keeps it hidden for as long as that takes: half of the visibility timeout
    /// before it is over, it is extended.
    async fn process_hidden(&self, message: &ClickMessage) -> Outcome {
        let processing = self.processor.process(message);
        tokio::pin!(processing);
        loop {
            let visibility = self.queue.visibility();
            let extension = async {
                tokio::time::sleep(visibility / 2).await;
                self.hide(message, visibility).await;
            };
            tokio::select! {
                outcome = &mut processing => return outcome,
                () = extension => {}
            }
        }
    }

    async fn hide(&self, message: &ClickMessage, time: Duration) {
        if let Err(error) = self.queue.hide(message, time).await {
            let message_id = &message.id;
            let error = Chain(&error);
            tracing::warn!(message_id, %error, "could not change a message's visibility timeout");
        }
    }

    /// Deletes messages. One that stays comes again, and is not counted twice.
    async fn delete(&self, messages: &[ClickMessage]) {
        if messages.is_empty() {
            return;
        }
        let kept = match self.queue.delete(messages).await {
            Ok(kept) => kept,
            Err(error) => {
                let number = messages.len();
                tracing::warn!(error = %Chain(&error), number, "could not delete messages");
                self.processor.metrics.undeleted.inc_by(u64::try_from(number).unwrap_or(u64::MAX));
                return;
            }
        };
        for (position, code) in kept {
            let message_id = messages.get(position).map(|message| message.id.as_str());
            tracing::warn!(message_id, code, "could not delete a message");
            self.processor.metrics.undeleted.inc();
        }
    }
}

/// The messages that settle within [`LINGER`] of the first one.
async fn together(first: Result<Settled, JoinError>, running: &mut JoinSet<Settled>) -> Vec<Settled> {
    let mut ended = vec![first];
    let more = async {
        while let Some(next) = running.join_next().await {
            ended.push(next);
        }
    };
    // Either all others, or those that ended until then: `join_next` loses none when it is dropped.
    drop(tokio::time::timeout(LINGER, more).await);
    ended.into_iter().filter_map(unless_panicked).collect()
}

/// A message whose task panicked comes again when its visibility timeout is over.
fn unless_panicked(ended: Result<Settled, JoinError>) -> Option<Settled> {
    ended.inspect_err(|error| tracing::error!(%error, "the processing of a message panicked")).ok()
}
