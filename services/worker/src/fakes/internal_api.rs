//! url-service's internal listener: TLS, one route, answers as told. That it demands an SVID is not imitated.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use click_contract::Summary;
use http::{HeaderMap, StatusCode, Uri};
use identity::spiffe::MtlsConnector;
use runtime::http_server::{self, Accepted, Acceptor, Limits};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::Standing;

/// What the server does with a summary.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// This status and body.
    Say(u16, String),
    /// Nothing, ever.
    Never,
}

/// A running server. It stops when this is dropped.
pub(crate) struct InternalApi {
    pub(crate) route: Uri,
    certificate: CertificateDer<'static>,
    state: Arc<Script>,
    tls: Tls,
    _stop: DropGuard,
}

struct Script {
    answer: Mutex<Answer>,
    received: Mutex<Vec<(HeaderMap, Summary)>>,
}

impl InternalApi {
    pub(crate) async fn start(answer: Answer) -> Self {
        identity::tls::install_provider();
        let pair = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let certificate = pair.cert.der().clone();
        let key = PrivateKeyDer::try_from(pair.signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder().with_no_client_auth();
        let config = config.with_single_cert(vec![certificate.clone()], key).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Script { answer: Mutex::new(answer), received: Mutex::default() });
        let router =
            Router::new().route("/internal/v1/click-batches", post(take)).with_state(Arc::clone(&state));
        let stop = CancellationToken::new();
        let tls = Tls { acceptor: TlsAcceptor::from(Arc::new(config)), connections: Arc::default() };
        tokio::spawn(http_server::serve(listener, tls.clone(), router, Limits::default(), stop.clone()));
        let route = format!("https://{address}/internal/v1/click-batches").parse().unwrap();
        Self { route, certificate, state, tls, _stop: stop.drop_guard() }
    }

    /// A connector that trusts this server and no other, and whose own identity lives long.
    pub(crate) fn trusted(&self) -> MtlsConnector {
        self.trusted_for(Some(Duration::from_hours(1)))
    }

    /// As [`InternalApi::trusted`], with another life of the own identity.
    pub(crate) fn trusted_for(&self, own_life: Option<Duration>) -> MtlsConnector {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        MtlsConnector::with_config(config, move || own_life, Arc::new(Standing))
    }

    /// How many connections were made so far.
    pub(crate) fn connections(&self) -> usize {
        self.tls.connections.load(Ordering::Relaxed)
    }

    pub(crate) fn answer(&self, answer: Answer) {
        *self.state.answer.lock().unwrap() = answer;
    }

    pub(crate) fn received(&self) -> Vec<(HeaderMap, Summary)> {
        self.state.received.lock().unwrap().clone()
    }
}

impl Answer {
    pub(crate) fn counted() -> Self {
        Self::Say(200, r#"{"new":true}"#.to_owned())
    }

    pub(crate) fn status(status: u16) -> Self {
        Self::Say(status, r#"{"title":"as told"}"#.to_owned())
    }
}

async fn take(State(script): State<Arc<Script>>, headers: HeaderMap, body: Bytes) -> (StatusCode, String) {
    let summary = serde_json::from_slice(&body).unwrap();
    script.received.lock().unwrap().push((headers, summary));
    let answer = script.answer.lock().unwrap().clone();
    match answer {
        Answer::Say(status, body) => (StatusCode::from_u16(status).unwrap(), body),
        Answer::Never => std::future::pending().await,
    }
}

#[derive(Clone)]
struct Tls {
    acceptor: TlsAcceptor,
    connections: Arc<AtomicUsize>,
}

impl Acceptor for Tls {
    type Io = TlsStream<TcpStream>;
    type Peer = ();

    async fn accept(&self, stream: TcpStream, _: SocketAddr) -> Option<Accepted<Self::Io, ()>> {
        self.connections.fetch_add(1, Ordering::Relaxed);
        Some(Accepted { io: self.acceptor.accept(stream).await.ok()?, peer: (), life: None })
    }
}
