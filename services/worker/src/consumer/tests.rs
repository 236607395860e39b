use identity::spiffe::Refusals;
use runtime::health::Weight;
use runtime::metrics::Metrics as Registry;
use runtime::telemetry::RootSampling;
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::*;
use crate::delivery::Delivery;
use crate::fakes::{Answer, FakeSqs, InternalApi, Standing, body};
use crate::metrics::Metrics;

struct Stage {
    sqs: FakeSqs,
    api: InternalApi,
    registry: Registry,
    health: Health,
    stop: CancellationToken,
    running: JoinHandle<Result<(), BoxError>>,
}

/// A consumer with one poller; messages that `prepare` sends are there before its first poll.
async fn stage(answer: Answer, prepare: impl FnOnce(&FakeSqs)) -> Stage {
    stage_with_visibility(Duration::from_mins(1), answer, prepare).await
}

async fn stage_with_visibility(
    visibility: Duration,
    answer: Answer,
    prepare: impl FnOnce(&FakeSqs),
) -> Stage {
    let (sqs, api) = (FakeSqs::start().await, InternalApi::start(answer).await);
    prepare(&sqs);
    let (registry, health, stop) = (Registry::default(), Health::default(), CancellationToken::new());
    let metrics = Metrics::register(&registry);
    let url = "http://sqs.test/000000000000/clicks".to_owned();
    let queue = ClickQueue::new(sqs.client.clone(), url, visibility, metrics.clone());
    let processor = Processor {
        delivery: Delivery::new(api.route.clone(), api.trusted(), metrics.delivery_seconds.clone()),
        refusals: Refusals::register(&Registry::default()),
        delivery_check: health.check("delivery", Weight::Informational),
        queue: queue.name().to_owned(),
        clock: Arc::new(Standing),
        random: || 0,
        root_sampling: RootSampling::new(0.0),
        metrics,
    };
    let queue_check = health.check("click_queue", Weight::Required);
    let consumer = Consumer { queue, processor, health: health.clone(), queue_check, random: || 0 };
    let running = tokio::spawn(Arc::new(consumer).run(1, stop.clone()));
    Stage { sqs, api, registry, health, stop, running }
}

impl Stage {
    async fn stop(self) -> (FakeSqs, Registry) {
        self.stop.cancel();
        self.running.await.unwrap().unwrap();
        (self.sqs, self.registry)
    }
}

