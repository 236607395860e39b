//! A request, read whole.

use axum::body::{Body, Bytes};
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, Method, Request};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use time::OffsetDateTime;

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

/// Why a request's body was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unread {
    #[error("body-too-long")]
    TooLong,
    #[error("body-incomplete")]
    Incomplete,
}

impl Received {
    /// Reads a request's body. Where it cannot be read, the request comes without one.
    pub(crate) async fn read(
        id: String,
        at: OffsetDateTime,
        request: Request<Body>,
    ) -> (Self, Result<(), Unread>) {
        let (parts, body) = request.into_parts();
        let (body, read) = match Limited::new(body, LONGEST_BODY).collect().await {
            Ok(body) => (body.to_bytes(), Ok(())),
            Err(error) if error.is::<LengthLimitError>() => (Bytes::new(), Err(Unread::TooLong)),
            Err(_) => (Bytes::new(), Err(Unread::Incomplete)),
        };
        let received = Self {
            id,
            at,
            method: parts.method,
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers,
            body,
        };
        (received, read)
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

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(request: Request<Body>) -> (Received, Result<(), Unread>) {
        Received::read("id".to_owned(), OffsetDateTime::UNIX_EPOCH, request).await
    }

    #[tokio::test]
    async fn a_body_has_an_end() {
        let longest = Request::post("/").body(Body::from(vec![b' '; LONGEST_BODY])).unwrap();
        let (received, outcome) = read(longest).await;
        assert_eq!((received.body.len(), outcome), (LONGEST_BODY, Ok(())));

        let longer = Request::post("/").body(Body::from(vec![b' '; LONGEST_BODY + 1])).unwrap();
        let (received, outcome) = read(longer).await;
        assert_eq!((received.body.len(), outcome), (0, Err(Unread::TooLong)));
    }

    #[tokio::test]
    async fn what_a_signature_adds_to_a_query_is_no_parameter() {
        let uri = "/?Action=A&X-Amz-Date=1&b=%26&X%2DAmz-Signature=2&x-amz-date=3&X-Amz-Other=4&";
        let (received, _) = read(Request::get(uri).body(Body::empty()).unwrap()).await;

        assert_eq!(received.unsigned_query(), "Action=A&b=%26&x-amz-date=3&X-Amz-Other=4");
    }

    #[tokio::test]
    async fn headers_that_decide_something_come_once() {
        for (name, expected) in [
            ("authorization", true),
            ("content-type", true),
            ("x-amz-anything", true),
            ("accept", false),
            ("x-amzn-trace-id", false),
        ] {
            let request = Request::get("/").header(name, "1").header(name, "1").body(Body::empty());
            let (received, _) = read(request.unwrap()).await;
            assert_eq!(received.repeated_header().is_some(), expected, "{name}");
        }
    }
}
