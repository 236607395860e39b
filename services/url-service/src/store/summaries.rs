//! Recording a batch of clicks, once.

use click_contract::summary::{DimensionCount, Hour, Summary, Visitor};
use sqlx::{PgConnection, Postgres, Transaction};
use time::OffsetDateTime;
use uuid::Uuid;

/// Adds `summary` to the statistics, unless its batch was recorded before: then false. Clicks of links that
/// do not exist count for nothing.
///
/// Everything is one transaction, begun by the caller: a batch is either counted whole or not at all.
#[tracing::instrument(name = "db.summary.record", skip_all, fields(otel.kind = "client"))]
pub(crate) async fn record(
    transaction: &mut Transaction<'_, Postgres>,
    summary: &Summary,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let new = sqlx::query!(
        "INSERT INTO processed_batches (id, processed_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        summary.batch_id,
        now
    )
    .execute(&mut **transaction)
    .await?
    .rows_affected();
    if new == 0 {
        return Ok(false);
    }
    add_hours(transaction, &summary.hours).await?;
    add_visitors(transaction, &summary.visitors).await?;
    add_dimensions(transaction, &summary.dimensions).await?;
    Ok(true)
}

/// Rows are sorted, so that two transactions lock them in the same order and neither waits for the other.
async fn add_hours(connection: &mut PgConnection, rows: &[Hour]) -> Result<(), sqlx::Error> {
    let links: Vec<Uuid> = rows.iter().map(|row| row.link_id).collect();
    let starts: Vec<i64> = rows.iter().map(|row| row.start).collect();
    let clicks: Vec<i64> = rows.iter().map(|row| row.clicks.into()).collect();
    let bots: Vec<i64> = rows.iter().map(|row| row.bots.into()).collect();
    sqlx::query!(
        "INSERT INTO link_hours (link_id, start, clicks, bots)
         SELECT link_id, to_timestamp(start), sum(clicks), sum(bots)
         FROM UNNEST($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[]) AS row (link_id, start, clicks, bots)
         JOIN links ON links.id = link_id
         GROUP BY link_id, start ORDER BY link_id, start
         ON CONFLICT (link_id, start) DO UPDATE
         SET clicks = link_hours.clicks + EXCLUDED.clicks, bots = link_hours.bots + EXCLUDED.bots",
        &links,
        &starts,
        &clicks,
        &bots
    )
    .execute(connection)
    .await
    .map(drop)
}

/// A visitor counts in the first hour of the day in which they were seen, and in no other.
async fn add_visitors(connection: &mut PgConnection, rows: &[Visitor]) -> Result<(), sqlx::Error> {
    let links: Vec<Uuid> = rows.iter().map(|row| row.link_id).collect();
    let starts: Vec<i64> = rows.iter().map(|row| row.start).collect();
    let visitors: Vec<i64> = rows.iter().map(|row| row.visitor.cast_signed()).collect();
    sqlx::query!(
        "WITH seen AS (
             INSERT INTO link_visitors (link_id, day, visitor, first_hour)
             SELECT DISTINCT ON (link_id, day, visitor) link_id, day, visitor, at
             FROM UNNEST($1::uuid[], $2::bigint[], $3::bigint[]) AS row (link_id, start, visitor)
             JOIN links ON links.id = link_id
             CROSS JOIN LATERAL (SELECT to_timestamp(start) AS at) AS hour
             CROSS JOIN LATERAL (SELECT (at AT TIME ZONE 'UTC')::date AS day) AS date
             ORDER BY link_id, day, visitor, at
             ON CONFLICT DO NOTHING
             RETURNING link_id, first_hour
         ), counted AS (
             SELECT link_id, first_hour, count(*) AS visitors FROM seen GROUP BY link_id, first_hour
         )
         INSERT INTO link_hours (link_id, start, clicks, bots, unique_visitors)
         SELECT link_id, first_hour, 0, 0, visitors FROM counted ORDER BY link_id, first_hour
         ON CONFLICT (link_id, start) DO UPDATE
         SET unique_visitors = link_hours.unique_visitors + EXCLUDED.unique_visitors",
        &links,
        &starts,
        &visitors
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Values that one link may have in one dimension and hour; further ones are counted together. A stranger
/// can make up referrers without end, and must not be able to fill the table with them.
const VALUES: i64 = 200;

async fn add_dimensions(connection: &mut PgConnection, rows: &[DimensionCount]) -> Result<(), sqlx::Error> {
    let links: Vec<Uuid> = rows.iter().map(|row| row.link_id).collect();
    let starts: Vec<i64> = rows.iter().map(|row| row.start).collect();
    let dimensions: Vec<String> = rows.iter().map(|row| row.dimension.as_str().to_owned()).collect();
    let values: Vec<String> = rows.iter().map(|row| row.value.clone()).collect();
    let clicks: Vec<i64> = rows.iter().map(|row| row.clicks.into()).collect();
    sqlx::query!(
        "WITH given AS (
             SELECT link_id, to_timestamp(start) AS start, dimension, value, sum(clicks) AS clicks
             FROM UNNEST($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::bigint[])
                  AS row (link_id, start, dimension, value, clicks)
             JOIN links ON links.id = link_id
             GROUP BY link_id, start, dimension, value
         ), full_up AS (
             SELECT link_id, dimension, start FROM link_dimensions
             JOIN (SELECT DISTINCT link_id, dimension, start FROM given) AS touched USING (link_id, dimension, start)
             GROUP BY link_id, dimension, start HAVING count(*) >= $6
         ), placed AS (
             SELECT given.link_id, given.start, given.dimension, given.clicks,
                    CASE WHEN full_up.link_id IS NULL OR known.link_id IS NOT NULL THEN given.value
                         ELSE '(other)' END AS value
             FROM given
             LEFT JOIN full_up USING (link_id, dimension, start)
             LEFT JOIN link_dimensions AS known USING (link_id, dimension, start, value)
         )
         INSERT INTO link_dimensions (link_id, start, dimension, value, clicks)
         SELECT link_id, start, dimension, value, sum(clicks) FROM placed
         GROUP BY link_id, start, dimension, value ORDER BY link_id, dimension, start, value
         ON CONFLICT (link_id, dimension, start, value) DO UPDATE
         SET clicks = link_dimensions.clicks + EXCLUDED.clicks",
        &links,
        &starts,
        &dimensions,
        &values,
        &clicks,
        VALUES
    )
    .execute(connection)
    .await
    .map(drop)
}
