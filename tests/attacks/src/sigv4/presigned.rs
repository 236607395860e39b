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

macro_rules! query {
    ($name:literal, $refused:expr, $from:literal => $to:literal) => {
        Attack {
            name: $name,
            draft: identity,
            tamper: |request| edit(request, |text| text.replace($from, $to)),
            refused: $refused,
        }
    };
}

pub(super) fn attacks() -> Vec<Attack> {
    vec![
        Attack {
            name: "past its time",
            draft: |draft| {
                identity(draft);
                draft.at -= 61;
            },
            tamper: |_| {},
            refused: EXPIRED,
        },
        Attack {
            name: "for more than a week",
            draft: |draft| {
                identity(draft);
                draft.presigned = Some(Duration::from_secs(604_801));
            },
            tamper: |_| {},
            refused: WRONG_LIFE,
        },
        query!("for no time", WRONG_LIFE, "X-Amz-Expires=60" => "X-Amz-Expires=0"),
        query!("for negative time", WRONG_LIFE, "X-Amz-Expires=60" => "X-Amz-Expires=-60"),
        query!("for longer than was signed", MISMATCH, "X-Amz-Expires=60" => "X-Amz-Expires=600"),
        query!("with another action", MISMATCH, "Action=GetCallerIdentity" => "Action=GetSessionToken"),
        query!("with one parameter more", MISMATCH, "Action=" => "Extra=1&Action="),
        query!("without a date", Refused { message: "AWS query-string parameters must include 'X-Amz-Date'.", ..MALFORMED }, "X-Amz-Date" => "X-Date"),
        query!("without its algorithm", Refused { message: "AWS query-string parameters must include 'X-Amz-Algorithm'.", ..MALFORMED }, "X-Amz-Algorithm" => "X-Algorithm"),
        query!("without its token", Refused { status: 403, code: "InvalidClientTokenId", reason: "session-foreign-token", ..super::UNRECOGNIZED }, "X-Amz-Security-Token" => "X-Security-Token"),
        query!("with the name of the signature in lower case", Refused { status: 403, code: "MissingAuthenticationToken", message: "Request is missing Authentication Token", reason: "signature-missing" }, "X-Amz-Signature" => "x-amz-signature"),
        query!("with two lives", Refused { message: "Query-string parameter 'X-Amz-Expires' is repeated.", ..MALFORMED }, "X-Amz-Expires=60" => "X-Amz-Expires=60&X-Amz-Expires=600"),
    ]
}

/// A presigned call that needs no permission.
fn identity(draft: &mut Draft) {
    draft.method = Method::GET;
    draft.url.push_str("?Action=GetCallerIdentity&Version=2011-06-15");
    draft.headers.clear();
    draft.body = Bytes::new();
    draft.service = "sts";
    draft.presigned = Some(Duration::from_secs(60));
}

fn edit(request: &mut Request<Bytes>, edit: impl FnOnce(&str) -> String) {
    let uri = edit(&request.uri().to_string());
    *request.uri_mut() = uri.parse().unwrap();
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
