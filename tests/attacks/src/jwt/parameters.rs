//! Good tokens with bad requests.

use std::sync::Arc;

use libtest_mimic::Trial;
use stack::Workload;
use tokio::runtime::Runtime;

use super::{NOT_AUTHORIZED, NOT_TRUSTED};
use crate::arena::{Arena, Refused, VICTIM, assume_parameters};
use crate::{trial, wire};

type Parameters = Vec<(String, String)>;

struct Case {
    name: &'static str,
    change: Box<dyn Fn(&mut Parameters) + Send>,
    refused: Refused,
}

const INVALID: Refused = Refused { status: 400, code: "ValidationError", message: "", reason: "" };

macro_rules! constraint {
    ($parameter:literal, $constraint:literal) => {
        Refused {
            message: concat!(
                "1 validation error detected: Value at '",
                $parameter,
                "' failed to satisfy constraint: ",
                $constraint
            ),
            reason: concat!("parameter-constraint: ", $parameter),
            ..INVALID
        }
    };
}

macro_rules! missing {
    ($parameter:literal) => {
        Case {
            name: concat!("no ", $parameter),
            change: Box::new(|parameters| parameters.retain(|(name, _)| name != $parameter)),
            refused: Refused {
                code: "MissingParameter",
                message: concat!("The request must contain the parameter ", $parameter, "."),
                reason: concat!("parameter-missing: ", $parameter),
                ..INVALID
            },
        }
    };
}

const NO_ROLE: Refused = NOT_AUTHORIZED.because("role-unknown");
const BAD_ARN: Refused =
    Refused { message: "Request ARN is invalid", reason: "parameter-role-arn", ..INVALID };
const TOO_LONG: Refused = Refused {
    message: "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    reason: "session-too-long",
    ..INVALID
};
const MALFORMED: Refused = Refused {
    code: "MalformedPolicyDocument",
    message: "The policy is not in the valid JSON format or is not a policy.",
    reason: "session-policy-malformed: it has no Version, which stands for 2008-10-17, not 2012-10-17",
    ..INVALID
};
const PACKED: Refused = Refused {
    code: "PackedPolicyTooLarge",
    message: "Packed size of session policies consumes 196% of allotted space, please use smaller policy.",
    reason: "session-policy-too-large",
    ..INVALID
};
const MANAGED: Refused = Refused {
    message: "Policy arn:aws:iam::aws:policy/AdministratorAccess does not exist or is not attachable.",
    reason: "session-policy-unknown: arn:aws:iam::aws:policy/AdministratorAccess",
    ..INVALID
};
const PROVIDER: Refused = Refused {
    message: "ProviderId is not for OpenID Connect ID tokens",
    reason: "parameter-provider-id",
    ..INVALID
};
const AMBIGUOUS: Refused = Refused {
    status: 404,
    code: "MalformedQueryString",
    message: "The query string is ambiguous.",
    reason: "request: the request can be read as more than one call",
};
const UNKNOWN_OPERATION: Refused = Refused {
    code: "InvalidAction",
    message: "Could not find the operation.",
    reason: "request: no service here has the operation",
    ..INVALID
};
const TOO_SHORT_A_TIME: Refused =
    constraint!("durationSeconds", "Member must have value greater than or equal to 900");
const TOO_LONG_A_TIME: Refused =
    constraint!("durationSeconds", "Member must have value less than or equal to 43200");
const NO_NUMBER: Refused = constraint!("durationSeconds", "Member must be an integer");
const NOT_A_NAME: Refused =
    constraint!("roleSessionName", r"Member must satisfy regular expression pattern: [\w+=,.@-]*");
const TOO_LONG_A_NAME: Refused =
    constraint!("roleSessionName", "Member must have length less than or equal to 64");
const TOO_LONG_A_POLICY: Refused =
    constraint!("policy", "Member must have length less than or equal to 2048");

fn cases() -> Vec<Case> {
    let mut cases = roles();
    cases.extend(sessions());
    cases.extend(requests());
    cases
}

