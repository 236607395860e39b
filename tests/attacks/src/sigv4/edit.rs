//! What attackers change in a request.

use axum::body::Bytes;
use http::{HeaderName, HeaderValue, Request};

pub(super) fn authorize(request: &mut Request<Bytes>, value: &str) {
    set(request, "authorization", value);
}

/// Changes the header `Authorization`.
pub(super) fn authorization(request: &mut Request<Bytes>, edit: impl FnOnce(&str) -> String) {
    let text = request.headers()["authorization"].to_str().unwrap().to_owned();
    authorize(request, &edit(&text));
}

/// Puts another signature where the right one was.
pub(super) fn sign_as(request: &mut Request<Bytes>, change: impl FnOnce(&str) -> String) {
    authorization(request, |text| {
        let (rest, signature) = text.rsplit_once("Signature=").unwrap();
        format!("{rest}Signature={}", change(signature))
    });
}

pub(super) fn turn(signature: &str) -> String {
    let first = if signature.starts_with('0') { '1' } else { '0' };
    format!("{first}{}", &signature[1..])
}

pub(super) fn set(request: &mut Request<Bytes>, name: &'static str, value: &str) {
    let value = HeaderValue::from_str(value).unwrap();
    request.headers_mut().insert(HeaderName::from_static(name), value);
}

pub(super) fn append(request: &mut Request<Bytes>, name: &'static str, value: &str) {
    let value = HeaderValue::from_str(value).unwrap();
    request.headers_mut().append(HeaderName::from_static(name), value);
}

pub(super) fn query(request: &mut Request<Bytes>, query: &str) {
    path(request, &format!("/?{query}"));
}

pub(super) fn path(request: &mut Request<Bytes>, path_and_query: &str) {
    let authority = request.uri().authority().unwrap().clone();
    *request.uri_mut() = format!("http://{authority}{path_and_query}").parse().unwrap();
}
