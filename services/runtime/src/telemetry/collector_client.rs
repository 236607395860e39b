//! HTTP to the telemetry collector, from the thread of the batch exporter.
//!
//! That thread belongs to no asynchronous runtime, and the client needs one: each request is run on the
//! process's own.

use std::time::Duration;

use axum::body::Bytes;
use http::{Request, Response};
use opentelemetry_http::{HttpClient, HttpError, hyper::HyperClient};
use tokio::runtime::Handle;

/// The longest that one export may take.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// Sends to the collector.
#[derive(Debug)]
pub(super) struct CollectorClient {
    client: HyperClient,
    runtime: Handle,
}

impl CollectorClient {
    /// A client that runs on the current runtime.
    pub(super) fn new() -> Self {
        Self { client: HyperClient::with_default_connector(TIME_LIMIT, None), runtime: Handle::current() }
    }
}

#[async_trait::async_trait]
impl HttpClient for CollectorClient {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        self.runtime.spawn(async move { client.send_bytes(request).await }).await?
    }
}
