//! Attacks on requests whose signature is in their address.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use http::{Method, Request};
use libtest_mimic::Trial;
use tokio::runtime::Runtime;

use super::{Attack, Draft, INCOMPLETE, INVALID};
use crate::arena::{Arena, Refused, VICTIM};
use crate::{trial, wire};

/// What query services say of a signature that is not right.
const MISMATCH: Refused = Refused { status: 403, code: "SignatureDoesNotMatch", ..INVALID };
const MALFORMED: Refused = Refused { code: "IncompleteSignature", ..INCOMPLETE };
const EXPIRED: Refused =
    Refused { message: "Request has expired", reason: "signature-presigned-expired", ..MISMATCH };
const WRONG_LIFE: Refused =
    Refused { message: "X-Amz-Expires must be from 1 to 604800 seconds.", ..MALFORMED };

const fn malformed(message: &'static str) -> Refused {
    Refused { message, ..MALFORMED }
}

const NO_DATE: Refused = malformed("AWS query-string parameters must include 'X-Amz-Date'.");
const NO_ALGORITHM: Refused = malformed("AWS query-string parameters must include 'X-Amz-Algorithm'.");
const TWO_LIVES: Refused = malformed("Query-string parameter 'X-Amz-Expires' is repeated.");
const NO_TOKEN: Refused = Refused {
    status: 403,
    code: "InvalidClientTokenId",
    reason: "session-foreign-token",
    ..super::UNRECOGNIZED
};
const MISSING: Refused = Refused {
    status: 403,
    code: "MissingAuthenticationToken",
    message: "Request is missing Authentication Token",
    reason: "signature-missing",
};

pub(super) fn attacks() -> Vec<Attack> {
    vec![
        Attack::drafted("past its time", EXPIRED, |draft| {
            identity(draft);
            draft.at -= 61;
        }),
        Attack::drafted("for more than a week", WRONG_LIFE, |draft| {
            identity(draft);
            draft.presigned = Some(Duration::from_secs(604_801));
        }),
        replaced("for no time", WRONG_LIFE, "X-Amz-Expires=60", "X-Amz-Expires=0"),
        replaced("for negative time", WRONG_LIFE, "X-Amz-Expires=60", "X-Amz-Expires=-60"),
        replaced("for longer than was signed", MISMATCH, "X-Amz-Expires=60", "X-Amz-Expires=600"),
        replaced("with another action", MISMATCH, "=GetCallerIdentity", "=GetSessionToken"),
        replaced("with one parameter more", MISMATCH, "Action=", "Extra=1&Action="),
        replaced("without a date", NO_DATE, "X-Amz-Date", "X-Date"),
        replaced("without its algorithm", NO_ALGORITHM, "X-Amz-Algorithm", "X-Algorithm"),
        replaced("without its token", NO_TOKEN, "X-Amz-Security-Token", "X-Security-Token"),
        replaced("with its signature under another name", MISSING, "X-Amz-Signature", "x-amz-signature"),
        replaced("with two lives", TWO_LIVES, "X-Amz-Expires=60", "X-Amz-Expires=60&X-Amz-Expires=600"),
    ]
}

/// With one text for another in the address that was signed.
fn replaced(name: &'static str, refused: Refused, from: &'static str, to: &'static str) -> Attack {
    let tamper = move |request: &mut Request<Bytes>| {
        let uri = request.uri().to_string().replace(from, to);
        *request.uri_mut() = uri.parse().unwrap();
    };
    Attack { draft: Box::new(identity), ..Attack::tampered(name, refused, tamper) }
}

/// A presigned call that needs no permission.
fn identity(draft: &mut Draft) {
    draft.method = Method::GET;
    draft.url.push_str("?Action=GetCallerIdentity&Version=2011-06-15");
    draft.headers.clear();
    draft.body = Bytes::new();
    draft.service = "sts";
    draft.presigned = Some(Duration::from_mins(1));
}

/// What is no attack.
pub(super) fn accepted(runtime: &Arc<Runtime>, arena: &Arc<Arena>) -> Vec<Trial> {
    let arena = Arc::clone(arena);
    let name = "sigv4::presigned::accepted::within its time".to_owned();
    vec![trial(runtime, name, move || async move {
        let session = arena.session(VICTIM).await;
        let mut draft = Draft::receive_message(&arena, &session);
        identity(&mut draft);
        let answer = wire::send(draft.sign()).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert!(answer.element("UserId").ends_with(":attack"));
    })]
}
