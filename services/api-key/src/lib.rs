//! API keys: what a client presents, what the database keeps.
//!
//! A key is `zte_<id>_<secret>`: a prefix that secret scanners can find, the identifier of its row, and 256
//! random bits. The database keeps only the SHA-256 of the secret. A slow hash would add nothing: it protects
//! secrets that can be guessed, and this one cannot.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::CryptoRng;
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

/// What every key begins with.
pub const PREFIX: &str = "zte_";
/// Random bytes in a secret.
const SECRET_BYTES: usize = 32;

/// A key as a client presents it.
#[derive(Debug)]
pub struct ApiKey {
    id: Uuid,
    secret: SecretBox<[u8; SECRET_BYTES]>,
}

/// The text is not a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not an API key")]
pub struct NotAKey;

impl ApiKey {
    /// Makes a new key.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut id = [0; 16];
        rng.fill_bytes(&mut id);
        let mut secret = SecretBox::new(Box::new([0; SECRET_BYTES]));
        rng.fill_bytes(secrecy::ExposeSecretMut::expose_secret_mut(&mut secret).as_mut_slice());
        Self { id: uuid::Builder::from_random_bytes(id).into_uuid(), secret }
    }

    /// Reads what a client sent.
    ///
    /// # Errors
    /// [`NotAKey`] for anything that [`ApiKey::to_text`] does not write.
    pub fn parse(text: &str) -> Result<Self, NotAKey> {
        // The secret's alphabet contains the separator, so it is split off last.
        let (id, secret) = text.strip_prefix(PREFIX).and_then(|rest| rest.split_once('_')).ok_or(NotAKey)?;
        if id.len() != uuid::fmt::Simple::LENGTH {
            return Err(NotAKey);
        }
        let bytes = URL_SAFE_NO_PAD.decode(secret).map_err(|_| NotAKey)?;
        Ok(Self {
            id: Uuid::try_parse(id).map_err(|_| NotAKey)?,
            secret: SecretBox::new(Box::new(bytes.try_into().map_err(|_| NotAKey)?)),
        })
    }

    /// The identifier of the key's row.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// What the database keeps.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.secret.expose_secret()).into()
    }

    /// Whether `hash` is this key's, in a time that does not depend on where they differ.
    #[must_use]
    pub fn matches(&self, hash: &[u8]) -> bool {
        self.hash().ct_eq(hash).into()
    }

    /// What the client is shown, once.
    #[must_use]
    pub fn to_text(&self) -> SecretString {
        let secret = URL_SAFE_NO_PAD.encode(self.secret.expose_secret());
        SecretString::from(format!("{PREFIX}{}_{secret}", self.id.simple()))
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;

    fn key(seed: u64) -> ApiKey {
        ApiKey::generate(&mut StdRng::seed_from_u64(seed))
    }

    #[test]
    fn a_key_is_read_back_and_matches_only_its_own_hash() {
        let text = key(1).to_text();
        let read = ApiKey::parse(text.expose_secret()).unwrap();
        assert_eq!(read.id(), key(1).id());
        assert!(read.matches(&key(1).hash()));
        assert!(!read.matches(&key(2).hash()));
        assert!(!read.matches(&[]));
    }

    #[test]
    fn anything_else_is_not_a_key() {
        let text = key(1).to_text();
        let good = text.expose_secret();
        for bad in [
            "",
            "zte_",
            &good[4..],
            &good.to_uppercase(),
            &good[..good.len() - 1],
            &format!("{good}A"),
            &format!(" {good}"),
            &good.replacen('_', "-", 2),
        ] {
            assert_eq!(ApiKey::parse(bad).err(), Some(NotAKey), "{bad}");
        }
    }

    #[test]
    fn a_key_does_not_show_its_secret_when_debugged() {
        let key = key(3);
        let text = key.to_text();
        let secret = text.expose_secret().splitn(3, '_').nth(2).unwrap().to_owned();
        assert!(!format!("{key:?} {text:?}").contains(&secret));
    }
}
