//! `GET /api/v1/links`.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use serde::Serialize;
use uuid::Uuid;

use super::representation::Representation;
use crate::app::AppState;
use crate::authentication::{Caller, Scope};
use crate::problem::Problem;
use crate::routes::query::{self, Query};
use crate::store;
use crate::store::links::Filter;

/// Links on a page unless the caller says otherwise, and at most.
const DEFAULT_LIMIT: i64 = 20;
const MAX_LIMIT: i64 = 100;

/// A page of links.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::routes) struct Page {
    items: Vec<Representation>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<Uuid>,
}

/// Lists the links of the caller's account, newest first.
pub(in crate::routes) async fn list(
    State(app): State<AppState>,
    caller: Caller,
    uri: Uri,
) -> Result<Json<Page>, Problem> {
    let account = caller.account_with(Scope::LinksRead)?;
    let filter = read_filter(&uri)?;
    let mut connection = app.database.acquire().await?;
    // One more than asked for tells whether there is a next page.
    let limit = filter.limit;
    let mut links =
        store::links::list(&mut connection, account, &Filter { limit: limit + 1, ..filter }).await?;
    let more = i64::try_from(links.len()).is_ok_and(|count| count > limit);
    if more {
        links.pop();
    }
    let next_cursor = links.last().filter(|_| more).map(|link| link.id);
    let items = links.into_iter().map(|link| Representation::of(link, &app)).collect();
    Ok(Json(Page { items, next_cursor }))
}

/// A text that can occur in a link: without control characters, NUL above all, which PostgreSQL cannot hold.
fn printable(text: &str) -> Result<String, &'static str> {
    if text.chars().any(char::is_control) {
        Err("must not hold control characters")
    } else {
        Ok(text.to_owned())
    }
}

fn read_filter(uri: &Uri) -> Result<Filter, Problem> {
    let mut query = Query::of(uri);
    let before = query.optional("cursor", query::parse("the nextCursor of another page"));
    let limit = query.optional("limit", |text| {
        let limit = text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
        limit.ok_or(format!("must be from 1 to {MAX_LIMIT}"))
    });
    let tag = query.optional("tag", printable);
    let search = query.optional("search", printable);
    query.finish(Filter { before, tag, search, limit: limit.unwrap_or(DEFAULT_LIMIT) })
}
