//! The signature that the request ought to have.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use secrecy::ExposeSecret as _;

use super::Refusal;
use super::presented::{Form, Presented};
use crate::received::Received;
use crate::service::Service;
use crate::sessions::Session;

/// Signs the request as it came with the session's secret.
pub(super) fn signature(
    received: &Received,
    service: Service,
    presented: &Presented,
    session: &Session,
    payload: SignableBody<'_>,
) -> Result<String, Refusal> {
    let identity = Credentials::new(
        &presented.access_key_id,
        session.secret_access_key.expose_secret(),
        presented.session_token.clone(),
        None,
        "a session of the gate",
    )
    .into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(&presented.scope.region)
        .name(&presented.scope.service)
        .time(SystemTime::from(presented.signed_at))
        .settings(settings(service, presented.form))
        .build()
        .map_err(|_| Refusal::Mismatch)?
        .into();
    let headers = signed_headers(received, presented)?;
    let query = received.unsigned_query();
    let uri = if query.is_empty() { received.path.clone() } else { format!("{}?{query}", received.path) };
    let request = SignableRequest::new(received.method.as_str(), uri, headers.into_iter(), payload)
        .map_err(|_| Refusal::Mismatch)?;
    let (_, signature) = sign(request, &parameters).map_err(|_| Refusal::Mismatch)?.into_parts();
    Ok(signature)
}

fn settings(service: Service, form: Form) -> SigningSettings {
    let mut settings = SigningSettings::default();
    // The caller has named the headers; none of them is left out.
    settings.excluded_headers = None;
    if let Form::Query { expires } = form {
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(expires.unsigned_abs());
    }
    if service == Service::S3 {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    }
    settings
}

fn signed_headers<'a>(
    received: &'a Received,
    presented: &'a Presented,
) -> Result<Vec<(&'a str, &'a str)>, Refusal> {
    let mut headers = Vec::new();
    for name in &presented.signed_headers {
        let mut values = received.headers.get_all(name.as_str()).iter().peekable();
        if values.peek().is_none() {
            return Err(Refusal::AbsentHeader(name.clone()));
        }
        for value in values {
            headers.push((name.as_str(), value.to_str().map_err(|_| Refusal::Mismatch)?));
        }
    }
    Ok(headers)
}
