//! The header of a token.

use jsonwebtoken::Algorithm;
use serde_json::{Map, Value};

use super::Malformed;
use crate::sts::Refusal;

/// What of the header is used: the algorithm, and which of the published keys.
///
/// `jku`, `x5u`, `jwk` and `x5c` would let the token bring its own key; they are not looked at. `crit` names members
/// that must be understood (RFC 7515 §4.1.11), and none is.
pub(in crate::sts) struct Header {
    pub(in crate::sts) algorithm: Algorithm,
    /// Compared with the published key ids and nothing else: it is no path and no address.
    pub(in crate::sts) key_id: String,
}

impl Header {
    pub(super) fn read(header: &Map<String, Value>) -> Result<Self, Refusal> {
        if header.contains_key("crit") {
            return Err(Malformed::CriticalHeader.into());
        }
        let algorithm = match header.get("alg").and_then(Value::as_str) {
            Some("RS256") => Algorithm::RS256,
            Some("ES256") => Algorithm::ES256,
            Some(_) | None => return Err(Refusal::Algorithm),
        };
        match header.get("kid").and_then(Value::as_str) {
            Some(key_id) => Ok(Self { algorithm, key_id: key_id.to_owned() }),
            None => Err(Refusal::Key("not named")),
        }
    }
}
