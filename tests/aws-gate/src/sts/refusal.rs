//! Why a session is not opened, and how STS says so.
//!
//! Codes and, where AWS publishes them or callers have reported them, messages are those of STS. STS tells a caller
//! whose token is good but whose role does not want it the same as one who names no role at all.

use http::StatusCode;
use time::OffsetDateTime;

use super::token::Malformed;
use crate::fault::Fault;

/// Why a session is not opened. The text is the reason in the decision log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("parameter-missing: {0}")]
    MissingParameter(&'static str),
    #[error("parameter-constraint: {parameter}")]
    Constraint { parameter: &'static str, constraint: String },
    #[error("parameter-role-arn")]
    RoleArn,
    #[error("parameter-provider-id")]
    ProviderId,
    #[error("session-policy-malformed: {0}")]
    MalformedPolicy(String),
    #[error("session-policy-unknown: {0}")]
    UnknownPolicy(String),
    #[error("session-policy-too-large")]
    PackedPolicyTooLarge { percent: usize },
    #[error("token-malformed: {0}")]
    Malformed(#[from] Malformed),
    #[error("token-algorithm")]
    Algorithm,
    #[error("token-claim-missing: {0}")]
    MissingClaim(&'static str),
    #[error("token-issuer-unregistered")]
    UnknownIssuer(String),
    #[error("issuer-unreachable")]
    IssuerUnreachable,
    #[error("issuer-keys: {0}")]
    IssuerKeys(&'static str),
    #[error("token-key: {0}")]
    Key(&'static str),
    #[error("token-signature")]
    Signature,
    #[error("token-expired")]
    Expired { now: OffsetDateTime, at: OffsetDateTime },
    #[error("token-not-yet-valid: {0}")]
    NotYetValid(&'static str),
    #[error("token-audience")]
    Audience,
    #[error("role-unknown")]
    UnknownRole,
    #[error("trust: {0}")]
    Trust(String),
    #[error("session-too-long")]
    SessionTooLong,
}

impl Refusal {
    /// What the caller is told.
    pub(crate) fn fault(&self) -> Fault {
        let status = match self {
            Self::UnknownRole | Self::Trust(_) => StatusCode::FORBIDDEN,
            _ => StatusCode::BAD_REQUEST,
        };
        Fault::new(status, self.code(), self.message())
    }

    fn code(&self) -> &'static str {
        match self {
            Self::MissingParameter(_) => "MissingParameter",
            Self::Constraint { .. }
            | Self::RoleArn
            | Self::ProviderId
            | Self::UnknownPolicy(_)
            | Self::SessionTooLong => "ValidationError",
            Self::MalformedPolicy(_) => "MalformedPolicyDocument",
            Self::PackedPolicyTooLarge { .. } => "PackedPolicyTooLarge",
            Self::IssuerUnreachable => "IDPCommunicationError",
            Self::Expired { .. } => "ExpiredTokenException",
            Self::UnknownRole | Self::Trust(_) => "AccessDenied",
            Self::Malformed(_)
            | Self::Algorithm
            | Self::MissingClaim(_)
            | Self::UnknownIssuer(_)
            | Self::IssuerKeys(_)
            | Self::Key(_)
            | Self::Signature
            | Self::NotYetValid(_)
            | Self::Audience => "InvalidIdentityToken",
        }
    }

    fn message(&self) -> String {
        match self {
            Self::MissingParameter(name) => format!("The request must contain the parameter {name}."),
            Self::Constraint { parameter, constraint } => format!(
                "1 validation error detected: Value at '{parameter}' failed to satisfy constraint: {constraint}"
            ),
            Self::RoleArn => "Request ARN is invalid".to_owned(),
            Self::ProviderId => "ProviderId is not for OpenID Connect ID tokens".to_owned(),
            Self::UnknownPolicy(arn) => format!("Policy {arn} does not exist or is not attachable."),
            Self::SessionTooLong => {
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.".to_owned()
            }
            Self::MalformedPolicy(_) => "The policy is not in the valid JSON format or is not a policy.".to_owned(),
            Self::PackedPolicyTooLarge { percent } => format!(
                "Packed size of session policies consumes {percent}% of allotted space, please use smaller policy."
            ),
            Self::IssuerUnreachable => "The identity provider could not be reached.".to_owned(),
            Self::Expired { now, at } => format!(
                "Token expired: current date/time {} must be before the expiration date/time {}",
                now.unix_timestamp(),
                at.unix_timestamp()
            ),
            Self::UnknownRole | Self::Trust(_) => {
                "Not authorized to perform sts:AssumeRoleWithWebIdentity".to_owned()
            }
            Self::Malformed(_) | Self::Algorithm => {
                "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
                    .to_owned()
            }
            Self::MissingClaim(name) => format!("Missing a required claim: {name}"),
            Self::UnknownIssuer(issuer) => {
                format!("No OpenIDConnect provider found in your account for {issuer}")
            }
            Self::IssuerKeys(_) | Self::Key(_) => {
                "Couldn't retrieve verification key from your identity provider,  please reference \
                 AssumeRoleWithWebIdentity documentation for requirements"
                    .to_owned()
            }
            Self::Signature => "Token signature invalid".to_owned(),
            Self::NotYetValid(_) => "Token is not yet valid".to_owned(),
            Self::Audience => "Incorrect token audience".to_owned(),
        }
    }
}
