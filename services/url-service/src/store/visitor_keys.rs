//! The keys of the visitor hash.

use sqlx::PgConnection;
use time::Date;

/// The key of `day`; `fresh` becomes it when there is none yet. Replicas that ask at once get the same one.
#[tracing::instrument(name = "db.visitor_key.find_or_insert", skip_all, fields(otel.kind = "client"))]
pub(crate) async fn find_or_insert(
    connection: &mut PgConnection,
    day: Date,
    fresh: [u8; 16],
) -> Result<Vec<u8>, sqlx::Error> {
    sqlx::query!("INSERT INTO visitor_keys (day, key) VALUES ($1, $2) ON CONFLICT DO NOTHING", day, &fresh)
        .execute(&mut *connection)
        .await?;
    sqlx::query_scalar!("SELECT key FROM visitor_keys WHERE day = $1", day).fetch_one(connection).await
}
