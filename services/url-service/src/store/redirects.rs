//! What the redirect path reads and the one thing that it may write.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::links::destination::Row;
use crate::links::slug::SlugKey;

/// Reads where `slug` leads; one row by a unique index. A deleted link is still there, withdrawn.
#[tracing::instrument(name = "db.link.find_destination", skip_all, fields(otel.kind = "client"))]
pub(crate) async fn find(connection: &mut PgConnection, slug: &SlugKey) -> Result<Option<Row>, sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT id, target, redirect_status, valid_from, expires_at,
                  max_visits IS NOT NULL AS "limited!",
                  COALESCE(visits >= max_visits, false) AS "exhausted!",
                  disabled OR deleted_at IS NOT NULL AS "withdrawn!"
           FROM links WHERE slug_key = $1"#,
        slug.as_str()
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Row {
        id: row.id,
        target: row.target,
        redirect_status: row.redirect_status,
        valid_from: row.valid_from.map(OffsetDateTime::unix_timestamp),
        expires_at: row.expires_at.map(OffsetDateTime::unix_timestamp),
        limited: row.limited,
        exhausted: row.exhausted,
        withdrawn: row.withdrawn,
    }))
}

/// Uses up one visit of a limited link; false when none was left. One statement, so that the limit holds
/// however many ask at once.
#[tracing::instrument(name = "db.link.use_visit", skip_all, fields(otel.kind = "client"))]
pub(crate) async fn use_visit(connection: &mut PgConnection, link: Uuid) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "UPDATE links SET visits = visits + 1
         WHERE id = $1 AND (max_visits IS NULL OR visits < max_visits) AND NOT disabled AND deleted_at IS NULL",
        link
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}
