//! One visit, followed from the browser to the statistics.

use http::HeaderName;
use serde_json::json;
use stack::collector::Span;

use crate::context::{Context, LIMIT, TestResult, next};

pub(crate) async fn one_trace_joins_redirect_queue_worker_and_internal_call(context: &Context) -> TestResult {
    let trace = format!("{:032x}", 0xabcd_0000_0000_u128 + u128::from(next()));
    let parent = "00f067aa0ba902b7";
    let link = context.create(json!({})).await;
    let client = context
        .browser()
        .with_header(HeaderName::from_static("traceparent"), &format!("00-{trace}-{parent}-01"))?;
    client.get(&context.short_url(&link)).await?;
    context.counted(&link, 1).await;

    let collector = context.stack.platform().collector();
    let mut above = parent.to_owned();
    for (service, name) in [
        ("url-service", "GET /{slug}"),
        ("url-service", "send clicks"),
        ("worker", "process click batch"),
        ("worker", "deliver click summary"),
        ("url-service", "POST /internal/v1/click-batches"),
        ("url-service", "db.summary.record"),
    ] {
        let wanted =
            |span: &Span| span.trace_id == trace && span.service_name == service && span.name == name;
        let span = collector.wait_for(name, LIMIT, wanted).await.map_err(|error| {
            let spans = collector.spans();
            let names: Vec<_> =
                spans.iter().filter(|span| span.trace_id == trace).map(|span| &span.name).collect();
            format!("{error}; the trace has {names:?}")
        })?;
        assert_eq!(span.parent_span_id.as_deref(), Some(above.as_str()), "the parent of {name}");
        above = span.span_id;
    }
    let spans = collector.spans();
    let redirect = spans.iter().find(|span| span.trace_id == trace && span.name == "GET /{slug}").unwrap();
    assert_eq!(redirect.attributes["http.response.status_code"], "302");
    assert_eq!(redirect.attributes["http.route"], "/{slug}");
    Ok(())
}
