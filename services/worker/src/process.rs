//! One message, from body to outcome. Nothing here talks to SQS.

use std::sync::Arc;

use identity::spiffe::Refusals;
use runtime::Clock;
use runtime::health::Check;
use runtime::lifecycle::Chain;
use runtime::telemetry::RootSampling;
use tracing::{Instrument as _, Span};

use crate::backoff::{self, Random};
use crate::delivery::Delivery;
use crate::message::ClickMessage;
use crate::metrics::Metrics;
use crate::outcome::{Counting, Done, Outcome, Rejection};
use crate::rollup::roll_up;
use crate::trace;

/// What a message needs to be processed.
#[derive(Debug)]
pub(crate) struct Processor {
    /// The way to url-service.
    pub(crate) delivery: Delivery,
    /// What TLS refused on that way.
    pub(crate) refusals: Refusals,
    /// Whether that way is open.
    pub(crate) delivery_check: Check,
    /// The queue's name, for spans.
    pub(crate) queue: String,
    /// The time of day.
    pub(crate) clock: Arc<dyn Clock>,
    /// For jitter and sampling.
    pub(crate) random: Random,
    /// Which messages without a traced producer begin a trace.
    pub(crate) root_sampling: RootSampling,
    /// What is counted.
    pub(crate) metrics: Metrics,
}

impl Processor {
    /// Processes one message, and says how that ended: to metrics, to the trace, to the log where somebody
    /// should know, and to the caller, who has to act on it.
    pub(crate) async fn process(&self, message: &ClickMessage) -> Outcome {
        if let Some(sent_at) = message.sent_at {
            self.metrics.aged(self.clock.since_epoch().saturating_sub(sent_at));
        }
        let span = trace::message_span(message, &self.queue, self.root_sampling, (self.random)());
        let outcome = self.outcome_of(message, &span).instrument(span.clone()).await;
        trace::ended(&span, &outcome);
        self.metrics.ended(&outcome);
        self.note(message, &outcome);
        outcome
    }

    async fn outcome_of(&self, message: &ClickMessage, span: &Span) -> Outcome {
        let batch = match message.batch() {
            Ok(batch) => batch,
            Err(error) => return Outcome::Reject { reason: Rejection::Body(error) },
        };
        let rollup = roll_up(&batch, self.clock.unix_seconds());
        if rollup.clicks == 0 {
            return Outcome::Done(Done {
                counting: Counting::Nothing,
                clicks: 0,
                discarded: rollup.discarded,
            });
        }
        let result = self.delivery.deliver(&rollup.summary, span).await;
        let after = backoff::retry_after(message.receive_count, (self.random)());
        Outcome::of_delivery(result, rollup.clicks, rollup.discarded, after)
    }

    /// The one place that logs how a message ended. Never the body, and not the cause of a decoding error
    /// either: it may quote the body.
    fn note(&self, message: &ClickMessage, outcome: &Outcome) {
        let (message_id, receive_count, reason) = (&message.id, message.receive_count, outcome.reason());
        match outcome {
            Outcome::Done(Done { counting: Counting::Nothing, .. }) => {
                tracing::debug!(message_id, receive_count, "a message had nothing to count");
            }
            Outcome::Done(_) => self.delivery_check.up(),
            Outcome::Retry { after, reason: error } => {
                // What only TLS knows: why the server at the other end is not url-service.
                let refusal = error.refusal();
                if let Some(refusal) = refusal {
                    self.refusals.count(refusal);
                }
                self.delivery_check.down(refusal.map_or(reason.to_owned(), |why| format!("{reason}: {why}")));
                let retry_seconds = after.as_secs();
                let error = Chain(error);
                tracing::warn!(
                    message_id,
                    receive_count,
                    reason,
                    refusal,
                    %error,
                    retry_seconds,
                    "could not deliver a summary"
                );
            }
            Outcome::Reject { reason: Rejection::Summary(error) } => {
                self.delivery_check.up();
                let error = Chain(error);
                tracing::error!(message_id, receive_count, reason, %error, "a summary was refused");
            }
            Outcome::Reject { reason: Rejection::Body(_) } => {
                tracing::error!(message_id, receive_count, reason, "a message is no click batch");
            }
        }
    }
}

#[cfg(test)]
mod tests;
