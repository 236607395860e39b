//! Errors as AWS services write them, in the protocol of the service that was called.
//!
//! Sources: Smithy's AWS JSON 1.0/1.1 and AWS Query protocol specifications ("operation error serialization"), and
//! "Error responses" of the Amazon S3 API reference.

use std::borrow::Cow;

use aws_smithy_xml::encode::XmlWriter;
use axum::body::Body;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::json;

use crate::service::Protocol;

/// The header that names a request.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// A refusal as the caller sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The HTTP status.
    pub(crate) status: StatusCode,
    /// The error code.
    pub(crate) code: Cow<'static, str>,
    /// The sentence for people.
    pub(crate) message: String,
}

impl Fault {
    /// A fault.
    pub(crate) fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self { status, code: code.into(), message: message.into() }
    }

    /// Writes it as an answer.
    pub(crate) fn into_response(self, protocol: Protocol, request_id: &str) -> Response<Body> {
        let (content_type, body) = match protocol {
            Protocol::Json10 => ("application/x-amz-json-1.0", self.json()),
            Protocol::Json11 => ("application/x-amz-json-1.1", self.json()),
            Protocol::Query(namespace) => ("text/xml", self.query_xml(namespace, request_id)),
            Protocol::RestXml => ("application/xml", self.rest_xml(request_id)),
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        if matches!(protocol, Protocol::Json10 | Protocol::Json11)
            && let Ok(code) = HeaderValue::from_str(&self.code)
        {
            headers.insert(ERROR_TYPE, code);
        }
        if let Ok(request_id) = HeaderValue::from_str(request_id) {
            headers.insert(REQUEST_ID, request_id);
        }
        response
    }

    fn json(&self) -> String {
        json!({ "__type": self.code, "message": self.message }).to_string()
    }

    fn query_xml(&self, namespace: &str, request_id: &str) -> String {
        let party = if self.status.is_server_error() { "Receiver" } else { "Sender" };
        let mut xml = String::new();
        let mut document = XmlWriter::new(&mut xml);
        let mut root = document.start_el("ErrorResponse").write_ns(namespace, None).finish();
        let mut error = root.start_el("Error").finish();
        for (name, value) in [("Type", party), ("Code", &self.code), ("Message", &self.message)] {
            error.start_el(name).finish().data(value);
        }
        error.finish();
        root.start_el("RequestId").finish().data(request_id);
        root.finish();
        xml
    }

    fn rest_xml(&self, request_id: &str) -> String {
        let mut xml = String::new();
        let mut document = XmlWriter::new(&mut xml);
        let mut error = document.start_el("Error").finish();
        for (name, value) in [("Code", &*self.code), ("Message", &self.message), ("RequestId", request_id)] {
            error.start_el(name).finish().data(value);
        }
        error.finish();
        xml
    }
}

#[cfg(test)]
#[path = "fault/tests.rs"]
mod tests;
