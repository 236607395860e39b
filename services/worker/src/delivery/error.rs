//! Why a summary was not recorded, as far as the worker can tell.

use http::StatusCode;
use identity::spiffe;
use runtime::lifecycle::BoxError;

/// Why a summary was not recorded, or why it is not known whether it was.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeliveryError {
    /// The summary could not be written as JSON.
    #[error("the summary could not be written as JSON")]
    Encode(#[source] serde_json::Error),
    /// No connection, a failed handshake, or a connection that broke.
    #[error("url-service could not be reached")]
    Connection(#[from] hyper_util::client::legacy::Error),
    /// The answer did not come in time.
    #[error("url-service did not answer in time")]
    TimeLimit,
    /// An answer that is no success. What it says is not kept.
    #[error("url-service answered {0}")]
    Status(StatusCode),
    /// The answer broke off or was too long.
    #[error("url-service's answer broke off or was too long")]
    Body(#[source] BoxError),
    /// A success of another shape.
    #[error("url-service's answer was not understood")]
    Answer(#[source] serde_json::Error),
}

impl DeliveryError {
    /// Whether trying the same summary again is useless.
    pub(crate) fn blames_summary(&self) -> bool {
        match self {
            Self::Encode(_) => true,
            Self::Status(status) => matches!(
                *status,
                StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY
            ),
            Self::Connection(_) | Self::TimeLimit | Self::Body(_) | Self::Answer(_) => false,
        }
    }

    /// Why TLS refused, if it did, on either side.
    pub(crate) fn refusal(&self) -> Option<&'static str> {
        match self {
            Self::Connection(error) => spiffe::refusal_reason(error),
            _ => None,
        }
    }

    /// A label for metrics, spans and logs.
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Self::Encode(_) => "encode",
            Self::Connection(_) if self.refusal().is_some() => "tls",
            Self::Connection(_) => "connection",
            Self::TimeLimit => "time_limit",
            Self::Status(_) if self.blames_summary() => "summary_refused",
            Self::Status(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => "not_authorized",
            Self::Status(StatusCode::TOO_MANY_REQUESTS) => "overloaded",
            Self::Status(status) if status.is_server_error() => "server_error",
            Self::Status(_) => "unexpected_status",
            Self::Body(_) | Self::Answer(_) => "answer",
        }
    }
}
