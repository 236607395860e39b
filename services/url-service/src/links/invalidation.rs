//! Changes to links, heard from PostgreSQL, so that every replica drops what it remembers.
//!
//! The notification is sent by the writing transaction itself (a trigger on `links`). When the connection was
//! lost, notifications may have been too: then the whole cache is dropped as soon as there is a new one.
//! Until then the entries' own time limit bounds how stale they get.
//!
//! A rotation of the credentials is no such loss. Before the old user is revoked, listening moves to a
//! connection of the new one, and both listen for a moment.

use std::sync::Arc;
use std::time::Duration;

use database::Database;
use runtime::health::Check;
use runtime::lifecycle::{BoxError, Chain};
use sqlx::postgres::{PgListener, PgNotification};
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
    let mut rotations = database.rotations();
    let mut listener = database.listener(CHANNEL).await?;
    cache.clear();
    check.up();
    loop {
        tokio::select! {
            change = listener.try_recv() => forget(cache, &change?.ok_or(ConnectionLost)?),
            rotation = rotations.changed() => {
                rotation?;
                listener = hand_over(listener, database, cache).await?;
                tracing::info!("listening for changes to links with the new credentials");
            }
        }
    }
}

/// Listens with the new credentials and ends the old connection, without missing a change in between.
async fn hand_over(
    mut old: PgListener,
    database: &Database,
    cache: &LinkCache,
) -> Result<PgListener, BoxError> {
    let new = database.listener(CHANNEL).await?;
    // What was committed before `new` listened reaches `old` ahead of this answer.
    sqlx::raw_sql("SELECT 1").execute(&mut old).await?;
    while let Some(change) = old.next_buffered() {
        forget(cache, &change);
    }
    Ok(new)
}

fn forget(cache: &LinkCache, change: &PgNotification) {
    if let Some(slug) = SlugKey::parse(change.payload()) {
        cache.forget(&slug);
    }
}

/// The server ended the connection.
#[derive(Debug, thiserror::Error)]
#[error("the connection that listens was lost")]
struct ConnectionLost;
