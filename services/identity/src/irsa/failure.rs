//! Why a role could not be assumed, as a label.

use std::error::Error as _;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityError;
use prometheus_client::encoding::EncodeLabelSet;

/// The labels of a failed renewal.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub(super) struct Failure {
    reason: &'static str,
}

impl Failure {
    /// Sorts an error by what STS said, or by what kept it from saying anything.
    pub(super) fn of(error: &CredentialsError) -> Self {
        Self { reason: reason(error) }
    }
}

fn reason(error: &CredentialsError) -> &'static str {
    if matches!(error, CredentialsError::ProviderTimedOut(_)) {
        return "time_limit";
    }
    let cause =
        error.source().and_then(|cause| cause.downcast_ref::<SdkError<AssumeRoleWithWebIdentityError>>());
    match cause {
        Some(SdkError::ServiceError(refused)) => code_reason(refused.err().code()),
        Some(SdkError::TimeoutError(_)) => "time_limit",
        Some(SdkError::DispatchFailure(_)) => "unreachable",
        Some(_) => "answer",
        // The provider reads the token itself, and has no other error to give.
        None => "token_unreadable",
    }
}

/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html#API_AssumeRoleWithWebIdentity_Errors>
fn code_reason(code: Option<&str>) -> &'static str {
    match code {
        Some("AccessDenied") => "access_denied",
        Some("ExpiredTokenException") => "expired_token",
        Some("InvalidIdentityToken") => "invalid_token",
        Some("IDPRejectedClaim") => "issuer_rejected_claim",
        Some("IDPCommunicationError") => "issuer_unreachable",
        Some("RegionDisabledException") => "region_disabled",
        _ => "refused",
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_sts_says_is_told_apart() {
        for (code, reason) in [
            (Some("AccessDenied"), "access_denied"),
            (Some("ExpiredTokenException"), "expired_token"),
            (Some("InvalidIdentityToken"), "invalid_token"),
            (Some("IDPCommunicationError"), "issuer_unreachable"),
            (Some("SomethingNew"), "refused"),
            (None, "refused"),
        ] {
            assert_eq!(code_reason(code), reason);
        }
    }

    #[test]
    fn silence_and_a_missing_token_are_no_refusals() {
        let late = CredentialsError::provider_timed_out(Duration::from_secs(1));
        assert_eq!(reason(&late), "time_limit");
        let missing = CredentialsError::provider_error(std::io::Error::from(std::io::ErrorKind::NotFound));
        assert_eq!(reason(&missing), "token_unreadable");
    }
}
