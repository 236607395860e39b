//! What was changed on the way, or left out of the signature so that it could be.

use axum::body::Bytes;
use http::Method;

use crate::arena::Refused;
use crate::sigv4::edit::{append, path, query, set};
use crate::sigv4::{Attack, INCOMPLETE, INVALID};

macro_rules! unsigned {
    ($header:literal) => {
        Refused {
            message: concat!("'", $header, "' must be a 'SignedHeader' in the AWS Authorization."),
            reason: "signature-header-unsigned",
            ..INVALID
        }
    };
}

const OTHER_HASH: Refused = Refused {
    message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
    reason: "signature-payload-hash",
    ..INVALID
};
const UNSIGNED_BODY: Refused = Refused {
    message: "This service requires the payload to be signed.",
    reason: "signature-payload-unsigned",
    ..INVALID
};
const TWO_TARGETS: Refused = Refused {
    message: "Header 'x-amz-target' is repeated.",
    reason: "signature-header-repeated",
    ..INCOMPLETE
};
const TWO_TOKENS: Refused = Refused { message: "Header 'x-amz-security-token' is repeated.", ..TWO_TARGETS };
const AMBIGUOUS: Refused = Refused {
    status: 400,
    code: "SerializationException",
    message: "The request is ambiguous.",
    reason: "request: the request can be read as more than one call",
};
const TWO_QUEUES: Refused = Refused {
    message: "The body is not unambiguous JSON.",
    reason: "body-not-unambiguous-json",
    ..AMBIGUOUS
};

pub(super) fn attacks() -> Vec<Attack> {
    let mut attacks = left_out();
    attacks.extend(changed());
    attacks.extend(ambiguous());
    attacks
}

fn left_out() -> Vec<Attack> {
    vec![
        Attack::drafted("host unsigned", unsigned!("Host"), |draft| draft.unsigned.push("host")),
        Attack::drafted("date unsigned", unsigned!("x-amz-date"), |draft| draft.unsigned.push("x-amz-date")),
        Attack::drafted("token unsigned", unsigned!("x-amz-security-token"), |draft| {
            draft.unsigned.push("x-amz-security-token");
        }),
        Attack::drafted("target unsigned", unsigned!("x-amz-target"), |draft| {
            draft.unsigned.push("x-amz-target");
        }),
        Attack::drafted("content type unsigned", unsigned!("content-type"), |draft| {
            draft.unsigned.push("content-type");
        }),
        Attack::tampered("one amz header more", unsigned!("x-amz-new"), |request| {
            set(request, "x-amz-new", "1");
        }),
        Attack::drafted("a body that is said to be unsigned", UNSIGNED_BODY, |draft| {
            draft.with_payload_hash("UNSIGNED-PAYLOAD");
        }),
        Attack::drafted("a body that is said to stream", OTHER_HASH, |draft| {
            draft.with_payload_hash("STREAMING-UNSIGNED-PAYLOAD-TRAILER");
        }),
        Attack::drafted("the hash of another body", OTHER_HASH, |draft| {
            draft.with_payload_hash(&"0".repeat(64));
        }),
    ]
}

fn changed() -> Vec<Attack> {
    vec![
        Attack::tampered("another operation", INVALID, |request| {
            set(request, "x-amz-target", "AmazonSQS.PurgeQueue");
        }),
        Attack::tampered("another host", INVALID, |request| {
            set(request, "host", "sqs.eu-central-1.amazonaws.com");
        }),
        Attack::tampered("another method", INVALID, |request| *request.method_mut() = Method::PUT),
        Attack::tampered("another body", INVALID, |request| *request.body_mut() = Bytes::from_static(b"{}")),
        Attack::tampered("no body", INVALID, |request| *request.body_mut() = Bytes::new()),
        Attack::tampered("a target twice", TWO_TARGETS, |request| {
            append(request, "x-amz-target", "AmazonSQS.PurgeQueue");
        }),
        Attack::tampered("a token twice", TWO_TOKENS, |request| {
            append(request, "x-amz-security-token", "other");
        }),
    ]
}

fn ambiguous() -> Vec<Attack> {
    vec![
        Attack::tampered("an action beside the target", AMBIGUOUS, |request| {
            query(request, "Action=PurgeQueue&Version=2012-11-05");
        }),
        Attack::tampered("a queue in the path", AMBIGUOUS, |request| path(request, "/000000000000/other")),
        Attack::drafted("a form under a target", AMBIGUOUS, |draft| {
            "application/x-www-form-urlencoded".clone_into(&mut draft.headers[0].1);
        }),
        Attack::drafted("two queues in one body", TWO_QUEUES, |draft| {
            let body = br#"{"QueueUrl":"http://127.0.0.1/0/a","QueueUrl":"http://127.0.0.1/0/b"}"#;
            draft.body = Bytes::from_static(body);
        }),
    ]
}
