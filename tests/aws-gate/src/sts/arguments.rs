//! The parameters of `AssumeRoleWithWebIdentity` and their limits, as the API reference gives them.

use std::ops::RangeInclusive;

use time::Duration;

use super::Refusal;
use super::session_policy::SessionPolicy;
use crate::parameters::Parameters;

const ROLE_ARN: RangeInclusive<usize> = 20..=2_048;
const SESSION_NAME: RangeInclusive<usize> = 2..=64;
const TOKEN: RangeInclusive<usize> = 4..=20_000;
const DURATION: RangeInclusive<u32> = 900..=43_200;

/// A request to open a session, in form.
pub(super) struct Arguments<'a> {
    pub(super) role_arn: &'a str,
    pub(super) session_name: &'a str,
    pub(super) token: &'a str,
    /// How long the session shall last, if the caller says so.
    pub(super) duration: Option<Duration>,
    pub(super) session_policy: SessionPolicy,
}

impl<'a> Arguments<'a> {
    pub(super) fn read(parameters: &'a Parameters) -> Result<Self, Refusal> {
        let required = |name| parameters.first(name).ok_or(Refusal::MissingParameter(name));
        let role_arn = within("roleArn", required("RoleArn")?, ROLE_ARN)?;
        let session_name = within("roleSessionName", required("RoleSessionName")?, SESSION_NAME)?;
        let token = within("webIdentityToken", required("WebIdentityToken")?, TOKEN)?;
        if !session_name.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)) {
            let constraint = r"Member must satisfy regular expression pattern: [\w+=,.@-]*".to_owned();
            return Err(Refusal::Constraint { parameter: "roleSessionName", constraint });
        }
        if !is_role_arn(role_arn) {
            return Err(Refusal::RoleArn);
        }
        // Only OAuth 2.0 access tokens, which the gate does not take, come with one.
        if parameters.first("ProviderId").is_some() {
            return Err(Refusal::ProviderId);
        }
        let duration = parameters.first("DurationSeconds").map(duration).transpose()?;
        let session_policy = SessionPolicy::read(parameters)?;
        Ok(Self { role_arn, session_name, token, duration, session_policy })
    }
}

/// Checks a length in characters.
pub(super) fn within<'a>(
    parameter: &'static str,
    value: &'a str,
    length: RangeInclusive<usize>,
) -> Result<&'a str, Refusal> {
    let characters = value.chars().count();
    if characters < *length.start() {
        let constraint = format!("Member must have length greater than or equal to {}", length.start());
        return Err(Refusal::Constraint { parameter, constraint });
    }
    if characters > *length.end() {
        let constraint = format!("Member must have length less than or equal to {}", length.end());
        return Err(Refusal::Constraint { parameter, constraint });
    }
    Ok(value)
}

fn duration(value: &str) -> Result<Duration, Refusal> {
    let constraint = match value.parse::<u32>() {
        Ok(seconds) if seconds < *DURATION.start() => {
            format!("Member must have value greater than or equal to {}", DURATION.start())
        }
        Ok(seconds) if seconds > *DURATION.end() => {
            format!("Member must have value less than or equal to {}", DURATION.end())
        }
        Ok(seconds) => return Ok(Duration::seconds(i64::from(seconds))),
        Err(_) => "Member must be an integer".to_owned(),
    };
    Err(Refusal::Constraint { parameter: "durationSeconds", constraint })
}

/// `arn:aws:iam::<account>:role/<path and name>`
fn is_role_arn(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", "aws", "iam", "", account, resource] = parts[..] else { return false };
    let name = resource.strip_prefix("role/").unwrap_or_default();
    account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-/".contains(&byte))
}

#[cfg(test)]
#[path = "arguments/tests.rs"]
mod tests;
