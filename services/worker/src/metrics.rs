//! What the worker counts.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use runtime::metrics::Metrics as Registry;

use crate::outcome::{Counting, Done, Outcome};
use crate::rollup::Discarded;

/// From a quick answer on the same node to the time limit of a delivery, in seconds.
const DELIVERY_BUCKETS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
/// From the flush interval of url-service to the life of a message in the queue, in seconds.
const AGE_BUCKETS: [f64; 12] =
    [0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3_600.0, 21_600.0, 86_400.0];

/// The worker's metrics. Cheap to clone; all clones count together.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    /// Messages received, each receive of a message anew.
    pub(crate) received: Counter,
    /// Deletions that SQS refused or did not answer.
    pub(crate) undeleted: Counter,
    /// How long one delivery took, in seconds.
    pub(crate) delivery_seconds: Histogram,
    messages: Family<OutcomeLabels, Counter>,
    delivered: Counter,
    deduplicated: Counter,
    discarded: Family<ReasonLabel, Counter>,
    age_seconds: Histogram,
    requests: Family<OperationLabel, Counter>,
    failed_requests: Family<OperationLabel, Counter>,
    queue_messages: Family<StateLabel, Gauge>,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct OutcomeLabels {
    outcome: &'static str,
    reason: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct ReasonLabel {
    reason: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct OperationLabel {
    operation: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct StateLabel {
    state: &'static str,
}

impl Metrics {
    /// Registers everything.
    pub(crate) fn register(registry: &Registry) -> Self {
        let counter = |name, help| registry.register(name, help, Counter::default());
        Self {
            received: counter(
                "worker_messages_received",
                "Messages received; a message received twice counts twice",
            ),
            undeleted: counter("worker_messages_undeleted", "Processed messages that could not be deleted"),
            delivered: counter("clicks_delivered", "Clicks that url-service counted"),
            deduplicated: counter("clicks_deduplicated", "Clicks that url-service had counted before"),
            messages: registry.register("worker_messages", "Messages by how they ended", Family::default()),
            discarded: registry.register(
                "clicks_discarded",
                "Clicks left out of the statistics",
                Family::default(),
            ),
            delivery_seconds: registry.register(
                "worker_delivery_duration_seconds",
                "Time to deliver one summary",
                Histogram::new(DELIVERY_BUCKETS),
            ),
            age_seconds: registry.register(
                "click_age_seconds",
                "Age of a batch in the queue when its processing begins",
                Histogram::new(AGE_BUCKETS),
            ),
            requests: registry.register("sqs_requests", "Calls of SQS", Family::default()),
            failed_requests: registry.register(
                "sqs_requests_failed",
                "Calls of SQS that failed",
                Family::default(),
            ),
            queue_messages: registry.register(
                "sqs_queue_messages",
                "Messages in the click queue, as SQS estimates them",
                Family::default(),
            ),
        }
    }

    /// A call of SQS begins.
    pub(crate) fn requested(&self, operation: &'static str) {
        self.requests.get_or_create(&OperationLabel { operation }).inc();
    }

    /// A call of SQS failed.
    pub(crate) fn failed(&self, operation: &'static str) {
        self.failed_requests.get_or_create(&OperationLabel { operation }).inc();
    }

    /// A batch that was sent `age` ago is about to be processed.
    pub(crate) fn aged(&self, age: Duration) {
        self.age_seconds.observe(age.as_secs_f64());
    }

    /// A message ended.
    pub(crate) fn ended(&self, outcome: &Outcome) {
        let labels = OutcomeLabels { outcome: outcome.name(), reason: outcome.reason() };
        self.messages.get_or_create(&labels).inc();
        let Outcome::Done(Done { counting, clicks, discarded }) = *outcome else { return };
        match counting {
            Counting::Nothing => {}
            Counting::Now => drop(self.delivered.inc_by(clicks)),
            Counting::Before => drop(self.deduplicated.inc_by(clicks)),
        }
        self.discard(discarded);
    }

    /// The queue's estimated length.
    pub(crate) fn queue_depth(&self, visible: i64, in_flight: i64) {
        self.queue_messages.get_or_create(&StateLabel { state: "visible" }).set(visible);
        self.queue_messages.get_or_create(&StateLabel { state: "in_flight" }).set(in_flight);
    }

    fn discard(&self, discarded: Discarded) {
        for (reason, clicks) in [("future", discarded.future), ("stale", discarded.stale)] {
            self.discarded.get_or_create(&ReasonLabel { reason }).inc_by(clicks);
        }
    }
}
