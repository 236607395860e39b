//! W3C Trace Context across HTTP and SQS (<https://www.w3.org/TR/trace-context/>).
//!
//! Only `traceparent` travels: `tracestate` is vendor data that a client could fill at will.

use http::{HeaderMap, HeaderValue};
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The header's, and the message attribute's, name.
pub const TRACEPARENT: &str = "traceparent";

/// The caller's span, if `headers` name one.
#[must_use]
pub fn caller(headers: &HeaderMap) -> Option<SpanContext> {
    parse(headers.get(TRACEPARENT)?.to_str().ok()?)
}

/// Reads a `traceparent` value: version 00, or a later one's first four fields.
#[must_use]
pub fn parse(text: &str) -> Option<SpanContext> {
    let mut fields = text.split('-');
    let (version, trace, span, flags) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let lower_hex = |text: &str, length| {
        text.len() == length && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    let known_shape =
        lower_hex(version, 2) && version != "ff" && (version != "00" || fields.next().is_none());
    if !known_shape || !lower_hex(trace, 32) || !lower_hex(span, 16) || !lower_hex(flags, 2) {
        return None;
    }
    let context = SpanContext::new(
        TraceId::from_hex(trace).ok()?,
        SpanId::from_hex(span).ok()?,
        TraceFlags::new(u8::from_str_radix(flags, 16).ok()? & 1),
        true,
        TraceState::default(),
    );
    context.is_valid().then_some(context)
}

/// The value of `traceparent` that makes `context` the parent; `None` when it is not traced.
#[must_use]
pub fn traceparent(context: &SpanContext) -> Option<String> {
    (context.is_valid() && context.is_sampled())
        .then(|| format!("00-{}-{}-01", context.trace_id(), context.span_id()))
}

/// The span context of `span`, if it is traced.
#[must_use]
pub fn of(span: &tracing::Span) -> Option<SpanContext> {
    let context = span.context().span().span_context().clone();
    (context.is_valid() && context.is_sampled()).then_some(context)
}

/// Makes `parent`, which began in another process, the parent of `span`.
pub fn set_parent(span: &tracing::Span, parent: SpanContext) {
    // Fails only when the span is not traced, and then it needs no parent.
    drop(span.set_parent(Context::new().with_remote_span_context(parent)));
}

/// Adds `traceparent` for `span` to a request's headers, if it is traced.
pub fn inject(span: &tracing::Span, headers: &mut HeaderMap) {
    let value =
        of(span).and_then(|context| traceparent(&context)).and_then(|text| HeaderValue::try_from(text).ok());
    if let Some(value) = value {
        headers.insert(TRACEPARENT, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_traceparent_round_trips() {
        let context = parse(GOOD).unwrap();
        assert!(context.is_remote() && context.is_sampled());
        assert_eq!(traceparent(&context).as_deref(), Some(GOOD));
    }

    #[test]
    fn malformed_values_are_ignored() {
        for bad in [
            "",
            "00",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-extra",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e473+-00f067aa0ba902b7-01",
        ] {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }
}
