//! What passes the gate, and how: called with the SDK, in front of an emulator that remembers.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test says what is wrong by failing")]

mod fixture;

use std::time::Duration;

use aws_sdk_sqs::error::ProvideErrorMetadata as _;
use aws_sdk_sqs::operation::RequestId as _;
use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use aws_gate::Outcome;
use fixture::{Fixture, QUEUE, queue_url};

/// How long something may take that has to come.
const LIMIT: Duration = Duration::from_secs(30);

fn message_was_sent() -> Response {
    Response::builder()
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amzn-requestid", "the-emulators-own")
        .body(Body::from(r#"{"MessageId":"m-1","MD5OfMessageBody":"5d41402abc4b2a76b9719d911017c592"}"#))
        .unwrap()
}

#[tokio::test]
async fn what_is_allowed_arrives_under_other_credentials() {
    let fixture = Fixture::start(message_was_sent, None).await;
    let sqs = fixture.sqs().await;
    let url = queue_url("127.0.0.1:1", QUEUE);

    let output = sqs.send_message().queue_url(&url).message_body("hello").send().await.unwrap();

    assert_eq!(output.message_id(), Some("m-1"));
    let sent = fixture.sent.lock().unwrap();
    let [(parts, body)] = &sent[..] else { panic!("{sent:?}") };
    let authorization = parts.headers["authorization"].to_str().unwrap();
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=test/"), "{authorization}");
    assert!(authorization.contains("/eu-central-1/sqs/aws4_request"), "{authorization}");
    assert_eq!(parts.headers["x-amz-target"], "AmazonSQS.SendMessage");
    assert_ne!(parts.headers["host"], fixture.gate.address("endpoint").unwrap().to_string());
    assert!(!parts.headers.contains_key("x-amz-security-token"));
    let body: serde_json::Value = serde_json::from_slice(body).unwrap();
    assert_eq!(body, serde_json::json!({ "QueueUrl": url, "MessageBody": "hello" }));
}

#[tokio::test]
async fn an_answer_names_the_request_as_the_decision_log_does() {
    let fixture = Fixture::start(message_was_sent, None).await;
    let sqs = fixture.sqs().await;
    let call = sqs.send_message().queue_url(queue_url("127.0.0.1:1", QUEUE)).message_body("hello");

    let output = call.send().await.unwrap();

    let entries = fixture.gate.decisions_about(output.request_id().unwrap());
    let [entry] = &entries[..] else { panic!("{entries:?}") };
    assert_eq!((&*entry.action, &*entry.by), ("sqs:SendMessage", "identity#UseQueue"));
    assert_eq!(entry.resource, "arn:aws:sqs:eu-central-1:000000000000:clicks");
    assert_eq!(entry.decision, Outcome::Allow);
}

#[tokio::test]
async fn a_refusal_of_the_emulator_is_passed_back() {
    let refuse = || {
        let body = r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"gone"}"#;
        (StatusCode::BAD_REQUEST, [("content-type", "application/x-amz-json-1.0")], body).into_response()
    };
    let fixture = Fixture::start(refuse, None).await;
    let sqs = fixture.sqs().await;

    let call = sqs.send_message().queue_url(queue_url("127.0.0.1:1", QUEUE)).message_body("hello");
    let error = call.send().await.unwrap_err();

    assert_eq!((error.code(), error.message()), (Some("QueueDoesNotExist"), Some("gone")));
}

#[tokio::test]
async fn the_host_of_a_queue_says_nothing_but_its_account_and_name_do() {
    let fixture = Fixture::start(message_was_sent, None).await;
    let sqs = fixture.sqs().await;
    let cases = [
        (queue_url("sqs.eu-central-1.localhost.localstack.cloud:4566", QUEUE), true),
        (queue_url("192.0.2.1", QUEUE), true),
        (queue_url("127.0.0.1:1", "other"), false),
        (queue_url("127.0.0.1:1", QUEUE).replace("000000000000", "111111111111"), false),
        (queue_url("127.0.0.1:1", "Clicks"), false),
    ];
    for (url, allowed) in cases {
        let before = fixture.sent.lock().unwrap().len();
        let outcome = sqs.send_message().queue_url(&url).message_body("hello").send().await;
        assert_eq!(outcome.is_ok(), allowed, "{url}");
        assert_eq!(fixture.sent.lock().unwrap().len() - before, usize::from(allowed), "{url}");
        if let Err(error) = outcome {
            assert_eq!(error.code(), Some("AccessDeniedException"), "{url}");
        }
    }
}

#[tokio::test]
async fn an_account_can_be_replaced_while_sessions_live() {
    let fixture = Fixture::start(message_was_sent, None).await;
    let sqs = fixture.sqs().await;
    let send = async |queue| {
        let call = sqs.send_message().queue_url(queue_url("127.0.0.1:1", queue)).message_body("hello");
        call.send().await.is_ok()
    };
    assert_eq!((send(QUEUE).await, send("other").await), (true, false));

    fixture.gate.replace_account(fixture.account_for("other")).unwrap();

    assert_eq!((send(QUEUE).await, send("other").await), (false, true));
}

#[tokio::test]
async fn an_emulator_that_is_away_is_a_service_that_is_away() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let fixture = Fixture::before(&address, None).await;
    let sqs = fixture.sqs().await;

    let call = sqs.send_message().queue_url(queue_url("127.0.0.1:1", QUEUE)).message_body("hello");
    let error = call.send().await.unwrap_err();

    assert_eq!(error.raw_response().unwrap().status().as_u16(), 503);
    assert_eq!(error.code(), Some("ServiceUnavailable"));
    let last = fixture.gate.decisions().pop().unwrap();
    assert_eq!(last.by, "emulator: the emulator does not answer");
}

