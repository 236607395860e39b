//! The claims of a projected service-account token.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::now;
use crate::names::{NAMESPACE, Workload};

/// The audience that AWS's pod identity webhook asks for.
pub const TOKEN_AUDIENCE: &str = "sts.amazonaws.com";

/// What a projected token says. Every field can be changed before signing, for tests of what is refused.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TokenClaims {
    /// For whom the token is.
    pub aud: Vec<String>,
    /// Seconds since 1970 from which it is no longer valid.
    pub exp: i64,
    /// Seconds since 1970 at which it was issued.
    pub iat: i64,
    /// The issuer's address.
    pub iss: String,
    /// A name for this one token.
    pub jti: String,
    /// What the token is bound to.
    #[serde(rename = "kubernetes.io")]
    pub kubernetes: Binding,
    /// Seconds since 1970 before which it is not valid.
    pub nbf: i64,
    /// The service account: `system:serviceaccount:<namespace>:<name>`.
    pub sub: String,
}

/// The objects that a token is bound to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Binding {
    /// The namespace of both.
    pub namespace: String,
    /// The pod.
    pub pod: Reference,
    /// The service account.
    pub serviceaccount: Reference,
}

/// An object by name and by the id that no later object of that name has.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Reference {
    /// The name.
    pub name: String,
    /// The id.
    pub uid: String,
}

impl TokenClaims {
    /// What the kubelet would be given for a pod of `workload`, valid from now on for `life`.
    #[must_use]
    pub fn projected(issuer: &str, workload: Workload, life: Duration) -> Self {
        let issued_at = now().unix_timestamp();
        let reference = |name: String| Reference { name, uid: Uuid::new_v4().to_string() };
        Self {
            aud: vec![TOKEN_AUDIENCE.to_owned()],
            exp: issued_at.saturating_add_unsigned(life.as_secs()),
            iat: issued_at,
            iss: issuer.to_owned(),
            jti: Uuid::new_v4().to_string(),
            kubernetes: Binding {
                namespace: NAMESPACE.to_owned(),
                pod: reference(format!("{}-0", workload.name())),
                serviceaccount: reference(workload.name().to_owned()),
            },
            nbf: issued_at,
            sub: workload.token_subject(),
        }
    }
}
