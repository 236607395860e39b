//! Why a signature is not accepted, and how each service says so.
//!
//! The codes are those of "Common errors" in each service's API reference and of "Error responses" in that of S3.

use http::StatusCode;
use time::format_description::FormatItem;
use time::macros::format_description;
use time::{Duration, OffsetDateTime};

use crate::fault::Fault;
use crate::service::Protocol;
use crate::sessions::Unusable;

const TIMESTAMP: &[FormatItem<'_>] = format_description!("[year][month][day]T[hour][minute][second]Z");

/// Why a signature is not accepted. The text is the reason in the decision log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("signature-missing")]
    Missing,
    #[error("signature-twice")]
    Several,
    #[error("signature-algorithm")]
    Algorithm,
    #[error("signature-incomplete")]
    Incomplete(String),
    #[error("signature-header-repeated")]
    RepeatedHeader(String),
    #[error("signature-header-unsigned")]
    UnsignedHeader(String),
    #[error("signature-header-absent")]
    AbsentHeader(String),
    #[error("signature-scope")]
    Scope(String),
    #[error("signature-expired")]
    Stale { signed_at: OffsetDateTime, now: OffsetDateTime, skew: Duration },
    #[error("signature-not-yet-current")]
    NotYetCurrent { signed_at: OffsetDateTime, now: OffsetDateTime, skew: Duration },
    #[error("signature-presigned-expired")]
    PresignedExpired { signed_at: OffsetDateTime, now: OffsetDateTime, expires: Duration },
    #[error("signature-payload-unsigned")]
    UnsignedPayload,
    #[error("signature-payload-hash")]
    PayloadHash,
    #[error("signature-mismatch")]
    Mismatch,
    #[error("session-unknown-key")]
    UnknownKey,
    #[error("session-foreign-token")]
    ForeignToken,
    #[error("session-expired")]
    SessionExpired,
    #[error("session-revoked")]
    SessionRevoked,
}

/// The error codes of one refusal: of JSON services, of query services, of S3.
type Codes = [(StatusCode, &'static str); 3];

impl Refusal {
    pub(super) fn incomplete(message: impl Into<String>) -> Self {
        Self::Incomplete(message.into())
    }

    /// What the caller is told.
    pub(crate) fn fault(&self, protocol: Protocol) -> Fault {
        let [json, query, s3] = self.codes();
        let (status, code) = match protocol {
            Protocol::Json10 | Protocol::Json11 => json,
            Protocol::Query(_) => query,
            Protocol::RestXml => s3,
        };
        Fault::new(status, code, self.message())
    }

    fn codes(&self) -> Codes {
        const BAD: StatusCode = StatusCode::BAD_REQUEST;
        const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;
        let mismatch = [(BAD, "InvalidSignatureException"), (FORBIDDEN, "SignatureDoesNotMatch")];
        let signature = |s3| [mismatch[0], mismatch[1], s3];
        match self {
            Self::Missing => [
                (BAD, "MissingAuthenticationTokenException"),
                (FORBIDDEN, "MissingAuthenticationToken"),
                (FORBIDDEN, "AccessDenied"),
            ],
            Self::Several | Self::Algorithm | Self::Incomplete(_) | Self::RepeatedHeader(_) => [
                (BAD, "IncompleteSignatureException"),
                (BAD, "IncompleteSignature"),
                (BAD, "AuthorizationHeaderMalformed"),
            ],
            Self::UnsignedHeader(_) | Self::PresignedExpired { .. } => signature((FORBIDDEN, "AccessDenied")),
            Self::Scope(_) => signature((BAD, "AuthorizationHeaderMalformed")),
            Self::Stale { .. } | Self::NotYetCurrent { .. } => signature((FORBIDDEN, "RequestTimeTooSkewed")),
            Self::UnsignedPayload | Self::PayloadHash => signature((BAD, "XAmzContentSHA256Mismatch")),
            Self::AbsentHeader(_) | Self::Mismatch => signature((FORBIDDEN, "SignatureDoesNotMatch")),
            Self::UnknownKey => [
                (BAD, "UnrecognizedClientException"),
                (FORBIDDEN, "InvalidClientTokenId"),
                (FORBIDDEN, "InvalidAccessKeyId"),
            ],
            Self::ForeignToken | Self::SessionRevoked => [
                (BAD, "UnrecognizedClientException"),
                (FORBIDDEN, "InvalidClientTokenId"),
                (BAD, "InvalidToken"),
            ],
            Self::SessionExpired => {
                [(BAD, "ExpiredTokenException"), (FORBIDDEN, "ExpiredToken"), (BAD, "ExpiredToken")]
            }
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Missing => "Request is missing Authentication Token".to_owned(),
            Self::Several => "Only one auth mechanism allowed".to_owned(),
            Self::Algorithm => "Unsupported AWS 'algorithm'; only AWS4-HMAC-SHA256 is supported.".to_owned(),
            Self::Incomplete(message) | Self::Scope(message) => message.clone(),
            Self::RepeatedHeader(name) => format!("Header '{name}' is repeated."),
            Self::UnsignedHeader(name) => {
                format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.")
            }
            Self::Stale { signed_at, now, skew } => format!(
                "Signature expired: {} is now earlier than {} ({} - {} min.)",
                basic(*signed_at),
                basic(*now - *skew),
                basic(*now),
                skew.whole_minutes()
            ),
            Self::NotYetCurrent { signed_at, now, skew } => format!(
                "Signature not yet current: {} is still later than {} ({} + {} min.)",
                basic(*signed_at),
                basic(*now + *skew),
                basic(*now),
                skew.whole_minutes()
            ),
            Self::PresignedExpired { .. } => "Request has expired".to_owned(),
            Self::UnsignedPayload => "This service requires the payload to be signed.".to_owned(),
            Self::PayloadHash => {
                "The provided 'x-amz-content-sha256' header does not match what was computed.".to_owned()
            }
            Self::AbsentHeader(_) | Self::Mismatch => {
                "The request signature we calculated does not match the signature you provided. Check your AWS \
                 Secret Access Key and signing method. Consult the service documentation for details."
                    .to_owned()
            }
            Self::UnknownKey | Self::ForeignToken | Self::SessionRevoked => {
                "The security token included in the request is invalid.".to_owned()
            }
            Self::SessionExpired => "The security token included in the request is expired".to_owned(),
        }
    }
}

impl From<Unusable> for Refusal {
    fn from(unusable: Unusable) -> Self {
        match unusable {
            Unusable::UnknownKey => Self::UnknownKey,
            Unusable::ForeignToken => Self::ForeignToken,
            Unusable::Expired => Self::SessionExpired,
            Unusable::Revoked => Self::SessionRevoked,
        }
    }
}

fn basic(time: OffsetDateTime) -> String {
    time.format(TIMESTAMP).unwrap_or_default()
}
