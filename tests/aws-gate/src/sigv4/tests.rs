use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use axum::body::{Body, Bytes};
use http::{HeaderName, HeaderValue, Request};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use secrecy::ExposeSecret as _;

use super::*;
use crate::authorization::Caller;
use crate::random::Random;
use crate::service::Protocol;
use crate::sessions::Credentials as SessionCredentials;

const NOW: OffsetDateTime = time::macros::datetime!(2026-05-01 12:00 UTC);
const TARGET: Target = Target { service: Service::Sqs, protocol: Protocol::Json10, operation: None };

fn open(sessions: &Sessions) -> SessionCredentials {
    let caller = Caller {
        account: "000000000000".to_owned(),
        role_arn: "arn:aws:iam::000000000000:role/a".to_owned(),
        session_arn: "arn:aws:sts::000000000000:assumed-role/a/session".to_owned(),
        user_id: "AROAEXAMPLE:session".to_owned(),
        provider_arn: "arn:aws:iam::000000000000:oidc-provider/issuer.example".to_owned(),
        session_policy: None,
    };
    sessions.open(&Random::new(StdRng::seed_from_u64(1)), caller, NOW, Duration::hours(1))
}

/// A request as the SDK would sign it.
fn signed(credentials: &SessionCredentials, at: OffsetDateTime) -> Received {
    let identity = Credentials::new(
        &credentials.access_key_id,
        credentials.secret_access_key.expose_secret(),
        Some(credentials.session_token.expose_secret().to_owned()),
        None,
        "test",
    )
    .into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region("eu-central-1")
        .name("sqs")
        .time(SystemTime::from(at))
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let body = Bytes::from_static(b"{\"QueueUrl\":\"http://127.0.0.1/000000000000/q\"}");
    let mut request = Request::post("http://127.0.0.1:1/")
        .header("host", "127.0.0.1:1")
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", "AmazonSQS.SendMessage")
        .body(Body::empty())
        .unwrap();
    let headers: Vec<_> = request.headers().iter().map(|(n, v)| (n.as_str(), v.to_str().unwrap())).collect();
    let signable =
        SignableRequest::new("POST", "http://127.0.0.1:1/", headers.into_iter(), SignableBody::Bytes(&body));
    let (instructions, _) = sign(signable.unwrap(), &parameters).unwrap().into_parts();
    instructions.apply_to_request_http1x(&mut request);
    let (parts, _) = request.into_parts();
    Received {
        id: "id".to_owned(),
        at: NOW,
        method: parts.method,
        path: "/".to_owned(),
        query: String::new(),
        headers: parts.headers,
        body,
    }
}

fn reason(received: &Received, sessions: &Sessions) -> String {
    match verify(received, &TARGET, "eu-central-1", sessions) {
        Ok(_) => "accepted".to_owned(),
        Err(refusal) => refusal.to_string(),
    }
}

#[test]
fn what_the_sdk_signs_is_accepted_within_five_minutes() {
    let sessions = Sessions::default();
    let credentials = open(&sessions);
    let cases = [
        (Duration::ZERO, "accepted"),
        (Duration::minutes(5), "accepted"),
        (Duration::minutes(-5), "accepted"),
        (Duration::seconds(301), "signature-not-yet-current"),
        (Duration::seconds(-301), "signature-expired"),
    ];
    for (skew, expected) in cases {
        assert_eq!(reason(&signed(&credentials, NOW + skew), &sessions), expected, "{skew}");
    }
}

#[test]
fn every_part_that_is_signed_counts() {
    type Change = fn(&mut Received);
    let changes: [(&str, Change, &str); 9] = [
        ("method", |r| r.method = http::Method::PUT, "signature-mismatch"),
        ("path", |r| r.path = "/other".to_owned(), "signature-mismatch"),
        ("query", |r| r.query = "a=b".to_owned(), "signature-mismatch"),
        ("body", |r| r.body = Bytes::from_static(b"{}"), "signature-mismatch"),
        ("host", |r| set(r, "host", "other"), "signature-mismatch"),
        ("target", |r| set(r, "x-amz-target", "AmazonSQS.PurgeQueue"), "signature-mismatch"),
        ("type", |r| set(r, "content-type", "text/plain"), "signature-mismatch"),
        ("new header", |r| set(r, "x-amz-new", "1"), "signature-header-unsigned"),
        ("hash", |r| set(r, "x-amz-content-sha256", "UNSIGNED-PAYLOAD"), "signature-header-unsigned"),
    ];
    let sessions = Sessions::default();
    let credentials = open(&sessions);
    for (what, change, expected) in changes {
        let mut received = signed(&credentials, NOW);
        change(&mut received);
        assert_eq!(reason(&received, &sessions), expected, "{what}");
    }
}

#[test]
fn the_scope_is_that_of_the_service_that_is_called() {
    let sessions = Sessions::default();
    let received = signed(&open(&sessions), NOW);
    let other = Target { service: Service::SecretsManager, ..TARGET };

    let refusal = verify(&received, &other, "eu-central-1", &sessions).unwrap_err();
    assert_eq!(refusal.to_string(), "signature-scope");
    let refusal = verify(&received, &TARGET, "eu-west-1", &sessions).unwrap_err();
    assert_eq!(refusal.to_string(), "signature-scope");
}

fn set(received: &mut Received, name: &'static str, value: &'static str) {
    received.headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
}
