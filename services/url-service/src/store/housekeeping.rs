//! Deleting what has served its purpose.

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

/// SQS keeps a message for 14 days at most. One that is moved back from the dead-letter queue begins anew:
/// `docs/runbooks/dead-letter-queue.md` says until when that is safe.
const BATCHES: Duration = Duration::days(15);
/// Without its key, a visitor's number cannot be computed again, not even by us.
const VISITOR_KEYS: Duration = Duration::days(2);

/// Rows that were deleted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Deleted {
    pub(crate) batches: u64,
    pub(crate) visitors: u64,
    pub(crate) visitor_keys: u64,
}

/// Deletes what is too old at `now`.
pub(crate) async fn delete_old(
    connection: &mut PgConnection,
    now: OffsetDateTime,
) -> Result<Deleted, sqlx::Error> {
    let batches = sqlx::query!("DELETE FROM processed_batches WHERE processed_at < $1", now - BATCHES)
        .execute(&mut *connection)
        .await?;
    let visitors = sqlx::query!("DELETE FROM link_visitors WHERE day < $1", (now - BATCHES).date())
        .execute(&mut *connection)
        .await?;
    let keys = sqlx::query!("DELETE FROM visitor_keys WHERE day < $1", (now - VISITOR_KEYS).date())
        .execute(connection)
        .await?;
    Ok(Deleted {
        batches: batches.rows_affected(),
        visitors: visitors.rows_affected(),
        visitor_keys: keys.rows_affected(),
    })
}
