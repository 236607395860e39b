//! Attacks on requests whose signature is in their header.

use std::sync::Arc;

use axum::body::Bytes;
use http::{HeaderName, HeaderValue, Method, Request};
use libtest_mimic::Trial;
use tokio::runtime::Runtime;

use super::{Attack, Draft, INCOMPLETE, INVALID, UNRECOGNIZED};
use crate::arena::{Arena, Refused, VICTIM};
use crate::{trial, wire};

macro_rules! draft {
    ($name:literal, $refused:expr, $draft:expr) => {
        Attack { name: $name, draft: $draft, tamper: |_| {}, refused: $refused }
    };
}

macro_rules! tamper {
    ($name:literal, $refused:expr, $tamper:expr) => {
        Attack { name: $name, draft: |_| {}, tamper: $tamper, refused: $refused }
    };
}

macro_rules! authorization {
    ($name:literal, $refused:expr, $from:literal => $to:literal) => {
        tamper!($name, $refused, |request| edit(request, |text| text.replace($from, $to)))
    };
}

macro_rules! incomplete {
    ($message:literal) => {
        Refused { message: $message, ..INCOMPLETE }
    };
}

macro_rules! scope {
    ($message:literal) => {
        Refused { message: $message, reason: "signature-scope", ..INVALID }
    };
}

macro_rules! unsigned {
    ($header:literal) => {
        Refused {
            message: concat!("'", $header, "' must be a 'SignedHeader' in the AWS Authorization."),
            reason: "signature-header-unsigned",
            ..INVALID
        }
    };
}

const MISSING: Refused = Refused {
    status: 400,
    code: "MissingAuthenticationTokenException",
    message: "Request is missing Authentication Token",
    reason: "signature-missing",
};
const ALGORITHM: Refused = Refused {
    message: "Unsupported AWS 'algorithm'; only AWS4-HMAC-SHA256 is supported.",
    reason: "signature-algorithm",
    ..INCOMPLETE
};
const NOT_CANONICAL: Refused =
    incomplete!("'SignedHeaders' must be lower case, in order and without repetition.");
const PAYLOAD: Refused = Refused {
    message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
    reason: "signature-payload-hash",
    ..INVALID
};
const AMBIGUOUS: Refused = Refused {
    status: 400,
    code: "SerializationException",
    message: "The request is ambiguous.",
    reason: "request: the request can be read as more than one call",
};
const ABSENT: Refused = Refused { reason: "signature-header-absent", ..INVALID };

pub(super) fn attacks() -> Vec<Attack> {
    let mut attacks = credentials();
    attacks.extend(authorization());
    attacks.extend(scope_and_time());
    attacks.extend(tampering());
    attacks
}

