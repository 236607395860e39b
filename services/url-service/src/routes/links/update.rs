//! `PATCH /api/v1/links/{id}`: a JSON merge patch (RFC 7396) on a known version.

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;

use super::{LinkId, representation, values};
use crate::app::AppState;
use crate::authentication::{Caller, Scope};
use crate::problem::Problem;
use crate::routes::body;
use crate::store;

/// Changes a link that nobody else has changed since the caller read it.
pub(in crate::routes) async fn update(
    State(app): State<AppState>,
    caller: Caller,
    LinkId(id): LinkId,
    request: Request,
) -> Result<Response, Problem> {
    let account = caller.account_with(Scope::LinksWrite)?;
    let condition = request.headers().get(header::IF_MATCH).ok_or(Problem::PreconditionRequired)?;
    let condition = condition.to_str().unwrap_or_default().to_owned();
    let mut members = body::members(request, "application/merge-patch+json").await?;

    let mut connection = app.database.acquire().await?;
    let old = store::links::find(&mut connection, account, id).await?.ok_or(Problem::NotFound)?;
    if condition != "*" && condition != representation::etag(old.version) {
        return Err(Problem::PreconditionFailed);
    }
    let values = values::read(&mut members, old.values, &app.targets, app.now());
    if values.max_visits.is_some_and(|most| most < old.visits) {
        members.fault("maxVisits", format!("must not be below the {} visits that there were", old.visits));
    }
    let values = members.finish(Some(values))?;
    // Another change between the read and this statement finds another version, and changes nothing.
    let new = store::links::update(&mut connection, account, id, old.version, &values, app.now()).await?;
    let new = new.ok_or(Problem::PreconditionFailed)?;
    Ok(representation::answer(StatusCode::OK, new, &app))
}
