//! The claims of a token.

use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::Malformed;
use crate::sts::Refusal;

/// The claims that STS asks for. All but `nbf` are required.
pub(in crate::sts) struct Claims {
    pub(in crate::sts) issuer: String,
    pub(in crate::sts) subject: String,
    pub(in crate::sts) audiences: Vec<String>,
    pub(super) expires_at: OffsetDateTime,
    pub(super) not_before: Option<OffsetDateTime>,
    pub(super) issued_at: OffsetDateTime,
}

impl Claims {
    pub(super) fn read(claims: &Map<String, Value>) -> Result<Self, Refusal> {
        Ok(Self {
            issuer: text(claims, "iss")?,
            subject: text(claims, "sub")?,
            audiences: audiences(claims)?,
            expires_at: time(claims, "exp")?.ok_or(Refusal::MissingClaim("exp"))?,
            not_before: time(claims, "nbf")?,
            issued_at: time(claims, "iat")?.ok_or(Refusal::MissingClaim("iat"))?,
        })
    }
}

fn text(claims: &Map<String, Value>, name: &'static str) -> Result<String, Refusal> {
    match claims.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
        Some(_) => Err(Malformed::Claim(name).into()),
        None => Err(Refusal::MissingClaim(name)),
    }
}

/// One string, or an array of them (RFC 7519 §4.1.3).
fn audiences(claims: &Map<String, Value>) -> Result<Vec<String>, Refusal> {
    let malformed = || Refusal::from(Malformed::Claim("aud"));
    match claims.get("aud") {
        Some(Value::String(audience)) => Ok(vec![audience.clone()]),
        Some(Value::Array(audiences)) => {
            let text = |audience: &Value| audience.as_str().map(str::to_owned).ok_or_else(malformed);
            audiences.iter().map(text).collect()
        }
        Some(_) => Err(malformed()),
        None => Err(Refusal::MissingClaim("aud")),
    }
}

/// Whole seconds since 1970, within the years that have four digits. RFC 7519 allows fractions, Kubernetes writes
/// none, and what rounds is best not let in.
fn time(claims: &Map<String, Value>, name: &'static str) -> Result<Option<OffsetDateTime>, Refusal> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let time = value.as_i64().and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    time.map(Some).ok_or_else(|| Malformed::Claim(name).into())
}
