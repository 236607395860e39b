//! STS, but for the end of its sessions.
//!
//! AWS gives no session of less than 15 minutes. A test cannot wait for that, and a service has no setting for it, so
//! the answer of `AssumeRoleWithWebIdentity` is changed on its way: services believe its `Expiration`.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use time::format_description::well_known::Rfc3339;
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

use crate::StackError;
use crate::clock::now;
use crate::http_client::HttpClient;
use crate::ports;

/// A running front of STS.
#[derive(Debug)]
pub(super) struct ShortSessions {
    address: SocketAddr,
    _server: AbortOnDropHandle<()>,
}

#[derive(Debug, Clone)]
struct Front {
    aws: String,
    life: Duration,
    client: HttpClient,
}

impl ShortSessions {
    pub(super) async fn start(aws: &str, life: Duration) -> Result<Self, StackError> {
        let failed = |source| StackError::Listen {
            what: "the front of STS",
            address: ports::loopback(0).to_string(),
            source,
        };
        let listener = TcpListener::bind(ports::loopback(0)).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let front = Front { aws: aws.trim_end_matches('/').to_owned(), life, client: HttpClient::new() };
        let router = Router::new().fallback(forward).with_state(front);
        let server = tokio::spawn(async move {
            // Ends with the stack; `axum::serve` itself never gives up.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, _server: AbortOnDropHandle::new(server) })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

/// `AssumeRoleWithWebIdentity` is not signed, so it may come from here as well.
async fn forward(State(front): State<Front>, headers: HeaderMap, body: Bytes) -> Response {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let url = format!("{}/", front.aws);
    let Ok(answer) = front.client.send(http::Method::POST, &url, content_type, body.to_vec()).await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let content_type = answer.headers.get(CONTENT_TYPE).cloned();
    let mut response = (answer.status, shortened(&answer.text(), front.life)).into_response();
    if let Some(content_type) = content_type {
        response.headers_mut().insert(CONTENT_TYPE, content_type);
    }
    response
}

/// The same answer with another end of the session, if it has one.
fn shortened(answer: &str, life: Duration) -> String {
    const TAGS: (&str, &str) = ("<Expiration>", "</Expiration>");
    let parts =
        answer.split_once(TAGS.0).and_then(|(before, rest)| Some((before, rest.split_once(TAGS.1)?.1)));
    match (parts, (now() + life).format(&Rfc3339)) {
        (Some((before, after)), Ok(end)) => format!("{before}{}{end}{}{after}", TAGS.0, TAGS.1),
        _ => answer.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_of_the_session_changes() {
        let answer = "<Credentials><Expiration>2030-01-01T00:00:00Z</Expiration><X>1</X></Credentials>";
        let short = shortened(answer, Duration::from_secs(20));
        assert!(
            short.starts_with("<Credentials><Expiration>20")
                && short.ends_with("</Expiration><X>1</X></Credentials>")
        );
        assert!(!short.contains("2030-01-01"));
        assert_eq!(
            shortened("<Error><Code>AccessDenied</Code></Error>", Duration::ZERO),
            "<Error><Code>AccessDenied</Code></Error>"
        );
    }
}
