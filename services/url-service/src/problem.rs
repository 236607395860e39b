//! The one error type of the HTTP API, and its one mapping to an answer (RFC 9457, problem details).
//!
//! `type` is a stable URI of the form `urn:zero-trust-eks:problem:<code>`; `docs/http-api.md` explains each
//! code. The same code labels the metric.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use database::pool::ConnectError;
use serde::Serialize;
use serde_json::Value;

/// What went wrong with a request.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    #[error("The body is not JSON.")]
    MalformedBody,
    #[error("The Content-Type must be application/json.")]
    UnsupportedMediaType,
    #[error("The body is larger than the limit.")]
    BodyTooLarge,
    #[error("Some members are invalid.")]
    Invalid(Vec<InvalidMember>),
    #[error("A valid API key is needed: Authorization: Bearer <key>.")]
    Unauthenticated,
    #[error("The API key lacks the scope {0}.")]
    MissingScope(&'static str),
    #[error("There is no such object.")]
    NotFound,
    #[error("There is no such resource.")]
    NoSuchRoute,
    #[error("The resource does not have this method.")]
    MethodNotAllowed,
    #[error("The slug is taken.")]
    SlugTaken,
    #[error("An If-Match header with the link's ETag is needed.")]
    PreconditionRequired,
    #[error("The link has changed since it was read.")]
    PreconditionFailed,
    #[error("The service cannot do this at the moment.")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("The request took too long.")]
    TimedOut,
    #[error("Something went wrong on our side.")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A member of the body, or a query parameter, that cannot be accepted.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct InvalidMember {
    /// JSON pointer (RFC 6901) into the body, or `?name` for a query parameter.
    pub(crate) pointer: String,
    /// What is wrong and what is expected.
    pub(crate) detail: String,
}

/// The JSON document, before the request's identifier is known.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    detail: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<InvalidMember>,
    request_id: Value,
    /// The stable code, which labels the metric.
    #[serde(skip)]
    pub(crate) code: &'static str,
}

impl Problem {
    /// Status, stable code and title.
    fn parts(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::MalformedBody => (StatusCode::BAD_REQUEST, "malformed-body", "Malformed body"),
            Self::UnsupportedMediaType => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "Unsupported media type")
            }
            Self::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", "Body too large"),
            Self::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Invalid request"),
            Self::Unauthenticated => (StatusCode::UNAUTHORIZED, "unauthenticated", "Not authenticated"),
            Self::MissingScope(_) => (StatusCode::FORBIDDEN, "missing-scope", "Missing scope"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found", "Not found"),
            Self::NoSuchRoute => (StatusCode::NOT_FOUND, "no-such-resource", "No such resource"),
            Self::MethodNotAllowed => {
                (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed")
            }
            Self::SlugTaken => (StatusCode::CONFLICT, "slug-taken", "Slug taken"),
            Self::PreconditionRequired => {
                (StatusCode::PRECONDITION_REQUIRED, "precondition-required", "Precondition required")
            }
            Self::PreconditionFailed => {
                (StatusCode::PRECONDITION_FAILED, "precondition-failed", "Precondition failed")
            }
            Self::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Unavailable"),
            Self::TimedOut => (StatusCode::SERVICE_UNAVAILABLE, "timed-out", "Timed out"),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error"),
        }
    }

    /// A problem with one member.
    pub(crate) fn member(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![InvalidMember { pointer: pointer.into(), detail: detail.into() }])
    }
}

impl Document {
    /// The document's text for the request `id`.
    pub(crate) fn for_request(mut self, id: &str) -> String {
        self.request_id = Value::from(id);
        serde_json::to_string(&self).unwrap_or_default()
    }
}

impl IntoResponse for Problem {
    /// The body is written by [`crate::middleware`], which knows the request's identifier.
    fn into_response(self) -> Response {
        let (status, code, title) = self.parts();
        if let Self::Unavailable(cause) | Self::Internal(cause) = &self {
            let error = runtime::lifecycle::Chain(cause.as_ref());
            tracing::error!(%error, code, "a request failed");
        }
        let detail = self.to_string();
        let mut response = status.into_response();
        let headers = response.headers_mut();
        match self {
            Self::Unauthenticated => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::Unavailable(_) | Self::TimedOut => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
            }
            _ => {}
        }
        let errors = if let Self::Invalid(errors) = self { errors } else { Vec::new() };
        let kind = format!("urn:zero-trust-eks:problem:{code}");
        let request_id = Value::Null;
        response.extensions_mut().insert(Document {
            kind,
            title,
            status: status.as_u16(),
            detail,
            errors,
            request_id,
            code,
        });
        response
    }
}

impl From<ConnectError> for Problem {
    fn from(error: ConnectError) -> Self {
        Self::Unavailable(Box::new(error))
    }
}

impl From<sqlx::Error> for Problem {
    /// A statement that PostgreSQL refused is our mistake; anything else is the database being away.
    fn from(error: sqlx::Error) -> Self {
        let refused =
            error.as_database_error().and_then(sqlx::error::DatabaseError::code).is_some_and(|code| {
                // 57: operator intervention, 53: out of resources, 40: transaction rolled back, 25006: read-only.
                !["57", "53", "40"].iter().any(|class| code.starts_with(class)) && code != "25006"
            });
        if refused || matches!(error, sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. }) {
            Self::Internal(Box::new(error))
        } else {
            Self::Unavailable(Box::new(error))
        }
    }
}
