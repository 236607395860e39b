//! How services say that a call is not allowed.
//!
//! Source: "Troubleshoot access denied error messages" in the IAM user guide
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>).

use http::StatusCode;

use crate::authorization::{Caller, Verdict};
use crate::fault::Fault;
use crate::received::Unread;
use crate::service::{Protocol, Service, Target, Unclear};

/// The refusal of a call that the policies do not allow, or that the gate does not know.
pub(super) fn fault(target: &Target, caller: &Caller, verdict: &Verdict) -> Fault {
    let json = matches!(target.protocol, Protocol::Json10 | Protocol::Json11);
    let (status, code) = match target.protocol {
        Protocol::Json10 | Protocol::Json11 => (StatusCode::BAD_REQUEST, "AccessDeniedException"),
        Protocol::Query(_) | Protocol::RestXml => (StatusCode::FORBIDDEN, "AccessDenied"),
    };
    let Some(check) = verdict.refused() else {
        let operation = target.operation.as_deref().unwrap_or("this operation");
        let message = format!("User: {} is not authorized to perform: {operation}", caller.session_arn);
        return Fault::new(status, code, message);
    };
    let because = check.decision.because.refusal(&check.action);
    let message = format!(
        "User: {} is not authorized to perform: {} on resource: {} {because}",
        caller.session_arn, check.action, check.resource
    );
    // SQS asks KMS in the caller's name, and hands on what KMS answers under a code of its own.
    if target.service == Service::Sqs && check.action.starts_with("kms:") {
        let status = if json { StatusCode::BAD_REQUEST } else { status };
        return Fault::new(status, "KMS.AccessDeniedException", message);
    }
    Fault::new(status, code, message)
}

/// The body was not read to its end.
pub(super) fn unread(unread: Unread) -> Fault {
    match unread {
        Unread::TooLong => {
            let message = "The request is longer than the service reads.";
            Fault::new(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", message)
        }
        Unread::Incomplete => Fault::new(StatusCode::BAD_REQUEST, "IncompleteBody", "The body ended early."),
    }
}

/// The body is not JSON, or could be read in two ways.
pub(super) fn not_json() -> Fault {
    Fault::new(StatusCode::BAD_REQUEST, "SerializationException", "The body is not unambiguous JSON.")
}

/// An operation of STS that the policies allow and the gate does not have.
pub(super) fn not_offered(target: &Target) -> Fault {
    let operation = target.operation.as_deref().unwrap_or_default();
    let message = format!("Could not find operation {operation} for version 2011-06-15");
    Fault::new(StatusCode::BAD_REQUEST, "InvalidAction", message)
}

/// The request does not name one operation.
pub(super) fn unclear(unclear: &Unclear) -> Fault {
    let json = matches!(unclear.protocol(), Protocol::Json10 | Protocol::Json11);
    match unclear {
        Unclear::UnknownOperation(_) if json => {
            Fault::new(StatusCode::BAD_REQUEST, "UnknownOperationException", "The operation is not known.")
        }
        Unclear::UnknownOperation(_) => {
            Fault::new(StatusCode::BAD_REQUEST, "InvalidAction", "Could not find the operation.")
        }
        Unclear::Ambiguous(_) if json => {
            Fault::new(StatusCode::BAD_REQUEST, "SerializationException", "The request is ambiguous.")
        }
        Unclear::Ambiguous(_) => {
            Fault::new(StatusCode::NOT_FOUND, "MalformedQueryString", "The query string is ambiguous.")
        }
    }
}
