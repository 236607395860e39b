//! A web identity token: read, then verified (RFC 7515, RFC 7519, RFC 8725).
//!
//! Reading believes nothing: it gives the key that the token names and the claims that decide which provider is
//! asked. Verification then takes the signature first, the times next, the audience last.

mod claims;
mod header;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use iam_policy::UniqueMembers;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

use super::Refusal;

pub(super) use claims::Claims;
pub(super) use header::Header;

/// How far ahead of ours an issuer's clock may be. Nothing is added to the end of a token's life.
const LEEWAY: Duration = Duration::seconds(30);
/// The shortest RSA modulus, in bits (RFC 7518 §3.3).
const SHORTEST_RSA: usize = 2_048;

/// What is wrong with the form of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    #[error("parts")]
    Parts,
    #[error("base64")]
    Base64,
    #[error("json")]
    Json,
    #[error("critical header")]
    CriticalHeader,
    #[error("claim {0}")]
    Claim(&'static str),
}

/// A token in three parts, not yet verified.
pub(super) struct Token<'a> {
    pub(super) header: Header,
    pub(super) claims: Claims,
    message: &'a str,
    signature: &'a str,
}

impl<'a> Token<'a> {
    /// Takes a token apart.
    pub(super) fn read(token: &'a str) -> Result<Self, Refusal> {
        let (message, signature) = token.rsplit_once('.').ok_or(Malformed::Parts)?;
        let (header, payload) = message.split_once('.').ok_or(Malformed::Parts)?;
        if payload.contains('.') {
            return Err(Malformed::Parts.into());
        }
        // Refuses also text that decodes to the same bytes as another, as bits left over would.
        URL_SAFE_NO_PAD.decode(signature).map_err(|_| Malformed::Base64)?;
        let header = Header::read(&object(header)?)?;
        let claims = Claims::read(&object(payload)?)?;
        Ok(Self { header, claims, message, signature })
    }

    /// Checks the signature with the key that the issuer publishes under the token's key id.
    pub(super) fn verify_signature(&self, key: &Jwk) -> Result<(), Refusal> {
        let algorithm = self.header.algorithm;
        usable(key, algorithm)?;
        let key = DecodingKey::from_jwk(key).map_err(|_| Refusal::Key("unreadable"))?;
        match crypto::verify(self.signature, self.message.as_bytes(), &key, algorithm) {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(Refusal::Signature),
        }
    }

    /// Checks `exp`, `nbf` and `iat`.
    pub(super) fn verify_times(&self, now: OffsetDateTime) -> Result<(), Refusal> {
        let Claims { expires_at, not_before, issued_at, .. } = &self.claims;
        if now >= *expires_at {
            return Err(Refusal::Expired { now, at: *expires_at });
        }
        if not_before.is_some_and(|not_before| not_before > now + LEEWAY) {
            return Err(Refusal::NotYetValid("nbf"));
        }
        if *issued_at > now + LEEWAY {
            return Err(Refusal::NotYetValid("iat"));
        }
        Ok(())
    }

    /// The audience that one of the provider's client identifiers is.
    pub(super) fn verify_audience(&self, audiences: &[String]) -> Result<&str, Refusal> {
        let matching = self.claims.audiences.iter().find(|audience| audiences.contains(audience));
        matching.map(String::as_str).ok_or(Refusal::Audience)
    }
}

fn object(part: &str) -> Result<Map<String, Value>, Malformed> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| Malformed::Base64)?;
    match serde_json::from_slice(&bytes) {
        Ok(UniqueMembers(Value::Object(object))) => Ok(object),
        Ok(_) | Err(_) => Err(Malformed::Json),
    }
}

/// A key verifies with the one algorithm that it is for, whatever the token says (RFC 8725 §3.1).
fn usable(key: &Jwk, algorithm: Algorithm) -> Result<(), Refusal> {
    let common = &key.common;
    if common.public_key_use.as_ref().is_some_and(|purpose| *purpose != PublicKeyUse::Signature) {
        return Err(Refusal::Key("not for signatures"));
    }
    let operations = common.key_operations.as_deref();
    if operations.is_some_and(|operations| !operations.contains(&KeyOperations::Verify)) {
        return Err(Refusal::Key("not for signatures"));
    }
    let expected = match algorithm {
        Algorithm::ES256 => KeyAlgorithm::ES256,
        _ => KeyAlgorithm::RS256,
    };
    // An elliptic-curve key has to say what it is for; RSA keys of older issuers may leave it out.
    let named = common.key_algorithm.unwrap_or(KeyAlgorithm::RS256);
    match &key.algorithm {
        AlgorithmParameters::RSA(rsa) if expected == KeyAlgorithm::RS256 && named == expected => {
            let modulus = URL_SAFE_NO_PAD.decode(&rsa.n).map_err(|_| Refusal::Key("unreadable"))?;
            let strong = bits(&modulus) >= SHORTEST_RSA;
            if strong { Ok(()) } else { Err(Refusal::Key("weak")) }
        }
        AlgorithmParameters::EllipticCurve(curve)
            if expected == KeyAlgorithm::ES256 && named == expected && curve.curve == EllipticCurve::P256 =>
        {
            Ok(())
        }
        _ => Err(Refusal::Key("other algorithm")),
    }
}

/// The length of a big-endian number.
fn bits(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let rest = number.get(zeros..).unwrap_or_default();
    rest.first().map_or(0, |first| rest.len() * 8 - first.leading_zeros() as usize)
}

#[cfg(test)]
#[path = "token/tests.rs"]
mod tests;
