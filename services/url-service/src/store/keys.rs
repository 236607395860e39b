//! API keys.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// A key that may be used, if the caller knows its secret.
#[derive(Debug)]
pub(crate) struct StoredKey {
    pub(crate) account: Uuid,
    pub(crate) hash: Vec<u8>,
    pub(crate) scopes: Vec<String>,
}

/// Reads a key that is neither revoked nor expired at `now`.
#[tracing::instrument(name = "db.api_key.find", skip_all, fields(otel.kind = "client"))]
pub(crate) async fn find(
    connection: &mut PgConnection,
    id: Uuid,
    now: OffsetDateTime,
) -> Result<Option<StoredKey>, sqlx::Error> {
    sqlx::query_as!(
        StoredKey,
        "SELECT account_id AS account, hash, scopes FROM api_keys
         WHERE id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)",
        id,
        now
    )
    .fetch_optional(connection)
    .await
}

/// Notes that a key was used, to the minute: a busy key must not be a hot row.
#[tracing::instrument(name = "db.api_key.touch", skip_all, fields(otel.kind = "client"))]
pub(crate) async fn touch(
    connection: &mut PgConnection,
    id: Uuid,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE api_keys SET last_used_at = $2
         WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2::timestamptz - interval '1 minute')",
        id,
        now
    )
    .execute(connection)
    .await
    .map(drop)
}