/// Whose role is asked for.
fn roles() -> Vec<Case> {
    let foreign = "arn:aws:iam::111111111111:role/zero-trust-eks-worker-irsa";
    let absent = "arn:aws:iam::000000000000:role/zero-trust-eks-admin";
    vec![
        set("the role of url-service", "RoleArn", &Workload::UrlService.role_arn(), NOT_TRUSTED),
        set("the role of migrate", "RoleArn", &Workload::Migrate.role_arn(), NOT_TRUSTED),
        set("a role that is not there", "RoleArn", absent, NO_ROLE),
        set("the role of another account", "RoleArn", foreign, NO_ROLE),
        set("a role in another case", "RoleArn", &VICTIM.role_arn().replace("worker", "Worker"), NO_ROLE),
        set("a role with a star", "RoleArn", "arn:aws:iam::000000000000:role/*", BAD_ARN),
        set("a user", "RoleArn", "arn:aws:iam::000000000000:user/somebody", BAD_ARN),
    ]
}

/// What the session shall be.
fn sessions() -> Vec<Case> {
    let managed = "arn:aws:iam::aws:policy/AdministratorAccess";
    vec![
        set("a session that lasts too short", "DurationSeconds", "899", TOO_SHORT_A_TIME),
        set("a session that lasts longer than any", "DurationSeconds", "43201", TOO_LONG_A_TIME),
        set("a session that lasts longer than the role's", "DurationSeconds", "3601", TOO_LONG),
        set("a duration that is no number", "DurationSeconds", "1h", NO_NUMBER),
        set("a session name with a slash", "RoleSessionName", "a/../b", NOT_A_NAME),
        set("a session name that is too long", "RoleSessionName", &"n".repeat(65), TOO_LONG_A_NAME),
        set("a session policy that is none", "Policy", "{}", MALFORMED),
        set("a session policy that is too long", "Policy", &"x".repeat(2_049), TOO_LONG_A_POLICY),
        set("a session policy that packs too large", "Policy", &"ä".repeat(2_000), PACKED),
        set("a managed policy", "PolicyArns.member.1.arn", managed, MANAGED),
        set("a provider id", "ProviderId", "www.amazon.com", PROVIDER),
    ]
}

/// How the request is written.
fn requests() -> Vec<Case> {
    vec![
        missing!("RoleArn"),
        missing!("RoleSessionName"),
        missing!("WebIdentityToken"),
        repeated("two roles", "RoleArn", &Workload::Migrate.role_arn()),
        repeated("two tokens", "WebIdentityToken", "a.b.c"),
        repeated("two actions", "Action", "GetCallerIdentity"),
        set("another version", "Version", "2011-06-16", UNKNOWN_OPERATION),
    ]
}

pub(super) fn trials(runtime: &Arc<Runtime>, arena: &Arc<Arena>) -> Vec<Trial> {
    let refused = cases().into_iter().map(|case| {
        let arena = Arc::clone(arena);
        trial(runtime, format!("jwt::parameters::{}", case.name), move || async move {
            let mut parameters = assume_parameters(VICTIM, &arena.good_token());
            (case.change)(&mut parameters);
            let answer = wire::send(wire::form(&arena.url("endpoint"), &parameters)).await;
            arena.assert_refused(&answer, &case.refused);
        })
    });
    refused.collect()
}

/// Another value for a parameter.
fn set(name: &'static str, parameter: &'static str, value: &str, refused: Refused) -> Case {
    let value = value.to_owned();
    let change = move |parameters: &mut Parameters| {
        parameters.retain(|(known, _)| known != parameter);
        parameters.push((parameter.to_owned(), value.clone()));
    };
    Case { name, change: Box::new(change), refused }
}

/// A second value for a parameter.
fn repeated(name: &'static str, parameter: &'static str, value: &str) -> Case {
    let value = value.to_owned();
    let change = move |parameters: &mut Parameters| parameters.push((parameter.to_owned(), value.clone()));
    Case { name, change: Box::new(change), refused: AMBIGUOUS }
}
