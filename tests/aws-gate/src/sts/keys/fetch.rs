//! Documents over HTTP.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Bytes;
use http::{StatusCode, Uri};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jsonwebtoken::jwk::Jwk;
use url::{Host, Url};

use super::document;
use crate::sts::Refusal;

/// How long STS waits for an issuer
/// (<https://repost.aws/knowledge-center/iam-sts-invalididentitytoken>).
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest document that is read.
const LONGEST: usize = 64 * 1024;

/// Fetches from this machine only: AWS asks issuers for `https`, and here loopback stands in for it.
#[derive(Debug)]
pub(super) struct Client {
    http: legacy::Client<HttpConnector, Empty<Bytes>>,
    issuers_at: BTreeMap<String, SocketAddr>,
}

impl Client {
    pub(super) fn new(issuers_at: BTreeMap<String, SocketAddr>) -> Self {
        // No connection is kept: an issuer is asked once a minute.
        let http = legacy::Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http();
        Self { http, issuers_at }
    }

    /// The keys that `issuer` publishes.
    pub(super) async fn published_keys(&self, issuer: &str) -> Result<Vec<Jwk>, Refusal> {
        let base = issuer.trim_end_matches('/');
        let discovery = self.get(&format!("{base}/.well-known/openid-configuration")).await?;
        let address = document::keys_address(issuer, &discovery)?;
        document::keys(&self.get(&address).await?)
    }

    async fn get(&self, address: &str) -> Result<Bytes, Refusal> {
        let address = self.local(address).ok_or(Refusal::IssuerKeys("address is not on loopback"))?;
        match tokio::time::timeout(PATIENCE, self.exchange(address)).await {
            Ok(document) => document,
            Err(_) => Err(Refusal::IssuerUnreachable),
        }
    }

    /// The address on this machine that is meant, if there is one.
    fn local(&self, address: &str) -> Option<Uri> {
        let url = Url::parse(address).ok()?;
        let local = match (url.scheme(), url.host()?) {
            ("http", Host::Ipv4(host)) if host.is_loopback() => return address.parse().ok(),
            ("http", Host::Ipv6(host)) if host.is_loopback() => return address.parse().ok(),
            ("https", Host::Domain(host)) if url.port().is_none() => self.issuers_at.get(host)?,
            _ => return None,
        };
        if !local.ip().is_loopback() {
            return None;
        }
        let path =
            url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        format!("http://{local}{path}").parse().ok()
    }

    /// Follows no redirect: the registered address is the one that is trusted.
    async fn exchange(&self, address: Uri) -> Result<Bytes, Refusal> {
        let answer = self.http.get(address).await.map_err(|_| Refusal::IssuerUnreachable)?;
        if answer.status() != StatusCode::OK {
            return Err(Refusal::IssuerKeys("status"));
        }
        let body = Limited::new(answer.into_body(), LONGEST).collect().await;
        body.map(http_body_util::Collected::to_bytes).map_err(|_| Refusal::IssuerKeys("too long or cut off"))
    }
}
