//! The server's half of mutual TLS.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use runtime::ServiceContext;
use runtime::http_server::{Accepted, Acceptor};
use spiffe::SpiffeId;
use spiffe_rustls::{LocalOnly, authorizer, mtls_server};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::peer::{self, Peer};
use super::refusal::{self, NO_SVID, Refusals};
use super::source::{SpiffeError, Svid};

/// No connection lives longer, however long the certificates do.
const MAX_LIFE: Duration = Duration::from_hours(1);

/// Accepts only connections whose client proves one of the given SPIFFE IDs.
#[derive(Clone)]
pub struct MtlsAcceptor {
    tls: TlsAcceptor,
    svid: Svid,
    refusals: Refusals,
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
        let refusals = Refusals::register(&context.metrics);
        Ok(Self { tls: TlsAcceptor::from(Arc::new(config)), svid, refusals })
    }

    /// The shortest of both certificates' remaining lives and [`MAX_LIFE`]: a connection must not outlive
    /// what it was authorised by.
    fn life(&self, peer_expires: Duration) -> Duration {
        let peer = peer_expires.saturating_sub(self.svid.clock.since_epoch());
        peer.min(self.svid.life_left().unwrap_or_default()).min(MAX_LIFE)
    }

    fn refuse(&self, reason: &'static str, detail: &dyn std::fmt::Display) {
        self.refusals.count(reason);
        tracing::warn!(reason, %detail, "refused a connection to the internal listener");
    }
}

impl Acceptor for MtlsAcceptor {
    type Io = TlsStream<TcpStream>;
    type Peer = Peer;

    async fn accept(&self, stream: TcpStream, _: SocketAddr) -> Option<Accepted<Self::Io, Peer>> {
        if self.svid.life_left().is_none() {
            self.refuse(NO_SVID, &"there is no valid SVID to show");
            return None;
        }
        let io = match self.tls.accept(stream).await {
            Ok(io) => io,
            Err(error) => {
                self.refuse(refusal::reason(&error).unwrap_or("connection_lost"), &error);
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

impl std::fmt::Debug for MtlsAcceptor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MtlsAcceptor").field("svid", &self.svid).finish_non_exhaustive()
    }
}
