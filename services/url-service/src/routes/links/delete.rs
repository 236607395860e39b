//! `DELETE /api/v1/links/{id}`.

use axum::extract::State;
use axum::http::StatusCode;

use super::LinkId;
use crate::app::AppState;
use crate::authentication::{Caller, Scope};
use crate::problem::Problem;
use crate::store;

/// Deletes a link. Its slug stays taken: whoever still has the short link must never land somewhere else.
pub(in crate::routes) async fn delete(
    State(app): State<AppState>,
    caller: Caller,
    LinkId(id): LinkId,
) -> Result<StatusCode, Problem> {
    let account = caller.account_with(Scope::LinksWrite)?;
    let mut connection = app.database.acquire().await?;
    if store::links::delete(&mut connection, account, id, app.now()).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::NotFound)
    }
}
