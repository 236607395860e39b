//! Handing a summary to url-service, over mutual TLS.

mod error;

use std::time::Duration;

use click_contract::Summary;
use click_contract::summary::Recorded;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use identity::spiffe::MtlsConnector;
use prometheus_client::metrics::histogram::Histogram;
use runtime::telemetry::propagation;
use tokio::time::Instant;
use tracing::{Instrument as _, Span};

use crate::trace;

pub(crate) use error::DeliveryError;

/// For one delivery, from connecting to the answer's last byte.
const TIME_LIMIT: Duration = Duration::from_secs(10);
/// An idle connection is closed after this long.
const IDLE: Duration = Duration::from_secs(30);
/// The longest answer that is read: one JSON member, or a problem description that is thrown away.
const MAX_ANSWER_BYTES: usize = 4 * 1024;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The client of url-service's internal listener.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    client: Client<MtlsConnector, Full<Bytes>>,
    route: Uri,
    time_limit: Duration,
    seconds: Histogram,
}

impl Delivery {
    /// A client that posts to `route`. Who may answer is for `connector` to say; how long it took goes to
    /// `seconds`.
    pub(crate) fn new(route: Uri, connector: MtlsConnector, seconds: Histogram) -> Self {
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .build(connector);
        Self { client, route, time_limit: TIME_LIMIT, seconds }
    }

    /// Posts `summary` once. Posting it again does no harm: url-service counts a batch once.
    ///
    /// # Errors
    /// See [`DeliveryError`].
    pub(crate) async fn deliver(&self, summary: &Summary, parent: &Span) -> Result<Recorded, DeliveryError> {
        let span = trace::delivery_span(&self.route, parent);
        let began = Instant::now();
        let result =
            tokio::time::timeout(self.time_limit, self.post(summary, &span).instrument(span.clone())).await;
        self.seconds.observe(began.elapsed().as_secs_f64());
        let result = result.unwrap_or(Err(DeliveryError::TimeLimit));
        trace::delivered(&span, result.as_ref().map(|_| StatusCode::OK));
        result
    }

    async fn post(&self, summary: &Summary, span: &Span) -> Result<Recorded, DeliveryError> {
        let body = serde_json::to_vec(summary).map_err(DeliveryError::Encode)?;
        let mut request = Request::new(Full::new(Bytes::from(body)));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.route.clone();
        request.headers_mut().insert(CONTENT_TYPE, JSON);
        request.headers_mut().insert(ACCEPT, JSON);
        propagation::inject(span, request.headers_mut());
        let response = self.client.request(request).await?;
        let (head, body) = response.into_parts();
        let answer = read(body).await;
        if head.status != StatusCode::OK {
            return Err(DeliveryError::Status(head.status));
        }
        serde_json::from_slice(&answer?).map_err(DeliveryError::Answer)
    }
}

/// Reads the whole answer even when it does not matter, so that the connection can be used again.
async fn read(body: Incoming) -> Result<Bytes, DeliveryError> {
    let body = Limited::new(body, MAX_ANSWER_BYTES).collect().await.map_err(DeliveryError::Body)?;
    Ok(body.to_bytes())
}

#[cfg(test)]
mod tests;