fn receipts(deletion: &Value) -> Vec<&str> {
    let mut receipts: Vec<_> = deletion["Entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["ReceiptHandle"].as_str().unwrap())
        .collect();
    receipts.sort_unstable();
    receipts
}

#[tokio::test]
async fn messages_that_are_done_are_deleted_together() {
    let stage =
        stage(Answer::counted(), |sqs| (0..4).for_each(|n| sqs.send(&format!("r{n}"), 1, &body(n).1))).await;
    let deletions = stage.sqs.called("DeleteMessageBatch", 1).await;
    assert_eq!(receipts(&deletions[0]), ["r0", "r1", "r2", "r3"]);
    assert_eq!(stage.api.received().len(), 3, "the probe is not delivered");
    let poll = &stage.sqs.calls("ReceiveMessage")[0];
    assert_eq!(
        (&poll["MaxNumberOfMessages"], &poll["WaitTimeSeconds"], &poll["VisibilityTimeout"]),
        (&Value::from(10), &Value::from(20), &Value::from(60))
    );
    assert_eq!(poll["MessageAttributeNames"], serde_json::json!(["traceparent"]));
    let (_, registry) = stage.stop().await;
    assert!(registry.encode().contains("worker_messages_received_total 4"));
}

#[tokio::test]
async fn a_poison_message_is_released_at_once_and_never_deleted() {
    let stage = stage(Answer::counted(), |sqs| {
        sqs.send("poison", 1, "{\"not\":\"a batch\"}");
        sqs.send("good", 1, &body(1).1);
    })
    .await;
    let deletions = stage.sqs.called("DeleteMessageBatch", 1).await;
    let releases = stage.sqs.called("ChangeMessageVisibility", 1).await;
    assert_eq!(receipts(&deletions[0]), ["good"]);
    assert_eq!(
        (&releases[0]["ReceiptHandle"], &releases[0]["VisibilityTimeout"]),
        (&"poison".into(), &0.into())
    );
    let (sqs, _) = stage.stop().await;
    assert_eq!(sqs.calls("DeleteMessageBatch").len(), 1);
}

#[tokio::test]
async fn a_message_that_cannot_be_delivered_is_hidden_for_longer_each_time() {
    let stage = stage(Answer::status(503), |sqs| sqs.send("late", 3, &body(1).1)).await;
    let hidings = stage.sqs.called("ChangeMessageVisibility", 1).await;
    assert_eq!(
        (&hidings[0]["ReceiptHandle"], &hidings[0]["VisibilityTimeout"]),
        (&"late".into(), &40.into())
    );
    // The next poll asks for a single message, to see whether url-service is back.
    stage.api.answer(Answer::counted());
    let polls = stage.sqs.called("ReceiveMessage", 2).await;
    assert_eq!(polls[1]["MaxNumberOfMessages"], 1);
    stage.sqs.send("again", 4, &body(2).1);
    stage.sqs.called("DeleteMessageBatch", 1).await;
    let polls = stage.sqs.called("ReceiveMessage", 3).await;
    assert_eq!(polls[2]["MaxNumberOfMessages"], 10);
    stage.stop().await;
}

#[tokio::test]
async fn a_deletion_that_sqs_refuses_is_counted() {
    let stage = stage(Answer::counted(), |sqs| {
        sqs.keep("stays");
        sqs.send("stays", 1, &body(1).1);
        sqs.send("goes", 1, &body(2).1);
    })
    .await;
    stage.sqs.called("DeleteMessageBatch", 1).await;
    let (_, registry) = stage.stop().await;
    assert!(registry.encode().contains("worker_messages_undeleted_total 1"));
}

#[tokio::test]
async fn a_queue_that_fails_takes_readiness_away_until_it_works() {
    let stage = stage(Answer::counted(), |sqs| sqs.fail(true)).await;
    stage.health.running();
    stage.sqs.called("ReceiveMessage", 2).await;
    let report = serde_json::to_string(&stage.health.ready()).unwrap();
    assert!(report.contains("ReceiveMessage: ") && report.contains("QueueDoesNotExist"), "{report}");
    stage.sqs.fail(false);
    stage.sqs.send("r", 1, &body(1).1);
    stage.sqs.called("DeleteMessageBatch", 1).await;
    assert!(stage.health.ready().passes);
    stage.stop().await;
}

#[tokio::test]
async fn an_idle_poll_is_abandoned_soon_after_the_stop() {
    let stage = stage(Answer::counted(), |_| {}).await;
    stage.sqs.called("ReceiveMessage", 1).await;
    let began = Instant::now();
    let (sqs, _) = stage.stop().await;
    assert!(began.elapsed() < LAST_POLL * 3, "a long poll lasts 20 s");
    assert_eq!(sqs.calls("ReceiveMessage").len(), 1);
}

#[tokio::test]
async fn what_arrives_just_after_the_stop_is_still_processed() {
    let stage = stage(Answer::counted(), |_| {}).await;
    stage.sqs.called("ReceiveMessage", 1).await;
    stage.stop.cancel();
    stage.sqs.send("last", 1, &body(1).1);
    let (sqs, _) = stage.stop().await;
    assert_eq!(receipts(&sqs.calls("DeleteMessageBatch")[0]), ["last"]);
    assert_eq!(sqs.calls("ReceiveMessage").len(), 1);
}

#[tokio::test]
async fn a_message_stays_hidden_while_it_is_processed() {
    let visibility = Duration::from_secs(1);
    let stage = stage_with_visibility(visibility, Answer::Never, |sqs| sqs.send("slow", 1, &body(1).1)).await;
    let extensions = stage.sqs.called("ChangeMessageVisibility", 3).await;
    for extension in extensions {
        assert_eq!(
            (&extension["ReceiptHandle"], &extension["VisibilityTimeout"]),
            (&"slow".into(), &1.into())
        );
    }
    assert_eq!(stage.sqs.calls("ReceiveMessage").len(), 1);
    stage.running.abort();
}
