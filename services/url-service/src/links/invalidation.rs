//! Changes to links, heard from PostgreSQL, so that every replica drops what it remembers.
//!
//! The notification is sent by the writing transaction itself (a trigger on `links`). When the connection was
//! lost, notifications may have been too: then the whole cache is dropped as soon as there is a new one.
//! Until then the entries' own time limit bounds how stale they get.

use std::sync::Arc;
use std::time::Duration;

use database::Database;
use runtime::health::Check;
use runtime::lifecycle::{BoxError, Chain};
use sqlx::postgres::PgListener;
use tokio_util::sync::CancellationToken;

use crate::links::cache::LinkCache;
use crate::links::slug::SlugKey;

/// The channel of the trigger `link_changed`.
const CHANNEL: &str = "link_changed";
/// The wait before listening is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// Listens until `stop`.
///
/// # Errors
/// Never; the type is that of a task.
pub(crate) async fn follow(
    database: Database,
    cache: Arc<LinkCache>,
    check: Check,
    stop: CancellationToken,
) -> Result<(), BoxError> {
    while !stop.is_cancelled() {
        let ended = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            ended = listen(&database, &cache, &check) => ended,
        };
        if let Err(error) = ended {
            check.down("changes to links are noticed late");
            tracing::warn!(error = %Chain(error.as_ref()), "cannot listen for changes to links");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(RETRY) => {}
        }
    }
    Ok(())
}

async fn listen(database: &Database, cache: &LinkCache, check: &Check) -> Result<(), BoxError> {
    // Goes first because it follows a rotation of the credentials, which the listener's connection does not.
    drop(database.acquire().await?);
    let mut listener = PgListener::connect_with(database.pool()).await?;
    listener.listen(CHANNEL).await?;
    cache.clear();
    check.up();
    loop {
        match listener.try_recv().await? {
            Some(change) => {
                if let Some(slug) = SlugKey::parse(change.payload()) {
                    cache.forget(&slug);
                }
            }
            // The connection was lost and is there again.
            None => cache.clear(),
        }
    }
}
