//! The admin listener: probes and metrics, nothing else, on a port that only the kubelet and monitoring
//! may reach.

use axum::Json;
use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::health::{Health, Report};
use crate::metrics::Metrics;

/// The media type of `OpenMetrics` text, which is what the encoder writes.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The routes `/livez`, `/readyz` and `/metrics`.
pub fn router(health: Health, metrics: Metrics) -> Router {
    let live = health.clone();
    Router::new()
        .route("/livez", get(move || async move { answer(live.live()) }))
        .route("/readyz", get(move || async move { answer(health.ready()) }))
        .route(
            "/metrics",
            get(move || async move { ([(header::CONTENT_TYPE, OPEN_METRICS)], metrics.encode()) }),
        )
}

fn answer(report: Report) -> Response {
    let status = if report.passes { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(report)).into_response()
}
