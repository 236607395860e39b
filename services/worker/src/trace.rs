//! The worker's spans, named as OpenTelemetry's semantic conventions for messaging and HTTP clients have it
//! (<https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/>).

use http::{StatusCode, Uri};
use opentelemetry::trace::SpanContext;
use runtime::telemetry::{RootSampling, propagation};
use tracing::field::Empty;
use tracing::{Span, info_span};

use crate::delivery::DeliveryError;
use crate::message::ClickMessage;
use crate::outcome::Outcome;

/// The span of one message: the producer's child when the producer's request is traced, else the root of a
/// trace when `sampling` wants one for what was drawn as `random`, else none.
pub(crate) fn message_span(message: &ClickMessage, queue: &str, sampling: RootSampling, random: u32) -> Span {
    let traced = message.parent.as_ref().map_or_else(|| sampling.wants(random), SpanContext::is_sampled);
    if !traced {
        return Span::none();
    }
    let span = info_span!(
        "process click batch",
        otel.kind = "consumer",
        otel.status_code = Empty,
        error.type = Empty,
        messaging.system = "aws_sqs",
        messaging.operation.name = "process",
        messaging.operation.type = "process",
        messaging.destination.name = queue,
        messaging.message.id = message.id,
        messaging.message.body.size = message.bytes(),
        message.receive_count = message.receive_count,
        message.outcome = Empty,
        clicks = Empty,
    );
    if let Some(parent) = message.parent.clone() {
        propagation::set_parent(&span, parent);
    }
    span
}

/// Notes on a message's span how it ended.
pub(crate) fn ended(span: &Span, outcome: &Outcome) {
    span.record("message.outcome", outcome.name());
    match outcome {
        Outcome::Done(done) => drop(span.record("clicks", done.clicks)),
        Outcome::Retry { .. } | Outcome::Reject { .. } => failed(span, outcome.reason()),
    }
}

/// The span of one delivery, a child of the message's `parent`; none when that is none.
pub(crate) fn delivery_span(route: &Uri, parent: &Span) -> Span {
    if parent.is_disabled() {
        return Span::none();
    }
    info_span!(
        parent: parent,
        "deliver click summary",
        otel.kind = "client",
        otel.status_code = Empty,
        error.type = Empty,
        http.request.method = "POST",
        http.response.status_code = Empty,
        server.address = route.host(),
        server.port = route.port_u16(),
        url.path = route.path(),
    )
}

/// Notes on a delivery's span how it ended.
pub(crate) fn delivered(span: &Span, result: Result<StatusCode, &DeliveryError>) {
    let status = match result {
        Ok(status) => Some(status),
        Err(DeliveryError::Status(status)) => Some(*status),
        Err(_) => None,
    };
    if let Some(status) = status {
        span.record("http.response.status_code", status.as_u16());
    }
    if let Err(error) = result {
        failed(span, error.label());
    }
}

fn failed(span: &Span, reason: &'static str) {
    span.record("otel.status_code", "ERROR");
    span.record("error.type", reason);
}