/// Whose signature it is.
fn credentials() -> Vec<Attack> {
    vec![
        tamper!("no signature", MISSING, |request| {
            request.headers_mut().remove("authorization");
        }),
        draft!("the emulator's own keys", UNRECOGNIZED, |draft| keys(draft, "test", "test")),
        draft!("the emulator's own keys with the victim's token", UNRECOGNIZED, |draft| {
            let token = draft.credentials.token.clone();
            keys(draft, "test", "test");
            (draft.credentials.token, draft.with_token) = (token, true);
        }),
        draft!("a user's long-lived key", UNRECOGNIZED, |draft| {
            keys(draft, "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
        }),
        draft!("an empty key id", UNRECOGNIZED, |draft| keys(draft, "", "")),
        draft!("the victim's key id with another secret", INVALID, |draft| {
            draft.credentials.secret = "0".repeat(40);
        }),
        draft!("the victim's key id with an empty secret", INVALID, |draft| draft.credentials.secret.clear()),
        tamper!("a password", ALGORITHM, |request| authorize(request, "Basic dGVzdDp0ZXN0")),
        tamper!("a bearer token", ALGORITHM, |request| authorize(request, "Bearer a.b.c")),
        tamper!("a signature of version 2", ALGORITHM, |request| authorize(request, "AWS test:c2lnbmF0dXJl")),
        authorization!("the asymmetric algorithm", ALGORITHM, "AWS4-HMAC-SHA256" => "AWS4-ECDSA-P256-SHA256"),
        authorization!("the algorithm in lower case", ALGORITHM, "AWS4-HMAC-SHA256" => "aws4-hmac-sha256"),
    ]
}

/// What the header says.
fn authorization() -> Vec<Attack> {
    vec![
        tamper!("an empty header", ALGORITHM, |request| authorize(request, "")),
        authorization!("no credential", incomplete!("Authorization header requires 'Credential' parameter."), "Credential=" => "Cred="),
        authorization!("no signed headers", incomplete!("Authorization header requires 'SignedHeaders' parameter."), "SignedHeaders=" => "Signed="),
        authorization!("no signature in the header", incomplete!("Authorization header requires 'Signature' parameter."), "Signature=" => "Sig="),
        tamper!(
            "one part more",
            incomplete!("Authorization header has unknown parameter 'Extra'."),
            |request| {
                edit(request, |text| format!("{text}, Extra=1"));
            }
        ),
        tamper!(
            "two signatures in the header",
            incomplete!("Authorization header has 'Signature' more than once."),
            |request| {
                edit(request, |text| format!("{text}, Signature={}", "0".repeat(64)));
            }
        ),
        tamper!("an empty signature", INVALID, |request| sign_as(request, |_| String::new())),
        tamper!("a signature of zeros", INVALID, |request| sign_as(request, |_| "0".repeat(64))),
        tamper!("half a signature", INVALID, |request| sign_as(request, |text| text[..32].to_owned())),
        tamper!("a signature in upper case", INVALID, |request| sign_as(request, |text| text.to_uppercase())),
        tamper!("a signature with one digit turned", INVALID, |request| sign_as(request, turn)),
        tamper!(
            "two headers",
            Refused {
                message: "Header 'authorization' is repeated.",
                reason: "signature-header-repeated",
                ..INCOMPLETE
            },
            |request| {
                append(request, "authorization", "AWS4-HMAC-SHA256 Credential=test");
            }
        ),
        tamper!(
            "a header and a query",
            Refused { message: "Only one auth mechanism allowed", reason: "signature-twice", ..INCOMPLETE },
            |request| {
                query(request, "X-Amz-Signature=00");
            }
        ),
        authorization!("signed headers out of order", NOT_CANONICAL, "content-type;host" => "host;content-type"),
        authorization!("signed headers in upper case", NOT_CANONICAL, "content-type;host" => "Content-Type;host"),
        authorization!("a signed header twice", NOT_CANONICAL, "content-type;host" => "content-type;host;host"),
        authorization!("a signed header that is not there", ABSENT, "content-type;host" => "a;content-type;host"),
    ]
}

/// What the signature is good for.
fn scope_and_time() -> Vec<Attack> {
    vec![
        draft!(
            "for another region",
            scope!("Credential should be scoped to a valid region, not 'us-east-1'."),
            |draft| draft.region = "us-east-1"
        ),
        draft!(
            "for another service",
            scope!("Credential should be scoped to correct service: 'sqs'."),
            |draft| draft.service = "secretsmanager"
        ),
        authorization!("without an end", scope!("Credential should be scoped with a valid terminator: 'aws4_request'."), "aws4_request" => "aws5_request"),
        authorization!("with four parts", incomplete!("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term."), "/sqs/" => "/"),
        tamper!(
            "for another day",
            scope!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: …"
            ),
            |request| {
                let day = request.headers()["x-amz-date"].to_str().unwrap()[..8].to_owned();
                edit(request, |text| text.replace(&day, "20200101"));
            }
        ),
        draft!(
            "six minutes old",
            Refused { message: "Signature expired: …", reason: "signature-expired", ..INVALID },
            |draft| draft.at -= 360
        ),
        draft!(
            "a day old",
            Refused { message: "Signature expired: …", reason: "signature-expired", ..INVALID },
            |draft| draft.at -= 86_400
        ),
        draft!(
            "six minutes ahead",
            Refused {
                message: "Signature not yet current: …",
                reason: "signature-not-yet-current",
                ..INVALID
            },
            |draft| draft.at += 360
        ),
        tamper!("with a newer date than was signed", INVALID, |request| {
            let date = request.headers()["x-amz-date"].to_str().unwrap().to_owned();
            let turned = format!("{}{}Z", &date[..14], if date.ends_with("0Z") { '1' } else { '0' });
            set(request, "x-amz-date", &turned);
        }),
        tamper!(
            "with a date in another form",
            incomplete!("Date must be in ISO-8601 'basic format'."),
            |request| {
                set(request, "x-amz-date", "Fri, 01 May 2026 12:00:00 GMT");
            }
        ),
        tamper!(
            "without a date",
            incomplete!("Authorization header requires existence of 'X-Amz-Date' header."),
            |request| {
                request.headers_mut().remove("x-amz-date");
            }
        ),
    ]
}

