//! The few pages that a visitor can meet instead of a redirect. Small, without script, never cached.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

/// There is no such link.
pub(super) async fn not_found() -> Response {
    page(StatusCode::NOT_FOUND, "Not found", "This short link does not exist.")
}

/// The link has ended.
pub(super) fn gone() -> Response {
    page(StatusCode::GONE, "Gone", "This short link has expired or was switched off.")
}

/// A link takes GET and HEAD only.
pub(super) async fn method_not_allowed() -> Response {
    page(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed", "A short link can only be opened.")
}

/// The link may exist, but the database cannot be asked.
pub(super) fn unavailable() -> Response {
    let mut response = page(StatusCode::SERVICE_UNAVAILABLE, "Unavailable", "Please try again in a moment.");
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    response
}

fn page(status: StatusCode, title: &str, text: &str) -> Response {
    let body = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"robots\" content=\"noindex\">\
         <title>{title}</title><h1>{title}</h1><p>{text}</p></html>"
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (status, headers, body).into_response()
}
