//! Destinations by slug, for as long as they may be believed.
//!
//! An entry ends a fixed time after it was *read*, not after it was last used: a busy link must notice a
//! change too. A slug that leads nowhere is remembered for a shorter time, so that guessing does not reach
//! the database. One reader per slug asks the database; the others wait for its answer. The cache is bounded
//! in bytes.

use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use prometheus_client::metrics::counter::Counter;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use runtime::metrics::Metrics;

use crate::links::destination::Destination;
use crate::links::slug::SlugKey;
use crate::settings;

/// Bytes of an entry beside its destination: key, state and the cache's own tables, rounded up.
const ENTRY_BYTES: usize = 192;
/// Entries expected, for the size of the tables: 64 MiB of short targets.
const ENTRIES: usize = 100_000;

/// The cache of the redirect path.
#[derive(Debug)]
pub(crate) struct LinkCache {
    entries: Cache<SlugKey, Entry, ByBytes>,
    settings: settings::Cache,
    hits: Counter,
    misses: Counter,
    invalidations: Counter,
    flushes: Counter,
}

/// What the cache knows about a slug.
#[derive(Clone, Debug)]
pub(crate) enum Known {
    /// Where it leads.
    LeadsTo(Arc<Destination>),
    /// That there is no such link.
    LeadsNowhere,
    /// Nothing: the database has to be asked.
    Nothing,
}

#[derive(Clone, Debug)]
struct Entry {
    destination: Option<Arc<Destination>>,
    read_at: Instant,
}

#[derive(Clone, Debug)]
struct ByBytes;

impl Weighter<SlugKey, Entry> for ByBytes {
    fn weight(&self, _: &SlugKey, entry: &Entry) -> u64 {
        let bytes = ENTRY_BYTES + entry.destination.as_ref().map_or(0, |destination| destination.weight());
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }
}

impl LinkCache {
    /// An empty cache.
    pub(crate) fn new(settings: settings::Cache, metrics: &Metrics) -> Self {
        let counter = |name, help| metrics.register(name, help, Counter::default());
        Self {
            entries: Cache::with_weighter(ENTRIES, settings.bytes, ByBytes),
            settings,
            hits: counter("link_cache_hits", "Redirects whose destination was in the cache"),
            misses: counter("link_cache_misses", "Redirects whose destination was read from the database"),
            invalidations: counter(
                "link_cache_invalidations",
                "Destinations dropped because their link changed",
            ),
            flushes: counter(
                "link_cache_flushes",
                "Times that everything was dropped because changes may have gone unnoticed",
            ),
        }
    }

    /// What the cache knows about `slug` at `now`.
    pub(crate) fn known(&self, slug: &SlugKey, now: Instant) -> Known {
        let Some(entry) = self.entries.get(slug) else { return Known::Nothing };
        if !self.is_fresh(&entry, now) {
            self.entries.remove_if(slug, |entry| !self.is_fresh(entry, now));
            return Known::Nothing;
        }
        self.hits.inc();
        entry.destination.map_or(Known::LeadsNowhere, Known::LeadsTo)
    }

    /// The destination of `slug`, about which nothing is [`LinkCache::known`] at `now`, from `read`; or from another
    /// reader, if there is one that asks already.
    ///
    /// # Errors
    /// Those of `read`; nothing is remembered then.
    pub(crate) async fn find<E>(
        &self,
        slug: &SlugKey,
        now: Instant,
        read: impl Future<Output = Result<Option<Destination>, E>>,
    ) -> Result<Option<Arc<Destination>>, E> {
        match self.entries.get_value_or_guard_async(slug).await {
            Ok(entry) => {
                self.hits.inc();
                Ok(entry.destination)
            }
            Err(place) => {
                self.misses.inc();
                let destination = read.await?.map(Arc::new);
                // Refused when the link changed while it was being read: then the next reader reads again.
                drop(place.insert(Entry { destination: destination.clone(), read_at: now }));
                Ok(destination)
            }
        }
    }

    /// Forgets `slug`, whose link has changed.
    pub(crate) fn forget(&self, slug: &SlugKey) {
        self.invalidations.inc();
        self.entries.remove(slug);
    }

    /// Forgets everything, because changes may have gone unnoticed.
    pub(crate) fn clear(&self) {
        self.flushes.inc();
        self.entries.clear();
    }

    fn is_fresh(&self, entry: &Entry, now: Instant) -> bool {
        let life = if entry.destination.is_some() { self.settings.ttl } else { self.settings.negative_ttl };
        now.saturating_duration_since(entry.read_at) < life
    }
}

#[cfg(test)]
mod tests;
