use std::time::Duration;

use aws_sdk_sqs::types::Message;
use runtime::health::{Health, Weight};
use runtime::metrics::Metrics as Registry;

use super::*;
use crate::fakes::{Answer, InternalApi, NOW, Standing, body, body_at};

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
