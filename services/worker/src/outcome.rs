//! How the processing of one message ends.

use std::time::Duration;

use click_contract::batch::DecodeError;
use click_contract::summary::Recorded;

use crate::delivery::DeliveryError;
use crate::rollup::Discarded;

/// What becomes of a message.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It has had its effect: delete it.
    Done(Done),
    /// It could not be delivered now: hide it for `after`, then try again. The queue's redrive policy moves
    /// it to the dead-letter queue when this happens too often.
    Retry {
        /// How long to wait.
        after: Duration,
        /// What went wrong.
        reason: DeliveryError,
    },
    /// It will never do: make it visible at once, so that the redrive policy moves it to the dead-letter
    /// queue soon. It is not deleted: somebody has to look at it.
    Reject {
        /// What is wrong with it.
        reason: Rejection,
    },
}

/// What a message that is done has brought about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Done {
    /// Whether it counted.
    pub(crate) counting: Counting,
    /// How many clicks were in its summary.
    pub(crate) clicks: u64,
    /// How many clicks were left out of it.
    pub(crate) discarded: Discarded,
}

/// Whether the clicks of a message counted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Counting {
    /// There was none: a probe, or every click was discarded.
    Nothing,
    /// Now.
    Now,
    /// When the batch came before.
    Before,
}

/// What is wrong with a message.
#[derive(Debug)]
pub(crate) enum Rejection {
    /// The body is no batch.
    Body(DecodeError),
    /// url-service says that the summary is wrong.
    Summary(DeliveryError),
}

impl Outcome {
    /// What the answer to a summary means; `after` is the wait in case of a retry.
    pub(crate) fn of_delivery(
        result: Result<Recorded, DeliveryError>,
        clicks: u64,
        discarded: Discarded,
        after: Duration,
    ) -> Self {
        match result {
            Ok(Recorded { new: true }) => Self::Done(Done { counting: Counting::Now, clicks, discarded }),
            Ok(Recorded { new: false }) => Self::Done(Done { counting: Counting::Before, clicks, discarded }),
            Err(error) if error.blames_summary() => Self::Reject { reason: Rejection::Summary(error) },
            Err(reason) => Self::Retry { after, reason },
        }
    }

    /// A label: how it ended.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Done(_) => "done",
            Self::Retry { .. } => "retry",
            Self::Reject { .. } => "reject",
        }
    }

    /// A label: why it ended so.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::Done(Done { counting: Counting::Nothing, .. }) => "nothing_to_count",
            Self::Done(Done { counting: Counting::Now, .. }) => "counted",
            Self::Done(Done { counting: Counting::Before, .. }) => "counted_before",
            Self::Retry { reason, .. } | Self::Reject { reason: Rejection::Summary(reason) } => {
                reason.label()
            }
            Self::Reject { reason: Rejection::Body(error) } => decode_label(error),
        }
    }
}

fn decode_label(error: &DecodeError) -> &'static str {
    match error {
        DecodeError::TooLong(_) => "too_long",
        DecodeError::Shape(_) => "shape",
        DecodeError::Version(_) => "version",
        DecodeError::Ragged => "ragged",
        DecodeError::DanglingReference => "dangling_reference",
        DecodeError::LongString => "long_string",
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    const AFTER: Duration = Duration::from_secs(7);

    fn of(result: Result<Recorded, DeliveryError>) -> (&'static str, &'static str) {
        let outcome = Outcome::of_delivery(result, 3, Discarded::default(), AFTER);
        assert!(!matches!(outcome, Outcome::Retry { after, .. } if after != AFTER));
        (outcome.name(), outcome.reason())
    }

    #[test]
    fn an_answer_means_that_the_message_is_done() {
        assert_eq!(of(Ok(Recorded { new: true })), ("done", "counted"));
        assert_eq!(of(Ok(Recorded { new: false })), ("done", "counted_before"));
    }

    #[test]
    fn only_a_refusal_of_the_summary_itself_rejects() {
        for (status, outcome, reason) in [
            (400, "reject", "summary_refused"),
            (413, "reject", "summary_refused"),
            (422, "reject", "summary_refused"),
            (401, "retry", "not_authorized"),
            (403, "retry", "not_authorized"),
            (404, "retry", "unexpected_status"),
            (408, "retry", "unexpected_status"),
            (302, "retry", "unexpected_status"),
            (201, "retry", "unexpected_status"),
            (429, "retry", "overloaded"),
            (500, "retry", "server_error"),
            (503, "retry", "server_error"),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(of(Err(DeliveryError::Status(status))), (outcome, reason), "{status}");
        }
        assert_eq!(of(Err(DeliveryError::TimeLimit)), ("retry", "time_limit"));
    }
}
