//! A **development stand-in** for the cluster's service-account issuer (`OpenID` Connect Discovery 1.0): an OIDC
//! issuer on loopback HTTP that publishes its keys and signs tokens of the shape that Kubernetes projects.
//!
//! It shows that a token of the right shape, signed by a published key, is accepted and any other is not. It does
//! not show how a real cluster binds tokens to pods, nor TLS to the issuer.

mod claims;
mod signing_key;

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use jsonwebtoken::jwk::JwkSet;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

use crate::StackError;
use crate::ports;

pub use claims::{TOKEN_AUDIENCE, TokenClaims};
use signing_key::SigningKey;

/// The newest key signs; all of them are published.
type Keys = Arc<RwLock<Vec<SigningKey>>>;

/// A running issuer.
#[derive(Debug)]
pub struct Issuer {
    url: String,
    keys: Keys,
    _server: AbortOnDropHandle<()>,
}

impl Issuer {
    /// Starts an issuer on a free port; it ends when it is dropped.
    ///
    /// # Errors
    ///
    /// When it cannot listen, or no key can be generated.
    pub async fn start() -> Result<Self, StackError> {
        let failed = |source| StackError::Listen {
            what: "the OIDC issuer",
            address: ports::loopback(0).to_string(),
            source,
        };
        let listener = TcpListener::bind(ports::loopback(0)).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let keys: Keys = Arc::new(RwLock::new(vec![SigningKey::generate()?]));
        let router = router(&issuer_url(address), Arc::clone(&keys));
        let server = tokio::spawn(async move {
            // Ends with the stack; `axum::serve` itself never gives up.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { url: issuer_url(address), keys, _server: AbortOnDropHandle::new(server) })
    }

    /// The issuer: the `iss` of its tokens, and the base of its well-known address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Signs any claims with the current key; the header is RS256 with the key's id.
    ///
    /// # Errors
    ///
    /// When the claims cannot be written as JSON.
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, StackError> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        newest(&keys)?.sign(claims)
    }

    /// Signs any header and any payload, as they are, with the current key and RS256: for tests of what is refused.
    ///
    /// # Errors
    ///
    /// When the key does not sign.
    pub fn sign_text(&self, header: &str, payload: &str) -> Result<String, StackError> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        newest(&keys)?.sign_text(header, payload)
    }

    /// The id of the current key: the `kid` of the tokens that it signs.
    ///
    /// # Errors
    ///
    /// Never while the issuer runs: it always has a key.
    pub fn key_id(&self) -> Result<String, StackError> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        newest(&keys).map(|key| key.id().to_owned())
    }

    /// Signs claims with a key that this issuer never published: for tests that the signature is checked.
    ///
    /// # Errors
    ///
    /// As for [`Issuer::sign`].
    pub fn sign_with_unpublished_key(&self, claims: &impl Serialize) -> Result<String, StackError> {
        SigningKey::generate()?.sign(claims)
    }

    /// Adds a key that signs from now on; earlier keys stay published, so that earlier tokens stay valid.
    ///
    /// # Errors
    ///
    /// When no key can be generated.
    pub fn rotate_signing_key(&self) -> Result<(), StackError> {
        let key = SigningKey::generate()?;
        self.keys.write().unwrap_or_else(PoisonError::into_inner).push(key);
        Ok(())
    }

    /// Withdraws every key but the newest from the published set; tokens signed by the others no longer verify.
    pub fn retire_previous_keys(&self) {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        let previous = keys.len().saturating_sub(1);
        keys.drain(..previous);
    }
}

fn newest(keys: &[SigningKey]) -> Result<&SigningKey, StackError> {
    keys.last().ok_or_else(|| StackError::Unknown { what: "key", name: "newest".to_owned() })
}

fn issuer_url(address: SocketAddr) -> String {
    format!("http://{address}")
}

fn router(url: &str, keys: Keys) -> Router {
    let discovery = discovery(url);
    Router::new()
        .route("/.well-known/openid-configuration", get(move || async move { Json(discovery) }))
        .route("/openid/v1/jwks", get(published_keys))
        .with_state(keys)
}

/// The members that Kubernetes publishes.
fn discovery(url: &str) -> Value {
    json!({
        "issuer": url,
        "jwks_uri": format!("{url}/openid/v1/jwks"),
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    })
}

async fn published_keys(State(keys): State<Keys>) -> Json<JwkSet> {
    let keys = keys.read().unwrap_or_else(PoisonError::into_inner);
    Json(JwkSet { keys: keys.iter().map(SigningKey::public).collect() })
}

#[cfg(test)]
#[path = "issuer/tests.rs"]
mod tests;