/// What was changed on the way, or left out of the signature so that it could be.
fn tampering() -> Vec<Attack> {
    vec![
        draft!("host unsigned", unsigned!("Host"), |draft| draft.unsigned.push("host")),
        draft!("date unsigned", unsigned!("x-amz-date"), |draft| draft.unsigned.push("x-amz-date")),
        draft!("token unsigned", unsigned!("x-amz-security-token"), |draft| draft
            .unsigned
            .push("x-amz-security-token")),
        draft!("target unsigned", unsigned!("x-amz-target"), |draft| draft.unsigned.push("x-amz-target")),
        draft!("content type unsigned", unsigned!("content-type"), |draft| draft
            .unsigned
            .push("content-type")),
        tamper!("one amz header more", unsigned!("x-amz-new"), |request| set(request, "x-amz-new", "1")),
        tamper!("another operation", INVALID, |request| set(request, "x-amz-target", "AmazonSQS.PurgeQueue")),
        tamper!("another host", INVALID, |request| set(request, "host", "sqs.eu-central-1.amazonaws.com")),
        tamper!("another method", INVALID, |request| *request.method_mut() = Method::PUT),
        tamper!("another body", INVALID, |request| *request.body_mut() = Bytes::from_static(b"{}")),
        tamper!("no body", INVALID, |request| *request.body_mut() = Bytes::new()),
        tamper!(
            "a target twice",
            Refused {
                message: "Header 'x-amz-target' is repeated.",
                reason: "signature-header-repeated",
                ..INCOMPLETE
            },
            |request| {
                append(request, "x-amz-target", "AmazonSQS.PurgeQueue");
            }
        ),
        tamper!(
            "a token twice",
            Refused {
                message: "Header 'x-amz-security-token' is repeated.",
                reason: "signature-header-repeated",
                ..INCOMPLETE
            },
            |request| {
                append(request, "x-amz-security-token", "other");
            }
        ),
        draft!("the hash of another body", PAYLOAD, |draft| hash(draft, &"0".repeat(64))),
        draft!(
            "a body that is said to be unsigned",
            Refused {
                message: "This service requires the payload to be signed.",
                reason: "signature-payload-unsigned",
                ..INVALID
            },
            |draft| hash(draft, "UNSIGNED-PAYLOAD")
        ),
        draft!("a body that is said to stream", PAYLOAD, |draft| hash(
            draft,
            "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
        )),
        tamper!("another body under the hash of the first", PAYLOAD_AFTER, |request| *request.body_mut() =
            Bytes::from_static(b"{}")),
        tamper!("an action beside the target", AMBIGUOUS, |request| query(
            request,
            "Action=PurgeQueue&Version=2012-11-05"
        )),
        tamper!("a queue in the path", AMBIGUOUS, |request| path(request, "/000000000000/other")),
        draft!("a form under a target", AMBIGUOUS, |draft| draft.headers[0].1 =
            "application/x-www-form-urlencoded".to_owned()),
        draft!(
            "two queues in one body",
            Refused {
                message: "The body is not unambiguous JSON.",
                reason: "body-not-unambiguous-json",
                ..AMBIGUOUS
            },
            |draft| {
                draft.body = Bytes::from_static(
                    br#"{"QueueUrl":"http://127.0.0.1/0/a","QueueUrl":"http://127.0.0.1/0/b"}"#,
                );
            }
        ),
    ]
}

const PAYLOAD_AFTER: Refused = INVALID;

fn keys(draft: &mut Draft, key: &str, secret: &str) {
    key.clone_into(&mut draft.credentials.key);
    secret.clone_into(&mut draft.credentials.secret);
    draft.with_token = false;
}

fn hash(draft: &mut Draft, value: &str) {
    draft.headers.push(("x-amz-content-sha256", value.to_owned()));
}

fn authorize(request: &mut Request<Bytes>, value: &str) {
    set(request, "authorization", value);
}

fn edit(request: &mut Request<Bytes>, edit: impl FnOnce(&str) -> String) {
    let text = request.headers()["authorization"].to_str().unwrap().to_owned();
    authorize(request, &edit(&text));
}

/// Puts another signature where the right one was.
fn sign_as(request: &mut Request<Bytes>, change: impl FnOnce(&str) -> String) {
    edit(request, |text| {
        let (rest, signature) = text.rsplit_once("Signature=").unwrap();
        format!("{rest}Signature={}", change(signature))
    });
}

fn turn(signature: &str) -> String {
    let first = if signature.starts_with('0') { '1' } else { '0' };
    format!("{first}{}", &signature[1..])
}

fn set(request: &mut Request<Bytes>, name: &'static str, value: &str) {
    let value = HeaderValue::from_str(value).unwrap();
    request.headers_mut().insert(HeaderName::from_static(name), value);
}

fn append(request: &mut Request<Bytes>, name: &'static str, value: &str) {
    let value = HeaderValue::from_str(value).unwrap();
    request.headers_mut().append(HeaderName::from_static(name), value);
}

fn query(request: &mut Request<Bytes>, query: &str) {
    path(request, &format!("/?{query}"));
}

fn path(request: &mut Request<Bytes>, path_and_query: &str) {
    let authority = request.uri().authority().unwrap().clone();
    *request.uri_mut() = format!("http://{authority}{path_and_query}").parse().unwrap();
}

/// What is no attack.
pub(super) fn accepted(runtime: &Arc<Runtime>, arena: &Arc<Arena>) -> Vec<Trial> {
    let cases: [(&str, fn(&mut Draft)); 4] = [
        ("as the SDK signs it", |_| {}),
        ("five minutes old", |draft| draft.at -= 299),
        ("five minutes ahead", |draft| draft.at += 299),
        ("with the hash of its body", |draft| draft.checksum = true),
    ];
    let trials = cases.into_iter().map(|(name, change)| {
        let arena = Arc::clone(arena);
        trial(runtime, format!("sigv4::request::accepted::{name}"), move || async move {
            let session = arena.session(VICTIM).await;
            let mut draft = Draft::caller_identity(&arena, &session);
            change(&mut draft);
            let answer = wire::send(draft.sign()).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            assert!(answer.element("Arn").ends_with("assumed-role/zero-trust-eks-worker-irsa/attack"));
            assert_eq!(answer.element("Account"), "000000000000");
        })
    });
    trials.collect()
}
