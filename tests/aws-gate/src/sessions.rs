//! Sessions: the temporary credentials that the gate has handed out.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use secrecy::SecretString;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use time::{Duration, OffsetDateTime};

use crate::authorization::Caller;
use crate::random::Random;

/// How long a session that has expired is remembered, so that its bearer is told so and not "unknown".
const REMEMBERED: Duration = Duration::hours(1);

/// What the bearer of a session gets, once.
pub(crate) struct Credentials {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: SecretString,
    pub(crate) session_token: SecretString,
    pub(crate) expires_at: OffsetDateTime,
}

/// What the gate keeps of a session. The token itself is not kept: only who holds it can show it.
pub(crate) struct Session {
    pub(crate) caller: Caller,
    pub(crate) secret_access_key: SecretString,
    token_hash: [u8; 32],
    expires_at: OffsetDateTime,
    revoked: bool,
}

/// Why a session cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// No session has this access key.
    UnknownKey,
    /// The token is not that of the access key's session.
    ForeignToken,
    /// Its time is over.
    Expired,
    /// It was ended early.
    Revoked,
}

/// All sessions, by access key.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<HashMap<String, Arc<Session>>>);

impl Sessions {
    /// Opens a session for `caller`.
    pub(crate) fn open(
        &self,
        random: &Random,
        caller: Caller,
        now: OffsetDateTime,
        life: Duration,
    ) -> Credentials {
        let token = random.base64::<96>();
        let secret_access_key = SecretString::from(random.base64::<30>());
        let access_key_id = random.identifier("ASIA");
        let expires_at = now + life;
        let session = Session {
            caller,
            secret_access_key: secret_access_key.clone(),
            token_hash: hash(&token),
            expires_at,
            revoked: false,
        };
        let mut sessions = self.lock();
        sessions.retain(|_, session| now < session.expires_at + REMEMBERED);
        sessions.insert(access_key_id.clone(), Arc::new(session));
        Credentials { access_key_id, secret_access_key, session_token: token.into(), expires_at }
    }

    /// The session of an access key, for whoever shows its token while it lasts.
    pub(crate) fn find(
        &self,
        access_key_id: &str,
        token: Option<&str>,
        now: OffsetDateTime,
    ) -> Result<Arc<Session>, Unusable> {
        let session = self.lock().get(access_key_id).cloned().ok_or(Unusable::UnknownKey)?;
        let shown = hash(token.unwrap_or_default());
        if !bool::from(shown.ct_eq(&session.token_hash)) {
            return Err(Unusable::ForeignToken);
        }
        if session.revoked {
            return Err(Unusable::Revoked);
        }
        if now >= session.expires_at {
            return Err(Unusable::Expired);
        }
        Ok(session)
    }

    /// Ends every session of a role.
    pub(crate) fn revoke(&self, role_arn: &str) {
        let mut sessions = self.lock();
        for session in sessions.values_mut().filter(|session| session.caller.role_arn == role_arn) {
            *session = Arc::new(session.ended());
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Session>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    fn ended(&self) -> Self {
        Self {
            caller: self.caller.clone(),
            secret_access_key: self.secret_access_key.clone(),
            token_hash: self.token_hash,
            expires_at: self.expires_at,
            revoked: true,
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Session").field("arn", &self.caller.session_arn).finish_non_exhaustive()
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
#[path = "sessions/tests.rs"]
mod tests;
