//! Telling visitors of one link on one day apart, without knowing who they are.
//!
//! The number is a keyed hash (SipHash-2-4) of the client's address, its user agent and the link, under a key
//! that lives for one day (UTC) and is deleted after two. Neither two links nor two days can be joined by it,
//! and once the key is gone nobody can compute it again. The address itself goes no further than this.

use std::hash::Hasher as _;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use database::Database;
use runtime::Clock;
use runtime::lifecycle::{BoxError, Chain};
use siphasher::sip::SipHasher24;
use time::{Date, OffsetDateTime};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::random::Random;
use crate::store;

/// How often it is looked whether the keys of today and tomorrow are there.
const REFRESH: Duration = Duration::from_mins(10);
const DAY: i64 = 86_400;

/// A key and the day for which it counts, as days since the Unix epoch.
type DayKey = (i64, [u8; 16]);

/// Makes visitor numbers. Cheap to clone; all clones share the keys.
#[derive(Clone)]
pub(crate) struct VisitorHasher {
    /// Today's and tomorrow's keys, at any time around midnight.
    keys: Arc<RwLock<[DayKey; 2]>>,
}

impl VisitorHasher {
    /// Begins with keys of its own, which only this process knows: good enough until the shared ones are
    /// read, and while the database is away at midnight.
    pub(crate) fn new(random: &Random, now: i64) -> Self {
        let today = now.div_euclid(DAY);
        let keys = [today, today + 1].map(|day| (day, random_key(random)));
        Self { keys: Arc::new(RwLock::new(keys)) }
    }

    /// The visitor's number. `now` is in seconds since the Unix epoch.
    pub(crate) fn hash(&self, address: IpAddr, user_agent: &str, link: Uuid, now: i64) -> u64 {
        let mut hasher = SipHasher24::new_with_key(&self.key(now.div_euclid(DAY)));
        match address {
            IpAddr::V4(address) => hasher.write(&address.to_ipv6_mapped().octets()),
            IpAddr::V6(address) => hasher.write(&address.octets()),
        }
        hasher.write(link.as_bytes());
        hasher.write(user_agent.as_bytes());
        hasher.finish()
    }

    fn key(&self, day: i64) -> [u8; 16] {
        let [today, tomorrow] = *self.keys.read().unwrap_or_else(PoisonError::into_inner);
        if day == today.0 { today.1 } else { tomorrow.1 }
    }

    fn set(&self, keys: [DayKey; 2]) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    /// Keeps the shared keys of today and tomorrow at hand, until `stop`.
    ///
    /// # Errors
    /// Never; the type is that of a task.
    pub(crate) async fn follow(
        self,
        database: Database,
        random: Random,
        clock: Arc<dyn Clock>,
        stop: CancellationToken,
    ) -> Result<(), BoxError> {
        loop {
            if let Err(error) = self.read_keys(&database, &random, clock.unix_seconds()).await {
                tracing::warn!(error = %Chain(error.as_ref()), "cannot read the visitor keys");
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(REFRESH) => {}
            }
        }
    }

    /// Reads the shared keys of the day of `now` and of the day after.
    pub(crate) async fn read_keys(
        &self,
        database: &Database,
        random: &Random,
        now: i64,
    ) -> Result<(), BoxError> {
        let today = now.div_euclid(DAY);
        let mut connection = database.acquire().await?;
        let mut keys = [(today, [0; 16]), (today + 1, [0; 16])];
        for (day, key) in &mut keys {
            let date = date(*day)?;
            let fresh = random_key(random);
            let stored = store::visitor_keys::find_or_insert(&mut connection, date, fresh).await?;
            *key = stored.try_into().map_err(|_| "a visitor key has a wrong length")?;
        }
        self.set(keys);
        Ok(())
    }
}

fn date(day: i64) -> Result<Date, time::error::ComponentRange> {
    OffsetDateTime::from_unix_timestamp(day.saturating_mul(DAY)).map(OffsetDateTime::date)
}

fn random_key(random: &Random) -> [u8; 16] {
    use rand::Rng as _;
    let mut key = [0; 16];
    random.with(|rng| rng.fill_bytes(&mut key));
    key
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    const ALICE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    const LINK: Uuid = Uuid::from_u128(7);

    fn hasher() -> VisitorHasher {
        VisitorHasher { keys: Arc::new(RwLock::new([(0, [1; 16]), (1, [2; 16])])) }
    }

    #[test]
    fn a_visitor_is_the_same_on_one_link_on_one_day_only() {
        let number = |link, now| hasher().hash(ALICE, "agent", link, now);
        assert_eq!(number(LINK, 0), number(LINK, DAY - 1));
        assert_ne!(number(LINK, 0), number(LINK, DAY));
        assert_ne!(number(LINK, 0), number(Uuid::from_u128(8), 0));
    }

    #[test]
    fn address_user_agent_and_key_tell_visitors_apart() {
        let base = hasher().hash(ALICE, "agent", LINK, 0);
        assert_ne!(base, hasher().hash(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2)), "agent", LINK, 0));
        assert_ne!(base, hasher().hash(ALICE, "other agent", LINK, 0));
        let rekeyed = hasher();
        rekeyed.set([(0, [9; 16]), (1, [2; 16])]);
        assert_ne!(base, rekeyed.hash(ALICE, "agent", LINK, 0));
    }

    #[test]
    fn an_address_is_the_same_in_both_spellings() {
        let mapped = IpAddr::V6(Ipv4Addr::new(192, 0, 2, 1).to_ipv6_mapped());
        assert_eq!(hasher().hash(ALICE, "", LINK, 0), hasher().hash(mapped, "", LINK, 0));
        assert_ne!(hasher().hash(ALICE, "", LINK, 0), hasher().hash(Ipv6Addr::LOCALHOST.into(), "", LINK, 0));
    }
}
