//! `GET /api/v1/links/{id}`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::{LinkId, representation};
use crate::app::AppState;
use crate::authentication::{Caller, Scope};
use crate::problem::Problem;
use crate::store;

/// Shows a link of the caller's account; another account's link does not exist.
pub(in crate::routes) async fn read(
    State(app): State<AppState>,
    caller: Caller,
    LinkId(id): LinkId,
) -> Result<Response, Problem> {
    let account = caller.account_with(Scope::LinksRead)?;
    let mut connection = app.database.acquire().await?;
    let link = store::links::find(&mut connection, account, id).await?.ok_or(Problem::NotFound)?;
    Ok(representation::answer(StatusCode::OK, link, &app))
}
