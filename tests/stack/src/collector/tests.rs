use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, span::Link};

use super::*;
use crate::http_client::HttpClient;

fn attribute(key: &str, value: any_value::Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

fn export(name: &str) -> Vec<u8> {
    let resource = Resource {
        attributes: vec![attribute("service.name", any_value::Value::StringValue("worker".to_owned()))],
        ..Resource::default()
    };
    let span = WireSpan {
        trace_id: vec![0xab; 16],
        span_id: vec![0x01; 8],
        name: name.to_owned(),
        attributes: vec![attribute("messages", any_value::Value::IntValue(3))],
        links: vec![Link { trace_id: vec![0xcd; 16], span_id: vec![0x02; 8], ..Link::default() }],
        ..WireSpan::default()
    };
    let scope_spans = vec![ScopeSpans { spans: vec![span], ..ScopeSpans::default() }];
    let resource_spans =
        vec![ResourceSpans { resource: Some(resource), scope_spans, ..ResourceSpans::default() }];
    ExportTraceServiceRequest { resource_spans }.encode_to_vec()
}

async fn post(collector: &Collector, body: Vec<u8>) -> StatusCode {
    let url = format!("{}/v1/traces", collector.endpoint());
    HttpClient::new().send(http::Method::POST, &url, Some(PROTOBUF), body).await.unwrap().status
}

#[tokio::test]
async fn an_exported_span_is_found() {
    let collector = Collector::start().await.unwrap();
    let waiting = collector.wait_for("receive", Duration::from_secs(5), |span| span.name == "receive");

    let (status, span) = tokio::join!(post(&collector, export("receive")), waiting);

    assert_eq!(status, StatusCode::OK);
    let span = span.unwrap();
    assert_eq!(span.service_name, "worker");
    assert_eq!(span.trace_id, "ab".repeat(16));
    assert_eq!(span.parent_span_id, None);
    assert_eq!(span.attributes["messages"], "3");
    assert_eq!(span.links, [("cd".repeat(16), "02".repeat(8))]);
}

#[tokio::test]
async fn what_is_no_export_is_refused() {
    let collector = Collector::start().await.unwrap();

    assert_eq!(post(&collector, vec![0xff; 4]).await, StatusCode::BAD_REQUEST);
    assert!(collector.spans().is_empty());
}

#[tokio::test]
async fn a_span_that_does_not_come_is_reported() {
    let collector = Collector::start().await.unwrap();

    let error = collector.wait_for("nothing", Duration::from_millis(20), |_| false).await.unwrap_err();

    assert!(error.one_line().starts_with("the span nothing did not happen within"), "{error}");
}
