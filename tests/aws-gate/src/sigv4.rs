//! Signature Version 4, checked.
//!
//! The expected signature is computed by the SDK's own signer over the request as it came, and compared in constant
//! time. What the signer does not look at is checked here: which headers must be signed, the clock, the scope, the
//! hash of the body, and whose key and token they are.
//!
//! Source: "AWS Signature Version 4 for API requests" in the IAM user guide
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html>).

mod expected;
mod payload;
mod presented;
mod refusal;

use std::sync::Arc;

use http::header::{CONTENT_TYPE, HOST};
use subtle::ConstantTimeEq as _;
use time::{Duration, OffsetDateTime};

use crate::received::Received;
use crate::service::{Service, Target};
use crate::sessions::{Session, Sessions};

use presented::{Form, Presented};
pub(crate) use refusal::Refusal;

/// How far the caller's clock may be from ours. AWS gives five minutes to most services.
const SKEW: Duration = Duration::minutes(5);
/// The same for S3.
const SKEW_OF_S3: Duration = Duration::minutes(15);

/// The session whose credentials signed the request.
pub(crate) fn verify(
    received: &Received,
    target: &Target,
    region: &str,
    sessions: &Sessions,
) -> Result<Arc<Session>, Refusal> {
    if let Some(name) = received.repeated_header() {
        return Err(Refusal::RepeatedHeader(name.to_string()));
    }
    let presented = Presented::read(received)?;
    required_headers_are_signed(received, &presented)?;
    time_is_right(received.at, target.service, &presented)?;
    scope_is_right(target.service, region, &presented)?;
    let token = presented.session_token.as_deref();
    let session = sessions.find(&presented.access_key_id, token, received.at)?;
    let payload = payload::signed(received, target.service, &presented)?;
    let expected = expected::signature(received, target.service, &presented, &session, payload)?;
    if bool::from(expected.as_bytes().ct_eq(presented.signature.as_bytes())) {
        Ok(session)
    } else {
        Err(Refusal::Mismatch)
    }
}

/// `host`, `content-type` and everything that begins with `x-amz-`: whoever may change one of them unseen may change
/// what the request asks for.
fn required_headers_are_signed(received: &Received, presented: &Presented) -> Result<(), Refusal> {
    let signed = |name: &str| presented.signed_headers.iter().any(|signed| signed == name);
    if !signed(HOST.as_str()) {
        return Err(Refusal::UnsignedHeader("Host".to_owned()));
    }
    let required = |name: &str| name == CONTENT_TYPE.as_str() || name.starts_with("x-amz-");
    let unsigned = received.headers.keys().find(|name| required(name.as_str()) && !signed(name.as_str()));
    match unsigned {
        Some(name) => Err(Refusal::UnsignedHeader(name.to_string())),
        None => Ok(()),
    }
}

fn time_is_right(now: OffsetDateTime, service: Service, presented: &Presented) -> Result<(), Refusal> {
    let skew = if service == Service::S3 { SKEW_OF_S3 } else { SKEW };
    let signed_at = presented.signed_at;
    if signed_at > now + skew {
        return Err(Refusal::NotYetCurrent { signed_at, now, skew });
    }
    match presented.form {
        Form::Header if signed_at < now - skew => Err(Refusal::Stale { signed_at, now, skew }),
        Form::Query { expires } if now >= signed_at + expires => {
            Err(Refusal::PresignedExpired { signed_at, now, expires })
        }
        Form::Header | Form::Query { .. } => Ok(()),
    }
}

fn scope_is_right(service: Service, region: &str, presented: &Presented) -> Result<(), Refusal> {
    let scope = &presented.scope;
    let day = presented.timestamp.get(..8).unwrap_or_default();
    if scope.date != day {
        return Err(Refusal::Scope(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{day}'.",
            scope.date
        )));
    }
    let region = service.signing_region(region);
    if scope.region != region {
        return Err(Refusal::Scope(format!(
            "Credential should be scoped to a valid region, not '{}'.",
            scope.region
        )));
    }
    let name = service.signing_name();
    if scope.service != name {
        return Err(Refusal::Scope(format!("Credential should be scoped to correct service: '{name}'.")));
    }
    Ok(())
}

#[cfg(test)]
#[path = "sigv4/tests.rs"]
mod tests;
