//! The server side of mutual TLS with a face of one's choice: what the worker must give nothing to.

use std::sync::{Arc, PoisonError, RwLock};

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::server::ResolvesServerCertUsingSni;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureScheme, SupportedProtocolVersion,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_util::task::AbortOnDropHandle;

use crate::StackError;
use crate::ports;
use crate::svid::Credential;

/// Keeps the connection open and tells the client to come again.
const COME_AGAIN: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
const IN_CLEAR: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 12\r\n\r\n{\"new\":true}";

/// What a server shows to whoever connects.
#[derive(Debug, Clone)]
pub enum Face {
    /// This certificate, in these versions of TLS.
    Certificate(Credential, &'static [&'static SupportedProtocolVersion]),
    /// TLS, and no certificate at all.
    NoCertificate,
    /// An answer in clear.
    Plaintext,
}

/// What has happened at a server so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// Connections that were opened.
    pub connections: u64,
    /// Connections that have ended, by whomever.
    pub ended: u64,
    /// Handshakes that both sides completed: the client has shown its certificate.
    pub handshakes: u64,
    /// Requests that came through.
    pub requests: u64,
}

/// A server that asks for a client certificate, takes any, and answers each request with 503.
#[derive(Debug)]
pub struct Impostor {
    url: String,
    face: Arc<RwLock<Face>>,
    seen: watch::Sender<Seen>,
    _server: AbortOnDropHandle<()>,
}

impl Impostor {
    /// Listens on a free port of the loopback address.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub async fn start(face: Face) -> Result<Self, StackError> {
        let failed = |source| StackError::Listen {
            what: "an impostor of url-service",
            address: ports::loopback(0).to_string(),
            source,
        };
        let listener = TcpListener::bind(ports::loopback(0)).await.map_err(failed)?;
        let url = format!("https://{}", listener.local_addr().map_err(failed)?);
        let (face, seen) = (Arc::new(RwLock::new(face)), watch::Sender::new(Seen::default()));
        let server = tokio::spawn(serve(listener, Arc::clone(&face), seen.clone()));
        Ok(Self { url, face, seen, _server: AbortOnDropHandle::new(server) })
    }

    /// Its base address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Shows another face from the next connection on.
    pub fn show(&self, face: Face) {
        *self.face.write().unwrap_or_else(PoisonError::into_inner) = face;
    }

    /// What has happened so far.
    #[must_use]
    pub fn seen(&self) -> Seen {
        *self.seen.borrow()
    }
}

async fn serve(listener: TcpListener, face: Arc<RwLock<Face>>, seen: watch::Sender<Seen>) {
    // Ends with the test; a connection that fails ends alone.
    while let Ok((stream, _)) = listener.accept().await {
        seen.send_modify(|seen| seen.connections += 1);
        let face = face.read().unwrap_or_else(PoisonError::into_inner).clone();
        let seen = seen.clone();
        tokio::spawn(async move {
            let _ = converse(stream, face, &seen).await;
            seen.send_modify(|seen| seen.ended += 1);
        });
    }
}

async fn converse(mut stream: TcpStream, face: Face, seen: &watch::Sender<Seen>) -> std::io::Result<()> {
    let config = match face {
        Face::Plaintext => return stream.write_all(IN_CLEAR).await,
        Face::NoCertificate => server_config(None, rustls::DEFAULT_VERSIONS),
        Face::Certificate(credential, versions) => server_config(Some(&credential), versions),
    };
    let config = config.map_err(std::io::Error::other)?;
    let mut stream = TlsAcceptor::from(Arc::new(config)).accept(stream).await?;
    seen.send_modify(|seen| seen.handshakes += 1);
    loop {
        read_request(&mut stream).await?;
        seen.send_modify(|seen| seen.requests += 1);
        stream.write_all(COME_AGAIN).await?;
    }
}

/// One request whose head says how long its body is.
async fn read_request(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or_default()];
    stream.read_exact(&mut body).await?;
    Ok(())
}

fn server_config(
    credential: Option<&Credential>,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<ServerConfig, Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let anyone = Arc::new(Anyone(Arc::clone(&provider)));
    let builder = ServerConfig::builder_with_provider(provider);
    let builder = builder.with_protocol_versions(versions)?.with_client_cert_verifier(anyone);
    let Some(credential) = credential else {
        return Ok(builder.with_cert_resolver(Arc::new(ResolvesServerCertUsingSni::new())));
    };
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(credential.private_key.clone()));
    builder.with_single_cert(vec![CertificateDer::from(credential.certificate.clone())], key)
}

/// Asks every client for its certificate and believes any: an impostor wants to see it.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ClientCertVerifier for Anyone {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
