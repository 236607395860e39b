//! What happens around every request of the HTTP API, in order: identifier, span, time limit, problem body,
//! metrics. The redirect does not pass through here; it has its own short path.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use runtime::metrics::Metrics;
use runtime::telemetry::propagation;
use tracing::{Instrument as _, Span};

use crate::app::AppState;
use crate::problem::{Document, Problem};

/// The longest that a request of the API may take.
const TIME_LIMIT: Duration = Duration::from_secs(15);
/// Upper bounds in seconds, as the semantic conventions recommend for HTTP, with finer steps at the start.
const BUCKETS: [f64; 14] =
    [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Rate, errors and duration of requests by route.
#[derive(Clone, Debug)]
pub(crate) struct HttpMetrics {
    duration: Family<Labels, Histogram, fn() -> Histogram>,
    problems: Family<ProblemLabels, Counter>,
    refused: Family<RefusalLabels, Counter>,
}

#[expect(clippy::struct_field_names, reason = "the names of the semantic conventions")]
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Labels {
    http_request_method: &'static str,
    http_route: String,
    http_response_status_code: u16,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct ProblemLabels {
    code: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct RefusalLabels {
    reason: &'static str,
}

impl HttpMetrics {
    pub(crate) fn new(metrics: &Metrics) -> Self {
        let histogram: fn() -> Histogram = || Histogram::new(BUCKETS);
        Self {
            duration: metrics.register(
                "http_server_request_duration_seconds",
                "Duration of requests by route",
                Family::new_with_constructor(histogram),
            ),
            problems: metrics.register("http_server_problems", "Problem answers by code", Family::default()),
            refused: metrics.register("api_keys_refused", "Refused API keys by reason", Family::default()),
        }
    }

    /// The duration of requests that end alike; looked up once for a path that cannot afford to each time.
    pub(crate) fn duration(&self, method: &Method, route: &str, status: StatusCode) -> Histogram {
        let labels = Labels {
            http_request_method: known(method),
            http_route: route.to_owned(),
            http_response_status_code: status.as_u16(),
        };
        self.duration.get_or_create(&labels).clone()
    }

    /// Counts a refused API key.
    pub(crate) fn refuse_authentication(&self, reason: &'static str) {
        self.refused.get_or_create(&RefusalLabels { reason }).inc();
    }
}

/// A client may invent methods; a label may not grow with them.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PATCH => "PATCH",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "_OTHER",
    }
}

/// Surrounds every request of the API.
pub(crate) async fn surround(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = app.random.id().simple().to_string();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str).to_owned();
    let span = span(&app, &request, &route);
    let response = match tokio::time::timeout(TIME_LIMIT, next.run(request).instrument(span.clone())).await {
        Ok(response) => response,
        Err(_) => Problem::TimedOut.into_response(),
    };
    let response = finish(&app, response, &id);
    let status = response.status();
    span.record("http.response.status_code", status.as_u16());
    app.http_metrics.duration(&method, &route, status).observe(started.elapsed().as_secs_f64());
    tracing::info!(
        request_id = id,
        method = known(&method),
        route,
        status = status.as_u16(),
        milliseconds = started.elapsed().as_millis(),
        "answered"
    );
    response
}

/// A span, if the caller's is traced or the request was drawn.
fn span(app: &AppState, request: &Request, route: &str) -> Span {
    let caller = app.traced_caller(request.headers());
    if caller.is_none() && !app.draws_trace() {
        return Span::none();
    }
    let span = tracing::info_span!(
        "http request",
        otel.kind = "server",
        otel.name = format!("{} {route}", known(request.method())),
        http.request.method = known(request.method()),
        http.route = route,
        http.response.status_code = tracing::field::Empty,
    );
    if let Some(caller) = caller {
        propagation::set_parent(&span, caller);
    }
    span
}

/// Writes a problem's body and the headers that every answer has.
fn finish(app: &AppState, mut response: Response, id: &str) -> Response {
    if let Some(problem) = response.extensions_mut().remove::<Document>() {
        app.http_metrics.problems.get_or_create(&ProblemLabels { code: problem.code }).inc();
        *response.body_mut() = Body::from(problem.for_request(id));
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert("x-request-id", id);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
