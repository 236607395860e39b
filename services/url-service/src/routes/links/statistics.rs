//! `GET /api/v1/links/{id}/stats`.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use click_contract::summary::Dimension;
use serde::Serialize;
use time::{Duration, OffsetDateTime};

use super::LinkId;
use crate::app::AppState;
use crate::authentication::{Caller, Scope};
use crate::members::{TIME, parse_time};
use crate::problem::Problem;
use crate::routes::query::Query;
use crate::store;
use crate::store::statistics::{Group, Interval, Range};

/// The range unless the caller says otherwise.
const DEFAULT_RANGE: Duration = Duration::days(30);
/// The longest range per unit, which bounds the answer.
const MAX_HOURS: Duration = Duration::days(31);
const MAX_DAYS: Duration = Duration::days(731);
/// Groups in an answer, at most.
const GROUPS: i64 = 100;

/// The statistics of one link.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::routes) struct Statistics {
    #[serde(with = "time::serde::rfc3339")]
    from: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    to: OffsetDateTime,
    #[serde(flatten)]
    sum: Counts,
    series: Vec<Point>,
    groups: Vec<Value>,
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Counts {
    total: i64,
    non_bots: i64,
    bots: i64,
    /// People, each counted once a day.
    unique_visitors: i64,
}

#[derive(Debug, Serialize)]
struct Point {
    #[serde(with = "time::serde::rfc3339")]
    start: OffsetDateTime,
    #[serde(flatten)]
    counts: Counts,
}

#[derive(Debug, Serialize)]
struct Value {
    value: String,
    clicks: i64,
}

/// What the caller asks for.
#[derive(Debug)]
struct Question {
    from: OffsetDateTime,
    to: OffsetDateTime,
    unit: &'static str,
    dimension: Option<Dimension>,
}

/// Shows how often a link was visited.
pub(in crate::routes) async fn statistics(
    State(app): State<AppState>,
    caller: Caller,
    LinkId(id): LinkId,
    uri: Uri,
) -> Result<Json<Statistics>, Problem> {
    let account = caller.account_with(Scope::StatsRead)?;
    let question = read_question(&uri, app.now())?;
    let mut connection = app.database.acquire().await?;
    let link = store::links::find(&mut connection, account, id).await?.ok_or(Problem::NotFound)?;
    let range = Range { link: link.id, from: question.from, to: question.to };
    let series = store::statistics::series(&mut connection, range, question.unit).await?;
    let groups = match question.dimension {
        Some(by) => store::statistics::groups(&mut connection, range, by.as_str(), GROUPS).await?,
        None => Vec::new(),
    };
    Ok(Json(answer(&question, series, groups)))
}

fn answer(question: &Question, series: Vec<Interval>, groups: Vec<Group>) -> Statistics {
    let series: Vec<Point> = series
        .into_iter()
        .map(|interval| Point { start: interval.start, counts: Counts::of(&interval) })
        .collect();
    let sum = series.iter().fold(Counts::default(), |sum, point| sum.and(point.counts));
    let groups = groups.into_iter().map(|group| Value { value: group.value, clicks: group.clicks }).collect();
    Statistics { from: question.from, to: question.to, sum, series, groups }
}

impl Counts {
    fn of(interval: &Interval) -> Self {
        Self {
            total: interval.clicks,
            non_bots: interval.clicks - interval.bots,
            bots: interval.bots,
            unique_visitors: interval.unique_visitors,
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            total: self.total + other.total,
            non_bots: self.non_bots + other.non_bots,
            bots: self.bots + other.bots,
            unique_visitors: self.unique_visitors + other.unique_visitors,
        }
    }
}

fn read_question(uri: &Uri, now: OffsetDateTime) -> Result<Question, Problem> {
    let mut query = Query::of(uri);
    let time = |text: &str| parse_time(text).ok_or(format!("must be {TIME}"));
    let to = query.optional("to", time).unwrap_or(now);
    let from = query.optional("from", time).unwrap_or(to - DEFAULT_RANGE);
    let (unit, longest) = query
        .optional("interval", |text| match text {
            "hour" => Ok(("hour", MAX_HOURS)),
            "day" => Ok(("day", MAX_DAYS)),
            _ => Err("must be hour or day"),
        })
        .unwrap_or(("day", MAX_DAYS));
    let dimension = query.optional("groupBy", |text| match text {
        "referrer" => Ok(Dimension::Referrer),
        "country" => Ok(Dimension::Country),
        "browser" => Ok(Dimension::Browser),
        "os" => Ok(Dimension::Os),
        "device" => Ok(Dimension::Device),
        _ => Err("must be referrer, country, browser, os or device"),
    });
    if from >= to {
        query.fault("from", "must be before to");
    } else if to - from > longest {
        query.fault("from", format!("must be at most {} days before to", longest.whole_days()));
    }
    query.finish(Question { from: floor_to_hour(from), to, unit, dimension })
}

/// Clicks are summed per hour: an hour that has begun belongs to the range.
fn floor_to_hour(time: OffsetDateTime) -> OffsetDateTime {
    time - Duration::seconds(time.unix_timestamp().rem_euclid(3_600))
        - Duration::nanoseconds(time.nanosecond().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(query: &str) -> Result<Question, Vec<String>> {
        let uri = format!("/?{query}").parse().unwrap();
        read_question(&uri, OffsetDateTime::UNIX_EPOCH + Duration::days(400)).map_err(|problem| match problem
        {
            Problem::Invalid(faults) => faults.into_iter().map(|fault| fault.pointer).collect(),
            other => panic!("{other}"),
        })
    }

    #[test]
    fn the_default_is_thirty_days_by_day() {
        let question = question("").unwrap();
        assert_eq!((question.to - question.from, question.unit), (DEFAULT_RANGE, "day"));
    }

    #[test]
    fn the_range_begins_with_a_whole_hour() {
        let question = question("from=1971-01-01T10:59:59.5Z&to=1971-01-01T12:00:00Z").unwrap();
        assert_eq!(question.from.unix_timestamp() % 3_600, 0);
        assert_eq!(question.from.nanosecond(), 0);
    }

    #[test]
    fn every_wrong_parameter_is_named() {
        assert_eq!(
            question("interval=week&groupBy=name&to=x&foo=1").unwrap_err(),
            ["?to", "?interval", "?groupBy", "?foo"]
        );
        assert_eq!(question("from=1980-01-01T00:00:00Z").unwrap_err(), ["?from"]);
        assert_eq!(question("interval=hour&from=1970-01-01T00:00:00Z").unwrap_err(), ["?from"]);
        assert_eq!(question("interval=day&interval=day").unwrap_err(), ["?interval"]);
    }
}
