//! The way of a client to one exact server, over connections that end with the SVIDs they rest on.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use runtime::Clock;
use runtime::lifecycle::BoxError;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use spiffe::SpiffeId;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower::Service;

use super::client::client_config;
use super::connection::Bounded;
use super::peer;
use super::source::{SpiffeError, Svid};

/// For a TCP connection.
const CONNECT_TIME_LIMIT: Duration = Duration::from_secs(3);

/// How long what this process shows is still valid; `None` when it has nothing to show.
type OwnLife = Arc<dyn Fn() -> Option<Duration> + Send + Sync>;

/// Opens mutual TLS connections to one server, for an HTTP client that keeps them.
#[derive(Clone)]
pub struct MtlsConnector {
    tcp: HttpConnector,
    tls: TlsConnector,
    own_life: OwnLife,
    clock: Arc<dyn Clock>,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The address is not `https`, or has no host.
    #[error("the address is not that of a TLS server")]
    Address,
    /// No TCP connection.
    #[error("no TCP connection")]
    Tcp(#[source] BoxError),
    /// This process has no valid SVID to show, so that it does not even begin.
    #[error("there is no valid SVID to show")]
    NoSvid,
    /// The handshake failed; [`super::refusal_reason`] says why.
    #[error("the TLS handshake failed")]
    Handshake(#[source] io::Error),
}

impl MtlsConnector {
    /// Connections that show `svid` to the server with exactly the ID `server`, in our trust domain.
    ///
    /// # Errors
    /// When there is no SVID to show.
    pub fn new(svid: &Svid, server: &SpiffeId) -> Result<Self, SpiffeError> {
        let (config, own) = (client_config(svid, server)?, svid.clone());
        Ok(Self::with_config(config, move || own.life_left(), Arc::clone(&svid.clock)))
    }

    /// Connections with any TLS configuration whose own certificate lives for `own_life`. Who the server is, is
    /// then for `config` to say: [`MtlsConnector::new`] is the way for a service, this one lets a test bring
    /// its own authority.
    pub fn with_config(
        config: ClientConfig,
        own_life: impl Fn() -> Option<Duration> + Send + Sync + 'static,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.set_connect_timeout(Some(CONNECT_TIME_LIMIT));
        tcp.set_nodelay(true);
        // The scheme is looked at here, and `https` is the only one.
        tcp.enforce_http(false);
        Self { tcp, tls: TlsConnector::from(Arc::new(config)), own_life: Arc::new(own_life), clock }
    }

    async fn connect(mut self, uri: Uri) -> Result<TokioIo<Bounded<TlsStream<TcpStream>>>, ConnectError> {
        let name = server_name(&uri).ok_or(ConnectError::Address)?;
        // Before the handshake, so that a rotation in the middle of it cannot make the connection too old.
        let own = (self.own_life)().filter(|left| *left > Duration::ZERO).ok_or(ConnectError::NoSvid)?;
        let tcp = self.tcp.call(uri).await.map_err(|error| ConnectError::Tcp(error.into()))?;
        let tls = self.tls.connect(name, tcp.into_inner()).await.map_err(ConnectError::Handshake)?;
        let servers = tls.get_ref().1.peer_certificates().and_then(|chain| peer::not_after(chain.first()?));
        let server = servers.unwrap_or_default().saturating_sub(self.clock.since_epoch());
        Ok(TokioIo::new(Bounded::new(tls, own.min(server))))
    }
}

/// The name for the handshake. It is not verified: an identity is not an address.
fn server_name(uri: &Uri) -> Option<ServerName<'static>> {
    let host = uri.host().filter(|_| uri.scheme_str() == Some("https"))?;
    ServerName::try_from(host.trim_matches(['[', ']']).to_owned()).ok()
}

impl Service<Uri> for MtlsConnector {
    type Response = TokioIo<Bounded<TlsStream<TcpStream>>>;
    type Error = ConnectError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.tcp.poll_ready(context).map_err(|error| ConnectError::Tcp(error.into()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        // The one that is ready is used; its clone takes its place.
        let next = self.clone();
        Box::pin(std::mem::replace(self, next).connect(uri))
    }
}

impl std::fmt::Debug for MtlsConnector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MtlsConnector").finish_non_exhaustive()
    }
}
