//! One batch, one SQS message.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::error::SdkError;
use aws_sdk_sqs::operation::send_message::SendMessageError;
use aws_sdk_sqs::types::MessageAttributeValue;
use click_contract::Batch;
use opentelemetry::trace::SpanContext;
use prometheus_client::metrics::counter::Counter;
use runtime::ServiceContext;
use runtime::telemetry::propagation::{self, TRACEPARENT};
use tracing::Instrument as _;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// One try, and all tries together: well within the time that a pod is given to stop.
const ATTEMPT: Duration = Duration::from_secs(3);
const OPERATION: Duration = Duration::from_secs(8);

/// Why a batch was not sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    /// The batch could not be encoded.
    #[error("cannot encode the batch")]
    Encode(#[from] serde_json::Error),
    /// SQS refused or could not be reached.
    #[error("SQS did not take the message")]
    Sqs(#[from] Box<SdkError<SendMessageError>>),
    /// What was to be sent is not a batch.
    #[error("not a click batch")]
    NoBatch,
}

impl SendError {
    /// Whether another try would fail in the same way.
    pub(crate) fn is_final(&self) -> bool {
        match self {
            Self::Encode(_) | Self::NoBatch => true,
            Self::Sqs(error) => {
                error.as_service_error().is_some_and(SendMessageError::is_invalid_message_contents)
            }
        }
    }
}

/// Sends batches to the click queue. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    client: Client,
    queue_url: String,
    requests: Counter,
}

impl Sender {
    pub(crate) fn new(client: Client, queue_url: String, context: &ServiceContext) -> Self {
        let requests = context.metrics.register(
            "sqs_send_requests",
            "SendMessage calls, retries not counted",
            Counter::default(),
        );
        Self { client, queue_url, requests }
    }

    /// Sends a batch. Its span continues the trace of the first traced redirect in it and is linked to the
    /// others, so that one visit can be followed from the browser to the statistics.
    pub(crate) async fn send(&self, batch: &Batch, traces: &[SpanContext]) -> Result<(), SendError> {
        let body = batch.encode()?;
        let Some((first, others)) = traces.split_first() else { return self.send_body(&body, None).await };
        let span = tracing::info_span!(
            "send clicks",
            otel.kind = "producer",
            messaging.system = "aws_sqs",
            messaging.operation.type = "send",
            messaging.batch.message_count = batch.len(),
        );
        propagation::set_parent(&span, first.clone());
        for other in others {
            span.add_link(other.clone());
        }
        let traceparent = propagation::of(&span).as_ref().and_then(propagation::traceparent);
        self.send_body(&body, traceparent).instrument(span).await
    }

    /// Sends an encoded batch.
    pub(crate) async fn send_body(&self, body: &str, traceparent: Option<String>) -> Result<(), SendError> {
        self.requests.inc();
        let trace = traceparent.and_then(|value| {
            MessageAttributeValue::builder().data_type("String").string_value(value).build().ok()
        });
        let time_limits =
            TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT).operation_timeout(OPERATION).build();
        let request = self.client.send_message().queue_url(&self.queue_url).message_body(body);
        let request = match trace {
            Some(trace) => request.message_attributes(TRACEPARENT, trace),
            None => request,
        };
        request
            .customize()
            .config_override(aws_sdk_sqs::config::Builder::new().timeout_config(time_limits))
            .send()
            .await
            .map_err(Box::new)?;
        Ok(())
    }
}
