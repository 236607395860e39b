//! Reading the statistics of a link.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// Which clicks: those of `link` from `from` (included) to `to` (excluded).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Range {
    pub(crate) link: Uuid,
    pub(crate) from: OffsetDateTime,
    pub(crate) to: OffsetDateTime,
}

/// The clicks of one interval.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interval {
    pub(crate) start: OffsetDateTime,
    pub(crate) clicks: i64,
    pub(crate) bots: i64,
    pub(crate) unique_visitors: i64,
}

/// The clicks that share a value.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) value: String,
    pub(crate) clicks: i64,
}

/// The clicks per interval; `unit` is `hour` or `day`. Intervals without a click are left out.
#[tracing::instrument(name = "db.statistics.series", skip_all, fields(otel.kind = "client"))]
pub(crate) async fn series(
    connection: &mut PgConnection,
    range: Range,
    unit: &str,
) -> Result<Vec<Interval>, sqlx::Error> {
    sqlx::query_as!(
        Interval,
        r#"SELECT date_trunc($4, start, 'UTC') AS "start!",
                  sum(clicks)::bigint AS "clicks!", sum(bots)::bigint AS "bots!",
                  sum(unique_visitors)::bigint AS "unique_visitors!"
           FROM link_hours WHERE link_id = $1 AND start >= $2 AND start < $3
           GROUP BY 1 ORDER BY 1"#,
        range.link,
        range.from,
        range.to,
        unit
    )
    .fetch_all(connection)
    .await
}

/// The clicks per value of `dimension`, most first; at most `limit`.
#[tracing::instrument(name = "db.statistics.groups", skip_all, fields(otel.kind = "client"))]
pub(crate) async fn groups(
    connection: &mut PgConnection,
    range: Range,
    dimension: &str,
    limit: i64,
) -> Result<Vec<Group>, sqlx::Error> {
    sqlx::query_as!(
        Group,
        r#"SELECT value, sum(clicks)::bigint AS "clicks!"
           FROM link_dimensions WHERE link_id = $1 AND dimension = $4 AND start >= $2 AND start < $3
           GROUP BY value ORDER BY 2 DESC, 1 LIMIT $5"#,
        range.link,
        range.from,
        range.to,
        dimension,
        limit
    )
    .fetch_all(connection)
    .await
}
