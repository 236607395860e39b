//! The server's half of mutual TLS.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use runtime::ServiceContext;
use runtime::http_server::{Accepted, Acceptor};
use spiffe::SpiffeId;
use spiffe_rustls::{LocalOnly, authorizer, mtls_server};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::peer::{self, Peer};
use super::source::{SpiffeError, Svid};

/// No connection lives longer, however long the certificates do.
const MAX_LIFE: Duration = Duration::from_hours(1);

/// Accepts only connections whose client proves one of the given SPIFFE IDs.
#[derive(Clone)]
pub struct MtlsAcceptor {
    tls: TlsAcceptor,
    svid: Svid,
    refused: Family<Refusal, Counter>,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Refusal {
    reason: &'static str,
}

impl MtlsAcceptor {
    /// TLS that presents `svid` and admits exactly the clients `allowed`, in our trust domain.
    ///
    /// # Errors
    /// When there is no SVID to present.
    pub fn new(svid: Svid, allowed: &[SpiffeId], context: &ServiceContext) -> Result<Self, SpiffeError> {
        let config = mtls_server(svid.source.clone())
            .authorize(authorizer::exact(allowed.iter().cloned())?)
            .trust_domain_policy(LocalOnly(svid.trust_domain.clone()))
            .build()?;
        let refused = context.metrics.register(
            "spiffe_handshakes_refused",
            "Connections refused by mutual TLS, by reason",
            Family::default(),
        );
        Ok(Self { tls: TlsAcceptor::from(Arc::new(config)), svid, refused })
    }

    /// The shortest of both certificates' remaining lives and [`MAX_LIFE`]: a connection must not outlive
    /// what it was authorised by.
    fn life(&self, peer_expires: Duration) -> Duration {
        let peer = peer_expires.saturating_sub(self.svid.clock.since_epoch());
        peer.min(self.svid.life_left().unwrap_or_default()).min(MAX_LIFE)
    }

    fn refuse(&self, reason: &'static str, detail: &dyn std::fmt::Display) {
        self.refused.get_or_create(&Refusal { reason }).inc();
        tracing::warn!(reason, %detail, "refused a connection to the internal listener");
    }
}

impl Acceptor for MtlsAcceptor {
    type Io = TlsStream<TcpStream>;
    type Peer = Peer;

    async fn accept(&self, stream: TcpStream, _: SocketAddr) -> Option<Accepted<Self::Io, Peer>> {
        let io = match self.tls.accept(stream).await {
            Ok(io) => io,
            Err(error) => {
                self.refuse(reason(&error), &error);
                return None;
            }
        };
        let Some((peer, expires)) = io.get_ref().1.peer_certificates().and_then(peer::identity) else {
            self.refuse("no_spiffe_id", &"the verified certificate holds no single SPIFFE ID");
            return None;
        };
        let life = self.life(expires);
        Some(Accepted { io, peer, life: Some(life) })
    }
}

/// A label for why a handshake failed; the log line holds the detail.
fn reason(error: &std::io::Error) -> &'static str {
    use rustls::{CertificateError, Error};
    let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) else {
        return "connection_lost";
    };
    match error {
        Error::NoCertificatesPresented => "no_certificate",
        Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            "expired"
        }
        Error::InvalidCertificate(
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. },
        ) => "not_yet_valid",
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => "unknown_issuer",
        Error::InvalidCertificate(_) => "invalid_certificate",
        Error::PeerIncompatible(_) => "tls_version_or_suite",
        Error::InvalidMessage(_) | Error::InappropriateMessage { .. } => "not_tls",
        Error::AlertReceived(_) => "refused_by_client",
        Error::Other(other) => spiffe_reason(other),
        _ => "handshake_failed",
    }
}

fn spiffe_reason(other: &rustls::OtherError) -> &'static str {
    use spiffe_rustls::Error;
    match other.0.downcast_ref::<Error>() {
        Some(Error::UnauthorizedSpiffeId(_)) => "unauthorized_spiffe_id",
        Some(Error::TrustDomainNotAllowed(_) | Error::NoBundle(_)) => "other_trust_domain",
        Some(Error::MissingSpiffeId) => "no_spiffe_id",
        Some(Error::MultipleSpiffeIds) => "several_spiffe_ids",
        Some(Error::InvalidLeaf(_) | Error::CertParse(_)) => "invalid_certificate",
        Some(Error::NoSvid | Error::SourceClosed | Error::MaterialUnavailable(_)) => "no_svid_of_our_own",
        _ => "handshake_failed",
    }
}

impl std::fmt::Debug for MtlsAcceptor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MtlsAcceptor").field("svid", &self.svid).finish_non_exhaustive()
    }
}
