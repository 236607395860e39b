//! The keys that issuers publish, fetched by discovery and kept for a short time.
//!
//! A kept set is used for at most [`LIFE`], so that a key that an issuer withdraws stops working within that time;
//! how long AWS keeps keys is not published. A key id that is not in the set makes the issuer be asked again, so that
//! a new key works at once, but only [`MOST_REFETCHES`] times a minute: whoever can send tokens must not be able to
//! make the gate flood an issuer.

mod document;
mod fetch;

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use jsonwebtoken::jwk::Jwk;
use time::{Duration, OffsetDateTime};

use super::Refusal;
use fetch::Client;

/// How long a set of keys is used.
pub(crate) const LIFE: Duration = Duration::minutes(1);
/// How many times a minute an unknown key id may make an issuer be asked again.
const MOST_REFETCHES: u32 = 10;

/// The sets of all issuers.
#[derive(Debug)]
pub(crate) struct IssuerKeys {
    client: Client,
    issuers: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Kept>>>>,
}

/// What is known of one issuer.
#[derive(Debug, Default)]
struct Kept {
    set: Option<Set>,
    /// When the present minute of refetches began, and how many there were.
    refetches: Option<(OffsetDateTime, u32)>,
}

#[derive(Debug)]
struct Set {
    keys: Vec<Jwk>,
    fetched_at: OffsetDateTime,
}

impl IssuerKeys {
    /// Keys of issuers on loopback, and of those whose host name `issuers_at` leads there.
    pub(crate) fn new(issuers_at: BTreeMap<String, SocketAddr>) -> Self {
        Self { client: Client::new(issuers_at), issuers: Mutex::default() }
    }

    /// The key that `issuer` publishes under `key_id`.
    pub(super) async fn find(&self, issuer: &str, key_id: &str, now: OffsetDateTime) -> Result<Jwk, Refusal> {
        // One at a time for each issuer: many tokens at once ask it once.
        let kept = self.kept(issuer);
        let mut kept = kept.lock().await;
        let fresh = kept.set.as_ref().filter(|set| now - set.fetched_at < LIFE);
        if let Some(set) = fresh {
            if set.keys.iter().any(|key| has_id(key, key_id)) {
                return set.find(key_id);
            }
            if !kept.may_refetch(now) {
                return Err(Refusal::Key("unknown"));
            }
        }
        // When this fails, a set that is still fresh stays: an unknown key id must not shut the known ones out.
        let keys = self.client.published_keys(issuer).await?;
        kept.set.insert(Set { keys, fetched_at: now }).find(key_id)
    }

    fn kept(&self, issuer: &str) -> Arc<tokio::sync::Mutex<Kept>> {
        let mut issuers = self.issuers.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(issuers.entry(issuer.to_owned()).or_default())
    }
}

impl Kept {
    fn may_refetch(&mut self, now: OffsetDateTime) -> bool {
        let (since, count) = self.refetches.filter(|(since, _)| now - *since < LIFE).unwrap_or((now, 0));
        if count >= MOST_REFETCHES {
            return false;
        }
        self.refetches = Some((since, count + 1));
        true
    }
}

impl Set {
    /// The one key with this id. Two would leave open which of them the token means.
    fn find(&self, key_id: &str) -> Result<Jwk, Refusal> {
        let mut matching = self.keys.iter().filter(|key| has_id(key, key_id));
        match (matching.next(), matching.next()) {
            (Some(key), None) => Ok(key.clone()),
            (None, _) => Err(Refusal::Key("unknown")),
            (Some(_), Some(_)) => Err(Refusal::Key("published twice")),
        }
    }
}

fn has_id(key: &Jwk, key_id: &str) -> bool {
    key.common.key_id.as_deref() == Some(key_id)
}

#[cfg(test)]
#[path = "keys/tests.rs"]
mod tests;
