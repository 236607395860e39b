//! TLS that proves who we are and asks nobody else: for a listener that strangers reach through a load balancer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use runtime::http_server::{Accepted, Acceptor, PeerAddress};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use spiffe::X509Source;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::source::Svid;

/// No connection lives longer, however long the certificate does.
const MAX_LIFE: Duration = Duration::from_hours(1);

/// Accepts TLS from everybody and presents the current SVID.
#[derive(Clone)]
pub struct TlsServer {
    tls: TlsAcceptor,
    svid: Svid,
}

impl TlsServer {
    /// TLS 1.2 and 1.3 that presents `svid`: a load balancer that speaks no newer version is still encrypted to.
    ///
    /// # Errors
    /// When the cryptography cannot be set up.
    pub fn new(svid: Svid) -> Result<Self, rustls::Error> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        // Visitors have no certificates of ours; who may call is the API key's matter.
        // nosemgrep: server-without-client-certificates
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Current(svid.source.clone())));
        Ok(Self { tls: TlsAcceptor::from(Arc::new(config)), svid })
    }
}

impl Acceptor for TlsServer {
    type Io = TlsStream<TcpStream>;
    type Peer = PeerAddress;

    async fn accept(
        &self,
        stream: TcpStream,
        address: SocketAddr,
    ) -> Option<Accepted<Self::Io, PeerAddress>> {
        match self.tls.accept(stream).await {
            Ok(io) => {
                let life = self.svid.life_left().unwrap_or_default().min(MAX_LIFE);
                Some(Accepted { io, peer: PeerAddress(address), life: Some(life) })
            }
            Err(error) => {
                // Anybody can cause this, so it is no warning.
                tracing::debug!(%error, "a handshake with the public listener failed");
                None
            }
        }
    }
}

impl std::fmt::Debug for TlsServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TlsServer").field("svid", &self.svid).finish_non_exhaustive()
    }
}

/// The SVID of the moment: a rotation reaches the next handshake.
#[derive(Debug)]
struct Current(X509Source);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let svid = self.0.svid().ok()?;
        let certificate = |der: &spiffe::cert::Certificate| CertificateDer::from(der.as_bytes().to_vec());
        let chain = svid.cert_chain().iter().map(certificate).collect();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(svid.private_key().as_bytes().to_vec()));
        let key = rustls::crypto::aws_lc_rs::sign::any_supported_type(&key).ok()?;
        Some(Arc::new(CertifiedKey::new(chain, key)))
    }
}
