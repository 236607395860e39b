//! The public listener, as a table.

mod body;
mod links;
mod pages;
mod query;
mod redirect;

use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use axum::{Router, middleware};

use crate::app::AppState;
use crate::middleware::surround;
use crate::problem::Problem;

pub(crate) use redirect::{REDIRECT_ROUTE, RedirectMetrics};

/// The largest body that is read, in bytes.
const BODY_LIMIT: usize = 64 * 1024;

/// Every route of the public listener.
pub(crate) fn public(app: AppState) -> Router {
    let api = Router::new()
        .route("/links", get(links::list).post(links::create))
        .route("/links/{id}", get(links::read).patch(links::update).delete(links::delete))
        .route("/links/{id}/stats", get(links::statistics))
        .fallback(async || Problem::NoSuchRoute)
        .method_not_allowed_fallback(async || Problem::MethodNotAllowed)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn_with_state(app.clone(), surround));
    Router::new()
        .nest("/api/v1", api)
        .route(REDIRECT_ROUTE, get(redirect::redirect))
        .fallback(pages::not_found)
        .method_not_allowed_fallback(pages::method_not_allowed)
        .with_state(app)
}
