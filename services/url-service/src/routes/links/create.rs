//! `POST /api/v1/links`.

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use super::{representation, values};
use crate::app::{App, AppState};
use crate::authentication::{Caller, Scope};
use crate::links::link::{Link, Values};
use crate::links::slug::{GeneratedLength, Slug};
use crate::problem::Problem;
use crate::routes::body;
use crate::store;

/// Slugs of one length that are tried before a longer one.
const TRIES_PER_LENGTH: u32 = 2;
/// Tries in all; even one collision in a row of these means that something is wrong with the random source.
const TRIES: u32 = 10;

/// Creates a link, with the slug that the caller chose or with a generated one.
pub(in crate::routes) async fn create(
    State(app): State<AppState>,
    caller: Caller,
    request: Request,
) -> Result<Response, Problem> {
    let account = caller.account_with(Scope::LinksWrite)?;
    let mut members = body::members(request, "application/json").await?;
    let chosen: Option<String> = members.optional("slug", "a string");
    let chosen = members.check("slug", chosen, |slug| Slug::parse(&slug));
    let values = values::read(&mut members, values::defaults(), &app.targets, app.now());
    if values.target.is_empty() && !members.has_fault("url") {
        members.fault("url", "is required");
    }
    let (chosen, values) = members.finish(Some((chosen, values)))?;

    let link = match chosen {
        Some(slug) => insert(&app, account, &slug, &values).await?.ok_or(Problem::SlugTaken)?,
        None => insert_generated(&app, account, &values).await?,
    };
    let location = format!("/api/v1/links/{}", link.id);
    let mut response = representation::answer(StatusCode::CREATED, link, &app);
    if let Ok(location) = HeaderValue::try_from(location) {
        // Where the new link is (RFC 9110, 15.3.2), by our own identifier: 201 sends nobody on.
        // nosemgrep: location-from-request
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

async fn insert_generated(app: &App, account: uuid::Uuid, values: &Values) -> Result<Link, Problem> {
    let mut length = GeneratedLength::DEFAULT;
    for attempt in 1..=TRIES {
        let slug = app.random.with(|rng| Slug::generate(rng, length));
        if let Some(link) = insert(app, account, &slug, values).await? {
            return Ok(link);
        }
        tracing::warn!(attempt, "a generated slug was taken already");
        if attempt % TRIES_PER_LENGTH == 0 {
            length = length.longer();
        }
    }
    Err(Problem::Unavailable("no free slug was found".into()))
}

async fn insert(
    app: &App,
    account: uuid::Uuid,
    slug: &Slug,
    values: &Values,
) -> Result<Option<Link>, Problem> {
    let mut connection = app.database.acquire().await?;
    let id = app.random.id();
    Ok(store::links::insert(&mut connection, account, id, slug, values, app.now()).await?)
}
