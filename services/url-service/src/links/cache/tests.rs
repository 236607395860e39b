use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use uuid::Uuid;

use super::*;
use crate::links::destination::Row;
use crate::links::target::Blocklist;

const TTL: Duration = Duration::from_mins(1);
const NEGATIVE_TTL: Duration = Duration::from_secs(5);

fn cache() -> LinkCache {
    LinkCache::new(
        settings::Cache { bytes: 1 << 20, ttl: TTL, negative_ttl: NEGATIVE_TTL },
        &Metrics::default(),
    )
}

fn slug(text: &str) -> SlugKey {
    SlugKey::parse(text).unwrap()
}

fn destination(target: &str) -> Option<Destination> {
    let row = Row {
        id: Uuid::nil(),
        target: target.to_owned(),
        redirect_status: 302,
        valid_from: None,
        expires_at: None,
        limited: false,
        exhausted: false,
        withdrawn: false,
    };
    Destination::prepare(row, &Blocklist::default())
}

/// Looks `slug` up; a read gives `target`.
async fn find(cache: &LinkCache, now: Instant, target: Option<&str>) -> Option<String> {
    let found = match cache.known(&slug("abc"), now) {
        Known::LeadsTo(destination) => Some(destination),
        Known::LeadsNowhere => None,
        Known::Nothing => {
            let read = async { Ok::<_, Infallible>(target.and_then(destination)) };
            let Ok(found) = cache.find(&slug("abc"), now, read).await;
            found
        }
    };
    found.map(|destination| destination.location.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn an_entry_ends_after_its_time_however_often_it_is_used() {
    let (cache, start) = (cache(), Instant::now());
    assert_eq!(
        find(&cache, start, Some("https://old.example.com/")).await.unwrap(),
        "https://old.example.com/"
    );
    for second in 1..60 {
        let now = start + Duration::from_secs(second);
        assert_eq!(
            find(&cache, now, Some("https://new.example.com/")).await.unwrap(),
            "https://old.example.com/"
        );
    }
    assert_eq!(
        find(&cache, start + TTL, Some("https://new.example.com/")).await.unwrap(),
        "https://new.example.com/"
    );
}

#[tokio::test]
async fn an_unknown_slug_is_remembered_for_a_shorter_time() {
    let (cache, start) = (cache(), Instant::now());
    assert_eq!(find(&cache, start, None).await, None);
    let later = start + NEGATIVE_TTL;
    assert_eq!(
        find(&cache, later.checked_sub(Duration::from_millis(1)).unwrap(), Some("https://example.com/"))
            .await,
        None
    );
    assert!(find(&cache, later, Some("https://example.com/")).await.is_some());
}

#[tokio::test]
async fn many_readers_of_one_slug_ask_the_database_once() {
    let (cache, now) = (Arc::new(cache()), Instant::now());
    let reads = Arc::new(AtomicUsize::new(0));
    let readers = (0..50).map(|_| {
        let (cache, reads) = (Arc::clone(&cache), Arc::clone(&reads));
        tokio::spawn(async move {
            let read = async {
                reads.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                Ok::<_, Infallible>(destination("https://example.com/"))
            };
            cache.find(&slug("abc"), now, read).await.unwrap().is_some()
        })
    });
    for reader in readers.collect::<Vec<_>>() {
        assert!(reader.await.unwrap());
    }
    assert_eq!(reads.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_change_during_a_read_is_not_lost() {
    let (cache, now) = (cache(), Instant::now());
    let read = async {
        // The link changes after the row was read and before it is remembered.
        cache.forget(&slug("abc"));
        Ok::<_, Infallible>(destination("https://old.example.com/"))
    };
    cache.find(&slug("abc"), now, read).await.unwrap();
    assert_eq!(
        find(&cache, now, Some("https://new.example.com/")).await.unwrap(),
        "https://new.example.com/"
    );
}

#[tokio::test]
async fn a_flush_during_a_read_is_not_lost() {
    let (cache, now) = (cache(), Instant::now());
    let read = async {
        cache.clear();
        Ok::<_, Infallible>(destination("https://old.example.com/"))
    };
    cache.find(&slug("abc"), now, read).await.unwrap();
    assert_eq!(
        find(&cache, now, Some("https://new.example.com/")).await.unwrap(),
        "https://new.example.com/"
    );
}

#[tokio::test]
async fn a_failed_read_is_not_remembered() {
    let (cache, now) = (cache(), Instant::now());
    assert!(cache.find(&slug("abc"), now, async { Err::<Option<Destination>, _>("away") }).await.is_err());
    assert!(find(&cache, now, Some("https://example.com/")).await.is_some());
}

#[tokio::test]
async fn the_cache_is_bounded_in_bytes() {
    let (cache, now) = (cache(), Instant::now());
    for number in 0..20_000 {
        let read = async { Ok::<_, Infallible>(destination("https://example.com/")) };
        cache.find(&slug(&format!("slug{number}")), now, read).await.unwrap();
    }
    assert!(cache.entries.weight() <= 1 << 20, "{}", cache.entries.weight());
}
