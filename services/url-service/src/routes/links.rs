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

use uuid::Uuid;

use crate::problem::Problem;

/// An identifier from a path. One that is not even a UUID names nothing, like any other unknown one.
fn identifier(text: &str) -> Result<Uuid, Problem> {
    Uuid::try_parse(text).map_err(|_| Problem::NotFound)
}
