//! `/api/v1/links`: one file per action.

mod create;
mod delete;
mod list;
mod read;
mod representation;
mod statistics;
mod update;
mod values;

pub(super) use create::create;
pub(super) use delete::delete;
pub(super) use list::list;
pub(super) use read::read;
pub(super) use statistics::statistics;
pub(super) use update::update;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use uuid::Uuid;

use crate::problem::Problem;

/// The link that a path names. Text that is not even a UUID names nothing, like any other unknown identifier.
#[derive(Clone, Copy, Debug)]
pub(super) struct LinkId(Uuid);

impl<S: Send + Sync> FromRequestParts<S> for LinkId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<Uuid>::from_request_parts(parts, state).await;
        path.map(|Path(id)| Self(id)).map_err(|_| Problem::NotFound)
    }
}
