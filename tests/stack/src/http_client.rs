//! A plain HTTP client for tests: no redirects, no cookies, no errors for a status.

use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::ClientConfig;
use serde::de::DeserializeOwned;

use crate::StackError;

/// How long one request may take.
const LIMIT: Duration = Duration::from_secs(30);

type Body = Full<axum::body::Bytes>;

/// An HTTP/1.1 client that hands back what came, whatever the status.
#[derive(Debug, Clone)]
pub struct HttpClient {
    inner: Inner,
    headers: HeaderMap,
}

#[derive(Debug, Clone)]
enum Inner {
    Plain(Client<HttpConnector, Body>),
    Tls(Client<HttpsConnector<HttpConnector>, Body>),
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The address that was asked.
    pub url: String,
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: axum::body::Bytes,
}

impl Default for HttpClient {
    fn default() -> Self {
        Self::new()
    }
}

impl HttpClient {
    /// A client for `http://` addresses that sends no header of its own.
    #[must_use]
    pub fn new() -> Self {
        let inner = Inner::Plain(Client::builder(TokioExecutor::new()).build_http());
        Self { inner, headers: HeaderMap::new() }
    }

    /// A client for `https://` addresses with this configuration; see [`crate::mutual_tls`].
    #[must_use]
    pub fn with_tls(config: ClientConfig) -> Self {
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(config).https_only().enable_http1().build();
        let inner = Inner::Tls(Client::builder(TokioExecutor::new()).build(connector));
        Self { inner, headers: HeaderMap::new() }
    }

    /// A client that also sends `Authorization: Bearer <token>`.
    ///
    /// # Errors
    ///
    /// When the token has a character that a header cannot carry.
    pub fn with_bearer(&self, token: &str) -> Result<Self, StackError> {
        self.with_header(AUTHORIZATION, &format!("Bearer {token}"))
    }

    /// A client that also sends this header.
    ///
    /// # Errors
    ///
    /// When the value has a character that a header cannot carry.
    pub fn with_header(&self, name: HeaderName, value: &str) -> Result<Self, StackError> {
        let unknown = |_| StackError::Unknown { what: "header value", name: name.to_string() };
        let value = HeaderValue::from_str(value).map_err(unknown)?;
        let mut client = self.clone();
        client.headers.insert(name, value);
        Ok(client)
    }

    /// Sends GET.
    ///
    /// # Errors
    ///
    /// When no answer came, or not within 30 s. A status is never an error.
    pub async fn get(&self, url: &str) -> Result<Answer, StackError> {
        self.send(Method::GET, url, None, Vec::new()).await
    }

    /// Sends `method` with a JSON body.
    ///
    /// # Errors
    ///
    /// As for [`HttpClient::get`].
    pub async fn send_json(
        &self,
        method: Method,
        url: &str,
        body: &serde_json::Value,
    ) -> Result<Answer, StackError> {
        self.send(method, url, Some("application/json"), body.to_string().into_bytes()).await
    }

    /// Sends any request.
    ///
    /// # Errors
    ///
    /// As for [`HttpClient::get`].
    pub async fn send(
        &self,
        method: Method,
        url: &str,
        content_type: Option<&str>,
        body: Vec<u8>,
    ) -> Result<Answer, StackError> {
        let failed = |source| StackError::Request { method: method.clone(), url: url.to_owned(), source };
        let exchange = self.exchange(&method, url, content_type, body);
        match tokio::time::timeout(LIMIT, exchange).await {
            Ok(answer) => answer.map_err(failed),
            Err(elapsed) => Err(failed(elapsed.into())),
        }
    }

    async fn exchange(
        &self,
        method: &Method,
        url: &str,
        content_type: Option<&str>,
        body: Vec<u8>,
    ) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
        let mut request = Request::builder().method(method).uri(url);
        if let Some(content_type) = content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        let mut request = request.body(Body::from(body))?;
        request.headers_mut().extend(self.headers.clone());
        let answer = match &self.inner {
            Inner::Plain(client) => client.request(request),
            Inner::Tls(client) => client.request(request),
        };
        let (parts, body) = answer.await?.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Answer { url: url.to_owned(), status: parts.status, headers: parts.headers, body })
    }
}

impl Answer {
    /// The body as text; bytes that are no UTF-8 are replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The value of a header, when it is there and text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body as JSON.
    ///
    /// # Errors
    ///
    /// When it is not JSON of that shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, StackError> {
        serde_json::from_slice(&self.body).map_err(|_| StackError::Answer {
            url: self.url.clone(),
            status: self.status,
            expected: "JSON of the expected shape",
        })
    }
}
