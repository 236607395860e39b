//! The two documents of an issuer: `OpenID` Connect Discovery 1.0 §4, and a JWK set (RFC 7517 §5).

use iam_policy::UniqueMembers;
use jsonwebtoken::jwk::Jwk;
use serde_json::Value;

use crate::sts::Refusal;

/// Where the keys are, according to the discovery document of `issuer`. The document has to be about that issuer
/// (§4.3), or any host could speak for any other.
pub(super) fn keys_address(issuer: &str, document: &[u8]) -> Result<String, Refusal> {
    let document = object(document)?;
    let member = |name: &str| document.get(name).and_then(Value::as_str);
    if member("issuer") != Some(issuer) {
        return Err(Refusal::IssuerKeys("discovery of another issuer"));
    }
    member("jwks_uri").map(str::to_owned).ok_or(Refusal::IssuerKeys("no jwks_uri"))
}

/// The keys of a set. Kinds of keys that are not known here are left out, as RFC 7517 §5 asks.
pub(super) fn keys(document: &[u8]) -> Result<Vec<Jwk>, Refusal> {
    let document = object(document)?;
    let keys = document.get("keys").and_then(Value::as_array).ok_or(Refusal::IssuerKeys("no keys"))?;
    Ok(keys.iter().filter_map(|key| serde_json::from_value(key.clone()).ok()).collect())
}

fn object(document: &[u8]) -> Result<Value, Refusal> {
    match serde_json::from_slice(document) {
        Ok(UniqueMembers(document)) => Ok(document),
        Err(_) => Err(Refusal::IssuerKeys("no JSON")),
    }
}
