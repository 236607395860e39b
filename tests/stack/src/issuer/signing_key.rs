//! One RSA key of the issuer.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, EncodingKey, Header, crypto, encode};
use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use serde::Serialize;

use crate::StackError;
use crate::clock::random_text;

/// An RSA key of 2048 bits that signs with RS256, as Kubernetes' default does.
pub(super) struct SigningKey {
    id: String,
    private: EncodingKey,
    public: Jwk,
}

impl SigningKey {
    pub(super) fn generate() -> Result<Self, StackError> {
        let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?;
        let private = EncodingKey::from_rsa_pem(pair.serialize_pem().as_bytes())?;
        let id = random_text(24);
        let mut public = Jwk::from_encoding_key(&private, Algorithm::RS256)?;
        public.common.key_id = Some(id.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        public.common.key_algorithm = Some(KeyAlgorithm::RS256);
        Ok(Self { id, private, public })
    }

    pub(super) fn sign(&self, claims: &impl Serialize) -> Result<String, StackError> {
        let mut header = Header::new(Algorithm::RS256);
        // Kubernetes sends no `typ`.
        header.typ = None;
        header.kid = Some(self.id.clone());
        Ok(encode(&header, claims, &self.private)?)
    }

    /// Signs a header and a payload as they are.
    pub(super) fn sign_text(&self, header: &str, payload: &str) -> Result<String, StackError> {
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let signature = crypto::sign(message.as_bytes(), &self.private, Algorithm::RS256)?;
        Ok(format!("{message}.{signature}"))
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn public(&self) -> Jwk {
        self.public.clone()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SigningKey").field("id", &self.id).finish_non_exhaustive()
    }
}
