//! Allowed requests, sent on to the emulator under its own credentials.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use axum::body::Body;
use http::header::{ACCEPT, CONNECTION, CONTENT_TYPE, HOST, TRANSFER_ENCODING, USER_AGENT};
use http::uri::{Authority, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Uri};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::fault::{Fault, REQUEST_ID};
use crate::received::Received;
use crate::service::Service;

/// The emulator takes these from everyone; the gate takes them from no one.
const EMULATOR_CREDENTIALS: (&str, &str) = ("test", "test");
/// How long an answer may take to begin: a long poll of SQS takes 20 s.
const PATIENCE: Duration = Duration::from_secs(35);
/// How long an idle connection is kept: well below what servers allow, so that none closes under a request.
const IDLE: Duration = Duration::from_secs(1);
/// The headers that go on. Everything else is left behind, so that nothing that the gate did not look at can steer
/// the emulator.
const PASSED_ON: [HeaderName; 5] = [
    ACCEPT,
    CONTENT_TYPE,
    USER_AGENT,
    HeaderName::from_static("x-amz-target"),
    HeaderName::from_static("x-amzn-query-mode"),
];
/// Headers of one connection (RFC 9110 §7.6.1).
const HOP_BY_HOP: [&str; 5] = ["keep-alive", "proxy-authenticate", "te", "trailer", "upgrade"];

/// Why an allowed request got no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ForwardError {
    #[error("the request cannot be written for the emulator")]
    Request(#[from] http::Error),
    #[error("the request cannot be signed for the emulator")]
    Sign(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the emulator does not answer")]
    Emulator(#[from] legacy::Error),
    #[error("the emulator does not answer in time")]
    TooLate(#[from] tokio::time::error::Elapsed),
}

/// The way to the emulator.
#[derive(Debug)]
pub(crate) struct Emulator {
    authority: Authority,
    client: legacy::Client<HttpConnector, Body>,
}

impl Emulator {
    /// The emulator at `address`, `http://host:port`; none when that is something else.
    pub(crate) fn at(address: &str) -> Option<Self> {
        let uri: Uri = address.parse().ok()?;
        let plain = uri.scheme() == Some(&Scheme::HTTP) && matches!(uri.path(), "" | "/");
        let authority = uri.authority().filter(|_| plain)?.clone();
        let mut client = legacy::Client::builder(TokioExecutor::new());
        // Connections are counted as idle by a timer, and none is used that has been idle too long.
        client.pool_idle_timeout(IDLE).pool_timer(TokioTimer::new());
        Some(Self { authority, client: client.build_http() })
    }

    /// Sends a request on. Dropping the future ends it, so that a caller who leaves takes the emulator's work along.
    pub(crate) async fn forward(
        &self,
        received: &Received,
        service: Service,
        region: &str,
    ) -> Result<Response<Body>, ForwardError> {
        let mut request = self.request(received)?;
        authenticate(&mut request, received, service, region)?;
        let answer = tokio::time::timeout(PATIENCE, self.client.request(request)).await??;
        let (mut parts, body) = answer.into_parts();
        remove_hop_by_hop(&mut parts.headers);
        if let Ok(id) = HeaderValue::from_str(&received.id) {
            parts.headers.insert(REQUEST_ID, id);
        }
        Ok(Response::from_parts(parts, Body::new(body)))
    }

    fn request(&self, received: &Received) -> Result<Request<Body>, http::Error> {
        let query = received.unsigned_query();
        let path = &received.path;
        let target = if query.is_empty() { path.clone() } else { format!("{path}?{query}") };
        let uri =
            Uri::builder().scheme(Scheme::HTTP).authority(self.authority.clone()).path_and_query(target);
        let mut request = Request::builder()
            .method(received.method.clone())
            .uri(uri.build()?)
            .body(Body::from(received.body.clone()))?;
        for name in PASSED_ON {
            if let Some(value) = received.headers.get(&name) {
                request.headers_mut().insert(name, value.clone());
            }
        }
        request.headers_mut().insert(HOST, HeaderValue::try_from(self.authority.as_str())?);
        Ok(request)
    }
}

/// Puts the emulator's credentials where the caller's were.
fn authenticate(
    request: &mut Request<Body>,
    received: &Received,
    service: Service,
    region: &str,
) -> Result<(), ForwardError> {
    let (key, secret) = EMULATOR_CREDENTIALS;
    let identity = Credentials::new(key, secret, None, None, "the emulator's own").into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(service.signing_region(region))
        .name(service.signing_name())
        .time(SystemTime::from(received.at))
        .settings(SigningSettings::default())
        .build()
        .map_err(|error| ForwardError::Sign(error.into()))?
        .into();
    let headers = request.headers().iter();
    let headers = headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let signable = SignableRequest::new(
        request.method().as_str(),
        request.uri().to_string(),
        headers,
        SignableBody::Bytes(&received.body),
    );
    let signed = sign(signable.map_err(|error| ForwardError::Sign(error.into()))?, &parameters);
    let (instructions, _) = signed.map_err(|error| ForwardError::Sign(error.into()))?.into_parts();
    instructions.apply_to_request_http1x(request);
    Ok(())
}

fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let named: Vec<String> =
        named.flat_map(|names| names.split(',')).map(|name| name.trim().to_owned()).collect();
    for name in named.iter().map(String::as_str).chain(HOP_BY_HOP) {
        headers.remove(name);
    }
    headers.remove(CONNECTION);
    headers.remove(TRANSFER_ENCODING);
}

impl ForwardError {
    /// What the caller is told.
    pub(crate) fn fault() -> Fault {
        let message = "The service is unavailable. Please retry.";
        Fault::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_one_connection_stay_on_it() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, X-Of-This-Hop"),
            ("x-of-this-hop", "1"),
            ("keep-alive", "timeout=5"),
            ("transfer-encoding", "chunked"),
            ("x-of-the-service", "1"),
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }

        remove_hop_by_hop(&mut headers);

        assert_eq!(headers.keys().collect::<Vec<_>>(), ["x-of-the-service"]);
    }

    #[test]
    fn an_emulator_has_a_plain_address() {
        assert!(Emulator::at("http://127.0.0.1:4566").is_some());
        for address in ["https://127.0.0.1:4566", "http://127.0.0.1/path", "127.0.0.1:4566", ""] {
            assert!(Emulator::at(address).is_none(), "{address}");
        }
    }
}
