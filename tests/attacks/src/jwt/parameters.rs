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
    change: fn(&mut Parameters),
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
            change: |parameters| parameters.retain(|(name, _)| name != $parameter),
            refused: Refused {
                code: "MissingParameter",
                message: concat!("The request must contain the parameter ", $parameter, "."),
                reason: concat!("parameter-missing: ", $parameter),
                ..INVALID
            },
        }
    };
}

macro_rules! set {
    ($name:literal, $parameter:literal, $value:expr, $refused:expr) => {
        Case { name: $name, change: |parameters| set(parameters, $parameter, &$value), refused: $refused }
    };
}

const AMBIGUOUS: Refused = Refused {
    status: 404,
    code: "MalformedQueryString",
    message: "The query string is ambiguous.",
    reason: "request: the request can be read as more than one call",
};
const UNKNOWN_OPERATION: Refused = Refused {
    status: 400,
    code: "InvalidAction",
    message: "Could not find the operation.",
    reason: "request: no service here has the operation",
};

fn cases() -> Vec<Case> {
    vec![
        missing!("RoleArn"),
        missing!("RoleSessionName"),
        missing!("WebIdentityToken"),
        set!("the role of url-service", "RoleArn", Workload::UrlService.role_arn(), NOT_TRUSTED),
        set!("the role of migrate", "RoleArn", Workload::Migrate.role_arn(), NOT_TRUSTED),
        set!(
            "a role that is not there",
            "RoleArn",
            "arn:aws:iam::000000000000:role/zero-trust-eks-admin",
            NOT_AUTHORIZED.because("role-unknown")
        ),
        set!(
            "the role of another account",
            "RoleArn",
            "arn:aws:iam::111111111111:role/zero-trust-eks-worker-irsa",
            NOT_AUTHORIZED.because("role-unknown")
        ),
        set!(
            "a role in another case",
            "RoleArn",
            VICTIM.role_arn().replace("worker", "Worker"),
            NOT_AUTHORIZED.because("role-unknown")
        ),
        set!("a role with a star", "RoleArn", "arn:aws:iam::000000000000:role/*", BAD_ARN),
        set!("a user", "RoleArn", "arn:aws:iam::000000000000:user/somebody", BAD_ARN),
        set!(
            "a session that lasts too short",
            "DurationSeconds",
            "899",
            constraint!("durationSeconds", "Member must have value greater than or equal to 900")
        ),
        set!(
            "a session that lasts longer than any",
            "DurationSeconds",
            "43201",
            constraint!("durationSeconds", "Member must have value less than or equal to 43200")
        ),
        set!("a session that lasts longer than the role's", "DurationSeconds", "3601", TOO_LONG),
        set!(
            "a duration that is no number",
            "DurationSeconds",
            "1h",
            constraint!("durationSeconds", "Member must be an integer")
        ),
        set!(
            "a session name with a slash",
            "RoleSessionName",
            "a/../b",
            constraint!("roleSessionName", r"Member must satisfy regular expression pattern: [\w+=,.@-]*")
        ),
        set!(
            "a session name that is too long",
            "RoleSessionName",
            "n".repeat(65),
            constraint!("roleSessionName", "Member must have length less than or equal to 64")
        ),
        set!(
            "a session policy that is none",
            "Policy",
            "{}",
            Refused {
                code: "MalformedPolicyDocument",
                message: "The policy is not in the valid JSON format or is not a policy.",
                reason: "session-policy-malformed: it has no Version, which stands for 2008-10-17, not 2012-10-17",
                ..INVALID
            }
        ),
        set!(
            "a session policy that is too long",
            "Policy",
            "x".repeat(2_049),
            constraint!("policy", "Member must have length less than or equal to 2048")
        ),
        set!("a session policy that packs too large", "Policy", "ä".repeat(2_000), PACKED),
        set!(
            "a managed policy",
            "PolicyArns.member.1.arn",
            "arn:aws:iam::aws:policy/AdministratorAccess",
            MANAGED
        ),
        set!(
            "a provider id",
            "ProviderId",
            "www.amazon.com",
            Refused {
                message: "ProviderId is not for OpenID Connect ID tokens",
                reason: "parameter-provider-id",
                ..INVALID
            }
        ),
        Case {
            name: "two roles",
            change: |p| repeat(p, "RoleArn", &Workload::Migrate.role_arn()),
            refused: AMBIGUOUS,
        },
        Case { name: "two tokens", change: |p| repeat(p, "WebIdentityToken", "a.b.c"), refused: AMBIGUOUS },
        Case {
            name: "two actions",
            change: |p| repeat(p, "Action", "GetCallerIdentity"),
            refused: AMBIGUOUS,
        },
        set!("another version", "Version", "2011-06-16", UNKNOWN_OPERATION),
    ]
}

const BAD_ARN: Refused =
    Refused { message: "Request ARN is invalid", reason: "parameter-role-arn", ..INVALID };
const TOO_LONG: Refused = Refused {
    message: "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    reason: "session-too-long",
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

fn set(parameters: &mut Parameters, name: &str, value: &str) {
    parameters.retain(|(known, _)| known != name);
    parameters.push((name.to_owned(), value.to_owned()));
}

fn repeat(parameters: &mut Parameters, name: &str, value: &str) {
    parameters.push((name.to_owned(), value.to_owned()));
}
