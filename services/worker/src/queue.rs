//! The click queue: the five calls of SQS that the worker's role allows.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::Builder;
use aws_sdk_sqs::config::http::HttpResponse;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, MessageSystemAttributeName, QueueAttributeName};
use runtime::lifecycle::BoxError;

use crate::message::ClickMessage;
use crate::metrics::Metrics;

/// The most messages that SQS gives, or deletes, at once.
pub(crate) const MAX_MESSAGES: usize = 10;
/// The longest long poll that SQS allows, in seconds.
const WAIT_SECONDS: i32 = 20;

/// The click queue. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct ClickQueue {
    client: Client,
    url: String,
    visibility: Duration,
    metrics: Metrics,
}

/// A call of SQS that failed.
#[derive(Debug, thiserror::Error)]
#[error("{operation} failed")]
pub(crate) struct QueueError {
    operation: &'static str,
    code: Option<String>,
    #[source]
    cause: BoxError,
}

impl QueueError {
    /// What a probe is told: the operation, and the error's code when SQS answered with one.
    pub(crate) fn summary(&self) -> String {
        format!("{}: {}", self.operation, self.code.as_deref().unwrap_or("no answer"))
    }
}

/// How many messages there are, as SQS estimates it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Depth {
    /// Waiting to be received.
    pub(crate) visible: i64,
    /// Received and not yet deleted.
    pub(crate) in_flight: i64,
}

impl ClickQueue {
    /// The queue at `url`, whose received messages stay hidden for `visibility`.
    pub(crate) fn new(client: Client, url: String, visibility: Duration, metrics: Metrics) -> Self {
        Self { client, url, visibility, metrics }
    }

    /// The queue's name.
    pub(crate) fn name(&self) -> &str {
        self.url.rsplit('/').next().unwrap_or_default()
    }

    /// How long a received message stays hidden.
    pub(crate) fn visibility(&self) -> Duration {
        self.visibility
    }

    /// Waits up to 20 s for messages, at most `most` of them.
    ///
    /// The attempt may take longer than the wait: SQS answers an empty poll only when the wait is over.
    ///
    /// # Errors
    /// When SQS refuses or does not answer.
    pub(crate) async fn receive(&self, most: usize) -> Result<Vec<ClickMessage>, QueueError> {
        let output = self
            .client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(i32::try_from(most.min(MAX_MESSAGES)).unwrap_or(1))
            .wait_time_seconds(WAIT_SECONDS)
            .visibility_timeout(whole_seconds(self.visibility))
            .message_attribute_names(runtime::telemetry::propagation::TRACEPARENT)
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .customize()
            .config_override(time_limits(Duration::from_secs(25), Duration::from_secs(30)));
        let output = self.call("ReceiveMessage", output.send()).await?;
        let messages: Vec<ClickMessage> =
            output.messages.unwrap_or_default().into_iter().filter_map(ClickMessage::from_sqs).collect();
        self.metrics.received.inc_by(u64::try_from(messages.len()).unwrap_or(u64::MAX));
        Ok(messages)
    }

    /// Hides a message for another `time` from now; with zero, makes it visible at once.
    ///
    /// # Errors
    /// When SQS refuses or does not answer.
    pub(crate) async fn hide(&self, message: &ClickMessage, time: Duration) -> Result<(), QueueError> {
        let call = self
            .client
            .change_message_visibility()
            .queue_url(&self.url)
            .receipt_handle(&message.receipt)
            .visibility_timeout(whole_seconds(time))
            .customize()
            .config_override(short_time_limits());
        self.call("ChangeMessageVisibility", call.send()).await.map(drop)
    }

    /// Deletes messages, at most [`MAX_MESSAGES`]. Returns the positions of those that SQS kept, each with
    /// the error's code.
    ///
    /// # Errors
    /// When SQS refuses the whole call or does not answer.
    pub(crate) async fn delete(&self, messages: &[ClickMessage]) -> Result<Vec<(usize, String)>, QueueError> {
        let operation = "DeleteMessageBatch";
        let entry = |(position, message): (usize, &ClickMessage)| {
            DeleteMessageBatchRequestEntry::builder()
                .id(position.to_string())
                .receipt_handle(&message.receipt)
                .build()
                .map_err(|error| QueueError { operation, code: None, cause: error.into() })
        };
        let entries = messages.iter().enumerate().map(entry).collect::<Result<Vec<_>, _>>()?;
        let call = self
            .client
            .delete_message_batch()
            .queue_url(&self.url)
            .set_entries(Some(entries))
            .customize()
            .config_override(short_time_limits());
        let output = self.call(operation, call.send()).await?;
        let kept = output
            .failed()
            .iter()
            .filter_map(|entry| Some((entry.id().parse().ok()?, entry.code().to_owned())));
        Ok(kept.collect())
    }

    /// Asks how many messages there are.
    ///
    /// # Errors
    /// When SQS refuses, does not know the queue or does not answer.
    pub(crate) async fn depth(&self) -> Result<Depth, QueueError> {
        let call = self
            .client
            .get_queue_attributes()
            .queue_url(&self.url)
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessages)
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessagesNotVisible);
        let output = self.call("GetQueueAttributes", call.send()).await?;
        let number = |name| output.attributes()?.get(&name)?.parse().ok();
        Ok(Depth {
            visible: number(QueueAttributeName::ApproximateNumberOfMessages).unwrap_or_default(),
            in_flight: number(QueueAttributeName::ApproximateNumberOfMessagesNotVisible).unwrap_or_default(),
        })
    }

    async fn call<T, E>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, QueueError>
    where
        E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        self.metrics.requested(operation);
        call.await.map_err(|error| {
            self.metrics.failed(operation);
            QueueError { operation, code: error.code().map(ToOwned::to_owned), cause: error.into() }
        })
    }
}

/// What follows the processing of a message has to be over before a stopping process is killed.
fn short_time_limits() -> Builder {
    time_limits(Duration::from_secs(3), Duration::from_secs(5))
}

/// Time limits of one attempt and of all attempts of a call. What is not set here stays as it is.
fn time_limits(attempt: Duration, all: Duration) -> Builder {
    let limits = TimeoutConfig::builder().operation_attempt_timeout(attempt).operation_timeout(all).build();
    Builder::new().timeout_config(limits)
}

fn whole_seconds(time: Duration) -> i32 {
    i32::try_from(time.as_secs()).unwrap_or(i32::MAX)
}
