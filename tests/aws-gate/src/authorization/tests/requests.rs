//! Calls in the protocols of the services.

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use time::macros::datetime;

use crate::authorization::Call;

pub(super) const REGION: &str = "eu-central-1";

/// What a call borrows.
pub(super) struct Request {
    service: &'static str,
    method: &'static str,
    path: String,
    query: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Request {
    pub(super) fn json(service: &'static str, operation: &str, body: &Value) -> Self {
        let prefix = match service {
            "ecr" => "AmazonEC2ContainerRegistry_V20150921",
            "kms" => "TrentService",
            "sqs" => "AmazonSQS",
            other => other,
        };
        let target = HeaderValue::from_str(&format!("{prefix}.{operation}")).unwrap();
        let headers = HeaderMap::from_iter([(HeaderName::from_static("x-amz-target"), target)]);
        let body = body.to_string().into_bytes();
        Self { service, method: "POST", path: "/".to_owned(), query: String::new(), headers, body }
    }

    pub(super) fn query(service: &'static str, body: &str) -> Self {
        let (path, query, body) = ("/".to_owned(), String::new(), body.as_bytes().to_vec());
        Self { service, method: "POST", path, query, headers: HeaderMap::new(), body }
    }

    /// A call to S3; headers as `name: value`.
    pub(super) fn rest(method: &'static str, target: &str, headers: &[&'static str]) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers = headers.iter().map(|header| {
            let (name, value) = header.split_once(": ").unwrap();
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        });
        let (path, query) = (path.to_owned(), query.to_owned());
        Self { service: "s3", method, path, query, headers: headers.collect(), body: Vec::new() }
    }

    pub(super) fn call(&self) -> Call<'_> {
        Call {
            service: self.service,
            region: REGION,
            method: self.method,
            path: &self.path,
            query: &self.query,
            headers: &self.headers,
            body: &self.body,
            at: datetime!(2026-01-01 12:00 UTC),
        }
    }
}
