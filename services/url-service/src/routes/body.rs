//! Reading a JSON object from a request's body.

use axum::body::Bytes;
use axum::extract::{FromRequest as _, Request};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse as _;
use serde_json::Value;

use crate::members::Members;
use crate::problem::Problem;

/// The members of the JSON object that the body holds. `media_type` is the one that the route takes;
/// `application/json` is always taken.
///
/// # Errors
/// 415, 413, 400 and 422, in this order.
pub(super) async fn members(request: Request, media_type: &str) -> Result<Members, Problem> {
    let stated =
        request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = stated.split(';').next().unwrap_or("").trim();
    if ![media_type, "application/json"].iter().any(|taken| essence.eq_ignore_ascii_case(taken)) {
        return Err(Problem::UnsupportedMediaType);
    }
    let bytes = Bytes::from_request(request, &()).await.map_err(|rejection| {
        match rejection.into_response().status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::BodyTooLarge,
            _ => Problem::MalformedBody,
        }
    })?;
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(members)) => Ok(Members::new(members)),
        Ok(_) => Err(Problem::member("", "must be an object")),
        Err(_) => Err(Problem::MalformedBody),
    }
}