#[tokio::test]
async fn a_caller_who_leaves_takes_the_emulators_work_along() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let fixture = Fixture::before(&address, None).await;
    let sqs = fixture.sqs().await;
    // An emulator that reads the long poll and never answers it.
    let poll = sqs.receive_message().queue_url(queue_url("127.0.0.1:1", QUEUE)).wait_time_seconds(20).send();
    let poll = tokio::spawn(poll);
    let (mut connection, _) = listener.accept().await.unwrap();
    let mut first = [0; 1];
    connection.read_exact(&mut first).await.unwrap();

    poll.abort();

    let mut rest = Vec::new();
    let closed = tokio::time::timeout(LIMIT, connection.read_to_end(&mut rest)).await;
    closed.expect("the gate closes its connection to the emulator").unwrap();
    // Shut for good: nothing would be read of an answer that came now.
    let _ = connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
}

#[tokio::test]
async fn decisions_are_lines_of_json_without_secrets() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("decisions.jsonl");
    let fixture = Fixture::start(message_was_sent, Some(path.clone())).await;
    let credentials = fixture.credentials().await;
    let sqs = fixture.sqs().await;
    for queue in [QUEUE, "other"] {
        let call = sqs.send_message().queue_url(queue_url("127.0.0.1:1", queue)).message_body("hello");
        let _ = call.send().await;
    }

    let text = std::fs::read_to_string(&path).unwrap();

    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let outcomes: Vec<_> = lines.iter().map(|line| (&line["action"], &line["decision"])).collect();
    let expected = [
        ("sts:AssumeRoleWithWebIdentity", "allow"),
        ("sts:AssumeRoleWithWebIdentity", "allow"),
        ("sqs:SendMessage", "allow"),
        ("sqs:SendMessage", "deny"),
    ];
    let expected = expected.map(|(action, decision)| (action.into(), decision.into()));
    assert_eq!(outcomes, expected.iter().map(|(a, d)| (a, d)).collect::<Vec<_>>(), "{text}");
    for secret in [
        credentials.access_key_id(),
        credentials.secret_access_key(),
        credentials.session_token().unwrap(),
        "hello",
    ] {
        assert!(!text.contains(secret), "{text}");
    }
}
