//! A **development stand-in** for the telemetry collector: takes traces by OTLP over HTTP (OTLP 1.x, binary protobuf)
//! and keeps the last spans in memory for tests to look at.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::Span as WireSpan;
use prost::Message as _;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use crate::StackError;
use crate::hexadecimal::hexadecimal;
use crate::log_file::LogTail;
use crate::ports;

/// How many spans are kept; older ones go first.
const KEPT: usize = 10_000;
const PROTOBUF: &str = "application/x-protobuf";

/// A span as it was exported. Ids are lower-case hexadecimal, as in `traceparent`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The trace.
    pub trace_id: String,
    /// The span.
    pub span_id: String,
    /// The parent span; none for a root.
    pub parent_span_id: Option<String>,
    /// The name.
    pub name: String,
    /// `service.name` of the resource; empty when it has none.
    pub service_name: String,
    /// The attributes; values that are no text are written as text.
    pub attributes: BTreeMap<String, String>,
    /// The spans that it links to, as (trace, span).
    pub links: Vec<(String, String)>,
}

#[derive(Debug)]
struct Store {
    spans: RwLock<VecDeque<Span>>,
    arrivals: watch::Sender<u64>,
}

/// A running collector.
#[derive(Debug)]
pub struct Collector {
    endpoint: String,
    store: Arc<Store>,
    _server: AbortOnDropHandle<()>,
}

impl Collector {
    pub(crate) async fn start() -> Result<Self, StackError> {
        let failed = |source| StackError::Listen {
            what: "the telemetry collector",
            address: ports::loopback(0).to_string(),
            source,
        };
        let listener = TcpListener::bind(ports::loopback(0)).await.map_err(failed)?;
        let endpoint = format!("http://{}", listener.local_addr().map_err(failed)?);
        let store = Arc::new(Store { spans: RwLock::default(), arrivals: watch::Sender::new(0) });
        let router = Router::new().route("/v1/traces", post(receive)).with_state(Arc::clone(&store));
        let server = tokio::spawn(async move {
            // Ends with the stack; `axum::serve` itself never gives up.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { endpoint, store, _server: AbortOnDropHandle::new(server) })
    }

    /// The base address: what `OTEL_EXPORTER_OTLP_ENDPOINT` names.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The spans that came so far, oldest first.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        self.store.spans.read().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Waits for a span that `wanted` says yes to: one that is here, or the first that comes.
    ///
    /// # Errors
    ///
    /// When none came within `limit`.
    pub async fn wait_for(
        &self,
        what: &str,
        limit: Duration,
        wanted: impl Fn(&Span) -> bool,
    ) -> Result<Span, StackError> {
        let mut arrivals = self.store.arrivals.subscribe();
        let found = async {
            loop {
                arrivals.mark_unchanged();
                if let Some(span) = self.spans().into_iter().find(|span| wanted(span)) {
                    return span;
                }
                // The sender lives as long as this collector.
                let _ = arrivals.changed().await;
            }
        };
        tokio::time::timeout(limit, found).await.map_err(|_| StackError::Timeout {
            what: format!("the span {what}"),
            limit,
            tail: LogTail::default(),
        })
    }
}

async fn receive(State(store): State<Arc<Store>>, body: Bytes) -> Response {
    let Ok(request) = ExportTraceServiceRequest::decode(body) else {
        return (StatusCode::BAD_REQUEST, "not an ExportTraceServiceRequest in binary protobuf")
            .into_response();
    };
    store.add(spans(request));
    ([(CONTENT_TYPE, PROTOBUF)], ExportTraceServiceResponse::default().encode_to_vec()).into_response()
}

impl Store {
    fn add(&self, new: Vec<Span>) {
        let mut spans = self.spans.write().unwrap_or_else(PoisonError::into_inner);
        spans.extend(new);
        let surplus = spans.len().saturating_sub(KEPT);
        spans.drain(..surplus);
        drop(spans);
        self.arrivals.send_modify(|count| *count += 1);
    }
}

fn spans(request: ExportTraceServiceRequest) -> Vec<Span> {
    let mut spans = Vec::new();
    for resource_spans in request.resource_spans {
        let resource = attributes(resource_spans.resource.unwrap_or_default().attributes);
        let service_name = resource.get("service.name").cloned().unwrap_or_default();
        let scopes = resource_spans.scope_spans.into_iter().flat_map(|scope| scope.spans);
        spans.extend(scopes.map(|wire| span(wire, &service_name)));
    }
    spans
}

fn span(wire: WireSpan, service_name: &str) -> Span {
    Span {
        trace_id: hexadecimal(&wire.trace_id),
        span_id: hexadecimal(&wire.span_id),
        parent_span_id: Some(hexadecimal(&wire.parent_span_id)).filter(|id| !id.is_empty()),
        name: wire.name,
        service_name: service_name.to_owned(),
        attributes: attributes(wire.attributes),
        links: wire
            .links
            .iter()
            .map(|link| (hexadecimal(&link.trace_id), hexadecimal(&link.span_id)))
            .collect(),
    }
}

fn attributes(wire: Vec<KeyValue>) -> BTreeMap<String, String> {
    wire.into_iter().map(|attribute| (attribute.key, text(attribute.value))).collect()
}

fn text(value: Option<AnyValue>) -> String {
    match value.and_then(|value| value.value) {
        Some(any_value::Value::StringValue(text)) => text,
        Some(any_value::Value::BoolValue(value)) => value.to_string(),
        Some(any_value::Value::IntValue(value)) => value.to_string(),
        Some(any_value::Value::DoubleValue(value)) => value.to_string(),
        Some(other) => format!("{other:?}"),
        None => String::new(),
    }
}

#[cfg(test)]
#[path = "collector/tests.rs"]
mod tests;
