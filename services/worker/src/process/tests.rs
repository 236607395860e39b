use std::sync::Mutex;
use std::time::Duration;

use aws_sdk_sqs::types::{Message, MessageAttributeValue};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use runtime::health::{Health, Weight};
use runtime::metrics::Metrics as Registry;
use tracing_subscriber::layer::SubscriberExt as _;

use super::*;
use crate::fakes::{Answer, InternalApi, NOW, Standing, TRACEPARENT, body, body_at};

struct Stage {
    api: InternalApi,
    registry: Registry,
    processor: Processor,
}

async fn stage(answer: Answer) -> Stage {
    let api = InternalApi::start(answer).await;
    let registry = Registry::default();
    let metrics = Metrics::register(&registry);
    let processor = Processor {
        delivery: Delivery::new(api.route.clone(), api.trusted(), metrics.delivery_seconds.clone()),
        refusals: Refusals::register(&Registry::default()),
        delivery_check: Health::default().check("delivery", Weight::Informational),
        queue: "clicks".to_owned(),
        clock: Arc::new(Standing),
        random: || 0,
        root_sampling: RootSampling::new(0.0),
        metrics,
    };
    Stage { api, registry, processor }
}

fn message(body: &str) -> ClickMessage {
    ClickMessage::from_sqs(Message::builder().message_id("id").receipt_handle("receipt").body(body).build())
        .unwrap()
}

impl Stage {
    async fn process(&self, body: &str) -> Outcome {
        self.processor.process(&message(body)).await
    }

    fn counts(&self, line: &str) -> bool {
        self.registry.encode().lines().any(|found| found == line)
    }
}

#[tokio::test]
async fn a_batch_is_delivered_as_a_summary() {
    let stage = stage(Answer::counted()).await;
    let (id, body) = body(3);
    let outcome = stage.process(&body).await;
    assert_eq!((outcome.name(), outcome.reason()), ("done", "counted"));
    let received = stage.api.received();
    let summary = &received[0].1;
    assert_eq!((summary.batch_id, summary.hours[0].clicks, summary.visitors.len()), (id, 3, 3));
    assert!(stage.counts("clicks_delivered_total 3"));
    assert!(stage.counts(r#"worker_messages_total{outcome="done",reason="counted"} 1"#));
    assert!(!stage.processor.delivery_check.is_down());
}

#[tokio::test]
async fn a_batch_that_was_counted_before_is_done_as_well() {
    let stage = stage(Answer::Say(200, r#"{"new":false}"#.to_owned())).await;
    let outcome = stage.process(&body(2).1).await;
    assert_eq!((outcome.name(), outcome.reason()), ("done", "counted_before"));
    assert!(stage.counts("clicks_delivered_total 0") && stage.counts("clicks_deduplicated_total 2"));
}

#[tokio::test]
async fn a_probe_is_done_without_a_delivery() {
    let stage = stage(Answer::counted()).await;
    let outcome = stage.process(&body(0).1).await;
    assert_eq!((outcome.name(), outcome.reason()), ("done", "nothing_to_count"));
    assert_eq!(stage.api.received().len(), 0);
}

#[tokio::test]
async fn clicks_of_long_ago_are_counted_as_discarded() {
    let stage = stage(Answer::counted()).await;
    let outcome = stage.process(&body_at(NOW - 40 * 86_400, 4).1).await;
    assert_eq!((outcome.name(), outcome.reason()), ("done", "nothing_to_count"));
    assert_eq!(stage.api.received().len(), 0);
    assert!(stage.counts(r#"clicks_discarded_total{reason="stale"} 4"#));
}

#[tokio::test]
async fn what_is_no_batch_is_rejected_with_a_reason() {
    let stage = stage(Answer::counted()).await;
    let newer = body(1).1.replacen(r#""version":1"#, r#""version":2"#, 1);
    let ragged = body(1).1.replacen(r#""seconds":[0]"#, r#""seconds":[]"#, 1);
    let dangling = body(1).1.replacen(r#""link":[0]"#, r#""link":[7]"#, 1);
    let long = body(1).1.replacen(r#""DE""#, r#""DEU""#, 1);
    let huge = " ".repeat(300_000);
    for (body, reason) in [
        ("", "shape"),
        ("[]", "shape"),
        (huge.as_str(), "too_long"),
        (newer.as_str(), "version"),
        (ragged.as_str(), "ragged"),
        (dangling.as_str(), "dangling_reference"),
        (long.as_str(), "long_string"),
    ] {
        let outcome = stage.process(body).await;
        assert_eq!((outcome.name(), outcome.reason()), ("reject", reason));
    }
    assert_eq!(stage.api.received().len(), 0);
}

#[tokio::test]
async fn a_summary_that_is_refused_is_rejected() {
    let stage = stage(Answer::status(422)).await;
    let outcome = stage.process(&body(1).1).await;
    assert_eq!((outcome.name(), outcome.reason()), ("reject", "summary_refused"));
    assert!(!stage.processor.delivery_check.is_down(), "url-service was there to say so");
}

#[tokio::test]
async fn a_delivery_that_fails_is_tried_again_later() {
    let stage = stage(Answer::status(503)).await;
    let outcome = stage.process(&body(1).1).await;
    assert!(matches!(outcome, Outcome::Retry { after, .. } if after == Duration::from_secs(10)));
    assert!(stage.processor.delivery_check.is_down());
    assert!(stage.counts(r#"worker_messages_total{outcome="retry",reason="server_error"} 1"#));
    assert!(stage.counts("clicks_delivered_total 0"));
}

/// Keeps the name and kind of every span.
#[derive(Clone, Debug, Default)]
struct Names(Arc<Mutex<Vec<String>>>);

impl SpanExporter for Names {
    async fn export(&self, spans: Vec<SpanData>) -> OTelSdkResult {
        let names = spans.iter().map(|span| format!("{} {:?}", span.name, span.span_kind));
        self.0.lock().unwrap().extend(names);
        Ok(())
    }
}

/// What url-service is sent as `traceparent` for a message with the given one, and what is exported.
async fn traced(traceparent: &str) -> (Option<String>, Vec<String>) {
    let exporter = Names::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let spans = tracing_opentelemetry::layer().with_tracer(provider.tracer("worker"));
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(spans));
    let stage = stage(Answer::counted()).await;
    let value =
        MessageAttributeValue::builder().data_type("String").string_value(traceparent).build().unwrap();
    let message =
        Message::builder().receipt_handle("r").body(body(1).1).message_attributes("traceparent", value);
    stage.processor.process(&ClickMessage::from_sqs(message.build()).unwrap()).await;
    let sent = stage.api.received()[0].0.get("traceparent").map(|value| value.to_str().unwrap().to_owned());
    let spans = exporter.0.lock().unwrap().clone();
    (sent, spans)
}

#[tokio::test]
async fn the_producers_trace_goes_on_to_url_service() {
    let (sent, spans) = traced(TRACEPARENT).await;
    let (sent, trace) = (sent.unwrap(), TRACEPARENT.get(..36).unwrap());
    assert!(sent.starts_with(trace) && sent != TRACEPARENT, "{sent}");
    assert!(spans.iter().any(|span| span == "process click batch Consumer"), "{spans:?}");
    assert!(spans.iter().any(|span| span == "deliver click summary Client"), "{spans:?}");
}

#[tokio::test]
async fn an_untraced_producer_begins_no_trace() {
    let unsampled = TRACEPARENT.replace("-01", "-00");
    let (sent, spans) = traced(&unsampled).await;
    assert_eq!(sent, None);
    assert!(!spans.iter().any(|span| span.contains("click")), "{spans:?}");
}
