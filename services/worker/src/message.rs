//! One message, as SQS delivers it.

use std::time::Duration;

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use click_contract::Batch;
use click_contract::batch::DecodeError;
use opentelemetry::trace::SpanContext;
use runtime::telemetry::propagation;

/// A message that is ours until its visibility timeout runs out.
#[derive(Clone, Debug)]
pub(crate) struct ClickMessage {
    /// SQS's name for the message, for logs and spans.
    pub(crate) id: String,
    /// What this receive of the message is known by: needed to delete or release it.
    pub(crate) receipt: String,
    /// How often it has been received, this time included.
    pub(crate) receive_count: u32,
    /// When it was sent, since the Unix epoch.
    pub(crate) sent_at: Option<Duration>,
    /// The producer's span.
    pub(crate) parent: Option<SpanContext>,
    body: String,
}

impl ClickMessage {
    /// `None` for a message without a receipt handle, with which nothing can be done; SQS sends none.
    pub(crate) fn from_sqs(message: Message) -> Option<Self> {
        let attribute = |name| message.attributes().and_then(|all| all.get(&name));
        let receive_count = attribute(MessageSystemAttributeName::ApproximateReceiveCount);
        let sent_at = attribute(MessageSystemAttributeName::SentTimestamp).and_then(|text| text.parse().ok());
        let parent = message
            .message_attributes()
            .and_then(|all| all.get(propagation::TRACEPARENT)?.string_value())
            .and_then(propagation::parse);
        Some(Self {
            receive_count: receive_count.and_then(|text| text.parse().ok()).unwrap_or(1),
            sent_at: sent_at.map(Duration::from_millis),
            parent,
            id: message.message_id.unwrap_or_default(),
            receipt: message.receipt_handle?,
            body: message.body.unwrap_or_default(),
        })
    }

    /// The clicks in it.
    ///
    /// # Errors
    /// When the body is not a batch. The error's source may quote the body: it must not be logged.
    pub(crate) fn batch(&self) -> Result<Batch, DecodeError> {
        Batch::decode(&self.body)
    }

    /// The body's length in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.body.len()
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_sqs::types::MessageAttributeValue;

    use super::*;

    const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn everything_that_sqs_says_is_read() {
        let traceparent =
            MessageAttributeValue::builder().data_type("String").string_value(TRACEPARENT).build().unwrap();
        let message = Message::builder()
            .message_id("id")
            .receipt_handle("receipt")
            .body("body")
            .attributes(MessageSystemAttributeName::ApproximateReceiveCount, "3")
            .attributes(MessageSystemAttributeName::SentTimestamp, "1700000000123")
            .message_attributes("traceparent", traceparent)
            .build();
        let message = ClickMessage::from_sqs(message).unwrap();
        assert_eq!((message.id.as_str(), message.receipt.as_str(), message.bytes()), ("id", "receipt", 4));
        assert_eq!(message.receive_count, 3);
        assert_eq!(message.sent_at, Some(Duration::from_millis(1_700_000_000_123)));
        assert_eq!(
            message.parent.and_then(|parent| propagation::traceparent(&parent)).as_deref(),
            Some(TRACEPARENT)
        );
    }

    #[test]
    fn a_bare_message_is_a_first_receive_without_a_trace() {
        let message = ClickMessage::from_sqs(Message::builder().receipt_handle("receipt").build()).unwrap();
        assert_eq!((message.receive_count, message.sent_at, message.parent.is_none()), (1, None, true));
        assert!(ClickMessage::from_sqs(Message::builder().body("body").build()).is_none());
    }
}
