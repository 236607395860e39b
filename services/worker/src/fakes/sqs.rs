//! SQS's JSON protocol, as far as the worker speaks it. It gives out what was sent, remembers every call and
//! knows no visibility timeouts: a message comes once.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::{BehaviorVersion, Config, Credentials, Region};
use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use http::{HeaderMap, StatusCode};
use runtime::http_server::{self, Limits, Plaintext};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

/// No condition of a test takes longer to come true.
const DEADLINE: Duration = Duration::from_secs(20);

/// A running server. It stops when this is dropped.
pub(crate) struct FakeSqs {
    pub(crate) client: Client,
    queue: Queue,
    _stop: DropGuard,
}

type Queue = Arc<watch::Sender<Content>>;

#[derive(Default)]
struct Content {
    waiting: VecDeque<Value>,
    calls: Vec<(String, Value)>,
    undeletable: Vec<String>,
    broken: bool,
}

impl FakeSqs {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let queue = Queue::default();
        let router = Router::new().route("/", post(call)).with_state(Arc::clone(&queue));
        let stop = CancellationToken::new();
        tokio::spawn(http_server::serve(listener, Plaintext, router, Limits::default(), stop.clone()));
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .credentials_provider(Credentials::new("key", "secret", None, None, "test"))
            .endpoint_url(endpoint)
            .build();
        Self { client: Client::from_conf(config), queue, _stop: stop.drop_guard() }
    }

    /// Puts a message into the queue. Its receipt handle is `receipt`.
    pub(crate) fn send(&self, receipt: &str, receive_count: u32, body: &str) {
        let message = json!({
            "MessageId": format!("id of {receipt}"),
            "ReceiptHandle": receipt,
            "Body": body,
            "Attributes": {
                "ApproximateReceiveCount": receive_count.to_string(),
                "SentTimestamp": "1699999999000",
            },
            "MessageAttributes": {"traceparent": {"DataType": "String", "StringValue": super::TRACEPARENT}},
        });
        self.queue.send_modify(|queue| queue.waiting.push_back(message));
    }

    /// Refuses to delete the message with this receipt handle from now on.
    pub(crate) fn keep(&self, receipt: &str) {
        self.queue.send_modify(|queue| queue.undeletable.push(receipt.to_owned()));
    }

    /// Fails every call from now on, or no longer.
    pub(crate) fn fail(&self, broken: bool) {
        self.queue.send_modify(|queue| queue.broken = broken);
    }

    /// All calls of an operation so far.
    pub(crate) fn calls(&self, operation: &str) -> Vec<Value> {
        self.queue.borrow().of(operation)
    }

    /// Waits until there are `number` calls of an operation.
    pub(crate) async fn called(&self, operation: &str, number: usize) -> Vec<Value> {
        let mut changes = self.queue.subscribe();
        let enough = changes.wait_for(|queue| queue.of(operation).len() >= number);
        tokio::time::timeout(DEADLINE, enough).await.expect("no such call in time").unwrap().of(operation)
    }
}

impl Content {
    fn of(&self, operation: &str) -> Vec<Value> {
        let matching = self.calls.iter().filter(|(name, _)| name == operation);
        matching.map(|(_, request)| request.clone()).collect()
    }

    fn take(&mut self, most: u64) -> Option<Vec<Value>> {
        let number = self.waiting.len().min(usize::try_from(most).unwrap());
        (number > 0).then(|| self.waiting.drain(..number).collect())
    }
}

async fn call(State(queue): State<Queue>, headers: HeaderMap, body: String) -> (StatusCode, Json<Value>) {
    let request: Value = serde_json::from_str(&body).unwrap();
    let operation = headers["x-amz-target"].to_str().unwrap().trim_start_matches("AmazonSQS.");
    queue.send_modify(|queue| queue.calls.push((operation.to_owned(), request.clone())));
    if queue.borrow().broken {
        let error = json!({"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "as told"});
        return (StatusCode::BAD_REQUEST, Json(error));
    }
    let answer = match operation {
        "ReceiveMessage" => {
            json!({"Messages": receive(&queue, request["MaxNumberOfMessages"].as_u64().unwrap()).await})
        }
        "DeleteMessageBatch" => delete(&queue.borrow().undeletable, &request),
        "GetQueueAttributes" => json!({"Attributes": {
            "ApproximateNumberOfMessages": "12", "ApproximateNumberOfMessagesNotVisible": "3"
        }}),
        _ => json!({}),
    };
    (StatusCode::OK, Json(answer))
}

/// A long poll without an end of its own.
async fn receive(queue: &Queue, most: u64) -> Vec<Value> {
    let mut changes = queue.subscribe();
    loop {
        let mut taken = None;
        queue.send_if_modified(|queue| {
            taken = queue.take(most);
            taken.is_some()
        });
        match taken {
            Some(messages) => return messages,
            None => drop(changes.wait_for(|queue| !queue.waiting.is_empty()).await),
        }
    }
}

fn delete(undeletable: &[String], request: &Value) -> Value {
    let entries = request["Entries"].as_array().unwrap();
    let kept = |entry: &&Value| undeletable.iter().any(|receipt| entry["ReceiptHandle"] == receipt.as_str());
    let (failed, successful): (Vec<_>, Vec<_>) = entries.iter().partition(kept);
    let failed = failed
        .iter()
        .map(|entry| json!({"Id": entry["Id"], "SenderFault": true, "Code": "ReceiptHandleIsInvalid"}));
    let successful = successful.iter().map(|entry| json!({"Id": entry["Id"]}));
    json!({"Failed": failed.collect::<Vec<_>>(), "Successful": successful.collect::<Vec<_>>()})
}
