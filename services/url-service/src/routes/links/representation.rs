//! A link as the API shows it.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::app::App;
use crate::links::link::{Link, Status};

/// The JSON of a link.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Representation {
    id: Uuid,
    slug: String,
    short_url: String,
    url: String,
    title: Option<String>,
    tags: Vec<String>,
    status: Status,
    disabled: bool,
    redirect_status: i16,
    #[serde(with = "time::serde::rfc3339::option")]
    valid_from: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    expires_at: Option<OffsetDateTime>,
    max_visits: Option<i64>,
    visits: Option<i64>,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
}

impl Representation {
    pub(super) fn of(link: Link, app: &App) -> Self {
        let status = link.status(app.now());
        let values = link.values;
        Self {
            id: link.id,
            short_url: format!("{}/{}", app.base_url, link.slug),
            slug: link.slug,
            url: values.target,
            title: values.title,
            tags: values.tags,
            status,
            disabled: values.disabled,
            redirect_status: values.redirect_status,
            valid_from: values.valid_from,
            expires_at: values.expires_at,
            // Counted only while there is a limit; all others are in the statistics.
            visits: values.max_visits.map(|_| link.visits),
            max_visits: values.max_visits,
            created_at: link.created_at,
            updated_at: link.updated_at,
        }
    }
}

/// An answer that shows one link, with its version as `ETag`.
pub(super) fn answer(status: StatusCode, link: Link, app: &App) -> Response {
    let etag = etag(link.version);
    let mut response = (status, Json(Representation::of(link, app))).into_response();
    if let Ok(etag) = HeaderValue::try_from(etag) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}

/// A strong entity tag (RFC 9110, section 8.8.3).
pub(super) fn etag(version: i64) -> String {
    format!("\"{version}\"")
}
