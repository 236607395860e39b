//! One accept loop for every listener.
//!
//! `axum::serve` sets no time limit on a request's head, no limit on connections and no end to a
//! connection's life. All three matter to a service that trusts no client: slow heads are the cheapest
//! denial of service, and a TLS connection must not outlive the certificate that opened it.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use crate::lifecycle::BoxError;

/// Turns an accepted TCP connection into one that requests may be read from, or refuses it.
pub trait Acceptor: Clone + Send + Sync + 'static {
    /// The byte stream after acceptance.
    type Io: AsyncRead + AsyncWrite + Unpin + Send + 'static;
    /// What is known about the other side; a request extension of every request on the connection.
    type Peer: Clone + Send + Sync + 'static;

    /// Accepts or refuses one connection. A refusal is logged and counted by the acceptor; a handshake that
    /// does not end within [`Limits::head`] is dropped like a head that does not.
    fn accept(
        &self,
        stream: TcpStream,
        address: SocketAddr,
    ) -> impl Future<Output = Option<Accepted<Self::Io, Self::Peer>>> + Send;
}

/// A connection that was accepted.
#[derive(Debug)]
pub struct Accepted<Io, Peer> {
    /// The byte stream.
    pub io: Io,
    /// Who is at the other end.
    pub peer: Peer,
    /// How long the connection may live; `None` means as long as both sides like. Shortly before the end it
    /// is closed as soon as no request is open on it; at the end it is cut.
    pub life: Option<Duration>,
}

/// The other end's network address, as seen by this process.
#[derive(Clone, Copy, Debug)]
pub struct PeerAddress(pub SocketAddr);

/// Accepts every connection as it comes, without TLS.
#[derive(Clone, Copy, Debug)]
pub struct Plaintext;

impl Acceptor for Plaintext {
    type Io = TcpStream;
    type Peer = PeerAddress;

    async fn accept(
        &self,
        stream: TcpStream,
        address: SocketAddr,
    ) -> Option<Accepted<TcpStream, PeerAddress>> {
        Some(Accepted { io: stream, peer: PeerAddress(address), life: None })
    }
}

/// Bounds of one listener.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections open at once; further ones wait in the kernel's queue.
    pub connections: usize,
    /// The time to complete a handshake, and then the time to send a request's head.
    pub head: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 10_000, head: Duration::from_secs(10) }
    }
}

/// The share of a connection's life after which it takes no further request.
const LAST_REQUEST: f64 = 0.9;

/// Serves `router` on `listener` until `stop`, then lets open requests finish.
///
/// # Errors
/// Never at present; the type is that of a [`crate::lifecycle::Task`].
pub async fn serve<A: Acceptor>(
    listener: TcpListener,
    acceptor: A,
    router: Router,
    limits: Limits,
    stop: CancellationToken,
) -> Result<(), BoxError> {
    let places = Arc::new(Semaphore::new(limits.connections));
    let connections = TaskTracker::new();
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, address) = match accepted {
            Ok(connection) => connection,
            Err(error) => {
                // Out of file descriptors or a peer that is gone already: neither ends the listener.
                tracing::warn!(%error, "could not accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let (acceptor, router, stop) = (acceptor.clone(), router.clone(), stop.clone());
        connections.spawn(async move {
            // Small answers must not wait for the client's delayed acknowledgement.
            drop(stream.set_nodelay(true));
            if let Ok(Some(accepted)) =
                tokio::time::timeout(limits.head, acceptor.accept(stream, address)).await
            {
                serve_connection(accepted, router, limits, stop).await;
            }
            drop(place);
        });
    }
    drop(listener);
    connections.close();
    connections.wait().await;
    Ok(())
}

async fn serve_connection<Io, Peer>(
    accepted: Accepted<Io, Peer>,
    router: Router,
    limits: Limits,
    stop: CancellationToken,
) where
    Io: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    Peer: Clone + Send + Sync + 'static,
{
    let peer = accepted.peer;
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer.clone());
        router.clone().oneshot(request.map(Body::new))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .serve_connection(TokioIo::new(accepted.io), service);
    tokio::pin!(connection);
    let begun = Instant::now();
    let last_request = async {
        match accepted.life {
            Some(life) => tokio::time::sleep_until(begun + life.mul_f64(LAST_REQUEST)).await,
            None => std::future::pending().await,
        }
    };
    let ended = tokio::select! {
        result = &mut connection => Some(result),
        () = stop.cancelled() => None,
        () = last_request => None,
    };
    let result = match (ended, accepted.life) {
        (Some(result), _) => result,
        (None, None) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
        (None, Some(life)) => {
            connection.as_mut().graceful_shutdown();
            // A request that does not end must not keep a connection beyond what authorised it.
            let Ok(result) = tokio::time::timeout_at(begun + life, connection).await else {
                tracing::debug!("connection cut at the end of its life");
                return;
            };
            result
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, "connection ended early");
    }
}
