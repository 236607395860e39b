//! A request, read whole.

use axum::body::{Body, Bytes};
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use time::OffsetDateTime;

use crate::fault::Fault;
use crate::parameters::Parameters;
use crate::service::is_form;

/// The longest body that is read: SQS takes 1 MiB of messages, and JSON escapes take more than the text.
const LONGEST_BODY: usize = 4 * 1024 * 1024;

/// A request whose body has come.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) id: String,
    pub(crate) at: OffsetDateTime,
    pub(crate) method: Method,
    /// As it came: percent-encoded.
    pub(crate) path: String,
    /// As it came, without the question mark.
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Received {
    /// Reads the body of `request`.
    pub(crate) async fn read(id: String, at: OffsetDateTime, request: Request<Body>) -> Result<Self, Fault> {
        let (parts, body) = request.into_parts();
        let body = Limited::new(body, LONGEST_BODY).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                let message = "The request is longer than the service reads.";
                Fault::new(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", message)
            } else {
                Fault::new(StatusCode::BAD_REQUEST, "IncompleteBody", "The body ended early.")
            }
        })?;
        Ok(Self {
            id,
            at,
            method: parts.method,
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers,
            body: body.to_bytes(),
        })
    }

    /// The parameters of the query that do not belong to a signature, and those of a form body.
    pub(crate) fn parameters(&self) -> Parameters {
        let query = Parameters::of_query(&self.unsigned_query());
        let form = self.headers.get(CONTENT_TYPE).is_some_and(is_form);
        if form { query.and_form(&self.body) } else { query }
    }

    /// The query without what a presigned address adds to it.
    pub(crate) fn unsigned_query(&self) -> String {
        let kept = self.query.split('&').filter(|pair| {
            let parameter = Parameters::of_query(pair);
            !pair.is_empty()
                && !parameter.first_name().is_some_and(|name| SIGNATURE_PARAMETERS.contains(&name))
        });
        kept.collect::<Vec<_>>().join("&")
    }

    /// A header that decides something and is there more than once: its readers may take different ones.
    pub(crate) fn repeated_header(&self) -> Option<&HeaderName> {
        let decides = |name: &&HeaderName| {
            [AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST].contains(name)
                || name.as_str().starts_with("x-amz-")
        };
        self.headers.keys().filter(decides).find(|name| self.headers.get_all(*name).iter().nth(1).is_some())
    }
}

/// What a presigned address adds to a query.
const SIGNATURE_PARAMETERS: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
    "X-Amz-SignedHeaders",
];
