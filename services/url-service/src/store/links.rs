//! Links as their owners manage them.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::links::link::{Link, Values};
use crate::links::slug::Slug;

/// A row as the statements below return it.
struct Row {
    id: Uuid,
    slug: String,
    target: String,
    title: Option<String>,
    tags: Vec<String>,
    redirect_status: i16,
    valid_from: Option<OffsetDateTime>,
    expires_at: Option<OffsetDateTime>,
    max_visits: Option<i64>,
    disabled: bool,
    visits: i64,
    version: i64,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

impl From<Row> for Link {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            slug: row.slug,
            values: Values {
                target: row.target,
                title: row.title,
                tags: row.tags,
                redirect_status: row.redirect_status,
                valid_from: row.valid_from,
                expires_at: row.expires_at,
                max_visits: row.max_visits,
                disabled: row.disabled,
            },
            visits: row.visits,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Adds a link; `None` when the slug is taken, by a tombstone too. The unique index decides, never a look
/// beforehand.
#[tracing::instrument(name = "db.link.insert", skip_all, fields(otel.kind = "client"))]
pub(crate) async fn insert(
    connection: &mut PgConnection,
    account: Uuid,
    id: Uuid,
    slug: &Slug,
    values: &Values,
    now: OffsetDateTime,
) -> Result<Option<Link>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        "INSERT INTO links (id, account_id, slug, target, title, tags, redirect_status, valid_from, expires_at,
                            max_visits, disabled, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)
         ON CONFLICT ON CONSTRAINT links_slug_key DO NOTHING
         RETURNING id, slug, target, title, tags, redirect_status, valid_from, expires_at, max_visits, disabled,
                   visits, version, created_at, updated_at",
        id,
        account,
        slug.as_str(),
        values.target,
        values.title,
        &values.tags,
        values.redirect_status,
        values.valid_from,
        values.expires_at,
        values.max_visits,
        values.disabled,
        now
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(Link::from))
}

/// Reads a link of `account`.
#[tracing::instrument(name = "db.link.find", skip_all, fields(otel.kind = "client"))]
pub(crate) async fn find(
    connection: &mut PgConnection,
    account: Uuid,
    id: Uuid,
) -> Result<Option<Link>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        "SELECT id, slug, target, title, tags, redirect_status, valid_from, expires_at, max_visits, disabled,
                visits, version, created_at, updated_at
         FROM links WHERE id = $1 AND account_id = $2 AND deleted_at IS NULL",
        id,
        account
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(Link::from))
}

/// Which links to list.
#[derive(Debug)]
pub(crate) struct Filter {
    /// Only links that are older than this one.
    pub(crate) before: Option<Uuid>,
    /// Only links with this tag.
    pub(crate) tag: Option<String>,
    /// Only links with this text in slug, title or target.
    pub(crate) search: Option<String>,
    /// At most so many.
    pub(crate) limit: i64,
}

/// Lists links of `account`, newest first.
#[tracing::instrument(name = "db.link.list", skip_all, fields(otel.kind = "client"))]
pub(crate) async fn list(
    connection: &mut PgConnection,
    account: Uuid,
    filter: &Filter,
) -> Result<Vec<Link>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT id, slug, target, title, tags, redirect_status, valid_from, expires_at, max_visits, disabled,
                visits, version, created_at, updated_at
         FROM links
         WHERE account_id = $1 AND deleted_at IS NULL
           AND ($2::uuid IS NULL OR id < $2)
           AND ($3::text IS NULL OR $3 = ANY (tags))
           AND ($4::text IS NULL OR strpos(lower(concat_ws(' ', slug, title, target)), lower($4)) > 0)
         ORDER BY id DESC LIMIT $5",
        account,
        filter.before,
        filter.tag,
        filter.search,
        filter.limit
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(Link::from).collect())
}

/// Replaces the values of a link if it still has `version`; `None` when it has not.
#[tracing::instrument(name = "db.link.update", skip_all, fields(otel.kind = "client"))]
pub(crate) async fn update(
    connection: &mut PgConnection,
    account: Uuid,
    id: Uuid,
    version: i64,
    values: &Values,
    now: OffsetDateTime,
) -> Result<Option<Link>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        "UPDATE links SET target = $4, title = $5, tags = $6, redirect_status = $7, valid_from = $8,
                expires_at = $9, max_visits = $10, disabled = $11, updated_at = $12, version = version + 1
         WHERE id = $1 AND account_id = $2 AND version = $3 AND deleted_at IS NULL
           AND ($10::bigint IS NULL OR visits <= $10)
         RETURNING id, slug, target, title, tags, redirect_status, valid_from, expires_at, max_visits, disabled,
                   visits, version, created_at, updated_at",
        id,
        account,
        version,
        values.target,
        values.title,
        &values.tags,
        values.redirect_status,
        values.valid_from,
        values.expires_at,
        values.max_visits,
        values.disabled,
        now
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(Link::from))
}

/// Makes a link a tombstone; false when there is none.
#[tracing::instrument(name = "db.link.delete", skip_all, fields(otel.kind = "client"))]
pub(crate) async fn delete(
    connection: &mut PgConnection,
    account: Uuid,
    id: Uuid,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "UPDATE links SET deleted_at = $3 WHERE id = $1 AND account_id = $2 AND deleted_at IS NULL",
        id,
        account,
        now
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}
